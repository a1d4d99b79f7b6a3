//! Judges what stands beside an item or a basket, on orders that no model has seen: of each order one item is hidden.
//!
//! A page of an item is asked about one other item of the order, a basket about all the others; right is what was hidden, and
//! nothing else. Beside what is served stand single measures of what is ordered together, each by itself and with no floor
//! of people under it: what a reader would try first. A person has one value, the mean over their orders, and each order of a
//! guest is a person's; means are over people.

use std::collections::BTreeMap;

use erbij_core::{Baskets, HistoryScorer, ItemIdx, Placement, Progress, Score, ScoreBoard, Timestamp, TopK};
use erbij_engine::{CandidateSource, Engine, Person, Query, Scratch};
use erbij_models::{Affinity, AffinityMeasure, AffinityParams, fit_affinity};
use erbij_train::{shuffle_front, stream};
use rayon::prelude::*;

use crate::metrics::{
    CustomerCase, ItemFacts, Metric, MetricAtK, Scope, exposure_counts, value_of_catalogue,
    values_of_customer,
};

/// Related items kept of a measure by itself: as many as any slate could want.
const MEASURE_NEIGHBOURS: u32 = 1000;

/// An order of which one item is hidden.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HiddenItem {
    /// Whose order it is, as [`Baskets::person`] numbers them.
    pub person: u32,
    /// What the page is about.
    pub anchors: Vec<ItemIdx>,
    /// What was ordered with it.
    pub hidden: ItemIdx,
}

/// One question an order of two items or more, and of no more than `max_basket_items`: what is hidden, and for an item's page
/// the item it is asked about, are drawn at random, from the seed and the order's place among `orders`.
pub fn hidden_items(
    orders: &Baskets,
    placement: Placement,
    max_basket_items: usize,
    seed: u64,
) -> Vec<HiddenItem> {
    let mut questions = Vec::new();
    for order in 0..orders.len() {
        let mut items = orders.items(order).to_vec();
        if !(2..=max_basket_items).contains(&items.len()) {
            continue;
        }
        let mut rng = stream(seed, order as u64 + 1);
        shuffle_front(&mut items, 2, &mut rng);
        let hidden = items.swap_remove(0);
        // What came last stands where the hidden item was; the one drawn second is still second, or the only one.
        if placement == Placement::ItemPage {
            items = vec![*items.get(1).unwrap_or(&items[0])];
        }
        items.sort_unstable();
        questions.push(HiddenItem { person: orders.person(order), anchors: items, hidden });
    }
    questions
}

/// A way to rank items beside others that is one measure and nothing more.
#[derive(Debug)]
pub struct MeasureAlone {
    name: &'static str,
    affinity: Affinity,
}

impl MeasureAlone {
    /// Raw counts, the log-likelihood ratio, the cosine, and the log-lift shrunk by 5 and by 50, each of all pairs that
    /// orders hold.
    pub fn all(orders: &Baskets, progress: &dyn Progress) -> Vec<Self> {
        let measures = [
            ("cooccurrence", AffinityMeasure::Cooccurrence, None),
            ("llr", AffinityMeasure::Llr, None),
            ("cosine", AffinityMeasure::Cosine, None),
            ("shrunk_log_lift_5", AffinityMeasure::ShrunkLogLift, Some(5.0)),
            ("shrunk_log_lift_50", AffinityMeasure::ShrunkLogLift, Some(50.0)),
        ];
        let fitted = |(name, measure, shrinkage)| {
            let params = AffinityParams {
                measure,
                shrinkage,
                min_cooccurrence: 1,
                min_customers: 1,
                min_llr: 0.0,
                neighbours: MEASURE_NEIGHBOURS,
                ..AffinityParams::default()
            };
            let params = params.check().expect("in range");
            Self { name, affinity: fit_affinity(&params, orders, progress) }
        };
        measures.map(fitted).into()
    }

    fn slate(&self, question: &HiddenItem, n: usize, board: &mut ScoreBoard) -> Vec<ItemIdx> {
        self.affinity.score(&question.anchors, board);
        let mut best = TopK::new(n);
        for (item, sum) in board.take_unsorted() {
            if let Some(score) = Score::new(sum as f32).filter(|_| !question.anchors.contains(&item)) {
                best.push(score, item);
            }
        }
        best.drain_sorted().map(|(_, item)| item).collect()
    }
}

