//! Bundles and what is in them: neither is offered beside the other, and who has a bundle has its parts.
//!
//! | what is here | what is not offered | why |
//! |---|---|---|
//! | a bundle, on its page, in the basket or in the order | its parts | they come with it |
//! | a part, likewise | the bundles of it that the customer has | a part of what one has is no reason to buy it again |
//! | a part, likewise | other bundles of it are | one may want all of it |
//! | either, on the slate | the other | of two that hold the same, the better placed stays |
//! | a bundle the customer has | its parts, where what was bought before is left out | they were bought with it |
//!
//! A bundle in a bundle is taken apart as deep as ownership takes it. Few items are in any, so these are kept in a map.

use std::collections::{BTreeMap, BTreeSet};

use erbij_core::{Catalogue, ItemIdx, RelationKind, Score};
use erbij_people::each_part;

/// Which bundles there are, both ways. Rising lists.
#[derive(Debug, Default)]
pub(crate) struct Bundles {
    parts: BTreeMap<ItemIdx, Vec<ItemIdx>>,
    wholes: BTreeMap<ItemIdx, Vec<ItemIdx>>,
}

impl Bundles {
    /// What the catalogue says is in what. O(relations · depth of the bundles).
    pub(crate) fn new(catalogue: &Catalogue) -> Self {
        let mut bundles = Self::default();
        let contains = |bundle: ItemIdx| {
            catalogue.relations().of(bundle).any(|(kind, _)| kind == RelationKind::Contains)
        };
        for bundle in catalogue.items().indices().filter(|&item| contains(item)) {
            let mut parts = BTreeSet::new();
            each_part(bundle, catalogue, &mut |part| {
                parts.insert(part);
            });
            for &part in &parts {
                bundles.wholes.entry(part).or_default().push(bundle);
            }
            bundles.parts.insert(bundle, parts.into_iter().collect());
        }
        bundles
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// What is in a bundle, rising; nothing of what is none.
    pub(crate) fn parts(&self, bundle: ItemIdx) -> &[ItemIdx] {
        self.parts.get(&bundle).map_or(&[], Vec::as_slice)
    }

    /// The bundles that an item is in, rising.
    pub(crate) fn wholes(&self, part: ItemIdx) -> &[ItemIdx] {
        self.wholes.get(&part).map_or(&[], Vec::as_slice)
    }

    /// What else is in the bundles that an item is in, rising.
    pub(crate) fn beside(&self, part: ItemIdx) -> Vec<ItemIdx> {
        let others = self.wholes(part).iter().flat_map(|&whole| self.parts(whole)).copied();
        others.filter(|&other| other != part).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// Whether one of two is in the other.
    pub(crate) fn are_one(&self, a: ItemIdx, b: ItemIdx) -> bool {
        self.parts(a).binary_search(&b).is_ok() || self.parts(b).binary_search(&a).is_ok()
    }

    /// Leaves out of candidates, best first, what is in one before it or holds one before it. O(candidates · log).
    pub(crate) fn keep_apart(&self, candidates: &mut Vec<(Score, ItemIdx)>) {
        if self.is_empty() {
            return;
        }
        let mut barred: BTreeSet<ItemIdx> = BTreeSet::new();
        candidates.retain(|&(_, item)| {
            let stays = !barred.contains(&item);
            if stays {
                barred.extend(self.parts(item).iter().chain(self.wholes(item)));
            }
            stays
        });
    }
}
