//! Who looks around for what, worked out by hand and act by act.

use std::collections::BTreeSet;

use erbij_core::{
    Baskets, Catalogue, CatalogueColumns, Currency, CustomerIdx, Day, Event, EventKind, EventParts, Events,
    ItemIdx, MICROS_PER_DAY, Order, RelationKind, Relations, Silent, Timestamp, VariantColumns, VisitorIdx,
};
use proptest::prelude::*;

use super::*;
use crate::journey::JourneyParams;
use crate::ownership::{Ownership, OwnershipParams, fit_ownership};

const IDS: [&str; 7] = ["small", "large", "coffee", "film", "loose", "set", "kettle"];
const N_ITEMS: usize = IDS.len();
const SMALL: u32 = 0;
const LARGE: u32 = 1;
const COFFEE: u32 = 2;
const FILM: u32 = 3;
const LOOSE: u32 = 4;
const SET: u32 = 5;
const NEWEST: i32 = 100;

/// Two machines, coffee, a film about machines, something that stands nowhere, a set with the large machine in it, a
/// kettle.
fn catalogue() -> Catalogue {
    let categories = ["Machines", "Machines", "Coffee", "Machines", "", "Sets", "Kettles"];
    let columns = CatalogueColumns {
        category: categories.iter().collect(),
        kind: vec![0, 0, 0, 1, 0, 0, 0].into(),
        ..CatalogueColumns::of_ids(IDS.iter().collect())
    };
    let contains = (ItemIdx::new(SET), RelationKind::Contains, ItemIdx::new(LARGE));
    Catalogue::new(columns, VariantColumns::default(), Currency::EUR)
        .expect("valid")
        .with_relations(Relations::from_triples(N_ITEMS, vec![contains]))
}

/// An act of customer 0, or of somebody nobody knows: on which day, at which hour, what with what.
#[derive(Clone, Copy, Debug)]
enum Act {
    Event(i32, i64, EventKind, u32),
    Anonymous(i32, u32),
    Order(i32, u32),
    Gift(i32, u32),
}

use Act::{Anonymous, Event as Did, Gift, Order as Ordered};

const fn saw(day: i32, item: u32) -> Act {
    Did(day, 12, EventKind::ViewItem, item)
}

/// The data of so many customers, who each did the same; the second half of the browsers is nobody's.
fn data(n_customers: u32, acts: &[Act]) -> (Baskets, Events) {
    let (mut orders, mut events, mut gifts) = (Vec::new(), Vec::new(), BTreeSet::new());
    for customer in 0..n_customers {
        let mut event = |visitor: u32, customer: CustomerIdx, day: i32, hour: i64, kind, item: u32| {
            events.push(Event {
                visitor: VisitorIdx::new(visitor),
                session: None,
                customer,
                item: ItemIdx::new(item),
                kind,
                occurred_at: Day::new(day).start().plus_micros(hour * MICROS_PER_DAY / 24),
                topic: None,
            });
        };
        for (at, &act) in acts.iter().enumerate() {
            let who = CustomerIdx::new(customer);
            match act {
                // He comes with one browser and another.
                Did(day, hour, kind, item) => event(2 * customer + at as u32 % 2, who, day, hour, kind, item),
                Anonymous(day, item) => {
                    let visitor = 2 * n_customers + customer;
                    event(visitor, CustomerIdx::GUEST, day, 12, EventKind::ViewItem, item);
                }
                Ordered(day, item) | Gift(day, item) => orders.push(Order {
                    customer: Some(who),
                    ordered_at: Day::new(day).start(),
                    amount_minor: 0,
                    lines: vec![(ItemIdx::new(item), 1.0)],
                }),
            }
            if let Gift(day, item) = act {
                gifts.insert((day, item));
            }
        }
    }
    let n_customers = n_customers as usize;
    let counts =
        EventParts { n_visitors: 3 * n_customers, n_customers, n_items: N_ITEMS, ..EventParts::default() };
    let baskets = Baskets::from_orders(n_customers, N_ITEMS, orders).expect("valid");
    let mut parts = baskets.parts().clone();
    for basket in 0..baskets.len() {
        let day = baskets.ordered_at(basket).day().get();
        let lines = parts.offsets[basket]..parts.offsets[basket + 1];
        parts.gift_lines.extend(lines.filter(|&line| gifts.contains(&(day, parts.items[line].get()))));
    }
    let baskets = Baskets::from_parts(parts).expect("valid");
    (baskets, Events::from_events(counts, events).expect("valid"))
}

