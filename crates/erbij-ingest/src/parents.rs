//! Groups that a row does not name by the id that orders have.
//!
//! WooCommerce names the parent of a variation by its SKU, and by `id:221` where it has none. In Magento the parent names
//! its variants.

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

/// The ids of variants that the row of a group names: a list of ids, or `sku=TS-S,size=S|sku=TS-M,size=M`.
pub(crate) fn named(text: &str) -> impl Iterator<Item = &str> {
    let has_keys = text.contains('=');
    let parts = text.split(move |c: char| c == '|' || !has_keys && matches!(c, ',' | ';'));
    let ids = parts.filter_map(move |part| match has_keys {
        false => Some(part.trim()),
        true => part.split(',').find_map(|pair| pair.trim().strip_prefix("sku=")).map(str::trim),
    });
    ids.filter(|id| !id.is_empty())
}

/// Puts variants under the group that names them, where they name none themselves. O(rows) where any is named.
pub(crate) fn gather(said: &[(u32, u32)], variants: &[u32], groups: &mut [u32]) {
    if said.is_empty() {
        return;
    }
    let group_of: HashMap<u32, u32> = said.iter().rev().map(|&(group, variant)| (variant, group)).collect();
    for (variant, group) in variants.iter().zip(groups).filter(|(_, group)| **group == MISSING) {
        if let Some(&said) = group_of.get(variant).filter(|said| *said != variant) {
            *group = said;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variants_are_a_list_of_ids_or_of_pairs() {
        for (text, expected) in [
            ("", &[][..]),
            ("a, b", &["a", "b"]),
            ("a|b;c", &["a", "b", "c"]),
            ("sku=TS-S,size=S|sku=TS-M,size=M", &["TS-S", "TS-M"]),
            ("size=S,sku=TS-S", &["TS-S"]),
            ("size=S", &[]),
        ] {
            assert_eq!(named(text).collect::<Vec<_>>(), expected, "{text}");
        }
    }
}
