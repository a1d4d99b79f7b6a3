//! A block of rows and what is known of them, a bit a row.

/// Words of bits in a block.
pub(crate) const BLOCK_WORDS: usize = 16;
/// Rows of a block.
pub(crate) const BLOCK_ROWS: usize = 64 * BLOCK_WORDS;

/// A bit each row of a block.
pub(crate) type Bits = [u64; BLOCK_WORDS];

/// Of each row of a block whether something is true, false, or, if neither, unknown. Both bits of a row that was not
/// wanted may be anything.
#[derive(Clone, Copy)]
pub(crate) struct Truth {
    pub(crate) yes: Bits,
    pub(crate) no: Bits,
}

impl Truth {
    /// Nothing is unknown: what is not true is false.
    pub(crate) fn known(yes: Bits) -> Self {
        Self { yes, no: yes.map(|word| !word) }
    }

    pub(crate) fn fixed(value: bool) -> Self {
        Self::known([if value { u64::MAX } else { 0 }; BLOCK_WORDS])
    }
}

/// The rows among those wanted for which it holds. `holds` gets the row's place in the block.
#[inline]
pub(crate) fn bits_where(wanted: &Bits, mut holds: impl FnMut(usize) -> bool) -> Bits {
    let mut bits = [0; BLOCK_WORDS];
    for (word, (out, &open)) in bits.iter_mut().zip(wanted).enumerate() {
        if open == u64::MAX {
            for bit in 0..64 {
                *out |= u64::from(holds(64 * word + bit)) << bit;
            }
        } else {
            let mut open = open;
            while open != 0 {
                let bit = open.trailing_zeros() as usize;
                *out |= u64::from(holds(64 * word + bit)) << bit;
                open &= open - 1;
            }
        }
    }
    bits
}

/// Two rows of bits made one, word by word.
pub(crate) fn combine(left: &Bits, right: &Bits, operation: impl Fn(u64, u64) -> u64) -> Bits {
    std::array::from_fn(|word| operation(left[word], right[word]))
}
