//! Which reason is given for a place: one that carries a fair share of the score, that holds, that names nothing somebody
//! would not want to be known for, and that the slate has not said often enough already.
//!
//! Of a history of a hundred purchases the one that spoke loudest may have said a hundredth of it. To name it would be
//! true and explain nothing; what many of them have in common explains more.

use erbij_core::{CategoryIdx, ItemIdx, Score};

use crate::engine::Engine;
use crate::query::Ranking;
use crate::reason::Reason;
use crate::situation::Situation;
use crate::slate::{CandidateSource, Slate, SlateItem};
use crate::step::Step;

/// One item may be named as the reason if it said at least this share of all that was said for a place.
const FAIR_SHARE: f64 = 0.1;
/// Of those who said about as much as the loudest, the newest is named: it is what is remembered.
const ABOUT_AS_MUCH: f64 = 0.8;
/// A category may be named if what was bought in it said at least this share.
const FAIR_CATEGORY_SHARE: f64 = 0.4;
/// The first so many of a ranking may be called popular where another reason is wanted.
const N_BEST_SELLERS: usize = 20;

/// All that spoke for an item with how much, most first.
type Speakers = [(ItemIdx, Score)];

impl Engine {
    /// The reason for an item that a step brought up.
    pub(crate) fn reason_for(
        &self,
        step: &Step,
        item: ItemIdx,
        speakers: &Speakers,
        query: &Situation<'_>,
    ) -> Reason {
        let chosen = if step.source().takes_places() && step.source() != CandidateSource::Session {
            // It belongs to what it belongs to, whatever else it belongs to.
            speakers.first().map(|&(from, _)| step.reason(item, from, self, query))
        } else {
            let fair = self.fair_speaker(item, speakers, query);
            let named = fair.map(|from| step.reason(item, from, self, query));
            named.or_else(|| self.category_that_spoke(item, speakers))
        };
        let discreet = chosen.filter(|reason| self.is_discreet(reason, item));
        discreet.unwrap_or_else(|| self.interest_or_plain(item, query))
    }

    /// What the customer cares about of an item, else what holds without naming anything.
    pub(crate) fn interest_or_plain(&self, item: ItemIdx, query: &Situation<'_>) -> Reason {
        let interest = self.interest_in(query, item).filter(|reason| self.is_discreet(reason, item));
        interest.unwrap_or_else(|| self.plain_reason(item, query))
    }

    /// The item to name: it said a fair share, and of those that said about as much it was bought last.
    fn fair_speaker(&self, item: ItemIdx, speakers: &Speakers, query: &Situation<'_>) -> Option<ItemIdx> {
        let floor = &self.models().floor;
        let fair = FAIR_SHARE * speakers.iter().map(|&(_, said)| said_for(said)).sum::<f64>();
        let may_be_named = |&&(from, said): &&(ItemIdx, Score)| {
            fair <= f64::from(said.get()) && from != item && !floor.is_sensitive(from)
        };
        let &(first, most) = speakers.iter().find(may_be_named)?;
        let about_as_much = speakers
            .iter()
            .filter(may_be_named)
            .take_while(|&&(_, said)| ABOUT_AS_MUCH * f64::from(most.get()) <= f64::from(said.get()));
        // The first of those bought on one day: the one that said most.
        let mut named = (first, query.bought_on(first));
        for &(from, _) in about_as_much {
            let on = query.bought_on(from);
            if named.1 < on {
                named = (from, on);
            }
        }
        Some(named.0)
    }

    /// The narrowest category of an item of which at least two items spoke, with a fair share of all that was said. What
    /// stands at the top of a tree is as good as everything, and explains as little.
    fn category_that_spoke(&self, item: ItemIdx, speakers: &Speakers) -> Option<Reason> {
        let catalogue = &self.models().catalogue;
        let tree = catalogue.categories();
        let all: f64 = speakers.iter().map(|&(_, said)| said_for(said)).sum();
        let spoke = |category: CategoryIdx| {
            let is_in = |from: ItemIdx| {
                let mut levels = catalogue.category(from).into_iter().flat_map(|leaf| tree.ancestors(leaf));
                levels.any(|level| level == category)
            };
            let of_category = speakers.iter().filter(|&&(from, said)| 0.0 < said.get() && is_in(from));
            let (n, said) = of_category.fold((0, 0.0), |(n, sum), &(_, said)| (n + 1, sum + said_for(said)));
            2 <= n && FAIR_CATEGORY_SHARE * all <= said
        };
        let own = catalogue.category(item)?;
        let is_telling = |&category: &CategoryIdx| category == own || tree.parent(category).is_some();
        let category = tree.ancestors(own).filter(is_telling).find(|&category| spoke(category))?;
        Some(Reason::InterestInCategory { category })
    }

