//! The run that trains all that a recipe asks for.

use erbij_core::{
    Auto, AutoParams, Baskets, Catalogue, Choice, Events, Histories, ItemIdx, ModelError, NeighbourOrder,
    Progress, SessionCut, Timestamp, TrainingData, cut_sessions,
};
use erbij_models::{
    EaseError, Incidence, ItemWeights, Personal, PersonalKind, PersonalScorer, PrivacyFloor, RelatedLessons,
    SessionModel, WeightedIncidence, choose_session, count_company, fit_accessory, fit_affinity,
    fit_complements, fit_ease, fit_ials, fit_local_ease, fit_popularity, fit_related, fit_rp3beta,
    fit_session,
};
use erbij_people::{
    Repeats, ReplenishmentData, SentBack, choose_repeat, fit_household, fit_interest, fit_lifetime,
    fit_orientation, fit_ownership, fit_repeat, fit_replenishment,
};
use erbij_recipe::{CheckedRecipe, ModelSet, Recipe};

/// Why a recipe could not be trained on these data.
#[derive(Debug, thiserror::Error)]
pub enum FitError {
    /// Nothing to learn from.
    #[error("there is no purchase to learn from")]
    NoPurchases,
    /// Dense EASE does not fit in memory, or its matrix cannot be inverted.
    #[error(transparent)]
    Ease(#[from] EaseError),
    /// Factors grew beyond all numbers.
    #[error("the factors of ials did not stay finite; hint: a larger `ials.l2`")]
    Ials(#[from] ModelError),
}

/// Trains all models of a recipe but the blend, which learns from what these say (`erbij_evaluate`). The cutoff
/// is the newest purchase.
pub fn fit(
    recipe: &CheckedRecipe,
    data: TrainingData,
    progress: &dyn Progress,
) -> Result<ModelSet, FitError> {
    fit_with(recipe, data, RelatedLessons::of_other_shops(), progress)
}

/// The same, ranking what is beside an item by weights that this shop taught.
pub fn fit_with(
    recipe: &CheckedRecipe,
    data: TrainingData,
    related_lessons: RelatedLessons,
    progress: &dyn Progress,
) -> Result<ModelSet, FitError> {
    fit_these(Wanted::All, recipe, data, related_lessons, progress)
}

/// Trains what a blend learns its weights from: the models whose candidates it orders and what its features ask, and
/// none of the others.
pub fn fit_for_blend(
    recipe: &CheckedRecipe,
    data: TrainingData,
    progress: &dyn Progress,
) -> Result<ModelSet, FitError> {
    fit_these(Wanted::ForBlend, recipe, data, RelatedLessons::of_other_shops(), progress)
}

/// Which models are trained.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    All,
    ForBlend,
}

fn fit_these(
    wanted: Wanted,
    recipe: &CheckedRecipe,
    data: TrainingData,
    related_lessons: RelatedLessons,
    progress: &dyn Progress,
) -> Result<ModelSet, FitError> {
    let is_all = wanted == Wanted::All;
    let mut choosing = Choosing { recipe: recipe.clone(), choices: Vec::new(), progress };
    let TrainingData { baskets, events, stated, customers, catalogue } = data;
    let (_, cutoff) = baskets.window().ok_or(FitError::NoPurchases)?;
    // What was bought long ago may still serve: history that is too old to learn from is not too old to own.
    let ownership = fit_ownership(recipe.ownership(), &baskets, &catalogue, cutoff, progress);
    let newest = events.window().map_or(cutoff, |(_, newest)| newest.max(cutoff));
    let orientation = is_all.then(|| {
        fit_orientation(recipe.journey(), &ownership, &baskets, &events, &catalogue, newest, progress)
    });
    // Nor is what was sent back long ago wanted again.
    let sent_back = SentBack::from_baskets(&baskets);
    let baskets = recipe.history().within(baskets, cutoff);
    let time_zone = baskets.time_zone().clone();
    let popularity = fit_popularity(recipe.popularity(), &baskets, cutoff);
    let floor = PrivacyFloor::new(recipe.privacy(), &catalogue);
    let affinity = floor.of_affinity(&fit_affinity(recipe.affinity(), &baskets, progress));
    let company = is_all.then(|| {
        count_company(
            recipe.related(),
            recipe.affinity().params().max_basket_items as usize,
            &baskets,
            cutoff,
            &popularity,
            &floor,
            &related_lessons.item,
            progress,
        )
    });
    let accessory = is_all.then(|| fit_accessory(recipe.accessory(), &baskets, &catalogue, progress));
    let complements = accessory
        .as_ref()
        .map(|accessory| fit_complements(recipe.accessory(), &baskets, &catalogue, accessory, progress));
    // What was bought at the cutoff is known.
    let just_after = cutoff.plus_micros(1);
    let known = ReplenishmentData::of_catalogue(&baskets, &catalogue, just_after);
    let replenishment = fit_replenishment(recipe.replenishment(), &known, progress);
    let mut repeat = fit_repeats(&mut choosing, &baskets, &catalogue, just_after, progress);
    let session = is_all.then(|| fit_sessions(&mut choosing, &events, catalogue.len(), progress));
    let lifetime = is_all.then(|| fit_lifetime(recipe.lifetime(), &baskets, cutoff, progress));
    let interest = fit_interest(recipe.interest(), &baskets, &events, &catalogue, &stated, newest, progress);
    let household =
        is_all.then(|| fit_household(recipe.household(), &baskets, &catalogue, stated.households(), cutoff));
    // No stage before needs them, and the largest of these are spared the memory.
    let histories = Histories::from_baskets(&baskets);
    let people = Incidence::of_people(&histories, &baskets, recipe.personal().max_history_items as usize);
    drop(baskets);
    let attributes = recipe.attributes().lists(&catalogue);
    let fit_one = |&kind: &PersonalKind| {
        fit_personal(kind, recipe, &people, attributes.as_ref(), Some(&floor), progress)
    };
    let personal: Vec<Personal> =
        recipe.personal().models.iter().map(fit_one).collect::<Result<_, FitError>>()?;
    let related = company.map(|company| {
        let walks = personal.iter().find_map(Personal::item_weights);
        fit_related(recipe.related(), &company, walks, &catalogue, &popularity, related_lessons, progress)
    });
    let follows = &repeat.model.columns().follows;
    let follows = floor.of_weights(follows, &people, None, NeighbourOrder::ByItem);
    let n_people = |item: ItemIdx| people.lists_of(item.get()).len() as u32;
    repeat.model.keep_backed(follows, |item| floor.of_item(item) <= n_people(item));
    let Choosing { recipe, choices, .. } = choosing;
    Ok(ModelSet {
        recipe: if is_all { recipe.settled() } else { recipe },
        choices,
        cutoff,
        time_zone,
        catalogue,
        floor,
        customers,
        histories,
        sent_back: Some(sent_back),
        popularity,
        affinity,
        related,
        accessory,
        complements,
        personal,
        replenishment: Some(replenishment),
        repeat: Some(repeat),
        session,
        lifetime,
        interest: Some(interest),
        household,
        ownership: Some(ownership),
        orientation,
        blend: None,
    })
}

fn fit_repeats(
    choosing: &mut Choosing<'_>,
    baskets: &Baskets,
    catalogue: &Catalogue,
    as_of: Timestamp,
    progress: &dyn Progress,
) -> Repeats {
    let categories: Vec<_> = catalogue.items().indices().map(|item| catalogue.category(item)).collect();
    let chosen = choose_repeat(&choosing.recipe.recipe().repeat, baskets, &categories, as_of, progress);
    choosing.settle(chosen, |recipe| &mut recipe.repeat);
    let model = fit_repeat(choosing.recipe.repeat(), baskets, &categories, as_of, progress);
    let histories = model.histories(baskets, as_of);
    Repeats { model, histories }
}

/// A recipe whose open settings are chosen one after the other, and what was chosen.
struct Choosing<'a> {
    recipe: CheckedRecipe,
    choices: Vec<Choice>,
    progress: &'a dyn Progress,
}

