//! The columns of the items table, read batch by batch.

use arrow_array::StringArray;
use erbij_core::{Availability, RelationKind, TimeZone};

use crate::batch::Batch;
use crate::details::{BatchDetails, DetailReaders};
use crate::intern::Interner;
use crate::left_out::Verdict;
use crate::meaning::Meaning;
use crate::names::items as column;
use crate::names::normalise;
use crate::table::Table;
use crate::values::{
    Currencies, Flag, Flags, Ids, InCurrency, Instants, Prices, Stock, Texts, Unread, first_texts, paths,
    text,
};
use crate::{IngestError, Settings};

pub(crate) const TITLE: usize = 0;
pub(crate) const LINK: usize = 1;
pub(crate) const IMAGE_LINK: usize = 2;
pub(crate) const BRAND: usize = 3;
pub(crate) const CATEGORY: usize = 4;
pub(crate) const N_TEXTS: usize = 5;

/// Columns that say whether an item is to be shown: all of them must say so. The last says the reverse.
pub(crate) const SHOWN_BY: [&str; 4] = ["published", "status", "visibility", "discontinued"];
const DISCONTINUED: usize = 3;

/// A reader of each kind of value.
pub(crate) struct Readers {
    pub(crate) ids: Ids,
    groups: Nothing,
    available: Instants,
    expires: Instants,
    prices: Prices,
    sale_prices: Prices,
    /// From the units of both columns to major units with tax.
    scales: [f64; 2],
    currencies: Currencies,
    availability: Stock,
    stock: Stock,
    adult: Flags,
    sensitive: Flags,
    pub(crate) shown: [Flags; SHOWN_BY.len()],
    details: DetailReaders,
}

/// The column of categories. A list is several paths, unless the column is called a path itself.
fn categories(table: &Table, column: crate::values::Column<'_>) -> Result<Option<StringArray>, String> {
    let name = table.columns.get("product_type").map(|name| normalise(name));
    match name.as_deref() {
        Some("categorypath" | "categorylevels" | "breadcrumbs") => text(column),
        _ => paths(column),
    }
}

/// What stands for no group: `0` and the like, which no group is called.
type Nothing = crate::values::Nothing;

impl Readers {
    pub(crate) fn new(table: &Table, settings: &Settings) -> Self {
        let meaning = |name: &str| table.meaning(name);
        let scale =
            |meaning: Option<&Meaning>| meaning.map_or(1.0, |meaning| meaning.to_major(settings.currency));
        let sale_meaning = meaning("sale_price").or(meaning("price"));
        Self {
            ids: Ids::new(Interner::new(settings.limits.max_id_bytes)).written(meaning("id")),
            groups: Nothing::new(&["0".to_owned(), "-1".to_owned()]),
            available: Instants::new(TimeZone::UTC, meaning("availability_date")),
            expires: Instants::new(TimeZone::UTC, meaning("expiration_date")),
            prices: Prices::new(settings.currency),
            sale_prices: Prices::new(settings.currency),
            scales: [scale(meaning("price")), scale(sale_meaning)],
            currencies: Currencies::new(settings.currency),
            availability: Stock::new(meaning("availability")),
            stock: Stock::new(meaning("inventory_quantity")),
            adult: Flags::new(meaning("adult")),
            sensitive: Flags::new(meaning("sensitive")),
            shown: SHOWN_BY.map(|name| Flags::new(meaning(name))),
            details: DetailReaders::new(),
        }
    }

    /// Refuses a column that the settings name and of which no word is understood.
    pub(crate) fn judge(&self, table: &Table) -> Result<(), IngestError> {
        let shown = SHOWN_BY.into_iter().zip(self.shown.iter().map(|flags| &flags.unread));
        let others = [
            ("adult", &self.adult.unread),
            ("sensitive", &self.sensitive.unread),
            ("availability", &self.availability.unread),
        ];
        for (name, unread) in shown.chain(others) {
            if table.meaning(name).is_some() {
                table.refuse_unread(name, unread)?;
            }
        }
        Ok(())
    }

    /// What should be known of how the columns were read.
    pub(crate) fn hints(&self, table: &Table) -> Vec<String> {
        let unread: [(&str, &Unread, &str); 9] = [
            ("price", &self.prices.unread, "no price"),
            ("sale_price", &self.sale_prices.unread, "no price"),
            ("currency", &self.currencies.unread, "another currency, and the price is ignored"),
            ("availability", &self.availability.unread, "not in stock"),
            ("inventory_quantity", &self.stock.unread, "not in stock"),
            ("adult", &self.adult.unread, "not for adults only"),
            ("sensitive", &self.sensitive.unread, "not sensitive"),
            ("useful_life_days", &self.details.useful_life_days.unread, "not known"),
            ("pack_size", &self.details.pack_sizes.unread, "not known"),
        ];
        let told = |(name, unread, consequence): (&str, &Unread, &str)| {
            unread.told(table.columns.get(name)?, consequence)
        };
        let mut hints = self.ids.hints(table, "id", "no id");
        if let Some(column) = table.columns.get("item_group_id") {
            hints.extend(self.groups.told(column, "no group: each such row is an item of its own"));
        }
        hints.extend(unread.into_iter().filter_map(told));
        for (name, instants) in [("availability_date", &self.available), ("expiration_date", &self.expires)] {
            if let Some(column) = table.columns.get(name) {
                hints.extend(instants.hints(column, "items", name));
            }
        }
        hints
    }
}

