//! The nearest sessions of a visit: postings merged by recency, then the best of them.

use erbij_core::{ItemIdx, Timestamp};

use crate::session::SessionModel;
use crate::session::params::MAX_LAST_ITEMS;

/// What one thread needs to score visits with one model, used for visit after visit: 28 bytes a candidate.
#[derive(Clone, Debug)]
pub struct SessionScratch {
    /// The distinct items of the visit's end, newest first, with their ages.
    pub(super) window: Vec<(u32, u32)>,
    /// The weight of an item of the visit by its age.
    pub(super) weights: [f64; MAX_LAST_ITEMS],
    /// Candidates, the most recent first: a session and a mask of the window's items in it.
    candidates: Vec<u64>,
    merged: Vec<u64>,
    /// Similarities, each with its session: what is nearer, then more recent, is higher.
    keys: Vec<u64>,
    ranked: Vec<u64>,
    /// Scores that were on the board before, of items that are not scored.
    pub(super) spared: Vec<(ItemIdx, f64)>,
    /// The neighbours, the most recent first.
    pub(super) neighbours: Vec<Neighbour>,
    /// Whom each item of a neighbour was looked at by: item, then person.
    pub(super) looked_at_by: Vec<u64>,
}

/// A session that scores its items.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Neighbour {
    pub(super) session: u32,
    /// Which items of the window are in it.
    pub(super) mask: u32,
    pub(super) similarity: f32,
}

impl SessionScratch {
    /// A scratch for a model.
    pub fn new(model: &SessionModel) -> Self {
        let n_candidates = (model.params().candidates as usize).min(model.n_sessions());
        let n_neighbours = (model.params().neighbours as usize).min(n_candidates);
        Self {
            window: Vec::with_capacity(MAX_LAST_ITEMS),
            weights: [0.0; MAX_LAST_ITEMS],
            candidates: Vec::with_capacity(n_candidates),
            merged: Vec::with_capacity(n_candidates),
            keys: Vec::with_capacity(n_candidates),
            ranked: Vec::with_capacity(n_candidates),
            spared: Vec::with_capacity(MAX_LAST_ITEMS),
            neighbours: Vec::with_capacity(n_neighbours),
            looked_at_by: Vec::new(),
        }
    }
}

impl SessionModel {
    /// Finds the neighbours of a visit among sessions that had ended by `at`.
    pub(super) fn find_neighbours(
        &self,
        visit: &[ItemIdx],
        at: Option<Timestamp>,
        scratch: &mut SessionScratch,
    ) {
        scratch.neighbours.clear();
        scratch.window.clear();
        let newest = &visit[visit.len().saturating_sub(self.params().last_items as usize)..];
        for (age, item) in newest.iter().rev().enumerate() {
            let is_new = scratch.window.iter().all(|&(seen, _)| seen != item.get());
            if is_new && item.index() < self.n_items() {
                scratch.window.push((item.get(), age as u32));
            }
        }
        if scratch.window.is_empty() {
            return;
        }
        let ages = scratch.window.iter().map(|&(_, age)| age as usize);
        scratch.weights = self.weights().of_visit(newest.len(), ages);
        self.merge_candidates(at, scratch);
        self.keep_nearest(scratch);
    }

    /// The most recent sessions that share an item with the window, each with the mask of what it shares.
    fn merge_candidates(&self, at: Option<Timestamp>, scratch: &mut SessionScratch) {
        let n_candidates = self.params().candidates as usize;
        let n_ended = at.map_or(self.n_sessions(), |at| self.sessions().n_until(at));
        scratch.candidates.clear();
        for (bit, &(item, _)) in scratch.window.iter().enumerate() {
            let mut sessions = self.postings().of(item as usize);
            if n_ended < self.n_sessions() {
                sessions = &sessions[sessions.partition_point(|&session| n_ended <= session as usize)..];
            }
            if !sessions.is_empty() {
                merge(&scratch.candidates, sessions, 1 << bit, n_candidates, &mut scratch.merged);
                std::mem::swap(&mut scratch.candidates, &mut scratch.merged);
            }
        }
    }

    /// Of the candidates the nearest; of equals the more recent.
    fn keep_nearest(&self, scratch: &mut SessionScratch) {
        let of_sessions = &self.weights().sessions;
        scratch.keys.clear();
        for &candidate in &scratch.candidates {
            let (session, mut mask) = ((candidate >> 32) as u32, candidate as u32);
            let mut similarity = 0.0;
            while mask != 0 {
                let (_, age) = scratch.window[mask.trailing_zeros() as usize];
                similarity += scratch.weights[age as usize];
                mask &= mask - 1;
            }
            if !of_sessions.is_empty() {
                similarity *= f64::from(of_sessions[session as usize]);
            }
            // The bits of numbers that are not negative are ordered as the numbers are.
            scratch.keys.push(u64::from((similarity as f32).to_bits()) << 32 | u64::from(session));
        }
        let n_neighbours = self.params().neighbours as usize;
        let mut least = 0;
        if n_neighbours < scratch.keys.len() {
            scratch.ranked.clear();
            scratch.ranked.extend_from_slice(&scratch.keys);
            let at = scratch.ranked.len() - n_neighbours;
            least = *scratch.ranked.select_nth_unstable(at).1;
        }
        for (&key, &candidate) in scratch.keys.iter().zip(&scratch.candidates) {
            let similarity = f32::from_bits((key >> 32) as u32);
            if least <= key && 0.0 < similarity {
                let (session, mask) = (key as u32, candidate as u32);
                scratch.neighbours.push(Neighbour { session, mask, similarity });
            }
        }
    }
}

/// Merges sessions into candidates, both from the latest on, until `limit` are had. Which of the two is next cannot
/// be guessed, so the loop has no branch on it.
fn merge(candidates: &[u64], sessions: &[u32], mask: u64, limit: usize, merged: &mut Vec<u64>) {
    let n_most = limit.min(candidates.len() + sessions.len());
    merged.clear();
    merged.resize(n_most, 0);
    let (mut a, mut b, mut n) = (0, 0, 0);
    while n < n_most && a < candidates.len() && b < sessions.len() {
        let (x, y) = (candidates[a], u64::from(sessions[b]) << 32 | mask);
        let (x_is_next, y_is_next) = (y >> 32 <= x >> 32, x >> 32 <= y >> 32);
        merged[n] = if x_is_next { x } else { 0 } | if y_is_next { y } else { 0 };
        a += usize::from(x_is_next);
        b += usize::from(y_is_next);
        n += 1;
    }
    for &candidate in candidates[a..].iter().take(n_most - n) {
        merged[n] = candidate;
        n += 1;
    }
    for &session in sessions[b..].iter().take(n_most - n) {
        merged[n] = u64::from(session) << 32 | mask;
        n += 1;
    }
    merged.truncate(n);
}
