//! Windows of planted pairs, for people: where the next purchase fell, and how far off the day told was.

use std::io::Write;

use erbij_core::with_commas;
use erbij_evaluate::protocols::replenishment::{DueErrors, PlantedWindows, WindowFigures};

pub(super) fn print(figures: &PlantedWindows, out: &mut dyn Write) -> anyhow::Result<()> {
    let pairs = &figures.planted_pairs;
    writeln!(
        out,
        "{} planted pairs bought before: {} of items too seldom repeated, {} long overdue, {} with a window not \
         observed, {} not bought again, {} judged",
        with_commas(pairs.bought_before_cutoff),
        with_commas(pairs.item_not_repeated),
        with_commas(pairs.given_up),
        with_commas(pairs.window_not_observed),
        with_commas(pairs.never_bought_again),
        with_commas(pairs.judged as u64),
    )?;
    print_window("80 % window", &figures.window, out)?;
    for (key, name) in
        [("0", "0 intervals"), ("1", "1"), ("2", "2"), ("3_to_5", "3 to 5"), ("6_or_more", "6 or more")]
    {
        print_window(name, &figures.window_by_n_intervals[key], out)?;
    }
    writeln!(out, "error in days, median (mean)")?;
    print_errors("due date, with own intervals", &figures.due_error_days, out)?;
    print_errors("due date, all", &figures.due_error_days_of_all, out)?;
    print_errors("interval, against the planted", &figures.interval_error_days, out)
}

fn print_window(name: &str, window: &WindowFigures, out: &mut dyn Write) -> anyhow::Result<()> {
    let percent = |share: Option<f64>| share.map_or("–".to_owned(), |v| format!("{:.1} %", 100.0 * v));
    writeln!(
        out,
        "  {name:<14} {:>8} pairs  inside {:>7}  early {:>7}  late {:>7}  window {:>5} days  error {:>5} days",
        with_commas(window.n as u64),
        percent(window.inside),
        percent(window.early),
        percent(window.late),
        number(window.median_window_days),
        number(window.median_error_days),
    )?;
    Ok(())
}

fn print_errors(title: &str, errors: &DueErrors, out: &mut dyn Write) -> anyhow::Result<()> {
    let both = |median: Option<f64>, mean: Option<f64>| format!("{} ({})", number(median), number(mean));
    let (own_mean, own_mean_mean) = errors.own.map_or((None, None), |own| (own.own_mean, own.own_mean_mean));
    writeln!(
        out,
        "  {title:<30} {:>8} pairs  model {:>12}  own mean {:>12}  item mean {:>12}",
        with_commas(errors.n as u64),
        both(errors.model, errors.model_mean),
        both(own_mean, own_mean_mean),
        both(errors.item_mean, errors.item_mean_mean),
    )?;
    Ok(())
}

fn number(value: Option<f64>) -> String {
    value.map_or("–".to_owned(), |v| format!("{v:.1}"))
}
