//! What is answered.

use erbij_core::{Ineligible, ItemIdx, Score};

use crate::kept_out::KeptOut;
use crate::part::Heard;
use crate::reason::Reason;

/// Where a candidate came from: the steps of the ladder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CandidateSource {
    /// What a rule of the shop puts in its place.
    Pinned,
    /// What is due again of what the customer bought; scored by its chance to be bought within four weeks.
    Due,
    /// What visits like this one went on to.
    Session,
    /// What helps with what was bought: manuals, films, tips.
    Help,
    /// What may take the place of what wears out.
    Replacement,
    /// What belongs to the anchors: needed with them, or after them.
    Accessory,
    /// What may be bought instead of the anchors.
    Alternative,
    /// All models at one table, ordered by learned weights.
    Blend,
    /// Item–item weights over the customer's history, or over the anchors.
    Personal,
    /// What the customer buys again, and what follows it.
    Repeat,
    /// What goes with the anchors, by all that is known of a pair.
    Related,
    /// What is bought together with the anchors, or with what the customer bought last.
    Affinity,
    /// What sells in the category at hand.
    CategoryPopularity,
    /// What shares category, brand or words of the title with the anchors.
    Alike,
    /// What sells.
    Popularity,
    /// What the shop has, where nothing else is left to say.
    Range,
}

impl CandidateSource {
    /// All, in the order of documentation.
    pub const ALL: [Self; 16] = [
        Self::Pinned,
        Self::Due,
        Self::Session,
        Self::Help,
        Self::Replacement,
        Self::Accessory,
        Self::Alternative,
        Self::Blend,
        Self::Personal,
        Self::Repeat,
        Self::Related,
        Self::Affinity,
        Self::CategoryPopularity,
        Self::Alike,
        Self::Popularity,
        Self::Range,
    ];

    /// The spelling in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pinned => "pinned",
            Self::Due => "due",
            Self::Session => "session",
            Self::Help => "help",
            Self::Replacement => "replacement",
            Self::Accessory => "accessory",
            Self::Alternative => "alternative",
            Self::Blend => "blend",
            Self::Personal => "personal",
            Self::Repeat => "repeat",
            Self::Related => "related",
            Self::Affinity => "affinity",
            Self::CategoryPopularity => "category_popularity",
            Self::Alike => "alike",
            Self::Popularity => "popularity",
            Self::Range => "range",
        }
    }
}

impl CandidateSource {
    /// Whether it takes some places of a slate, and another is to fill the rest.
    pub const fn takes_places(self) -> bool {
        match self {
            Self::Pinned
            | Self::Due
            | Self::Session
            | Self::Help
            | Self::Replacement
            | Self::Accessory
            | Self::Alternative => true,
            Self::Blend
            | Self::Personal
            | Self::Repeat
            | Self::Related
            | Self::Affinity
            | Self::CategoryPopularity
            | Self::Alike
            | Self::Popularity
            | Self::Range => false,
        }
    }

    /// Whether it scores by people, a count that is the shop's secret.
    pub const fn counts_people(self) -> bool {
        matches!(self, Self::CategoryPopularity | Self::Popularity)
    }
}

/// One item of a slate.
#[derive(Clone, Debug, PartialEq)]
pub struct SlateItem {
    /// What.
    pub item: ItemIdx,
    /// How well it did; comparable among items of one source only.
    pub score: Score,
    /// Where it came from.
    pub source: CandidateSource,
    /// Why, in a form that can be said.
    pub reason: Reason,
    /// All items that spoke for it with how much, most first; empty unless the query asked to explain.
    pub contributions: Vec<(ItemIdx, Score)>,
}

/// How many candidates did not make it, by why. A candidate counts once, for the first reason that held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// It was what the query asked about, does not go with that, is in a bundle with it, or the query said not to.
    pub excluded: u32,
    /// The customer has what meets its need, or it is in the basket.
    pub owned: u32,
    /// The customer bought it before, and the placement leaves that out; or sent it back.
    pub already_bought: u32,
    /// A rule of the shop hides it.
    pub hidden: u32,
    /// It is not among those the question asks for.
    pub filtered: u32,
    /// It cannot be ordered.
    pub out_of_stock: u32,
    /// It may not be offered for another reason: not in the catalogue, not yet, no longer, a service, adults only.
    pub ineligible: u32,
}

impl LeftOut {
    pub(crate) fn count(&mut self, why: KeptOut) {
        match why {
            KeptOut::Excluded | KeptOut::Incompatible | KeptOut::Bundled => self.excluded += 1,
            KeptOut::Owned(_) => self.owned += 1,
            KeptOut::AlreadyBought | KeptOut::SentBack => self.already_bought += 1,
            KeptOut::Rule => self.hidden += 1,
            KeptOut::Filtered => self.filtered += 1,
            KeptOut::Ineligible(Ineligible::OutOfStock) => self.out_of_stock += 1,
            KeptOut::Ineligible(_) => self.ineligible += 1,
        }
    }
}

/// Why a slate is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmptyBecause {
    /// No item was asked for.
    NoneAsked,
    /// Nothing that may be offered is left.
    NothingEligible,
}

impl EmptyBecause {
    /// The spelling in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoneAsked => "none_asked",
            Self::NothingEligible => "nothing_eligible",
        }
    }
}

/// The ordered answer to one query.
#[derive(Clone, Debug, PartialEq)]
pub struct Slate {
    /// The items, best first as the placement sees it: where it asks for diversity or rotation, scores need not
    /// fall. No item stands twice.
    pub items: Vec<SlateItem>,
    /// The source that is to fill the slate, beside those that take some places of it first.
    pub first_choice: CandidateSource,
    /// What did not make it.
    pub left_out: LeftOut,
    /// Why there is nothing, where there is nothing.
    pub empty_because: Option<EmptyBecause>,
    /// The parts of the question that were asked about, and those that brought up a candidate.
    pub heard: Heard,
}

impl Slate {
    /// The last step of the ladder that was needed, where the first did not fill what others left of the slate.
    pub fn fallback_used(&self) -> Option<CandidateSource> {
        let mut sources = self.items.iter().rev().map(|item| item.source);
        let last = sources.find(|&source| source == self.first_choice || !source.takes_places())?;
        (last != self.first_choice).then_some(last)
    }

    /// The best score of what came from a source.
    pub(crate) fn best_of(&self, source: CandidateSource) -> Option<Score> {
        self.items.iter().filter(|shown| shown.source == source).map(|shown| shown.score).max()
    }
}
