//! What sells, as others may be told it: items that enough people bought, best first.

use erbij_core::{CategoryIdx, ItemIdx};
use erbij_recipe::ModelSet;

/// Best sellers kept ready per category: enough for the longest slate after filters, few enough that a deep
/// tree costs little.
pub(crate) const CATEGORY_RANKING_ITEMS: usize = 300;

/// Items that at least as many people bought as the privacy floor asks, by how many did in the window, then ever, then
/// by index. What fewer people bought in the window than the floor asks counts as bought by nobody then: where it stands
/// would tell of them.
#[derive(Debug)]
pub(crate) struct BestSellers {
    all: Vec<ItemIdx>,
    /// Per category the first of those at or below it.
    by_category: Vec<Vec<ItemIdx>>,
    /// People who bought the first of all in the window; 1 where nothing sold.
    most_people: f32,
}

impl BestSellers {
    /// Ranks a catalogue. O(items · (log items + depth of the category tree)).
    pub(crate) fn new(models: &ModelSet) -> Self {
        let popularity = &models.popularity;
        let items = models.catalogue.items().indices();
        let mut all: Vec<ItemIdx> = items.filter(|&item| is_popular(models, item)).collect();
        all.sort_by_key(|&item| {
            std::cmp::Reverse((n_people_told(models, item), popularity.n_people_ever(item)))
        });
        let categories = models.catalogue.categories();
        let mut by_category = vec![Vec::new(); categories.len()];
        for &item in &all {
            let Some(leaf) = models.catalogue.category(item) else { continue };
            for category in categories.ancestors(leaf) {
                let ranking: &mut Vec<ItemIdx> = &mut by_category[category.index()];
                if ranking.len() < CATEGORY_RANKING_ITEMS {
                    ranking.push(item);
                }
            }
        }
        let most_people = all.first().map_or(0, |&item| n_people_told(models, item)).max(1) as f32;
        Self { all, by_category, most_people }
    }

    /// All of them, best first.
    pub(crate) fn all(&self) -> &[ItemIdx] {
        &self.all
    }

    /// Those at or below a category, best first, so many as are kept ready.
    pub(crate) fn of_category(&self, category: CategoryIdx) -> &[ItemIdx] {
        &self.by_category[category.index()]
    }

    /// People who bought the best of all in the window.
    pub(crate) fn most_people(&self) -> f32 {
        self.most_people
    }
}

/// How many people bought an item in the window; none where that is fewer than may be told of.
pub(crate) fn n_people_told(models: &ModelSet, item: ItemIdx) -> u32 {
    let n_people = models.popularity.n_people(item);
    if models.floor.of_item(item) <= n_people { n_people } else { 0 }
}

/// Whether enough people ever bought an item to say that it sells.
pub(crate) fn is_popular(models: &ModelSet, item: ItemIdx) -> bool {
    models.floor.of_item(item) <= models.popularity.n_people_ever(item)
}
