//! What an expression can name: the columns of the catalogue, typed, ready to be read in blocks.

use std::collections::HashMap;

use arrow_buffer::ScalarBuffer;
use erbij_core::{
    Availability, Catalogue, CatalogueColumns, Categories, Idx, ItemIdx, ItemKind, NO_PRICE, StrColumn,
    TopicColumns,
};

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnType {
    /// Text; empty where nothing is known.
    Text,
    /// A number; unknown where the catalogue does not say.
    Number,
    /// An instant; unknown where the catalogue does not say.
    Instant,
    /// True or false.
    Flag,
    /// A list of texts.
    Topics,
}

impl ColumnType {
    /// How it is called in errors and in the documentation.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "number",
            Self::Instant => "instant",
            Self::Flag => "true or false",
            Self::Topics => "list of text",
        }
    }
}

/// A column as the merchandiser sees it.
#[derive(Clone, Copy, Debug)]
pub struct ColumnSpec {
    /// Its name here.
    pub name: &'static str,
    /// Its name in the tables of the shop, where that is another; understood as well.
    pub alias: Option<&'static str>,
    /// What it holds and what it means.
    pub meaning: &'static str,
    pub(crate) column: Column,
}

impl ColumnSpec {
    /// What it holds.
    pub const fn column_type(&self) -> ColumnType {
        match self.column {
            Column::Text(_) => ColumnType::Text,
            Column::Number(_) => ColumnType::Number,
            Column::Instant(_) => ColumnType::Instant,
            Column::Flag(_) => ColumnType::Flag,
            Column::Topics => ColumnType::Topics,
        }
    }
}

