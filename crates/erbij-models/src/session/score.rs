//! Scores of a visit: what the nearest sessions say of it, and which of its items speak for what.

use erbij_core::{ItemIdx, Score, ScoreBoard, Timestamp, sort_contributions};

use crate::session::neighbours::{Neighbour, SessionScratch};
use crate::session::params::MAX_LAST_ITEMS;
use crate::session::{SessionModel, VisitedItems};

/// What somebody looked at, from the oldest item on. It may repeat; items that are not of the catalogue take their place
/// and say nothing.
#[derive(Clone, Copy, Debug)]
pub enum Visit<'a> {
    /// It goes on: the page of its newest item is open.
    Open(&'a [ItemIdx]),
    /// It is over, and no page is open: `drop_current` drops nothing.
    Past(&'a [ItemIdx]),
}

impl<'a> Visit<'a> {
    /// Its items.
    pub const fn items(self) -> &'a [ItemIdx] {
        match self {
            Self::Open(items) | Self::Past(items) => items,
        }
    }
}

impl SessionModel {
    /// Adds to the board the score of every item that the visit's neighbours hold. Sessions that ended after `at` are
    /// not looked at. Allocates nothing once the board and the scratch have grown.
    pub fn score(
        &self,
        visit: Visit<'_>,
        at: Option<Timestamp>,
        scratch: &mut SessionScratch,
        board: &mut ScoreBoard,
    ) {
        self.find_neighbours(visit.items(), at, scratch);
        let is_scored = |item: &&ItemIdx| item.index() < self.n_items();
        let dropped = self.dropped(visit).iter().filter(is_scored);
        scratch.spared.clear();
        scratch.spared.extend(dropped.map(|&item| (item, board.get(item))));
        for neighbour in &scratch.neighbours {
            self.add_items(neighbour, &scratch.window, board);
        }
        for &(item, score) in &scratch.spared {
            board.set(item, score);
        }
    }

    /// Takes off the board what too few people looked at beside the visit's items: `min_people` says of an item how many
    /// distinct people among the neighbours must hold it. To be called after [`SessionModel::score`], with the same
    /// scratch and a board that was empty before it. O(items of neighbours · their logarithm).
    pub fn keep_backed(
        &self,
        min_people: impl Fn(ItemIdx) -> u32,
        scratch: &mut SessionScratch,
        board: &mut ScoreBoard,
    ) {
        let SessionScratch { neighbours, looked_at_by, .. } = scratch;
        looked_at_by.clear();
        for neighbour in neighbours.iter() {
            let person = u64::from(self.sessions().person(neighbour.session as usize));
            let items = self.sessions().items(neighbour.session as usize).iter();
            looked_at_by.extend(items.map(|&item| u64::from(item) << 32 | person));
        }
        looked_at_by.sort_unstable();
        looked_at_by.dedup();
        for by in looked_at_by.chunk_by(|a, b| a >> 32 == b >> 32) {
            let item = ItemIdx::new((by[0] >> 32) as u32);
            if (by.len() as u64) < u64::from(min_people(item)) {
                board.set(item, 0.0);
            }
        }
    }

    fn add_items(&self, neighbour: &Neighbour, window: &[(u32, u32)], board: &mut ScoreBoard) {
        let weight = self.weight(neighbour, window);
        if weight <= 0.0 {
            return;
        }
        let items = self.sessions().items(neighbour.session as usize);
        let rarity = &self.weights().items;
        match (self.weights().later.is_empty(), rarity.is_empty()) {
            (true, true) => items.iter().for_each(|&item| board.add(ItemIdx::new(item), weight)),
            (true, false) => {
                for &item in items {
                    board.add(ItemIdx::new(item), weight * f64::from(rarity[item as usize]));
                }
            }
            (false, _) => {
                let shared_at = shared_at(neighbour, items, window);
                for (at, &item) in items.iter().enumerate() {
                    let rarity = rarity.get(item as usize).map_or(1.0, |&rarity| f64::from(rarity));
                    let distance = self.weights().of_distance(at as isize - shared_at as isize);
                    board.add(ItemIdx::new(item), weight * distance * rarity);
                }
            }
        }
    }

