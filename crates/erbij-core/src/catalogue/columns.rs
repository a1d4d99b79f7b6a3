//! The columns a catalogue is made of, and the rules they must keep.

use arrow_buffer::ScalarBuffer;

use super::{Availability, ItemKind, NO_PRICE};
use crate::{RowOffsets, StrColumn, StrColumnBuilder, VocabError};

/// The columns of a catalogue, unchecked: one row an item, by index.
#[derive(Clone, Debug, PartialEq)]
pub struct CatalogueColumns {
    /// The item's id: its group's where variants have one.
    pub item_id: StrColumn,
    /// The variant to show and to link to: the first in stock, else the first.
    pub variant_id: StrColumn,
    /// Its name for people.
    pub title: StrColumn,
    /// Its page.
    pub link: StrColumn,
    /// Its picture.
    pub image_link: StrColumn,
    /// Who makes it.
    pub brand: StrColumn,
    /// Its path in the category tree, parts joined by ` > `.
    pub category: StrColumn,
    /// What it costs now, in minor units, or [`NO_PRICE`].
    pub price_minor: ScalarBuffer<i64>,
    /// [`Availability`] by number: the best among its variants.
    pub availability: ScalarBuffer<u8>,
    /// [`ItemKind`] by number.
    pub kind: ScalarBuffer<u8>,
    /// 1 for adults only.
    pub adult: ScalarBuffer<u8>,
    /// 1 for what nobody wants to be known for: more people must stand behind it before others see it.
    pub sensitive: ScalarBuffer<u8>,
    /// 0 for an item that stands in orders but not in the catalogue.
    pub listed: ScalarBuffer<u8>,
    /// First instant it may be offered, in microseconds; `i64::MIN` where always.
    pub available_at: ScalarBuffer<i64>,
    /// First instant it may no longer be offered; `i64::MAX` where never.
    pub expires_at: ScalarBuffer<i64>,
    /// How long a durable serves, in days; 0 where not known.
    pub useful_life_days: ScalarBuffer<u32>,
    /// How many pieces are in a pack, above zero; 1 where not known.
    pub pack_size: ScalarBuffer<f32>,
    /// What it is about.
    pub topics: TopicColumns,
}

/// What items are about: a list of topics an item.
#[derive(Clone, Debug, PartialEq)]
pub struct TopicColumns {
    /// The names of topics, distinct, by [`TopicIdx`](crate::TopicIdx); one of no item may be among them.
    pub names: StrColumn,
    /// A row an item.
    pub rows: RowOffsets,
    /// [`TopicIdx`](crate::TopicIdx) by number, rising within a row.
    pub topics: ScalarBuffer<u32>,
}

impl TopicColumns {
    /// As many items without any topic.
    pub fn none(n_items: usize) -> Self {
        let names = StrColumnBuilder::default().finish();
        Self { names, rows: RowOffsets::from_lens(vec![0; n_items]), topics: Vec::new().into() }
    }
}

impl CatalogueColumns {
    /// The columns of items of which the id alone is known: listed products in stock, each its own variant.
    /// Where more is known, start from these: `CatalogueColumns { title, ..CatalogueColumns::of_ids(ids) }`.
    ///
    /// ```
    /// use erbij_core::{Catalogue, CatalogueColumns, Currency, ItemIdx, VariantColumns};
    /// let columns = CatalogueColumns::of_ids(["kettle"].iter().collect());
    /// let catalogue = Catalogue::new(columns, VariantColumns::default(), Currency::EUR).unwrap();
    /// assert_eq!(catalogue.title(ItemIdx::new(0)), "kettle");
    /// ```
    pub fn of_ids(item_id: StrColumn) -> Self {
        let n_items = item_id.len();
        let none = || std::iter::repeat_n("", n_items).collect::<StrColumn>();
        Self {
            variant_id: item_id.clone(),
            item_id,
            title: none(),
            link: none(),
            image_link: none(),
            brand: none(),
            category: none(),
            price_minor: vec![NO_PRICE; n_items].into(),
            availability: vec![Availability::InStock as u8; n_items].into(),
            kind: vec![ItemKind::Product as u8; n_items].into(),
            adult: vec![0; n_items].into(),
            sensitive: vec![0; n_items].into(),
            listed: vec![1; n_items].into(),
            available_at: vec![i64::MIN; n_items].into(),
            expires_at: vec![i64::MAX; n_items].into(),
            useful_life_days: vec![0; n_items].into(),
            pack_size: vec![1.0; n_items].into(),
            topics: TopicColumns::none(n_items),
        }
    }
}

/// Ids of sellable variants and the item each belongs to. Empty where items have no variants.
#[derive(Clone, Debug, PartialEq)]
pub struct VariantColumns {
    /// The variant's id, as order lines carry it.
    pub variant_id: StrColumn,
    /// The item it belongs to.
    pub item: ScalarBuffer<u32>,
}

