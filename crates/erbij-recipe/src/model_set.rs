//! All that one recipe trains.

use erbij_core::{Catalogue, Choice, CustomerIdx, Histories, ItemIdx, TimeZone, Timestamp, Vocab};
use erbij_models::{
    Accessory, Affinity, Blend, CategoryComplements, Personal, PersonalKind, Popularity, PrivacyFloor,
    Related, SessionModel,
};
use erbij_people::{Household, Interest, Lifetime, Orientation, Ownership, Repeats, Replenishment, SentBack};

use crate::CheckedRecipe;

/// Everything a recipe trains, immutable.
#[derive(Clone, Debug)]
pub struct ModelSet {
    /// What it was trained by.
    pub recipe: CheckedRecipe,
    /// What was chosen of what the recipe left open; `recipe` has the values.
    pub choices: Vec<Choice>,
    /// The newest instant it knows of: the end of its data.
    pub cutoff: Timestamp,
    /// The zone of the shop: its days are those of every model, and of what is said to people.
    pub time_zone: TimeZone,
    /// The items.
    pub catalogue: Catalogue,
    /// How many people must stand behind what others are shown of each item.
    pub floor: PrivacyFloor,
    /// The customers by id.
    pub customers: Vocab<CustomerIdx>,
    /// What each customer bought.
    pub histories: Histories,
    /// What each customer sent back and never kept; none in artifacts from before it was kept.
    pub sent_back: Option<SentBack>,
    /// What sells.
    pub popularity: Popularity,
    /// What goes with an item.
    pub affinity: Affinity,
    /// What is shown beside an item, all that is known of a pair in one ranking; none in artifacts from before there was
    /// such a model.
    pub related: Option<Related>,
    /// What belongs to an item, and what may be bought instead; none in artifacts from before there was such a model.
    pub accessory: Option<Accessory>,
    /// Which categories go with which, where no single item decides; none likewise.
    pub complements: Option<CategoryComplements>,
    /// What a customer wants next, by each of the recipe's personal models in its order.
    pub personal: Vec<Personal>,
    /// When what each customer bought is due again; none likewise.
    pub replenishment: Option<Replenishment>,
    /// What each customer buys again, and what follows it; none likewise.
    pub repeat: Option<Repeats>,
    /// What a visit goes on to; none likewise.
    pub session: Option<SessionModel>,
    /// Who is still a customer, and what he is worth; none likewise.
    pub lifetime: Option<Lifetime>,
    /// What each customer cares about; none likewise.
    pub interest: Option<Interest>,
    /// Whom each customer buys for; none likewise.
    pub household: Option<Household>,
    /// What each customer has, and which need it meets; none likewise.
    pub ownership: Option<Ownership>,
    /// What each customer looked at lately and has not bought since; none likewise.
    pub orientation: Option<Orientation>,
    /// The order of slates, where one was learned.
    pub blend: Option<Blend>,
}

impl ModelSet {
    /// The personal model that orders slates where nothing is blended: the recipe's first.
    pub fn first_personal(&self) -> PersonalKind {
        self.recipe.personal().models[0]
    }

    /// Whether a customer sent an item back and never kept it. O(log of what they sent back).
    pub fn is_sent_back(&self, customer: CustomerIdx, item: ItemIdx) -> bool {
        self.sent_back.as_ref().is_some_and(|sent_back| sent_back.contains(customer, item))
    }
}
