use std::collections::BTreeSet;

use erbij_core::{
    Baskets, Catalogue, CatalogueColumns, Currency, CustomerIdx, Day, ItemIdx, NeighbourOrder, Neighbours,
    Order, RowOffsets, Silent, StrColumn, Timestamp, VariantColumns,
};
use proptest::prelude::*;

use super::company::CompanyColumns;
use super::*;
use crate::item_weights::ItemWeights;
use crate::popularity::{Popularity, PopularityParams, fit_popularity};
use crate::privacy::{PrivacyFloor, PrivacyParams};

/// Who, on which day, what.
type Bought = (Option<u32>, i32, Vec<u32>);

fn catalogue(titles: &[&str]) -> Catalogue {
    let ids: Vec<String> = (0..titles.len()).map(|item| format!("i{item:03}")).collect();
    let columns = CatalogueColumns {
        title: titles.iter().copied().collect::<StrColumn>(),
        ..CatalogueColumns::of_ids(ids.iter().map(String::as_str).collect())
    };
    Catalogue::new(columns, VariantColumns::default(), Currency::EUR).expect("valid")
}

fn baskets(n_items: usize, bought: &[Bought]) -> Baskets {
    let order = |(customer, day, items): &Bought| Order {
        customer: customer.map(CustomerIdx::new),
        ordered_at: Day::new(*day).start(),
        amount_minor: 0,
        lines: items.iter().map(|&item| (ItemIdx::new(item), 1.0)).collect(),
    };
    Baskets::from_orders(9, n_items, bought.iter().map(order).collect()).expect("valid")
}

fn popularity(baskets: &Baskets, cutoff: Timestamp) -> Popularity {
    fit_popularity(&PopularityParams::default().check().expect("in range"), baskets, cutoff)
}

fn params() -> CheckedRelatedParams {
    RelatedParams::default().check().expect("in range")
}

fn count(baskets: &Baskets, catalogue: &Catalogue) -> CompanyColumns {
    let (_, cutoff) = baskets.window().expect("there are orders");
    let floor = PrivacyFloor::new(&PrivacyParams::default(), catalogue);
    let (popularity, taught) = (popularity(baskets, cutoff), RelatedWeights::of_other_shops());
    count_company(&params(), 4, baskets, cutoff, &popularity, &floor, &taught, &Silent)
}

fn related(baskets: &Baskets, catalogue: &Catalogue, walks: Option<&ItemWeights>) -> Related {
    let (_, cutoff) = baskets.window().expect("there are orders");
    let company = count(baskets, catalogue);
    let popularity = popularity(baskets, cutoff);
    fit_related(&params(), &company, walks, catalogue, &popularity, RelatedLessons::of_other_shops(), &Silent)
}

fn items(related: &Related, anchor: u32) -> Vec<u32> {
    related.of(ItemIdx::new(anchor)).map(|pair| pair.item.get()).collect()
}

proptest! {
    /// Orders and people behind every pair are those that a look at all orders finds, and pairs are those that enough people
    /// stand behind and that chance does not explain.
    #[test]
    fn company_is_counted_as_by_hand(
        bought in proptest::collection::vec(
            (proptest::option::of(0_u32..4), 0_i32..200, proptest::collection::btree_set(0_u32..6, 1..6)),
            1..60,
        ),
    ) {
        let bought: Vec<Bought> =
            bought.into_iter().map(|(who, day, items)| (who, day, items.into_iter().collect())).collect();
        let baskets = baskets(6, &bought);
        let company = count(&baskets, &catalogue(&[""; 6]));
        let newest = bought.iter().map(|&(_, day, _)| day).max().expect("there are some");
        let weight = |day: i32| (f64::from(day - newest) / 60.0).exp2();
        let small = || bought.iter().filter(|(.., items)| items.len() <= 4);
        let lines_of = |item: u32| -> f64 {
            small().filter(|(.., items)| items.contains(&item)).map(|&(_, day, _)| weight(day)).sum()
        };
        let all_lines: f64 = (0..6).map(lines_of).sum();
        for (a, b) in (0..6).flat_map(|a| (0..6).map(move |b| (a, b))).filter(|(a, b)| a != b) {
            let both: Vec<&Bought> =
                small().filter(|(.., items)| items.contains(&a) && items.contains(&b)).collect();
            // Guest orders of the same items on one day, which here is one instant, are one person's.
            let people: BTreeSet<_> =
                both.iter().map(|(who, day, items)| (who, who.is_none().then_some((day, items)))).collect();
            let decayed: f64 = both.iter().map(|(_, day, _)| weight(*day)).sum();
            let beside: f64 = small()
                .filter(|(.., items)| items.contains(&a))
                .map(|(_, day, items)| weight(*day) * (items.len() - 1) as f64)
                .sum();
            let by_chance = beside * lines_of(b) / all_lines;
            if (decayed - by_chance).abs() < 1e-4 {
                continue;
            }
            let row = company.rows.range(a as usize);
            let found = company.items[row.clone()].iter().position(|&item| item == b);
            let found = found.map(|at| company.companies[row][at]);
            if people.len() < 3 || decayed < by_chance {
                prop_assert_eq!(found, None, "{} people, {} orders, {} by chance", people.len(), decayed, by_chance);
            } else {
                let found = found.expect("enough people stand behind it");
                prop_assert_eq!(found.cooccurrence as usize, both.len());
                prop_assert_eq!(found.customers as usize, people.len());
                prop_assert!((f64::from(found.decayed) - decayed).abs() < 1e-4 * (1.0 + decayed));
            }
        }
    }
}

