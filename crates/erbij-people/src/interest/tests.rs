//! Interests against hand-worked values, against sums written out act by act, and against SAR's reference.

use erbij_core::{
    Baskets, Catalogue, CatalogueColumns, Currency, CustomerIdx, Day, Event, EventKind, EventParts, Events,
    FacetIdx, Histories, InterestNames, ItemIdx, MICROS_PER_DAY, Order, RowOffsets, Silent, Stated,
    StatedInterest, StrColumn, Timestamp, TopicColumns, TopicIdx, VariantColumns, VisitorIdx,
};
use proptest::prelude::*;

use super::*;

/// Coffee machine, coffee beans, garden hose, story of coffee and gardens, something of which nothing is known.
fn catalogue() -> Catalogue {
    let ids: StrColumn = ["machine", "beans", "hose", "story", "thing"].iter().collect();
    let columns = CatalogueColumns {
        brand: ["Brava", "Brava", "Tuin", "", ""].iter().collect(),
        category: ["Home > Coffee > Machines", "Home > Coffee", "Garden", "", ""].iter().collect(),
        topics: TopicColumns {
            names: ["coffee", "gardens", "travel"].iter().collect(),
            rows: RowOffsets::from_lens([0, 0, 0, 2, 0]),
            topics: vec![0, 1].into(),
        },
        ..CatalogueColumns::of_ids(ids)
    };
    Catalogue::new(columns, VariantColumns::default(), Currency::EUR).expect("valid")
}

const N_ITEMS: usize = 5;

fn order(customer: Option<u32>, day: i32, items: &[u32]) -> Order {
    Order {
        customer: customer.map(CustomerIdx::new),
        ordered_at: Day::new(day).start(),
        amount_minor: 0,
        lines: items.iter().map(|&item| (ItemIdx::new(item), 1.0)).collect(),
    }
}

fn baskets(n_customers: usize, orders: Vec<Order>) -> Baskets {
    Baskets::from_orders(n_customers, N_ITEMS, orders).expect("valid")
}

fn event(customer: Option<u32>, day: i32, kind: EventKind, item: u32, topic: Option<u32>) -> Event {
    Event {
        visitor: VisitorIdx::new(0),
        session: None,
        customer: customer.map_or(CustomerIdx::GUEST, CustomerIdx::new),
        item: ItemIdx::new(item),
        kind,
        occurred_at: Day::new(day).start(),
        topic: topic.map(TopicIdx::new),
    }
}

fn events(n_customers: usize, events: Vec<Event>) -> Events {
    let counts =
        EventParts { n_visitors: 1, n_customers, n_items: N_ITEMS, n_topics: 3, ..EventParts::default() };
    Events::from_events(counts, events).expect("valid")
}

fn params(change: impl FnOnce(&mut InterestParams)) -> CheckedInterestParams {
    let mut params = InterestParams::default();
    change(&mut params);
    params.check().expect("in range")
}

fn facet(interest: &Interest, kind: FacetKind, name: &str) -> FacetIdx {
    let facets = interest.facets();
    let found = (0..facets.len() as u32).map(FacetIdx::new);
    found.into_iter().find(|&f| facets.kind(f) == kind && facets.name(f) == name).expect(name)
}

fn fit(params: &CheckedInterestParams, baskets: &Baskets, events: &Events, day: i32) -> Interest {
    fit_interest(
        params,
        baskets,
        events,
        &catalogue(),
        &Stated::none(baskets.n_customers()),
        Day::new(day).start(),
        &Silent,
    )
}

#[test]
fn an_item_has_the_facets_of_its_path_brand_and_topics() {
    let facets = Facets::of_catalogue(&catalogue());
    let told = |item: u32| -> Vec<String> {
        let of_item = facets.of_item(ItemIdx::new(item)).iter();
        of_item.map(|&(f, share)| format!("{} {} {share}", facets.kind(f).name(), facets.name(f))).collect()
    };
    assert_eq!(
        told(0),
        [
            "all category 1 1",
            "all category 2 1",
            "all category 3 1",
            "all brand 1",
            "category Home 1",
            "category Home > Coffee 1",
            "category Home > Coffee > Machines 1",
            "brand Brava 1",
        ]
    );
    assert_eq!(told(3), ["all topic 1", "topic coffee 0.5", "topic gardens 0.5"]);
    assert!(told(4).is_empty());
    assert_eq!(facets.of_brand("?"), None);
    let none = CatalogueColumns::of_ids([""; 0].iter().collect());
    let none = Catalogue::new(none, VariantColumns::default(), Currency::EUR).expect("valid");
    assert_eq!(Facets::of_catalogue(&none).len(), 2, "the families of brands and topics");
}

