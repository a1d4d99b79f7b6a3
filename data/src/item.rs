//! An item of a simulated shop, and what it is to others.

/// Stands where there is no item, group or row.
pub(crate) const NONE: u32 = u32::MAX;

/// What part an item plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// A durable thing others belong to.
    Main,
    /// Belongs to a main product.
    Accessory,
    /// Is used up in a main product.
    Consumable,
    /// Mends a main product.
    SparePart,
    /// Is used up by itself.
    Refillable,
    /// Nothing in particular.
    Plain,
    /// Delivery, repair.
    Service,
    /// A manual or a story; never sold.
    Content,
}

impl Role {
    /// Every role with its share of the items; what is left is plain.
    pub(crate) const SHARES: [(Self, f64); 7] = [
        (Self::Main, 0.08),
        (Self::Accessory, 0.16),
        (Self::Consumable, 0.06),
        (Self::SparePart, 0.03),
        (Self::Refillable, 0.08),
        (Self::Service, 0.005),
        (Self::Content, 0.01),
    ];

    /// How gladly it is bought for itself. What belongs to a main product is mostly bought because of it;
    /// main products are wished for more than others, since one who has one wants no second.
    pub(crate) fn own_demand(self) -> f64 {
        match self {
            Self::Main => 4.0,
            Self::Plain => 1.0,
            Self::Refillable => 0.6,
            Self::Accessory => 0.1,
            Self::Consumable | Self::Service => 0.05,
            Self::SparePart => 0.03,
            Self::Content => 0.0,
        }
    }

    /// Price against the level of the category.
    pub(crate) fn price_factor(self) -> f64 {
        match self {
            Self::Main => 4.0,
            Self::Plain | Self::Refillable | Self::Service => 1.0,
            Self::Accessory | Self::SparePart => 0.6,
            Self::Consumable => 0.4,
            Self::Content => 0.0,
        }
    }

    /// The leaf category of the role; plain items have three.
    pub(crate) fn leaf(self, item: u32) -> &'static str {
        match self {
            Self::Main => "Machines",
            Self::Accessory => "Accessories",
            Self::Consumable => "Supplies",
            Self::SparePart => "Spare parts",
            Self::Refillable => "Refills",
            Self::Plain => ["Tools", "Ware", "Extras"][item as usize % 3],
            Self::Service => "Services",
            Self::Content => "Manuals",
        }
    }
}

/// One item.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(crate) role: Role,
    /// Index of its category, the level above the leaf.
    pub(crate) category: u32,
    /// Decides which of the three plain leaves it is in.
    pub(crate) shelf: u32,
    pub(crate) brand: u32,
    pub(crate) price_minor: u32,
    /// Mean days a pack lasts; 0 for what is not used up.
    pub(crate) interval_days: f32,
    /// Days a durable serves; 0 for what is none.
    pub(crate) useful_life_days: u32,
    pub(crate) pack_size: u32,
    /// The need it fills, shared with its substitutes and its successor; [`NONE`] if its own only.
    pub(crate) group: u32,
    pub(crate) first_relation: u32,
    pub(crate) n_relations: u32,
    pub(crate) successor: u32,
    /// Day of the history from which the successor is sold.
    pub(crate) successor_from_day: f32,
    pub(crate) first_row: u32,
    /// 1 for an item without variants.
    pub(crate) n_variants: u32,
    pub(crate) weight: f64,
}
