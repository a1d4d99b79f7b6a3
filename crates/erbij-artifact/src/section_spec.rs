//! What each section holds: the one table that writing, reading and FORMAT.md follow.

use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema, TimeUnit};
use erbij_core::NO_PRICE;

/// What a column holds, and how Arrow lays it out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Text, empty where there is none.
    Text,
    /// A small number: a code, or a yes as 1.
    U8,
    /// A count or an index.
    U32,
    /// A whole number; null where it is this one, which then also lies in the slot.
    I64 { null: i64 },
    /// An instant in UTC, likewise.
    Instant { null: i64 },
    /// Counts or indices, any number a row.
    U32Lists,
    /// Scores, any number a row.
    F32Lists,
    /// Days, any number a row.
    DayLists,
}

impl Kind {
    /// How many arrays Arrow counts in a column: a list is one of its own beside its values.
    pub(crate) const fn n_nodes(self) -> usize {
        match self {
            Self::U32Lists | Self::F32Lists | Self::DayLists => 2,
            _ => 1,
        }
    }

    /// How many buffers Arrow lays out for a column: validity and values, and offsets where there are any.
    pub(crate) const fn n_buffers(self) -> usize {
        match self {
            Self::Text => 3,
            Self::U32Lists | Self::F32Lists | Self::DayLists => 4,
            _ => 2,
        }
    }

    /// Whether a row may be null.
    pub(crate) const fn nullable(self) -> bool {
        matches!(self, Self::I64 { .. } | Self::Instant { .. })
    }

    /// The type in words, as a reader finds it in a file and as errors say it.
    pub(crate) const fn type_name(self) -> &'static str {
        match self {
            Self::Text => "utf8 not null",
            Self::U8 => "uint8 not null",
            Self::U32 => "uint32 not null",
            Self::I64 { .. } => "int64",
            Self::Instant { .. } => "timestamp[us, UTC]",
            Self::U32Lists => "large_list<uint32 not null> not null",
            Self::F32Lists => "large_list<float not null> not null",
            Self::DayLists => "large_list<date32 not null> not null",
        }
    }

    fn data_type(self) -> DataType {
        match self {
            Self::Text => DataType::Utf8,
            Self::U8 => DataType::UInt8,
            Self::U32 => DataType::UInt32,
            Self::I64 { .. } => DataType::Int64,
            Self::Instant { .. } => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Self::U32Lists => DataType::LargeList(list_item(DataType::UInt32)),
            Self::F32Lists => DataType::LargeList(list_item(DataType::Float32)),
            Self::DayLists => DataType::LargeList(list_item(DataType::Date32)),
        }
    }
}

/// The field of a list's values, by the name Arrow gives it everywhere.
pub(crate) fn list_item(data_type: DataType) -> Arc<Field> {
    Arc::new(Field::new("item", data_type, false))
}

/// A column of a section.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ColumnSpec {
    /// Its name.
    pub(crate) name: &'static str,
    /// What it holds.
    pub(crate) kind: Kind,
}

/// A section: one file of the artifact.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SectionSpec {
    /// The file's name.
    pub(crate) file: &'static str,
    /// Its columns, in order.
    pub(crate) columns: &'static [ColumnSpec],
}

impl SectionSpec {
    /// The Arrow schema of the section.
    pub(crate) fn schema(&self) -> Schema {
        let field =
            |column: &ColumnSpec| Field::new(column.name, column.kind.data_type(), column.kind.nullable());
        Schema::new(self.columns.iter().map(field).collect::<Vec<_>>())
    }
}

const fn column(name: &'static str, kind: Kind) -> ColumnSpec {
    ColumnSpec { name, kind }
}

pub(crate) const ITEMS: SectionSpec = SectionSpec {
    file: "items.arrow",
    columns: &[
        column("item_id", Kind::Text),
        column("variant_id", Kind::Text),
        column("title", Kind::Text),
        column("link", Kind::Text),
        column("image_link", Kind::Text),
        column("brand", Kind::Text),
        column("category", Kind::Text),
        column("price_minor", Kind::I64 { null: NO_PRICE }),
        column("availability", Kind::U8),
        column("kind", Kind::U8),
        column("adult", Kind::U8),
        column("listed", Kind::U8),
        column("available_at", Kind::Instant { null: i64::MIN }),
        column("expires_at", Kind::Instant { null: i64::MAX }),
    ],
};

pub(crate) const VARIANTS: SectionSpec = SectionSpec {
    file: "variants.arrow",
    columns: &[column("variant_id", Kind::Text), column("item", Kind::U32)],
};

pub(crate) const CUSTOMERS: SectionSpec =
    SectionSpec { file: "customers.arrow", columns: &[column("customer_id", Kind::Text)] };

pub(crate) const HISTORIES: SectionSpec = SectionSpec {
    file: "histories.arrow",
    columns: &[
        column("items", Kind::U32Lists),
        column("last_bought_on", Kind::DayLists),
        column("n_orders", Kind::U32Lists),
    ],
};

pub(crate) const POPULARITY: SectionSpec = SectionSpec {
    file: "popularity.arrow",
    columns: &[
        column("n_orders", Kind::U32),
        column("n_orders_before", Kind::U32),
        column("n_orders_ever", Kind::U32),
    ],
};

pub(crate) const AFFINITY: SectionSpec = SectionSpec {
    file: "affinity.arrow",
    columns: &[
        column("items", Kind::U32Lists),
        column("scores", Kind::F32Lists),
        column("cooccurrences", Kind::U32Lists),
        column("customers", Kind::U32Lists),
    ],
};

pub(crate) const PERSONAL: SectionSpec = SectionSpec {
    file: "personal.arrow",
    columns: &[column("items", Kind::U32Lists), column("weights", Kind::F32Lists)],
};

/// All sections. An artifact of this version has each of them.
pub(crate) const SECTIONS: [SectionSpec; 7] =
    [ITEMS, VARIANTS, CUSTOMERS, HISTORIES, POPULARITY, AFFINITY, PERSONAL];
