//! An evaluation for programs.

use serde_json::{Map, Value, json};

use super::comparisons::Comparison;
use super::of_recipes::{Cell, Report, Row};
use crate::counts::JudgedCounts;
use crate::evaluation::Exposure;

impl Report {
    /// The report, for programs.
    pub fn json(&self) -> Value {
        let facts: Map<String, Value> =
            self.facts.iter().map(|(name, value)| (name.replace(' ', "_"), json!(value))).collect();
        json!({
            "evaluation": facts,
            "judged": judged(&self.counts),
            "systems": self.rows.iter().map(|row| self.system(row)).collect::<Vec<_>>(),
            "loses_to_best_sellers": self.loses_to_best_sellers(),
            "comparisons": self.comparisons.iter().map(comparison).collect::<Vec<_>>(),
        })
    }

    /// By way of asking, whether what is served is worse than best sellers; a way that cannot be compared is left out.
    fn loses_to_best_sellers(&self) -> Map<String, Value> {
        let compared = self.comparisons.iter().filter(|comparison| comparison.is_with_best_sellers);
        compared
            .map(|of| (of.already_bought.name().to_owned(), of.is_loss_to_best_sellers().into()))
            .collect()
    }

    fn system(&self, row: &Row) -> Value {
        let named = |cells: &[Cell]| -> Map<String, Value> {
            self.metrics.iter().zip(cells).map(|(metric, cell)| (metric.to_string(), cell.json())).collect()
        };
        let slices = row.slices.iter().map(|(name, cells)| ((*name).to_owned(), named(cells).into()));
        json!({
            "recipe": row.recipe,
            "system": row.asked.system.name(),
            "already_bought": row.asked.already_bought.name(),
            "n_short_slates": row.n_short,
            "exposure": exposure(&row.exposure),
            "metrics": named(&row.cells),
            "slices": slices.collect::<Map<String, Value>>(),
        })
    }
}

fn judged(counts: &JudgedCounts) -> Value {
    let &JudgedCounts {
        n_customers,
        n_unknown_customers,
        n_purchases,
        n_of_unknown_items,
        n_of_unlisted_items,
        n_guest_baskets,
    } = counts;
    json!({
        "n_customers": n_customers,
        "n_unknown_customers": n_unknown_customers,
        "n_purchases": n_purchases,
        "n_purchases_of_unknown_items": n_of_unknown_items,
        "n_purchases_of_unlisted_items": n_of_unlisted_items,
        "n_guest_orders_left_out": n_guest_baskets,
    })
}

fn exposure(exposure: &Exposure) -> Value {
    let &Exposure { k, n_items, share_of_ten_most_shown, gini, catalogue_coverage } = exposure;
    json!({
        "k": k,
        "n_items": n_items,
        "share_of_ten_most_shown": share_of_ten_most_shown,
        "gini": gini,
        "catalogue_coverage": catalogue_coverage,
    })
}

fn comparison(comparison: &Comparison) -> Value {
    let difference = &comparison.difference;
    json!({
        "metric": comparison.metric.to_string(),
        "already_bought": comparison.already_bought.name(),
        "first": comparison.first,
        "second": comparison.second,
        "mean_difference": difference.mean_difference,
        "interval": [difference.low, difference.high],
        "p_value": difference.p_value,
        "p_from": difference.p_from,
        "p_holm": comparison.p_adjusted,
        "n_customers": difference.n,
    })
}

impl Cell {
    fn json(&self) -> Value {
        match self {
            Self::Mean(interval) => json!({
                "mean": interval.mean,
                "interval": [interval.low, interval.high],
                "standard_error": interval.standard_error,
                "n_customers": interval.n,
            }),
            Self::OfCatalogue(value) => json!({ "value": value }),
            Self::None => Value::Null,
        }
    }
}
