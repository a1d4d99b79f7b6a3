//! Reminders due in the last days, for people: which of them were bought, beside what frequency alone would remind of.

use std::io::Write;

use erbij_core::with_commas;
use erbij_evaluate::protocols::replenishment::{ReminderFigures, ReminderLine};

const HEADER: &str = "share of reminders bought in the days judged
  chance ≥  reminders  customers  promised   bought  in window | as many by frequency: each   in all | own mean";

pub(super) fn print(figures: &ReminderFigures, out: &mut dyn Write) -> anyhow::Result<()> {
    writeln!(out, "{HEADER}")?;
    for line in &figures.reminders {
        print_line(line, out)?;
    }
    let window = &figures.window;
    let percent = |share: Option<f64>| 100.0 * share.unwrap_or_default();
    writeln!(
        out,
        "of {} purchases whose window was watched for long enough, {:.1} % fell inside, {:.1} % before, {:.1} % after",
        with_commas(window.n),
        percent(window.inside),
        percent(window.early),
        percent(window.late),
    )?;
    Ok(())
}

fn print_line(line: &ReminderLine, out: &mut dyn Write) -> anyhow::Result<()> {
    let percent = |share: Option<f64>| share.map_or("–".to_owned(), |v| format!("{:.1} %", 100.0 * v));
    writeln!(
        out,
        "  {:>8} {:>10} {:>10} {:>9} {:>8} {:>10} | {:>26} {:>8} | {:>8}",
        line.min_probability,
        with_commas(line.n_reminders as u64),
        with_commas(line.n_customers as u64),
        percent(line.promised),
        percent(line.bought),
        percent(line.bought_in_window),
        percent(line.gp_top_freq_per_customer),
        percent(line.gp_top_freq_in_total),
        percent(line.own_mean),
    )?;
    Ok(())
}
