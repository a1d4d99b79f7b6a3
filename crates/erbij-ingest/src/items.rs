//! The items table: rows of variants as product feeds have them.
//!
//! A catalogue is small beside the orders, so it is read row by row, texts and all, by one task.

use std::borrow::Cow;

use arrow_array::{Array, StringArray};
use erbij_core::{
    Availability, Currency, ItemKind, MICROS_PER_DAY, Money, NO_PRICE, Progress, RelationKind, StrColumn,
    StrColumnBuilder,
};

use crate::category_path::category_path;
use crate::details::Details;
use crate::intern::{Interner, MISSING, TOO_LONG};
use crate::item_values::{BatchValues, CATEGORY, IMAGE_LINK, LINK, N_TEXTS, Readers, SHOWN_BY, TITLE};
use crate::names::items as column;
use crate::parents;
use crate::readable::readable;
use crate::reason::Tally;
use crate::table::Table;
use crate::values::{BAD_INSTANT, Flag, InCurrency, NO_INSTANT, Price};
use crate::{IngestError, Reason, Settings, advice};

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
    pub(crate) hints: Vec<String>,
}

/// The rows while they grow.
struct Growing<'a> {
    table: &'a Table,
    currency: Currency,
    tally: Tally,
    rows: ItemRows,
    topic_ids: Interner,
    texts: [StrColumnBuilder; N_TEXTS],
    row_ids: Vec<u32>,
    /// By row of [`ItemRows`] the other id of each.
    others: Vec<u32>,
    /// Groups and their variants, where the row of the group says so.
    said_variants: Vec<(u32, u32)>,
    seen: Vec<bool>,
    /// Rows here and in the table that are not to be shown, and by which of [`SHOWN_BY`], a bit each.
    hidden: Vec<(u32, u64, u8)>,
}

