//! Orders as the models see them: which items were bought together, by whom, when.

mod guests;
#[cfg(test)]
mod tests;

use std::ops::Range;

use crate::{CustomerIdx, Day, ItemIdx, TimeZone, Timestamp};

/// An order before it is laid out in columns; for tests, simulators and small inputs.
#[derive(Clone, Debug)]
pub struct Order {
    /// Who, or nobody known.
    pub customer: Option<CustomerIdx>,
    /// When.
    pub ordered_at: Timestamp,
    /// What was paid, in minor units.
    pub amount_minor: i64,
    /// Items and their quantities; an item that stands twice is summed.
    pub lines: Vec<(ItemIdx, f32)>,
}

/// An item of an order of which nothing was left: all of it was returned or cancelled. So it stands in no basket.
///
/// When it came back is not known of most, so a cut in time goes by when it was ordered, as for lines: these too
/// lack what came back later. Ordered by item, then customer, then instant; 16 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Returned {
    /// What.
    pub item: ItemIdx,
    /// Who; never a guest.
    pub customer: CustomerIdx,
    /// When it was ordered.
    pub ordered_at: Timestamp,
}

/// The columns of [`Baskets`], unchecked. Large inputs are laid out straight into these.
#[derive(Clone, Debug, Default)]
pub struct BasketParts {
    /// How many customers there are; each basket's customer is below it or a guest.
    pub n_customers: usize,
    /// How many items there are; each line's item is below it.
    pub n_items: usize,
    /// A basket each: who.
    pub customers: Vec<CustomerIdx>,
    /// A basket each: when.
    pub ordered_at: Vec<Timestamp>,
    /// A basket each: what was paid for it, in minor units.
    pub amounts_minor: Vec<i64>,
    /// A basket each and one more: where its lines begin.
    pub offsets: Vec<usize>,
    /// A line each: what. Rising within a basket.
    pub items: Vec<ItemIdx>,
    /// A line each: how many, net of returns; above zero.
    pub quantities: Vec<f32>,
    /// The lines that were bought for somebody else, rising.
    pub gift_lines: Vec<usize>,
    /// What customers brought back in full, in order; the same may stand there twice. What guests brought back is
    /// tied to nobody and is not among it.
    pub returned: Vec<Returned>,
    /// The zone of the shop, which tells what day an order is of.
    pub time_zone: TimeZone,
}

/// All purchases, one basket an order, sorted by customer, then instant. Guests come last, by the hour, and orders of one of
/// them ([`Baskets::person`]) stand side by side: who goes along the baskets of an item meets everybody once.
///
/// Columns of shape `(n_baskets)` and `(n_lines)`: 8 bytes a line and 28 a basket. A line stands for one
/// item of one order, so counting a pair once a basket needs no set.
#[derive(Clone, Debug)]
pub struct Baskets {
    parts: BasketParts,
    /// Where the baskets of a customer begin; one more than customers, the last is the first guest.
    customer_offsets: Vec<u32>,
    /// A guest order each: which guest, by number.
    guests: Vec<u32>,
}

/// Why columns are no baskets. A bug of whoever laid them out, not dirt in the data.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum BasketsError {
    /// The columns do not fit each other.
    #[error("the columns of baskets differ in length")]
    Length,
    /// Customers or instants fall.
    #[error("basket {basket} is out of order, or its customer is unknown")]
    Basket {
        /// Its position.
        basket: usize,
    },
    /// A line breaks a rule.
    #[error("line {line} is out of order, outside the catalogue, or has no quantity")]
    Line {
        /// Its position.
        line: usize,
    },
    /// The gifts do not rise, or one is of no line.
    #[error("gift {gift} is out of order, or no line")]
    Gift {
        /// Its position among gifts.
        gift: usize,
    },
    /// The returns fall, or one is of nobody known or nothing in the catalogue.
    #[error("return {returned} is out of order, of no customer, or outside the catalogue")]
    Returned {
        /// Its position among returns.
        returned: usize,
    },
}

