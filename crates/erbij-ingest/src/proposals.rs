//! Which column of a file might be meant, where none has a name that is recognised.

use crate::names::normalise;
use crate::names::{ColumnSpec, Kind};

/// Words in the names of columns, by the name here.
fn words_of(name: &str) -> &'static [&'static str] {
    match name {
        "order_id" => &[
            "order",
            "invoice",
            "receipt",
            "basket",
            "transaction",
            "ticket",
            "bon",
            "bestel",
            "factuur",
            "bill",
            "cart",
        ],
        "item_id" | "id" => &[
            "product", "item", "sku", "article", "artikel", "stock", "material", "variant", "isbn", "ean",
            "plu",
        ],
        "ordered_at" | "occurred_at" => {
            &["date", "datum", "time", "tijd", "created", "ordered", "purchased", "day", "dag"]
        }
        "customer_id" => &["customer", "client", "klant", "member", "user", "shopper", "buyer", "household"],
        "event_name" => &["event", "action", "type"],
        _ => &[],
    }
}

/// The name, of those that would do by their types, that is nearest to a column by spelling or by its words. Of ids one
/// that says it is an id, where no word fits.
pub(crate) fn nearest_name<'a>(column: &ColumnSpec, fits: &[&'a str]) -> Option<&'a str> {
    let by_spelling = std::iter::once(&column.name)
        .chain(column.aliases)
        .find_map(|name| fits.iter().copied().find(|found| is_misspelt(name, found)));
    let by_word = || fits.iter().copied().find(|name| shares_a_word(column.name, name));
    let by_ending = || {
        let ends = ["id", "code", "number", "nummer", "key"];
        fits.iter()
            .copied()
            .find(|name| column.kind == Kind::Id && ends.iter().any(|end| normalise(name).ends_with(end)))
    };
    by_spelling.or_else(by_word).or_else(by_ending)
}

fn shares_a_word(name: &str, found: &str) -> bool {
    let found = normalise(found);
    words_of(name).iter().any(|word| found.contains(word))
}

/// Whether a name is the other one with a slip or two of the hand.
fn is_misspelt(name: &str, found: &str) -> bool {
    let (name, found) = (normalise(name), normalise(found));
    let slips = strsim::osa_distance(&name, &found);
    slips <= 2 && 3 * slips < name.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::{ITEMS, ORDERS};

    #[test]
    fn a_proposal_has_to_do_with_what_is_missing() {
        for (table, name, fits, expected) in [
            (&ORDERS, "order_id", &["orderr", "date"][..], Some("orderr")),
            (&ORDERS, "ordered_at", &["order_total", "purchase_day"], Some("purchase_day")),
            (&ORDERS, "ordered_at", &["quantity", "total"], None),
            (&ORDERS, "item_id", &["pizza_id", "date"], Some("pizza_id")),
            (&ITEMS, "id", &["id_lang", "reference_product"], Some("reference_product")),
        ] {
            let column = table.columns.iter().find(|column| column.name == name).expect("a column");
            assert_eq!(nearest_name(column, fits), expected, "{name} of {fits:?}");
        }
    }
}
