//! What became of an item, and how a customer stands to his needs: answers for whoever wants to know why.

use erbij_engine::{Engine, Language, Query, RuleDoes, RuleOnItem, Scratch, SlateItem, Standing};
use erbij_people::{Held, Looked};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::named::{Ignored, Known};

/// Something a customer has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HeldItem {
    /// Its id.
    pub item_id: String,
    /// Its name for people.
    pub title: String,
    /// Since when he has it.
    #[schema(example = "2024-03-03")]
    pub since: String,
    /// Until when it serves.
    #[schema(example = "2029-03-02")]
    pub ends_on: String,
}

/// What a customer looked at of one need in the days before, and has bought nothing of since.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LookedAt {
    /// The first day.
    #[schema(example = "2024-03-03")]
    pub since: String,
    /// The last day.
    #[schema(example = "2024-03-05")]
    pub last_on: String,
    /// How many distinct items.
    pub n_items: u32,
    /// On how many days.
    pub n_days: u32,
    /// The id of the item he looked at last.
    pub item_id: String,
    /// Its name for people.
    pub title: String,
}

/// An item and what spoke for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ScoredItem {
    /// Its id.
    pub item_id: String,
    /// Where it came from.
    pub source: String,
    /// How well it did; comparable among items of one source only.
    pub score: f64,
}

/// A rule of the shop that does something with an item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ItemRule {
    /// Its name.
    pub rule: String,
    /// What it does: `hide`, `pin` or `boost`.
    #[schema(example = "boost")]
    pub action: String,
    /// The place it puts the item in, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<u32>,
    /// What it multiplies the item's score by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub factor: Option<f32>,
}

impl ItemRule {
    fn of(on_item: &RuleOnItem) -> Self {
        let (position, factor) = match on_item.does {
            RuleDoes::Hides => (None, None),
            RuleDoes::Pins { position } => (Some(position), None),
            RuleDoes::Boosts { factor } => (None, Some(factor)),
        };
        Self { rule: on_item.rule.clone(), action: on_item.does.name().to_owned(), position, factor }
    }
}

/// A question that is asked of an artifact, and the ids it was asked with.
#[derive(Clone, Copy, Debug)]
pub struct Asking<'a> {
    /// The models.
    pub engine: &'a Engine,
    /// What they are.
    pub artifact_id: &'a str,
    /// The question.
    pub query: &'a Query<'a>,
    /// Its ids.
    pub known: &'a Known<'a>,
}

/// What became of an item on a slate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ExplainAnswer {
    /// The artifact that answered.
    pub model_version: String,
    /// The item's id; a variant's id stands for its item.
    pub item_id: String,
    /// Its name for people.
    pub title: String,
    /// Where the slate would be shown.
    pub placement: String,
    /// Whether the models know the customer; false where none is named.
    pub customer_known: bool,
    /// Whether it is on the slate.
    pub shown: bool,
    /// What decided: `shown`, `unknown_item`, `excluded`, `incompatible`, `bundle`, `sent_back`, `already_bought`,
    /// `owned`, `rule`, `filter`, `out_of_stock`, `not_listed`, `not_yet_available`, `expired`, `service`, `age_restricted`, `cap`, `score` or `not_a_candidate`.
    #[schema(example = "owned")]
    pub step: String,
    /// The same in a sentence.
    pub text: String,
    /// Its place on the slate, or in a longer one; none where something keeps it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rank: Option<u32>,
    /// What spoke for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub candidate: Option<ScoredItem>,
    /// The last item that made it onto the slate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_shown: Option<ScoredItem>,
    /// The rule of the shop that hides it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// All rules of the shop that hide, pin or boost it, here and now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<ItemRule>,
    /// What the customer has that meets the same need.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<HeldItem>,
    /// What the customer looked at of the same need in the days before, where nothing he has meets it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub looked_at: Option<LookedAt>,
    /// What this service does not know and did not look at.
    #[schema(example = json!(["consent"]))]
    pub not_checked: Vec<String>,
    /// What of the question changed nothing on the slate, by field; absent where all of it was heard.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignored: Vec<Ignored>,
}

