//! Kinds say in what way an item belongs to another, or may be bought instead.

/// What an item is to the one it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum AccessoryKind {
    /// Makes it better.
    Accessory = 0,
    /// Is used up with it, and bought again.
    Consumable = 1,
    /// Is needed late, and seldom.
    SparePart = 2,
}

impl AccessoryKind {
    /// All, by their number.
    pub const ALL: [Self; 3] = [Self::Accessory, Self::Consumable, Self::SparePart];

    /// Its spelling.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accessory => "accessory",
            Self::Consumable => "consumable",
            Self::SparePart => "spare_part",
        }
    }
}

/// What one item is instead of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum AlternativeKind {
    /// Either will do.
    Substitute = 0,
    /// The other one is hardly sold any more since this one is there.
    Successor = 1,
}

impl AlternativeKind {
    /// All, by their number.
    pub const ALL: [Self; 2] = [Self::Substitute, Self::Successor];

    /// Its spelling.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Substitute => "substitute",
            Self::Successor => "successor",
        }
    }
}
