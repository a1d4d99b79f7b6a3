//! What crosses rooms: the program as people run it, published figures, and the rules of the house.
//!
//! One binary for all, so that it is linked once.

mod about_customers;
mod accessories;
mod accessory;
mod batch_file;
mod before_work;
mod conformance;
mod crash;
mod golden_lifetime;
mod golden_next_basket;
mod golden_sar;
mod golden_session;
mod heard;
mod init;
mod init_beside;
mod interests;
mod journey;
mod layouts;
mod mail_files;
mod measure;
mod orientation;
mod ownership;
mod program;
mod readme;
mod relations;
mod replenishment;
mod reproducible;
mod rules_that_hide_all;
mod shop_days;
mod slates;
mod small_shop;
mod tidy;
mod tune;
mod unfit;
