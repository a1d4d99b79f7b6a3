//! The fitted replenishment model: what each customer has in use, and when it is due at any day.

use arrow_buffer::ScalarBuffer;
use erbij_core::{
    CustomerIdx, Day, ItemIdx, ModelError, RowOffsets, check_len, statistics::normal::upper_quantile,
    statistics::normal::upper_tail,
};

use crate::replenishment::CheckedReplenishmentParams;
use crate::replenishment::estimate::WINDOW_SHARE;

/// Why something is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum DueKind {
    /// It is used up, as intervals between purchases tell.
    Refill = 0,
    /// A durable has served its useful life.
    Renewal = 1,
    /// A part of known life that customers do replace: enough of them bought it again.
    Maintenance = 2,
}

impl DueKind {
    /// All, by their number.
    pub const ALL: [Self; 3] = [Self::Refill, Self::Renewal, Self::Maintenance];

    /// The spelling in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Refill => "refill",
            Self::Renewal => "renewal",
            Self::Maintenance => "maintenance",
        }
    }
}

/// What the greater part of an estimate rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum DueEvidence {
    /// The customer's own intervals of it.
    Own = 0,
    /// Other customers' intervals of the item, or its known life.
    Item = 1,
    /// Those of its category or one above.
    Category = 2,
    /// Those of everything.
    Global = 3,
}

impl DueEvidence {
    /// All, by their number.
    pub const ALL: [Self; 4] = [Self::Own, Self::Item, Self::Category, Self::Global];

    /// The spelling in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Item => "item",
            Self::Category => "category",
            Self::Global => "global",
        }
    }
}

/// When something is due again, as seen at the start of a day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DueEstimate {
    /// What.
    pub item: ItemIdx,
    /// Why.
    pub kind: DueKind,
    /// The median of the days on which it may be bought, given that it has not been yet and that it will be.
    pub due_on: Day,
    /// First and last day of the central 80 % of them.
    pub window: (Day, Day),
    /// The chance that it is bought within the horizon: `need · [F(t+H) − F(t)] / [1 − F(t)]`, t days after the
    /// last purchase, where `need = (1−d)·[1−F(t)] / ((1−d)·[1−F(t)] + d)` is the chance that it is still
    /// wanted. Fitted with `censor_at = "cutoff"`, d holds customers who left too; a caller who multiplies the
    /// chance that the customer is still there fits with `censor_at = "last_order"`, or leaving counts twice.
    pub probability: f64,
    /// When to tell the customer. See [`Replenishment::due`].
    pub send_on: Day,
    /// Median days from one purchase to the next, for the quantity bought last.
    pub interval_days: f32,
    /// How many intervals of the customer's own stand behind it.
    pub n_intervals: u32,
    /// What the estimate mostly rests on.
    pub evidence: DueEvidence,
}

/// When an item was bought last, and how much of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LastBought {
    /// What.
    pub item: ItemIdx,
    /// When.
    pub on: Day,
    /// How many units: quantity times pack size, above zero.
    pub units: f32,
}

/// The columns of [`Replenishment`], unchecked: one row a customer, a value for each thing that may be due.
#[derive(Clone, Debug, PartialEq)]
pub struct ReplenishmentColumns {
    /// A customer each: where the values lie.
    pub rows: RowOffsets,
    /// What: rising within a row.
    pub items: ScalarBuffer<u32>,
    /// The expected logarithm of the interval in days, for one unit.
    pub log_means: ScalarBuffer<f32>,
    /// The standard deviation of the next interval's logarithm, doubt about the mean included.
    pub log_sds: ScalarBuffer<f32>,
    /// The chance that the last purchase was the last of all, as known on the day itself.
    pub lapses: ScalarBuffer<f32>,
    /// When last.
    pub last_bought_on: ScalarBuffer<i32>,
    /// How many units on that day: quantity times pack size.
    pub last_units: ScalarBuffer<f32>,
    /// How many intervals the customer has.
    pub n_intervals: ScalarBuffer<u32>,
    /// [`DueEvidence`] by number.
    pub evidence: ScalarBuffer<u8>,
    /// [`DueKind`] by number.
    pub kinds: ScalarBuffer<u8>,
    /// An item each: how much longer more lasts, `days ∝ units^exponent`.
    pub exponents: ScalarBuffer<f32>,
}

