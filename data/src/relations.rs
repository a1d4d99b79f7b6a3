//! What belongs to what: the truth that a model has to find again.
//!
//! Main products come in needs: one to three substitutes that share their accessories, consumables and
//! spare parts, now and then with a successor. Refillable and plain items have substitutes too, and
//! cheaper companions. Nothing else in the shop is bought together but by interest or by promotion.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::CheckedShopParams;
use crate::item::{Item, NONE, Role};

/// In what way one item belongs to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RelationKind {
    /// Makes it better.
    Accessory,
    /// Is used up in it, and bought again.
    Consumable,
    /// Mends it.
    SparePart,
}

impl RelationKind {
    /// Its spelling in the truth.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Accessory => "accessory",
            Self::Consumable => "consumable",
            Self::SparePart => "spare_part",
        }
    }
}

/// One item that is bought because of another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Relation {
    /// What is bought because of it.
    pub(crate) other: u32,
    pub(crate) kind: RelationKind,
    /// Chance that it is in the same order.
    pub(crate) same_order_probability: f32,
    /// Chance that it follows later.
    pub(crate) later_probability: f32,
    /// How much later, on average.
    pub(crate) mean_lag_days: f32,
    /// Chance that it comes back when it was bought because of the other.
    pub(crate) returned_share: f32,
}

/// The stream of chance of what comes back, apart from that of the catalogue, which ends the numbers.
const RETURNS_STREAM: u64 = u64::MAX - 1;

/// Chance that a wish for an item becomes one for its successor, once that is there.
pub(crate) const SUCCESSOR_PROBABILITY: f64 = 0.9;

/// Hands out items one by one, in the order of their index, which tells nothing.
struct Pool(std::vec::IntoIter<u32>);

impl Pool {
    fn of(items: &[Item], role: Role) -> Self {
        let of_role = |idx: &u32| items[*idx as usize].role == role;
        Self((0..items.len() as u32).filter(of_role).collect::<Vec<u32>>().into_iter())
    }

    fn take(&mut self, n: usize) -> Vec<u32> {
        self.0.by_ref().take(n).collect()
    }
}

/// Plants needs and relations. Returns the relations, by item, and the substitutes of each need.
pub(crate) fn plant(
    rng: &mut ChaCha8Rng,
    n_days: f64,
    items: &mut [Item],
    n_categories: u32,
) -> (Vec<Relation>, Vec<Vec<u32>>) {
    let (mut relations, mut groups) = (Vec::new(), Vec::new());
    plant_mains(rng, n_days, items, n_categories, &mut relations, &mut groups);

    let mut plain = Pool::of(items, Role::Plain);
    let n_plain = plain.0.len();
    let mut grouped = Pool(plain.take(n_plain * 3 / 10).into_iter());
    let mut companions = Pool(plain.take(n_plain * 3 / 10).into_iter());
    for pool in [&mut Pool::of(items, Role::Refillable), &mut grouped] {
        loop {
            let members = pool.take(rng.random_range(1..=3));
            if members.is_empty() {
                break;
            }
            let category = items[members[0] as usize].category;
            let specs: Vec<Relation> = companions
                .take(rng.random_range(1..=2))
                .into_iter()
                .map(|other| relation(rng, other, RelationKind::Accessory, 0.08..0.25, 1.0, 0.0))
                .collect();
            fill_need(items, &members, category, &specs, &mut relations, groups.len() as u32);
            groups.push(members);
        }
    }
    (relations, groups)
}

fn plant_mains(
    rng: &mut ChaCha8Rng,
    n_days: f64,
    items: &mut [Item],
    n_categories: u32,
    relations: &mut Vec<Relation>,
    groups: &mut Vec<Vec<u32>>,
) {
    let mut mains = Pool::of(items, Role::Main);
    let mut accessories = Pool::of(items, Role::Accessory);
    let mut consumables = Pool::of(items, Role::Consumable);
    let mut spare_parts = Pool::of(items, Role::SparePart);
    loop {
        let members = mains.take([1, 2, 2, 3][rng.random_range(0..4)]);
        if members.is_empty() {
            return;
        }
        let mut specs = Vec::new();
        for other in accessories.take(rng.random_range(2..=5)) {
            let (same, lag) = (rng.random_range(0.3..0.8), rng.random_range(4.0..25.0));
            specs.push(relation(rng, other, RelationKind::Accessory, 0.12..0.45, same, lag));
        }
        for other in consumables.take(rng.random_range(0..=2)) {
            let lag = items[other as usize].interval_days;
            specs.push(relation(rng, other, RelationKind::Consumable, 0.4..0.8, 0.3, lag));
        }
        for other in spare_parts.take(rng.random_range(0..=1)) {
            let lag = rng.random_range(60.0..200.0);
            specs.push(relation(rng, other, RelationKind::SparePart, 0.05..0.2, 0.0, lag));
        }
        let category = rng.random_range(0..n_categories);
        let group = groups.len() as u32;
        fill_need(items, &members, category, &specs, relations, group);
        let successor = if rng.random_bool(0.3) { mains.take(1) } else { Vec::new() };
        if let [successor] = successor[..] {
            fill_need(items, &[successor], category, &specs, relations, group);
            let first = &mut items[members[0] as usize];
            first.successor = successor;
            first.successor_from_day = (n_days * rng.random_range(0.3..0.7)) as f32;
        }
        groups.push(members);
    }
}

/// A relation whose chance lies in a range; `same_order_share` of it falls on the same order.
fn relation(
    rng: &mut ChaCha8Rng,
    other: u32,
    kind: RelationKind,
    probability: std::ops::Range<f32>,
    same_order_share: f32,
    mean_lag_days: f32,
) -> Relation {
    let probability = rng.random_range(probability);
    Relation {
        other,
        kind,
        same_order_probability: probability * same_order_share,
        later_probability: probability * (1.0 - same_order_share),
        mean_lag_days,
        returned_share: 0.0,
    }
}

/// Plants what comes back: a share of the accessory relations, each for itself. So an accessory may be kept with one
/// main product and come back from its substitute.
///
/// Every relation draws the same numbers: what comes back under a share does so under any larger one.
pub(crate) fn plant_returns(params: &CheckedShopParams, relations: &mut [Relation]) {
    let mut rng = ChaCha8Rng::seed_from_u64(params.get().seed);
    rng.set_stream(RETURNS_STREAM);
    for relation in relations {
        let (chance, returned_share) = (rng.random::<f64>(), rng.random_range(0.3..0.6_f32));
        if relation.kind == RelationKind::Accessory && chance < params.get().returned_relations {
            relation.returned_share = returned_share;
        }
    }
}

/// Makes items fill one need: same leaf, same companions.
fn fill_need(
    items: &mut [Item],
    members: &[u32],
    category: u32,
    specs: &[Relation],
    relations: &mut Vec<Relation>,
    group: u32,
) {
    let (shelf, useful_life_days) = {
        let first = &items[members[0] as usize];
        (first.shelf, first.useful_life_days)
    };
    for &member in members {
        let item = &mut items[member as usize];
        assert_eq!(item.group, NONE, "an item fills one need");
        item.group = group;
        item.category = category;
        item.shelf = shelf;
        item.useful_life_days = useful_life_days;
        item.first_relation = relations.len() as u32;
        item.n_relations = specs.len() as u32;
        relations.extend_from_slice(specs);
    }
    for spec in specs {
        let other = &mut items[spec.other as usize];
        other.category = category;
        // A companion is no substitute: another leaf.
        other.shelf = (shelf + 1) % 3;
    }
}
