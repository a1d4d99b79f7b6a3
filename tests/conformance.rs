//! One battery for every recipe in `models/`: what whoever trains, serves or measures may rely on, whichever
//! models are in it.

use std::path::{Path, PathBuf};

use erbij_artifact::{TrainingSummary, open, write};
use erbij_core::{
    AlreadyBought, Baskets, Catalogue, CatalogueColumns, Currency, CustomerIdx, HistoryScorer, ItemIdx,
    Notes, Order, Placement, ScoreBoard, Silent, StrColumn, Timestamp, TrainingData, VariantColumns, Vocab,
};
use erbij_engine::{Engine, Person, Query, Ranking, Slate};
use erbij_evaluate::{
    Asked, Judge, SliceRules, Slices, System, audit, metrics::MetricAtK, n_orders_by_customer,
    n_purchases_by_item,
};
use erbij_models::{Blend, BlendPart};
use erbij_recipe::{CheckedRecipe, ModelSet, Recipe};
use erbij_train::{Split, split_at, train};

const N_TASTES: u32 = 8;
const ITEMS_A_TASTE: u32 = 12;
/// Items that everybody buys now and then.
const N_COMMON: u32 = 4;
const N_ITEMS: u32 = N_TASTES * ITEMS_A_TASTE + N_COMMON;
const N_CUSTOMERS: u32 = 400;
/// Somebody with an account and without an order.
const COLD: CustomerIdx = CustomerIdx::new(N_CUSTOMERS);
const N_ORDERS: u32 = 6;
const HORIZON_DAYS: i64 = 30;

fn recipes() -> Vec<(PathBuf, CheckedRecipe)> {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
    let folders = std::fs::read_dir(models).expect("there").map(|entry| entry.expect("readable").path());
    let mut files: Vec<PathBuf> =
        folders.map(|folder| folder.join("recipe.toml")).filter(|file| file.is_file()).collect();
    files.sort();
    let read = |file: PathBuf| {
        let text = std::fs::read_to_string(&file).expect("readable");
        let recipe = Recipe::parse(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        (file, recipe.check().expect("in range"))
    };
    files.into_iter().map(read).collect()
}

/// Chance that is the same everywhere: a multiplicative congruence, the high bits of it.
struct Chance(u64);

impl Chance {
    fn below(&mut self, n: u32) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % u64::from(n)) as u32
    }
}

/// Customers of eight tastes who buy mostly of their own: whoever sees the tastes does far better than
/// whoever counts sales.
fn baskets() -> Baskets {
    let mut chance = Chance(7);
    let mut orders = Vec::new();
    for customer in 0..N_CUSTOMERS {
        let taste = customer % N_TASTES;
        for order in 0..N_ORDERS {
            let day = order * 30 + chance.below(30);
            let mut lines = Vec::new();
            for _ in 0..3 {
                let of_taste = N_COMMON + taste * ITEMS_A_TASTE + chance.below(ITEMS_A_TASTE);
                lines.push((ItemIdx::new(of_taste), 1.0));
            }
            if chance.below(3) == 0 {
                lines.push((ItemIdx::new(chance.below(N_COMMON)), 1.0));
            }
            orders.push(Order {
                customer: Some(CustomerIdx::new(customer)),
                ordered_at: Timestamp::from_micros(0).plus_days(i64::from(day)),
                amount_minor: 100,
                lines,
            });
        }
    }
    Baskets::from_orders(N_CUSTOMERS as usize + 1, N_ITEMS as usize, orders).expect("valid orders")
}

fn catalogue() -> Catalogue {
    let n_items = N_ITEMS as usize;
    let texts = |prefix: &str| (0..n_items).map(|item| format!("{prefix}{item:03}")).collect::<StrColumn>();
    let category = |item: u32| match item.checked_sub(N_COMMON) {
        None => "Common".to_owned(),
        Some(item) => format!("Tastes > Taste {}", item / ITEMS_A_TASTE),
    };
    let columns = CatalogueColumns {
        title: texts("Item "),
        category: (0..N_ITEMS).map(category).collect(),
        price_minor: vec![100; n_items].into(),
        ..CatalogueColumns::of_ids(texts("i"))
    };
    let variants = VariantColumns { variant_id: [""; 0].iter().collect(), item: Vec::new().into() };
    Catalogue::new(columns, variants, Currency::EUR).expect("valid")
}

fn data(baskets: Baskets) -> TrainingData {
    let ids: StrColumn = (0..=N_CUSTOMERS).map(|customer| format!("c{customer:04}")).collect();
    TrainingData::of_orders(baskets, Vocab::new(ids).expect("distinct"), catalogue())
}