impl Choosing<'_> {
    /// Puts chosen parameters in their place, and tells of it.
    fn settle<P: AutoParams>(
        &mut self,
        (params, choice): (P, Option<Choice>),
        place: impl FnOnce(&mut Recipe) -> &mut Auto<P>,
    ) {
        self.recipe = self.recipe.with(|recipe| *place(recipe) = params.into());
        if let Some(choice) = choice {
            self.progress.note(&choice.to_string());
            self.choices.push(choice);
        }
    }
}

fn fit_sessions(
    choosing: &mut Choosing<'_>,
    events: &Events,
    n_items: usize,
    progress: &dyn Progress,
) -> SessionModel {
    let inactivity_minutes = choosing.recipe.session().params().inactivity_minutes;
    let sessions = cut_sessions(events, &SessionCut { inactivity_minutes, ..SessionCut::default() });
    // Without any there is nothing to tell.
    if !sessions.is_empty() {
        let chosen = choose_session(&choosing.recipe.recipe().session, &sessions, n_items, progress);
        choosing.settle(chosen, |recipe| &mut recipe.session);
    }
    fit_session(choosing.recipe.session(), sessions, n_items, progress)
}

/// Trains one personal model on histories, one list a person, and on what items have in common, one list an
/// attribute, where a recipe asks for it. Factors are of customers, and learn from these alone. Of a pair that fewer
/// people stand behind than a floor asks no weight is kept; factors have none, so whoever asks them looks at who bought
/// both, and only what enough people bought by itself has factors. Without a floor, as measurements on public data want
/// it, all are kept.
pub fn fit_personal(
    kind: PersonalKind,
    recipe: &CheckedRecipe,
    histories: &Incidence,
    attributes: Option<&Incidence>,
    floor: Option<&PrivacyFloor>,
    progress: &dyn Progress,
) -> Result<Personal, FitError> {
    let weighted = |history_exponent: f64| {
        let data = WeightedIncidence::from_histories(histories.clone(), history_exponent);
        match attributes {
            Some(lists) => data.with_attributes(lists, recipe.attributes().weight as f32),
            None => data,
        }
    };
    let anybody = || vec![1; histories.n_items()];
    let min_people = &floor.map_or_else(anybody, |floor| floor.min_people().to_vec());
    let weights = match kind {
        PersonalKind::Rp3beta => {
            let data = weighted(0.0);
            fit_rp3beta(recipe.rp3beta(), &data, min_people, progress)
        }
        PersonalKind::Ease => fit_ease(recipe.ease(), &weighted(recipe.ease().history_exponent()), progress)?,
        PersonalKind::LocalEase => {
            let params = recipe.local_ease();
            fit_local_ease(params, &weighted(params.history_exponent()), min_people, progress)
        }
        PersonalKind::Ials => {
            let factors = fit_ials(recipe.ials(), histories, min_people, progress)?;
            return Ok(Personal { kind, scorer: PersonalScorer::Factors(factors) });
        }
    };
    // What sums pairs kept to the floor as it went. A regression on all items, and factors added to weights, join what
    // fewer people bought: these weights are looked at after it.
    let is_kept_to = match kind {
        PersonalKind::Rp3beta => true,
        PersonalKind::LocalEase => !recipe.local_ease().has_spectral(),
        PersonalKind::Ease | PersonalKind::Ials => false,
    };
    let weights = match floor.filter(|_| !is_kept_to) {
        Some(floor) => floor.of_weights(&weights, histories, attributes, NeighbourOrder::ByItem),
        None => weights,
    };
    Ok(Personal { kind, scorer: PersonalScorer::ItemWeights(ItemWeights::new(weights)) })
}

