//! An evaluation for people, for programs and as a recipe's card: texts and JSON, which others print and write.
//!
//! [`Report`] is of recipes judged by what customers bought: `of_recipes.rs` works it out, `text.rs` and `json.rs` tell it.
//! [`PageReport`] is of pages judged by what was ordered together. `table.rs` lays out tables and numbers for both.

mod asked;
mod comparisons;
mod json;
mod of_recipes;
mod pages;
mod table;
mod text;

pub use asked::{Asking, JudgedRecipe};
pub use of_recipes::Report;
pub use pages::{AskedPages, PageReport};
