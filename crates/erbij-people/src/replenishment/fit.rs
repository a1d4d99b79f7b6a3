//! From baskets to what is due: intervals, groups, customers' paces, then every pair.

use std::ops::Range;

use arrow_buffer::{ArrowNativeType, ScalarBuffer};
use erbij_core::{Baskets, Catalogue, CategoryIdx, Progress, RowOffsets, Timestamp, share_out_in_turns};
use rayon::prelude::*;

use crate::replenishment::estimate::{Estimate, estimate, stage};
use crate::replenishment::levels::{Levels, Spreads};
use crate::replenishment::model::{DueEvidence, DueKind, Replenishment, ReplenishmentColumns};
use crate::replenishment::purchases::{Needs, Purchases};
use crate::replenishment::{CheckedReplenishmentParams, ReplenishmentParams};

/// Furthest that a customer's pace may lie from that of others, as a logarithm: a factor of 4.5.
const FURTHEST_PACE: f64 = 1.5;

/// What replenishment learns from, beside the parameters.
#[derive(Clone, Copy, Debug)]
pub struct ReplenishmentData<'a> {
    /// All purchases; those at or after the cutoff are not looked at.
    pub baskets: &'a Baskets,
    /// An item each: its category.
    pub categories: &'a [Option<CategoryIdx>],
    /// A category each: the one above.
    pub parents: &'a [Option<CategoryIdx>],
    /// An item each: how many units are in a pack, above zero; 1 where not known.
    pub pack_sizes: &'a [f32],
    /// An item each: how many days it serves; 0 where not known.
    pub useful_life_days: &'a [u32],
    /// First instant that is not known.
    pub cutoff: Timestamp,
}

impl<'a> ReplenishmentData<'a> {
    /// What a catalogue says of the purchases.
    pub fn of_catalogue(baskets: &'a Baskets, catalogue: &'a Catalogue, cutoff: Timestamp) -> Self {
        let columns = catalogue.columns();
        Self {
            baskets,
            categories: catalogue.item_categories(),
            parents: catalogue.categories().parents(),
            pack_sizes: &columns.pack_size,
            useful_life_days: &columns.useful_life_days,
            cutoff,
        }
    }
}

/// Fits the model to what was bought before the cutoff.
///
/// Per need, log intervals are estimated in the group that has enough of them (item, category, those above,
/// all), for running intervals, lapsed needs and intervals astray (see `estimate.rs`); then every pair of
/// customer and need in its group, seen at the customer's pace. A need passes if enough of its customers came
/// back for it, `RCP = customers with 2 days or more / customers` (Bhagat et al., KDD 2018); a durable of known
/// life always does. O(lines · log of a customer's lines).
///
/// # Panics
///
/// If a column has not one value an item, a category is not in the tree, or a pack size is not above zero.
pub fn fit_replenishment(
    params: &CheckedReplenishmentParams,
    data: &ReplenishmentData<'_>,
    progress: &dyn Progress,
) -> Replenishment {
    let n_items = data.baskets.n_items();
    assert_eq!(data.categories.len(), n_items, "one category an item");
    assert_eq!(data.pack_sizes.len(), n_items, "one pack size an item");
    assert_eq!(data.useful_life_days.len(), n_items, "one useful life an item");
    assert!(data.pack_sizes.iter().all(|&size| 0.0 < size && size.is_finite()), "packs hold something");
    assert!(
        data.categories.iter().flatten().all(|category| category.index() < data.parents.len()),
        "every category of an item is one of the tree"
    );
    let checked = params;
    let params = params.params();
    let needs = Needs { per: params.per, categories: data.categories };
    let purchases = Purchases::from_baskets(
        data.baskets,
        &needs,
        data.pack_sizes,
        data.cutoff,
        params.censor_at,
        progress,
    );
    let mut categories: Vec<Option<CategoryIdx>> = data.categories.to_vec();
    categories.extend((n_items..needs.len()).map(|need| Some(CategoryIdx::new((need - n_items) as u32))));
    let levels = Levels::new(&purchases, categories, data.parents, params.min_intervals as usize);
    let exponents = match params.quantity_exponent {
        Some(exponent) => vec![exponent; levels.n_needs()],
        None => levels.exponents(),
    };
    progress.begin("estimating intervals", None, "steps");
    let mut shifts = vec![0.0_f32; purchases.n_pairs()];
    let mut spreads = levels.fit(&exponents, &shifts, None);
    if params.customer_pace {
        let fit = Fit { purchases: &purchases, levels: &levels, exponents: &exponents, spreads: &spreads };
        shifts = fit.paces();
        spreads = levels.fit(&exponents, &shifts, Some(&spreads));
    }
    let fit = Fit { purchases: &purchases, levels: &levels, exponents: &exponents, spreads: &spreads };
    let shares = RepeatShares::new(&purchases, &levels, params.repeat_share_strength);
    let columns = fit.columns(params, &shares, &shifts, data.useful_life_days, progress);
    let of_items = (0..n_items).map(|item| exponents[needs.of(item) as usize] as f32);
    let columns = ReplenishmentColumns { exponents: of_items.collect::<Vec<_>>().into(), ..columns };
    Replenishment::new(columns, n_items, checked).expect("columns laid out by the fit keep their rules")
}

