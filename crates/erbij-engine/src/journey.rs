//! Where a customer stands with each need, and what that lets the engine say.
//!
//! | phase | when | what of the need itself is shown | what has places of its own |
//! |---|---|---|---|
//! | orientation | he looks at it in this visit, or did in the days before and bought nothing of it since; and he has nothing that meets it | all | what the visit is about; what he looked at |
//! | purchase | something that meets it and lasts is in the basket or the order at hand | nothing | what belongs to the basket |
//! | after sales | he bought it not long ago | nothing | help at once; accessories once it is delivered |
//! | relation | he has it for longer | nothing but what is due | what is due again |
//! | replacement | its end is near, or not long past | all | what may take its place |
//!
//! Help is content: a manual, a film, tips, that the catalogue relates to the item or that is about one of its topics.

use std::collections::BTreeSet;

use erbij_core::{Day, ItemIdx, ItemKind, NeedIdx, RelationKind, Score, sort_contributions};
use erbij_people::{Held, HoldingState, Looked};

use crate::engine::Engine;
use crate::query::Query;
use crate::situation::Situation;

/// Of recent purchases, so many are helped with: a bound on the work of one request.
const MAX_RECENT: usize = 20;
/// Of what sells, so much may take the place of something.
const MAX_SELLERS: usize = 20;
/// What the catalogue relates to an item stands above all that shares topics with it.
const DECLARED: f32 = 100.0;

/// Where a customer stands with a need.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// He looks around.
    Orientation,
    /// He is buying.
    Purchase,
    /// He has just bought.
    AfterSales,
    /// He has it.
    Relation,
    /// It is wearing out, or worn out.
    Replacement,
}

impl Phase {
    /// The spelling in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Orientation => "orientation",
            Self::Purchase => "purchase",
            Self::AfterSales => "after_sales",
            Self::Relation => "relation",
            Self::Replacement => "replacement",
        }
    }
}

/// What to say about a need to somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NeedAnswer {
    /// Offer what meets it.
    Offer,
    /// It is met; offer what belongs to what he has.
    OfferFollowUp,
    /// Offer what takes the place of what he has.
    OfferReplacement,
    /// It is met, and there is nothing to add.
    Nothing,
}

impl NeedAnswer {
    /// The spelling in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Offer => "offer",
            Self::OfferFollowUp => "offer_follow_up",
            Self::OfferReplacement => "offer_replacement",
            Self::Nothing => "nothing",
        }
    }
}

/// How somebody stands to a need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NeedStatus {
    /// The need.
    pub need: NeedIdx,
    /// Where he stands.
    pub phase: Phase,
    /// What to say.
    pub answer: NeedAnswer,
    /// What he has of it.
    pub held: Option<Held>,
    /// What he looked at of it in the days before; none where something that serves answers it.
    pub looked: Option<Looked>,
}

/// Something bought not long ago that one may want help with, or more for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Recent {
    pub(crate) item: ItemIdx,
    pub(crate) on: Day,
}

impl Engine {
    /// How the customer of a query stands to every need he met, looks at or looked at in the days before, by need. Where
    /// nobody is known, the visit and the basket alone tell. O(things · belongings).
    pub fn needs(&self, query: &Query<'_>) -> Vec<NeedStatus> {
        let Some(ownership) = &self.models().ownership else { return Vec::new() };
        let query = &self.situation(query);
        let met = query.needs_met();
        let of_held = |held: &Held| NeedStatus {
            need: held.need,
            phase: self.phase_of(held, query.today),
            answer: self.answer_of(held, met),
            held: Some(*held),
            looked: None,
        };
        let mut needs: Vec<NeedStatus> = met.iter().map(of_held).collect();
        let none: &[ItemIdx] = &[];
        let bought = query.at_hand();
        let page = if bought.is_empty() { query.anchors } else { none };
        let looking_at = query.session.iter().chain(page).filter_map(|&item| ownership.need_of(item));
        for &item in bought.iter().filter(|&&item| ownership.life_days(item).is_some()) {
            let Some(need) = ownership.need_of(item) else { continue };
            let (phase, answer) = (Phase::Purchase, NeedAnswer::OfferFollowUp);
            let status = NeedStatus { need, phase, answer, held: None, looked: None };
            match needs.iter_mut().find(|other| other.need == need) {
                Some(other) => *other = NeedStatus { held: other.held, ..status },
                None => needs.push(status),
            }
        }
        let before = query.looked_at();
        for need in looking_at.chain(before.iter().map(|looked| looked.need)) {
            if needs.iter().all(|other| other.need != need) {
                let (phase, answer) = (Phase::Orientation, NeedAnswer::Offer);
                needs.push(NeedStatus { need, phase, answer, held: None, looked: None });
            }
        }
        for status in &mut needs {
            status.looked = before.iter().find(|looked| looked.need == status.need).copied();
        }
        needs.sort_unstable_by_key(|status| status.need);
        needs
    }

