//! What belongs to an item, and what may be bought instead: the catalogue's own word first, then what was mined.

use erbij_core::{ItemIdx, ItemKind, RelationKind, Score, ScoreBoard, sort_contributions};
use erbij_models::{AccessoryKind, CategoryComplement};

use crate::engine::Engine;

/// What the catalogue says stands above all that is mined: no log-lift is so high, and no likeness.
const DECLARED: f32 = 100.0;
/// Best sellers of one category that goes with another: more than are shown, since some will be kept out.
const PER_CATEGORY: usize = 10;

impl Engine {
    /// What belongs to an item, in what way, and how strongly, in no stated order; one said by the catalogue and mined
    /// stands once. What the catalogue calls similar or incompatible is not mined.
    ///
    /// A mined score is a log-lift; the catalogue's own is 100, or 100 more where both say it.
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
        let floor = &self.models().floor;
        for mined in self.models().accessory.iter().flat_map(|model| model.accessories(anchor)) {
            if mined.customers < floor.of_pair(anchor, mined.item) {
                continue;
            }
            if let Some(said) = belongings[..n_declared].iter_mut().find(|(item, ..)| *item == mined.item) {
                said.2 += mined.score;
                continue;
            }
            if !relations.denies(anchor, mined.item) {
                belongings.push((mined.item, relation_of(mined.kind), mined.score));
            }
        }
        let score = |score| Score::new(score).expect("log-lifts are finite");
        belongings.into_iter().map(|(item, kind, strength)| (item, kind, score(strength))).collect()
    }

    /// What sells in the categories that go with an item's own, and how strongly, in no stated order: the log-lift of the
    /// categories by rank among the best sellers. What the catalogue calls similar or incompatible is not among it.
    ///
    /// It goes with the item and no more is said: nobody knows whether it fits, as a spare part must.
    pub fn complements_unsorted(&self, anchor: ItemIdx) -> Vec<(ItemIdx, Score)> {
        let catalogue = &self.models().catalogue;
        let (Some(complements), Some(category)) = (&self.models().complements, catalogue.category(anchor))
        else {
            return Vec::new();
        };
        let relations = catalogue.relations();
        let may_go_with = |item: &&ItemIdx| {
            **item != anchor
                && catalogue.kind(**item) == ItemKind::Product
                && !relations.denies(anchor, **item)
        };
        let floor = &self.models().floor;
        let mut found = Vec::new();
        for complement in complements.of(category) {
            let in_it = |item: &&ItemIdx| {
                catalogue.category(**item) == Some(complement.category)
                    && floor.of_pair(anchor, **item) <= complement.customers
            };
            let best = self.best_sellers_of(complement.category).iter().filter(in_it).filter(may_go_with);
            for (rank, &item) in best.take(PER_CATEGORY).enumerate() {
                let score = Score::new(complement.score / (rank + 1) as f32).expect("log-lifts are finite");
                found.push((item, score));
            }
        }
        found
    }

    /// Adds what goes with the categories of any of the anchors.
    pub(crate) fn score_complements(&self, anchors: &[ItemIdx], board: &mut ScoreBoard) {
        for &anchor in anchors {
            for (item, score) in self.complements_unsorted(anchor) {
                board.add(item, f64::from(score.get()));
            }
        }
    }

    /// The anchors whose categories an item's own goes with, with how much, most first, ties by item.
    pub(crate) fn complements_to(&self, anchors: &[ItemIdx], item: ItemIdx) -> Vec<(ItemIdx, Score)> {
        let says = |&anchor: &ItemIdx| {
            let found = self.complements_unsorted(anchor).into_iter().find(|&(other, _)| other == item);
            found.map(|(_, score)| (anchor, score))
        };
        sorted(anchors.iter().filter_map(says).collect())
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
        let mined = self.models().accessory.iter().flat_map(|model| model.alternatives(anchor));
        // Nobody need have bought both of two that may be bought instead of each other; each has its own buyers.
        for mined in mined.filter(|mined| self.is_popular(mined.item) && self.is_popular(anchor)) {
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

    /// Adds what the catalogue says belongs to any of the anchors, likewise.
    pub(crate) fn score_declared(&self, anchors: &[ItemIdx], board: &mut ScoreBoard) {
        let belongings = anchors.iter().flat_map(|&anchor| self.belongings_unsorted(anchor));
        for (item, _, score) in belongings.filter(|(.., score)| DECLARED <= score.get()) {
            board.add(item, f64::from(score.get()));
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