#[test]
fn what_more_people_order_with_it_stands_first() {
    let together = |other: u32, n: u32| (0..n).map(move |who| (Some(who), 100, vec![0, other]));
    let bought: Vec<Bought> = together(1, 3).chain(together(2, 8)).chain(together(3, 5)).collect();
    assert_eq!(items(&related(&baskets(4, &bought), &catalogue(&[""; 4]), None), 0), [2, 3, 1]);
}

#[test]
fn what_orders_say_lately_counts_more_than_what_they_said_once() {
    let together = |other: u32, day: i32| (0..6).map(move |who| (Some(who), day, vec![0, other]));
    let bought: Vec<Bought> =
        together(1, 0).chain(together(2, 400)).chain([(Some(7), 400, vec![3])]).collect();
    let related = related(&baskets(4, &bought), &catalogue(&[""; 4]), None);
    assert_eq!(items(&related, 0), [2, 1]);
}

/// Two people are not enough for anything others are shown; the catalogue tells what is like it, and customers what they
/// bought at other times.
#[test]
fn a_pair_of_few_people_is_no_pair_and_the_page_is_filled_by_what_is_alike() {
    let bought: Vec<Bought> = (0..2).map(|who| (Some(who), 10, vec![0, 1])).collect();
    let titles = ["red mug", "blue lamp", "red bowl", "white mug", ""];
    let baskets = baskets(5, &bought);
    let without = related(&baskets, &catalogue(&titles), None);
    assert_eq!(items(&without, 0).into_iter().collect::<BTreeSet<_>>(), BTreeSet::from([2, 3]));
    assert!(without.of(ItemIdx::new(0)).all(|pair| pair.customers == 0 && pair.walks == 0.0));
    assert_eq!(items(&without, 4), [0; 0], "it shares nothing with anything");

    let rows = RowOffsets::from_lens([2, 0, 0, 0, 0]);
    let walks = Neighbours::new(rows, vec![1, 4].into(), vec![0.5, -0.25].into(), 5, NeighbourOrder::ByItem);
    let walks = ItemWeights::new(walks.expect("a row by item"));
    let with = related(&baskets, &catalogue(&titles), Some(&walks));
    let of_walks = with.pair(ItemIdx::new(0), ItemIdx::new(1)).expect("customers bring it up");
    assert_eq!((of_walks.walks, of_walks.customers), (1.0, 0));
    assert_eq!(
        with.pair(ItemIdx::new(0), ItemIdx::new(4)),
        None,
        "what customers speak against is no candidate"
    );
}

#[test]
fn probabilities_are_probabilities_whatever_the_weights() {
    for (weight, constant) in [(0.0, 0.0), (1e6, 0.0), (-1e6, 0.0), (0.0, 1e30), (0.0, -1e30)] {
        let weights = RelatedWeights::new(&[weight; 13], constant).expect("finite");
        let probability = weights.probability(&[1.0; 13]);
        assert!(0.0 < probability && probability < 1.0, "{weight} {constant}: {probability}");
    }
    assert!(RelatedWeights::new(&[0.0; 12], 0.0).is_none());
    assert!(RelatedWeights::new(&[f32::NAN; 13], 0.0).is_none());
    assert!(RelatedWeights::new(&[0.0; 13], f32::INFINITY).is_none());
}

