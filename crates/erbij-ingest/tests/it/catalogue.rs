//! The items and customers tables.

use std::path::Path;
use std::sync::Arc;

use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::{ArrayRef, BooleanArray, Float64Array, Int32Array};
use erbij_core::{Availability, HouseholdKind, ItemIdx, RelationKind, StatedInterest};
use erbij_ingest::{Ingested, Settings, Sources};

use crate::support::{
    batch, batch_of, check_identity, counts, idx, ingest, instants, lines, text, told, write,
};

fn ingest_with(items: Vec<(&str, ArrayRef)>, rows: &[&str], settings: &str) -> Ingested {
    let folder = tempfile::tempdir().expect("a folder");
    write(&folder.path().join("items.parquet"), &batch(items));
    write(&folder.path().join("orders.parquet"), &batch_of(&lines(rows)));
    let ingested = ingest(&sources(folder.path()), &Settings::from_toml(settings).expect("settings"));
    let ingested = ingested.expect("valid tables");
    check_identity(&ingested.report);
    ingested
}

fn sources(folder: &Path) -> Sources {
    let path = |name: &str| folder.join(name).display().to_string();
    Sources { orders: path("orders.parquet"), items: Some(path("items.parquet")), ..Sources::default() }
}

fn words<const N: usize>(values: [&str; N]) -> ArrayRef {
    text(values.map(|value| Some(value).filter(|v| !v.is_empty())))
}

#[test]
fn variants_belong_to_their_group_and_the_best_is_shown() {
    let ingested = ingest_with(
        vec![
            ("id", words(["s10", "s9", "s8", "solo"])),
            ("item_group_id", words(["shirt", "shirt", "shirt", ""])),
            ("title", words(["Shirt, blue", "Shirt, red", "Shirt, sold out", "Hat"])),
            ("price", Arc::new(Float64Array::from(vec![10.0, 9.0, 8.0, 7.0]))),
            ("availability", words(["in_stock", "preorder", "out of stock", "out_of_stock"])),
        ],
        &[
            "1 s10 2024-01-01 c 1 1",
            "1 s9 2024-01-01 c 1 1",
            "2 shirt 2024-01-02 c 1 1",
            "3 s8 2024-01-03 c 1 1",
        ],
        "",
    );
    let catalogue = &ingested.catalogue;
    let shirt = idx(&ingested, "shirt");
    assert_eq!(catalogue.len(), 2);
    assert!(["s10", "s9", "s8"].iter().all(|id| idx(&ingested, id) == shirt));
    // In the order of ids s8 comes first but is sold out, then s9.
    assert_eq!(catalogue.columns().variant_id.get(shirt.index()), "s9");
    assert_eq!((catalogue.title(shirt), catalogue.price(shirt).expect("has one").minor), ("Shirt, red", 900));
    assert_eq!(catalogue.availability(shirt), Availability::InStock);
    assert_eq!(catalogue.availability(idx(&ingested, "solo")), Availability::OutOfStock);
    // Two variants in one order are one line of the item, and neither is a copy of the other.
    assert_eq!(told(&ingested)[0], "c@2024-01-01T00:00:00Z 200: shirt*2");
    assert_eq!(counts(&ingested.report.tables["orders"]), (String::new(), "merged_line 1".into()));
}

#[test]
fn details_come_from_the_shown_variant_or_the_first_that_knows_them() {
    let numbers = |values: Vec<Option<f64>>| -> ArrayRef { Arc::new(Float64Array::from(values)) };
    let ingested = ingest_with(
        vec![
            ("id", words(["s10", "s9", "s8", "solo", "bad"])),
            ("item_group_id", words(["shirt", "shirt", "shirt", "", ""])),
            ("availability", words(["in_stock", "in_stock", "out_of_stock", "", ""])),
            ("useful_life_days", numbers(vec![Some(30.0), None, Some(10.0), Some(0.5), Some(-1.0)])),
            ("pack_size", numbers(vec![Some(3.0), Some(2.0), Some(6.0), Some(0.0), Some(f64::INFINITY)])),
            ("topics", words(["wool", "", "", "sun, sea | sun;", ""])),
        ],
        &[],
        "",
    );
    let catalogue = &ingested.catalogue;
    let of = |id: &str| {
        let item = idx(&ingested, id);
        let topics: Vec<_> = catalogue.topics(item).map(|topic| catalogue.topic_names().id(topic)).collect();
        (catalogue.useful_life_days(item), catalogue.pack_size(item), topics)
    };
    // Shown is s9, which knows its pack size alone; s8 comes before s10 by id.
    assert_eq!(of("shirt"), (Some(10), 2.0, vec!["wool"]));
    assert_eq!(of("solo"), (Some(1), 1.0, vec!["sea", "sun"]));
    assert_eq!(of("bad"), (None, 1.0, vec![]));
    assert_eq!(counts(&ingested.report.tables["items"]).1, "bad_value 1, missing_price 5, missing_title 5");
}