impl Default for VariantColumns {
    fn default() -> Self {
        Self { variant_id: StrColumnBuilder::default().finish(), item: Vec::new().into() }
    }
}

/// Why columns are no catalogue.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// A column has more or fewer rows than there are items.
    #[error("column `{column}` has {found} rows, expected {expected}")]
    Length {
        /// Its name.
        column: &'static str,
        /// Its rows.
        found: usize,
        /// The number of items.
        expected: usize,
    },
    /// A code stands for nothing.
    #[error("column `{column}` holds the unknown value {found} in row {row}")]
    Code {
        /// Its name.
        column: &'static str,
        /// Where.
        row: usize,
        /// What stood there.
        found: u32,
    },
    /// Ids stand twice.
    #[error("column `{column}` is no list of distinct ids")]
    Ids {
        /// Its name.
        column: &'static str,
        /// The trouble.
        source: VocabError,
    },
    /// A pack of nothing, or of no number.
    #[error("column `pack_size` holds {found} in row {row}, expected a number above zero")]
    PackSize {
        /// Where.
        row: usize,
        /// What stood there.
        found: f32,
    },
    /// The topics of an item fall, repeat or are not named.
    #[error("the topics of row {row} do not rise, or one of them has no name")]
    Topics {
        /// Where.
        row: usize,
    },
}

impl CatalogueColumns {
    /// Whether the columns fit each other and hold nothing but what they may.
    pub(super) fn check(&self) -> Result<(), CatalogueError> {
        check_lengths(self, self.item_id.len())?;
        check_codes("availability", &self.availability, Availability::ALL.len())?;
        check_codes("kind", &self.kind, ItemKind::ALL.len())?;
        check_codes("adult", &self.adult, 2)?;
        check_codes("sensitive", &self.sensitive, 2)?;
        check_codes("listed", &self.listed, 2)?;
        check_pack_sizes(&self.pack_size)?;
        check_topics(&self.topics)
    }
}

impl VariantColumns {
    /// Whether every variant belongs to one of so many items.
    pub(super) fn check(&self, n_items: usize) -> Result<(), CatalogueError> {
        let (found, expected) = (self.item.len(), self.variant_id.len());
        if found != expected {
            return Err(CatalogueError::Length { column: "variants.item", found, expected });
        }
        match self.item.iter().position(|&item| n_items <= item as usize) {
            Some(row) => Err(CatalogueError::Code { column: "variants.item", row, found: self.item[row] }),
            None => Ok(()),
        }
    }
}

fn check_lengths(columns: &CatalogueColumns, expected: usize) -> Result<(), CatalogueError> {
    let lengths = [
        ("variant_id", columns.variant_id.len()),
        ("title", columns.title.len()),
        ("link", columns.link.len()),
        ("image_link", columns.image_link.len()),
        ("brand", columns.brand.len()),
        ("category", columns.category.len()),
        ("price_minor", columns.price_minor.len()),
        ("availability", columns.availability.len()),
        ("kind", columns.kind.len()),
        ("adult", columns.adult.len()),
        ("sensitive", columns.sensitive.len()),
        ("listed", columns.listed.len()),
        ("available_at", columns.available_at.len()),
        ("expires_at", columns.expires_at.len()),
        ("useful_life_days", columns.useful_life_days.len()),
        ("pack_size", columns.pack_size.len()),
        ("topics", columns.topics.rows.n_rows()),
    ];
    match lengths.into_iter().find(|&(_, found)| found != expected) {
        Some((column, found)) => Err(CatalogueError::Length { column, found, expected }),
        None => Ok(()),
    }
}

fn check_codes(column: &'static str, codes: &[u8], n_codes: usize) -> Result<(), CatalogueError> {
    match codes.iter().position(|&code| n_codes <= code as usize) {
        Some(row) => Err(CatalogueError::Code { column, row, found: u32::from(codes[row]) }),
        None => Ok(()),
    }
}

fn check_pack_sizes(sizes: &[f32]) -> Result<(), CatalogueError> {
    let good = |&size: &f32| 0.0 < size && size.is_finite();
    match sizes.iter().position(|size| !good(size)) {
        Some(row) => Err(CatalogueError::PackSize { row, found: sizes[row] }),
        None => Ok(()),
    }
}

fn check_topics(TopicColumns { names, rows, topics }: &TopicColumns) -> Result<(), CatalogueError> {
    if topics.len() != rows.n_values() {
        let (found, expected) = (topics.len(), rows.n_values());
        return Err(CatalogueError::Length { column: "topics.topics", found, expected });
    }
    let is_list = |list: &[u32]| {
        list.windows(2).all(|pair| pair[0] < pair[1])
            && list.last().is_none_or(|&last| (last as usize) < names.len())
    };
    match (0..rows.n_rows()).find(|&row| !is_list(&topics[rows.range(row)])) {
        Some(row) => Err(CatalogueError::Topics { row }),
        None => Ok(()),
    }
}
