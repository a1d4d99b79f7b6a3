//! A recipe on a split: every judged customer asked of the engine that serves, every slate measured.
//!
//! What is compared are *systems*: the slate as a placement serves it, each model by itself, and peers that are in no
//! recipe. All are asked the same question at the same instant, and every value is kept a customer, so that differences
//! can be paired. A model by itself has nothing behind it that fills its slate up: a customer it says nothing of
//! has a value of 0, not none.

use std::sync::{Mutex, OnceLock};

use erbij_core::{
    AlreadyBought, CategoryIdx, CustomerIdx, ItemIdx, Placement, Progress, ScoreBoard, Timestamp,
};
use erbij_engine::{Engine, Person, Query, Ranking, Scratch, category_proximity};
use erbij_models::BlendPart;
use erbij_train::ItemLists;
use rayon::prelude::*;

use crate::counts::n_buyers_by_item;
use crate::intervals::IntervalError;
use crate::metrics::{
    CustomerCase, ItemFacts, Metric, MetricAtK, Scope, exposure_counts, value_of_catalogue,
    values_of_customer,
};
use crate::peers::{Peer, Peers};
use crate::slices::{Slice, Slices};

/// Customers of one task.
const SHARE_CUSTOMERS: usize = 64;

const NO_POISON: &str = "nothing can panic while the lock is held";

/// Who orders the slates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum System {
    /// The engine.
    Engine(Ranking),
    /// What a reader would try first.
    Peer(Peer),
}

impl System {
    /// What the placement serves.
    pub const SERVED: Self = Self::Engine(Ranking::AsPlaced);
    /// Best sellers of the days that the recipe counts.
    pub const BEST_SELLERS: Self = Self::Engine(Ranking::Only(BlendPart::Popularity));

    /// Its name in tables and JSON: `served`, or the model's or the peer's.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Engine(Ranking::AsPlaced) => "served",
            Self::Engine(Ranking::Only(part)) => part.name(),
            Self::Engine(Ranking::Accessories) => "accessories",
            Self::Engine(Ranking::Alternatives) => "alternatives",
            Self::Peer(peer) => peer.name(),
        }
    }
}

/// A system and how it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Who orders the slate.
    pub system: System,
    /// Whether what was bought before may stand on it, and then counts where it is bought again.
    pub already_bought: AlreadyBought,
}

/// The values of one system.
#[derive(Clone, Debug, PartialEq)]
pub struct SystemValues {
    /// Which, and how it was asked.
    pub asked: Asked,
    /// Per wanted metric, one value a judged customer, in the order of [`Evaluation::customers`]; empty for
    /// metrics of the whole catalogue.
    pub values: Vec<Vec<Option<f64>>>,
    /// Per wanted metric, its value over all slates; none for metrics of a customer.
    pub of_catalogue: Vec<Option<f64>>,
    /// The same values where only some customers or some relevant items count.
    pub slices: Vec<SliceValues>,
    /// How its slates share the catalogue out.
    pub exposure: Exposure,
    /// How many slates were shorter than asked for.
    pub n_short: usize,
}

/// How all slates of a system together share out the items that could be shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Exposure {
    /// How many places of each slate are looked at: the cut of the first metric.
    pub k: usize,
    /// How many items could be shown.
    pub n_items: usize,
    /// [`Metric::ShareOfTenMostShown`].
    pub share_of_ten_most_shown: Option<f64>,
    /// [`Metric::Gini`].
    pub gini: Option<f64>,
    /// [`Metric::CatalogueCoverage`].
    pub catalogue_coverage: Option<f64>,
}

/// The values of one system in one slice.
#[derive(Clone, Debug, PartialEq)]
pub struct SliceValues {
    /// Which.
    pub slice: Slice,
    /// As [`SystemValues::values`].
    pub values: Vec<Vec<Option<f64>>>,
}

/// All systems on the same customers.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// Who was judged: everybody who bought something within the horizon.
    pub customers: Vec<CustomerIdx>,
    /// What was measured.
    pub metrics: Vec<MetricAtK>,
    /// In the order they were asked.
    pub systems: Vec<SystemValues>,
}

