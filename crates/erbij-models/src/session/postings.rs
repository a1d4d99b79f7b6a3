//! Per item, its most recent sessions: what a visit's items look up.

use erbij_core::{RowOffsets, Sessions};
use rayon::prelude::*;

/// Items that one thread counts at a time.
const CHUNK: usize = 1 << 16;

/// Per item its sessions, the most recent first and at most `limit` of them: shape `(n_items, n_sessions)`, 4
/// bytes a value; and in how many sessions it is in all.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Postings {
    rows: RowOffsets,
    sessions: Vec<u32>,
    n_sessions: Vec<u32>,
}

impl Postings {
    /// Turns sessions, each of distinct items below `n_items`, around. O(items of sessions) a thread, of which
    /// each writes the postings of its own items: the same for any number of threads.
    pub(super) fn new(sessions: &Sessions, n_items: usize, limit: usize) -> Self {
        let n_sessions = count(sessions, n_items);
        let lens = n_sessions.iter().map(|&n| (n as usize).min(limit));
        let rows = RowOffsets::from_lens(lens);
        let mut postings = vec![0_u32; rows.n_values()];
        let mut shares = Vec::new();
        let mut rest = &mut postings[..];
        for items in equal_shares(&rows, rayon::current_num_threads()) {
            let n_values: usize = items.clone().map(|item| rows.range(item).len()).sum();
            let (own, others) = rest.split_at_mut(n_values);
            shares.push((items, own));
            rest = others;
        }
        shares.into_par_iter().for_each(|(items, own)| fill(sessions, &rows, items, own));
        Self { rows, sessions: postings, n_sessions }
    }

    /// The most recent sessions of an item, the latest first.
    #[inline]
    pub(super) fn of(&self, item: usize) -> &[u32] {
        &self.sessions[self.rows.range(item)]
    }

    /// In how many sessions each item is.
    pub(super) fn n_sessions(&self) -> &[u32] {
        &self.n_sessions
    }

    pub(super) fn size_bytes(&self) -> usize {
        size_of_val(&**self.rows.buffer()) + size_of_val(&*self.sessions) + size_of_val(&*self.n_sessions)
    }
}

fn count(sessions: &Sessions, n_items: usize) -> Vec<u32> {
    let (_, items, ..) = sessions.columns();
    let count_chunk = |mut counts: Vec<u32>, chunk: &[u32]| {
        chunk.iter().for_each(|&item| counts[item as usize] += 1);
        counts
    };
    let add = |mut all: Vec<u32>, more: Vec<u32>| {
        all.iter_mut().zip(more).for_each(|(sum, count)| *sum += count);
        all
    };
    // Chunks so long that a count as wide as the catalogue is made few times.
    let chunk = CHUNK.max(n_items).max(items.len().div_ceil(rayon::current_num_threads()));
    items
        .par_chunks(chunk)
        .fold(|| vec![0; n_items], count_chunk)
        .reduce_with(add)
        .unwrap_or_else(|| vec![0; n_items])
}

/// Parts items, in order, into as many shares of about as many values.
fn equal_shares(rows: &RowOffsets, n_shares: usize) -> Vec<std::ops::Range<usize>> {
    let per_share = rows.n_values().div_ceil(n_shares).max(1);
    let mut shares = Vec::with_capacity(n_shares);
    let (mut begin, mut n_values) = (0, 0);
    for item in 0..rows.n_rows() {
        n_values += rows.range(item).len();
        if per_share <= n_values {
            shares.push(begin..item + 1);
            (begin, n_values) = (item + 1, 0);
        }
    }
    if begin < rows.n_rows() {
        shares.push(begin..rows.n_rows());
    }
    shares
}

/// Writes the postings of some items: sessions from the latest on, until a row is full.
fn fill(sessions: &Sessions, rows: &RowOffsets, items: std::ops::Range<usize>, own: &mut [u32]) {
    let begin = rows.range(items.start).start;
    let mut next: Vec<u32> = items.clone().map(|item| (rows.range(item).start - begin) as u32).collect();
    let ends: Vec<u32> = items.clone().map(|item| (rows.range(item).end - begin) as u32).collect();
    for session in (0..sessions.len()).rev() {
        for &item in sessions.items(session) {
            let at = (item as usize).wrapping_sub(items.start);
            if at < next.len() && next[at] < ends[at] {
                own[next[at] as usize] = session as u32;
                next[at] += 1;
            }
        }
    }
}
