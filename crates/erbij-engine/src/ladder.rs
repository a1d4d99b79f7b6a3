//! Which sources a placement asks, in which order: the one home of fallback.
//!
//! | placement | first some places | 1st | 2nd | 3rd | 4th |
//! |---|---|---|---|---|---|
//! | `item_page` | what may be bought instead, where the item is sold out | all that is known of what goes with it, in one ranking | affinity with the item, what visits like this one went on to, walks from the item | what the catalogue says is like it | its category, then those above |
//! | `basket` | what the catalogue says belongs to it, for half the places at most; what was found to belong to it, for the last quarter | all that is known of what goes with it, in one ranking | affinity with the basket | what visits like this one went on to, walks from the basket | what goes with its categories, then these |
//! | `after_order` | help, for half the places at most; what belongs to the order | as a basket | | | |
//! | `home`, `newsletter` | what the visit is about; what is due again (`when_due`); what he looked at in the days before; what takes the place of what wears out; help with what was bought lately; what belongs to it, once it has arrived | the blend where one was learned; else what is bought again, where what was bought before is kept; else the first personal model, on the history | affinity with the last order | the history's categories | what is like the last order |
//!
//! What sells comes after that, and at the very end the shop's range by id: a shop of thirty orders has full pages too.
//!
//! What is due again and what the visit is about have half the places at most, each, the others before the first choice a
//! quarter each, of somebody with a history (accessories and replacements at the end of the slate, where they cost the
//! first choice least); who has none is shown what the visit is about alone, and where there is no visit what they looked
//! at in the days before.
//! A rung the query has nothing to ask about (an unknown item, an unknown customer) is passed over.

use erbij_core::{AlreadyBought, Availability, ItemIdx, Placement};
use erbij_models::{BlendPart, PersonalKind};

use crate::by_category::{categories_of_anchors, categories_of_history, distinct_categories};
use crate::engine::Engine;
use crate::past::{MAX_LAST_ITEMS, distinct};
use crate::query::Ranking;
use crate::situation::Situation;
use crate::slate::CandidateSource;
use crate::step::Step;

/// One kind of rung. Which steps it stands for is worked out when it is reached: most slates are full
/// before the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rung {
    /// Help with the order at hand, or the last one.
    HelpWithAnchors,
    /// Help with what was bought not long ago.
    HelpWithRecent,
    /// What belongs to what was bought not long ago and has arrived.
    AccessoriesOfRecent,
    ReplacementsOfOwned,
    AccessoriesOfAnchors,
    /// Some of them: the catalogue's own word for half the places.
    DeclaredOfAnchors,
    /// Some of them: what was mined, for a quarter of the places.
    SomeAccessoriesOfAnchors,
    /// What goes with the categories of the anchors, where little is known of the anchors themselves.
    ComplementsOfAnchors,
    AlternativesOfAnchors,
    /// What sells where the anchors stand in the category tree, and not above it.
    LeavesOfAnchors,
    AffinityWithAnchors,
    WalksFromAnchors,
    CategoriesOfAnchors,
    /// What the visit goes on to, the anchors being what is looked at now.
    SessionOnVisit,
    /// What was looked at in the days before.
    SessionOnLooks,
    DueOfHistory,
    BlendOnHistory,
    RepeatOnHistory,
    PersonalOnHistory,
    /// One of the personal models, and not the recipe's first.
    ModelOnHistory(PersonalKind),
    AffinityWithLastBought,
    CategoriesOfHistory,
    RelatedToAnchors,
    /// The same, but for as many places as there is something that belongs to the anchors, a quarter at most.
    MostRelatedToAnchors,
    AlikeToAnchors,
    AlikeToLastBought,
    Popularity,
    Range,
}

