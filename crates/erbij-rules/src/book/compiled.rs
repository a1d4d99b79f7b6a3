//! Rules over one catalogue: every expression evaluated once.

use std::collections::HashMap;
use std::sync::Arc;

use erbij_core::{Categories, CategoryIdx, Placement, Timestamp};

use super::Action;
use super::check::{CheckedEffect, CheckedRule, CheckedRuleBook};
use crate::{Columns, Expr, ItemSet};

/// Rules over one catalogue.
///
/// Holds a bit an item for every distinct expression. With a new catalogue the book is compiled anew.
#[derive(Clone, Debug)]
pub struct CompiledRules {
    pub(super) columns: Arc<Columns>,
    pub(super) rules: Vec<CompiledRule>,
}

#[derive(Clone, Debug)]
pub(super) struct CompiledRule {
    pub(super) name: String,
    line: usize,
    placements: Vec<Placement>,
    pub(super) from: Option<Timestamp>,
    until: Option<Timestamp>,
    pub(super) anchors: Option<Arc<ItemSet>>,
    pub(super) effect: Effect,
}

#[derive(Clone, Debug)]
pub(super) enum Effect {
    Hide(Arc<ItemSet>),
    Pin {
        items: Arc<ItemSet>,
        position: u32,
    },
    Boost {
        items: Arc<ItemSet>,
        factor: f32,
    },
    Category {
        action: Action,
        /// All where not said.
        items: Option<Arc<ItemSet>>,
        /// By category its head: the node above it, or itself, that the level names. Behind them [`NO_HEAD`].
        heads: Vec<u32>,
    },
}

/// The head of an item without a category, which shares it with nothing.
pub(super) const NO_HEAD: u32 = u32::MAX;

/// What is worth telling of a rule over a catalogue.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RuleSummary<'a> {
    /// Its name.
    pub name: &'a str,
    /// The line of its name in the file.
    pub line: usize,
    /// What it does.
    pub action: Action,
    /// How many items it is about; none where it is about all.
    pub n_items: Option<usize>,
    /// How many items can be the anchor that it waits for; none where it does not wait.
    pub n_anchors: Option<usize>,
    /// Since when it holds.
    pub from: Option<Timestamp>,
    /// From when on it no longer does.
    pub until: Option<Timestamp>,
}

impl RuleSummary<'_> {
    /// What to tell of a rule that is idle.
    pub fn idle_note(&self) -> String {
        format!("rule `{}` (line {}) matches no item or no anchor in this catalogue", self.name, self.line)
    }

    /// Whether it can never do anything with this catalogue: no item is chosen, or no anchor.
    pub fn is_idle(&self) -> bool {
        self.n_items == Some(0) || self.n_anchors == Some(0)
    }
}

impl CheckedRuleBook {
    /// The rules over a catalogue. O(distinct expressions · items).
    pub fn compile(&self, columns: &Arc<Columns>) -> CompiledRules {
        let mut sets: HashMap<&str, Arc<ItemSet>> = HashMap::new();
        let rules = self.rules.iter().map(|rule| compile(rule, columns, &mut sets)).collect();
        CompiledRules { columns: Arc::clone(columns), rules }
    }
}

fn compile<'a>(
    rule: &'a CheckedRule,
    columns: &Columns,
    sets: &mut HashMap<&'a str, Arc<ItemSet>>,
) -> CompiledRule {
    let mut set = |expr: &'a Expr| {
        Arc::clone(sets.entry(expr.source()).or_insert_with(|| Arc::new(expr.evaluate(columns))))
    };
    CompiledRule {
        name: rule.name.clone(),
        line: rule.line,
        placements: rule.placements.clone(),
        from: rule.from,
        until: rule.until,
        anchors: rule.anchors.as_ref().map(&mut set),
        effect: match &rule.effect {
            CheckedEffect::Hide(items) => Effect::Hide(set(items)),
            CheckedEffect::Pin { items, position } => Effect::Pin { items: set(items), position: *position },
            CheckedEffect::Boost { items, factor } => Effect::Boost { items: set(items), factor: *factor },
            CheckedEffect::Category { action, items, level } => {
                let heads = heads(columns.categories(), *level);
                Effect::Category { action: *action, items: items.as_ref().map(set), heads }
            }
        },
    }
}

/// By category the node that stands for it: itself, or where its path is longer than the level, the node above it
/// whose path is as long.
fn heads(categories: &Categories, level: Option<u32>) -> Vec<u32> {
    let head = |category| {
        let depth = categories.ancestors(category).count();
        let n_up = level.map_or(0, |level| depth.saturating_sub(level as usize));
        categories.ancestors(category).nth(n_up).map_or(NO_HEAD, CategoryIdx::get)
    };
    let all = (0..categories.len() as u32).map(CategoryIdx::new);
    all.map(head).chain([NO_HEAD]).collect()
}

impl CompiledRule {
    /// Whether it holds at a place and an instant. `until` is the first instant at which it does not.
    pub(super) fn holds(&self, placement: Placement, now: Timestamp) -> bool {
        self.placements.contains(&placement)
            && self.from.is_none_or(|from| from <= now)
            && self.until.is_none_or(|until| now < until)
    }

    fn summary(&self) -> RuleSummary<'_> {
        let (action, items) = match &self.effect {
            Effect::Hide(items) => (Action::Hide, Some(items)),
            Effect::Pin { items, .. } => (Action::Pin, Some(items)),
            Effect::Boost { items, .. } => (Action::Boost, Some(items)),
            Effect::Category { action, items, .. } => (*action, items.as_ref()),
        };
        RuleSummary {
            name: &self.name,
            line: self.line,
            action,
            n_items: items.map(|items| items.len()),
            n_anchors: self.anchors.as_ref().map(|anchors| anchors.len()),
            from: self.from,
            until: self.until,
        }
    }
}

impl CompiledRules {
    /// No rules, over a catalogue.
    pub fn none(columns: &Arc<Columns>) -> Self {
        CheckedRuleBook::default().compile(columns)
    }

    /// How many rules.
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// What is worth telling of each rule, in the order of the file.
    pub fn summaries(&self) -> impl ExactSizeIterator<Item = RuleSummary<'_>> {
        self.rules.iter().map(CompiledRule::summary)
    }

    /// Rules that can never do anything with this catalogue: no item is chosen, or no anchor. Often a misspelt brand.
    pub fn idle(&self) -> impl Iterator<Item = RuleSummary<'_>> {
        self.summaries().filter(RuleSummary::is_idle)
    }

    /// Rules whose time is over and that can be taken out.
    pub fn over(&self, now: Timestamp) -> impl Iterator<Item = RuleSummary<'_>> {
        self.summaries().filter(move |rule| rule.until.is_some_and(|until| until <= now))
    }
}
