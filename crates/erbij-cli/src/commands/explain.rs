//! `erbij explain` and `erbij needs`: why an item is not on a slate, and how a customer stands to his needs.

use std::io::Write;

use erbij_artifact::Artifact;
use erbij_core::Placement;
use erbij_engine::Engine;
use erbij_serve::{ExplainAnswer, HeldItem, LookedAt, NeedsAnswer, ScoredItem};

use crate::args::{ExplainArgs, MomentArgs, NeedsArgs};
use crate::commands::known::{Known, Named};
use crate::commands::rules::with_rules;

pub(crate) fn explain(args: &ExplainArgs, out: &mut dyn Write) -> anyhow::Result<()> {
    let Artifact { manifest, model_set } = args.moment.asked.open()?;
    let engine = with_rules(Engine::new(model_set), &manifest.training.rules, args.rules.as_deref())?;
    let named = Named { exclude: &args.exclude, filter: args.filter.as_deref(), ..named(&args.moment) };
    let known = Known::of(&named, &engine)?;
    let query = known.query(placement(&args.moment), args.n as usize, args.moment.asked.now());
    let (id, scratch) = (args.item.trim(), &mut engine.new_scratch());
    let answer = ExplainAnswer::of(&engine, &manifest.artifact_id, &query, id, args.language, scratch);
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
    if let Some(looked) = &answer.looked_at {
        writeln!(out, "  looked at    {}", say_looked_at(looked))?;
    }
    Ok(writeln!(out, "  not checked  {}", answer.not_checked.join(", "))?)
}

pub(crate) fn needs(args: &NeedsArgs, out: &mut dyn Write) -> anyhow::Result<()> {
    let Artifact { manifest, model_set } = args.moment.asked.open()?;
    let engine = Engine::new(model_set);
    let known = Known::of(&named(&args.moment), &engine)?;
    let query = known.query(placement(&args.moment), 1, args.moment.asked.now());
    let answer = NeedsAnswer::of(&engine, &manifest.artifact_id, &query);
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
        let known = need.held.iter().map(say_held);
        let known: Vec<String> = known.chain(need.looked_at.iter().map(say_looked_at)).collect();
        match known.is_empty() {
            true => writeln!(out)?,
            false => writeln!(out, ": {}", known.join("; "))?,
        }
    }
    Ok(())
}

fn say_held(held: &HeldItem) -> String {
    format!("{} ({}) since {}, until {}", held.title, held.item_id, held.since, held.ends_on)
}

fn say_looked_at(looked: &LookedAt) -> String {
    let count = |n: u32, one: &str, many: &str| format!("{n} {}", if n == 1 { one } else { many });
    let items = count(looked.n_items, "item", "items");
    let days = count(looked.n_days, "day", "days");
    let LookedAt { since, last_on, item_id, title, .. } = looked;
    format!("looked at {items} on {days} from {since} to {last_on}, last at {title} ({item_id})")
}

fn named(moment: &MomentArgs) -> Named<'_> {
    Named {
        customer: moment.customer.as_deref(),
        anchors: moment.page.iter().chain(&moment.basket).collect(),
        session: &moment.session,
        exclude: &[],
        owned: &moment.owned,
        filter: None,
    }
}

fn placement(moment: &MomentArgs) -> Placement {
    let by_question = match (&moment.page, moment.basket.is_empty()) {
        (Some(_), _) => Placement::ItemPage,
        (None, false) => Placement::Basket,
        (None, true) => Placement::Home,
    };
    moment.placement.unwrap_or(by_question)
}
