//! What must not be on a slate, and why: the one gate every candidate of every source passes.
//!
//! An item is kept out for the first of these that holds: the query asked about it or said not to, what it was asked
//! about does not go with it, or one is in the other (`bundles.rs`), the customer sent it back, the customer bought it
//! before, he has what meets its need, a rule hides it, the question filters it out, it cannot be offered at all. What is
//! due again passes in spite of having been bought.

use erbij_core::{AlreadyBought, Ineligible, ItemIdx, NeedIdx, Purchase, ScoreBoard};
use erbij_models::SessionScratch;
use erbij_people::HoldingState;

use crate::blend::BlendScratch;
use crate::eligible::Eligible;
use crate::engine::Engine;
use crate::facts::{Fact, Facts};
use crate::looks::at_hand;
use crate::query::Ranking;
use crate::situation::Situation;
use crate::slate::LeftOut;

/// What one thread needs as wide as the catalogue, kept from query to query: about 9 bytes an item.
#[derive(Debug)]
pub struct Scratch {
    pub(crate) board: ScoreBoard,
    facts: Facts,
    /// A need each: whether it is met.
    needs: Vec<bool>,
    /// The needs that are met.
    met: Vec<NeedIdx>,
    eligible: Eligible,
    pub(crate) blend: BlendScratch,
    pub(crate) session: Option<SessionScratch>,
    pub(crate) order: Order,
}

/// What decides the order of what one source says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// What the placement asks for.
    AsPlaced,
    /// Scores alone: to tell what the rest has changed.
    ByScore,
}

/// Why an item is kept off a slate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeptOut {
    /// It was what the query asked about, or the query said not to.
    Excluded,
    /// The catalogue says that it does not go with what the query asked about.
    Incompatible,
    /// It is in a bundle that was asked about, stands on the slate or is the customer's, or it is such a bundle itself.
    Bundled,
    /// The customer sent it back and never kept it.
    SentBack,
    /// The customer has what meets its need, or it is in the basket.
    Owned(NeedIdx),
    /// The customer bought it before, and the placement leaves that out.
    AlreadyBought,
    /// A rule of the shop hides it.
    Rule,
    /// It is not among those the question asks for.
    Filtered,
    /// It may not be offered to anybody, here and now.
    Ineligible(Ineligible),
}

impl Scratch {
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

    fn mark_met(&mut self, need: NeedIdx) {
        if !std::mem::replace(&mut self.needs[need.index()], true) {
            self.met.push(need);
        }
    }
}