#[cfg(test)]
mod tests {
    use erbij_core::{
        CatalogueColumns, Currency, CustomerIdx, Day, ItemIdx, Order, Silent, VariantColumns, Vocab,
    };

    use super::*;
    use erbij_recipe::Recipe;

    /// Who, on which day, what.
    type Bought = (Option<u32>, i32, Vec<u32>);

    const N_CUSTOMERS: u32 = 300;
    const N_ITEMS: u32 = 3000;

    fn data(category: fn(u32) -> String, bought: impl Iterator<Item = Bought>) -> TrainingData {
        let order = |(customer, day, items): Bought| Order {
            customer: customer.map(CustomerIdx::new),
            ordered_at: Day::new(day).start(),
            amount_minor: 500,
            lines: items.into_iter().map(|item| (ItemIdx::new(item), 1.0)).collect(),
        };
        let baskets =
            Baskets::from_orders(N_CUSTOMERS as usize, N_ITEMS as usize, bought.map(order).collect());
        let ids = |kind: &str, n: u32| -> Vec<String> { (0..n).map(|at| format!("{kind}{at:05}")).collect() };
        let categories: Vec<String> = (0..N_ITEMS).map(category).collect();
        let columns = CatalogueColumns {
            category: categories.iter().map(String::as_str).collect(),
            ..CatalogueColumns::of_ids(ids("i", N_ITEMS).iter().map(String::as_str).collect())
        };
        let catalogue = Catalogue::new(columns, VariantColumns::default(), Currency::EUR).expect("valid");
        let customers = ids("c", N_CUSTOMERS).iter().map(String::as_str).collect();
        let customers = Vocab::new(customers).expect("distinct");
        TrainingData::of_orders(baskets.expect("valid orders"), customers, catalogue)
    }

