//! What was done on the shop's pages: who saw, clicked or put in the cart what, and when.

use std::ops::Range;

use crate::{CustomerIdx, Idx, ItemIdx, SessionIdx, Timestamp, TopicIdx, VisitorIdx};

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum EventKind {
    /// An item's page was seen.
    ViewItem = 0,
    /// A list or panel with the item was shown.
    ViewItemList = 1,
    /// The item was clicked in a list.
    SelectItem = 2,
    /// It was put in the cart.
    AddToCart = 3,
    /// The cart with it was seen.
    ViewCart = 4,
    /// It was ordered.
    Purchase = 5,
    /// It was brought back.
    Refund = 6,
    /// A promotion of it was shown.
    ViewPromotion = 7,
    /// A promotion of it was clicked.
    SelectPromotion = 8,
    /// A promotion of it was held back.
    PromotionNotOffered = 9,
}

impl EventKind {
    /// All, by their number.
    pub const ALL: [Self; 10] = [
        Self::ViewItem,
        Self::ViewItemList,
        Self::SelectItem,
        Self::AddToCart,
        Self::ViewCart,
        Self::Purchase,
        Self::Refund,
        Self::ViewPromotion,
        Self::SelectPromotion,
        Self::PromotionNotOffered,
    ];

    /// The spelling in the events table, which is GA4's where GA4 has the event.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ViewItem => "view_item",
            Self::ViewItemList => "view_item_list",
            Self::SelectItem => "select_item",
            Self::AddToCart => "add_to_cart",
            Self::ViewCart => "view_cart",
            Self::Purchase => "purchase",
            Self::Refund => "refund",
            Self::ViewPromotion => "view_promotion",
            Self::SelectPromotion => "select_promotion",
            Self::PromotionNotOffered => "promotion_not_offered",
        }
    }
}

/// One event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// Which browser, or which customer where no browser is known.
    pub visitor: VisitorIdx,
    /// The visit, where the shop has marked it off; else visits are cut by inactivity.
    pub session: Option<SessionIdx>,
    /// Who, where logged in; else [`CustomerIdx::GUEST`].
    pub customer: CustomerIdx,
    /// With what.
    pub item: ItemIdx,
    /// What was done.
    pub kind: EventKind,
    /// When.
    pub occurred_at: Timestamp,
    /// What the story was about, as the event says; the item's own topics are the catalogue's.
    pub topic: Option<TopicIdx>,
}

impl Event {
    /// What events are sorted by. It holds every field, so two events it does not part are the same.
    fn order(&self) -> impl Ord + use<> {
        // Absent ones last, as guests among customers are.
        let session = self.session.map_or(u32::MAX, Idx::get);
        let topic = self.topic.map_or(u32::MAX, Idx::get);
        (self.visitor, self.occurred_at, self.item, self.kind, session, self.customer, topic)
    }
}

/// The columns of [`Events`], unchecked: an event each. Large inputs are laid out straight into these.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventParts {
    /// How many visitors there are; each event's visitor is below it.
    pub n_visitors: usize,
    /// How many sessions there are.
    pub n_sessions: usize,
    /// How many customers there are; each event's customer is below it or a guest.
    pub n_customers: usize,
    /// How many items there are.
    pub n_items: usize,
    /// How many topics there are.
    pub n_topics: usize,
    /// Which browser or customer.
    pub visitors: Vec<VisitorIdx>,
    /// [`SessionIdx`] by number, `u32::MAX` where none is known.
    pub sessions: Vec<u32>,
    /// Who, or a guest.
    pub customers: Vec<CustomerIdx>,
    /// With what.
    pub items: Vec<ItemIdx>,
    /// What was done.
    pub kinds: Vec<EventKind>,
    /// When.
    pub occurred_at: Vec<Timestamp>,
    /// [`TopicIdx`] by number, `u32::MAX` where none is said.
    pub topics: Vec<u32>,
}

impl EventParts {
    /// Appends an event.
    pub fn push(&mut self, event: &Event) {
        self.visitors.push(event.visitor);
        self.sessions.push(event.session.map_or(u32::MAX, Idx::get));
        self.customers.push(event.customer);
        self.items.push(event.item);
        self.kinds.push(event.kind);
        self.occurred_at.push(event.occurred_at);
        self.topics.push(event.topic.map_or(u32::MAX, Idx::get));
    }

    fn event(&self, at: usize) -> Event {
        let known = |number: u32| Some(number).filter(|&number| number != u32::MAX);
        Event {
            visitor: self.visitors[at],
            session: known(self.sessions[at]).map(SessionIdx::new),
            customer: self.customers[at],
            item: self.items[at],
            kind: self.kinds[at],
            occurred_at: self.occurred_at[at],
            topic: known(self.topics[at]).map(TopicIdx::new),
        }
    }
}

