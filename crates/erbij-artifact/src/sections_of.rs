//! Which sections an artifact has: those of all, those that came with a version of the format, those of its recipe.

use erbij_models::PersonalKind;
use erbij_recipe::Recipe;

use crate::format::{FORMAT, Format};
use crate::section_spec::{
    ACCESSORIES, ACCESSORY_RATES, AFFINITY, ALTERNATIVES, BASKET_WEIGHTS, BLEND, COMPLEMENTS, CUSTOMERS,
    EASE, FACETS, HISTORIES, HOUSEHOLD_RATES, HOUSEHOLDS, IALS, INTERESTS, ITEM_DETAILS, ITEM_MARKS,
    ITEM_NEEDS, ITEMS, LIFETIME, LIFETIME_ESTIMATE, LIFETIME_LAW, LOCAL_EASE, NEEDS, ORIENTATION, OWNERSHIP,
    POPULARITY, POPULARITY_PEOPLE, RELATED, RELATED_MEASURES, RELATED_WEIGHTS, RELATIONS, REPEAT,
    REPEAT_STRENGTHS, REPLENISHMENT, REPLENISHMENT_ITEMS, RP3BETA, RP3BETA_1, SENT_BACK, SESSION_PEOPLE,
    SESSIONS, SectionSpec, TOPICS, VARIANTS,
};

/// The sections that every artifact has.
const ALWAYS: [SectionSpec; 6] = [ITEMS, VARIANTS, CUSTOMERS, HISTORIES, POPULARITY, AFFINITY];

/// The sections that every artifact has since format 2.x, by x.
const SINCE: [(u32, &[SectionSpec]); 7] = [
    (
        1,
        &[
            ITEM_DETAILS,
            TOPICS,
            RELATIONS,
            ACCESSORIES,
            ALTERNATIVES,
            ACCESSORY_RATES,
            REPLENISHMENT,
            REPLENISHMENT_ITEMS,
            REPEAT,
            REPEAT_STRENGTHS,
            SESSIONS,
            LIFETIME,
            LIFETIME_LAW,
            INTERESTS,
            FACETS,
            HOUSEHOLDS,
            HOUSEHOLD_RATES,
        ],
    ),
    (2, &[NEEDS, ITEM_NEEDS, OWNERSHIP]),
    (3, &[COMPLEMENTS, ORIENTATION]),
    (4, &[ITEM_MARKS, POPULARITY_PEOPLE, SESSION_PEOPLE, SENT_BACK]),
    (5, &[LIFETIME_ESTIMATE]),
    (6, &[RELATED, RELATED_WEIGHTS]),
    (7, &[RELATED_MEASURES, BASKET_WEIGHTS]),
];

// What is written and not of this version would never be read.
const _: () = assert!(SINCE[SINCE.len() - 1].0 == FORMAT.minor);

/// The section of a personal model.
pub(crate) const fn personal_spec(kind: PersonalKind) -> SectionSpec {
    match kind {
        PersonalKind::Rp3beta => RP3BETA,
        PersonalKind::Ease => EASE,
        PersonalKind::LocalEase => LOCAL_EASE,
        PersonalKind::Ials => IALS,
    }
}

/// The sections an artifact of this recipe must have, in order: those of all, those that its minor version
/// added, then one a personal model, and the blend's where the recipe learns one.
pub(crate) fn sections_of(recipe: &Recipe, format: Format) -> Vec<SectionSpec> {
    let of_kind = |&kind: &PersonalKind| if format.major == 1 { RP3BETA_1 } else { personal_spec(kind) };
    let personal = recipe.personal.models.iter().map(of_kind);
    let blend = recipe.blend.learn.then_some(BLEND);
    let is_since = |&&(minor, _): &&(u32, &[SectionSpec])| (2, minor) <= (format.major, format.minor);
    let since = SINCE.iter().filter(is_since).flat_map(|(_, sections)| sections.iter().copied());
    ALWAYS.into_iter().chain(since).chain(personal).chain(blend).collect()
}
