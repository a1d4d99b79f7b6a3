//! An evaluation for people: on a terminal, and as a recipe's card.
//!
//! Every mean says over how many customers it is: a column or a row of its own where all means beside or below it are over
//! the same, and each mean that is over others says so itself.

use std::fmt::Write as _;

use erbij_core::{AlreadyBought, with_commas};

use super::comparisons::Comparison;
use super::of_recipes::{Cell, Report, Row};
use super::table::{aligned, markdown, n_text, p_text};
use crate::counts::JudgedCounts;
use crate::evaluation::Exposure;
use crate::intervals::{Difference, Interval};
use crate::metrics::Scope;

const COMPARISONS_TITLE: &str = "what is served against the rest, paired by customer (each interval by itself, p for all together by Holm)";
const COMPARISONS_NOTE: &str = "Paired by customer. Each interval is by itself; p is for all comparisons together, by Holm's correction.";

impl Report {
    /// The tables, and what can be believed of the differences; [`Report::losses`] come after it.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for (name, value) in self.facts.iter().chain(&told(&self.counts)) {
            let _ = writeln!(text, "{name:<18} {value}");
        }
        for already_bought in regimes(&self.rows) {
            let _ = writeln!(text, "\n{}", regime_title(already_bought));
            let rows = self.rows.iter().filter(|row| row.asked.already_bought == already_bought);
            text.push_str(&aligned(&self.table(rows)));
            let _ = writeln!(text, "\n  {}", self.exposure_title(already_bought));
            text.push_str(&aligned(&self.exposure_table(already_bought)));
        }
        if !self.comparisons.is_empty() {
            let _ = writeln!(text, "\n{COMPARISONS_TITLE}");
            text.push_str(&aligned(&self.comparison_table()));
        }
        text
    }

    fn table<'a>(&self, rows: impl Iterator<Item = &'a Row>) -> Vec<Vec<String>> {
        let head = ["system", "customers"].map(str::to_owned).into_iter();
        let mut table = vec![head.chain(self.metrics.iter().map(|metric| metric.title())).collect()];
        table.extend(rows.map(|row| {
            let n = row.cells.iter().find_map(Cell::n_customers);
            let head = [self.name_of(row), n_text(n)].into_iter();
            head.chain(row.cells.iter().map(|cell| cell.text_beside(n))).collect()
        }));
        table
    }

    fn rows_of(&self, already_bought: AlreadyBought) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(move |row| row.asked.already_bought == already_bought)
    }

    /// Where what is served is worse than best sellers, a sentence each.
    pub fn losses(&self) -> Vec<String> {
        let told = |of: &Comparison| {
            let Difference { mean_difference, low, high, n, .. } = of.difference;
            format!(
                "WORSE THAN BEST SELLERS, with items bought before {}: what is served has {} {mean_difference:+.4} ({low:+.4} to {high:+.4}) against what sold best in the last {} days, over {} customers. Do not publish this recipe before you know why.",
                regime_word(of.already_bought),
                of.metric.title(),
                self.recipe.popularity.window_days,
                with_commas(n as u64),
            )
        };
        self.comparisons.iter().filter(|of| of.is_loss_to_best_sellers()).map(told).collect()
    }

    fn exposure_title(&self, already_bought: AlreadyBought) -> String {
        let exposure = self.rows_of(already_bought).next().map(|row| row.exposure);
        let (k, n_items) = exposure.map_or((0, 0), |exposure| (exposure.k, exposure.n_items));
        format!(
            "What all {} slates show in their first {k} places, of {} items that can be shown",
            with_commas(self.counts.n_customers as u64),
            with_commas(n_items as u64)
        )
    }

    fn exposure_table(&self, already_bought: AlreadyBought) -> Vec<Vec<String>> {
        let head = ["system", "places of the ten most shown", "Gini", "items shown at all"];
        let share =
            |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{:.1} %", 100.0 * value));
        let mut table = vec![head.map(str::to_owned).to_vec()];
        table.extend(self.rows_of(already_bought).map(|row| {
            let Exposure { share_of_ten_most_shown, gini, catalogue_coverage, .. } = row.exposure;
            let gini = gini.map_or("-".to_owned(), |gini| format!("{gini:.3}"));
            vec![self.name_of(row), share(share_of_ten_most_shown), gini, share(catalogue_coverage)]
        }));
        table
    }

    /// With two recipes a system is named with its own.
    fn name_of(&self, row: &Row) -> String {
        let several = self.rows.iter().any(|other| other.recipe != row.recipe);
        if several {
            format!("{}: {}", row.recipe, row.asked.system.name())
        } else {
            row.asked.system.name().to_owned()
        }
    }

    fn comparison_table(&self) -> Vec<Vec<String>> {
        let head = ["against", "bought before", "metric", "customers", "difference", "95 %", "p"];
        let mut table = vec![head.map(str::to_owned).to_vec()];
        table.extend(self.comparisons.iter().map(|comparison| {
            let Difference { mean_difference, low, high, n, .. } = comparison.difference;
            vec![
                comparison.second.clone(),
                regime_word(comparison.already_bought).to_owned(),
                comparison.metric.title(),
                n_text(Some(n)),
                format!("{mean_difference:+.4}"),
                format!("{low:+.4} to {high:+.4}"),
                p_text(comparison.p_adjusted),
            ]
        }));
        table
    }

    fn slice_table(&self, already_bought: AlreadyBought) -> Vec<Vec<String>> {
        let main = self.metrics.iter().position(|metric| metric.metric.scope() == Scope::Customer);
        let (Some(main), Some(first)) = (main, self.rows.first()) else { return Vec::new() };
        let names = first.slices.iter().map(|&(name, _)| name.to_owned());
        let rows = || self.rows.iter().filter(|row| row.asked.already_bought == already_bought);
        let of_slices = |row: &Row| row.slices.iter().map(|(_, cells)| cells[main].n_customers()).collect();
        let n: Vec<Option<usize>> = rows().next().map(of_slices).unwrap_or_default();
        let with_name = |name: String, cells: Vec<String>| [vec![name], cells].concat();
        let mut table = vec![with_name(self.metrics[main].title(), names.collect())];
        table.push(with_name("customers".to_owned(), n.iter().copied().map(n_text).collect()));
        for row in rows() {
            let cells = row.slices.iter().zip(&n).map(|((_, cells), &n)| cells[main].text_beside(n));
            table.push(with_name(self.name_of(row), cells.collect()));
        }
        table
    }

    /// The recipe's page for people.
    pub fn card(&self) -> String {
        let mut card = format!(
            "# {}\n\nWritten by `erbij evaluate --card`; what it says holds for the data it was made on.\n\n",
            self.recipe.name
        );
        for (name, value) in self.facts.iter().chain(&told(&self.counts)) {
            let _ = writeln!(card, "- {name}: {value}");
        }
        for loss in self.losses() {
            let _ = writeln!(card, "\n> **{loss}**");
        }
        for already_bought in regimes(&self.rows) {
            let _ = writeln!(card, "\n## {}\n", regime_title(already_bought));
            let rows = self.rows.iter().filter(|row| row.asked.already_bought == already_bought);
            card.push_str(&markdown(&self.table(rows)));
            let _ = writeln!(card, "\n{}:\n", self.exposure_title(already_bought));
            card.push_str(&markdown(&self.exposure_table(already_bought)));
            let _ = writeln!(card, "\nBy slice of customers or of relevant items:\n");
            card.push_str(&markdown(&self.slice_table(already_bought)));
        }
        if !self.comparisons.is_empty() {
            let _ = writeln!(card, "\n## What is served against the rest\n");
            let _ = writeln!(card, "{COMPARISONS_NOTE}\n");
            card.push_str(&markdown(&self.comparison_table()));
        }
        let recipe = toml::to_string(&self.recipe).expect("a recipe came from such a text");
        let _ = write!(card, "\n## The recipe, defaults filled in\n\n```toml\n{recipe}```\n");
        card
    }
}

