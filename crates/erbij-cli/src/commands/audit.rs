//! `erbij audit`: every slate an artifact would give, asked and checked before anybody sees one.

use std::io::{Error, Write};

use erbij_artifact::Artifact;
use erbij_core::with_commas;
use erbij_engine::{CandidateSource, Engine, Ranking};
use erbij_evaluate::{AskedOf, Audit, AuditCounts, AuditedQuestion, BrokenSlate, audit};
use serde_json::{Value, json};

use crate::args::AuditArgs;
use crate::commands::rules::with_rules;
use crate::progress::Reporter;

pub(crate) fn run(args: &AuditArgs, reporter: &Reporter, out: &mut dyn Write) -> anyhow::Result<()> {
    let Artifact { manifest, model_set } = args.asked.open()?;
    let engine = with_rules(
        Engine::new(model_set),
        &manifest.training.rules,
        args.rules.as_deref(),
        args.asked.now(),
    )?;
    let found = audit(&engine, args.n as usize, args.asked.now(), reporter);
    reporter.finish();
    if args.json {
        serde_json::to_writer_pretty(&mut *out, &as_json(&found, &engine))?;
        writeln!(out)?;
    } else {
        print(&found, args.n, out)?;
    }
    out.flush()?;
    if 0 < found.n_broken() {
        for broken in &found.broken {
            let (question, _) = &found.answers[broken.question];
            reporter.note(&format!(
                "{}: {} {}: {}",
                say(question),
                question.asked_of.name(),
                id_of(broken, question, &engine),
                broken.fault
            ));
        }
        let n_broken = with_commas(found.n_broken());
        // A slate is never the caller's fault.
        return Err(Error::other(format!("{n_broken} slates break a rule that holds of every slate")).into());
    }
    Ok(())
}

fn say(question: &AuditedQuestion) -> String {
    let ranking = match question.ranking {
        Ranking::AsPlaced => String::new(),
        Ranking::Only(part) => format!(", {} alone", part.name()),
        Ranking::Accessories => ", accessories".to_owned(),
        Ranking::Alternatives => ", alternatives".to_owned(),
    };
    let bought = question.already_bought.name();
    match question.asked_of {
        AskedOf::Pages => format!("{}{ranking}", question.placement),
        of => format!("{} of {}, {bought}{ranking}", question.placement, of.name()),
    }
}

fn id_of(broken: &BrokenSlate, question: &AuditedQuestion, engine: &Engine) -> String {
    let models = engine.models();
    match question.asked_of {
        AskedOf::Customers | AskedOf::Baskets => {
            models.customers.id(erbij_core::CustomerIdx::new(broken.asked_of)).to_owned()
        }
        AskedOf::Pages => models.catalogue.items().id(erbij_core::ItemIdx::new(broken.asked_of)).to_owned(),
        AskedOf::Stranger => String::new(),
    }
}

/// The share of the places that each source fills, those that fill any, most first.
fn shares(counts: &AuditCounts) -> Vec<(&'static str, f64)> {
    let n_places = counts.n_places().max(1) as f64;
    let mut shares: Vec<_> = CandidateSource::ALL
        .iter()
        .zip(counts.places)
        .filter(|&(_, places)| 0 < places)
        .map(|(source, places)| (source.name(), places as f64 / n_places))
        .collect();
    shares.sort_by(|a, b| b.1.total_cmp(&a.1));
    shares
}

fn print(found: &Audit, n: u32, out: &mut dyn Write) -> std::io::Result<()> {
    writeln!(out, "{:>9} {:>7} {:>7} {:>7}  of", "slates", "empty", "short", "broken")?;
    for (question, counts) in &found.answers {
        let AuditCounts { n_slates, n_empty, n_short, n_broken, .. } = counts;
        writeln!(out, "{n_slates:>9} {n_empty:>7} {n_short:>7} {n_broken:>7}  {}", say(question))?;
        let shares: Vec<String> =
            shares(counts).iter().map(|(source, share)| format!("{source} {:.1} %", 100.0 * share)).collect();
        if !shares.is_empty() {
            writeln!(out, "{:35}{}", "", shares.join(", "))?;
        }
    }
    let (n_slates, n_broken) = (with_commas(found.n_slates()), with_commas(found.n_broken()));
    writeln!(out, "{n_slates} slates of {n} places: {n_broken} break a rule")
}

fn as_json(found: &Audit, engine: &Engine) -> Value {
    let answer = |(question, counts): &(AuditedQuestion, AuditCounts)| {
        let places: serde_json::Map<String, Value> = CandidateSource::ALL
            .iter()
            .zip(counts.places)
            .filter(|&(_, places)| 0 < places)
            .map(|(source, places)| (source.name().to_owned(), json!(places)))
            .collect();
        json!({
            "question": say(question),
            "n_slates": counts.n_slates,
            "n_empty": counts.n_empty,
            "n_short": counts.n_short,
            "n_broken": counts.n_broken,
            "places": places,
        })
    };
    let broken = |broken: &BrokenSlate| {
        let (question, _) = &found.answers[broken.question];
        let id = id_of(broken, question, engine);
        json!({ "question": say(question), "id": id, "fault": broken.fault.to_string() })
    };
    json!({
        "n_slates": found.n_slates(),
        "n_broken": found.n_broken(),
        "answers": found.answers.iter().map(answer).collect::<Vec<_>>(),
        "broken": found.broken.iter().map(broken).collect::<Vec<_>>(),
    })
}
