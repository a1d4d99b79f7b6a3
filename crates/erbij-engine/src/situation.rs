//! Where somebody stands at the instant of a question: what they bought, have, look at and are due for.
//!
//! Each is worked out once a question, when first asked for.

use std::cell::OnceCell;

use erbij_core::{AlreadyBought, CustomerIdx, Day, ItemIdx, NeedIdx, Placement, Purchase};
use erbij_people::{
    CustomerInterest, DueEstimate, Held, HoldingState, Interest, ItemStrength, Looked, ProfileRow,
    joined_strengths,
};
use erbij_rules::ActiveRules;

use crate::engine::Engine;
use crate::past::{MAX_HISTORY_ITEMS, distinct, newest_of, of_visit};
use crate::person::Person;
use crate::query::Query;
use crate::since::Since;

/// How far ahead a chance to be bought again looks.
const HORIZON_DAYS: u32 = 28;

/// A question with the shop's rules that hold for it, and what is known of who asks.
#[derive(Debug)]
pub(crate) struct Situation<'a> {
    query: &'a Query<'a>,
    engine: &'a Engine,
    pub(crate) rules: ActiveRules<'a>,
    /// The day of the question, in the shop's zone.
    pub(crate) today: Day,
    /// What the slate does with what was bought before.
    pub(crate) already_bought: AlreadyBought,
    /// What they did that the models have not seen, where they did anything.
    since: Option<Box<Since>>,
    history: OnceCell<Vec<ItemIdx>>,
    strengths: OnceCell<Vec<ItemStrength>>,
    needs_met: OnceCell<Vec<Held>>,
    looked_at: OnceCell<Vec<Looked>>,
    due: OnceCell<Vec<DueEstimate>>,
    profile: OnceCell<Option<ProfileRow>>,
    interests: OnceCell<Vec<CustomerInterest>>,
}

impl<'a> std::ops::Deref for Situation<'a> {
    type Target = Query<'a>;

    fn deref(&self) -> &Query<'a> {
        self.query
    }
}

impl<'a> Situation<'a> {
    fn new(query: &'a Query<'a>, engine: &'a Engine) -> Self {
        let models = engine.models();
        let of_placement = || models.recipe.already_bought(query.placement);
        let since = |past: &_| {
            let customer = query.person.customer();
            let known = customer.into_iter().flat_map(|customer| models.histories.purchases(customer));
            let sent_back = customer.zip(models.sent_back.as_ref());
            let sent_back = sent_back.into_iter().flat_map(|(customer, sent_back)| sent_back.of(customer));
            Box::new(Since::new(past, known, sent_back, models))
        };
        Self {
            query,
            engine,
            since: query.person.past().filter(|past| !past.is_empty()).map(since),
            rules: engine.rules().active(query.placement, query.now, query.anchors),
            today: models.time_zone.day_of(query.now),
            already_bought: query.already_bought.unwrap_or_else(of_placement),
            history: OnceCell::new(),
            strengths: OnceCell::new(),
            needs_met: OnceCell::new(),
            looked_at: OnceCell::new(),
            due: OnceCell::new(),
            profile: OnceCell::new(),
            interests: OnceCell::new(),
        }
    }

    /// The question itself.
    pub(crate) fn query(&self) -> &'a Query<'a> {
        self.query
    }

    /// The customer, where one is known.
    pub(crate) fn customer(&self) -> Option<CustomerIdx> {
        self.person.customer()
    }

    /// Whether they are anybody of whom more is known than this visit.
    pub(crate) fn is_somebody(&self) -> bool {
        !matches!(self.person, Person::Nobody)
    }

    /// Whether they bought anything.
    pub(crate) fn has_history(&self) -> bool {
        self.purchases().next().is_some()
    }

    /// What they bought, by item.
    pub(crate) fn purchases(&self) -> impl Iterator<Item = Purchase> {
        let histories = &self.engine.models().histories;
        let trained = self.customer().filter(|_| self.since.is_none());
        let trained = trained.into_iter().flat_map(|customer| histories.purchases(customer));
        trained.chain(self.since.iter().flat_map(|since| since.purchases.iter().copied()))
    }

    /// What they bought and did not send back, by item: what they sent back speaks for nothing.
    pub(crate) fn kept(&self) -> impl Iterator<Item = Purchase> {
        self.purchases().filter(|purchase| !self.is_sent_back(purchase.item))
    }

