//! Weights of basket lines for the measures that weigh before they compare.

use erbij_core::Baskets;

use crate::affinity::measure::AffinityMeasure;
use crate::incidence::Incidence;

/// Saturation of BM25: how soon more of the same says nothing new.
const BM25_K1: f64 = 1.2;
/// How far BM25 discounts items that occur much.
const BM25_B: f64 = 0.75;

/// Per entry of `incidence` its weight, and per item the sum of squares; both empty for measures that only
/// count. O(lines).
///
/// A basket is to items what a document is to words the other way round: an item is a document, the baskets
/// it is in are its words, so a basket that holds much says little: `idf(basket) = ln(n_items / |basket|)`.
/// TF-IDF weighs `√q · idf`; BM25 `q (k1 + 1) / (q + k1 (1 − b + b · Q_item / mean Q)) · idf`, with `q` the
/// quantity on the line and `Q_item` the item's quantity in all.
pub(super) fn line_weights(
    measure: AffinityMeasure,
    baskets: &Baskets,
    incidence: &Incidence,
) -> (Vec<f32>, Vec<f64>) {
    if !measure.is_weighted() {
        return (Vec::new(), Vec::new());
    }
    let n_items = incidence.n_items();
    let mut item_quantities = vec![0.0_f64; n_items];
    for_each_line(baskets, incidence, |item, quantity, _| item_quantities[item as usize] += quantity);
    let n_sold = item_quantities.iter().filter(|&&quantity| 0.0 < quantity).count();
    let mean_quantity = item_quantities.iter().sum::<f64>() / n_sold.max(1) as f64;
    let mut weights = Vec::with_capacity(incidence.n_entries());
    let mut squared_norms = vec![0.0; n_items];
    for_each_line(baskets, incidence, |item, quantity, basket_len| {
        let idf = (n_items as f64 / basket_len as f64).ln();
        let tf = match measure {
            AffinityMeasure::Bm25Cosine => {
                let length = 1.0 - BM25_B + BM25_B * item_quantities[item as usize] / mean_quantity;
                quantity * (BM25_K1 + 1.0) / (quantity + BM25_K1 * length)
            }
            _ => quantity.sqrt(),
        };
        let weight = (tf * idf) as f32;
        weights.push(weight);
        squared_norms[item as usize] += f64::from(weight).powi(2);
    });
    (weights, squared_norms)
}

/// Calls with item, quantity and basket length, entry by entry in the order of `incidence`.
fn for_each_line(baskets: &Baskets, incidence: &Incidence, mut on_line: impl FnMut(u32, f64, usize)) {
    for basket in 0..incidence.n_lists() as u32 {
        // A basket too large to count is empty here, and stays out with all its quantities.
        let items = incidence.items_of(basket);
        for (&item, &quantity) in items.iter().zip(baskets.quantities(basket as usize)) {
            on_line(item, f64::from(quantity), items.len());
        }
    }
}
