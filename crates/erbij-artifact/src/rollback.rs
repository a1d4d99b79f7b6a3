//! Rolling back: an older generation becomes the current one.

use serde::Serialize;

use crate::open::open;
use crate::store::{Contents, Generation, GenerationRef, Store, StoreError};

/// A roll-back that was made.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RolledBack {
    /// What was current before, by number; none where `current` was missing.
    pub from: Option<u64>,
    /// What is current now.
    pub to: Generation,
    /// Generations that were passed over because they do not open.
    pub skipped: Vec<u64>,
}

impl Store {
    /// Makes an older generation current: the one named, or the newest older one that opens. It is opened
    /// before `current` moves, so what follows cannot fail on it.
    pub fn rollback(&self, to: Option<&GenerationRef>) -> Result<RolledBack, StoreError> {
        let _lock = self.lock()?;
        // Best effort: going back matters more than tidiness.
        let _ = self.remove_leftovers(&mut |_| Ok(()));
        let contents = self.contents()?;
        let current = contents.generations.iter().find(|generation| generation.is_current);
        let from = match (self.current_number(), to) {
            (Ok(number), _) => number,
            // Naming a generation mends a damaged `current`.
            (Err(_), Some(_)) => None,
            (Err(error), None) => return Err(error),
        };
        let epoch = current.map_or(0, |current| current.manifest.erasure_epoch);
        let (target, skipped) = match to {
            Some(wanted) => (self.named(wanted, &contents.generations)?, Vec::new()),
            None => self.newest_older(from, &contents)?,
        };
        if target.manifest.erasure_epoch < epoch {
            let found = target.manifest.erasure_epoch;
            return Err(StoreError::Erased { number: target.number, found, current: epoch });
        }
        let opened = open(&target.dir);
        opened.map_err(|source| StoreError::Artifact { dir: target.dir.clone(), source })?;
        self.point_current_at(target.number, &mut |_| Ok(()))?;
        Ok(RolledBack { from, to: Generation { is_current: true, ..target }, skipped })
    }

    fn named(&self, wanted: &GenerationRef, generations: &[Generation]) -> Result<Generation, StoreError> {
        let meant = |generation: &&Generation| match wanted {
            GenerationRef::Number(number) => generation.number == *number,
            GenerationRef::ArtifactId(digits) => generation.manifest.artifact_id.starts_with(digits.as_str()),
        };
        let mut found: Vec<&Generation> = generations.iter().filter(meant).collect();
        // One artifact published twice is one artifact: its newest generation is as good as any.
        found.dedup_by(|newer, older| {
            let is_same = newer.manifest.artifact_id == older.manifest.artifact_id;
            if is_same {
                *older = *newer;
            }
            is_same
        });
        match found.as_slice() {
            [generation] => Ok((*generation).clone()),
            _ => {
                let (root, wanted) = (self.root().to_owned(), wanted.to_string());
                Err(StoreError::NoSuchGeneration { root, wanted, found: found.len() })
            }
        }
    }

    fn newest_older(
        &self,
        from: Option<u64>,
        contents: &Contents,
    ) -> Result<(Generation, Vec<u64>), StoreError> {
        let from = from.ok_or_else(|| StoreError::NothingCurrent { root: self.root().to_owned() })?;
        let damaged = contents.damaged.iter().map(|generation| generation.number);
        let mut skipped: Vec<u64> = damaged.filter(|&number| number < from).collect();
        for generation in contents.generations.iter().rev().filter(|generation| generation.number < from) {
            if open(&generation.dir).is_ok() {
                skipped.retain(|&number| generation.number < number);
                skipped.sort_unstable();
                return Ok((generation.clone(), skipped));
            }
            skipped.push(generation.number);
        }
        Err(StoreError::NothingOlder { root: self.root().to_owned(), current: from })
    }
}
