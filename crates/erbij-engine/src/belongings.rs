//! What belongs to an item, and what may be bought instead: the catalogue's own word first, then what was mined.

use erbij_core::{ItemIdx, ItemKind, RelationKind, Score};
use erbij_models::{AccessoryKind, CategoryComplement, ScoreBoard, sort_contributions};

use crate::engine::Engine;

/// What the catalogue says stands above all that is mined: no log-lift is so high, and no likeness.
const DECLARED: f32 = 100.0;
/// Where less belongs to an item than so many, the categories that go with its own fill up.
const FILL_TO: usize = 10;
/// Best sellers of one category.
const PER_CATEGORY: usize = 3;
/// What a category's log-lift is worth beside an item's: what was found for the item itself stands above.
const CATEGORY_SHARE: f32 = 0.1;

impl Engine {
    /// What belongs to an item, in what way, and how strongly, in no stated order; one said by the catalogue and mined
    /// stands once. What the catalogue calls similar or incompatible is not mined.
    ///
    /// A mined score is a log-lift; the catalogue's own is 100, or 100 more where both say it. Where little is known of the
    /// item itself, the best sellers of categories that go with its own follow, with a tenth of their log-lift by rank.
    pub fn belongings_unsorted(&self, anchor: ItemIdx) -> Vec<(ItemIdx, RelationKind, Score)> {
        let relations = self.models().catalogue.relations();
        let catalogue = &self.models().catalogue;
        let declared = relations.of(anchor).filter(|&(kind, item)| {
            // A manual that says it belongs to the machine is help, and nothing one buys.
            RelationKind::BELONGS.contains(&kind) && catalogue.kind(item) != ItemKind::Content
        });
        let mut belongings: Vec<(ItemIdx, RelationKind, f32)> = Vec::new();
        for (kind, item) in declared {
            // Of several ways the first counts: an accessory that is also used up is one.
            if belongings.iter().all(|&(other, ..)| other != item) {
                belongings.push((item, kind, DECLARED));
            }
        }
        let n_declared = belongings.len();
        for mined in self.models().accessory.iter().flat_map(|model| model.accessories(anchor)) {
            if let Some(said) = belongings[..n_declared].iter_mut().find(|(item, ..)| *item == mined.item) {
                said.2 += mined.score;
                continue;
            }
            let is_denied = [RelationKind::Similar, RelationKind::Incompatible]
                .into_iter()
                .any(|kind| relations.holds(anchor, kind, mined.item));
            if !is_denied {
                belongings.push((mined.item, relation_of(mined.kind), mined.score));
            }
        }
        self.fill_by_category(anchor, &mut belongings);
        let score = |score| Score::new(score).expect("log-lifts are finite");
        belongings.into_iter().map(|(item, kind, strength)| (item, kind, score(strength))).collect()
    }

    /// Adds best sellers of the categories that go with an item's own. O(k).
    fn fill_by_category(&self, anchor: ItemIdx, belongings: &mut Vec<(ItemIdx, RelationKind, f32)>) {
        let (catalogue, relations) = (&self.models().catalogue, self.models().catalogue.relations());
        let (Some(complements), Some(category)) = (&self.models().complements, catalogue.category(anchor))
        else {
            return;
        };
        for complement in complements.of(category) {
            let ranking = self.best_sellers_of(complement.category).iter().filter(|&&item| {
                item != anchor
                    && belongings.iter().all(|&(other, ..)| other != item)
                    && catalogue.kind(item) == ItemKind::Product
                    && ![RelationKind::Similar, RelationKind::Incompatible]
                        .into_iter()
                        .any(|kind| relations.holds(anchor, kind, item))
            });
            let best: Vec<ItemIdx> = ranking.copied().take(PER_CATEGORY).collect();
            for (rank, item) in best.into_iter().enumerate() {
                if FILL_TO <= belongings.len() {
                    return;
                }
                let score = CATEGORY_SHARE * complement.score / (rank + 1) as f32;
                belongings.push((item, relation_of(complement.kind), score));
            }
        }
    }

    /// What says that the category of an item goes with that of another, where something does.
    pub fn complement(&self, anchor: ItemIdx, item: ItemIdx) -> Option<CategoryComplement> {
        let catalogue = &self.models().catalogue;
        let (from, to) = (catalogue.category(anchor)?, catalogue.category(item)?);
        self.models().complements.as_ref()?.of(from).find(|complement| complement.category == to)
    }