    /// Their purchases of an item, where there are any.
    pub(crate) fn purchase_of(&self, item: ItemIdx) -> Option<Purchase> {
        match &self.since {
            Some(since) => since.purchase_of(item),
            None => self.engine.models().histories.find(self.customer()?, item),
        }
    }

    /// The day on which they bought an item last.
    pub(crate) fn bought_on(&self, item: ItemIdx) -> Option<Day> {
        self.purchase_of(item).map(|purchase| purchase.last_bought_on)
    }

    /// Whether they bought an item for others alone.
    pub(crate) fn is_given(&self, item: ItemIdx) -> bool {
        let models = self.engine.models();
        let of_customer = self.customer().zip(models.ownership.as_ref());
        let was_given = of_customer.is_some_and(|(customer, ownership)| ownership.is_given(customer, item));
        match &self.since {
            Some(since) => {
                let before = self.customer().and_then(|customer| models.histories.find(customer, item));
                since.is_given(item, was_given, before.is_some())
            }
            None => was_given,
        }
    }

    /// Whether they sent an item back and never kept it.
    pub(crate) fn is_sent_back(&self, item: ItemIdx) -> bool {
        match &self.since {
            Some(since) => since.is_sent_back(item),
            None => self.customer().is_some_and(|customer| self.engine.models().is_sent_back(customer, item)),
        }
    }

    /// What they sent back and never kept.
    pub(crate) fn sent_back(&self) -> impl Iterator<Item = ItemIdx> {
        let sent_back = self.engine.models().sent_back.as_ref();
        let trained = self.customer().filter(|_| self.since.is_none()).zip(sent_back);
        let trained = trained.into_iter().flat_map(|(customer, sent_back)| sent_back.of(customer));
        trained.chain(self.since.iter().flat_map(|since| since.sent_back.iter().copied()))
    }

    /// Whether the customer has an item: they bought it for themselves, or the question says so.
    pub(crate) fn has(&self, item: ItemIdx) -> bool {
        self.owned.contains(&item)
            || self.purchase_of(item).is_some() && !self.is_sent_back(item) && !self.is_given(item)
    }

    /// Whether anything is known of who asks: what a customer bought, or else what they looked at in this visit or have
    /// in the basket.
    pub(crate) fn has_past(&self) -> bool {
        let is_visit = self.is_for_people() && !(self.session.is_empty() && self.anchors.is_empty());
        is_visit || self.has_history()
    }

    /// The items a customer bought last, in no stated order, but for what they sent back. Among those of one day the most
    /// popular. Of who bought nothing, what this visit is about: it is a past too.
    pub(crate) fn newest(&self, at_most: usize) -> Vec<ItemIdx> {
        if self.has_history() {
            return newest_of(self.kept(), at_most);
        }
        let mut visit = if self.has_past() { of_visit(self.session, self.anchors) } else { Vec::new() };
        visit.truncate(at_most);
        visit
    }

    /// The anchors; after an order that is not named, what the customer bought on the last day they bought anything.
    pub(crate) fn anchors_or_last_order(&self) -> Vec<ItemIdx> {
        if self.placement != Placement::AfterOrder || !self.anchors.is_empty() || !self.is_somebody() {
            return distinct(self.anchors);
        }
        let last = self.kept().map(|bought| bought.last_bought_on).max();
        let of_last = self.kept().filter(|bought| Some(bought.last_bought_on) == last);
        of_last.map(|bought| bought.item).take(MAX_HISTORY_ITEMS).collect()
    }

    /// What the customer bought, or the stranger looks at, by item, the newest of it where it is much.
    pub(crate) fn history(&self) -> &[ItemIdx] {
        self.history.get_or_init(|| {
            let mut items = self.newest(MAX_HISTORY_ITEMS);
            items.sort_unstable();
            items
        })
    }

    /// What is left of their purchases.
    pub(crate) fn strengths(&self) -> &[ItemStrength] {
        self.strengths.get_or_init(|| {
            let Some(repeats) = &self.engine.models().repeat else { return Vec::new() };
            let mut strengths =
                self.customer().map(|customer| repeats.at(customer, self.now)).unwrap_or_default();
            if let Some(since) = &self.since {
                strengths = joined_strengths(&strengths, &repeats.model.strengths(&since.bought, self.now));
            }
            strengths.retain(|strength| !self.is_sent_back(strength.item));
            strengths
        })
    }

