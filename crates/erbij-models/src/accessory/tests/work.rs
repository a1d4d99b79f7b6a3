//! What a fit costs, in steps: shapes whose squares were once counted, and what the bounds leave out.

use erbij_core::Notes;

use super::*;
use crate::accessory::look::{Reader, Wanted};
use crate::accessory::pair::occurrences;
use crate::accessory::timeline::{Occurrence, Timeline};
use crate::accessory::work::{Cuts, MAX_ALIKE, MAX_FOLLOWERS, Work};

/// Customers who have bought most of one group of items, a few of it at a time; groups are categories or none.
struct Groups {
    n_groups: u32,
    items_per_group: u32,
    customers_per_group: u32,
    /// What stands before the name of a group; nothing where there are no categories.
    category: &'static str,
}

impl Groups {
    fn n_items(&self) -> u32 {
        self.n_groups * self.items_per_group
    }

    fn shop(&self) -> (Baskets, Catalogue) {
        let n_customers = self.n_groups * self.customers_per_group;
        let mut orders: Vec<Bought> = Vec::new();
        for customer in 0..n_customers {
            let first = customer % self.n_groups * self.items_per_group;
            for visit in 0..self.items_per_group / 4 {
                let item = |nth: u32| first + scattered(customer, visit * 4 + nth) % self.items_per_group;
                let mut items: Vec<u32> = (0..4).map(item).collect();
                items.sort_unstable();
                items.dedup();
                orders.push((Some(customer), (scattered(customer, 1000 + visit) % 700) as i32, items));
            }
        }
        let name = |item: u32| match self.category {
            "" => String::new(),
            above => format!("{above} > {}", item / self.items_per_group),
        };
        let names: Vec<String> = (0..self.n_items()).map(name).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let prices = vec![1000; self.n_items() as usize];
        (lay_out(n_customers as usize, self.n_items() as usize, &orders), catalogue(&names, &prices))
    }

    /// Steps a line, and what rows and bounds let them be: three readings of each row; twice what a buyer bought and the
    /// rows of what leads to an item; of every pair those of the same category, and the orders of every item.
    fn work(&self) -> ([f64; 3], [f64; 3]) {
        let (baskets, catalogue) = self.shop();
        let params = check(&AccessoryParams { within_category: true, ..AccessoryParams::default() });
        let fit = AccessoryFit::new(&params, &baskets, &catalogue, &Silent);
        let n_entries: u64 = (0..self.n_items()).map(|item| fit.rows.timeline.row_len(item)).sum();
        let n_lines = baskets.n_lines() as f64;
        let Work { n_read, n_causes, n_alternatives } = fit.work;
        let n_pairs = f64::from(self.n_items()) * MAX_FOLLOWERS as f64;
        let group = f64::from(self.items_per_group);
        let most = [
            3.0 * n_entries as f64,
            2.0 * (n_lines * group + n_pairs * MAX_FOLLOWERS as f64),
            n_pairs * group + n_lines * 4.0,
        ];
        ([n_read, n_causes, n_alternatives].map(|n| n as f64 / n_lines), most.map(|most| most / n_lines))
    }
}

#[test]
fn steps_a_line_do_not_grow_with_the_shop() {
    for category in ["", "Shop"] {
        let of = |n_groups, customers_per_group| {
            Groups { n_groups, items_per_group: 80, customers_per_group, category }.work()
        };
        let (small, most) = of(8, 40);
        // The same groups with more customers; more of everything.
        for (name, work) in [("small", small), ("customers", of(8, 120).0), ("groups", of(24, 40).0)] {
            for (steps, (work, most)) in ["read", "causes", "alternatives"].iter().zip(work.iter().zip(most))
            {
                assert!(*work <= 1.1 * most, "{category} {name} {steps}: {work} and at most {most}");
            }
        }
    }
}

