//! What crosses the files of this crate: there and back, hostile bytes, publishing.

mod diff;
mod fault_points;
mod hostile;
mod older;
mod round_trip;
mod store;
mod support;