#[test]
fn features_by_hand() {
    // Four orders of 0 and 1 on the last day, four of 1 alone 60 days before, worth half: b′ = 6, n′ = 6.
    let with = (0..4).map(|who| (Some(who), 60, vec![0, 1]));
    let bought: Vec<Bought> = with.chain((4..8).map(|who| (Some(who), 0, vec![1]))).collect();
    let baskets = baskets(2, &bought);
    let catalogue = catalogue(&["red mug", "red mug"]);
    let company = count(&baskets, &catalogue);
    let (_, cutoff) = baskets.window().expect("there are orders");
    let popularity = popularity(&baskets, cutoff);
    let orders = features::OrderFacts { counts: company.counts(), popularity: &popularity, smoothing: 20.0 };
    let alike = crate::Alike::new(&catalogue);
    let facts = features::PairFacts::new(orders, &catalogue, &alike);
    let found = facts.features(ItemIdx::new(0), ItemIdx::new(1), &company.companies[0], 0.25);
    let expected = [
        (RelatedFeature::Share, ((4.0 + 20.0) / (4.0 + 20.0_f64)).ln()),
        (RelatedFeature::LogLift, 4.0 / 9.0 * 2.0_f64.ln()),
        (RelatedFeature::Surprise, 0.0),
        (RelatedFeature::Cosine, 4.0 / 32.0_f64.sqrt()),
        (RelatedFeature::Walks, 0.5),
        (RelatedFeature::People, 5.0_f64.ln()),
        (RelatedFeature::Orders, 9.0_f64.ln()),
        (RelatedFeature::Trend, (9.0_f64 / 5.0).ln()),
        (RelatedFeature::Alike, 1.0),
        (RelatedFeature::Category, 0.0),
        (RelatedFeature::Parent, 0.0),
        (RelatedFeature::Brand, 0.0),
        (RelatedFeature::Price, 1.0),
    ];
    // Items are numbered as given here: the second is the more popular, and the anchor the first.
    for (feature, expected) in expected {
        let found = f64::from(found[feature as usize]);
        assert!((found - expected).abs() < 1e-5, "{}: {found}, expected {expected}", feature.name());
    }
}

/// A popular item speaks for thousands. Those that orders do not bring up as well are candidates if they are among the
/// strongest, so that the work of an item stays bounded.
#[test]
fn of_a_long_row_of_customers_only_the_strongest_are_candidates() {
    let n_items = 12;
    let bought: Vec<Bought> = (0..3).map(|who| (Some(who), 10, vec![0, 1])).collect();
    let (baskets, catalogue) = (baskets(n_items, &bought), catalogue(&[""; 12]));
    let lens = (0..n_items).map(|item| if item == 0 { n_items - 1 } else { 0 });
    let others: Vec<u32> = (1..n_items as u32).collect();
    let weights: Vec<f32> = others.iter().map(|&item| item as f32).collect();
    let rows = RowOffsets::from_lens(lens);
    let walks = Neighbours::new(rows, others.into(), weights.into(), n_items, NeighbourOrder::ByItem);
    let walks = ItemWeights::new(walks.expect("a row by item"));
    let company = count(&baskets, &catalogue);
    let (_, cutoff) = baskets.window().expect("there are orders");
    let (popularity, alike) = (popularity(&baskets, cutoff), crate::Alike::new(&catalogue));
    let params = RelatedParams { neighbours: 2, ..RelatedParams::default() }.check().expect("in range");
    let candidates = fit::Candidates::new(&params, &company, Some(&walks), &catalogue, &popularity, &alike);
    let mut scratch = candidates.new_scratch();
    candidates.gather(ItemIdx::new(0), &mut scratch);
    let found: Vec<(u32, f32)> =
        scratch.candidates.iter().map(|&(item, _, walks)| (item.get(), walks)).collect();
    assert_eq!(found, [(1, 1.0 / 11.0), (10, 10.0 / 11.0), (11, 1.0)]);
}

/// Pairs of three anchors, whose measures are given and not counted.
fn of_a_basket() -> Related {
    let rows = RowOffsets::from_lens([2, 1, 0, 0, 1]);
    let items = vec![2, 3, 2, 0];
    let neighbours =
        Neighbours::new(rows, items.into(), vec![0.5, 0.25, 0.125, 0.5].into(), 5, NeighbourOrder::ByScore);
    let columns = RelatedColumns {
        neighbours: neighbours.expect("rows fall"),
        cooccurrences: vec![4, 0, 4, 4].into(),
        customers: vec![4, 0, 4, 4].into(),
        walks: vec![0.5, 0.0, 0.25, 1.0].into(),
    };
    let baskets = BasketRanking {
        shares: vec![0.5, 0.25, 0.125, 0.5].into(),
        log_likelihood_ratios: vec![10.0, 0.0, 3.0, 1.0].into(),
        log_lifts: vec![2.0, 0.0, 1.0, 1.0].into(),
        weights: BasketWeights::of_other_shops(),
    };
    Related::new(columns, RelatedWeights::of_other_shops(), Some(baskets)).expect("valid")
}