#[test]
fn topics_come_as_lists_or_as_one_text() {
    let mut lists = ListBuilder::new(StringBuilder::new());
    lists.append_value([Some("tea"), None, Some(" coffee, black "), Some("tea")]);
    lists.append_null();
    let ingested =
        ingest_with(vec![("id", words(["a", "b"])), ("topics", Arc::new(lists.finish()))], &[], "");
    let names: Vec<_> = ingested.catalogue.topic_names().ids().iter().map(str::to_owned).collect();
    assert_eq!(names, ["tea", "coffee, black"]);
    assert_eq!(ingested.catalogue.topics(idx(&ingested, "a")).len(), 2);
    assert_eq!(ingested.catalogue.topics(idx(&ingested, "b")).len(), 0);
}

#[test]
fn items_outside_the_catalogue_are_kept_or_dropped() {
    let items = || vec![("sku", words(["a", "never"])), ("name", words(["Apple", ""]))];
    let rows = ["1 a 2024-01-01 c 1 1", "2 x 2024-01-01 c 1 1", "3 x 2024-01-02 c 1 1"];
    let kept = ingest_with(items(), &rows, "");
    assert_eq!(counts(&kept.report.tables["orders"]), (String::new(), "unknown_item 2".into()));
    let ids: Vec<_> = kept.catalogue.items().ids().iter().map(str::to_owned).collect();
    assert_eq!(ids, ["x", "a", "never"]);
    assert_eq!(kept.catalogue.columns().listed.as_ref(), [0, 1, 1]);
    assert_eq!(counts(&kept.report.tables["items"]).1, "missing_price 2, missing_title 1");
    let dropped = ingest_with(items(), &rows, "[rules]\nunknown_item = 'drop'");
    assert_eq!(counts(&dropped.report.tables["orders"]), ("unknown_item 2".into(), String::new()));
    assert_eq!(dropped.catalogue.len(), 2);
}

#[test]
fn without_a_catalogue_every_item_is_listed() {
    let ingested = crate::support::ingest_lines(&["1 a 2024-01-01 c 1 1"]);
    assert_eq!(ingested.catalogue.columns().listed.as_ref(), [1]);
    assert_eq!(ingested.catalogue.title(ItemIdx::new(0)), "a");
}

#[test]
fn catalogue_rows_have_their_own_rules() {
    let ingested = ingest_with(
        vec![
            ("id", words(["a", "a", "", "b", "c", "d"])),
            ("title", words(["first", "second", "x", "B", "C", "D"])),
            ("price", words(["12.50 EUR", "1 EUR", "", "3 USD", "cheap", "5"])),
            ("sale_price", words(["9.99 EUR", "", "", "", "", ""])),
            ("inventory_quantity", Arc::new(Int32Array::from(vec![1, 1, 1, 0, 5, -1]))),
            ("kind", words(["", "", "", "content", "gift", "service"])),
            ("adult", Arc::new(BooleanArray::from(vec![false, false, false, true, false, false]))),
            ("expiration_date", instants([None, None, None, Some("2024-01-01"), None, None])),
        ],
        &[],
        "",
    );
    let report = &ingested.report.tables["items"];
    assert_eq!(
        counts(report),
        ("duplicate_id 1, missing_item_id 1".into(), "bad_value 1, other_currency 1".into())
    );
    let columns = ingested.catalogue.columns();
    let by_id = |id: &str| idx(&ingested, id).index();
    let prices: Vec<_> = ["a", "b", "c", "d"].map(|id| columns.price_minor[by_id(id)]).to_vec();
    assert_eq!(prices, [999, erbij_core::NO_PRICE, erbij_core::NO_PRICE, 500]);
    assert_eq!(["a", "b", "c", "d"].map(|id| columns.availability[by_id(id)]), [0, 1, 0, 1]);
    assert_eq!(["a", "b", "c", "d"].map(|id| columns.kind[by_id(id)]), [0, 1, 0, 2]);
    assert_eq!(columns.adult[by_id("b")], 1);
    assert_eq!(columns.expires_at[by_id("a")], i64::MAX);
    assert_ne!(columns.expires_at[by_id("b")], i64::MAX);
    assert_eq!(columns.title.get(by_id("a")), "first");
}

