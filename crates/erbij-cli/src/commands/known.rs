//! The ids of a question as an artifact knows them.

use std::io::Write;
use std::sync::Arc;

use anyhow::Context;
use erbij_core::{Catalogue, ItemIdx, Placement, Timestamp};
use erbij_engine::{Engine, Query, Ranking, Who};
use erbij_rules::ItemSet;

/// A question about a slate, as somebody wrote it.
#[derive(Debug)]
pub(crate) struct Named<'a> {
    pub customer: Option<&'a str>,
    pub anchors: Vec<&'a String>,
    pub session: &'a [String],
    pub exclude: &'a [String],
    pub owned: &'a [String],
    pub filter: Option<&'a str>,
}

/// The same as the models know it.
#[derive(Debug)]
pub(crate) struct Known {
    who: Who,
    anchors: Vec<ItemIdx>,
    session: Vec<ItemIdx>,
    exclude: Vec<ItemIdx>,
    owned: Vec<ItemIdx>,
    filter: Option<Arc<ItemSet>>,
}

impl Known {
    /// Looks the ids up; those that are not known are named on standard error.
    pub(crate) fn of(named: &Named<'_>, engine: &Engine) -> anyhow::Result<Self> {
        let models = engine.models();
        let catalogue = &models.catalogue;
        let customer = named.customer.map(|id| models.customers.idx_from_id(id));
        if customer == Some(None) {
            note("the customer is not known; shown is what others would see");
        }
        let filter = named.filter.map(|condition| engine.filter(condition)).transpose();
        Ok(Self {
            who: customer.flatten().map_or(Who::Unknown, Who::Customer),
            anchors: items(catalogue, named.anchors.iter().copied()),
            session: items(catalogue, named.session),
            exclude: items(catalogue, named.exclude),
            owned: items(catalogue, named.owned),
            filter: filter.context("`--filter` is refused")?,
        })
    }

    /// The question at a place and an instant.
    pub(crate) fn query(&self, placement: Placement, n: usize, now: Timestamp) -> Query<'_> {
        Query {
            placement,
            who: self.who,
            anchors: &self.anchors,
            session: &self.session,
            n,
            exclude: &self.exclude,
            now,
            explain: false,
            ranking: Ranking::AsPlaced,
            owned: &self.owned,
            filter: self.filter.as_deref(),
            already_bought: None,
        }
    }
}

/// The items that are known; those that are not are named on standard error.
pub(crate) fn items<'a>(catalogue: &Catalogue, ids: impl IntoIterator<Item = &'a String>) -> Vec<ItemIdx> {
    let mut items = Vec::new();
    for id in ids {
        match catalogue.item_idx_from_id(id.trim()) {
            Some(item) => items.push(item),
            None => note(&format!("item `{id}` is not known")),
        }
    }
    items
}

/// Where standard error is closed there is nobody to tell.
pub(crate) fn note(text: &str) {
    let _ = writeln!(std::io::stderr(), "note: {text}");
}
