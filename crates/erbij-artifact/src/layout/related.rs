//! The sections of what is shown beside an item: there, and back. They came with format 2.6.

use arrow_array::ArrayRef;
use erbij_core::StrColumn;
use erbij_models::{NeighbourOrder, Neighbours, Related, RelatedColumns, RelatedFeature, RelatedWeights};

use super::{Fault, Sections, check_rows, check_same_rows};
use crate::section_read::Section;
use crate::section_spec::{RELATED, RELATED_WEIGHTS, SectionSpec};
use crate::section_write::{lists_of_numbers, lists_of_scores, text, weights};

/// The row of the weight that no feature has.
const CONSTANT: &str = "constant";

/// The columns of the model, where there is one.
pub(super) fn columns_of(model: Option<&Related>) -> Vec<(SectionSpec, Vec<ArrayRef>)> {
    let Some(model) = model else { return Vec::new() };
    let RelatedColumns { neighbours, cooccurrences, customers, walks } = model.columns();
    let (rows, items, probabilities) = neighbours.columns();
    let pairs = vec![
        lists_of_numbers(rows, items),
        lists_of_scores(rows, probabilities),
        lists_of_numbers(rows, cooccurrences),
        lists_of_numbers(rows, customers),
        lists_of_scores(rows, walks),
    ];
    let names: StrColumn = names().collect();
    let values = model.weights().weights().iter().copied().chain([model.weights().constant()]);
    vec![(RELATED, pairs), (RELATED_WEIGHTS, vec![text(&names), weights(values.collect())])]
}

fn names() -> impl Iterator<Item = &'static str> {
    RelatedFeature::ALL.into_iter().map(RelatedFeature::name).chain([CONSTANT])
}

/// Takes the sections out, where the artifact is young enough to have them.
pub(super) fn take(sections: &mut Sections) -> Option<(Section, Section)> {
    Some((sections.take_if_there(&RELATED)?, sections.take_if_there(&RELATED_WEIGHTS)?))
}

/// Checks every rule of the model.
pub(super) fn model_of(
    (mut pairs, mut of_features): (Section, Section),
    n_items: usize,
) -> Result<Related, Fault> {
    let file = RELATED.file;
    check_rows(file, pairs.n_rows, n_items)?;
    let (rows, items) = pairs.lists();
    let (probability_rows, probabilities) = pairs.lists();
    let (cooccurrence_rows, cooccurrences) = pairs.lists();
    let (customer_rows, customers) = pairs.lists();
    let (walk_rows, walks) = pairs.lists();
    check_same_rows(file, &rows, &[&probability_rows, &cooccurrence_rows, &customer_rows, &walk_rows])?;
    if !of_features.text().iter().eq(names()) {
        return Err((RELATED_WEIGHTS.file, "its features are not those of this format".into()));
    }
    let values = of_features.weights();
    let (constant, values) = values.split_last().expect("a row a name");
    let weights = RelatedWeights::new(values, *constant)
        .ok_or((RELATED_WEIGHTS.file, "a weight is not finite".into()))?;
    Neighbours::new(rows, items, probabilities, n_items, NeighbourOrder::ByScore)
        .and_then(|neighbours| {
            Related::new(RelatedColumns { neighbours, cooccurrences, customers, walks }, weights)
        })
        .map_err(|error| (file, error.into()))
}