#[test]
fn features_of_a_basket_by_hand() {
    let related = of_a_basket();
    // Two people bought item 2, nobody item 3.
    let bought: Vec<Bought> = (0..2).map(|who| (Some(who), 60, vec![2])).collect();
    let baskets = baskets(5, &bought);
    let (_, cutoff) = baskets.window().expect("there are orders");
    let popularity = popularity(&baskets, cutoff);
    let items = |items: &[u32]| items.iter().copied().map(ItemIdx::new).collect::<Vec<_>>();
    let found = related.basket_candidates(&items(&[0, 1, 4]), &popularity);
    // What item 4 is related to is in the basket.
    assert_eq!(found.iter().map(|(item, _)| item.get()).collect::<Vec<_>>(), [2, 3]);
    let (size, surprise, people) = (3.0_f64.ln(), 14.0_f64.ln(), 3.0_f64.ln());
    let trend = f64::from(popularity.trend(ItemIdx::new(2)));
    let of_both = [
        0.628_f64.ln(),
        0.503_f64.ln(),
        1.128_f64.ln(),
        (3.0 * 9.0 / 54.0 + 0.003_f64).ln(),
        surprise,
        0.75_f64.sqrt(),
        2.0 / 3.0,
        people,
        trend,
        size * surprise,
        size * people,
    ];
    let of_one =
        [0.253_f64.ln(), 0.253_f64.ln(), 0.003_f64.ln(), 0.003_f64.ln(), 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
    for ((_, found), expected) in found.iter().zip([of_both, of_one]) {
        for ((&found, expected), feature) in found.iter().zip(expected).zip(BasketFeature::ALL) {
            assert!(
                (f64::from(found) - expected).abs() < 1e-5,
                "{}: {found}, not {expected}",
                feature.name()
            );
        }
    }
    assert_eq!(related.basket_candidates(&items(&[4, 1, 0]), &popularity), found, "a basket has no order");
    assert_eq!(related.basket_candidates(&items(&[2, 3]), &popularity), []);
    assert_eq!(related.basket_candidates(&[], &popularity), []);
}

#[test]
fn a_basket_is_scored_by_probabilities_and_an_older_artifact_scores_none() {
    let related = of_a_basket();
    let baskets = baskets(5, &[(Some(0), 60, vec![2])]);
    let (_, cutoff) = baskets.window().expect("there are orders");
    let popularity = popularity(&baskets, cutoff);
    let anchors = [ItemIdx::new(0), ItemIdx::new(1)];
    let mut board = erbij_core::ScoreBoard::new(5);
    related.score_basket(&anchors, &popularity, &mut board);
    let scored: Vec<(ItemIdx, f64)> = board.take_unsorted().collect();
    assert!(scored.iter().all(|&(_, score)| 0.0 < score && score < 1.0), "{scored:?}");
    assert_eq!(scored.len(), 2);
    let of = |wanted: u32| scored.iter().find(|(item, _)| item.get() == wanted).expect("scored").1;
    assert!(of(3) < of(2), "{scored:?}");

    let older = Related::new(related.columns().clone(), related.weights().clone(), None).expect("valid");
    older.score_basket(&anchors, &popularity, &mut board);
    assert_eq!(board.take_unsorted().count(), 0);
}

#[test]
fn measures_of_baskets_are_checked() {
    let related = of_a_basket();
    let new = |change: &dyn Fn(&mut BasketRanking)| {
        let mut baskets = related.baskets().expect("it ranks them").clone();
        change(&mut baskets);
        Related::new(related.columns().clone(), related.weights().clone(), Some(baskets))
    };
    assert!(new(&|_| {}).is_ok());
    for (name, change) in [
        ("shares", (|baskets| baskets.shares = vec![0.5; 3].into()) as fn(&mut BasketRanking)),
        ("log_lifts", |baskets| baskets.log_lifts = vec![0.5; 5].into()),
        ("row 0", |baskets| baskets.log_lifts = vec![f32::NAN, 0.0, 0.0, 0.0].into()),
        ("row 1", |baskets| baskets.log_likelihood_ratios = vec![0.0, 0.0, -1.0, 0.0].into()),
        ("row 4", |baskets| baskets.shares = vec![0.0, 0.0, 0.0, f32::INFINITY].into()),
    ] {
        let error = new(&change).expect_err(name).to_string();
        assert!(error.contains(name), "{name}: {error}");
    }
    assert!(BasketWeights::new(&[0.0; 10], 0.0).is_none());
    assert!(BasketWeights::new(&[f32::NAN; 11], 0.0).is_none());
}
