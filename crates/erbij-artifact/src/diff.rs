//! What changes for the best sellers from one artifact to the next, in words.

use std::collections::BTreeSet;
use std::fmt;

use erbij_core::ItemIdx;
use erbij_recipe::ModelSet;
use serde::Serialize;

use crate::manifest::Counts;
use crate::open::Artifact;

/// How many related items of a list are compared: what a page shows at most.
const LIST_LEN: usize = 10;

/// What changes from one artifact to the next.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ArtifactDiff {
    /// The id of the older one.
    pub old_artifact_id: String,
    /// The id of the newer one.
    pub new_artifact_id: String,
    /// How much the older one holds.
    pub old_counts: Counts,
    /// How much the newer one holds.
    pub new_counts: Counts,
    /// The best sellers of the newer one, most orders first.
    pub best_sellers: Vec<BestSellerDiff>,
    /// The median of `jaccard_at_10` over those of them that the older one knows; none where it knows none.
    pub median_jaccard_at_10: Option<f64>,
}

/// What changes for one best seller.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BestSellerDiff {
    /// The item.
    pub item: ItemName,
    /// Items in both lists of the first ten related ones, divided by items in either; 1 where both are empty,
    /// none where the older artifact does not know the item.
    pub jaccard_at_10: Option<f64>,
    /// Related items that are new, best first.
    pub gained: Vec<ItemName>,
    /// Related items that are gone, best first.
    pub lost: Vec<ItemName>,
}

/// An item for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ItemName {
    /// Its id.
    pub item_id: String,
    /// Its name.
    pub title: String,
}

/// Compares the related items of the `n` best sellers of `new` with what `old` says of them. Items are matched
/// by id: indices mean nothing outside their own artifact. O(n).
pub fn diff(old: &Artifact, new: &Artifact, n: usize) -> ArtifactDiff {
    let ranking = new.model_set.popularity.ranking();
    let best_sellers: Vec<_> =
        ranking.iter().take(n).map(|&item| of_item(&old.model_set, &new.model_set, item)).collect();
    let mut jaccards: Vec<f64> = best_sellers.iter().filter_map(|best| best.jaccard_at_10).collect();
    ArtifactDiff {
        old_artifact_id: old.manifest.artifact_id.clone(),
        new_artifact_id: new.manifest.artifact_id.clone(),
        old_counts: old.manifest.counts,
        new_counts: new.manifest.counts,
        best_sellers,
        median_jaccard_at_10: median(&mut jaccards),
    }
}

fn of_item(old: &ModelSet, new: &ModelSet, item: ItemIdx) -> BestSellerDiff {
    let new_list = related(new, item);
    let id = new.catalogue.items().id(item);
    let known = old.catalogue.items().idx_from_id(id);
    let old_list = known.map_or_else(Vec::new, |item| related(old, item));
    let (gained, lost) = (without(&new_list, &old_list), without(&old_list, &new_list));
    let n_both = new_list.len() - gained.len();
    let n_either = new_list.len() + lost.len();
    let jaccard = if n_either == 0 { 1.0 } else { n_both as f64 / n_either as f64 };
    let item = ItemName { item_id: id.to_owned(), title: new.catalogue.title(item).to_owned() };
    BestSellerDiff { item, jaccard_at_10: known.map(|_| jaccard), gained, lost }
}

fn related(model_set: &ModelSet, item: ItemIdx) -> Vec<ItemName> {
    let catalogue = &model_set.catalogue;
    let name = |item: ItemIdx| ItemName {
        item_id: catalogue.items().id(item).to_owned(),
        title: catalogue.title(item).to_owned(),
    };
    model_set.affinity.related(item).take(LIST_LEN).map(|neighbour| name(neighbour.item)).collect()
}

/// The items of one list that another does not hold, in their order; a new title is no new item.
fn without(list: &[ItemName], other: &[ItemName]) -> Vec<ItemName> {
    let other: BTreeSet<&str> = other.iter().map(|item| item.item_id.as_str()).collect();
    list.iter().filter(|item| !other.contains(item.item_id.as_str())).cloned().collect()
}

/// The middle value, or the mean of the two middle ones.
fn median(values: &mut [f64]) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    let upper = *values.get(values.len() / 2)?;
    let lower = values[(values.len() - 1) / 2];
    Some(f64::midpoint(lower, upper))
}

impl fmt::Display for ItemName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.title == self.item_id {
            f.write_str(&self.item_id)
        } else {
            write!(f, "{} ({})", self.title, self.item_id)
        }
    }
}

impl fmt::Display for ArtifactDiff {
    /// A few lines for people: counts, the median, and a line a best seller whose list changes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (old, new) = (&self.old_counts, &self.new_counts);
        for (name, old, new) in [
            ("items", old.n_items, new.n_items),
            ("customers", old.n_customers, new.n_customers),
            ("purchases", old.n_purchases, new.n_purchases),
            ("related pairs", old.n_affinity_pairs, new.n_affinity_pairs),
            ("personal weights", old.n_personal_weights, new.n_personal_weights),
        ] {
            writeln!(f, "{name}: {old} -> {new}")?;
        }
        let n_best = self.best_sellers.len();
        match self.median_jaccard_at_10 {
            Some(median) => {
                writeln!(
                    f,
                    "related items of the {n_best} best sellers: median Jaccard at 10 is {median:.2}"
                )?;
            }
            None => writeln!(f, "none of the {n_best} best sellers existed before")?,
        }
        for best in &self.best_sellers {
            best.fmt_line(f)?;
        }
        Ok(())
    }
}

impl BestSellerDiff {
    fn fmt_line(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.jaccard_at_10.is_none() {
            return writeln!(f, "{}: new", self.item);
        }
        if self.gained.is_empty() && self.lost.is_empty() {
            return Ok(());
        }
        write!(f, "{}:", self.item)?;
        let mut separator = "";
        for (verb, items) in [("gains", &self.gained), ("loses", &self.lost)] {
            if !items.is_empty() {
                let names = items.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
                write!(f, "{separator} {verb} {names}")?;
                separator = ";";
            }
        }
        writeln!(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_lies_in_the_middle() {
        for (values, expected) in [
            (vec![], None),
            (vec![0.5], Some(0.5)),
            (vec![1.0, 0.0], Some(0.5)),
            (vec![1.0, 0.25, 0.5], Some(0.5)),
        ] {
            assert_eq!(median(&mut values.clone()), expected, "{values:?}");
        }
    }
}