impl Baskets {
    /// Takes columns as baskets; O(lines + returns).
    pub fn from_parts(parts: BasketParts) -> Result<Self, BasketsError> {
        let n_baskets = parts.customers.len();
        let fits = parts.ordered_at.len() == n_baskets
            && parts.amounts_minor.len() == n_baskets
            && parts.offsets.len() == n_baskets + 1
            && parts.offsets[0] == 0
            && parts.offsets[n_baskets] == parts.items.len()
            && parts.quantities.len() == parts.items.len();
        if !fits {
            return Err(BasketsError::Length);
        }
        for basket in 0..n_baskets {
            let customer = parts.customers[basket];
            let in_order = basket == 0 || place(&parts, basket - 1) <= place(&parts, basket);
            let known = customer.is_guest() || customer.index() < parts.n_customers;
            if !(in_order && known && parts.offsets[basket] <= parts.offsets[basket + 1]) {
                return Err(BasketsError::Basket { basket });
            }
            let range = parts.offsets[basket]..parts.offsets[basket + 1];
            for line in range.clone() {
                let item = parts.items[line];
                let rises = line == range.start || parts.items[line - 1] < item;
                if !(rises && item.index() < parts.n_items && 0.0 < parts.quantities[line]) {
                    return Err(BasketsError::Line { line });
                }
            }
        }
        let n_lines = parts.items.len();
        let gifts = parts.gift_lines.iter().enumerate();
        let is_wrong = |&(gift, &line): &(usize, &usize)| {
            n_lines <= line || gift.checked_sub(1).is_some_and(|before| line <= parts.gift_lines[before])
        };
        if let Some((gift, _)) = gifts.clone().find(is_wrong) {
            return Err(BasketsError::Gift { gift });
        }
        if let Some(returned) = first_wrong_return(&parts) {
            return Err(BasketsError::Returned { returned });
        }
        let mut customer_offsets = vec![0_u32; parts.n_customers + 1];
        for customer in parts.customers.iter().filter(|customer| !customer.is_guest()) {
            customer_offsets[customer.index() + 1] += 1;
        }
        for customer in 0..parts.n_customers {
            customer_offsets[customer + 1] += customer_offsets[customer];
        }
        let first_guest = customer_offsets[parts.n_customers] as usize;
        let (parts, guests) = guests::put_together(parts, first_guest);
        Ok(Self { parts, customer_offsets, guests })
    }

    /// Lays out orders given one by one; nothing of them came back. O(lines · log lines).
    ///
    /// ```
    /// use erbij_core::{Baskets, CustomerIdx, ItemIdx, Order, Timestamp};
    /// let order = Order {
    ///     customer: Some(CustomerIdx::new(0)),
    ///     ordered_at: Timestamp::from_micros(0),
    ///     amount_minor: 995,
    ///     lines: vec![(ItemIdx::new(1), 1.0), (ItemIdx::new(0), 2.0), (ItemIdx::new(1), 1.0)],
    /// };
    /// let baskets = Baskets::from_orders(1, 2, vec![order]).unwrap();
    /// assert_eq!(baskets.items(0), [ItemIdx::new(0), ItemIdx::new(1)]);
    /// assert_eq!(baskets.quantities(0), [2.0, 2.0]);
    /// ```
    pub fn from_orders(
        n_customers: usize,
        n_items: usize,
        mut orders: Vec<Order>,
    ) -> Result<Self, BasketsError> {
        orders.sort_by_key(|order| (order.customer.unwrap_or(CustomerIdx::GUEST), order.ordered_at));
        let mut parts = BasketParts { n_customers, n_items, offsets: vec![0], ..BasketParts::default() };
        for mut order in orders {
            order.lines.sort_by_key(|&(item, _)| item);
            for of_item in order.lines.chunk_by(|a, b| a.0 == b.0) {
                parts.items.push(of_item[0].0);
                parts.quantities.push(of_item.iter().map(|&(_, quantity)| quantity).sum());
            }
            parts.customers.push(order.customer.unwrap_or(CustomerIdx::GUEST));
            parts.ordered_at.push(order.ordered_at);
            parts.amounts_minor.push(order.amount_minor);
            parts.offsets.push(parts.items.len());
        }
        Self::from_parts(parts)
    }

    /// How many baskets.
    pub fn len(&self) -> usize {
        self.parts.customers.len()
    }

    /// Whether nothing was bought.
    pub fn is_empty(&self) -> bool {
        self.parts.customers.is_empty()
    }

