//! What crosses rooms: the program as people run it, published figures, and the rules of the house.
//!
//! One binary for all, so that it is linked once.

mod accessory;
mod batch_file;
mod conformance;
mod crash;
mod golden_lifetime;
mod golden_sar;
mod interests;
mod journey;
mod measure;
mod program;
mod replenishment;
mod reproducible;
mod tidy;
mod tune;
