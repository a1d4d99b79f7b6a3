//! Words: which say that a row is no purchase, and which are understood at all.

use super::draft::Draft;
use super::found::{LeftOut, Standing};
use super::profile::{ColumnProfile, Holds};
use crate::Meaning;
use crate::names::Kind;
use crate::names::normalise;
use crate::settings::Words;
use crate::values::{Flag, availability, cancellation, flag, order_state};

/// A column of more words than this is none of states.
const MOST_WORDS: usize = 12;
/// Parts of names of columns that tell states or kinds of rows.
const NAMES: [&str; 7] = ["status", "state", "staat", "toestand", "type", "event", "soort"];
/// Parts of words that say that a row is no purchase.
const STEMS: [&str; 24] = [
    "cancel",
    "annul",
    "geannul",
    "storn",
    "return",
    "retour",
    "refund",
    "terugbet",
    "teruggest",
    "fail",
    "mislukt",
    "void",
    "reject",
    "declin",
    "expired",
    "abandon",
    "view",
    "click",
    "cart",
    "impression",
    "wishlist",
    "search",
    "quote",
    "offerte",
];
/// Parts of words that take that back.
const PARTLY: [&str; 6] = ["partial", "deels", "gedeelt", "not cancel", "no return", "teilweise"];

/// Finds rows that their own state says are no purchases, and tells the words where the state is read anyway.
pub(super) fn settle(orders: &mut Draft) -> Vec<LeftOut> {
    if let Some(found) = orders.profile("is_cancelled").filter(|found| found.holds == Holds::Texts).cloned() {
        let own = Meaning::default();
        let meaning = orders.findings["is_cancelled"].meaning.clone().unwrap_or(own);
        let is_unread = |word: &str| order_state(word, &meaning) == Flag::Unread;
        let words: Vec<String> = left_out(&found).filter(|word| is_unread(word)).collect();
        if words.is_empty() || MOST_WORDS < found.n_different {
            return Vec::new();
        }
        let why = format!("words of `{}`: {}", found.name, counted(&found));
        return vec![LeftOut { column: found.name, words: Words(words), why }];
    }
    if orders.there("is_cancelled").is_some() {
        return Vec::new();
    }
    let has_name = |found: &&ColumnProfile| {
        let name = normalise(&found.name);
        NAMES.iter().any(|part| name.contains(part))
            && found.holds == Holds::Texts
            && found.n_different <= MOST_WORDS
    };
    // Where quantities below 0 say what came back, rows of refunds do so, and are needed.
    let tells_returns = orders.profile("quantity").is_some_and(|found| found.min.trim().starts_with('-'));
    let is_needed = |word: &String| {
        let word = word.to_lowercase();
        tells_returns && ["refund", "return", "retour"].iter().any(|part| word.contains(part))
    };
    let found = orders.free().into_iter().filter(has_name);
    found
        .filter_map(|found| {
            let words: Vec<String> = left_out(found).filter(|word| !is_needed(word)).collect();
            let is_some = !words.is_empty() && words.len() < found.n_different;
            is_some.then(|| LeftOut {
                column: found.name.clone(),
                words: Words(words),
                why: format!("words of `{}`: {}", found.name, counted(found)),
            })
        })
        .collect()
}

fn left_out(found: &ColumnProfile) -> impl Iterator<Item = String> + '_ {
    found.top.iter().map(|(word, _)| word).filter(|word| is_no_purchase(word)).cloned()
}

fn is_no_purchase(word: &str) -> bool {
    let plain = word.to_lowercase();
    let is_state = matches!(order_state(word, &Meaning::default()), Flag::CameToNothing);
    (is_state || STEMS.iter().any(|stem| plain.contains(stem)))
        && !PARTLY.iter().any(|part| plain.contains(part))
}

/// The most frequent words, and in how many of the rows they stand.
fn counted(found: &ColumnProfile) -> String {
    let words: Vec<String> = found.top.iter().map(|(word, n)| format!("`{word}` {n}")).collect();
    let more = found.n_different.saturating_sub(words.len());
    let behind = if more == 0 { String::new() } else { format!(" and {more} more") };
    format!("{}{behind}", words.join(", "))
}

/// Tells the words of columns that are read by them; those of which none is understood are not read.
pub(super) fn check_words(draft: &mut Draft) {
    let of_words = draft.spec.columns.iter().filter(|column| matches!(column.kind, Kind::Flag | Kind::Stock));
    for (name, kind) in of_words.map(|column| (column.name, column.kind)).collect::<Vec<_>>() {
        let Some(found) = draft.profile(name).cloned() else { continue };
        let meaning = draft.findings[name].meaning.clone().unwrap_or_default();
        let is_read = |word: &str| match (kind, name) {
            (Kind::Stock, _) => availability(word, &meaning).is_none_or(|said| said.is_ok()),
            (_, "is_cancelled") => order_state(word, &meaning) != Flag::Unread,
            (_, "is_cancellation") => cancellation(word, &meaning) != Flag::Unread,
            _ => flag(word, &meaning) != Flag::Unread,
        };
        let n_read = found.top.iter().filter(|(word, _)| is_read(word)).count();
        let has_words = matches!(found.holds, Holds::Texts | Holds::Flags) && found.n_different <= MOST_WORDS;
        let finding = draft.finding(name);
        if n_read == 0 && !found.top.is_empty() {
            finding.standing = Standing::Proposal;
            let example = Meaning { yes: vec!["…".to_owned()], no: vec!["…".to_owned()], ..meaning };
            finding.meaning = Some(example);
            finding.why.push(format!("no word is recognised: {}", counted(&found)));
        } else if has_words {
            finding.why.push(counted(&found));
        }
    }
}
