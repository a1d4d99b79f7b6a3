//! `erbij simulate`: a shop whose truths are known.

use std::io::Write;

use erbij_core::{Progress, with_commas};
use erbij_data::{ShopParams, simulate};

use crate::args::SimulateArgs;
use crate::progress::Reporter;

pub(crate) fn run(args: &SimulateArgs, reporter: &Reporter, out: &mut dyn Write) -> anyhow::Result<()> {
    let params = ShopParams {
        n_customers: args.customers,
        n_items: args.items,
        n_lines: args.lines,
        n_days: args.days,
        seed: args.seed,
        dirt_share: args.dirt_share,
        returned_relations: args.returned_relations,
        guest_share: args.guests,
        season: args.season,
        habit: args.habit,
        n_categories: args.categories,
        ..ShopParams::default()
    };
    let params = params.check()?;
    reporter.begin("simulating", Some(args.lines), "lines");
    let mut told = 0;
    let summary = simulate(&params, &args.out, &mut |lines| {
        reporter.advance(lines - told);
        told = lines;
    })?;
    reporter.finish();
    writeln!(
        out,
        "{}: {} order lines of {} customers, {} catalogue rows, {} events, {} relations planted",
        args.out.display(),
        with_commas(summary.n_lines),
        with_commas(summary.n_customers.into()),
        with_commas(summary.n_catalogue_rows),
        with_commas(summary.n_events),
        with_commas(summary.n_relations),
    )?;
    writeln!(out, "what was planted: {}", args.out.join("truth").join("README.md").display())?;
    Ok(())
}
