//! The customers table: who there is, and what they have said of themselves.

use erbij_core::{Catalogue, HouseholdKind, InterestNames, Progress, Stated, StatedInterest};

use crate::batch::Batch;
use crate::intern::{Interner, MISSING, TOO_LONG};
use crate::names::customers as column;
use crate::reason::Tally;
use crate::report::TableReport;
use crate::table::Table;
use crate::values::{Ids, Texts};
use crate::{IngestError, IngestReport, Reason, Rules, Settings};

/// The rows of the table that are used, one a customer, in the order of the files.
#[derive(Default)]
pub(crate) struct CustomerRows {
    /// The customer by first sight: the rows' own order, since all ids come from here first.
    pub(crate) listed: Vec<bool>,
    rows: Vec<CustomerRow>,
    /// What customers care about, by first sight.
    interest_names: Vec<String>,
}

struct CustomerRow {
    customer: u32,
    /// In the table.
    row: u64,
    household: Option<HouseholdKind>,
    interests: Vec<u32>,
}

/// What was read of the table, and what is to be said of it once the catalogue is known.
pub(crate) struct ReadCustomers {
    pub(crate) ids: Interner,
    pub(crate) rows: CustomerRows,
    pub(crate) report: Option<(Table, Tally)>,
}

impl ReadCustomers {
    /// No such table.
    pub(crate) fn none(settings: &Settings) -> Self {
        let ids = Interner::new(settings.limits.max_id_bytes);
        Self { ids, rows: CustomerRows::default(), report: None }
    }
}

/// Reads the table. O(rows).
pub(crate) fn read(
    table: Table,
    settings: &Settings,
    progress: &dyn Progress,
) -> Result<ReadCustomers, IngestError> {
    progress.begin("reading customers", Some(table.n_rows()), "rows");
    let mut ids = Ids::with_nothing(Interner::new(settings.limits.max_id_bytes), &settings.rules.guest_ids)
        .written(table.meaning("customer_id"));
    let mut names = Interner::new(settings.limits.max_id_bytes);
    let mut tally = Tally::default();
    let mut found = CustomerRows::default();
    let mut row_ids = Vec::new();
    let mut is_left_out = Vec::new();
    let wanted: Vec<usize> = (0..column::N_COLUMNS).chain(table.filter.columns()).collect();
    table.scan(&wanted, |batch| {
        progress.advance(batch.n_rows as u64);
        row_ids.clear();
        ids.read(batch.columns[column::CUSTOMER_ID].as_ref(), batch.n_rows, &mut row_ids)?;
        found.listed.resize(ids.interner.len(), false);
        let values = BatchValues::read(batch)?;
        is_left_out.clear();
        table.filter.read(&batch.columns[column::N_COLUMNS..], batch.n_rows, &mut is_left_out)?;
        for (at, &id) in row_ids.iter().enumerate() {
            let row = batch.first_row + at as u64;
            match id {
                MISSING => tally.add(Reason::MissingCustomerId, row),
                TOO_LONG => tally.add(Reason::IdTooLong, row),
                _ if is_left_out[at].is_left_out => tally.add(Reason::LeftOut, row),
                id if std::mem::replace(&mut found.listed[id as usize], true) => {
                    tally.add(Reason::DuplicateId, row);
                }
                id => {
                    let (household, interests) = values.row(at, &settings.rules, &mut names);
                    if household.is_err() || interests.is_err() {
                        tally.add(Reason::BadValue, row);
                    }
                    let (household, interests) = (household.unwrap_or(None), interests.unwrap_or_default());
                    found.rows.push(CustomerRow { customer: id, row, household, interests });
                }
            }
        }
        Ok(())
    })?;
    found.interest_names = (0..names.len() as u32).map(|name| names.id(name).into_owned()).collect();
    Ok(ReadCustomers { ids: ids.interner, rows: found, report: Some((table, tally)) })
}

/// What customers have said, in the rows of a batch.
struct BatchValues {
    households: Texts,
    interests: Texts,
}

/// A value that cannot be read.
struct Bad;

impl BatchValues {
    fn read(batch: &Batch) -> Result<Self, String> {
        let of = |position: usize| batch.columns[position].as_ref();
        Ok(Self {
            households: Texts::read(of(column::HOUSEHOLD))?,
            interests: Texts::read(of(column::INTERESTS))?,
        })
    }

    fn row(
        &self,
        row: usize,
        rules: &Rules,
        names: &mut Interner,
    ) -> (Result<Option<HouseholdKind>, Bad>, Result<Vec<u32>, Bad>) {
        let mut household = String::new();
        // A word of the shop's own may hold what parts lists.
        self.households.each(row, |part| {
            if !household.is_empty() {
                household.push(',');
            }
            household.push_str(part);
        });
        let mut interests = Ok(Vec::new());
        self.interests.each(row, |name| match names.text(name.trim()) {
            MISSING => {}
            TOO_LONG => interests = Err(Bad),
            id => {
                if let Ok(interests) = &mut interests {
                    interests.push(id);
                }
            }
        });
        (kind_of(household.trim(), rules), interests)
    }
}

fn kind_of(word: &str, rules: &Rules) -> Result<Option<HouseholdKind>, Bad> {
    if word.is_empty() {
        return Ok(None);
    }
    let by_rule = || rules.households.iter().find(|(own, _)| own.eq_ignore_ascii_case(word));
    match HouseholdKind::from_stated(word).or_else(|| by_rule().map(|(_, &kind)| kind)) {
        Some(kind) => Ok(Some(kind)),
        None => Err(Bad),
    }
}

/// What each name means. The catalogue's own are gathered only where somebody named something.
fn meant(said: &[String], catalogue: &Catalogue) -> Vec<Option<StatedInterest>> {
    if said.is_empty() {
        return Vec::new();
    }
    let names = InterestNames::of_catalogue(catalogue);
    said.iter().map(|name| names.find(name)).collect()
}

/// What each customer of the final numbers has said, and what became of the table's rows. An interest that names
/// nothing of the catalogue is left out and noted.
pub(crate) fn settle(
    rows: &CustomerRows,
    read: Option<(Table, Tally)>,
    numbers: impl Fn(u32) -> u32,
    n_customers: usize,
    catalogue: &Catalogue,
    report: &mut IngestReport,
) -> Stated {
    let Some((table, mut tally)) = read else { return Stated::none(n_customers) };
    let meant = meant(&rows.interest_names, catalogue);
    let mut of_customers = vec![(None, Vec::new()); n_customers];
    for CustomerRow { customer, row, household, interests } in &rows.rows {
        let interests: Vec<_> = interests.iter().map(|&name| meant[name as usize]).collect();
        if interests.contains(&None) {
            tally.add(Reason::BadValue, *row);
        }
        of_customers[numbers(*customer) as usize] = (*household, interests.into_iter().flatten().collect());
    }
    // People's ids stay out of reports: where to look is said, not who it is.
    let described = |_: u64| "see the row".to_owned();
    let n_used = rows.rows.len() as u64;
    let mut table_report = TableReport::new(&table, &tally, n_used, described);
    let unknown: Vec<&str> = (rows.interest_names.iter().zip(&meant))
        .filter(|(_, meant)| meant.is_none())
        .map(|(name, _)| name.as_str())
        .collect();
    if let Some(first) = unknown.first() {
        table_report.hints.push(format!(
            "{} names in `interests` are not a category, brand or topic of the catalogue; the first is `{first}`",
            unknown.len()
        ));
    }
    report.tables.insert(table.name().to_owned(), table_report);
    Stated::new(of_customers)
}
