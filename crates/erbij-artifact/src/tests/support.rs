//! A small shop made by hand, and ways to break what it is written to.

use std::fs;
use std::path::{Path, PathBuf};

use erbij_core::statistics::splitmix64::{STEP, mix};
use erbij_core::{
    Baskets, Catalogue, CatalogueColumns, Currency, CustomerIdx, Day, Event, EventKind, EventParts, Events,
    Histories, HouseholdKind, ItemIdx, NO_PRICE, NeighbourOrder, Neighbours, Order, RelationKind, Relations,
    RowOffsets, Sessions, Silent, Stated, StatedInterest, StrColumn, TimeZone, Timestamp, TopicColumns,
    TopicIdx, VariantColumns, VisitorIdx, Vocab,
};
use erbij_models::{
    Affinity, BasketRanking, BasketWeights, ItemWeights, Personal, PersonalKind, PersonalScorer, Popularity,
    PopularityColumns, PrivacyFloor, Related, RelatedColumns, RelatedWeights, fit_accessory, fit_complements,
    fit_session,
};
use erbij_people::{
    Ownership, OwnershipParams, Repeats, ReplenishmentData, SentBack, fit_household, fit_interest,
    fit_lifetime, fit_orientation, fit_ownership, fit_repeat, fit_replenishment,
};
use erbij_recipe::{ModelSet, Recipe};
use serde_json::Value;

use crate::{DataWindow, MANIFEST_FILE, Manifest, TrainingSummary, write};

/// How large a shop is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    pub(super) n_items: usize,
    pub(super) n_customers: usize,
    /// Related items an item, and weights an item.
    pub(super) n_related: usize,
}

pub(super) const SMALL: Size = Size { n_items: 12, n_customers: 5, n_related: 6 };
pub(super) const EMPTY: Size = Size { n_items: 0, n_customers: 0, n_related: 0 };

/// Numbers that look random and are the same in every run (splitmix64).
pub(super) struct Chance(pub(super) u64);

impl Chance {
    pub(super) fn below(&mut self, end: usize) -> usize {
        let number = mix(self.0);
        self.0 = self.0.wrapping_add(STEP);
        (number % end as u64) as usize
    }
}

fn texts(prefix: &str, n: usize) -> StrColumn {
    (0..n).map(|i| format!("{prefix}{i}")).collect()
}

fn catalogue(n_items: usize) -> Catalogue {
    let every = |n: usize, this: i64, other: i64| -> Vec<i64> {
        (0..n_items).map(|i| if i % n == n - 1 { this } else { other + i as i64 }).collect()
    };
    let codes = |n: usize| -> Vec<u8> { (0..n_items).map(|i| (i % n) as u8).collect() };
    let columns = CatalogueColumns {
        item_id: texts("i", n_items),
        variant_id: texts("v", n_items),
        title: (0..n_items).map(|i| if i % 5 == 4 { String::new() } else { format!("Crème {i}") }).collect(),
        link: texts("https://shop.example/", n_items),
        image_link: texts("https://shop.example/image/", n_items),
        brand: texts("b", n_items),
        category: (0..n_items).map(|i| ["Home > Kitchen", "Garden", ""][i % 3]).collect(),
        price_minor: every(4, NO_PRICE, 995).into(),
        availability: codes(4).into(),
        kind: codes(3).into(),
        adult: codes(2).into(),
        sensitive: codes(2).into(),
        listed: codes(2).into(),
        available_at: every(3, i64::MIN, 1_500_000_000_000_000).into(),
        expires_at: every(2, i64::MAX, 1_900_000_000_000_000).into(),
        useful_life_days: (0..n_items as u32).map(|i| i % 3 * 365).collect(),
        pack_size: (0..n_items).map(|i| [1.0, 6.0, 0.5][i % 3]).collect(),
        topics: TopicColumns {
            names: ["coffee", "cleaning"].iter().collect(),
            rows: RowOffsets::from_lens((0..n_items).map(|i| i % 3)),
            topics: (0..n_items).flat_map(|i| 0..(i % 3) as u32).collect(),
        },
    };
    let n_variants = n_items / 2;
    let variants = VariantColumns {
        variant_id: texts("w", n_variants),
        item: (0..n_variants as u32).collect::<Vec<_>>().into(),
    };
    // Bundles came later than the others, and stand beside them.
    let n_kinds = RelationKind::ALL.len() - 1;
    let kind = |item: usize| RelationKind::ALL[item % n_kinds];
    let next = |item: usize| ItemIdx::new(((item + 1) % n_items) as u32);
    let relation = |item: usize| (ItemIdx::new(item as u32), kind(item), next(item));
    let bundle = (0 < n_items).then(|| (ItemIdx::new(0), RelationKind::Contains, next(1)));
    let relations = Relations::from_triples(n_items, (0..n_items).map(relation).chain(bundle).collect());
    let catalogue = Catalogue::new(columns, variants, Currency::EUR).expect("made to be valid");
    catalogue.with_relations(relations)
}

