//! Shares rows out over threads so that who computes what never shows.

use std::ops::Range;
use std::sync::Mutex;

use erbij_core::Progress;
use rayon::prelude::*;

/// Rows a task takes at once: few enough that the heavy rows at the front (items are numbered by
/// popularity) are spread over threads, many enough that sharing out costs nothing.
pub(crate) const BLOCK_ROWS: usize = 32;

const NO_POISON: &str = "nothing can panic while the lock is held";

/// Computes blocks of rows in parallel and returns their results in row order.
///
/// A scratch that a block has done with serves the next one, so an accumulator as wide as the catalogue is
/// made once a thread; the scratches come back beside the results. A block is computed by one thread from
/// beginning to end. The results are the same for any number of threads as long as `on_block` leaves its
/// scratch as it found it; what it gathers in the scratch is the same up to how it is spread over scratches.
pub(crate) fn share_out<S: Send, R: Send>(
    n_rows: usize,
    new_scratch: impl Fn() -> S + Sync,
    on_block: impl Fn(&mut S, Range<usize>) -> R + Sync,
    progress: &dyn Progress,
) -> (Vec<R>, Vec<S>) {
    let idle: Mutex<Vec<S>> = Mutex::new(Vec::new());
    let results = (0..n_rows.div_ceil(BLOCK_ROWS))
        .into_par_iter()
        .with_max_len(1)
        .map(|block| {
            let rows = block * BLOCK_ROWS..n_rows.min((block + 1) * BLOCK_ROWS);
            let n_rows_of_block = rows.len() as u64;
            let scratch = idle.lock().expect(NO_POISON).pop();
            let mut scratch = scratch.unwrap_or_else(&new_scratch);
            let result = on_block(&mut scratch, rows);
            idle.lock().expect(NO_POISON).push(scratch);
            progress.advance(n_rows_of_block);
            result
        })
        .collect();
    (results, idle.into_inner().expect(NO_POISON))
}
