//! What one query knows of items: facts beside each other, a bit each, so that none ever replaces another.

use erbij_core::ItemIdx;

/// Something a query knows of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fact {
    /// The query asked about it, or said not to.
    Excluded = 1,
    /// It does not go with what the query asked about.
    Incompatible = 1 << 1,
    /// It is in a bundle that is here, or the other way round.
    Bundled = 1 << 6,
    /// The customer sent it back: it is not due again, whatever the placement keeps.
    SentBack = 1 << 7,
    AlreadyBought = 1 << 2,
    /// It is due again: that it was bought, and that its need was met, is no longer against it.
    Due = 1 << 3,
    /// It is on the slate.
    Shown = 1 << 4,
    /// It was counted among those left out.
    LeftOut = 1 << 5,
}

/// The facts of every item: a byte an item, cleared in O(items that have any).
#[derive(Debug)]
pub(crate) struct Facts {
    bits: Vec<u8>,
    noted: Vec<ItemIdx>,
}

impl Facts {
    /// No facts of `n_items` items.
    pub(crate) fn new(n_items: usize) -> Self {
        Self { bits: vec![0; n_items], noted: Vec::new() }
    }

    /// Adds a fact; whether it was new.
    #[inline]
    pub(crate) fn note(&mut self, item: ItemIdx, fact: Fact) -> bool {
        let bits = &mut self.bits[item.index()];
        if *bits == 0 {
            self.noted.push(item);
        }
        let is_new = *bits & fact as u8 == 0;
        *bits |= fact as u8;
        is_new
    }

    /// Whether a fact holds.
    #[inline]
    pub(crate) fn holds(&self, item: ItemIdx, fact: Fact) -> bool {
        self.bits[item.index()] & fact as u8 != 0
    }

    /// Whether nothing is known of an item.
    #[inline]
    pub(crate) fn is_empty_of(&self, item: ItemIdx) -> bool {
        self.bits[item.index()] == 0
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        for item in self.noted.drain(..) {
            self.bits[item.index()] = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Fact; 6] =
        [Fact::Excluded, Fact::Incompatible, Fact::AlreadyBought, Fact::Due, Fact::Shown, Fact::LeftOut];

    /// Whatever comes first, what comes second stands beside it.
    #[test]
    fn no_fact_overwrites_another() {
        let item = ItemIdx::new(1);
        for first in ALL {
            for second in ALL {
                let mut facts = Facts::new(3);
                assert!(facts.is_empty_of(item) && facts.note(item, first));
                assert_eq!(facts.note(item, second), first != second);
                for fact in ALL {
                    assert_eq!(
                        facts.holds(item, fact),
                        fact == first || fact == second,
                        "{first:?} {second:?}"
                    );
                }
                assert!(facts.is_empty_of(ItemIdx::new(0)));
                facts.clear();
                assert!(facts.is_empty_of(item));
            }
        }
    }
}
