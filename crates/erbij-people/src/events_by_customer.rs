//! The events of each customer; those of a browser nobody was logged in with are nobody's.

use erbij_core::{CustomerIdx, Event, Events, RowOffsets};

/// Which events name which customer: 4 bytes an event that names one, 8 a customer.
pub(crate) struct EventsByCustomer<'a> {
    events: &'a Events,
    rows: RowOffsets,
    positions: Vec<u32>,
}

impl<'a> EventsByCustomer<'a> {
    /// Finds them by a counting sort: O(events + customers).
    pub(crate) fn new(events: &'a Events, n_customers: usize) -> Self {
        let mut lens = vec![0; n_customers];
        let customers = &events.parts().customers;
        for customer in customers.iter().filter(|customer| customer.index() < n_customers) {
            lens[customer.index()] += 1;
        }
        let rows = RowOffsets::from_lens(lens);
        let mut next: Vec<usize> = (0..n_customers).map(|row| rows.range(row).start).collect();
        let mut positions = vec![0_u32; rows.n_values()];
        for (at, customer) in customers.iter().enumerate() {
            if let Some(next) = next.get_mut(customer.index()) {
                positions[*next] = at as u32;
                *next += 1;
            }
        }
        Self { events, rows, positions }
    }

    /// A customer's events, by visitor and then instant.
    pub(crate) fn of(&self, customer: CustomerIdx) -> impl ExactSizeIterator<Item = Event> + '_ {
        let positions = &self.positions[self.rows.range(customer.index())];
        positions.iter().map(|&at| self.events.event(at as usize))
    }
}
