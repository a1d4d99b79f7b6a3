//! The events table.

use std::path::Path;
use std::sync::Arc;

use arrow_array::{ArrayRef, Int64Array, RecordBatch};
use erbij_core::{EventKind, Events, VisitorIdx};
use erbij_ingest::{Ingested, Settings, Sources};

use crate::support::{
    batch, batch_of, check_identity, counts, ingest, instants, lines, properties, text, write, write_with,
};

/// Rows in words, `event item at customer visitor session id topic`; `-` or nothing is absent.
fn rows(rows: &[&str]) -> RecordBatch {
    let word =
        |row: &str, at: usize| row.split_whitespace().nth(at).filter(|word| *word != "-").map(str::to_owned);
    let column = |at: usize| text(rows.iter().map(|row| word(row, at)));
    let names =
        ["event_name", "item_id", "occurred_at", "customer_id", "visitor_id", "session_id", "event_id"];
    let mut columns: Vec<_> = names.into_iter().enumerate().map(|(at, name)| (name, column(at))).collect();
    columns.push(("topic", column(7)));
    batch(columns)
}

fn sources(folder: &Path) -> Sources {
    let path = |name: &str| folder.join(name).display().to_string();
    Sources { orders: path("orders.parquet"), events: Some(path("events")), ..Sources::default() }
}

/// Ingests events beside one order of `1 a` and one of `2 q`, with a catalogue of `a` alone.
fn ingest_events(events: &RecordBatch) -> Ingested {
    let folder = tempfile::tempdir().expect("a folder");
    let orders = lines(&["1 a 2024-01-01 k1 1 1", "2 q 2024-01-02 k2 1 1", "2 a 2024-01-02 k2 1 1"]);
    write(&folder.path().join("orders.parquet"), &batch_of(&orders));
    write(&folder.path().join("items.parquet"), &batch(vec![("id", text([Some("a")]))]));
    write(&folder.path().join("events/1.parquet"), events);
    let items = Some(folder.path().join("items.parquet").display().to_string());
    let ingested = ingest(&Sources { items, ..sources(folder.path()) }, &Settings::default());
    let ingested = ingested.expect("valid tables");
    check_identity(&ingested.report);
    ingested
}

/// Events in words: `visitor[/session] customer kind item@instant [topic]`.
fn told(ingested: &Ingested) -> Vec<String> {
    let topics = ingested.catalogue.topic_names();
    let of_event = |event: erbij_core::Event| {
        let session = event.session.map(|session| format!("/{}", session.get())).unwrap_or_default();
        let customer = if event.customer.is_guest() { "-" } else { ingested.customers.id(event.customer) };
        let item = ingested.catalogue.items().id(event.item);
        let topic = event.topic.map(|topic| format!(" {}", topics.id(topic))).unwrap_or_default();
        let (visitor, kind, at) = (event.visitor.get(), event.kind.name(), event.occurred_at);
        format!("{visitor}{session} {customer} {kind} {item}@{at}{topic}")
    };
    ingested.events.iter().map(of_event).collect()
}

#[test]
fn events_are_laid_out_by_visitor_and_instant() {
    let ingested = ingest_events(&rows(&[
        "view_item a 2024-02-02 - v9 s2",
        "Product_Viewed q 2024-02-01 k1 v9",
        "add-to-cart a 2024-02-01T00:00:01Z k1 v10",
        "click a 2024-02-03 k3",
        "purchase-complete a 2024-02-03 - - s1",
        "View a 2024-02-03 k3 - - - coffee",
    ]));
    assert_eq!(
        told(&ingested),
        [
            "0 k1 view_item q@2024-02-01T00:00:00Z",
            "0/1 - view_item a@2024-02-02T00:00:00Z",
            "1 k1 add_to_cart a@2024-02-01T00:00:01Z",
            "2 k3 view_item a@2024-02-03T00:00:00Z coffee",
            "2 k3 select_item a@2024-02-03T00:00:00Z",
            "3/0 - purchase a@2024-02-03T00:00:00Z",
        ]
    );
    assert_eq!(ingested.events.of_visitor(VisitorIdx::new(2)), 3..5);
    // Who only looked is known too, and has no basket.
    assert_eq!(ingested.customers.ids().iter().collect::<Vec<_>>(), ["k1", "k2", "k3"]);
    assert_eq!(ingested.baskets.n_customers(), 3);
    assert_eq!((ingested.report.n_events, ingested.report.n_visitors), (6, 4));
}