#[test]
fn categories_come_in_several_shapes() {
    let mut lists = ListBuilder::new(StringBuilder::new());
    lists.append_value([Some("Home"), Some("Kitchen")]);
    let levels = Arc::new(lists.finish());
    lists.append_value([Some("Sale"), Some("Home > Kitchen"), Some("Home")]);
    let paths = Arc::new(lists.finish());
    let shapes: Vec<Vec<(&str, ArrayRef)>> = vec![
        vec![("id", words(["a"])), ("product_type", words(["Home > Kitchen"]))],
        vec![("id", words(["a"])), ("category_path", words([" Home>Kitchen > "]))],
        vec![
            ("id", words(["a"])),
            ("item_category", words(["Home"])),
            ("item_category2", words(["Kitchen"])),
        ],
        vec![("id", words(["a"])), ("category_path", levels)],
        vec![("id", words(["a"])), ("categories", paths)],
    ];
    for shape in shapes {
        let names: Vec<_> = shape.iter().map(|(name, _)| (*name).to_owned()).collect();
        let ingested = ingest_with(shape, &[], "");
        assert_eq!(ingested.catalogue.columns().category.get(0), "Home > Kitchen", "{names:?}");
    }
}

#[test]
fn every_spelling_of_availability_is_known() {
    for (word, expected) in [
        ("in_stock", Availability::InStock),
        ("In Stock", Availability::InStock),
        ("https://schema.org/InStock", Availability::InStock),
        ("OUT_OF_STOCK", Availability::OutOfStock),
        ("out of stock", Availability::OutOfStock),
        ("false", Availability::OutOfStock),
        ("pre-order", Availability::Preorder),
        ("BackOrder", Availability::Backorder),
    ] {
        let ingested = ingest_with(vec![("id", words(["a"])), ("availability", words([word]))], &[], "");
        assert_eq!(ingested.catalogue.availability(ItemIdx::new(0)), expected, "{word}");
    }
    let flags: ArrayRef = Arc::new(BooleanArray::from(vec![false]));
    let ingested = ingest_with(vec![("id", words(["a"])), ("available", flags)], &[], "");
    assert_eq!(ingested.catalogue.availability(ItemIdx::new(0)), Availability::OutOfStock);
}

#[test]
fn customers_without_orders_are_known() {
    let folder = tempfile::tempdir().expect("a folder");
    write(&folder.path().join("orders.parquet"), &batch_of(&lines(&["1 a 2024-01-01 12 1 1"])));
    write(
        &folder.path().join("customers.parquet"),
        &batch(vec![("userId", words(["9", "12", "", "9", "x"]))]),
    );
    let path = |name: &str| folder.path().join(name).display().to_string();
    let sources = Sources {
        orders: path("orders.parquet"),
        customers: Some(path("customers.parquet")),
        ..Sources::default()
    };
    let ingested = ingest(&sources, &Settings::default()).expect("valid");
    check_identity(&ingested.report);
    assert_eq!(counts(&ingested.report.tables["customers"]).0, "duplicate_id 1, missing_customer_id 1");
    assert_eq!(ingested.customers.ids().iter().collect::<Vec<_>>(), ["9", "x", "12"]);
    assert_eq!(told(&ingested), ["12@2024-01-01T00:00:00Z 100: a*1"]);
}

