//! Which lists hold which items, both ways.

use arrow_buffer::ScalarBuffer;
use erbij_core::{Baskets, Histories, RowOffsets};

/// Lists of items (baskets, or customers' histories) and, per item, the lists it is in.
///
/// Shape `(n_lists, n_items)`, binary, as two compressed sparse row tables: 8 bytes an entry, which clones
/// share. Items rise within a list and lists rise within an item.
#[derive(Clone, Debug)]
pub struct Incidence {
    lists: RowOffsets,
    items_of_lists: ScalarBuffer<u32>,
    items: RowOffsets,
    lists_of_items: ScalarBuffer<u32>,
}

impl Incidence {
    /// One list a customer: what he bought, the `max_list_items` he bought last. O(purchases).
    pub fn from_histories(histories: &Histories, n_items: usize, max_list_items: usize) -> Self {
        let (rows, items) = newest(histories, max_list_items);
        Self::from_lists(rows, items, n_items)
    }

    /// One list for each person who has bought something: what each customer bought, the `max_list_items` they bought
    /// last, then what each guest ordered, since a guest is somebody too: orders of one of them ([`Baskets::person`]) are the
    /// same, and one list. A guest order of more than that says little, and has no list. O(purchases + lines of guests).
    pub fn of_people(histories: &Histories, baskets: &Baskets, max_list_items: usize) -> Self {
        let (of_customers, mut items) = newest(histories, max_list_items);
        let first = baskets.of_guests().start;
        let is_first =
            |&basket: &usize| basket == first || baskets.person(basket - 1) != baskets.person(basket);
        let guests = baskets.of_guests().filter(is_first).map(|basket| baskets.items(basket));
        let guests = guests.filter(|items| items.len() <= max_list_items);
        let lens = (0..of_customers.n_rows()).map(|customer| of_customers.range(customer).len());
        let lens = lens.chain(guests.clone().map(<[_]>::len)).filter(|&len| 0 < len);
        let rows = RowOffsets::from_lens(lens);
        if items.len() < rows.n_values() {
            let of_guests = guests.flatten().map(|item| item.get());
            items = items.iter().copied().chain(of_guests).collect();
        }
        Self::from_lists(rows, items, baskets.n_items())
    }

    /// One list a basket; a basket with more than `max_list_items` items, which says little about any two
    /// of them, becomes an empty list. O(lines).
    pub fn from_baskets(baskets: &Baskets, max_list_items: usize) -> Self {
        Self::of_kept(baskets, |basket| baskets.items(basket).len() <= max_list_items)
    }

    /// One list a basket, empty where it is not kept. O(lines).
    pub(crate) fn of_kept(baskets: &Baskets, is_kept: impl Fn(usize) -> bool) -> Self {
        let is_kept = |basket: &usize| is_kept(*basket);
        let len = |basket| if is_kept(&basket) { baskets.items(basket).len() } else { 0 };
        let rows = RowOffsets::from_lens((0..baskets.len()).map(len));
        let kept = (0..baskets.len()).filter(is_kept).flat_map(|basket| baskets.items(basket));
        let items: Vec<u32> = kept.map(|item| item.get()).collect();
        Self::from_lists(rows, items.into(), baskets.n_items())
    }

    /// The same lists without the items that are in fewer lists than `min_lists` says of each. O(entries), nothing where
    /// none are.
    pub(crate) fn without_rare(&self, min_lists: &[u32]) -> Self {
        let is_rare = |item: usize| self.items.range(item).len() < min_lists[item] as usize;
        if !(0..self.n_items()).any(|item| !self.items.range(item).is_empty() && is_rare(item)) {
            return self.clone();
        }
        let kept = |list| {
            self.items_of_lists[self.lists.range(list)].iter().filter(|&&item| !is_rare(item as usize))
        };
        let rows = RowOffsets::from_lens((0..self.n_lists()).map(|list| kept(list).count()));
        let items: Vec<u32> = (0..self.n_lists()).flat_map(kept).copied().collect();
        Self::from_lists(rows, items.into(), self.n_items())
    }

    /// Turns lists of rising items, each below `n_items`, around. A counting sort: O(entries).
    pub fn from_lists(lists: RowOffsets, items_of_lists: ScalarBuffer<u32>, n_items: usize) -> Self {
        let mut counts = vec![0_usize; n_items];
        for &item in items_of_lists.iter() {
            counts[item as usize] += 1;
        }
        let items = RowOffsets::from_lens(counts.iter().copied());
        let mut next: Vec<usize> = (0..n_items).map(|item| items.range(item).start).collect();
        let mut lists_of_items = vec![0_u32; items_of_lists.len()];
        for list in 0..lists.n_rows() {
            for &item in &items_of_lists[lists.range(list)] {
                let at = &mut next[item as usize];
                lists_of_items[*at] = list as u32;
                *at += 1;
            }
        }
        Self { lists, items_of_lists, items, lists_of_items: lists_of_items.into() }
    }

    /// How many lists, empty ones included.
    pub fn n_lists(&self) -> usize {
        self.lists.n_rows()
    }