/// What every pair is estimated from.
struct Fit<'a> {
    purchases: &'a Purchases,
    levels: &'a Levels<'a>,
    exponents: &'a [f64],
    spreads: &'a Spreads,
}

/// One thread's scratch.
#[derive(Default)]
struct Scratch {
    logs: Vec<f64>,
    weights: Vec<f64>,
}

impl Fit<'_> {
    fn estimate(&self, pair: usize, shift: f64, scratch: &mut Scratch) -> Estimate {
        let need = self.purchases.needs[pair] as usize;
        let exponent = self.exponents[need];
        scratch.logs.clear();
        self.purchases.push_logs(pair, exponent, shift, &mut scratch.logs);
        scratch.weights.resize(scratch.logs.len(), 0.0);
        let running = self.purchases.running_log(pair, exponent, shift);
        estimate(&scratch.logs, running, self.spreads.of(self.levels, need).0, &mut scratch.weights)
    }

    /// The pairs of each customer.
    fn rows(&self) -> RowOffsets {
        RowOffsets::from_lens(self.purchases.n_pairs_of.iter().copied())
    }

    /// A pair each: how much longer than others' this customer's intervals are, as his other pairs tell.
    ///
    /// A pair lies `y` from its group's mean, with the precision `b` that its intervals leave. The variance of
    /// paces is `ρ² = Σ_u [(Σ b·y)² − Σ (b·y)²] / Σ_u [(Σ b)² − Σ b²]`, since two pairs of one customer have
    /// nothing but the pace in common; the pace of a pair is `Σ b·y / (Σ b + 1/ρ²)` over the others.
    fn paces(&self) -> Vec<f32> {
        let rows = self.rows();
        let of_pair = |pair: usize, scratch: &mut Scratch| {
            let spread = self.spreads.of(self.levels, self.purchases.needs[pair] as usize).0;
            let found = self.estimate(pair, 0.0, scratch);
            let limit = FURTHEST_PACE * found.reliability(spread);
            let product = (found.mean - spread.mean).clamp(-limit, limit) / spread.between;
            (found.reliability(spread) / spread.between, product)
        };
        let pairs = (0..self.purchases.n_pairs()).into_par_iter().with_min_len(1024);
        let told: Vec<(f64, f64)> = pairs.map_init(Scratch::default, |s, pair| of_pair(pair, s)).collect();
        let sums: Vec<(f64, f64)> = (0..rows.n_rows())
            .map(|row| {
                told[rows.range(row)].iter().fold((0.0, 0.0), |(b, by), pair| (b + pair.0, by + pair.1))
            })
            .collect();
        let (mut common, mut precision) = (0.0, 0.0);
        for (row, &(sum_b, sum_by)) in sums.iter().enumerate() {
            let own = |of: fn(&(f64, f64)) -> f64| told[rows.range(row)].iter().map(of).sum::<f64>();
            common += sum_by * sum_by - own(|pair| pair.1 * pair.1);
            precision += sum_b * sum_b - own(|pair| pair.0 * pair.0);
        }
        let variance = if 0.0 < common && 0.0 < precision { common / precision } else { 0.0 };
        let pace_of = |row: usize, pair: usize| {
            let (b, by) = (sums[row].0 - told[pair].0, sums[row].1 - told[pair].1);
            if variance == 0.0 { 0.0 } else { (by / (b.max(0.0) + 1.0 / variance)) as f32 }
        };
        let all = (0..rows.n_rows()).flat_map(|row| rows.range(row).map(move |pair| (row, pair)));
        all.map(|(row, pair)| pace_of(row, pair)).collect()
    }

    fn columns(
        &self,
        params: &ReplenishmentParams,
        shares: &RepeatShares,
        shifts: &[f32],
        useful_life_days: &[u32],
        progress: &dyn Progress,
    ) -> ReplenishmentColumns {
        let rows = self.rows();
        progress.begin("estimating customers", Some(rows.n_rows() as u64), "customers");
        let on_block = |scratch: &mut Scratch, customers: Range<usize>| {
            let mut block = Block::default();
            for customer in customers {
                let mut row: Vec<Row> = rows
                    .range(customer)
                    .filter_map(|pair| {
                        let item = self.purchases.item(pair) as usize;
                        match useful_life_days[item] {
                            0 => self.refill(
                                pair,
                                f64::from(shifts[pair]),
                                params.min_repeat_share,
                                shares,
                                scratch,
                            ),
                            days => Some(self.renewal(pair, days, params, shares)),
                        }
                    })
                    .collect();
                row.sort_unstable_by_key(|row| row.item);
                block.lens.push(row.len());
                block.rows.extend(row);
            }
            block
        };
        let mut columns = GrowingColumns::with_capacity(self.purchases.n_pairs());
        let on_result = |block: Block| columns.append(&block);
        share_out_in_turns(rows.n_rows(), Scratch::default, on_block, on_result, progress);
        columns.finish()
    }

    fn refill(
        &self,
        pair: usize,
        shift: f64,
        min_repeat_share: f64,
        shares: &RepeatShares,
        scratch: &mut Scratch,
    ) -> Option<Row> {
        let need = self.purchases.needs[pair] as usize;
        let is_repeated = min_repeat_share <= shares.of_needs[need];
        if !is_repeated {
            return None;
        }
        let (spread, level) = self.spreads.of(self.levels, need);
        let found = self.estimate(pair, shift, scratch);
        let n_intervals = self.purchases.n_intervals(pair);
        let evidence = if found.reliability(spread) < 0.5 { level } else { DueEvidence::Own };
        Some(Row {
            log_mean: (found.mean + shift) as f32,
            log_sd: found.log_sd(spread) as f32,
            lapse: spread.lapse[stage(n_intervals as usize)] as f32,
            evidence,
            kind: DueKind::Refill,
            ..self.row(pair)
        })
    }

    fn renewal(&self, pair: usize, days: u32, params: &ReplenishmentParams, shares: &RepeatShares) -> Row {
        let share = shares.of_needs[self.purchases.needs[pair] as usize];
        let is_part = params.min_repeat_share <= share;
        Row {
            log_mean: f64::from(days).ln() as f32,
            log_sd: params.useful_life_log_sd as f32,
            lapse: (1.0 - share) as f32,
            evidence: DueEvidence::Item,
            kind: if is_part { DueKind::Maintenance } else { DueKind::Renewal },
            ..self.row(pair)
        }
    }

    /// What a pair has whatever is estimated.
    fn row(&self, pair: usize) -> Row {
        Row {
            item: self.purchases.item(pair),
            log_mean: 0.0,
            log_sd: 0.0,
            lapse: 0.0,
            last_bought_on: self.purchases.last_bought_on[pair],
            last_units: self.purchases.last_units[pair],
            n_intervals: self.purchases.n_intervals(pair),
            evidence: DueEvidence::Item,
            kind: DueKind::Refill,
        }
    }
}

