//! A slate to the bytes of its answer.
//!
//! Put together by hand from ready fragments: what is left to format is an id, some scores and the few
//! sentences that differ. [`crate::RecommendAnswer`] is the same answer as a type; a test holds them equal.

use erbij_engine::{Language, Reason, Slate, SlateItem};
use uuid::Uuid;

use crate::fragments::push_text;
use crate::named::Ignored;
use crate::question::Question;
use crate::snapshot::Snapshot;

/// So many different sentences of one answer are looked through for one to copy.
const MAX_REMEMBERED: usize = 4;

/// Room for what stands before and behind the items, in nearly every answer.
const HEAD_AND_TAIL_BYTES: usize = 320;
/// Room for score, source and reason of an item, nearly always.
const REASON_BYTES: usize = 300;

/// Writes an answer.
pub(crate) fn answer_bytes(
    recommendation_id: Uuid,
    snapshot: &Snapshot,
    question: &Question,
    unheard: &NotHeard<'_>,
    slate: &Slate,
) -> Vec<u8> {
    let of_items: usize = slate.items.iter().map(|item| snapshot.fragments.item(item.item).len()).sum();
    let mut out = Vec::with_capacity(HEAD_AND_TAIL_BYTES + slate.items.len() * REASON_BYTES + of_items);
    out.extend_from_slice(b"{\"recommendation_id\":\"");
    out.extend_from_slice(recommendation_id.hyphenated().encode_lower(&mut Uuid::encode_buffer()).as_bytes());
    out.extend_from_slice(b"\",\"model_version\":");
    push_text(&mut out, &snapshot.artifact_id);
    push_word(&mut out, "placement", question.placement.name());
    out.extend_from_slice(b",\"items\":[");
    let mut sentences =
        Sentences { language: question.language, written: Vec::with_capacity(MAX_REMEMBERED) };
    for (position, item) in slate.items.iter().enumerate() {
        if 0 < position {
            out.push(b',');
        }
        push_item(&mut out, item, snapshot, question, &mut sentences);
    }
    out.push(b']');
    match slate.fallback_used() {
        None => out.extend_from_slice(b",\"fallback_used\":null"),
        Some(source) => push_word(&mut out, "fallback_used", source.name()),
    }
    out.extend_from_slice(b",\"unknown_items\":[");
    for (position, id) in unheard.unknown_items.iter().enumerate() {
        if 0 < position {
            out.push(b',');
        }
        push_text(&mut out, id);
    }
    out.push(b']');
    push_ignored(&mut out, &unheard.ignored);
    if question.explain {
        let left_out = slate.left_out;
        let counts = [
            ("{\"excluded\":", left_out.excluded),
            (",\"owned\":", left_out.owned),
            (",\"already_bought\":", left_out.already_bought),
            (",\"hidden\":", left_out.hidden),
            (",\"filtered\":", left_out.filtered),
            (",\"out_of_stock\":", left_out.out_of_stock),
            (",\"ineligible\":", left_out.ineligible),
        ];
        out.extend_from_slice(b",\"left_out\":");
        for (key, count) in counts {
            out.extend_from_slice(key.as_bytes());
            out.extend_from_slice(count.to_string().as_bytes());
        }
        out.push(b'}');
    }
    if let Some(because) = slate.empty_because {
        push_word(&mut out, "empty_reason", because.name());
    }
    out.push(b'}');
    out
}

/// What of a question is told to have said nothing.
#[derive(Debug, Default)]
pub(crate) struct NotHeard<'a> {
    pub(crate) unknown_items: Vec<&'a str>,
    pub(crate) ignored: Vec<Ignored>,
}

/// Appends the list of what was ignored, where anything was.
fn push_ignored(out: &mut Vec<u8>, ignored: &[Ignored]) {
    for (position, of) in ignored.iter().enumerate() {
        out.extend_from_slice(if position == 0 { b",\"ignored\":[" } else { b"," });
        out.extend_from_slice(b"{\"field\":");
        push_text(out, &of.field);
        if let Some(value) = &of.value {
            out.extend_from_slice(b",\"value\":");
            push_text(out, value);
        }
        push_word(out, "why", &of.why);
        out.push(b'}');
    }
    if !ignored.is_empty() {
        out.push(b']');
    }
}

