//! What was found to belong to what, beside what a simulated shop planted.
//!
//! Pairs that were found are held against the planted ones (`pairs.rs`, `planted.rs`), beside as many pairs by other measures;
//! and the model is fitted to histories in which nothing belongs to anything (`shuffle.rs`): what is found there is chance.

mod pairs;
mod planted;
mod shuffle;

use std::collections::BTreeMap;

use erbij_core::{Baskets, Catalogue, ItemIdx, Progress};
use erbij_models::{
    Accessory, AffinityMeasure, AffinityParams, CheckedAccessoryParams, CountBy, fit_accessory, fit_affinity,
};
use serde::Serialize;

use self::pairs::{Pair, judge_pairs};

pub use pairs::{AlternativeFigures, KindFigures, PairFigures, judge_alternatives};
pub use planted::PlantedItems;
pub use shuffle::{Within, shuffled};

/// Measures that give as many pairs.
const RIVALS: [(AffinityMeasure, &str); 4] = [
    (AffinityMeasure::Cosine, "cosine"),
    (AffinityMeasure::Lift, "lift"),
    (AffinityMeasure::Llr, "llr"),
    (AffinityMeasure::Confidence, "confidence"),
];

/// What every pair that a model publishes is worth; recall is over relations of which `min_expected` pairs are expected.
pub fn judge_accessories(model: &Accessory, planted: &PlantedItems, min_expected: f64) -> PairFigures {
    let of_item = |anchor: u32| {
        model.accessories(ItemIdx::new(anchor)).map(move |accessory| Pair {
            anchor,
            item: accessory.item.get(),
            score: accessory.score,
            kind: Some(accessory.kind.name()),
        })
    };
    let pairs: Vec<Pair> = (0..model.n_items() as u32).flat_map(of_item).collect();
    judge_pairs(&pairs, planted, min_expected)
}

/// What as many pairs by other measures are worth, by the name of the measure and of what is counted.
pub fn judge_rivals(
    params: &CheckedAccessoryParams,
    baskets: &Baskets,
    planted: &PlantedItems,
    n_pairs: usize,
    min_expected: f64,
    progress: &dyn Progress,
) -> BTreeMap<String, PairFigures> {
    let ours = params.params();
    let mut rivals = BTreeMap::new();
    for (count_by, window_days, by) in
        [(CountBy::Basket, None, "basket"), (CountBy::Customer, Some(ours.window_days), "customer")]
    {
        for (measure, name) in RIVALS {
            let params = AffinityParams {
                count_by,
                window_days,
                measure,
                min_cooccurrence: ours.min_customers,
                min_customers: ours.min_customers,
                min_llr: 0.0,
                max_basket_items: ours.max_basket_items,
                ..AffinityParams::default()
            };
            let params = params.check().expect("only the measure differs from the default");
            let model = fit_affinity(&params, baskets, progress);
            let of_item = |anchor: u32| {
                model.related(ItemIdx::new(anchor)).map(move |related| Pair {
                    anchor,
                    item: related.item.get(),
                    score: related.score,
                    kind: None,
                })
            };
            let mut pairs: Vec<Pair> = (0..baskets.n_items() as u32).flat_map(of_item).collect();
            let by_score = |a: &Pair, b: &Pair| {
                b.score.total_cmp(&a.score).then_with(|| (a.anchor, a.item).cmp(&(b.anchor, b.item)))
            };
            pairs.sort_unstable_by(by_score);
            pairs.truncate(n_pairs);
            rivals.insert(format!("{name}_by_{by}"), judge_pairs(&pairs, planted, min_expected));
        }
    }
    rivals
}

/// What a model finds by chance.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ChanceFigures {
    /// Pairs published.
    pub n_pairs: usize,
    /// The share of items that have any.
    pub share_of_items: f64,
    /// Alternatives published.
    pub n_alternatives: usize,
}

/// What is found where nothing is to be found: the model, fitted after items were dealt out anew.
pub fn judge_chance(
    params: &CheckedAccessoryParams,
    baskets: &Baskets,
    catalogue: &Catalogue,
    within: Within,
    seed: u64,
    progress: &dyn Progress,
) -> ChanceFigures {
    let model = fit_accessory(params, &shuffled(baskets, catalogue, within, seed), catalogue, progress);
    let items = (0..model.n_items() as u32).map(ItemIdx::new);
    let n_with = items.filter(|&item| 0 < model.accessories(item).len()).count();
    ChanceFigures {
        n_pairs: model.columns().rows.n_values(),
        share_of_items: n_with as f64 / (model.n_items() as f64).max(1.0),
        n_alternatives: model.columns().alternative_rows.n_values(),
    }
}
