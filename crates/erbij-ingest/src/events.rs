//! Events from disk into compact columns: 32 bytes a row.
//!
//! As with orders, three tasks go through the table at once: *who* (customer, visitor, session), *what* (item,
//! topic) and *when and which* (instant, name, id of the event). What counts is settled afterwards, in
//! `event_rows`, when items have their numbers.

use std::collections::BTreeMap;

use erbij_core::{Progress, TimeZone};

use crate::intern::Interner;
use crate::names::events as column;
use crate::reason::N_EXAMPLES;
use crate::table::Table;
use crate::values::{self, BAD_INSTANT, Ids, Instants};
use crate::{IngestError, Settings};

/// A row each, ids by first sight or what stands for none.
pub(crate) struct EventRows {
    pub(crate) customers: Vec<u32>,
    pub(crate) visitors: Vec<u32>,
    pub(crate) sessions: Vec<u32>,
    pub(crate) items: Vec<u32>,
    pub(crate) topics: Vec<u32>,
    pub(crate) names: Vec<u32>,
    pub(crate) occurred_at: Vec<i64>,
    /// None where the table has no such column.
    pub(crate) event_ids: Option<Vec<u32>>,
    /// Rows that the settings leave out, rising.
    pub(crate) left_out: Vec<u32>,
}

/// All that was read.
pub(crate) struct ReadEvents {
    pub(crate) rows: EventRows,
    pub(crate) visitor_ids: Interner,
    pub(crate) session_ids: Interner,
    pub(crate) event_names: Interner,
    /// How many ids of events there are.
    pub(crate) n_event_ids: usize,
    pub(crate) hints: Vec<String>,
    /// What stood in the first rows whose instant cannot be read, for the examples.
    pub(crate) remarks: BTreeMap<u64, String>,
}

/// Ids that are known already, and more so after the reading.
pub(crate) struct KnownIds {
    pub(crate) customers: Interner,
    pub(crate) items: Interner,
    pub(crate) topics: Interner,
}

/// Reads all events. O(rows), about 32 bytes a row beside the ids.
pub(crate) fn read(
    table: &Table,
    settings: &Settings,
    time_zone: &TimeZone,
    known: KnownIds,
    progress: &dyn Progress,
) -> Result<(ReadEvents, KnownIds), IngestError> {
    progress.begin("reading events", Some(table.n_rows()), "rows");
    let who = || read_who(table, settings, known.customers, progress);
    let what = || read_what(table, known.items, known.topics);
    let when = || read_when(table, settings, time_zone);
    let (who, (what, when)) = rayon::join(who, || rayon::join(what, when));
    let (who, what, when) = (who?, what?, when?);
    let rows = EventRows {
        customers: who.of_customer,
        visitors: who.of_visitor,
        sessions: who.of_session,
        items: what.of_item,
        topics: what.of_topic,
        names: when.of_name,
        occurred_at: when.occurred_at,
        event_ids: table.has(column::EVENT_ID).then_some(when.of_event),
        left_out: who.left_out,
    };
    let mut hints = when.hints;
    for (name, ids, taken_for) in [
        ("customer_id", &who.customers, "nobody known (rules.guest_ids)"),
        ("visitor_id", &who.visitors, "no visitor"),
        ("session_id", &who.sessions, "no session"),
        ("item_id", &what.items, "no id"),
    ] {
        hints.extend(ids.hints(table, name, taken_for));
    }
    let read = ReadEvents {
        rows,
        visitor_ids: who.visitors.interner.seal(),
        session_ids: who.sessions.interner.seal(),
        event_names: when.names.interner.seal(),
        n_event_ids: when.n_event_ids,
        hints,
        remarks: when.remarks,
    };
    let known = KnownIds {
        customers: who.customers.interner,
        items: what.items.interner,
        topics: what.topics.interner,
    };
    Ok((read, known))
}

struct Who {
    of_customer: Vec<u32>,
    of_visitor: Vec<u32>,
    of_session: Vec<u32>,
    customers: Ids,
    visitors: Ids,
    sessions: Ids,
    left_out: Vec<u32>,
}

