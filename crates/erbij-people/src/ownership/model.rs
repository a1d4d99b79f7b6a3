//! The fitted model: what each customer has, and how he stands to each need on a day.

use arrow_buffer::ScalarBuffer;
use erbij_core::{CustomerIdx, Day, ItemIdx, ModelError, NeedIdx, RowOffsets, StrColumn, check_len};

use super::needs::NO_NEED;
use super::params::CheckedOwnershipParams;

/// The columns of [`Ownership`], unchecked: 12 bytes a need beside its name, 8 an item, 8 a thing held.
#[derive(Clone, Debug, PartialEq)]
pub struct OwnershipColumns {
    /// A need each: what it is called.
    pub need_names: StrColumn,
    /// A need each: how many customers bought in it.
    pub n_buyers: ScalarBuffer<u32>,
    /// A need each: the share of them that buys in it again within a year, 0 to 1.
    pub repeat_shares: ScalarBuffer<f32>,
    /// An item each: the need it answers, or `u32::MAX`.
    pub need_of_items: ScalarBuffer<u32>,
    /// An item each: how long it serves, in days; 0 where one may always want another.
    pub lives_days: ScalarBuffer<u32>,
    /// A row a customer.
    pub rows: RowOffsets,
    /// What he has, rising within a row; each serves for some time.
    pub items: ScalarBuffer<u32>,
    /// When he bought it last.
    pub bought_on: ScalarBuffer<i32>,
    /// A row a customer.
    pub given_rows: RowOffsets,
    /// What he only ever bought for somebody else, rising within a row.
    pub given: ScalarBuffer<u32>,
}

/// What each customer has.
#[derive(Clone, Debug, PartialEq)]
pub struct Ownership {
    params: CheckedOwnershipParams,
    columns: OwnershipColumns,
}

/// What is known of a need.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Need<'a> {
    /// What it is called: the path of a category, or a name of the recipe.
    pub name: &'a str,
    /// How many customers bought in it.
    pub n_buyers: u32,
    /// The share of them that buys in it again within a year.
    pub repeat_share: f32,
}

/// One thing a customer has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holding {
    /// What.
    pub item: ItemIdx,
    /// Since when.
    pub since: Day,
    /// Until when it serves.
    pub ends_on: Day,
}

/// How a thing stands on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HoldingState {
    /// Its time is long over: as if it had never been.
    Over,
    /// Its end is near, or not long past.
    Replaceable,
    /// It serves.
    Held,
}

/// How a customer stands to a need he met: by the thing that meets it best.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// The need.
    pub need: NeedIdx,
    /// The thing.
    pub holding: Holding,
    /// How it stands; never over.
    pub state: HoldingState,
}

impl Ownership {
    /// Takes columns as a model; O(values).
    pub fn new(
        params: CheckedOwnershipParams,
        columns: OwnershipColumns,
        n_items: usize,
    ) -> Result<Self, ModelError> {
        let n_needs = columns.need_names.len();
        check_len("n_buyers", columns.n_buyers.len(), n_needs)?;
        check_len("repeat_share", columns.repeat_shares.len(), n_needs)?;
        check_len("need", columns.need_of_items.len(), n_items)?;
        check_len("life_days", columns.lives_days.len(), n_items)?;
        check_len("items", columns.items.len(), columns.rows.n_values())?;
        check_len("bought_on", columns.bought_on.len(), columns.rows.n_values())?;
        check_len("given", columns.given.len(), columns.given_rows.n_values())?;
        check_len("given rows", columns.given_rows.n_rows(), columns.rows.n_rows())?;
        let broken = |row, rule| Err(ModelError::Row { row, rule });
        if let Some(row) = columns.repeat_shares.iter().position(|share| !(0.0..=1.0).contains(share)) {
            return broken(row, "the share of second purchases is none");
        }
        for (row, (&need, &days)) in columns.need_of_items.iter().zip(&*columns.lives_days).enumerate() {
            if need != NO_NEED && n_needs <= need as usize {
                return broken(row, "its need has no name");
            }
            if need == NO_NEED && days != 0 {
                return broken(row, "it serves for some time but answers no need");
            }
        }
        for row in 0..columns.rows.n_rows() {
            let held = &columns.items[columns.rows.range(row)];
            let given = &columns.given[columns.given_rows.range(row)];
            let rises = |list: &[u32]| {
                list.windows(2).all(|pair| pair[0] < pair[1])
                    && list.last().is_none_or(|&last| (last as usize) < n_items)
            };
            if !rises(held) || !rises(given) {
                return broken(row, "its items do not rise, or lie outside the catalogue");
            }
            if held.iter().any(|&item| columns.lives_days[item as usize] == 0) {
                return broken(row, "what it holds does not last");
            }
        }
        Ok(Self { params, columns })
    }

