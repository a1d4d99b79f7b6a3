//! The fitted model: which needs each customer has looked around for, and how.

use arrow_buffer::ScalarBuffer;
use erbij_core::{CustomerIdx, Day, ItemIdx, ModelError, NeedIdx, RowOffsets, check_len};

use crate::journey::CheckedJourneyParams;
use crate::ownership::Ownership;

/// The columns of [`Orientation`], unchecked: 24 bytes a customer and need looked around for, 8 a customer.
#[derive(Clone, Debug, PartialEq)]
pub struct OrientationColumns {
    /// A row a customer.
    pub rows: RowOffsets,
    /// The needs, rising within a row.
    pub needs: ScalarBuffer<u32>,
    /// Which item he looked at last.
    pub items: ScalarBuffer<u32>,
    /// The first day he looked.
    pub first_on: ScalarBuffer<i32>,
    /// The last day.
    pub last_on: ScalarBuffer<i32>,
    /// How many distinct items he looked at.
    pub n_items: ScalarBuffer<u32>,
    /// On how many days.
    pub n_days: ScalarBuffer<u32>,
}

/// Which needs each customer has looked around for.
#[derive(Clone, Debug, PartialEq)]
pub struct Orientation {
    orientation_days: u32,
    columns: OrientationColumns,
}

/// What a customer looked at of a need, within the recipe's `orientation_days` before the end of the data, and since he
/// bought anything of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Looked {
    /// The need.
    pub need: NeedIdx,
    /// What he looked at last.
    pub item: ItemIdx,
    /// The first day.
    pub first_on: Day,
    /// The last day.
    pub last_on: Day,
    /// How many distinct items, at least 1.
    pub n_items: u32,
    /// On how many days, at least 1.
    pub n_days: u32,
}

/// Something that somebody did with an item that answers a need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NeedAct {
    /// The need.
    pub need: NeedIdx,
    /// With what.
    pub item: ItemIdx,
    /// When.
    pub on: Day,
    /// Whether they ordered it; else they looked at it.
    pub is_purchase: bool,
}

/// Adds a look. An item is another one if it is not what was looked at last.
fn take_look(looked: &mut Vec<Looked>, look: &NeedAct) {
    match looked.iter_mut().find(|looked| looked.need == look.need) {
        Some(looked) => {
            looked.n_items += u32::from(looked.item != look.item);
            looked.n_days += u32::from(looked.last_on != look.on);
            (looked.item, looked.last_on) = (look.item, looked.last_on.max(look.on));
        }
        None => looked.push(Looked {
            need: look.need,
            item: look.item,
            first_on: look.on,
            last_on: look.on,
            n_items: 1,
            n_days: 1,
        }),
    }
}

impl Orientation {
    /// Takes columns as a model of the needs of `ownership`; O(values).
    pub fn new(
        params: &CheckedJourneyParams,
        columns: OrientationColumns,
        ownership: &Ownership,
    ) -> Result<Self, ModelError> {
        let n_values = columns.rows.n_values();
        check_len("needs", columns.needs.len(), n_values)?;
        check_len("items", columns.items.len(), n_values)?;
        check_len("first_on", columns.first_on.len(), n_values)?;
        check_len("last_on", columns.last_on.len(), n_values)?;
        check_len("n_items", columns.n_items.len(), n_values)?;
        check_len("n_days", columns.n_days.len(), n_values)?;
        let orientation = Self { orientation_days: params.params().orientation_days, columns };
        for row in 0..orientation.columns.rows.n_rows() {
            if let Some(rule) = orientation.broken_rule(row, ownership) {
                return Err(ModelError::Row { row, rule });
            }
        }
        Ok(orientation)
    }

    /// The rule that a row breaks, where it breaks one.
    fn broken_rule(&self, row: usize, ownership: &Ownership) -> Option<&'static str> {
        let range = self.columns.rows.range(row);
        if !self.columns.needs[range.clone()].windows(2).all(|pair| pair[0] < pair[1]) {
            return Some("its needs do not rise");
        }
        let need_of_items = &ownership.columns().need_of_items;
        for looked in range.map(|at| self.looked(at)) {
            let answers_it = need_of_items.get(looked.item.index()) == Some(&looked.need.get())
                && looked.need.index() < ownership.n_needs();
            if !answers_it {
                return Some("what was looked at does not answer the need");
            }
            let span = i64::from(looked.last_on.get()) - i64::from(looked.first_on.get());
            let is_span = (0..=i64::from(self.orientation_days)).contains(&span);
            let n_days = i64::from(looked.n_days);
            if !is_span || !(1..=span + 1).contains(&n_days) || (n_days == 1) != (span == 0) {
                return Some("its days are none of so short a time");
            }
            if !(1..=need_of_items.len()).contains(&(looked.n_items as usize)) {
                return Some("it has no such number of items");
            }
        }
        None
    }

    /// The columns, as an artifact stores them.
    pub fn columns(&self) -> &OrientationColumns {
        &self.columns
    }

    /// How many customers.
    pub fn n_customers(&self) -> usize {
        self.columns.rows.n_rows()
    }

    fn looked(&self, at: usize) -> Looked {
        Looked {
            need: NeedIdx::new(self.columns.needs[at]),
            item: ItemIdx::new(self.columns.items[at]),
            first_on: Day::new(self.columns.first_on[at]),
            last_on: Day::new(self.columns.last_on[at]),
            n_items: self.columns.n_items[at],
            n_days: self.columns.n_days[at],
        }
    }

    /// The needs that a customer looks around for on a day, by need: those he last looked at up to that day, and not
    /// longer before than `orientation_days`. Counts are those of training: they do not fall as looks grow old. O(needs).
    pub fn on(&self, customer: CustomerIdx, today: Day) -> impl Iterator<Item = Looked> + '_ {
        self.of(customer).filter(move |looked| self.is_recent(looked, today))
    }

    /// The same with what was done since, oldest first, of a customer or of somebody who was not known. O(needs · acts).
    pub fn on_with(&self, customer: Option<CustomerIdx>, acts: &[NeedAct], today: Day) -> Vec<Looked> {
        let mut looked: Vec<Looked> = customer.into_iter().flat_map(|customer| self.of(customer)).collect();
        let mut bought: Vec<(NeedIdx, Day)> = Vec::new();
        for act in acts {
            if act.is_purchase {
                looked.retain(|looked| looked.need != act.need);
                bought.push((act.need, act.on));
            } else if !bought.contains(&(act.need, act.on)) {
                take_look(&mut looked, act);
            }
        }
        looked.sort_by_key(|looked| looked.need);
        looked.retain(|looked| self.is_recent(looked, today));
        looked
    }

    fn of(&self, customer: CustomerIdx) -> impl Iterator<Item = Looked> + '_ {
        self.columns.rows.range(customer.index()).map(|at| self.looked(at))
    }

    fn is_recent(&self, looked: &Looked, today: Day) -> bool {
        let days = i64::from(today.get()) - i64::from(looked.last_on.get());
        (0..=i64::from(self.orientation_days)).contains(&days)
    }
}