    fn phase_of(&self, held: &Held, today: Day) -> Phase {
        let days = i64::from(today.get()) - i64::from(held.holding.since.get());
        match held.state {
            HoldingState::Replaceable | HoldingState::Over => Phase::Replacement,
            HoldingState::Held if days <= self.after_sales_days() => Phase::AfterSales,
            HoldingState::Held => Phase::Relation,
        }
    }

    /// The follow-up of what somebody has is what belongs to it and meets a need that is not met yet.
    fn answer_of(&self, held: &Held, met: &[Held]) -> NeedAnswer {
        if held.state != HoldingState::Held {
            return NeedAnswer::OfferReplacement;
        }
        let ownership = self.models().ownership.as_ref().expect("without it nothing is held");
        let is_missing = |item| {
            let serves = |other: &Held| other.state == HoldingState::Held;
            ownership
                .need_of(item)
                .is_none_or(|need| !met.iter().any(|other| other.need == need && serves(other)))
        };
        let belongings = self.belongings_unsorted(held.holding.item);
        match belongings.into_iter().any(|(item, ..)| is_missing(item)) {
            true => NeedAnswer::OfferFollowUp,
            false => NeedAnswer::Nothing,
        }
    }

    fn after_sales_days(&self) -> i64 {
        i64::from(self.models().recipe.journey().params().after_sales_days)
    }

    /// What the customer bought for himself at most so many and at least so many days ago, newest first: things that
    /// last, and things of which the catalogue itself says that something belongs to them.
    pub(crate) fn recent(&self, query: &Situation<'_>, at_least: u32, at_most: u32) -> Vec<Recent> {
        let models = self.models();
        let Some(ownership) = &models.ownership else { return Vec::new() };
        let today = i64::from(query.today.get());
        let span = i64::from(at_least)..=i64::from(at_most);
        let relations = models.catalogue.relations();
        let is_recent = |bought: &erbij_core::Purchase| {
            span.contains(&(today - i64::from(bought.last_bought_on.get())))
                && (ownership.life_days(bought.item).is_some() || relations.of(bought.item).len() != 0)
                && !query.is_given(bought.item)
        };
        let bought = query.kept().filter(is_recent);
        let mut recent: Vec<Recent> =
            bought.map(|bought| Recent { item: bought.item, on: bought.last_bought_on }).collect();
        recent.sort_unstable_by_key(|recent| (std::cmp::Reverse(recent.on), recent.item));
        recent.truncate(MAX_RECENT);
        recent
    }

    /// What is to be helped with: what was bought while help comes first, whether it has arrived or not.
    pub(crate) fn to_help_with(&self, query: &Situation<'_>) -> Vec<ItemIdx> {
        let params = self.models().recipe.journey().params();
        self.recent(query, 0, params.help_days).into_iter().map(|recent| recent.item).collect()
    }

    /// What has arrived, and may want something to go with it.
    pub(crate) fn to_complete(&self, query: &Situation<'_>) -> Vec<ItemIdx> {
        let params = self.models().recipe.journey().params();
        let recent = self.recent(query, params.delivery_days, params.after_sales_days);
        recent.into_iter().map(|recent| recent.item).collect()
    }

