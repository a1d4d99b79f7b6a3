//! A table while it is found out what its columns mean.

use std::collections::{BTreeMap, BTreeSet};

use super::found::{Finding, InspectedTable, LeftOut, Said, Standing};
use super::profile::{ColumnProfile, Holds};
use super::roles::{self, Fit};
use super::sample::Look;
use crate::Meaning;
use crate::names::{ColumnSpec, Kind, TableSpec};
use crate::settings::OrderOf;

/// What was found so far.
pub(super) struct Draft {
    pub(super) spec: &'static TableSpec,
    pub(super) look: Look,
    pub(super) columns: BTreeMap<String, ColumnProfile>,
    pub(super) findings: BTreeMap<&'static str, Finding>,
}

/// Optional columns that are read where a part of their name says so; others are proposed.
const READ_BY_A_PART: [&str; 4] = ["price", "quantity", "customer_id", "title"];

impl Draft {
    /// What names say.
    pub(super) fn new(spec: &'static TableSpec, look: Look) -> Self {
        let columns: BTreeMap<String, ColumnProfile> =
            look.names.iter().map(|name| (name.clone(), ColumnProfile::of(name, look.cells(name)))).collect();
        let mut findings = BTreeMap::new();
        for column in spec.columns {
            let meaning = look.chosen.get(column.name).cloned();
            let is_everywhere =
                meaning.iter().flat_map(|meaning| &meaning.columns).all(|there| columns.contains_key(there));
            let mut why = Vec::new();
            let standing = match &meaning {
                None => Standing::NotFound,
                Some(_) if is_everywhere => Standing::Sure,
                Some(_) => {
                    why.push("not every file has it; it is read by its name where it is present".to_owned());
                    Standing::Proposal
                }
            };
            let is_required = column.required && standing != Standing::Proposal;
            findings.insert(
                column.name,
                Finding { name: column.name, meaning, standing, is_required, or: None, why },
            );
        }
        Self { spec, look, columns, findings }
    }

    /// The column of the files that is meant by a name here, where it is one that is read.
    pub(super) fn there(&self, name: &str) -> Option<&str> {
        let finding = self.findings.get(name).filter(|finding| finding.is_read())?;
        finding.meaning.as_ref()?.columns.first().map(String::as_str)
    }

    /// The values of what is meant by a name here; nothing where nothing is.
    pub(super) fn cells(&self, name: &str) -> &[Option<String>] {
        self.there(name).map_or(&[], |there| self.look.cells(there))
    }

    pub(super) fn profile(&self, name: &str) -> Option<&ColumnProfile> {
        self.columns.get(self.there(name)?)
    }

    pub(super) fn finding(&mut self, name: &str) -> &mut Finding {
        self.findings.get_mut(name).expect("every column of the contract has one")
    }

    pub(super) fn because(&mut self, name: &str, why: impl Into<String>) {
        self.finding(name).why.push(why.into());
    }

    /// Takes a column of the files for a name here.
    pub(super) fn take(&mut self, name: &str, there: &str, standing: Standing) {
        let finding = self.finding(name);
        finding.meaning = Some(Meaning::column(there));
        finding.standing = standing;
    }

    /// Columns of the files that mean nothing so far, in their order.
    pub(super) fn free(&self) -> Vec<&ColumnProfile> {
        let used: BTreeSet<&String> = self
            .findings
            .values()
            .filter(|finding| finding.meaning.is_some())
            .flat_map(|finding| finding.meaning.iter().flat_map(|meaning| &meaning.columns))
            .collect();
        let names = self.look.names.iter().filter(|name| !used.contains(name));
        names.filter_map(|name| self.columns.get(name)).collect()
    }

    /// Fills in what names left open, what is required first.
    pub(super) fn find_by_words(&mut self) {
        let columns = || self.spec.columns.iter();
        let ordered: Vec<&ColumnSpec> = columns()
            .filter(|column| column.required)
            .chain(columns().filter(|column| !column.required))
            .collect();
        for wanted in [Fit::Is, Fit::Holds] {
            for column in &ordered {
                if self.findings[column.name].meaning.is_none() {
                    self.find(column, wanted);
                }
            }
        }
        self.find_the_only_instant();
    }

    fn find(&mut self, column: &ColumnSpec, wanted: Fit) {
        let table = self.spec.name;
        let free = self.free();
        let fits = free.iter().filter(|found| roles::fit(table, column, found) == Some(wanted));
        let fits: Vec<String> = fits.map(|found| found.name.clone()).collect();
        let Some((first, others)) = fits.split_first() else { return };
        let is_read = column.required || wanted == Fit::Is || READ_BY_A_PART.contains(&column.name);
        self.take(column.name, first, if is_read { Standing::Guess } else { Standing::Proposal });
        self.because(column.name, "by its name and what it holds");
        if !others.is_empty() {
            let others: Vec<String> = others.iter().map(|other| format!("`{other}`")).collect();
            self.because(column.name, format!("{} would also do", others.join(", ")));
        }
    }

    /// A table with one column of dates has no other day to tell.
    fn find_the_only_instant(&mut self) {
        let missing = self.spec.columns.iter().find(|column| {
            column.required && column.kind == Kind::Instant && self.findings[column.name].meaning.is_none()
        });
        let Some(column) = missing else { return };
        let dates: Vec<String> =
            self.free().iter().filter(|found| found.is_moment()).map(|found| found.name.clone()).collect();
        if let [only] = &dates[..] {
            self.take(column.name, only, Standing::Guess);
            self.because(column.name, "no other column holds dates");
        }
    }

    /// All that was found, for whoever writes it down.
    pub(super) fn inspected(
        mut self,
        left_out: Vec<LeftOut>,
        order_of: Option<Said<Vec<OrderOf>>>,
    ) -> InspectedTable {
        let unread = self.free().iter().map(|found| found.name.clone()).collect::<Vec<_>>();
        let unread =
            unread.into_iter().filter(|name| left_out.iter().all(|left_out| left_out.column != *name));
        // A layout that is known leaves rows out by columns of its own.
        let filtered: BTreeSet<&str> =
            crate::schema::filter_columns(&self.look.table.settings).into_iter().collect();
        let unread = unread.filter(|name| !filtered.contains(name.as_str())).collect();
        let findings =
            self.spec.columns.iter().filter_map(|column| self.findings.remove(column.name)).collect();
        InspectedTable {
            name: self.spec.name,
            n_rows: self.look.table.n_rows(),
            n_looked_at: self.look.sample.n_rows,
            findings,
            joins: Vec::new(),
            only: self.look.table.settings.only.clone(),
            not: self.look.table.settings.not.clone(),
            left_out,
            order_of,
            columns: self.columns,
            unread,
        }
    }
}

impl Finding {
    /// Whether it is read, and not only proposed.
    pub fn is_read(&self) -> bool {
        matches!(self.standing, Standing::Sure | Standing::Guess)
    }
}

impl ColumnProfile {
    pub(super) fn is_moment(&self) -> bool {
        matches!(self.holds, Holds::Dates | Holds::Instants)
    }
}
