//! A profile: how much of what a customer did is left, per facet, by two half-lives.

use erbij_core::{Day, EventKind, FacetIdx, ItemIdx, TopicIdx};

use super::facets::Facets;
use super::params::CheckedInterestParams;

/// What is left of a value after some days: `value · 2^(−days / half_life)`. Days may be parts of days.
///
/// ```
/// assert_eq!(erbij_people::decayed(4.0, 60.0, 30.0), 1.0);
/// ```
pub fn decayed(value: f64, days: f64, half_life_days: f64) -> f64 {
    value * (-days / half_life_days).exp2()
}

/// What is left of one after some days: by the short half-life, by the long one.
pub(super) fn left_after(days: f64, params: &CheckedInterestParams) -> [f64; 2] {
    let params = params.params();
    [params.short_half_life_days, params.long_half_life_days].map(|half_life| decayed(1.0, days, half_life))
}

/// How much one customer has to do with one facet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FacetValue {
    /// Which facet.
    pub facet: FacetIdx,
    /// Acts by the short half-life, as of `last_on`.
    pub short: f32,
    /// Acts by the long half-life, as of `last_on`.
    pub long: f32,
    /// The day of the last act.
    pub last_on: Day,
}

impl FacetValue {
    /// The two values as of a day: short, long. Never more than what was stored.
    pub fn at(&self, day: Day, params: &CheckedInterestParams) -> (f64, f64) {
        let days = (f64::from(day.get()) - f64::from(self.last_on.get())).max(0.0);
        let params = params.params();
        (
            decayed(f64::from(self.short), days, params.short_half_life_days),
            decayed(f64::from(self.long), days, params.long_half_life_days),
        )
    }
}

/// What a customer did, as far as it says something of interests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// A line of an order.
    Purchase {
        /// What.
        item: ItemIdx,
    },
    /// Something done on a page.
    Event {
        /// What was done.
        kind: EventKind,
        /// With what.
        item: ItemIdx,
        /// What the event itself says it was about.
        topic: Option<TopicIdx>,
    },
    /// The answer to a question.
    Answer {
        /// What it speaks for.
        facet: FacetIdx,
    },
    /// A preference the customer has stated.
    Stated {
        /// What it speaks for.
        facet: FacetIdx,
    },
}

/// The values of one customer while they grow: `v ← v·2^(−Δ/h) + w`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Growing {
    pub(super) short: f64,
    pub(super) long: f64,
    pub(super) last_on: Day,
}

impl Growing {
    pub(super) fn new(day: Day) -> Self {
        Self { short: 0.0, long: 0.0, last_on: day }
    }

    /// Adds an act. One that comes late, with a day before the last, is decayed itself.
    pub(super) fn add(&mut self, day: Day, weight: f64, params: &CheckedInterestParams) {
        self.add_by(day, weight, |days| left_after(days, params));
    }

    /// The same by what is left after some days, short and long, as a caller knows it.
    pub(super) fn add_by(&mut self, day: Day, weight: f64, left: impl FnOnce(f64) -> [f64; 2]) {
        let days = f64::from(day.get()) - f64::from(self.last_on.get());
        let [short, long] = if days == 0.0 { [1.0; 2] } else { left(days.abs()) };
        if days < 0.0 {
            self.short += weight * short;
            self.long += weight * long;
        } else {
            self.short = self.short * short + weight;
            self.long = self.long * long + weight;
        }
        self.last_on = self.last_on.max(day);
    }

    pub(super) fn value(&self, facet: FacetIdx) -> FacetValue {
        FacetValue { facet, short: self.short as f32, long: self.long as f32, last_on: self.last_on }
    }
}

/// A customer's profile, facets rising: what is stored, and what the next act changes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProfileRow {
    values: Vec<FacetValue>,
}

impl ProfileRow {
    pub(super) fn from_sorted(values: Vec<FacetValue>) -> Self {
        Self { values }
    }

    /// The values, facets rising.
    pub fn values(&self) -> &[FacetValue] {
        &self.values
    }

    /// The value of a facet. O(log facets).
    pub fn find(&self, facet: FacetIdx) -> Option<&FacetValue> {
        let at = self.values.binary_search_by_key(&facet, |value| value.facet).ok()?;
        Some(&self.values[at])
    }

    /// Takes an act in, in time that does not depend on the history: O(facets of the item · facets kept).
    pub(super) fn update(
        &mut self,
        signal: &Signal,
        day: Day,
        facets: &Facets,
        params: &CheckedInterestParams,
    ) {
        each_share(signal, facets, params, |facet, weight| {
            let at = match self.values.binary_search_by_key(&facet, |value| value.facet) {
                Ok(at) => at,
                Err(at) => {
                    self.values.insert(at, Growing::new(day).value(facet));
                    at
                }
            };
            let value = self.values[at];
            let (short, long) = (f64::from(value.short), f64::from(value.long));
            let mut growing = Growing { short, long, last_on: value.last_on };
            growing.add(day, weight, params);
            self.values[at] = growing.value(facet);
        });
        keep_strongest(&mut self.values, day, facets, params);
    }
}

/// What an act adds to which facet. An act that counts nothing adds nothing.
pub(super) fn each_share(
    signal: &Signal,
    facets: &Facets,
    params: &CheckedInterestParams,
    mut each: impl FnMut(FacetIdx, f64),
) {
    let (weight, item, named) = match *signal {
        Signal::Purchase { item } => (params.params().purchase, Some(item), None),
        Signal::Event { kind, item, topic } => {
            let topic = topic.map(|topic| facets.of_topic(topic));
            let topic = topic.filter(|&topic| !facets.has(item, topic));
            (params.weight_of(kind), Some(item), topic)
        }
        Signal::Answer { facet } => (params.params().answer, None, Some(facet)),
        Signal::Stated { facet } => (params.params().stated, None, Some(facet)),
    };
    if weight == 0.0 {
        return;
    }
    for &(facet, share) in item.map_or(&[][..], |item| facets.of_item(item)) {
        each(facet, weight * f64::from(share));
    }
    for (facet, share) in named.map_or_else(Vec::new, |facet| facets.with_families(facet)) {
        each(facet, weight * f64::from(share));
    }
}

/// Leaves the `max_facets` facets of which most is left by the long half-life, equal ones by facet, and all
/// families, since without them no share is known. The facets stay in order.
pub(super) fn keep_strongest(
    values: &mut Vec<FacetValue>,
    day: Day,
    facets: &Facets,
    params: &CheckedInterestParams,
) {
    let max_facets = params.params().max_facets as usize;
    let n_families = values.partition_point(|value| facets.is_family(value.facet));
    if values.len() <= n_families + max_facets {
        return;
    }
    let long = |value: &FacetValue| value.at(day, params).1;
    values[n_families..].sort_by(|a, b| long(b).total_cmp(&long(a)).then(a.facet.cmp(&b.facet)));
    values.truncate(n_families + max_facets);
    values[n_families..].sort_by_key(|value| value.facet);
}
