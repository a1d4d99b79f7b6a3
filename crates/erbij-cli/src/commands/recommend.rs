//! `erbij recommend`: one list from an artifact, without a server; or those of all customers.

use std::io::Write;

use erbij_artifact::Artifact;
use erbij_core::Placement;
use erbij_engine::{Engine, Query};

use crate::args::RecommendArgs;
use crate::commands::batch;
use crate::commands::known::{Known, Named};
use crate::commands::rules::with_rules;
use crate::progress::Reporter;
use crate::slate_text;

pub(crate) fn run(args: &RecommendArgs, reporter: &Reporter, out: &mut dyn Write) -> anyhow::Result<()> {
    let Artifact { manifest, model_set } = args.asked.open()?;
    let engine = with_rules(Engine::new(model_set), &manifest.training.rules, args.rules.as_deref())?;
    if let Some(path) = &args.out {
        return batch::run(&engine, args, path, reporter, out);
    }
    let basket = args.basket.as_deref().unwrap_or_default();
    let named = Named {
        customer: args.customer.as_deref(),
        anchors: args.item.iter().chain(basket).collect(),
        session: args.session.as_deref().unwrap_or_default(),
        exclude: &args.exclude,
        owned: &args.owned,
        filter: args.filter.as_deref(),
    };
    let known = Known::of(&named, &engine)?;
    let query =
        Query { explain: args.explain, ..known.query(placement(args), args.n as usize, args.asked.now()) };
    let catalogue = &engine.models().catalogue;
    let slate = engine.recommend(&query, &mut engine.new_scratch());
    if args.json {
        let value = slate_text::json(&slate, &manifest.artifact_id, catalogue, args.language, args.explain);
        serde_json::to_writer_pretty(&mut *out, &value)?;
        writeln!(out)?;
    } else {
        slate_text::print(&slate, catalogue, args.language, out)?;
    }
    Ok(())
}

fn placement(args: &RecommendArgs) -> Placement {
    let by_question = if args.item.is_some() {
        Placement::ItemPage
    } else if args.basket.is_some() {
        Placement::Basket
    } else if args.session.is_some() {
        Placement::Home
    } else {
        Placement::Newsletter
    };
    args.placement.unwrap_or(by_question)
}