#[test]
fn a_value_halves_with_each_half_life() {
    for (days, expected) in [(0.0, 8.0), (30.0, 4.0), (90.0, 1.0), (-30.0, 16.0)] {
        assert_eq!(decayed(8.0, days, 30.0), expected, "{days}");
    }
    let params = params(|_| {});
    let baskets = baskets(1, vec![order(Some(0), 100, &[2]), order(Some(0), 130, &[2])]);
    let interest = fit(&params, &baskets, &Events::none(1, N_ITEMS), 160);
    let garden = facet(&interest, FacetKind::Category, "Garden");
    let profile = interest.profile(CustomerIdx::new(0));
    let value = profile.find(garden).expect("bought");
    assert_eq!((value.short, value.last_on), (1.5, Day::new(130)));
    let (short, long) = value.at(Day::new(160), &params);
    assert_eq!(short, 0.75);
    assert!((long - (2_f64.powf(-60.0 / 365.0) + 2_f64.powf(-30.0 / 365.0))).abs() < 1e-6);
    // A day before the last act takes nothing back.
    assert_eq!(value.at(Day::new(1), &params).0, 1.5);
}

#[test]
fn the_log_ratio_is_that_of_the_posterior_mean() {
    // Two customers, with half-lives so long that nothing fades.
    let params = params(|p| {
        (p.short_half_life_days, p.long_half_life_days) = (1e12, 1e12);
        (p.min_evidence, p.min_log_ratio) = (3.0, 0.1);
    });
    let orders =
        (0..4).map(|day| order(Some(0), day, &[2])).chain((0..4).map(|day| order(Some(1), day, &[0])));
    let interest = fit(&params, &baskets(2, orders.collect()), &Events::none(2, N_ITEMS), 10);
    let garden = facet(&interest, FacetKind::Category, "Garden");
    // 4 of 8 acts on the first level, and one act spread over its two categories.
    assert_eq!(interest.population_share(garden), 0.5);
    let found = interest.of(CustomerIdx::new(0), Day::new(10));
    let expected = ((4.0 + 10.0 * 0.5) / ((4.0 + 10.0) * 0.5_f64)).ln();
    let of_garden = found.iter().find(|found| found.facet == garden).expect("an interest");
    assert!((f64::from(of_garden.log_ratio) - expected).abs() < 1e-6);
    assert_eq!(of_garden.long, 4.0);
    // Of machines only the category that holds all of them is told, not those above it; the level of machines
    // has no other category, so that everybody's share there is the population's.
    let told: Vec<_> = interest
        .of(CustomerIdx::new(1), Day::new(10))
        .iter()
        .map(|f| interest.facets().name(f.facet).to_owned())
        .collect();
    assert_eq!(told, ["Home", "Brava"]);
}

#[test]
fn little_is_no_interest_and_nobody_has_none() {
    let baskets = baskets(2, vec![order(Some(0), 100, &[2])]);
    let interest = fit(&params(|_| {}), &baskets, &Events::none(2, N_ITEMS), 100);
    assert_eq!(interest.of(CustomerIdx::new(0), Day::new(100)), []);
    assert_eq!(interest.of(CustomerIdx::new(1), Day::new(100)), []);
    let scorer = interest.scorer(&interest.profile(CustomerIdx::new(1)), Day::new(100));
    assert_eq!((0..5).map(|item| scorer.score_item(ItemIdx::new(item))).collect::<Vec<_>>(), [0.0; 5]);
    let nothing = fit(
        &params(|_| {}),
        &Baskets::from_orders(0, N_ITEMS, vec![]).expect("valid"),
        &Events::none(0, N_ITEMS),
        0,
    );
    assert_eq!(nothing.n_customers(), 0);
}

