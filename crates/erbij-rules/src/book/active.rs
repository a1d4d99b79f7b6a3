//! The rules that hold for one query.

use erbij_core::{ItemIdx, Placement, Timestamp};

use super::compiled::{Effect, NO_HEAD};
use super::{Action, CompiledRules};
use crate::{Columns, ItemSet};

/// How many items of a pin are looked at, the most popular first, to find one that may be shown.
const MAX_PIN_CANDIDATES: usize = 100;

/// Whatever rules say together, a score is multiplied by no more, and by no less than the inverse.
const MAX_BOOST: f32 = 1e6;

/// The rules that hold for one query. Empty, it owns nothing and every question is one comparison.
///
/// Where rules contradict each other: what one rule hides stays hidden, whatever pins or boosts it. Several boosts of
/// an item are multiplied. Of several pins to one place the first in the file has it; the next stands in if none of
/// the first's items can be shown.
#[derive(Clone, Debug)]
pub struct ActiveRules<'a> {
    columns: &'a Columns,
    hidings: Vec<Hiding<'a>>,
    boosts: Vec<Boosting<'a>>,
    /// By place, then by rule.
    pins: Vec<Pinning<'a>>,
}

#[derive(Clone, Debug)]
struct Hiding<'a> {
    rule: &'a str,
    items: Option<&'a ItemSet>,
    category: Option<CategoryBound<'a>>,
}

/// Hidden is what does not share a category with an anchor, or what does.
#[derive(Clone, Debug)]
struct CategoryBound<'a> {
    hides_sharing: bool,
    heads: &'a [u32],
    anchor_heads: Vec<u32>,
}

#[derive(Clone, Copy, Debug)]
struct Boosting<'a> {
    rule: &'a str,
    items: &'a ItemSet,
    factor: f32,
}

#[derive(Clone, Copy, Debug)]
struct Pinning<'a> {
    rule: &'a str,
    position: u32,
    items: &'a ItemSet,
}

/// An item that could stand at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pin<'a> {
    /// The place in the slate, from 1.
    pub position: u32,
    /// The item.
    pub item: ItemIdx,
    /// The name of the rule that says so.
    pub rule: &'a str,
}

impl CompiledRules {
    /// The rules that hold at a placement and an instant, beside these anchors (the item of the page, or what is in
    /// the basket). O(rules · anchors).
    ///
    /// A rule with `anchors` holds if one of the anchors is among them. The category rules compare with those anchors
    /// that the rule is about and that have a category; where there is none, they say nothing.
    pub fn active(&self, placement: Placement, now: Timestamp, anchors: &[ItemIdx]) -> ActiveRules<'_> {
        let columns = &*self.columns;
        let mut active = ActiveRules { columns, hidings: Vec::new(), boosts: Vec::new(), pins: Vec::new() };
        for rule in self.rules.iter().filter(|rule| rule.holds(placement, now)) {
            let is_awaited =
                |anchor: &&ItemIdx| rule.anchors.as_ref().is_none_or(|set| set.contains(**anchor));
            if rule.anchors.is_some() && !anchors.iter().any(|anchor| is_awaited(&anchor)) {
                continue;
            }
            let name = rule.name.as_str();
            match &rule.effect {
                Effect::Hide(items) => {
                    active.hidings.push(Hiding { rule: name, items: Some(items), category: None });
                }
                Effect::Boost { items, factor } => {
                    active.boosts.push(Boosting { rule: name, items, factor: *factor });
                }
                Effect::Pin { items, position } => {
                    active.pins.push(Pinning { rule: name, position: *position, items });
                }
                Effect::Category { action, items, heads } => {
                    let heads_of =
                        anchors.iter().filter(is_awaited).map(|&item| heads[columns.category_code(item)]);
                    let anchor_heads: Vec<u32> = heads_of.filter(|&head| head != NO_HEAD).collect();
                    if !anchor_heads.is_empty() {
                        let hides_sharing = *action == Action::OtherCategory;
                        let category = Some(CategoryBound { hides_sharing, heads, anchor_heads });
                        active.hidings.push(Hiding { rule: name, items: items.as_deref(), category });
                    }
                }
            }
        }
        active.pins.sort_by_key(|pin| pin.position);
        active
    }
}

impl<'a> ActiveRules<'a> {
    /// Whether no rule holds.
    pub fn is_empty(&self) -> bool {
        self.hidings.is_empty() && self.boosts.is_empty() && self.pins.is_empty()
    }

    /// The name of the first rule that hides a candidate; none where it may be shown. A bit test a rule that hides.
    pub fn hidden_by(&self, item: ItemIdx) -> Option<&'a str> {
        self.hiders(item).next()
    }

    /// The names of all rules that hide a candidate, in the order of the file.
    pub fn hiders(&self, item: ItemIdx) -> impl Iterator<Item = &'a str> + '_ {
        self.hidings.iter().filter(move |hiding| hiding.hides(self.columns, item)).map(|hiding| hiding.rule)
    }

    /// Whether any rule that holds boosts.
    pub fn has_boosts(&self) -> bool {
        !self.boosts.is_empty()
    }

    /// What a candidate's score is multiplied by: the product of all factors, 1 where there is none. Never zero, never
    /// infinite. A bit test a rule that boosts.
    pub fn boost(&self, item: ItemIdx) -> f32 {
        let limited =
            |product: f32, (_, factor): (&str, f32)| (product * factor).clamp(1.0 / MAX_BOOST, MAX_BOOST);
        self.boosts_of(item).fold(1.0, limited)
    }

    /// The rules that boost a candidate, in the order of the file, each with its factor.
    #[inline]
    pub fn boosts_of(&self, item: ItemIdx) -> impl Iterator<Item = (&'a str, f32)> + '_ {
        let boosts = self.boosts.iter().filter(move |boosting| boosting.items.contains(item));
        boosts.map(|boosting| (boosting.rule, boosting.factor))
    }

    /// What could stand at pinned places: by place, then by rule, then the most popular first, hidden items left out.
    /// A place takes the first item that may be offered and does not stand above already. Of each rule the 100 most
    /// popular items are looked at.
    pub fn pins(&self) -> impl Iterator<Item = Pin<'a>> + '_ {
        self.pins.iter().flat_map(|&Pinning { rule, position, items }| {
            let looked_at = items.iter().take(MAX_PIN_CANDIDATES);
            let shown = looked_at.filter(|&item| self.hidden_by(item).is_none());
            shown.map(move |item| Pin { position, item, rule })
        })
    }
}

impl Hiding<'_> {
    fn hides(&self, columns: &Columns, item: ItemIdx) -> bool {
        if self.items.is_some_and(|items| !items.contains(item)) {
            return false;
        }
        self.category.as_ref().is_none_or(|CategoryBound { hides_sharing, heads, anchor_heads }| {
            let head = heads[columns.category_code(item)];
            anchor_heads.contains(&head) == *hides_sharing
        })
    }
}
