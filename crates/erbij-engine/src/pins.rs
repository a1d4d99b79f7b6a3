//! What rules of the shop put in which place, whatever else a slate would have there.

use erbij_core::Score;
use erbij_rules::Pin;

use crate::engine::Engine;
use crate::query::Ranking;
use crate::reason::Reason;
use crate::scratch::Scratch;
use crate::situation::Situation;
use crate::slate::{CandidateSource, Slate, SlateItem};

impl Engine {
    /// What rules put in which place, from 1: of each place the first item that nothing keeps out and that has no place
    /// above. What was bought before is no less kept out for it.
    pub(crate) fn pins<'a>(&self, query: &'a Situation<'_>, scratch: &Scratch) -> Vec<Pin<'a>> {
        let mut pins: Vec<Pin<'a>> = Vec::new();
        if query.ranking != Ranking::AsPlaced || query.rules.is_empty() {
            return pins;
        }
        for pin in query.rules.pins() {
            let is_free = pins.iter().all(|taken| {
                taken.position != pin.position
                    && taken.item != pin.item
                    && !self.bundles().are_one(taken.item, pin.item)
            });
            if pin.position as usize <= query.n
                && is_free
                && self.kept_out(pin.item, query, scratch).is_none()
            {
                pins.push(pin);
            }
        }
        pins
    }
}

/// Puts pinned items in their places; what they push down may fall off the end.
pub(crate) fn put_pins(pins: &[Pin<'_>], n: usize, slate: &mut Slate) {
    slate.items.retain(|shown| pins.iter().all(|pin| pin.item != shown.item));
    for &Pin { position, item, .. } in pins {
        let score = Score::new(0.0).expect("zero is finite");
        let (source, reason, contributions) = (CandidateSource::Pinned, Reason::PickedByShop, Vec::new());
        let at = (position as usize - 1).min(slate.items.len());
        slate.items.insert(at, SlateItem { item, score, source, reason, contributions });
    }
    slate.items.truncate(n);
}