/// Why an evaluation says nothing.
#[derive(Debug, thiserror::Error)]
pub enum EvaluationError {
    /// Nobody bought anything that counts.
    #[error("no customer bought anything within the horizon that counts; nothing can be measured")]
    NobodyToJudge,
    /// An interval could not be made.
    #[error(transparent)]
    Interval(#[from] IntervalError),
}

/// What counts as relevant: all that was bought within the horizon, or of it what was never bought before.
pub fn relevant_of(engine: &Engine, targets: &ItemLists, already_bought: AlreadyBought) -> ItemLists {
    let histories = &engine.models().histories;
    let counts = |customer: CustomerIdx, item: &ItemIdx| match already_bought {
        AlreadyBought::Keep | AlreadyBought::WhenDue => true,
        AlreadyBought::Exclude => histories.find(customer, *item).is_none(),
    };
    let lists = (0..targets.n_lists() as u32)
        .map(CustomerIdx::new)
        .map(|customer| targets.of(customer).iter().copied().filter(|item| counts(customer, item)).collect());
    ItemLists::from_unsorted(lists)
}

/// Judges systems of one engine on one split.
pub struct Judge<'a> {
    engine: &'a Engine,
    targets: &'a ItemLists,
    slices: &'a Slices,
    metrics: &'a [MetricAtK],
    /// The instant of every question.
    cutoff: Timestamp,
    placement: Placement,
    n_buyers: Vec<u32>,
    n_active_customers: u32,
    /// Fitted where one is asked.
    peers: OnceLock<Peers>,
    idle: Mutex<Vec<(Scratch, ScoreBoard)>>,
}

impl<'a> Judge<'a> {
    /// Makes ready. `targets` is one list a customer of the engine.
    pub fn new(
        engine: &'a Engine,
        targets: &'a ItemLists,
        slices: &'a Slices,
        metrics: &'a [MetricAtK],
        cutoff: Timestamp,
        placement: Placement,
    ) -> Self {
        let models = engine.models();
        let histories = &models.histories;
        let is_active = |customer: &CustomerIdx| !histories.items(*customer).is_empty();
        Self {
            engine,
            targets,
            slices,
            metrics,
            cutoff,
            placement,
            n_buyers: n_buyers_by_item(histories, models.catalogue.len()),
            n_active_customers: models.customers.indices().filter(is_active).count() as u32,
            peers: OnceLock::new(),
            idle: Mutex::new(Vec::new()),
        }
    }

    /// The systems of a recipe: what it serves, each of its models, and the peers that can be asked so.
    pub fn systems(&self, already_bought: AlreadyBought) -> Vec<Asked> {
        let parts = BlendPart::of_models(&self.engine.models().recipe.personal().models);
        let models = parts.into_iter().map(|part| System::Engine(Ranking::Only(part)));
        let peers: &[Peer] = match already_bought {
            AlreadyBought::Exclude => &[Peer::ItemCosine],
            AlreadyBought::Keep | AlreadyBought::WhenDue => &[Peer::ItemCosine, Peer::GpTopFreq],
        };
        let systems = std::iter::once(System::SERVED).chain(models);
        let systems = systems.chain(peers.iter().copied().map(System::Peer));
        systems.map(|system| Asked { system, already_bought }).collect()
    }

    /// Asks every system for every customer with a target. O(systems · customers · cost of a slate).
    pub fn judge(&self, systems: &[Asked], progress: &dyn Progress) -> Result<Evaluation, EvaluationError> {
        let n_customers = self.targets.n_lists() as u32;
        let customers: Vec<CustomerIdx> =
            (0..n_customers).map(CustomerIdx::new).filter(|&c| !self.targets.of(c).is_empty()).collect();
        if customers.is_empty() {
            return Err(EvaluationError::NobodyToJudge);
        }
        let n_slates = (systems.len() * customers.len()) as u64;
        progress.begin("judging slates", Some(n_slates), "slates");
        let systems = systems.iter().map(|&asked| self.judge_one(asked, &customers, progress)).collect();
        Ok(Evaluation { customers, metrics: self.metrics.to_vec(), systems })
    }

    fn judge_one(&self, asked: Asked, customers: &[CustomerIdx], progress: &dyn Progress) -> SystemValues {
        let relevant = relevant_of(self.engine, self.targets, asked.already_bought);
        let n = self.metrics.iter().map(|metric| metric.k).max().unwrap_or(0);
        let popular = Asked { system: System::BEST_SELLERS, ..asked };
        let wants_popular = self.metrics.iter().any(|metric| metric.metric == Metric::Serendipity);
        let share = |share: &[CustomerIdx]| -> Vec<(Vec<ItemIdx>, Vec<ItemIdx>)> {
            let scratch = self.idle.lock().expect(NO_POISON).pop();
            let new_scratch =
                || (self.engine.new_scratch(), ScoreBoard::new(self.engine.models().catalogue.len()));
            let mut scratch = scratch.unwrap_or_else(new_scratch);
            let mut slates_of = |&customer: &CustomerIdx| {
                let slate = self.slate(asked, customer, n, &mut scratch);
                // Only serendipity looks at what sells; every other metric would ask for it in vain.
                let popular = match wants_popular {
                    true => self.slate(popular, customer, n, &mut scratch),
                    false => Vec::new(),
                };
                (slate, popular)
            };
            let slates = share.iter().map(&mut slates_of).collect();
            self.idle.lock().expect(NO_POISON).push(scratch);
            progress.advance(share.len() as u64);
            slates
        };
        let slates: Vec<_> = customers.par_chunks(SHARE_CUSTOMERS).flat_map_iter(share).collect();
        let of_catalogue = |metric: &MetricAtK| match metric.metric.scope() {
            Scope::Catalogue => value_of_catalogue(metric.metric, &self.exposures(metric.k, &slates)),
            Scope::Customer => None,
        };
        let of_catalogue = self.metrics.iter().map(of_catalogue).collect();
        let slices = Slice::ALL.into_iter().filter(|&slice| slice != Slice::All);
        let slices = slices.map(|slice| {
            let relevant = self.slices.restrict(slice, &relevant);
            SliceValues { slice, values: self.measure(customers, &slates, &relevant) }
        });
        SystemValues {
            asked,
            values: self.measure(customers, &slates, &relevant),
            of_catalogue,
            exposure: self.exposure(&slates),
            slices: slices.collect(),
            n_short: slates.iter().filter(|(slate, _)| slate.len() < n).count(),
        }
    }

