//! A shop's own files, as other systems lay them out: `erbij init` and then `erbij check` come to the shop's figures in
//! one run, without an edit.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, Int64Array, TimestampMicrosecondArray};
use serde_json::Value;

use crate::ownership::{MICROS_PER_DAY, texts, write};
use crate::program::{erbij, failure_of, stdout_of};

/// 6 January 2025, nine o'clock, in microseconds.
const FIRST_ORDER: i64 = 1_736_154_000_000_000;
const N_ITEMS: usize = 12;

/// A line of an order.
#[derive(Clone, Copy)]
struct Line {
    order: usize,
    /// Its place in the order, from 1.
    place: usize,
    customer: usize,
    item: usize,
    at: i64,
    quantity: i64,
    /// What a piece costs.
    cents: i64,
}

impl Line {
    fn day(&self) -> i64 {
        self.at.div_euclid(MICROS_PER_DAY)
    }

    /// Day, month, year, hour and minute.
    fn civil(&self) -> (i64, i64, i64, i64, i64) {
        // All of them lie in 2025.
        let mut day = self.day() - 20_089;
        let mut month = 1;
        for n_days in [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
            if day < n_days {
                break;
            }
            day -= n_days;
            month += 1;
        }
        let minutes = self.at.rem_euclid(MICROS_PER_DAY) / 60_000_000;
        (day + 1, month, 2025, minutes / 60, minutes % 60)
    }
}

/// Two hundred orders of forty customers, one a day, of one to three items each.
fn lines() -> Vec<Line> {
    let line = |(order, place): (usize, usize)| Line {
        order: 1000 + order,
        place: place + 1,
        customer: 1 + order % 40,
        item: (order * 5 + place * 7) % N_ITEMS,
        at: FIRST_ORDER + order as i64 * MICROS_PER_DAY + (order % 8) as i64 * 3_660_000_000,
        quantity: 1 + ((order + place) % 3) as i64,
        cents: 995 + 110 * ((order * 5 + place * 7) % N_ITEMS) as i64,
    };
    (0..200).flat_map(|order| (0..=order % 3).map(move |place| (order, place))).map(line).collect()
}

/// A column of a file.
enum Column {
    Text(Vec<String>),
    Whole(Vec<i64>),
    Float(Vec<f64>),
    Instant(Vec<i64>),
}

impl Column {
    fn array(&self) -> ArrayRef {
        match self {
            Self::Text(values) => texts(values.iter().map(String::as_str)),
            Self::Whole(values) => Arc::new(Int64Array::from(values.clone())),
            Self::Float(values) => Arc::new(Float64Array::from(values.clone())),
            Self::Instant(values) => Arc::new(TimestampMicrosecondArray::from(values.clone())),
        }
    }

    fn field(&self, row: usize) -> String {
        match self {
            Self::Text(values) => values[row].clone(),
            Self::Whole(values) => values[row].to_string(),
            Self::Float(values) => format!("{:.2}", values[row]),
            Self::Instant(values) => erbij_core::Timestamp::from_micros(values[row]).to_string(),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Text(values) => values.len(),
            Self::Whole(values) | Self::Instant(values) => values.len(),
            Self::Float(values) => values.len(),
        }
    }
}