fn fit(recipe: &CheckedRecipe, baskets: Baskets) -> ModelSet {
    train(recipe, data(baskets), &Silent).unwrap_or_else(|error| panic!("{}: {error}", recipe.name()))
}

fn ask(person: Person<'static>) -> Query<'static> {
    Query {
        n: 5,
        explain: true,
        ..Query::new(Placement::Newsletter, person, Timestamp::from_micros(0).plus_days(200))
    }
}

#[test]
fn the_fast_recipe_is_the_one_of_its_folder() {
    let fast = recipes().into_iter().find(|(_, recipe)| recipe.name() == "fast").expect("in models/");
    assert_eq!(*fast.1.recipe(), Recipe::fast());
}

#[test]
fn a_shop_too_young_to_teach_has_what_other_shops_taught_and_is_told() {
    let recipe = Recipe::default().check().expect("in range");
    let young = Timestamp::from_micros(0).plus_days(20);
    let blend_of = |baskets| {
        let told = Notes::default();
        let blend = train(&recipe, data(baskets), &told).expect("trains").blend.expect("the default blends");
        let notes = told.into_lines();
        (blend, notes.into_iter().find(|note| note.starts_with("blend:")))
    };
    let (of_young, note) = blend_of(baskets().retain(|ordered_at| ordered_at < young));
    let note = note.expect("it is told");
    assert!(note.contains("no basket is left to train on") && note.contains("other shops taught"), "{note}");
    assert_eq!(of_young, Blend::of_other_shops(of_young.features().clone()));
    let (of_old, note) = blend_of(baskets());
    assert_eq!(note, None);
    assert_ne!(of_old, of_young);
}

#[test]
fn people_are_drawn_from_a_shop_that_has_more_lines_than_teach() {
    let mut recipe = Recipe::default();
    recipe.blend.max_lines = 2000;
    let recipe = recipe.check().expect("in range");
    let told = Notes::default();
    let blend = train(&recipe, data(baskets()), &told).expect("trains").blend.expect("the default blends");
    let notes = told.into_lines();
    assert!(notes.iter().any(|note| note.contains("(`blend.max_lines`)")), "{notes:?}");
    assert_ne!(blend, Blend::of_other_shops(blend.features().clone()), "a quarter of them teaches too");
}

#[test]
fn a_recipe_survives_being_written_and_read() {
    for (file, recipe) in recipes() {
        let text = toml::to_string(recipe.recipe()).expect("plain data");
        let read = Recipe::parse(&text).map(|read| read.check().expect("in range"));
        assert_eq!(read.as_ref(), Ok(&recipe), "{}", file.display());
        let folder = file.parent().and_then(Path::file_name).and_then(|name| name.to_str());
        assert_eq!(folder, Some(recipe.name()), "a recipe is called what its folder is called");
    }
}

#[test]
fn what_is_saved_is_opened_to_the_bit_on_any_number_of_threads() {
    let root = tempfile::tempdir().expect("a folder");
    for (_, recipe) in recipes() {
        let save = |model_set: &ModelSet, name: &str| {
            let dir = root.path().join(format!("{}-{name}", recipe.name()));
            let manifest = write(model_set, &TrainingSummary::default(), "1.2.3", &dir).expect("writable");
            (dir, manifest.artifact_id)
        };
        let on_threads = |n_threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().expect("threads");
            pool.install(|| fit(&recipe, baskets()))
        };
        let (dir, id) = save(&on_threads(1), "one");
        assert_eq!(save(&on_threads(3), "three").1, id, "{}: threads show", recipe.name());
        let opened = open(&dir).expect("just written").model_set;
        assert_eq!(save(&opened, "again").1, id, "{}", recipe.name());
        // Not only the bytes: what is answered.
        let (fitted, opened) = (Engine::new(on_threads(2)), Engine::new(opened));
        for customer in (0..N_CUSTOMERS).step_by(37).map(CustomerIdx::new) {
            let query = ask(Person::replayed(customer));
            let slates = [&fitted, &opened].map(|engine| engine.recommend(&query, &mut engine.new_scratch()));
            assert_eq!(slates[0], slates[1], "{}", recipe.name());
        }
    }
}

#[test]
fn many_at_once_are_answered_as_one_by_one() {
    for (_, recipe) in recipes() {
        let engine = Engine::new(fit(&recipe, baskets()));
        let mut shared = engine.new_scratch();
        for customer in (0..=N_CUSTOMERS).step_by(23).map(CustomerIdx::new) {
            let query = ask(Person::replayed(customer));
            let alone = engine.recommend(&query, &mut engine.new_scratch());
            assert_eq!(engine.recommend(&query, &mut shared), alone, "{}", recipe.name());
        }
    }
}

