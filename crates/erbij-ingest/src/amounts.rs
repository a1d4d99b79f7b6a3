//! How many of what a line holds, what that costs, and what became of it: the third of the tasks that read orders.

use arrow_array::ArrayRef;
use erbij_core::Money;

use crate::left_out::Verdict;
use crate::lines::{
    IS_CANCELLATION, IS_GIFT, NEGATIVE_PRICE, NO_PRICE, NO_QUANTITY, OTHER_CURRENCY, Overdrawn,
    PARTLY_RETURNED, RETURNED,
};
use crate::meaning::{AmountOf, Meaning};
use crate::names::orders as column;
use crate::table::Table;
use crate::values::{Currencies, Flag, Flags, InCurrency, Numbers, Price, Prices, Unread};
use crate::{IngestError, Settings};

/// What was read: the columns of [`crate::lines::Lines`] that it fills.
pub(crate) struct HowMany {
    pub(crate) quantities: Vec<f32>,
    pub(crate) amounts: Vec<i64>,
    pub(crate) flags: Vec<u8>,
    pub(crate) returned: Vec<(u32, f32)>,
    /// A row each, whether its order came to nothing; empty where nothing is said of that.
    pub(crate) states: Vec<Verdict>,
    /// Rows that name no currency, where others do, rising.
    pub(crate) no_currency: Vec<u32>,
    /// Rows whose discount is larger than themselves, rising.
    pub(crate) overdrawn: Vec<Overdrawn>,
    pub(crate) hints: Vec<String>,
}

/// The columns that are asked for.
const WANTED: [usize; 8] = [
    column::QUANTITY,
    column::PRICE,
    column::RETURNED_QUANTITY,
    column::IS_CANCELLATION,
    column::CURRENCY,
    column::IS_GIFT,
    column::IS_CANCELLED,
    column::DISCOUNT,
];

/// The readers of the columns, and room for the values of a batch.
struct Readers {
    quantities: Numbers,
    prices: Prices,
    returned: Numbers,
    cancellations: Flags,
    currencies: Currencies,
    gifts: Flags,
    cancelled: Flags,
    discounts: Prices,
}

/// The values of a batch's column. What a table lacks is filled in once and not again for every batch.
struct Column<T> {
    values: Vec<T>,
    nothing: T,
    is_absent: bool,
}

impl<T: Copy> Column<T> {
    fn new(nothing: T) -> Self {
        Self { values: Vec::new(), nothing, is_absent: true }
    }

    fn read(
        &mut self,
        column: Option<&ArrayRef>,
        n_rows: usize,
        read: impl FnOnce(Option<&ArrayRef>, usize, &mut Vec<T>) -> Result<(), String>,
    ) -> Result<(), String> {
        if column.is_none() && self.is_absent {
            if self.values.len() < n_rows {
                self.values.resize(n_rows, self.nothing);
            }
            return Ok(());
        }
        self.values.clear();
        self.is_absent = column.is_none();
        read(column, n_rows, &mut self.values)
    }
}

struct Values {
    quantity: Column<f64>,
    price: Column<f64>,
    returned: Column<f64>,
    cancellation: Column<Flag>,
    currency: Column<InCurrency>,
    gift: Column<Flag>,
    cancelled: Column<Flag>,
    discount: Column<f64>,
}

impl Values {
    fn new() -> Self {
        Self {
            quantity: Column::new(f64::NAN),
            price: Column::new(f64::NAN),
            returned: Column::new(f64::NAN),
            cancellation: Column::new(Flag::Nothing),
            currency: Column::new(InCurrency::Nothing),
            gift: Column::new(Flag::Nothing),
            cancelled: Column::new(Flag::Nothing),
            discount: Column::new(f64::NAN),
        }
    }
}

