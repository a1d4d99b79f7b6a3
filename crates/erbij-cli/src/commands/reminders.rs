//! `erbij reminders`: what customers are to be reminded of, and on which day.

use std::io::Write;

use erbij_core::{CustomerIdx, Day, Timestamp};
use erbij_engine::{Engine, Reason};
use erbij_people::{DueEstimate, Replenishment};

use crate::args::RemindersArgs;
use crate::commands::about_customers::{customer, expect_model, open, print_json, print_table, write_all};
use crate::progress::Reporter;
use crate::table_file::{Cell, ColumnKind, Columns, Row};

const COLUMNS: Columns = &[
    ("customer_id", ColumnKind::Id),
    ("item_id", ColumnKind::Id),
    ("variant_id", ColumnKind::Id),
    ("title", ColumnKind::Text),
    ("url", ColumnKind::Text),
    ("image_url", ColumnKind::Text),
    ("price", ColumnKind::Price),
    ("kind", ColumnKind::Id),
    ("bought_on", ColumnKind::Day),
    ("send_on", ColumnKind::Day),
    ("due_on", ColumnKind::Day),
    ("window_from", ColumnKind::Day),
    ("window_to", ColumnKind::Day),
    ("probability", ColumnKind::Number),
    ("interval_days", ColumnKind::Number),
    ("n_intervals", ColumnKind::Count),
    ("evidence", ColumnKind::Id),
    ("reason_code", ColumnKind::Id),
    ("reason_text", ColumnKind::Text),
];

/// What of it people see.
const SHOWN: &[&str] = &["send_on", "due_on", "probability", "item_id", "title", "reason_text"];

pub(crate) fn run(args: &RemindersArgs, reporter: &Reporter, out: &mut dyn Write) -> anyhow::Result<()> {
    let (artifact, now) = open(&args.about)?;
    let engine = Engine::new(artifact.model_set);
    let models = engine.models();
    let reminding = Reminding {
        engine: &engine,
        model: expect_model(&models.replenishment, "replenishment")?,
        args,
        now,
    };
    if let Some(path) = &args.about.out {
        return write_all(path, COLUMNS, models, |customer| reminding.rows(customer), reporter, out);
    }
    let id = args.about.one_customer()?;
    let rows = reminding.rows(customer(models, id)?);
    if args.about.json {
        return print_json(COLUMNS, &rows, out);
    }
    if rows.is_empty() {
        writeln!(out, "nothing is due within {} days", args.horizon_days)?;
        return Ok(());
    }
    print_table(COLUMNS, SHOWN, &rows, out)
}

struct Reminding<'a> {
    engine: &'a Engine,
    model: &'a Replenishment,
    args: &'a RemindersArgs,
    now: Timestamp,
}

impl Reminding<'_> {
    /// The reminders of a customer, by the day they go out, then by chance.
    fn rows(&self, customer: CustomerIdx) -> Vec<Row> {
        let models = self.engine.models();
        let catalogue = &models.catalogue;
        let (today, horizon_days) = (models.time_zone.day_of(self.now), self.args.horizon_days);
        let days_ahead = i32::try_from(horizon_days).unwrap_or(i32::MAX).saturating_sub(1);
        let last_day = Day::new(today.get().saturating_add(days_ahead));
        let mut due = self.model.due(customer, today, horizon_days);
        due.retain(|due| {
            due.send_on <= last_day
                && self.args.min_probability <= due.probability
                && catalogue.eligibility(due.item, self.now).is_ok()
                && !models.is_sent_back(customer, due.item)
        });
        // Stable: of one day, the most probable first.
        due.sort_by_key(|due| due.send_on);
        due.into_iter().map(|due| self.row(customer, &due)).collect()
    }

    fn row(&self, customer: CustomerIdx, due: &DueEstimate) -> Row {
        let models = self.engine.models();
        let catalogue = &models.catalogue;
        let reason = self.engine.reason_due(customer, due);
        let bought_on = models.histories.find(customer, due.item).map(|bought| bought.last_bought_on);
        let columns = catalogue.columns();
        let text = |text: &str| Cell::Text(text.to_owned());
        let sentence = |reason: &Reason| reason.sentence(catalogue, self.args.language);
        vec![
            text(models.customers.id(customer)),
            text(catalogue.items().id(due.item)),
            Cell::text_or_empty(columns.variant_id.get(due.item.index())),
            text(catalogue.title(due.item)),
            Cell::text_or_empty(columns.link.get(due.item.index())),
            Cell::text_or_empty(columns.image_link.get(due.item.index())),
            catalogue.price(due.item).map_or(Cell::Empty, Cell::Price),
            text(due.kind.name()),
            bought_on.map_or(Cell::Empty, Cell::Day),
            Cell::Day(due.send_on),
            Cell::Day(due.due_on),
            Cell::Day(due.window.0),
            Cell::Day(due.window.1),
            Cell::Number(due.probability),
            Cell::Number(f64::from(due.interval_days).round()),
            Cell::Count(u64::from(due.n_intervals)),
            text(due.evidence.name()),
            reason.as_ref().map_or(Cell::Empty, |reason| text(reason.code())),
            reason.as_ref().map_or(Cell::Empty, |reason| text(&sentence(reason))),
        ]
    }
}