#[test]
fn each_kind_of_act_has_its_weight_and_what_is_counted_elsewhere_has_none() {
    for (kind, weight) in [
        (EventKind::ViewItem, 0.1),
        (EventKind::SelectItem, 0.1),
        (EventKind::SelectPromotion, 0.1),
        (EventKind::AddToCart, 0.3),
        (EventKind::ViewItemList, 0.0),
        (EventKind::ViewCart, 0.0),
        (EventKind::Purchase, 0.0),
        (EventKind::Refund, 0.0),
        (EventKind::ViewPromotion, 0.0),
        (EventKind::PromotionNotOffered, 0.0),
    ] {
        let events = events(1, vec![event(Some(0), 9, kind, 2, None), event(None, 9, kind, 2, None)]);
        let interest = fit(&params(|_| {}), &baskets(1, vec![]), &events, 9);
        let garden = facet(&interest, FacetKind::Category, "Garden");
        let found = interest.profile(CustomerIdx::new(0)).find(garden).map_or(0.0, |value| value.long);
        assert_eq!(found, weight as f32, "{}", kind.name());
        // Who was not logged in counts for the population: 2 acts of each, and one act spread over two.
        let share = (2.0 * weight + 0.5) / (2.0 * weight + 1.0);
        assert!((f64::from(interest.population_share(garden)) - share).abs() < 1e-6);
    }
}

#[test]
fn a_topic_that_only_the_event_names_counts_beside_the_items_own() {
    let of = |topic| {
        let events = events(1, vec![event(Some(0), 9, EventKind::AddToCart, 3, topic)]);
        let interest = fit(&params(|_| {}), &baskets(1, vec![]), &events, 9);
        let profile = interest.profile(CustomerIdx::new(0));
        let long = |name| {
            let facet = facet(&interest, FacetKind::Topic, name);
            profile.find(facet).map_or(0.0, |value| value.long)
        };
        [long("coffee"), long("gardens"), long("travel")]
    };
    assert_eq!(of(None), [0.15, 0.15, 0.0]);
    assert_eq!(of(Some(0)), [0.15, 0.15, 0.0], "the story has it already");
    assert_eq!(of(Some(2)), [0.15, 0.15, 0.3]);
}

#[test]
fn trends_are_told_from_the_pace() {
    let of = |days: &[i32]| {
        let orders = days.iter().map(|&day| order(Some(0), day, &[2])).collect();
        let orders: Vec<Order> = orders;
        let others = (0..40).map(|day| order(Some(1), 600 + 9 * day, &[0, 1]));
        let baskets = baskets(2, orders.into_iter().chain(others).collect());
        let interest = fit(&params(|_| {}), &baskets, &Events::none(2, N_ITEMS), 1000);
        let garden = facet(&interest, FacetKind::Category, "Garden");
        let found = interest.of(CustomerIdx::new(0), Day::new(1000));
        found.iter().find(|found| found.facet == garden).map(|found| found.trend)
    };
    let every = |step: usize, from: i32, to: i32| (from..=to).step_by(step).collect::<Vec<_>>();
    assert_eq!(of(&every(20, 0, 1000)), Some(Trend::Steady));
    assert_eq!(of(&every(20, 0, 800)), Some(Trend::Fading));
    assert_eq!(of(&every(5, 950, 1000)), Some(Trend::Rising));
    assert_eq!(of(&[500]), None);
}

#[test]
fn a_score_is_the_mean_log_ratio_of_each_kind_of_facet() {
    let params = params(|p| (p.short_half_life_days, p.long_half_life_days) = (1e12, 1e12));
    let orders = vec![order(Some(0), 1, &[0, 1]), order(Some(0), 2, &[1]), order(Some(1), 2, &[2])];
    let interest = fit(&params, &baskets(2, orders), &Events::none(2, N_ITEMS), 3);
    let scorer = interest.scorer(&interest.profile(CustomerIdx::new(0)), Day::new(3));
    let share = |kind, name| f64::from(interest.population_share(facet(&interest, kind, name)));
    let ratio = |acts: f64, whole: f64, share: f64| ((acts + 10.0 * share) / ((whole + 10.0) * share)).ln();
    let home = ratio(3.0, 3.0, share(FacetKind::Category, "Home"));
    let coffee = ratio(3.0, 3.0, share(FacetKind::Category, "Home > Coffee"));
    let brava = ratio(3.0, 3.0, share(FacetKind::Brand, "Brava"));
    let expected = (home + coffee) / 2.0 + 0.5 * brava;
    assert!((f64::from(scorer.score_item(ItemIdx::new(1))) - expected).abs() < 1e-6);
    // What was never touched: α / (V + α), whatever the population does.
    let never = (10.0 / 13.0_f64).ln() * 1.5;
    assert!((f64::from(scorer.score_item(ItemIdx::new(2))) - never).abs() < 1e-6);
    assert_eq!(scorer.score_item(ItemIdx::new(4)), 0.0);
}

