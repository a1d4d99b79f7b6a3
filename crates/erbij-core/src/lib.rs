//! The words of the domain: ids, vocabularies, baskets, scores, catalogue, money and time.
//!
//! Everything here is data and pure functions. There is no IO, no thread, no clock and no chance:
//! whoever needs those passes their results in. Columns that are written to an artifact are held as
//! Arrow buffers, so that opening one copies nothing.

mod baskets;
mod catalogue;
mod causes;
mod events;
mod histories;
mod idx;
mod money;
mod placement;
mod progress;
mod relations;
mod rows;
mod score;
mod sessions;
mod stated;
mod strict_toml;
mod text;
mod time;
mod time_zone;
mod vocab;

pub use baskets::{BasketParts, Baskets, BasketsError, Order, Returned};
pub use catalogue::{
    Availability, Catalogue, CatalogueColumns, CatalogueError, Categories, Ineligible, ItemKind, NO_PRICE,
    TopicColumns, VariantColumns,
};
pub use causes::{causes, said_once};
pub use events::{Event, EventKind, EventParts, Events, EventsError};
pub use histories::{Histories, Purchase};
pub use idx::{CategoryIdx, CustomerIdx, FacetIdx, Idx, ItemIdx, NeedIdx, SessionIdx, TopicIdx, VisitorIdx};
pub use money::{Currency, Money, MoneyError};
pub use placement::{AlreadyBought, Placement};
pub use progress::{Notes, Progress, Silent};
pub use relations::{RelationKind, Relations, RelationsError};
pub use rows::{RowOffsets, RowOffsetsError};
pub use score::{Score, TopK};
pub use sessions::{SessionCut, Sessions, SessionsError, cut_sessions};
pub use stated::{HouseholdKind, InterestNames, Stated, StatedInterest};
pub use strict_toml::{TomlError, from_toml, nearest};
pub use text::{StrColumn, StrColumnBuilder, StrColumnError};
pub use time::{Day, MICROS_PER_DAY, Timestamp, TimestampError};
pub use time_zone::{TimeZone, TimeZoneError};
pub use vocab::{Vocab, VocabError, cmp_ids};
