//! What was planted in a simulated shop, by item.

use std::collections::{BTreeMap, BTreeSet};

use erbij_core::ItemIdx;

/// One planted relation.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct PlantedRelation {
    pub(super) kind: String,
    pub(super) expected_pairs: f64,
}

/// The truth of a shop.
#[derive(Clone, Debug, Default)]
pub struct PlantedItems {
    /// What belongs to what: main item, other item.
    pub(super) relations: BTreeMap<(u32, u32), PlantedRelation>,
    /// Which item succeeds which.
    pub(super) successors: BTreeSet<(u32, u32)>,
    /// What may be bought instead, in both directions.
    pub(super) substitutes: BTreeSet<(u32, u32)>,
    /// An item each: the need it fills with others, where it does, and its lines.
    needs: Vec<Option<String>>,
    n_lines: Vec<f64>,
}

impl PlantedItems {
    /// So many items, nothing of them known yet.
    pub fn new(n_items: usize) -> Self {
        Self { needs: vec![None; n_items], n_lines: vec![0.0; n_items], ..Self::default() }
    }

    /// Adds what an item is to another: its `successor`, a `substitute`, or what belongs to it.
    pub fn relate(&mut self, main: ItemIdx, other: ItemIdx, relation: &str, expected_pairs: f64) {
        let pair = (main.get(), other.get());
        match relation {
            "successor" => {
                self.successors.insert(pair);
            }
            "substitute" => {
                self.substitutes.insert(pair);
            }
            kind => {
                let kind = kind.to_owned();
                self.relations.insert(pair, PlantedRelation { kind, expected_pairs });
            }
        }
    }

    /// Adds what an item is bought for, and how many lines have it.
    pub fn describe(&mut self, item: ItemIdx, need: Option<&str>, n_lines: f64) {
        self.needs[item.index()] = need.map(str::to_owned);
        self.n_lines[item.index()] = n_lines;
    }

    /// Whether two items fill one need.
    pub(super) fn is_one_need(&self, a: u32, b: u32) -> bool {
        self.needs[a as usize].is_some() && self.needs[a as usize] == self.needs[b as usize]
    }

    /// The lines of whichever of two items has fewer.
    pub(super) fn fewer_lines(&self, (a, b): (u32, u32)) -> f64 {
        self.n_lines[a as usize].min(self.n_lines[b as usize])
    }
}
