//! The fitted interests: a profile a customer, and what sets it apart from the population.

use arrow_buffer::ScalarBuffer;
use erbij_core::{
    Catalogue, CustomerIdx, Day, FacetIdx, Histories, ItemIdx, ModelError, Purchase, RowOffsets, StrColumn,
    check_len,
};

use super::facets::{FacetKind, Facets};
use super::params::CheckedInterestParams;
use super::profile::{FacetValue, ProfileRow, Signal};

/// The columns of [`Interest`], unchecked, as an artifact stores them.
#[derive(Clone, Debug, PartialEq)]
pub struct InterestColumns {
    /// A facet each: [`FacetKind`] by number.
    pub facet_kinds: ScalarBuffer<u8>,
    /// A facet each: its name.
    pub facet_names: StrColumn,
    /// A facet each: its share of what all people do with its family; above 0, at most 1.
    pub population_shares: ScalarBuffer<f32>,
    /// A row a customer.
    pub rows: RowOffsets,
    /// Facets by number, rising within a row.
    pub facets: ScalarBuffer<u32>,
    /// Acts by the short half-life, as of `last_on`.
    pub short: ScalarBuffer<f32>,
    /// Acts by the long half-life, as of `last_on`.
    pub long: ScalarBuffer<f32>,
    /// The day of the last act, counted from 1970-01-01.
    pub last_on: ScalarBuffer<i32>,
}

/// Whether an interest grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trend {
    /// More of late than it used to be.
    Rising,
    /// As it used to be.
    Steady,
    /// Less of late than it used to be.
    Fading,
}

impl Trend {
    /// The spelling in answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rising => "rising",
            Self::Steady => "steady",
            Self::Fading => "fading",
        }
    }
}

/// An interest of a customer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CustomerInterest {
    /// In what.
    pub facet: FacetIdx,
    /// What is left of the acts by the short half-life.
    pub short: f32,
    /// The same by the long half-life.
    pub long: f32,
    /// How far the customer's share lies above the population's, in natural logarithms.
    pub log_ratio: f32,
    /// Whether it grows.
    pub trend: Trend,
}

impl CustomerInterest {
    /// What interests are ordered by: acts times log-ratio, which is how much likelier the customer's habits make
    /// these acts than the population's do.
    pub fn strength(&self) -> f32 {
        self.long * self.log_ratio
    }
}

/// An interest with all there is to say of it.
#[derive(Clone, Debug, PartialEq)]
pub struct ExplainedInterest<'a> {
    /// The interest.
    pub interest: CustomerInterest,
    /// What kind of thing it is in.
    pub kind: FacetKind,
    /// What that is called.
    pub name: &'a str,
    /// Purchases it rests on, newest first; none where it rests on what was only looked at or said.
    pub evidence: Vec<Purchase>,
}

/// What each customer cares about: shape `(n_customers, n_facets)`, 16 bytes a facet kept.
///
/// With `v` the acts of a customer with facet `c`, decayed, `V` those with its whole family, `p` the share of the
/// population and `α` the strength of the prior, the log-ratio is `ln((v + α·p) / ((V + α)·p))`: the posterior
/// mean of the customer's share under a Dirichlet prior with the population's shares, against the population's.
#[derive(Clone, Debug, PartialEq)]
pub struct Interest {
    params: CheckedInterestParams,
    facets: Facets,
    columns: InterestColumns,
}

impl Interest {
    /// Takes columns as the interests of a catalogue's customers. O(values + items).
    ///
    /// # Errors
    /// Says which column has a wrong length, or which row breaks which rule: facets that are not the catalogue's,
    /// shares outside (0, 1], facets that do not rise, values below zero.
    pub fn new(
        params: CheckedInterestParams,
        columns: InterestColumns,
        catalogue: &Catalogue,
    ) -> Result<Self, ModelError> {
        let facets = Facets::of_catalogue(catalogue);
        Self::with_facets(params, columns, facets)
    }

