//! What a fit chose, and why.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a fit chose of one table of a recipe, and on what figures: a line of the manifest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// The table.
    pub table: String,
    /// Why these values.
    pub verdict: Verdict,
    /// The values of all keys that were to be chosen.
    pub values: toml::Table,
    /// By which metric values were judged.
    pub metric: String,
    /// What was held out to judge them by.
    pub held_out: String,
    /// How many cases that were; each has a value of the metric.
    pub n_cases: u64,
    /// How many sets of values were judged, those shipped among them.
    pub n_tried: u64,
    /// The mean of the shipped values over the cases.
    pub shipped: f64,
    /// The mean of those chosen.
    pub chosen: f64,
}

/// Why values are what they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// They are better than those shipped, by more than chance.
    Better,
    /// Those shipped: none tried was better by more than chance.
    NoneBetter,
    /// Those shipped: there was too little to judge by.
    TooFewCases,
}

impl fmt::Display for Choice {
    fn fmt(&self, told: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { table, metric, held_out, n_cases, n_tried, shipped, chosen, .. } = self;
        match self.verdict {
            Verdict::TooFewCases => {
                write!(told, "{table}: settings as shipped; {n_cases} {held_out} are too few to choose by")
            }
            Verdict::NoneBetter => write!(
                told,
                "{table}: settings as shipped; of {n_tried} tried on {n_cases} {held_out} none is surely better \
                 ({metric} {shipped:.4})"
            ),
            Verdict::Better => {
                let values: Vec<String> =
                    self.values.iter().map(|(key, value)| format!("{key} = {value}")).collect();
                write!(
                    told,
                    "{table}: chose {}; {metric} {chosen:.4} on {n_cases} {held_out}, {shipped:.4} as shipped, \
                     {n_tried} tried",
                    values.join(", ")
                )
            }
        }
    }
}
