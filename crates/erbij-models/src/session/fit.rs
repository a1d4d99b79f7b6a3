//! From sessions to a model: each is reduced to what a neighbour says, then items find their sessions.

use std::collections::HashMap;

use arrow_buffer::ScalarBuffer;
use erbij_core::{Progress, RowOffsets, Sessions};
use rayon::prelude::*;

use crate::session::{CheckedSessionParams, SessionModel, SessionParams};

/// Sessions that one thread takes at a time.
const BLOCK: usize = 4096;

/// Fits the model: of each session its distinct items are kept, in the order they were last looked at; those
/// with too few or far too many are left out. O(items of sessions · log of a session's items).
///
/// # Panics
///
/// If a session holds an item that is not below `n_items`.
pub fn fit_session(
    params: &CheckedSessionParams,
    sessions: Sessions,
    n_items: usize,
    progress: &dyn Progress,
) -> SessionModel {
    progress.begin("reading sessions", Some(sessions.len() as u64), "sessions");
    let kept = distinct(&sessions, params.params(), progress);
    drop(sessions);
    progress.begin("indexing sessions", None, "sessions");
    SessionModel::new(params, kept, n_items).expect("items of sessions are those of the catalogue")
}

/// The distinct items of each session, in the order they were last looked at.
pub(super) fn distinct(sessions: &Sessions, params: &SessionParams, progress: &dyn Progress) -> Sessions {
    let n_sessions = sessions.len();
    let blocks: Vec<(Vec<u32>, Vec<usize>)> = (0..n_sessions.div_ceil(BLOCK))
        .into_par_iter()
        .map(|block| {
            let of_block = block * BLOCK..n_sessions.min((block + 1) * BLOCK);
            let (mut items, mut lens, mut looks) = (Vec::new(), Vec::new(), Vec::new());
            let n_of_block = of_block.len() as u64;
            for session in of_block {
                lens.push(push_distinct(sessions.items(session), &mut looks, &mut items));
            }
            progress.advance(n_of_block);
            (items, lens)
        })
        .collect();
    let lens = || blocks.iter().flat_map(|(_, lens)| lens.iter().copied());
    let longest = quantile(lens().collect(), params.max_length_quantile);
    let is_kept = |len: usize| params.min_items as usize <= len && len <= longest;
    let rows = RowOffsets::from_lens(lens().filter(|&len| is_kept(len)));
    let mut items = Vec::with_capacity(rows.n_values());
    for (of_block, lens) in &blocks {
        let mut begin = 0;
        for &len in lens {
            if is_kept(len) {
                items.extend_from_slice(&of_block[begin..begin + len]);
            }
            begin += len;
        }
    }
    let kept = || lens().enumerate().filter(|&(_, len)| is_kept(len)).map(|(session, _)| session);
    let ended_at = kept().map(|session| sessions.ended_at(session).micros()).collect();
    let people = renumbered(kept().map(|session| sessions.person(session)));
    Sessions::new(rows, items.into(), ended_at, people).expect("leaving out keeps the order of the rest")
}

/// People by the order in which they first came: the same for sessions of one person, and nothing else is told by it.
fn renumbered(people: impl Iterator<Item = u32>) -> ScalarBuffer<u32> {
    let mut numbers = HashMap::new();
    let number_of = |person| {
        let next = numbers.len() as u32;
        *numbers.entry(person).or_insert(next)
    };
    people.map(number_of).collect()
}

/// Appends the distinct items of a session, in the order of their last looks; tells how many.
fn push_distinct(session: &[u32], looks: &mut Vec<(u32, u32)>, items: &mut Vec<u32>) -> usize {
    looks.clear();
    // By item, the last look first: of each item that one is kept.
    looks.extend(session.iter().zip(0..).map(|(&item, at)| (item, u32::MAX - at)));
    looks.sort_unstable();
    looks.dedup_by_key(|&mut (item, _)| item);
    looks.sort_unstable_by_key(|&(_, from_end)| std::cmp::Reverse(from_end));
    items.extend(looks.iter().map(|&(item, _)| item));
    looks.len()
}

/// The smallest value that a share of the values does not exceed; 0 of none.
fn quantile(mut values: Vec<usize>, share: f64) -> usize {
    if values.is_empty() {
        return 0;
    }
    let rank = ((share * values.len() as f64).ceil() as usize).clamp(1, values.len());
    *values.select_nth_unstable(rank - 1).1
}