/// Reads the catalogue. O(bytes).
pub(crate) fn read(
    table: &Table,
    settings: &Settings,
    progress: &dyn Progress,
) -> Result<ReadItems, IngestError> {
    progress.begin("reading items", Some(table.n_rows()), "rows");
    let mut readers = Readers::new(table, settings);
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
        others: Vec::new(),
        said_variants: Vec::new(),
        seen: Vec::new(),
        hidden: Vec::new(),
    };
    let wanted: Vec<usize> = (0..column::N_COLUMNS).chain(table.filter.columns()).collect();
    let mut too_long = None;
    table.scan(&wanted, |batch| {
        let values = BatchValues::read(table, batch, &mut readers)?;
        growing.seen.resize(readers.ids.interner.len(), false);
        for row in 0..batch.n_rows {
            if too_long.is_none() {
                let global_row = batch.first_row + row as u64;
                too_long = growing.row(&values, row, global_row, &mut readers.ids.interner).err();
            }
        }
        progress.advance(batch.n_rows as u64);
        Ok(())
    })?;
    if let Some(error) = too_long {
        return Err(error);
    }
    readers.judge(table)?;
    let mut hints = readers.hints(table);
    growing.hide(&readers, &mut hints);
    let mut rows = growing.rows;
    rows.texts = growing.texts.map(StrColumnBuilder::finish);
    hints.extend(advice::of_titles(&rows.texts[TITLE], &rows.groups));
    if table.has(column::OTHER_ID) {
        parents::resolve(&rows.variants, &growing.others, &mut rows.groups, &mut readers.ids.interner);
    }
    parents::gather(&growing.said_variants, &rows.variants, &mut rows.groups);
    let n_used = rows.variants.len() as u64;
    let (topic_ids, tally, row_ids) = (growing.topic_ids, growing.tally, growing.row_ids);
    Ok(ReadItems { rows, ids: readers.ids.interner, topic_ids, tally, n_used, row_ids, hints })
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
        } else if values.left_out[row].is_left_out {
            Some(Reason::LeftOut)
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
        let availability = self.availability(values, row, global_row);
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
        // The beginning of time stands for "never" where it is an end.
        let expires_at = instant(values.expires_at[row], i64::MAX);
        self.rows.expires_at.push(if expires_at < MICROS_PER_DAY { i64::MAX } else { expires_at });
        self.rows.variants.push(id);
        self.rows.groups.push(group);
        self.others.push(values.others[row]);
        self.rows.prices.push(price);
        self.rows.availability.push(availability as u8);
        self.rows.kinds.push(kind as u8);
        self.rows.adult.push(u8::from(values.adult[row] == Flag::Yes));
        self.rows.sensitive.push(u8::from(values.sensitive[row] == Flag::Yes));
        bad_value |= self.rows.details.push(&values.details, row, &mut self.topic_ids);
        bad_value |= self.relations(values, row, ids);
        for variant in parents::named(at(&values.variants, row)) {
            self.said_variants.push((id, ids.text(variant)));
        }
        self.seen.resize(ids.len().max(self.seen.len()), false);
        let hidden_by = values.hidden_by(row);
        if hidden_by != 0 {
            self.hidden.push((self.rows.variants.len() as u32 - 1, global_row, hidden_by));
        }
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
            let text = match which {
                CATEGORY => path.as_str().into(),
                TITLE => readable(at(&values.texts[which], row)),
                LINK | IMAGE_LINK => self.address(name, at(&values.texts[which], row)),
                _ => at(&values.texts[which], row).into(),
            };
            let text = text.as_ref();
            let pushed = self.texts[which].push(text);
            pushed.map_err(|source| IngestError::Text { table: self.table.name(), name, source })?;
        }
        Ok(())
    }

    /// An address: the first of several, put into the template of the settings where there is one.
    fn address<'t>(&self, name: &str, text: &'t str) -> Cow<'t, str> {
        let ends = [", http", ",http", "|http", " http", ";http"];
        let end = ends.iter().filter_map(|end| text.find(end)).min().unwrap_or(text.len());
        let first = text[..end].trim();
        match self.table.meaning(name).and_then(|meaning| meaning.template.as_ref()) {
            Some(template) if !first.is_empty() => Cow::Owned(template.replace("{}", first)),
            _ => Cow::Borrowed(first),
        }
    }

    /// Whether it is in stock: the word for it, else the number of pieces, else it is. What cannot be read is not.
    fn availability(&mut self, values: &BatchValues, row: usize, global_row: u64) -> Availability {
        let said = match values.availability[row] {
            Ok(None) => values.stock[row],
            said => said,
        };
        match said {
            Ok(said) => said.unwrap_or(Availability::InStock),
            Err(()) => {
                self.tally.add(Reason::UnreadStock, global_row);
                Availability::OutOfStock
            }
        }
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
        let other = values.currency[row] == InCurrency::Other;
        // A sale price of nothing, as many systems write it, is no sale.
        let price = match Price::of(values.sale_price[row]) {
            Price::Amount(amount) if amount <= 0.0 => Price::of(values.price[row]),
            Price::Nothing => Price::of(values.price[row]),
            price => price,
        };
        let minor = |amount: f64| Money::from_major(amount, own).ok().filter(|money| 0 <= money.minor);
        match price {
            Price::Amount(amount) if !other => match minor(amount) {
                Some(money) => return money.minor,
                None => *bad = true,
            },
            Price::Nothing => self.tally.add(Reason::MissingPrice, global_row),
            Price::Unread => *bad = true,
            Price::Amount(_) | Price::OtherCurrency => self.tally.add(Reason::OtherCurrency, global_row),
        }
        NO_PRICE
    }

    /// Hides what columns say that is not to be shown. Of a column that nobody named and of which nothing was
    /// understood, nothing is believed.
    fn hide(&mut self, readers: &Readers, hints: &mut Vec<String>) {
        let mut believed = 0_u8;
        for (which, (name, flags)) in SHOWN_BY.iter().zip(&readers.shown).enumerate() {
            let is_named = self.table.meaning(name).is_some();
            let is_understood = is_named || 0 < flags.unread.n_read;
            believed |= u8::from(is_understood) << which;
            let Some(column) = self.table.columns.get(*name) else { continue };
            let consequence =
                if is_understood { "not shown" } else { "the column says nothing of what is shown" };
            hints.extend(flags.unread.told(column, consequence));
        }
        for &(row, global_row, by) in &self.hidden {
            if by & believed != 0 {
                self.rows.availability[row as usize] = Availability::OutOfStock as u8;
                self.tally.add(Reason::NotShown, global_row);
            }
        }
    }
}

/// The parts of a category path: cut at `>`, and what GA4 spreads over further columns.
fn path_parts(values: &BatchValues, row: usize) -> impl Iterator<Item = &str> {
    let deeper = values.deeper.iter().map(move |deeper| at(deeper, row));
    at(&values.texts[CATEGORY], row).split('>').chain(deeper)
}

fn kind(text: &str, bad: &mut bool) -> ItemKind {
    let found = ItemKind::ALL.into_iter().find(|kind| kind.name().eq_ignore_ascii_case(text));
    *bad |= found.is_none() && !text.is_empty();
    found.unwrap_or(ItemKind::Product)
}
