//! What holds of every slate, worked out anew from the query alone: a second opinion on what admission and the sources did.
//!
//! Nothing here reads a scratch, so a fact that a scratch lost is found. Debug builds ask after every answer; evaluations,
//! the tests of nightly files and property tests ask too. O(n · (n + history + anchors)).

use std::collections::BTreeSet;
use std::fmt;

use erbij_core::{AlreadyBought, ItemIdx, Placement};
use erbij_people::{Held, HoldingState};

use crate::engine::Engine;
use crate::kept_out::KeptOut;
use crate::query::Query;
use crate::reason::Reason;
use crate::situation::Situation;
use crate::slate::{CandidateSource, Slate, SlateItem};

/// A rule that a slate breaks. Always a bug of this crate.
#[derive(Clone, Debug, PartialEq)]
pub enum SlateFault {
    /// It has more items than were asked for.
    TooLong {
        /// How many it has.
        found: usize,
        /// How many were asked for.
        asked: usize,
    },
    /// An item stands on it twice.
    Twice(ItemIdx),
    /// An item stands on it that must be kept out.
    KeptOut(ItemIdx, KeptOut),
    /// What is said of an item is not so.
    Reason(ItemIdx, Reason),
    /// It is empty and does not say why, or says why and is not.
    EmptyBecause,
}

impl fmt::Display for SlateFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { found, asked } => {
                write!(f, "a slate of {found} items where {asked} were asked for")
            }
            Self::Twice(item) => write!(f, "item {} stands on the slate twice", item.get()),
            Self::KeptOut(item, why) => {
                write!(f, "item {} is on the slate and should not be: {}", item.get(), why.name())
            }
            Self::Reason(item, reason) => {
                write!(f, "what is said of item {} does not hold: {reason:?}", item.get())
            }
            Self::EmptyBecause => write!(f, "only an empty slate says why it is empty, and each does"),
        }
    }
}

impl std::error::Error for SlateFault {}

/// What a query keeps out, gathered once for all places of a slate.
struct Expected<'a> {
    engine: &'a Engine,
    asked: Situation<'a>,
    incompatible: BTreeSet<ItemIdx>,
    /// Parts of the anchors, and bundles of them that the customer has.
    bundled: BTreeSet<ItemIdx>,
    met: Vec<Held>,
    due: BTreeSet<ItemIdx>,
    keeps: bool,
    /// Whether the placement leaves out what meets a need that is met.
    minds_needs: bool,
}

impl Engine {
    /// Says which rule a slate of this query breaks first, from the top.
    pub fn check_slate(&self, query: &Query<'_>, slate: &Slate) -> Result<(), SlateFault> {
        if query.n < slate.items.len() {
            return Err(SlateFault::TooLong { found: slate.items.len(), asked: query.n });
        }
        if slate.items.is_empty() != slate.empty_because.is_some() {
            return Err(SlateFault::EmptyBecause);
        }
        let expected = Expected::new(self, query);
        let mut seen = BTreeSet::new();
        for shown in &slate.items {
            if !seen.insert(shown.item) {
                return Err(SlateFault::Twice(shown.item));
            }
            if let Some(why) = expected.kept_out(shown.item) {
                return Err(SlateFault::KeptOut(shown.item, why));
            }
            let beside = slate.items.iter().any(|other| self.bundles().are_one(other.item, shown.item));
            if beside {
                return Err(SlateFault::KeptOut(shown.item, KeptOut::Bundled));
            }
            if !expected.reason_holds(shown) || !self.is_discreet(&shown.reason, shown.item) {
                return Err(SlateFault::Reason(shown.item, shown.reason));
            }
        }
        Ok(())
    }
}

impl<'a> Expected<'a> {
    fn new(engine: &'a Engine, query: &'a Query<'a>) -> Self {
        let query = engine.situation(query);
        let already_bought = query.already_bought;
        let keeps = already_bought == AlreadyBought::Keep;
        let met = query.needs_met().to_vec();
        let minds_needs = engine.leaves_out_met(&query);
        let mut due = BTreeSet::new();
        if already_bought == AlreadyBought::WhenDue {
            due.extend(engine.due_today(&query).into_iter().map(|(item, _)| item));
        }
        if minds_needs && !keeps {
            let wears_out = met.iter().filter(|held| held.state == HoldingState::Replaceable);
            due.extend(wears_out.map(|held| held.holding.item));
        }
        let incompatible = engine.incompatible_with(query.anchors).collect();
        let mut bundled = BTreeSet::new();
        for anchor in query.anchors_or_last_order() {
            bundled.extend(engine.bundles().parts(anchor));
            let wholes = engine.bundles().wholes(anchor).iter();
            bundled.extend(wholes.filter(|&&whole| query.has(whole)));
        }
        Self { engine, asked: query, incompatible, bundled, met, due, keeps, minds_needs }
    }