impl Rung {
    pub(crate) const fn source(self) -> CandidateSource {
        match self {
            Self::AffinityWithAnchors | Self::AffinityWithLastBought => CandidateSource::Affinity,
            Self::DueOfHistory => CandidateSource::Due,
            Self::HelpWithAnchors | Self::HelpWithRecent => CandidateSource::Help,
            Self::ReplacementsOfOwned => CandidateSource::Replacement,
            Self::AccessoriesOfAnchors
            | Self::DeclaredOfAnchors
            | Self::SomeAccessoriesOfAnchors
            | Self::ComplementsOfAnchors
            | Self::AccessoriesOfRecent => CandidateSource::Accessory,
            Self::AlternativesOfAnchors => CandidateSource::Alternative,
            Self::SessionOnVisit | Self::SessionOnLooks => CandidateSource::Session,
            Self::RepeatOnHistory => CandidateSource::Repeat,
            Self::BlendOnHistory => CandidateSource::Blend,
            Self::WalksFromAnchors | Self::PersonalOnHistory | Self::ModelOnHistory(_) => {
                CandidateSource::Personal
            }
            Self::LeavesOfAnchors | Self::CategoriesOfAnchors | Self::CategoriesOfHistory => {
                CandidateSource::CategoryPopularity
            }
            Self::RelatedToAnchors | Self::MostRelatedToAnchors => CandidateSource::Related,
            Self::AlikeToAnchors | Self::AlikeToLastBought => CandidateSource::Alike,
            Self::Popularity => CandidateSource::Popularity,
            Self::Range => CandidateSource::Range,
        }
    }

    /// The steps of this rung for a query; none where the query has nothing to ask it about.
    pub(crate) fn steps(self, query: &Situation<'_>, engine: &Engine) -> Vec<Step> {
        let (half, quarter) = (query.n.div_ceil(2), query.n.div_ceil(4));
        match self {
            Self::HelpWithAnchors => help(query.anchors_or_last_order(), half),
            Self::HelpWithRecent => help(engine.to_help_with(query), quarter),
            Self::ReplacementsOfOwned => {
                let held = engine.to_replace(query);
                let asks = !held.is_empty();
                asks.then_some(Step::Replacements { held, at_most: quarter }).into_iter().collect()
            }
            Self::AccessoriesOfRecent => accessories(engine.to_complete(query), quarter),
            Self::AccessoriesOfAnchors => accessories(query.anchors_or_last_order(), query.n),
            Self::DeclaredOfAnchors => {
                let anchors = query.anchors_or_last_order();
                let asks = !anchors.is_empty();
                asks.then_some(Step::Declared { anchors, at_most: half }).into_iter().collect()
            }
            Self::SomeAccessoriesOfAnchors => accessories(query.anchors_or_last_order(), quarter),
            Self::ComplementsOfAnchors => {
                let anchors = query.anchors_or_last_order();
                (!anchors.is_empty()).then_some(Step::Complements { anchors }).into_iter().collect()
            }
            Self::AlternativesOfAnchors => {
                let anchors = distinct(query.anchors);
                (!anchors.is_empty()).then_some(Step::Alternatives { anchors }).into_iter().collect()
            }
            Self::LeavesOfAnchors => {
                let catalogue = &engine.models().catalogue;
                let leaves = query.anchors.iter().filter_map(|&anchor| catalogue.category(anchor));
                let step = |category| Step::Category { category, at_most: query.n };
                distinct_categories(leaves).into_iter().map(step).collect()
            }
            Self::AffinityWithAnchors => {
                let anchors = query.anchors_or_last_order();
                (!anchors.is_empty()).then_some(Step::Affinity { anchors }).into_iter().collect()
            }
            Self::WalksFromAnchors => {
                personal(engine.models().first_personal(), query.anchors_or_last_order())
            }
            Self::CategoriesOfAnchors => categories_of_anchors(&query.anchors_or_last_order(), query, engine),
            Self::PersonalOnHistory => personal(engine.models().first_personal(), query.history().to_vec()),
            Self::ModelOnHistory(kind) => personal(kind, query.history().to_vec()),
            Self::SessionOnVisit => session(query, engine),
            Self::SessionOnLooks => {
                let looked = query.looked_at().to_vec();
                let at_most = if query.has_history() { quarter } else { query.n };
                (!looked.is_empty()).then_some(Step::LookedAt { looked, at_most }).into_iter().collect()
            }
            Self::RepeatOnHistory => {
                let strengths = query.strengths().to_vec();
                (!strengths.is_empty()).then_some(Step::Repeat { strengths }).into_iter().collect()
            }
            // The other half is kept for what the customer does not know yet.
            Self::DueOfHistory => vec![Step::Due { at_most: query.n.div_ceil(2) }],
            Self::BlendOnHistory => {
                let can_blend = engine.models().blend.is_some() && query.has_past();
                can_blend.then_some(Step::Blend).into_iter().collect()
            }
            Self::AffinityWithLastBought => {
                let anchors = query.newest(MAX_LAST_ITEMS);
                (!anchors.is_empty()).then_some(Step::Affinity { anchors }).into_iter().collect()
            }
            Self::CategoriesOfHistory => categories_of_history(query.history(), query, engine),
            Self::RelatedToAnchors => related(query.anchors_or_last_order(), engine, query.n),
            Self::MostRelatedToAnchors => {
                let anchors = distinct(query.anchors);
                let belongings = anchors.iter().flat_map(|&anchor| engine.belongings_unsorted(anchor));
                let at_most = query.n - belongings.take(quarter).count();
                related(query.anchors_or_last_order(), engine, at_most)
            }
            Self::AlikeToAnchors => alike(query.anchors_or_last_order()),
            Self::AlikeToLastBought => alike(query.newest(MAX_LAST_ITEMS)),
            Self::Popularity => vec![Step::Popularity],
            Self::Range => vec![Step::Range],
        }
    }
}

