//! Order history in, checked purchases and a report of every row out.
//!
//! ```text
//! files ─► flat (else made so) ─► footer (suspicion) ─► schema (which column is meant) ─► table (batches)
//!            items ──────────────────────────┐
//!            customers ─► ids ─► orders ─► judge ─► netting ─► assemble ─► Baskets, Vocab, Catalogue
//!                           └──► events ─► event_rows ─────────────────────► Events
//!                                              └── reason, report: every row, used or dropped ──┘
//! ```
//!
//! Two promises. `rows_read = rows_used + dropped by reason` holds exactly for every table. And the result
//! is a function of what the rows say alone: not of their order, of how they are cut into files and row
//! groups, of whether ids are written as numbers or as text, of how often a file is given (one with events
//! must have their ids for that), or of the number of threads. Only the examples in the report name files and rows; and
//! where names leave open which column is an item's id, or a joined file has a key twice, the first rows decide and it is told.
//!
//! Files are taken for hostile until they are read: see [`Limits`].

mod advice;
mod amounts;
mod apart;
mod assemble;
mod batch;
mod catalogue;
mod category_path;
mod conductor;
mod customers;
mod details;
mod elsewhere;
mod error;
mod event_rows;
mod events;
mod files;
mod flat;
mod footer;
mod ingested;
mod inspect;
mod intern;
mod item_values;
mod items;
mod judge;
mod left_out;
mod line;
mod line_titles;
mod lines;
mod matching;
mod meaning;
mod names;
mod netting;
mod numbering;
mod orders;
mod overdrawn;
mod parents;
mod parts;
mod price_ratio;
mod profile_texts;
mod profiles;
mod proposals;
mod readable;
mod reason;
mod report;
mod returns;
mod schema;
mod settings;
mod sources;
mod table;
mod table_file;
mod thrift;
mod values;
mod written;

use erbij_core::{Progress, Timestamp};

pub use error::{IngestError, MissingColumn};
pub use ingested::Ingested;
pub use inspect::{
    ColumnProfile, Finding, FoundJoin, Holds, InspectedTable, Inspection, LeftOut, Said, Standing, inspect,
    is_personal,
};
pub use meaning::{AmountOf, Meaning, Unit};
pub use profile_texts::profile_names;
pub use reason::{Effect, N_EXAMPLES, Reason};
pub use report::{BriefReport, Example, IngestReport, TableReport, Window};
pub use settings::{
    Duplicates, Join, Limits, OrderOf, Rules, Settings, TableSettings, Tables, UnknownItem, Words,
};
pub use sources::Sources;
pub use written::{quoted, words_by_column};

/// Reads the tables. `now` decides which dates lie in the future.
///
/// O(rows) beside the sorting of baskets, customers and items. 17.6 million lines of 3.6 million orders, ids as
/// integers, took 7 CPU seconds and 44 bytes a line at the peak (two cores, Sapphire Rapids, busy; dev profile).
/// 10.9 million events beside 4.9 million lines took 4.8 seconds more than the lines alone, and 1.1 GB at the peak
/// (two cores, dev profile).
pub fn ingest(
    sources: &Sources,
    settings: &Settings,
    now: Timestamp,
    progress: &dyn Progress,
) -> Result<Ingested, IngestError> {
    conductor::ingest(sources, settings, now, progress)
}

/// Reads the tables for the sake of the report alone.
pub fn check(
    sources: &Sources,
    settings: &Settings,
    now: Timestamp,
    progress: &dyn Progress,
) -> Result<IngestReport, IngestError> {
    Ok(ingest(sources, settings, now, progress)?.report)
}
