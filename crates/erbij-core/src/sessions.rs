//! Sessions: what was looked at during one visit after the other.

use std::ops::Range;

use arrow_buffer::ScalarBuffer;

use crate::{CustomerIdx, Event, EventKind, Events, Idx, ItemIdx, RowOffsets, Timestamp, VisitorIdx};

/// Sessions, the one that ended longest ago first; of two that ended at one instant, the one given first.
///
/// One row a session with its items in the order they were looked at, and whose it was: 20 bytes a session and 4 an
/// item. By construction no session is empty and ends never fall, so a higher number is never an older session.
#[derive(Clone, Debug, PartialEq)]
pub struct Sessions {
    rows: RowOffsets,
    items: ScalarBuffer<u32>,
    ended_at: ScalarBuffer<i64>,
    people: ScalarBuffer<u32>,
}

/// Why columns are no sessions. A bug of whoever laid them out, not dirt in the data.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SessionsError {
    /// The columns do not fit each other, or hold more than can be numbered.
    #[error("the columns of sessions differ in length, or there are more than 2^32")]
    Length,
    /// A session holds nothing.
    #[error("session {session} has no item")]
    Empty {
        /// Its position.
        session: usize,
    },
    /// A session ended before the one it follows.
    #[error("session {session} is out of order")]
    Order {
        /// Its position.
        session: usize,
    },
}

impl Sessions {
    /// Takes columns as sessions: a row of items each, the instants they ended at, in microseconds, and a number that is
    /// the same for sessions of one person. O(sessions).
    pub fn new(
        rows: RowOffsets,
        items: ScalarBuffer<u32>,
        ended_at: ScalarBuffer<i64>,
        people: ScalarBuffer<u32>,
    ) -> Result<Self, SessionsError> {
        let n_sessions = rows.n_rows();
        let fit =
            ended_at.len() == n_sessions && people.len() == n_sessions && items.len() == rows.n_values();
        if !fit || u32::try_from(n_sessions).is_err() || u32::try_from(items.len()).is_err() {
            return Err(SessionsError::Length);
        }
        if let Some(session) = (0..n_sessions).position(|session| rows.range(session).is_empty()) {
            return Err(SessionsError::Empty { session });
        }
        match ended_at.windows(2).position(|pair| pair[1] < pair[0]) {
            Some(at) => Err(SessionsError::Order { session: at + 1 }),
            None => Ok(Self { rows, items, ended_at, people }),
        }
    }

    /// Lays out sessions given one by one, in any order, each of somebody else: when it ended, and its items, oldest
    /// first. Empty ones are left out. O(items + sessions · log sessions).
    ///
    /// ```
    /// use erbij_core::{ItemIdx, Sessions, Timestamp};
    /// let [early, late] = [3, 8].map(Timestamp::from_micros);
    /// let [lamp, bulb] = [0, 1].map(ItemIdx::new);
    /// let sessions = Sessions::from_sessions(vec![(late, vec![bulb]), (early, vec![lamp, bulb])]).unwrap();
    /// assert_eq!((sessions.items(0), sessions.ended_at(1)), (&[0, 1][..], late));
    /// ```
    pub fn from_sessions(sessions: Vec<(Timestamp, Vec<ItemIdx>)>) -> Result<Self, SessionsError> {
        let people = 0..sessions.len() as u32;
        let of_somebody = |((ended_at, items), person)| (ended_at, items, person);
        Self::of_people(sessions.into_iter().zip(people).map(of_somebody).collect())
    }

    /// The same, each with the number of whoever it is of.
    pub fn of_people(mut sessions: Vec<(Timestamp, Vec<ItemIdx>, u32)>) -> Result<Self, SessionsError> {
        sessions.retain(|(_, items, _)| !items.is_empty());
        sessions.sort_by_key(|&(ended_at, ..)| ended_at);
        let rows = RowOffsets::from_lens(sessions.iter().map(|(_, items, _)| items.len()));
        let items = sessions.iter().flat_map(|(_, items, _)| items.iter().map(|item| item.get())).collect();
        let ended_at = sessions.iter().map(|(ended_at, ..)| ended_at.micros()).collect();
        Self::new(rows, items, ended_at, sessions.iter().map(|&(.., person)| person).collect())
    }

    /// How many sessions.
    pub fn len(&self) -> usize {
        self.ended_at.len()
    }

    /// Whether nobody came.
    pub fn is_empty(&self) -> bool {
        self.ended_at.is_empty()
    }

    /// Items of all sessions together.
    pub fn n_values(&self) -> usize {
        self.items.len()
    }

    /// The items of a session by number, in the order they were looked at.
    #[inline]
    pub fn items(&self, session: usize) -> &[u32] {
        &self.items[self.rows.range(session)]
    }

    /// When it ended.
    #[inline]
    pub fn ended_at(&self, session: usize) -> Timestamp {
        Timestamp::from_micros(self.ended_at[session])
    }

    /// Whose it was: sessions with the same number are of one person.
    #[inline]
    pub fn person(&self, session: usize) -> u32 {
        self.people[session]
    }

