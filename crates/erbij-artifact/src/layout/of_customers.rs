//! The sections of what is known of each customer: there, and back. All came with format 2.1.

use arrow_array::ArrayRef;
use erbij_core::{Catalogue, StrColumn};
use erbij_models::{
    CheckedRecipe, Household, HouseholdColumns, HouseholdRates, Interest, InterestColumns, Lifetime,
    LifetimeColumns, LifetimeLaw, ModelSet, Replenishment, ReplenishmentColumns,
};

use super::{Fault, Sections, check_rows, check_same_rows};
use crate::section_read::Section;
use crate::section_spec::{
    FACETS, HOUSEHOLD_RATES, HOUSEHOLDS, INTERESTS, LIFETIME, LIFETIME_LAW, REPLENISHMENT,
    REPLENISHMENT_ITEMS, SectionSpec,
};
use crate::section_write::{
    bytes, days, lists_of_codes, lists_of_days, lists_of_numbers, lists_of_scores, numbers, parameters, text,
    weights,
};

/// What the three rates of every household are called, and what stands before the name of a hint.
const RATE_NAMES: [&str; 3] = ["prior", "several", "packs"];
const HINT_PREFIX: &str = "hint: ";

/// The columns of every model that there is.
pub(super) fn columns_of(model_set: &ModelSet) -> Vec<(SectionSpec, Vec<ArrayRef>)> {
    let mut sections = Vec::new();
    if let Some(replenishment) = &model_set.replenishment {
        let columns = replenishment.columns();
        sections.push((REPLENISHMENT, replenishment_columns(columns)));
        sections.push((REPLENISHMENT_ITEMS, vec![weights(columns.exponents.to_vec())]));
    }
    if let Some(lifetime) = &model_set.lifetime {
        let columns = lifetime.columns();
        let of_customers = vec![
            numbers(&columns.n_repeat_days),
            days(&columns.first_bought_on, i32::MIN),
            days(&columns.last_bought_on, i32::MIN),
            weights(columns.mean_spend_minor.to_vec()),
        ];
        let law = serde_json::to_string(lifetime.law()).expect("plain data, all numbers finite");
        sections.extend([(LIFETIME, of_customers), (LIFETIME_LAW, vec![text(&[law].iter().collect())])]);
    }
    if let Some(interest) = &model_set.interest {
        let columns = interest.columns();
        let of_customers = vec![
            lists_of_numbers(&columns.rows, &columns.facets),
            lists_of_scores(&columns.rows, &columns.short),
            lists_of_scores(&columns.rows, &columns.long),
            lists_of_days(&columns.rows, &columns.last_on),
        ];
        let of_facets = vec![
            bytes(&columns.facet_kinds),
            text(&columns.facet_names),
            weights(columns.population_shares.to_vec()),
        ];
        sections.extend([(INTERESTS, of_customers), (FACETS, of_facets)]);
    }
    if let Some(household) = &model_set.household {
        sections.push((HOUSEHOLDS, household_columns(household)));
        sections.push((HOUSEHOLD_RATES, rate_columns(household, &model_set.recipe)));
    }
    sections
}

fn replenishment_columns(columns: &ReplenishmentColumns) -> Vec<ArrayRef> {
    let rows = &columns.rows;
    vec![
        lists_of_numbers(rows, &columns.items),
        lists_of_scores(rows, &columns.log_means),
        lists_of_scores(rows, &columns.log_sds),
        lists_of_scores(rows, &columns.lapses),
        lists_of_days(rows, &columns.last_bought_on),
        lists_of_scores(rows, &columns.last_units),
        lists_of_numbers(rows, &columns.n_intervals),
        lists_of_codes(rows, &columns.evidence),
        lists_of_codes(rows, &columns.kinds),
    ]
}

fn household_columns(household: &Household) -> Vec<ArrayRef> {
    let columns = household.columns();
    let n_hints = household.population().0.len();
    let rows = erbij_core::RowOffsets::from_lens(vec![n_hints; household.n_customers()]);
    vec![
        numbers(&columns.n_lines),
        numbers(&columns.n_several),
        weights(columns.expected_several.to_vec()),
        numbers(&columns.n_packs),
        weights(columns.pack_shift.to_vec()),
        lists_of_numbers(&rows, &columns.n_hinted),
        bytes(&columns.stated),
    ]
}

