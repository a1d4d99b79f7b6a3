//! Fitting: each customer's looks, less those before a purchase.

use erbij_core::{
    Baskets, Catalogue, CustomerIdx, Day, EventKind, Events, ItemIdx, NeedIdx, Progress, RowOffsets,
    SessionCut, Timestamp, share_out,
};

use super::model::{Looked, Orientation, OrientationColumns};
use crate::events_by_customer::EventsByCustomer;
use crate::journey::CheckedJourneyParams;
use crate::ownership::{Ownership, each_purchase};

/// Finds out what each customer looked at within `orientation_days` before `newest`, the newest instant of the data, and
/// has bought nothing of since. Orders alone tell what was bought, as everywhere.
///
/// O(events + lines of who looked · log of them), the customers side by side.
pub fn fit_orientation(
    params: &CheckedJourneyParams,
    ownership: &Ownership,
    baskets: &Baskets,
    events: &Events,
    catalogue: &Catalogue,
    newest: Timestamp,
    progress: &dyn Progress,
) -> Orientation {
    let n_customers = baskets.n_customers();
    let days = i32::try_from(params.params().orientation_days).expect("checked to be 365 at most");
    let fold = Fold {
        ownership,
        baskets,
        catalogue,
        by_customer: EventsByCustomer::new(events, n_customers),
        // What puts an item into a visit is a look.
        looks: SessionCut::default().kinds,
        earliest: Day::new(baskets.day_of(newest).get().saturating_sub(days)),
    };
    progress.begin("finding out who looks around", Some(n_customers as u64), "customers");
    let on_block = |acts: &mut Acts, rows: std::ops::Range<usize>| {
        let of_customer = |row: usize| fold.of_customer(CustomerIdx::new(row as u32), acts);
        rows.map(of_customer).collect::<Vec<_>>()
    };
    let (blocks, _) = share_out(n_customers, Acts::default, on_block, progress);
    let looked: Vec<Vec<Looked>> = blocks.into_iter().flatten().collect();
    let all = || looked.iter().flatten();
    let columns = OrientationColumns {
        rows: RowOffsets::from_lens(looked.iter().map(Vec::len)),
        needs: all().map(|looked| looked.need.get()).collect(),
        items: all().map(|looked| looked.item.get()).collect(),
        first_on: all().map(|looked| looked.first_on.get()).collect(),
        last_on: all().map(|looked| looked.last_on.get()).collect(),
        n_items: all().map(|looked| looked.n_items).collect(),
        n_days: all().map(|looked| looked.n_days).collect(),
    };
    Orientation::new(params, columns, ownership).expect("laid out as the model has it")
}

/// What one customer did, used for customer after customer.
#[derive(Default)]
struct Acts {
    looks: Vec<Look>,
    bought: Vec<(NeedIdx, Day)>,
}

/// One look at an item that answers a need. Ordered by need, then instant.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Look {
    need: NeedIdx,
    at: Timestamp,
    item: ItemIdx,
    day: Day,
}

/// What the fold over one customer's acts reads.
struct Fold<'a> {
    ownership: &'a Ownership,
    baskets: &'a Baskets,
    catalogue: &'a Catalogue,
    by_customer: EventsByCustomer<'a>,
    /// The kinds of events that are looks.
    looks: Vec<EventKind>,
    /// Looks before this day are too old.
    earliest: Day,
}

impl Fold<'_> {
    /// What a customer looked at, by need.
    fn of_customer(&self, customer: CustomerIdx, acts: &mut Acts) -> Vec<Looked> {
        let Acts { looks, bought } = acts;
        looks.clear();
        bought.clear();
        for event in self.by_customer.of(customer) {
            let day = self.baskets.day_of(event.occurred_at);
            let is_look = self.looks.contains(&event.kind) && self.earliest <= day;
            if let Some(need) = self.ownership.need_of(event.item).filter(|_| is_look) {
                looks.push(Look { need, at: event.occurred_at, item: event.item, day });
            }
        }
        if looks.is_empty() {
            return Vec::new();
        }
        let (mut own, mut given) = (Vec::new(), Vec::new());
        each_purchase(
            customer,
            self.baskets,
            self.catalogue,
            |item, day| own.push((item, day)),
            |item, day| given.push((item, day)),
        );
        let need_and_day = |&(item, day): &(ItemIdx, Day)| Some((self.ownership.need_of(item)?, day));
        bought.extend(own.iter().chain(&given).filter_map(need_and_day));
        bought.sort_unstable();
        looks.sort_unstable();
        looks.chunk_by(|a, b| a.need == b.need).filter_map(|of_need| looked(of_need, bought)).collect()
    }
}

/// What is left of the looks at one need, by instant, after the last purchase of it.
fn looked(of_need: &[Look], bought: &[(NeedIdx, Day)]) -> Option<Looked> {
    let need = of_need[0].need;
    let until = bought.partition_point(|&(other, _)| other <= need);
    let bought_on = bought[..until].last().filter(|&&(other, _)| other == need).map(|&(_, day)| day);
    let since = &of_need[of_need.partition_point(|look| Some(look.day) <= bought_on)..];
    let (first, last) = (since.first()?, since.last()?);
    let mut items: Vec<ItemIdx> = since.iter().map(|look| look.item).collect();
    items.sort_unstable();
    items.dedup();
    let days = since.chunk_by(|a, b| a.day == b.day);
    Some(Looked {
        need,
        item: last.item,
        first_on: first.day,
        last_on: last.day,
        n_items: items.len() as u32,
        n_days: days.count() as u32,
    })
}