/// Every item's neighbours are the next ones, around the circle; `by_item` sorts them.
fn neighbours(size: Size, order: NeighbourOrder) -> Neighbours {
    let n_related = size.n_related.min(size.n_items.saturating_sub(1));
    let (mut items, mut scores) = (Vec::new(), Vec::new());
    for row in 0..size.n_items {
        let mut next: Vec<_> = (1..=n_related).map(|step| ((row + step) % size.n_items) as u32).collect();
        if order == NeighbourOrder::ByItem {
            next.sort_unstable();
        }
        items.extend(next);
        scores.extend((1..=n_related).map(|step| 1.0 / (step as f32 + 0.1)));
    }
    let rows = RowOffsets::from_lens(vec![n_related; size.n_items]);
    Neighbours::new(rows, items.into(), scores.into(), size.n_items, order).expect("made to be valid")
}

/// Every customer buys his first items over and over, a month apart. The first customer bought nothing.
fn baskets(size: Size) -> Baskets {
    let order = |customer: usize, month: i32| Order {
        customer: Some(CustomerIdx::new(customer as u32)),
        ordered_at: Day::new(17_000 + 30 * month + customer as i32 % 7).start(),
        amount_minor: 995,
        lines: (0..customer.min(size.n_items)).map(|item| (ItemIdx::new(item as u32), 1.0)).collect(),
    };
    let orders = (1..size.n_customers).flat_map(|customer| (0..6).map(move |month| order(customer, month)));
    Baskets::from_orders(size.n_customers, size.n_items, orders.collect()).expect("valid orders")
}

/// The same baskets, the last line of every other one a gift.
fn with_gifts(baskets: &Baskets) -> Baskets {
    let mut parts = baskets.parts().clone();
    parts.gift_lines = (0..baskets.len()).step_by(2).map(|basket| parts.offsets[basket + 1] - 1).collect();
    Baskets::from_parts(parts).expect("no basket is empty")
}

/// Every visit looks at three items that follow each other, an hour after the visit before; two are of one person.
fn sessions(size: Size) -> Sessions {
    let visit = |visit: usize| {
        let items = (0..3).map(|step| ItemIdx::new(((visit + step) % size.n_items) as u32));
        let ended_at = Day::new(17_000).start().plus_micros(3_600_000_000 * visit as i64);
        (ended_at, items.collect(), (visit / 2) as u32)
    };
    let n_visits = if size.n_items == 0 { 0 } else { 2 * size.n_items };
    Sessions::of_people((0..n_visits).map(visit).collect()).expect("none is empty")
}

/// Every customer looks at three times as many items as he has a number, a day after the other, once he has bought all he will.
fn looks(size: Size) -> Events {
    let look = |customer: usize, step: usize| Event {
        visitor: VisitorIdx::new(customer as u32),
        session: None,
        customer: CustomerIdx::new(customer as u32),
        item: ItemIdx::new(((customer + step) % size.n_items) as u32),
        kind: EventKind::ViewItem,
        occurred_at: Day::new(17_220 + step as i32 % 10).start(),
        topic: None,
    };
    let n_looks = |customer: usize| if size.n_items == 0 { 0 } else { 3 * customer };
    let looks = (0..size.n_customers)
        .flat_map(|customer| (0..n_looks(customer)).map(move |step| look(customer, step)));
    let counts = EventParts {
        n_visitors: size.n_customers,
        n_customers: size.n_customers,
        n_items: size.n_items,
        ..EventParts::default()
    };
    Events::from_events(counts, looks.collect()).expect("all are there")
}

/// Every second customer sent back every third item, more the later they come.
fn sent_back(size: Size) -> SentBack {
    let n_items =
        |customer: usize| if customer % 2 == 1 { (customer + 1).min(size.n_items.div_ceil(3)) } else { 0 };
    let rows = RowOffsets::from_lens((0..size.n_customers).map(n_items));
    let items: Vec<u32> = (0..size.n_customers)
        .flat_map(|customer| (0..n_items(customer) as u32).map(|item| 3 * item))
        .collect();
    SentBack::new(rows, items.into(), size.n_items).expect("made to be valid")
}