#[test]
fn rows_that_cannot_count_say_why() {
    let long = "x".repeat(2000);
    let too_long = |row: &str| row.replace("LONG", &long);
    let dirty = [
        ("view_item - 2024-02-01 k1", "missing_item_id"),
        ("- a 2024-02-01 k1", "missing_event_name"),
        ("view_item a 2024-02-01", "missing_visitor"),
        ("view_item a - k1", "missing_occurred_at"),
        ("view_item a soon k1", "bad_occurred_at"),
        ("view_item a 2024-02-01 LONG", "id_too_long"),
        ("view_item LONG 2024-02-01 k1", "id_too_long"),
        ("view_item a 2024-02-01 k1 - - LONG", "id_too_long"),
        ("page_view a 2024-02-01 k1", "unknown_event"),
        ("view_item never 2024-02-01 k1", "unknown_item"),
        ("view_item a 1970-01-01 k1", "implausible_date"),
        ("view_item a 2024-06-03 k1", "future_date"),
    ];
    for (row, reason) in dirty {
        let ingested = ingest_events(&rows(&["view_item a 2024-02-01 k1", &too_long(row)]));
        let report = &ingested.report.tables["events"];
        assert_eq!(counts(report), (format!("{reason} 1"), String::new()), "{row}");
        assert_eq!((ingested.events.len(), report.rows_used), (1, 1), "{row}");
    }
    // A row has one reason, the first.
    let ingested = ingest_events(&rows(&["page_view - soon"]));
    assert_eq!(counts(&ingested.report.tables["events"]).0, "missing_item_id 1");
    // What is only a remark leaves the row.
    let ingested = ingest_events(&rows(&[&too_long("view_item a 2024-02-01 k1 - - - LONG")]));
    assert_eq!(counts(&ingested.report.tables["events"]).1, "bad_value 1");
    assert_eq!(told(&ingested), ["0 k1 view_item a@2024-02-01T00:00:00Z"]);
}

#[test]
fn examples_name_no_people() {
    let ingested = ingest_events(&rows(&["page_view a 2024-02-01 secret", "view_item a soon secret"]));
    let examples = &ingested.report.tables["events"].examples;
    assert_eq!(examples["unknown_event"][0].value, "page_view, item a");
    assert_eq!(examples["bad_occurred_at"][0].value, "soon");
}

#[test]
fn of_events_with_one_id_the_first_by_what_they_say_counts() {
    let one = ["view_item a 2024-02-02 k1 - - e1", "view_item a 2024-02-01 k1 - - e1"];
    for order in [[0, 1], [1, 0]] {
        let ingested = ingest_events(&rows(&order.map(|at| one[at])));
        assert_eq!(told(&ingested), ["0 k1 view_item a@2024-02-01T00:00:00Z"]);
        assert_eq!(counts(&ingested.report.tables["events"]).0, "duplicate_id 1");
    }
    // One that is dropped for itself stands in nobody's way.
    let ingested = ingest_events(&rows(&["view_item never 2024-02-01 k1 - - e1", one[0]]));
    assert_eq!(counts(&ingested.report.tables["events"]).0, "unknown_item 1");
    // Without an id, doing a thing twice is doing it twice.
    let ingested = ingest_events(&rows(&["view_item a 2024-02-01 k1", "view_item a 2024-02-01 k1"]));
    assert_eq!(ingested.events.len(), 2);
}

#[test]
fn variants_count_for_their_item_and_topics_are_shared_with_the_catalogue() {
    let folder = tempfile::tempdir().expect("a folder");
    write(&folder.path().join("orders.parquet"), &batch_of(&lines(&["1 s1 2024-01-01 k 1 1"])));
    let items = batch(vec![
        ("id", text([Some("s1"), Some("s2")])),
        ("item_group_id", text([Some("shirt"), Some("shirt")])),
        ("topics", text([Some("summer"), Some("")])),
    ]);
    write(&folder.path().join("items.parquet"), &items);
    let events = rows(&[
        "view_item s2 2024-02-01 k - - - summer",
        "view_item shirt 2024-02-02 k - - - autumn",
        "view_item never 2024-02-02 k - - - winter",
    ]);
    write(&folder.path().join("events/1.parquet"), &events);
    let items = Some(folder.path().join("items.parquet").display().to_string());
    let ingested = ingest(&Sources { items, ..sources(folder.path()) }, &Settings::default()).expect("valid");
    assert_eq!(
        told(&ingested),
        [
            "0 k view_item shirt@2024-02-01T00:00:00Z summer",
            "0 k view_item shirt@2024-02-02T00:00:00Z autumn"
        ]
    );
    // Topics of events that do not count are not named.
    let names: Vec<_> = ingested.catalogue.topic_names().ids().iter().map(str::to_owned).collect();
    assert_eq!(names, ["autumn", "summer"]);
}