    /// The columns, as an artifact stores them.
    pub fn columns(&self) -> &OwnershipColumns {
        &self.columns
    }

    /// How many needs.
    pub fn n_needs(&self) -> usize {
        self.columns.need_names.len()
    }

    /// What is known of a need.
    pub fn need(&self, need: NeedIdx) -> Need<'_> {
        Need {
            name: self.columns.need_names.get(need.index()),
            n_buyers: self.columns.n_buyers[need.index()],
            repeat_share: self.columns.repeat_shares[need.index()],
        }
    }

    /// The need an item answers, where it answers one.
    #[inline]
    pub fn need_of(&self, item: ItemIdx) -> Option<NeedIdx> {
        let need = self.columns.need_of_items[item.index()];
        (need != NO_NEED).then(|| NeedIdx::new(need))
    }

    /// How long an item serves, where one who has it needs no other.
    pub fn life_days(&self, item: ItemIdx) -> Option<u32> {
        Some(self.columns.lives_days[item.index()]).filter(|&days| days != 0)
    }

    /// What a customer has or had, by item. O(1), then O(his things).
    pub fn holdings(&self, customer: CustomerIdx) -> impl ExactSizeIterator<Item = Holding> + '_ {
        self.columns.rows.range(customer.index()).map(|at| {
            let item = ItemIdx::new(self.columns.items[at]);
            self.holding(item, Day::new(self.columns.bought_on[at]))
        })
    }

    /// What it is to have an item since a day.
    pub fn holding(&self, item: ItemIdx, since: Day) -> Holding {
        let days = self.life_days(item).unwrap_or(self.params.params().useful_life_days);
        let ends_on = since.get().saturating_add(i32::try_from(days).unwrap_or(i32::MAX));
        Holding { item, since, ends_on: Day::new(ends_on) }
    }

    /// How a thing stands on a day.
    pub fn state(&self, holding: &Holding, today: Day) -> HoldingState {
        let params = self.params.params();
        let life = i64::from(holding.ends_on.get()) - i64::from(holding.since.get());
        let before = i64::from(params.replacement_days).min(life / 4);
        let left = i64::from(holding.ends_on.get()) - i64::from(today.get());
        if before < left {
            HoldingState::Held
        } else if -left <= i64::from(params.replacement_days_after) {
            HoldingState::Replaceable
        } else {
            HoldingState::Over
        }
    }

    /// The needs that things meet on a day, by need: each by what meets it best, which is what serves, then what serves
    /// longest. O(things · log things).
    pub fn needs_met(&self, things: impl IntoIterator<Item = Holding>, today: Day) -> Vec<Held> {
        let met = things.into_iter().filter_map(|holding| {
            let need = self.need_of(holding.item)?;
            let state = self.state(&holding, today);
            (state != HoldingState::Over).then_some(Held { need, holding, state })
        });
        let mut met: Vec<Held> = met.collect();
        let best = |held: &Held| (held.state, held.holding.ends_on, held.holding.since);
        met.sort_unstable_by(|a, b| {
            let by_need = a.need.cmp(&b.need).then_with(|| best(b).cmp(&best(a)));
            by_need.then_with(|| a.holding.item.cmp(&b.holding.item))
        });
        met.dedup_by_key(|held| held.need);
        met
    }

    /// Whether a customer only ever bought an item for somebody else. O(log of his gifts).
    pub fn is_given(&self, customer: CustomerIdx, item: ItemIdx) -> bool {
        let range = self.columns.given_rows.range(customer.index());
        self.columns.given[range].binary_search(&item.get()).is_ok()
    }
}