/// A need each: the share of its customers who came back for it, mixed with that of its category.
struct RepeatShares {
    of_needs: Vec<f64>,
}

impl RepeatShares {
    /// `(came back + strength · share above) / (customers + strength)` at every level.
    fn new(purchases: &Purchases, levels: &Levels<'_>, strength: f64) -> Self {
        let counts = |need: usize| {
            let pairs = levels.pairs_of(need);
            let came_back = pairs.iter().filter(|&&pair| 0 < purchases.n_intervals(pair as usize)).count();
            [came_back as f64, pairs.len() as f64]
        };
        let of_needs: Vec<[f64; 2]> = (0..levels.n_needs()).map(counts).collect();
        let mut of_categories = vec![[0.0; 2]; levels.n_categories()];
        let mut root = [0.0; 2];
        for (need, count) in of_needs.iter().enumerate() {
            root = [root[0] + count[0], root[1] + count[1]];
            for category in levels.above(need) {
                let sum = &mut of_categories[category.index()];
                *sum = [sum[0] + count[0], sum[1] + count[1]];
            }
        }
        let mixed = |[came_back, customers]: [f64; 2], above: f64| match customers + strength {
            0.0 => 0.0,
            total => (came_back + strength * above) / total,
        };
        let root = mixed(root, 0.0);
        let share = |need: usize| {
            let chain: Vec<_> = levels.above(need).collect();
            let above = chain.iter().rev().fold(root, |above, c| mixed(of_categories[c.index()], above));
            mixed(of_needs[need], above)
        };
        Self { of_needs: (0..levels.n_needs()).map(share).collect() }
    }
}

