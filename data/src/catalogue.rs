//! What the shop sells: made once from the seed, then only read.
//!
//! Popularity is a shifted Zipf law, prices are log-normal around the level of their category.
//! Time and memory are linear in items.

use arrow_array::StringArray;
use arrow_array::builder::StringBuilder;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::weighted::WeightedAliasIndex;
use rand_distr::{Distribution, LogNormal};

use crate::CheckedShopParams;
use crate::item::{Item, NONE, Role};
use crate::relations::{self, Relation};

/// The stream of chance of the catalogue; customers have theirs below it.
const CATALOGUE_STREAM: u64 = u64::MAX;
/// Items of a category, about.
const ITEMS_A_CATEGORY: u32 = 120;
/// Categories of a department, about.
const CATEGORIES_A_DEPARTMENT: u32 = 6;

const DEPARTMENTS: [&str; 16] = [
    "Kitchen", "Garden", "Workshop", "Office", "Sport", "Nursery", "Pets", "Music", "Travel", "Lighting",
    "Bath", "Bedroom", "Toys", "Cycling", "Camping", "Sewing",
];
const SUBJECTS: [&str; 20] = [
    "Brewing",
    "Cutting",
    "Cleaning",
    "Cooling",
    "Drying",
    "Lifting",
    "Measuring",
    "Mixing",
    "Packing",
    "Polishing",
    "Pressing",
    "Printing",
    "Pumping",
    "Sawing",
    "Sealing",
    "Sorting",
    "Storing",
    "Washing",
    "Weighing",
    "Heating",
];
const SYLLABLES: [&str; 12] = ["ba", "do", "fi", "ka", "lu", "mo", "ne", "ri", "sa", "to", "vel", "zon"];

/// A category: items of any role that belong together.
pub(crate) struct Category {
    pub(crate) department: String,
    pub(crate) name: String,
    /// Its items that are bought for themselves.
    items: Vec<u32>,
    /// Chance of each of them; none where nothing is.
    pick: Option<WeightedAliasIndex<f64>>,
    price_level: f64,
}

/// Everything the shop sells, and what belongs to what.
pub(crate) struct Shop {
    pub(crate) items: Vec<Item>,
    pub(crate) relations: Vec<Relation>,
    /// Substitutes: the items of each need, successors left out.
    pub(crate) groups: Vec<Vec<u32>>,
    pub(crate) categories: Vec<Category>,
    pub(crate) brands: Vec<String>,
    /// The id of each row of the catalogue, as order lines carry it.
    pub(crate) row_ids: StringArray,
    /// The item each row belongs to.
    pub(crate) row_items: Vec<u32>,
    pub(crate) promotions: Vec<Promotion>,
    all: WeightedAliasIndex<f64>,
    popular_categories: WeightedAliasIndex<f64>,
}

/// A few days on which an item is pushed together with one that has nothing to do with it.
#[derive(Clone, Debug)]
pub(crate) struct Promotion {
    /// First day, from the start of the history.
    pub(crate) from_day: u32,
    /// First day after it.
    pub(crate) until_day: u32,
    pub(crate) item: u32,
    pub(crate) bundled: u32,
}

impl Shop {
    /// Makes the shop.
    pub(crate) fn create(params: &CheckedShopParams) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(params.get().seed);
        rng.set_stream(CATALOGUE_STREAM);
        let n_items = params.get().n_items;
        let n_categories = match params.get().n_categories {
            0 => (n_items / ITEMS_A_CATEGORY).max(3),
            n => n,
        };
        let mut categories = make_categories(&mut rng, n_categories);
        let brands = make_brands(&mut rng, (n_items / 150).max(4));
        let mut items = make_items(&mut rng, n_items, categories.len() as u32, brands.len() as u32);
        let (mut relations, groups) =
            relations::plant(&mut rng, params.days(), &mut items, categories.len() as u32);
        relations::plant_returns(params, &mut relations);
        price_items(&mut rng, &mut items, &relations, &groups, &categories);
        weigh_items(&mut rng, &mut items);
        let (row_ids, row_items) = make_rows(&mut items);

