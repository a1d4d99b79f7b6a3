//! What the catalogue says is like an item, and what all that is known ranks beside it.

use erbij_core::{ItemIdx, Score, ScoreBoard, sort_contributions};
use erbij_models::RelatedPair;

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

    /// Whether what goes with these can be ranked: an older artifact ranks beside one item and no basket, or neither.
    pub(crate) fn ranks_beside(&self, anchors: &[ItemIdx]) -> bool {
        self.ranks_baskets() || (self.models().related.is_some() && anchors.len() == 1)
    }

    /// Whether what goes with a basket can be ranked.
    pub(crate) fn ranks_baskets(&self) -> bool {
        self.models().related.as_ref().is_some_and(|related| related.baskets().is_some())
    }

    /// Adds what is related to one anchor, or to several together, by how likely it is.
    pub(crate) fn score_related(&self, anchors: &[ItemIdx], board: &mut ScoreBoard) {
        let Some(related) = &self.models().related else { return };
        match anchors {
            [anchor] => {
                for pair in related.of(*anchor) {
                    board.add(pair.item, f64::from(pair.probability));
                }
            }
            _ => related.score_basket(anchors, &self.models().popularity, board),
        }
    }

    /// The anchors an item is related to, with how likely, most first, ties by item; of a basket what each adds to its
    /// probability.
    pub(crate) fn related_to(&self, anchors: &[ItemIdx], item: ItemIdx) -> Vec<(ItemIdx, Score)> {
        let Some(related) = &self.models().related else { return Vec::new() };
        let found = match anchors {
            [anchor] => {
                let pair = related.pair(*anchor, item);
                pair.map(|pair| (*anchor, f64::from(pair.probability))).into_iter().collect()
            }
            _ => related.basket_contributions(anchors, item, &self.models().popularity),
        };
        let score = |(anchor, adds): (ItemIdx, f64)| Some((anchor, Score::new(adds as f32)?));
        let mut contributions: Vec<_> = found.into_iter().filter_map(score).collect();
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