type Table = Vec<(&'static str, Column)>;

fn write_table(path: &Path, table: &Table, delimiter: char) {
    if path.extension().is_some_and(|ending| ending == "parquet") {
        return write(path, table.iter().map(|(name, column)| (*name, column.array())).collect());
    }
    let line = |fields: Vec<String>| fields.join(&delimiter.to_string()) + "\n";
    let mut text = line(table.iter().map(|(name, _)| (*name).to_owned()).collect());
    for row in 0..table[0].1.len() {
        text += &line(table.iter().map(|(_, column)| column.field(row)).collect());
    }
    std::fs::write(path, text).expect("written");
}

fn text(lines: &[Line], of: impl Fn(&Line) -> String) -> Column {
    Column::Text(lines.iter().map(of).collect())
}

fn whole(lines: &[Line], of: impl Fn(&Line) -> i64) -> Column {
    Column::Whole(lines.iter().map(of).collect())
}

fn float(lines: &[Line], of: impl Fn(&Line) -> f64) -> Column {
    Column::Float(lines.iter().map(of).collect())
}

fn instants(lines: &[Line]) -> Column {
    Column::Instant(lines.iter().map(|line| line.at).collect())
}

fn order(line: &Line) -> i64 {
    line.order as i64
}

fn customer(line: &Line) -> i64 {
    line.customer as i64
}

fn code(item: usize) -> String {
    format!("A{item:02}")
}

fn piece(line: &Line) -> f64 {
    line.cents as f64 / 100.0
}

fn decimal_comma(cents: i64) -> String {
    format!("{},{:02}", cents / 100, cents % 100)
}

/// What a shop knows of itself.
#[derive(Debug, PartialEq, Eq)]
struct Figures {
    n_orders: u64,
    n_customers: u64,
    revenue_minor: i64,
}

fn figures(lines: &[Line], order: impl Fn(&Line) -> (i64, i64), amount: impl Fn(&Line) -> i64) -> Figures {
    Figures {
        n_orders: lines.iter().map(order).collect::<BTreeSet<_>>().len() as u64,
        n_customers: lines.iter().map(|line| line.customer).collect::<BTreeSet<_>>().len() as u64,
        revenue_minor: lines.iter().map(amount).sum(),
    }
}

fn usual(lines: &[Line]) -> Figures {
    figures(lines, |line| (order(line), 0), |line| line.cents * line.quantity)
}

fn plain_items() -> Table {
    let ids = || 0..N_ITEMS;
    vec![
        ("id", Column::Text(ids().map(code).collect())),
        ("title", Column::Text(ids().map(|item| format!("Thing {item}")).collect())),
        ("price", Column::Float(ids().map(|item| (995 + 110 * item) as f64 / 100.0).collect())),
    ]
}

fn plain_orders(lines: &[Line]) -> Table {
    vec![
        ("order_id", whole(lines, order)),
        ("item_id", text(lines, |line| code(line.item))),
        ("customer_id", whole(lines, customer)),
        ("ordered_at", instants(lines)),
        ("quantity", whole(lines, |line| line.quantity)),
        ("price", float(lines, piece)),
    ]
}

/// The same orders but for some columns, which go or come.
fn but(lines: &[Line], without: &[&str], with: Table) -> Table {
    let kept = plain_orders(lines).into_iter().filter(|(name, _)| !without.contains(name));
    kept.chain(with).collect()
}

fn dutch(lines: &[Line]) -> (Table, Table) {
    let date = |line: &Line| {
        let (day, month, year, ..) = line.civil();
        format!("{day}-{month}-{year}")
    };
    let orders = vec![
        ("bestelnummer", whole(lines, order)),
        ("artikel", text(lines, |line| code(line.item))),
        ("klantnummer", whole(lines, customer)),
        ("besteldatum", text(lines, date)),
        ("aantal", whole(lines, |line| line.quantity)),
        ("stukprijs", text(lines, |line| decimal_comma(line.cents))),
    ];
    let ids = || 0..N_ITEMS;
    let items = vec![
        ("artikelnummer", Column::Text(ids().map(code).collect())),
        ("omschrijving", Column::Text(ids().map(|item| format!("Ding {item}")).collect())),
        ("prijs", Column::Text(ids().map(|item| decimal_comma(995 + 110 * item as i64)).collect())),
    ];
    (orders, items)
}

fn discount(line: &Line) -> f64 {
    [0.0, 0.05, 0.1, 0.2][(line.order + line.place) % 4]
}

/// The line's number is called `item_id`, and the discount is a share.
fn bike_stores(lines: &[Line]) -> (Table, Table) {
    let orders = vec![
        ("order_id", whole(lines, order)),
        ("item_id", whole(lines, |line| line.place as i64)),
        ("product_id", whole(lines, |line| 1 + line.item as i64)),
        ("customer_id", whole(lines, customer)),
        ("order_date", instants(lines)),
        ("store_id", whole(lines, |line| 1 + line.order as i64 % 3)),
        ("quantity", whole(lines, |line| line.quantity)),
        ("list_price", float(lines, piece)),
        ("discount", float(lines, discount)),
    ];
    let ids = || 0..N_ITEMS;
    let items = vec![
        ("product_id", Column::Whole(ids().map(|item| 1 + item as i64).collect())),
        ("product_name", Column::Text(ids().map(|item| format!("Bike {item}")).collect())),
        ("brand_id", Column::Whole(ids().map(|item| 1 + item as i64 % 4).collect())),
        ("category_id", Column::Whole(ids().map(|item| 1 + item as i64 % 3).collect())),
        ("list_price", Column::Float(ids().map(|item| (995 + 110 * item) as f64 / 100.0).collect())),
    ];
    (orders, items)
}

/// A shop's files under a name, and what the shop says of itself.
struct Case {
    name: &'static str,
    ending: &'static str,
    delimiter: char,
    orders: Table,
    items: Table,
    figures: Figures,
    /// What stands in the settings.
    written: &'static [&'static str],
}

