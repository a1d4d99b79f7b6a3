//! Who owns what, worked out by hand.

use erbij_core::{
    Baskets, Catalogue, CatalogueColumns, Currency, CustomerIdx, Day, ItemIdx, Order, RelationKind,
    Relations, Silent, VariantColumns,
};

use super::*;

const N_CUSTOMERS: u32 = 60;
const IDS: [&str; 7] = ["sensor-a", "sensor-b", "coffee", "machine", "set", "film", "lamp"];
const SENSOR_A: u32 = 0;
const SENSOR_B: u32 = 1;
const COFFEE: u32 = 2;
const MACHINE: u32 = 3;
const SET: u32 = 4;
const FILM: u32 = 5;
const LAMP: u32 = 6;
const TODAY: i32 = 2000;

/// A sensor serves 3,650 days, as the catalogue says of one of the two. A set holds machine and coffee.
fn catalogue() -> Catalogue {
    let categories = ["Home > Alarms", "Home > Alarms", "Food", "Kitchen", "Sets", "Kitchen", ""];
    let columns = CatalogueColumns {
        category: categories.iter().collect(),
        useful_life_days: vec![3650, 0, 0, 0, 0, 0, 0].into(),
        kind: vec![0, 0, 0, 0, 0, 1, 0].into(),
        ..CatalogueColumns::of_ids(IDS.iter().collect())
    };
    let contains = |part| (ItemIdx::new(SET), RelationKind::Contains, ItemIdx::new(part));
    let relations = Relations::from_triples(IDS.len(), [MACHINE, COFFEE].map(contains).to_vec());
    Catalogue::new(columns, VariantColumns::default(), Currency::EUR)
        .expect("valid")
        .with_relations(relations)
}

/// Customers from 10 on buy a machine once, and coffee every hundred days: machines last, coffee does not.
fn crowd() -> Vec<Order> {
    let machines = (10..N_CUSTOMERS).map(|customer| order(customer, 100, &[MACHINE]));
    let coffees = (10..N_CUSTOMERS)
        .flat_map(|customer| (0..10).map(move |n| order(customer, 100 + 100 * n, &[COFFEE])));
    machines.chain(coffees).collect()
}

fn order(customer: u32, day: i32, items: &[u32]) -> Order {
    Order {
        customer: Some(CustomerIdx::new(customer)),
        ordered_at: Day::new(day).start(),
        amount_minor: 0,
        lines: items.iter().map(|&item| (ItemIdx::new(item), 1.0)).collect(),
    }
}

/// Fits the crowd and what customer 0 did; `gifts` are lines of his by order and item.
fn fitted(params: &OwnershipParams, his: &[(i32, &[u32])], gifts: &[(i32, u32)]) -> Ownership {
    let mut orders = crowd();
    orders.extend(his.iter().map(|&(day, items)| order(0, day, items)));
    let baskets = Baskets::from_orders(N_CUSTOMERS as usize, IDS.len(), orders).expect("valid");
    let mut parts = baskets.parts().clone();
    for basket in baskets.of_customer(CustomerIdx::new(0)) {
        let day = baskets.ordered_at(basket).day().get();
        let items = parts.offsets[basket]..parts.offsets[basket + 1];
        parts.gift_lines.extend(items.filter(|&line| gifts.contains(&(day, parts.items[line].get()))));
    }
    let baskets = Baskets::from_parts(parts).expect("valid");
    let params = params.check().expect("in range");
    fit_ownership(&params, &baskets, &catalogue(), Day::new(TODAY).start(), &Silent)
}

/// What customer 0 has of what need, and how it stands.
fn shown(ownership: &Ownership, told: &[u32], today: i32) -> Vec<String> {
    let told = told.iter().map(|&item| ownership.holding(ItemIdx::new(item), Day::new(today)));
    let met = ownership.needs_met(ownership.holdings(CustomerIdx::new(0)).chain(told), Day::new(today));
    let show = |held: &Held| {
        let Holding { item, since, ends_on } = held.holding;
        let name = ownership.need(held.need).name;
        format!("{name}: {} {} to {} {:?}", IDS[item.index()], since.get(), ends_on.get(), held.state)
    };
    met.iter().map(show).collect()
}

