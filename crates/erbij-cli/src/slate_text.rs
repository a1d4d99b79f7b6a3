//! A slate for people and for pipes.

use std::io::Write;

use erbij_core::{Catalogue, ItemIdx, Money, Score};
use erbij_engine::{Language, Slate, SlateItem};
use serde_json::{Value, json};

/// So many of what speaks for an item are named to people; JSON has all.
const MAX_CONTRIBUTIONS: usize = 5;

/// Prints a slate as a table.
pub(crate) fn print(
    slate: &Slate,
    catalogue: &Catalogue,
    language: Language,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    for (at, item) in slate.items.iter().enumerate() {
        let price = catalogue.price(item.item).map_or_else(|| "-".to_owned(), |price| price.to_string());
        writeln!(
            out,
            "{:>3}. {:<16} {:<40} {:>12}  {}",
            at + 1,
            catalogue.items().id(item.item),
            shortened(catalogue.title(item.item), 40),
            price,
            item.reason.sentence(catalogue, language),
        )?;
        for &(from, score) in item.contributions.iter().take(MAX_CONTRIBUTIONS) {
            writeln!(out, "{:>24} {:.3} from {}", "", score.get(), catalogue.title(from))?;
        }
        if let Some(more) = item.contributions.len().checked_sub(MAX_CONTRIBUTIONS).filter(|&more| 0 < more) {
            writeln!(out, "{:>24} and {more} more", "")?;
        }
    }
    if let Some(because) = slate.empty_because {
        writeln!(out, "nothing: {}", because.name())?;
    }
    if let Some(source) = slate.fallback_used() {
        writeln!(
            out,
            "note: {} had too little to say, the rest is by {}",
            slate.first_choice.name(),
            source.name()
        )?;
    }
    Ok(())
}

fn shortened(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars().take(width - 1).chain(['…']).collect()
}

/// A slate as JSON, with the keys of the service. It is for whoever has the artifact: the score of what sells
/// is its number of orders, which the service does not tell, and a missing link is an empty text.
pub(crate) fn json(
    slate: &Slate,
    model_version: &str,
    catalogue: &Catalogue,
    language: Language,
    explain: bool,
) -> Value {
    let items: Vec<Value> =
        slate.items.iter().map(|item| item_json(item, catalogue, language, explain)).collect();
    let mut value = json!({
        "model_version": model_version,
        "items": items,
        "fallback_used": slate.fallback_used().map(|source| source.name()),
    });
    if let Some(because) = slate.empty_because {
        value["empty_reason"] = because.name().into();
    }
    if explain {
        let left_out = slate.left_out;
        value["left_out"] = json!({
            "excluded": left_out.excluded,
            "owned": left_out.owned,
            "already_bought": left_out.already_bought,
            "hidden": left_out.hidden,
            "filtered": left_out.filtered,
            "out_of_stock": left_out.out_of_stock,
            "ineligible": left_out.ineligible,
        });
    }
    value
}

fn item_json(item: &SlateItem, catalogue: &Catalogue, language: Language, explain: bool) -> Value {
    let id = |item: ItemIdx| catalogue.items().id(item);
    let columns = catalogue.columns();
    let row = item.item.index();
    let mut value = json!({
        "item_id": id(item.item),
        "title": catalogue.title(item.item),
        "url": columns.link.get(row),
        "image_url": columns.image_link.get(row),
        "price": catalogue.price(item.item).map(price_json),
        "score": rounded(item.score),
        "source": item.source.name(),
        "reason_code": item.reason.code(),
        "reason_text": item.reason.sentence(catalogue, language),
        "source_item": item.reason.source_item().map(id),
    });
    if explain {
        let contributions = item.contributions.iter();
        value["contributions"] = contributions
            .map(|&(from, score)| json!({ "item_id": id(from), "score": rounded(score) }))
            .collect();
    }
    value
}

fn price_json(price: Money) -> Value {
    let text = price.to_string();
    let (amount, currency) = text.split_once(' ').expect("an amount, a space and a code");
    json!({ "amount": amount, "currency": currency })
}

/// Three significant digits, as the service gives them.
fn rounded(score: Score) -> f64 {
    format!("{:.2e}", score.get()).parse().expect("a float that was just written")
}
