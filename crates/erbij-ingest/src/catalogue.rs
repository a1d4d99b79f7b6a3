//! Variants and ordered items become a catalogue: one row an item, by its final number.

use erbij_core::{
    Availability, Catalogue, CatalogueColumns, Currency, ItemIdx, NO_PRICE, Relations, StrColumn,
    StrColumnBuilder, StrColumnError, VariantColumns,
};

use crate::IngestError;
use crate::details::{self, Details};
use crate::intern::{Interner, MISSING, id_column};
use crate::item_values::{BRAND, CATEGORY, IMAGE_LINK, LINK, TITLE};
use crate::items::{ItemRows, SaidRelation};
use crate::judge::ItemFacts;

/// What a catalogue is made of.
pub(crate) struct Making<'a> {
    pub(crate) ids: &'a Interner,
    /// The items in their final order, by first sight.
    pub(crate) order: &'a [u32],
    /// By first sight the final number, or [`MISSING`].
    pub(crate) numbers: &'a [u32],
    /// The rows of the items table, where there is one.
    pub(crate) rows: Option<&'a ItemRows>,
    pub(crate) facts: &'a ItemFacts,
    pub(crate) topic_ids: &'a Interner,
    /// Topics that events name, by first sight.
    pub(crate) event_topics: &'a [u32],
    pub(crate) currency: Currency,
}

/// How good a variant's availability is for showing it: the best stands for the item.
fn rank(availability: u8) -> u8 {
    const BEST_FIRST: [Availability; 4] =
        [Availability::InStock, Availability::Preorder, Availability::Backorder, Availability::OutOfStock];
    BEST_FIRST.iter().position(|&other| other as u8 == availability).unwrap_or(BEST_FIRST.len()) as u8
}

/// Makes the catalogue. O(items + rows · log rows).
pub(crate) fn make(making: &Making<'_>) -> Result<Catalogue, IngestError> {
    let n_items = making.order.len();
    let rows = making.rows;
    let sorted = sorted_rows(making);
    let (shown, availability) = best_rows(rows, &sorted, n_items);
    let too_long = |name| move |source| IngestError::Text { table: "items", name, source };
    let text = |which: usize, name| {
        let texts = rows.map_or_else(|| vec![""; n_items], |rows| texts(rows, which, &shown, &sorted));
        column(texts.into_iter()).map_err(too_long(name))
    };
    let variant = |(item, shown): (usize, &Option<usize>)| match (shown, rows) {
        (Some(row), Some(rows)) => rows.variants[*row],
        _ => making.order[item],
    };
    let no_details = Details::default();
    let details = rows.map_or(&no_details, |rows| &rows.details);
    let details = details::of_items(details, &shown, &sorted, making.topic_ids, making.event_topics)
        .map_err(too_long("topics"))?;
    let columns = CatalogueColumns {
        item_id: id_column(making.ids, making.order.iter().copied()).map_err(too_long("id"))?,
        variant_id: id_column(making.ids, shown.iter().enumerate().map(variant)).map_err(too_long("id"))?,
        title: text(TITLE, "title")?,
        link: text(LINK, "link")?,
        image_link: text(IMAGE_LINK, "image_link")?,
        brand: text(BRAND, "brand")?,
        category: text(CATEGORY, "product_type")?,
        price_minor: prices(rows, &shown, &sorted).into(),
        availability: availability.into(),
        kind: of_rows(&shown, rows, |rows| &rows.kinds, 0).into(),
        adult: of_rows(&shown, rows, |rows| &rows.adult, 0).into(),
        sensitive: of_rows(&shown, rows, |rows| &rows.sensitive, 0).into(),
        // Without a catalogue nothing can be missing from it.
        listed: shown.iter().map(|row| u8::from(row.is_some() || rows.is_none())).collect::<Vec<_>>().into(),
        available_at: of_rows(&shown, rows, |rows| &rows.available_at, i64::MIN).into(),
        expires_at: of_rows(&shown, rows, |rows| &rows.expires_at, i64::MAX).into(),
        useful_life_days: details.useful_life_days.into(),
        pack_size: details.pack_sizes.into(),
        topics: details.topics,
    };
    let variants = variants(making, &sorted).map_err(too_long("id"))?;
    let catalogue = Catalogue::new(columns, variants, making.currency)?;
    Ok(catalogue.with_relations(relations(making, n_items)))
}

/// The number of an id's item, where there is one.
fn item_number(making: &Making<'_>, id: u32) -> Option<ItemIdx> {
    let number = making.numbers[making.facts.units[id as usize] as usize];
    (number != MISSING).then(|| ItemIdx::new(number))
}

/// What rows say, of the items they are variants of. What an accessory says is laid out at its main
/// product, what a bundle says at the bundle.
fn relations(making: &Making<'_>, n_items: usize) -> Relations {
    let Some(rows) = making.rows else { return Relations::none(n_items) };
    let triple = |said: &SaidRelation| {
        let other = item_number(making, item_of(rows, said.row as usize))?;
        let to = item_number(making, said.to)?;
        Some(if said.kind.is_said_by_whole() { (other, said.kind, to) } else { (to, said.kind, other) })
    };
    Relations::from_triples(n_items, rows.relations.iter().filter_map(triple).collect())
}