/// A shop that files everything under one word would have one need, and whoever met it would be offered nothing.
#[test]
fn a_category_that_holds_most_of_a_shop_is_no_need() {
    let with_share =
        |max_catalogue_share| OwnershipParams { max_catalogue_share, ..OwnershipParams::default() };
    // Two of the six products are alarms: a third.
    for (share, expected) in
        [(0.4, &[][..]), (0.33, &["Home > Alarms"]), (0.1, &["Food", "Home > Alarms", "Kitchen", "Sets"])]
    {
        let params = with_share(share).check().expect("in range");
        let wide = params.too_wide(&catalogue());
        assert_eq!(wide.iter().map(|(path, _)| path.as_str()).collect::<Vec<_>>(), expected, "{share}");
        let ownership = fitted(&with_share(share), &[(1990, &[SENSOR_A])], &[]);
        assert_eq!(shown(&ownership, &[], TODAY).is_empty(), !expected.is_empty(), "{share}");
    }
    let named = NeedMapping {
        name: "fire".to_owned(),
        categories: vec!["Home".to_owned()],
        items: Vec::new(),
        useful_life_days: None,
    };
    let named = OwnershipParams { needs: vec![named], ..with_share(0.1) };
    let met = shown(&fitted(&named, &[(1990, &[SENSOR_A])], &[]), &[], TODAY);
    assert_eq!(met, ["fire: sensor-a 1990 to 5640 Held"], "what the shop names is one, however wide");
}

#[test]
fn who_has_what_meets_a_need_has_met_it() {
    let check = |his: &[(i32, &[u32])], gifts: &[(i32, u32)], told: &[u32], today: i32, expected: &[&str]| {
        let ownership = fitted(&OwnershipParams::default(), his, gifts);
        assert_eq!(shown(&ownership, told, today), expected, "{his:?} {gifts:?} {told:?} {today}");
    };
    check(&[], &[], &[], TODAY, &[]);
    check(&[(1990, &[SENSOR_A])], &[], &[], TODAY, &["Home > Alarms: sensor-a 1990 to 5640 Held"]);
    // Hardly anybody buys a second machine, so a machine lasts, though nobody says how long.
    check(&[(1990, &[MACHINE])], &[], &[], TODAY, &["Kitchen: machine 1990 to 3815 Held"]);
    // Of coffee one may always want more, of what stands nowhere there is no other, and a film is no product.
    check(&[(1990, &[COFFEE, LAMP, FILM])], &[], &[], TODAY, &[]);
    // A gift is somebody else's; what was bought for oneself at another time is not.
    check(&[(1990, &[MACHINE])], &[(1990, MACHINE)], &[], TODAY, &[]);
    let twice: [(i32, &[u32]); 2] = [(1500, &[MACHINE]), (1990, &[MACHINE])];
    check(&twice, &[(1990, MACHINE)], &[], TODAY, &["Kitchen: machine 1500 to 3325 Held"]);
    // Who bought the set has the machine.
    check(&[(1990, &[SET])], &[], &[], TODAY, &["Kitchen: machine 1990 to 3815 Held"]);
    // Near its end and for a year after it may be replaced; then it is as if he never had it.
    let machine: [(i32, &[u32]); 1] = [(100, &[MACHINE])];
    check(&machine, &[], &[], 1894, &["Kitchen: machine 100 to 1925 Held"]);
    check(&machine, &[], &[], 1895, &["Kitchen: machine 100 to 1925 Replaceable"]);
    check(&machine, &[], &[], 2290, &["Kitchen: machine 100 to 1925 Replaceable"]);
    check(&machine, &[], &[], 2291, &[]);
    // What he is said to have counts from today; of two things the one that serves longest counts.
    check(&machine, &[], &[MACHINE], TODAY, &["Kitchen: machine 2000 to 3825 Held"]);
    check(
        &[],
        &[],
        &[SENSOR_B, COFFEE],
        TODAY,
        &["Food: coffee 2000 to 3825 Held", "Home > Alarms: sensor-b 2000 to 5650 Held"],
    );
}

#[test]
fn a_short_life_ends_with_a_short_notice() {
    let ownership = fitted(&OwnershipParams::default(), &[], &[]);
    let holding = Holding { item: ItemIdx::new(0), since: Day::new(0), ends_on: Day::new(60) };
    for (day, state) in [
        (44, HoldingState::Held),
        (45, HoldingState::Replaceable),
        (425, HoldingState::Replaceable),
        (426, HoldingState::Over),
    ] {
        assert_eq!(ownership.state(&holding, Day::new(day)), state, "{day}");
    }
}