/// One row a rate, and of each what the population does, where that is a number.
fn rate_columns(household: &Household, recipe: &CheckedRecipe) -> Vec<ArrayRef> {
    let (rates, (hint_shares, pack_deviation)) = (household.rates(), household.population());
    let hints = recipe.household().params().hints.iter().map(|hint| format!("{HINT_PREFIX}{}", hint.name));
    let names: StrColumn =
        RATE_NAMES.iter().map(|&name| name.to_owned()).chain(hints).collect::<Vec<_>>().iter().collect();
    let mut rows = vec![rates.prior, rates.several, rates.packs];
    rows.extend(&rates.hints);
    let of_kind = |kind: usize| parameters(rows.iter().map(|row| row[kind]).collect());
    let mut population = vec![0.0, 0.0, pack_deviation];
    population.extend(hint_shares);
    vec![text(&names), of_kind(0), of_kind(1), of_kind(2), weights(population)]
}

/// The sections, where the artifact is young enough to have them.
pub(super) struct CustomerSections {
    replenishment: Option<(Section, Section)>,
    lifetime: Option<(Section, Section)>,
    interest: Option<(Section, Section)>,
    household: Option<(Section, Section)>,
}

/// Takes the sections out.
pub(super) fn take(sections: &mut Sections) -> CustomerSections {
    let mut both = |first, second| sections.take_if_there(first).zip(sections.take_if_there(second));
    CustomerSections {
        replenishment: both(&REPLENISHMENT, &REPLENISHMENT_ITEMS),
        lifetime: both(&LIFETIME, &LIFETIME_LAW),
        interest: both(&INTERESTS, &FACETS),
        household: both(&HOUSEHOLDS, &HOUSEHOLD_RATES),
    }
}

/// The models of [`CustomerSections`].
pub(super) struct Models {
    pub(super) replenishment: Option<Replenishment>,
    pub(super) lifetime: Option<Lifetime>,
    pub(super) interest: Option<Interest>,
    pub(super) household: Option<Household>,
}

/// Checks every rule of every model.
pub(super) fn models_of(
    sections: CustomerSections,
    recipe: &CheckedRecipe,
    catalogue: &Catalogue,
    n_customers: usize,
) -> Result<Models, Fault> {
    let CustomerSections { replenishment, lifetime, interest, household } = sections;
    let of_customers = |section: &Section, file| check_rows(file, section.n_rows, n_customers);
    if let Some((section, _)) = &replenishment {
        of_customers(section, REPLENISHMENT.file)?;
    }
    if let Some((section, _)) = &lifetime {
        of_customers(section, LIFETIME.file)?;
    }
    if let Some((section, _)) = &interest {
        of_customers(section, INTERESTS.file)?;
    }
    if let Some((section, _)) = &household {
        of_customers(section, HOUSEHOLDS.file)?;
    }
    Ok(Models {
        replenishment: replenishment
            .map(|(section, items)| replenishment_of(section, items, recipe, catalogue.len()))
            .transpose()?,
        lifetime: lifetime.map(|(section, law)| lifetime_of(section, law)).transpose()?,
        interest: interest
            .map(|(section, facets)| interest_of(section, facets, recipe, catalogue))
            .transpose()?,
        household: household.map(|(section, rates)| household_of(section, rates, recipe)).transpose()?,
    })
}

