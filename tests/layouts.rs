//! One small shop, in files as other systems lay them out, and what the shop says of itself.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, Int64Array, TimestampMicrosecondArray};

use crate::ownership::{MICROS_PER_DAY, texts, write};

/// 6 January 2025, nine o'clock, in microseconds.
const FIRST_ORDER: i64 = 1_736_154_000_000_000;
const N_ITEMS: usize = 12;

/// A line of an order.
#[derive(Clone, Copy)]
pub(crate) struct Line {
    pub(crate) order: usize,
    /// Its place in the order, from 1.
    pub(crate) place: usize,
    pub(crate) customer: usize,
    pub(crate) item: usize,
    pub(crate) at: i64,
    pub(crate) quantity: i64,
    /// What a piece costs.
    pub(crate) cents: i64,
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
pub(crate) fn lines() -> Vec<Line> {
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
pub(crate) enum Column {
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

pub(crate) type Table = Vec<(&'static str, Column)>;

pub(crate) fn write_table(path: &Path, table: &Table, delimiter: char) {
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

pub(crate) fn text(lines: &[Line], of: impl Fn(&Line) -> String) -> Column {
    Column::Text(lines.iter().map(of).collect())
}

pub(crate) fn whole(lines: &[Line], of: impl Fn(&Line) -> i64) -> Column {
    Column::Whole(lines.iter().map(of).collect())
}

fn float(lines: &[Line], of: impl Fn(&Line) -> f64) -> Column {
    Column::Float(lines.iter().map(of).collect())
}

fn instants(lines: &[Line]) -> Column {
    Column::Instant(lines.iter().map(|line| line.at).collect())
}

pub(crate) fn order(line: &Line) -> i64 {
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
pub(crate) struct Figures {
    pub(crate) n_orders: u64,
    pub(crate) n_customers: u64,
    pub(crate) revenue_minor: i64,
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

pub(crate) fn plain_items() -> Table {
    let ids = || 0..N_ITEMS;
    vec![
        ("id", Column::Text(ids().map(code).collect())),
        ("title", Column::Text(ids().map(|item| format!("Thing {item}")).collect())),
        ("price", Column::Float(ids().map(|item| (995 + 110 * item) as f64 / 100.0).collect())),
    ]
}

pub(crate) fn plain_orders(lines: &[Line]) -> Table {
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

pub(crate) fn dutch(lines: &[Line]) -> (Table, Table) {
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
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) ending: &'static str,
    pub(crate) delimiter: char,
    pub(crate) orders: Table,
    pub(crate) items: Table,
    pub(crate) figures: Figures,
    /// What stands in the settings.
    pub(crate) written: &'static [&'static str],
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

pub(crate) fn cases() -> Vec<Case> {
    let lines = lines();
    let of_day = |line: &Line| (line.customer as i64, line.day());
    // Five receipts a day, numbered from 1 each day.
    let tills: Vec<Line> = lines
        .iter()
        .map(|line| Line { at: line.at - (line.order % 5) as i64 * MICROS_PER_DAY, ..*line })
        .collect();
    let receipt = |line: &Line| 1 + line.order as i64 % 5;
    let shipped: Vec<Line> = lines.iter().filter(|line| line.order % 10 != 0).copied().collect();
    let status = |line: &Line| {
        if line.order.is_multiple_of(10) { "Door klant geannuleerd" } else { "Bij klant" }.to_owned()
    };
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
