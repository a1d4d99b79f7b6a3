//! The ids of a question as the models know them, and what of the question changed nothing.
//!
//! An id that is not known is no error, and no secret either: it is told under `ignored`, with whatever else of the question
//! nothing listened to. The service and the command line share this, so both ignore the same and say so alike.

use erbij_core::{
    Act, ActKind, CustomerIdx, EventKind, Grant, ItemIdx, Past, Personalisation, PersonalisationPolicy,
    Timestamp,
};
use erbij_engine::{Engine, Part, Person, Query, Slate, Unheard};
use erbij_recipe::ModelSet;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Something that was asked and changed nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Ignored {
    /// The field of the question.
    #[schema(example = "session_items")]
    pub field: String,
    /// The id in it; none where it is all of the field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Why: `unknown_id`; `no_consent` (the customer does not want to be personalised for, or has not agreed to it where the shop
    /// asks first); `already_counted` (the models were trained on data that reach past it); `not_used` (nothing here listens to it), `not_trained` (there is no model of it),
    /// `nothing_known` (nothing follows from it), or `slate_full` (the slate was full before it was asked about).
    #[schema(example = "not_trained")]
    pub why: String,
}

impl Ignored {
    /// All of a field.
    pub(crate) fn field(field: &str, why: &str) -> Self {
        Self { field: field.to_owned(), value: None, why: why.to_owned() }
    }

    fn unknown_id(field: &str, id: &str) -> Self {
        Self { field: field.to_owned(), value: Some(id.to_owned()), why: "unknown_id".to_owned() }
    }

    /// Why, in a clause for people.
    pub fn clause(&self) -> &'static str {
        match self.why.as_str() {
            "unknown_id" => "is not known",
            "no_consent" => "is not used: the customer has not allowed it",
            "already_counted" => "changes nothing: the models were trained on data that reach past it",
            "not_trained" => "has no model: none was trained on visits",
            "nothing_known" => "changes nothing: nothing is known that follows from it",
            "slate_full" => "changes nothing: the slate was full before it was asked about",
            _ => "changes nothing here",
        }
    }
}

/// Something that somebody did, as a question tells it.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedEvent {
    /// With what, by item or variant id.
    pub item_id: String,
    /// When.
    pub occurred_at: Timestamp,
    /// What.
    pub kind: EventKind,
    /// How many, where it was ordered; above zero.
    pub quantity: f32,
}

impl NamedEvent {
    fn act(&self, models: &ModelSet) -> Option<Act> {
        let kind = match self.kind {
            EventKind::Purchase => ActKind::Bought { quantity: self.quantity, is_gift: false },
            EventKind::Refund => ActKind::SentBack,
            kind => ActKind::Did { kind, topic: None },
        };
        let item = models.catalogue.item_idx_from_id(&self.item_id)?;
        Some(Act { at: self.occurred_at, item, kind })
    }
}

/// A question as somebody wrote it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Named<'a> {
    /// For whom.
    pub customer_id: Option<&'a str>,
    /// For whom, where only the visit is known. No model knows visitors.
    pub visitor_id: Option<&'a str>,
    /// The item of the page, or the items of the basket.
    pub items: &'a [String],
    /// What was looked at in this visit, oldest first.
    pub session_items: &'a [String],
    /// What the customer has beside what they bought here.
    pub owned_items: &'a [String],
    /// What must not be shown.
    pub exclude: &'a [String],
    /// What they did lately, in any order.
    pub events: &'a [NamedEvent],
    /// Whether they want to be personalised for, where they said so.
    pub personalisation: Option<bool>,
}

/// The same as the models know it; ids they do not know are left out.
#[derive(Clone, Debug)]
pub struct Known<'a> {
    named: Named<'a>,
    /// The customer, where one is known.
    customer: Option<CustomerIdx>,
    /// What they did that the models have not seen.
    past: Past,
    /// How many of the events the models have seen.
    n_counted: usize,
    grant: Option<Grant<Personalisation>>,
    /// The item of the page, or the items of the basket.
    pub anchors: Vec<ItemIdx>,
    /// What was looked at in this visit, oldest first.
    pub session: Vec<ItemIdx>,
    /// What the customer has beside what they bought here.
    pub owned: Vec<ItemIdx>,
    /// What must not be shown.
    pub exclude: Vec<ItemIdx>,
}

