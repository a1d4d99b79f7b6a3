//! The items table: rows of variants as product feeds have them.
//!
//! A catalogue is small beside the orders, so it is read row by row, texts and all, by one task.

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, StringArray};
use arrow_cast::cast;
use arrow_schema::DataType;
use erbij_core::{
    Availability, Currency, ItemKind, Money, NO_PRICE, Progress, RelationKind, StrColumn, StrColumnBuilder,
    TimeZone,
};

use crate::category_path::category_path;
use crate::details::{BatchDetails, Details};
use crate::intern::{Interner, MISSING, TOO_LONG};
use crate::names::items as column;
use crate::reason::Tally;
use crate::table::{Batch, Table};
use crate::values::{self, BAD_INSTANT, Column, Ids, Instants, NO_INSTANT, Texts};
use crate::{IngestError, Reason, Settings};

/// The rows of the catalogue that are used, one a variant, in the order of the files.
pub(crate) struct ItemRows {
    /// The variant by first sight.
    pub(crate) variants: Vec<u32>,
    /// Its group by first sight, or [`MISSING`].
    pub(crate) groups: Vec<u32>,
    /// Title, link, picture, brand and category.
    pub(crate) texts: [StrColumn; N_TEXTS],
    pub(crate) prices: Vec<i64>,
    pub(crate) availability: Vec<u8>,
    pub(crate) kinds: Vec<u8>,
    pub(crate) adult: Vec<u8>,
    pub(crate) sensitive: Vec<u8>,
    pub(crate) available_at: Vec<i64>,
    pub(crate) expires_at: Vec<i64>,
    pub(crate) details: Details,
    /// What rows say they belong to.
    pub(crate) relations: Vec<SaidRelation>,
}

/// A row says that its item belongs to another.
pub(crate) struct SaidRelation {
    /// In [`ItemRows`].
    pub(crate) row: u32,
    pub(crate) kind: RelationKind,
    /// Whom it belongs to, by first sight.
    pub(crate) to: u32,
}

/// What was read of a catalogue.
pub(crate) struct ReadItems {
    pub(crate) rows: ItemRows,
    pub(crate) ids: Interner,
    pub(crate) topic_ids: Interner,
    pub(crate) tally: Tally,
    pub(crate) n_used: u64,
    /// For examples: the id of each row, used or not.
    pub(crate) row_ids: Vec<u32>,
}

pub(crate) const TITLE: usize = 0;
pub(crate) const LINK: usize = 1;
pub(crate) const IMAGE_LINK: usize = 2;
pub(crate) const BRAND: usize = 3;
pub(crate) const CATEGORY: usize = 4;
const N_TEXTS: usize = 5;

/// The rows while they grow.
struct Growing<'a> {
    table: &'a Table,
    currency: Currency,
    tally: Tally,
    rows: ItemRows,
    topic_ids: Interner,
    texts: [StrColumnBuilder; N_TEXTS],
    row_ids: Vec<u32>,
    seen: Vec<bool>,
}

/// Reads the catalogue. O(bytes).
pub(crate) fn read(
    table: &Table,
    settings: &Settings,
    progress: &dyn Progress,
) -> Result<ReadItems, IngestError> {
    progress.begin("reading items", Some(table.n_rows()), "rows");
    let mut ids = Ids::new(Interner::new(settings.limits.max_id_bytes));
    let (mut available, mut expires) = (Instants::new(TimeZone::UTC), Instants::new(TimeZone::UTC));
    let mut growing = Growing {
        table,
        currency: settings.currency,
        tally: Tally::default(),
        rows: ItemRows {
            variants: Vec::new(),
            groups: Vec::new(),
            texts: std::array::from_fn(|_| StrColumnBuilder::default().finish()),
            prices: Vec::new(),
            availability: Vec::new(),
            kinds: Vec::new(),
            adult: Vec::new(),
            sensitive: Vec::new(),
            available_at: Vec::new(),
            expires_at: Vec::new(),
            details: Details::default(),
            relations: Vec::new(),
        },
        topic_ids: Interner::new(settings.limits.max_id_bytes),
        texts: Default::default(),
        row_ids: Vec::new(),
        seen: Vec::new(),
    };
    let wanted: Vec<usize> = (0..column::N_COLUMNS).collect();
    let mut too_long = None;
    table.scan(&wanted, |batch| {
        let values = BatchValues::read(batch, &mut ids, &mut available, &mut expires)?;
        growing.seen.resize(ids.interner.len(), false);
        for row in 0..batch.n_rows {
            if too_long.is_none() {
                too_long = growing.row(&values, row, batch.first_row + row as u64, &mut ids.interner).err();
            }
        }
        progress.advance(batch.n_rows as u64);
        Ok(())
    })?;
    if let Some(error) = too_long {
        return Err(error);
    }
    let mut rows = growing.rows;
    rows.texts = growing.texts.map(StrColumnBuilder::finish);
    let n_used = rows.variants.len() as u64;
    let (topic_ids, tally, row_ids) = (growing.topic_ids, growing.tally, growing.row_ids);
    Ok(ReadItems { rows, ids: ids.interner, topic_ids, tally, n_used, row_ids })
}

