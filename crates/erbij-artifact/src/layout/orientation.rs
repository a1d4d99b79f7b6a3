//! The section of what customers look around for: there, and back. It came with format 2.3.

use arrow_array::ArrayRef;
use erbij_people::{Orientation, OrientationColumns, Ownership};
use erbij_recipe::CheckedRecipe;

use super::sections::{Fault, Sections, check_rows, check_same_rows};
use crate::section_read::Section;
use crate::section_spec::{ORIENTATION, SectionSpec};
use crate::section_write::{lists_of_days, lists_of_numbers};

/// The columns of the model, where there is one.
pub(super) fn columns_of(model: Option<&Orientation>) -> Option<(SectionSpec, Vec<ArrayRef>)> {
    let columns = model?.columns();
    let rows = &columns.rows;
    let of_customers = vec![
        lists_of_numbers(rows, &columns.needs),
        lists_of_numbers(rows, &columns.items),
        lists_of_days(rows, &columns.first_on),
        lists_of_days(rows, &columns.last_on),
        lists_of_numbers(rows, &columns.n_items),
        lists_of_numbers(rows, &columns.n_days),
    ];
    Some((ORIENTATION, of_customers))
}

/// Takes the section out, where the artifact is young enough to have it.
pub(super) fn take(sections: &mut Sections) -> Option<Section> {
    sections.take_if_there(&ORIENTATION)
}

/// Checks every rule of the model, whose needs are those of `ownership`.
pub(super) fn model_of(
    mut section: Section,
    recipe: &CheckedRecipe,
    ownership: &Ownership,
    n_customers: usize,
) -> Result<Orientation, Fault> {
    let file = ORIENTATION.file;
    check_rows(file, section.n_rows, n_customers)?;
    let (rows, needs) = section.lists();
    let (item_rows, items) = section.lists();
    let (first_rows, first_on) = section.lists();
    let (last_rows, last_on) = section.lists();
    let (n_item_rows, n_items) = section.lists();
    let (n_day_rows, n_days) = section.lists();
    check_same_rows(file, &rows, &[&item_rows, &first_rows, &last_rows, &n_item_rows, &n_day_rows])?;
    let columns = OrientationColumns { rows, needs, items, first_on, last_on, n_items, n_days };
    Orientation::new(recipe.journey(), columns, ownership).map_err(|error| (file, error.into()))
}
