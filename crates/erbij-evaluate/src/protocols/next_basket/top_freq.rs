//! What was bought most: by all, by the customer, and by the customer first and then by all.

use erbij_core::ItemIdx;

use super::files::NextBaskets;

/// The floors of the Reality Check, each a ranking by how many baskets hold an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TopFreq {
    /// By baskets of all customers.
    Global,
    /// By the customer's own baskets alone: the list is as long as what he bought.
    Personal,
    /// By his own, then what is missing by those of all.
    GlobalPersonal,
}

impl TopFreq {
    /// The first `k` for every history given all of them. Ties go to what stands first in the file, as a
    /// dictionary that keeps its order has it. O(lines + customers · k).
    pub fn rankings(self, baskets: &NextBaskets, k: usize) -> impl Fn(usize) -> Vec<ItemIdx> + Sync {
        let global = match self {
            Self::Personal => Vec::new(),
            // What fills a list up is what the customer has not bought, among the first 2k.
            Self::Global | Self::GlobalPersonal => most_frequent(baskets.histories.iter().flatten(), 2 * k),
        };
        move |customer: usize| {
            let mut ranking = match self {
                Self::Global => Vec::new(),
                Self::Personal | Self::GlobalPersonal => most_frequent(&baskets.histories[customer], k),
            };
            for &item in &global {
                if ranking.len() < k && !ranking.contains(&item) {
                    ranking.push(item);
                }
            }
            ranking
        }
    }
}

/// The `k` items that most baskets hold, ties by where an item first stood. O(lines · log lines).
fn most_frequent<'a>(baskets: impl IntoIterator<Item = &'a Vec<ItemIdx>>, k: usize) -> Vec<ItemIdx> {
    let mut lines: Vec<(ItemIdx, usize)> =
        baskets.into_iter().flatten().enumerate().map(|(at, &item)| (item, at)).collect();
    lines.sort_unstable();
    let of_item = |lines: &[(ItemIdx, usize)]| (std::cmp::Reverse(lines.len()), lines[0].1, lines[0].0);
    let mut counted: Vec<_> = lines.chunk_by(|a, b| a.0 == b.0).map(of_item).collect();
    counted.sort_unstable();
    counted.into_iter().take(k).map(|(_, _, item)| item).collect()
}
