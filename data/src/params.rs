//! What a simulated shop is made from, and why a shop could not be made.

use std::path::PathBuf;

use serde::Serialize;

/// Days from 1970-01-01 to 2026-01-01. Every shop ends on this day, so that "now" is the same for all.
const END_DAY: i32 = 20_454;

/// What a shop is made from, unchecked.
///
/// | Name | Default | Purpose | Range |
/// |---|---|---|---|
/// | `n_customers` | 2,000 | customers with an account | 1 to `n_lines` |
/// | `n_items` | 600 | items; variants come on top | 40 to 10,000,000 |
/// | `n_lines` | 60,000 | order lines, exactly | at least `n_customers` |
/// | `n_days` | 730 | days of history, up to 2026-01-01 | 30 to 7,300 |
/// | `seed` | 1 | another seed, another shop | any |
/// | `dirt_share` | 0.002 | share of lines spoilt, for each kind of dirt | 0 to 0.01 |
/// | `guest_share` | 0.02 | share of orders without a customer | 0 to 1 |
/// | `events_share` | 0.1 | share of orders whose page views are kept | 0 to 1 |
/// | `declared_share` | 0.3 | share of true relations that the catalogue tells | 0 to 1 |
/// | `returned_relations` | 0 | share of accessory relations of which much comes back | 0 to 1 |
/// | `season` | 0 | how much less every second item is wished for out of its season; at 1 not at all | 0 to 1 |
/// | `habit` | 0 | share of wishes for what the customer bought before | 0 to 0.95 |
/// | `n_categories` | 0 | categories above the leaves; 0 is one for 120 items, at least three | 0 to `n_items` |
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ShopParams {
    /// Customers with an account.
    pub n_customers: u32,
    /// Items, before variants.
    pub n_items: u32,
    /// Order lines, dirt included.
    pub n_lines: u64,
    /// Days of history.
    pub n_days: u32,
    /// The seed of all chance.
    pub seed: u64,
    /// Share of lines that each kind of dirt spoils.
    pub dirt_share: f64,
    /// Share of orders without a customer.
    pub guest_share: f64,
    /// Share of orders whose page views are kept as events.
    pub events_share: f64,
    /// Share of the true relations that stand in the catalogue; the others must be mined.
    pub declared_share: f64,
    /// Share of the accessory relations of which much of what was bought comes back. Whatever it is, nothing else of
    /// the shop changes: the same lines are bought.
    pub returned_relations: f64,
    /// How much less every second item is wished for out of its season; at 1 not at all.
    pub season: f64,
    /// Share of wishes for what the customer bought before.
    pub habit: f64,
    /// Categories above the leaves; 0 is one for 120 items, at least three.
    pub n_categories: u32,
}

impl Default for ShopParams {
    fn default() -> Self {
        Self {
            n_customers: 2_000,
            n_items: 600,
            n_lines: 60_000,
            n_days: 730,
            seed: 1,
            dirt_share: 0.002,
            guest_share: 0.02,
            events_share: 0.1,
            declared_share: 0.3,
            returned_relations: 0.0,
            season: 0.0,
            habit: 0.0,
            n_categories: 0,
        }
    }
}

impl ShopParams {
    /// Accepts parameters a shop can be made from.
    pub fn check(self) -> Result<CheckedShopParams, ShopError> {
        within("n_customers", f64::from(self.n_customers), 1.0, f64::from(u32::MAX / 4))?;
        within("n_items", f64::from(self.n_items), 40.0, 1e7)?;
        within("n_days", f64::from(self.n_days), 30.0, 7_300.0)?;
        within("dirt_share", self.dirt_share, 0.0, 0.01)?;
        within("guest_share", self.guest_share, 0.0, 1.0)?;
        within("events_share", self.events_share, 0.0, 1.0)?;
        within("declared_share", self.declared_share, 0.0, 1.0)?;
        within("returned_relations", self.returned_relations, 0.0, 1.0)?;
        within("season", self.season, 0.0, 1.0)?;
        within("habit", self.habit, 0.0, 0.95)?;
        within("n_categories", f64::from(self.n_categories), 0.0, f64::from(self.n_items))?;
        if self.n_lines < u64::from(self.n_customers) {
            let Self { n_lines, n_customers, .. } = self;
            return Err(ShopError::FewLines { n_lines, n_customers });
        }
        within("n_lines", self.n_lines as f64, 1.0, 1e12)?;
        Ok(CheckedShopParams(self))
    }
}