    fn kept_out(&self, item: ItemIdx) -> Option<KeptOut> {
        let query = &self.asked;
        let catalogue = &self.engine.models().catalogue;
        if query.anchors.contains(&item) || query.exclude.contains(&item) {
            return Some(KeptOut::Excluded);
        }
        if self.incompatible.contains(&item) {
            return Some(KeptOut::Incompatible);
        }
        if self.bundled.contains(&item) {
            return Some(KeptOut::Bundled);
        }
        if query.is_sent_back(item) {
            return Some(KeptOut::SentBack);
        }
        let wholes = self.engine.bundles().wholes(item).iter();
        if !self.keeps
            && !self.due.contains(&item)
            && (self.is_bought(item) || wholes.into_iter().any(|&whole| self.is_bought(whole)))
        {
            return Some(KeptOut::AlreadyBought);
        }
        if let Some(owned) = self.owned(item) {
            return Some(owned);
        }
        if self.asked.rules.hidden_by(item).is_some() {
            return Some(KeptOut::Rule);
        }
        if query.filter.is_some_and(|filter| !filter.contains(item)) {
            return Some(KeptOut::Filtered);
        }
        catalogue.eligibility(item, query.now).err().map(KeptOut::Ineligible)
    }

    /// Whether the customer bought it for themselves, or says they have it.
    fn is_bought(&self, item: ItemIdx) -> bool {
        self.asked.owned.contains(&item)
            || (!self.asked.is_given(item) && self.asked.purchase_of(item).is_some())
    }

    fn owned(&self, item: ItemIdx) -> Option<KeptOut> {
        let ownership = self.engine.models().ownership.as_ref()?;
        let need = ownership.need_of(item)?;
        if !self.minds_needs || self.due.contains(&item) || ownership.life_days(item).is_none() {
            return None;
        }
        let serves = |held: &Held| held.need == need && held.state == HoldingState::Held;
        let lasts = |&&item: &&ItemIdx| ownership.life_days(item).is_some();
        let mut needs_at_hand =
            self.asked.at_hand().iter().filter(lasts).map(|&item| ownership.need_of(item));
        let is_at_hand = needs_at_hand.any(|at_hand| at_hand == Some(need));
        (is_at_hand || self.met.iter().any(serves)).then_some(KeptOut::Owned(need))
    }

    /// Whether what is said of an item is so.
    fn reason_holds(&self, shown: &SlateItem) -> bool {
        let (query, models) = (&self.asked, self.engine.models());
        let (item, catalogue) = (shown.item, &models.catalogue);
        match shown.reason {
            Reason::BoughtTogether { with } | Reason::AlsoBought { with } => {
                with != item && self.is_asked(with)
            }
            Reason::BelongsTo { with, .. } => {
                with != item
                    && (self.engine.belongs(with, item).is_some()
                        || !self.engine.complements_to(&[with], item).is_empty())
            }
            Reason::HelpWith { with } => with != item,
            Reason::InsteadOf { item: other } => query.anchors.contains(&other),
            Reason::TakesPlaceOf { item: held, since } => {
                self.met.iter().any(|met| met.holding.item == held && met.holding.since == since)
            }
            Reason::BecauseYouBought { item: from, on } => {
                from != item && self.asked.bought_on(from) == Some(on)
            }
            Reason::BoughtBefore { on } | Reason::DueAgain { bought_on: on } => {
                self.asked.bought_on(item) == Some(on)
            }
            Reason::BoughtRegularly { every_days } => 0 < every_days && self.asked.bought_on(item).is_some(),
            Reason::ViewedTogether { with } => {
                let looked = || query.looked_at().iter().any(|looked| looked.item == with);
                query.session.contains(&with) || query.anchors.contains(&with) || looked()
            }
            Reason::ViewedBefore { on } => {
                let mut looked = query.looked_at().iter();
                looked.any(|looked| looked.item == item && looked.last_on == on)
            }
            Reason::InterestInCategory { category } | Reason::PopularInCategory { category } => {
                let leaf = catalogue.category(item);
                leaf.is_some_and(|leaf| catalogue.categories().ancestors(leaf).any(|above| above == category))
            }
            Reason::InterestInBrand { item: of } => of == item && !catalogue.brand(item).is_empty(),
            Reason::Popular => self.engine.is_popular(item),
            Reason::AlikeTo { item: other } => {
                other != item && !self.engine.alike_to(&[other], item).is_empty()
            }
            Reason::FitsHistory => query.has_history(),
            Reason::FitsVisit => {
                !query.anchors.is_empty() || !query.session.is_empty() || {
                    matches!(query.placement, Placement::AfterOrder) && query.has_history()
                }
            }
            Reason::InRange => true,
            Reason::PickedByShop => shown.source == CandidateSource::Pinned,
        }
    }

    /// Whether the question is about an item: an anchor, or of the customer's history.
    fn is_asked(&self, item: ItemIdx) -> bool {
        self.asked.anchors.contains(&item)
            || self.asked.session.contains(&item)
            || self.asked.bought_on(item).is_some()
            || self.asked.anchors_or_last_order().contains(&item)
    }
}
