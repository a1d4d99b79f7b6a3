//! One system against another, paired customer by customer.

use erbij_core::AlreadyBought;

use super::asked::JudgedRecipe;
use crate::evaluation::{Evaluation, System, SystemValues};
use crate::intervals::{Difference, Resampling, holm, paired_differences};
use crate::metrics::{MetricAtK, Scope};

/// One system against another, paired customer by customer.
#[derive(Clone, Debug)]
pub(super) struct Comparison {
    pub metric: MetricAtK,
    pub already_bought: AlreadyBought,
    pub first: String,
    pub second: String,
    /// Whether the second is what sells in the days that the recipe counts.
    pub is_with_best_sellers: bool,
    pub difference: Difference,
    /// After Holm's correction for all comparisons of the report.
    pub p_adjusted: f64,
}

impl Comparison {
    /// Whether what is served is worse than best sellers, beyond the doubt that its interval allows.
    pub(super) fn is_loss_to_best_sellers(&self) -> bool {
        self.is_with_best_sellers && self.difference.high < 0.0
    }
}

/// What is served against every model by itself, by the first metric; against another recipe's by all.
pub(super) fn comparisons(
    judged: &JudgedRecipe,
    compared: Option<&JudgedRecipe>,
    resampling: &Resampling,
) -> Vec<Comparison> {
    let evaluation = &judged.evaluation;
    let is_of_customers = |at: &usize| evaluation.metrics[*at].metric.scope() == Scope::Customer;
    let of_customers: Vec<usize> = (0..evaluation.metrics.len()).filter(is_of_customers).collect();
    let served = |systems: &[SystemValues]| -> Vec<usize> {
        (0..systems.len()).filter(|&at| systems[at].asked.system == System::SERVED).collect()
    };
    let mut comparisons = Vec::new();
    let mut compare = |first: &SystemValues, second: &SystemValues, name: String, at: usize| {
        let difference = paired_differences(&[&first.values[at]], &[&second.values[at]], resampling);
        // A column in which nobody has a value of both has no difference either.
        if let Ok(differences) = difference {
            comparisons.push(Comparison {
                metric: evaluation.metrics[at],
                already_bought: first.asked.already_bought,
                first: first.asked.system.name().to_owned(),
                second: name,
                is_with_best_sellers: second.asked.system == System::BEST_SELLERS,
                difference: differences[0],
                p_adjusted: 0.0,
            });
        }
    };
    for at in served(&evaluation.systems) {
        let first = &evaluation.systems[at];
        let same_way = |other: &&SystemValues| other.asked.already_bought == first.asked.already_bought;
        for second in evaluation.systems.iter().filter(same_way).filter(|other| other.asked != first.asked) {
            for &metric in of_customers.iter().take(1) {
                compare(first, second, second.asked.system.name().to_owned(), metric);
            }
        }
        if let Some(JudgedRecipe { name, evaluation: Evaluation { systems, .. }, .. }) = compared {
            for second in served(systems).into_iter().map(|at| &systems[at]).filter(same_way) {
                for &metric in &of_customers {
                    compare(first, second, format!("{name}: served"), metric);
                }
            }
        }
    }
    let p_values: Vec<f64> = comparisons.iter().map(|comparison| comparison.difference.p_value).collect();
    for (comparison, p_adjusted) in comparisons.iter_mut().zip(holm(&p_values)) {
        comparison.p_adjusted = p_adjusted;
    }
    comparisons
}