#[test]
fn an_interest_names_the_purchases_it_rests_on() {
    let orders = vec![order(Some(0), 5, &[1, 2]), order(Some(0), 7, &[0])];
    let baskets = baskets(1, orders);
    let interest = fit(&params(|_| {}), &baskets, &Events::none(1, N_ITEMS), 9);
    let histories = Histories::from_baskets(&baskets);
    let coffee = facet(&interest, FacetKind::Category, "Home > Coffee");
    let evidence = interest.evidence(&histories, CustomerIdx::new(0), coffee);
    let told: Vec<_> = evidence.iter().map(|found| (found.item.get(), found.last_bought_on.get())).collect();
    assert_eq!(told, [(0, 7), (1, 5)]);
    let params = params(|p| (p.min_evidence, p.min_log_ratio) = (0.1, 0.0));
    let all = fit(&params, &baskets, &Events::none(1, N_ITEMS), 9);
    let explained = all.explained(&histories, CustomerIdx::new(0), Day::new(9), 1);
    assert_eq!(explained.len(), all.of(CustomerIdx::new(0), Day::new(9)).len());
    let brava = explained.iter().find(|found| found.name == "Brava").expect("bought twice");
    assert_eq!((brava.kind, brava.evidence[0].item.get(), brava.evidence.len()), (FacetKind::Brand, 0, 1));
}

#[test]
fn only_the_strongest_facets_are_kept_and_families_always() {
    let params = params(|p| p.max_facets = 2);
    let orders = vec![order(Some(0), 9, &[0]), order(Some(0), 5, &[0, 1]), order(Some(0), 9, &[2])];
    let interest = fit(&params, &baskets(1, orders), &Events::none(1, N_ITEMS), 9);
    let mut profile = interest.profile(CustomerIdx::new(0));
    let told = |profile: &ProfileRow| -> Vec<String> {
        profile.values().iter().map(|value| interest.facets().name(value.facet).to_owned()).collect()
    };
    let families = ["category 1", "category 2", "category 3", "brand"];
    assert_eq!(told(&profile), [&families[..], &["Home", "Home > Coffee"]].concat());
    let garden = facet(&interest, FacetKind::Category, "Garden");
    for _ in 0..2 {
        interest.update(&mut profile, &Signal::Stated { facet: garden }, Day::new(9));
    }
    assert_eq!(told(&profile), [&families[..], &["Garden", "Home"]].concat());
}

#[test]
fn columns_that_break_a_rule_are_refused() {
    let baskets = baskets(1, vec![order(Some(0), 9, &[0, 2])]);
    let good = fit(&params(|_| {}), &baskets, &Events::none(1, N_ITEMS), 9);
    let remade = Interest::new(params(|_| {}), good.columns().clone(), &catalogue()).expect("as it was");
    assert_eq!(remade, good);
    let check = |change: fn(&mut InterestColumns), expected: &str| {
        let mut columns = good.columns().clone();
        change(&mut columns);
        let error = Interest::new(params(|_| {}), columns, &catalogue()).expect_err(expected);
        assert_eq!(error.to_string(), expected);
    };
    check(|c| c.short = vec![1.0].into(), "column `short` has 1 values, expected 10");
    check(|c| c.facet_kinds = vec![0; 2].into(), "column `facet_kinds` has 2 values, expected 14");
    check(|c| c.facet_kinds = vec![0; 14].into(), "row 5: a facet is not the catalogue's");
    check(
        |c| c.population_shares = vec![0.0; 14].into(),
        "row 0: a share of the population lies outside (0, 1]",
    );
    check(|c| c.facets = vec![0; 10].into(), "row 0: facets do not rise, or are none");
    check(|c| c.facets = (5..15).collect(), "row 0: facets do not rise, or are none");
    for bad in [-1.0, f32::NAN, f32::INFINITY] {
        let mut columns = good.columns().clone();
        columns.long = vec![bad; 10].into();
        let error = Interest::new(params(|_| {}), columns, &catalogue()).expect_err("no value");
        assert_eq!(error.to_string(), "row 0: a value is below zero or no number");
    }
}