/// One row of the columns.
struct Row {
    item: u32,
    log_mean: f32,
    log_sd: f32,
    lapse: f32,
    last_bought_on: i32,
    last_units: f32,
    n_intervals: u32,
    evidence: DueEvidence,
    kind: DueKind,
}

/// The rows of some customers.
#[derive(Default)]
struct Block {
    lens: Vec<usize>,
    rows: Vec<Row>,
}

/// The columns of all customers so far.
struct GrowingColumns {
    lens: Vec<usize>,
    items: Vec<u32>,
    log_means: Vec<f32>,
    log_sds: Vec<f32>,
    lapses: Vec<f32>,
    last_bought_on: Vec<i32>,
    last_units: Vec<f32>,
    n_intervals: Vec<u32>,
    evidence: Vec<u8>,
    kinds: Vec<u8>,
}

impl GrowingColumns {
    /// With room for a row a pair: no column is moved as it grows, and room that is never written to takes no memory.
    fn with_capacity(n_pairs: usize) -> Self {
        Self {
            lens: Vec::new(),
            items: Vec::with_capacity(n_pairs),
            log_means: Vec::with_capacity(n_pairs),
            log_sds: Vec::with_capacity(n_pairs),
            lapses: Vec::with_capacity(n_pairs),
            last_bought_on: Vec::with_capacity(n_pairs),
            last_units: Vec::with_capacity(n_pairs),
            n_intervals: Vec::with_capacity(n_pairs),
            evidence: Vec::with_capacity(n_pairs),
            kinds: Vec::with_capacity(n_pairs),
        }
    }

    fn append(&mut self, Block { lens, rows }: &Block) {
        self.lens.extend(lens);
        self.items.extend(rows.iter().map(|row| row.item));
        self.log_means.extend(rows.iter().map(|row| row.log_mean));
        self.log_sds.extend(rows.iter().map(|row| row.log_sd));
        self.lapses.extend(rows.iter().map(|row| row.lapse));
        self.last_bought_on.extend(rows.iter().map(|row| row.last_bought_on));
        self.last_units.extend(rows.iter().map(|row| row.last_units));
        self.n_intervals.extend(rows.iter().map(|row| row.n_intervals));
        self.evidence.extend(rows.iter().map(|row| row.evidence as u8));
        self.kinds.extend(rows.iter().map(|row| row.kind as u8));
    }

    fn finish(self) -> ReplenishmentColumns {
        fn column<T: ArrowNativeType>(mut values: Vec<T>) -> ScalarBuffer<T> {
            values.shrink_to_fit();
            values.into()
        }
        ReplenishmentColumns {
            rows: RowOffsets::from_lens(self.lens),
            items: column(self.items),
            log_means: column(self.log_means),
            log_sds: column(self.log_sds),
            lapses: column(self.lapses),
            last_bought_on: column(self.last_bought_on),
            last_units: column(self.last_units),
            n_intervals: column(self.n_intervals),
            evidence: column(self.evidence),
            kinds: column(self.kinds),
            exponents: Vec::new().into(),
        }
    }
}
