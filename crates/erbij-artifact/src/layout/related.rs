//! The sections of what is shown beside an item and a basket: there, and back. They came with formats 2.6 and 2.7.

use arrow_array::ArrayRef;
use erbij_core::{NeighbourOrder, Neighbours, StrColumn};
use erbij_models::{
    BasketFeature, BasketRanking, BasketWeights, Related, RelatedColumns, RelatedFeature, RelatedWeights,
};

use super::sections::{Fault, Sections, check_rows, check_same_rows};
use crate::section_read::Section;
use crate::section_spec::{BASKET_WEIGHTS, RELATED, RELATED_MEASURES, RELATED_WEIGHTS, SectionSpec};
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
    let weights_of = model.weights();
    let mut sections = vec![
        (RELATED, pairs),
        (RELATED_WEIGHTS, weights_by_name(names(), weights_of.weights(), weights_of.constant())),
    ];
    if let Some(BasketRanking { shares, log_likelihood_ratios, log_lifts, weights }) = model.baskets() {
        let measures = vec![
            lists_of_scores(rows, shares),
            lists_of_scores(rows, log_likelihood_ratios),
            lists_of_scores(rows, log_lifts),
        ];
        sections.push((RELATED_MEASURES, measures));
        let weights = weights_by_name(basket_names(), weights.weights(), weights.constant());
        sections.push((BASKET_WEIGHTS, weights));
    }
    sections
}

fn weights_by_name(
    names: impl Iterator<Item = &'static str>,
    values: &[f32],
    constant: f32,
) -> Vec<ArrayRef> {
    let names: StrColumn = names.collect();
    vec![text(&names), weights(values.iter().copied().chain([constant]).collect())]
}

fn names() -> impl Iterator<Item = &'static str> {
    RelatedFeature::ALL.into_iter().map(RelatedFeature::name).chain([CONSTANT])
}

fn basket_names() -> impl Iterator<Item = &'static str> {
    BasketFeature::ALL.into_iter().map(BasketFeature::name).chain([CONSTANT])
}

/// What an artifact holds of related items.
pub(super) struct Taken {
    pairs: Section,
    weights: Section,
    /// What ranks baskets.
    baskets: Option<(Section, Section)>,
}

/// Takes the sections out, where the artifact is young enough to have them.
pub(super) fn take(sections: &mut Sections) -> Option<Taken> {
    let (pairs, weights) = (sections.take_if_there(&RELATED)?, sections.take_if_there(&RELATED_WEIGHTS)?);
    let measures = sections.take_if_there(&RELATED_MEASURES);
    let baskets = measures.zip(sections.take_if_there(&BASKET_WEIGHTS));
    Some(Taken { pairs, weights, baskets })
}

/// Checks every rule of the model.
pub(super) fn model_of(taken: Taken, n_items: usize) -> Result<Related, Fault> {
    let Taken { mut pairs, weights: of_features, baskets } = taken;
    let file = RELATED.file;
    check_rows(file, pairs.n_rows, n_items)?;
    let (rows, items) = pairs.lists();
    let (probability_rows, probabilities) = pairs.lists();
    let (cooccurrence_rows, cooccurrences) = pairs.lists();
    let (customer_rows, customers) = pairs.lists();
    let (walk_rows, walks) = pairs.lists();
    check_same_rows(file, &rows, &[&probability_rows, &cooccurrence_rows, &customer_rows, &walk_rows])?;
    let (values, constant) = weights_of(of_features, &RELATED_WEIGHTS, names())?;
    let weights = RelatedWeights::new(&values, constant).ok_or_else(|| not_finite(&RELATED_WEIGHTS))?;
    let ranking = |(mut measures, of_features): (Section, Section)| {
        let file = RELATED_MEASURES.file;
        check_rows(file, measures.n_rows, n_items)?;
        let (share_rows, shares) = measures.lists();
        let (ratio_rows, log_likelihood_ratios) = measures.lists();
        let (lift_rows, log_lifts) = measures.lists();
        check_same_rows(file, &rows, &[&share_rows, &ratio_rows, &lift_rows])?;
        let (values, constant) = weights_of(of_features, &BASKET_WEIGHTS, basket_names())?;
        let weights = BasketWeights::new(&values, constant).ok_or_else(|| not_finite(&BASKET_WEIGHTS))?;
        Ok(BasketRanking { shares, log_likelihood_ratios, log_lifts, weights })
    };
    let baskets = baskets.map(ranking).transpose()?;
    Neighbours::new(rows, items, probabilities, n_items, NeighbourOrder::ByScore)
        .and_then(|neighbours| {
            Related::new(RelatedColumns { neighbours, cooccurrences, customers, walks }, weights, baskets)
        })
        .map_err(|error| (file, error.into()))
}

/// The weights of a section and the constant behind them, where they are of these features.
fn weights_of(
    mut section: Section,
    spec: &SectionSpec,
    names: impl Iterator<Item = &'static str>,
) -> Result<(Vec<f32>, f32), Fault> {
    if !section.text().iter().eq(names) {
        return Err((spec.file, "its features do not match this format".into()));
    }
    let values = section.weights();
    let (constant, values) = values.split_last().expect("a row a name");
    Ok((values.to_vec(), *constant))
}

fn not_finite(spec: &SectionSpec) -> Fault {
    (spec.file, "a weight is not finite".into())
}
