//! Pairs found, beside pairs planted.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use erbij_core::ItemIdx;
use erbij_models::{Accessory, AlternativeKind};
use serde_json::{Map, Value, json};

use super::truth::Truth;
use crate::progress::with_commas;

/// One pair found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair {
    pub(super) anchor: u32,
    pub(super) item: u32,
    pub(super) score: f32,
    /// What the model says it is; other measures say nothing.
    pub(super) kind: Option<&'static str>,
}

fn share(n: usize, of: usize) -> Option<f64> {
    (0 < of).then(|| n as f64 / of as f64)
}

/// Precision, recall, direction and substitutes of pairs, and recall by kind.
pub(super) fn judge(pairs: &[Pair], truth: &Truth, min_expected: f64) -> Value {
    let found: BTreeSet<(u32, u32)> = pairs.iter().map(|pair| (pair.anchor, pair.item)).collect();
    let n_right = found.iter().filter(|pair| truth.relations.contains_key(*pair)).count();
    let n_reverse = found.iter().filter(|&&(a, b)| truth.relations.contains_key(&(b, a))).count();
    let n_substitutes = found.iter().filter(|&&(a, b)| truth.is_one_need(a, b)).count();
    let mut kinds: BTreeMap<&str, [usize; 4]> = BTreeMap::new();
    for (pair, planted) in &truth.relations {
        let of_kind = kinds.entry(planted.kind.as_str()).or_default();
        of_kind[2] += usize::from(found.contains(pair));
        if min_expected <= planted.expected_pairs {
            of_kind[0] += 1;
            of_kind[1] += usize::from(found.contains(pair));
        }
    }
    for pair in pairs.iter().filter(|pair| pair.kind.is_some()) {
        if let Some(planted) = truth.relations.get(&(pair.anchor, pair.item))
            && pair.kind == Some(planted.kind.as_str())
        {
            kinds.entry(planted.kind.as_str()).or_default()[3] += 1;
        }
    }
    let n_expected = kinds.values().map(|kind| kind[0]).sum();
    let n_recalled = kinds.values().map(|kind| kind[1]).sum();
    let by_kind: Map<String, Value> = kinds
        .into_iter()
        .map(|(kind, [n, n_found, n_all, n_right_kind])| {
            let figures = json!({
                "n": n,
                "recall": share(n_found, n),
                "n_found": n_all,
                "kind_right": share(n_right_kind, n_all),
            });
            (kind.to_owned(), figures)
        })
        .collect();
    json!({
        "n_pairs": found.len(),
        "precision": share(n_right, found.len()),
        "recall": share(n_recalled, n_expected),
        "n_expected": n_expected,
        "direction_right": share(n_right, n_right + n_reverse),
        "substitutes_among": share(n_substitutes, found.len()),
        "by_kind": by_kind,
    })
}

/// How alternatives fare: pairs in either direction count each.
pub(super) fn alternatives_json(model: &Accessory, truth: &Truth) -> Value {
    let mut n_right = 0;
    let mut found = BTreeSet::new();
    let mut successors = BTreeSet::new();
    for a in 0..model.n_items() as u32 {
        for alternative in model.alternatives(ItemIdx::new(a)) {
            let b = alternative.item.get();
            n_right += usize::from(truth.is_one_need(a, b));
            found.insert((a, b));
            if alternative.kind == AlternativeKind::Successor {
                successors.insert((a, b));
            }
        }
    }
    let is_sold =
        |pair: &&(u32, u32)| 30.0 <= truth.n_lines[pair.0 as usize].min(truth.n_lines[pair.1 as usize]);
    let substitutes: Vec<_> = truth.substitutes.iter().filter(is_sold).collect();
    let planted_successors: Vec<_> = truth.successors.iter().filter(is_sold).collect();
    let is_named = |pair: &&(u32, u32)| truth.successors.contains(pair);
    let n_found = |pairs: &[&(u32, u32)]| pairs.iter().filter(|pair| found.contains(**pair)).count();
    json!({
        "n_pairs": found.len(),
        "precision": share(n_right, found.len()),
        "n_substitutes": substitutes.len(),
        "recall": share(n_found(&substitutes), substitutes.len()),
        "n_successors": planted_successors.len(),
        "successors_found": share(n_found(&planted_successors), planted_successors.len()),
        "successors_named": successors.len(),
        "successors_right": share(successors.iter().filter(is_named).count(), successors.len()),
    })
}

fn percent(value: &Value) -> String {
    value.as_f64().map_or("–".to_owned(), |share| format!("{:.1} %", 100.0 * share))
}

/// A line of figures, and one a kind where the model says kinds.
pub(super) fn print_figures(name: &str, figures: &Value, out: &mut dyn Write) -> anyhow::Result<()> {
    writeln!(
        out,
        "{name:<22} precision {:>7}  recall {:>7} of {:<6} direction {:>7}  substitutes {:>7}",
        percent(&figures["precision"]),
        percent(&figures["recall"]),
        with_commas(figures["n_expected"].as_u64().unwrap_or_default()),
        percent(&figures["direction_right"]),
        percent(&figures["substitutes_among"]),
    )?;
    let by_kind = figures["by_kind"].as_object().into_iter().flatten();
    for (kind, figures) in by_kind.filter(|_| name == "accessory") {
        writeln!(
            out,
            "  {kind:<20} {:>6} found  recall {:>7} of {:<6} kind right {:>7}",
            with_commas(figures["n_found"].as_u64().unwrap_or_default()),
            percent(&figures["recall"]),
            with_commas(figures["n"].as_u64().unwrap_or_default()),
            percent(&figures["kind_right"]),
        )?;
    }
    Ok(())
}

pub(super) fn print_alternatives(figures: &Value, out: &mut dyn Write) -> anyhow::Result<()> {
    let count = |key: &str| with_commas(figures[key].as_u64().unwrap_or_default());
    writeln!(
        out,
        "alternatives: {} pairs, precision {}, recall {} of {}; successors: {} of {} found, {} named, {} right",
        count("n_pairs"),
        percent(&figures["precision"]),
        percent(&figures["recall"]),
        count("n_substitutes"),
        percent(&figures["successors_found"]),
        count("n_successors"),
        count("successors_named"),
        percent(&figures["successors_right"]),
    )?;
    Ok(())
}
