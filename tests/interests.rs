//! Interests and households held against what is true: of a simulated shop, where it was planted, and of Complete
//! Journey, whose customers have said it. The figures are printed; run with `--nocapture` to see them.

use std::collections::BTreeMap;
use std::path::Path;

use erbij_core::{CustomerIdx, HouseholdKind, Silent, Stated, Timestamp};
use erbij_ingest::{Ingested, Settings, Sources};
use erbij_people::{FacetKind, HouseholdParams, Interest, InterestParams, fit_household, fit_interest};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;

use crate::program::{data_set, shop};

/// The rows of a table, each field as text; parts of a list by lines.
pub(crate) fn rows(path: &Path) -> Vec<BTreeMap<String, String>> {
    let file = std::fs::File::open(path).expect("it is there");
    let reader = SerializedFileReader::new(file).expect("Parquet");
    let text = |field: &Field| match field {
        Field::Str(text) => text.clone(),
        Field::ListInternal(list) => {
            let parts = list.elements().iter().map(|part| part.to_string().trim_matches('"').to_owned());
            parts.collect::<Vec<_>>().join("\n")
        }
        other => other.to_string(),
    };
    let row = |row: parquet::record::Row| {
        row.get_column_iter().map(|(name, field)| (name.clone(), text(field))).collect()
    };
    reader.get_row_iter(None).expect("rows").map(|found| row(found.expect("a row"))).collect()
}

fn ingest(folder: &Path, items: &str, events: bool, settings: &str) -> Ingested {
    let path = |name: &str| folder.join(name).to_str().expect("text").to_owned();
    let sources = Sources {
        orders: path("orders.parquet"),
        items: Some(path(items)),
        customers: Some(path("customers.parquet")),
        events: events.then(|| path("events.parquet")),
        judged_orders: None,
    };
    // The end of every simulated history; what the shop dates in 2099 is dirt.
    let now = Timestamp::parse("2026-01-01").expect("a date");
    let settings = Settings::from_toml(settings).expect("settings");
    erbij_ingest::ingest(&sources, &settings, now, &Silent).expect("readable")
}

fn cutoff(ingested: &Ingested) -> Timestamp {
    ingested.baskets.window().expect("there are orders").1
}

/// How often one of the first kind has more than one of the second, ties by half: the area under the ROC curve.
fn auc(of_first: &[f32], of_second: &[f32]) -> f64 {
    let mut all: Vec<(f32, bool)> = of_first.iter().map(|&score| (score, true)).collect();
    all.extend(of_second.iter().map(|&score| (score, false)));
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut below, mut sum) = (0.0, 0.0);
    for ties in all.chunk_by(|a, b| a.0 == b.0) {
        let n_first = ties.iter().filter(|(_, first)| *first).count() as f64;
        let n_second = ties.len() as f64 - n_first;
        sum += n_first * (below + n_second / 2.0);
        below += n_second;
    }
    sum / (of_first.len() as f64 * of_second.len() as f64)
}

/// A category of the second level, where interests are planted.
fn second_level(path: &str) -> Option<String> {
    let parts: Vec<&str> = path.split(" > ").take(2).collect();
    (parts.len() == 2).then(|| parts.join(" > "))
}

/// The categories a customer cares for, best first.
fn told_categories(interest: &Interest, ingested: &Ingested, customer: CustomerIdx) -> Vec<String> {
    let facets = interest.facets();
    let mut told: Vec<String> = Vec::new();
    for found in interest.of(customer, cutoff(ingested).day()) {
        let is_category = facets.kind(found.facet) == FacetKind::Category;
        let name = second_level(facets.name(found.facet)).filter(|name| is_category && !told.contains(name));
        told.extend(name);
    }
    told
}