/// Reads the columns. O(rows).
pub(crate) fn read(table: &Table, settings: &Settings) -> Result<HowMany, IngestError> {
    let mut read = HowMany {
        quantities: table.room()?,
        amounts: table.room()?,
        flags: table.room()?,
        returned: Vec::new(),
        states: Vec::new(),
        no_currency: Vec::new(),
        overdrawn: Vec::new(),
        hints: Vec::new(),
    };
    let meaning = |name: &str| table.meaning(name);
    let mut readers = Readers {
        quantities: Numbers::new(),
        prices: Prices::new(settings.currency),
        returned: Numbers::new(),
        cancellations: Flags::of_cancellations(meaning("is_cancellation")),
        currencies: Currencies::new(settings.currency),
        gifts: Flags::new(meaning("is_gift")),
        cancelled: Flags::of_orders(meaning("is_cancelled")),
        discounts: Prices::new(settings.currency),
    };
    let pricing = Pricing::new(settings, meaning("price"), meaning("discount"));
    // A column that the whole table lacks is not missing in any row.
    let of_absent = |position, flag| if table.has(position) { 0 } else { flag };
    let mask = !(of_absent(column::QUANTITY, NO_QUANTITY) | of_absent(column::PRICE, NO_PRICE));
    let has_currency = table.has(column::CURRENCY);
    let has_states = table.has(column::IS_CANCELLED) || table.has(column::IS_CANCELLATION);
    let mut values = Values::new();
    table.scan(&WANTED, |batch| {
        readers.read(&batch.columns, batch.n_rows, &mut values)?;
        for row in 0..batch.n_rows {
            let at = read.quantities.len() as u32;
            let mut line = values.line(row, &pricing);
            if has_currency && values.currency.values[row] == InCurrency::Nothing {
                read.no_currency.push(at);
            }
            // An order that was cancelled came to nothing; what was bought of the item before stays bought.
            if has_states {
                let (state, cancellation) = (values.cancelled.values[row], values.cancellation.values[row]);
                let is_nothing = matches!(state, Flag::Yes | Flag::CameToNothing);
                read.states.push(Verdict {
                    is_left_out: is_nothing || cancellation == Flag::CameToNothing,
                    is_said: state != Flag::Nothing || cancellation == Flag::CameToNothing,
                });
            }
            line.flags |= if values.cancellation.values[row] == Flag::Yes { IS_CANCELLATION } else { 0 };
            line.flags |= if values.gift.values[row] == Flag::Yes { IS_GIFT } else { 0 };
            if line.flags & (RETURNED | PARTLY_RETURNED) != 0 {
                read.returned.push((at, line.returned));
            }
            if line.amount == 0 && pricing.takes_amounts() {
                let overdrawn = pricing.overdrawn(at, values.numbers(row), &line);
                read.overdrawn.extend(overdrawn);
            }
            read.quantities.push(line.quantity);
            read.amounts.push(line.amount);
            read.flags.push(line.flags & mask);
        }
        Ok(())
    })?;
    readers.judge(table)?;
    read.hints = readers.hints(table);
    Ok(read)
}

impl Readers {
    fn read(
        &mut self,
        columns: &[Option<ArrayRef>],
        n_rows: usize,
        values: &mut Values,
    ) -> Result<(), String> {
        let of = |at: usize| columns[at].as_ref();
        values.quantity.read(of(0), n_rows, |column, n, out| self.quantities.read(column, n, out))?;
        values.price.read(of(1), n_rows, |column, n, out| self.prices.read(column, n, out))?;
        values.returned.read(of(2), n_rows, |column, n, out| self.returned.read(column, n, out))?;
        values.cancellation.read(of(3), n_rows, |column, n, out| self.cancellations.read(column, n, out))?;
        values.currency.read(of(4), n_rows, |column, n, out| self.currencies.read(column, n, out))?;
        values.gift.read(of(5), n_rows, |column, n, out| self.gifts.read(column, n, out))?;
        values.cancelled.read(of(6), n_rows, |column, n, out| self.cancelled.read(column, n, out))?;
        values.discount.read(of(7), n_rows, |column, n, out| self.discounts.read(column, n, out))
    }

    /// Refuses a flag that the settings name and of which no word is understood.
    fn judge(&self, table: &Table) -> Result<(), IngestError> {
        for (name, flags) in [
            ("is_cancellation", &self.cancellations),
            ("is_gift", &self.gifts),
            ("is_cancelled", &self.cancelled),
        ] {
            if table.meaning(name).is_some() {
                table.refuse_unread(name, &flags.unread)?;
            }
        }
        Ok(())
    }

    fn hints(&self, table: &Table) -> Vec<String> {
        let unread: [(&str, &Unread, &str); 8] = [
            ("quantity", &self.quantities.unread, "counted as one"),
            ("price", &self.prices.unread, "no price"),
            ("returned_quantity", &self.returned.unread, "nothing came back"),
            ("is_cancellation", &self.cancellations.unread, "no cancellation"),
            ("currency", &self.currencies.unread, "another currency, and the price is ignored"),
            ("is_gift", &self.gifts.unread, "no gift"),
            (
                "is_cancelled",
                &self.cancelled.unread,
                "a purchase; if not, name the words in erbij.toml: [tables.orders.columns] is_cancelled = { column = \"…\", yes = [\"…\"] }",
            ),
            ("discount", &self.discounts.unread, "no discount"),
        ];
        let told = |(name, unread, consequence): (&str, &Unread, &str)| {
            unread.told(table.columns.get(name)?, consequence)
        };
        unread.into_iter().filter_map(told).collect()
    }
}

/// What the prices of a table mean.
struct Pricing<'a> {
    settings: &'a Settings,
    is_of_line: bool,
    /// From the unit of the column to major units with tax.
    scale: f64,
    discount: Option<(AmountOf, f64)>,
    /// Whether nothing is said of prices.
    is_as_written: bool,
}

impl<'a> Pricing<'a> {
    fn new(settings: &'a Settings, price: Option<&Meaning>, discount: Option<&Meaning>) -> Self {
        let is_of_line = price.is_some_and(|price| price.is == Some(AmountOf::LineTotal));
        let scale = price.map_or(1.0, |price| price.to_major(settings.currency));
        let unit = |discount: &Meaning| discount.unit_in_major(settings.currency);
        Self {
            settings,
            is_of_line,
            scale,
            discount: discount.map(|said| (said.is.unwrap_or(AmountOf::Amount), unit(said))),
            is_as_written: !is_of_line && scale == 1.0 && discount.is_none(),
        }
    }