fn read_who(
    table: &Table,
    settings: &Settings,
    customer_ids: Interner,
    progress: &dyn Progress,
) -> Result<Who, IngestError> {
    let fresh = |position: usize| {
        let mut ids = Ids::new(Interner::new(settings.limits.max_id_bytes));
        ids.interner.expect_range(table.range(position), table.n_rows());
        ids
    };
    let mut who = Who {
        of_customer: table.room()?,
        of_visitor: table.room()?,
        of_session: table.room()?,
        customers: Ids::with_nothing(customer_ids, &settings.rules.guest_ids)
            .written(table.meaning("customer_id")),
        visitors: fresh(column::VISITOR_ID),
        sessions: fresh(column::SESSION_ID),
        left_out: Vec::new(),
    };
    let mut verdicts = Vec::new();
    let mut wanted = vec![column::CUSTOMER_ID, column::VISITOR_ID, column::SESSION_ID];
    wanted.extend(table.filter.columns());
    table.scan(&wanted, |batch| {
        let of = |position: usize| batch.columns[position].as_ref();
        who.customers.read(of(0), batch.n_rows, &mut who.of_customer)?;
        who.visitors.read(of(1), batch.n_rows, &mut who.of_visitor)?;
        who.sessions.read(of(2), batch.n_rows, &mut who.of_session)?;
        if !table.filter.is_empty() {
            verdicts.clear();
            table.filter.read(&batch.columns[3..], batch.n_rows, &mut verdicts)?;
            let rows = verdicts.iter().enumerate().filter(|(_, verdict)| verdict.is_left_out);
            who.left_out.extend(rows.map(|(row, _)| batch.first_row as u32 + row as u32));
        }
        progress.advance(batch.n_rows as u64);
        Ok(())
    })?;
    Ok(who)
}

struct What {
    of_item: Vec<u32>,
    of_topic: Vec<u32>,
    items: Ids,
    topics: Ids,
}

fn read_what(table: &Table, item_ids: Interner, topic_ids: Interner) -> Result<What, IngestError> {
    let mut what = What {
        of_item: table.room()?,
        of_topic: table.room()?,
        items: Ids::new(item_ids).written(table.meaning("item_id")),
        topics: Ids::new(topic_ids),
    };
    table.scan(&[column::ITEM_ID, column::TOPIC], |batch| {
        what.items.read(batch.columns[0].as_ref(), batch.n_rows, &mut what.of_item)?;
        what.topics.read(batch.columns[1].as_ref(), batch.n_rows, &mut what.of_topic)
    })?;
    Ok(what)
}

struct When {
    occurred_at: Vec<i64>,
    of_name: Vec<u32>,
    of_event: Vec<u32>,
    names: Ids,
    n_event_ids: usize,
    hints: Vec<String>,
    remarks: BTreeMap<u64, String>,
}

fn read_when(table: &Table, settings: &Settings, time_zone: &TimeZone) -> Result<When, IngestError> {
    let max_id_bytes = settings.limits.max_id_bytes;
    let mut event_ids = Ids::new(Interner::new(max_id_bytes));
    event_ids.interner.expect_range(table.range(column::EVENT_ID), table.n_rows());
    let mut instants = Instants::new(time_zone.clone(), table.meaning("occurred_at"));
    let has_ids = table.has(column::EVENT_ID);
    let mut when = When {
        occurred_at: table.room()?,
        of_name: table.room()?,
        of_event: if has_ids { table.room()? } else { Vec::new() },
        names: Ids::new(Interner::new(max_id_bytes)),
        n_event_ids: 0,
        hints: Vec::new(),
        remarks: BTreeMap::new(),
    };
    table.scan(&[column::OCCURRED_AT, column::EVENT_NAME, column::EVENT_ID], |batch| {
        let of = |position: usize| batch.columns[position].as_ref();
        instants.read(of(0), batch.n_rows, &mut when.occurred_at)?;
        when.names.read(of(1), batch.n_rows, &mut when.of_name)?;
        if has_ids {
            event_ids.read(of(2), batch.n_rows, &mut when.of_event)?;
        }
        // A few more than are shown, since a row may turn out to be dropped for an earlier reason.
        let n_missing = (8 * N_EXAMPLES).saturating_sub(when.remarks.len());
        let first = when.occurred_at.len() - batch.n_rows;
        let bad = (0..batch.n_rows).filter(|row| when.occurred_at[first + row] == BAD_INSTANT);
        for row in bad.take(n_missing) {
            when.remarks.insert(batch.first_row + row as u64, values::described(of(0), row));
        }
        Ok(())
    })?;
    if let Some(name) = table.columns.get("occurred_at") {
        when.hints.extend(instants.hints(name, "events", "occurred_at"));
    }
    when.hints.extend(event_ids.hints(table, "event_id", "no id"));
    when.n_event_ids = event_ids.interner.len();
    Ok(when)
}
