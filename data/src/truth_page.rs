//! `truth/README.md`: what was planted, for whoever opens the folder.

use std::fmt::Write as _;

use crate::{CheckedShopParams, ShopSummary};

const TABLES: &str = "\
| file | columns | what it says |
|---|---|---|
| `relations.parquet` | `main_item_id other_item_id relation probability same_order_probability mean_lag_days expected_pairs planted_pairs returned_share` | what is bought because of what: `accessory`, `consumable`, `spare_part`; what replaces it: `successor`; what is bought instead: `substitute`, in both directions |
| `intervals.parquet` | `customer_id item_id mean_interval_days` | how long a pack lasts this customer; only where no substitutes take turns; of at most about 200,000 customers |
| `customers.parquet` | `customer_id interests household household_size arrived_on left_on order_rate` | what a customer cares about, most first; when the customer came and left (empty: still there); orders a day while there |
| `items.parquet` | `item_id leaf_category role need popularity_weight mean_interval_days season_peak n_lines has_variants` | how gladly an item is bought for itself, and how often it was; items of one `need` replace each other; `season_peak` is when in the year, from 0 to 1, it sells, where the shop has seasons |
| `promotions.parquet` | `starts_on ends_on item_id bundled_item_id` | days on which two items were pushed together that have nothing to do with each other |
| `dirt.parquet` | `kind rows` | rows of `orders.parquet` that were spoilt, by kind |

Ids are those of items: `i00042`, where an order line may carry a variant, `i00042-2`.

`probability` is the chance that one purchase of the main item leads to the other one, in the same order
or later; the lag of the later ones has the mean given. `expected_pairs` is that chance times the
purchases of the main item, `planted_pairs` how often it happened. Fewer happen than are expected: a
customer leaves before the lag is over, has the other item in use already, or has used up the lines.
A `successor` is sold in place of the main item from some day on; `probability` is then the chance of
that. Substitutes share what belongs to them and stand in one order by accident only.

`returned_share` is the chance that the other item comes back in full when it was bought because of the
main one; `planted_pairs` counts these too. It is 0 of most, and of one item it may differ by main item.

What a model must not find: promoted pairs, and pairs that only share an interest.

Dirt is counted in rows, one kind a row but for `guest`, which any row may be besides. A `cancellation`
has an order of its own whose id starts with `C`. A `duplicate_line` is equal to another row in every
column; a `merged_line` differs from it by its quantity only. Of `order_with_two_customers` the row
is counted that names the second one. `future_date` is in 2099, `implausible_date` is 1970-01-01.
`returned_in_full` also counts what comes back because its relation says so.
";

/// The page.
pub(crate) fn page(params: &CheckedShopParams, summary: &ShopSummary) -> String {
    let p = params.get();
    let mut page = format!(
        "# What was planted\n\nA shop of {} order lines in {} orders by {} customers, simulated with seed {} over {} days \
         up to 2026-01-01. The catalogue tells {:.0} % of the relations; the others must be mined. \
         Of {:.0} % of the accessory relations much comes back. Of the wishes, {:.0} % are for what the customer bought \
         before; out of its season, every second item loses {:.0} % of its wishes.\n\n{TABLES}\n\
         | dirt | rows |\n|---|---|\n",
        summary.n_lines,
        summary.n_orders,
        summary.n_customers,
        p.seed,
        p.n_days,
        p.declared_share * 100.0,
        p.returned_relations * 100.0,
        p.habit * 100.0,
        p.season * 100.0,
    );
    for (kind, rows) in &summary.dirt {
        writeln!(page, "| `{kind}` | {rows} |").expect("a string takes any text");
    }
    page
}