        for (idx, item) in items.iter().enumerate().filter(|(_, item)| 0.0 < item.weight) {
            categories[item.category as usize].items.push(idx as u32);
        }
        for category in &mut categories {
            let weights: Vec<f64> = category.items.iter().map(|&item| items[item as usize].weight).collect();
            category.pick = WeightedAliasIndex::new(weights).ok();
        }
        let total = |category: &Category| -> f64 {
            category.items.iter().map(|&item| items[item as usize].weight).sum()
        };
        let popular_categories = alias(categories.iter().map(total).collect());
        let all = alias(items.iter().map(|item| item.weight).collect());
        let promotions = make_promotions(&mut rng, params.get().n_days, &items, &all);
        Self {
            items,
            relations,
            groups,
            categories,
            brands,
            row_ids,
            row_items,
            promotions,
            all,
            popular_categories,
        }
    }

    /// One item.
    pub(crate) fn item(&self, item: u32) -> &Item {
        &self.items[item as usize]
    }

    /// What belongs to an item.
    pub(crate) fn relations_of(&self, item: u32) -> impl Iterator<Item = (u32, &Relation)> {
        let Item { first_relation, n_relations, .. } = *self.item(item);
        (first_relation..first_relation + n_relations).map(|idx| (idx, &self.relations[idx as usize]))
    }

    /// Any item, by popularity.
    pub(crate) fn pick(&self, rng: &mut ChaCha8Rng) -> u32 {
        self.all.sample(rng) as u32
    }

    /// An item of a category, by popularity.
    pub(crate) fn pick_in(&self, category: u32, rng: &mut ChaCha8Rng) -> u32 {
        let category = &self.categories[category as usize];
        match &category.pick {
            Some(pick) => category.items[pick.sample(rng)],
            None => self.pick(rng),
        }
    }

    /// A category, by what its items sell.
    pub(crate) fn pick_category(&self, rng: &mut ChaCha8Rng) -> u32 {
        self.popular_categories.sample(rng) as u32
    }

    /// The promotion of a day.
    pub(crate) fn promotion_on(&self, day: u32) -> Option<&Promotion> {
        // Promotions are in order of their days and do not overlap.
        let next = self.promotions.partition_point(|promotion| promotion.from_day <= day);
        self.promotions[..next].last().filter(|promotion| day < promotion.until_day)
    }

    /// The whole path of an item's category.
    pub(crate) fn category_path(&self, item: &Item) -> String {
        let Category { department, name, .. } = &self.categories[item.category as usize];
        format!("{department} > {name} > {}", item.role.leaf(item.shelf))
    }
}

/// The id of an item.
pub(crate) fn item_id(item: u32) -> String {
    format!("i{item:05}")
}

fn alias(weights: Vec<f64>) -> WeightedAliasIndex<f64> {
    WeightedAliasIndex::new(weights).expect("plain items are never few enough to have no weight")
}

fn make_categories(rng: &mut ChaCha8Rng, n: u32) -> Vec<Category> {
    let n_departments = n.div_ceil(CATEGORIES_A_DEPARTMENT);
    let level = LogNormal::new(2.6, 0.6).expect("a finite mean and spread");
    let numbered = |names: &[&str], idx: u32| {
        let (round, name) = (idx / names.len() as u32, names[idx as usize % names.len()]);
        if round == 0 { name.to_owned() } else { format!("{name} {}", round + 1) }
    };
    (0..n)
        .map(|idx| Category {
            department: numbered(&DEPARTMENTS, idx % n_departments),
            name: numbered(&SUBJECTS, idx / n_departments + 7 * (idx % n_departments % 3)),
            items: Vec::new(),
            pick: None,
            price_level: level.sample(rng),
        })
        .collect()
}

fn make_brands(rng: &mut ChaCha8Rng, n: u32) -> Vec<String> {
    (0..n)
        .map(|idx| {
            let mut name: String = (0..3).map(|_| SYLLABLES[rng.random_range(0..SYLLABLES.len())]).collect();
            name[..1].make_ascii_uppercase();
            // Two brands may have drawn the same syllables.
            format!("{name} {idx}")
        })
        .collect()
}

