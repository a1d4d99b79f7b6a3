//! What a placement asks of its candidates beyond the order of scores: a least relevance, chance, diversity.
//!
//! In that order: what is too weak is cut before chance could lift it, and diversity chooses among what
//! chance has put near the top. Where a recipe sets none of them, the candidates pass through untouched.

use erbij_core::statistics::splitmix64;
use erbij_core::{Day, ItemIdx, Score};
use erbij_recipe::{Diversity, ModelSet};

use crate::diversify::{Calibration, calibrated, category_proximity, mmr};
use crate::engine::Engine;
use crate::relevance::{n_relevant, normalise, relevance};
use crate::rotate::{rotate, seed_of};
use crate::scratch::{Order, Scratch};
use crate::situation::Situation;

impl Engine {
    /// How many candidates the order of a slate is chosen from.
    pub(crate) fn n_candidates(&self, n: usize, query: &Situation<'_>, scratch: &Scratch) -> usize {
        match scratch.order {
            Order::AsPlaced => self.models().recipe.placement(query.placement).n_candidates(n),
            Order::ByScore => n,
        }
    }

    /// How many candidates are looked for: as many more as may have to make way for a bundle or for what is in it.
    pub(crate) fn n_sought(&self, n: usize, query: &Situation<'_>, scratch: &Scratch) -> usize {
        let to_spare = if self.bundles().is_empty() { 0 } else { n };
        self.n_candidates(n, query, scratch) + to_spare
    }

    /// At most `n` of one source's candidates, best first, in the order the slate has them.
    pub(crate) fn ordered(
        &self,
        mut candidates: Vec<(Score, ItemIdx)>,
        n: usize,
        query: &Situation<'_>,
        scratch: &Scratch,
    ) -> Vec<(Score, ItemIdx)> {
        self.bundles().keep_apart(&mut candidates);
        candidates.truncate(self.n_candidates(n, query, scratch));
        match scratch.order {
            Order::AsPlaced => rerank(candidates, n, query, self.models()),
            Order::ByScore => {
                candidates.truncate(n);
                candidates
            }
        }
    }
}

/// Picks at most `n` of one source's candidates, best first, as the query's placement asks for.
///
/// Scores stay what they were, so they need not descend any more.
/// O(N log N), with diversity O(N · n · depth of the category tree).
fn rerank(
    mut candidates: Vec<(Score, ItemIdx)>,
    n: usize,
    query: &Situation<'_>,
    models: &ModelSet,
) -> Vec<(Score, ItemIdx)> {
    let params = models.recipe.placement(query.placement);
    candidates.truncate(n_relevant(&candidates, params.min_relevance()));
    if !params.reorders() {
        candidates.truncate(n);
        return candidates;
    }
    let items: Vec<ItemIdx> = candidates.iter().map(|&(_, item)| item).collect();
    let mut relevance = relevance(&candidates);
    let temperature = params.rotation_temperature();
    if 0.0 < temperature {
        rotate(
            &mut relevance,
            &items,
            temperature,
            seed_of(seed_of_day(params.rotation_seed(), query.today), query.customer()),
        );
        normalise(&mut relevance);
    }
    let strength = params.diversity_strength();
    let calibration = match (params.diversity(), query.customer()) {
        (Diversity::Calibrated, Some(_)) => {
            let history: Vec<ItemIdx> = query.purchases().map(|purchase| purchase.item).collect();
            Calibration::new(&history, &items, &models.catalogue)
        }
        _ => None,
    };
    let picked = match (params.diversity(), calibration) {
        (Diversity::Mmr, _) => {
            let categories: Vec<_> = items.iter().map(|&item| models.catalogue.category(item)).collect();
            let tree = models.catalogue.categories();
            let proximity = |a: usize, b: usize| category_proximity(categories[a], categories[b], tree);
            mmr(&relevance, n, 1.0 - strength, proximity)
        }
        (Diversity::Calibrated, Some(calibration)) => calibrated(&relevance, &calibration, n, strength),
        (Diversity::None | Diversity::Calibrated, _) => first_by_relevance(&relevance, n),
    };
    picked.into_iter().map(|at| candidates[at]).collect()
}

/// A placement's seed on the day of the question: a slate stays as it is while somebody looks around, and is
/// another tomorrow. The golden ratio spreads seeds over all bits, so that no seed of today is one of tomorrow.
fn seed_of_day(seed: u64, today: Day) -> u64 {
    seed.wrapping_mul(splitmix64::STEP) ^ u64::from(today.get().cast_unsigned())
}

/// The positions of greatest relevance, ties by rank.
fn first_by_relevance(relevance: &[f64], n: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..relevance.len()).collect();
    order.sort_by(|&a, &b| relevance[b].total_cmp(&relevance[a]));
    order.truncate(n);
    order
}
