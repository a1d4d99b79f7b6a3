//! The order of the work: tables opened, read, judged, netted, and put together.

use erbij_core::{
    BasketParts, Baskets, Catalogue, CustomerIdx, Events, Progress, TimeZone, Timestamp, Vocab,
};

use crate::assemble::{Assembled, ByOrder};
use crate::customers::{CustomerRows, ReadCustomers};
use crate::event_rows::{Settled, Settling};
use crate::events::{KnownIds, ReadEvents};
use crate::intern::{Interner, MISSING, TOO_LONG};
use crate::items::{ItemRows, ReadItems};
use crate::judge::{ItemFacts, Judged};
use crate::lines::{FIRST_CODE, Lines};
use crate::netting::{Netted, OrderFacts, Unmatched};
use crate::orders::{ReadOrders, Reading};
use crate::reason::Tally;
use crate::table::{Table, TableFiles};
use crate::{IngestError, IngestReport, Ingested, Rules, Settings, Sources, TableReport};
use crate::{
    Reason, advice, assemble, catalogue, customers, event_rows, events, intern, items, judge, line_titles,
    matching, names, netting, numbering, orders, settings,
};

/// See [`crate::ingest`].
pub(crate) fn ingest(
    sources: &Sources,
    settings: &Settings,
    now: Timestamp,
    progress: &dyn Progress,
) -> Result<Ingested, IngestError> {
    let ReadTables {
        table,
        time_zone,
        mut read,
        rows,
        customers,
        customers_report,
        events,
        topic_ids,
        mut report,
    } = read_tables(sources, settings, now, progress)?;
    progress.begin("sorting orders", None, "steps");
    let rules = settings.rules.with(&table.rules, settings.profile.is_some());
    let groups: Vec<(u32, u32)> = rows.iter().flat_map(|rows| pairs(&rows.variants, &rows.groups)).collect();
    let known = rows.as_ref().map(|_| known_ids(&groups, read.item_ids.len()));
    let facts = ItemFacts::new(&read.item_ids, &rules, &groups, known.as_deref());
    let mut tally = Tally::default();
    let customer_order = read.customer_ids.canonical((0..read.customer_ids.len() as u32).collect());
    let customer_ranks = numbering::numbers(&customer_order, read.customer_ids.len());
    let conflicted = settle_customers(&mut read, &customer_ranks);
    let cleaning = Cleaning { facts: &facts, conflicted: &conflicted, rules: &rules, time_zone: &time_zone };
    let (assembled, unmatched) = clean(&mut read, &cleaning, &mut tally);
    report.cancellations_unmatched = unmatched.n;

    let in_catalogue =
        rows.iter().flat_map(|rows| (0..rows.variants.len()).map(|row| catalogue::item_of(rows, row)));
    let sales = assembled.sales(read.item_ids.len());
    let n_items_sold = sales.iter().filter(|&&n| 0 < n).count() as u64;
    let (item_numbers, item_order) = numbering::number_items(&read.item_ids, &sales, in_catalogue);
    let mut orders_report = orders_report(&table, &read, &tally, assembled.n_used);
    orders_report.hints.extend(unmatched.told(settings.currency));
    let n_unknown = tally.count(Reason::UnknownItemKept) + tally.count(Reason::UnknownItemDropped);
    if rows.is_some() {
        let is_known = |id: u32| facts.bits.get(id as usize).is_some_and(|bits| bits & judge::UNKNOWN == 0);
        let counts = (n_unknown, table.n_rows());
        let told = advice::of_spelling(&read.item_ids, is_known, counts, ("the catalogue", "items"));
        orders_report.hints.extend(told);
    }
    report.tables.insert(table.name().to_owned(), orders_report);
    // The largest columns by far; what follows needs room of its own.
    read.lines = Lines::default();
    let settling = Settling {
        units: &facts.units,
        items: &item_numbers,
        customer_ranks: &customer_ranks,
        topic_ids: &topic_ids,
        earliest: settings.rules.earliest,
        latest: now.plus_days(1),
    };
    let events = events.map(|(table, events)| settle_events(&table, events, &settling, &read, &mut report));
    let making = catalogue::Making {
        ids: &read.item_ids,
        order: &item_order,
        numbers: &item_numbers,
        rows: rows.as_ref(),
        facts: &facts,
        topic_ids: &topic_ids,
        event_topics: &events.as_ref().map_or(Vec::new(), |(read, settled)| settled.topics(&read.rows)),
        currency: settings.currency,
    };
    let catalogue = catalogue::make(&making)?;
    if let Some((n_rows, first)) = catalogue::unknown_relations(&making) {
        report.note_unknown_relations(n_rows, &first);
    }
    let is_customer =
        customers_that_count(&read, &customer_order, &customers.listed, &assembled, events.as_ref());
    let (customer_numbers, vocab) = number_customers(&read, &customer_order, &is_customer)?;
    let numbering = numbering::Numbering {
        orders: &read.orders.ids,
        first_judged: read.orders.first_judged,
        order_customers: &read.orders.customers,
        ordered_at: &read.orders.ordered_at,
        customers: &customer_numbers,
        items: &item_numbers,
        n_customers: vocab.len(),
        n_items: catalogue.len(),
    };
    let (parts, is_judged) = assembled.into_parts(&numbering);
    let baskets = Baskets::from_parts(BasketParts { time_zone, ..parts })?;
    let events = lay_out_events(events, &settling, &customer_numbers, &vocab, &catalogue)?;
    let number = |id: u32| customer_numbers[customer_ranks[id as usize] as usize];
    let stated =
        customers::settle(&customers, customers_report, number, vocab.len(), &catalogue, &mut report);
    report.count(&baskets, &vocab, &catalogue, &events, n_items_sold);
    advice::add(&mut report, &baskets, &events, now, &read.signs);
    Ok(Ingested { baskets, is_judged, customers: vocab, catalogue, events, stated, report })
}