/// What one way of ranking came to.
#[derive(Clone, Debug, PartialEq)]
pub struct PageValues {
    /// `served`, or the measure's name.
    pub name: String,
    /// Per wanted metric one value a person; empty for metrics of the whole catalogue.
    pub values: Vec<Vec<Option<f64>>>,
    /// Per wanted metric its value over all slates; none for metrics of a person.
    pub of_catalogue: Vec<Option<f64>>,
    /// Slates shorter than asked for.
    pub n_short: usize,
}

/// All ways of ranking on the same orders.
#[derive(Clone, Debug, PartialEq)]
pub struct PageEvaluation {
    /// How many orders were asked about.
    pub n_questions: usize,
    /// How many people stand behind them.
    pub n_people: usize,
    /// What was measured.
    pub metrics: Vec<MetricAtK>,
    /// What is served first.
    pub systems: Vec<PageValues>,
    /// Of the places served, how many came from which source; sources in the order of their declaration.
    pub sources: Vec<(CandidateSource, usize)>,
}

/// Asks an engine, and single measures, for what was hidden.
pub fn judge_pages(
    engine: &Engine,
    measures: &[MeasureAlone],
    questions: &[HiddenItem],
    metrics: &[MetricAtK],
    (placement, cutoff): (Placement, Timestamp),
    progress: &dyn Progress,
) -> PageEvaluation {
    let n = metrics.iter().map(|metric| metric.k).max().unwrap_or(0);
    let n_items = engine.models().catalogue.len();
    progress.begin("judging pages", Some(((1 + measures.len()) * questions.len()) as u64), "pages");
    let served = |scratch: &mut Scratch, question: &HiddenItem| {
        progress.advance(1);
        served(engine, question, n, placement, cutoff, scratch)
    };
    let served: Vec<(Vec<ItemIdx>, Vec<CandidateSource>)> =
        questions.par_iter().map_init(|| engine.new_scratch(), served).collect();
    let (served, sources): (Vec<_>, Vec<_>) = served.into_iter().unzip();
    let mut systems = vec![values("served", &served, questions, metrics, n, engine)];
    for measure in measures {
        let slate = |board: &mut ScoreBoard, question: &HiddenItem| {
            progress.advance(1);
            measure.slate(question, n, board)
        };
        let slates: Vec<_> = questions.par_iter().map_init(|| ScoreBoard::new(n_items), slate).collect();
        systems.push(values(measure.name, &slates, questions, metrics, n, engine));
    }
    let n_of = |source| sources.iter().flatten().filter(|&&other| other == source).count();
    let counted = CandidateSource::ALL.into_iter().map(|source| (source, n_of(source)));
    PageEvaluation {
        n_questions: questions.len(),
        n_people: by_person(questions).len(),
        metrics: metrics.to_vec(),
        systems,
        sources: counted.filter(|&(_, n)| 0 < n).collect(),
    }
}

/// A slate for nobody known, and where each place came from.
fn served(
    engine: &Engine,
    question: &HiddenItem,
    n: usize,
    placement: Placement,
    now: Timestamp,
    scratch: &mut Scratch,
) -> (Vec<ItemIdx>, Vec<CandidateSource>) {
    let query = Query { anchors: &question.anchors, n, ..Query::new(placement, Person::Nobody, now) };
    let slate = engine.recommend(&query, scratch);
    engine.check_slate(&query, &slate).expect("a slate keeps what holds of every slate");
    slate.items.into_iter().map(|shown| (shown.item, shown.source)).unzip()
}

/// The questions of each person, by person.
fn by_person(questions: &[HiddenItem]) -> BTreeMap<u32, Vec<usize>> {
    let mut by_person: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (at, question) in questions.iter().enumerate() {
        by_person.entry(question.person).or_default().push(at);
    }
    by_person
}