/// The same neighbours with evidence, by the weights that other shops taught.
fn related(size: Size) -> Related {
    let neighbours = neighbours(size, NeighbourOrder::ByScore);
    let n_pairs = neighbours.n_values() as u32;
    let columns = RelatedColumns {
        neighbours,
        cooccurrences: (0..n_pairs).collect(),
        customers: (0..n_pairs).map(|pair| pair.div_ceil(2)).collect(),
        walks: (0..n_pairs).map(|pair| [0.0, 0.5, 1.0][pair as usize % 3]).collect(),
    };
    // Not what other shops taught, which may change: artifacts of older formats are compared with these.
    let of_items = [0.15, 0.39, -0.14, 2.7, 0.37, 0.47, 0.12, 0.01, 1.76, -0.34, 0.17, 0.08, -0.08];
    let of_baskets = [-0.67, 0.27, 1.35, -0.76, 0.19, 1.08, 1.02, -0.21, 0.17, -0.01, 0.02];
    let of_items = RelatedWeights::new(&of_items, -5.98).expect("a weight a feature");
    let baskets = BasketRanking {
        shares: (0..n_pairs).map(|pair| pair as f32 / 1024.0).collect(),
        log_likelihood_ratios: (0..n_pairs).map(|pair| pair as f32).collect(),
        log_lifts: (0..n_pairs).map(|pair| pair as f32 / 8.0).collect(),
        weights: BasketWeights::new(&of_baskets, -6.0).expect("a weight a feature"),
    };
    Related::new(columns, of_items, Some(baskets)).expect("made to be valid")
}

/// A shop of this size. Its first customer bought nothing.
pub(super) fn model_set(size: Size) -> ModelSet {
    let lens: Vec<usize> = (0..size.n_customers).map(|customer| customer.min(size.n_items)).collect();
    let n_purchases: usize = lens.iter().sum();
    let items: Vec<u32> = lens.iter().flat_map(|&len| 0..len as u32).collect();
    let days: Vec<i32> = (0..n_purchases as i32).map(|day| 17_000 + day).collect();
    let histories = Histories::new(
        RowOffsets::from_lens(lens),
        items.into(),
        days.into(),
        vec![2; n_purchases].into(),
        size.n_items,
    );
    let pairs = neighbours(size, NeighbourOrder::ByScore);
    let n_pairs = pairs.n_values() as u32;
    let falling = |by: u32| -> Vec<u32> { (0..size.n_items as u32).rev().map(|n| n * by).collect() };
    let popularity = Popularity::new(PopularityColumns {
        n_orders: falling(1).into(),
        n_orders_before: falling(2).into(),
        n_orders_ever: falling(3).into(),
        n_people: falling(1).iter().map(|n| n.div_ceil(2)).collect(),
        n_people_before: falling(1).into(),
        n_people_ever: falling(2).into(),
    });
    let affinity =
        Affinity::new(pairs, (0..n_pairs).collect::<Vec<_>>().into(), vec![5; n_pairs as usize].into());
    let recipe = Recipe::fast().check().expect("the recipe is good");
    let cutoff = Timestamp::from_micros(1_488_533_400_123_456);
    let catalogue = catalogue(size.n_items);
    let baskets = baskets(size);
    let events = Events::none(size.n_customers, size.n_items);
    let known = ReplenishmentData::of_catalogue(&baskets, &catalogue, cutoff);
    let replenishment = fit_replenishment(recipe.replenishment(), &known, &Silent);
    let lifetime = fit_lifetime(recipe.lifetime(), &baskets, cutoff, &Silent);
    let stated = Stated::new(
        (0..size.n_customers)
            .map(|customer| {
                let topic = (0 < size.n_items).then_some(StatedInterest::Topic(TopicIdx::new(1)));
                (HouseholdKind::KNOWN.get(customer % 4).copied(), topic.into_iter().collect())
            })
            .collect(),
    );
    let interest = fit_interest(recipe.interest(), &baskets, &events, &catalogue, &stated, cutoff, &Silent);
    // All products of this shop are of the kitchen, which in a real one would be no need.
    let wide = OwnershipParams { max_catalogue_share: 1.0, ..OwnershipParams::default() };
    let wide = wide.check().expect("in range");
    let fitted = fit_ownership(&wide, &with_gifts(&baskets), &catalogue, cutoff, &Silent);
    let ownership = Ownership::new(recipe.ownership().clone(), fitted.columns().clone(), size.n_items);
    let ownership = ownership.expect("made to be valid");
    let orientation = fit_orientation(
        recipe.journey(),
        &ownership,
        &baskets,
        &looks(size),
        &catalogue,
        Day::new(17_230).start(),
        &Silent,
    );
    let household = fit_household(recipe.household(), &baskets, &catalogue, stated.households(), cutoff);
    let accessory = fit_accessory(recipe.accessory(), &baskets, &catalogue, &Silent);
    let complements = fit_complements(recipe.accessory(), &baskets, &catalogue, &accessory, &Silent);
    let categories: Vec<_> = catalogue.items().indices().map(|item| catalogue.category(item)).collect();
    let just_after = cutoff.plus_micros(1);
    let repeat = fit_repeat(recipe.repeat(), &baskets, &categories, just_after, &Silent);
    let repeat = Repeats { histories: repeat.histories(&baskets, just_after), model: repeat };
    let session = fit_session(recipe.session(), sessions(size), size.n_items, &Silent);
    ModelSet {
        floor: PrivacyFloor::new(recipe.privacy(), &catalogue),
        choices: vec![choice()],
        recipe,
        cutoff,
        time_zone: TimeZone::UTC,
        catalogue,
        customers: Vocab::new(texts("c", size.n_customers)).expect("distinct"),
        histories: histories.expect("made to be valid"),
        sent_back: Some(sent_back(size)),
        popularity: popularity.expect("made to be valid"),
        affinity: affinity.expect("made to be valid"),
        related: Some(related(size)),
        accessory: Some(accessory),
        complements: Some(complements),
        personal: vec![Personal {
            kind: PersonalKind::Rp3beta,
            scorer: PersonalScorer::ItemWeights(ItemWeights::new(neighbours(size, NeighbourOrder::ByItem))),
        }],
        replenishment: Some(replenishment),
        repeat: Some(repeat),
        session: Some(session),
        lifetime: Some(lifetime),
        interest: Some(interest),
        household: Some(household),
        ownership: Some(ownership),
        orientation: Some(orientation),
        blend: None,
    }
}