fn make_items(rng: &mut ChaCha8Rng, n_items: u32, n_categories: u32, n_brands: u32) -> Vec<Item> {
    let mut roles = Vec::with_capacity(n_items as usize);
    for (role, share) in Role::SHARES {
        let n = (f64::from(n_items) * share).round().max(1.0) as usize;
        roles.extend(std::iter::repeat_n(role, n));
    }
    roles.resize(n_items as usize, Role::Plain);
    // So that an id tells nothing.
    roles.shuffle(rng);
    roles
        .into_iter()
        .map(|role| Item {
            role,
            category: rng.random_range(0..n_categories),
            shelf: rng.random_range(0..3),
            brand: rng.random_range(0..n_brands),
            price_minor: 0,
            interval_days: match role {
                Role::Consumable | Role::Refillable => rng.random_range(20.0..90.0_f32).round(),
                _ => 0.0,
            },
            useful_life_days: match role {
                Role::Main => rng.random_range(4..60) * 30,
                _ => 0,
            },
            pack_size: match role {
                Role::Consumable | Role::Refillable => [1, 2, 6, 12][rng.random_range(0..4)],
                _ => 1,
            },
            group: NONE,
            first_relation: 0,
            n_relations: 0,
            successor: NONE,
            successor_from_day: 0.0,
            first_row: 0,
            n_variants: match role {
                Role::Plain if rng.random_bool(0.15) => rng.random_range(2..=4),
                _ => 1,
            },
            weight: 0.0,
        })
        .collect()
}

/// Prices: substitutes cost about the same, and what belongs to an item at most 0.6 of it.
fn price_items(
    rng: &mut ChaCha8Rng,
    items: &mut [Item],
    relations: &[Relation],
    groups: &[Vec<u32>],
    categories: &[Category],
) {
    let around = LogNormal::new(0.0, 0.35).expect("a finite mean and spread");
    for item in items.iter_mut() {
        let level = categories[item.category as usize].price_level * item.role.price_factor();
        item.price_minor = (level * around.sample(rng) * 100.0).round() as u32;
    }
    for members in groups {
        let first = f64::from(items[members[0] as usize].price_minor);
        for &member in &members[1..] {
            items[member as usize].price_minor = (first * rng.random_range(0.92..1.08_f64)).round() as u32;
        }
    }
    for main in 0..items.len() {
        let Item { first_relation, n_relations, price_minor, successor, .. } = items[main];
        if successor != NONE {
            items[successor as usize].price_minor = (f64::from(price_minor) * 1.1).round() as u32;
        }
        let most = (f64::from(price_minor) * 0.6) as u32;
        for relation in &relations[first_relation as usize..(first_relation + n_relations) as usize] {
            let other = &mut items[relation.other as usize];
            other.price_minor = other.price_minor.min(most);
        }
    }
    for item in items.iter_mut().filter(|item| item.role != Role::Content) {
        item.price_minor = item.price_minor.max(25);
    }
}

/// Popularity: 1 / (rank + 5)^1.05, ranks dealt out by chance.
fn weigh_items(rng: &mut ChaCha8Rng, items: &mut [Item]) {
    let mut ranks: Vec<u32> = (0..items.len() as u32).collect();
    ranks.shuffle(rng);
    for (item, rank) in items.iter_mut().zip(ranks) {
        item.weight = item.role.own_demand() / (f64::from(rank) + 5.0).powf(1.05);
    }
    let successors: Vec<u32> = items.iter().map(|item| item.successor).filter(|&item| item != NONE).collect();
    for item in successors {
        // Sold only in place of the one before it.
        items[item as usize].weight = 0.0;
    }
}

fn make_rows(items: &mut [Item]) -> (StringArray, Vec<u32>) {
    let mut ids = StringBuilder::new();
    let mut row_items = Vec::new();
    for (idx, item) in items.iter_mut().enumerate() {
        item.first_row = row_items.len() as u32;
        for variant in 1..=item.n_variants {
            match item.n_variants {
                1 => ids.append_value(item_id(idx as u32)),
                _ => ids.append_value(format!("{}-{variant}", item_id(idx as u32))),
            }
            row_items.push(idx as u32);
        }
    }
    (ids.finish(), row_items)
}

fn make_promotions(
    rng: &mut ChaCha8Rng,
    n_days: u32,
    items: &[Item],
    all: &WeightedAliasIndex<f64>,
) -> Vec<Promotion> {
    let mut plain = || loop {
        let item = all.sample(rng) as u32;
        if items[item as usize].role == Role::Plain {
            return item;
        }
    };
    (0..n_days / 30)
        .map(|month| {
            let (item, bundled) = (plain(), plain());
            Promotion { from_day: month * 30 + 10, until_day: month * 30 + 13, item, bundled }
        })
        .collect()
}