    /// What the customer has whose end is near or past, by need.
    pub(crate) fn to_replace(&self, query: &Situation<'_>) -> Vec<Held> {
        let mut held = query.needs_met().to_vec();
        held.retain(|held| held.state == HoldingState::Replaceable);
        held
    }

    /// Content that helps with an item, and how much of it is about the item, in no stated order: what the catalogue
    /// relates to it has 100, each topic in common adds one. O(relations + content of its topics).
    pub(crate) fn help_unsorted(&self, item: ItemIdx) -> Vec<(ItemIdx, Score)> {
        let catalogue = &self.models().catalogue;
        let mut help: Vec<(ItemIdx, f32)> = Vec::new();
        let mut add =
            |content: ItemIdx, strength: f32| match help.iter_mut().find(|(other, _)| *other == content) {
                Some((_, sum)) => *sum += strength,
                None => help.push((content, strength)),
            };
        let silent = [RelationKind::Incompatible, RelationKind::Contains, RelationKind::Similar];
        let related = catalogue.relations().of(item).filter(|(kind, _)| !silent.contains(kind));
        let declared: BTreeSet<ItemIdx> = related.map(|(_, content)| content).collect();
        for content in declared.into_iter().filter(|&content| catalogue.kind(content) == ItemKind::Content) {
            add(content, DECLARED);
        }
        for topic in catalogue.topics(item) {
            for &content in self.content_about(topic).iter().filter(|&&content| content != item) {
                add(content, 1.0);
            }
        }
        help.into_iter().map(|(content, sum)| (content, Score::new(sum).expect("a sum of few"))).collect()
    }

    /// What may take the place of a thing, and how well, in no stated order: its alternatives, the thing itself once
    /// more, then what sells of what meets the same need.
    pub(crate) fn replacements_unsorted(&self, held: &Held) -> Vec<(ItemIdx, Score)> {
        let models = self.models();
        let item = held.holding.item;
        let mut candidates: Vec<(ItemIdx, f32)> = self
            .alternatives_unsorted(item)
            .into_iter()
            .map(|(other, score)| (other, 2.0 + score.get()))
            .collect();
        candidates.push((item, 2.0));
        let ownership = models.ownership.as_ref().expect("without it nothing is held");
        let sellers = models.catalogue.category(item).map_or(&[][..], |leaf| self.best_sellers_of(leaf));
        let meets_it = |&&other: &&ItemIdx| ownership.need_of(other) == Some(held.need);
        for (rank, &other) in sellers.iter().filter(meets_it).take(MAX_SELLERS).enumerate() {
            if candidates.iter().all(|&(known, _)| known != other) {
                candidates.push((other, 1.0 / (1.0 + rank as f32)));
            }
        }
        let score = |score| Score::new(score).expect("likenesses and shares are finite");
        candidates.into_iter().map(|(other, strength)| (other, score(strength))).collect()
    }

    /// The things an item may take the place of, and how well, most first, ties by item.
    pub(crate) fn takes_place_of(&self, held: &[Held], item: ItemIdx) -> Vec<(ItemIdx, Score)> {
        let says = |held: &Held| {
            let found = self.replacements_unsorted(held).into_iter().find(|&(other, _)| other == item);
            found.map(|(_, score)| (held.holding.item, score))
        };
        let mut replaced: Vec<_> = held.iter().filter_map(says).collect();
        sort_contributions(&mut replaced);
        replaced
    }

    /// The items a piece of content helps with how much, most first, ties by item.
    pub(crate) fn helps_with(&self, items: &[ItemIdx], content: ItemIdx) -> Vec<(ItemIdx, Score)> {
        let says = |&item: &ItemIdx| {
            let found = self.help_unsorted(item).into_iter().find(|&(other, _)| other == content);
            found.map(|(_, score)| (item, score))
        };
        let mut helped: Vec<_> = items.iter().filter_map(says).collect();
        sort_contributions(&mut helped);
        helped
    }
}
