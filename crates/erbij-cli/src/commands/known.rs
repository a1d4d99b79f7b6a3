//! The ids of a question as an artifact knows them.

use std::io::Write;
use std::sync::Arc;

use anyhow::Context;
use erbij_core::{Catalogue, ItemIdx, Placement, Timestamp};
use erbij_engine::{Engine, Query};
use erbij_rules::ItemSet;
use erbij_serve::{Ignored, Known, Named};

/// A question about a slate, as somebody wrote it.
#[derive(Debug, Default)]
pub(crate) struct Written {
    customer: Option<String>,
    anchors: Vec<String>,
    /// The flag that named the anchors.
    anchors_flag: &'static str,
    session: Vec<String>,
    exclude: Vec<String>,
    owned: Vec<String>,
}

impl Written {
    /// A question for a customer, where one is named.
    pub(crate) fn by(customer: Option<&String>) -> Self {
        Self {
            customer: customer.map(|id| id.trim().to_owned()),
            anchors_flag: "--basket",
            ..Self::default()
        }
    }

    /// About the item of a page, where `item` is one, else about the items of a basket.
    pub(crate) fn about(mut self, flag: &'static str, item: Option<&String>, basket: &[String]) -> Self {
        if item.is_some() {
            self.anchors_flag = flag;
        }
        self.anchors = trimmed(item.into_iter().chain(basket));
        self
    }

    /// In a visit, by somebody who has these.
    pub(crate) fn with(mut self, session: &[String], owned: &[String]) -> Self {
        (self.session, self.owned) = (trimmed(session), trimmed(owned));
        self
    }

    /// Without these.
    pub(crate) fn without(mut self, exclude: &[String]) -> Self {
        self.exclude = trimmed(exclude);
        self
    }

    /// The same for the models.
    pub(crate) fn named(&self) -> Named<'_> {
        Named {
            customer_id: self.customer.as_deref(),
            visitor_id: None,
            items: &self.anchors,
            session_items: &self.session,
            owned_items: &self.owned,
            exclude: &self.exclude,
            events: &[],
            personalisation: None,
        }
    }

    /// Whom and what it is about, word by word; the length of a part stands before it, so that no two questions say the same.
    pub(crate) fn words(&self) -> Vec<String> {
        let customer: Vec<String> = self.customer.iter().cloned().collect();
        let parts = [&customer, &self.anchors, &self.session, &self.owned, &self.exclude];
        parts
            .into_iter()
            .flat_map(|part| [part.len().to_string()].into_iter().chain(part.iter().cloned()))
            .collect()
    }

    /// Tells on standard error what of the question changed nothing, by the flags that said it.
    pub(crate) fn tell_ignored(&self, ignored: &[Ignored]) {
        for of in ignored {
            let flag = match of.field.as_str() {
                "customer_id" => "--customer",
                "items" => self.anchors_flag,
                "session_items" => "--session",
                "owned_items" => "--owned",
                _ => "--exclude",
            };
            let value = of.value.as_ref().map_or_else(String::new, |value| format!(" {value}"));
            note(&format!("`{flag}{value}` {}", of.clause()));
        }
    }
}

fn trimmed<'a>(ids: impl IntoIterator<Item = &'a String>) -> Vec<String> {
    ids.into_iter().map(|id| id.trim().to_owned()).collect()
}

/// The items that a condition chooses, where there is one.
pub(crate) fn filter(condition: Option<&str>, engine: &Engine) -> anyhow::Result<Option<Arc<ItemSet>>> {
    condition.map(|condition| engine.filter(condition)).transpose().context("`--filter` is refused")
}

/// The question at a place and an instant.
pub(crate) fn query<'a>(
    known: &'a Known<'_>,
    filter: Option<&'a ItemSet>,
    placement: Placement,
    n: usize,
    now: Timestamp,
) -> Query<'a> {
    Query {
        anchors: &known.anchors,
        session: &known.session,
        n,
        exclude: &known.exclude,
        owned: &known.owned,
        filter,
        ..Query::new(placement, known.person(), now)
    }
}

/// The items that are known; those that are not are named on standard error.
pub(crate) fn items<'a>(
    flag: &str,
    catalogue: &Catalogue,
    ids: impl IntoIterator<Item = &'a String>,
) -> Vec<ItemIdx> {
    let mut items = Vec::new();
    for id in ids {
        match catalogue.item_idx_from_id(id.trim()) {
            Some(item) => items.push(item),
            None => note(&format!("`{flag} {}` is not known", id.trim())),
        }
    }
    items
}

/// Where standard error is closed there is nobody to tell.
pub(crate) fn note(text: &str) {
    let _ = writeln!(std::io::stderr(), "note: {text}");
}