/// The categories that a customer bought most often, without regard to when and to what all others buy.
fn bought_categories(ingested: &Ingested, customer: CustomerIdx) -> Vec<String> {
    let (baskets, catalogue) = (&ingested.baskets, &ingested.catalogue);
    let mut counts = BTreeMap::<String, usize>::new();
    for &item in baskets.of_customer(customer).flat_map(|basket| baskets.items(basket)) {
        let path = catalogue.category(item).map(|category| catalogue.categories().path(category));
        if let Some(name) = path.and_then(second_level) {
            *counts.entry(name).or_default() += 1;
        }
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(name, n)| (std::cmp::Reverse(*n), name.clone()));
    counts.into_iter().map(|(name, _)| name).collect()
}

#[test]
fn planted_interests_are_found() {
    let ingested = ingest(shop(), "items.parquet", true, "");
    assert!(1000 < ingested.events.len(), "the shop has events");
    let params = InterestParams::default().check().expect("in range");
    let Ingested { baskets, events, catalogue, customers, .. } = &ingested;
    let interest = fit_interest(
        &params,
        baskets,
        events,
        catalogue,
        &Stated::none(customers.len()),
        cutoff(&ingested),
        &Silent,
    );
    let (mut n_told, mut n_right, mut n_bought, mut n_bought_right) = (0, 0, 0, 0);
    let (mut n_judged, mut first, mut first_bought) = (0, 0, 0);
    for row in rows(&shop().join("truth/customers.parquet")) {
        let Some(customer) = customers.idx_from_id(&row["customer_id"]) else { continue };
        let truth: Vec<&str> = row["interests"].lines().collect();
        let told = told_categories(&interest, &ingested, customer);
        let bought = bought_categories(&ingested, customer);
        let is_true = |name: &String| truth.contains(&name.as_str());
        n_told += told.len();
        n_right += told.iter().filter(|name| is_true(name)).count();
        if let (Some(best), Some(most)) = (told.first(), bought.first()) {
            n_judged += 1;
            first += usize::from(is_true(best));
            first_bought += usize::from(is_true(most));
            n_bought += bought.len();
            n_bought_right += bought.iter().filter(|name| is_true(name)).count();
        }
    }
    let share = |n: usize, of: usize| n as f64 / of as f64;
    println!(
        "interests: {n_judged} customers; of {n_told} told {:.3} are true, of all bought {:.3}; the first told is \
         true {:.3}, the most bought {:.3}",
        share(n_right, n_told),
        share(n_bought_right, n_bought),
        share(first, n_judged),
        share(first_bought, n_judged)
    );
    assert!(500 < n_judged);
    assert!(0.9 < share(n_right, n_told));
    assert!(share(n_bought_right, n_bought) + 0.1 < share(n_right, n_told));
}

/// What a guess is worth, among those who are one kind and those who are another.
struct Worth {
    n: [usize; 2],
    auc: f64,
    accuracy: f64,
    majority: f64,
}

/// Judges the guesses at customers who are one of two kinds; `score` is how much speaks for the first of them.
fn worth(of: &[(CustomerIdx, bool)], score: impl Fn(CustomerIdx) -> f32) -> Worth {
    let scores = |first: bool| -> Vec<f32> {
        of.iter().filter(|(_, is)| *is == first).map(|&(customer, _)| score(customer)).collect()
    };
    let (first, second) = (scores(true), scores(false));
    let right = first.iter().filter(|&&s| 0.5 < s).count() + second.iter().filter(|&&s| s <= 0.5).count();
    Worth {
        n: [first.len(), second.len()],
        auc: auc(&first, &second),
        accuracy: right as f64 / of.len() as f64,
        majority: first.len().max(second.len()) as f64 / of.len() as f64,
    }
}

impl Worth {
    #[expect(clippy::print_stdout, reason = "figures are for whoever asks for them")]
    fn print(&self, what: &str) {
        let Self { n: [first, second], auc, accuracy, majority } = self;
        println!(
            "{what}: {first} and {second}, AUC {auc:.3}, accuracy {accuracy:.3}, majority {majority:.3}"
        );
    }
}

