//! `erbij explain` and `erbij needs`: why an item is not on a slate, and how a customer stands to his needs.

use std::io::Write;
use std::sync::Arc;

use anyhow::Context;
use erbij_artifact::Artifact;
use erbij_core::{ItemIdx, Placement, Timestamp};
use erbij_engine::{Engine, Query, Ranking, Who};
use erbij_rules::ItemSet;
use erbij_serve::{ExplainAnswer, HeldItem, NeedsAnswer, ScoredItem};

use crate::args::{ExplainArgs, NeedsArgs, SlateArgs};
use crate::clock;
use crate::commands::open;
use crate::commands::recommend::{known, note};
use crate::commands::rules::with_rules;

pub(crate) fn explain(args: &ExplainArgs, out: &mut dyn Write) -> anyhow::Result<()> {
    let Artifact { manifest, model_set } = open::artifact(args.slate.artifact.as_deref(), &args.slate.store)?;
    let rules = &manifest.training.rules;
    let engine = with_rules(Engine::new(model_set), rules, args.slate.rules.as_deref())?;
    let slate = KnownSlate::of(&args.slate, &engine)?;
    let query = slate.query(&args.slate, args.n as usize);
    let id = args.item.trim();
    let answer = match engine.models().catalogue.item_idx_from_id(id) {
        Some(item) => {
            let scratch = &mut engine.new_scratch();
            ExplainAnswer::of(&engine, &manifest.artifact_id, &query, item, args.language, scratch)
        }
        None => ExplainAnswer::of_unknown(&manifest.artifact_id, &query, id, args.language),
    };
    if args.json {
        serde_json::to_writer_pretty(&mut *out, &answer)?;
        return Ok(writeln!(out)?);
    }
    writeln!(out, "{}: {}", answer.step, answer.text)?;
    let tell = |what: &str, item: &Option<ScoredItem>, out: &mut dyn Write| match item {
        Some(item) => {
            writeln!(out, "  {what:<12} {} from {} with {:.4}", item.item_id, item.source, item.score)
        }
        None => Ok(()),
    };
    tell("candidate", &answer.candidate, out)?;
    tell("last shown", &answer.last_shown, out)?;
    if let Some(rule) = &answer.rule {
        writeln!(out, "  rule         {rule}")?;
    }
    if let Some(held) = &answer.held {
        writeln!(out, "  held         {}", say_held(held))?;
    }
    Ok(writeln!(out, "  not checked  {}", answer.not_checked.join(", "))?)
}

pub(crate) fn needs(args: &NeedsArgs, out: &mut dyn Write) -> anyhow::Result<()> {
    let Artifact { manifest, model_set } = open::artifact(args.slate.artifact.as_deref(), &args.slate.store)?;
    let rules = &manifest.training.rules;
    let engine = with_rules(Engine::new(model_set), rules, args.slate.rules.as_deref())?;
    let slate = KnownSlate::of(&args.slate, &engine)?;
    let answer = NeedsAnswer::of(&engine, &manifest.artifact_id, &slate.query(&args.slate, 1));
    if args.json {
        serde_json::to_writer_pretty(&mut *out, &answer)?;
        return Ok(writeln!(out)?);
    }
    if answer.needs.is_empty() {
        return Ok(writeln!(
            out,
            "no need is met, and none is looked at: of every need the answer is `offer`"
        )?);
    }
    for need in &answer.needs {
        write!(out, "{:<12} {:<17} {}", need.phase, need.answer, need.need)?;
        match &need.held {
            Some(held) => writeln!(out, ": {}", say_held(held))?,
            None => writeln!(out)?,
        }
    }
    Ok(())
}

fn say_held(held: &HeldItem) -> String {
    format!("{} ({}) since {}, until {}", held.title, held.item_id, held.since, held.ends_on)
}

/// The ids of a slate as the models know them; those they do not are named on standard error.
struct KnownSlate {
    who: Who,
    anchors: Vec<ItemIdx>,
    session: Vec<ItemIdx>,
    exclude: Vec<ItemIdx>,
    owned: Vec<ItemIdx>,
    filter: Option<Arc<ItemSet>>,
    now: Timestamp,
}

impl KnownSlate {
    fn of(args: &SlateArgs, engine: &Engine) -> anyhow::Result<Self> {
        let models = engine.models();
        let catalogue = &models.catalogue;
        let customer = args.customer.as_ref().map(|id| models.customers.idx_from_id(id));
        if customer == Some(None) {
            note("the customer is not known; told is what holds for others");
        }
        let filter = args.filter.as_deref().map(|condition| engine.filter(condition)).transpose();
        Ok(Self {
            who: customer.flatten().map_or(Who::Unknown, Who::Customer),
            anchors: known(catalogue, args.page.iter().chain(&args.basket)),
            session: known(catalogue, &args.session),
            exclude: known(catalogue, &args.exclude),
            owned: known(catalogue, &args.owned),
            filter: filter.context("`--filter` is refused")?,
            now: args.now.unwrap_or_else(clock::now),
        })
    }

    fn query(&self, args: &SlateArgs, n: usize) -> Query<'_> {
        let by_question = match (&args.page, args.basket.is_empty()) {
            (Some(_), _) => Placement::ItemPage,
            (None, false) => Placement::Basket,
            (None, true) => Placement::Home,
        };
        Query {
            placement: args.placement.unwrap_or(by_question),
            who: self.who,
            anchors: &self.anchors,
            session: &self.session,
            n,
            exclude: &self.exclude,
            now: self.now,
            explain: false,
            ranking: Ranking::AsPlaced,
            owned: &self.owned,
            filter: self.filter.as_deref(),
            already_bought: None,
        }
    }
}
