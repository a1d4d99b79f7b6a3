//! Parameters that choose themselves, so that no shop has to tune.
//!
//! A table of a recipe is [`Auto`] parameters: some of its keys are `"auto"` unless a shop has said a value. Before a model
//! is fitted, its part of the history is held out once (sessions, baskets, items of lists), a handful of values is
//! judged there, and what won stands in the model's recipe as a plain value. Beside it stands a [`Choice`]:
//! what was chosen and on what figures. The values of `P::default()` are those shipped; they stay unless others are
//! better by more than chance.
//!
//! `written.rs` reads and writes such a table; `search.rs` compares; each model's `choose.rs` has its values and what they
//! are judged by.

mod cases;
mod choice;
mod search;
mod written;

use std::collections::BTreeSet;

use serde::Serialize;
use serde::de::DeserializeOwned;

pub use cases::{drawn_evenly, is_drawn_evenly, ndcg_at_k};
pub use choice::{Choice, Verdict};
pub use search::{HeldOutCases, choose};

/// Parameters of a model, some of which the fit can choose. `default()` is what is shipped.
pub trait AutoParams: Clone + PartialEq + Default + Serialize + DeserializeOwned {
    /// The table of a recipe they stand in.
    const TABLE: &'static str;
    /// The keys that the fit can choose.
    const KEYS: &'static [&'static str];
}

/// Parameters as a recipe says them: what it does not say, of the keys that can be chosen, the fit chooses.
#[derive(Clone, Debug, PartialEq)]
pub struct Auto<P> {
    params: P,
    /// The keys that the fit is to choose; `params` has the shipped value of each.
    auto: BTreeSet<&'static str>,
}

impl<P: AutoParams> Auto<P> {
    /// The parameters, with the shipped value of each key that is still to be chosen.
    pub fn params(&self) -> &P {
        &self.params
    }

    /// Whether the fit is to choose a key.
    pub fn is_auto(&self, key: &str) -> bool {
        self.auto.contains(key)
    }

    /// Whether anything is to be chosen.
    pub fn any_auto(&self) -> bool {
        !self.auto.is_empty()
    }

    /// A candidate, but with what the recipe says in all keys that are not to be chosen.
    pub fn keeping_said(&self, candidate: &P) -> P {
        let mut table = table_of(&self.params);
        let candidate = table_of(candidate);
        for &key in &self.auto {
            match candidate.get(key) {
                Some(value) => table.insert(key.to_owned(), value.clone()),
                None => table.remove(key),
            };
        }
        table.try_into().expect("values of two such parameters are such parameters")
    }

    /// The values that the keys to be chosen have in some parameters.
    pub fn chosen_of(&self, params: &P) -> toml::Table {
        table_of(params).into_iter().filter(|(key, _)| self.is_auto(key)).collect()
    }
}

/// All of them are said.
impl<P: AutoParams> From<P> for Auto<P> {
    fn from(params: P) -> Self {
        Self { params, auto: BTreeSet::new() }
    }
}

/// The fit chooses whatever it can.
impl<P: AutoParams> Default for Auto<P> {
    fn default() -> Self {
        Self { params: P::default(), auto: P::KEYS.iter().copied().collect() }
    }
}

impl<P> std::ops::Deref for Auto<P> {
    type Target = P;

    fn deref(&self) -> &P {
        &self.params
    }
}

/// Parameters by key; what is not set is left out.
fn table_of<P: Serialize>(params: &P) -> toml::Table {
    toml::Table::try_from(params).expect("parameters are plain data")
}