#[test]
fn a_recipe_says_what_is_one_need() {
    let need = |name: &str, categories: &[&str], items: &[&str], useful_life_days| NeedMapping {
        name: name.to_owned(),
        categories: categories.iter().map(|&path| path.to_owned()).collect(),
        items: items.iter().map(|&id| id.to_owned()).collect(),
        useful_life_days,
    };
    let needs = vec![
        need("light", &[], &["lamp"], Some(500)),
        need("safety", &["Home", "Nowhere"], &["gone"], None),
        need("never", &["Home"], &["lamp"], None),
    ];
    let params = OwnershipParams { needs, ..OwnershipParams::default() };
    let ownership = fitted(&params, &[(1990, &[LAMP, SENSOR_A])], &[]);
    assert_eq!(
        shown(&ownership, &[], TODAY),
        ["light: lamp 1990 to 2490 Held", "safety: sensor-a 1990 to 5640 Held"]
    );
    let names = |item| ownership.need_of(ItemIdx::new(item)).map(|need| ownership.need(need).name);
    assert_eq!(
        [SENSOR_B, COFFEE, LAMP, FILM].map(names),
        [Some("safety"), Some("Food"), Some("light"), None]
    );
    let checked = params.check().expect("in range");
    assert_eq!(
        checked.unmatched(&catalogue()),
        [("safety", "category", "Nowhere"), ("safety", "item", "gone")]
    );
}

#[test]
fn what_is_known_of_a_need_is_its_share_of_second_purchases() {
    let ownership = fitted(&OwnershipParams::default(), &[], &[]);
    let of = |item| ownership.need(ownership.need_of(ItemIdx::new(item)).expect("has one"));
    let (kitchen, food) = (of(MACHINE), of(COFFEE));
    assert_eq!((kitchen.n_buyers, kitchen.repeat_share), (50, 0.0));
    assert_eq!((food.n_buyers, food.repeat_share), (50, 1.0));
    // Nothing counts as lasting by its buyers alone where the recipe says so.
    let params = OwnershipParams { max_repeat_share: 0.0, ..OwnershipParams::default() };
    let ownership = fitted(&params, &[(1990, &[MACHINE, SENSOR_A])], &[]);
    assert_eq!(shown(&ownership, &[], TODAY), ["Home > Alarms: sensor-a 1990 to 5640 Held"]);
}

#[test]
fn who_only_gave_a_thing_away_is_known() {
    let his: [(i32, &[u32]); 2] = [(1500, &[MACHINE, LAMP]), (1600, &[LAMP])];
    let ownership = fitted(&OwnershipParams::default(), &his, &[(1500, MACHINE), (1500, LAMP)]);
    let is_given = |item| ownership.is_given(CustomerIdx::new(0), ItemIdx::new(item));
    assert_eq!([MACHINE, LAMP, COFFEE].map(is_given), [true, false, false]);
}

#[test]
fn columns_that_break_a_rule_are_refused() {
    let ownership = fitted(&OwnershipParams::default(), &[(1990, &[MACHINE, SENSOR_A])], &[]);
    let check = |change: &dyn Fn(&mut OwnershipColumns), expected: &str| {
        let mut columns = ownership.columns().clone();
        change(&mut columns);
        let params = OwnershipParams::default().check().expect("in range");
        let error = Ownership::new(params, columns, IDS.len()).expect_err(expected);
        assert!(error.to_string().contains(expected), "{error}");
    };
    check(&|c| c.n_buyers = Vec::new().into(), "`n_buyers` has 0 values");
    check(&|c| c.need_of_items = vec![9; IDS.len()].into(), "its need has no name");
    check(&|c| c.need_of_items = vec![u32::MAX; IDS.len()].into(), "answers no need");
    check(&|c| c.lives_days = vec![0; IDS.len()].into(), "does not last");
    check(&|c| c.items = c.items.iter().map(|_| 90).collect(), "outside the catalogue");
    check(&|c| c.repeat_shares = c.repeat_shares.iter().map(|_| f32::NAN).collect(), "is none");
}

#[test]
fn what_is_out_of_range_is_refused() {
    let check = |params: OwnershipParams, expected: &str| {
        assert_eq!(params.check().expect_err(expected).to_string(), expected);
    };
    let default = OwnershipParams::default;
    check(
        OwnershipParams { max_repeat_share: f64::NAN, ..default() },
        "`max_repeat_share` is NaN, expected a number from 0 to 1",
    );
    check(
        OwnershipParams { useful_life_days: 0, ..default() },
        "`useful_life_days` is 0, expected 1 to 36500",
    );
    let nothing = NeedMapping {
        name: "x".to_owned(),
        categories: Vec::new(),
        items: Vec::new(),
        useful_life_days: None,
    };
    check(
        OwnershipParams { needs: vec![nothing.clone()], ..default() },
        "`needs` is 0, expected each with one of `categories` or `items` at least",
    );
    let named = NeedMapping { items: vec!["lamp".to_owned()], ..nothing };
    check(
        OwnershipParams { needs: vec![named.clone(), named], ..default() },
        "`needs.name` is x, expected a name that no other need has",
    );
}
