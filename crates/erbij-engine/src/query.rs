//! What is asked.

use erbij_core::{AlreadyBought, ItemIdx, Placement, Timestamp};
use erbij_models::BlendPart;
use erbij_rules::ItemSet;

use crate::person::Person;

/// Who orders the slate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Ranking {
    /// What the placement asks, step by step: what serves.
    #[default]
    AsPlaced,
    /// One model by itself, with nothing to fill up behind it: what an evaluation compares.
    Only(BlendPart),
    /// What belongs to the anchors, and nothing else.
    Accessories,
    /// What may be bought instead of the anchors: the most alike, then what sells in the same category.
    Alternatives,
}

/// One question to the engine. Ids have become indices; what could not become one was left behind at the
/// border, which is why an unknown id is never an error here.
#[derive(Clone, Copy, Debug)]
pub struct Query<'a> {
    /// Where the slate will be shown.
    pub placement: Placement,
    /// For whom.
    pub person: Person<'a>,
    /// The item of the page, or the items of the basket.
    pub anchors: &'a [ItemIdx],
    /// What was looked at in this visit, oldest first; nothing where nobody is looking.
    pub session: &'a [ItemIdx],
    /// How many items at most.
    pub n: usize,
    /// Never these.
    pub exclude: &'a [ItemIdx],
    /// The instant it is asked; decides what is in season and for sale.
    pub now: Timestamp,
    /// Whether to name, per item, all that spoke for it.
    pub explain: bool,
    /// Who orders the slate.
    pub ranking: Ranking,
    /// What the customer has beside what he is known to have bought: from another shop, or since the last training.
    pub owned: &'a [ItemIdx],
    /// Nothing but these, where the question filters; see [`Engine::filter`](crate::Engine::filter).
    pub filter: Option<&'a ItemSet>,
    /// What to do with what the customer bought before; none is as the placement has it.
    pub already_bought: Option<AlreadyBought>,
}

impl<'a> Query<'a> {
    /// Whether it is about who asks, and not about an item, a basket or an order.
    pub(crate) fn is_for_people(&self) -> bool {
        matches!(self.placement, Placement::Home | Placement::Newsletter)
    }

    /// What is in the basket, or in the order that was just placed.
    pub(crate) fn at_hand(&self) -> &'a [ItemIdx] {
        match self.placement {
            Placement::Basket | Placement::AfterOrder => self.anchors,
            _ => &[],
        }
    }
}

impl<'a> Query<'a> {
    /// A question that says nothing more: ten items, in the order that the placement asks for.
    pub fn new(placement: Placement, person: Person<'a>, now: Timestamp) -> Self {
        Self {
            placement,
            person,
            anchors: &[],
            session: &[],
            n: 10,
            exclude: &[],
            now,
            explain: false,
            ranking: Ranking::AsPlaced,
            owned: &[],
            filter: None,
            already_bought: None,
        }
    }
}
