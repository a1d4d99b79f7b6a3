//! What a report is of: recipes, what came of them, and what was asked of whom.

use erbij_core::Placement;
use erbij_recipe::Recipe;
use erbij_train::Split;

use crate::counts::JudgedCounts;
use crate::evaluation::Evaluation;

/// A recipe and what came of it.
#[derive(Clone, Debug)]
pub struct JudgedRecipe {
    /// What it is called.
    pub name: String,
    /// The recipe, defaults filled in.
    pub recipe: Recipe,
    /// What came of it.
    pub evaluation: Evaluation,
}

/// What was asked, of whom.
#[derive(Clone, Copy, Debug)]
pub struct Asking<'a> {
    /// What the way of splitting is called.
    pub split_name: &'static str,
    /// Days after the cutoff that are judged, where the split is by time.
    pub horizon_days: Option<u32>,
    /// Where slates were shown.
    pub placement: Placement,
    /// The split itself.
    pub split: &'a Split,
    /// Who is judged and by how much.
    pub counts: JudgedCounts,
}