/// The ids that rows name as what they belong to, and that are of no item: how many rows name one, and the first.
pub(crate) fn unknown_relations(making: &Making<'_>) -> Option<(u64, String)> {
    let rows = making.rows?;
    let unknown = || rows.relations.iter().filter(|said| item_number(making, said.to).is_none());
    let first = making.ids.id(unknown().next()?.to).into_owned();
    let rows: std::collections::BTreeSet<u32> = unknown().map(|said| said.row).collect();
    Some((rows.len() as u64, first))
}

/// By item a text of the row that is shown, else of the first variant by id that has one: exports give what is the
/// product's own on its first row.
fn texts<'a>(
    rows: &'a ItemRows,
    which: usize,
    shown: &[Option<usize>],
    sorted: &[(u32, usize)],
) -> Vec<&'a str> {
    let of_row = |row: usize| rows.texts[which].get(row);
    let mut texts: Vec<&str> = shown.iter().map(|row| row.map_or("", of_row)).collect();
    for &(item, row) in sorted {
        let text = &mut texts[item as usize];
        if text.is_empty() {
            *text = of_row(row);
        }
    }
    texts
}

/// By item the row that stands for it, where there is one, and the best availability of all its rows.
fn best_rows(
    rows: Option<&ItemRows>,
    sorted: &[(u32, usize)],
    n_items: usize,
) -> (Vec<Option<usize>>, Vec<u8>) {
    let mut shown: Vec<Option<usize>> = vec![None; n_items];
    let mut availability = vec![Availability::OutOfStock as u8; n_items];
    if let Some(rows) = rows {
        for &(item, row) in sorted {
            let item = item as usize;
            let orderable = |row: usize| rows.availability[row] != Availability::OutOfStock as u8;
            let better = match shown[item] {
                None => true,
                Some(best) => orderable(row) && !orderable(best),
            };
            if better {
                shown[item] = Some(row);
            }
            if rank(rows.availability[row]) < rank(availability[item]) {
                availability[item] = rows.availability[row];
            }
        }
    }
    for (item, shown) in shown.iter().enumerate() {
        if shown.is_none() {
            availability[item] = Availability::InStock as u8;
        }
    }
    (shown, availability)
}

/// Final item and row, by item and then by the variant's id.
fn sorted_rows(making: &Making<'_>) -> Vec<(u32, usize)> {
    let Some(rows) = making.rows else { return Vec::new() };
    let rank = {
        let sorted = making.ids.canonical(rows.variants.clone());
        crate::numbering::numbers(&sorted, making.ids.len())
    };
    let mut sorted: Vec<(u32, usize)> =
        (0..rows.variants.len()).map(|row| (making.numbers[item_of(rows, row) as usize], row)).collect();
    sorted.sort_unstable_by_key(|&(item, row)| (item, rank[rows.variants[row] as usize]));
    sorted
}

/// The item of a catalogue row: its group, else itself.
pub(crate) fn item_of(rows: &ItemRows, row: usize) -> u32 {
    match rows.groups[row] {
        MISSING => rows.variants[row],
        group => group,
    }
}

/// Ids of variants that have another id than their item, by item and id.
fn variants(making: &Making<'_>, sorted: &[(u32, usize)]) -> Result<VariantColumns, StrColumnError> {
    let Some(rows) = making.rows else { return Ok(VariantColumns::default()) };
    // An id that is an item itself stands for that item, not for the group it may also belong to.
    let own_item = |id: u32| making.facts.units[id as usize] == id;
    let sorted: Vec<_> = sorted.iter().filter(|&&(_, row)| !own_item(rows.variants[row])).collect();
    Ok(VariantColumns {
        variant_id: id_column(making.ids, sorted.iter().map(|&&(_, row)| rows.variants[row]))?,
        item: sorted.iter().map(|&&(item, _)| item).collect::<Vec<_>>().into(),
    })
}

/// By item the price of the row that is shown, else of the first variant by id that has one.
fn prices(rows: Option<&ItemRows>, shown: &[Option<usize>], sorted: &[(u32, usize)]) -> Vec<i64> {
    let mut prices = of_rows(shown, rows, |rows| &rows.prices, NO_PRICE);
    for &(item, row) in sorted {
        let price = &mut prices[item as usize];
        if let Some(rows) = rows.filter(|_| *price == NO_PRICE) {
            *price = rows.prices[row];
        }
    }
    prices
}

fn of_rows<T: Copy>(
    shown: &[Option<usize>],
    rows: Option<&ItemRows>,
    of: impl Fn(&ItemRows) -> &Vec<T>,
    otherwise: T,
) -> Vec<T> {
    let value = |row: &Option<usize>| match (row, rows) {
        (Some(row), Some(rows)) => of(rows)[*row],
        _ => otherwise,
    };
    shown.iter().map(value).collect()
}

fn column<'a>(texts: impl Iterator<Item = &'a str>) -> Result<StrColumn, StrColumnError> {
    let mut builder = StrColumnBuilder::default();
    for text in texts {
        builder.push(text)?;
    }
    Ok(builder.finish())
}