fn fit(baskets: &Baskets, events: &Events, orientation_days: u32) -> (Orientation, Ownership) {
    let params = JourneyParams { orientation_days, ..JourneyParams::default() }.check().expect("in range");
    let (catalogue, newest) = (catalogue(), Day::new(NEWEST).start().plus_micros(MICROS_PER_DAY - 1));
    let ownership = OwnershipParams::default().check().expect("in range");
    let ownership = fit_ownership(&ownership, baskets, &catalogue, newest, &Silent);
    let fitted = fit_orientation(&params, &ownership, baskets, events, &catalogue, newest, &Silent);
    (fitted, ownership)
}

fn shown(orientation: &Orientation, ownership: &Ownership, customer: u32, today: i32) -> Vec<String> {
    let show = |looked: Looked| {
        let Looked { need, item, first_on, last_on, n_items, n_days } = looked;
        let name = ownership.need(need).name;
        let (first, last) = (first_on.get(), last_on.get());
        format!("{name}: {n_items} on {n_days} days, {first} to {last}, last {}", IDS[item.index()])
    };
    orientation.on(CustomerIdx::new(customer), Day::new(today)).map(show).collect()
}

#[test]
fn who_looked_and_did_not_buy_looks_around() {
    let check = |acts: &[Act], expected: &[&str]| {
        let (baskets, events) = data(1, acts);
        let (orientation, ownership) = fit(&baskets, &events, 14);
        assert_eq!(shown(&orientation, &ownership, 0, NEWEST), expected, "{acts:?}");
    };
    let one = ["Machines: 1 on 1 days, 97 to 97, last small"];
    check(&[], &[]);
    // Looked only, by whatever means.
    check(&[saw(97, SMALL)], &one);
    check(&[Did(97, 0, EventKind::AddToCart, SMALL)], &one);
    check(&[Did(97, 23, EventKind::SelectItem, SMALL)], &one);
    check(&[Did(97, 12, EventKind::ViewItemList, SMALL), Did(98, 12, EventKind::ViewPromotion, SMALL)], &[]);
    check(
        &[
            saw(97, SMALL),
            saw(97, SMALL),
            saw(95, LARGE),
            Did(99, 1, EventKind::ViewItem, LARGE),
            saw(99, SMALL),
        ],
        &["Machines: 2 on 3 days, 95 to 99, last small"],
    );
    check(
        &[saw(97, SMALL), saw(98, COFFEE)],
        &["Coffee: 1 on 1 days, 98 to 98, last coffee", "Machines: 1 on 1 days, 97 to 97, last small"],
    );
    // Looked, then bought: the same day too, something else that answers the need, for somebody else, in a set.
    check(&[saw(97, SMALL), Ordered(98, SMALL)], &[]);
    check(&[saw(97, SMALL), Ordered(97, SMALL)], &[]);
    check(&[saw(97, SMALL), Ordered(98, LARGE)], &[]);
    check(&[saw(97, SMALL), Gift(98, LARGE)], &[]);
    check(&[saw(97, SMALL), Ordered(98, SET)], &[]);
    // Events tell where a visit ended; what was bought stands in orders.
    check(&[saw(97, SMALL), Did(98, 1, EventKind::Purchase, LARGE)], &one);
    // Another need stays open.
    check(&[saw(97, SMALL), Ordered(98, COFFEE)], &one);
    // Bought, then looked; what he looked at before the purchase is past.
    check(&[Ordered(96, SMALL), saw(97, SMALL)], &one);
    check(&[saw(94, LARGE), saw(95, LARGE), Ordered(96, SMALL), saw(97, SMALL)], &one);
    // Too long ago, and just not.
    check(&[saw(85, SMALL)], &[]);
    check(&[saw(86, SMALL)], &["Machines: 1 on 1 days, 86 to 86, last small"]);
    check(&[saw(85, LARGE), saw(97, SMALL)], &one);
    // What answers no need; content; a visitor nobody knows.
    check(&[saw(97, LOOSE)], &[]);
    check(&[saw(97, FILM), saw(98, FILM)], &[]);
    check(&[Anonymous(97, SMALL)], &[]);
    check(&[Anonymous(98, LARGE), saw(97, SMALL)], &one);
    // Of items looked at in one instant the one with the higher number is the last.
    check(&[saw(97, LARGE), saw(97, SMALL)], &["Machines: 2 on 1 days, 97 to 97, last large"]);
}

