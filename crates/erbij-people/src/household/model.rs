//! The fitted guess: what each household bought against what the population would have, and what that says.

use arrow_buffer::ScalarBuffer;
use erbij_core::{CustomerIdx, HouseholdKind, ModelError, check_len};

use super::params::CheckedHouseholdParams;

/// What a guess rests on.
#[derive(Clone, Debug, PartialEq)]
pub enum HouseholdEvidence {
    /// The customer has said so.
    Stated,
    /// Order lines of two or more of one item.
    Several {
        /// How many.
        n: u32,
        /// How many the population would have in the same categories.
        expected: f32,
    },
    /// Pack sizes.
    Packs {
        /// How many times as large as the population's in the same categories, by geometric mean.
        ratio: f32,
        /// Over how many order lines.
        n: u32,
    },
    /// Order lines in categories that speak of a kind of household.
    Hint {
        /// The hint's name.
        name: String,
        /// How many.
        n: u32,
        /// How many the population would have among as many lines.
        expected: f32,
    },
}

/// A guess at a household. It is a guess: to be shown as one, and put right by whoever knows better.
#[derive(Clone, Debug, PartialEq)]
pub struct HouseholdGuess {
    /// The likeliest kind, if it is likely enough.
    pub kind: HouseholdKind,
    /// How likely that kind is, of the likeliest where none is likely enough; 1 where it was stated.
    pub probability: f32,
    /// How likely each is: single, couple, family.
    pub probabilities: [f32; 3],
    /// Whether the customer has said so.
    pub is_stated: bool,
    /// What it rests on, in a fixed order; each speaks for or against the kind.
    pub evidence: Vec<HouseholdEvidence>,
}

/// What the three kinds do, against the population: the defaults of the parameters, or learned.
#[derive(Clone, Debug, PartialEq)]
pub struct HouseholdRates {
    /// Shares of the kinds.
    pub prior: [f64; 3],
    /// Lines of several, against the population.
    pub several: [f64; 3],
    /// Logarithm of pack sizes, against the population.
    pub packs: [f64; 3],
    /// Lines a hint, against the population; one row a hint.
    pub hints: Vec<[f64; 3]>,
}

/// The columns of [`Household`], unchecked: one row a customer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HouseholdColumns {
    /// Order lines.
    pub n_lines: ScalarBuffer<u32>,
    /// Lines of two or more.
    pub n_several: ScalarBuffer<u32>,
    /// How many of these the population would have in the same categories.
    pub expected_several: ScalarBuffer<f32>,
    /// Lines in categories whose packs differ in size.
    pub n_packs: ScalarBuffer<u32>,
    /// Their mean logarithm of pack size against the population's in the same category.
    pub pack_shift: ScalarBuffer<f32>,
    /// Lines that give each hint: as many numbers a customer as there are hints.
    pub n_hinted: ScalarBuffer<u32>,
    /// What the customer has said: 0 nothing, else one more than its place in [`HouseholdKind::KNOWN`].
    pub stated: ScalarBuffer<u8>,
}

/// What is known of each customer's household: shape `(n_customers, 6 + n_hints)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Household {
    params: CheckedHouseholdParams,
    rates: HouseholdRates,
    /// Share of the population's lines that give each hint.
    hint_shares: Vec<f32>,
    /// Standard deviation of the logarithm of pack sizes within a category.
    pack_deviation: f32,
    columns: HouseholdColumns,
}

