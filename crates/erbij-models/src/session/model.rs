//! The fitted session model: sessions of the past, and all that follows from them.

use erbij_core::{ModelError, Sessions};

use crate::session::postings::Postings;
use crate::session::weights::Weights;
use crate::session::{CheckedSessionParams, SessionParams};

/// Sessions of the past and, per item, the most recent it is in.
///
/// What is learned is the sessions themselves; all else follows from them and the parameters, and is made anew when
/// an artifact is opened. 20 bytes a session and up to 8 an item of it, by some weightings 4 a session more; 16 an
/// item of the catalogue. A visit is scored in O(last items · candidates + items of neighbours).
#[derive(Clone, Debug, PartialEq)]
pub struct SessionModel {
    params: SessionParams,
    sessions: Sessions,
    postings: Postings,
    weights: Weights,
}

impl SessionModel {
    /// Takes sessions, as a fit keeps them, as a model: O(items of sessions). Items are below `n_items` and no
    /// session holds one twice.
    pub fn new(
        params: &CheckedSessionParams,
        sessions: Sessions,
        n_items: usize,
    ) -> Result<Self, ModelError> {
        let params = params.params().clone();
        let mut last_seen_in = vec![u32::MAX; n_items];
        for session in 0..sessions.len() {
            for &item in sessions.items(session) {
                let rule = match last_seen_in.get_mut(item as usize) {
                    None => "every item is one of the catalogue",
                    Some(seen) if *seen == session as u32 => "no item is in a session twice",
                    Some(seen) => {
                        *seen = session as u32;
                        continue;
                    }
                };
                return Err(ModelError::Row { row: session, rule });
            }
        }
        let postings = Postings::new(&sessions, n_items, params.candidates as usize);
        let weights = Weights::new(&params, &sessions, &postings);
        Ok(Self { params, sessions, postings, weights })
    }

    /// The same sessions under other parameters, which learn from the same sessions and compare as many.
    ///
    /// # Panics
    ///
    /// If they differ in what a model keeps.
    pub(super) fn weighed_by(self, params: &SessionParams) -> Self {
        let kept = |params: &SessionParams| (params.candidates, params.min_items, params.max_length_quantile);
        assert_eq!(kept(params), kept(&self.params), "the same sessions are kept");
        let weights = Weights::new(params, &self.sessions, &self.postings);
        Self { params: params.clone(), weights, ..self }
    }

    /// How many sessions were learned from.
    pub fn n_sessions(&self) -> usize {
        self.sessions.len()
    }

    /// How many items the catalogue has.
    pub fn n_items(&self) -> usize {
        self.postings.n_sessions().len()
    }

    /// Bytes in memory.
    pub fn size_bytes(&self) -> usize {
        self.sessions.size_bytes() + self.postings.size_bytes() + self.weights.size_bytes()
    }

    /// What it was fitted with.
    pub fn params(&self) -> &SessionParams {
        &self.params
    }

    /// The sessions it learned from, each of distinct items in the order they were last looked at: what an artifact
    /// stores.
    pub fn sessions(&self) -> &Sessions {
        &self.sessions
    }

    pub(super) fn postings(&self) -> &Postings {
        &self.postings
    }

    pub(super) fn weights(&self) -> &Weights {
        &self.weights
    }
}
