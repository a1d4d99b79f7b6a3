//! What the catalogue itself says belongs to what.

use arrow_buffer::ScalarBuffer;

use crate::{ItemIdx, RowOffsets};

/// In what way one item belongs to another, in the words of schema.org.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum RelationKind {
    /// The other makes this one better.
    Accessory = 0,
    /// The other is used up with this one.
    Consumable = 1,
    /// The other mends this one.
    SparePart = 2,
    /// Either will do.
    Similar = 3,
    /// They have to do with each other.
    Related = 4,
    /// They must not be offered together.
    Incompatible = 5,
    /// The other is in this one: whoever buys this bundle has it.
    Contains = 6,
}

impl RelationKind {
    /// All, by their number.
    pub const ALL: [Self; 7] = [
        Self::Accessory,
        Self::Consumable,
        Self::SparePart,
        Self::Similar,
        Self::Related,
        Self::Incompatible,
        Self::Contains,
    ];

    /// Those by which one item belongs to another.
    pub const BELONGS: [Self; 3] = [Self::Accessory, Self::Consumable, Self::SparePart];

    /// The spelling in JSON and columns.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accessory => "accessory",
            Self::Consumable => "consumable",
            Self::SparePart => "spare_part",
            Self::Similar => "similar",
            Self::Related => "related",
            Self::Incompatible => "incompatible",
            Self::Contains => "contains",
        }
    }

    /// The column of the items table that says so.
    pub const fn column(self) -> &'static str {
        match self {
            Self::Accessory => "accessory_for",
            Self::Consumable => "consumable_for",
            Self::SparePart => "spare_part_for",
            Self::Similar => "similar_to",
            Self::Related => "related_to",
            Self::Incompatible => "incompatible_with",
            Self::Contains => "bundle_of",
        }
    }

    /// Whether the row that says so is the whole, not the part: a bundle names what is in it, an accessory what it is for.
    pub const fn is_said_by_whole(self) -> bool {
        matches!(self, Self::Contains)
    }

    /// Whether it holds in both directions.
    pub const fn is_mutual(self) -> bool {
        matches!(self, Self::Similar | Self::Related | Self::Incompatible)
    }
}

/// The relations of a catalogue: per item what belongs to it, kind by kind, then by item. 5 bytes a relation.
#[derive(Clone, Debug, PartialEq)]
pub struct Relations {
    rows: RowOffsets,
    kinds: ScalarBuffer<u8>,
    others: ScalarBuffer<u32>,
}

/// Why columns are no relations.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("relations of item {item}: {rule}")]
pub struct RelationsError {
    /// Whose row it is.
    pub item: usize,
    /// What it breaks.
    pub rule: &'static str,
}

impl Relations {
    /// Nothing belongs to anything.
    pub fn none(n_items: usize) -> Self {
        Self::from_triples(n_items, Vec::new())
    }

    /// Lays out relations given one by one, in any order: what it belongs to, in what way, what belongs. A mutual
    /// one is laid out in both directions; what is said twice counts once, and an item that belongs to itself not at
    /// all. O(relations · log relations).
    ///
    /// # Panics
    /// If an item is not below `n_items`.
    ///
    /// ```
    /// use erbij_core::{ItemIdx, RelationKind, Relations};
    /// let [machine, filters] = [0, 1].map(ItemIdx::new);
    /// let relations = Relations::from_triples(2, vec![(machine, RelationKind::Consumable, filters)]);
    /// assert_eq!(relations.of(machine).collect::<Vec<_>>(), [(RelationKind::Consumable, filters)]);
    /// assert_eq!(relations.of(filters).count(), 0);
    /// ```
    pub fn from_triples(n_items: usize, triples: Vec<(ItemIdx, RelationKind, ItemIdx)>) -> Self {
        let mirrored = triples.iter().filter(|(_, kind, _)| kind.is_mutual());
        let mirrored: Vec<_> = mirrored.map(|&(item, kind, other)| (other, kind, item)).collect();
        let mut all = triples;
        all.extend(mirrored);
        all.retain(|(item, _, other)| item != other);
        all.sort_unstable();
        all.dedup();
        let mut lens = vec![0; n_items];
        for (item, ..) in &all {
            lens[item.index()] += 1;
        }
        let relations = Self {
            rows: RowOffsets::from_lens(lens),
            kinds: all.iter().map(|&(_, kind, _)| kind as u8).collect(),
            others: all.iter().map(|(.., other)| other.get()).collect(),
        };
        debug_assert!(relations.others.iter().all(|&other| (other as usize) < n_items));
        relations
    }

