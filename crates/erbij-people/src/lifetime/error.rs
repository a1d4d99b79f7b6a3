//! Errors say why nothing could be fitted, or why columns are no lifetimes.

/// Why nothing could be fitted, or columns are no lifetimes.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum LifetimeError {
    /// There is nobody to learn from.
    #[error("there is no customer to learn from")]
    NoRecords,
    /// Nobody has bought twice.
    #[error("no customer has bought twice, so nothing says how often anybody returns")]
    NoRepeats,
    /// A record of spend is none.
    #[error("record {record} has no purchases, or its mean spend is not above 0")]
    Record {
        /// Its position.
        record: usize,
    },
    /// The likelihood has no optimum inside.
    #[error("the likelihood has no optimum: the customers are too few, or all alike")]
    NoOptimum,
    /// The columns do not fit each other.
    #[error("column `{column}` has {found} values, expected {expected}")]
    Length {
        /// Which.
        column: &'static str,
        /// How many it has.
        found: usize,
        /// How many it should have.
        expected: usize,
    },
    /// A customer's values contradict each other.
    #[error("customer {customer} bought last before he bought first, or his counts and spend do not fit")]
    Customer {
        /// His position.
        customer: usize,
    },
    /// A parameter is outside its range.
    #[error("parameter `{name}` of the fitted lifetime model is outside its range")]
    Law {
        /// Which.
        name: &'static str,
    },
}