/// A column inside: which, and as what it may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Column {
    Text(TextColumn),
    Number(NumberColumn),
    Instant(NumberColumn),
    Flag(FlagColumn),
    Topics,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TextColumn {
    Id,
    Title,
    Link,
    Brand,
    Category,
    Availability,
    Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NumberColumn {
    Price,
    UsefulLifeDays,
    PackSize,
    /// Microseconds, which a float holds exactly until the year 2255.
    AvailableAt,
    ExpiresAt,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FlagColumn {
    Adult,
    Listed,
}

/// All columns, in the order of documentation.
pub const COLUMNS: [ColumnSpec; 15] = {
    const fn spec(
        name: &'static str,
        alias: Option<&'static str>,
        column: Column,
        meaning: &'static str,
    ) -> ColumnSpec {
        ColumnSpec { name, alias, meaning, column }
    }
    [
        spec("id", None, Column::Text(TextColumn::Id), "the item's id: its group's where variants have one"),
        spec("title", None, Column::Text(TextColumn::Title), "its name for people"),
        spec("brand", None, Column::Text(TextColumn::Brand), "who makes it"),
        spec(
            "category",
            Some("product_type"),
            Column::Text(TextColumn::Category),
            "its path in the category tree, `A > B > C`",
        ),
        spec("price", None, Column::Number(NumberColumn::Price), "what it costs now, in major units (12.50)"),
        spec(
            "availability",
            None,
            Column::Text(TextColumn::Availability),
            "`in_stock`, `out_of_stock`, `preorder` or `backorder`",
        ),
        spec("kind", None, Column::Text(TextColumn::Kind), "`product`, `content` or `service`"),
        spec("adult", None, Column::Flag(FlagColumn::Adult), "for adults only"),
        spec("topics", None, Column::Topics, "what a story is about"),
        spec(
            "useful_life_days",
            None,
            Column::Number(NumberColumn::UsefulLifeDays),
            "how long a durable serves, in days",
        ),
        spec(
            "pack_size",
            None,
            Column::Number(NumberColumn::PackSize),
            "how many pieces are in a pack; 1 where the catalogue does not say",
        ),
        spec(
            "available_at",
            Some("availability_date"),
            Column::Instant(NumberColumn::AvailableAt),
            "first instant it may be offered",
        ),
        spec(
            "expires_at",
            Some("expiration_date"),
            Column::Instant(NumberColumn::ExpiresAt),
            "first instant it may no longer be offered",
        ),
        spec(
            "listed",
            None,
            Column::Flag(FlagColumn::Listed),
            "false for what stands in orders but not in the catalogue",
        ),
        spec("link", None, Column::Text(TextColumn::Link), "its page"),
    ]
};

/// The column of a name or of an alias.
pub(crate) fn column_from_name(name: &str) -> Option<Column> {
    let named = |spec: &&ColumnSpec| spec.name == name || spec.alias == Some(name);
    COLUMNS.iter().find(named).map(|spec| spec.column)
}

/// Every name that a column goes by.
pub(crate) fn column_names() -> impl Iterator<Item = &'static str> {
    COLUMNS.iter().flat_map(|spec| std::iter::once(spec.name).chain(spec.alias))
}

/// A column of text: a text a row, or few distinct texts and which of them a row has.
#[derive(Debug)]
pub(crate) enum Texts {
    Plain(StrColumn),
    Coded { values: StrColumn, codes: Codes },
}

#[derive(Debug)]
pub(crate) enum Codes {
    Wide(Vec<u32>),
    Narrow(ScalarBuffer<u8>),
}

impl Codes {
    #[inline]
    pub(crate) fn get(&self, row: usize) -> usize {
        match self {
            Self::Wide(codes) => codes[row] as usize,
            Self::Narrow(codes) => codes[row] as usize,
        }
    }
}

/// The columns of one catalogue as expressions read them.
///
/// Built once a catalogue, in O(items): brands are numbered, the rest is shared with the catalogue. It takes 8 bytes
/// an item beside the catalogue itself.
#[derive(Debug)]
pub struct Columns {
    n_items: usize,
    id: Texts,
    title: Texts,
    link: Texts,
    brand: Texts,
    category: Texts,
    availability: Texts,
    kind: Texts,
    price_minor: ScalarBuffer<i64>,
    minor_units: f64,
    useful_life_days: ScalarBuffer<u32>,
    pack_size: ScalarBuffer<f32>,
    available_at: ScalarBuffer<i64>,
    expires_at: ScalarBuffer<i64>,
    adult: ScalarBuffer<u8>,
    listed: ScalarBuffer<u8>,
    pub(crate) topics: TopicColumns,
    categories: Categories,
}

impl Columns {
    /// The columns of a catalogue.
    pub fn new(catalogue: &Catalogue) -> Self {
        let CatalogueColumns { title, link, price_minor, availability, kind, .. } = catalogue.columns();
        let columns = catalogue.columns();
        let categories = catalogue.categories().clone();
        Self {
            n_items: catalogue.len(),
            id: Texts::Plain(columns.item_id.clone()),
            title: Texts::Plain(title.clone()),
            link: Texts::Plain(link.clone()),
            brand: numbered(&columns.brand),
            category: category_paths(catalogue),
            availability: Texts::Coded {
                values: Availability::ALL.iter().map(|availability| availability.name()).collect(),
                codes: Codes::Narrow(availability.clone()),
            },
            kind: Texts::Coded {
                values: ItemKind::ALL.iter().map(|kind| kind.name()).collect(),
                codes: Codes::Narrow(kind.clone()),
            },
            price_minor: price_minor.clone(),
            minor_units: 10_f64.powi(catalogue.currency().minor_digits() as i32),
            useful_life_days: columns.useful_life_days.clone(),
            pack_size: columns.pack_size.clone(),
            available_at: columns.available_at.clone(),
            expires_at: columns.expires_at.clone(),
            adult: columns.adult.clone(),
            listed: columns.listed.clone(),
            topics: columns.topics.clone(),
            categories,
        }
    }

    /// How many items.
    pub fn n_items(&self) -> usize {
        self.n_items
    }

    /// The tree of categories.
    pub(crate) fn categories(&self) -> &Categories {
        &self.categories
    }

    /// The number of an item's category in the tree; the number of categories where it has none, and also for an item
    /// that is not in the catalogue.
    #[inline]
    pub(crate) fn category_code(&self, item: ItemIdx) -> usize {
        match &self.category {
            Texts::Coded { codes: Codes::Wide(codes), .. } => {
                codes.get(item.index()).map_or(self.categories.len(), |&code| code as usize)
            }
            _ => self.categories.len(),
        }
    }

    pub(crate) fn texts(&self, column: TextColumn) -> &Texts {
        match column {
            TextColumn::Id => &self.id,
            TextColumn::Title => &self.title,
            TextColumn::Link => &self.link,
            TextColumn::Brand => &self.brand,
            TextColumn::Category => &self.category,
            TextColumn::Availability => &self.availability,
            TextColumn::Kind => &self.kind,
        }
    }

    pub(crate) fn flags(&self, column: FlagColumn) -> &[u8] {
        match column {
            FlagColumn::Adult => &self.adult,
            FlagColumn::Listed => &self.listed,
        }
    }

    /// The numbers of rows; NaN where not known.
    pub(crate) fn numbers(&self, column: NumberColumn, rows: std::ops::Range<usize>) -> Vec<f64> {
        let instants = |values: &[i64], never: i64| {
            values.iter().map(|&at| if at == never { f64::NAN } else { at as f64 }).collect()
        };
        match column {
            // Both are exact, so the quotient is the float nearest to the price as it is written: 19.99 is 19.99.
            NumberColumn::Price => self.price_minor[rows]
                .iter()
                .map(|&minor| if minor == NO_PRICE { f64::NAN } else { minor as f64 / self.minor_units })
                .collect(),
            NumberColumn::UsefulLifeDays => self.useful_life_days[rows]
                .iter()
                .map(|&days| if days == 0 { f64::NAN } else { f64::from(days) })
                .collect(),
            NumberColumn::PackSize => self.pack_size[rows].iter().map(|&size| f64::from(size)).collect(),
            NumberColumn::AvailableAt => instants(&self.available_at[rows], i64::MIN),
            NumberColumn::ExpiresAt => instants(&self.expires_at[rows], i64::MAX),
        }
    }
}

/// Distinct texts in the order they first stand, and which of them each row has.
fn numbered(texts: &StrColumn) -> Texts {
    let mut code_of: HashMap<&[u8], u32> = HashMap::new();
    let mut first_rows = Vec::new();
    let codes = (0..texts.len()).map(|row| {
        *code_of.entry(texts.bytes_of(row)).or_insert_with(|| {
            first_rows.push(row);
            first_rows.len() as u32 - 1
        })
    });
    let codes = Codes::Wide(codes.collect());
    Texts::Coded { values: texts.take(first_rows).expect("fewer rows than fitted before"), codes }
}

/// The paths of the tree by number, behind them the empty one for items without a category.
fn category_paths(catalogue: &Catalogue) -> Texts {
    let categories = catalogue.categories();
    let n_categories = categories.len() as u32;
    let paths = (0..n_categories).map(|category| categories.path(Idx::new(category))).chain([""]);
    let codes = catalogue.item_categories().iter().map(|category| category.map_or(n_categories, Idx::get));
    Texts::Coded { values: paths.collect(), codes: Codes::Wide(codes.collect()) }
}
