//! What the catalogue says is like an item, and what all that is known ranks beside it.

use erbij_core::{ItemIdx, Score};
use erbij_models::{RelatedPair, ScoreBoard, sort_contributions};

use crate::engine::Engine;
use crate::reason::Reason;

impl Engine {
    /// Adds what is like any of the anchors.
    pub(crate) fn score_alike(&self, anchors: &[ItemIdx], board: &mut ScoreBoard) {
        self.alike().score(anchors, board);
    }

    /// The anchors an item is like, with how much, most first, ties by item.
    pub(crate) fn alike_to(&self, anchors: &[ItemIdx], item: ItemIdx) -> Vec<(ItemIdx, Score)> {
        self.alike().contributions(anchors, item)
    }

    /// Adds what is related to any of the anchors, by how likely it is.
    pub(crate) fn score_related(&self, anchors: &[ItemIdx], board: &mut ScoreBoard) {
        let Some(related) = &self.models().related else { return };
        for pair in anchors.iter().flat_map(|&anchor| related.of(anchor)) {
            board.add(pair.item, f64::from(pair.probability));
        }
    }

    /// The anchors an item is related to, with how likely, most first, ties by item.
    pub(crate) fn related_to(&self, anchors: &[ItemIdx], item: ItemIdx) -> Vec<(ItemIdx, Score)> {
        let says =
            |&anchor: &ItemIdx| Some((anchor, Score::new(self.related_pair(anchor, item)?.probability)?));
        let mut contributions: Vec<_> = anchors.iter().filter_map(says).collect();
        sort_contributions(&mut contributions);
        contributions
    }

    /// Why an item stands beside another: by what is surest of what brought it up.
    pub(crate) fn related_reason(&self, with: ItemIdx, item: ItemIdx) -> Reason {
        match self.related_pair(with, item) {
            Some(pair) if 0 < pair.customers => Reason::BoughtTogether { with },
            Some(pair) if 0.0 < pair.walks => Reason::AlsoBought { with },
            _ => Reason::AlikeTo { item: with },
        }
    }

    fn related_pair(&self, anchor: ItemIdx, item: ItemIdx) -> Option<RelatedPair> {
        self.models().related.as_ref()?.pair(anchor, item)
    }
}
