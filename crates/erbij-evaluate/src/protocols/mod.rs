//! Published protocols, and what a simulated shop planted: figures that anybody can work out again.
//!
//! A protocol takes texts, tables or models and gives figures as plain data. It reads no file and knows no clock: whoever
//! asks says what the files are called, for errors, and measures the time.

pub mod accessory;
pub mod collaborative;
pub mod lifetime;
pub mod next_basket;
pub mod replenishment;
pub mod session;
pub mod up_to_date;
