//! What a simulation came to.

/// How large the shop became.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShopSummary {
    /// Order lines, dirt included.
    pub n_lines: u64,
    /// Orders, cancellations included.
    pub n_orders: u64,
    /// Customers with an account.
    pub n_customers: u32,
    /// Rows of the catalogue: items and variants.
    pub n_catalogue_rows: u64,
    /// Page views and carts.
    pub n_events: u64,
    /// Planted relations, substitutes and successors not counted.
    pub n_relations: u64,
    /// Rows of dirt, by kind.
    pub dirt: Vec<(String, u64)>,
}
