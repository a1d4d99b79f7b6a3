//! What acts since the night, or all that is known of a stranger, make of the facts of a person.

use std::collections::BTreeMap;

use erbij_core::{Act, ActKind, Day, ItemIdx, Past, Purchase, SessionCut, TimeZone};
use erbij_people::{DatedPurchase, LastBought, NeedAct, Ownership, Signal, each_part};
use erbij_recipe::ModelSet;

/// The facts of a person with what they did since.
#[derive(Debug, Default)]
pub(crate) struct Since {
    /// Everything they bought and did not send back, by item, whenever it was.
    pub(crate) purchases: Vec<Purchase>,
    /// What they sent back and never kept, rising.
    pub(crate) sent_back: Vec<ItemIdx>,
    /// What they ordered since, oldest first, but for what they sent back.
    pub(crate) bought: Vec<DatedPurchase>,
    /// The last order of each of these, by item.
    pub(crate) last_bought: Vec<LastBought>,
    /// What they have since, with what is in it.
    pub(crate) things: Vec<(ItemIdx, Day)>,
    /// What they bought for themselves since, rising.
    own: Vec<ItemIdx>,
    /// What they bought for others alone since, rising.
    given: Vec<ItemIdx>,
    /// What they did with items that answer a need, oldest first.
    pub(crate) need_acts: Vec<NeedAct>,
    /// What they did, as far as it says something of interests, oldest first.
    pub(crate) signals: Vec<(Signal, Day)>,
}

impl Since {
    /// Joins acts with what a model set knows of a person: what they bought, by item, and what they sent back.
    /// O(history + acts · log).
    pub(crate) fn new(
        past: &Past,
        known: impl Iterator<Item = Purchase>,
        sent_back: impl Iterator<Item = ItemIdx>,
        models: &ModelSet,
    ) -> Self {
        let mut purchases: BTreeMap<ItemIdx, Purchase> = known.map(|known| (known.item, known)).collect();
        let mut came_back: Vec<ItemIdx> = sent_back.collect();
        let orders = kept_orders(past, &mut purchases, &mut came_back, &models.time_zone);
        came_back.sort_unstable();
        came_back.dedup();
        let mut since =
            Self { purchases: purchases.into_values().collect(), sent_back: came_back, ..Self::default() };
        for act in &orders {
            let ActKind::Bought { quantity, is_gift } = act.kind else { continue };
            let (item, on) = (act.item, models.time_zone.day_of(act.at));
            since.bought.push(DatedPurchase { item, quantity, at: act.at });
            if is_gift {
                since.given.push(item);
                continue;
            }
            since.own.push(item);
            let units = quantity * models.catalogue.columns().pack_size[item.index()];
            since.last_bought.retain(|bought| bought.item != item);
            since.last_bought.push(LastBought { item, on, units });
            since.things.push((item, on));
            each_part(item, &models.catalogue, &mut |part| since.things.push((part, on)));
        }
        since.own.sort_unstable();
        since.given.sort_unstable();
        since.given.retain(|item| since.own.binary_search(item).is_err());
        since.last_bought.sort_unstable_by_key(|bought| bought.item);
        since.tell_acts(past, models);
        since
    }

    fn tell_acts(&mut self, past: &Past, models: &ModelSet) {
        // What puts an item into a visit is a look.
        let looks = SessionCut::default().kinds;
        let need_of =
            |item| models.ownership.as_ref().and_then(|ownership: &Ownership| ownership.need_of(item));
        for act in past.acts() {
            let on = models.time_zone.day_of(act.at);
            let (signal, is_look) = match act.kind {
                ActKind::Bought { .. } => (Some(Signal::Purchase { item: act.item }), false),
                ActKind::SentBack => (None, false),
                ActKind::Did { kind, topic } => {
                    (Some(Signal::Event { kind, item: act.item, topic }), looks.contains(&kind))
                }
            };
            self.signals.extend(signal.map(|signal| (signal, on)));
            let is_purchase = matches!(act.kind, ActKind::Bought { .. });
            if let Some(need) = need_of(act.item).filter(|_| is_look || is_purchase) {
                self.need_acts.push(NeedAct { need, item: act.item, on, is_purchase });
            }
        }
    }

    /// The purchases of an item.
    pub(crate) fn purchase_of(&self, item: ItemIdx) -> Option<Purchase> {
        let at = self.purchases.binary_search_by_key(&item, |purchase| purchase.item).ok()?;
        Some(self.purchases[at])
    }

    /// Whether an item came back and was never kept.
    pub(crate) fn is_sent_back(&self, item: ItemIdx) -> bool {
        self.sent_back.binary_search(&item).is_ok()
    }

    /// Whether an item was bought for others alone, where the models may know of gifts before.
    pub(crate) fn is_given(&self, item: ItemIdx, was_given: bool, was_bought: bool) -> bool {
        if self.own.binary_search(&item).is_ok() {
            return false;
        }
        was_given || (!was_bought && self.given.binary_search(&item).is_ok())
    }
}

/// The orders since that were kept, oldest first; purchases and returns are brought up to date. A return takes back the
/// last order of the item: one since, else one of those before.
fn kept_orders(
    past: &Past,
    purchases: &mut BTreeMap<ItemIdx, Purchase>,
    came_back: &mut Vec<ItemIdx>,
    time_zone: &TimeZone,
) -> Vec<Act> {
    let mut orders: Vec<Act> = Vec::new();
    for act in past.acts() {
        match act.kind {
            ActKind::Bought { .. } => {
                orders.push(*act);
                came_back.retain(|&item| item != act.item);
            }
            ActKind::SentBack => {
                if let Some(at) = orders.iter().rposition(|order| order.item == act.item) {
                    orders.remove(at);
                } else if let Some(purchase) = purchases.get_mut(&act.item) {
                    purchase.n_orders -= 1;
                    if purchase.n_orders == 0 {
                        purchases.remove(&act.item);
                    }
                }
                let is_kept =
                    purchases.contains_key(&act.item) || orders.iter().any(|order| order.item == act.item);
                if !is_kept {
                    came_back.push(act.item);
                }
            }
            ActKind::Did { .. } => {}
        }
    }
    for order in &orders {
        let day = time_zone.day_of(order.at);
        let purchase = purchases.entry(order.item).or_insert(Purchase {
            item: order.item,
            last_bought_on: day,
            n_orders: 0,
        });
        purchase.n_orders += 1;
        purchase.last_bought_on = purchase.last_bought_on.max(day);
    }
    orders
}
