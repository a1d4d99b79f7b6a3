//! Ranks what orders, customers and the catalogue bring up beside each item.
//!
//! Cost: a few hundred pairs an item; for an item that orders and customers say little of, a look at all that share a
//! property with it. One board of 8 bytes an item a thread.

use std::ops::Range;

use erbij_core::{
    Baskets, Catalogue, ItemIdx, NeighbourOrder, Neighbours, Progress, RowOffsets, Score, ScoreBoard,
    Timestamp, TopK, share_out,
};
use rayon::prelude::*;

use crate::alike::Alike;
use crate::item_weights::ItemWeights;
use crate::logistic::Sample;
use crate::popularity::Popularity;
use crate::privacy::PrivacyFloor;
use crate::related::companion::Company;
use crate::related::company::{CompanyColumns, count_company};
use crate::related::features::{N_FEATURES, OrderFacts, PairFacts};
use crate::related::{
    BasketRanking, CheckedRelatedParams, Related, RelatedColumns, RelatedFeature, RelatedLessons,
    RelatedPair, RelatedWeights,
};

/// One thread's scratch.
pub(super) struct Scratch {
    alike: ScoreBoard,
    /// Candidates of one anchor, by item.
    pub(super) candidates: Vec<(ItemIdx, Company, f32)>,
    /// What is known of each of them.
    features: Vec<[f32; N_FEATURES]>,
    best: TopK<ItemIdx>,
    most_alike: TopK<ItemIdx>,
}

/// Whose candidates are gathered, and what is known of them.
pub(super) struct Candidates<'a> {
    company: &'a CompanyColumns,
    walks: Option<&'a ItemWeights>,
    alike: &'a Alike,
    facts: PairFacts<'a>,
    /// So many are wanted; where orders and customers bring up fewer, the catalogue does.
    n: usize,
}

/// A block's rows, one after the other.
#[derive(Default)]
struct Block {
    lens: Vec<usize>,
    pairs: Vec<RelatedPair>,
}

/// Ranks the candidates of every item.
pub fn fit_related(
    params: &CheckedRelatedParams,
    company: &CompanyColumns,
    walks: Option<&ItemWeights>,
    catalogue: &Catalogue,
    popularity: &Popularity,
    lessons: RelatedLessons,
    progress: &dyn Progress,
) -> Related {
    let alike = Alike::new(catalogue);
    let candidates = Candidates::new(params, company, walks, catalogue, popularity, &alike);
    rank_all(&candidates, lessons, progress)
}

/// Ranks the candidates of every item.
fn rank_all(candidates: &Candidates<'_>, lessons: RelatedLessons, progress: &dyn Progress) -> Related {
    let n_items = candidates.company.orders.len();
    progress.begin("ranking related items", Some(n_items as u64), "items");
    let on_block = |scratch: &mut Scratch, anchors: Range<usize>| {
        let mut block = Block::default();
        for anchor in anchors {
            candidates.rank(ItemIdx::new(anchor as u32), &lessons.item, scratch, &mut block);
        }
        block
    };
    let (blocks, _) = share_out(n_items, || candidates.new_scratch(), on_block, progress);
    let rows = RowOffsets::from_lens(blocks.iter().flat_map(|block| block.lens.iter().copied()));
    let pairs = || blocks.iter().flat_map(|block| &block.pairs);
    let items = pairs().map(|pair| pair.item.get()).collect();
    let scores = pairs().map(|pair| pair.probability).collect();
    let neighbours = Neighbours::new(rows, items, scores, n_items, NeighbourOrder::ByScore)
        .expect("rows were cut and sorted just above");
    let columns = RelatedColumns {
        neighbours,
        cooccurrences: pairs().map(|pair| pair.cooccurrence).collect(),
        customers: pairs().map(|pair| pair.customers).collect(),
        walks: pairs().map(|pair| pair.walks).collect(),
    };
    let baskets = BasketRanking {
        shares: pairs().map(|pair| pair.share).collect(),
        log_likelihood_ratios: pairs().map(|pair| pair.log_likelihood_ratio).collect(),
        log_lifts: pairs().map(|pair| pair.log_lift).collect(),
        weights: lessons.basket,
    };
    Related::new(columns, lessons.item, Some(baskets)).expect("columns grew together")
}