/// The columns of a batch, ready to be read by row.
struct BatchValues {
    ids: Vec<u32>,
    groups: Vec<u32>,
    available_at: Vec<i64>,
    expires_at: Vec<i64>,
    stock: Vec<f64>,
    adult: Vec<bool>,
    sensitive: Vec<bool>,
    texts: [Option<StringArray>; N_TEXTS],
    /// The rest of a path that is spread over columns.
    deeper: [Option<StringArray>; 4],
    currency: Option<StringArray>,
    availability: Option<StringArray>,
    kind: Option<StringArray>,
    price: Prices,
    sale_price: Prices,
    details: BatchDetails,
    /// By kind of relation.
    relations: Vec<Texts>,
}

enum Prices {
    Numbers(Vec<f64>),
    Texts(StringArray),
}

impl BatchValues {
    fn read(
        batch: &Batch,
        ids: &mut Ids,
        available: &mut Instants,
        expires: &mut Instants,
    ) -> Result<Self, String> {
        let n_rows = batch.n_rows;
        let of = |position: usize| batch.columns[position].as_ref();
        let mut values = Self {
            ids: Vec::new(),
            groups: Vec::new(),
            available_at: Vec::new(),
            expires_at: Vec::new(),
            stock: Vec::new(),
            adult: Vec::new(),
            sensitive: Vec::new(),
            texts: [
                text(of(column::TITLE))?,
                text(of(column::LINK))?,
                text(of(column::IMAGE_LINK))?,
                text(of(column::BRAND))?,
                text(of(column::PRODUCT_TYPE))?,
            ],
            deeper: [None, None, None, None],
            currency: text(of(column::CURRENCY))?,
            availability: text(of(column::AVAILABILITY))?,
            kind: text(of(column::KIND))?,
            price: prices(of(column::PRICE), n_rows)?,
            sale_price: prices(of(column::SALE_PRICE), n_rows)?,
            details: BatchDetails::read(batch)?,
            relations: (column::RELATIONS..)
                .take(RelationKind::ALL.len())
                .map(|position| Texts::read(of(position)))
                .collect::<Result<_, _>>()?,
        };
        for (deeper, position) in values.deeper.iter_mut().zip(column::PRODUCT_TYPE + 1..) {
            *deeper = text(of(position))?;
        }
        ids.read(of(column::ID), n_rows, &mut values.ids)?;
        ids.read(of(column::ITEM_GROUP_ID), n_rows, &mut values.groups)?;
        available.read(of(column::AVAILABILITY_DATE), n_rows, &mut values.available_at)?;
        expires.read(of(column::EXPIRATION_DATE), n_rows, &mut values.expires_at)?;
        values::numbers(of(column::INVENTORY_QUANTITY), n_rows, &mut values.stock)?;
        values::flags(of(column::ADULT), n_rows, &mut values.adult)?;
        values::flags(of(column::SENSITIVE), n_rows, &mut values.sensitive)?;
        Ok(values)
    }
}

/// A column as texts; lists are joined into paths.
fn text(column: Column<'_>) -> Result<Option<StringArray>, String> {
    let Some(array) = column else { return Ok(None) };
    if let DataType::List(_) | DataType::LargeList(_) = array.data_type() {
        return joined(array).map(Some);
    }
    let cast = cast(array, &DataType::Utf8).map_err(|error| error.to_string())?;
    Ok(Some(cast.as_string::<i32>().clone()))
}

fn joined(array: &ArrayRef) -> Result<StringArray, String> {
    let lists = cast(array, &DataType::new_list(DataType::Utf8, true)).map_err(|error| error.to_string())?;
    let lists = lists.as_list::<i32>();
    let join = |list: Option<ArrayRef>| {
        let list = list?;
        let parts: Vec<&str> = list.as_string::<i32>().iter().flatten().collect();
        Some(parts.join(" > "))
    };
    Ok(lists.iter().map(join).collect())
}

