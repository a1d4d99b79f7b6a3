//! The loaded artifact a running service answers from.

use std::sync::{Mutex, PoisonError};

use erbij_core::{Placement, Timestamp};
use erbij_engine::{Engine, Person, Query, Scratch};
use erbij_export::ItemJson;
use erbij_rules::Emptied;

/// One generation, in memory and ready to answer.
#[derive(Debug)]
pub(crate) struct Snapshot {
    /// Its number in the store.
    pub(crate) generation: u64,
    /// What it is.
    pub(crate) artifact_id: String,
    /// Its models.
    pub(crate) engine: Engine,
    /// What is said of its items.
    pub(crate) items: ItemJson,
    /// The placements that the shop's rules leave empty.
    pub(crate) emptied: Vec<Emptied>,
    /// One a thread that answers. A panicking request does not give its scratch back: it may be half used.
    scratches: Mutex<Vec<Scratch>>,
}

impl Snapshot {
    /// Makes models ready, and asks each scratch one question, so that the first request finds everything
    /// warm and a model that cannot answer is found out here. O(bytes).
    pub(crate) fn new(
        generation: u64,
        artifact_id: String,
        engine: Engine,
        n_scratches: usize,
        now: Timestamp,
    ) -> Self {
        let model_set = engine.models();
        let items = ItemJson::of(&model_set.catalogue);
        let anchor = engine.models().popularity.ranking().first().copied();
        let first_question =
            Query { anchors: anchor.as_slice(), ..Query::new(Placement::ItemPage, Person::Nobody, now) };
        let scratches = (0..n_scratches).map(|_| {
            let mut scratch = engine.new_scratch();
            engine.recommend(&first_question, &mut scratch);
            scratch
        });
        let scratches = Mutex::new(scratches.collect());
        let emptied = engine.rules().emptied(&engine.models().catalogue, now);
        Self { generation, artifact_id, engine, items, emptied, scratches }
    }

    /// The placements every page of which rules leave empty at an instant.
    pub(crate) fn emptied_placements(&self, now: Timestamp) -> Vec<String> {
        let now = self.emptied.iter().filter(|emptied| emptied.from.is_none_or(|from| from <= now));
        now.flat_map(|emptied| &emptied.placements).map(|placement| placement.name().to_owned()).collect()
    }

    /// Lends a scratch. None is made anew unless more threads ask at one time than ever before.
    pub(crate) fn with_scratch<T>(&self, use_it: impl FnOnce(&mut Scratch) -> T) -> T {
        // Nothing can panic while the lock is held, so a poisoned one is as good as any.
        let spare = || self.scratches.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = spare().pop();
        let mut scratch = taken.unwrap_or_else(|| self.engine.new_scratch());
        let result = use_it(&mut scratch);
        spare().push(scratch);
        result
    }
}