    pub(super) fn with_facets(
        params: CheckedInterestParams,
        columns: InterestColumns,
        facets: Facets,
    ) -> Result<Self, ModelError> {
        let (kinds, names) = facets.columns();
        check_len("facet_kinds", columns.facet_kinds.len(), facets.len())?;
        check_len("facet_names", columns.facet_names.len(), facets.len())?;
        check_len("population_shares", columns.population_shares.len(), facets.len())?;
        for row in 0..facets.len() {
            let same = columns.facet_kinds[row] == kinds[row]
                && columns.facet_names.bytes_of(row) == names.bytes_of(row);
            let share = columns.population_shares[row];
            if !same {
                return Err(ModelError::Row { row, rule: "a facet is not the catalogue's" });
            }
            if !(0.0 < share && share <= 1.0) {
                return Err(ModelError::Row { row, rule: "a share of the population lies outside (0, 1]" });
            }
        }
        let n_values = columns.rows.n_values();
        check_len("facets", columns.facets.len(), n_values)?;
        check_len("short", columns.short.len(), n_values)?;
        check_len("long", columns.long.len(), n_values)?;
        check_len("last_on", columns.last_on.len(), n_values)?;
        let is_value = |value: &f32| 0.0 <= *value && value.is_finite();
        for row in 0..columns.rows.n_rows() {
            let range = columns.rows.range(row);
            let of_row = &columns.facets[range.clone()];
            let known = of_row.last().is_none_or(|&last| (last as usize) < facets.len());
            if !(known && of_row.windows(2).all(|pair| pair[0] < pair[1])) {
                return Err(ModelError::Row { row, rule: "facets do not rise, or are none" });
            }
            if !(columns.short[range.clone()].iter().all(is_value)
                && columns.long[range].iter().all(is_value))
            {
                return Err(ModelError::Row { row, rule: "a value is below zero or no number" });
            }
        }
        Ok(Self { params, facets, columns })
    }

    /// How many customers.
    pub fn n_customers(&self) -> usize {
        self.columns.rows.n_rows()
    }

    /// What one can be interested in.
    pub fn facets(&self) -> &Facets {
        &self.facets
    }

    /// The parameters it was fitted with.
    pub fn params(&self) -> &CheckedInterestParams {
        &self.params
    }

    /// The columns, as an artifact stores them.
    pub fn columns(&self) -> &InterestColumns {
        &self.columns
    }

    /// The share of all people's acts within a family that are with this facet.
    pub fn population_share(&self, facet: FacetIdx) -> f32 {
        self.columns.population_shares[facet.index()]
    }

    /// A customer's profile, to be scored or updated. O(facets of the customer).
    pub fn profile(&self, customer: CustomerIdx) -> ProfileRow {
        let columns = &self.columns;
        let value = |at: usize| FacetValue {
            facet: FacetIdx::new(columns.facets[at]),
            short: columns.short[at],
            long: columns.long[at],
            last_on: Day::new(columns.last_on[at]),
        };
        ProfileRow::from_sorted(columns.rows.range(customer.index()).map(value).collect())
    }

    /// Takes an act into a profile: `v ← v·2^(−Δ/h) + w` for each facet it touches. The model itself stays as it
    /// is. O(facets of the item · facets kept), whatever the history.
    pub fn update(&self, profile: &mut ProfileRow, signal: &Signal, on: Day) {
        profile.update(signal, on, &self.facets, &self.params);
    }

    /// The interests of a customer, strongest first, ties by facet: see [`Interest::of_profile`].
    pub fn of(&self, customer: CustomerIdx, now: Day) -> Vec<CustomerInterest> {
        self.of_profile(&self.profile(customer), now)
    }

    /// The interests in a profile, strongest first, ties by facet.
    ///
    /// A facet is an interest if enough is left of the acts and the log-ratio is high enough. Of a category and
    /// one below it that holds nearly all of its acts, only the one below is told. O(facets · log facets).
    pub fn of_profile(&self, profile: &ProfileRow, now: Day) -> Vec<CustomerInterest> {
        let params = self.params.params();
        let candidates = profile.values().iter().filter(|value| !self.facets.is_family(value.facet));
        let mut interests: Vec<CustomerInterest> = candidates
            .map(|value| self.interest(profile, value, now))
            .filter(|interest| {
                params.min_evidence <= f64::from(interest.long)
                    && params.min_log_ratio <= f64::from(interest.log_ratio)
            })
            .collect();
        let told_below: Vec<(FacetIdx, f32)> = interests
            .iter()
            .filter_map(|interest| Some((self.facets.parent(interest.facet)?, interest.long)))
            .collect();
        interests.retain(|interest| {
            let nearly_all = NEARLY_ALL * interest.long;
            !told_below.iter().any(|&(parent, long)| parent == interest.facet && nearly_all <= long)
        });
        interests.sort_by(|a, b| b.strength().total_cmp(&a.strength()).then(a.facet.cmp(&b.facet)));
        interests
    }

    fn interest(&self, profile: &ProfileRow, value: &FacetValue, now: Day) -> CustomerInterest {
        let (short, long) = value.at(now, &self.params);
        let family = profile.find(self.facets.family(value.facet));
        let whole = family.map_or(0.0, |family| family.at(now, &self.params).1);
        CustomerInterest {
            facet: value.facet,
            short: short as f32,
            long: long as f32,
            log_ratio: self.log_ratio(long, whole, self.population_share(value.facet)) as f32,
            trend: self.trend(short, long),
        }
    }