#[test]
fn of_too_many_that_stand_out_the_most_likely_are_looked_at_and_it_is_told() {
    let groups = Groups { n_groups: 8, items_per_group: 90, customers_per_group: 100, category: "" };
    let (baskets, catalogue) = groups.shop();
    let params = check(&AccessoryParams::default());
    let fit = AccessoryFit::new(&params, &baskets, &catalogue, &Silent);
    let n_cut: u32 = fit.cuts.n_followers.iter().sum();
    assert!(0 < n_cut, "nearly all of a group stand out");
    assert!(fit.pairs.iter().all(|row| row.len() <= MAX_FOLLOWERS));
    let cut_after = fit.cuts.n_followers.iter().position(|&n| 0 < n).expect("one") as u32;
    let rivals = fit.explain(ItemIdx::new(cut_after), 1);
    assert!(rivals.iter().any(|rival| rival.verdict == Err(Rejection::ListFull)));
    let told = told_by(&fit.cuts);
    assert!(told[0].contains(&format!("the {n_cut} weakest pairs were not looked at")), "{told:?}");
    // Who publishes more has more looked at.
    let params = check(&AccessoryParams { neighbours: 100, ..AccessoryParams::default() });
    let fit = AccessoryFit::new(&params, &baskets, &catalogue, &Silent);
    assert_eq!(fit.cuts.n_followers.iter().sum::<u32>(), 0);
    assert_eq!(told_by(&fit.cuts), [""; 0]);
}

fn told_by(cuts: &Cuts) -> Vec<String> {
    let notes = Notes::default();
    cuts.tell("items", &AccessoryParams::default(), &notes);
    notes.into_lines()
}

#[test]
fn every_bound_that_left_something_out_is_told() {
    let cuts = Cuts {
        n_large_baskets: 1,
        n_cut_customers: 2,
        n_followers: vec![0, 3, 1],
        n_profiles: 4,
        n_alike: 5,
        n_causes: 6,
        n_many_alike: 7,
        n_repeats: 8,
    };
    let expected = [
        "accessory: 1 orders hold more than 300 items and count for no pair",
        "accessory: 2 customers bought items more than 200 times; only the newest count",
        "accessory: after 2 items more than 64 stand out; the 4 weakest pairs were not looked at",
        "accessory: 6 items have more than 2000 buyers; so many were asked for common causes",
        "accessory: 4 items belong to more than 256 of one category; 5 that they belong to least were not compared by \
         them",
        "accessory: 7 items are like more than 40 others; the least alike were not looked at",
        "accessory: 8 pairs have more than 1000 buyers; so many were asked for repeats",
    ];
    assert_eq!(told_by(&cuts), expected);
    assert_eq!(told_by(&Cuts::default()), [""; 0]);
}

/// Of a customer who buys the same few things ever again, and of an order of all there is.
#[test]
fn who_buys_too_much_is_told() {
    let (_, catalogue) = shop();
    let mut orders: Vec<Bought> = (0..150).map(|day| (Some(0), day, vec![A, WARE + 1])).collect();
    orders.push((Some(1), 3, (0..N_ITEMS).collect()));
    let baskets = lay_out(2, N_ITEMS as usize, &orders);
    let params = check(&AccessoryParams { max_basket_items: 40, ..AccessoryParams::default() });
    let fit = AccessoryFit::new(&params, &baskets, &catalogue, &Silent);
    assert_eq!((fit.cuts.n_large_baskets, fit.cuts.n_cut_customers), (1, 1));
}

