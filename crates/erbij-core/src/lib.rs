//! The words of the domain: ids, vocabularies, baskets, scores, catalogue, money and time.
//!
//! Everything here is data and pure functions. There is no IO, no thread, no clock and no chance:
//! whoever needs those passes their results in. Columns that are written to an artifact are held as
//! Arrow buffers, so that opening one copies nothing.

mod auto;
mod baskets;
mod catalogue;
mod causes;
mod column_error;
mod events;
mod grant;
mod histories;
mod idx;
mod money;
mod neighbours;
mod numerals;
mod params;
mod past;
mod placement;
mod progress;
mod relations;
mod rows;
mod score;
mod score_board;
mod scorer;
mod sessions;
mod share_out;
mod stated;
pub mod statistics;
mod strict_toml;
mod text;
mod time;
mod time_zone;
mod training_data;
mod vocab;

pub use auto::{
    Auto, AutoParams, Choice, HeldOutCases, Verdict, choose, drawn_evenly, is_drawn_evenly, ndcg_at_k,
};
pub use baskets::{BasketParts, Baskets, BasketsError, Order, Returned};
pub use catalogue::{
    Availability, Catalogue, CatalogueColumns, CatalogueError, Categories, Ineligible, ItemKind, NO_PRICE,
    TopicColumns, VariantColumns,
};
pub use causes::{causes, said_once};
pub use column_error::{ModelError, check_len};
pub use events::{Event, EventKind, EventParts, Events, EventsError};
pub use grant::{Grant, Personalisation, PersonalisationPolicy};
pub use histories::{Histories, Purchase};
pub use idx::{CategoryIdx, CustomerIdx, FacetIdx, Idx, ItemIdx, NeedIdx, SessionIdx, TopicIdx, VisitorIdx};
pub use money::{Currency, Money, MoneyError};
pub use neighbours::{NeighbourOrder, Neighbours};
pub use numerals::with_commas;
pub use params::{ParamError, in_range};
pub use past::{Act, ActKind, Past};
pub use placement::{AlreadyBought, Placement};
pub use progress::{Notes, Progress, Silent};
pub use relations::{RelationKind, Relations, RelationsError};
pub use rows::{RowOffsets, RowOffsetsError};
pub use score::{Score, TopK};
pub use score_board::ScoreBoard;
pub use scorer::{HistoryScorer, sort_contributions};
pub use sessions::{SessionCut, Sessions, SessionsError, cut_sessions};
pub use share_out::{BLOCK_ROWS, share_out, share_out_in_turns};
pub use stated::{HouseholdKind, InterestNames, Stated, StatedInterest};
pub use strict_toml::{TomlError, from_toml, nearest};
pub use text::{StrColumn, StrColumnBuilder, StrColumnError};
pub use time::{Day, MICROS_PER_DAY, Timestamp, TimestampError};
pub use time_zone::{TimeZone, TimeZoneError};
pub use training_data::TrainingData;
pub use vocab::{Vocab, VocabError, cmp_ids};