    /// `ln((v + α·p) / ((V + α)·p))`.
    fn log_ratio(&self, acts: f64, whole: f64, share: f32) -> f64 {
        let (prior, share) = (self.params.params().prior_strength, f64::from(share));
        // Rounding and facets that were dropped may leave a whole that is less than its part.
        ((acts + prior * share) / ((whole.max(acts) + prior) * share)).ln()
    }

    /// Of acts at a steady pace the short value is `h_short / h_long` of the long one. Half an act is added to
    /// both sides, so that one act or none is no trend.
    fn trend(&self, short: f64, long: f64) -> Trend {
        const DAMPING: f64 = 0.5;
        let params = self.params.params();
        let expected = long * params.short_half_life_days / params.long_half_life_days;
        let pace = (short + DAMPING) / (expected + DAMPING);
        if params.trend_ratio < pace {
            Trend::Rising
        } else if pace < 1.0 / params.trend_ratio {
            Trend::Fading
        } else {
            Trend::Steady
        }
    }

    /// What an interest rests on: the items with this facet that the customer bought, newest first, ties by item.
    pub fn evidence(&self, histories: &Histories, customer: CustomerIdx, facet: FacetIdx) -> Vec<Purchase> {
        let mut evidence: Vec<Purchase> =
            histories.purchases(customer).filter(|purchase| self.facets.has(purchase.item, facet)).collect();
        evidence.sort_by_key(|purchase| (std::cmp::Reverse(purchase.last_bought_on), purchase.item));
        evidence
    }

    /// The interests of a customer with the name of each and the newest `n_evidence` purchases it rests on: all that
    /// a page or a printout needs. O(facets · items of the customer).
    pub fn explained(
        &self,
        histories: &Histories,
        customer: CustomerIdx,
        now: Day,
        n_evidence: usize,
    ) -> Vec<ExplainedInterest<'_>> {
        let explain = |interest: CustomerInterest| {
            let mut evidence = self.evidence(histories, customer, interest.facet);
            evidence.truncate(n_evidence);
            let (kind, name) = (self.facets.kind(interest.facet), self.facets.name(interest.facet));
            ExplainedInterest { interest, kind, name, evidence }
        };
        self.of(customer, now).into_iter().map(explain).collect()
    }

    /// Makes ready to score items for a profile. O(facets of the profile).
    pub fn scorer(&self, profile: &ProfileRow, now: Day) -> InterestScorer<'_> {
        let log_ratio = |value: &FacetValue| {
            let interest = self.interest(profile, value, now);
            (value.facet, f64::from(interest.log_ratio))
        };
        let known = profile.values().iter().filter(|value| !self.facets.is_family(value.facet));
        let families = profile.values().iter().filter(|value| self.facets.is_family(value.facet));
        let untouched = |value: &FacetValue| {
            let whole = value.at(now, &self.params).1;
            // With no acts the share cancels: ln(α / (V + α)).
            (value.facet, self.log_ratio(0.0, whole, 1.0))
        };
        InterestScorer {
            interest: self,
            known: known.map(log_ratio).collect(),
            untouched: families.map(untouched).collect(),
        }
    }
}

/// A category is left out where one below it holds this share of its acts.
const NEARLY_ALL: f32 = 0.8;

/// Scores items by one customer's interests.
#[derive(Clone, Debug)]
pub struct InterestScorer<'a> {
    interest: &'a Interest,
    /// Log-ratios of the profile's facets, rising by facet.
    known: Vec<(FacetIdx, f64)>,
    /// By family, the log-ratio of a facet that was never touched.
    untouched: Vec<(FacetIdx, f64)>,
}

impl InterestScorer<'_> {
    /// How much an item is to the customer's taste: the mean log-ratio of its categories of all levels, of its
    /// brand and of its topics, each by the weight of its kind. 0 for an item without facets, and for a customer of
    /// whom nothing is known. O(facets of the item · log facets of the customer).
    pub fn score_item(&self, item: ItemIdx) -> f32 {
        let facets = &self.interest.facets;
        let params = self.interest.params.params();
        let mut sums = [(0.0, 0.0); FacetKind::ALL.len()];
        for &(facet, _) in facets.of_item(item) {
            if facets.is_family(facet) {
                continue;
            }
            let find = |of: &[(FacetIdx, f64)], facet: FacetIdx| {
                of.binary_search_by_key(&facet, |&(facet, _)| facet).ok().map(|at| of[at].1)
            };
            let log_ratio = find(&self.known, facet).or_else(|| find(&self.untouched, facets.family(facet)));
            let (sum, n) = &mut sums[facets.kind(facet) as usize];
            *sum += log_ratio.unwrap_or(0.0);
            *n += 1.0;
        }
        let weights = [0.0, params.category_weight, params.brand_weight, params.topic_weight];
        let parts = sums.into_iter().zip(weights).filter(|((_, n), _)| 0.0 < *n);
        parts.map(|((sum, n), weight)| weight * sum / n).sum::<f64>() as f32
    }
}
