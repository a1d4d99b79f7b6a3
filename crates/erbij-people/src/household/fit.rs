//! Counts what each household bought, and learns from those who have stated what they are.

use erbij_core::{Baskets, Catalogue, CustomerIdx, HouseholdKind, ItemIdx, Timestamp};

use super::model::{Household, HouseholdColumns, HouseholdRates};
use super::params::CheckedHouseholdParams;

/// What the population does in one category.
#[derive(Clone, Copy, Default)]
struct InCategory {
    n_lines: f64,
    n_several: f64,
    /// Sums of the logarithm of pack sizes and of its square.
    packs: f64,
    packs_squared: f64,
}

/// Counts the lines of every customer up to `cutoff`. `stated` is what customers have said of themselves, one a
/// customer, or nothing at all. Two passes: O(lines + categories · hints).
pub fn fit_household(
    params: &CheckedHouseholdParams,
    baskets: &Baskets,
    catalogue: &Catalogue,
    stated: &[Option<HouseholdKind>],
    cutoff: Timestamp,
) -> Household {
    let n_hints = params.params().hints.len();
    let counting = Counting::new(params, baskets, catalogue, cutoff);
    let n_customers = baskets.n_customers();
    let mut columns = Growing::default();
    for customer in (0..n_customers as u32).map(CustomerIdx::new) {
        counting.count(customer, &mut columns);
    }
    let columns = HouseholdColumns {
        n_lines: columns.n_lines.into(),
        n_several: columns.n_several.into(),
        expected_several: columns.expected_several.into(),
        n_packs: columns.n_packs.into(),
        pack_shift: columns.pack_shift.into(),
        n_hinted: columns.n_hinted.into(),
        stated: (0..n_customers).map(|row| stated_code(stated.get(row).copied().flatten())).collect(),
    };
    let hint_shares: Vec<f32> = counting.hint_shares.iter().map(|&share| share as f32).collect();
    let rates = learn(params, &columns, &hint_shares, stated);
    debug_assert_eq!(columns.n_hinted.len(), n_customers * n_hints);
    Household::new(params.clone(), rates, hint_shares, counting.pack_deviation as f32, columns)
        .expect("made to be valid")
}

/// A kind as the column holds it.
fn stated_code(stated: Option<HouseholdKind>) -> u8 {
    let place = |kind| HouseholdKind::KNOWN.iter().position(|&known| known == kind);
    stated.and_then(place).map_or(0, |place| place as u8 + 1)
}

#[derive(Default)]
struct Growing {
    n_lines: Vec<u32>,
    n_several: Vec<u32>,
    expected_several: Vec<f32>,
    n_packs: Vec<u32>,
    pack_shift: Vec<f32>,
    n_hinted: Vec<u32>,
}

/// The population, and all it takes to set a customer against it.
struct Counting<'a> {
    baskets: &'a Baskets,
    catalogue: &'a Catalogue,
    cutoff: Timestamp,
    /// By category, that of items without one last.
    categories: Vec<InCategory>,
    hints: Vec<Vec<usize>>,
    n_hints: usize,
    hint_shares: Vec<f64>,
    pack_deviation: f64,
}

impl<'a> Counting<'a> {
    fn new(
        params: &CheckedHouseholdParams,
        baskets: &'a Baskets,
        catalogue: &'a Catalogue,
        cutoff: Timestamp,
    ) -> Self {
        let tree = catalogue.categories();
        let path = |number: usize| match number < tree.len() {
            true => tree.path(erbij_core::CategoryIdx::new(number as u32)),
            false => "",
        };
        let n_hints = params.params().hints.len();
        let mut counting = Self {
            baskets,
            catalogue,
            cutoff,
            categories: vec![InCategory::default(); tree.len() + 1],
            hints: (0..=tree.len()).map(|number| params.hints_of(path(number))).collect(),
            n_hints,
            hint_shares: vec![0.0; n_hints],
            pack_deviation: 0.0,
        };
        for basket in 0..baskets.len() {
            counting.add_to_population(basket);
        }
        let n_lines: f64 = counting.categories.iter().map(|category| category.n_lines).sum();
        for (category, hints) in counting.categories.iter().zip(&counting.hints) {
            hints.iter().for_each(|&hint| counting.hint_shares[hint] += category.n_lines / n_lines.max(1.0));
        }
        let within = |of: &InCategory| (of.packs_squared - of.packs * of.packs / of.n_lines).max(0.0);
        let mixed = || counting.categories.iter().filter(|category| category.has_packs());
        let n_mixed: f64 = mixed().map(|category| category.n_lines).sum();
        counting.pack_deviation = (mixed().map(within).sum::<f64>() / n_mixed.max(1.0)).sqrt();
        counting
    }

