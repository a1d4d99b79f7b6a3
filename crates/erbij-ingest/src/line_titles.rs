//! Titles that stand in the order lines, for shops that hand over no catalogue.

use std::collections::HashMap;

use arrow_array::Array;
use erbij_core::{Availability, ItemKind, NO_PRICE, StrColumnBuilder};

use crate::IngestError;
use crate::details::Details;
use crate::intern::{Interner, MISSING, TOO_LONG};
use crate::item_values::TITLE;
use crate::items::ItemRows;
use crate::names::orders as column;
use crate::readable::readable;
use crate::table::Table;
use crate::values::{Ids, text};

/// Longer titles than this are none.
const MAX_BYTES: usize = 1024;

/// A catalogue of titles alone: of each item the one that most of its lines have, of several the first in order. None
/// where lines have no titles. O(lines).
pub(crate) fn read(table: &Table, ids: &mut Interner) -> Result<Option<ItemRows>, IngestError> {
    if !table.has(column::ITEM_TITLE) {
        return Ok(None);
    }
    let known = std::mem::replace(ids, Interner::new(0));
    let mut item_ids = Ids::new(known).written(table.meaning("item_id"));
    let mut titles = Interner::new(MAX_BYTES);
    let mut counts: HashMap<(u32, u32), u32> = HashMap::new();
    let mut items = Vec::new();
    table.scan(&[column::ITEM_ID, column::ITEM_TITLE], |batch| {
        items.clear();
        item_ids.read(batch.columns[0].as_ref(), batch.n_rows, &mut items)?;
        let texts = text(batch.columns[1].as_ref())?;
        for (row, &item) in items.iter().enumerate().filter(|&(_, &item)| item < TOO_LONG) {
            let title = texts.as_ref().filter(|texts| texts.is_valid(row)).map(|texts| texts.value(row));
            let title = title.map_or(MISSING, |title| titles.text(title));
            if title < TOO_LONG {
                *counts.entry((item, title)).or_default() += 1;
            }
        }
        Ok(())
    })?;
    *ids = item_ids.interner;
    let mut best: Vec<Option<(u32, u32)>> = vec![None; ids.len()];
    for ((item, title), count) in counts {
        let chosen = &mut best[item as usize];
        let is_better = chosen.is_none_or(|(most, before)| {
            most < count || most == count && titles.id(title) < titles.id(before)
        });
        if is_better {
            *chosen = Some((count, title));
        }
    }
    rows(&best, &titles).map(Some).map_err(|source| IngestError::Text {
        table: "orders",
        name: "item_title",
        source,
    })
}

fn rows(best: &[Option<(u32, u32)>], titles: &Interner) -> Result<ItemRows, erbij_core::StrColumnError> {
    let n_rows = best.len();
    let mut texts: [StrColumnBuilder; crate::item_values::N_TEXTS] = Default::default();
    for chosen in best {
        let title = chosen.map(|(_, title)| titles.id(title).into_owned()).unwrap_or_default();
        for (which, builder) in texts.iter_mut().enumerate() {
            builder.push(if which == TITLE { readable(&title) } else { "".into() }.as_ref())?;
        }
    }
    Ok(ItemRows {
        variants: (0..n_rows as u32).collect(),
        groups: vec![MISSING; n_rows],
        texts: texts.map(StrColumnBuilder::finish),
        prices: vec![NO_PRICE; n_rows],
        availability: vec![Availability::InStock as u8; n_rows],
        kinds: vec![ItemKind::Product as u8; n_rows],
        adult: vec![0; n_rows],
        sensitive: vec![0; n_rows],
        available_at: vec![i64::MIN; n_rows],
        expires_at: vec![i64::MAX; n_rows],
        details: Details::unknown(n_rows),
        relations: Vec::new(),
    })
}