/// Appends `,"key":"word"`; both are words of ours, with nothing to escape.
fn push_word(out: &mut Vec<u8>, key: &str, word: &str) {
    for part in [",\"", key, "\":\"", word, "\""] {
        out.extend_from_slice(part.as_bytes());
    }
}

fn push_item(
    out: &mut Vec<u8>,
    item: &SlateItem,
    snapshot: &Snapshot,
    question: &Question,
    sentences: &mut Sentences,
) {
    out.extend_from_slice(snapshot.fragments.item(item.item));
    out.extend_from_slice(b",\"score\":");
    push_score(out, snapshot.engine.shown_score(item));
    push_word(out, "source", item.source.name());
    push_word(out, "reason_code", item.reason.code());
    out.extend_from_slice(b",\"reason_text\":");
    sentences.push(out, item.reason, snapshot);
    if let Some(source_item) = item.reason.source_item() {
        out.extend_from_slice(b",\"source_item\":");
        out.extend_from_slice(snapshot.fragments.id(source_item));
    }
    if question.explain {
        out.extend_from_slice(b",\"contributions\":[");
        for (position, &(from, score)) in item.contributions.iter().enumerate() {
            out.extend_from_slice(if position == 0 { b"{\"item_id\":" } else { b",{\"item_id\":" });
            out.extend_from_slice(snapshot.fragments.id(from));
            out.extend_from_slice(b",\"score\":");
            push_score(out, score.get());
            out.push(b'}');
        }
        out.push(b']');
    }
    out.push(b'}');
}

/// The sentences of one answer, and where in it they stand: most items of a slate share theirs with one
/// before, and copying is cheaper than saying and escaping it again.
struct Sentences {
    language: Language,
    written: Vec<(Reason, std::ops::Range<usize>)>,
}

impl Sentences {
    fn push(&mut self, out: &mut Vec<u8>, reason: Reason, snapshot: &Snapshot) {
        if let Some((_, place)) = self.written.iter().find(|(written, _)| *written == reason) {
            out.extend_from_within(place.clone());
            return;
        }
        let start = out.len();
        push_text(out, &reason.sentence(&snapshot.engine.models().catalogue, self.language));
        if self.written.len() < MAX_REMEMBERED {
            self.written.push((reason, start..out.len()));
        }
    }
}

fn push_score(out: &mut Vec<u8>, score: f32) {
    serde_json::to_writer(out, &rounded(score)).expect("writing to memory does not fail");
}

/// A score to 3 significant digits: more would promise what a model does not know.
pub(crate) fn rounded(score: f32) -> f64 {
    let score = f64::from(score);
    if score == 0.0 {
        return 0.0;
    }
    // Digits to keep behind the point; below zero, digits to give up before it.
    let digits = 2 - score.abs().log10().floor() as i32;
    // Powers of ten up to 22 are exact, so that one rounding gives the number nearest to the digits.
    match digits {
        0..=22 => {
            let power = 10_f64.powi(digits);
            (score * power).round_ties_even() / power
        }
        -22..=-1 => {
            let power = 10_f64.powi(-digits);
            (score / power).round_ties_even() * power
        }
        _ => format!("{score:.2e}").parse().expect("a number that was just printed"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::rounded;

    #[test]
    fn scores_keep_three_digits() {
        for (score, expected) in [
            (0.0, "0.0"),
            (1.0, "1.0"),
            (0.123_456, "0.123"),
            (-2.345_6, "-2.35"),
            (999.96, "1000.0"),
            (123_456.0, "123000.0"),
            (0.000_012_345, "0.0000123"),
            (f32::MIN_POSITIVE, "1.18e-38"),
        ] {
            assert_eq!(serde_json::to_string(&rounded(score)).expect("finite"), expected);
        }
    }

    proptest! {
        #[test]
        fn rounding_is_that_of_printing(bits: u32) {
            let score = f32::from_bits(bits);
            prop_assume!(score.is_finite());
            let printed: f64 = format!("{score:.2e}").parse().expect("a number");
            let error = (rounded(score) - printed).abs();
            prop_assert!(error <= printed.abs() * 1e-15, "{score} {} {printed}", rounded(score));
        }
    }
}
