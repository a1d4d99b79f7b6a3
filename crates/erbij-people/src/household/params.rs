//! What a recipe may say about guessing households.

use erbij_core::{ParamError, in_range};
use serde::{Deserialize, Serialize};

/// Words in category paths that speak for or against a kind of household.
///
/// A ratio says how many times as often as the population such a household buys there: 1 says nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HouseholdHint {
    /// What it is called in the evidence.
    pub name: String,
    /// Beginnings of words of a category's path, in lower case: `kinder` is found in `Kinderkleding`.
    pub words: Vec<String>,
    /// Beginnings of words that make a path none of these, though it has one of the words.
    #[serde(default)]
    pub but_not: Vec<String>,
    /// How much more often a single, a couple and a family buys there.
    pub ratios: [f64; 3],
}

/// How the kind of a household is guessed from what it buys: naive Bayes over counts against what the
/// population would have bought in the same categories.
///
/// Ratios and shifts stand in the order single, couple, family. They hold until enough customers have stated their
/// household; then they are learned.
///
/// | Name | Default | Purpose | Range |
/// |---|---|---|---|
/// | `prior` | [0.35, 0.30, 0.35] | shares of the three kinds before anything was bought | above 0, sum to 1 |
/// | `several_ratios` | [0.7, 1, 1.4] | lines of two or more, against the population in the same category | above 0 |
/// | `pack_shifts` | [-0.1, 0, 0.1] | logarithm of pack sizes, against the population in the same category | -5 to 5 |
/// | `several_shape` | 4 | how alike households of a kind are in this: the shape of a gamma distribution | above 0 |
/// | `hint_shape` | 0.5 | the same for hints, in which they differ much more | above 0 |
/// | `pack_spread` | 0.2 | the same for pack sizes, as a standard deviation | above 0 |
/// | `min_lines` | 20 | order lines below which nothing is guessed | ≥ 1 |
/// | `min_probability` | 0.6 | below it the kind is unknown | 0 to 1 |
/// | `min_stated` | 50 | customers of a kind who have stated it, from which on it is learned | ≥ 2 |
/// | `hints` | baby, children | words of category paths, Dutch and English | any |
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HouseholdParams {
    /// Shares of the three kinds before anything was bought.
    pub prior: [f64; 3],
    /// Lines of two or more, against the population in the same category.
    pub several_ratios: [f64; 3],
    /// Logarithm of pack sizes, against the population in the same category.
    pub pack_shifts: [f64; 3],
    /// How alike households of a kind are in lines of several.
    pub several_shape: f64,
    /// How alike they are in hints.
    pub hint_shape: f64,
    /// How far they lie apart in pack sizes.
    pub pack_spread: f64,
    /// Order lines below which nothing is guessed.
    pub min_lines: u32,
    /// Below it the kind is unknown.
    pub min_probability: f64,
    /// From how many stated households of a kind on it is learned.
    pub min_stated: u32,
    /// Words of category paths.
    pub hints: Vec<HouseholdHint>,
}

impl Default for HouseholdParams {
    fn default() -> Self {
        let hint = |name: &str, words: &[&str], but_not: &[&str], ratios| HouseholdHint {
            name: name.to_owned(),
            words: words.iter().map(|&word| word.to_owned()).collect(),
            but_not: but_not.iter().map(|&word| word.to_owned()).collect(),
            ratios,
        };
        Self {
            prior: [0.35, 0.30, 0.35],
            several_ratios: [0.7, 1.0, 1.4],
            pack_shifts: [-0.1, 0.0, 0.1],
            several_shape: 4.0,
            hint_shape: 0.5,
            pack_spread: 0.2,
            min_lines: 20,
            min_probability: 0.6,
            min_stated: 50,
            hints: vec![
                hint(
                    "baby",
                    &["baby", "infant", "diaper", "nappies", "luier", "zuigfles"],
                    &["babybel"],
                    [0.3, 0.6, 2.0],
                ),
                hint(
                    "children",
                    &["kids", "child", "toy", "kinder", "speelgoed", "school", "juvenile"],
                    &["childproof"],
                    [0.5, 0.7, 1.7],
                ),
            ],
        }
    }
}

/// Checked [`HouseholdParams`].
#[derive(Clone, Debug, PartialEq)]
pub struct CheckedHouseholdParams {
    params: HouseholdParams,
}

impl HouseholdParams {
    /// Checks every parameter.
    pub fn check(&self) -> Result<CheckedHouseholdParams, ParamError> {
        let above_zero = |&x: &f64| 0.0 < x && x.is_finite();
        let sum: f64 = self.prior.iter().sum();
        in_range("prior", sum, |sum| (0.999..=1.001).contains(sum), "three shares that sum to 1")?;
        let ratios = self.several_ratios.iter().chain(self.hints.iter().flat_map(|hint| &hint.ratios));
        for (name, value) in self
            .prior
            .iter()
            .map(|&share| ("prior", share))
            .chain(ratios.map(|&ratio| ("ratios", ratio)))
            .chain([
                ("several_shape", self.several_shape),
                ("hint_shape", self.hint_shape),
                ("pack_spread", self.pack_spread),
            ])
        {
            in_range(name, value, above_zero, "numbers above 0")?;
        }
        for shift in self.pack_shifts {
            in_range("pack_shifts", shift, |s| (-5.0..=5.0).contains(s), "numbers from -5 to 5")?;
        }
        in_range("min_lines", self.min_lines, |&n| 1 <= n, "at least 1")?;
        in_range(
            "min_probability",
            self.min_probability,
            |p| (0.0..=1.0).contains(p),
            "a number from 0 to 1",
        )?;
        in_range("min_stated", self.min_stated, |&n| 2 <= n, "at least 2")?;
        Ok(CheckedHouseholdParams { params: self.clone() })
    }
}

impl CheckedHouseholdParams {
    /// The parameters as written.
    pub fn params(&self) -> &HouseholdParams {
        &self.params
    }

    /// Which hints a category's path gives, by their position.
    pub(super) fn hints_of(&self, path: &str) -> Vec<usize> {
        let path = path.to_lowercase();
        let begins =
            |word: &str, beginnings: &[String]| beginnings.iter().any(|b| word.starts_with(b.as_str()));
        let words: Vec<&str> = path.split(|c: char| !c.is_alphanumeric()).collect();
        let gives = |hint: &HouseholdHint| {
            words.iter().any(|word| begins(word, &hint.words))
                && !words.iter().any(|word| begins(word, &hint.but_not))
        };
        (0..self.params.hints.len()).filter(|&at| gives(&self.params.hints[at])).collect()
    }
}
