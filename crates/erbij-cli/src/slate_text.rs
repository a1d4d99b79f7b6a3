//! A slate for people and for pipes.

use std::io::Write;

use erbij_core::Catalogue;
use erbij_engine::{Language, Slate};
use erbij_export::SlateJson;
use serde_json::Value;
use uuid::Uuid;

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

/// A slate as the JSON that the service answers.
pub(crate) fn json(
    json: &SlateJson<'_>,
    recommendation_id: Uuid,
    slate: &Slate,
) -> serde_json::Result<Value> {
    let mut bytes = vec![b'{'];
    json.push_slate(&mut bytes, recommendation_id, slate);
    json.push_why(&mut bytes, slate);
    bytes.push(b'}');
    serde_json::from_slice(&bytes)
}