impl Household {
    /// Takes columns as what is known of households. O(customers · hints).
    ///
    /// # Errors
    /// Says which column has a wrong length or which row breaks a rule.
    pub fn new(
        params: CheckedHouseholdParams,
        rates: HouseholdRates,
        hint_shares: Vec<f32>,
        pack_deviation: f32,
        columns: HouseholdColumns,
    ) -> Result<Self, ModelError> {
        let (n_hints, n_customers) = (params.params().hints.len(), columns.n_lines.len());
        check_len("hint_shares", hint_shares.len(), n_hints)?;
        check_len("rates.hints", rates.hints.len(), n_hints)?;
        check_len("n_several", columns.n_several.len(), n_customers)?;
        check_len("expected_several", columns.expected_several.len(), n_customers)?;
        check_len("n_packs", columns.n_packs.len(), n_customers)?;
        check_len("pack_shift", columns.pack_shift.len(), n_customers)?;
        check_len("n_hinted", columns.n_hinted.len(), n_customers * n_hints)?;
        check_len("stated", columns.stated.len(), n_customers)?;
        for row in 0..n_customers {
            if HouseholdKind::KNOWN.len() < usize::from(columns.stated[row]) {
                return Err(ModelError::Row { row, rule: "a stated kind is not known" });
            }
            let n_lines = columns.n_lines[row];
            let hinted = &columns.n_hinted[row * n_hints..(row + 1) * n_hints];
            let counts = [columns.n_several[row], columns.n_packs[row]];
            if counts.iter().chain(hinted).any(|&n| n_lines < n) {
                return Err(ModelError::Row { row, rule: "it counts more lines than there are" });
            }
            let expected = columns.expected_several[row];
            if !(0.0 <= expected && expected.is_finite() && columns.pack_shift[row].is_finite()) {
                return Err(ModelError::Row { row, rule: "a value is below zero or no number" });
            }
        }
        let positive = |numbers: &[f64; 3]| numbers.iter().all(|&x| 0.0 < x && x.is_finite());
        let rates_are_good = rates.prior.iter().all(|share| (0.0..=1.0).contains(share))
            && positive(&rates.several)
            && rates.packs.iter().all(|shift| shift.is_finite())
            && rates.hints.iter().all(positive)
            && hint_shares.iter().all(|share| (0.0..=1.0).contains(share))
            && 0.0 <= pack_deviation
            && pack_deviation.is_finite();
        if !rates_are_good {
            return Err(ModelError::Row { row: 0, rule: "a rate of the kinds is out of range" });
        }
        Ok(Self { params, rates, hint_shares, pack_deviation, columns })
    }

    /// How many customers.
    pub fn n_customers(&self) -> usize {
        self.columns.n_lines.len()
    }

    /// What the kinds do, learned or by default.
    pub fn rates(&self) -> &HouseholdRates {
        &self.rates
    }

    /// The share of the population's lines that give each hint, and the deviation of pack sizes.
    pub fn population(&self) -> (&[f32], f32) {
        (&self.hint_shares, self.pack_deviation)
    }

    /// The columns, as an artifact stores them.
    pub fn columns(&self) -> &HouseholdColumns {
        &self.columns
    }

    /// What the customer has said of his household, where he has.
    pub fn stated(&self, customer: CustomerIdx) -> Option<HouseholdKind> {
        let code = usize::from(self.columns.stated[customer.index()]);
        code.checked_sub(1).map(|at| HouseholdKind::KNOWN[at])
    }

    /// The guess at a customer's household; what he has said wins, and above that what is given here, by whoever
    /// puts the guess right. O(hints).
    ///
    /// Counts are taken as negative binomial: Poisson, with a mean that differs between households of one kind as
    /// a gamma distribution of the given shape does. So a long history does not make a guess certain.
    pub fn guess(&self, customer: CustomerIdx, stated: Option<HouseholdKind>) -> HouseholdGuess {
        let evidence = self.evidence(customer);
        let stated = stated.filter(|&kind| kind != HouseholdKind::Unknown).or(self.stated(customer));
        if let Some(kind) = stated {
            let probabilities = HouseholdKind::KNOWN.map(|known| f32::from(u8::from(known == kind)));
            let evidence = std::iter::once(HouseholdEvidence::Stated).chain(evidence).collect();
            return HouseholdGuess { kind, probability: 1.0, probabilities, is_stated: true, evidence };
        }
        let probabilities = self.probabilities(customer);
        let likeliest =
            (1..3).fold(0, |best, at| if probabilities[best] < probabilities[at] { at } else { best });
        let params = self.params.params();
        let is_known = params.min_lines <= self.columns.n_lines[customer.index()]
            && params.min_probability <= f64::from(probabilities[likeliest]);
        HouseholdGuess {
            kind: if is_known { HouseholdKind::KNOWN[likeliest] } else { HouseholdKind::Unknown },
            probability: probabilities[likeliest],
            probabilities,
            is_stated: false,
            evidence,
        }
    }