#[test]
fn planted_households_are_guessed_better_than_chance() {
    let ingested = ingest(shop(), "items.parquet", false, "");
    let truth: Vec<(CustomerIdx, bool)> = rows(&shop().join("truth/customers.parquet"))
        .iter()
        .filter_map(|row| {
            Some((ingested.customers.idx_from_id(&row["customer_id"])?, row["household"] == "family"))
        })
        .collect();
    let (held_out, said): (Vec<_>, Vec<_>) =
        truth.into_iter().partition(|(customer, _)| customer.get() % 2 == 0);
    let mut stated = vec![None; ingested.customers.len()];
    for (customer, is_family) in said {
        stated[customer.index()] =
            Some(if is_family { HouseholdKind::Family } else { HouseholdKind::Single });
    }
    let params = HouseholdParams::default().check().expect("in range");
    for (what, stated) in [("by default", &[][..]), ("learned", &stated)] {
        let Ingested { baskets, catalogue, .. } = &ingested;
        let household = fit_household(&params, baskets, catalogue, stated, cutoff(&ingested));
        let with_lines: Vec<_> = held_out
            .iter()
            .copied()
            .filter(|(customer, _)| 20 <= household.columns().n_lines[customer.index()])
            .collect();
        let not_single = |customer: CustomerIdx| 1.0 - household.guess(customer, None).probabilities[0];
        let worth = worth(&with_lines, not_single);
        worth.print(&format!("simulated, more than one, {what}, {:?}", household.rates()));
        assert!(0.6 < worth.auc, "{}", worth.auc);
    }
}

#[test]
#[cfg_attr(not(has_data = "complete-journey"), ignore = "needs complete-journey in ERBIJ_DATA")]
fn households_of_complete_journey_are_guessed_better_than_chance() {
    let folder = data_set("complete-journey");
    let ingested = ingest(&folder, "products.parquet", false, "currency = 'USD'");
    let table = rows(&folder.join("customers.parquet"));
    let kind =
        |row: &BTreeMap<String, String>| match (row["household_size"].as_str(), row["kids_count"].as_str()) {
            (_, "1" | "2" | "3+") | ("3" | "4" | "5+", _) => Some(HouseholdKind::Family),
            ("1", _) => Some(HouseholdKind::Single),
            ("2", _) => Some(HouseholdKind::Couple),
            _ => None,
        };
    let mut truth: Vec<(CustomerIdx, HouseholdKind)> = table
        .iter()
        .filter_map(|row| Some((ingested.customers.idx_from_id(&row["customer_id"])?, kind(row)?)))
        .collect();
    truth.sort_by_key(|&(customer, _)| customer);
    let (held_out, said): (Vec<_>, Vec<_>) =
        truth.into_iter().partition(|(customer, _)| customer.get() % 2 == 0);
    let mut stated = vec![None; ingested.customers.len()];
    said.into_iter().for_each(|(customer, kind)| stated[customer.index()] = Some(kind));
    let params = HouseholdParams::default().check().expect("in range");
    for (what, stated) in [("by default", &[][..]), ("learned", &stated)] {
        let Ingested { baskets, catalogue, .. } = &ingested;
        let household = fit_household(&params, baskets, catalogue, stated, cutoff(&ingested));
        println!("{what}: {:?}", household.rates());
        let guess = |customer: CustomerIdx| household.guess(customer, None);
        let of = |first: HouseholdKind| -> Vec<(CustomerIdx, bool)> {
            held_out.iter().map(|&(customer, kind)| (customer, kind == first)).collect()
        };
        let family = worth(&of(HouseholdKind::Family), |customer| guess(customer).probabilities[2]);
        family.print(&format!("Complete Journey, family or not, {what}"));
        worth(&of(HouseholdKind::Single), |customer| guess(customer).probabilities[0])
            .print(&format!("Complete Journey, single or not, {what}"));
        let known: Vec<_> = held_out
            .iter()
            .map(|&(customer, kind)| (guess(customer).kind, kind))
            .filter(|(found, _)| *found != HouseholdKind::Unknown)
            .collect();
        let n_right = known.iter().filter(|(found, kind)| found == kind).count();
        println!(
            "Complete Journey, three kinds, {what}: {} of {} told, right {:.3}",
            known.len(),
            held_out.len(),
            n_right as f64 / known.len() as f64
        );
        assert!(0.55 < family.auc, "{}", family.auc);
    }
}
