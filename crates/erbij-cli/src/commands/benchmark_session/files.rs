//! Reads the files of published protocols into sessions and questions.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::path::Path;

use anyhow::{Context, bail};
use erbij_core::{ItemIdx, Sessions, Timestamp, cmp_ids};

use crate::args::SessionFormat;

/// Micros between the ends of two sessions, where a file tells no time.
const MINUTE: i64 = 60_000_000;

/// What a protocol says.
pub(super) struct Protocol {
    /// What may be learned from.
    pub(super) train: Sessions,
    /// What is asked.
    pub(super) questions: Vec<Question>,
    /// Items of both files, by how many training looks, most first, then by id.
    pub(super) n_items: usize,
}

/// A visit up to some moment, and what was looked at next.
pub(super) struct Question {
    /// Oldest first.
    pub(super) visit: Vec<ItemIdx>,
    /// When the last of it was looked at.
    pub(super) at: Timestamp,
    /// What came next.
    pub(super) next: ItemIdx,
}

/// A session as its file has it: when it ended, and what was looked at when.
type Looks<'a> = Vec<(Timestamp, &'a str)>;

pub(super) fn read(train_path: &Path, test_path: &Path, format: SessionFormat) -> anyhow::Result<Protocol> {
    let [train_text, test_text] = [read_text(train_path)?, read_text(test_path)?];
    let (train, test) = match format {
        SessionFormat::Serenade => {
            (parse_looks(&train_text, train_path)?, parse_looks(&test_text, test_path)?)
        }
        SessionFormat::Prefix => {
            let sessions = parse_sessions(&train_text, train_path)?;
            let now = Timestamp::from_micros(sessions.len() as i64 * MINUTE);
            (sessions, parse_prefixes(&test_text, test_path, now)?)
        }
    };
    let numbers = number_items(&train, &test);
    let number = |looks: &Looks<'_>| -> Vec<ItemIdx> { looks.iter().map(|(_, id)| numbers[id]).collect() };
    let sessions = train.iter().map(|looks| (looks[looks.len() - 1].0, number(looks))).collect();
    let mut questions = Vec::new();
    for looks in &test {
        let items = number(looks);
        let first = match format {
            SessionFormat::Serenade => 1,
            SessionFormat::Prefix => items.len() - 1,
        };
        for asked in first..items.len() {
            let visit = items[..asked].to_vec();
            questions.push(Question { visit, at: looks[asked - 1].0, next: items[asked] });
        }
    }
    if questions.is_empty() {
        bail!("`{}` asks nothing: no session has a second look", test_path.display());
    }
    let train = Sessions::from_sessions(sessions).context("the training file holds more than fits")?;
    Ok(Protocol { train, questions, n_items: numbers.len() })
}

fn read_text(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("reading `{}` failed", path.display()))
}

/// Lines of session, item and time; each session's looks by time, those of one time as they stand.
fn parse_looks<'a>(text: &'a str, path: &Path) -> anyhow::Result<Vec<Looks<'a>>> {
    let told = path.display();
    let header = text.lines().next().unwrap_or_default();
    if header.split('\t').collect::<Vec<_>>() != ["SessionId", "ItemId", "Time"] {
        bail!(
            "`{told}`, line 1: found `{header}`, expected the header `SessionId`, `ItemId`, `Time`, parted by tabs; \
             files without one may be of `--format prefix`"
        );
    }
    let mut looks: Vec<(&str, Timestamp, &str)> = Vec::new();
    for (at, line) in text.lines().enumerate().skip(1).filter(|(_, line)| !line.is_empty()) {
        let cells: Vec<&str> = line.split('\t').collect();
        let [session, item, time] = cells[..] else {
            bail!("`{told}`, line {}: found {} columns, expected 3, parted by tabs", at + 1, cells.len());
        };
        if session.is_empty() || item.is_empty() {
            bail!("`{told}`, line {}: found no session or no item, expected an id each", at + 1);
        }
        let seconds = time.parse::<f64>().ok().filter(|seconds| (0.0..1e11).contains(seconds));
        let seconds = seconds.with_context(|| {
            format!("`{told}`, line {}, column `Time`: found `{time}`, expected seconds since 1970", at + 1)
        })?;
        looks.push((session, Timestamp::from_micros((seconds * 1e6) as i64), item));
    }
    if looks.is_empty() {
        bail!("`{told}` has no line after its header");
    }
    looks.sort_by(|a, b| cmp_ids(a.0, b.0).then(a.1.cmp(&b.1)));
    let sessions = looks.chunk_by(|a, b| a.0 == b.0);
    Ok(sessions.map(|looks| looks.iter().map(|&(_, at, item)| (at, item)).collect()).collect())
}

/// Lines of items, the oldest session first.
fn parse_sessions<'a>(text: &'a str, path: &Path) -> anyhow::Result<Vec<Looks<'a>>> {
    let mut sessions = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let ended_at = Timestamp::from_micros(at as i64 * MINUTE);
        let looks: Looks<'a> = line.split_ascii_whitespace().map(|item| (ended_at, item)).collect();
        if line.contains('\t') {
            let told = path.display();
            bail!(
                "`{told}`, line {}: found a tab, expected the items of a session with blanks between",
                at + 1
            );
        }
        if !looks.is_empty() {
            sessions.push(looks);
        }
    }
    if sessions.is_empty() {
        bail!("`{}` has no session", path.display());
    }
    Ok(sessions)
}

/// Lines of a visit's beginning and, after a tab, what came next, which is the last item here.
fn parse_prefixes<'a>(text: &'a str, path: &Path, now: Timestamp) -> anyhow::Result<Vec<Looks<'a>>> {
    let told = path.display();
    let mut visits = Vec::new();
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.is_empty()) {
        let parts = line.split_once('\t').map(|(prefix, next)| (prefix.trim(), next.trim()));
        let is_good =
            |&(prefix, next): &(&str, &str)| !prefix.is_empty() && next.split_ascii_whitespace().count() == 1;
        let (prefix, next) = parts.filter(is_good).with_context(|| {
            format!(
                "`{told}`, line {}: found `{line}`, expected items, a tab and the item that came next",
                at + 1
            )
        })?;
        visits.push(prefix.split_ascii_whitespace().chain([next]).map(|item| (now, item)).collect());
    }
    if visits.is_empty() {
        bail!("`{told}` asks nothing");
    }
    Ok(visits)
}

/// Numbers items by how often they were looked at in training, most first, then by id.
fn number_items<'a>(train: &[Looks<'a>], test: &[Looks<'a>]) -> HashMap<&'a str, ItemIdx> {
    let mut counts: HashMap<&str, u64> = HashMap::new();
    train.iter().flatten().for_each(|&(_, item)| *counts.entry(item).or_default() += 1);
    test.iter().flatten().for_each(|&(_, item)| {
        counts.entry(item).or_default();
    });
    let mut items: Vec<(&str, u64)> = counts.into_iter().collect();
    items.sort_unstable_by(|a, b| Reverse(a.1).cmp(&Reverse(b.1)).then_with(|| cmp_ids(a.0, b.0)));
    items.into_iter().zip(0..).map(|((id, _), number)| (id, ItemIdx::new(number))).collect()
}