/// All tables as they were read, before anything is judged.
struct ReadTables {
    table: Table,
    /// The zone of the shop.
    time_zone: TimeZone,
    read: ReadOrders,
    rows: Option<ItemRows>,
    customers: CustomerRows,
    /// The customers table, and what became of its rows so far.
    customers_report: Option<(Table, Tally)>,
    events: Option<(Table, ReadEvents)>,
    topic_ids: Interner,
    report: IngestReport,
}

fn read_tables(
    sources: &Sources,
    settings: &Settings,
    now: Timestamp,
    progress: &dyn Progress,
) -> Result<ReadTables, IngestError> {
    let mut report = IngestReport::default();
    let of_items = sources
        .items
        .as_deref()
        .map(|source| TableFiles::open(&names::ITEMS, source, settings))
        .transpose()?;
    let mut of_orders = TableFiles::open(&names::ORDERS, &sources.orders, settings)?;
    let n_files = of_orders.files.len();
    if let Some(judged) = &sources.judged_orders {
        of_orders = of_orders.followed_by(TableFiles::open(&names::ORDERS, judged, settings)?);
    }
    let files = (&of_orders, of_items.as_ref());
    let (mut table, mut items) = open(files, settings)?;
    if let Some(matched) = matching::choose((&table, items.as_ref()), files, settings)? {
        (table, items) = open(files, &matched.settings)?;
        table.hints.extend(matched.hints);
    }
    let items = match items {
        Some(table) => Some(read_items(&table, settings, progress, &mut report)?),
        None => None,
    };
    let empty = || Interner::new(settings.limits.max_id_bytes);
    let customers = match &sources.customers {
        Some(source) => {
            let table = Table::open(
                &names::CUSTOMERS,
                &TableFiles::open(&names::CUSTOMERS, source, settings)?,
                settings,
            )?;
            customers::read(table, settings, progress)?
        }
        None => ReadCustomers::none(settings),
    };
    let (rows, item_ids, topic_ids) = match items {
        Some(ReadItems { rows, ids, topic_ids, .. }) => (Some(rows), ids, topic_ids),
        None => (None, empty(), empty()),
    };
    let ReadCustomers { ids: customer_ids, rows: customers, report: customers_report } = customers;
    let of_file = || table.time_zone("ordered_at").cloned();
    let time_zone = settings.timezone.clone().or_else(of_file).unwrap_or_else(default_time_zone);
    let catalogue_prices = prices_by_id(rows.as_ref(), item_ids.len());
    let reading = Reading {
        settings,
        now,
        time_zone: &time_zone,
        progress,
        customer_ids,
        item_ids,
        catalogue_prices,
        first_judged_row: table.first_row(n_files),
    };
    let mut read = orders::read(&table, reading)?;
    let rows = match rows {
        None => line_titles::read(&table, &mut read.item_ids)?,
        rows => rows,
    };
    let (events, topic_ids) = read_events(sources, settings, &time_zone, &mut read, topic_ids, progress)?;
    Ok(ReadTables { table, time_zone, read, rows, customers, customers_report, events, topic_ids, report })
}

