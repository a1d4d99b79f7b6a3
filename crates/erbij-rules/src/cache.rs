//! The sets of expressions that requests repeat.

use std::sync::{Arc, Mutex, PoisonError};

use crate::{Columns, Expr, ExprError, ItemSet};

/// How much a [`FilterCache`] keeps. What was not asked for longest goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CacheLimits {
    /// The most sets.
    pub n_sets: usize,
    /// The most memory of sets and expressions together. A set larger than this is evaluated every time.
    pub size_bytes: usize,
}

impl Default for CacheLimits {
    /// 64 sets, 64 MiB: room for 64 filters over a catalogue of eight million items.
    fn default() -> Self {
        Self { n_sets: 64, size_bytes: 64 << 20 }
    }
}

/// Evaluates the filters of requests over one catalogue, and those that come again once.
///
/// It belongs to its columns for life: with a new catalogue comes a new cache. Looking up is O(sets kept) comparisons
/// of texts under a lock. Evaluation is outside of the lock: two threads that ask for the same new expression at once
/// both evaluate it, and nobody waits for anybody.
///
/// ```
/// use std::sync::Arc;
/// use erbij_core::{Catalogue, CatalogueColumns, Currency, ItemIdx, VariantColumns};
/// use erbij_rules::{CacheLimits, Columns, FilterCache};
///
/// let columns = CatalogueColumns::of_ids(["pan", "wok"].iter().collect());
/// let catalogue = Catalogue::new(columns, VariantColumns::default(), Currency::EUR).unwrap();
/// let cache = FilterCache::new(Arc::new(Columns::new(&catalogue)), CacheLimits::default());
/// let items = cache.items("id == 'wok'").unwrap();
/// assert!(items.contains(ItemIdx::new(1)));
/// assert!(Arc::ptr_eq(&items, &cache.items("id == 'wok'").unwrap()));
/// ```
#[derive(Debug)]
pub struct FilterCache {
    columns: Arc<Columns>,
    limits: CacheLimits,
    kept: Mutex<Kept>,
}

/// What is kept, the longest not asked for first.
#[derive(Debug, Default)]
struct Kept {
    sets: Vec<(String, Arc<ItemSet>)>,
    size_bytes: usize,
}

fn size_bytes(source: &str, items: &ItemSet) -> usize {
    source.len() + items.size_bytes()
}

impl Kept {
    fn find(&mut self, source: &str) -> Option<Arc<ItemSet>> {
        let place = self.sets.iter().position(|(kept, _)| kept == source)?;
        self.sets[place..].rotate_left(1);
        self.sets.last().map(|(_, items)| Arc::clone(items))
    }

    fn keep(&mut self, source: &str, items: &Arc<ItemSet>, limits: CacheLimits) {
        let size = size_bytes(source, items);
        if limits.size_bytes < size || limits.n_sets == 0 || self.find(source).is_some() {
            return;
        }
        while limits.n_sets <= self.sets.len() || limits.size_bytes < self.size_bytes + size {
            let (source, items) = self.sets.remove(0);
            self.size_bytes -= size_bytes(&source, &items);
        }
        self.size_bytes += size;
        self.sets.push((source.to_owned(), Arc::clone(items)));
    }
}

impl FilterCache {
    /// An empty cache over a catalogue's columns.
    pub fn new(columns: Arc<Columns>, limits: CacheLimits) -> Self {
        Self { columns, limits, kept: Mutex::default() }
    }

    /// The items for which an expression is true; from memory if it was asked for before.
    pub fn items(&self, source: &str) -> Result<Arc<ItemSet>, ExprError> {
        if let Some(items) = self.kept().find(source) {
            return Ok(items);
        }
        let items = Arc::new(Expr::compile(source)?.evaluate(&self.columns));
        self.kept().keep(source, &items, self.limits);
        Ok(items)
    }

    /// How many sets are kept.
    pub fn len(&self) -> usize {
        self.kept().sets.len()
    }

    /// Whether none is kept.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The memory that the sets take.
    pub fn size_bytes(&self) -> usize {
        self.kept().size_bytes
    }

    /// Sets are whole before they are kept: a thread that ended under the lock has left nothing half done.
    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use erbij_core::{Catalogue, CatalogueColumns, Currency, VariantColumns};

    use super::*;

    fn cache(n_sets: usize, size_bytes: usize) -> FilterCache {
        let columns = CatalogueColumns::of_ids(["a", "b", "c"].iter().collect());
        let catalogue = Catalogue::new(columns, VariantColumns::default(), Currency::EUR).unwrap();
        FilterCache::new(Arc::new(Columns::new(&catalogue)), CacheLimits { n_sets, size_bytes })
    }

    fn kept(cache: &FilterCache) -> Vec<String> {
        cache.kept().sets.iter().map(|(source, _)| source.clone()).collect()
    }

    #[test]
    fn what_was_not_asked_for_longest_goes_first() {
        let cache = cache(2, usize::MAX);
        for source in ["id == 'a'", "id == 'b'", "id == 'a'", "id == 'c'"] {
            assert_eq!(cache.items(source).unwrap().len(), 1);
        }
        assert_eq!(kept(&cache), ["id == 'a'", "id == 'c'"]);
    }

    #[test]
    fn memory_is_bounded_and_what_never_fits_is_still_answered() {
        let one = size_bytes("id == 'a'", &ItemSet::none(3));
        for (size, n_kept) in [(0, 0), (one - 1, 0), (one, 1), (2 * one, 2), (5 * one, 3)] {
            let cache = cache(64, size);
            for source in ["id == 'a'", "id == 'b'", "id == 'c'"] {
                assert_eq!(cache.items(source).unwrap().len(), 1);
            }
            assert_eq!((cache.len(), cache.size_bytes()), (n_kept, n_kept * one), "{size} bytes");
        }
    }

    #[test]
    fn what_is_no_expression_is_not_kept() {
        let cache = cache(2, usize::MAX);
        assert!(cache.items("id =").is_err());
        assert!(cache.is_empty());
    }

    #[test]
    fn threads_may_ask_at_once() {
        let cache = cache(2, usize::MAX);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for source in ["id == 'a'", "id == 'b'", "id == 'c'"].repeat(20) {
                        assert_eq!(cache.items(source).unwrap().len(), 1);
                    }
                });
            }
        });
        assert_eq!(cache.len(), 2);
    }
}
