//! The sections of needs and of what customers have: there, and back. They came with format 2.2.

use arrow_array::ArrayRef;
use erbij_people::{Ownership, OwnershipColumns};
use erbij_recipe::CheckedRecipe;

use super::sections::{Fault, Sections, check_rows, check_same_rows};
use crate::section_read::Section;
use crate::section_spec::{ITEM_NEEDS, NEEDS, OWNERSHIP, SectionSpec};
use crate::section_write::{lists_of_days, lists_of_numbers, numbers, text, weights};

/// The columns of the model, where there is one.
pub(super) fn columns_of(model: Option<&Ownership>) -> Vec<(SectionSpec, Vec<ArrayRef>)> {
    let Some(columns) = model.map(Ownership::columns) else { return Vec::new() };
    let needs =
        vec![text(&columns.need_names), numbers(&columns.n_buyers), weights(columns.repeat_shares.to_vec())];
    let of_items = vec![numbers(&columns.need_of_items), numbers(&columns.lives_days)];
    let of_customers = vec![
        lists_of_numbers(&columns.rows, &columns.items),
        lists_of_days(&columns.rows, &columns.bought_on),
        lists_of_numbers(&columns.given_rows, &columns.given),
    ];
    vec![(NEEDS, needs), (ITEM_NEEDS, of_items), (OWNERSHIP, of_customers)]
}

/// The sections, where the artifact is young enough to have them.
pub(super) struct OwnershipSections {
    needs: Section,
    of_items: Section,
    of_customers: Section,
}

/// Takes the sections out.
pub(super) fn take(sections: &mut Sections) -> Option<OwnershipSections> {
    Some(OwnershipSections {
        needs: sections.take_if_there(&NEEDS)?,
        of_items: sections.take_if_there(&ITEM_NEEDS)?,
        of_customers: sections.take_if_there(&OWNERSHIP)?,
    })
}

/// Checks every rule of the model.
pub(super) fn model_of(
    sections: OwnershipSections,
    recipe: &CheckedRecipe,
    n_items: usize,
    n_customers: usize,
) -> Result<Ownership, Fault> {
    let OwnershipSections { mut needs, mut of_items, mut of_customers } = sections;
    check_rows(ITEM_NEEDS.file, of_items.n_rows, n_items)?;
    check_rows(OWNERSHIP.file, of_customers.n_rows, n_customers)?;
    let (rows, items) = of_customers.lists();
    let (day_rows, bought_on) = of_customers.lists();
    check_same_rows(OWNERSHIP.file, &rows, &[&day_rows])?;
    let (given_rows, given) = of_customers.lists();
    let columns = OwnershipColumns {
        need_names: needs.text(),
        n_buyers: needs.numbers(),
        repeat_shares: needs.weights(),
        need_of_items: of_items.numbers(),
        lives_days: of_items.numbers(),
        rows,
        items,
        bought_on,
        given_rows,
        given,
    };
    Ownership::new(recipe.ownership().clone(), columns, n_items)
        .map_err(|error| (OWNERSHIP.file, error.into()))
}