    /// What a neighbour's items are weighed by, but for what depends on the item.
    #[inline]
    fn weight(&self, neighbour: &Neighbour, window: &[(u32, u32)]) -> f64 {
        let (_, age) = window[neighbour.mask.trailing_zeros() as usize];
        f64::from(neighbour.similarity) * self.weights().matches[age as usize]
    }

    /// The items of a visit that are not scored.
    fn dropped<'a>(&self, visit: Visit<'a>) -> &'a [ItemIdx] {
        match (self.params().visited_items, visit) {
            (VisitedItems::Keep, _) | (VisitedItems::DropCurrent, Visit::Past(_)) => &[],
            (VisitedItems::DropCurrent, Visit::Open(items)) => &items[items.len().saturating_sub(1)..],
            (VisitedItems::DropAll, visit) => visit.items(),
        }
    }

    /// Which items of the visit speak for each of some items, and how much: the `n` that say most, ties by item. A
    /// neighbour's say is parted among the items it shares as their weights are, so that all reasons sum to the score.
    /// Neighbours are found once; then O(neighbours · their items) an item.
    pub fn strongest_reasons(
        &self,
        visit: Visit<'_>,
        at: Option<Timestamp>,
        scratch: &mut SessionScratch,
        items: &[ItemIdx],
        n: usize,
    ) -> Vec<Vec<(ItemIdx, Score)>> {
        self.find_neighbours(visit.items(), at, scratch);
        let reasons_of = |&item: &ItemIdx| match self.dropped(visit).contains(&item) {
            true => Vec::new(),
            false => self.reasons_of(scratch, item, n),
        };
        items.iter().map(reasons_of).collect()
    }

    /// The same for one item, of the neighbours that were found.
    fn reasons_of(&self, scratch: &SessionScratch, item: ItemIdx, n: usize) -> Vec<(ItemIdx, Score)> {
        let rarity = self.weights().items.get(item.index()).map_or(1.0, |&rarity| f64::from(rarity));
        let mut says = [0.0; MAX_LAST_ITEMS];
        for neighbour in &scratch.neighbours {
            let items = self.sessions().items(neighbour.session as usize);
            let Some(at) = items.iter().position(|&of_session| of_session == item.get()) else { continue };
            let distance = match self.weights().later.is_empty() {
                true => 1.0,
                false => {
                    let shared_at = shared_at(neighbour, items, &scratch.window);
                    self.weights().of_distance(at as isize - shared_at as isize)
                }
            };
            let say = self.weight(neighbour, &scratch.window) * distance * rarity;
            let weight_of = |bit: usize| scratch.weights[scratch.window[bit].1 as usize];
            let shared = (0..scratch.window.len()).filter(|bit| neighbour.mask >> bit & 1 == 1);
            let total: f64 = shared.clone().map(weight_of).sum();
            for bit in shared {
                says[bit] += say * weight_of(bit) / total;
            }
        }
        let mut reasons: Vec<(ItemIdx, Score)> = scratch
            .window
            .iter()
            .zip(says)
            .filter(|&(_, say)| 0.0 < say)
            .filter_map(|(&(item, _), say)| Some((ItemIdx::new(item), Score::new(say as f32)?)))
            .collect();
        sort_contributions(&mut reasons);
        reasons.truncate(n);
        reasons
    }
}

/// Where in a neighbour the newest item it shares with the visit lies.
fn shared_at(neighbour: &Neighbour, items: &[u32], window: &[(u32, u32)]) -> usize {
    let (shared, _) = window[neighbour.mask.trailing_zeros() as usize];
    items.iter().position(|&item| item == shared).expect("a neighbour holds what it shares")
}