#[test]
fn params_out_of_range_are_named() {
    let check = |change: fn(&mut InterestParams), expected: &str| {
        let mut params = InterestParams::default();
        change(&mut params);
        assert_eq!(params.check().expect_err(expected).name, expected);
    };
    check(|p| p.short_half_life_days = 366.0, "short_half_life_days");
    check(|p| p.long_half_life_days = f64::NAN, "long_half_life_days");
    check(|p| p.view_item = -0.1, "view_item");
    check(|p| p.prior_strength = 0.0, "prior_strength");
    check(|p| p.trend_ratio = 0.5, "trend_ratio");
    check(|p| p.max_facets = 0, "max_facets");
}

/// Acts of three customers: who, day, what, and as what.
fn acts() -> impl Strategy<Value = Vec<(u32, i32, u32, usize)>> {
    proptest::collection::vec((0..3_u32, 0..400_i32, 0..N_ITEMS as u32, 0..=EventKind::ALL.len()), 0..60)
}

proptest! {
    #[test]
    fn fitting_is_updating_act_by_act_is_summing_up(acts in acts(), cutoff in 100..400_i32) {
        let mut orders = Vec::new();
        let mut seen = Vec::new();
        for &(customer, day, item, kind) in &acts {
            match EventKind::ALL.get(kind) {
                None => orders.push(order(Some(customer), day, &[item])),
                Some(&kind) => seen.push(event(Some(customer), day, kind, item, None)),
            }
        }
        let params = params(|_| {});
        let interest = fit(&params, &baskets(3, orders), &events(3, seen), cutoff);
        let facets = interest.facets();
        for customer in 0..3 {
            let mut sums = std::collections::BTreeMap::<FacetIdx, [f64; 2]>::new();
            let mut updated = ProfileRow::default();
            let mut own: Vec<_> = acts.iter().filter(|act| act.0 == customer && act.1 <= cutoff).collect();
            own.sort_by_key(|act| act.1);
            for &&(_, day, item, kind) in &own {
                let item = ItemIdx::new(item);
                let signal = match EventKind::ALL.get(kind) {
                    None => Signal::Purchase { item },
                    Some(&kind) => Signal::Event { kind, item, topic: None },
                };
                interest.update(&mut updated, &signal, Day::new(day));
                let weight = EventKind::ALL.get(kind).map_or(1.0, |&kind| params.weight_of(kind));
                for &(facet, share) in facets.of_item(item).iter().filter(|_| weight != 0.0) {
                    let sum = sums.entry(facet).or_default();
                    for (sum, half_life) in sum.iter_mut().zip([30.0, 365.0]) {
                        *sum += weight * f64::from(share) * 2_f64.powf(f64::from(day - cutoff) / half_life);
                    }
                }
            }
            let profile = interest.profile(CustomerIdx::new(customer));
            prop_assert_eq!(profile.values().len(), sums.len());
            prop_assert_eq!(updated.values().len(), sums.len());
            for ((value, updated), (&facet, sum)) in profile.values().iter().zip(updated.values()).zip(&sums) {
                prop_assert_eq!((value.facet, updated.facet), (facet, facet));
                let (short, long) = value.at(Day::new(cutoff), &params);
                prop_assert!((short - sum[0]).abs() < 1e-5 && (long - sum[1]).abs() < 1e-4);
                let (short, long) = updated.at(Day::new(cutoff), &params);
                prop_assert!((short - sum[0]).abs() < 1e-4 && (long - sum[1]).abs() < 1e-4);
            }
        }
        let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().expect("threads");
        let mut orders = Vec::new();
        let mut seen = Vec::new();
        for &(customer, day, item, kind) in acts.iter().rev() {
            match EventKind::ALL.get(kind) {
                None => orders.push(order(Some(customer), day, &[item])),
                Some(&kind) => seen.push(event(Some(customer), day, kind, item, None)),
            }
        }
        let again = pool.install(|| fit(&params, &baskets(3, orders), &events(3, seen), cutoff));
        prop_assert_eq!(again, interest);
    }
}

