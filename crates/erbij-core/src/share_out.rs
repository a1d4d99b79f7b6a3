//! Shares rows out over threads so that who computes what never shows.

use std::ops::Range;
use std::sync::Mutex;

use crate::Progress;
use rayon::prelude::*;

/// Rows a task takes at once: few enough that the heavy rows at the front (items are numbered by
/// popularity) are spread over threads, many enough that sharing out costs nothing.
pub const BLOCK_ROWS: usize = 32;

const NO_POISON: &str = "nothing can panic while the lock is held";

/// Rows whose results lie side by side in [`share_out_in_turns`]: enough that no thread is idle at the end of a turn for
/// long, few enough that what they give is little beside what is made of all.
const TURN_ROWS: usize = 512 * BLOCK_ROWS;

/// Computes blocks of rows in parallel and returns their results in row order.
///
/// A scratch that a block has done with serves the next one, so an accumulator as wide as the catalogue is
/// made once a thread; the scratches come back beside the results. A block is computed by one thread from
/// beginning to end. The results are the same for any number of threads as long as `on_block` leaves its
/// scratch as it found it; what it gathers in the scratch is the same up to how it is spread over scratches.
pub fn share_out<S: Send, R: Send>(
    n_rows: usize,
    new_scratch: impl Fn() -> S + Sync,
    on_block: impl Fn(&mut S, Range<usize>) -> R + Sync,
    progress: &dyn Progress,
) -> (Vec<R>, Vec<S>) {
    let idle: Mutex<Vec<S>> = Mutex::new(Vec::new());
    let results = turn(0..n_rows, &idle, &new_scratch, &on_block, progress);
    (results, idle.into_inner().expect(NO_POISON))
}

/// As [`share_out`], but hands the results over in row order, some thousands of rows at a time, and keeps none: what is
/// joined from large results never lies in memory twice.
pub fn share_out_in_turns<S: Send, R: Send>(
    n_rows: usize,
    new_scratch: impl Fn() -> S + Sync,
    on_block: impl Fn(&mut S, Range<usize>) -> R + Sync,
    mut on_result: impl FnMut(R),
    progress: &dyn Progress,
) {
    let idle: Mutex<Vec<S>> = Mutex::new(Vec::new());
    for start in (0..n_rows).step_by(TURN_ROWS) {
        let rows = start..n_rows.min(start + TURN_ROWS);
        turn(rows, &idle, &new_scratch, &on_block, progress).into_iter().for_each(&mut on_result);
    }
}

/// Computes the blocks of some rows.
fn turn<S: Send, R: Send>(
    rows: Range<usize>,
    idle: &Mutex<Vec<S>>,
    new_scratch: &(impl Fn() -> S + Sync),
    on_block: &(impl Fn(&mut S, Range<usize>) -> R + Sync),
    progress: &dyn Progress,
) -> Vec<R> {
    (0..rows.len().div_ceil(BLOCK_ROWS))
        .into_par_iter()
        .with_max_len(1)
        .map(|block| {
            let start = rows.start + block * BLOCK_ROWS;
            let rows = start..rows.end.min(start + BLOCK_ROWS);
            let n_rows_of_block = rows.len() as u64;
            let scratch = idle.lock().expect(NO_POISON).pop();
            let mut scratch = scratch.unwrap_or_else(new_scratch);
            let result = on_block(&mut scratch, rows);
            idle.lock().expect(NO_POISON).push(scratch);
            progress.advance(n_rows_of_block);
            result
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::Silent;

    use super::*;

    #[test]
    fn turns_give_every_row_once_and_in_order() {
        for n_rows in [0, 1, BLOCK_ROWS, TURN_ROWS, TURN_ROWS + 1, 2 * TURN_ROWS + BLOCK_ROWS + 7] {
            let mut found = Vec::new();
            let on_block = |(): &mut (), rows: Range<usize>| rows;
            share_out_in_turns(n_rows, || (), on_block, |rows| found.extend(rows), &Silent);
            assert!(found.into_iter().eq(0..n_rows), "{n_rows} rows");
        }
    }
}
