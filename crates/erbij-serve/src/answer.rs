//! A slate to the bytes of its answer.
//!
//! Written by `erbij-export`; [`crate::RecommendAnswer`] is the same answer as a type, and a test holds them equal.

use erbij_engine::Slate;
use erbij_export::{SlateJson, push_text, push_word};
use uuid::Uuid;

use crate::named::Ignored;
use crate::question::Question;
use crate::snapshot::Snapshot;

/// Writes an answer.
pub(crate) fn answer_bytes(
    recommendation_id: Uuid,
    snapshot: &Snapshot,
    question: &Question,
    unheard: &NotHeard<'_>,
    slate: &Slate,
) -> Vec<u8> {
    let json = SlateJson {
        engine: &snapshot.engine,
        items: &snapshot.items,
        model_version: &snapshot.artifact_id,
        placement: question.placement,
        language: question.language,
        explain: question.explain,
    };
    let mut out = Vec::with_capacity(json.n_bytes(slate));
    out.push(b'{');
    json.push_slate(&mut out, recommendation_id, slate);
    out.extend_from_slice(b",\"unknown_items\":[");
    for (position, id) in unheard.unknown_items.iter().enumerate() {
        if 0 < position {
            out.push(b',');
        }
        push_text(&mut out, id);
    }
    out.push(b']');
    push_ignored(&mut out, &unheard.ignored);
    json.push_why(&mut out, slate);
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