#[test]
fn looks_grow_old_and_are_not_known_before() {
    let (baskets, events) = data(1, &[saw(90, SMALL), saw(97, SMALL)]);
    let (orientation, ownership) = fit(&baskets, &events, 14);
    let on = |day| shown(&orientation, &ownership, 0, day).len();
    assert_eq!([96, 97, 100, 111, 112, i32::MAX, i32::MIN].map(on), [0, 1, 1, 1, 0, 0, 0]);
    let (orientation, ownership) = fit(&baskets, &events, 3);
    assert_eq!(shown(&orientation, &ownership, 0, NEWEST), ["Machines: 1 on 1 days, 97 to 97, last small"]);
}

#[test]
fn what_is_out_of_range_is_refused() {
    let check = |orientation_days| {
        let params = JourneyParams { orientation_days, ..JourneyParams::default() };
        params.check().expect_err("out of range").to_string()
    };
    assert_eq!(check(0), "`orientation_days` is 0, expected 1 to 365");
    assert_eq!(check(366), "`orientation_days` is 366, expected 1 to 365");
}

#[test]
fn columns_that_break_a_rule_are_refused() {
    let (baskets, events) = data(2, &[saw(96, SMALL), saw(98, LARGE), saw(98, COFFEE)]);
    let (orientation, ownership) = fit(&baskets, &events, 14);
    let params = JourneyParams::default().check().expect("in range");
    let with = |change: &dyn Fn(&mut OrientationColumns)| {
        let mut columns = orientation.columns().clone();
        change(&mut columns);
        Orientation::new(&params, columns, &ownership)
    };
    assert_eq!(with(&|_| ()), Ok(orientation.clone()));
    assert_eq!(orientation.n_customers(), 2);
    let check = |change: &dyn Fn(&mut OrientationColumns), expected: &str| {
        let error = with(change).expect_err(expected).to_string();
        assert!(error.contains(expected), "{error}");
    };
    // A row is coffee, then machines.
    let [coffee, machines] = [0, 1].map(|at| orientation.columns().needs[at]);
    check(&|c| c.n_days = vec![1].into(), "`n_days` has 1 values");
    check(&|c| c.needs = vec![machines, coffee, coffee, machines].into(), "its needs do not rise");
    check(&|c| c.needs = vec![coffee; 4].into(), "its needs do not rise");
    for item in [SMALL, FILM, LOOSE, N_ITEMS as u32, u32::MAX] {
        check(&|c| c.items = vec![item, SMALL, COFFEE, SMALL].into(), "does not answer the need");
    }
    let nothing = |c: &mut OrientationColumns| {
        c.needs = vec![coffee, u32::MAX, coffee, machines].into();
        c.items = vec![COFFEE, LOOSE, COFFEE, SMALL].into();
    };
    check(&nothing, "does not answer the need");
    for (first, last, n_days) in [
        (98, 97, 1),
        (98, 98, 0),
        (98, 98, 2),
        (96, 98, 1),
        (96, 98, 4),
        (80, 98, 2),
        (i32::MIN, i32::MAX, 2),
    ] {
        let days = |c: &mut OrientationColumns| {
            c.first_on = vec![98, first, 98, 96].into();
            c.last_on = vec![98, last, 98, 98].into();
            c.n_days = vec![1, n_days, 1, 2].into();
        };
        check(&days, "its days are none of so short a time");
    }
    for n_items in [0, N_ITEMS as u32 + 1] {
        check(&|c| c.n_items = vec![1, n_items, 1, 2].into(), "it has no such number of items");
    }
}

