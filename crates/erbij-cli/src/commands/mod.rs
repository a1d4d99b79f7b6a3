//! The commands, one file each.

pub(crate) mod about_customers;
pub(crate) mod batch;
pub(crate) mod batch_csv;
pub(crate) mod batch_jsonl;
pub(crate) mod batch_parquet;
pub(crate) mod benchmark;
pub(crate) mod benchmark_accessory;
pub(crate) mod benchmark_lifetime;
pub(crate) mod benchmark_replenishment;
pub(crate) mod check;
pub(crate) mod demo;
pub(crate) mod evaluate;
pub(crate) mod evaluate_report;
pub(crate) mod interests;
pub(crate) mod lifetime;
pub(crate) mod open;
pub(crate) mod recommend;
pub(crate) mod reminders;
pub(crate) mod serve;
pub(crate) mod simulate;
pub(crate) mod sources;
pub(crate) mod store;
pub(crate) mod train;
pub(crate) mod truth_tables;
pub(crate) mod tune;