/// What each customer has in use: shape `(n_customers, n_items)`, 30 bytes a value.
#[derive(Clone, Debug, PartialEq)]
pub struct Replenishment {
    columns: ReplenishmentColumns,
    lead_days: u32,
    give_up_after: f64,
}

impl Replenishment {
    /// Takes columns as a model; O(values). Lengths must agree, items rise within a row and lie in the
    /// catalogue, means lie within ±20, deviations above 0 and at most 20, lapses and exponents from 0 to 1,
    /// units are above 0, codes are known, and the last day is within ten million days of 1970. Of the
    /// parameters, when to remind and when to give up are kept.
    pub fn new(
        columns: ReplenishmentColumns,
        n_items: usize,
        params: &CheckedReplenishmentParams,
    ) -> Result<Self, ModelError> {
        let n_values = columns.rows.n_values();
        for (name, found) in [
            ("items", columns.items.len()),
            ("log_means", columns.log_means.len()),
            ("log_sds", columns.log_sds.len()),
            ("lapses", columns.lapses.len()),
            ("last_bought_on", columns.last_bought_on.len()),
            ("last_units", columns.last_units.len()),
            ("n_intervals", columns.n_intervals.len()),
            ("evidence", columns.evidence.len()),
            ("kinds", columns.kinds.len()),
        ] {
            check_len(name, found, n_values)?;
        }
        check_len("exponents", columns.exponents.len(), n_items)?;
        if let Some(row) = columns.exponents.iter().position(|e| !(0.0..=1.0).contains(e)) {
            return Err(ModelError::Row { row, rule: "an exponent is not from 0 to 1" });
        }
        for row in 0..columns.rows.n_rows() {
            check_row(&columns, row, n_items)?;
        }
        let params = params.params();
        Ok(Self { columns, lead_days: params.lead_days, give_up_after: params.give_up_after })
    }

    /// How many customers have a row, empty or not.
    pub fn n_customers(&self) -> usize {
        self.columns.rows.n_rows()
    }

    /// How many values in all: pairs of customer and item.
    pub fn n_values(&self) -> usize {
        self.columns.rows.n_values()
    }

    /// The columns, as an artifact stores them.
    pub fn columns(&self) -> &ReplenishmentColumns {
        &self.columns
    }

    /// Bytes of what was learned, as an artifact holds it.
    pub fn size_bytes(&self) -> usize {
        30 * self.n_values() + 4 * self.columns.exponents.len()
    }

    /// What a customer may need, seen at the start of `now`; most probable within the horizon first, ties by
    /// item. O(history · log history).
    ///
    /// What was bought on `now` or later counts as bought just now. What has been overdue for longer than
    /// `give_up_after` intervals is left out: it was bought elsewhere or is no longer used.
    ///
    /// `send_on` is `lead_days` before the median, yet not before the window opens, so that a short interval
    /// does not bring a reminder right after the purchase, and never before `now`. Median and window are here
    /// those of the day of the purchase: what is overdue is to be told now, while the median of what is left
    /// moves on with every day and would never be reached.
    pub fn due(&self, customer: CustomerIdx, now: Day, horizon_days: u32) -> Vec<DueEstimate> {
        self.due_with(customer, &[], now, horizon_days)
    }

    /// The same with what was bought since, by item: the interval runs from there, at the pace that was known. What they
    /// buy for the first time has no pace yet, and is not due.
    pub fn due_with(
        &self,
        customer: CustomerIdx,
        since: &[LastBought],
        now: Day,
        horizon_days: u32,
    ) -> Vec<DueEstimate> {
        let range = self.columns.rows.range(customer.index());
        let mut due: Vec<_> = range.filter_map(|at| self.estimate(at, since, now, horizon_days)).collect();
        due.sort_by(|a, b| b.probability.total_cmp(&a.probability).then_with(|| a.item.cmp(&b.item)));
        due
    }

    /// When one thing is due again; none where nothing says so. As [`Self::due`], O(log history).
    pub fn due_of(
        &self,
        customer: CustomerIdx,
        item: ItemIdx,
        since: &[LastBought],
        now: Day,
        horizon_days: u32,
    ) -> Option<DueEstimate> {
        let range = self.columns.rows.range(customer.index());
        let within = self.columns.items[range.clone()].binary_search(&item.get()).ok()?;
        self.estimate(range.start + within, since, now, horizon_days)
    }

