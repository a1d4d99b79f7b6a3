//! The catalogue's rules, one by one.

use arrow_buffer::ScalarBuffer;

use super::*;
use crate::RowOffsets;

fn columns(n_items: usize) -> CatalogueColumns {
    let texts = |prefix: &str| (0..n_items).map(|i| format!("{prefix}{i}")).collect::<StrColumn>();
    CatalogueColumns {
        variant_id: texts("v"),
        title: (0..n_items).map(|i| if i == 1 { "" } else { "Kettle" }).collect(),
        link: texts("l"),
        image_link: texts("p"),
        brand: texts("b"),
        category: ["Home > Kitchen > Kettles", "", "Home > Kitchen"].iter().take(n_items).collect(),
        price_minor: vec![995, NO_PRICE, 100][..n_items].to_vec().into(),
        useful_life_days: vec![0, 3650, 1][..n_items].to_vec().into(),
        pack_size: vec![1.0, 6.0, 0.5][..n_items].to_vec().into(),
        topics: TopicColumns {
            names: ["coffee", "cleaning", "of no item"].iter().collect(),
            rows: RowOffsets::from_lens([0, 2, 1]),
            topics: vec![0, 1, 1].into(),
        },
        ..CatalogueColumns::of_ids(texts("i"))
    }
}

fn catalogue(change: impl FnOnce(&mut CatalogueColumns)) -> Result<Catalogue, CatalogueError> {
    let mut columns = columns(3);
    change(&mut columns);
    let variants = VariantColumns { variant_id: ["v9"].iter().collect(), item: vec![2].into() };
    Catalogue::new(columns, variants, Currency::EUR)
}

#[test]
fn an_item_is_found_by_its_own_id_and_by_its_variants() {
    let catalogue = catalogue(|_| {}).expect("valid");
    assert_eq!(catalogue.item_idx_from_id("i1"), Some(ItemIdx::new(1)));
    assert_eq!(catalogue.item_idx_from_id("v9"), Some(ItemIdx::new(2)));
    assert_eq!(catalogue.item_idx_from_id("?"), None);
    assert_eq!(catalogue.title(ItemIdx::new(1)), "i1");
    assert_eq!(catalogue.price(ItemIdx::new(1)), None);
}

#[test]
fn what_is_not_known_of_an_item_has_a_value_of_its_own() {
    let catalogue = catalogue(|_| {}).expect("valid");
    let of = |row: u32| {
        let item = ItemIdx::new(row);
        let topics: Vec<_> = catalogue.topics(item).map(|topic| catalogue.topic_names().id(topic)).collect();
        (catalogue.useful_life_days(item), catalogue.pack_size(item), topics)
    };
    assert_eq!(of(0), (None, 1.0, vec![]));
    assert_eq!(of(1), (Some(3650), 6.0, vec!["coffee", "cleaning"]));
    assert_eq!(of(2), (Some(1), 0.5, vec!["cleaning"]));
    assert_eq!(catalogue.topic_names().idx_from_id("of no item"), Some(TopicIdx::new(2)));
}

#[test]
fn paths_become_a_tree() {
    let catalogue = catalogue(|_| {}).expect("valid");
    let categories = catalogue.categories();
    let leaf = catalogue.category(ItemIdx::new(0)).expect("has one");
    let up: Vec<_> = categories.ancestors(leaf).map(|node| categories.path(node)).collect();
    assert_eq!(up, ["Home > Kitchen > Kettles", "Home > Kitchen", "Home"]);
    assert_eq!(categories.name(leaf), "Kettles");
    assert_eq!(catalogue.category(ItemIdx::new(1)), None);
    assert_eq!(categories.len(), 3);
}

#[test]
fn what_may_not_be_offered_says_why() {
    let now = Timestamp::from_micros(50);
    let check = |change: fn(&mut CatalogueColumns), expected| {
        let catalogue = catalogue(change).expect("valid");
        assert_eq!(catalogue.eligibility(ItemIdx::new(0), now), expected);
    };
    check(|_| {}, Ok(()));
    check(|c| c.availability = vec![1, 0, 0].into(), Err(Ineligible::OutOfStock));
    check(|c| c.availability = vec![2, 0, 0].into(), Ok(()));
    check(|c| c.listed = vec![0, 1, 1].into(), Err(Ineligible::NotListed));
    check(|c| c.kind = vec![2, 0, 0].into(), Err(Ineligible::Service));
    check(|c| c.adult = vec![1, 0, 0].into(), Err(Ineligible::AgeRestricted));
    check(|c| c.available_at = vec![51, 0, 0].into(), Err(Ineligible::NotYetAvailable));
    check(|c| c.available_at = vec![50, 0, 0].into(), Ok(()));
    check(|c| c.expires_at = vec![50, 99, 99].into(), Err(Ineligible::Expired));
}

#[test]
fn a_past_knows_no_stock_of_today() {
    let now = Timestamp::from_micros(50);
    let catalogue = catalogue(|c| {
        c.availability = vec![1, 0, 0].into();
        c.expires_at = vec![9, 9, 9].into();
        c.listed = vec![1, 0, 1].into();
    });
    let then = catalogue.expect("valid").always_available();
    let eligibility = [0, 1, 2].map(|item| then.eligibility(ItemIdx::new(item), now));
    assert_eq!(eligibility, [Ok(()), Err(Ineligible::NotListed), Ok(())]);
}

#[test]
fn columns_that_fit_nothing_are_refused() {
    let check = |change: fn(&mut CatalogueColumns), expected: &str| {
        assert_eq!(catalogue(change).expect_err(expected).to_string(), expected);
    };
    check(|c| c.price_minor = vec![1].into(), "column `price_minor` has 1 rows, expected 3");
    check(|c| c.kind = vec![0, 3, 0].into(), "column `kind` holds the unknown value 3 in row 1");
    check(|c| c.pack_size = vec![1.0].into(), "column `pack_size` has 1 rows, expected 3");
    for (found, told) in [(0.0, "0"), (-1.0, "-1"), (f32::NAN, "NaN"), (f32::INFINITY, "inf")] {
        let error = catalogue(|c| c.pack_size = vec![1.0, found, 1.0].into()).expect_err("no pack");
        let expected = format!("column `pack_size` holds {told} in row 1, expected a number above zero");
        assert_eq!(error.to_string(), expected);
    }
    let topics = |of: &[u32]| -> ScalarBuffer<u32> { of.to_vec().into() };
    check(|c| c.topics.rows = RowOffsets::from_lens([3]), "column `topics` has 1 rows, expected 3");
    for (of, expected) in [
        (topics(&[0, 1]), "column `topics.topics` has 2 rows, expected 3"),
        (topics(&[1, 0, 1]), "the topics of row 1 do not rise, or one of them has no name"),
        (topics(&[1, 1, 1]), "the topics of row 1 do not rise, or one of them has no name"),
        (topics(&[0, 1, 3]), "the topics of row 2 do not rise, or one of them has no name"),
    ] {
        assert_eq!(catalogue(|c| c.topics.topics = of).expect_err(expected).to_string(), expected);
    }
    check(
        |c| c.topics.names = ["a", "b", "a"].iter().collect(),
        "column `topics.names` is no list of distinct ids",
    );
    check(|c| c.item_id = ["a", "a", "b"].iter().collect(), "column `item_id` is no list of distinct ids");
}