pub(super) fn training() -> TrainingSummary {
    TrainingSummary {
        data_fingerprint: "00".repeat(32),
        dropped: [("cancelled".to_owned(), 3), ("unknown item".to_owned(), 1)].into(),
        metrics: [("recall_at_10".to_owned(), 0.123_456_789_012_345_67)].into(),
        n_baskets: 30,
        n_guest_baskets: 7,
        rules: String::new(),
        rows_read: 104,
        rows_used: 100,
        window: Some(DataWindow {
            from: Timestamp::from_micros(0),
            to: Timestamp::from_micros(1_488_533_400_123_456),
        }),
    }
}

/// Writes a shop of this size to `<root>/<name>`.
pub(super) fn write_shop(root: &Path, name: &str, size: Size) -> (PathBuf, Manifest) {
    let dir = root.join(name);
    let manifest = write(&model_set(size), &training(), "1.2.3", &dir).expect("an empty place");
    (dir, manifest)
}

/// The bytes of every file of an artifact, by name.
pub(super) fn files(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(dir).expect("it is there").map(|entry| entry.expect("readable"));
    let mut files: Vec<_> = entries
        .map(|entry| {
            let name = entry.file_name().into_string().expect("plain names");
            (name, fs::read(entry.path()).expect("readable"))
        })
        .collect();
    files.sort_unstable();
    files
}

/// Makes a manifest true again after files or keys were changed: an attacker who can write can do that too.
pub(super) fn reseal(dir: &Path, change: impl FnOnce(&mut Value)) {
    let path = dir.join(MANIFEST_FILE);
    let mut manifest: Value =
        serde_json::from_slice(&fs::read(&path).expect("readable")).expect("it was JSON");
    for (name, entry) in manifest["files"].as_object_mut().expect("an object") {
        if let Ok(bytes) = fs::read(dir.join(name)) {
            entry["blake3"] = blake3::hash(&bytes).to_hex().to_string().into();
            entry["size_bytes"] = bytes.len().into();
        }
    }
    change(&mut manifest);
    manifest["artifact_id"] = "".into();
    let text = |manifest: &Value| serde_json::to_string_pretty(manifest).expect("a value has a text") + "\n";
    manifest["artifact_id"] = blake3::hash(text(&manifest).as_bytes()).to_hex().to_string().into();
    fs::write(&path, text(&manifest)).expect("writable");
}

/// Values of every kind that a recipe has.
fn choice() -> erbij_core::Choice {
    let choice = serde_json::json!({
        "table": "session", "verdict": "better", "metric": "NDCG@20", "held_out": "of the last sessions",
        "n_cases": 400, "n_tried": 25, "shipped": 0.25, "chosen": 0.5,
        "values": { "neighbours": 50, "match_decay": 0.1, "similarity": "cosine", "half_lives_days": [3.0] },
    });
    serde_json::from_value(choice).expect("a choice")
}