    fn category(&self, item: ItemIdx) -> usize {
        self.catalogue.category(item).map_or(self.categories.len() - 1, erbij_core::CategoryIdx::index)
    }

    fn lines(&self, basket: usize) -> impl Iterator<Item = (ItemIdx, f32)> + use<'a> {
        let baskets = self.baskets;
        let is_known = baskets.ordered_at(basket) <= self.cutoff;
        let lines = baskets.items(basket).iter().copied().zip(baskets.quantities(basket).iter().copied());
        lines.filter(move |_| is_known)
    }

    fn add_to_population(&mut self, basket: usize) {
        for (item, quantity) in self.lines(basket) {
            let (category, pack) = (self.category(item), f64::from(self.catalogue.pack_size(item)).ln());
            let of = &mut self.categories[category];
            of.n_lines += 1.0;
            of.n_several += f64::from(u8::from(2.0 <= quantity));
            of.packs += pack;
            of.packs_squared += pack * pack;
        }
    }

    fn count(&self, customer: CustomerIdx, columns: &mut Growing) {
        let (mut n_lines, mut n_several, mut n_packs) = (0_u32, 0_u32, 0_u32);
        let (mut expected, mut shift) = (0.0_f64, 0.0_f64);
        let mut n_hinted = vec![0_u32; self.n_hints];
        for (item, quantity) in self.baskets.of_customer(customer).flat_map(|basket| self.lines(basket)) {
            let number = self.category(item);
            let category = &self.categories[number];
            n_lines += 1;
            n_several += u32::from(2.0 <= quantity);
            expected += category.n_several / category.n_lines;
            if category.has_packs() {
                n_packs += 1;
                shift += f64::from(self.catalogue.pack_size(item)).ln() - category.packs / category.n_lines;
            }
            self.hints[number].iter().for_each(|&hint| n_hinted[hint] += 1);
        }
        columns.n_lines.push(n_lines);
        columns.n_several.push(n_several);
        columns.expected_several.push(expected as f32);
        columns.n_packs.push(n_packs);
        columns.pack_shift.push((shift / f64::from(n_packs.max(1))) as f32);
        columns.n_hinted.extend(n_hinted);
    }
}

impl InCategory {
    /// Whether packs of several sizes are bought in it; beyond what rounding makes of equal ones.
    fn has_packs(&self) -> bool {
        let spread = self.packs_squared * self.n_lines - self.packs * self.packs;
        1e-9 * self.packs_squared * self.n_lines < spread
    }
}

/// Replaces the defaults of each kind that enough customers have stated; the shares of kinds where at least two
/// kinds have. A count and its expectation are each raised by one of the population's, so that no rate is zero.
fn learn(
    params: &CheckedHouseholdParams,
    columns: &HouseholdColumns,
    hint_shares: &[f32],
    stated: &[Option<HouseholdKind>],
) -> HouseholdRates {
    let params = params.params();
    let mut rates = HouseholdRates {
        prior: params.prior,
        several: params.several_ratios,
        packs: params.pack_shifts,
        hints: params.hints.iter().map(|hint| hint.ratios).collect(),
    };
    let n_hints = hint_shares.len();
    let mut counts = [0.0; 3];
    for (kind, known) in HouseholdKind::KNOWN.into_iter().enumerate() {
        let rows: Vec<usize> =
            (0..columns.n_lines.len().min(stated.len())).filter(|&row| stated[row] == Some(known)).collect();
        if rows.len() < params.min_stated as usize {
            continue;
        }
        counts[kind] = rows.len() as f64;
        let sum = |of: &dyn Fn(usize) -> f64| rows.iter().map(|&row| of(row)).sum::<f64>();
        let n_several = sum(&|row| f64::from(columns.n_several[row]));
        let expected = sum(&|row| f64::from(columns.expected_several[row]));
        rates.several[kind] = (n_several + 1.0) / (expected + 1.0);
        let with_packs = rows.iter().filter(|&&row| 0 < columns.n_packs[row]);
        let (n, shift) =
            with_packs.fold((0.0, 0.0), |(n, sum), &row| (n + 1.0, sum + f64::from(columns.pack_shift[row])));
        rates.packs[kind] = if n == 0.0 { 0.0 } else { shift / n };
        let n_lines = sum(&|row| f64::from(columns.n_lines[row]));
        for (hint, (&share, ratios)) in hint_shares.iter().zip(&mut rates.hints).enumerate() {
            let n = sum(&|row| f64::from(columns.n_hinted[row * n_hints + hint]));
            ratios[kind] = (n + 1.0) / (n_lines * f64::from(share) + 1.0);
        }
    }
    if 2 <= counts.iter().filter(|&&n| 0.0 < n).count() {
        let all: f64 = counts.iter().sum();
        rates.prior = counts.map(|n| n / all);
    }
    rates
}