/// What was fitted to the orders that a lesson is about.
#[derive(Clone, Copy, Debug)]
pub struct FittedBefore<'a> {
    /// The end of these orders.
    pub cutoff: Timestamp,
    /// The items.
    pub catalogue: &'a Catalogue,
    /// How many people must stand behind a pair.
    pub floor: &'a PrivacyFloor,
    /// What sold.
    pub popularity: &'a Popularity,
    /// The weights of the recipe's first item–item model, where it has one.
    pub walks: Option<&'a ItemWeights>,
}

/// What held-back orders are asked with: all that `before`, the orders before them, tell of pairs.
pub struct RelatedLesson<'a> {
    params: &'a CheckedRelatedParams,
    fitted: FittedBefore<'a>,
    company: CompanyColumns,
    alike: Alike,
}

impl<'a> RelatedLesson<'a> {
    /// Counts `before`, the orders that these models were fitted to.
    pub fn new(
        params: &'a CheckedRelatedParams,
        max_basket_items: usize,
        before: &Baskets,
        fitted: FittedBefore<'a>,
        progress: &dyn Progress,
    ) -> Self {
        let FittedBefore { cutoff, popularity, floor, catalogue, .. } = fitted;
        let taught = RelatedWeights::of_other_shops();
        let company =
            count_company(params, max_basket_items, before, cutoff, popularity, floor, &taught, progress);
        Self { params, fitted, company, alike: Alike::new(catalogue) }
    }

    fn candidates(&self) -> Candidates<'_> {
        let FittedBefore { catalogue, popularity, walks, .. } = self.fitted;
        Candidates::new(self.params, &self.company, walks, catalogue, popularity, &self.alike)
    }

    /// What is related to each item, ranked by what these lessons taught.
    pub fn related(&self, lessons: RelatedLessons, progress: &dyn Progress) -> Related {
        rank_all(&self.candidates(), lessons, progress)
    }

    /// What weights are learned from: each question is an item and the others that were ordered with it; a row a candidate, and
    /// whether it was among the others.
    ///
    /// Questions of one item stand beside each other; rows are in their order, and within one by item.
    pub fn sample(&self, questions: &[(ItemIdx, Vec<ItemIdx>)]) -> Sample {
        let candidates = self.candidates();
        let by_anchor: Vec<_> = questions.chunk_by(|(a, _), (b, _)| a == b).collect();
        let on_anchor = |scratch: &mut Scratch, questions: &&[(ItemIdx, Vec<ItemIdx>)]| {
            let (anchor, _) = questions[0];
            candidates.gather(anchor, scratch);
            let rows = scratch.candidates.iter();
            let rows: Vec<_> = rows
                .map(|(item, company, walks)| {
                    (*item, candidates.facts.features(anchor, *item, company, *walks))
                })
                .collect();
            let mut sample = Sample::default();
            for (_, others) in *questions {
                sample.add_question(rows.iter().map(|(item, features)| (features, others.contains(item))));
            }
            sample
        };
        let samples: Vec<Sample> =
            by_anchor.par_iter().map_init(|| candidates.new_scratch(), on_anchor).collect();
        samples.into_iter().collect()
    }
}

impl<'a> Candidates<'a> {
    pub(super) fn new(
        params: &CheckedRelatedParams,
        company: &'a CompanyColumns,
        walks: Option<&'a ItemWeights>,
        catalogue: &'a Catalogue,
        popularity: &'a Popularity,
        alike: &'a Alike,
    ) -> Self {
        let orders =
            OrderFacts { counts: company.counts(), popularity, smoothing: params.params().smoothing };
        let facts = PairFacts::new(orders, catalogue, alike);
        Self { company, walks, alike, facts, n: params.params().neighbours as usize }
    }