    /// How many customers, with or without baskets; guests are none of them.
    pub fn n_customers(&self) -> usize {
        self.parts.n_customers
    }

    /// How many items, bought or not.
    pub fn n_items(&self) -> usize {
        self.parts.n_items
    }

    /// How many lines in all baskets together.
    pub fn n_lines(&self) -> usize {
        self.parts.items.len()
    }

    /// Which baskets are this customer's, by instant.
    pub fn of_customer(&self, customer: CustomerIdx) -> Range<usize> {
        let customer = customer.index();
        self.customer_offsets[customer] as usize..self.customer_offsets[customer + 1] as usize
    }

    /// Which baskets are guests'.
    pub fn of_guests(&self) -> Range<usize> {
        self.customer_offsets[self.parts.n_customers] as usize..self.len()
    }

    /// Who a basket belongs to.
    #[inline]
    pub fn customer(&self, basket: usize) -> CustomerIdx {
        self.parts.customers[basket]
    }

    /// Who is behind a basket, by number: a customer by their own, and each guest order somebody else, numbered behind
    /// all customers. Guest orders of the very same items within one hour are taken for one person's: a script, a till
    /// test, a form that was sent twice.
    ///
    /// ```
    /// use erbij_core::{Baskets, CustomerIdx, ItemIdx, Order, Timestamp};
    /// let order = |customer: Option<CustomerIdx>| Order {
    ///     customer,
    ///     ordered_at: Timestamp::from_micros(0),
    ///     amount_minor: 0,
    ///     lines: vec![(ItemIdx::new(customer.map_or(0, |_| 1)), 1.0)],
    /// };
    /// let known = Some(CustomerIdx::new(1));
    /// let baskets = Baskets::from_orders(2, 2, [known, known, None, None].map(order).to_vec()).unwrap();
    /// assert_eq!([0, 1, 2, 3].map(|basket| baskets.person(basket)), [1, 1, 2, 2]);
    /// assert_eq!(baskets.n_people(), 3);
    /// ```
    #[inline]
    pub fn person(&self, basket: usize) -> u32 {
        let customer = self.parts.customers[basket];
        if customer.is_guest() {
            self.parts.n_customers as u32 + self.guests[basket - self.of_guests().start]
        } else {
            customer.get()
        }
    }

    /// How many people there are: customers, with or without baskets, and guests.
    pub fn n_people(&self) -> usize {
        self.parts.n_customers + self.guests.iter().max().map_or(0, |&last| last as usize + 1)
    }

    /// When it was ordered.
    #[inline]
    pub fn ordered_at(&self, basket: usize) -> Timestamp {
        self.parts.ordered_at[basket]
    }

    /// The day it was ordered on, in the shop's zone.
    #[inline]
    pub fn ordered_on(&self, basket: usize) -> Day {
        self.day_of(self.ordered_at(basket))
    }

    /// The day an instant falls on in the shop's zone.
    #[inline]
    pub fn day_of(&self, at: Timestamp) -> Day {
        self.parts.time_zone.day_of(at)
    }

    /// The zone of the shop.
    pub fn time_zone(&self) -> &TimeZone {
        &self.parts.time_zone
    }

    /// What was paid for it, in minor units.
    pub fn amount_minor(&self, basket: usize) -> i64 {
        self.parts.amounts_minor[basket]
    }

    /// Its items, rising.
    #[inline]
    pub fn items(&self, basket: usize) -> &[ItemIdx] {
        &self.parts.items[self.parts.offsets[basket]..self.parts.offsets[basket + 1]]
    }

    /// How many of each of its items.
    pub fn quantities(&self, basket: usize) -> &[f32] {
        &self.parts.quantities[self.parts.offsets[basket]..self.parts.offsets[basket + 1]]
    }

