//! `erbij lifetime`: who is still a customer, what he is worth, and whose silence is unusual.

use std::io::Write;

use anyhow::bail;
use erbij_core::{CustomerIdx, Day};
use erbij_people::Lifetime;
use erbij_recipe::ModelSet;

use crate::args::LifetimeArgs;
use crate::commands::about_customers::{customer, expect_model, open, print_json, print_table, write_all};
use crate::progress::Reporter;
use crate::table_file::{Cell, ColumnKind, Columns, Row};

const COLUMNS: Columns = &[
    ("customer_id", ColumnKind::Id),
    ("tier", ColumnKind::Id),
    ("p_alive", ColumnKind::Number),
    ("n_order_days", ColumnKind::Count),
    ("first_bought_on", ColumnKind::Day),
    ("last_bought_on", ColumnKind::Day),
    ("silent_on", ColumnKind::Day),
    ("lost_on", ColumnKind::Day),
    ("expected_orders", ColumnKind::Number),
    ("expected_value_minor", ColumnKind::Count),
    ("basis", ColumnKind::Id),
    ("foretold_until", ColumnKind::Day),
];

/// What of it people see.
const SHOWN: &[&str] = &[
    "customer_id",
    "tier",
    "p_alive",
    "last_bought_on",
    "silent_on",
    "expected_orders",
    "expected_value_minor",
];

pub(crate) fn run(args: &LifetimeArgs, reporter: &Reporter, out: &mut dyn Write) -> anyhow::Result<()> {
    let (artifact, now) = open(&args.about)?;
    let models = &artifact.model_set;
    let lifetime = expect_model(&models.lifetime, "lifetime")?;
    let horizon_days = args.horizon_days.unwrap_or(lifetime.law().horizon_days);
    let today = models.time_zone.day_of(now);
    tell_limits(lifetime, horizon_days, reporter);
    let telling = Telling { models, lifetime, today, horizon_days };
    if let Some(path) = &args.about.out {
        let rows = |customer| vec![telling.row(customer)];
        return write_all(path, COLUMNS, models, rows, reporter, out);
    }
    let rows: Vec<Row> = match (&args.about.customer, args.watch_list) {
        (Some(id), _) => vec![telling.row(customer(models, id)?)],
        (None, Some(n)) => {
            let watched = lifetime.watch_list(today, n as usize);
            watched.iter().map(|entry| telling.row(entry.customer)).collect()
        }
        (None, None) => bail!("about whom? hint: `--customer ID`, `--watch-list N` or `--out FILE`"),
    };
    if args.about.json {
        return print_json(COLUMNS, &rows, out);
    }
    if rows.is_empty() {
        writeln!(out, "nobody has been silent for unusually long")?;
        return Ok(());
    }
    print_table(COLUMNS, SHOWN, &rows, out)
}

/// What the figures rest on where they are not fitted, and how far they look.
fn tell_limits(lifetime: &Lifetime, horizon_days: u32, reporter: &Reporter) {
    let Some(until) = lifetime.foretold_until() else { return };
    let history_days = lifetime.history_days();
    if let Some(note) = lifetime.note() {
        reporter.note(&note);
    }
    reporter.note(&format!(
        "no day after {until} is foretold, as the history is {history_days} days long; expected orders know no season"
    ));
    if history_days < horizon_days {
        reporter.note(&format!("orders of {horizon_days} days are expected from a shorter history"));
    }
}

struct Telling<'a> {
    models: &'a ModelSet,
    lifetime: &'a Lifetime,
    today: Day,
    horizon_days: u32,
}

impl Telling<'_> {
    /// The row of a customer; whoever has not bought has his id and little else.
    fn row(&self, customer: CustomerIdx) -> Row {
        let (lifetime, today) = (self.lifetime, self.today);
        let at = customer.index();
        let columns = lifetime.columns();
        let day = |day: Option<Day>| day.map_or(Cell::Empty, Cell::Day);
        let number = |number: Option<f64>| number.map_or(Cell::Empty, Cell::Number);
        let count = |minor: Option<i64>| {
            minor.map_or(Cell::Empty, |minor| Cell::Count(u64::try_from(minor).unwrap_or(0)))
        };
        let p_alive = lifetime.p_alive(customer, today);
        let has_bought = p_alive.is_some();
        let bought_on = |days: i32| if has_bought { Cell::Day(Day::new(days)) } else { Cell::Empty };
        let n_order_days = if has_bought { columns.n_repeat_days[at] + 1 } else { 0 };
        vec![
            Cell::Text(self.models.customers.id(customer).to_owned()),
            lifetime.tier(customer, today).map_or(Cell::Empty, |tier| Cell::Text(tier.name().to_owned())),
            number(p_alive),
            Cell::Count(u64::from(n_order_days)),
            bought_on(columns.first_bought_on[at]),
            bought_on(columns.last_bought_on[at]),
            day(lifetime.silent_on(customer)),
            day(lifetime.lost_on(customer)),
            number(lifetime.expected_orders(customer, today, self.horizon_days)),
            count(lifetime.expected_value_minor(customer, today, self.horizon_days)),
            Cell::Text(lifetime.basis_name().to_owned()),
            day(lifetime.foretold_until()),
        ]
    }
}