    pub(super) fn new_scratch(&self) -> Scratch {
        Scratch {
            alike: ScoreBoard::new(self.company.orders.len()),
            candidates: Vec::new(),
            features: Vec::new(),
            best: TopK::new(self.n),
            most_alike: TopK::new(self.n),
        }
    }

    /// Ranks the candidates of an anchor, and adds the best to the block.
    fn rank(&self, anchor: ItemIdx, weights: &RelatedWeights, scratch: &mut Scratch, block: &mut Block) {
        self.gather(anchor, scratch);
        let Scratch { candidates, features, best, .. } = scratch;
        features.clear();
        for (item, company, walks) in &*candidates {
            let of_pair = self.facts.features(anchor, *item, company, *walks);
            best.push(Score::new(weights.probability(&of_pair)).expect("between 0 and 1"), *item);
            features.push(of_pair);
        }
        let before = block.pairs.len();
        for (score, item) in best.drain_sorted() {
            let at = candidates.binary_search_by_key(&item, |&(item, ..)| item).expect("it is one of these");
            let (_, Company { cooccurrence, customers, .. }, walks) = candidates[at];
            let of_pair = |feature: RelatedFeature| features[at][feature as usize];
            block.pairs.push(RelatedPair {
                item,
                probability: score.get(),
                cooccurrence,
                customers,
                walks,
                share: of_pair(RelatedFeature::Share).exp(),
                log_likelihood_ratio: of_pair(RelatedFeature::Surprise).exp_m1(),
                log_lift: of_pair(RelatedFeature::LogLift),
            });
        }
        block.lens.push(block.pairs.len() - before);
    }

    /// Leaves the candidates of an anchor in the scratch, by item: what orders bring up, then what customers do, and where
    /// that is little, what the catalogue says is most like it.
    pub(super) fn gather(&self, anchor: ItemIdx, scratch: &mut Scratch) {
        let Scratch { alike, candidates, most_alike, .. } = scratch;
        candidates.clear();
        let range = self.company.rows.range(anchor.index());
        let in_orders = self.company.items[range.clone()].iter().zip(&self.company.companies[range]);
        candidates.extend(in_orders.map(|(&item, &company)| (ItemIdx::new(item), company, 0.0)));
        candidates.sort_unstable_by_key(|&(item, ..)| item);
        self.add_walks(anchor, candidates);
        if candidates.len() < self.n {
            self.alike.score(&[anchor], alike);
            for (item, sum) in alike.take_unsorted() {
                most_alike.push(Score::new(sum as f32).expect("sums of finite weights"), item);
            }
            for (_, item) in most_alike.drain_sorted() {
                if let Err(at) = candidates.binary_search_by_key(&item, |&(item, ..)| item) {
                    candidates.insert(at, (item, Company::NONE, 0.0));
                }
            }
        }
    }

    /// Adds what customers who bought the anchor bought at any time, each with its weight as a share of the largest. Of a
    /// popular anchor, whose row may be as long as the catalogue, only the strongest are candidates for that alone.
    fn add_walks(&self, anchor: ItemIdx, candidates: &mut Vec<(ItemIdx, Company, f32)>) {
        let Some(walks) = self.walks else { return };
        let (items, weights) = walks.weights().row(anchor);
        let mut falling = weights.to_vec();
        let least = if self.n < falling.len() {
            *falling.select_nth_unstable_by(self.n, |a, b| b.total_cmp(a)).1
        } else {
            0.0
        };
        let largest = weights.iter().copied().fold(0.0, f32::max);
        let n_known = candidates.len();
        for (&item, &weight) in items.iter().zip(weights).filter(|&(_, &weight)| 0.0 < weight) {
            let (item, share) = (ItemIdx::new(item), weight / largest);
            match candidates[..n_known].binary_search_by_key(&item, |&(item, ..)| item) {
                Ok(at) => candidates[at].2 = share,
                Err(_) if least < weight => candidates.push((item, Company::NONE, share)),
                Err(_) => {}
            }
        }
        candidates.sort_unstable_by_key(|&(item, ..)| item);
    }
}
