//! `erbij recommend`: one list from an artifact, without a server; or those of all customers.

use std::io::Write;

use erbij_artifact::Artifact;
use erbij_core::{PersonalisationPolicy, Placement};
use erbij_engine::{Engine, Query};
use erbij_export::{ItemJson, SlateJson, recommendation_id};

use crate::args::RecommendArgs;
use crate::commands::batch;
use crate::commands::known::{self, Written};
use crate::commands::rules::with_rules;
use crate::progress::Reporter;
use crate::slate_text;

pub(crate) fn run(args: &RecommendArgs, reporter: &Reporter, out: &mut dyn Write) -> anyhow::Result<()> {
    let Artifact { manifest, model_set } = args.asked.open()?;
    let now = args.asked.now();
    let engine = with_rules(Engine::new(model_set), &manifest.training.rules, args.rules.as_deref(), now)?;
    if let Some(path) = &args.out {
        return batch::run(&engine, &manifest.artifact_id, args, path, reporter, out);
    }
    let basket = args.basket.as_deref().unwrap_or_default();
    let written = Written::by(args.customer.as_ref())
        .about("--item", args.item.as_ref(), basket)
        .with(args.session.as_deref().unwrap_or_default(), &args.owned)
        .without(&args.exclude);
    let known = written.named().known_to(engine.models(), PersonalisationPolicy::UntilObjected);
    let filter = known::filter(args.filter.as_deref(), &engine)?;
    let query = known::query(&known, filter.as_deref(), placement(args), args.n as usize, now);
    let query = Query { explain: args.explain, ..query };
    let catalogue = &engine.models().catalogue;
    let slate = engine.recommend(&query, &mut engine.new_scratch());
    let ignored = known.ignored(&engine, &query, &slate);
    written.tell_ignored(&ignored);
    if args.json {
        let asked = written.words();
        let asked: Vec<&str> =
            [query.placement.name()].into_iter().chain(asked.iter().map(String::as_str)).collect();
        let id = recommendation_id(&manifest.artifact_id, &asked, now, catalogue, &slate);
        let json = SlateJson {
            engine: &engine,
            items: &ItemJson::of(catalogue),
            model_version: &manifest.artifact_id,
            placement: query.placement,
            language: args.language,
            explain: args.explain,
        };
        let mut value = slate_text::json(&json, id, &slate)?;
        value["unknown_items"] = known.unknown_items(engine.models()).into();
        if !ignored.is_empty() {
            value["ignored"] = serde_json::to_value(&ignored)?;
        }
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
