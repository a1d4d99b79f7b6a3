//! What was found by a look at the tables, as the text of `erbij.toml`.
//!
//! Above a line stand its reasons, behind it what the column means and an example. What is not read stands in comments,
//! so that it can be switched on by taking the mark away.

use std::path::Path;

use erbij_core::with_commas;

use crate::{
    AmountOf, ColumnProfile, Finding, InspectedTable, Inspection, LeftOut, Meaning, OrderOf, Said, Standing,
    Unit, is_personal, profile_names, quoted, words_by_column,
};

/// Letters of an example that are shown.
const MOST_CHARS: usize = 40;
/// Columns that are not read and shown nevertheless.
const MOST_UNREAD: usize = 60;
/// How far to the right comments begin, where lines are not longer.
const COMMENT_AT: usize = 44;

impl Inspection {
    /// What was found, as the text of settings. `given` are the words of the command line that name the tables and the
    /// settings, `config` is where these will stand, so that files beside them go by their names.
    pub fn settings_text(&self, given: &str, config: Option<&Path>) -> String {
        let mut lines = vec![
            "# How the tables of this shop are read, as found by a look at them. Every line may be changed."
                .to_owned(),
            "# What came of every row is told by:".to_owned(),
            format!("#   erbij check {given}"),
            String::new(),
        ];
        said(&mut lines, "currency", &quoted(self.currency.value.code()), "of all prices", &self.currency);
        said(
            &mut lines,
            "timezone",
            &quoted(self.timezone.value.name()),
            "of the shop's days",
            &self.timezone,
        );
        match self.profile {
            Some(profile) => {
                lines.push(with_comment(
                    &format!("profile = {}", quoted(profile)),
                    "the layout that the orders have",
                ));
            }
            None => {
                let names: Vec<&str> = profile_names().collect();
                lines.push(with_comment(
                    "# profile = \"…\"",
                    &format!("a layout that is known: {}", names.join(", ")),
                ));
            }
        }
        if let Some(why) = &self.keeps_duplicates {
            lines.extend([String::new(), "[rules]".to_owned(), format!("# a guess: {}", plain(why))]);
            lines.push("duplicates = \"keep\"".to_owned());
        }
        for table in &self.tables {
            lines.push(String::new());
            table_text(&mut lines, table, config);
        }
        lines.join("\n") + "\n"
    }
}

fn said<T>(lines: &mut Vec<String>, key: &str, value: &str, meaning: &str, said: &Said<T>) {
    if said.standing == Standing::Guess {
        lines.push(format!("# a guess: {}", plain(&said.why)));
        lines.push(with_comment(&format!("{key} = {value}"), meaning));
    } else {
        lines.push(with_comment(&format!("{key} = {value}"), &format!("{meaning}: {}", said.why)));
    }
}

fn table_text(lines: &mut Vec<String>, table: &InspectedTable, config: Option<&Path>) {
    let looked_at = match table.n_looked_at as u64 {
        n if n == table.n_rows => "all were looked at".to_owned(),
        n => format!("{} were looked at", with_commas(n)),
    };
    lines.push(format!("# {}: {} rows, of which {looked_at}.", table.name, with_commas(table.n_rows)));
    let leaves_out = !(table.only.is_empty() && table.not.is_empty() && table.left_out.is_empty());
    if table.order_of.is_some() || leaves_out {
        lines.push(format!("[tables.{}]", table.name));
        order_of(lines, table);
        left_out(lines, table);
        lines.push(String::new());
    }
    joins(lines, table, config);
    lines.push(format!("[tables.{}.columns]", table.name));
    for finding in &table.findings {
        finding_text(lines, table, finding);
    }
    unread(lines, table);
}

fn order_of(lines: &mut Vec<String>, table: &InspectedTable) {
    let Some(said) = &table.order_of else { return };
    let word = |part: &OrderOf| {
        quoted(match part {
            OrderOf::OrderId => "order_id",
            OrderOf::CustomerId => "customer_id",
            OrderOf::OrderedOn => "ordered_on",
            OrderOf::OrderedAt => "ordered_at",
        })
    };
    let parts: Vec<String> = said.value.iter().map(word).collect();
    lines.push(format!("# a guess: {}", plain(&said.why)));
    lines.push(with_comment(
        &format!("order_of = [{}]", parts.join(", ")),
        "rows that are alike in these are one order",
    ));
}