impl Engine {
    /// Scratch for one thread.
    pub fn new_scratch(&self) -> Scratch {
        let models = self.models();
        let n_items = models.catalogue.len();
        Scratch {
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

    /// Makes the scratch ready for a query: what may be offered now, and what this slate must not hold.
    pub(crate) fn begin(&self, query: &Situation<'_>, scratch: &mut Scratch) {
        scratch.eligible.move_to(query.now, &self.models().catalogue);
        for &item in query.anchors.iter().chain(query.exclude) {
            scratch.facts.note(item, Fact::Excluded);
        }
        for item in self.incompatible_with(query.anchors) {
            scratch.facts.note(item, Fact::Incompatible);
        }
        self.mark_bundles(query, scratch);
        for item in query.sent_back() {
            scratch.facts.note(item, Fact::SentBack);
        }
        self.mark_bought(query, scratch);
        self.mark_needs_met(query, scratch);
    }

    /// Leaves the scratch as it was found.
    pub(crate) fn end(&self, scratch: &mut Scratch) {
        scratch.facts.clear();
        for need in scratch.met.drain(..) {
            scratch.needs[need.index()] = false;
        }
    }

    /// Marks what the customer bought before and for himself, but for what is due again.
    fn mark_bought(&self, query: &Situation<'_>, scratch: &mut Scratch) {
        let already_bought = query.already_bought;
        if already_bought == AlreadyBought::Keep {
            return;
        }
        for &item in query.owned {
            scratch.facts.note(item, Fact::AlreadyBought);
            for &part in self.bundles().parts(item) {
                scratch.facts.note(part, Fact::AlreadyBought);
            }
        }
        for Purchase { item, .. } in query.purchases() {
            if !query.is_given(item) {
                scratch.facts.note(item, Fact::AlreadyBought);
                for &part in self.bundles().parts(item) {
                    scratch.facts.note(part, Fact::AlreadyBought);
                }
            }
        }
        if already_bought == AlreadyBought::WhenDue {
            for (item, _) in self.due_today(query) {
                scratch.facts.note(item, Fact::Due);
            }
        }
    }

    /// Marks the needs that are met: what the customer has and still serves, and what lasts of a basket or an order.
    fn mark_needs_met(&self, query: &Situation<'_>, scratch: &mut Scratch) {
        if !self.leaves_out_met(query) {
            return;
        }
        let keeps = query.already_bought == AlreadyBought::Keep;
        for held in query.needs_met() {
            match held.state {
                HoldingState::Held => scratch.mark_met(held.need),
                // What wears out may be bought once more.
                HoldingState::Replaceable if !keeps => {
                    scratch.facts.note(held.holding.item, Fact::Due);
                }
                HoldingState::Replaceable | HoldingState::Over => {}
            }
        }
        let Some(ownership) = &self.models().ownership else { return };
        let lasting = at_hand(query).iter().filter(|&&item| ownership.life_days(item).is_some());
        for need in lasting.filter_map(|&item| ownership.need_of(item)) {
            scratch.mark_met(need);
        }
    }

    /// Whether what meets a need that is met is left out. Who asks what else would do is looking at the need, whatever
    /// they have.
    pub(crate) fn leaves_out_met(&self, query: &Situation<'_>) -> bool {
        let models = self.models();
        models.ownership.is_some()
            && query.ranking != Ranking::Alternatives
            && models.recipe.placement(query.placement).leaves_out_owned()
    }

    /// Whether a candidate may be on this slate; counts it among those left out, once, where not.
    #[inline]
    pub(crate) fn admits(
        &self,
        item: ItemIdx,
        query: &Situation<'_>,
        scratch: &mut Scratch,
        left_out: &mut LeftOut,
    ) -> bool {
        if scratch.is_shown(item) || scratch.facts.holds(item, Fact::LeftOut) {
            return false;
        }
        let Some(why) = self.kept_out(item, query, scratch) else { return true };
        left_out.count(why);
        scratch.facts.note(item, Fact::LeftOut);
        false
    }

    /// What keeps an item off the slate of a query that has begun, where anything does. O(1).
    #[inline]
    pub(crate) fn kept_out(
        &self,
        item: ItemIdx,
        query: &Situation<'_>,
        scratch: &Scratch,
    ) -> Option<KeptOut> {
        let facts = &scratch.facts;
        let is_due = facts.holds(item, Fact::Due);
        if !facts.is_empty_of(item) {
            for (fact, why) in [
                (Fact::Excluded, KeptOut::Excluded),
                (Fact::Incompatible, KeptOut::Incompatible),
                (Fact::Bundled, KeptOut::Bundled),
                (Fact::SentBack, KeptOut::SentBack),
            ] {
                if facts.holds(item, fact) {
                    return Some(why);
                }
            }
            if facts.holds(item, Fact::AlreadyBought) && !is_due {
                return Some(KeptOut::AlreadyBought);
            }
        }
        if !is_due
            && !scratch.met.is_empty()
            && let Some(ownership) = &self.models().ownership
            && let Some(need) = ownership.need_of(item)
            && scratch.needs[need.index()]
            // Of what does not last one may want more, though it stands beside what does.
            && ownership.life_days(item).is_some()
        {
            return Some(KeptOut::Owned(need));
        }
        if query.rules.hidden_by(item).is_some() {
            return Some(KeptOut::Rule);
        }
        if query.filter.is_some_and(|filter| !filter.contains(item)) {
            return Some(KeptOut::Filtered);
        }
        let eligible = scratch.eligible.check(item, query.now, &self.models().catalogue);
        eligible.err().map(KeptOut::Ineligible)
    }
}
