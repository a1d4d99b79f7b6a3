//! Companions are two items in one order: how often, by how many people.

/// How two items keep company in orders.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Company {
    /// Orders with both.
    pub(crate) cooccurrence: u32,
    /// Distinct people behind them, each guest order one more.
    pub(crate) customers: u32,
    /// Orders with both, an older one counting less.
    pub(crate) decayed: f32,
}

impl Company {
    /// Of a pair that no orders tell of, or too few people's.
    pub(crate) const NONE: Self = Self { cooccurrence: 0, customers: 0, decayed: 0.0 };
}