/// How much of what is judged train knows, in words.
fn told(counts: &JudgedCounts) -> Vec<(&'static str, String)> {
    let n = |count: usize| with_commas(count as u64);
    let mut told = vec![
        (
            "unknown customers",
            format!("{} of the customers judged: they get what strangers get", n(counts.n_unknown_customers)),
        ),
        (
            "unknown items",
            format!(
                "{} of the purchases judged: no train order holds the item",
                n(counts.n_of_unknown_items)
            ),
        ),
        (
            "unlisted items",
            format!(
                "{} of the purchases judged: nobody can be shown the item, and it counts",
                n(counts.n_of_unlisted_items)
            ),
        ),
    ];
    if 0 < counts.n_guest_baskets {
        told.push((
            "guests' orders",
            format!("{}: they name nobody and judge nobody", n(counts.n_guest_baskets)),
        ));
    }
    told
}

fn regimes(rows: &[Row]) -> impl Iterator<Item = AlreadyBought> + '_ {
    [AlreadyBought::Exclude, AlreadyBought::Keep, AlreadyBought::WhenDue]
        .into_iter()
        .filter(|regime| rows.iter().any(|row| row.asked.already_bought == *regime))
}

const fn regime_title(already_bought: AlreadyBought) -> &'static str {
    match already_bought {
        AlreadyBought::Exclude => "Items bought before: neither shown nor counted",
        AlreadyBought::Keep => "Items bought before: shown and counted",
        AlreadyBought::WhenDue => "Items bought before: shown when due, all counted",
    }
}

const fn regime_word(already_bought: AlreadyBought) -> &'static str {
    match already_bought {
        AlreadyBought::Exclude => "left out",
        AlreadyBought::Keep => "counted",
        AlreadyBought::WhenDue => "when due",
    }
}

impl Cell {
    /// Over how many customers it is a mean.
    fn n_customers(&self) -> Option<usize> {
        match self {
            Self::Mean(interval) => Some(interval.n),
            Self::OfCatalogue(_) | Self::None => None,
        }
    }

    /// The value beside or below a number of customers; over how many it is, where these are others.
    fn text_beside(&self, n_beside: Option<usize>) -> String {
        match self {
            Self::Mean(Interval { mean, low, high, n, .. }) if n_beside == Some(*n) => {
                format!("{mean:.4} ({low:.4} to {high:.4})")
            }
            Self::Mean(Interval { mean, low, high, n, .. }) => {
                format!("{mean:.4} ({low:.4} to {high:.4}; {} customers)", with_commas(*n as u64))
            }
            Self::OfCatalogue(value) => format!("{value:.4}"),
            Self::None => "-".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mean_over_others_than_its_neighbours_says_so() {
        let cell = |n| Cell::Mean(Interval { mean: 0.25, low: 0.125, high: 0.5, standard_error: 0.1, n });
        assert_eq!(cell(1200).text_beside(Some(1200)), "0.2500 (0.1250 to 0.5000)");
        assert_eq!(cell(5).text_beside(Some(1200)), "0.2500 (0.1250 to 0.5000; 5 customers)");
        assert_eq!(cell(1200).text_beside(None), "0.2500 (0.1250 to 0.5000; 1,200 customers)");
        assert_eq!(Cell::OfCatalogue(0.5).text_beside(Some(5)), "0.5000");
    }
}