fn replenishment_of(
    mut section: Section,
    mut items_section: Section,
    recipe: &CheckedRecipe,
    n_items: usize,
) -> Result<Replenishment, Fault> {
    let file = REPLENISHMENT.file;
    let (rows, items) = section.lists();
    let (mean_rows, log_means) = section.lists();
    let (sd_rows, log_sds) = section.lists();
    let (lapse_rows, lapses) = section.lists();
    let (day_rows, last_bought_on) = section.lists();
    let (unit_rows, last_units) = section.lists();
    let (interval_rows, n_intervals) = section.lists();
    let (evidence_rows, evidence) = section.lists();
    let (kind_rows, kinds) = section.lists();
    let others = [
        &mean_rows,
        &sd_rows,
        &lapse_rows,
        &day_rows,
        &unit_rows,
        &interval_rows,
        &evidence_rows,
        &kind_rows,
    ];
    check_same_rows(file, &rows, &others)?;
    check_rows(REPLENISHMENT_ITEMS.file, items_section.n_rows, n_items)?;
    let columns = ReplenishmentColumns {
        rows,
        items,
        log_means,
        log_sds,
        lapses,
        last_bought_on,
        last_units,
        n_intervals,
        evidence,
        kinds,
        exponents: items_section.weights(),
    };
    Replenishment::new(columns, n_items, recipe.replenishment()).map_err(|error| (file, error.into()))
}

fn lifetime_of(mut section: Section, mut law_section: Section) -> Result<Lifetime, Fault> {
    check_rows(LIFETIME_LAW.file, law_section.n_rows, 1)?;
    let law: LifetimeLaw =
        serde_json::from_str(law_section.text().get(0)).map_err(|error| (LIFETIME_LAW.file, error.into()))?;
    let columns = LifetimeColumns {
        n_repeat_days: section.numbers(),
        first_bought_on: section.days(),
        last_bought_on: section.days(),
        mean_spend_minor: section.weights(),
    };
    Lifetime::new(columns, law).map_err(|error| (LIFETIME.file, error.into()))
}

fn interest_of(
    mut section: Section,
    mut facets_section: Section,
    recipe: &CheckedRecipe,
    catalogue: &Catalogue,
) -> Result<Interest, Fault> {
    let (rows, facets) = section.lists();
    let (short_rows, short) = section.lists();
    let (long_rows, long) = section.lists();
    let (day_rows, last_on) = section.lists();
    check_same_rows(INTERESTS.file, &rows, &[&short_rows, &long_rows, &day_rows])?;
    let columns = InterestColumns {
        facet_kinds: facets_section.bytes(),
        facet_names: facets_section.text(),
        population_shares: facets_section.weights(),
        rows,
        facets,
        short,
        long,
        last_on,
    };
    Interest::new(recipe.interest().clone(), columns, catalogue)
        .map_err(|error| (INTERESTS.file, error.into()))
}

fn household_of(
    mut section: Section,
    mut rates_section: Section,
    recipe: &CheckedRecipe,
) -> Result<Household, Fault> {
    let names = rates_section.text();
    let hints = &recipe.household().params().hints;
    let expected = RATE_NAMES.iter().map(|&name| name.to_owned());
    let expected = expected.chain(hints.iter().map(|hint| format!("{HINT_PREFIX}{}", hint.name)));
    if !names.iter().map(str::to_owned).eq(expected) {
        return Err((HOUSEHOLD_RATES.file, "its rows are not the recipe's".into()));
    }
    let [single, couple, family] = [(); 3].map(|()| rates_section.parameters());
    let row = |at: usize| [single[at], couple[at], family[at]];
    let population = rates_section.weights();
    let n_rates = RATE_NAMES.len();
    let rates = HouseholdRates {
        prior: row(0),
        several: row(1),
        packs: row(2),
        hints: (n_rates..names.len()).map(row).collect(),
    };
    let mut columns = HouseholdColumns {
        n_lines: section.numbers(),
        n_several: section.numbers(),
        expected_several: section.weights(),
        n_packs: section.numbers(),
        pack_shift: section.weights(),
        ..HouseholdColumns::default()
    };
    let (hint_rows, n_hinted) = section.lists();
    if !(0..hint_rows.n_rows()).all(|row| hint_rows.range(row).len() == hints.len()) {
        return Err((HOUSEHOLDS.file, "a customer has not one count a hint of the recipe".into()));
    }
    columns.n_hinted = n_hinted;
    columns.stated = section.bytes();
    let params = recipe.household().clone();
    Household::new(params, rates, population[n_rates..].to_vec(), population[2], columns)
        .map_err(|error| (HOUSEHOLDS.file, error.into()))
}
