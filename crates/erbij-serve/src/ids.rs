//! Ids of answers and of requests: UUIDs of version 7, which sort by time.
//!
//! They tie a click to a list and a complaint to a log line, and are no secrets. So chance is asked of the
//! system once a process; after that an id is a counter, mixed, which costs no system call.

use std::sync::atomic::{AtomicU64, Ordering};

use erbij_core::Timestamp;
use erbij_core::statistics::splitmix64::{STEP, spread};
use uuid::{Builder, Uuid};

/// Makes ids.
#[derive(Debug)]
pub(crate) struct Ids {
    seeds: [u64; 2],
    n_made: AtomicU64,
}

impl Ids {
    /// Ids nobody else makes: the lower half of two fresh UUIDs is chance from the system.
    pub(crate) fn new() -> Self {
        let seed = || spread(Uuid::now_v7().as_u128() as u64);
        Self { seeds: [seed(), seed()], n_made: AtomicU64::new(0) }
    }

    /// The next id, at this instant.
    pub(crate) fn next(&self, now: Timestamp) -> Uuid {
        let number = self.n_made.fetch_add(1, Ordering::Relaxed);
        let low = spread(self.seeds[0].wrapping_add(number.wrapping_mul(STEP)));
        let high = spread(self.seeds[1] ^ low);
        let mut bytes = [0; 10];
        bytes[..2].copy_from_slice(&high.to_be_bytes()[..2]);
        bytes[2..].copy_from_slice(&low.to_be_bytes());
        let millis = u64::try_from(now.micros() / 1000).unwrap_or(0);
        Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ids_are_distinct_of_version_7_and_tell_their_time() {
        let (ids, others) = (Ids::new(), Ids::new());
        let now = Timestamp::from_micros(1_488_533_400_000_000);
        let made: BTreeSet<Uuid> = (0..5000).flat_map(|_| [ids.next(now), others.next(now)]).collect();
        assert_eq!(made.len(), 10_000);
        for id in made {
            assert_eq!(id.get_version_num(), 7);
            assert_eq!(id.get_timestamp().expect("version 7 has one").to_unix().0, 1_488_533_400);
        }
        assert_eq!(ids.next(Timestamp::from_micros(-5)).get_version_num(), 7);
    }
}
