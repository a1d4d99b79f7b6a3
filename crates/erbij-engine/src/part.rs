//! The parts of a question, and what became of each while its slate was made.

/// The parts of a question that were asked about, and those that brought up a candidate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    asked: u8,
    brought: u8,
}

/// A part of a question that may say nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// For whom.
    Customer,
    /// What they did since the models were trained.
    Acts,
    /// The item of the page, or what is in the basket.
    Anchors,
    /// What was looked at in this visit.
    Session,
    /// What the customer has beside what they bought here.
    Owned,
}

/// Why a part of a question changed nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unheard {
    /// Nothing on this placement, or on this route, listens to it.
    NotUsed,
    /// There is no model of it: no visit was learned from.
    NotTrained,
    /// It was asked about, and nothing is known that follows from it.
    NothingKnown,
    /// The slate was full before it was asked about.
    SlateFull,
}

impl Unheard {
    /// The spelling in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotUsed => "not_used",
            Self::NotTrained => "not_trained",
            Self::NothingKnown => "nothing_known",
            Self::SlateFull => "slate_full",
        }
    }
}

impl Part {
    /// A bit of its own.
    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

impl Heard {
    /// A rung that asks about these was reached, and brought something up or not.
    pub(crate) fn add(&mut self, parts: &[Part], brought: bool) {
        for part in parts {
            self.asked |= part.bit();
            self.brought |= if brought { part.bit() } else { 0 };
        }
    }

    /// Whether a rung that asks about it was reached.
    pub(crate) const fn was_asked(self, part: Part) -> bool {
        self.asked & part.bit() != 0
    }

    /// Whether such a rung brought something up.
    pub(crate) const fn has_brought(self, part: Part) -> bool {
        self.brought & part.bit() != 0
    }
}
