//! What an ingest gives.

use erbij_core::{Baskets, Catalogue, CustomerIdx, Events, Stated, Vocab};

use crate::IngestReport;

/// What models learn from, and what became of every row.
#[derive(Debug)]
pub struct Ingested {
    /// All purchases, and what customers brought back in full. A customer or an item of which all came back is known
    /// only from elsewhere, from a table of its own or events; where it is not, neither are its returns.
    pub baskets: Baskets,
    /// A basket each: whether it is of [`crate::Sources::judged_orders`]. What was brought back in full of these is not among
    /// the returns.
    pub is_judged: Vec<bool>,
    /// The ids of customers, in the order of [`erbij_core::cmp_ids`].
    pub customers: Vocab<CustomerIdx>,
    /// All items, ordered or listed, and what is known of them.
    pub catalogue: Catalogue,
    /// What was done on pages; none where there is no such table.
    pub events: Events,
    /// What customers have said of themselves.
    pub stated: Stated,
    /// What became of every row.
    pub report: IngestReport,
}
