//! Guesses at households against hand-worked odds and planted households.

use erbij_core::{
    Baskets, Catalogue, CatalogueColumns, Currency, CustomerIdx, Day, HouseholdKind, ItemIdx, Order,
    StrColumn, VariantColumns,
};

use super::*;

/// Milk by one and by six, nappies, and something without a category.
fn catalogue() -> Catalogue {
    let ids: StrColumn = ["milk", "milk by six", "nappies", "thing"].iter().collect();
    let columns = CatalogueColumns {
        category: ["Food > Milk", "Food > Milk", "Drugstore > Baby care", ""].iter().collect(),
        pack_size: vec![1.0, 6.0, 1.0, 1.0].into(),
        ..CatalogueColumns::of_ids(ids)
    };
    Catalogue::new(columns, VariantColumns::default(), Currency::EUR).expect("valid")
}

fn order(customer: u32, day: i32, lines: &[(u32, f32)]) -> Order {
    Order {
        customer: Some(CustomerIdx::new(customer)),
        ordered_at: Day::new(day).start(),
        amount_minor: 0,
        lines: lines.iter().map(|&(item, quantity)| (ItemIdx::new(item), quantity)).collect(),
    }
}

/// Customers 0, 3, 6 … buy one milk, 1, 4, 7 … now and then two, 2, 5, 8 … six and nappies.
fn planted(n_customers: u32) -> Baskets {
    let mut orders = Vec::new();
    for customer in 0..n_customers {
        for day in 0..30 {
            orders.push(match customer % 3 {
                0 => order(customer, day, &[(0, 1.0)]),
                1 => order(customer, day, &[(0, if day % 3 == 0 { 2.0 } else { 1.0 })]),
                _ => order(customer, day, &[(1, 2.0), (2, 1.0)]),
            });
        }
    }
    Baskets::from_orders(n_customers as usize + 1, 4, orders).expect("valid")
}

fn kind(customer: u32) -> HouseholdKind {
    HouseholdKind::KNOWN[customer as usize % 3]
}

fn fit(baskets: &Baskets, stated: &[Option<HouseholdKind>], params: &HouseholdParams) -> Household {
    let params = params.check().expect("in range");
    fit_household(&params, baskets, &catalogue(), stated, Day::new(1000).start())
}

#[test]
fn counts_are_set_against_the_population_in_the_same_category() {
    let household = fit(&planted(3), &[], &HouseholdParams::default());
    let columns = household.columns();
    assert_eq!(columns.n_lines.as_ref(), [30, 30, 60, 0]);
    assert_eq!(columns.n_several.as_ref(), [0, 10, 30, 0]);
    // 40 of 90 lines of milk are of two or more, none of nappies.
    for (customer, expected) in [(0, 30.0 * 40.0 / 90.0), (2, 30.0 * 40.0 / 90.0), (3, 0.0)] {
        assert!((columns.expected_several[customer] - expected as f32).abs() < 1e-4);
    }
    // A third of the packs of milk hold six; nappies come in one size, and say nothing.
    assert_eq!(columns.n_packs.as_ref(), [30, 30, 30, 0]);
    let mean = 6_f32.ln() / 3.0;
    assert!((columns.pack_shift[0] + mean).abs() < 1e-5 && (columns.pack_shift[2] - 2.0 * mean).abs() < 1e-5);
    assert_eq!(columns.n_hinted.as_ref(), [0, 0, 0, 0, 30, 0, 0, 0]);
    assert_eq!(household.population().0, [0.25, 0.0]);
    // What is later than the cutoff is not known.
    let params = HouseholdParams::default().check().expect("in range");
    let early = fit_household(&params, &planted(3), &catalogue(), &[], Day::new(9).start());
    assert_eq!(early.columns().n_lines.as_ref(), [10, 10, 20, 0]);
}

