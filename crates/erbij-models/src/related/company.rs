//! Counts which items keep an item company in orders: the candidates that orders bring up, and what they know of them.
//!
//! What keeps an item company is what stands beside it more often than by chance, in orders as large as those that it is
//! in: a large order holds everything, and what sells stands beside everything.
//!
//! One pass over the orders of each item. Cost: `Σ_b |b|²` additions; one accumulator of 16 bytes an item a thread. Every
//! row is counted by one thread in one order, so the result does not depend on threads. Of each item the best are kept, 16
//! bytes each, until the item–item models are there to rank them with.

use std::ops::Range;

use erbij_core::{Baskets, ItemIdx, Progress, RowOffsets, Score, Timestamp, TopK, share_out};

use crate::incidence::Incidence;
use crate::kept_baskets::KeptBaskets;
use crate::popularity::Popularity;
use crate::privacy::PrivacyFloor;
use crate::related::companion::Company;
use crate::related::features::{ItemCounts, OrderFacts};
use crate::related::{CheckedRelatedParams, RelatedWeights};

/// Of each item, so many times as many are kept as will be ranked.
const KEPT_PER_NEIGHBOUR: usize = 2;
const MICROS_PER_DAY: f64 = 86_400e6;

/// Per anchor the items that keep it company and how, and how often each item is ordered.
#[derive(Debug)]
pub struct CompanyColumns {
    pub(crate) rows: RowOffsets,
    /// Of each row the likeliest first.
    pub(crate) items: Vec<u32>,
    pub(crate) companies: Vec<Company>,
    pub(crate) orders: Vec<u32>,
    pub(crate) decayed: Vec<f32>,
    pub(crate) n_orders: u32,
    pub(crate) n_decayed: f32,
}

impl CompanyColumns {
    pub(crate) fn counts(&self) -> ItemCounts<'_> {
        let Self { orders, decayed, n_orders, n_decayed, .. } = self;
        ItemCounts { orders, decayed, n_orders: *n_orders, n_decayed: *n_decayed }
    }
}

/// What one anchor's row knows of one other item.
#[derive(Clone, Copy)]
struct Cell {
    company: Company,
    last_person: u32,
}

impl Cell {
    /// Nobody has this number: there are fewer people than baskets can be numbered.
    const EMPTY: Self =
        Self { company: Company { cooccurrence: 0, customers: 0, decayed: 0.0 }, last_person: u32::MAX };
}

/// One thread's scratch: the row being counted and its best.
struct Scratch {
    cells: Vec<Cell>,
    touched: Vec<u32>,
    best: TopK<ItemIdx>,
}

/// What all rows share.
struct Counting<'a> {
    baskets: &'a Baskets,
    incidence: &'a Incidence,
    /// What an order counts, by its age.
    weights: &'a [f32],
    floor: &'a PrivacyFloor,
    /// All lines, older ones counting less.
    n_lines_decayed: f64,
    facts: OrderFacts<'a>,
    ranked_by: &'a RelatedWeights,
}

