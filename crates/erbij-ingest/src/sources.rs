//! Where the tables of a shop are.

/// Where the tables are. Each is a file, Parquet or CSV, a folder with such files at any depth, a pattern such as
/// `orders/2024-*.parquet`, a tree of `key=value` folders, whose values are columns like others, or a Delta table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    /// Order lines.
    pub orders: String,
    /// The catalogue.
    pub items: Option<String>,
    /// Customers.
    pub customers: Option<String>,
    /// Events.
    pub events: Option<String>,
    /// Order lines that models are judged by. They are read behind `orders` as lines of one history, which may take
    /// purchases back across both, but an order id means another order here than there.
    pub judged_orders: Option<String>,
}
