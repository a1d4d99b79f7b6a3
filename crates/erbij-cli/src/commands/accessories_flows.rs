//! `erbij accessories --flows`: which categories go with which, and between which of them pairs of items were found.

use std::io::Write;

use erbij_core::{Catalogue, CategoryIdx};
use erbij_models::{AccessoryFit, CategoryComplement, CategoryComplements, CategoryFlow};
use serde_json::json;

use crate::args::AccessoriesArgs;

/// Categories that go with each other, strongest first; then those between which pairs of items were found.
pub(super) fn tell_flows(
    args: &AccessoriesArgs,
    fit: &AccessoryFit<'_>,
    complements: &CategoryComplements,
    catalogue: &Catalogue,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let categories = (0..complements.n_categories() as u32).map(CategoryIdx::new);
    let mut pairs: Vec<(CategoryIdx, CategoryComplement)> =
        categories.flat_map(|from| complements.of(from).map(move |to| (from, to))).collect();
    pairs.sort_by(|a, b| {
        b.1.score.total_cmp(&a.1.score).then_with(|| (a.0, a.1.category).cmp(&(b.0, b.1.category)))
    });
    let n_pairs = pairs.len();
    pairs.truncate(args.n as usize);
    let mut flows: Vec<CategoryFlow> = fit.flows().into_iter().filter(|flow| 0 < flow.n_pairs).collect();
    let n_flows = flows.len();
    flows.truncate(args.n as usize);
    if args.json {
        let value = json!({
            "overdispersion": fit.overdispersion(),
            "n_complements": n_pairs,
            "complements": pairs.iter().map(|pair| complement_json(pair, catalogue)).collect::<Vec<_>>(),
            "n_flows": n_flows,
            "flows": flows.iter().map(|flow| flow_json(flow, catalogue)).collect::<Vec<_>>(),
        });
        serde_json::to_writer_pretty(&mut *out, &value)?;
        return Ok(writeln!(out)?);
    }
    writeln!(out, "categories that go together, whichever items: {n_pairs}")?;
    for (from, to) in &pairs {
        let evidence = format!(
            "{} customers where {:.0} were to be expected, {:.0} % in the same order",
            to.customers,
            to.expected,
            100.0 * to.same_order_share
        );
        let (from, name) = (path(Some(*from), catalogue), path(Some(to.category), catalogue));
        writeln!(out, "  {from} -> {name} ({}, {:.2}): {evidence}", to.kind.name(), to.score)?;
    }
    writeln!(
        out,
        "categories between which pairs of items were found: {n_flows}; overdispersion {:.3}",
        fit.overdispersion()
    )?;
    for flow in &flows {
        writeln!(
            out,
            "  {} -> {}: {} pairs; later {} times, the other way round {}, z {:.1}; evidence weighs {:.1}",
            path(flow.from, catalogue),
            path(flow.to, catalogue),
            flow.n_pairs,
            flow.n_later,
            flow.n_reverse_later,
            flow.z,
            flow.weight,
        )?;
    }
    Ok(())
}

fn path(category: Option<CategoryIdx>, catalogue: &Catalogue) -> &str {
    category.map_or("(none)", |category| catalogue.categories().path(category))
}

fn complement_json(
    (from, to): &(CategoryIdx, CategoryComplement),
    catalogue: &Catalogue,
) -> serde_json::Value {
    json!({
        "from": path(Some(*from), catalogue),
        "to": path(Some(to.category), catalogue),
        "relation": to.kind.name(),
        "score": to.score,
        "customers": to.customers,
        "expected": to.expected,
        "same_order_share": to.same_order_share,
        "median_lag_days": to.median_lag_days,
    })
}

fn flow_json(flow: &CategoryFlow, catalogue: &Catalogue) -> serde_json::Value {
    json!({
        "from": path(flow.from, catalogue),
        "to": path(flow.to, catalogue),
        "n_pairs": flow.n_pairs,
        "n_later": flow.n_later,
        "n_reverse_later": flow.n_reverse_later,
        "direction_z": flow.z,
        "weight": flow.weight,
        "lift": flow.lift,
    })
}
