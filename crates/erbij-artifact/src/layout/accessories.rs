//! The sections of what belongs to what and what may be bought instead: there, and back. They came with format 2.1, that
//! of categories with 2.3.

use arrow_array::ArrayRef;
use erbij_core::{Catalogue, CategoryIdx, ModelError, RowOffsets, StrColumn};
use erbij_models::{Accessory, AccessoryColumns, CategoryComplements};

use super::sections::{Fault, Sections, check_rows, check_same_rows};
use crate::section_read::Section;
use crate::section_spec::{ACCESSORIES, ACCESSORY_RATES, ALTERNATIVES, COMPLEMENTS, SectionSpec};
use crate::section_write::{lists_of_codes, lists_of_numbers, lists_of_scores, parameters, text};

/// The columns of the model, where there is one.
pub(super) fn columns_of(model: Option<&Accessory>) -> Vec<(SectionSpec, Vec<ArrayRef>)> {
    let Some(model) = model else { return Vec::new() };
    let columns = model.columns();
    let other_rows = &columns.alternative_rows;
    let accessories = pair_columns(columns);
    let alternatives = vec![
        lists_of_numbers(other_rows, &columns.alternatives),
        lists_of_scores(other_rows, &columns.alternative_scores),
        lists_of_codes(other_rows, &columns.alternative_kinds),
    ];
    let rates = vec![parameters(vec![model.max_tail()])];
    vec![(ACCESSORIES, accessories), (ALTERNATIVES, alternatives), (ACCESSORY_RATES, rates)]
}

/// The columns of what belongs to something.
fn pair_columns(columns: &AccessoryColumns) -> Vec<ArrayRef> {
    let rows = &columns.rows;
    vec![
        lists_of_numbers(rows, &columns.items),
        lists_of_scores(rows, &columns.scores),
        lists_of_codes(rows, &columns.kinds),
        lists_of_numbers(rows, &columns.customers),
        lists_of_scores(rows, &columns.expected),
        lists_of_scores(rows, &columns.same_order_shares),
        lists_of_scores(rows, &columns.median_lag_days),
    ]
}

/// The columns of what goes with what by category, where there is such a model.
pub(super) fn complement_columns_of(
    model: Option<&CategoryComplements>,
    catalogue: &Catalogue,
) -> Option<(SectionSpec, Vec<ArrayRef>)> {
    let pairs = pair_columns(model?.columns());
    let categories = catalogue.categories();
    let paths: StrColumn =
        (0..categories.len() as u32).map(|node| categories.path(CategoryIdx::new(node))).collect();
    Some((COMPLEMENTS, std::iter::once(text(&paths)).chain(pairs).collect()))
}

/// The sections, where the artifact is young enough to have them.
pub(super) struct AccessorySections {
    accessories: Section,
    alternatives: Section,
    rates: Section,
}

/// Takes the sections out.
pub(super) fn take(sections: &mut Sections) -> Option<AccessorySections> {
    Some(AccessorySections {
        accessories: sections.take_if_there(&ACCESSORIES)?,
        alternatives: sections.take_if_there(&ALTERNATIVES)?,
        rates: sections.take_if_there(&ACCESSORY_RATES)?,
    })
}

/// Checks every rule of the model.
pub(super) fn model_of(sections: AccessorySections, n_items: usize) -> Result<Accessory, Fault> {
    let AccessorySections { mut accessories, mut alternatives, mut rates } = sections;
    let file = ACCESSORIES.file;
    check_rows(file, accessories.n_rows, n_items)?;
    check_rows(ALTERNATIVES.file, alternatives.n_rows, n_items)?;
    check_rows(ACCESSORY_RATES.file, rates.n_rows, 1)?;
    let pairs = take_pairs(file, &mut accessories)?;
    let (alternative_rows, alternative_items) = alternatives.lists();
    let (alternative_score_rows, alternative_scores) = alternatives.lists();
    let (alternative_kind_rows, alternative_kinds) = alternatives.lists();
    check_same_rows(
        ALTERNATIVES.file,
        &alternative_rows,
        &[&alternative_score_rows, &alternative_kind_rows],
    )?;
    let columns = AccessoryColumns {
        alternative_rows,
        alternatives: alternative_items,
        alternative_scores,
        alternative_kinds,
        ..pairs
    };
    Accessory::new(columns, n_items, rates.parameters()[0]).map_err(|error| (file, error.into()))
}

/// Reads what belongs to something, without alternatives.
fn take_pairs(file: &'static str, section: &mut Section) -> Result<AccessoryColumns, Fault> {
    let (rows, items) = section.lists();
    let (score_rows, scores) = section.lists();
    let (kind_rows, kinds) = section.lists();
    let (customer_rows, customers) = section.lists();
    let (expected_rows, expected) = section.lists();
    let (share_rows, same_order_shares) = section.lists();
    let (lag_rows, median_lag_days) = section.lists();
    let others = [&score_rows, &kind_rows, &customer_rows, &expected_rows, &share_rows, &lag_rows];
    check_same_rows(file, &rows, &others)?;
    Ok(AccessoryColumns {
        alternative_rows: RowOffsets::from_lens(vec![0; rows.n_rows()]),
        rows,
        items,
        scores,
        kinds,
        customers,
        expected,
        same_order_shares,
        median_lag_days,
        alternatives: Vec::new().into(),
        alternative_scores: Vec::new().into(),
        alternative_kinds: Vec::new().into(),
    })
}

/// Takes the section of complements out, where the artifact is young enough to have it.
pub(super) fn take_complements(sections: &mut Sections) -> Option<Section> {
    sections.take_if_there(&COMPLEMENTS)
}

/// Checks every rule of the model, whose categories are those of the catalogue, in its order.
pub(super) fn complements_of(
    mut section: Section,
    catalogue: &Catalogue,
) -> Result<CategoryComplements, Fault> {
    let file = COMPLEMENTS.file;
    let categories = catalogue.categories();
    check_rows(file, section.n_rows, categories.len())?;
    let paths = section.text();
    let is_its = |&row: &usize| paths.get(row) == categories.path(CategoryIdx::new(row as u32));
    if let Some(row) = (0..categories.len()).find(|row| !is_its(row)) {
        let rule = "the category does not match that of the items";
        return Err((file, ModelError::Row { row, rule }.into()));
    }
    let pairs = take_pairs(file, &mut section)?;
    CategoryComplements::new(pairs, categories.len()).map_err(|error| (file, error.into()))
}
