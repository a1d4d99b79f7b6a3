//! One small shop.

use erbij_core::{
    Baskets, Catalogue, CatalogueColumns, Currency, CustomerIdx, Day, ItemIdx, Order, Silent, StrColumn,
    Timestamp, TrainingData, VariantColumns, Vocab,
};
use erbij_models::{AffinityParams, PrivacyParams};
use erbij_recipe::{ModelSet, Recipe};
use erbij_train::fit;

/// When all tests are.
pub(crate) const NOW: Timestamp = Day::new(100).start();
/// The item that is sold out.
pub(crate) const SOLD_OUT: &str = "cup";
/// The ids, each with something that must be escaped somewhere but the first few.
pub(crate) const IDS: [&str; 8] =
    ["machine", "descaler", "filters 50%", "a/b", "ketel, é☕", "q?x=1&y#z", "cup", "detector"];
const TITLES: [&str; 8] = [
    "Espresso \"Uno\"",
    "descaler",
    "filters",
    "</script>\u{1}\\",
    "kettle",
    "toaster\n2",
    "sold-out cup",
    "smoke detector",
];

/// Customers k0–k5 buy a machine with descaler and frother (`a/b`), k6–k9 kettle with toaster and the cup; k0
/// and k1 have filters too, k10 nothing at all.
fn orders() -> Vec<Order> {
    let order = |customer: u32, day: i32, items: &[u32]| Order {
        customer: Some(CustomerIdx::new(customer)),
        ordered_at: Day::new(day).start(),
        amount_minor: 0,
        lines: items.iter().map(|&item| (ItemIdx::new(item), 1.0)).collect(),
    };
    let mut orders: Vec<Order> =
        (0..5).map(|customer| order(customer, 90 + customer as i32, &[0, 1, 3])).collect();
    orders.extend([order(5, 95, &[0, 1]), order(0, 96, &[2]), order(1, 97, &[2])]);
    orders.extend((6..10).map(|customer| order(customer, 70, &[4, 5, 6])));
    orders
}

/// Its models, after a change to the catalogue.
pub(crate) fn models(change: impl FnOnce(&mut CatalogueColumns)) -> ModelSet {
    let n_items = IDS.len();
    let mut columns = CatalogueColumns {
        variant_id: ["machine-red", "", "", "", "", "", "", ""].iter().collect(),
        title: TITLES.iter().collect(),
        link: (0..n_items).map(|i| format!("https://shop.example/{i}?a=\"b\"")).collect(),
        image_link: ["https://shop.example/0.jpg", "", "", "", "", "", "", ""].iter().collect(),
        brand: IDS.iter().collect(),
        category: [
            "Coffee",
            "Coffee",
            "Coffee",
            "Coffee",
            "Kitchen",
            "Kitchen",
            "Kitchen > Cups",
            "Kitchen > Alarms",
        ]
        .iter()
        .collect(),
        price_minor: [49_900, 1250, erbij_core::NO_PRICE, 0, 5, 99, 100, -1].to_vec().into(),
        availability: vec![0, 0, 0, 0, 0, 0, 1, 0].into(),
        ..CatalogueColumns::of_ids(IDS.iter().collect())
    };
    change(&mut columns);
    let variants = VariantColumns {
        variant_id: ["machine-red", "machine-blue"].iter().collect(),
        item: vec![0, 0].into(),
    };
    let catalogue = Catalogue::new(columns, variants, Currency::EUR).expect("valid");
    let baskets = Baskets::from_orders(11, n_items, orders()).expect("valid");
    let customers = Vocab::new((0..11).map(|i| format!("k{i}")).collect::<StrColumn>()).expect("distinct");
    let affinity =
        AffinityParams { min_cooccurrence: 1, min_customers: 1, min_llr: 0.0, ..AffinityParams::default() };
    // Only two of its customers have filters.
    let privacy = PrivacyParams { min_customers: 2, ..PrivacyParams::default() };
    let recipe = Recipe { affinity, privacy, ..Recipe::fast() }.check().expect("in range");
    fit(&recipe, TrainingData::of_orders(baskets, customers, catalogue), &Silent).expect("has purchases")
}