/// The affinities of one customer of SAR's example, at the newest instant and sixty days later: the sum of
/// decayed acts, here taken in one by one.
#[test]
#[cfg_attr(not(has_data = "sar-reference"), ignore = "needs sar-reference in ERBIJ_DATA")]
fn decay_is_that_of_sar() {
    let folder = std::path::Path::new(env!("ERBIJ_DATA")).join("sar-reference");
    let usage = std::fs::read_to_string(folder.join("demoUsage.csv")).expect("readable");
    let rows: Vec<(String, String, Timestamp)> = usage
        .lines()
        .skip(1)
        .map(|line| {
            let fields: Vec<&str> = line.split(',').collect();
            let at = Timestamp::parse(&format!("{}Z", fields[2].replace('/', "-"))).expect("an instant");
            (fields[0].to_owned(), fields[1].to_owned(), at)
        })
        .collect();
    let newest = rows.iter().map(|row| row.2).max().expect("there are rows");
    let days = |from: Timestamp, to: i64| (to - from.micros()) as f64 / MICROS_PER_DAY as f64;
    for (file, later_days) in [("user_aff.csv", 0.0), ("user_aff_2_months_later.csv", 60.0)] {
        let text = std::fs::read_to_string(folder.join(file)).expect("beside the other");
        let lines: Vec<&str> = text.lines().collect();
        let unquoted = |text: &str| text.trim_matches('"').to_owned();
        let names: Vec<String> = lines[0].split(',').skip(1).map(unquoted).collect();
        let values: Vec<f64> =
            lines[1].split(',').skip(1).map(|value| unquoted(value).parse().expect("a number")).collect();
        // One of the files calls the customer by the number of the row.
        let customer = "0003000098E85347";
        let now = newest.micros() + (later_days * MICROS_PER_DAY as f64) as i64;
        let mut n_found = 0;
        for (name, expected) in names.iter().zip(&values) {
            let mut acts: Vec<Timestamp> =
                rows.iter().filter(|row| row.0 == customer && &row.1 == name).map(|row| row.2).collect();
            acts.sort_unstable();
            let (mut value, mut last) = (0.0, acts.first().copied().unwrap_or(newest));
            for at in acts {
                value = decayed(value, days(last, at.micros()), 30.0) + 1.0;
                last = at;
            }
            let found = decayed(value, days(last, now), 30.0);
            assert!((found - expected).abs() < 1e-9 + 1e-6 * expected, "{file} {name}: {found} {expected}");
            n_found += usize::from(found != 0.0);
        }
        assert!(3 < n_found, "{file}: {customer} has acts");
    }
}

#[test]
fn what_a_customer_has_said_counts_as_of_today() {
    let params = InterestParams { stated: 3.0, ..InterestParams::default() }.check().expect("in range");
    let catalogue = catalogue();
    let names = InterestNames::of_catalogue(&catalogue);
    let brand = (catalogue.items().indices())
        .map(|item| catalogue.brand(item))
        .find(|brand| !brand.is_empty())
        .expect("one has a brand");
    let said = names.find(&format!(" {} ", brand.to_uppercase())).expect("found in any case of letters");
    assert!(matches!(said, StatedInterest::Brand(_)));
    assert_eq!(names.find("nothing of the kind"), None);
    let baskets = Baskets::from_orders(2, catalogue.len(), Vec::new()).expect("valid");
    let events = Events::none(2, catalogue.len());
    let stated = Stated::new(vec![(None, Vec::new()), (None, vec![said])]);
    let day = Day::new(900);
    let interest = fit_interest(&params, &baskets, &events, &catalogue, &stated, day.start(), &Silent);
    assert!(interest.of(CustomerIdx::new(0), day).is_empty());
    let profile = interest.columns();
    let facet = interest.facets().of_stated(said, &catalogue);
    let at = profile.facets.iter().position(|&found| found == facet.get()).expect("it is in the profile");
    assert_eq!((profile.short[at], profile.long[at], profile.last_on[at]), (3.0, 3.0, 900));
    // Two half-lives later it still counts in full, where the night's training says it again.
    let later = Day::new(1900);
    let again = fit_interest(&params, &baskets, &events, &catalogue, &stated, later.start(), &Silent);
    assert_eq!(again.columns().long[at], 3.0);
}