    fn n_hinted(&self, customer: usize) -> &[u32] {
        let n_hints = self.hint_shares.len();
        &self.columns.n_hinted[customer * n_hints..(customer + 1) * n_hints]
    }

    fn probabilities(&self, customer: CustomerIdx) -> [f32; 3] {
        let (row, params) = (customer.index(), self.params.params());
        let n_lines = f64::from(self.columns.n_lines[row]);
        let mut logs = [0, 1, 2].map(|kind| {
            let prior = self.rates.prior[kind].ln();
            let expected = f64::from(self.columns.expected_several[row]) * self.rates.several[kind];
            let several = log_count(self.columns.n_several[row], expected, params.several_shape);
            let hints: f64 = self
                .n_hinted(row)
                .iter()
                .zip(&self.hint_shares)
                .zip(&self.rates.hints)
                .map(|((&n, &share), ratios)| {
                    log_count(n, n_lines * f64::from(share) * ratios[kind], params.hint_shape)
                })
                .sum();
            prior + several + hints + self.log_packs(row, kind)
        });
        let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        logs.iter_mut().for_each(|log| *log = (*log - most).exp());
        let sum: f64 = logs.iter().sum();
        logs.map(|weight| (weight / sum) as f32)
    }

    /// The mean shift of pack sizes is normal: households of a kind differ, and lines of a household do.
    fn log_packs(&self, row: usize, kind: usize) -> f64 {
        let n = f64::from(self.columns.n_packs[row]);
        if n == 0.0 {
            return 0.0;
        }
        let spread = self.params.params().pack_spread;
        let variance = spread * spread + f64::from(self.pack_deviation).powi(2) / n;
        let distance = f64::from(self.columns.pack_shift[row]) - self.rates.packs[kind];
        -0.5 * distance * distance / variance
    }

    fn evidence(&self, customer: CustomerIdx) -> Vec<HouseholdEvidence> {
        let row = customer.index();
        let columns = &self.columns;
        let mut evidence = Vec::new();
        if 0.0 < columns.expected_several[row] {
            let (n, expected) = (columns.n_several[row], columns.expected_several[row]);
            evidence.push(HouseholdEvidence::Several { n, expected });
        }
        if 0 < columns.n_packs[row] {
            let ratio = columns.pack_shift[row].exp();
            evidence.push(HouseholdEvidence::Packs { ratio, n: columns.n_packs[row] });
        }
        let hints = self.params.params().hints.iter().zip(self.n_hinted(row)).zip(&self.hint_shares);
        for ((hint, &n), &share) in hints.filter(|(_, share)| 0.0 < **share) {
            let expected = columns.n_lines[row] as f32 * share;
            evidence.push(HouseholdEvidence::Hint { name: hint.name.clone(), n, expected });
        }
        evidence
    }
}

/// The logarithm of a negative binomial probability with this mean and shape, but for what does not depend on
/// the mean: `n·ln(m / (m + k)) − k·ln(1 + m / k)`. With a mean of zero nothing is said.
fn log_count(n: u32, mean: f64, shape: f64) -> f64 {
    if mean == 0.0 {
        return 0.0;
    }
    f64::from(n) * (mean / (mean + shape)).ln() - shape * (mean / shape).ln_1p()
}