/// Accepts a number between two others. Not-a-number is between none.
fn within(name: &'static str, found: f64, least: f64, most: f64) -> Result<(), ShopError> {
    if least <= found && found <= most {
        Ok(())
    } else {
        Err(ShopError::OutOfRange { name, found, least, most })
    }
}

/// Parameters a shop can be made from.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct CheckedShopParams(ShopParams);

impl CheckedShopParams {
    /// The parameters.
    pub fn get(&self) -> &ShopParams {
        &self.0
    }

    /// First second of the history, from 1970 on.
    pub(crate) fn starts_at_secs(&self) -> i64 {
        i64::from(self.starts_on()) * 86_400
    }

    /// First second after the history, from 1970 on.
    pub(crate) fn ends_at_secs(&self) -> i64 {
        i64::from(END_DAY) * 86_400
    }

    /// First day of the history, from 1970 on.
    pub(crate) fn starts_on(&self) -> i32 {
        END_DAY - self.0.n_days as i32
    }

    /// Length of the history in days.
    pub(crate) fn days(&self) -> f64 {
        f64::from(self.0.n_days)
    }
}

/// Why a shop could not be simulated.
#[derive(Debug, thiserror::Error)]
pub enum ShopError {
    /// A parameter is out of its range.
    #[error("`{name}` is {found}: expected {least} to {most}")]
    OutOfRange {
        /// Its name.
        name: &'static str,
        /// Its value.
        found: f64,
        /// The least it may be.
        least: f64,
        /// The most it may be.
        most: f64,
    },
    /// Every customer has at least one line.
    #[error("`n_lines` is {n_lines}: expected at least one line for each of {n_customers} customers")]
    FewLines {
        /// Lines asked for.
        n_lines: u64,
        /// Customers asked for.
        n_customers: u32,
    },
    /// The folder holds something else, which is not overwritten.
    #[error("`{}` is not empty and is not a simulated shop: choose another folder", path.display())]
    NotAShop {
        /// The folder.
        path: PathBuf,
    },
    /// A file or folder could not be made, written, read or renamed.
    #[error("cannot write `{}`", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The Parquet writer refused.
    #[error("cannot write Parquet file `{}`", path.display())]
    Parquet {
        /// The file.
        path: PathBuf,
        /// What the writer said.
        source: parquet::errors::ParquetError,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_makes_no_shop_is_refused_by_name() {
        let good = ShopParams::default();
        assert!(good.clone().check().is_ok());
        for (params, expected) in [
            (ShopParams { n_customers: 0, ..good.clone() }, "`n_customers` is 0: expected 1 to 1073741823"),
            (ShopParams { n_items: 39, ..good.clone() }, "`n_items` is 39: expected 40 to 10000000"),
            (ShopParams { n_days: 29, ..good.clone() }, "`n_days` is 29: expected 30 to 7300"),
            (
                ShopParams { returned_relations: 1.5, ..good.clone() },
                "`returned_relations` is 1.5: expected 0 to 1",
            ),
            (ShopParams { habit: 0.96, ..good.clone() }, "`habit` is 0.96: expected 0 to 0.95"),
            (ShopParams { n_categories: 601, ..good.clone() }, "`n_categories` is 601: expected 0 to 600"),
            (ShopParams { dirt_share: f64::NAN, ..good.clone() }, "`dirt_share` is NaN: expected 0 to 0.01"),
            (
                ShopParams { n_lines: 1_999, ..good },
                "`n_lines` is 1999: expected at least one line for each of 2000 customers",
            ),
        ] {
            assert_eq!(params.check().expect_err(expected).to_string(), expected);
        }
    }
}