/// The values of slates, one a question.
fn values(
    name: &str,
    slates: &[Vec<ItemIdx>],
    questions: &[HiddenItem],
    metrics: &[MetricAtK],
    n: usize,
    engine: &Engine,
) -> PageValues {
    let models = engine.models();
    let facts = ItemFacts {
        n_buyers: &models.popularity.columns().n_people_ever,
        n_customers: models.customers.len() as u32,
        similarity: &|_, _| 0.0,
        category_of: &|item| models.catalogue.category(item),
    };
    let of_question = |(question, ranking): (&HiddenItem, &Vec<ItemIdx>)| {
        let relevant = [question.hidden];
        let case = CustomerCase { ranking, relevant: &relevant, bought_before: &[], popular: &[] };
        values_of_customer(metrics, &case, &facts)
    };
    let of_questions: Vec<Vec<Option<f64>>> = questions.iter().zip(slates).map(of_question).collect();
    let people = by_person(questions);
    let mean = |metric: usize, of_person: &Vec<usize>| {
        let values: Vec<f64> = of_person.iter().filter_map(|&at| of_questions[at][metric]).collect();
        (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
    };
    let of_catalogue = |metric: &MetricAtK| {
        let slates = slates.iter().map(Vec::as_slice);
        let exposures = || exposure_counts(slates, metric.k, models.catalogue.len());
        (metric.metric.scope() == Scope::Catalogue)
            .then(|| value_of_catalogue(metric.metric, &exposures()))?
    };
    PageValues {
        name: name.to_owned(),
        values: (0..metrics.len())
            .map(|metric| people.values().map(|of_person| mean(metric, of_person)).collect())
            .collect(),
        of_catalogue: metrics.iter().map(of_catalogue).collect(),
        n_short: slates.iter().filter(|slate| slate.len() < n).count(),
    }
}

/// How many items have a page on which nothing is related to them: what sells, or the range of the shop, fills all ten
/// places. O(items · cost of a slate).
pub fn n_without_related(engine: &Engine, now: Timestamp) -> usize {
    let is_without = |scratch: &mut Scratch, item: u32| {
        let question =
            HiddenItem { person: 0, anchors: vec![ItemIdx::new(item)], hidden: ItemIdx::new(item) };
        let (_, sources) = served(engine, &question, 10, Placement::ItemPage, now, scratch);
        let is_related = |source: &CandidateSource| {
            !matches!(source, CandidateSource::Popularity | CandidateSource::Range)
        };
        !sources.iter().any(is_related)
    };
    let items = (0..engine.models().catalogue.len() as u32).into_par_iter();
    items.map_init(|| engine.new_scratch(), is_without).filter(|&is_without| is_without).count()
}

/// Whether a metric says something of a page, which knows nobody and hides one item: not those that ask what a customer
/// bought before, what sells would have shown them, or how alike two items are.
pub const fn is_of_pages(metric: Metric) -> bool {
    !matches!(
        metric,
        Metric::RepeatRecall | Metric::ExploreRecall | Metric::Serendipity | Metric::IntraListDiversity
    )
}

#[cfg(test)]
mod tests {
    use erbij_core::{Day, Order};

    use super::*;

    #[test]
    fn each_order_of_two_items_or_more_hides_one() {
        let order = |(day, items): (i32, &[u32])| Order {
            customer: None,
            ordered_at: Day::new(day).start(),
            amount_minor: 0,
            lines: items.iter().map(|&item| (ItemIdx::new(item), 1.0)).collect(),
        };
        let orders: [(i32, &[u32]); 4] = [(1, &[0]), (2, &[0, 1]), (3, &[2, 3, 4]), (4, &[0, 1, 2, 3, 4])];
        let orders = Baskets::from_orders(0, 5, orders.map(order).to_vec()).expect("valid");
        for seed in 0..50 {
            let baskets = hidden_items(&orders, Placement::Basket, 4, seed);
            assert_eq!(baskets.len(), 2, "one item hides none, five are too many");
            for (question, order) in baskets.iter().zip([1, 2]) {
                let mut items = question.anchors.clone();
                items.push(question.hidden);
                items.sort_unstable();
                assert_eq!(items, orders.items(order));
            }
            let pages = hidden_items(&orders, Placement::ItemPage, 4, seed);
            for (page, basket) in pages.iter().zip(&baskets) {
                assert_eq!((page.hidden, page.anchors.len()), (basket.hidden, 1), "{seed}");
                assert!(basket.anchors.contains(&page.anchors[0]), "{seed}");
            }
        }
    }
}
