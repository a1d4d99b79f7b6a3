//! What ingest promises, seen from outside: dirt, names and types, order of rows, hostile files, real data.

mod case_files;
mod case_items;
mod cases;
mod catalogue;
mod days;
mod dirt;
mod discounts;
mod events;
mod flat_csv;
mod flat_delta;
mod flat_nested;
mod hostile;
mod metamorphic;
mod names_and_types;
mod netting;
mod places;
mod real_data;
mod returns;
mod support;
mod systems;
