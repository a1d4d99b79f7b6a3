//! The catalogue's rules, one by one.

use super::*;

fn columns(n_items: usize) -> CatalogueColumns {
    let texts = |prefix: &str| (0..n_items).map(|i| format!("{prefix}{i}")).collect::<StrColumn>();
    CatalogueColumns {
        item_id: texts("i"),
        variant_id: texts("v"),
        title: (0..n_items).map(|i| if i == 1 { "" } else { "Kettle" }).collect(),
        link: texts("l"),
        image_link: texts("p"),
        brand: texts("b"),
        category: ["Home > Kitchen > Kettles", "", "Home > Kitchen"].iter().take(n_items).collect(),
        price_minor: vec![995, NO_PRICE, 100][..n_items].to_vec().into(),
        availability: vec![0; n_items].into(),
        kind: vec![0; n_items].into(),
        adult: vec![0; n_items].into(),
        listed: vec![1; n_items].into(),
        available_at: vec![i64::MIN; n_items].into(),
        expires_at: vec![i64::MAX; n_items].into(),
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
    check(|c| c.item_id = ["a", "a", "b"].iter().collect(), "column `item_id` is no list of distinct ids");
}
