//! Where somebody stands at the instant of a question: what they bought, have, look at and are due for.
//!
//! Each is worked out once a question, when first asked for.

use std::cell::OnceCell;

use erbij_core::{AlreadyBought, CustomerIdx, Day, ItemIdx, Purchase};
use erbij_people::{CustomerInterest, DueEstimate, Held, ItemStrength, Looked};
use erbij_rules::ActiveRules;

use crate::engine::Engine;
use crate::query::{Query, Who};

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
    history: OnceCell<Vec<ItemIdx>>,
    strengths: OnceCell<Vec<ItemStrength>>,
    needs_met: OnceCell<Vec<Held>>,
    looked_at: OnceCell<Vec<Looked>>,
    due: OnceCell<Vec<DueEstimate>>,
    interests: OnceCell<Vec<CustomerInterest>>,
}

impl<'a> std::ops::Deref for Situation<'a> {
    type Target = Query<'a>;

    fn deref(&self) -> &Query<'a> {
        self.query
    }
}

impl<'a> Situation<'a> {
    pub(crate) fn new(query: &'a Query<'a>, engine: &'a Engine) -> Self {
        let models = engine.models();
        let of_placement = || models.recipe.already_bought(query.placement);
        Self {
            query,
            engine,
            rules: engine.rules().active(query.placement, query.now, query.anchors),
            today: models.time_zone.day_of(query.now),
            already_bought: query.already_bought.unwrap_or_else(of_placement),
            history: OnceCell::new(),
            strengths: OnceCell::new(),
            needs_met: OnceCell::new(),
            looked_at: OnceCell::new(),
            due: OnceCell::new(),
            interests: OnceCell::new(),
        }
    }

    /// The question itself.
    pub(crate) fn query(&self) -> &'a Query<'a> {
        self.query
    }

    /// The customer, where one is known.
    pub(crate) fn customer(&self) -> Option<CustomerIdx> {
        match self.who {
            Who::Customer(customer) => Some(customer),
            Who::Unknown => None,
        }
    }

    /// Whether they bought anything.
    pub(crate) fn has_history(&self) -> bool {
        self.customer().is_some_and(|customer| !self.engine.models().histories.items(customer).is_empty())
    }

    /// What they bought, by item.
    pub(crate) fn purchases(&self) -> impl Iterator<Item = Purchase> {
        let histories = &self.engine.models().histories;
        self.customer().into_iter().flat_map(|customer| histories.purchases(customer))
    }

    /// What they bought and did not send back, by item: what they sent back speaks for nothing.
    pub(crate) fn kept(&self) -> impl Iterator<Item = Purchase> {
        self.purchases().filter(|purchase| !self.is_sent_back(purchase.item))
    }

    /// Their purchases of an item, where there are any.
    pub(crate) fn purchase_of(&self, item: ItemIdx) -> Option<Purchase> {
        self.engine.models().histories.find(self.customer()?, item)
    }

    /// The day on which they bought an item last.
    pub(crate) fn bought_on(&self, item: ItemIdx) -> Option<Day> {
        self.purchase_of(item).map(|purchase| purchase.last_bought_on)
    }

    /// Whether they bought an item for others alone.
    pub(crate) fn is_given(&self, item: ItemIdx) -> bool {
        let ownership = self.engine.models().ownership.as_ref();
        self.customer().zip(ownership).is_some_and(|(customer, ownership)| ownership.is_given(customer, item))
    }

    /// Whether they sent an item back and never kept it.
    pub(crate) fn is_sent_back(&self, item: ItemIdx) -> bool {
        self.customer().is_some_and(|customer| self.engine.models().is_sent_back(customer, item))
    }

    /// What they sent back and never kept.
    pub(crate) fn sent_back(&self) -> impl Iterator<Item = ItemIdx> {
        let sent_back = self.engine.models().sent_back.as_ref();
        let of_customer = self.customer().zip(sent_back);
        of_customer.into_iter().flat_map(|(customer, sent_back)| sent_back.of(customer))
    }

    /// What the customer bought, or the stranger looks at, by item, the newest of it where it is much.
    pub(crate) fn history(&self) -> &[ItemIdx] {
        self.history.get_or_init(|| self.engine.history(self))
    }

    /// What is left of their purchases.
    pub(crate) fn strengths(&self) -> &[ItemStrength] {
        self.strengths.get_or_init(|| {
            let repeats = self.engine.models().repeat.as_ref();
            let Some((customer, repeats)) = self.customer().zip(repeats) else { return Vec::new() };
            let mut strengths = repeats.at(customer, self.now);
            strengths.retain(|strength| !self.is_sent_back(strength.item));
            strengths
        })
    }

    /// The needs they have met, by need; what they are told to have counts.
    pub(crate) fn needs_met(&self) -> &[Held] {
        self.needs_met.get_or_init(|| {
            let Some(ownership) = &self.engine.models().ownership else { return Vec::new() };
            ownership.needs_met(self.customer(), self.owned, self.today)
        })
    }

    /// What they looked at in the days before, by need, where nothing that serves answers the need.
    pub(crate) fn looked_at(&self) -> &[Looked] {
        self.looked_at.get_or_init(|| self.engine.looked_at_in(self))
    }

    /// What of their purchases may be due again, most probable first.
    pub(crate) fn due(&self) -> &[DueEstimate] {
        self.due.get_or_init(|| {
            let model = self.engine.models().replenishment.as_ref();
            let due = |(customer, model): (CustomerIdx, &erbij_people::Replenishment)| {
                model.due(customer, self.today, crate::due::HORIZON_DAYS)
            };
            self.customer().zip(model).map(due).unwrap_or_default()
        })
    }

    /// When one of their purchases is due again; none where nothing says so.
    pub(crate) fn due_of(&self, item: ItemIdx) -> Option<DueEstimate> {
        let model = self.engine.models().replenishment.as_ref()?;
        model.due_of(self.customer()?, item, self.today, crate::due::HORIZON_DAYS)
    }

    /// What they care about, the strongest interest first.
    pub(crate) fn interests(&self) -> &[CustomerInterest] {
        self.interests.get_or_init(|| {
            let interest = self.engine.models().interest.as_ref();
            let of = |(customer, interest): (CustomerIdx, &erbij_people::Interest)| {
                interest.of(customer, self.today)
            };
            self.customer().zip(interest).map(of).unwrap_or_default()
        })
    }
}