    /// When the last one ended; none of none.
    pub fn last_ended_at(&self) -> Option<Timestamp> {
        self.ended_at.last().map(|&micros| Timestamp::from_micros(micros))
    }

    /// How many ended at or before an instant: the sessions below that number. O(log sessions).
    pub fn n_until(&self, at: Timestamp) -> usize {
        match self.last_ended_at() {
            // The usual question is of now, and needs no search.
            Some(last) if at < last => self.ended_at.partition_point(|&micros| micros <= at.micros()),
            _ => self.len(),
        }
    }

    /// The first `n` of them. O(n).
    ///
    /// # Panics
    ///
    /// If there are not so many.
    pub fn until(&self, n: usize) -> Self {
        let rows = RowOffsets::from_lens((0..n).map(|session| self.rows.range(session).len()));
        let items = self.items.slice(0, rows.n_values());
        Self { rows, items, ended_at: self.ended_at.slice(0, n), people: self.people.slice(0, n) }
    }

    /// Bytes of the columns.
    pub fn size_bytes(&self) -> usize {
        size_of_val(&**self.rows.buffer())
            + size_of_val(&*self.items)
            + size_of_val(&*self.ended_at)
            + size_of_val(&*self.people)
    }

    /// The columns, as an artifact stores them: rows, their items by number, ends in microseconds, people by number.
    pub fn columns(&self) -> (&RowOffsets, &ScalarBuffer<u32>, &ScalarBuffer<i64>, &ScalarBuffer<u32>) {
        (&self.rows, &self.items, &self.ended_at, &self.people)
    }
}

/// How events are cut into sessions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionCut {
    /// A visitor who did nothing for longer than this has come anew.
    pub inactivity_minutes: u32,
    /// Which events count; others are not looked at.
    pub kinds: Vec<EventKind>,
    /// Whether an item looked at several times in a row counts once.
    pub collapse_repeats: bool,
}

impl Default for SessionCut {
    fn default() -> Self {
        Self {
            inactivity_minutes: 30,
            kinds: vec![EventKind::ViewItem, EventKind::SelectItem, EventKind::AddToCart],
            collapse_repeats: true,
        }
    }
}