    /// 300 customers with four orders of three items each; those who stay come every month.
    fn ordinary(n: u32) -> Bought {
        let (customer, at) = (n % N_CUSTOMERS, n / N_CUSTOMERS);
        let item = |k: u32| (customer * 7 + at * 3 + k * k) % 90;
        (Some(customer), (customer % 30 + 30 * at) as i32, vec![item(0), item(1), item(2)])
    }

    /// Shapes of shops on which one stage or another once took longer than a night. What bounds each stage is asserted
    /// by its own tests; here every one of them meets every shape.
    #[test]
    fn every_stage_is_trained_on_every_shape() {
        let leaf = |item: u32| format!("Home > Kind {}", item / 10);
        let one = |_: u32| "Things".to_owned();
        let deep = |item: u32| {
            let level = |at: u32| format!("L{at}.{}", item >> (8 - at));
            (1..=8).map(level).collect::<Vec<_>>().join(" > ")
        };
        let shop = || (0..4 * N_CUSTOMERS).map(ordinary);
        let till = || shop().chain((0..6000).map(|n| (Some(0), n / 50, vec![(n * n % 97) as u32])));
        let large =
            || shop().chain([(Some(1), 40, (0..N_ITEMS).collect()), (Some(1), 60, (0..N_ITEMS).collect())]);
        let bag =
            || shop().map(|(customer, day, items)| (customer, day, [items, vec![N_ITEMS - 1]].concat()));
        let sparse =
            || (0..N_ITEMS).map(|n| (Some(n % 299), (n % 100) as i32, vec![n, (n * 7 + 1) % N_ITEMS]));
        let faithful = || (0..24 * N_CUSTOMERS).map(ordinary);
        let guests = || shop().map(|(_, day, items)| (None, day, items));
        let shapes: [(&str, TrainingData); 9] = [
            ("an account with an order for whoever comes", data(leaf, till())),
            ("all of one instant", data(leaf, till().map(|(customer, _, items)| (customer, 3, items)))),
            ("orders of all there is", data(leaf, large())),
            ("a bag in every order", data(leaf, bag())),
            ("items that few have bought", data(leaf, sparse())),
            ("nobody leaves", data(leaf, faithful())),
            ("one category", data(one, shop())),
            ("categories eight deep", data(deep, shop())),
            ("guests alone", data(leaf, guests())),
        ];
        let recipe = Recipe::default().check().expect("the default is in range");
        for (name, data) in shapes {
            let models = fit(&recipe, data, &Silent);
            assert!(models.is_ok(), "{name}: {:?}", models.err());
        }
    }

    #[test]
    fn a_blend_learns_from_what_it_asks_and_from_no_other_model() {
        let leaf = |item: u32| format!("Home > Kind {}", item / 10);
        let shop = || data(leaf, (0..4 * N_CUSTOMERS).map(ordinary));
        let recipe = Recipe::default().check().expect("in range");
        let all = fit(&recipe, shop(), &Silent).expect("trains");
        let asked = fit_for_blend(&recipe, shop(), &Silent).expect("trains");
        assert_eq!((&asked.personal, &asked.affinity), (&all.personal, &all.affinity));
        assert_eq!(asked.repeat, all.repeat);
        assert!(asked.replenishment.is_some() && asked.interest.is_some() && asked.ownership.is_some());
        let others = [
            (all.accessory.is_some(), asked.accessory.is_some()),
            (all.complements.is_some(), asked.complements.is_some()),
            (all.session.is_some(), asked.session.is_some()),
            (all.lifetime.is_some(), asked.lifetime.is_some()),
            (all.household.is_some(), asked.household.is_some()),
            (all.orientation.is_some(), asked.orientation.is_some()),
        ];
        assert_eq!(others, [(true, false); 6]);
    }
}