/// By first sight of a variant, or of its group, what it costs; below 0 where nothing says so.
fn prices_by_id(rows: Option<&ItemRows>, n_ids: usize) -> Vec<i64> {
    let Some(rows) = rows else { return Vec::new() };
    let mut prices = vec![-1; n_ids];
    let by = |ids: &[u32], prices: &mut Vec<i64>| {
        for (&id, &price) in ids.iter().zip(&rows.prices) {
            if id != MISSING && 0 <= price && prices[id as usize] < 0 {
                prices[id as usize] = price;
            }
        }
    };
    by(&rows.variants, &mut prices);
    by(&rows.groups, &mut prices);
    prices
}

/// The tables of orders and items.
fn open(
    (orders, items): (&TableFiles, Option<&TableFiles>),
    settings: &Settings,
) -> Result<(Table, Option<Table>), IngestError> {
    let items = items.map(|files| Table::open(&names::ITEMS, files, settings)).transpose()?;
    Ok((Table::open(&names::ORDERS, orders, settings)?, items))
}

fn default_time_zone() -> TimeZone {
    TimeZone::named(settings::DEFAULT_TIME_ZONE).expect("it is in the database")
}

fn pairs<'a>(variants: &'a [u32], groups: &'a [u32]) -> impl Iterator<Item = (u32, u32)> + 'a {
    variants.iter().copied().zip(groups.iter().copied())
}

fn known_ids(groups: &[(u32, u32)], n_ids: usize) -> Vec<bool> {
    let mut known = vec![false; n_ids];
    for &(variant, group) in groups {
        known[variant as usize] = true;
        if group != MISSING {
            known[group as usize] = true;
        }
    }
    known
}

fn read_items(
    table: &Table,
    settings: &Settings,
    progress: &dyn Progress,
    report: &mut IngestReport,
) -> Result<ReadItems, IngestError> {
    let items = items::read(table, settings, progress)?;
    let described = |row: u64| match items.row_ids[row as usize] {
        MISSING => "no id".to_owned(),
        TOO_LONG => "an id too long to show".to_owned(),
        id => format!("item {}", items.ids.id(id)),
    };
    let mut table_report = TableReport::new(table, &items.tally, items.n_used, described);
    table_report.hints.extend(items.hints.iter().cloned());
    report.tables.insert(table.name().to_owned(), table_report);
    Ok(items)
}