/// Cuts events into sessions, visitor by visitor: by the shop's own mark where an event bears one, else wherever
/// more than `inactivity_minutes` lie between two events that count. A session ends with its last event; of two
/// that end at one instant the visitor with the lower number comes first, and of his own the one that began first,
/// marked ones before others. A visitor who was logged in at any time is that customer, on whatever browser: several
/// browsers of one customer are one person. O(events · log events).
///
/// ```
/// use erbij_core::{CustomerIdx, Event, EventKind, EventParts, Events, ItemIdx, SessionCut, Timestamp, VisitorIdx};
/// let seen = |minute: i64, item| Event {
///     visitor: VisitorIdx::new(0),
///     session: None,
///     customer: CustomerIdx::GUEST,
///     item: ItemIdx::new(item),
///     kind: EventKind::ViewItem,
///     occurred_at: Timestamp::from_micros(minute * 60_000_000),
///     topic: None,
/// };
/// let counts = EventParts { n_visitors: 1, n_items: 2, ..EventParts::default() };
/// let events = Events::from_events(counts, vec![seen(0, 0), seen(30, 1), seen(61, 0)]).unwrap();
/// let sessions = erbij_core::cut_sessions(&events, &SessionCut::default());
/// assert_eq!((sessions.len(), sessions.items(0), sessions.items(1)), (2, &[0, 1][..], &[0][..]));
/// ```
pub fn cut_sessions(events: &Events, cut: &SessionCut) -> Sessions {
    let mut sessions = Vec::new();
    let mut of_visitor: Vec<Event> = Vec::new();
    let longest_pause = i64::from(cut.inactivity_minutes) * 60_000_000;
    let n_customers = events.n_customers() as u32;
    for visitor in 0..events.n_visitors() as u32 {
        let positions: Range<usize> = events.of_visitor(VisitorIdx::new(visitor));
        of_visitor.clear();
        of_visitor.extend(positions.map(|at| events.event(at)));
        let known = of_visitor.iter().map(|event| event.customer).find(|customer| !customer.is_guest());
        let person = known.map_or(n_customers + visitor, CustomerIdx::get);
        of_visitor.retain(|event| cut.kinds.contains(&event.kind));
        // Stable: what bears one mark, or none, stays in the order of time. Marks come first.
        of_visitor.sort_by_key(|event| event.session.map_or(u32::MAX, Idx::get));
        let is_one_visit = |a: &Event, b: &Event| {
            let pause = b.occurred_at.micros().saturating_sub(a.occurred_at.micros());
            a.session == b.session && (a.session.is_some() || pause <= longest_pause)
        };
        for session in of_visitor.chunk_by(is_one_visit) {
            let mut items: Vec<ItemIdx> = session.iter().map(|event| event.item).collect();
            if cut.collapse_repeats {
                items.dedup();
            }
            sessions.push((session[session.len() - 1].occurred_at, items, person));
        }
    }
    Sessions::of_people(sessions).expect("there are no more sessions and items than events")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CustomerIdx, EventParts, SessionIdx};

    fn event(visitor: u32, minute: i64, item: u32, mark: Option<u32>) -> Event {
        Event {
            visitor: VisitorIdx::new(visitor),
            session: mark.map(SessionIdx::new),
            customer: CustomerIdx::GUEST,
            item: ItemIdx::new(item),
            kind: EventKind::ViewItem,
            occurred_at: Timestamp::from_micros(minute * 60_000_000),
            topic: None,
        }
    }

    fn cut(events: Vec<Event>, cut: &SessionCut) -> Vec<(i64, Vec<u32>)> {
        let counts = EventParts { n_visitors: 3, n_sessions: 3, n_items: 9, ..EventParts::default() };
        let sessions = cut_sessions(&Events::from_events(counts, events).expect("valid"), cut);
        (0..sessions.len())
            .map(|session| {
                (sessions.ended_at(session).micros() / 60_000_000, sessions.items(session).to_vec())
            })
            .collect()
    }

    #[test]
    fn a_pause_parts_sessions_and_a_mark_joins_them() {
        let events = vec![
            event(1, 0, 4, None),
            event(1, 30, 4, None),
            event(1, 61, 5, None),
            event(0, 10, 1, Some(2)),
            event(0, 300, 2, Some(2)),
            event(0, 20, 3, None),
        ];
        let found = cut(events.clone(), &SessionCut::default());
        assert_eq!(found, [(20, vec![3]), (30, vec![4]), (61, vec![5]), (300, vec![1, 2])]);
        let longer = SessionCut { inactivity_minutes: 31, collapse_repeats: false, ..SessionCut::default() };
        assert_eq!(cut(events, &longer), [(20, vec![3]), (61, vec![4, 4, 5]), (300, vec![1, 2])]);
    }

    #[test]
    fn sessions_that_end_together_are_ordered_by_visitor_then_beginning() {
        let events = vec![
            event(2, 5, 0, None),
            event(1, 5, 1, None),
            event(1, 2, 2, Some(0)),
            event(1, 5, 3, Some(0)),
        ];
        assert_eq!(cut(events, &SessionCut::default()), [(5, vec![2, 3]), (5, vec![1]), (5, vec![0])]);
    }

    #[test]
    fn only_events_of_the_kinds_asked_for_count() {
        let bought = Event { kind: EventKind::Purchase, ..event(0, 1, 7, None) };
        let carted = Event { kind: EventKind::AddToCart, ..event(0, 2, 8, None) };
        let events = vec![event(0, 0, 6, None), bought, carted];
        assert_eq!(cut(events.clone(), &SessionCut::default()), [(2, vec![6, 8])]);
        let bought = SessionCut { kinds: vec![EventKind::Purchase], ..SessionCut::default() };
        assert_eq!(cut(events.clone(), &bought), [(1, vec![7])]);
        assert_eq!(cut(events, &SessionCut { kinds: Vec::new(), ..SessionCut::default() }), []);
        assert_eq!(cut(Vec::new(), &SessionCut::default()), []);
    }

    #[test]
    fn an_instant_parts_the_sessions_before_from_those_after() {
        let at = Timestamp::from_micros;
        let item = || vec![ItemIdx::new(0)];
        let sessions = vec![(at(4), item()), (at(2), item()), (at(4), item()), (at(9), Vec::new())];
        let sessions = Sessions::from_sessions(sessions).expect("valid");
        assert_eq!([1, 2, 3, 4, 5].map(|micros| sessions.n_until(at(micros))), [0, 1, 1, 3, 3]);
        assert_eq!((sessions.last_ended_at(), sessions.n_values()), (Some(at(4)), 3));
        let none = Sessions::from_sessions(Vec::new()).expect("valid");
        assert!(none.is_empty() && none.n_until(at(0)) == 0 && none.last_ended_at().is_none());
    }

    #[test]
    fn columns_that_break_a_rule_are_refused() {
        let check = |lens: &[usize], items: &[u32], ends: &[i64], expected| {
            let rows = RowOffsets::from_lens(lens.iter().copied());
            let people = (0..ends.len() as u32).collect();
            let sessions = Sessions::new(rows, items.to_vec().into(), ends.to_vec().into(), people);
            assert_eq!(sessions.err(), expected);
        };
        check(&[1, 2], &[3, 4, 3], &[5, 5], None);
        check(&[1, 2], &[3, 4], &[5, 5], Some(SessionsError::Length));
        check(&[1, 2], &[3, 4, 3], &[5], Some(SessionsError::Length));
        check(&[1, 0, 2], &[3, 4, 3], &[5, 5, 6], Some(SessionsError::Empty { session: 1 }));
        check(&[1, 2], &[3, 4, 3], &[5, 4], Some(SessionsError::Order { session: 1 }));
    }
}