/// What a row says of the stock; an error where that cannot be read.
pub(crate) type SaidStock = Result<Option<Availability>, ()>;

/// The columns of a batch, ready to be read by row.
pub(crate) struct BatchValues {
    pub(crate) left_out: Vec<Verdict>,
    pub(crate) ids: Vec<u32>,
    pub(crate) groups: Vec<u32>,
    /// Ids by which other rows may name these as their group.
    pub(crate) others: Vec<u32>,
    /// What are its variants, where the row of the group says so.
    pub(crate) variants: Option<StringArray>,
    pub(crate) available_at: Vec<i64>,
    pub(crate) expires_at: Vec<i64>,
    pub(crate) availability: Vec<SaidStock>,
    pub(crate) stock: Vec<SaidStock>,
    pub(crate) adult: Vec<Flag>,
    pub(crate) sensitive: Vec<Flag>,
    shown: [Vec<Flag>; SHOWN_BY.len()],
    pub(crate) texts: [Option<StringArray>; N_TEXTS],
    /// The rest of a path that is spread over columns.
    pub(crate) deeper: [Option<StringArray>; 4],
    pub(crate) currency: Vec<InCurrency>,
    pub(crate) kind: Option<StringArray>,
    pub(crate) price: Vec<f64>,
    pub(crate) sale_price: Vec<f64>,
    pub(crate) details: BatchDetails,
    /// By kind of relation.
    pub(crate) relations: Vec<Texts>,
}

impl BatchValues {
    pub(crate) fn read(table: &Table, batch: &Batch, readers: &mut Readers) -> Result<Self, String> {
        let n_rows = batch.n_rows;
        let of = |position: usize| batch.columns[position].as_ref();
        let relations = (column::RELATIONS..).take(RelationKind::ALL.len());
        let mut values = Self {
            left_out: Vec::new(),
            ids: Vec::new(),
            groups: Vec::new(),
            others: Vec::new(),
            variants: text(of(column::VARIANTS))?,
            available_at: Vec::new(),
            expires_at: Vec::new(),
            availability: Vec::new(),
            stock: Vec::new(),
            adult: Vec::new(),
            sensitive: Vec::new(),
            shown: Default::default(),
            texts: [
                text(of(column::TITLE))?,
                text(of(column::LINK))?,
                first_texts(of(column::IMAGE_LINK))?,
                text(of(column::BRAND))?,
                categories(table, of(column::PRODUCT_TYPE))?,
            ],
            deeper: [None, None, None, None],
            currency: Vec::new(),
            kind: text(of(column::KIND))?,
            price: Vec::new(),
            sale_price: Vec::new(),
            details: BatchDetails::read(batch, &mut readers.details)?,
            relations: relations.map(|position| Texts::read(of(position))).collect::<Result<_, _>>()?,
        };
        table.filter.read(&batch.columns[column::N_COLUMNS..], n_rows, &mut values.left_out)?;
        for (deeper, position) in values.deeper.iter_mut().zip(column::PRODUCT_TYPE + 1..) {
            *deeper = text(of(position))?;
        }
        readers.ids.read(of(column::ID), n_rows, &mut values.ids)?;
        readers.ids.read_else(&mut readers.groups, of(column::ITEM_GROUP_ID), n_rows, &mut values.groups)?;
        readers.ids.read_else(&mut Nothing::default(), of(column::OTHER_ID), n_rows, &mut values.others)?;
        readers.available.read(of(column::AVAILABILITY_DATE), n_rows, &mut values.available_at)?;
        readers.expires.read(of(column::EXPIRATION_DATE), n_rows, &mut values.expires_at)?;
        readers.availability.read(of(column::AVAILABILITY), n_rows, &mut values.availability)?;
        readers.stock.read(of(column::INVENTORY_QUANTITY), n_rows, &mut values.stock)?;
        readers.adult.read(of(column::ADULT), n_rows, &mut values.adult)?;
        readers.sensitive.read(of(column::SENSITIVE), n_rows, &mut values.sensitive)?;
        readers.currencies.read(of(column::CURRENCY), n_rows, &mut values.currency)?;
        readers.prices.read(of(column::PRICE), n_rows, &mut values.price)?;
        readers.sale_prices.read(of(column::SALE_PRICE), n_rows, &mut values.sale_price)?;
        for (prices, scale) in [&mut values.price, &mut values.sale_price].into_iter().zip(readers.scales) {
            prices.iter_mut().for_each(|price| *price *= scale);
        }
        let positions = [column::PUBLISHED, column::STATUS, column::VISIBILITY, column::DISCONTINUED];
        for ((flags, position), said) in readers.shown.iter_mut().zip(positions).zip(&mut values.shown) {
            flags.read(of(position), n_rows, said)?;
        }
        Ok(values)
    }

    /// Which of [`SHOWN_BY`] say that a row is not to be shown, or something that nobody understands: a bit each.
    pub(crate) fn hidden_by(&self, row: usize) -> u8 {
        let mut by = 0;
        for (which, said) in self.shown.iter().enumerate() {
            let hides = match said[row] {
                Flag::Nothing => false,
                Flag::Yes => which == DISCONTINUED,
                Flag::No => which != DISCONTINUED,
                Flag::CameToNothing | Flag::Unread => true,
            };
            by |= u8::from(hides) << which;
        }
        by
    }
}