fn help(items: Vec<ItemIdx>, at_most: usize) -> Vec<Step> {
    (!items.is_empty()).then_some(Step::Help { items, at_most }).into_iter().collect()
}

fn accessories(anchors: Vec<ItemIdx>, at_most: usize) -> Vec<Step> {
    (!anchors.is_empty()).then_some(Step::Accessories { anchors, at_most }).into_iter().collect()
}

fn related(anchors: Vec<ItemIdx>, engine: &Engine, at_most: usize) -> Vec<Step> {
    let asks = !anchors.is_empty() && engine.ranks_beside(&anchors);
    asks.then_some(Step::Related { anchors, at_most }).into_iter().collect()
}

fn alike(anchors: Vec<ItemIdx>) -> Vec<Step> {
    (!anchors.is_empty()).then_some(Step::Alike { anchors }).into_iter().collect()
}

/// What visits like this one went on to: items of this visit, oldest first, and last what is looked at now.
fn session(query: &Situation<'_>, engine: &Engine) -> Vec<Step> {
    let visit: Vec<ItemIdx> = query.session.iter().chain(query.anchors).copied().collect();
    if visit.is_empty() || engine.models().session.is_none() {
        return Vec::new();
    }
    let is_of_history = query.is_for_people() && query.has_history();
    let at_most = if is_of_history { query.n.div_ceil(2) } else { query.n };
    vec![Step::Session { visit, at_most }]
}

fn personal(kind: PersonalKind, history: Vec<ItemIdx>) -> Vec<Step> {
    (!history.is_empty()).then_some(Step::Personal { kind, history }).into_iter().collect()
}

/// The rungs of a query, top first.
pub(crate) fn ladder(query: &Situation<'_>, engine: &Engine) -> Vec<Rung> {
    match query.ranking {
        Ranking::AsPlaced => of_placement(query, engine),
        Ranking::Only(BlendPart::Popularity) => vec![Rung::Popularity],
        Ranking::Only(BlendPart::Affinity) => vec![Rung::AffinityWithLastBought],
        Ranking::Only(BlendPart::Personal(kind)) => vec![Rung::ModelOnHistory(kind)],
        Ranking::Only(BlendPart::Repeat) => vec![Rung::RepeatOnHistory],
        Ranking::Accessories => vec![Rung::AccessoriesOfAnchors, Rung::ComplementsOfAnchors],
        Ranking::Alternatives => vec![Rung::AlternativesOfAnchors, Rung::LeavesOfAnchors],
    }
}

