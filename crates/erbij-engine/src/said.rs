//! What spoke for an item that a step put on the slate, and how to say it.

use std::collections::BTreeMap;

use erbij_core::{HistoryScorer, ItemIdx, RelationKind, Score};
use erbij_models::Visit;

use crate::engine::Engine;
use crate::looks::visit_of;
use crate::reason::Reason;
use crate::scratch::Scratch;
use crate::situation::Situation;
use crate::slate::CandidateSource;
use crate::step::Step;

/// All that spoke for an item with how much, most first.
pub(crate) type Said = Vec<(ItemIdx, Score)>;

impl Engine {
    /// Per item this step put on the slate, what spoke for it.
    pub(crate) fn said(
        &self,
        step: &Step,
        slate: &[(Score, ItemIdx)],
        query: &Situation<'_>,
        scratch: &mut Scratch,
    ) -> BTreeMap<ItemIdx, Said> {
        let mut items: Vec<ItemIdx> = slate.iter().map(|&(_, item)| item).collect();
        items.sort_unstable();
        match step {
            Step::Personal { kind, history } => {
                let said = self.personal(*kind).contributions_of(history, &items);
                items.into_iter().zip(said).collect()
            }
            Step::Session { visit, .. } => {
                let model = self.models().session.as_ref().expect("the step was taken");
                let session = scratch.session.as_mut().expect("made with the model");
                let (visit, now) = (Visit::Open(visit), Some(query.now));
                let said = model.strongest_reasons(visit, now, session, &items, usize::MAX);
                items.into_iter().zip(said).collect()
            }
            Step::LookedAt { looked, .. } => {
                let model = self.models().session.as_ref().expect("the step was taken");
                let session = scratch.session.as_mut().expect("made with the model");
                let (visit, now) = (visit_of(looked), Some(query.now));
                let said = model.strongest_reasons(Visit::Past(&visit), now, session, &items, usize::MAX);
                items.into_iter().zip(said).collect()
            }
            _ => items.into_iter().map(|item| (item, step.contributions(item, self))).collect(),
        }
    }
}

impl Step {
    /// What to say of an item for what the customer did with it themselves, where this step goes by that.
    pub(crate) fn own_reason(&self, item: ItemIdx, engine: &Engine, query: &Situation<'_>) -> Option<Reason> {
        match self {
            Self::Repeat { .. } => engine.bought_before(query, item),
            // Who is asked about what they bought needs no other item to say why one of these is there.
            Self::Personal { .. } | Self::Affinity { .. } if query.anchors.is_empty() => {
                engine.bought_before(query, item)
            }
            Self::LookedAt { looked, .. } => {
                let looked = looked.iter().find(|looked| looked.item == item)?;
                Some(Reason::ViewedBefore { on: looked.last_on })
            }
            _ => None,
        }
    }

    /// What to say for an item that `with` put on the slate.
    pub(crate) fn reason(
        &self,
        item: ItemIdx,
        with: ItemIdx,
        engine: &Engine,
        query: &Situation<'_>,
    ) -> Reason {
        match self {
            Self::Declared { .. } | Self::Accessories { .. } => {
                let kind = engine.belongs(with, item).expect("it is on the slate because it belongs");
                return Reason::BelongsTo { with, kind };
            }
            Self::Complements { .. } => return Reason::BelongsTo { with, kind: RelationKind::Accessory },
            Self::Alternatives { .. } => return Reason::InsteadOf { item: with },
            Self::Alike { .. } => return Reason::AlikeTo { item: with },
            Self::Help { .. } => return Reason::HelpWith { with },
            Self::Replacements { held, .. } => {
                let held = held.iter().find(|held| held.holding.item == with);
                let since = held.expect("it is on the slate to take the place of one").holding.since;
                return Reason::TakesPlaceOf { item: with, since };
            }
            Self::LookedAt { .. } => return Reason::ViewedTogether { with },
            _ => {}
        }
        let may_name = query.anchors.is_empty() && self.source() != CandidateSource::Session;
        let bought = may_name.then(|| query.purchase_of(with)).flatten();
        match (bought, self.source()) {
            (Some(purchase), _) => Reason::BecauseYouBought { item: with, on: purchase.last_bought_on },
            (None, CandidateSource::Related) => engine.related_reason(with, item),
            (None, CandidateSource::Session) => Reason::ViewedTogether { with },
            (None, CandidateSource::Affinity) => Reason::BoughtTogether { with },
            (None, _) => Reason::AlsoBought { with },
        }
    }

    /// Every item that put this one on the board with how much, most first, ties by item.
    pub(crate) fn contributions(&self, item: ItemIdx, engine: &Engine) -> Vec<(ItemIdx, Score)> {
        match self {
            Self::Personal { kind, history } => engine.personal(*kind).contributions(history, item),
            Self::Affinity { anchors } => engine.models().affinity.contributions(anchors, item),
            Self::Help { items, .. } => engine.helps_with(items, item),
            Self::Replacements { held, .. } => engine.takes_place_of(held, item),
            Self::Declared { anchors, .. } | Self::Accessories { anchors, .. } => {
                engine.belongs_to(anchors, item)
            }
            Self::Complements { anchors } => engine.complements_to(anchors, item),
            Self::Alternatives { anchors } => engine.instead_of(anchors, item),
            Self::Alike { anchors } => engine.alike_to(anchors, item),
            Self::Related { anchors, .. } => engine.related_to(anchors, item),
            Self::Repeat { strengths } => match &engine.models().repeat {
                Some(repeats) => repeats.model.contributions(strengths, item),
                None => Vec::new(),
            },
            Self::Due { .. }
            | Self::Session { .. }
            | Self::LookedAt { .. }
            | Self::Blend
            | Self::Category { .. }
            | Self::Popularity
            | Self::Range => Vec::new(),
        }
    }
}
