//! `erbij recommend`: one list from an artifact, without a server; or those of all customers.

use std::io::Write;

use anyhow::Context;
use erbij_artifact::Artifact;
use erbij_core::{Catalogue, ItemIdx, Placement};
use erbij_engine::{Engine, Query, Ranking, Who};

use crate::args::RecommendArgs;
use crate::commands::rules::with_rules;
use crate::commands::{batch, open};
use crate::progress::Reporter;
use crate::{clock, slate_text};

pub(crate) fn run(args: &RecommendArgs, reporter: &Reporter, out: &mut dyn Write) -> anyhow::Result<()> {
    let Artifact { manifest, model_set } = open::artifact(args.artifact.as_deref(), &args.store)?;
    let engine = with_rules(Engine::new(model_set), &manifest.training.rules, args.rules.as_deref())?;
    if let Some(path) = &args.out {
        return batch::run(&engine, args, path, reporter, out);
    }
    let models = engine.models();
    let basket = args.basket.as_deref().unwrap_or_default();
    let anchors = known(&models.catalogue, args.item.iter().chain(basket));
    let session = known(&models.catalogue, args.session.as_deref().unwrap_or_default());
    let exclude = known(&models.catalogue, &args.exclude);
    let owned = known(&models.catalogue, &args.owned);
    let who = match &args.customer {
        Some(id) => match models.customers.idx_from_id(id) {
            Some(customer) => Who::Customer(customer),
            None => {
                note("the customer is not known; shown is what others would see");
                Who::Unknown
            }
        },
        None => Who::Unknown,
    };
    let filter = args.filter.as_deref().map(|condition| engine.filter(condition)).transpose();
    let filter = filter.context("`--filter` is refused")?;
    let query = Query {
        placement: placement(args),
        who,
        anchors: &anchors,
        session: &session,
        n: args.n as usize,
        exclude: &exclude,
        now: args.now.unwrap_or_else(clock::now),
        explain: args.explain,
        ranking: Ranking::AsPlaced,
        owned: &owned,
        filter: filter.as_deref(),
        already_bought: None,
    };
    let slate = engine.recommend(&query, &mut engine.new_scratch());
    if args.json {
        let value =
            slate_text::json(&slate, &manifest.artifact_id, &models.catalogue, args.language, args.explain);
        serde_json::to_writer_pretty(&mut *out, &value)?;
        writeln!(out)?;
    } else {
        slate_text::print(&slate, &models.catalogue, args.language, out)?;
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

/// The items that are known; those that are not are named on standard error.
pub(crate) fn known<'a>(catalogue: &Catalogue, ids: impl IntoIterator<Item = &'a String>) -> Vec<ItemIdx> {
    let mut items = Vec::new();
    for id in ids {
        match catalogue.item_idx_from_id(id.trim()) {
            Some(item) => items.push(item),
            None => note(&format!("item `{id}` is not known")),
        }
    }
    items
}

/// Where standard error is closed there is nobody to tell.
pub(crate) fn note(text: &str) {
    let _ = writeln!(std::io::stderr(), "note: {text}");
}
