//! What must not be on a slate, and why: the one gate every candidate of every source passes.
//!
//! An item is kept out for the first of these that holds: the query asked about it or said not to, what it was asked
//! about does not go with it, or one is in the other (`bundles.rs`), the customer sent it back, the customer bought it
//! before, he has what meets its need, a rule hides it, the question filters it out, it cannot be offered at all. What is
//! due again passes in spite of having been bought.

use erbij_core::{AlreadyBought, ItemIdx, Purchase};
use erbij_people::HoldingState;

use crate::engine::Engine;
use crate::facts::Fact;
use crate::kept_out::KeptOut;
use crate::query::Ranking;
use crate::scratch::Scratch;
use crate::situation::Situation;
use crate::slate::LeftOut;

impl Engine {
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
        let lasting = query.at_hand().iter().filter(|&&item| ownership.life_days(item).is_some());
        for need in lasting.filter_map(|&item| ownership.need_of(item)) {
            scratch.mark_met(need);
        }
    }

    /// Marks what the anchors of a query hold, and the bundles of them that the customer has.
    fn mark_bundles(&self, query: &Situation<'_>, scratch: &mut Scratch) {
        if self.bundles().is_empty() {
            return;
        }
        for anchor in query.anchors_or_last_order() {
            self.bundles().parts(anchor).iter().for_each(|&part| scratch.mark_bundled(part));
            let wholes = self.bundles().wholes(anchor).iter();
            wholes.filter(|&&bundle| query.has(bundle)).for_each(|&bundle| scratch.mark_bundled(bundle));
        }
    }

    /// Marks what must not stand beside an item that is on the slate.
    pub(crate) fn mark_beside(&self, item: ItemIdx, scratch: &mut Scratch) {
        let beside = self.bundles().parts(item).iter().chain(self.bundles().wholes(item));
        beside.for_each(|&other| scratch.mark_bundled(other));
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
