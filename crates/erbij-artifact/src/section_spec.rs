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
    /// A weight.
    F32,
    /// A parameter, as it was fitted.
    F64,
    /// A whole number; null where it is this one, which then also lies in the slot.
    I64 { null: i64 },
    /// A day; null likewise.
    Day { null: i32 },
    /// An instant in UTC, likewise.
    Instant { null: i64 },
    /// Codes, any number a row.
    U8Lists,
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
            Self::U8Lists | Self::U32Lists | Self::F32Lists | Self::DayLists => 2,
            _ => 1,
        }
    }

    /// How many buffers Arrow lays out for a column: validity and values, and offsets where there are any.
    pub(crate) const fn n_buffers(self) -> usize {
        match self {
            Self::Text => 3,
            Self::U8Lists | Self::U32Lists | Self::F32Lists | Self::DayLists => 4,
            _ => 2,
        }
    }

    /// Whether a row may be null.
    pub(crate) const fn nullable(self) -> bool {
        matches!(self, Self::I64 { .. } | Self::Day { .. } | Self::Instant { .. })
    }

    /// The type in words, as a reader finds it in a file and as errors say it.
    pub(crate) const fn type_name(self) -> &'static str {
        match self {
            Self::Text => "utf8 not null",
            Self::U8 => "uint8 not null",
            Self::U32 => "uint32 not null",
            Self::F32 => "float not null",
            Self::F64 => "double not null",
            Self::I64 { .. } => "int64",
            Self::Day { .. } => "date32",
            Self::Instant { .. } => "timestamp[us, UTC]",
            Self::U8Lists => "large_list<uint8 not null> not null",
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
            Self::F32 => DataType::Float32,
            Self::F64 => DataType::Float64,
            Self::I64 { .. } => DataType::Int64,
            Self::Day { .. } => DataType::Date32,
            Self::Instant { .. } => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Self::U8Lists => DataType::LargeList(list_item(DataType::UInt8)),
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

/// What format 2.1 knows more of an item: a file of its own, so that a reader of 2.0 leaves it alone.
pub(crate) const ITEM_DETAILS: SectionSpec = SectionSpec {
    file: "item_details.arrow",
    columns: &[
        column("useful_life_days", Kind::U32),
        column("pack_size", Kind::F32),
        column("topics", Kind::U32Lists),
    ],
};

/// What format 2.4 knows more of an item.
pub(crate) const ITEM_MARKS: SectionSpec =
    SectionSpec { file: "item_marks.arrow", columns: &[column("sensitive", Kind::U8)] };

pub(crate) const TOPICS: SectionSpec =
    SectionSpec { file: "topics.arrow", columns: &[column("topic", Kind::Text)] };

pub(crate) const RELATIONS: SectionSpec = SectionSpec {
    file: "relations.arrow",
    columns: &[column("kinds", Kind::U8Lists), column("items", Kind::U32Lists)],
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

/// The same in people, since format 2.4.
pub(crate) const POPULARITY_PEOPLE: SectionSpec = SectionSpec {
    file: "popularity_people.arrow",
    columns: &[
        column("n_people", Kind::U32),
        column("n_people_before", Kind::U32),
        column("n_people_ever", Kind::U32),
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

/// What format 2.6 ranks beside an item, and what is known of each pair.
pub(crate) const RELATED: SectionSpec = SectionSpec {
    file: "related.arrow",
    columns: &[
        column("items", Kind::U32Lists),
        column("probabilities", Kind::F32Lists),
        column("cooccurrences", Kind::U32Lists),
        column("customers", Kind::U32Lists),
        column("walks", Kind::F32Lists),
    ],
};

/// What each thing known of a pair is worth; the constant comes last.
pub(crate) const RELATED_WEIGHTS: SectionSpec = SectionSpec {
    file: "related_weights.arrow",
    columns: &[column("feature", Kind::Text), column("weight", Kind::F32)],
};

/// What format 2.7 knows of each pair of `related.arrow` beside, for the ranking of baskets.
pub(crate) const RELATED_MEASURES: SectionSpec = SectionSpec {
    file: "related_measures.arrow",
    columns: &[
        column("shares", Kind::F32Lists),
        column("log_likelihood_ratios", Kind::F32Lists),
        column("log_lifts", Kind::F32Lists),
    ],
};

/// What each thing known of a candidate beside a basket is worth; the constant comes last.
pub(crate) const BASKET_WEIGHTS: SectionSpec = SectionSpec {
    file: "basket_weights.arrow",
    columns: &[column("feature", Kind::Text), column("weight", Kind::F32)],
};

pub(crate) const ACCESSORIES: SectionSpec = SectionSpec {
    file: "accessories.arrow",
    columns: &[
        column("items", Kind::U32Lists),
        column("scores", Kind::F32Lists),
        column("kinds", Kind::U8Lists),
        column("customers", Kind::U32Lists),
        column("expected", Kind::F32Lists),
        column("same_order_shares", Kind::F32Lists),
        column("median_lag_days", Kind::F32Lists),
    ],
};

pub(crate) const COMPLEMENTS: SectionSpec = SectionSpec {
    file: "complements.arrow",
    columns: &[
        column("category", Kind::Text),
        column("categories", Kind::U32Lists),
        column("scores", Kind::F32Lists),
        column("kinds", Kind::U8Lists),
        column("customers", Kind::U32Lists),
        column("expected", Kind::F32Lists),
        column("same_order_shares", Kind::F32Lists),
        column("median_lag_days", Kind::F32Lists),
    ],
};

pub(crate) const ALTERNATIVES: SectionSpec = SectionSpec {
    file: "alternatives.arrow",
    columns: &[
        column("items", Kind::U32Lists),
        column("scores", Kind::F32Lists),
        column("kinds", Kind::U8Lists),
    ],
};

pub(crate) const ACCESSORY_RATES: SectionSpec =
    SectionSpec { file: "accessory_rates.arrow", columns: &[column("max_tail", Kind::F64)] };

/// Weights between items, as all item–item models have them.
const ITEM_WEIGHTS: &[ColumnSpec] = &[column("items", Kind::U32Lists), column("weights", Kind::F32Lists)];

pub(crate) const RP3BETA: SectionSpec = SectionSpec { file: "rp3beta.arrow", columns: ITEM_WEIGHTS };

/// As format 1 called it.
pub(crate) const RP3BETA_1: SectionSpec = SectionSpec { file: "personal.arrow", columns: ITEM_WEIGHTS };

pub(crate) const EASE: SectionSpec = SectionSpec { file: "ease.arrow", columns: ITEM_WEIGHTS };

pub(crate) const LOCAL_EASE: SectionSpec = SectionSpec { file: "local_ease.arrow", columns: ITEM_WEIGHTS };

pub(crate) const IALS: SectionSpec =
    SectionSpec { file: "ials.arrow", columns: &[column("factors", Kind::F32Lists)] };

pub(crate) const BLEND: SectionSpec = SectionSpec {
    file: "blend.arrow",
    columns: &[
        column("feature", Kind::Text),
        column("weight_excluding", Kind::F32),
        column("weight_keeping", Kind::F32),
    ],
};

pub(crate) const REPLENISHMENT: SectionSpec = SectionSpec {
    file: "replenishment.arrow",
    columns: &[
        column("items", Kind::U32Lists),
        column("log_means", Kind::F32Lists),
        column("log_sds", Kind::F32Lists),
        column("lapses", Kind::F32Lists),
        column("last_bought_on", Kind::DayLists),
        column("last_units", Kind::F32Lists),
        column("n_intervals", Kind::U32Lists),
        column("evidence", Kind::U8Lists),
        column("kinds", Kind::U8Lists),
    ],
};

pub(crate) const REPLENISHMENT_ITEMS: SectionSpec =
    SectionSpec { file: "replenishment_items.arrow", columns: &[column("exponent", Kind::F32)] };

pub(crate) const REPEAT: SectionSpec = SectionSpec {
    file: "repeat.arrow",
    columns: &[
        column("half_life_days", Kind::F32),
        column("rate", Kind::F32),
        column("popularity", Kind::F32),
        column("followers", Kind::U32Lists),
        column("weights", Kind::F32Lists),
    ],
};

pub(crate) const REPEAT_STRENGTHS: SectionSpec = SectionSpec {
    file: "repeat_strengths.arrow",
    columns: &[column("items", Kind::U32Lists), column("strengths", Kind::F32Lists)],
};

pub(crate) const SESSIONS: SectionSpec = SectionSpec {
    file: "sessions.arrow",
    columns: &[column("items", Kind::U32Lists), column("ended_at", Kind::Instant { null: i64::MIN })],
};

/// Whose each session was, which format 2.4 knows.
pub(crate) const SESSION_PEOPLE: SectionSpec =
    SectionSpec { file: "session_people.arrow", columns: &[column("person", Kind::U32)] };

pub(crate) const LIFETIME: SectionSpec = SectionSpec {
    file: "lifetime.arrow",
    columns: &[
        column("n_repeat_days", Kind::U32),
        column("first_bought_on", Kind::Day { null: i32::MIN }),
        column("last_bought_on", Kind::Day { null: i32::MIN }),
        column("mean_spend_minor", Kind::F32),
    ],
};

pub(crate) const LIFETIME_LAW: SectionSpec =
    SectionSpec { file: "lifetime_law.arrow", columns: &[column("law", Kind::Text)] };

/// What stands in for a fit of it, which format 2.5 knows.
pub(crate) const LIFETIME_ESTIMATE: SectionSpec =
    SectionSpec { file: "lifetime_estimate.arrow", columns: &[column("estimate", Kind::Text)] };

pub(crate) const INTERESTS: SectionSpec = SectionSpec {
    file: "interests.arrow",
    columns: &[
        column("facets", Kind::U32Lists),
        column("short", Kind::F32Lists),
        column("long", Kind::F32Lists),
        column("last_on", Kind::DayLists),
    ],
};

pub(crate) const FACETS: SectionSpec = SectionSpec {
    file: "facets.arrow",
    columns: &[column("kind", Kind::U8), column("name", Kind::Text), column("population_share", Kind::F32)],
};

pub(crate) const HOUSEHOLDS: SectionSpec = SectionSpec {
    file: "households.arrow",
    columns: &[
        column("n_lines", Kind::U32),
        column("n_several", Kind::U32),
        column("expected_several", Kind::F32),
        column("n_packs", Kind::U32),
        column("pack_shift", Kind::F32),
        column("n_hinted", Kind::U32Lists),
        column("stated", Kind::U8),
    ],
};

pub(crate) const HOUSEHOLD_RATES: SectionSpec = SectionSpec {
    file: "household_rates.arrow",
    columns: &[
        column("what", Kind::Text),
        column("single", Kind::F64),
        column("couple", Kind::F64),
        column("family", Kind::F64),
        column("population", Kind::F32),
    ],
};

pub(crate) const NEEDS: SectionSpec = SectionSpec {
    file: "needs.arrow",
    columns: &[column("need", Kind::Text), column("n_buyers", Kind::U32), column("repeat_share", Kind::F32)],
};

pub(crate) const ITEM_NEEDS: SectionSpec = SectionSpec {
    file: "item_needs.arrow",
    columns: &[column("need", Kind::U32), column("life_days", Kind::U32)],
};

pub(crate) const OWNERSHIP: SectionSpec = SectionSpec {
    file: "ownership.arrow",
    columns: &[
        column("items", Kind::U32Lists),
        column("bought_on", Kind::DayLists),
        column("given", Kind::U32Lists),
    ],
};

pub(crate) const ORIENTATION: SectionSpec = SectionSpec {
    file: "orientation.arrow",
    columns: &[
        column("needs", Kind::U32Lists),
        column("items", Kind::U32Lists),
        column("first_on", Kind::DayLists),
        column("last_on", Kind::DayLists),
        column("n_items", Kind::U32Lists),
        column("n_days", Kind::U32Lists),
    ],
};

pub(crate) const SENT_BACK: SectionSpec =
    SectionSpec { file: "sent_back.arrow", columns: &[column("items", Kind::U32Lists)] };