#[test]
fn what_customers_say_of_themselves_is_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    write(
        &folder.path().join("items.parquet"),
        &batch(vec![
            ("id", words(["a", "b"])),
            ("brand", words(["Moka", ""])),
            ("product_type", words(["Home > Coffee", "Garden > Coffee"])),
            ("topics", words(["fire safety", "travel"])),
        ]),
    );
    write(&folder.path().join("orders.parquet"), &batch_of(&lines(&["1 a 2024-01-01 k3 1 1"])));
    write(
        &folder.path().join("customers.parquet"),
        &batch(vec![
            ("customer_id", words(["k1", "k2", "k3", "k4", "k1"])),
            ("household", words(["Gezin", "2 Adults", "martian", "", "single"])),
            (
                "preferences",
                words(["moka; Fire Safety, MOKA", "home > coffee|coffee", "", "garden", "travel"]),
            ),
        ]),
    );
    let sources = Sources {
        orders: path("orders.parquet"),
        items: Some(path("items.parquet")),
        customers: Some(path("customers.parquet")),
        ..Sources::default()
    };
    let settings = "[rules.households]\n'2 adults' = 'couple'";
    let ingested = ingest(&sources, &Settings::from_toml(settings).expect("settings")).expect("valid");
    check_identity(&ingested.report);
    let table = &ingested.report.tables["customers"];
    // `martian` is no household, `coffee` two categories and so none.
    assert_eq!(counts(table), ("duplicate_id 1".to_owned(), "bad_value 2".to_owned()));
    assert_eq!(
        table.hints,
        ["1 names in `interests` are not a category, brand or topic of the catalogue; the first is `coffee`"]
    );
    let customer = |id: &str| ingested.customers.idx_from_id(id).expect("known");
    let household = |id: &str| ingested.stated.households()[customer(id).index()];
    assert_eq!(
        ["k1", "k2", "k3", "k4"].map(household),
        [Some(HouseholdKind::Family), Some(HouseholdKind::Couple), None, None]
    );
    let catalogue = &ingested.catalogue;
    let said = |id: &str| -> Vec<String> {
        let name = |interest: &StatedInterest| match *interest {
            StatedInterest::Category(category) => catalogue.categories().path(category).to_owned(),
            StatedInterest::Brand(item) => catalogue.brand(item).to_owned(),
            StatedInterest::Topic(topic) => catalogue.topic_names().id(topic).to_owned(),
        };
        ingested.stated.interests(customer(id)).iter().map(name).collect()
    };
    assert_eq!(said("k1"), ["Moka", "fire safety"]);
    assert_eq!((said("k2"), said("k3")), (vec!["Home > Coffee".to_owned()], Vec::new()));
    assert_eq!(said("k4"), ["Garden"]);
    let wrong = Settings::from_toml("[rules.households]\n'x' = 'famly'").expect_err("no such kind");
    assert!(wrong.to_string().contains("famly"), "{wrong}");
}

#[test]
fn what_belongs_to_what_is_laid_out_at_the_main_product() {
    let ingested = ingest_with(
        vec![
            ("id", words(["machine-red", "machine-blue", "filters", "gasket", "mug"])),
            ("item_group_id", words(["machine", "machine", "", "", ""])),
            ("isConsumableFor", words(["", "", "machine; nothing-known", "", ""])),
            ("spare_part_for", words(["", "", "", "machine-blue", ""])),
            ("incompatible_with", words(["", "", "mug", "", ""])),
        ],
        &["1 filters 2024-01-01 c 1 1"],
        "",
    );
    let relations = ingested.catalogue.relations();
    let told = |id: &str| -> Vec<String> {
        let name = |(kind, other): (RelationKind, ItemIdx)| {
            format!("{} {}", kind.name(), ingested.catalogue.items().id(other))
        };
        relations.of(idx(&ingested, id)).map(name).collect()
    };
    assert_eq!(told("machine"), ["consumable filters", "spare_part gasket"]);
    assert_eq!(told("filters"), ["incompatible mug"]);
    assert_eq!(told("mug"), ["incompatible filters"]);
    let items = &ingested.report.tables["items"];
    assert_eq!(items.noted["unknown_item"], 1);
    assert!(items.hints.iter().any(|hint| hint.contains("`nothing-known`")), "{:?}", items.hints);
    assert!(ingested.catalogue.item_idx_from_id("nothing-known").is_none(), "named, yet no item");
}