impl ExplainAnswer {
    /// Asks the engine what became of an item, by its id or a variant's; one that is not known is told so.
    pub fn of(asking: &Asking<'_>, item_id: &str, language: Language, scratch: &mut Scratch) -> Self {
        let &Asking { engine, artifact_id, query, known } = asking;
        let unknown = Self {
            model_version: artifact_id.to_owned(),
            item_id: item_id.to_owned(),
            title: item_id.to_owned(),
            placement: query.placement.name().to_owned(),
            customer_known: query.person.customer().is_some(),
            shown: false,
            step: "unknown_item".to_owned(),
            text: match language {
                Language::Dutch => format!("het artikel `{item_id}` is niet bekend"),
                Language::English => format!("the item `{item_id}` is not known"),
            },
            rank: None,
            candidate: None,
            last_shown: None,
            rule: None,
            rules: Vec::new(),
            held: None,
            looked_at: None,
            not_checked: vec!["consent".to_owned()],
            // Of an item that is not known no slate is made, which could tell more.
            ignored: known.unknown_ids(engine.models()),
        };
        let catalogue = &engine.models().catalogue;
        let Some(item) = catalogue.item_idx_from_id(item_id) else { return unknown };
        let why_not = engine.why_not(query, item, scratch);
        let (rank, candidate) = match &why_not.standing {
            Standing::Shown { position, item } => (Some(*position), Some(item)),
            Standing::Capped { rank, item } | Standing::Outscored { rank, item } => (Some(*rank), Some(item)),
            Standing::KeptOut(_) | Standing::NoCandidate => (None, None),
        };
        let scored = |item: &SlateItem| ScoredItem {
            item_id: catalogue.items().id(item.item).to_owned(),
            source: item.source.name().to_owned(),
            score: f64::from(engine.shown_score(item)),
        };
        let need = engine.models().ownership.as_ref().and_then(|ownership| ownership.need_of(item));
        let looked_at = engine.looked_at(query).into_iter().find(|looked| Some(looked.need) == need);
        Self {
            item_id: catalogue.items().id(item).to_owned(),
            title: catalogue.title(item).to_owned(),
            shown: matches!(why_not.standing, Standing::Shown { .. }),
            step: why_not.standing.step().to_owned(),
            text: why_not.sentence(engine, query, item, language),
            rank: rank.map(|rank| rank as u32),
            candidate: candidate.map(scored),
            last_shown: why_not.slate.items.last().map(scored),
            rule: why_not.rule().map(|hiding| hiding.rule.clone()),
            rules: why_not.rules.iter().map(ItemRule::of).collect(),
            held: why_not.held(engine, query).map(|held| held_item(&held, engine)),
            looked_at: looked_at.map(|looked| looked_at_need(&looked, engine)),
            ignored: known.ignored(engine, query, &why_not.slate),
            ..unknown
        }
    }
}

/// How a customer stands to one need.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CustomerNeed {
    /// What it is called: the path of a category, or a name of the recipe.
    #[schema(example = "Home > Safety > Smoke detectors")]
    pub need: String,
    /// `orientation`, `purchase`, `after_sales`, `relation` or `replacement`.
    pub phase: String,
    /// What to say of it: `offer`, `offer_follow_up`, `offer_replacement` or `nothing`.
    pub answer: String,
    /// What he has of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<HeldItem>,
    /// What he looked at of it in the days before, where nothing he has meets it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub looked_at: Option<LookedAt>,
}

/// How a customer stands to the needs he has met, and to those he looks around for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NeedsAnswer {
    /// The artifact that answered.
    pub model_version: String,
    /// Whether the models know the customer.
    pub customer_known: bool,
    /// One a need; of all others the answer is `offer`.
    pub needs: Vec<CustomerNeed>,
    /// What of the question changed nothing, by field; absent where all of it was heard.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignored: Vec<Ignored>,
}

impl NeedsAnswer {
    /// Asks the engine how the customer of a query stands to his needs.
    pub fn of(asking: &Asking<'_>) -> Self {
        let &Asking { engine, artifact_id, query, known } = asking;
        let ownership = engine.models().ownership.as_ref();
        let needs = engine.needs(query).into_iter().map(|status| CustomerNeed {
            need: ownership.map_or("", |ownership| ownership.need(status.need).name).to_owned(),
            phase: status.phase.name().to_owned(),
            answer: status.answer.name().to_owned(),
            held: status.held.map(|held| held_item(&held, engine)),
            looked_at: status.looked.map(|looked| looked_at_need(&looked, engine)),
        });
        Self {
            model_version: artifact_id.to_owned(),
            customer_known: query.person.customer().is_some(),
            needs: needs.collect(),
            ignored: known.ignored_by_needs(engine, query),
        }
    }
}

fn looked_at_need(looked: &Looked, engine: &Engine) -> LookedAt {
    let catalogue = &engine.models().catalogue;
    LookedAt {
        since: looked.first_on.to_string(),
        last_on: looked.last_on.to_string(),
        n_items: looked.n_items,
        n_days: looked.n_days,
        item_id: catalogue.items().id(looked.item).to_owned(),
        title: catalogue.title(looked.item).to_owned(),
    }
}

fn held_item(held: &Held, engine: &Engine) -> HeldItem {
    let catalogue = &engine.models().catalogue;
    HeldItem {
        item_id: catalogue.items().id(held.holding.item).to_owned(),
        title: catalogue.title(held.holding.item).to_owned(),
        since: held.holding.since.to_string(),
        ends_on: held.holding.ends_on.to_string(),
    }
}