/// Reads the events, where there are any, with the ids that orders know, and closes these.
fn read_events(
    sources: &Sources,
    settings: &Settings,
    time_zone: &TimeZone,
    read: &mut ReadOrders,
    topic_ids: Interner,
    progress: &dyn Progress,
) -> Result<(Option<(Table, ReadEvents)>, Interner), IngestError> {
    let take = |ids: &mut Interner| std::mem::replace(ids, Interner::new(0));
    let mut known = KnownIds {
        customers: take(&mut read.customer_ids),
        items: take(&mut read.item_ids),
        topics: topic_ids,
    };
    let mut events = None;
    if let Some(source) = &sources.events {
        let table =
            Table::open(&names::EVENTS, &TableFiles::open(&names::EVENTS, source, settings)?, settings)?;
        let (read_events, more) = events::read(&table, settings, time_zone, known, progress)?;
        known = more;
        events = Some((table, read_events));
    }
    read.customer_ids = known.customers.seal();
    read.item_ids = known.items.seal();
    Ok((events, known.topics.seal()))
}

/// Which events count, and what became of each row of them.
fn settle_events(
    table: &Table,
    events: ReadEvents,
    settling: &Settling<'_>,
    orders: &ReadOrders,
    report: &mut IngestReport,
) -> (ReadEvents, Settled) {
    let mut tally = Tally::default();
    let settled = event_rows::settle(&events, settling, &mut tally);
    let described = |row: u64| {
        if let Some(remark) = events.remarks.get(&row) {
            return remark.clone();
        }
        let (item, name) = (events.rows.items[row as usize], events.rows.names[row as usize]);
        let name = if name < TOO_LONG { events.event_names.id(name) } else { "no event name".into() };
        // People's ids stay out of reports.
        match item {
            MISSING => name.into_owned(),
            TOO_LONG => format!("{name}, an id too long to show"),
            item => format!("{name}, item {}", orders.item_ids.id(item)),
        }
    };
    let mut table_report = TableReport::new(table, &tally, settled.n_used(), described);
    table_report.hints.extend(events.hints.iter().cloned());
    let is_known = |id: u32| settling.items[settling.units[id as usize] as usize] != MISSING;
    let counts = (tally.count(Reason::UnknownItemDropped), table.n_rows());
    let told = advice::of_spelling(&orders.item_ids, is_known, counts, ("no other table", "events"));
    table_report.hints.extend(told);
    report.tables.insert(table.name().to_owned(), table_report);
    (events, settled)
}

fn lay_out_events(
    events: Option<(ReadEvents, Settled)>,
    settling: &Settling<'_>,
    customer_numbers: &[u32],
    customers: &Vocab<CustomerIdx>,
    catalogue: &Catalogue,
) -> Result<Events, IngestError> {
    let Some((read, settled)) = events else { return Ok(Events::none(customers.len(), catalogue.len())) };
    let numbering = event_rows::Numbering {
        customers: customer_numbers,
        n_customers: customers.len(),
        n_items: catalogue.len(),
        topics: catalogue.topic_names(),
    };
    Ok(Events::from_parts(event_rows::lay_out(&read, &settled, settling, &numbering))?)
}

/// Replaces the customer of each order by its rank among all ids; of several the first by id. Returns the
/// orders that name several, rising.
fn settle_customers(read: &mut ReadOrders, ranks: &[u32]) -> Vec<u32> {
    for customer in read.orders.customers.iter_mut().filter(|customer| **customer != MISSING) {
        *customer = ranks[*customer as usize];
    }
    let mut conflicted = Vec::new();
    for &(order, other) in &read.orders.conflicts {
        let customer = &mut read.orders.customers[order as usize];
        *customer = ranks[other as usize].min(*customer);
        conflicted.push(order);
    }
    conflicted.dedup();
    conflicted
}

/// What is known beside the lines when they become baskets.
struct Cleaning<'a> {
    facts: &'a ItemFacts,
    conflicted: &'a [u32],
    rules: &'a Rules,
    time_zone: &'a TimeZone,
}

