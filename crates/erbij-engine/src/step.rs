//! A step of a ladder: one source of candidates, and what it is asked about.

use erbij_core::{CategoryIdx, ItemIdx};
use erbij_models::{BlendPart, PersonalKind};
use erbij_people::{Held, ItemStrength, Looked};

use crate::engine::Engine;
use crate::past::MAX_LAST_ITEMS;
use crate::situation::Situation;
use crate::slate::CandidateSource;

/// A source and what to ask it about.
pub(crate) enum Step {
    /// What is due again, for at most so many places.
    Due {
        at_most: usize,
    },
    /// What visits like this one went on to, for at most so many places.
    Session {
        visit: Vec<ItemIdx>,
        at_most: usize,
    },
    /// These, and what visits went on to that looked at them, for at most so many places.
    LookedAt {
        looked: Vec<Looked>,
        at_most: usize,
    },
    /// What helps with these, for at most so many places.
    Help {
        items: Vec<ItemIdx>,
        at_most: usize,
    },
    /// What may take the place of these, for at most so many places.
    Replacements {
        held: Vec<Held>,
        at_most: usize,
    },
    /// What belongs to these, for at most so many places.
    Accessories {
        anchors: Vec<ItemIdx>,
        at_most: usize,
    },
    /// What sells in the categories that go with those of these.
    Complements {
        anchors: Vec<ItemIdx>,
    },
    /// What may be bought instead of these.
    Alternatives {
        anchors: Vec<ItemIdx>,
    },
    Blend,
    Personal {
        kind: PersonalKind,
        history: Vec<ItemIdx>,
    },
    Repeat {
        strengths: Vec<ItemStrength>,
    },
    Affinity {
        anchors: Vec<ItemIdx>,
    },
    /// All that is known of what goes with these, in one ranking, for at most so many places.
    Related {
        anchors: Vec<ItemIdx>,
        at_most: usize,
    },
    /// What the catalogue says belongs to these, for at most so many places.
    Declared {
        anchors: Vec<ItemIdx>,
        at_most: usize,
    },
    /// What the catalogue says is like these.
    Alike {
        anchors: Vec<ItemIdx>,
    },
    Category {
        category: CategoryIdx,
        at_most: usize,
    },
    Popularity,
    /// What the shop has.
    Range,
}

impl Step {
    /// What a part of a blend asks; none for the part that asks nothing of a history.
    pub(crate) fn of_part(part: BlendPart, query: &Situation<'_>) -> Option<Self> {
        match part {
            BlendPart::Popularity => None,
            BlendPart::Affinity => Some(Self::Affinity { anchors: query.newest(MAX_LAST_ITEMS) }),
            BlendPart::Personal(kind) => Some(Self::Personal { kind, history: query.history().to_vec() }),
            BlendPart::Repeat => Some(Self::Repeat { strengths: query.strengths().to_vec() }),
        }
    }

    /// Whether enough people stand behind a candidate of this step, where that is not settled in training.
    pub(crate) fn is_backed(&self, item: ItemIdx, engine: &Engine) -> bool {
        match self {
            Self::Personal { kind, history } => engine.is_backed_by(*kind, history, item),
            _ => true,
        }
    }

    /// What an item of a ready ranking is scored by: people in the window, and nothing where it is no ranking of sales.
    pub(crate) fn strength(&self, item: ItemIdx, engine: &Engine) -> f32 {
        match self {
            Self::Range => 0.0,
            _ => engine.n_people_told(item) as f32,
        }
    }

    /// The source that it asks.
    pub(crate) fn source(&self) -> CandidateSource {
        match self {
            Self::Due { .. } => CandidateSource::Due,
            Self::Session { .. } | Self::LookedAt { .. } => CandidateSource::Session,
            Self::Help { .. } => CandidateSource::Help,
            Self::Replacements { .. } => CandidateSource::Replacement,
            Self::Declared { .. } | Self::Accessories { .. } | Self::Complements { .. } => {
                CandidateSource::Accessory
            }
            Self::Alternatives { .. } => CandidateSource::Alternative,
            Self::Blend => CandidateSource::Blend,
            Self::Personal { .. } => CandidateSource::Personal,
            Self::Repeat { .. } => CandidateSource::Repeat,
            Self::Affinity { .. } => CandidateSource::Affinity,
            Self::Category { .. } => CandidateSource::CategoryPopularity,
            Self::Related { .. } => CandidateSource::Related,
            Self::Alike { .. } => CandidateSource::Alike,
            Self::Popularity => CandidateSource::Popularity,
            Self::Range => CandidateSource::Range,
        }
    }
}