#[test]
fn the_probabilities_are_those_of_naive_bayes() {
    let params = HouseholdParams { hints: Vec::new(), pack_spread: 1e9, ..HouseholdParams::default() };
    let household = fit(&planted(3), &[], &params);
    let expected = 30.0 * 40.0 / 90.0;
    // The negative binomial written out: Γ(n + k) / (n! Γ(k)) is the same for all kinds.
    let weight = |kind: usize| {
        let mean: f64 = expected * params.several_ratios[kind];
        params.prior[kind] * (mean / (mean + 4.0)).powi(10) * (4.0 / (mean + 4.0)).powi(4)
    };
    let sum: f64 = (0..3).map(weight).sum();
    let found = household.guess(CustomerIdx::new(1), None).probabilities;
    for kind in 0..3 {
        assert!((f64::from(found[kind]) - weight(kind) / sum).abs() < 1e-5, "{kind}: {found:?}");
    }
}

#[test]
fn planted_households_are_found_and_better_where_some_have_said_what_they_are() {
    let baskets = planted(300);
    let n_right = |household: &Household, of: std::ops::Range<u32>| {
        of.filter(|&customer| household.guess(CustomerIdx::new(customer), None).kind == kind(customer))
            .count()
    };
    let by_default = fit(&baskets, &[], &HouseholdParams::default());
    let families = (0..300).filter(|customer| customer % 3 == 2);
    let guess = |customer| by_default.guess(CustomerIdx::new(customer), None);
    assert!(families.into_iter().all(|customer| guess(customer).kind == HouseholdKind::Family));
    assert_eq!(guess(0).kind, HouseholdKind::Single);

    let stated: Vec<_> = (0..150).map(|customer| Some(kind(customer))).collect();
    let learned = fit(&baskets, &stated, &HouseholdParams::default());
    assert_eq!(n_right(&learned, 150..300), 150);
    let rates = learned.rates();
    assert!(rates.several[0] < 0.01 && (rates.packs[2] - 2.0 * 6_f64.ln() / 3.0).abs() < 1e-6);
    assert_eq!(rates.prior, [1.0 / 3.0; 3]);
    // Too few have said it: the defaults stay.
    assert_eq!(fit(&baskets, &stated[..140], &HouseholdParams::default()).rates(), by_default.rates());
}

#[test]
fn what_was_stated_wins_and_little_is_not_guessed_from() {
    let household = fit(&planted(3), &[], &HouseholdParams::default());
    let stated = household.guess(CustomerIdx::new(2), Some(HouseholdKind::Single));
    assert_eq!((stated.kind, stated.probability, stated.is_stated), (HouseholdKind::Single, 1.0, true));
    assert_eq!(stated.probabilities, [1.0, 0.0, 0.0]);
    assert_eq!(stated.evidence[0], HouseholdEvidence::Stated);
    let unknown = household.guess(CustomerIdx::new(2), Some(HouseholdKind::Unknown));
    assert!(!unknown.is_stated && unknown.kind == HouseholdKind::Family);

    // What the customers table says is kept, and gives way to what is put right here.
    let said = [None, None, Some(HouseholdKind::Couple)];
    let household = fit(&planted(3), &said, &HouseholdParams::default());
    assert_eq!(household.columns().stated.as_ref(), [0, 0, 2, 0]);
    let guess = |stated| household.guess(CustomerIdx::new(2), stated);
    assert_eq!((guess(None).kind, guess(None).is_stated), (HouseholdKind::Couple, true));
    assert_eq!(guess(Some(HouseholdKind::Single)).kind, HouseholdKind::Single);

    let nobody = household.guess(CustomerIdx::new(3), None);
    assert_eq!((nobody.kind, nobody.is_stated), (HouseholdKind::Unknown, false));
    for (found, prior) in nobody.probabilities.iter().zip(HouseholdParams::default().prior) {
        assert!((f64::from(*found) - prior).abs() < 1e-6);
    }
    let early = HouseholdParams { min_lines: 61, ..HouseholdParams::default() };
    assert_eq!(fit(&planted(3), &[], &early).guess(CustomerIdx::new(2), None).kind, HouseholdKind::Unknown);
}

