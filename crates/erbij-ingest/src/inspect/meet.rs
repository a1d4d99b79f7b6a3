//! Ids that meet: the column of orders whose values the catalogue has, and ids that differ in their zeros alone.

use std::collections::BTreeSet;

use super::draft::Draft;
use super::found::Standing;
use super::profile::Holds;

/// Which share of the rows must be found in the other table before a column is taken for that alone.
const MOSTLY: f64 = 0.8;
/// A share below this is an accident.
const HARDLY: f64 = 0.2;

/// Finds the item of orders by the catalogue's ids and the other way round, where names say neither or their values do
/// not meet.
pub(super) fn find_items(orders: &mut Draft, items: Option<&mut Draft>) {
    let Some(items) = items else { return };
    let named = (orders.there("item_id").map(str::to_owned), items.there("id").map(str::to_owned));
    if let (Some(item), Some(id)) = &named {
        let share = share(orders.look.cells(item), items.look.cells(id), plain);
        let stripped = share_stripped(orders, item, items, id);
        if HARDLY <= share || HARDLY <= stripped {
            return;
        }
    }
    let mut best: Option<(f64, String, String)> = None;
    for item in candidates(orders, named.0.as_deref()) {
        for id in candidates(items, named.1.as_deref()) {
            let found = share(orders.look.cells(&item), items.look.cells(&id), plain)
                .max(share_stripped(orders, &item, items, &id));
            if MOSTLY <= found && best.as_ref().is_none_or(|(most, ..)| *most < found) {
                best = Some((found, item.clone(), id));
            }
        }
    }
    let Some((found, item, id)) = best else { return };
    let why = format!("{:.0} % of its values are found in `{id}` of the catalogue", 100.0 * found);
    if named.0.as_deref() != Some(item.as_str()) {
        orders.take("item_id", &item, Standing::Guess);
        orders.because("item_id", why);
    }
    if named.1.as_deref() != Some(id.as_str()) {
        items.take("id", &id, Standing::Guess);
        items.because("id", format!("it has the values of `{item}` of the orders"));
    }
}

/// Columns that could hold ids, the one that is named first.
fn candidates(draft: &Draft, named: Option<&str>) -> Vec<String> {
    let is_id = |holds: Holds| matches!(holds, Holds::WholeNumbers | Holds::Texts);
    let free = draft.free();
    let free = free.iter().filter(|found| is_id(found.holds) && 2 < found.n_different);
    named.map(str::to_owned).into_iter().chain(free.map(|found| found.name.clone())).collect()
}

fn plain(text: &str) -> &str {
    text.strip_suffix(".0").unwrap_or(text)
}

fn stripped(text: &str) -> &str {
    let plain = plain(text);
    let is_number = !plain.is_empty() && plain.bytes().all(|byte| byte.is_ascii_digit());
    let digits = plain.trim_start_matches('0');
    if is_number && !digits.is_empty() { digits } else { plain }
}

/// Which share of the values stands among the others too.
fn share(values: &[Option<String>], others: &[Option<String>], as_id: fn(&str) -> &str) -> f64 {
    let known: BTreeSet<&str> = others.iter().flatten().map(|text| as_id(text)).collect();
    let values: Vec<&str> = values.iter().flatten().map(|text| as_id(text)).collect();
    let n_met = values.iter().filter(|value| known.contains(*value)).count();
    n_met as f64 / values.len().max(1) as f64
}

fn share_stripped(orders: &Draft, item: &str, items: &Draft, id: &str) -> f64 {
    share(orders.look.cells(item), items.look.cells(id), stripped)
}

/// Leaves zeros before ids aside, where ids of two tables meet only so.
pub(super) fn spell_alike(orders: &mut Draft, items: Option<&mut Draft>, others: &mut [Draft]) {
    if let Some(items) = items {
        of_pair(orders, "item_id", items, "id");
    }
    for other in others {
        of_pair(orders, "customer_id", other, "customer_id");
        if other.spec.name == "events" {
            of_pair(orders, "item_id", other, "item_id");
        }
    }
}

fn of_pair(orders: &mut Draft, name: &str, other: &mut Draft, name_there: &str) {
    let (own, theirs) = (orders.cells(name), other.cells(name_there));
    let (as_written, stripped) = (share(own, theirs, plain), share(own, theirs, stripped));
    if stripped < HARDLY || stripped < 4.0 * as_written {
        return;
    }
    let has_zeros =
        |cells: &[Option<String>]| cells.iter().flatten().any(|text| text.starts_with('0') && 1 < text.len());
    let (in_orders, there) = (has_zeros(own), has_zeros(theirs));
    let names = (orders.spec.name, other.spec.name);
    for (draft, name, has) in [(orders, name, in_orders), (other, name_there, there)] {
        if let Some(meaning) = draft.finding(name).meaning.as_mut().filter(|_| has) {
            meaning.strips_zeros = true;
            draft.because(
                name,
                format!("ids of {} and {} match only without leading zeros", names.0, names.1),
            );
        }
    }
}
