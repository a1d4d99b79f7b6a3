//! Which column of which section holds which part of a model set: there, and back.
//!
//! Both directions stand beside each other, section by section, since a change of one is a change of the
//! other and of the table in `section_spec`.

use arrow_array::ArrayRef;
use erbij_core::{
    Catalogue, CatalogueColumns, Currency, CustomerIdx, Histories, NO_PRICE, RowOffsets, Timestamp,
    VariantColumns, Vocab,
};
use erbij_models::{Affinity, CheckedRecipe, ModelSet, NeighbourOrder, Neighbours, Personal, Popularity};

use crate::section_read::Section;
use crate::section_spec::SectionSpec;
use crate::section_spec::{AFFINITY, CUSTOMERS, HISTORIES, ITEMS, PERSONAL, POPULARITY, VARIANTS};
use crate::section_write::{
    bytes, instants, lists_of_days, lists_of_numbers, lists_of_scores, long_numbers, numbers, text,
};

/// Why sections that are each well formed are no model set.
pub(crate) type ModelFault = Box<dyn std::error::Error + Send + Sync>;

/// A section that is well formed, with its name where its values break a rule of the models.
pub(crate) type Fault = (&'static str, ModelFault);

/// The columns of every section. No value is copied but the bitmaps of nulls.
pub(crate) fn columns_of(model_set: &ModelSet) -> [(SectionSpec, Vec<ArrayRef>); 7] {
    let (rows, items, last_bought_on, n_orders) = model_set.histories.columns();
    let histories = vec![
        lists_of_numbers(rows, items),
        lists_of_days(rows, last_bought_on),
        lists_of_numbers(rows, n_orders),
    ];
    let popularity = model_set.popularity.columns().map(numbers).to_vec();
    let (rows, items, scores) = model_set.affinity.neighbours().columns();
    let (cooccurrences, customers) = model_set.affinity.evidence();
    let affinity = vec![
        lists_of_numbers(rows, items),
        lists_of_scores(rows, scores),
        lists_of_numbers(rows, cooccurrences),
        lists_of_numbers(rows, customers),
    ];
    let (rows, items, weights) = model_set.personal.weights().columns();
    let personal = vec![lists_of_numbers(rows, items), lists_of_scores(rows, weights)];
    let variants = model_set.catalogue.variants();
    [
        (ITEMS, item_columns(model_set.catalogue.columns())),
        (VARIANTS, vec![text(&variants.variant_id), numbers(&variants.item)]),
        (CUSTOMERS, vec![text(model_set.customers.ids())]),
        (HISTORIES, histories),
        (POPULARITY, popularity),
        (AFFINITY, affinity),
        (PERSONAL, personal),
    ]
}

fn item_columns(items: &CatalogueColumns) -> Vec<ArrayRef> {
    vec![
        text(&items.item_id),
        text(&items.variant_id),
        text(&items.title),
        text(&items.link),
        text(&items.image_link),
        text(&items.brand),
        text(&items.category),
        long_numbers(&items.price_minor, NO_PRICE),
        bytes(&items.availability),
        bytes(&items.kind),
        bytes(&items.adult),
        bytes(&items.listed),
        instants(&items.available_at, i64::MIN),
        instants(&items.expires_at, i64::MAX),
    ]
}

/// Takes sections, in the order of `SECTIONS`, as a model set; every rule of every model is checked.
/// The parts are built side by side: hashing the ids is most of the work.
pub(crate) fn model_set_of(
    sections: [Section; 7],
    recipe: CheckedRecipe,
    cutoff: Timestamp,
    currency: Currency,
) -> Result<ModelSet, Fault> {
    let [items, variants, customers, histories, popularity, affinity, personal] = sections;
    let n_items = items.n_rows;
    check_rows("popularity.arrow", popularity.n_rows, n_items)?;
    check_rows("affinity.arrow", affinity.n_rows, n_items)?;
    check_rows("personal.arrow", personal.n_rows, n_items)?;
    check_rows("histories.arrow", histories.n_rows, customers.n_rows)?;
    let ((catalogue, customers), (histories, (affinity, personal))) = rayon::join(
        || rayon::join(|| catalogue_of(items, variants, currency), || customers_of(customers)),
        || {
            let neighbours =
                || rayon::join(|| affinity_of(affinity, n_items), || personal_of(personal, n_items));
            rayon::join(|| histories_of(histories, n_items), neighbours)
        },
    );
    Ok(ModelSet {
        recipe,
        cutoff,
        catalogue: catalogue?,
        customers: customers?,
        histories: histories?,
        popularity: popularity_of(popularity)?,
        affinity: affinity?,
        personal: personal?,
    })
}

fn check_rows(file: &'static str, found: usize, expected: usize) -> Result<(), Fault> {
    if found == expected {
        return Ok(());
    }
    Err((file, format!("it has {found} rows, expected {expected}").into()))
}

fn catalogue_of(mut items: Section, mut variants: Section, currency: Currency) -> Result<Catalogue, Fault> {
    // Fields are evaluated in the order written, which is that of the columns.
    let columns = CatalogueColumns {
        item_id: items.text(),
        variant_id: items.text(),
        title: items.text(),
        link: items.text(),
        image_link: items.text(),
        brand: items.text(),
        category: items.text(),
        price_minor: items.long_numbers(),
        availability: items.bytes(),
        kind: items.bytes(),
        adult: items.bytes(),
        listed: items.bytes(),
        available_at: items.long_numbers(),
        expires_at: items.long_numbers(),
    };
    let variants = VariantColumns { variant_id: variants.text(), item: variants.numbers() };
    Catalogue::new(columns, variants, currency).map_err(|error| (ITEMS.file, error.into()))
}

fn customers_of(mut section: Section) -> Result<Vocab<CustomerIdx>, Fault> {
    Vocab::new(section.text()).map_err(|error| (CUSTOMERS.file, error.into()))
}

/// Columns that lie beside each other in memory share one list of offsets; in the file each has its own.
fn check_same_rows(file: &'static str, rows: &RowOffsets, others: &[&RowOffsets]) -> Result<(), Fault> {
    if others.iter().all(|&other| other == rows) {
        return Ok(());
    }
    Err((file, "the lists of a row differ in length".into()))
}

fn histories_of(mut section: Section, n_items: usize) -> Result<Histories, Fault> {
    let (rows, items) = section.lists();
    let (day_rows, last_bought_on) = section.lists();
    let (order_rows, n_orders) = section.lists();
    check_same_rows(HISTORIES.file, &rows, &[&day_rows, &order_rows])?;
    Histories::new(rows, items, last_bought_on, n_orders, n_items)
        .map_err(|rule| (HISTORIES.file, rule.into()))
}

fn popularity_of(mut section: Section) -> Result<Popularity, Fault> {
    let (n_orders, before, ever) = (section.numbers(), section.numbers(), section.numbers());
    Popularity::new(n_orders, before, ever).map_err(|error| (POPULARITY.file, error.into()))
}

fn affinity_of(mut section: Section, n_items: usize) -> Result<Affinity, Fault> {
    let (rows, items) = section.lists();
    let (score_rows, scores) = section.lists();
    let (cooccurrence_rows, cooccurrences) = section.lists();
    let (customer_rows, customers) = section.lists();
    check_same_rows(AFFINITY.file, &rows, &[&score_rows, &cooccurrence_rows, &customer_rows])?;
    Neighbours::new(rows, items, scores, n_items, NeighbourOrder::ByScore)
        .and_then(|neighbours| Affinity::new(neighbours, cooccurrences, customers))
        .map_err(|error| (AFFINITY.file, error.into()))
}

fn personal_of(mut section: Section, n_items: usize) -> Result<Personal, Fault> {
    let (rows, items) = section.lists();
    let (weight_rows, weights) = section.lists();
    check_same_rows(PERSONAL.file, &rows, &[&weight_rows])?;
    Neighbours::new(rows, items, weights, n_items, NeighbourOrder::ByItem)
        .map(Personal::new)
        .map_err(|error| (PERSONAL.file, error.into()))
}
