//! `erbij evaluate --write-split`: what the models saw and what they are judged by, as two tables.
//!
//! With them anybody can judge another system on exactly the same pairs, in whatever language (`docs/peers`). Ids are the
//! shop's. `train.parquet` has a row a line: who, what, when, and which order by number, since one order is one basket.
//! `test.parquet` has a row for each thing that each judged customer bought within the horizon; who judges new items
//! alone leaves out what that customer has in train.

use std::path::Path;

use anyhow::Context;
use erbij_core::{Baskets, Catalogue, CustomerIdx, Vocab};
use erbij_train::{ItemLists, Split};

use crate::replace_file::check_writable;
use crate::table_file::{Cell, ColumnKind, Columns, Row, write_table};

const TRAIN_FILE: &str = "train.parquet";
const TEST_FILE: &str = "test.parquet";

const TRAIN_COLUMNS: Columns = &[
    ("customer_id", ColumnKind::Id),
    ("item_id", ColumnKind::Id),
    ("ordered_at", ColumnKind::Instant),
    ("order", ColumnKind::Count),
];

const TEST_COLUMNS: Columns = &[("customer_id", ColumnKind::Id), ("item_id", ColumnKind::Id)];

/// Baskets or customers that are written at once.
const SHARE: usize = 4096;

/// Makes the folder, and looks whether both tables can be written into it.
pub(crate) fn make_ready(dir: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(dir).with_context(|| {
        format!("the folder `{}` cannot be made; hint: name one that you may write to", dir.display())
    })?;
    [TRAIN_FILE, TEST_FILE].iter().try_for_each(|name| check_writable(&dir.join(name)))
}

/// Writes both tables; the same split gives the same bytes. O(lines).
pub(crate) fn write_split(
    dir: &Path,
    split: &Split,
    customers: &Vocab<CustomerIdx>,
    catalogue: &Catalogue,
) -> anyhow::Result<()> {
    let train =
        in_shares(split.train.len(), |basket| rows_of_basket(&split.train, basket, customers, catalogue));
    write_table(&dir.join(TRAIN_FILE), TRAIN_COLUMNS, train)?;
    let targets = &split.targets;
    let test =
        in_shares(targets.n_lists(), |customer| rows_of_targets(targets, customer, customers, catalogue));
    write_table(&dir.join(TEST_FILE), TEST_COLUMNS, test)?;
    Ok(())
}

/// The rows of so many things, some thousand things at once.
fn in_shares<R: Iterator<Item = Row>>(
    n: usize,
    rows_of: impl Fn(usize) -> R,
) -> impl Iterator<Item = Vec<Row>> {
    (0..n).step_by(SHARE).map(move |first| (first..n.min(first + SHARE)).flat_map(&rows_of).collect())
}

fn rows_of_basket(
    train: &Baskets,
    basket: usize,
    customers: &Vocab<CustomerIdx>,
    catalogue: &Catalogue,
) -> impl Iterator<Item = Row> {
    let customer = train.customer(basket);
    let customer = match customer.is_guest() {
        true => Cell::Empty,
        false => Cell::Text(customers.id(customer).to_owned()),
    };
    let ordered_at = Cell::Instant(train.ordered_at(basket));
    let item_id = |&item| Cell::Text(catalogue.items().id(item).to_owned());
    train.items(basket).iter().map(move |item| {
        vec![customer.clone(), item_id(item), ordered_at.clone(), Cell::Count(basket as u64)]
    })
}

fn rows_of_targets(
    targets: &ItemLists,
    customer: usize,
    customers: &Vocab<CustomerIdx>,
    catalogue: &Catalogue,
) -> impl Iterator<Item = Row> {
    let customer = CustomerIdx::new(customer as u32);
    targets.of(customer).iter().map(move |&item| {
        [customers.id(customer), catalogue.items().id(item)].map(|id| Cell::Text(id.to_owned())).to_vec()
    })
}
