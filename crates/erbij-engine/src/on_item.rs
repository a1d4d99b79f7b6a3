//! What the shop's rules do with one item of a slate: which hide it, which one puts it in a place, which boost it.

use erbij_core::ItemIdx;

use crate::engine::Engine;
use crate::query::Query;
use crate::reason::Language;
use crate::scratch::Scratch;

/// What a rule does with an item.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum RuleDoes {
    /// It is not shown.
    Hides,
    /// It stands at this place, from 1, or at the last one of a shorter slate.
    Pins {
        /// The place.
        position: u32,
    },
    /// Its score is multiplied, wherever it is a candidate.
    Boosts {
        /// By what.
        factor: f32,
    },
}

/// A rule that does something with an item, here and now.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleOnItem {
    /// The rule's name.
    pub rule: String,
    /// What it does.
    pub does: RuleDoes,
}

impl RuleDoes {
    /// The action, as `rules.toml` spells it; the category actions hide.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hides => "hide",
            Self::Pins { .. } => "pin",
            Self::Boosts { .. } => "boost",
        }
    }
}

impl RuleOnItem {
    /// The same in a clause.
    pub fn clause(&self, language: Language) -> String {
        let rule = &self.rule;
        match (self.does, language) {
            (RuleDoes::Hides, Language::Dutch) => format!("de regel `{rule}` verbergt het"),
            (RuleDoes::Hides, Language::English) => format!("the rule `{rule}` hides it"),
            (RuleDoes::Pins { position }, Language::Dutch) => {
                format!("de regel `{rule}` zet het op plaats {position}")
            }
            (RuleDoes::Pins { position }, Language::English) => {
                format!("the rule `{rule}` puts it in place {position}")
            }
            (RuleDoes::Boosts { factor }, Language::Dutch) => {
                format!("de regel `{rule}` vermenigvuldigt zijn score met {factor}")
            }
            (RuleDoes::Boosts { factor }, Language::English) => {
                format!("the rule `{rule}` multiplies its score by {factor}")
            }
        }
    }
}

impl Engine {
    /// The rules that do something with an item on the slate of a query: those that hide it, the one that puts it in a
    /// place, those that boost it; each as in the file. A rule that pins others of its items in its stead is not among them.
    pub fn rules_on(&self, query: &Query<'_>, item: ItemIdx, scratch: &mut Scratch) -> Vec<RuleOnItem> {
        let asked = self.situation(query);
        self.begin(&asked, scratch);
        let pin = self.pins(&asked, scratch).into_iter().find(|pin| pin.item == item);
        self.end(scratch);
        let hides = asked.rules.hiders(item).map(|rule| (rule, RuleDoes::Hides));
        let pins = pin.into_iter().map(|pin| (pin.rule, RuleDoes::Pins { position: pin.position }));
        let boosts = asked.rules.boosts_of(item).map(|(rule, factor)| (rule, RuleDoes::Boosts { factor }));
        let rules = hides.chain(pins).chain(boosts);
        rules.map(|(rule, does)| RuleOnItem { rule: rule.to_owned(), does }).collect()
    }
}