/// All events, sorted by visitor, then instant, then item, kind and the rest, so that their order says
/// nothing of the files they came from.
///
/// Columns of shape `(n_events)`: 29 bytes an event and 4 a visitor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Events {
    parts: EventParts,
    /// Where the events of a visitor begin; one more than visitors.
    visitor_offsets: Vec<u32>,
}

/// Why columns are no events. A bug of whoever laid them out, not dirt in the data.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum EventsError {
    /// The columns do not fit each other, or hold more than can be numbered.
    #[error("the columns of events differ in length, or there are more than 2^32")]
    Length,
    /// An event is before the one it follows.
    #[error("event {event} is out of order")]
    Order {
        /// Its position.
        event: usize,
    },
    /// A visitor, session, customer, item or topic is not there.
    #[error("event {event} speaks of a visitor, session, customer, item or topic that is not there")]
    Unknown {
        /// Its position.
        event: usize,
    },
}

impl Events {
    /// No events, of so many customers and items.
    pub fn none(n_customers: usize, n_items: usize) -> Self {
        let parts = EventParts { n_customers, n_items, ..EventParts::default() };
        Self { parts, visitor_offsets: vec![0] }
    }

    /// Takes columns as events; O(events).
    pub fn from_parts(parts: EventParts) -> Result<Self, EventsError> {
        let n_events = parts.visitors.len();
        let lens = [
            parts.sessions.len(),
            parts.customers.len(),
            parts.items.len(),
            parts.kinds.len(),
            parts.occurred_at.len(),
            parts.topics.len(),
        ];
        if lens.iter().any(|&len| len != n_events) || u32::try_from(n_events).is_err() {
            return Err(EventsError::Length);
        }
        let mut visitor_offsets = vec![0_u32; parts.n_visitors + 1];
        for at in 0..n_events {
            let event = parts.event(at);
            let known = event.visitor.index() < parts.n_visitors
                && event.session.is_none_or(|session| session.index() < parts.n_sessions)
                && (event.customer.is_guest() || event.customer.index() < parts.n_customers)
                && event.item.index() < parts.n_items
                && event.topic.is_none_or(|topic| topic.index() < parts.n_topics);
            if !known {
                return Err(EventsError::Unknown { event: at });
            }
            if 0 < at && event.order() < parts.event(at - 1).order() {
                return Err(EventsError::Order { event: at });
            }
            visitor_offsets[event.visitor.index() + 1] += 1;
        }
        for visitor in 0..parts.n_visitors {
            visitor_offsets[visitor + 1] += visitor_offsets[visitor];
        }
        Ok(Self { parts, visitor_offsets })
    }

    /// Lays out events given one by one, in any order; for tests, simulators and small inputs. The counts are
    /// those of `empty`, whose columns must hold nothing yet. O(events · log events).
    ///
    /// ```
    /// use erbij_core::{CustomerIdx, Event, EventKind, EventParts, Events, ItemIdx, Timestamp, VisitorIdx};
    /// let seen = |second: i64| Event {
    ///     visitor: VisitorIdx::new(0),
    ///     session: None,
    ///     customer: CustomerIdx::GUEST,
    ///     item: ItemIdx::new(0),
    ///     kind: EventKind::ViewItem,
    ///     occurred_at: Timestamp::from_micros(second * 1_000_000),
    ///     topic: None,
    /// };
    /// let counts = EventParts { n_visitors: 1, n_items: 1, ..EventParts::default() };
    /// let events = Events::from_events(counts, vec![seen(9), seen(4)]).unwrap();
    /// assert_eq!(events.event(0), seen(4));
    /// ```
    pub fn from_events(empty: EventParts, mut events: Vec<Event>) -> Result<Self, EventsError> {
        let mut parts = empty;
        events.sort_unstable_by_key(Event::order);
        for event in &events {
            parts.push(event);
        }
        Self::from_parts(parts)
    }

    /// How many events.
    pub fn len(&self) -> usize {
        self.parts.visitors.len()
    }

    /// Whether nothing was done.
    pub fn is_empty(&self) -> bool {
        self.parts.visitors.is_empty()
    }

    /// How many visitors.
    pub fn n_visitors(&self) -> usize {
        self.parts.n_visitors
    }

    /// How many customers, with or without events.
    pub fn n_customers(&self) -> usize {
        self.parts.n_customers
    }

    /// How many items, with or without events.
    pub fn n_items(&self) -> usize {
        self.parts.n_items
    }

    /// An event by its position.
    #[inline]
    pub fn event(&self, at: usize) -> Event {
        self.parts.event(at)
    }

