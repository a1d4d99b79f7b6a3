//! Baskets and keysets as the published files hold them.
//!
//! Histories and futures are `{"customer": [[-1], [item, …], …, [-1]]}`, items by number and baskets in the
//! order they were bought; a keyset is `{"item_num": n, "train": ["customer", …], "val": […], "test": […]}`.

use std::collections::BTreeMap;
use std::fmt;

use erbij_core::ItemIdx;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// What customers bought, basket by basket, and the one that came next.
#[derive(Clone, Debug, PartialEq)]
pub struct NextBaskets {
    /// Customers as they stand in the file of histories.
    pub ids: Vec<String>,
    /// A customer each: his baskets, oldest first, items in the order of the file.
    pub histories: Vec<Vec<Vec<ItemIdx>>>,
    /// A customer each: the items of the next basket, rising; empty where there is none.
    pub next: Vec<Vec<ItemIdx>>,
    /// One more than the greatest item.
    pub n_items: usize,
}

/// Which customers are learned from, tuned by and judged: positions in [`NextBaskets`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keyset {
    /// Their next baskets may be learned from.
    pub train: Vec<usize>,
    /// Parameters may be chosen by them.
    pub val: Vec<usize>,
    /// They are judged.
    pub test: Vec<usize>,
}

/// Why a text holds no baskets.
#[derive(Debug, thiserror::Error)]
pub enum NextBasketError {
    /// It is not of the form expected.
    #[error("expected `{expected}`")]
    Json {
        /// The form.
        expected: &'static str,
        /// Where it goes wrong.
        source: serde_json::Error,
    },
    /// A basket holds something that is no item.
    #[error("customer `{customer}`: found `{found}` in a basket, expected item numbers from 0 to 16777215")]
    Item {
        /// Whose basket.
        customer: String,
        /// What stood there.
        found: i64,
    },
    /// A customer of another file has no history.
    #[error("customer `{customer}` is not in the file of histories; expected files of one data set")]
    Unknown {
        /// Who.
        customer: String,
    },
    /// A customer stands in two lists of a keyset, or twice in one.
    #[error("customer `{customer}` stands in the keyset twice; whom is learned from must not be judged")]
    Twice {
        /// Who.
        customer: String,
    },
}

/// The greatest number of an item: boards are as wide as the greatest, and a slip must not fill the memory.
const MAX_ITEM: i64 = (1 << 24) - 1;

const BASKETS: &str = r#"{"customer": [[-1], [item, …], …, [-1]], …}"#;
const KEYSET: &str = r#"{"train": ["customer", …], "val": […], "test": […]}"#;

/// A customer and his rows, as the file has them.
type CustomerRows = (String, Vec<Vec<i64>>);

/// Customers in the order of the file, which decides ties.
struct InOrder(Vec<CustomerRows>);

impl<'de> Deserialize<'de> for InOrder {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Customers;
        impl<'de> Visitor<'de> for Customers {
            type Value = InOrder;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("customers and their baskets")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<InOrder, A::Error> {
                let mut customers = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    customers.push(entry);
                }
                Ok(InOrder(customers))
            }
        }
        deserializer.deserialize_map(Customers)
    }
}

#[derive(Deserialize)]
struct KeysetLists {
    train: Vec<String>,
    val: Vec<String>,
    test: Vec<String>,
}

/// Reads histories and the baskets that came next. A customer without a next basket has an empty one.
///
/// ```
/// use erbij_core::ItemIdx;
/// use erbij_evaluate::protocols::next_basket::parse_next_baskets;
/// let baskets = parse_next_baskets(r#"{"7": [[-1], [4, 0], [4], [-1]]}"#, r#"{"7": [[-1], [2], [-1]]}"#)?;
/// assert_eq!(baskets.histories[0][0], [4, 0].map(ItemIdx::new));
/// assert_eq!((baskets.next[0].len(), baskets.n_items), (1, 5));
/// # Ok::<(), erbij_evaluate::protocols::next_basket::NextBasketError>(())
/// ```
pub fn parse_next_baskets(history: &str, future: &str) -> Result<NextBaskets, NextBasketError> {
    let mut baskets = NextBaskets { ids: Vec::new(), histories: Vec::new(), next: Vec::new(), n_items: 0 };
    for (customer, rows) in parse_customers(history)? {
        let items = baskets_of(&customer, rows)?;
        baskets.ids.push(customer);
        baskets.histories.push(items);
    }
    let mut next = vec![Vec::new(); baskets.ids.len()];
    let positions = baskets.positions()?;
    for (customer, rows) in parse_customers(future)? {
        let Some(&at) = positions.get(customer.as_str()) else {
            return Err(NextBasketError::Unknown { customer });
        };
        let mut items: Vec<ItemIdx> = baskets_of(&customer, rows)?.into_iter().next().unwrap_or_default();
        items.sort_unstable();
        items.dedup();
        next[at] = items;
    }
    baskets.next = next;
    let all = baskets.histories.iter().flatten().chain(&baskets.next).flatten();
    baskets.n_items = all.map(|item| item.index() + 1).max().unwrap_or(0);
    Ok(baskets)
}

/// Reads which customers are learned from and judged.
pub fn parse_keyset(text: &str, baskets: &NextBaskets) -> Result<Keyset, NextBasketError> {
    let lists: KeysetLists =
        serde_json::from_str(text).map_err(|source| NextBasketError::Json { expected: KEYSET, source })?;
    let positions = baskets.positions()?;
    let mut is_taken = vec![false; baskets.ids.len()];
    let mut find = |customers: Vec<String>| -> Result<Vec<usize>, NextBasketError> {
        let mut found = Vec::with_capacity(customers.len());
        for customer in customers {
            let Some(&at) = positions.get(customer.as_str()) else {
                return Err(NextBasketError::Unknown { customer });
            };
            if std::mem::replace(&mut is_taken[at], true) {
                return Err(NextBasketError::Twice { customer });
            }
            found.push(at);
        }
        Ok(found)
    };
    Ok(Keyset { train: find(lists.train)?, val: find(lists.val)?, test: find(lists.test)? })
}

impl NextBaskets {
    fn positions(&self) -> Result<BTreeMap<&str, usize>, NextBasketError> {
        let mut positions = BTreeMap::new();
        for (at, id) in self.ids.iter().enumerate() {
            if positions.insert(id.as_str(), at).is_some() {
                return Err(NextBasketError::Twice { customer: id.clone() });
            }
        }
        Ok(positions)
    }

    /// Customers whose next basket is known, in order.
    pub fn judged(&self) -> Vec<usize> {
        (0..self.ids.len()).filter(|&customer| !self.next[customer].is_empty()).collect()
    }
}

fn parse_customers(text: &str) -> Result<Vec<CustomerRows>, NextBasketError> {
    let customers: InOrder =
        serde_json::from_str(text).map_err(|source| NextBasketError::Json { expected: BASKETS, source })?;
    Ok(customers.0)
}

/// The baskets of a customer, without the marks at both ends.
fn baskets_of(customer: &str, rows: Vec<Vec<i64>>) -> Result<Vec<Vec<ItemIdx>>, NextBasketError> {
    let is_basket = |row: &Vec<i64>| !row.is_empty() && row[..] != [-1];
    let item = |found: i64| match found {
        0..=MAX_ITEM => Ok(ItemIdx::new(found as u32)),
        _ => Err(NextBasketError::Item { customer: customer.to_owned(), found }),
    };
    let basket = |row: Vec<i64>| row.into_iter().map(item).collect();
    rows.into_iter().filter(is_basket).map(basket).collect()
}