    fn slate(
        &self,
        asked: Asked,
        customer: CustomerIdx,
        n: usize,
        (scratch, board): &mut (Scratch, ScoreBoard),
    ) -> Vec<ItemIdx> {
        let ranking = match asked.system {
            System::Engine(ranking) => ranking,
            System::Peer(_) => Ranking::AsPlaced,
        };
        let query = Query {
            n,
            ranking,
            already_bought: Some(asked.already_bought),
            ..Query::new(self.placement, Person::replayed(customer), self.cutoff)
        };
        if let System::Peer(peer) = asked.system {
            let peers = self.peers.get_or_init(|| Peers::new(self.engine));
            return peers.slate(peer, self.engine, &query, (scratch, board));
        }
        let slate = self.engine.recommend(&query, scratch);
        self.engine.check_slate(&query, &slate).expect("a slate keeps what holds of every slate");
        slate.items.into_iter().map(|item| item.item).collect()
    }

    /// Per metric one value a customer, in their order.
    fn measure(
        &self,
        customers: &[CustomerIdx],
        slates: &[(Vec<ItemIdx>, Vec<ItemIdx>)],
        relevant: &ItemLists,
    ) -> Vec<Vec<Option<f64>>> {
        let models = self.engine.models();
        let tree = models.catalogue.categories();
        let category_of = |item: ItemIdx| -> Option<CategoryIdx> { models.catalogue.category(item) };
        let similarity = |a: ItemIdx, b: ItemIdx| category_proximity(category_of(a), category_of(b), tree);
        let facts = ItemFacts {
            n_buyers: &self.n_buyers,
            n_customers: self.n_active_customers,
            similarity: &similarity,
            category_of: &category_of,
        };
        let measure = |(&customer, (ranking, popular)): (&CustomerIdx, &(Vec<ItemIdx>, Vec<ItemIdx>))| {
            let relevant = relevant.of(customer);
            // Whoever bought nothing that counts is not judged, not even of how varied his slate is: all
            // metrics are means over the same customers.
            if relevant.is_empty() {
                return vec![None; self.metrics.len()];
            }
            let bought_before: Vec<ItemIdx> =
                models.histories.items(customer).iter().map(|&item| ItemIdx::new(item)).collect();
            let case = CustomerCase { ranking, relevant, bought_before: &bought_before, popular };
            values_of_customer(self.metrics, &case, &facts)
        };
        let by_customer: Vec<Vec<Option<f64>>> = customers.par_iter().zip(slates).map(measure).collect();
        (0..self.metrics.len()).map(|at| by_customer.iter().map(|values| values[at]).collect()).collect()
    }

    /// How many slates show each item that can be shown, among their first `k`.
    fn exposures(&self, k: usize, slates: &[(Vec<ItemIdx>, Vec<ItemIdx>)]) -> Vec<u64> {
        let catalogue = &self.engine.models().catalogue;
        let slates = slates.iter().map(|(slate, _)| slate.as_slice());
        let of_all = exposure_counts(slates, k, catalogue.len());
        let can_be_shown = |&item: &ItemIdx| catalogue.eligibility(item, self.cutoff).is_ok();
        catalogue.items().indices().filter(can_be_shown).map(|item| of_all[item.index()]).collect()
    }

    fn exposure(&self, slates: &[(Vec<ItemIdx>, Vec<ItemIdx>)]) -> Exposure {
        let k = self.metrics.first().map_or(0, |metric| metric.k);
        let exposures = self.exposures(k, slates);
        let value = |metric| value_of_catalogue(metric, &exposures);
        Exposure {
            k,
            n_items: exposures.len(),
            share_of_ten_most_shown: value(Metric::ShareOfTenMostShown),
            gini: value(Metric::Gini),
            catalogue_coverage: value(Metric::CatalogueCoverage),
        }
    }
}
