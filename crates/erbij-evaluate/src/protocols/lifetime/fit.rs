//! Fits to a summary, and what they expect beside what came after it.

use erbij_core::Day;
use erbij_people::{
    BuyingRecord, Estimate, LifetimeError, LifetimeModelKind, PurchaseProcess, SpendRecord, fit_gamma_gamma,
    fit_process,
};

use super::summary::{PurchaseDays, SummaryCustomer, without_zeros};

/// A parameter of a fit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FittedParameter {
    /// What the literature calls it.
    pub name: &'static str,
    /// Its value of greatest likelihood.
    pub value: f64,
    /// How well it is known; none where the optimum lies at an edge.
    pub standard_error: Option<f64>,
}

/// What a fit came to.
#[derive(Clone, Debug, PartialEq)]
pub struct LifetimeFigures {
    /// Of which model.
    pub model: &'static str,
    /// Its parameters.
    pub parameters: Vec<FittedParameter>,
    /// The log-likelihood there.
    pub log_likelihood: f64,
    /// How many customers it is over.
    pub n_customers: usize,
}

impl LifetimeFigures {
    fn new<M>(
        model: &'static str,
        names: &'static [&'static str],
        values: Vec<f64>,
        fitted: &Estimate<M>,
    ) -> Self {
        let errors = fitted.standard_errors.as_ref();
        let parameters = names.iter().zip(values).enumerate().map(|(at, (name, value))| FittedParameter {
            name,
            value,
            standard_error: errors.map(|errors| errors[at]),
        });
        Self {
            model,
            parameters: parameters.collect(),
            log_likelihood: fitted.log_likelihood,
            n_customers: fitted.n_customers,
        }
    }
}

/// Fits what customers spend by gamma-gamma, over those who came back and spent anything.
pub fn fit_spend(customers: &[SummaryCustomer]) -> Result<LifetimeFigures, LifetimeError> {
    let records: Vec<SpendRecord> = customers
        .iter()
        .filter(|customer| 0 < customer.record.n_repeats() && 0.0 < customer.mean_spend)
        .map(|c| SpendRecord { n_purchases: c.record.n_repeats(), mean_spend: c.mean_spend })
        .collect();
    let fitted = fit_gamma_gamma(&records)?;
    let values = vec![fitted.model.p, fitted.model.q, fitted.model.v];
    Ok(LifetimeFigures::new("gamma_gamma", &["p", "q", "v"], values, &fitted))
}

/// Fits how customers buy and leave; gives the process beside its figures.
pub fn fit_orders(
    kind: LifetimeModelKind,
    customers: &[SummaryCustomer],
) -> Result<(LifetimeFigures, PurchaseProcess), LifetimeError> {
    let records: Vec<BuyingRecord> = customers.iter().map(|customer| customer.record).collect();
    let fitted = fit_process(kind, &records)?;
    let values = fitted.model.parameters();
    let figures = LifetimeFigures::new(kind.name(), kind.parameter_names(), values, &fitted);
    Ok((figures, fitted.model))
}

/// What was expected and what came, over all customers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HoldOutFigures {
    /// The last day that the fit has seen.
    pub from: Day,
    /// The last day compared.
    pub to: Day,
    /// Orders expected of all.
    pub expected: f64,
    /// Days with a purchase, a customer each.
    pub actual: u64,
    /// How far off one customer is in the mean.
    pub mean_absolute_error: f64,
}

/// Compares what a process expects after `from` and up to `to` with the days on which customers bought.
/// O(customers · log customers + purchases).
pub fn compare_with_holdout(
    process: &PurchaseProcess,
    customers: &[SummaryCustomer],
    days: &PurchaseDays,
    (from, to): (Day, Day),
) -> HoldOutFigures {
    let weeks = f64::from(to.get() - from.get()) / 7.0;
    let (mut expected, mut actual, mut error) = (0.0, 0, 0.0);
    for customer in customers {
        let orders = process.expected_orders(&customer.record, weeks);
        let came = days.get(without_zeros(&customer.id));
        let came = came.map_or(0, |days| days.iter().filter(|&&day| from < day && day <= to).count());
        expected += orders;
        actual += came as u64;
        error += (orders - came as f64).abs();
    }
    HoldOutFigures { from, to, expected, actual, mean_absolute_error: error / customers.len() as f64 }
}