fn left_out(lines: &mut Vec<String>, table: &InspectedTable) {
    if !table.only.is_empty() {
        lines.push(with_comment(
            &format!("only = {{ {} }}", words_by_column(&table.only)),
            "of the layout: only rows that hold one of these words",
        ));
    }
    let guessed: Vec<&LeftOut> =
        table.left_out.iter().filter(|of| !table.not.contains_key(&of.column)).collect();
    lines.extend(guessed.iter().map(|of| format!("# a guess: these are no purchases; {}", plain(&of.why))));
    let not = table.not.iter().chain(guessed.iter().map(|of| (&of.column, &of.words)));
    let not = words_by_column(not);
    if !not.is_empty() {
        lines.push(with_comment(&format!("not = {{ {not} }}"), "no row that holds one of these words"));
    }
}

/// Files beside the table, by their names where the settings stand in the same folder.
fn joins(lines: &mut Vec<String>, table: &InspectedTable, config: Option<&Path>) {
    for found in &table.joins {
        let path = Path::new(&found.join.file);
        let folder =
            |path: &Path| std::path::absolute(path).ok().and_then(|path| Some(path.parent()?.to_owned()));
        let is_beside = config.is_some_and(|config| folder(config) == folder(path));
        let file = match (is_beside, path.file_name(), std::path::absolute(path)) {
            (true, Some(name), _) => name.to_string_lossy().into_owned(),
            (_, _, Ok(path)) => path.display().to_string(),
            _ => found.join.file.clone(),
        };
        lines.push(format!("# a guess: {}", plain(&found.why)));
        lines.push(format!("[[tables.{}.join]]", table.name));
        lines.push(with_comment(
            &format!("file = {}", quoted(&file)),
            "its columns stand beside those of the table",
        ));
        lines.push(with_comment(
            &format!("on = {}", found.join.on),
            "the table's column and the other file's",
        ));
        if !found.join.only.is_empty() {
            let line = format!("only = {{ {} }}", words_by_column(&found.join.only));
            lines.push(with_comment(&line, "only such rows of it"));
        }
        lines.push(String::new());
    }
}

fn finding_text(lines: &mut Vec<String>, table: &InspectedTable, finding: &Finding) {
    let meaning = meaning_of(table.name, finding.name);
    let Some(found) = &finding.meaning else {
        // The further levels of a path are of no use without the first.
        if finding.name.starts_with("item_category") {
            return;
        }
        let has_orders = finding.name == "order_id" && table.order_of.is_some();
        if finding.is_required && !has_orders {
            lines.push(
                "# needed, and no column was found: write which one it is, and take the first mark away"
                    .to_owned(),
            );
        }
        if !finding.why.is_empty() {
            lines.push(format!("# {}", plain(&finding.why.join("; "))));
        }
        lines.push(with_comment(&format!("# {} = \"…\"", finding.name), meaning));
        if finding.name == "ordered_at" && table.joins.is_empty() {
            lines.push(
                "# or, where it stands in another file beside the orders, not beside their lines:".to_owned(),
            );
            lines.push("# [[tables.orders.join]]".to_owned());
            lines.push("# file = \"…\"".to_owned());
            lines.push("# on = \"order_id\"".to_owned());
        }
        return;
    };
    let meaning = match found.is {
        Some(AmountOf::LineTotal) => "what all pieces of the line cost together",
        _ => meaning,
    };
    let why = finding.why.join("; ");
    let line = format!("{} = {}", finding.name, meaning_text(finding.name, found));
    let example = example(table, found);
    let comment = if example.is_empty() { meaning.to_owned() } else { format!("{meaning}; {example}") };
    match finding.standing {
        Standing::Sure if !why.is_empty() => lines.push(format!("# {}", plain(&why))),
        Standing::Guess => lines.push(format!("# a guess: {}", plain(&why))),
        Standing::Proposal => lines.push(format!("# a proposal: {}", plain(&why))),
        _ => {}
    }
    let mark = if finding.is_read() { "" } else { "# " };
    lines.push(with_comment(&format!("{mark}{line}"), &comment));
    if let Some(or) = &finding.or {
        lines.push(format!("# {} = {}", finding.name, meaning_text(finding.name, or)));
    }
}

