//! Pairs found, beside pairs planted.

use std::collections::{BTreeMap, BTreeSet};

use erbij_core::ItemIdx;
use erbij_models::{Accessory, AlternativeKind};
use serde::Serialize;

use super::planted::PlantedItems;

/// An alternative is looked for where both items have so many lines.
const MIN_LINES: f64 = 30.0;

/// One pair found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair {
    pub(super) anchor: u32,
    pub(super) item: u32,
    pub(super) score: f32,
    /// What the model says it is; other measures say nothing.
    pub(super) kind: Option<&'static str>,
}

/// What pairs are worth. A share of nothing is none.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PairFigures {
    /// How many pairs.
    pub n_pairs: usize,
    /// The share of them that was planted.
    pub precision: Option<f64>,
    /// The share found of what was planted and is to be expected often enough.
    pub recall: Option<f64>,
    /// How much that is.
    pub n_expected: usize,
    /// Of the pairs that were planted either way round, the share that is this way round.
    pub direction_right: Option<f64>,
    /// The share of pairs that are bought instead of each other.
    pub substitutes_among: Option<f64>,
    /// By what was planted.
    pub by_kind: BTreeMap<String, KindFigures>,
}

/// What pairs of one planted kind are worth.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct KindFigures {
    /// How many were planted and are to be expected often enough.
    pub n: usize,
    /// The share of these that was found.
    pub recall: Option<f64>,
    /// How many were found, expected or not.
    pub n_found: usize,
    /// The share of these whose kind was told.
    pub kind_right: Option<f64>,
}

/// What alternatives are worth; pairs in either direction count each.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct AlternativeFigures {
    /// How many pairs.
    pub n_pairs: usize,
    /// The share of them that is of one need.
    pub precision: Option<f64>,
    /// How many substitutes were planted among items that are sold enough.
    pub n_substitutes: usize,
    /// The share of these that was found.
    pub recall: Option<f64>,
    /// How many successors were planted among items that are sold enough.
    pub n_successors: usize,
    /// The share of these that was found.
    pub successors_found: Option<f64>,
    /// How many pairs are called successors.
    pub successors_named: usize,
    /// The share of these that are.
    pub successors_right: Option<f64>,
}

fn share(n: usize, of: usize) -> Option<f64> {
    (0 < of).then(|| n as f64 / of as f64)
}

/// Precision, recall, direction and substitutes of pairs, and recall by kind. O(pairs + planted, each found in a tree).
pub(super) fn judge_pairs(pairs: &[Pair], planted: &PlantedItems, min_expected: f64) -> PairFigures {
    let found: BTreeSet<(u32, u32)> = pairs.iter().map(|pair| (pair.anchor, pair.item)).collect();
    let n_right = found.iter().filter(|pair| planted.relations.contains_key(*pair)).count();
    let n_reverse = found.iter().filter(|&&(a, b)| planted.relations.contains_key(&(b, a))).count();
    let n_substitutes = found.iter().filter(|&&(a, b)| planted.is_one_need(a, b)).count();
    let mut kinds: BTreeMap<&str, [usize; 4]> = BTreeMap::new();
    for (pair, relation) in &planted.relations {
        let of_kind = kinds.entry(relation.kind.as_str()).or_default();
        of_kind[2] += usize::from(found.contains(pair));
        if min_expected <= relation.expected_pairs {
            of_kind[0] += 1;
            of_kind[1] += usize::from(found.contains(pair));
        }
    }
    for pair in pairs.iter().filter(|pair| pair.kind.is_some()) {
        if let Some(relation) = planted.relations.get(&(pair.anchor, pair.item))
            && pair.kind == Some(relation.kind.as_str())
        {
            kinds.entry(relation.kind.as_str()).or_default()[3] += 1;
        }
    }
    let n_expected = kinds.values().map(|kind| kind[0]).sum();
    let n_recalled = kinds.values().map(|kind| kind[1]).sum();
    let by_kind = kinds.into_iter().map(|(kind, [n, n_recalled, n_found, n_right_kind])| {
        let kind_right = share(n_right_kind, n_found);
        (kind.to_owned(), KindFigures { n, recall: share(n_recalled, n), n_found, kind_right })
    });
    PairFigures {
        n_pairs: found.len(),
        precision: share(n_right, found.len()),
        recall: share(n_recalled, n_expected),
        n_expected,
        direction_right: share(n_right, n_right + n_reverse),
        substitutes_among: share(n_substitutes, found.len()),
        by_kind: by_kind.collect(),
    }
}

/// How the alternatives of a model fare.
pub fn judge_alternatives(model: &Accessory, planted: &PlantedItems) -> AlternativeFigures {
    let mut n_right = 0;
    let mut found = BTreeSet::new();
    let mut named = BTreeSet::new();
    for a in 0..model.n_items() as u32 {
        for alternative in model.alternatives(ItemIdx::new(a)) {
            let b = alternative.item.get();
            n_right += usize::from(planted.is_one_need(a, b));
            found.insert((a, b));
            if alternative.kind == AlternativeKind::Successor {
                named.insert((a, b));
            }
        }
    }
    let is_sold = |pair: &&(u32, u32)| MIN_LINES <= planted.fewer_lines(**pair);
    let substitutes: Vec<_> = planted.substitutes.iter().filter(is_sold).collect();
    let successors: Vec<_> = planted.successors.iter().filter(is_sold).collect();
    let n_found = |pairs: &[&(u32, u32)]| pairs.iter().filter(|pair| found.contains(**pair)).count();
    AlternativeFigures {
        n_pairs: found.len(),
        precision: share(n_right, found.len()),
        n_substitutes: substitutes.len(),
        recall: share(n_found(&substitutes), substitutes.len()),
        n_successors: successors.len(),
        successors_found: share(n_found(&successors), successors.len()),
        successors_named: named.len(),
        successors_right: share(named.intersection(&planted.successors).count(), named.len()),
    }
}