    /// The needs they have met, by need; what they are told to have counts, since today.
    pub(crate) fn needs_met(&self) -> &[Held] {
        self.needs_met.get_or_init(|| {
            let Some(ownership) = &self.engine.models().ownership else { return Vec::new() };
            let trained = self.customer().into_iter().flat_map(|customer| ownership.holdings(customer));
            let trained = trained
                .filter(|thing| self.since.as_ref().is_none_or(|since| !since.is_sent_back(thing.item)));
            let since = self.since.iter().flat_map(|since| &since.things);
            let lasts = |item: ItemIdx| ownership.life_days(item).is_some();
            let since =
                since.filter(|&&(item, _)| lasts(item)).map(|&(item, on)| ownership.holding(item, on));
            let told = self.owned.iter().map(|&item| ownership.holding(item, self.today));
            ownership.needs_met(trained.chain(since).chain(told), self.today)
        })
    }

    /// What they looked at in the days before, by need, where nothing that serves answers the need.
    pub(crate) fn looked_at(&self) -> &[Looked] {
        self.looked_at.get_or_init(|| {
            let Some(orientation) = &self.engine.models().orientation else { return Vec::new() };
            let looked = match (&self.since, self.customer()) {
                (Some(since), customer) => orientation.on_with(customer, &since.need_acts, self.today),
                (None, Some(customer)) => orientation.on(customer, self.today).collect(),
                (None, None) => Vec::new(),
            };
            self.unanswered(looked)
        })
    }

    /// These, but for the needs that something answers that serves: nothing they have, whoever says so, and nothing in the
    /// basket or the order at hand.
    fn unanswered(&self, mut looked: Vec<Looked>) -> Vec<Looked> {
        let Some(ownership) = self.engine.models().ownership.as_ref().filter(|_| !looked.is_empty()) else {
            return Vec::new();
        };
        let met = self.needs_met();
        let serves = |need: NeedIdx| {
            met.iter().any(|held| held.need == need && held.state == HoldingState::Held)
                || self.at_hand().iter().any(|&item| ownership.need_of(item) == Some(need))
        };
        looked.retain(|looked| !serves(looked.need));
        looked
    }

    /// What of their purchases may be due again, most probable first.
    pub(crate) fn due(&self) -> &[DueEstimate] {
        self.due.get_or_init(|| {
            let of_customer = self.customer().zip(self.engine.models().replenishment.as_ref());
            let Some((customer, model)) = of_customer else { return Vec::new() };
            let since = self.since.as_ref().map_or(&[][..], |since| &since.last_bought);
            let mut due = model.due_with(customer, since, self.today, HORIZON_DAYS);
            if self.since.is_some() {
                due.retain(|due| self.purchase_of(due.item).is_some());
            }
            due
        })
    }

    /// When one of their purchases is due again; none where nothing says so.
    pub(crate) fn due_of(&self, item: ItemIdx) -> Option<DueEstimate> {
        let model = self.engine.models().replenishment.as_ref()?;
        let since = self.since.as_ref().map_or(&[][..], |since| &since.last_bought);
        model.due_of(self.customer()?, item, since, self.today, HORIZON_DAYS)
    }

    /// How much they have to do with what; none where nothing is known of them.
    pub(crate) fn profile(&self) -> Option<&ProfileRow> {
        let of = || {
            let interest = self.engine.models().interest.as_ref()?;
            if self.customer().is_none() && self.since.is_none() {
                return None;
            }
            let trained = self.customer().map(|customer| interest.profile(customer));
            let mut profile = trained.unwrap_or_default();
            for (signal, on) in self.since.iter().flat_map(|since| &since.signals) {
                interest.update(&mut profile, signal, *on);
            }
            Some(profile)
        };
        self.profile.get_or_init(of).as_ref()
    }

    /// What they care about, the strongest interest first.
    pub(crate) fn interests(&self) -> &[CustomerInterest] {
        self.interests.get_or_init(|| {
            let of = |(interest, profile): (&Interest, &ProfileRow)| interest.of_profile(profile, self.today);
            self.engine.models().interest.as_ref().zip(self.profile()).map(of).unwrap_or_default()
        })
    }
}

impl Engine {
    /// Where the question finds whoever asks.
    pub(crate) fn situation<'a>(&'a self, query: &'a Query<'a>) -> Situation<'a> {
        Situation::new(query, self)
    }
}
