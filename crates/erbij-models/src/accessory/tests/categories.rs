//! What goes with what by category.

use super::*;

/// Coffees and filters of which each customer has his own: no two items meet often, their categories do. Machines and
/// what belongs to them as in [`shop`].
pub(super) fn grocery() -> (Baskets, Catalogue) {
    let (n_brands, n_others) = (40, 200);
    let mut orders: Vec<Bought> = Vec::new();
    for customer in 0..1200 {
        let brand = |kind: u32| kind * n_brands + scattered(customer, 7 + kind) % n_brands;
        let other = |nth: u32| 2 * n_brands + scattered(customer, 20 + nth) % n_others;
        let day = |nth: u32| (scattered(customer, 40 + nth) % 600) as i32;
        if customer.is_multiple_of(2) {
            let with_filters = !scattered(customer, 5).is_multiple_of(3);
            orders.push((
                Some(customer),
                day(0),
                if with_filters { vec![brand(0), brand(1)] } else { vec![brand(0)] },
            ));
        } else if customer.is_multiple_of(7) {
            orders.push((Some(customer), day(0), vec![brand(1)]));
        }
        (0..4).for_each(|nth| {
            orders.push((Some(customer), day(1 + nth), vec![other(2 * nth), other(2 * nth + 1)]));
        });
    }
    let mut categories: Vec<String> = Vec::new();
    categories.extend((0..n_brands).map(|_| "Food > Coffee".to_owned()));
    categories.extend((0..n_brands).map(|_| "House > Filters".to_owned()));
    categories.extend((0..n_others).map(|item| format!("House > Other {}", item % 10)));
    let prices: Vec<i64> = (0..categories.len()).map(|item| if item < 40 { 900 } else { 300 }).collect();
    let names: Vec<&str> = categories.iter().map(String::as_str).collect();
    (lay_out(1200, categories.len(), &orders), catalogue(&names, &prices))
}

#[test]
fn where_no_item_decides_categories_go_together() {
    let (baskets, catalogue) = grocery();
    let params = check(&AccessoryParams::default());
    let of_items = fit_accessory(&params, &baskets, &catalogue, &Silent);
    assert_eq!(of_items.columns().items.len(), 0, "no two items meet often enough");
    let complements = fit_complements(&params, &baskets, &catalogue, &of_items, &Silent);
    let path = |category| catalogue.categories().path(category);
    let pairs: Vec<(&str, &str)> = (0..complements.n_categories() as u32)
        .map(CategoryIdx::new)
        .flat_map(|from| complements.of(from).map(move |to| (from, to.category)))
        .map(|(from, to)| (path(from), path(to)))
        .collect();
    assert_eq!(pairs, [("Food > Coffee", "House > Filters")]);
    let coffee = catalogue.categories().idx_from_path("Food > Coffee").expect("has items");
    let found = complements.of(coffee).next().expect("found");
    assert!(0.9 < found.same_order_share && 300 < found.customers, "{found:?}");
    let columns = complements.columns().clone();
    assert_eq!(CategoryComplements::new(columns, complements.n_categories()), Ok(complements));
}

#[test]
fn where_items_decide_categories_are_silent() {
    let (baskets, catalogue) = shop();
    let params = check(&AccessoryParams::default());
    let of_items = fit_accessory(&params, &baskets, &catalogue, &Silent);
    let complements = fit_complements(&params, &baskets, &catalogue, &of_items, &Silent);
    let machines = catalogue.categories().idx_from_path("Kitchen > Machines").expect("has items");
    assert_eq!(complements.of(machines).len(), 0);
    // Without what was mined of items, the categories speak.
    let nothing = of_items.without(|_, _| true);
    let nothing = Accessory::new(nothing, N_ITEMS as usize, 0.0).expect("empty rows");
    let complements = fit_complements(&params, &baskets, &catalogue, &nothing, &Silent);
    assert_eq!(complements.of(machines).len(), 2);
}