    /// What may be bought instead of an item, and how alike they are, likewise.
    pub fn alternatives_unsorted(&self, anchor: ItemIdx) -> Vec<(ItemIdx, Score)> {
        let relations = self.models().catalogue.relations();
        let declared = relations.of(anchor).filter(|&(kind, _)| kind == RelationKind::Similar);
        let mut alternatives: Vec<(ItemIdx, f32)> = declared.map(|(_, item)| (item, DECLARED)).collect();
        let n_declared = alternatives.len();
        for mined in self.models().accessory.iter().flat_map(|model| model.alternatives(anchor)) {
            match alternatives[..n_declared].iter_mut().find(|(item, _)| *item == mined.item) {
                Some(said) => said.1 += mined.score,
                None => alternatives.push((mined.item, mined.score)),
            }
        }
        let score = |score| Score::new(score).expect("likenesses are finite");
        alternatives.into_iter().map(|(item, alike)| (item, score(alike))).collect()
    }

    /// In what way an item belongs to another, where it does.
    pub(crate) fn belongs(&self, anchor: ItemIdx, item: ItemIdx) -> Option<RelationKind> {
        let found = self.belongings_unsorted(anchor).into_iter().find(|&(other, ..)| other == item);
        found.map(|(_, kind, _)| kind)
    }

    /// Adds what belongs to any of the anchors: O(anchors · k).
    pub(crate) fn score_belongings(&self, anchors: &[ItemIdx], board: &mut ScoreBoard) {
        for &anchor in anchors {
            for (item, _, score) in self.belongings_unsorted(anchor) {
                board.add(item, f64::from(score.get()));
            }
        }
    }

    /// Adds what may be bought instead of any of the anchors, likewise.
    pub(crate) fn score_alternatives(&self, anchors: &[ItemIdx], board: &mut ScoreBoard) {
        for &anchor in anchors {
            for (item, score) in self.alternatives_unsorted(anchor) {
                board.add(item, f64::from(score.get()));
            }
        }
    }

    /// The anchors an item belongs to with how much, most first, ties by item.
    pub(crate) fn belongs_to(&self, anchors: &[ItemIdx], item: ItemIdx) -> Vec<(ItemIdx, Score)> {
        let says = |&anchor: &ItemIdx| {
            let found = self.belongings_unsorted(anchor).into_iter().find(|&(other, ..)| other == item);
            found.map(|(.., score)| (anchor, score))
        };
        sorted(anchors.iter().filter_map(says).collect())
    }

    /// The anchors an item may be bought instead of, likewise.
    pub(crate) fn instead_of(&self, anchors: &[ItemIdx], item: ItemIdx) -> Vec<(ItemIdx, Score)> {
        let says = |&anchor: &ItemIdx| {
            let found = self.alternatives_unsorted(anchor).into_iter().find(|&(other, _)| other == item);
            found.map(|(_, score)| (anchor, score))
        };
        sorted(anchors.iter().filter_map(says).collect())
    }

    /// What must not be offered with any of the anchors, as the catalogue says.
    pub(crate) fn incompatible_with<'a>(
        &'a self,
        anchors: &'a [ItemIdx],
    ) -> impl Iterator<Item = ItemIdx> + 'a {
        let relations = self.models().catalogue.relations();
        let of_anchor = move |&anchor: &ItemIdx| relations.of(anchor);
        let incompatible = |&(kind, _): &(RelationKind, ItemIdx)| kind == RelationKind::Incompatible;
        anchors.iter().flat_map(of_anchor).filter(incompatible).map(|(_, item)| item)
    }
}

fn sorted(mut contributions: Vec<(ItemIdx, Score)>) -> Vec<(ItemIdx, Score)> {
    sort_contributions(&mut contributions);
    contributions
}

/// The same kind in the catalogue's words.
const fn relation_of(kind: AccessoryKind) -> RelationKind {
    match kind {
        AccessoryKind::Accessory => RelationKind::Accessory,
        AccessoryKind::Consumable => RelationKind::Consumable,
        AccessoryKind::SparePart => RelationKind::SparePart,
    }
}
