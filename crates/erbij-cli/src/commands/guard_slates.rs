//! Whether an artifact can fill slates at all: asked before it goes live, on the first night as on any other.

use erbij_artifact::{Artifact, GuardResult};
use erbij_core::{CustomerIdx, ItemIdx, Placement, Timestamp};
use erbij_engine::{Engine, Person, Query};

/// How many customers are asked for.
const SAMPLE_CUSTOMERS: usize = 500;
/// A slate of as many places fills a newsletter's row.
const ROW_OF_ITEMS: usize = 5;
/// Below so many in a hundred something is wrong with the tables, and not with the shop.
const FEWEST_SHOWN: u64 = 20;
const FEWEST_FULL: u64 = 50;

/// What an artifact answers to a sample of its customers.
pub(crate) fn guard_slates(artifact: &Artifact, now: Timestamp) -> Vec<GuardResult> {
    let engine = Engine::new(artifact.model_set.clone());
    let guard = |guard, candidate, rule, least| GuardResult {
        guard,
        candidate,
        current: None,
        rule,
        passed: least <= candidate,
    };
    let shown = share_shown(&engine, now).map(|share| {
        let rule = "at least 20: most of what was sold cannot be shown; look at availability, dates and ids of the items";
        guard("% of purchases whose item can be shown", share, rule, FEWEST_SHOWN)
    });
    let full = share_full(&engine, now).map(|share| {
        let rule = "at least 50: most customers would get a short slate";
        guard("% of customers with a slate of 5", share, rule, FEWEST_FULL)
    });
    shown.into_iter().chain(full).collect()
}

/// How many in a hundred purchases are of an item that can be shown; none where nobody is known.
fn share_shown(engine: &Engine, now: Timestamp) -> Option<u64> {
    let models = engine.models();
    let can_be_shown: Vec<bool> = (0..models.catalogue.len() as u32)
        .map(|item| models.catalogue.eligibility(ItemIdx::new(item), now).is_ok())
        .collect();
    let customers = (0..models.histories.n_customers() as u32).map(CustomerIdx::new);
    let items = || customers.clone().flat_map(|customer| models.histories.items(customer));
    let n_all = items().count() as u64;
    let n_shown = items().filter(|&&item| can_be_shown[item as usize]).count() as u64;
    (0 < n_all).then(|| 100 * n_shown / n_all)
}

/// How many in a hundred customers of a sample, evenly taken, get a full newsletter; none where nobody is known, or the
/// shop has too little for one.
fn share_full(engine: &Engine, now: Timestamp) -> Option<u64> {
    let models = engine.models();
    let n_customers = models.customers.len();
    let n_sampled = n_customers.min(SAMPLE_CUSTOMERS);
    if n_sampled == 0 || models.catalogue.len() < 4 * ROW_OF_ITEMS {
        return None;
    }
    let mut scratch = engine.new_scratch();
    let mut is_full = |at: usize| {
        let query = Query {
            n: ROW_OF_ITEMS,
            ..Query::new(
                Placement::Newsletter,
                Person::replayed(CustomerIdx::new((at * n_customers / n_sampled) as u32)),
                now,
            )
        };
        engine.recommend(&query, &mut scratch).items.len() == ROW_OF_ITEMS
    };
    let n_full = (0..n_sampled).filter(|&at| is_full(at)).count();
    Some(100 * n_full as u64 / n_sampled as u64)
}
