//! The sections of what belongs to what and what may be bought instead: there, and back. They came with format 2.1.

use arrow_array::ArrayRef;
use erbij_models::{Accessory, AccessoryColumns};

use super::{Fault, Sections, check_rows, check_same_rows};
use crate::section_read::Section;
use crate::section_spec::{ACCESSORIES, ACCESSORY_RATES, ALTERNATIVES, SectionSpec};
use crate::section_write::{lists_of_codes, lists_of_numbers, lists_of_scores, parameters};

/// The columns of the model, where there is one.
pub(super) fn columns_of(model: Option<&Accessory>) -> Vec<(SectionSpec, Vec<ArrayRef>)> {
    let Some(model) = model else { return Vec::new() };
    let columns = model.columns();
    let (rows, other_rows) = (&columns.rows, &columns.alternative_rows);
    let accessories = vec![
        lists_of_numbers(rows, &columns.items),
        lists_of_scores(rows, &columns.scores),
        lists_of_codes(rows, &columns.kinds),
        lists_of_numbers(rows, &columns.customers),
        lists_of_scores(rows, &columns.expected),
        lists_of_scores(rows, &columns.same_order_shares),
        lists_of_scores(rows, &columns.median_lag_days),
    ];
    let alternatives = vec![
        lists_of_numbers(other_rows, &columns.alternatives),
        lists_of_scores(other_rows, &columns.alternative_scores),
        lists_of_codes(other_rows, &columns.alternative_kinds),
    ];
    let rates = vec![parameters(vec![model.max_tail()])];
    vec![(ACCESSORIES, accessories), (ALTERNATIVES, alternatives), (ACCESSORY_RATES, rates)]
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
    let (rows, items) = accessories.lists();
    let (score_rows, scores) = accessories.lists();
    let (kind_rows, kinds) = accessories.lists();
    let (customer_rows, customers) = accessories.lists();
    let (expected_rows, expected) = accessories.lists();
    let (share_rows, same_order_shares) = accessories.lists();
    let (lag_rows, median_lag_days) = accessories.lists();
    let others = [&score_rows, &kind_rows, &customer_rows, &expected_rows, &share_rows, &lag_rows];
    check_same_rows(file, &rows, &others)?;
    let (alternative_rows, alternative_items) = alternatives.lists();
    let (alternative_score_rows, alternative_scores) = alternatives.lists();
    let (alternative_kind_rows, alternative_kinds) = alternatives.lists();
    check_same_rows(
        ALTERNATIVES.file,
        &alternative_rows,
        &[&alternative_score_rows, &alternative_kind_rows],
    )?;
    let columns = AccessoryColumns {
        rows,
        items,
        scores,
        kinds,
        customers,
        expected,
        same_order_shares,
        median_lag_days,
        alternative_rows,
        alternatives: alternative_items,
        alternative_scores,
        alternative_kinds,
    };
    Accessory::new(columns, n_items, rates.parameters()[0]).map_err(|error| (file, error.into()))
}
