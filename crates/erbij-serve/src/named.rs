//! The ids of a question as the models know them, and what of the question changed nothing.
//!
//! An id that is not known is no error, and no secret either: it is told under `ignored`, with whatever else of the question
//! nothing listened to. The service and the command line share this, so both ignore the same and say so alike.

use erbij_core::{CustomerIdx, ItemIdx};
use erbij_engine::{Engine, Part, Query, Slate, Unheard, Who};
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
    /// Why: `unknown_id`; `not_used` (nothing here listens to it), `not_trained` (there is no model of it),
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
            "not_trained" => "has no model: none was trained on visits",
            "nothing_known" => "changes nothing: nothing is known that follows from it",
            "slate_full" => "changes nothing: the slate was full before it was asked about",
            _ => "changes nothing here",
        }
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
}

/// The same as the models know it; ids they do not know are left out.
#[derive(Clone, Debug)]
pub struct Known<'a> {
    named: Named<'a>,
    /// For whom.
    pub who: Who,
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
    pub fn known_to(self, models: &ModelSet) -> Known<'a> {
        let find = |ids: &[String]| -> Vec<ItemIdx> {
            ids.iter().filter_map(|id| models.catalogue.item_idx_from_id(id)).collect()
        };
        let customer: Option<CustomerIdx> = self.customer_id.and_then(|id| models.customers.idx_from_id(id));
        Known {
            named: self,
            who: customer.map_or(Who::Unknown, Who::Customer),
            anchors: find(self.items),
            session: find(self.session_items),
            owned: find(self.owned_items),
            exclude: find(self.exclude),
        }
    }
}

impl Known<'_> {
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
        if let (Some(id), Who::Unknown) = (named.customer_id, self.who) {
            ignored.push(Ignored::unknown_id("customer_id", id));
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
        ignored
    }
}

fn unknown<'a>(ids: &'a [String], models: &ModelSet) -> impl Iterator<Item = &'a str> {
    let is_unknown = |id: &&String| models.catalogue.item_idx_from_id(id).is_none();
    ids.iter().filter(is_unknown).map(String::as_str)
}
