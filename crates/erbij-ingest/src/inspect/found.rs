//! What a look at a shop's tables finds, and how far it can be relied on.

use std::collections::BTreeMap;

use erbij_core::{Currency, TimeZone};

use super::beside::FoundJoin;
use super::profile::ColumnProfile;
use crate::Meaning;
use crate::settings::{OrderOf, Words};

/// How far something that was found can be relied on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// A name that is recognised, or values that leave no doubt.
    Sure,
    /// Likely enough to be read so.
    Guess,
    /// Not likely enough: somebody should say.
    Proposal,
    /// No column was found.
    NotFound,
}

/// What was found for a column of the contract.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// Its name here.
    pub name: &'static str,
    /// Which column of the files it is, and what that means; none where none was found.
    pub meaning: Option<Meaning>,
    /// How far that can be relied on.
    pub standing: Standing,
    /// Whether nothing can be read without it.
    pub is_required: bool,
    /// What it would be if the guess is wrong.
    pub or: Option<Meaning>,
    /// Why, and what else could be meant; a sentence each.
    pub why: Vec<String>,
}

/// Words of a column by which rows are left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// The column of the files.
    pub column: String,
    /// The words of rows that are no purchases.
    pub words: Words,
    /// Why.
    pub why: String,
}

/// What a value of the settings is, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said<T> {
    /// The value.
    pub value: T,
    /// How far it can be relied on.
    pub standing: Standing,
    /// Why.
    pub why: String,
}

/// What was found in a table.
#[derive(Clone, Debug, PartialEq)]
pub struct InspectedTable {
    /// Its name here.
    pub name: &'static str,
    /// All its rows.
    pub n_rows: u64,
    /// How many of them were looked at.
    pub n_looked_at: usize,
    /// Every column of the contract that is read here, in the order of its page.
    pub findings: Vec<Finding>,
    /// Other files whose columns stand beside those of the table.
    pub joins: Vec<FoundJoin>,
    /// By column the words of the rows that count, as the layout has it.
    pub only: BTreeMap<String, Words>,
    /// By column the words of rows that do not, as the layout has it.
    pub not: BTreeMap<String, Words>,
    /// Rows that are no purchases.
    pub left_out: Vec<LeftOut>,
    /// What an order is, where its id does not tell.
    pub order_of: Option<Said<Vec<OrderOf>>>,
    /// By name, what each column of the files holds.
    pub columns: BTreeMap<String, ColumnProfile>,
    /// Columns that mean nothing here, in the order of the files.
    pub unread: Vec<String>,
}

impl InspectedTable {
    /// Required columns for which nothing was found.
    pub fn missing(&self) -> impl Iterator<Item = &'static str> {
        let is_missing = |finding: &&Finding| {
            finding.is_required && matches!(finding.standing, Standing::NotFound | Standing::Proposal)
        };
        let has_orders = self.order_of.is_some();
        let names = self.findings.iter().filter(is_missing).map(|finding| finding.name);
        names.filter(move |&name| !(name == "order_id" && has_orders))
    }
}

/// What a look at a shop's tables led to.
#[derive(Clone, Debug, PartialEq)]
pub struct Inspection {
    /// The currency of all prices.
    pub currency: Said<Currency>,
    /// The zone of the shop.
    pub timezone: Said<TimeZone>,
    /// The layout that the orders have, where it is one that is known.
    pub profile: Option<&'static str>,
    /// Why rows that say the same are to be kept, where they are.
    pub keeps_duplicates: Option<String>,
    /// Orders, and what else was given.
    pub tables: Vec<InspectedTable>,
}
