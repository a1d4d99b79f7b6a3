//! What was planted, by item.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use erbij_ingest::Ingested;

use crate::commands::truth_tables::{numbers, scan, text};

/// One planted relation.
#[derive(Clone, Debug)]
pub(super) struct Planted {
    pub(super) kind: String,
    pub(super) expected_pairs: f64,
}

/// The truth of a shop.
pub(super) struct Truth {
    /// What belongs to what: main item, other item.
    pub(super) relations: BTreeMap<(u32, u32), Planted>,
    /// Which item succeeds which.
    pub(super) successors: BTreeSet<(u32, u32)>,
    /// What may be bought instead, in both directions.
    pub(super) substitutes: BTreeSet<(u32, u32)>,
    /// An item each: the need it fills with others, where it does, and its lines.
    pub(super) needs: Vec<Option<String>>,
    pub(super) n_lines: Vec<f64>,
}

impl Truth {
    /// Reads the truth; items that no order and no catalogue knows are left out.
    pub(super) fn read(shop: &Path, ingested: &Ingested) -> anyhow::Result<Self> {
        let n_items = ingested.catalogue.len();
        let mut truth = Self {
            relations: BTreeMap::new(),
            successors: BTreeSet::new(),
            substitutes: BTreeSet::new(),
            needs: vec![None; n_items],
            n_lines: vec![0.0; n_items],
        };
        let item = |id: Option<&str>| id.and_then(|id| ingested.catalogue.item_idx_from_id(id));
        let path = shop.join("truth/relations.parquet");
        scan(&path, &["main_item_id", "other_item_id", "relation", "expected_pairs"], |columns| {
            let expected = numbers(&columns[3], &path, "expected_pairs")?;
            for (row, expected) in expected.into_iter().enumerate() {
                let (main, other) = (item(text(&columns[0], row)), item(text(&columns[1], row)));
                let (Some(main), Some(other), Some(kind)) = (main, other, text(&columns[2], row)) else {
                    continue;
                };
                let pair = (main.get(), other.get());
                match kind {
                    "successor" => {
                        truth.successors.insert(pair);
                    }
                    "substitute" => {
                        truth.substitutes.insert(pair);
                    }
                    kind => {
                        let expected_pairs = expected.unwrap_or_default();
                        truth.relations.insert(pair, Planted { kind: kind.to_owned(), expected_pairs });
                    }
                }
            }
            Ok(())
        })?;
        let path = shop.join("truth/items.parquet");
        scan(&path, &["item_id", "need", "n_lines"], |columns| {
            let n_lines = numbers(&columns[2], &path, "n_lines")?;
            for (row, n_lines) in n_lines.into_iter().enumerate() {
                if let Some(item) = item(text(&columns[0], row)) {
                    truth.needs[item.index()] = text(&columns[1], row).map(str::to_owned);
                    truth.n_lines[item.index()] = n_lines.unwrap_or_default();
                }
            }
            Ok(())
        })?;
        Ok(truth)
    }

    /// Whether two items fill one need.
    pub(super) fn is_one_need(&self, a: u32, b: u32) -> bool {
        self.needs[a as usize].is_some() && self.needs[a as usize] == self.needs[b as usize]
    }
}