/// Counts orders of at most so many items, and keeps of each anchor the likeliest companions that enough people stand
/// behind.
#[expect(clippy::too_many_arguments, reason = "a stage of training, called once")]
pub fn count_company(
    params: &CheckedRelatedParams,
    max_basket_items: usize,
    baskets: &Baskets,
    cutoff: Timestamp,
    popularity: &Popularity,
    floor: &PrivacyFloor,
    ranked_by: &RelatedWeights,
    progress: &dyn Progress,
) -> CompanyColumns {
    let kept = KeptBaskets::new(baskets, max_basket_items, usize::MAX);
    let incidence = Incidence::of_kept(baskets, |basket| kept.is_kept[basket]);
    let n_items = baskets.n_items();
    let half_life = params.params().half_life_days;
    let weight = |basket: usize| {
        let age_days = (cutoff.micros() - baskets.ordered_at(basket).micros()) as f64 / MICROS_PER_DAY;
        (-age_days.max(0.0) / half_life).exp2() as f32
    };
    let weights: Vec<f32> = (0..baskets.len()).map(weight).collect();
    let is_counted = |&basket: &usize| !incidence.items_of(basket as u32).is_empty();
    let decayed_of = |item: u32| {
        let baskets = incidence.lists_of(item).iter();
        baskets.map(|&basket| f64::from(weights[basket as usize])).sum::<f64>() as f32
    };
    let mut columns = CompanyColumns {
        rows: RowOffsets::from_lens([0; 0]),
        items: Vec::new(),
        companies: Vec::new(),
        orders: (0..n_items as u32).map(|item| incidence.lists_of(item).len() as u32).collect(),
        decayed: (0..n_items as u32).map(decayed_of).collect(),
        n_orders: (0..baskets.len()).filter(is_counted).count() as u32,
        n_decayed: (0..baskets.len()).filter(is_counted).map(|b| f64::from(weights[b])).sum::<f64>() as f32,
    };
    let counting = Counting {
        baskets,
        incidence: &incidence,
        weights: &weights,
        floor,
        n_lines_decayed: columns.decayed.iter().map(|&lines| f64::from(lines)).sum(),
        facts: OrderFacts { counts: columns.counts(), popularity, smoothing: params.params().smoothing },
        ranked_by,
    };
    let n_kept = KEPT_PER_NEIGHBOUR * params.params().neighbours as usize;
    let new_scratch =
        || Scratch { cells: vec![Cell::EMPTY; n_items], touched: Vec::new(), best: TopK::new(n_kept) };
    progress.begin("counting what keeps company", Some(n_items as u64), "items");
    let on_block = |scratch: &mut Scratch, anchors: Range<usize>| {
        let mut block = (Vec::new(), Vec::new(), Vec::new());
        for anchor in anchors {
            counting.row(ItemIdx::new(anchor as u32), scratch, &mut block);
        }
        block
    };
    let (blocks, _) = share_out(n_items, new_scratch, on_block, progress);
    let rows = RowOffsets::from_lens(blocks.iter().flat_map(|(lens, ..)| lens.iter().copied()));
    let items = blocks.iter().flat_map(|(_, items, _)| items.iter().copied()).collect();
    let companies = blocks.iter().flat_map(|(.., companies)| companies.iter().copied()).collect();
    (columns.rows, columns.items, columns.companies) = (rows, items, companies);
    columns
}

impl Counting<'_> {
    /// Counts who keeps an anchor company, and adds the likeliest to the block; leaves the scratch empty.
    fn row(
        &self,
        anchor: ItemIdx,
        scratch: &mut Scratch,
        (lens, items, companies): &mut (Vec<usize>, Vec<u32>, Vec<Company>),
    ) {
        let Scratch { cells, touched, best } = scratch;
        // Lines beside the anchor in its orders, older ones counting less.
        let mut n_beside = 0.0;
        let baskets = self.incidence.lists_of(anchor.get());
        // Fewer orders than people are asked for can hold no pair that may be shown.
        if self.floor.of_item(anchor) as usize <= baskets.len() {
            self.incidence.for_each_list(baskets, |basket, others| {
                let (person, weight) = (self.baskets.person(basket as usize), self.weights[basket as usize]);
                n_beside += f64::from(weight) * (others.len() - 1) as f64;
                for &other in others {
                    let Cell { company, last_person } = &mut cells[other as usize];
                    if company.cooccurrence == 0 {
                        touched.push(other);
                    }
                    company.cooccurrence += 1;
                    company.decayed += weight;
                    if *last_person != person {
                        *last_person = person;
                        company.customers += 1;
                    }
                }
            });
        }
        for &other in touched.iter().filter(|&&other| other != anchor.get()) {
            let (item, company) = (ItemIdx::new(other), &cells[other as usize].company);
            // Orders of as many lines, filled by chance, would hold it so often: what sells stands beside everything.
            let by_chance =
                n_beside * f64::from(self.facts.counts.decayed[item.index()]) / self.n_lines_decayed;
            if self.floor.of_pair(anchor, item) <= company.customers && by_chance < f64::from(company.decayed)
            {
                let features = self.facts.features(anchor, item, company);
                let likely = self.ranked_by.log_odds(&features) as f32;
                best.push(Score::new(likely).expect("finite weights of finite features"), item);
            }
        }
        let before = items.len();
        for (_, item) in best.drain_sorted() {
            items.push(item.get());
            companies.push(cells[item.index()].company);
        }
        lens.push(items.len() - before);
        touched.drain(..).for_each(|other| cells[other as usize] = Cell::EMPTY);
    }
}