#[test]
fn strangers_and_customers_without_orders_are_answered() {
    for (_, recipe) in recipes() {
        let engine = Engine::new(fit(&recipe, baskets()));
        let slate = |who| engine.recommend(&ask(who), &mut engine.new_scratch());
        let items = |slate: Slate| slate.items.into_iter().map(|item| item.item).collect::<Vec<_>>();
        let (stranger, cold) = (items(slate(Person::Nobody)), items(slate(Person::replayed(COLD))));
        assert_eq!(stranger.len(), 5, "{}", recipe.name());
        assert_eq!(stranger, cold, "{}: what sells, to both", recipe.name());
    }
}

/// Every placement, ranking and rule for what was bought before, for every customer and every page.
#[test]
fn every_slate_of_every_recipe_is_whole() {
    let now = Timestamp::from_micros(0).plus_days(200);
    for (_, recipe) in recipes() {
        let engine = Engine::new(fit(&recipe, baskets()));
        let found = audit(&engine, 7, now, &Silent);
        assert_eq!(found.broken, [], "{}", recipe.name());
        assert!(20 * u64::from(N_CUSTOMERS) < found.n_slates(), "{}: everything was asked", recipe.name());
    }
}

#[test]
fn what_speaks_for_an_item_sums_to_its_score() {
    for (_, recipe) in recipes() {
        let model_set = fit(&recipe, baskets());
        let history = [5, 6, 40].map(ItemIdx::new);
        for model in &model_set.personal {
            let mut board = ScoreBoard::new(N_ITEMS as usize);
            model.score(&[], &mut board);
            assert_eq!(board.take_unsorted().count(), 0, "{:?}: no history says nothing", model.kind);
            model.score(&history, &mut board);
            for item in (0..N_ITEMS).map(ItemIdx::new) {
                let parts = model.contributions(&history, item);
                let sum: f64 = parts.iter().map(|(_, part)| f64::from(part.get())).sum();
                assert!(
                    (board.get(item) - sum).abs() < 1e-4,
                    "{:?}: {} and {sum}",
                    model.kind,
                    board.get(item)
                );
                assert!(parts.is_sorted_by(|a, b| b.1 <= a.1), "{:?}: most first", model.kind);
            }
        }
    }
}

#[test]
fn planted_tastes_are_found_where_best_sellers_and_chance_are_not_enough() {
    let end = Timestamp::from_micros(0).plus_days(i64::from(N_ORDERS) * 30);
    let split = split_at(&baskets(), end.plus_days(-HORIZON_DAYS), HORIZON_DAYS).expect("six months");
    let Split { train, cutoff, targets, .. } = split;
    let slices =
        Slices::new(SliceRules::default(), n_orders_by_customer(&train), n_purchases_by_item(&train));
    let metrics: Vec<MetricAtK> = vec!["recall_at_5".parse().expect("a metric")];
    for (_, recipe) in recipes() {
        let engine = Engine::new(fit(&recipe, train.clone()));
        let judge = Judge::new(&engine, &targets, &slices, &metrics, cutoff, Placement::Newsletter);
        for already_bought in [AlreadyBought::Exclude, AlreadyBought::Keep] {
            let asked = |ranking| Asked { system: System::Engine(ranking), already_bought };
            let models =
                recipe.personal().models.iter().map(|&kind| Ranking::Only(BlendPart::Personal(kind)));
            let systems: Vec<Asked> = std::iter::once(Ranking::AsPlaced).chain(models).map(asked).collect();
            let popular = asked(Ranking::Only(BlendPart::Popularity));
            let all: Vec<Asked> = std::iter::once(popular).chain(systems).collect();
            let evaluation = judge.judge(&all, &Silent).expect("somebody bought");
            let mean = |at: usize| {
                let values: Vec<f64> = evaluation.systems[at].values[0].iter().flatten().copied().collect();
                values.iter().sum::<f64>() / values.len() as f64
            };
            let (popular, chance) = (mean(0), 5.0 / f64::from(N_ITEMS));
            for (at, system) in all.iter().enumerate().skip(1) {
                let found = mean(at);
                let name = format!("{}: {} {already_bought:?}", recipe.name(), system.system.name());
                assert!(1.5 * popular.max(chance) < found, "{name}: {found} against {popular} and {chance}");
            }
        }
    }
}