/// From lines to baskets; how many cancellations found too little to take back beside them.
fn clean(read: &mut ReadOrders, cleaning: &Cleaning<'_>, tally: &mut Tally) -> (Assembled, Unmatched) {
    let &Cleaning { facts, conflicted, rules, time_zone } = cleaning;
    let prefix = rules.cancellation_prefix.as_deref().unwrap_or_default();
    let cancelling = judge::cancelling_orders(&read.orders.ids, prefix);
    let Judged { cancellations, returned, n_refunds } =
        judge::judge(&mut read.lines, facts, &cancelling.orders, rules, tally);
    if 0 < cancelling.n_too_many {
        read.hints.push(format!(
            "{} of {} order ids are `{}` and digits: too many to be cancellations, so rules.cancellation_prefix is ignored",
            cancelling.n_too_many,
            read.orders.ids.len(),
            prefix
        ));
    }
    let orders = OrderFacts {
        ids: &read.orders.ids,
        customers: &read.orders.customers,
        ordered_at: &read.orders.ordered_at,
        time_zone,
    };
    if 0 < n_refunds {
        read.hints.push(format!(
            "{n_refunds} rows refund an item without saying that it came back, so its purchase stays; give a row that takes it back a quantity below 0"
        ));
    }
    let netted: Netted = netting::net(cancellations, &returned, &read.lines, &orders, facts, tally);
    let by_order = ByOrder::new(&read.lines.orders, read.orders.ids.len());
    let making = assemble::Making {
        lines: &read.lines,
        by_order: &by_order,
        customers: &read.orders.customers,
        conflicted,
        items: facts,
        netted: &netted,
        rules,
    };
    (assemble::assemble(&making, &returned, tally), netted.unmatched)
}

fn orders_report(table: &Table, read: &ReadOrders, tally: &Tally, n_used: u64) -> TableReport {
    let described = |row: u64| {
        if let Some(remark) = read.orders.remarks.get(&row) {
            return remark.clone();
        }
        let at = row as usize;
        let (order, item) = (read.lines.orders[at], read.lines.items[at]);
        let mut text = String::new();
        if order < FIRST_CODE {
            text.push_str(&format!("order {}, ", read.orders.ids.id(order)));
        }
        if item < FIRST_CODE {
            text.push_str(&format!("item {}, ", read.item_ids.id(item)));
        }
        text.push_str(&format!("quantity {}", read.lines.quantities[at]));
        text
    };
    let mut report = TableReport::new(table, tally, n_used, described);
    report.hints.extend(read.hints.iter().cloned());
    report
}

/// By canonical rank, who is a customer: whoever has a basket or an event, and those of the customers table.
fn customers_that_count(
    read: &ReadOrders,
    customer_order: &[u32],
    listed: &[bool],
    assembled: &Assembled,
    events: Option<&(ReadEvents, Settled)>,
) -> Vec<bool> {
    let mut is_customer: Vec<bool> =
        customer_order.iter().map(|&id| listed.get(id as usize).is_some_and(|&listed| listed)).collect();
    assembled.mark_customers(&read.orders.customers, &mut is_customer);
    if let Some((events, settled)) = events {
        let ranks = numbering::numbers(customer_order, read.customer_ids.len());
        settled.mark_customers(&events.rows, &ranks, &mut is_customer);
    }
    is_customer
}

/// Numbers customers by their ids. By canonical rank the final number beside the vocabulary.
fn number_customers(
    read: &ReadOrders,
    customer_order: &[u32],
    is_customer: &[bool],
) -> Result<(Vec<u32>, Vocab<CustomerIdx>), IngestError> {
    let mut n_customers = 0;
    let numbers = is_customer
        .iter()
        .map(|&is_customer| {
            let number = if is_customer { n_customers } else { MISSING };
            n_customers += u32::from(is_customer);
            number
        })
        .collect();
    let kept = customer_order.iter().zip(is_customer).filter(|(_, is)| **is).map(|(&id, _)| id);
    let ids = intern::id_column(&read.customer_ids, kept).map_err(|source| IngestError::Text {
        table: "orders",
        name: "customer_id",
        source,
    })?;
    let vocab = Vocab::new(ids).map_err(|source| IngestError::Vocab { what: "customers", source })?;
    Ok((numbers, vocab))
}