#[test]
fn the_names_of_others_are_known() {
    let instant = || instants([Some("2024-02-01")]);
    let micros: ArrayRef = Arc::new(Int64Array::from(vec![1_706_745_600_000_000]));
    let word = |word: &str| text([Some(word)]);
    let shapes: Vec<Vec<(&str, ArrayRef)>> = vec![
        vec![
            ("event_name", word("view_item")),
            ("items.item_id", word("a")),
            ("timestamp_micros", micros),
            ("user_id", word("k1")),
            ("client_id", word("v")),
        ],
        vec![
            ("eventType", word("detail-page-view")),
            ("productDetails.product.id", word("a")),
            ("eventTime", word("2024-02-01T00:00:00Z")),
            ("userInfo.userId", word("k1")),
            ("visitorId", word("v")),
            ("attributionToken", word("ignored")),
        ],
        vec![
            ("event", word("Product Viewed")),
            ("products.product_id", word("a")),
            ("timestamp", instant()),
            ("userId", word("k1")),
            ("anonymousId", word("v")),
        ],
        vec![
            ("EVENT_TYPE", word("View")),
            ("ITEM_ID", word("a")),
            ("TIMESTAMP", instant()),
            ("USER_ID", word("k1")),
        ],
    ];
    for shape in shapes {
        let names: Vec<_> = shape.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(
            told(&ingest_events(&batch(shape))),
            ["0 k1 view_item a@2024-02-01T00:00:00Z"],
            "{names:?}"
        );
    }
    let missing = batch(vec![("event_name", word("View")), ("item_id", word("a"))]);
    let folder = tempfile::tempdir().expect("a folder");
    write(&folder.path().join("orders.parquet"), &batch_of(&lines(&["1 a 2024-01-01 k 1 1"])));
    write(&folder.path().join("events/1.parquet"), &missing);
    let error = ingest(&sources(folder.path()), &Settings::default()).expect_err("no instant");
    assert!(error.to_string().contains("no column for `occurred_at` of table `events`"), "{error}");
}

/// Many events with dirt, from a fixed linear congruence.
fn many() -> Vec<String> {
    let mut state = 11_u64;
    let mut next = |n: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % n
    };
    let kinds = EventKind::ALL;
    (0..4000)
        .map(|_| {
            let kind = kinds[next(10) as usize].name();
            let item =
                if next(30) == 0 { "never".to_owned() } else { ["a", "q"][next(2) as usize].to_owned() };
            let or_none = |value: u64, prefix: &str| match value {
                0..=2 => "-".to_owned(),
                value => format!("{prefix}{value}"),
            };
            let (day, hour) = (1 + next(28), next(24));
            let customer = or_none(next(30), "k");
            let visitor = or_none(next(50), "v");
            let session = or_none(next(9), "s");
            let id = or_none(next(3000), "e");
            let topic = or_none(next(6), "t");
            format!(
                "{kind} {item} 2024-02-{day:02}T{hour:02}:00:00Z {customer} {visitor} {session} {id} {topic}"
            )
        })
        .collect()
}

type Result = (Events, Vec<String>, Vec<String>, (String, String));

fn of(folder: &Path) -> Result {
    let ingested = ingest(&sources(folder), &Settings::default()).expect("valid");
    check_identity(&ingested.report);
    let customers = ingested.customers.ids().iter().map(str::to_owned).collect();
    let counts = counts(&ingested.report.tables["events"]);
    (ingested.events.clone(), told(&ingested), customers, counts)
}

#[test]
fn order_cut_and_threads_mean_nothing() {
    let all = many();
    let mut expected: Option<Result> = None;
    for (n_parts, rows_a_group, rotated, n_threads) in
        [(1, 100_000, 0, 1), (1, 100, 0, 2), (5, 1000, 0, 3), (3, 77, 1234, 8), (2, 9999, 3, 2)]
    {
        let folder = tempfile::tempdir().expect("a folder");
        let orders = lines(&["1 a 2024-01-01 k1 1 1", "2 q 2024-01-02 k2 1 1"]);
        write(&folder.path().join("orders.parquet"), &batch_of(&orders));
        let mut events: Vec<&str> = all.iter().map(String::as_str).collect();
        events.rotate_left(rotated);
        if rotated == 3 {
            events.reverse();
        }
        for (part, of_part) in events.chunks(events.len().div_ceil(n_parts)).enumerate() {
            let properties = properties().set_max_row_group_row_count(Some(rows_a_group)).build();
            write_with(&folder.path().join(format!("events/{part}.parquet")), &rows(of_part), properties);
        }
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().expect("threads");
        let found = pool.install(|| of(folder.path()));
        assert!(1000 < found.0.len() && found.3.0.contains("duplicate_id"));
        let expected = expected.get_or_insert_with(|| found.clone());
        assert!(expected == &found, "{n_parts} {rows_a_group} {rotated} {n_threads}");
    }
}

#[test]
fn a_file_given_twice_counts_once_where_events_have_ids() {
    let all: Vec<String> = many().into_iter().filter(|row| row.split(' ').nth(6) != Some("-")).collect();
    let events: Vec<&str> = all.iter().map(String::as_str).collect();
    let folder = tempfile::tempdir().expect("a folder");
    write(
        &folder.path().join("orders.parquet"),
        &batch_of(&lines(&["1 a 2024-01-01 k1 1 1", "2 q 2024-01-02 k 1 1"])),
    );
    write(&folder.path().join("events/1.parquet"), &rows(&events));
    let once = of(folder.path());
    write(&folder.path().join("events/2.parquet"), &rows(&events));
    assert!(once.0 == of(folder.path()).0);
}

#[test]
fn without_the_table_nothing_was_done() {
    let ingested = crate::support::ingest_lines(&["1 a 2024-01-01 c 1 1"]);
    assert_eq!(ingested.events, Events::none(1, 1));
    assert!(!ingested.report.tables.contains_key("events"));
    assert!(!ingested.report.to_string().contains("visitors"));
}