/// What a column is, as a value of the settings.
fn meaning_text(name: &str, meaning: &Meaning) -> String {
    let list = |names: &[String]| {
        let names: Vec<String> = names.iter().map(|name| quoted(name)).collect();
        format!("[{}]", names.join(", "))
    };
    let first = meaning.columns.first().map_or_else(|| quoted(""), |name| quoted(name));
    let mut parts = match &meaning.columns[..] {
        columns if meaning.first_of => vec![format!("first_of = {}", list(columns))],
        [_] if meaning.set => vec![format!("set = {first}")],
        [_] if meaning.inverse => vec![format!("not = {first}")],
        [_, time] if matches!(name, "ordered_at" | "occurred_at") => {
            vec![format!("column = {first}"), format!("time = {}", quoted(time))]
        }
        [_, _, ..] => vec![format!("column = {}", list(&meaning.columns))],
        _ => vec![format!("column = {first}")],
    };
    let is_plain = parts.len() == 1 && !meaning.first_of && !meaning.set && !meaning.inverse;
    let n_of_columns = parts.len();
    parts.extend(meaning.is.map(|is| {
        format!(
            "is = {}",
            quoted(match is {
                AmountOf::Piece => "piece",
                AmountOf::LineTotal => "line_total",
                AmountOf::Percent => "percent",
                AmountOf::Share => "share",
                AmountOf::Amount => "amount",
            })
        )
    }));
    parts.extend((meaning.unit == Unit::Cents).then(|| "unit = \"cents\"".to_owned()));
    parts.extend((0.0 < meaning.tax_percent).then(|| format!("tax_percent = {:?}", meaning.tax_percent)));
    parts.extend(meaning.format.as_ref().map(|format| format!("format = {}", quoted(format))));
    parts.extend(meaning.zone.as_ref().map(|zone| format!("zone = {}", quoted(zone.name()))));
    parts.extend(meaning.strips_zeros.then(|| "leading_zeros = false".to_owned()));
    parts.extend((!meaning.yes.is_empty()).then(|| format!("yes = {}", list(&meaning.yes))));
    parts.extend((!meaning.no.is_empty()).then(|| format!("no = {}", list(&meaning.no))));
    match &meaning.columns[..] {
        [_] if is_plain && parts.len() == n_of_columns => first,
        columns if is_plain && parts.len() == n_of_columns => list(columns),
        _ => format!("{{ {} }}", parts.join(", ")),
    }
}

/// The first value of a column; of people's names and addresses nothing.
fn example(table: &InspectedTable, meaning: &Meaning) -> String {
    let shown = meaning
        .columns
        .iter()
        .filter_map(|name| table.columns.get(name))
        .filter_map(value)
        .collect::<Vec<_>>();
    if shown.is_empty() { String::new() } else { format!("such as {}", shown.join(" and ")) }
}

fn value(found: &ColumnProfile) -> Option<String> {
    let is_shown = !found.example.is_empty() && !is_personal(&found.name) && !found.example.contains('@');
    let text = plain(&found.example);
    is_shown.then(|| match text.char_indices().nth(MOST_CHARS) {
        Some((cut, _)) => format!("`{}…`", &text[..cut]),
        None => format!("`{text}`"),
    })
}

fn unread(lines: &mut Vec<String>, table: &InspectedTable) {
    if table.unread.is_empty() {
        return;
    }
    lines.extend([String::new(), "# Columns that are not read:".to_owned()]);
    for name in table.unread.iter().take(MOST_UNREAD) {
        let Some(found) = table.columns.get(name) else { continue };
        let empty = match 100.0 * found.share_empty() {
            share if share < 0.5 => String::new(),
            share => format!(", empty in {share:.0} % of the rows"),
        };
        // What is told of people beside what is read of them is nobody's business here.
        let example = value(found).filter(|_| table.name != "customers");
        let example = example.map_or_else(String::new, |value| format!(", such as {value}"));
        lines.push(format!(
            "#   {}: {}, {} different{empty}{example}",
            plain(name),
            found.holds.word(),
            with_commas(found.n_different as u64)
        ));
    }
    let n_more = table.unread.len().saturating_sub(MOST_UNREAD);
    if 0 < n_more {
        lines.push(format!("#   and {n_more} more"));
    }
}

fn with_comment(line: &str, comment: &str) -> String {
    let n = line.chars().count();
    format!("{line}{} # {}", " ".repeat(COMMENT_AT.saturating_sub(n)), plain(comment))
}