fn case(
    name: &'static str,
    orders: Table,
    items: Table,
    figures: Figures,
    written: &'static [&'static str],
) -> Case {
    Case { name, ending: "parquet", delimiter: ',', orders, items, figures, written }
}

fn date_and_time(lines: &[Line]) -> Table {
    let date = |line: &Line| {
        let (day, month, year, ..) = line.civil();
        format!("{day:02}/{month:02}/{year}")
    };
    let time = |line: &Line| {
        let (.., hour, minute) = line.civil();
        format!("{hour}:{minute:02}")
    };
    but(lines, &["ordered_at"], vec![("Date", text(lines, date)), ("Time", text(lines, time))])
}

fn cases() -> Vec<Case> {
    let lines = lines();
    let of_day = |line: &Line| (line.customer as i64, line.day());
    // Five receipts a day, numbered from 1 each day.
    let tills: Vec<Line> = lines
        .iter()
        .map(|line| Line { at: line.at - (line.order % 5) as i64 * MICROS_PER_DAY, ..*line })
        .collect();
    let receipt = |line: &Line| 1 + line.order as i64 % 5;
    let shipped: Vec<Line> = lines.iter().filter(|line| line.order % 10 != 0).copied().collect();
    let status =
        |line: &Line| if line.order % 10 == 0 { "Door klant geannuleerd" } else { "Bij klant" }.to_owned();
    let less =
        |line: &Line| (piece(line) * (1.0 - discount(line)) * line.quantity as f64 * 100.0).round() as i64;
    let (dutch_orders, dutch_items) = dutch(&lines);
    let (bike_orders, bike_items) = bike_stores(&lines);
    let total = |line: &Line| line.quantity as f64 * piece(line);
    vec![
        case("plain", plain_orders(&lines), plain_items(), usual(&lines), &["order_id = \"order_id\""]),
        Case { ending: "csv", ..case("plain text", plain_orders(&lines), plain_items(), usual(&lines), &[]) },
        Case {
            ending: "csv",
            delimiter: ';',
            ..case(
                "Dutch",
                dutch_orders,
                dutch_items,
                usual(&lines),
                &[
                    "order_id = \"bestelnummer\"",
                    "format = \"%d-%m-%Y\"",
                    "day first",
                    "price = \"stukprijs\"",
                    "title = \"omschrijving\"",
                ],
            )
        },
        case(
            "the number of the line is called item_id",
            bike_orders,
            bike_items,
            figures(&lines, |line| (order(line), 0), less),
            &["item_id = \"product_id\"", "line_id = \"item_id\"", "is = \"share\"", "# a guess: "],
        ),
        case(
            "line totals",
            but(&lines, &["price"], vec![("amount", float(&lines, total))]),
            plain_items(),
            usual(&lines),
            &["price = { column = \"amount\", is = \"line_total\" }"],
        ),
        case(
            "no order id",
            but(&lines, &["order_id"], Vec::new()),
            plain_items(),
            figures(&lines, of_day, |line| line.cents * line.quantity),
            &["order_of = [\"customer_id\", \"ordered_on\"]", "# order_id = "],
        ),
        case(
            "receipts numbered anew each day",
            but(&tills, &["order_id"], vec![("receipt_no", whole(&tills, receipt))]),
            plain_items(),
            figures(&tills, |line| (receipt(line), line.day()), |line| line.cents * line.quantity),
            &["order_of = [\"order_id\", \"ordered_on\"]"],
        ),
        case(
            "date and time apart",
            date_and_time(&lines),
            plain_items(),
            usual(&lines),
            &["{ column = \"Date\", time = \"Time\", format = \"%d/%m/%Y %H:%M\" }"],
        ),
        case(
            "cents",
            but(&lines, &["price"], vec![("price", whole(&lines, |line| line.cents))]),
            plain_items(),
            usual(&lines),
            &["unit = \"cents\""],
        ),
        case(
            "words of states",
            but(&lines, &[], vec![("bestelstatus", text(&lines, status))]),
            plain_items(),
            usual(&shipped),
            &["\"bestelstatus\" = [\"Door klant geannuleerd\"]", "`Bij klant` "],
        ),
        case(
            "zeros before ids",
            but(&lines, &["item_id"], vec![("item_id", whole(&lines, |line| 1 + line.item as i64))]),
            {
                let padded = |item: usize| format!("{:08}", item + 1);
                let mut items = plain_items();
                items[0].1 = Column::Text((0..N_ITEMS).map(padded).collect());
                items
            },
            usual(&lines),
            &["id = { column = \"id\", leading_zeros = false }"],
        ),
        case(
            "dollars beside prices",
            but(&lines, &["price"], vec![("price", text(&lines, |line| format!("US$ {:.2}", piece(line))))]),
            plain_items(),
            usual(&lines),
            &["currency = \"USD\""],
        ),
    ]
}