    /// Takes columns as relations; O(relations).
    pub fn new(
        rows: RowOffsets,
        kinds: ScalarBuffer<u8>,
        others: ScalarBuffer<u32>,
    ) -> Result<Self, RelationsError> {
        let n_items = rows.n_rows();
        if kinds.len() != rows.n_values() || others.len() != rows.n_values() {
            return Err(RelationsError { item: n_items, rule: "the columns differ in length" });
        }
        for item in 0..n_items {
            let range = rows.range(item);
            let fail = |rule| Err(RelationsError { item, rule });
            let keys: Vec<(u8, u32)> = range.map(|at| (kinds[at], others[at])).collect();
            if !keys.is_sorted_by(|a, b| a < b) {
                return fail("they are out of order");
            }
            if keys.iter().any(|&(kind, _)| RelationKind::ALL.len() <= usize::from(kind)) {
                return fail("a kind is not known");
            }
            if keys.iter().any(|&(_, other)| n_items <= other as usize || other as usize == item) {
                return fail("an item lies outside the catalogue, or belongs to itself");
            }
        }
        Ok(Self { rows, kinds, others })
    }

    /// How many items have a row, empty or not.
    pub fn n_items(&self) -> usize {
        self.rows.n_rows()
    }

    /// How many relations, mutual ones twice.
    pub fn len(&self) -> usize {
        self.others.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.others.is_empty()
    }

    /// What belongs to an item, kind by kind, then by item.
    pub fn of(&self, item: ItemIdx) -> impl ExactSizeIterator<Item = (RelationKind, ItemIdx)> + '_ {
        let kind = |at: usize| RelationKind::ALL[usize::from(self.kinds[at])];
        self.rows.range(item.index()).map(move |at| (kind(at), ItemIdx::new(self.others[at])))
    }

    /// Whether the catalogue says that an item is not offered with another: it is alike, or does not go with it.
    pub fn denies(&self, item: ItemIdx, other: ItemIdx) -> bool {
        [RelationKind::Similar, RelationKind::Incompatible]
            .into_iter()
            .any(|kind| self.holds(item, kind, other))
    }

    /// Whether one item belongs to another in this way. O(log relations of the item).
    pub fn holds(&self, item: ItemIdx, kind: RelationKind, other: ItemIdx) -> bool {
        let range = self.rows.range(item.index());
        let (kinds, others) = (&self.kinds[range.clone()], &self.others[range]);
        let wanted = (kind as u8, other.get());
        let begin = kinds.partition_point(|&found| found < wanted.0);
        let end = kinds.partition_point(|&found| found <= wanted.0);
        others[begin..end].binary_search(&wanted.1).is_ok()
    }

    /// The columns, as an artifact stores them: rows, kinds by number, items.
    pub fn columns(&self) -> (&RowOffsets, &ScalarBuffer<u8>, &ScalarBuffer<u32>) {
        (&self.rows, &self.kinds, &self.others)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_mutual_holds_both_ways_and_nothing_belongs_to_itself() {
        let [machine, filters, other] = [0, 1, 2].map(ItemIdx::new);
        let relations = Relations::from_triples(
            3,
            vec![
                (machine, RelationKind::Similar, other),
                (machine, RelationKind::Consumable, filters),
                (machine, RelationKind::Consumable, filters),
                (filters, RelationKind::Accessory, filters),
            ],
        );
        assert_eq!(relations.len(), 3);
        assert_eq!(
            relations.of(machine).collect::<Vec<_>>(),
            [(RelationKind::Consumable, filters), (RelationKind::Similar, other)]
        );
        assert!(relations.holds(other, RelationKind::Similar, machine));
        assert!(relations.holds(machine, RelationKind::Consumable, filters));
        assert!(!relations.holds(filters, RelationKind::Consumable, machine));
        assert!(!relations.holds(machine, RelationKind::Accessory, filters));
        let (rows, kinds, others) = relations.columns();
        assert_eq!(Relations::new(rows.clone(), kinds.clone(), others.clone()), Ok(relations.clone()));
        for (kinds, others, rule) in [
            (vec![1, 9, 3], vec![1, 2, 0], "a kind is not known"),
            (vec![3, 1, 3], vec![2, 1, 0], "they are out of order"),
            (vec![1, 3, 3], vec![1, 7, 0], "an item lies outside the catalogue, or belongs to itself"),
            (vec![1, 3], vec![1, 2], "the columns differ in length"),
        ] {
            let error = Relations::new(rows.clone(), kinds.into(), others.into()).expect_err(rule);
            assert_eq!(error.rule, rule);
        }
        assert!(Relations::none(4).is_empty());
    }
}