    /// Its lines that were bought for somebody else, by their position among its items. O(log gifts), then O(its gifts).
    pub fn gifts(&self, basket: usize) -> impl Iterator<Item = usize> + '_ {
        let (start, end) = (self.parts.offsets[basket], self.parts.offsets[basket + 1]);
        let first = self.parts.gift_lines.partition_point(|&line| line < start);
        let gifts = self.parts.gift_lines[first..].iter().take_while(move |&&line| line < end);
        gifts.map(move |&line| line - start)
    }

    /// What customers brought back of an item in full, by customer, then by when it was ordered. Some of it may have
    /// been ordered after the newest basket. O(log returns).
    ///
    /// ```
    /// use erbij_core::{Baskets, CustomerIdx, ItemIdx, Returned, Timestamp};
    /// let returned = |item| Returned {
    ///     item: ItemIdx::new(item),
    ///     customer: CustomerIdx::new(0),
    ///     ordered_at: Timestamp::from_micros(0),
    /// };
    /// let mut parts = Baskets::from_orders(1, 3, vec![]).unwrap().parts().clone();
    /// parts.returned = vec![returned(0), returned(2), returned(2)];
    /// let baskets = Baskets::from_parts(parts).unwrap();
    /// assert_eq!([0, 1, 2].map(|item| baskets.returns_of(ItemIdx::new(item)).len()), [1, 0, 2]);
    /// ```
    pub fn returns_of(&self, item: ItemIdx) -> &[Returned] {
        let first = self.parts.returned.partition_point(|returned| returned.item < item);
        let from_item = &self.parts.returned[first..];
        &from_item[..from_item.partition_point(|returned| returned.item == item)]
    }

    /// The first and the last instant, where there is a basket; returns are none. O(baskets).
    pub fn window(&self) -> Option<(Timestamp, Timestamp)> {
        let first = self.parts.ordered_at.iter().min()?;
        let last = self.parts.ordered_at.iter().max()?;
        Some((*first, *last))
    }

    /// The baskets and returns whose instant is wanted; customers and items keep their numbers. O(lines + returns).
    pub fn retain(self, is_wanted: impl Fn(Timestamp) -> bool) -> Self {
        self.select(|basket| is_wanted(self.ordered_at(basket)), |returned| is_wanted(returned.ordered_at))
    }

    /// A copy of the baskets wanted, asked for by position, and of the returns wanted, which stand in no basket and
    /// are asked for by themselves. Customers and items keep their numbers. O(lines + returns).
    pub fn select(
        &self,
        is_wanted: impl Fn(usize) -> bool,
        is_wanted_return: impl Fn(&Returned) -> bool,
    ) -> Self {
        let from = &self.parts;
        let mut parts = BasketParts {
            n_customers: from.n_customers,
            n_items: from.n_items,
            offsets: vec![0],
            returned: from.returned.iter().copied().filter(is_wanted_return).collect(),
            time_zone: from.time_zone.clone(),
            ..BasketParts::default()
        };
        for basket in (0..self.len()).filter(|&basket| is_wanted(basket)) {
            let lines = from.offsets[basket]..from.offsets[basket + 1];
            let begins_at = parts.items.len();
            parts.gift_lines.extend(self.gifts(basket).map(|at| begins_at + at));
            parts.customers.push(from.customers[basket]);
            parts.ordered_at.push(from.ordered_at[basket]);
            parts.amounts_minor.push(from.amounts_minor[basket]);
            parts.items.extend_from_slice(&from.items[lines.clone()]);
            parts.quantities.extend_from_slice(&from.quantities[lines]);
            parts.offsets.push(parts.items.len());
        }
        Self::from_parts(parts).expect("leaving baskets out keeps the order of the rest")
    }

    /// The columns.
    pub fn parts(&self) -> &BasketParts {
        &self.parts
    }
}

/// By what baskets rise: customer and instant; of guests the hour, since orders of one guest stand side by side.
fn place(parts: &BasketParts, basket: usize) -> (CustomerIdx, i64) {
    let (customer, at) = (parts.customers[basket], parts.ordered_at[basket]);
    (customer, if customer.is_guest() { guests::hour_of(at) } else { at.micros() })
}

/// Where returns first fall, or are of nobody known or nothing in the catalogue.
fn first_wrong_return(parts: &BasketParts) -> Option<usize> {
    (0..parts.returned.len()).find(|&at| {
        let Returned { item, customer, .. } = parts.returned[at];
        let in_order = at == 0 || parts.returned[at - 1] <= parts.returned[at];
        !(in_order && customer.index() < parts.n_customers && item.index() < parts.n_items)
    })
}
