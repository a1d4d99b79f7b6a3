//! Order histories in which nothing belongs to anything: who bought how many lines when stays, what is dealt out anew.

use erbij_core::statistics::splitmix64::SplitMix64;
use erbij_core::{BasketParts, Baskets, Catalogue, ItemIdx};

/// Among which lines items are dealt out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Within {
    /// All: customers keep how much they buy.
    All,
    /// Those of one category: they keep what they are interested in too.
    Category,
}

/// Deals items out anew. An item dealt to a basket twice stands there once; gifts and returns are left out.
pub fn shuffled(baskets: &Baskets, catalogue: &Catalogue, within: Within, seed: u64) -> Baskets {
    let from = baskets.parts();
    let mut lines: Vec<(u32, usize)> = from
        .items
        .iter()
        .enumerate()
        .map(|(line, &item)| match within {
            Within::All => (0, line),
            Within::Category => (catalogue.category(item).map_or(0, |category| category.get() + 1), line),
        })
        .collect();
    lines.sort_unstable();
    let mut items = from.items.clone();
    let mut chance = SplitMix64::new(seed);
    for group in lines.chunk_by(|a, b| a.0 == b.0) {
        for at in (1..group.len()).rev() {
            items.swap(group[at].1, group[below(&mut chance, at + 1)].1);
        }
    }
    let mut parts = BasketParts {
        n_customers: from.n_customers,
        n_items: from.n_items,
        customers: from.customers.clone(),
        ordered_at: from.ordered_at.clone(),
        amounts_minor: from.amounts_minor.clone(),
        offsets: vec![0],
        time_zone: from.time_zone.clone(),
        ..BasketParts::default()
    };
    for basket in 0..baskets.len() {
        let of_basket: &mut [ItemIdx] = &mut items[from.offsets[basket]..from.offsets[basket + 1]];
        of_basket.sort_unstable();
        parts.items.extend(of_basket.chunk_by(|a, b| a == b).map(|same| same[0]));
        parts.quantities.resize(parts.items.len(), 1.0);
        parts.offsets.push(parts.items.len());
    }
    Baskets::from_parts(parts).expect("only the items changed, and they rise again")
}

/// Where to move something: a number below `n`.
fn below(chance: &mut SplitMix64, n: usize) -> usize {
    ((u128::from(chance.next_u64()) * n as u128) >> 64) as usize
}