    fn estimate(&self, at: usize, since: &[LastBought], now: Day, horizon_days: u32) -> Option<DueEstimate> {
        let columns = &self.columns;
        let item = ItemIdx::new(columns.items[at]);
        let trained =
            LastBought { item, on: Day::new(columns.last_bought_on[at]), units: columns.last_units[at] };
        let newer = since.iter().find(|bought| bought.item == item && trained.on < bought.on);
        let LastBought { on, units, .. } = *newer.unwrap_or(&trained);
        let units = f64::from(units);
        let interval = LogNormal {
            mean: f64::from(columns.log_means[at]) + f64::from(columns.exponents[item.index()]) * units.ln(),
            sd: f64::from(columns.log_sds[at]),
        };
        let last = on.get();
        let elapsed = (i64::from(now.get()) - i64::from(last)).max(0) as f64;
        let interval_days = interval.mean.exp();
        if self.give_up_after * interval_days < elapsed {
            return None;
        }
        // A purchase on day k stands for everything from k − ½ to k + ½.
        let lasted = interval.tail(elapsed - 0.5);
        let by_horizon = interval.tail(elapsed - 0.5 + f64::from(horizon_days));
        let lapse = f64::from(columns.lapses[at]);
        let need = (1.0 - lapse) * lasted / ((1.0 - lapse) * lasted + lapse);
        let day = |days: f64| Day::new(last.saturating_add(days.min(1e8) as i32));
        let residual = |share: f64| day(interval.day_exceeded_by(lasted * (1.0 - share)).max(elapsed));
        let edge = (1.0 - WINDOW_SHARE) / 2.0;
        let planned = day(interval.day_exceeded_by(0.5) - f64::from(self.lead_days));
        let opens = day(interval.day_exceeded_by(1.0 - edge));
        Some(DueEstimate {
            item,
            kind: DueKind::ALL[columns.kinds[at] as usize],
            due_on: residual(0.5),
            window: (residual(edge), residual(1.0 - edge)),
            // Nothing is left of 0 / 0 where the tail has vanished: it was given up long before.
            probability: (need * (1.0 - by_horizon / lasted.max(1e-300))).clamp(0.0, 1.0),
            send_on: planned.max(opens).max(now),
            interval_days: interval_days as f32,
            n_intervals: columns.n_intervals[at] + u32::from(newer.is_some()),
            evidence: DueEvidence::ALL[columns.evidence[at] as usize],
        })
    }
}

/// The distribution of an interval.
#[derive(Clone, Copy)]
struct LogNormal {
    mean: f64,
    sd: f64,
}

impl LogNormal {
    /// The chance to last longer than so many days.
    fn tail(&self, days: f64) -> f64 {
        if 0.0 < days { upper_tail((days.ln() - self.mean) / self.sd) } else { 1.0 }
    }

    /// The first whole day after which no more than this chance is left.
    fn day_exceeded_by(&self, tail: f64) -> f64 {
        ((self.mean + self.sd * upper_quantile(tail)).exp() - 0.5).ceil().max(0.0)
    }
}

fn check_row(columns: &ReplenishmentColumns, row: usize, n_items: usize) -> Result<(), ModelError> {
    let fail = |rule| Err(ModelError::Row { row, rule });
    let range = columns.rows.range(row);
    let items = &columns.items[range.clone()];
    if !items.is_sorted_by(|a, b| a < b) {
        return fail("items do not rise");
    }
    if items.last().is_some_and(|&last| n_items <= last as usize) {
        return fail("an item lies outside the catalogue");
    }
    for at in range {
        if !(-20.0..=20.0).contains(&columns.log_means[at]) {
            return fail("a mean is not within 20 of 0");
        }
        if !(0.0 < columns.log_sds[at] && columns.log_sds[at] <= 20.0) {
            return fail("a deviation is not above 0 and at most 20");
        }
        if !(0.0..=1.0).contains(&columns.lapses[at]) {
            return fail("a lapse is not from 0 to 1");
        }
        if !(0.0 < columns.last_units[at] && columns.last_units[at].is_finite()) {
            return fail("units are not above 0");
        }
        if !(-10_000_000..=10_000_000).contains(&columns.last_bought_on[at]) {
            return fail("a day is not within ten million days of 1970");
        }
        if DueEvidence::ALL.len() <= columns.evidence[at] as usize
            || DueKind::ALL.len() <= columns.kinds[at] as usize
        {
            return fail("a code stands for nothing");
        }
    }
    Ok(())
}
