//! What acts since the night, or all that is known of a stranger, make of the facts of a person.

use std::collections::BTreeMap;

use erbij_core::{Act, ActKind, Day, ItemIdx, Past, Purchase, SessionCut};
use erbij_people::{DatedPurchase, LastBought, NeedAct, Signal, each_part};
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
        let acts = kept_acts(past, &mut purchases, &mut came_back);
        came_back.sort_unstable();
        came_back.dedup();
        let mut since = Self { sent_back: came_back, ..Self::default() };
        for act in &acts {
            since.take(act, &mut purchases, models);
        }
        since.purchases = purchases.into_values().collect();
        since.own.sort_unstable();
        since.given.sort_unstable();
        since.given.retain(|item| since.own.binary_search(item).is_err());
        since.last_bought.sort_unstable_by_key(|bought| bought.item);
        since
    }

    fn take(&mut self, act: &Act, purchases: &mut BTreeMap<ItemIdx, Purchase>, models: &ModelSet) {
        let (item, on) = (act.item, models.time_zone.day_of(act.at));
        let (signal, is_purchase, is_look) = match act.kind {
            ActKind::Bought { quantity, is_gift } => {
                self.bought.push(DatedPurchase { item, quantity, at: act.at });
                let bought =
                    purchases.entry(item).or_insert(Purchase { item, last_bought_on: on, n_orders: 0 });
                bought.n_orders = bought.n_orders.saturating_add(1);
                bought.last_bought_on = bought.last_bought_on.max(on);
                if is_gift {
                    self.given.push(item);
                } else {
                    self.take_own(item, on, quantity, models);
                }
                (Signal::Purchase { item }, true, false)
            }
            // What puts an item into a visit is a look.
            ActKind::Did { kind, topic } => {
                (Signal::Event { kind, item, topic }, false, SessionCut::default().kinds.contains(&kind))
            }
            ActKind::SentBack => return,
        };
        self.signals.push((signal, on));
        let need = models.ownership.as_ref().and_then(|ownership| ownership.need_of(item));
        if let Some(need) = need.filter(|_| is_purchase || is_look) {
            self.need_acts.push(NeedAct { need, item, on, is_purchase });
        }
    }

    /// They bought it for themselves.
    fn take_own(&mut self, item: ItemIdx, on: Day, quantity: f32, models: &ModelSet) {
        self.own.push(item);
        let units = quantity * models.catalogue.columns().pack_size[item.index()];
        self.last_bought.retain(|bought| bought.item != item);
        self.last_bought.push(LastBought { item, on, units });
        self.things.push((item, on));
        each_part(item, &models.catalogue, &mut |part| self.things.push((part, on)));
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

/// The acts that still count, oldest first: all but returns and the orders they take back. A return takes back the last order
/// of its item: one of these, else one known before, of which `purchases` and `came_back` are brought up to date.
fn kept_acts(
    past: &Past,
    purchases: &mut BTreeMap<ItemIdx, Purchase>,
    came_back: &mut Vec<ItemIdx>,
) -> Vec<Act> {
    let is_order = |act: &Act, item| act.item == item && matches!(act.kind, ActKind::Bought { .. });
    let mut acts: Vec<Act> = Vec::new();
    for act in past.acts() {
        match act.kind {
            ActKind::Bought { .. } => {
                acts.push(*act);
                came_back.retain(|&item| item != act.item);
            }
            ActKind::SentBack => {
                if let Some(at) = acts.iter().rposition(|kept| is_order(kept, act.item)) {
                    acts.remove(at);
                } else if let Some(purchase) = purchases.get_mut(&act.item) {
                    purchase.n_orders = purchase.n_orders.saturating_sub(1);
                    if purchase.n_orders == 0 {
                        purchases.remove(&act.item);
                    }
                }
                let is_kept =
                    purchases.contains_key(&act.item) || acts.iter().any(|kept| is_order(kept, act.item));
                if !is_kept {
                    came_back.push(act.item);
                }
            }
            ActKind::Did { .. } => acts.push(*act),
        }
    }
    acts
}
