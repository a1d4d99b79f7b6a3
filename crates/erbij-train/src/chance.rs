//! Chance, from a seed that is passed in.

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// One of the streams of a seed: what is drawn from one does not hang on how much the others gave.
pub fn stream(seed: u64, stream: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(stream);
    rng
}

/// Brings `n` of the values, drawn at random without replacement, to the front: the first steps of a
/// Fisher–Yates shuffle. O(n).
pub fn shuffle_front<T>(values: &mut [T], n: usize, rng: &mut impl Rng) {
    for at in 0..n.min(values.len()) {
        let other = rng.random_range(at as u64..values.len() as u64) as usize;
        values.swap(at, other);
    }
}