fn prices(column: Column<'_>, n_rows: usize) -> Result<Prices, String> {
    match column.map(|array| array.data_type()) {
        Some(DataType::Utf8 | DataType::Utf8View | DataType::Binary | DataType::Dictionary(..)) => {
            Ok(text(column)?.map_or_else(|| Prices::Numbers(vec![f64::NAN; n_rows]), Prices::Texts))
        }
        _ => {
            let mut numbers = Vec::with_capacity(n_rows);
            values::numbers(column, n_rows, &mut numbers)?;
            Ok(Prices::Numbers(numbers))
        }
    }
}

fn at(texts: &Option<StringArray>, row: usize) -> &str {
    match texts {
        Some(texts) if texts.is_valid(row) => texts.value(row).trim(),
        _ => "",
    }
}

impl Growing<'_> {
    fn row(
        &mut self,
        values: &BatchValues,
        row: usize,
        global_row: u64,
        ids: &mut Interner,
    ) -> Result<(), IngestError> {
        let (id, group) = (values.ids[row], values.groups[row]);
        self.row_ids.push(id);
        let dropped = if id == MISSING {
            Some(Reason::MissingItemId)
        } else if id == TOO_LONG || group == TOO_LONG {
            Some(Reason::IdTooLong)
        } else if std::mem::replace(&mut self.seen[id as usize], true) {
            Some(Reason::DuplicateId)
        } else {
            None
        };
        if let Some(reason) = dropped {
            self.tally.add(reason, global_row);
            return Ok(());
        }
        let mut bad_value = false;
        let price = self.price(values, row, global_row, &mut bad_value);
        let availability = availability(values, row, &mut bad_value);
        let kind = kind(at(&values.kind, row), &mut bad_value);
        let mut instant = |at: i64, otherwise: i64| match at {
            NO_INSTANT => otherwise,
            BAD_INSTANT => {
                bad_value = true;
                otherwise
            }
            at => at,
        };
        self.rows.available_at.push(instant(values.available_at[row], i64::MIN));
        self.rows.expires_at.push(instant(values.expires_at[row], i64::MAX));
        self.rows.variants.push(id);
        self.rows.groups.push(group);
        self.rows.prices.push(price);
        self.rows.availability.push(availability as u8);
        self.rows.kinds.push(kind as u8);
        self.rows.adult.push(u8::from(values.adult[row]));
        self.rows.sensitive.push(u8::from(values.sensitive[row]));
        bad_value |= self.rows.details.push(&values.details, row, &mut self.topic_ids);
        bad_value |= self.relations(values, row, ids);
        if at(&values.texts[TITLE], row).is_empty() {
            self.tally.add(Reason::MissingTitle, global_row);
        }
        if bad_value {
            self.tally.add(Reason::BadValue, global_row);
        }
        let (path, is_part_left_out) = category_path(path_parts(values, row));
        if is_part_left_out {
            self.tally.add(Reason::NoCategory, global_row);
        }
        let names = ["title", "link", "image_link", "brand", "product_type"];
        for (which, name) in names.into_iter().enumerate() {
            let text = if which == CATEGORY { &path } else { at(&values.texts[which], row) };
            let pushed = self.texts[which].push(text);
            pushed.map_err(|source| IngestError::Text { table: self.table.name(), name, source })?;
        }
        Ok(())
    }

    /// Takes in what the newest row belongs to; whether one of these is no id.
    fn relations(&mut self, values: &BatchValues, row: usize, ids: &mut Interner) -> bool {
        let mut bad = false;
        let newest = self.rows.variants.len() as u32 - 1;
        for (kind, said) in RelationKind::ALL.into_iter().zip(&values.relations) {
            said.each(row, |id| match ids.text(id) {
                MISSING => {}
                TOO_LONG => bad = true,
                to => self.rows.relations.push(SaidRelation { row: newest, kind, to }),
            });
        }
        // An id seen here for the first time has no row yet.
        self.seen.resize(ids.len().max(self.seen.len()), false);
        bad
    }

    fn price(&mut self, values: &BatchValues, row: usize, global_row: u64, bad: &mut bool) -> i64 {
        let own = self.currency;
        let other = match at(&values.currency, row) {
            "" => false,
            code => Currency::parse(code) != Ok(own),
        };
        let amount = |prices: &Prices| match prices {
            Prices::Numbers(numbers) if numbers[row].is_nan() => Price::None,
            Prices::Numbers(numbers) => Money::from_major(numbers[row], own)
                .ok()
                .filter(|money| 0 <= money.minor)
                .map_or(Price::Bad, |money| Price::Minor(money.minor)),
            Prices::Texts(texts) if texts.is_null(row) => Price::None,
            Prices::Texts(texts) => price_text(texts.value(row), own),
        };
        let price = match amount(&values.sale_price) {
            Price::None => amount(&values.price),
            price => price,
        };
        match price {
            Price::Minor(minor) if !other => return minor,
            Price::None => self.tally.add(Reason::MissingPrice, global_row),
            Price::Bad => *bad = true,
            Price::Minor(_) | Price::Other => self.tally.add(Reason::OtherCurrency, global_row),
        }
        NO_PRICE
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Price {
    Minor(i64),
    None,
    Bad,
    Other,
}

/// A price as product feeds write it: `12.50 EUR`, `EUR 12.50` or `12.50`.
fn price_text(text: &str, own: Currency) -> Price {
    let is_code = |part: &&str| part.bytes().all(|byte| byte.is_ascii_alphabetic());
    let parts: Vec<&str> = text.split_ascii_whitespace().collect();
    let (codes, amounts): (Vec<&str>, Vec<&str>) = parts.into_iter().partition(is_code);
    if codes.is_empty() && amounts.is_empty() {
        return Price::None;
    }
    let ([amount], [] | [_]) = (&amounts[..], &codes[..]) else { return Price::Bad };
    match codes.first().map(|code| Currency::parse(code)) {
        Some(Err(_)) => return Price::Bad,
        Some(Ok(currency)) if currency != own => return Price::Other,
        _ => {}
    }
    let plain = amount.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let amount = if plain { amount.parse().ok() } else { None };
    let minor = amount.and_then(|amount| Money::from_major(amount, own).ok());
    minor.map_or(Price::Bad, |money| Price::Minor(money.minor))
}

/// The parts of a category path: cut at `>`, and what GA4 spreads over further columns.
fn path_parts(values: &BatchValues, row: usize) -> impl Iterator<Item = &str> {
    let deeper = values.deeper.iter().map(move |deeper| at(deeper, row));
    at(&values.texts[CATEGORY], row).split('>').chain(deeper)
}

fn availability(values: &BatchValues, row: usize, bad: &mut bool) -> Availability {
    let Some(column) = &values.availability else {
        return if values.stock[row] <= 0.0 { Availability::OutOfStock } else { Availability::InStock };
    };
    if column.is_null(row) {
        return if values.stock[row] <= 0.0 { Availability::OutOfStock } else { Availability::InStock };
    }
    let text = column.value(row).to_lowercase();
    // schema.org writes an address that ends in the word.
    let word = text.rsplit('/').next().unwrap_or_default();
    let word: String = word.chars().filter(|c| c.is_alphanumeric()).collect();
    match word.as_str() {
        ""
        | "instock"
        | "true"
        | "1"
        | "yes"
        | "available"
        | "limitedavailability"
        | "onlineonly"
        | "instoreonly" => Availability::InStock,
        "outofstock" | "false" | "0" | "no" | "soldout" | "discontinued" | "unavailable" => {
            Availability::OutOfStock
        }
        "preorder" | "presale" => Availability::Preorder,
        "backorder" | "madetoorder" => Availability::Backorder,
        _ => {
            *bad = true;
            Availability::InStock
        }
    }
}

fn kind(text: &str, bad: &mut bool) -> ItemKind {
    let found = ItemKind::ALL.into_iter().find(|kind| kind.name().eq_ignore_ascii_case(text));
    *bad |= found.is_none() && !text.is_empty();
    found.unwrap_or(ItemKind::Product)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_read_as_feeds_write_them() {
        for (text, expected) in [
            ("12.50 EUR", Price::Minor(1250)),
            ("EUR 12.5", Price::Minor(1250)),
            (" 7 ", Price::Minor(700)),
            ("", Price::None),
            ("12.50 USD", Price::Other),
            ("12,50 EUR", Price::Bad),
            ("-1 EUR", Price::Bad),
            ("1 2 EUR", Price::Bad),
            ("EUR", Price::Bad),
            ("1e400", Price::Bad),
            ("free", Price::Bad),
        ] {
            assert_eq!(price_text(text, Currency::EUR), expected, "{text}");
        }
    }
}
