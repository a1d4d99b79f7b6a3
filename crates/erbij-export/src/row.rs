//! A slate as everybody is told of it.

use erbij_core::{ItemIdx, Money};
use erbij_engine::{Engine, Language, Slate, SlateItem};
use uuid::Uuid;

/// A slate with its id, and whose it is.
#[derive(Clone, Debug)]
pub struct SlateRow<'a> {
    /// Ties a click or an order to this slate.
    pub recommendation_id: Uuid,
    /// The customer it is for.
    pub customer_id: &'a str,
    /// The slate.
    pub slate: Slate,
}

/// What is told of one item of a slate.
#[derive(Clone, Debug, PartialEq)]
pub struct ShownItem<'a> {
    /// Its id.
    pub item_id: &'a str,
    /// The variant to show and to link to.
    pub variant_id: Option<&'a str>,
    /// Its name for people.
    pub title: &'a str,
    /// Its page.
    pub url: Option<&'a str>,
    /// Its picture.
    pub image_url: Option<&'a str>,
    /// What it costs, where known.
    pub price: Option<Money>,
    /// How well it did, to 3 significant digits; see [`Engine::shown_score`].
    pub score: f64,
    /// Where it came from.
    pub source: &'static str,
    /// Why, for machines.
    pub reason_code: &'static str,
    /// Why, for people.
    pub reason_text: String,
    /// The item the reason points back to.
    pub source_item: Option<&'a str>,
}

impl<'a> ShownItem<'a> {
    /// What is told of an item of a slate of this engine, in a language.
    pub fn of(engine: &'a Engine, item: &SlateItem, language: Language) -> Self {
        let catalogue = &engine.models().catalogue;
        let (columns, row) = (catalogue.columns(), item.item.index());
        let known = |text: &'a str| (!text.is_empty()).then_some(text);
        let id = |item: ItemIdx| catalogue.items().id(item);
        Self {
            item_id: id(item.item),
            variant_id: known(columns.variant_id.get(row)),
            title: catalogue.title(item.item),
            url: known(columns.link.get(row)),
            image_url: known(columns.image_link.get(row)),
            price: catalogue.price(item.item),
            score: rounded(engine.shown_score(item)),
            source: item.source.name(),
            reason_code: item.reason.code(),
            reason_text: item.reason.sentence(catalogue, language),
            source_item: item.reason.source_item().map(id),
        }
    }
}

/// How rows become bytes, or columns.
pub trait Rows: Sync {
    /// What a share of rows becomes.
    type Encoded: Send;
    /// Encodes a share, in order.
    fn encode(&self, rows: &[SlateRow<'_>]) -> Result<Self::Encoded, ExportError>;
}

/// Why rows could not be encoded.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// Not as CSV.
    #[error("CSV could not be written")]
    Csv(#[from] csv::Error),
    /// Not as columns.
    #[error("columns could not be made")]
    Arrow(#[from] arrow_schema::ArrowError),
    /// Not as Parquet.
    #[error("Parquet could not be written")]
    Parquet(#[from] parquet::errors::ParquetError),
}

/// The digits of a price and the code of its currency: `12.50` and `EUR`.
pub fn price_parts(price: Money) -> (String, String) {
    let text = price.to_string();
    let (amount, currency) = text.rsplit_once(' ').expect("an amount prints as digits, a space and a code");
    (amount.to_owned(), currency.to_owned())
}

/// A score to 3 significant digits: more would promise what a model does not know.
pub fn rounded(score: f32) -> f64 {
    let score = f64::from(score);
    if score == 0.0 {
        return 0.0;
    }
    // Digits to keep behind the point; below zero, digits to give up before it.
    let digits = 2 - score.abs().log10().floor() as i32;
    // Powers of ten up to 22 are exact, so that one rounding gives the number nearest to the digits.
    match digits {
        0..=22 => {
            let power = 10_f64.powi(digits);
            (score * power).round_ties_even() / power
        }
        -22..=-1 => {
            let power = 10_f64.powi(-digits);
            (score / power).round_ties_even() * power
        }
        _ => format!("{score:.2e}").parse().expect("a number that was just printed"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::rounded;

    #[test]
    fn scores_keep_three_digits() {
        for (score, expected) in [
            (0.0, "0.0"),
            (1.0, "1.0"),
            (0.123_456, "0.123"),
            (-2.345_6, "-2.35"),
            (999.96, "1000.0"),
            (123_456.0, "123000.0"),
            (0.000_012_345, "0.0000123"),
            (f32::MIN_POSITIVE, "1.18e-38"),
        ] {
            assert_eq!(serde_json::to_string(&rounded(score)).expect("finite"), expected);
        }
    }

    proptest! {
        #[test]
        fn rounding_is_that_of_printing(bits: u32) {
            let score = f32::from_bits(bits);
            prop_assume!(score.is_finite());
            let printed: f64 = format!("{score:.2e}").parse().expect("a number");
            let error = (rounded(score) - printed).abs();
            prop_assert!(error <= printed.abs() * 1e-15, "{score} {} {printed}", rounded(score));
        }
    }
}
