//! The sections of what is known of each customer: there, and back. All came with format 2.1.

use arrow_array::ArrayRef;
use erbij_core::{Catalogue, NeighbourOrder, Neighbours, Sessions, StrColumn, Timestamp};
use erbij_models::SessionModel;
use erbij_people::{
    Household, HouseholdColumns, HouseholdRates, Interest, InterestColumns, Lifetime, LifetimeColumns,
    LifetimeEstimate, LifetimeLaw, Repeat, RepeatColumns, RepeatHistories, RepeatHistoryColumns, Repeats,
    Replenishment, ReplenishmentColumns, SentBack,
};
use erbij_recipe::{CheckedRecipe, ModelSet};

use super::sections::{Fault, Sections, check_rows, check_same_rows};
use crate::section_read::Section;
use crate::section_spec::{
    FACETS, HOUSEHOLD_RATES, HOUSEHOLDS, INTERESTS, LIFETIME, LIFETIME_ESTIMATE, LIFETIME_LAW, REPEAT,
    REPEAT_STRENGTHS, REPLENISHMENT, REPLENISHMENT_ITEMS, SENT_BACK, SESSION_PEOPLE, SESSIONS, SectionSpec,
};
use crate::section_write::{
    bytes, days, instants, lists_of_codes, lists_of_days, lists_of_numbers, lists_of_scores, numbers,
    parameters, text, weights,
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
    if let Some(repeats) = &model_set.repeat {
        let (of_items, of_customers) = (repeats.model.columns(), repeats.histories.columns());
        sections.push((REPEAT, repeat_columns(of_items)));
        let strengths = vec![
            lists_of_numbers(&of_customers.rows, &of_customers.items),
            lists_of_scores(&of_customers.rows, &of_customers.strengths),
        ];
        sections.push((REPEAT_STRENGTHS, strengths));
    }
    if let Some(session) = &model_set.session {
        let (rows, items, ended_at, people) = session.sessions().columns();
        sections.push((SESSIONS, vec![lists_of_numbers(rows, items), instants(ended_at, i64::MIN)]));
        sections.push((SESSION_PEOPLE, vec![numbers(people)]));
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
        let estimate = serde_json::to_string(lifetime.estimate()).expect("plain data, all numbers finite");
        let one_row = |json: String| vec![text(&[json].iter().collect())];
        sections.push((LIFETIME, of_customers));
        sections.extend([(LIFETIME_LAW, one_row(law)), (LIFETIME_ESTIMATE, one_row(estimate))]);
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
    if let Some(sent_back) = &model_set.sent_back {
        let (rows, items) = sent_back.columns();
        sections.push((SENT_BACK, vec![lists_of_numbers(rows, items)]));
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

fn repeat_columns(columns: &RepeatColumns) -> Vec<ArrayRef> {
    let (rows, followers, follow_weights) = columns.follows.columns();
    vec![
        weights(columns.half_lives_days.to_vec()),
        weights(columns.rates.to_vec()),
        weights(columns.popularity.to_vec()),
        lists_of_numbers(rows, followers),
        lists_of_scores(rows, follow_weights),
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
    repeat: Option<(Section, Section)>,
    session: Option<Section>,
    session_people: Option<Section>,
    lifetime: Option<(Section, Section)>,
    lifetime_estimate: Option<Section>,
    interest: Option<(Section, Section)>,
    household: Option<(Section, Section)>,
    sent_back: Option<Section>,
}

/// Takes the sections out.
pub(super) fn take(sections: &mut Sections) -> CustomerSections {
    let mut both = |first, second| sections.take_if_there(first).zip(sections.take_if_there(second));
    CustomerSections {
        replenishment: both(&REPLENISHMENT, &REPLENISHMENT_ITEMS),
        repeat: both(&REPEAT, &REPEAT_STRENGTHS),
        lifetime: both(&LIFETIME, &LIFETIME_LAW),
        interest: both(&INTERESTS, &FACETS),
        household: both(&HOUSEHOLDS, &HOUSEHOLD_RATES),
        lifetime_estimate: sections.take_if_there(&LIFETIME_ESTIMATE),
        session: sections.take_if_there(&SESSIONS),
        session_people: sections.take_if_there(&SESSION_PEOPLE),
        sent_back: sections.take_if_there(&SENT_BACK),
    }
}

/// The models of [`CustomerSections`].
pub(super) struct Models {
    pub(super) replenishment: Option<Replenishment>,
    pub(super) repeat: Option<Repeats>,
    pub(super) session: Option<SessionModel>,
    pub(super) lifetime: Option<Lifetime>,
    pub(super) interest: Option<Interest>,
    pub(super) household: Option<Household>,
    pub(super) sent_back: Option<SentBack>,
}

/// Checks every rule of every model.
pub(super) fn models_of(
    sections: CustomerSections,
    recipe: &CheckedRecipe,
    catalogue: &Catalogue,
    n_customers: usize,
    cutoff: Timestamp,
) -> Result<Models, Fault> {
    let CustomerSections {
        replenishment,
        repeat,
        session,
        session_people,
        lifetime,
        lifetime_estimate,
        interest,
        household,
        sent_back,
    } = sections;
    let of_customers = |section: &Section, file| check_rows(file, section.n_rows, n_customers);
    if let Some((section, _)) = &replenishment {
        of_customers(section, REPLENISHMENT.file)?;
    }
    if let Some((_, section)) = &repeat {
        of_customers(section, REPEAT_STRENGTHS.file)?;
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
    if let Some(section) = &sent_back {
        of_customers(section, SENT_BACK.file)?;
    }
    Ok(Models {
        replenishment: replenishment
            .map(|(section, items)| replenishment_of(section, items, recipe, catalogue.len()))
            .transpose()?,
        repeat: repeat
            .map(|(items, customers)| repeats_of(items, customers, recipe, catalogue.len(), cutoff))
            .transpose()?,
        session: session
            .map(|section| session_of(section, session_people, recipe, catalogue.len()))
            .transpose()?,
        lifetime: lifetime.map(|(section, law)| lifetime_of(section, law, lifetime_estimate)).transpose()?,
        interest: interest
            .map(|(section, facets)| interest_of(section, facets, recipe, catalogue))
            .transpose()?,
        household: household.map(|(section, rates)| household_of(section, rates, recipe)).transpose()?,
        sent_back: sent_back.map(|section| sent_back_of(section, catalogue.len())).transpose()?,
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

fn repeats_of(
    mut of_items: Section,
    mut of_customers: Section,
    recipe: &CheckedRecipe,
    n_items: usize,
    cutoff: Timestamp,
) -> Result<Repeats, Fault> {
    let file = REPEAT.file;
    check_rows(file, of_items.n_rows, n_items)?;
    let (half_lives_days, rates, popularity) = (of_items.weights(), of_items.weights(), of_items.weights());
    let (rows, followers) = of_items.lists();
    let (weight_rows, weights) = of_items.lists();
    check_same_rows(file, &rows, &[&weight_rows])?;
    let follows = Neighbours::new(rows, followers, weights, n_items, NeighbourOrder::ByItem)
        .map_err(|error| (file, error.into()))?;
    let columns = RepeatColumns { half_lives_days, rates, popularity, follows };
    let model = Repeat::new(recipe.repeat(), columns).map_err(|error| (file, error.into()))?;
    let (rows, items) = of_customers.lists();
    let (strength_rows, strengths) = of_customers.lists();
    check_same_rows(REPEAT_STRENGTHS.file, &rows, &[&strength_rows])?;
    let columns = RepeatHistoryColumns { rows, items, strengths };
    let histories = RepeatHistories::new(columns, cutoff.plus_micros(1), n_items)
        .map_err(|error| (REPEAT_STRENGTHS.file, error.into()))?;
    Ok(Repeats { model, histories })
}

/// Before format 2.4 it was not kept whose a session was: each stands for somebody else.
fn session_of(
    mut section: Section,
    people: Option<Section>,
    recipe: &CheckedRecipe,
    n_items: usize,
) -> Result<SessionModel, Fault> {
    let (rows, items) = section.lists();
    let ended_at = section.long_numbers();
    let people = match people {
        Some(mut people) => {
            check_rows(SESSION_PEOPLE.file, people.n_rows, rows.n_rows())?;
            people.numbers()
        }
        None => (0..rows.n_rows() as u32).collect(),
    };
    let sessions =
        Sessions::new(rows, items, ended_at, people).map_err(|error| (SESSIONS.file, error.into()))?;
    SessionModel::new(recipe.session(), sessions, n_items).map_err(|error| (SESSIONS.file, error.into()))
}

/// Before format 2.5 a fit was believed whatever it said.
fn lifetime_of(
    mut section: Section,
    mut law_section: Section,
    estimate_section: Option<Section>,
) -> Result<Lifetime, Fault> {
    check_rows(LIFETIME_LAW.file, law_section.n_rows, 1)?;
    let law: LifetimeLaw =
        serde_json::from_str(law_section.text().get(0)).map_err(|error| (LIFETIME_LAW.file, error.into()))?;
    let columns = LifetimeColumns {
        n_repeat_days: section.numbers(),
        first_bought_on: section.days(),
        last_bought_on: section.days(),
        mean_spend_minor: section.weights(),
    };
    let lifetime = Lifetime::new(columns, law).map_err(|error| (LIFETIME.file, error.into()))?;
    let Some(mut section) = estimate_section else { return Ok(lifetime) };
    let file = LIFETIME_ESTIMATE.file;
    check_rows(file, section.n_rows, 1)?;
    let estimate: LifetimeEstimate =
        serde_json::from_str(section.text().get(0)).map_err(|error| (file, error.into()))?;
    lifetime.with_estimate(estimate).map_err(|error| (file, error.into()))
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

fn sent_back_of(mut section: Section, n_items: usize) -> Result<SentBack, Fault> {
    let (rows, items) = section.lists();
    SentBack::new(rows, items, n_items).map_err(|error| (SENT_BACK.file, error.into()))
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
        return Err((HOUSEHOLD_RATES.file, "its rows do not match the recipe".into()));
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
        return Err((HOUSEHOLDS.file, "a customer's counts do not match the hints of the recipe".into()));
    }
    columns.n_hinted = n_hinted;
    columns.stated = section.bytes();
    let params = recipe.household().clone();
    Household::new(params, rates, population[n_rates..].to_vec(), population[2], columns)
        .map_err(|error| (HOUSEHOLDS.file, error.into()))
}
