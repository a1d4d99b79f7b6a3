//! Which pages rules leave empty, so that it is told before anybody sees one.
//!
//! A page is a placement and its anchors: none at home and in the newsletter, elsewhere the best seller of each category.
//! It is empty where every item that can be offered is hidden. A page that shows something is done with at the first item
//! shown, so it costs O(items · rules) for a page that is empty and next to nothing for any other.

use std::collections::{BTreeMap, BTreeSet};

use erbij_core::{Catalogue, ItemIdx, Placement, Timestamp};

use super::CompiledRules;
use super::compiled::Effect;

/// The categories that pages are looked at of: a bound on the work where everything is hidden.
const MAX_PAGES: usize = 50;

/// Placements every page of which rules leave empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Emptied {
    /// The rules that hide everything, each by itself; or where none does, those that do it together. As in the file.
    pub rules: Vec<String>,
    /// Whether each does it by itself.
    pub alone: bool,
    /// Where.
    pub placements: Vec<Placement>,
    /// From when on; none where they do it at the instant asked about.
    pub from: Option<Timestamp>,
}

impl Emptied {
    /// The same for people: which rules, where and from when on.
    pub fn note(&self) -> String {
        let names = self.rules.iter().map(|rule| format!("`{rule}`")).collect::<Vec<_>>().join(", ");
        let hide = match (self.rules.len(), self.alone) {
            (1, _) => format!("rule {names} hides"),
            (_, true) => format!("rules {names} each hide"),
            (_, false) => format!("rules {names} hide together"),
        };
        let places = self.placements.iter().map(|placement| placement.name()).collect::<Vec<_>>().join(", ");
        let from = self.from.map_or_else(String::new, |from| format!(" from {from} on"));
        format!("{hide} everything that can be offered{from}: every page of {places} is empty")
    }

    /// Whether the placements that are empty at the instant asked about are all there are.
    pub fn is_every_page(emptied: &[Self]) -> bool {
        let now = emptied.iter().filter(|emptied| emptied.from.is_none());
        let placements: BTreeSet<Placement> = now.flat_map(|emptied| emptied.placements.clone()).collect();
        placements.len() == Placement::ALL.len()
    }
}

impl CompiledRules {
    /// The placements every page of which these rules leave empty, at an instant or from a later one on, when a rule
    /// begins to hold; by instant, then by placement.
    pub fn emptied(&self, catalogue: &Catalogue, now: Timestamp) -> Vec<Emptied> {
        let hides = |effect: &Effect| matches!(effect, Effect::Hide(_) | Effect::Category { .. });
        let hiding = self.rules.iter().filter(|rule| hides(&rule.effect));
        let begins: BTreeSet<Timestamp> = hiding.clone().filter_map(|rule| rule.from).collect();
        let instants = std::iter::once(now).chain(begins.into_iter().filter(|&from| now < from));
        let mut emptied: Vec<Emptied> = Vec::new();
        if hiding.count() == 0 {
            return emptied;
        }
        for at in instants {
            let eligible: Vec<ItemIdx> =
                catalogue.items().indices().filter(|&item| catalogue.eligibility(item, at).is_ok()).collect();
            for placement in Placement::ALL {
                let is_told = emptied.iter().any(|emptied| emptied.placements.contains(&placement));
                let found = if is_told { None } else { self.emptying(placement, at, &eligible, catalogue) };
                let Some((rules, alone)) = found else { continue };
                let from = (now < at).then_some(at);
                match emptied.iter_mut().find(|other| other.rules == rules && other.from == from) {
                    Some(other) => other.placements.push(placement),
                    None => emptied.push(Emptied { rules, alone, placements: vec![placement], from }),
                }
            }
        }
        emptied
    }

    /// The rules that leave every page of a placement empty, and whether each does by itself; none where some page shows
    /// something, or nothing could be offered without rules either.
    fn emptying(
        &self,
        placement: Placement,
        at: Timestamp,
        eligible: &[ItemIdx],
        catalogue: &Catalogue,
    ) -> Option<(Vec<String>, bool)> {
        let pages = pages(placement, eligible, catalogue);
        // What a page is about is never shown on it, so nothing is a page's loss where there is nothing else.
        let page = |anchors: &Vec<ItemIdx>| {
            let others = eligible.iter().copied().filter(|item| !anchors.contains(item)).collect::<Vec<_>>();
            (!others.is_empty()).then(|| (self.active(placement, at, anchors), others))
        };
        let (mut hidden, mut needed) = (BTreeMap::<&str, usize>::new(), BTreeSet::new());
        let mut n_places = 0;
        for (rules, others) in pages.iter().filter_map(page) {
            for item in &others {
                needed.insert(rules.hidden_by(*item)?);
            }
            others.iter().flat_map(|&item| rules.hiders(item)).for_each(|rule| {
                *hidden.entry(rule).or_default() += 1;
            });
            n_places += others.len();
        }
        if n_places == 0 {
            return None;
        }
        let alone = hidden.values().any(|&n_hidden| n_hidden == n_places);
        let does_it =
            |name: &str| if alone { hidden.get(name) == Some(&n_places) } else { needed.contains(name) };
        let names = self.rules.iter().map(|rule| rule.name.as_str()).filter(|name| does_it(name));
        Some((names.map(str::to_owned).collect(), alone))
    }
}

/// The anchors of the pages that are looked at.
fn pages(placement: Placement, eligible: &[ItemIdx], catalogue: &Catalogue) -> Vec<Vec<ItemIdx>> {
    match placement {
        Placement::Home | Placement::Newsletter => vec![Vec::new()],
        Placement::ItemPage | Placement::Basket | Placement::AfterOrder => {
            let mut seen = BTreeSet::new();
            let firsts = eligible.iter().filter(|&&item| seen.insert(catalogue.category(item)));
            firsts.take(MAX_PAGES).map(|&item| vec![item]).collect()
        }
    }
}