    /// What one piece costs, in major units.
    #[inline]
    fn of_piece(&self, price: f64, quantity: f64, discount: f64) -> f64 {
        if self.is_as_written { price } else { self.meant(price, quantity, discount) }
    }

    fn meant(&self, price: f64, quantity: f64, discount: f64) -> f64 {
        let pieces = if quantity.is_finite() && quantity != 0.0 { quantity.abs() } else { 1.0 };
        let mut piece = price * self.scale;
        if self.is_of_line {
            piece /= pieces;
        }
        let Some((of, unit)) = self.discount.filter(|_| discount.is_finite()) else { return piece };
        let less = match of {
            AmountOf::Percent => piece * discount / 100.0,
            AmountOf::Share => piece * discount,
            _ => discount.abs() * unit / pieces,
        };
        // Money given back stays what it is; a discount takes no more than there is of the line ([`Overdrawn`]).
        if piece < 0.0 { piece } else { (piece - less).max(0.0) }
    }

    /// Whether a discount may be larger than its line.
    fn takes_amounts(&self) -> bool {
        self.discount.is_some_and(|(of, _)| !matches!(of, AmountOf::Percent | AmountOf::Share))
    }

    /// What a line of amount 0 is short of, where that is more than rounding makes of a discount of all of it.
    fn overdrawn(&self, at: u32, numbers: [f64; 3], line: &Line) -> Option<Overdrawn> {
        let [quantity, price, discount] = numbers;
        let ignored = IS_CANCELLATION | RETURNED | NEGATIVE_PRICE | NO_PRICE | OTHER_CURRENCY;
        let (_, unit) = self.discount.filter(|_| line.flags & ignored == 0 && discount.is_finite())?;
        let pieces = if quantity.is_finite() && quantity != 0.0 { quantity.abs() } else { 1.0 };
        let left = f64::from(line.quantity);
        let minor =
            |major: f64| Money::from_major(major, self.settings.currency).ok().map(|money| money.minor);
        let gross = minor(self.meant(price, quantity, 0.0) * left)?;
        let discount = minor(discount.abs() * unit / pieces * left)?;
        (gross.saturating_add(pieces.ceil() as i64) < discount).then_some(Overdrawn {
            row: at,
            gross,
            discount,
        })
    }
}

struct Line {
    quantity: f32,
    /// How many of them came back, as the row says.
    returned: f32,
    amount: i64,
    flags: u8,
}

impl Values {
    /// Quantity, price and discount of a row, as they are written.
    fn numbers(&self, row: usize) -> [f64; 3] {
        let price = match Price::of(self.price.values[row]) {
            Price::Amount(price) => price,
            _ => f64::NAN,
        };
        [self.quantity.values[row], price, self.discount.values[row]]
    }

    #[inline]
    fn line(&self, row: usize, pricing: &Pricing<'_>) -> Line {
        let own = self.currency.values[row] != InCurrency::Other;
        let (price, own) = match Price::of(self.price.values[row]) {
            Price::Amount(price) if own => {
                (pricing.of_piece(price, self.quantity.values[row], self.discount.values[row]), true)
            }
            Price::OtherCurrency => (0.0, false),
            _ if !own => (0.0, false),
            _ => (f64::NAN, true),
        };
        let mut line = line(self.quantity.values[row], price, self.returned.values[row], pricing.settings);
        line.flags |= if own { 0 } else { OTHER_CURRENCY };
        line
    }
}

/// What a row's numbers come to. The amount is that of the whole line, since the price of one unit may be
/// less than a minor unit: petrol is sold by the thousandth of a gallon. Some write what came back below zero.
#[inline]
fn line(quantity: f64, price: f64, returned: f64, settings: &Settings) -> Line {
    let mut flags = 0;
    let mut quantity = if quantity.is_finite() {
        quantity
    } else {
        flags |= NO_QUANTITY;
        1.0
    };
    let mut came_back = 0.0;
    if quantity < 0.0 {
        flags |= IS_CANCELLATION;
        quantity = -quantity;
    } else if 0.0 < returned.abs() && 0.0 < quantity {
        came_back = quantity.min(returned.abs());
        flags |= if quantity <= came_back { RETURNED } else { PARTLY_RETURNED };
        quantity -= came_back;
    }
    let returned = came_back.min(f64::from(f32::MAX)) as f32;
    let quantity = quantity.min(f64::from(f32::MAX)) as f32;
    if price < 0.0 {
        flags |= NEGATIVE_PRICE;
    }
    let amount = match Money::from_major(price.abs() * f64::from(quantity), settings.currency) {
        Ok(money) => money.minor,
        Err(_) => {
            flags |= NO_PRICE;
            0
        }
    };
    Line { quantity, returned, amount, flags }
}
