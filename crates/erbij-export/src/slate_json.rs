//! A slate to the JSON of the API.
//!
//! Put together by hand from ready fragments: what is left to format is an id, some scores and the few sentences that differ.

use std::ops::Range;

use erbij_core::Placement;
use erbij_engine::{Engine, Language, Reason, Slate, SlateItem};
use uuid::Uuid;

use crate::item_json::{ItemJson, push_text};
use crate::row::rounded;

/// So many different sentences of one answer are looked through for one to copy.
const MAX_REMEMBERED: usize = 4;

/// Room for what stands before and behind the items, in nearly every answer.
const HEAD_AND_TAIL_BYTES: usize = 320;
/// Room for score, source and reason of an item, nearly always.
const REASON_BYTES: usize = 300;

/// Writes slates of one engine and placement.
#[derive(Clone, Copy, Debug)]
pub struct SlateJson<'a> {
    /// What made the slates.
    pub engine: &'a Engine,
    /// The fragments of its items.
    pub items: &'a ItemJson,
    /// The id of the artifact.
    pub model_version: &'a str,
    /// Where the slates are shown.
    pub placement: Placement,
    /// The language of sentences.
    pub language: Language,
    /// Whether to say what spoke for each item and what was left out.
    pub explain: bool,
}

impl SlateJson<'_> {
    /// About how many bytes a slate takes.
    pub fn n_bytes(&self, slate: &Slate) -> usize {
        let of_items: usize = slate.items.iter().map(|item| self.items.item(item.item).len()).sum();
        HEAD_AND_TAIL_BYTES + slate.items.len() * REASON_BYTES + of_items
    }

    /// Appends `"recommendation_id":…,"model_version":…,"placement":…,"items":[…],"fallback_used":…`.
    pub fn push_slate(&self, out: &mut Vec<u8>, recommendation_id: Uuid, slate: &Slate) {
        out.extend_from_slice(b"\"recommendation_id\":\"");
        out.extend_from_slice(
            recommendation_id.hyphenated().encode_lower(&mut Uuid::encode_buffer()).as_bytes(),
        );
        out.extend_from_slice(b"\",\"model_version\":");
        push_text(out, self.model_version);
        push_word(out, "placement", self.placement.name());
        out.extend_from_slice(b",\"items\":[");
        let mut sentences = Sentences { written: Vec::with_capacity(MAX_REMEMBERED) };
        for (position, item) in slate.items.iter().enumerate() {
            if 0 < position {
                out.push(b',');
            }
            self.push_item(out, item, &mut sentences);
        }
        out.push(b']');
        match slate.fallback_used() {
            None => out.extend_from_slice(b",\"fallback_used\":null"),
            Some(source) => push_word(out, "fallback_used", source.name()),
        }
    }

    /// Appends what comes last, each with a comma before it: `left_out` where it was asked to explain, `empty_reason` where
    /// there is nothing.
    pub fn push_why(&self, out: &mut Vec<u8>, slate: &Slate) {
        if self.explain {
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
            push_word(out, "empty_reason", because.name());
        }
    }

    fn push_item(&self, out: &mut Vec<u8>, item: &SlateItem, sentences: &mut Sentences) {
        out.extend_from_slice(self.items.item(item.item));
        out.extend_from_slice(b",\"score\":");
        push_score(out, self.engine.shown_score(item));
        push_word(out, "source", item.source.name());
        push_word(out, "reason_code", item.reason.code());
        out.extend_from_slice(b",\"reason_text\":");
        sentences.push(out, item.reason, |out| {
            push_text(out, &item.reason.sentence(&self.engine.models().catalogue, self.language));
        });
        if let Some(source_item) = item.reason.source_item() {
            out.extend_from_slice(b",\"source_item\":");
            out.extend_from_slice(self.items.id(source_item));
        }
        if self.explain {
            out.extend_from_slice(b",\"contributions\":[");
            for (position, &(from, score)) in item.contributions.iter().enumerate() {
                out.extend_from_slice(if position == 0 { b"{\"item_id\":" } else { b",{\"item_id\":" });
                out.extend_from_slice(self.items.id(from));
                out.extend_from_slice(b",\"score\":");
                push_score(out, score.get());
                out.push(b'}');
            }
            out.push(b']');
        }
        out.push(b'}');
    }
}

/// Appends `,"key":"word"`; both are words of ours, with nothing to escape.
pub fn push_word(out: &mut Vec<u8>, key: &str, word: &str) {
    for part in [",\"", key, "\":\"", word, "\""] {
        out.extend_from_slice(part.as_bytes());
    }
}

/// The sentences of one answer, and where in it they stand: most items of a slate share theirs with one
/// before, and copying is cheaper than saying and escaping it again.
struct Sentences {
    written: Vec<(Reason, Range<usize>)>,
}

impl Sentences {
    fn push(&mut self, out: &mut Vec<u8>, reason: Reason, say: impl FnOnce(&mut Vec<u8>)) {
        if let Some((_, place)) = self.written.iter().find(|(written, _)| *written == reason) {
            out.extend_from_within(place.clone());
            return;
        }
        let start = out.len();
        say(out);
        if self.written.len() < MAX_REMEMBERED {
            self.written.push((reason, start..out.len()));
        }
    }
}

fn push_score(out: &mut Vec<u8>, score: f32) {
    serde_json::to_writer(out, &rounded(score)).expect("writing to memory does not fail");
}
