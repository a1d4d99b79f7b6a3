//! How people of a shop differ from those of another: what they buy by the season, and what they buy again.
//!
//! A shop without habits draws nothing here, so it is the same to the byte as before there were any.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::CheckedShopParams;

/// A season has this spread, as a share of the year: half of what sells in it does so within fifteen days of its peak.
const SEASON_SPREAD: f64 = 0.06;
/// The golden ratio's fraction: peaks of items that follow each other in number are spread over the year.
const SPREAD_OUT: f64 = 0.618_033_988_749_895;

/// Whether an item is bought by the season: every second one.
pub(crate) fn has_season(item: u32) -> bool {
    item.is_multiple_of(2)
}

/// When in the year an item's season is, from 0 to 1.
pub(crate) fn season_peak(item: u32) -> f64 {
    (f64::from(item / 2) * SPREAD_OUT).fract()
}

/// The chance that a wish for an item is one at this instant.
pub(crate) fn in_season(params: &CheckedShopParams, item: u32, at_secs: i64, rng: &mut ChaCha8Rng) -> bool {
    let strength = params.get().season;
    if strength == 0.0 || !has_season(item) {
        return true;
    }
    let of_year = (at_secs as f64 / (365.25 * crate::SECS_PER_DAY)).fract();
    let apart = (of_year - season_peak(item)).abs();
    let apart = apart.min(1.0 - apart) / SEASON_SPREAD;
    rng.random_bool(1.0 - strength * (1.0 - (-0.5 * apart * apart).exp()))
}

/// Whether a wish is for something bought before, and which of the lines so far it is: what was bought often is so more often.
pub(crate) fn bought_again(
    params: &CheckedShopParams,
    n_lines: usize,
    rng: &mut ChaCha8Rng,
) -> Option<usize> {
    let share = params.get().habit;
    (0.0 < share && 0 < n_lines && rng.random_bool(share)).then(|| rng.random_range(0..n_lines))
}