    /// How many items.
    pub fn n_items(&self) -> usize {
        self.items.n_rows()
    }

    /// The items of a list, rising.
    #[inline]
    pub fn items_of(&self, list: u32) -> &[u32] {
        &self.items_of_lists[self.lists.range(list as usize)]
    }

    /// Neighbouring entries, whatever lists they are of.
    #[inline]
    pub(crate) fn entries(&self, entries: std::ops::Range<usize>) -> &[u32] {
        &self.items_of_lists[entries]
    }

    /// Brings entries near that will be read soon, all at once.
    #[inline]
    pub(crate) fn touch(&self, entries: impl Iterator<Item = usize>) {
        let touched = entries.filter_map(|entry| self.items_of_lists.get(entry));
        std::hint::black_box(touched.fold(0_u32, |sum, &item| sum.wrapping_add(item)));
    }

    /// Where the items of a list lie among the entries.
    #[inline]
    pub fn entries_of(&self, list: u32) -> std::ops::Range<usize> {
        self.lists.range(list as usize)
    }

    /// How many entries.
    pub fn n_entries(&self) -> usize {
        self.lists_of_items.len()
    }

    /// Calls with each of these lists and where its entries lie, a few lists ahead of memory.
    ///
    /// The lists of an item lie scattered: walked one by one, each waits for two cache lines to come from
    /// memory. So offsets of several lists are read together, then the first entry of each, and the processor
    /// waits for all of them at once.
    #[inline]
    pub(crate) fn for_each_list(&self, lists: &[u32], mut on_list: impl FnMut(u32, &[u32])) {
        const AHEAD: usize = 32;
        let mut ranges = [const { 0..0 }; AHEAD];
        for lists in lists.chunks(AHEAD) {
            for (range, &list) in ranges.iter_mut().zip(lists) {
                *range = self.lists.range(list as usize);
            }
            let ranges = &ranges[..lists.len()];
            self.touch(ranges.iter().map(|range| range.start));
            for (range, &list) in ranges.iter().zip(lists) {
                on_list(list, &self.items_of_lists[range.clone()]);
            }
        }
    }

    /// The lists an item is in, rising.
    #[inline]
    pub fn lists_of(&self, item: u32) -> &[u32] {
        &self.lists_of_items[self.items.range(item as usize)]
    }

    /// How many distinct people are behind the lists an item is in, where lists are these baskets.
    pub fn n_people_of(&self, item: u32, baskets: &Baskets) -> u32 {
        let mut last = None;
        let mut n_people = 0;
        for &basket in self.lists_of(item) {
            let person = Some(baskets.person(basket as usize));
            n_people += u32::from(last != person);
            last = person;
        }
        n_people
    }

    /// Whether at least `n` lists hold both items. Both rise, so one is walked and the other leapt through:
    /// O(shorter · log longer) at the worst, and no further than the `n`th that is found.
    pub fn is_held_with_by(&self, a: u32, b: u32, n: u32) -> bool {
        let (mut few, mut many) = (self.lists_of(a), self.lists_of(b));
        if many.len() < few.len() {
            std::mem::swap(&mut few, &mut many);
        }
        let mut n_left = n;
        for (at, list) in few.iter().enumerate() {
            if n_left == 0 || few.len() - at < n_left as usize {
                break;
            }
            many = &many[leap(many, *list)..];
            match many.first() {
                Some(found) => n_left -= u32::from(found == list),
                None => break,
            }
        }
        n_left == 0
    }
}

/// One list a customer: what he bought, the `max_list_items` he bought last, by item.
fn newest(histories: &Histories, max_list_items: usize) -> (RowOffsets, ScalarBuffer<u32>) {
    let (rows, items, days, _) = histories.columns();
    let longest = (0..rows.n_rows()).map(|row| rows.range(row).len()).max().unwrap_or(0);
    if longest <= max_list_items {
        return (rows.clone(), items.clone());
    }
    let mut kept = Vec::with_capacity(items.len());
    let mut lens = Vec::with_capacity(rows.n_rows());
    let mut newest: Vec<(std::cmp::Reverse<i32>, u32)> = Vec::new();
    for row in 0..rows.n_rows() {
        let range = rows.range(row);
        let before = kept.len();
        if range.len() <= max_list_items {
            kept.extend_from_slice(&items[range]);
        } else {
            newest.clear();
            newest.extend(range.map(|at| (std::cmp::Reverse(days[at]), items[at])));
            newest.sort_unstable();
            kept.extend(newest[..max_list_items].iter().map(|&(_, item)| item));
            kept[before..].sort_unstable();
        }
        lens.push(kept.len() - before);
    }
    (RowOffsets::from_lens(lens), kept.into())
}

/// How many values of a rising slice are below one, found by doubling steps, then bisection: O(log of how many).
fn leap(values: &[u32], least: u32) -> usize {
    let mut end = 1;
    while end <= values.len() && values[end - 1] < least {
        end *= 2;
    }
    let start = end / 2;
    start + values[start..end.min(values.len())].partition_point(|&value| value < least)
}