#[test]
fn a_shop_is_read_right_in_one_run() {
    let mut failures = String::new();
    for case in cases() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = |name: &str| dir.path().join(name).to_str().expect("text").to_owned();
        let (orders, items) =
            (path(&format!("orders.{}", case.ending)), path(&format!("items.{}", case.ending)));
        write_table(orders.as_ref(), &case.orders, case.delimiter);
        write_table(items.as_ref(), &case.items, case.delimiter);
        let config = path("erbij.toml");
        let tables = ["--orders", &orders, "--items", &items, "--config", &config];
        let shown = stdout_of(&mut erbij(&[&["init", "--quiet"][..], &tables].concat()));
        let settings = std::fs::read_to_string(&config).expect("it is written");
        let report = stdout_of(&mut erbij(&[&["check", "--quiet", "--json"][..], &tables].concat()));
        let report: Value = serde_json::from_str(&report).expect("JSON");
        let count = |key: &str| report[key].as_u64().expect("a count");
        let found = Figures {
            n_orders: count("n_baskets"),
            n_customers: count("n_customers"),
            revenue_minor: report["revenue_minor"].as_i64().expect("an amount"),
        };
        let is_met = report["share_in_catalogue"].as_f64().is_some_and(|share| share == 1.0);
        let lacks: Vec<_> = case.written.iter().filter(|words| !settings.contains(**words)).collect();
        if found != case.figures || !is_met || !lacks.is_empty() || !shown.contains("revenue") {
            failures += &format!(
                "\n## {}\nfound {found:?}\nright {:?}\nin the catalogue {}\nnot written: {lacks:?}\n{settings}\n{shown}\n",
                case.name, case.figures, report["share_in_catalogue"]
            );
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

/// Writes the plain shop; the words that name its tables.
fn plain_shop(dir: &Path) -> [String; 4] {
    let path = |name: &str| dir.join(name).to_str().expect("text").to_owned();
    let (orders, items) = (path("orders.parquet"), path("items.parquet"));
    write_table(orders.as_ref(), &plain_orders(&lines()), ',');
    write_table(items.as_ref(), &plain_items(), ',');
    ["--orders".to_owned(), orders, "--items".to_owned(), items]
}

#[test]
fn settings_that_are_there_stay_and_the_same_files_give_the_same_text() {
    let dir = tempfile::tempdir().expect("a folder");
    let tables = plain_shop(dir.path());
    let config = dir.path().join("erbij.toml");
    let mut args = vec!["init", "--quiet", "--config", config.to_str().expect("text")];
    args.extend(tables.iter().map(String::as_str));
    std::fs::write(&config, "currency = 'USD'\n").expect("written");
    let (code, told) = failure_of(&mut erbij(&args));
    assert_eq!(code, 1);
    assert!(told.contains("is there already") && told.contains("hint: `--force` replaces it"), "{told}");
    assert_eq!(std::fs::read_to_string(&config).expect("it is there"), "currency = 'USD'\n");
    args.push("--force");
    let mut texts = BTreeSet::new();
    for _ in 0..2 {
        stdout_of(&mut erbij(&args));
        texts.insert(std::fs::read_to_string(&config).expect("it is written"));
    }
    assert_eq!(texts.len(), 1);
    let text = texts.first().expect("one");
    assert!(!text.contains("USD") && text.contains("such as `1000`"), "{text}");
}

#[test]
fn what_no_column_says_is_left_to_the_shop() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = |name: &str| dir.path().join(name).to_str().expect("text").to_owned();
    let lines = lines();
    let table = vec![
        ("order_id", whole(&lines, order)),
        ("colour", text(&lines, |_| "red".to_owned())),
        ("units", whole(&lines, |line| line.quantity)),
    ];
    write_table(path("orders.parquet").as_ref(), &table, ',');
    let config = path("erbij.toml");
    let (code, told) = failure_of(&mut erbij(&[
        "init",
        "--quiet",
        "--orders",
        &path("orders.parquet"),
        "--config",
        &config,
    ]));
    assert_eq!(code, 1);
    assert!(told.contains("no column was found for `item_id` of orders, `ordered_at` of orders"), "{told}");
    assert!(told.contains("hint: fill in the lines"), "{told}");
    let text = std::fs::read_to_string(&config).expect("it is written");
    for line in [
        "order_id = \"order_id\"",
        "# item_id = \"…\"",
        "# ordered_at = \"…\"",
        "# needed, and no column was found",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    assert!(text.contains("#   colour: text, 1 different, such as `red`"), "{text}");
}

#[test]
fn a_month_that_nothing_tells_goes_first_and_the_other_way_stands_below() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = |name: &str| dir.path().join(name).to_str().expect("text").to_owned();
    let rows: String =
        (1..=40).map(|order| format!("{order},a{},c{order},04/04/2025\n", order % 3)).collect();
    std::fs::write(path("orders.csv"), format!("order_id,sku,customer_id,order_date\n{rows}"))
        .expect("written");
    let config = path("erbij.toml");
    stdout_of(&mut erbij(&["init", "--quiet", "--orders", &path("orders.csv"), "--config", &config]));
    let text = std::fs::read_to_string(&config).expect("it is written");
    assert!(text.contains("# a guess: month first: no number is above 12"), "{text}");
    assert!(text.contains("\nordered_at = { column = \"order_date\", format = \"%m/%d/%Y\" }"), "{text}");
    assert!(text.contains("\n# ordered_at = { column = \"order_date\", format = \"%d/%m/%Y\" }"), "{text}");
}

#[test]
fn a_demo_of_own_files_answers_with_their_titles_and_leaves_nothing() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = |name: &str| dir.path().join(name).to_str().expect("text").to_owned();
    let (orders, items) = dutch(&lines());
    write_table(path("orders.csv").as_ref(), &orders, ';');
    write_table(path("items.csv").as_ref(), &items, ';');
    let (orders, items) = (path("orders.csv"), path("items.csv"));
    let answer =
        stdout_of(&mut erbij(&["demo", "--quiet", "--once", "--orders", &orders, "--items", &items]));
    for words in [
        "generation 1 is current",
        "# What goes with Ding ",
        "# What may be missing from a basket",
        "# What customer ",
    ] {
        assert!(answer.contains(words), "{words} is not in\n{answer}");
    }
    assert!(8 <= answer.matches(" Ding ").count(), "{answer}");
    assert_eq!(std::fs::read_dir(dir.path()).expect("listed").count(), 2);
    let config = path("shop.toml");
    stdout_of(&mut erbij(&[
        "demo", "--quiet", "--once", "--orders", &orders, "--items", &items, "--config", &config,
    ]));
    assert!(std::fs::read_to_string(&config).expect("it is written").contains("order_id = \"bestelnummer\""));
}