/// The rungs of a placement, top first.
fn of_placement(query: &Situation<'_>, engine: &Engine) -> Vec<Rung> {
    let for_people = query.is_for_people();
    let has_history = query.has_history();
    let mut rungs = Vec::with_capacity(8);
    if for_people && has_history && query.already_bought == AlreadyBought::WhenDue {
        rungs.push(Rung::DueOfHistory);
    }
    if for_people && !query.looked_at().is_empty() {
        rungs.push(Rung::SessionOnLooks);
    }
    if for_people && has_history {
        rungs.extend([Rung::ReplacementsOfOwned, Rung::HelpWithRecent, Rung::AccessoriesOfRecent]);
        if query.already_bought == AlreadyBought::Keep && engine.models().blend.is_none() {
            rungs.push(Rung::RepeatOnHistory);
        }
    }
    // Where no visits were learned from, what a stranger looks at is all their past, and asked about as such.
    if for_people && !query.session.is_empty() && (has_history || engine.knows_visits()) {
        rungs.insert(0, Rung::SessionOnVisit);
    }
    match query.placement {
        Placement::Basket if engine.ranks_baskets() => rungs.extend([
            Rung::DeclaredOfAnchors,
            Rung::MostRelatedToAnchors,
            Rung::SomeAccessoriesOfAnchors,
            Rung::RelatedToAnchors,
        ]),
        Placement::Basket => rungs.push(Rung::AccessoriesOfAnchors),
        Placement::AfterOrder => {
            rungs.extend([Rung::HelpWithAnchors, Rung::AccessoriesOfAnchors, Rung::RelatedToAnchors]);
        }
        Placement::ItemPage if is_sold_out(query, engine) => rungs.push(Rung::AlternativesOfAnchors),
        _ => {}
    }
    if query.placement == Placement::ItemPage {
        rungs.push(Rung::RelatedToAnchors);
    }
    rungs.extend_from_slice(match (for_people, engine.models().blend.is_some()) {
        (false, _) => &[Rung::AffinityWithAnchors, Rung::SessionOnVisit, Rung::WalksFromAnchors],
        (true, true) => &[
            Rung::BlendOnHistory,
            Rung::CategoriesOfHistory,
            Rung::AffinityWithAnchors,
            Rung::AlikeToLastBought,
        ],
        (true, false) => &[
            Rung::PersonalOnHistory,
            Rung::AffinityWithLastBought,
            Rung::CategoriesOfHistory,
            Rung::AffinityWithAnchors,
            Rung::AlikeToLastBought,
        ],
    });
    if matches!(query.placement, Placement::Basket | Placement::AfterOrder) {
        rungs.push(Rung::ComplementsOfAnchors);
    }
    if query.placement == Placement::ItemPage {
        // Beside a basket, what is like its items would take their place.
        rungs.push(Rung::AlikeToAnchors);
    }
    if !for_people {
        rungs.push(Rung::CategoriesOfAnchors);
    }
    rungs.extend([Rung::Popularity, Rung::Range]);
    rungs
}

/// The source that is to fill a slate by itself, which those that take some places of it are not.
pub(crate) fn first_choice(rungs: &[Rung], query: &Situation<'_>) -> CandidateSource {
    let takes_places = |rung: Rung| match rung {
        Rung::SessionOnVisit | Rung::SessionOnLooks => query.has_history(),
        rung => rung.source().takes_places(),
    };
    // Asked for by itself, what else takes places first is all there is.
    let fills = rungs.iter().find(|&&rung| !takes_places(rung)).or(rungs.first());
    fills.expect("no ladder is empty").source()
}

/// Whether nothing the page is about can be ordered.
fn is_sold_out(query: &Situation<'_>, engine: &Engine) -> bool {
    let catalogue = &engine.models().catalogue;
    let is_sold_out = |&anchor: &ItemIdx| catalogue.availability(anchor) == Availability::OutOfStock;
    !query.anchors.is_empty() && query.anchors.iter().all(is_sold_out)
}