#[cfg(test)]
mod tests {
    use erbij_core::{CustomerIdx, Day, ItemIdx, Order};
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn who_holds_both_is_counted_as_by_hand(
            lists in proptest::collection::vec(proptest::collection::btree_set(0_u32..6, 0..6), 0..40),
            n in 0_u32..6,
        ) {
            let lists: Vec<Vec<u32>> = lists.into_iter().map(|list| list.into_iter().collect()).collect();
            let rows = RowOffsets::from_lens(lists.iter().map(Vec::len));
            let incidence = Incidence::from_lists(rows, lists.concat().into(), 6);
            for (a, b) in (0..6).flat_map(|a| (0..6).map(move |b| (a, b))) {
                let both = lists.iter().filter(|list| list.contains(&a) && list.contains(&b)).count();
                prop_assert_eq!(incidence.is_held_with_by(a, b, n), n as usize <= both, "{} and {}", a, b);
            }
        }
    }

    #[test]
    fn rare_items_leave_their_lists() {
        let lists = [vec![0, 1, 2], vec![], vec![1, 3], vec![0, 1]];
        let rows = RowOffsets::from_lens(lists.iter().map(Vec::len));
        let incidence = Incidence::from_lists(rows, lists.concat().into(), 5);
        // The last item is in none, of item 1 four lists are asked and three are there.
        for (min_lists, expected) in [
            ([1; 5], [vec![0, 1, 2], vec![], vec![1, 3], vec![0, 1]]),
            ([2, 4, 1, 2, 9], [vec![0, 2], vec![], vec![], vec![0]]),
            ([9; 5], [const { Vec::new() }; 4]),
        ] {
            let kept = incidence.without_rare(&min_lists);
            let found: Vec<&[u32]> = (0..4).map(|list| kept.items_of(list)).collect();
            assert_eq!(found, expected, "{min_lists:?}");
            assert_eq!(kept.n_items(), 5);
            let lists_of_0: &[u32] = if expected[0].contains(&0) { &[0, 3] } else { &[] };
            assert_eq!(kept.lists_of(0), lists_of_0, "{min_lists:?}");
        }
    }

    #[test]
    fn each_guest_is_somebody() {
        let order = |customer: Option<u32>, items: &[u32]| Order {
            customer: customer.map(CustomerIdx::new),
            ordered_at: Day::new(1).start(),
            amount_minor: 0,
            lines: items.iter().map(|&item| (ItemIdx::new(item), 1.0)).collect(),
        };
        let orders = vec![
            order(Some(1), &[0, 1]),
            order(Some(1), &[1]),
            order(None, &[1, 2]),
            order(None, &[0, 1, 2]),
            order(None, &[1, 2]),
        ];
        let baskets = Baskets::from_orders(2, 3, orders).expect("valid");
        let people = Incidence::of_people(&Histories::from_baskets(&baskets), &baskets, 2);
        let lists: Vec<&[u32]> = (0..people.n_lists() as u32).map(|list| people.items_of(list)).collect();
        // The first customer bought nothing, of three items the second guest's order says little, and the first guest's came
        // twice.
        assert_eq!(lists, [&[0, 1], &[1, 2]]);
        assert_eq!(Incidence::from_baskets(&baskets, 9).n_people_of(1, &baskets), 3);
    }

    #[test]
    fn of_a_long_history_the_newest_items_are_kept() {
        let order = |day, items: &[u32]| Order {
            customer: Some(CustomerIdx::new(0)),
            ordered_at: Day::new(day).start(),
            amount_minor: 0,
            lines: items.iter().map(|&item| (ItemIdx::new(item), 1.0)).collect(),
        };
        let orders = vec![order(1, &[4, 0]), order(2, &[1, 3]), order(3, &[0])];
        let baskets = Baskets::from_orders(1, 5, orders).expect("valid");
        let histories = Histories::from_baskets(&baskets);
        let check = |max, expected: &[u32]| {
            assert_eq!(Incidence::from_histories(&histories, 5, max).items_of(0), expected);
        };
        check(9, &[0, 1, 3, 4]);
        check(3, &[0, 1, 3]);
        check(2, &[0, 1]);
        check(1, &[0]);
        let by_basket = Incidence::from_baskets(&baskets, 1);
        assert_eq!((by_basket.items_of(0), by_basket.items_of(2)), (&[][..], &[0][..]));
    }

    proptest! {
        #[test]
        fn turned_around_twice_it_is_the_same(lists in proptest::collection::vec(proptest::collection::btree_set(0_u32..9, 0..9), 0..20)) {
            let rows = RowOffsets::from_lens(lists.iter().map(|list| list.len()));
            let items: Vec<u32> = lists.iter().flatten().copied().collect();
            let there = Incidence::from_lists(rows, items.into(), 9);
            for (at, list) in lists.iter().enumerate() {
                for item in 0..9 {
                    prop_assert_eq!(there.lists_of(item).contains(&(at as u32)), list.contains(&item));
                }
            }
            prop_assert!((0..9).all(|item| there.lists_of(item).is_sorted()));
        }
    }
}
