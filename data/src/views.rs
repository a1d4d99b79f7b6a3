//! Page views and carts around an order: what was bought, and what was only looked at.

use std::sync::Arc;

use arrow_array::{Array, ArrayRef, StringArray, TimestampMicrosecondArray};
use arrow_schema::Field;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::MICROS_PER_SEC;
use crate::catalogue::{Shop, item_id};
use crate::customer::customer_id;
use crate::item::NONE;
use crate::lines::{GUEST, Line};
use crate::table::{MakeColumn, instant, text};

/// One event.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View {
    pub(crate) at_secs: i64,
    /// The visit: that of an order.
    pub(crate) session: u64,
    pub(crate) customer: u32,
    pub(crate) item: u32,
    pub(crate) is_guest: bool,
    pub(crate) is_cart: bool,
}

/// The events before an order: each item is looked at and put in the cart, and beside it something like it
/// is looked at and left. That is how substitutes show: seen together, not bought together.
pub(crate) fn look_around(shop: &Shop, bought: &[Line], rng: &mut ChaCha8Rng, views: &mut Vec<View>) {
    let mut at_secs = bought[0].at_secs - 60 * bought.len() as i64;
    let mut see = |line: &Line, item: u32, is_cart: bool| {
        let is_guest = line.is(GUEST);
        views.push(View { at_secs, session: line.order, customer: line.customer, item, is_guest, is_cart });
        at_secs += 15;
    };
    for line in bought {
        let item = shop.row_items[line.row as usize];
        let details = shop.item(item);
        let other = match details.group {
            NONE => shop.pick_in(details.category, rng),
            group => {
                let substitutes = &shop.groups[group as usize];
                substitutes[rng.random_range(0..substitutes.len())]
            }
        };
        if other != item {
            see(line, other, false);
        }
        see(line, item, false);
        see(line, item, true);
    }
}

/// The columns of `events.parquet`.
pub(crate) fn event_fields() -> Vec<Field> {
    vec![text("event_name"), text("item_id"), instant("occurred_at"), text("customer_id"), text("session_id")]
}

/// The columns of some events.
pub(crate) fn event_columns(views: &[View]) -> Vec<MakeColumn<'_>> {
    vec![
        Box::new(|| {
            let names = views.iter().map(|view| if view.is_cart { "add_to_cart" } else { "view_item" });
            Arc::new(StringArray::from_iter_values(names)) as ArrayRef
        }),
        Box::new(|| Arc::new(StringArray::from_iter_values(views.iter().map(|view| item_id(view.item))))),
        Box::new(|| {
            let at = views.iter().map(|view| view.at_secs * MICROS_PER_SEC);
            Arc::new(TimestampMicrosecondArray::from_iter_values(at).with_timezone("UTC"))
        }),
        Box::new(|| {
            let ids = views.iter().map(|view| (!view.is_guest).then(|| customer_id(view.customer)));
            Arc::new(ids.collect::<StringArray>())
        }),
        Box::new(|| {
            let ids = views.iter().map(|view| format!("s{:09}", view.session));
            Arc::new(StringArray::from_iter_values(ids)) as Arc<dyn Array>
        }),
    ]
}
