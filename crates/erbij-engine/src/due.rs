//! What a customer bought before: whether it is due again, and how to say so.

use erbij_core::{CustomerIdx, ItemIdx, Score};
use erbij_people::{DueEstimate, DueEvidence, FacetKind};

use crate::engine::Engine;
use crate::reason::Reason;
use crate::situation::Situation;

/// What is less likely to be bought again within the horizon is not put before a customer.
const MIN_PROBABILITY: f64 = 0.3;
/// So many intervals of his own make a habit that may be told.
const MIN_INTERVALS: u32 = 2;

impl Engine {
    /// Per item that may be due again the chance that it is bought within four weeks; rising by item.
    pub(crate) fn chances_due(&self, query: &Situation<'_>) -> Vec<(ItemIdx, f32)> {
        let mut chances: Vec<_> = query.due().iter().map(|due| (due.item, due.probability as f32)).collect();
        chances.sort_unstable_by_key(|&(item, _)| item);
        chances
    }

    /// What is to be put before the customer today: the day to tell of it has come, and it is likely enough.
    /// Most probable first.
    pub(crate) fn due_today(&self, query: &Situation<'_>) -> Vec<(ItemIdx, Score)> {
        let today = query.today;
        let is_due = |due: &&DueEstimate| due.send_on <= today && MIN_PROBABILITY <= due.probability;
        let due = query.due().iter().filter(is_due);
        due.map(|due| (due.item, Score::new(due.probability as f32).expect("from 0 to 1"))).collect()
    }

    /// What to say of an item that the customer bought before; none where he did not.
    pub(crate) fn bought_before(&self, query: &Situation<'_>, item: ItemIdx) -> Option<Reason> {
        let purchase = query.purchase_of(item)?;
        let due = query.due_of(item);
        if let Some(habit) = due.as_ref().and_then(habit) {
            return Some(habit);
        }
        Some(match due {
            Some(due) if due.send_on <= query.today => {
                Reason::DueAgain { bought_on: purchase.last_bought_on }
            }
            _ => Reason::BoughtBefore { on: purchase.last_bought_on },
        })
    }

    /// What to say of something that is due: none where the customer did not buy it.
    pub fn reason_due(&self, customer: CustomerIdx, due: &DueEstimate) -> Option<Reason> {
        let bought_on = self.models().histories.find(customer, due.item)?.last_bought_on;
        Some(habit(due).unwrap_or(Reason::DueAgain { bought_on }))
    }

    /// The customer's strongest interest that an item meets, where there is one that can be said.
    pub(crate) fn interest_in(&self, query: &Situation<'_>, item: ItemIdx) -> Option<Reason> {
        self.interests_in(query, item).into_iter().next()
    }

    /// All interests of the customer that an item meets and that can be said, the strongest first.
    pub(crate) fn interests_in(&self, query: &Situation<'_>, item: ItemIdx) -> Vec<Reason> {
        let Some(interest) = &self.models().interest else { return Vec::new() };
        let (catalogue, facets) = (&self.models().catalogue, interest.facets());
        let met = query.interests().iter();
        let say = |kind: FacetKind, facet| match kind {
            FacetKind::Category => {
                let mut levels = catalogue.categories().ancestors(catalogue.category(item)?);
                let category = levels.find(|&category| facets.of_category(category) == facet)?;
                Some(Reason::InterestInCategory { category })
            }
            FacetKind::Brand => Some(Reason::InterestInBrand { item }),
            FacetKind::Topic | FacetKind::All => None,
        };
        let met = met.filter(|met| facets.has(item, met.facet));
        met.filter_map(|met| say(facets.kind(met.facet), met.facet)).collect()
    }
}

/// The customer's own habit, where there is one.
fn habit(due: &DueEstimate) -> Option<Reason> {
    let is_habit = due.evidence == DueEvidence::Own && MIN_INTERVALS <= due.n_intervals;
    is_habit.then(|| Reason::BoughtRegularly { every_days: due.interval_days.round() as u32 })
}
