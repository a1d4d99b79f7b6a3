//! SplitMix64: numbers that look random and are the same everywhere.
//!
//! Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014. Good for spreading and shuffling;
//! no secret rests on it.

/// What the state grows by at each step: odd, and near 2⁶⁴ over the golden ratio.
pub const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// The finaliser: a bijection of which each output bit depends on each input bit, so that neighbours have nothing in common.
pub const fn spread(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

/// The number that a state gives: one step, then the finaliser.
pub const fn mix(state: u64) -> u64 {
    spread(state.wrapping_add(STEP))
}

/// A stream of numbers from a seed.
#[derive(Clone, Debug)]
pub struct SplitMix64(u64);

impl SplitMix64 {
    /// The stream of a seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub fn next_u64(&mut self) -> u64 {
        let number = mix(self.0);
        self.0 = self.0.wrapping_add(STEP);
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_numbers_are_those_published() {
        let mut stream = SplitMix64::new(1_234_567);
        let expected = [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423];
        assert_eq!([(); 3].map(|()| stream.next_u64()), expected);
        let states = [0, 1, 2].map(|step: u64| 1_234_567_u64.wrapping_add(step.wrapping_mul(STEP)));
        assert_eq!(states.map(mix), expected);
    }
}
