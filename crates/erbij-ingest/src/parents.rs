//! Groups that are named by another id of their row than the one that orders have.
//!
//! WooCommerce names the parent of a variation by its SKU, and by `id:221` where it has none.

use std::collections::HashMap;

use crate::intern::{Interner, MISSING, TOO_LONG};

/// What stands before an id in the place of another one.
const BY_ID: &str = "id:";

/// Puts the id of the row that is meant in the place of each group that is no row's id. Of several rows that have the same
/// other id the first is meant. O(rows).
pub(crate) fn resolve(variants: &[u32], others: &[u32], groups: &mut [u32], ids: &mut Interner) {
    let mut by_other: HashMap<u32, u32> = HashMap::new();
    for (&other, &variant) in others.iter().zip(variants).filter(|(other, _)| **other < TOO_LONG) {
        by_other.entry(other).or_insert(variant);
    }
    let mut is_row = vec![false; ids.len()];
    variants.iter().for_each(|&variant| is_row[variant as usize] = true);
    for group in groups.iter_mut().filter(|group| **group < TOO_LONG) {
        if is_row.get(*group as usize).is_some_and(|&is_row| is_row) {
            continue;
        }
        if let Some(&variant) = by_other.get(group) {
            *group = variant;
            continue;
        }
        let named = ids.id(*group).strip_prefix(BY_ID).map(|id| id.trim().to_owned());
        let named = named.map_or(MISSING, |id| ids.text(&id));
        if is_row.get(named as usize).is_some_and(|&is_row| is_row) {
            *group = named;
        }
    }
}
