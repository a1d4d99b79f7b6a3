//! `erbij explain` and `erbij needs`: why an item is not on a slate, and how a customer stands to his needs.

use std::io::Write;

use erbij_artifact::Artifact;
use erbij_core::{PersonalisationPolicy, Placement};
use erbij_engine::Engine;
use erbij_serve::{Asking, ExplainAnswer, HeldItem, ItemRule, LookedAt, NeedsAnswer, ScoredItem};

use crate::args::{ExplainArgs, MomentArgs, NeedsArgs};
use crate::commands::known::{self, Written};
use crate::commands::rules::with_rules;

pub(crate) fn explain(args: &ExplainArgs, out: &mut dyn Write) -> anyhow::Result<()> {
    let Artifact { manifest, model_set } = args.moment.asked.open()?;
    let now = args.moment.asked.now();
    let engine = with_rules(Engine::new(model_set), &manifest.training.rules, args.rules.as_deref(), now)?;
    let written = written(&args.moment).without(&args.exclude);
    let known = written.named().known_to(engine.models(), PersonalisationPolicy::UntilObjected);
    let filter = known::filter(args.filter.as_deref(), &engine)?;
    let query = known::query(&known, filter.as_deref(), placement(&args.moment), args.n as usize, now);
    let asking = Asking { engine: &engine, artifact_id: &manifest.artifact_id, query: &query, known: &known };
    let answer = ExplainAnswer::of(&asking, args.item.trim(), args.language, &mut engine.new_scratch());
    written.tell_ignored(&answer.ignored);
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
    for rule in &answer.rules {
        writeln!(out, "  rule         {}", say_rule(rule))?;
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
    let written = written(&args.moment);
    let known = written.named().known_to(engine.models(), PersonalisationPolicy::UntilObjected);
    let query = known::query(&known, None, placement(&args.moment), 1, args.moment.asked.now());
    let asking = Asking { engine: &engine, artifact_id: &manifest.artifact_id, query: &query, known: &known };
    let answer = NeedsAnswer::of(&asking);
    written.tell_ignored(&answer.ignored);
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

fn say_rule(on_item: &ItemRule) -> String {
    let ItemRule { rule, action, position, factor } = on_item;
    match (position, factor) {
        (Some(position), _) => format!("{rule} ({action}, place {position})"),
        (_, Some(factor)) => format!("{rule} ({action}, times {factor})"),
        (None, None) => rule.clone(),
    }
}

fn written(moment: &MomentArgs) -> Written {
    let MomentArgs { customer, page, basket, session, owned, .. } = moment;
    Written::by(customer.as_ref()).about("--page", page.as_ref(), basket).with(session, owned)
}

fn placement(moment: &MomentArgs) -> Placement {
    let by_question = match (&moment.page, moment.basket.is_empty()) {
        (Some(_), _) => Placement::ItemPage,
        (None, false) => Placement::Basket,
        (None, true) => Placement::Home,
    };
    moment.placement.unwrap_or(by_question)
}