/// Every customer's looks, need by need and day by day, as one would go through them by hand.
fn oracle(acts: &[Act], ownership: &Ownership, orientation_days: i32) -> Vec<Looked> {
    let need_of = |item: u32| ownership.need_of(ItemIdx::new(item));
    let needs: BTreeSet<_> = (0..N_ITEMS as u32).filter_map(need_of).collect();
    let of_need = |need| {
        let mut last_bought = i32::MIN;
        let mut looks: Vec<(i32, i64, u32)> = Vec::new();
        for &act in acts {
            match act {
                Ordered(day, SET) if need_of(LARGE) == Some(need) => last_bought = last_bought.max(day),
                Ordered(day, item) | Gift(day, item) if need_of(item) == Some(need) => {
                    last_bought = last_bought.max(day);
                }
                Did(day, hour, EventKind::ViewItem | EventKind::SelectItem | EventKind::AddToCart, item)
                    if need_of(item) == Some(need) && NEWEST - orientation_days <= day =>
                {
                    looks.push((day, hour, item));
                }
                _ => {}
            }
        }
        looks.retain(|&(day, ..)| last_bought < day);
        let &(last, _, item) = looks.iter().max()?;
        let days: BTreeSet<i32> = looks.iter().map(|&(day, ..)| day).collect();
        let items: BTreeSet<u32> = looks.iter().map(|&(.., item)| item).collect();
        Some(Looked {
            need,
            item: ItemIdx::new(item),
            first_on: Day::new(*days.first().expect("one at least")),
            last_on: Day::new(last),
            n_items: items.len() as u32,
            n_days: days.len() as u32,
        })
    };
    needs.into_iter().filter_map(of_need).collect()
}

fn any_act() -> impl Strategy<Value = Act> {
    let (day, item) = (88..=NEWEST, 0..N_ITEMS as u32);
    let kind = proptest::sample::select(EventKind::ALL.to_vec());
    prop_oneof![
        6 => (day.clone(), 0..24_i64, kind, item.clone()).prop_map(|(day, hour, kind, item)| Did(day, hour, kind, item)),
        3 => (day.clone(), item.clone()).prop_map(|(day, item)| saw(day, item)),
        1 => (day.clone(), item.clone()).prop_map(|(day, item)| Anonymous(day, item)),
        1 => (day.clone(), item).prop_map(|(day, item)| Ordered(day, item)),
        // A bundle given away is not taken apart, so where one is both kept and given it would matter which is which.
        1 => (day, 0..SET).prop_map(|(day, item)| Gift(day, item)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn it_is_the_fold_by_hand_on_any_number_of_threads(
        acts in proptest::collection::vec(any_act(), 0..40),
        orientation_days in 1..20_u32,
    ) {
        let (baskets, events) = data(70, &acts);
        let on = |n_threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().expect("threads start");
            pool.install(|| fit(&baskets, &events, orientation_days))
        };
        let (orientation, ownership) = on(1);
        prop_assert_eq!(&on(3).0, &orientation);
        let expected = oracle(&acts, &ownership, orientation_days as i32);
        for customer in [0, 33, 69].map(CustomerIdx::new) {
            let found: Vec<Looked> = orientation.on(customer, Day::new(NEWEST)).collect();
            prop_assert_eq!(&found, &expected);
        }
        // What is cut off is not known.
        let early = events.retain(|at| at < Timestamp::from_micros(95 * MICROS_PER_DAY));
        let cut = fit(&baskets, &early, orientation_days).0;
        prop_assert!(cut.on(CustomerIdx::new(0), Day::new(NEWEST)).all(|looked| looked.last_on.get() < 95));
    }
}