#[test]
fn what_belongs_to_a_whole_category_compares_a_part_of_it() {
    // Every machine of a large category has the one filter.
    let n_machines = MAX_ALIKE as u32 + 40;
    let mut orders: Vec<Bought> = Vec::new();
    for customer in 0..n_machines * 12 {
        let day = (scattered(customer, 1) % 600) as i32;
        orders.push((Some(customer), day, vec![customer % n_machines, n_machines]));
        let ware = |nth: u32| n_machines + 1 + scattered(customer, nth) % 50;
        (2..5).for_each(|nth| orders.push((Some(customer), day + 1 + nth as i32, vec![ware(nth)])));
    }
    // Without them all orders would hold the filter, and it would be too common.
    orders
        .extend((0..n_machines * 30).map(|nth| (None, (nth % 600) as i32, vec![n_machines + 1 + nth % 50])));
    let category = |item: u32| match item {
        item if item < n_machines => "Kitchen > Machines",
        item if item == n_machines => "Kitchen > Filters",
        _ => "Kitchen > Ware",
    };
    let n_items = n_machines + 51;
    let names: Vec<&str> = (0..n_items).map(category).collect();
    let prices: Vec<i64> = (0..n_items).map(|item| if item < n_machines { 9000 } else { 500 }).collect();
    let baskets = lay_out(n_machines as usize * 12, n_items as usize, &orders);
    let params = check(&AccessoryParams::default());
    let catalogue = catalogue(&names, &prices);
    let fit = AccessoryFit::new(&params, &baskets, &catalogue, &Silent);
    assert_eq!((fit.cuts.n_profiles, fit.cuts.n_alike), (1, 40));
    let told = "accessory: 1 items belong to more than 256 of one category; 40";
    assert!(told_by(&fit.cuts).iter().any(|line| line.starts_with(told)));
    let n_published =
        (0..n_items).filter(|&item| fit.model().alternatives(ItemIdx::new(item)).len() == 20).count();
    assert!(MAX_ALIKE / 2 < n_published, "{n_published}");
}

#[test]
fn a_tree_costs_and_says_the_same_however_deep_it_is() {
    let (baskets, flat) = shop();
    let deep = |item: u32| match item {
        A | B => "Kitchen > 1 > 2 > 3 > 4 > 5 > 6 > Machines",
        FILTER => "Kitchen > 1 > 2 > 3 > 4 > 5 > 6 > Supplies",
        JUG => "Kitchen > 1 > 2 > 3 > 4 > 5 > 6 > Jugs",
        _ => "Kitchen > 1 > 2 > 3 > 4 > 5 > 6 > Ware",
    };
    let names: Vec<&str> = (0..N_ITEMS).map(deep).collect();
    let deep = catalogue(&names, flat.columns().price_minor.as_ref());
    let params = check(&AccessoryParams::default());
    let [flat, deep] = [flat, deep].map(|catalogue| fit_accessory(&params, &baskets, &catalogue, &Silent));
    assert_eq!(flat, deep);
}

proptest! {
    #[test]
    fn a_row_read_at_once_holds_the_occurrences_of_every_pair(
        orders in orders(), near in 1_u32..10, more in 0_u32..30
    ) {
        let params = AccessoryParams { window_days: near, far_window_days: near + more, ..AccessoryParams::default() };
        let baskets = lay_out(4, 6, &orders);
        let params = check(&params);
        let timeline = Timeline::new(&params, &baskets);
        let mut reader = Reader::new(6);
        for anchor in 0..6_u32 {
            let others: Vec<u32> = (0..6).filter(|&other| other != anchor).collect();
            let slowly: Vec<Vec<Occurrence>> =
                others.iter().map(|&other| occurrences(&timeline, anchor, other)).collect();
            for n_wanted in [0, 3, 5] {
                let wanted: Vec<Wanted> =
                    others.iter().zip(&slowly).take(n_wanted).map(|(&item, found)| (item, found.len() as u32)).collect();
                reader.read(&timeline, anchor, &wanted, &others[n_wanted..]);
                for (slot, slowly) in slowly.iter().take(n_wanted).enumerate() {
                    prop_assert_eq!(reader.occurrences(slot), &slowly[..], "{} {}", anchor, others[slot]);
                }
                let later = |found: &Vec<Occurrence>| found.iter().filter(|one| 0 < one.lag_days).count() as u32;
                let later: Vec<u32> = slowly[n_wanted..].iter().map(later).collect();
                prop_assert_eq!(reader.n_later(), &later[..]);
            }
        }
    }
}