    /// All events, by visitor and then instant.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Event> + '_ {
        (0..self.len()).map(|at| self.event(at))
    }

    /// Which events are this visitor's, by instant.
    pub fn of_visitor(&self, visitor: VisitorIdx) -> Range<usize> {
        let visitor = visitor.index();
        self.visitor_offsets[visitor] as usize..self.visitor_offsets[visitor + 1] as usize
    }

    /// The first and the last instant, where there is an event. O(events).
    pub fn window(&self) -> Option<(Timestamp, Timestamp)> {
        let first = self.parts.occurred_at.iter().min()?;
        let last = self.parts.occurred_at.iter().max()?;
        Some((*first, *last))
    }

    /// The events whose instant is wanted; visitors, customers, items and topics keep their numbers. O(events).
    pub fn retain(&self, is_wanted: impl Fn(Timestamp) -> bool) -> Self {
        let from = &self.parts;
        let mut parts = EventParts {
            n_visitors: from.n_visitors,
            n_sessions: from.n_sessions,
            n_customers: from.n_customers,
            n_items: from.n_items,
            n_topics: from.n_topics,
            ..EventParts::default()
        };
        for event in self.iter().filter(|event| is_wanted(event.occurred_at)) {
            parts.push(&event);
        }
        Self::from_parts(parts).expect("leaving events out keeps the order of the rest")
    }

    /// The columns.
    pub fn parts(&self) -> &EventParts {
        &self.parts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(visitor: u32, second: i64, item: u32) -> Event {
        Event {
            visitor: VisitorIdx::new(visitor),
            session: (visitor == 0).then_some(SessionIdx::new(0)),
            customer: if visitor == 1 { CustomerIdx::new(0) } else { CustomerIdx::GUEST },
            item: ItemIdx::new(item),
            kind: EventKind::ViewItem,
            occurred_at: Timestamp::from_micros(second),
            topic: (item == 1).then_some(TopicIdx::new(0)),
        }
    }

    fn counts() -> EventParts {
        EventParts {
            n_visitors: 3,
            n_sessions: 1,
            n_customers: 1,
            n_items: 2,
            n_topics: 1,
            ..EventParts::default()
        }
    }

    fn shuffled() -> Vec<Event> {
        vec![event(2, 4, 0), event(0, 9, 1), event(1, 5, 0), event(0, 3, 1), event(0, 3, 0)]
    }

    #[test]
    fn visitors_find_their_events_in_whatever_order_they_came() {
        let events = Events::from_events(counts(), shuffled()).expect("valid");
        let found: Vec<Event> = events.iter().collect();
        let expected = [event(0, 3, 0), event(0, 3, 1), event(0, 9, 1), event(1, 5, 0), event(2, 4, 0)];
        assert_eq!(found, expected);
        assert_eq!([0, 1, 2].map(|v| events.of_visitor(VisitorIdx::new(v))), [0..3, 3..4, 4..5]);
        assert_eq!(events.window(), Some((Timestamp::from_micros(3), Timestamp::from_micros(9))));
        let mut reversed = shuffled();
        reversed.reverse();
        assert_eq!(Events::from_events(counts(), reversed).expect("valid"), events);
    }

    #[test]
    fn events_can_be_left_out_by_instant() {
        let events = Events::from_events(counts(), shuffled()).expect("valid");
        let early = events.retain(|at| at < Timestamp::from_micros(5));
        assert_eq!((early.len(), early.n_visitors(), early.n_items()), (3, 3, 2));
        assert_eq!(early.of_visitor(VisitorIdx::new(1)), 2..2);
        assert_eq!(events.retain(|_| false).window(), None);
        assert!(Events::none(3, 4).is_empty());
        assert_eq!(Events::from_parts(EventParts::default()).expect("valid"), Events::none(0, 0));
    }

    #[test]
    fn columns_that_break_a_rule_are_refused() {
        let good = Events::from_events(counts(), shuffled()).expect("valid").parts().clone();
        let check = |change: fn(&mut EventParts), expected| {
            let mut parts = good.clone();
            change(&mut parts);
            assert_eq!(Events::from_parts(parts).err(), Some(expected));
        };
        check(|p| p.topics.truncate(1), EventsError::Length);
        check(|p| p.items.swap(0, 1), EventsError::Order { event: 1 });
        check(|p| p.occurred_at.swap(1, 2), EventsError::Order { event: 2 });
        check(|p| p.visitors[4] = VisitorIdx::new(3), EventsError::Unknown { event: 4 });
        check(|p| p.sessions[0] = 1, EventsError::Unknown { event: 0 });
        check(|p| p.customers[3] = CustomerIdx::new(1), EventsError::Unknown { event: 3 });
        check(|p| p.items[4] = ItemIdx::new(2), EventsError::Unknown { event: 4 });
        check(|p| p.topics[4] = 1, EventsError::Unknown { event: 4 });
    }

    #[test]
    fn every_kind_stands_at_its_number() {
        for (number, kind) in EventKind::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, number);
        }
    }
}