    /// Whether a reason names nothing somebody would not want to be known for.
    pub(crate) fn is_discreet(&self, reason: &Reason, item: ItemIdx) -> bool {
        let floor = &self.models().floor;
        let names_kind = matches!(
            reason,
            Reason::InterestInCategory { .. }
                | Reason::InterestInBrand { .. }
                | Reason::PopularInCategory { .. }
        );
        !(names_kind && floor.is_sensitive(item))
            && reason.source_item().is_none_or(|named| !floor.is_sensitive(named))
    }

    /// What holds of an item without naming anything.
    pub(crate) fn plain_reason(&self, item: ItemIdx, query: &Situation<'_>) -> Reason {
        if !query.is_for_people() && !query.anchors.is_empty() {
            Reason::FitsVisit
        } else if query.has_history() {
            Reason::FitsHistory
        } else if !query.session.is_empty() || !query.anchors.is_empty() {
            Reason::FitsVisit
        } else if self.is_popular(item) {
            Reason::Popular
        } else {
            Reason::InRange
        }
    }

    /// Gives places of a home page or newsletter other reasons where one would be said too often: of ten places at most
    /// two say the same, as far as there are reasons that hold. O(places · their interests).
    pub(crate) fn vary_reasons(&self, query: &Situation<'_>, slate: &mut Slate) {
        if query.ranking != Ranking::AsPlaced || !query.is_for_people() {
            return;
        }
        let at_most = slate.items.len().div_ceil(5).max(2);
        let mut said: Vec<(Reason, usize)> = Vec::new();
        let times = |said: &[(Reason, usize)], reason: &Reason| {
            said.iter().find(|(other, _)| other == reason).map_or(0, |&(_, times)| times)
        };
        for at in 0..slate.items.len() {
            let shown = &slate.items[at];
            let mut reason = shown.reason;
            if at_most <= times(&said, &reason) && may_be_replaced(&reason) {
                let others = self.other_reasons(query, shown);
                // The first of those said least: reasons come in the order of how much they say.
                reason = others.into_iter().fold(reason, |least, other| {
                    let (now, then) = (times(&said, &other), times(&said, &least));
                    if at_most <= then && now < then { other } else { least }
                });
                slate.items[at].reason = reason;
            }
            match said.iter_mut().find(|(other, _)| *other == reason) {
                Some((_, times)) => *times += 1,
                None => said.push((reason, 1)),
            }
        }
    }

    /// What else holds of a place, what says most first.
    fn other_reasons(&self, query: &Situation<'_>, shown: &SlateItem) -> Vec<Reason> {
        let item = shown.item;
        let mut reasons = self.interests_in(query, item);
        let first = |ranking: &[ItemIdx]| ranking.iter().take(N_BEST_SELLERS).any(|&other| other == item);
        if let Some(category) = self.models().catalogue.category(item)
            && first(self.best_sellers_of(category))
        {
            reasons.push(Reason::PopularInCategory { category });
        }
        if first(self.best_sellers()) {
            reasons.push(Reason::Popular);
        }
        if query.has_history() && shown.source != CandidateSource::Range {
            reasons.push(Reason::FitsHistory);
        }
        reasons.retain(|reason| self.is_discreet(reason, item));
        reasons
    }
}

/// What somebody said for an item; who spoke against it said nothing for it.
fn said_for(said: Score) -> f64 {
    f64::from(said.get()).max(0.0)
}

/// Whether another reason may stand in place of one. What a customer did with the item itself, and what an item is to
/// another, is said whatever else is.
const fn may_be_replaced(reason: &Reason) -> bool {
    match reason {
        Reason::BoughtTogether { .. }
        | Reason::AlsoBought { .. }
        | Reason::BecauseYouBought { .. }
        | Reason::ViewedTogether { .. }
        | Reason::AlikeTo { .. }
        | Reason::InterestInCategory { .. }
        | Reason::InterestInBrand { .. }
        | Reason::PopularInCategory { .. }
        | Reason::FitsHistory
        | Reason::FitsVisit
        | Reason::Popular => true,
        Reason::BelongsTo { .. }
        | Reason::InsteadOf { .. }
        | Reason::HelpWith { .. }
        | Reason::TakesPlaceOf { .. }
        | Reason::BoughtBefore { .. }
        | Reason::BoughtRegularly { .. }
        | Reason::DueAgain { .. }
        | Reason::ViewedBefore { .. }
        | Reason::InRange
        | Reason::PickedByShop => false,
    }
}
