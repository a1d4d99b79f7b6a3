//! What the catalogue knows beyond name and price: how long an item serves, how many are in a pack, what it
//! is about.

use erbij_core::{RowOffsets, StrColumnError, TopicColumns};

use crate::batch::Batch;
use crate::intern::{Interner, MISSING, TOO_LONG, id_column};
use crate::names::items as column;
use crate::values::{Numbers, Texts};

/// The details of variants, a row each.
#[derive(Default)]
pub(crate) struct Details {
    /// 0 where not known.
    useful_life_days: Vec<u32>,
    /// 0 where not known.
    pack_sizes: Vec<f32>,
    /// Where the topics of a row end, and those of the next begin.
    topic_ends: Vec<usize>,
    /// By first sight.
    topics: Vec<u32>,
}

/// The details of a batch, ready to be read by row.
pub(crate) struct BatchDetails {
    useful_life_days: Vec<f64>,
    pack_sizes: Vec<f64>,
    topics: Texts,
}

/// The readers of the numbers among the details.
pub(crate) struct DetailReaders {
    pub(crate) useful_life_days: Numbers,
    pub(crate) pack_sizes: Numbers,
}

impl DetailReaders {
    pub(crate) fn new() -> Self {
        Self { useful_life_days: Numbers::new(), pack_sizes: Numbers::new() }
    }
}

impl BatchDetails {
    pub(crate) fn read(batch: &Batch, readers: &mut DetailReaders) -> Result<Self, String> {
        let of = |position: usize| batch.columns[position].as_ref();
        let (mut useful_life_days, mut pack_sizes) = (Vec::new(), Vec::new());
        readers.useful_life_days.read(of(column::USEFUL_LIFE_DAYS), batch.n_rows, &mut useful_life_days)?;
        readers.pack_sizes.read(of(column::PACK_SIZE), batch.n_rows, &mut pack_sizes)?;
        Ok(Self { useful_life_days, pack_sizes, topics: Texts::read(of(column::TOPICS))? })
    }
}

impl Details {
    /// Of rows of which nothing is known.
    pub(crate) fn unknown(n_rows: usize) -> Self {
        Self {
            useful_life_days: vec![0; n_rows],
            pack_sizes: vec![0.0; n_rows],
            topic_ends: vec![0; n_rows],
            topics: Vec::new(),
        }
    }

    /// Takes a row in; whether one of its values cannot be read. Zero stands for "not known", as many feeds
    /// write it.
    pub(crate) fn push(&mut self, batch: &BatchDetails, row: usize, topic_ids: &mut Interner) -> bool {
        let mut bad = false;
        let mut number = |value: f64, most: f64| match value {
            value if value.is_nan() => 0.0,
            value if (0.0..=most).contains(&value) => value,
            _ => {
                bad = true;
                0.0
            }
        };
        // A life of less than a day is one of a day.
        let days = number(batch.useful_life_days[row], f64::from(u32::MAX)).ceil() as u32;
        let pack_size = number(batch.pack_sizes[row], f64::from(f32::MAX)) as f32;
        let first = self.topics.len();
        batch.topics.each(row, |topic| match topic_ids.text(topic) {
            MISSING => {}
            TOO_LONG => bad = true,
            id if self.topics[first..].contains(&id) => {}
            id => self.topics.push(id),
        });
        self.useful_life_days.push(days);
        self.pack_sizes.push(pack_size);
        self.topic_ends.push(self.topics.len());
        bad
    }

    fn topics(&self, row: usize) -> &[u32] {
        let start = row.checked_sub(1).map_or(0, |before| self.topic_ends[before]);
        &self.topics[start..self.topic_ends[row]]
    }
}

/// The details of items.
pub(crate) struct ItemDetails {
    pub(crate) useful_life_days: Vec<u32>,
    pub(crate) pack_sizes: Vec<f32>,
    pub(crate) topics: TopicColumns,
}

/// The details of all items: each from the variant that is shown where that one knows it, else from the first
/// that does. `shown` is a row an item, `sorted` are item and row by item. `other_topics` are named beside
/// those of items. O(items + rows + topics · log topics).
pub(crate) fn of_items(
    details: &Details,
    shown: &[Option<usize>],
    sorted: &[(u32, usize)],
    topic_ids: &Interner,
    other_topics: &[u32],
) -> Result<ItemDetails, StrColumnError> {
    let row_that_knows = |knows: &dyn Fn(usize) -> bool| {
        let mut rows: Vec<Option<usize>> =
            shown.iter().map(|shown| shown.filter(|&row| knows(row))).collect();
        for &(item, row) in sorted {
            let chosen = &mut rows[item as usize];
            if chosen.is_none() && knows(row) {
                *chosen = Some(row);
            }
        }
        rows
    };
    let lives = row_that_knows(&|row| details.useful_life_days[row] != 0);
    let packs = row_that_knows(&|row| details.pack_sizes[row] != 0.0);
    let about = row_that_knows(&|row| !details.topics(row).is_empty());
    let topics_of = |row: &Option<usize>| row.map_or(&[][..], |row| details.topics(row));
    Ok(ItemDetails {
        useful_life_days: lives
            .iter()
            .map(|row| row.map_or(0, |row| details.useful_life_days[row]))
            .collect(),
        pack_sizes: packs.iter().map(|row| row.map_or(1.0, |row| details.pack_sizes[row])).collect(),
        topics: topic_columns(topic_ids, about.iter().map(topics_of), other_topics)?,
    })
}

/// Names topics in the order of their ids and lists those of each item by number.
fn topic_columns<'a>(
    ids: &Interner,
    of_items: impl Iterator<Item = &'a [u32]> + Clone,
    others: &'a [u32],
) -> Result<TopicColumns, StrColumnError> {
    let mut is_used = vec![false; ids.len()];
    for &id in of_items.clone().flatten().chain(others) {
        is_used[id as usize] = true;
    }
    let used = (0..ids.len() as u32).filter(|&id| is_used[id as usize]).collect();
    let order = ids.canonical(used);
    let numbers = crate::numbering::numbers(&order, ids.len());
    let mut topics = Vec::new();
    for of_item in of_items.clone() {
        let first = topics.len();
        topics.extend(of_item.iter().map(|&id| numbers[id as usize]));
        topics[first..].sort_unstable();
    }
    Ok(TopicColumns {
        names: id_column(ids, order.iter().copied())?,
        rows: RowOffsets::from_lens(of_items.map(<[u32]>::len)),
        topics: topics.into(),
    })
}