#[test]
fn evidence_says_how_many_and_how_many_were_to_be_expected() {
    let household = fit(&planted(3), &[], &HouseholdParams::default());
    let evidence = household.guess(CustomerIdx::new(2), None).evidence;
    let expected = 30.0 * 40.0 / 90.0;
    assert_eq!(evidence.len(), 3, "nobody buys for children: {evidence:?}");
    assert!(
        matches!(evidence[0], HouseholdEvidence::Several { n: 30, expected: e } if (e - expected as f32).abs() < 1e-4)
    );
    assert!(matches!(evidence[1], HouseholdEvidence::Packs { ratio, n: 30 } if 3.0 < ratio));
    assert_eq!(evidence[2], HouseholdEvidence::Hint { name: "baby".to_owned(), n: 30, expected: 15.0 });
}

#[test]
fn hints_are_found_at_the_beginning_of_words() {
    let params = HouseholdParams::default().check().expect("in range");
    for (path, expected) in [
        ("Drogist > Babyverzorging", &[0][..]),
        ("GROCERY > BABY FOODS", &[0]),
        ("Zuivel > Kaas > Babybel", &[]),
        ("Speelgoed > Kinderwagens", &[1]),
        ("Home > Toys > Baby", &[0, 1]),
        ("Home > Notoyota", &[]),
        ("", &[]),
    ] {
        assert_eq!(params.hints_of(path), expected, "{path}");
    }
}

#[test]
fn a_population_that_does_not_differ_says_nothing() {
    let orders = (0..30).map(|day| order(0, day, &[(3, 1.0)])).collect();
    let baskets = Baskets::from_orders(1, 4, orders).expect("valid");
    let guess = fit(&baskets, &[], &HouseholdParams::default()).guess(CustomerIdx::new(0), None);
    assert_eq!((guess.kind, guess.evidence.len()), (HouseholdKind::Unknown, 0));
    let nobody = Baskets::from_orders(0, 4, Vec::new()).expect("valid");
    assert_eq!(fit(&nobody, &[], &HouseholdParams::default()).n_customers(), 0);
}

#[test]
fn columns_and_params_that_break_a_rule_are_refused() {
    let good = fit(&planted(3), &[], &HouseholdParams::default());
    let params = || HouseholdParams::default().check().expect("in range");
    let check = |change: fn(&mut HouseholdColumns), expected: &str| {
        let mut columns = good.columns().clone();
        change(&mut columns);
        let (shares, deviation) = good.population();
        let made = Household::new(params(), good.rates().clone(), shares.to_vec(), deviation, columns);
        assert_eq!(made.expect_err(expected).to_string(), expected);
    };
    check(|c| c.n_several = vec![0].into(), "column `n_several` has 1 values, expected 4");
    check(|c| c.n_hinted = vec![0].into(), "column `n_hinted` has 1 values, expected 8");
    check(|c| c.n_several = vec![31, 0, 0, 0].into(), "row 0: it counts more lines than there are");
    check(|c| c.pack_shift = vec![f32::NAN; 4].into(), "row 0: a value is below zero or no number");
    let rates = HouseholdRates { several: [0.0; 3], ..good.rates().clone() };
    let (shares, deviation) = good.population();
    assert!(Household::new(params(), rates, shares.to_vec(), deviation, good.columns().clone()).is_err());

    let name = |change: fn(&mut HouseholdParams)| {
        let mut params = HouseholdParams::default();
        change(&mut params);
        params.check().expect_err("out of range").name
    };
    assert_eq!(name(|p| p.prior = [0.5, 0.5, 0.5]), "prior");
    assert_eq!(name(|p| p.hints[0].ratios[1] = 0.0), "ratios");
    assert_eq!(name(|p| p.pack_shifts[0] = f64::NAN), "pack_shifts");
    assert_eq!(name(|p| p.min_lines = 0), "min_lines");
}
