//! What a training run reads.

use crate::{Baskets, Catalogue, CustomerIdx, Events, Stated, Vocab};

/// What a training run reads: checked purchases and what they refer to.
#[derive(Clone, Debug)]
pub struct TrainingData {
    /// The purchases.
    pub baskets: Baskets,
    /// What happened on pages; none where nobody kept it.
    pub events: Events,
    /// What customers have said of themselves.
    pub stated: Stated,
    /// The customers by id.
    pub customers: Vocab<CustomerIdx>,
    /// The items.
    pub catalogue: Catalogue,
}

impl TrainingData {
    /// Orders alone: without events, and nobody has said anything.
    pub fn of_orders(baskets: Baskets, customers: Vocab<CustomerIdx>, catalogue: Catalogue) -> Self {
        let events = Events::none(baskets.n_customers(), baskets.n_items());
        let stated = Stated::none(baskets.n_customers());
        Self { baskets, events, stated, customers, catalogue }
    }
}