/// A text of the files on one line of comment.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// What a column means here.
fn meaning_of(table: &str, name: &str) -> &'static str {
    match (table, name) {
        ("orders", "order_id") => "the order; its lines are one basket",
        ("orders", "item_id") => "the item or variant that was sold",
        ("orders", "ordered_at") => "when it was ordered",
        ("orders", "customer_id") => "who ordered; empty is a guest",
        ("orders", "quantity") => "how many pieces; below 0 takes back",
        ("orders", "price") => "what a piece cost",
        ("orders", "currency") => "the currency of the price",
        ("orders", "returned_quantity") => "pieces of this line that came back",
        ("orders", "is_cancellation") => "whether the line takes an earlier one back",
        ("orders", "is_gift") => "whether it was bought for somebody else",
        ("orders", "is_cancelled") => "whether the order came to nothing",
        ("orders", "line_id") => "the line of the order",
        ("orders", "discount") => "what was taken off the price",
        ("orders", "item_title") => "what the item is called; used where there is no catalogue",
        ("items", "id") => "the item or variant, as orders have it",
        ("items", "item_group_id") => "the item that it is a variant of",
        ("items", "other_id") => "another id of it, by which others name it as their group",
        ("items", "variants") => "the variants that it is sold as",
        ("items", "title") => "its name for people",
        ("items", "link") => "its page",
        ("items", "image_link") => "its picture",
        ("items", "price") => "what it costs",
        ("items", "sale_price") => "what it costs now",
        ("items", "currency") => "the currency of the prices",
        ("items", "availability") => "whether it is in stock",
        ("items", "availability_date") => "not offered before",
        ("items", "expiration_date") => "not offered from then on",
        ("items", "inventory_quantity") => "how many are there",
        ("items", "brand") => "who makes it",
        ("items", "kind") => "product, content or service",
        ("items", "adult") => "whether it is for adults only",
        ("items", "sensitive") => "whether nobody wants to be known for it",
        ("items", "product_type") => "its place in the category tree",
        ("items", name) if name.starts_with("item_category") => "a further level of the category",
        ("items", "useful_life_days") => "how many days it serves",
        ("items", "pack_size") => "how many are in a pack",
        ("items", "topics") => "what a story is about",
        ("items", "accessory_for") => "items that it makes better",
        ("items", "consumable_for") => "items that use it up",
        ("items", "spare_part_for") => "items that it mends",
        ("items", "similar_to") => "items that do the same",
        ("items", "related_to") => "items that have to do with it",
        ("items", "incompatible_with") => "items that it must not be offered with",
        ("items", "bundle_of") => "items that are in it",
        ("items", "published") => "whether it is shown in the shop",
        ("items", "status") => "its state: active, draft, archived",
        ("items", "visibility") => "whether it is shown by itself",
        ("items", "discontinued") => "whether it is sold no more",
        ("customers", "customer_id") => "the customer, as orders have them",
        ("customers", "household") => "single, couple or family, as they have said",
        ("customers", "interests") => "what they have said to care about",
        ("events", "event_name") => "what was done: seen, put in the cart, bought",
        ("events", "item_id") => "with which item or variant",
        ("events", "occurred_at") => "when",
        ("events", "customer_id") => "who, where they were logged in",
        ("events", "visitor_id") => "the browser",
        ("events", "session_id") => "the visit",
        ("events", "event_id") => "the event, so that one sent twice counts once",
        ("events", "topic") => "what a story was about",
        _ => "see data/schema",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Settings;

    #[test]
    fn what_is_written_is_read_back_as_it_was_meant() {
        let column = Meaning::column;
        let of = |names: &[&str]| Meaning {
            columns: names.iter().map(|name| (*name).to_owned()).collect(),
            ..Meaning::default()
        };
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        for meaning in [
            column("Order \"ID\"\n\u{7f}é"),
            of(&["a", "b"]),
            Meaning { first_of: true, ..of(&["a", "b"]) },
            Meaning { format: Some("%d/%m/%Y %H:%M".to_owned()), ..of(&["Date", "Time"]) },
            Meaning { zone: erbij_core::TimeZone::named("Europe/Amsterdam").ok(), ..of(&["Date", "Time"]) },
            Meaning { is: Some(AmountOf::LineTotal), unit: Unit::Cents, tax_percent: 21.0, ..column("p") },
            Meaning { set: true, ..column("c") },
            Meaning { inverse: true, ..column("c") },
            Meaning { strips_zeros: true, ..column("c") },
            Meaning { yes: words(&["ja"]), no: words(&["nee", "uit"]), ..column("c") },
        ] {
            let text =
                format!("[tables.orders.columns]\nordered_at = {}", meaning_text("ordered_at", &meaning));
            let read = Settings::from_toml(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(read.tables.orders.columns["ordered_at"], meaning, "{text}");
        }
    }
}
