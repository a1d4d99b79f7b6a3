//! What one thread works in, kept from query to query: every query leaves it as it found it.

use erbij_core::{ItemIdx, NeedIdx, ScoreBoard};
use erbij_models::SessionScratch;
use erbij_recipe::ModelSet;

use crate::eligible::Eligible;
use crate::facts::{Fact, Facts};

/// What one thread needs as wide as the catalogue, kept from query to query: about 9 bytes an item.
#[derive(Debug)]
pub struct Scratch {
    pub(crate) board: ScoreBoard,
    pub(crate) facts: Facts,
    /// A need each: whether it is met.
    pub(crate) needs: Vec<bool>,
    /// The needs that are met.
    pub(crate) met: Vec<NeedIdx>,
    pub(crate) eligible: Eligible,
    pub(crate) blend: BlendScratch,
    pub(crate) session: Option<SessionScratch>,
    pub(crate) order: Order,
}

/// What a blend needs as wide as the catalogue, beyond the rest of a scratch: 8 bytes an item and part, and 4
/// an item. Made by the first query that blends.
#[derive(Debug, Default)]
pub(crate) struct BlendScratch {
    pub(crate) boards: Vec<ScoreBoard>,
    /// Per item, its row among the candidates and one; zero where it is none.
    pub(crate) rows: Vec<u32>,
}

impl BlendScratch {
    /// Makes it wide enough for so many parts and items.
    pub(crate) fn fit(&mut self, n_parts: usize, n_items: usize) {
        self.boards.resize_with(n_parts, || ScoreBoard::new(n_items));
        self.rows.resize(n_items, 0);
    }
}

/// What decides the order of what one source says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// What the placement asks for.
    AsPlaced,
    /// Scores alone: to tell what the rest has changed.
    ByScore,
}

impl Scratch {
    /// As wide as the catalogue of these models.
    pub(crate) fn new(models: &ModelSet) -> Self {
        let n_items = models.catalogue.len();
        Self {
            board: ScoreBoard::new(n_items),
            facts: Facts::new(n_items),
            needs: vec![false; models.ownership.as_ref().map_or(0, |ownership| ownership.n_needs())],
            met: Vec::new(),
            eligible: Eligible::never(),
            blend: BlendScratch::default(),
            session: models.session.as_ref().map(SessionScratch::new),
            order: Order::AsPlaced,
        }
    }

    /// It is on the slate.
    pub(crate) fn mark_shown(&mut self, item: ItemIdx) {
        let is_new = self.facts.note(item, Fact::Shown);
        debug_assert!(is_new, "an item stands on a slate once");
    }

    /// It is as good as on the slate: whoever asks has just looked at it.
    pub(crate) fn mark_seen(&mut self, item: ItemIdx) {
        self.facts.note(item, Fact::Shown);
    }

    /// Whether it is on the slate.
    pub(crate) fn is_shown(&self, item: ItemIdx) -> bool {
        self.facts.holds(item, Fact::Shown)
    }

    /// It is in what is here, or holds it: that it is due again is no longer for it.
    pub(crate) fn mark_bundled(&mut self, item: ItemIdx) {
        self.facts.note(item, Fact::Bundled);
    }

    /// The need is met.
    pub(crate) fn mark_met(&mut self, need: NeedIdx) {
        if !std::mem::replace(&mut self.needs[need.index()], true) {
            self.met.push(need);
        }
    }
}