impl<'a> Named<'a> {
    /// Looks the ids up.
    pub fn known_to(self, models: &ModelSet, policy: PersonalisationPolicy) -> Known<'a> {
        let find = |ids: &[String]| -> Vec<ItemIdx> {
            ids.iter().filter_map(|id| models.catalogue.item_idx_from_id(id)).collect()
        };
        let customer: Option<CustomerIdx> = self.customer_id.and_then(|id| models.customers.idx_from_id(id));
        let acts = Past::new(self.events.iter().filter_map(|event| event.act(models)).collect());
        // Of a stranger the models have seen nothing, and views they have seen only where they were trained on events.
        let has_events = models.session.as_ref().is_some_and(|session| 0 < session.n_sessions());
        let is_new = |act: &Act| {
            let may_be_seen = has_events || !matches!(act.kind, ActKind::Did { .. });
            customer.is_none() || models.cutoff < act.at || !may_be_seen
        };
        let n_acts = acts.acts().len();
        let past = acts.retain(is_new);
        Known {
            named: self,
            customer,
            n_counted: n_acts - past.acts().len(),
            past,
            grant: policy.check(self.personalisation),
            anchors: find(self.items),
            session: find(self.session_items),
            owned: find(self.owned_items),
            exclude: find(self.exclude),
        }
    }
}

impl Known<'_> {
    /// For whom.
    pub fn person(&self) -> Person<'_> {
        match (self.grant, self.customer) {
            (None, _) => Person::Nobody,
            (Some(grant), Some(customer)) => Person::known(customer, &self.past, grant),
            (Some(_), None) if self.past.is_empty() => Person::Nobody,
            (Some(_), None) => Person::Stranger(&self.past),
        }
    }

    /// Those of `items` that are not known.
    pub fn unknown_items(&self, models: &ModelSet) -> Vec<&str> {
        if self.anchors.len() == self.named.items.len() {
            return Vec::new();
        }
        unknown(self.named.items, models).collect()
    }

    /// The ids that are not known, by field.
    pub fn unknown_ids(&self, models: &ModelSet) -> Vec<Ignored> {
        self.all_ignored(models, &[])
    }

    /// What of the question changed nothing on its slate, by field.
    pub fn ignored(&self, engine: &Engine, query: &Query<'_>, slate: &Slate) -> Vec<Ignored> {
        self.all_ignored(engine.models(), &engine.unheard(query, slate))
    }

    /// The same where not a slate but the customer's needs are asked about.
    pub fn ignored_by_needs(&self, engine: &Engine, query: &Query<'_>) -> Vec<Ignored> {
        self.all_ignored(engine.models(), &engine.unheard_by_needs(query))
    }

    fn all_ignored(&self, models: &ModelSet, unheard: &[(Part, Unheard)]) -> Vec<Ignored> {
        let named = self.named;
        let mut ignored = Vec::new();
        let unheard_of = |part: Part| unheard.iter().find(|&&(of, _)| of == part).map(|(_, why)| why.name());
        match (named.customer_id, self.customer, self.grant) {
            (Some(id), None, _) => ignored.push(Ignored::unknown_id("customer_id", id)),
            (Some(_), Some(_), None) => ignored.push(Ignored::field("customer_id", "no_consent")),
            _ => {}
        }
        ignored.extend(unheard_of(Part::Customer).map(|why| Ignored::field("customer_id", why)));
        ignored.extend(named.visitor_id.map(|_| Ignored::field("visitor_id", Unheard::NotUsed.name())));
        for (field, ids, n_known, part) in [
            ("items", named.items, self.anchors.len(), Some(Part::Anchors)),
            ("session_items", named.session_items, self.session.len(), Some(Part::Session)),
            ("owned_items", named.owned_items, self.owned.len(), Some(Part::Owned)),
            ("exclude", named.exclude, self.exclude.len(), None),
        ] {
            if n_known < ids.len() {
                ignored.extend(unknown(ids, models).map(|id| Ignored::unknown_id(field, id)));
            }
            ignored.extend(part.and_then(unheard_of).map(|why| Ignored::field(field, why)));
        }
        let unknown_events = named.events.iter().filter(|event| event.act(models).is_none());
        ignored.extend(unknown_events.map(|event| Ignored::unknown_id("events", &event.item_id)));
        if self.grant.is_none() && !named.events.is_empty() {
            ignored.push(Ignored::field("events", "no_consent"));
        } else if 0 < self.n_counted {
            ignored.push(Ignored::field("events", "already_counted"));
        }
        if named.personalisation.is_some() && named.customer_id.is_none() && named.events.is_empty() {
            ignored.push(Ignored::field("personalisation", Unheard::NotUsed.name()));
        }
        ignored.extend(unheard_of(Part::Acts).map(|why| Ignored::field("events", why)));
        ignored
    }
}

fn unknown<'a>(ids: &'a [String], models: &ModelSet) -> impl Iterator<Item = &'a str> {
    let is_unknown = |id: &&String| models.catalogue.item_idx_from_id(id).is_none();
    ids.iter().filter(is_unknown).map(String::as_str)
}
