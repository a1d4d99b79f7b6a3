//! What the commands about customers share: one customer printed, or all of them to a file.

use std::io::Write;

use anyhow::{Context, bail};
use erbij_artifact::Artifact;
use erbij_core::{CustomerIdx, Progress, Timestamp, with_commas};
use erbij_recipe::ModelSet;
use rayon::prelude::*;

use crate::args::AboutCustomersArgs;
use crate::progress::Reporter;
use crate::table_file::{Columns, Row, row_json, write_table};

/// Customers of one task.
const SHARE_CUSTOMERS: usize = 512;
/// Shares in memory at once, for each thread.
const SHARES_A_THREAD: usize = 8;

/// The artifact a command is about, and the instant.
pub(crate) fn open(args: &AboutCustomersArgs) -> anyhow::Result<(Artifact, Timestamp)> {
    Ok((args.asked.open()?, args.asked.now()))
}

/// A model that every artifact of today has.
pub(crate) fn expect_model<'a, T>(model: &'a Option<T>, name: &str) -> anyhow::Result<&'a T> {
    model.as_ref().with_context(|| {
        format!("the artifact is from before `{name}`; hint: train it again with `erbij train`")
    })
}

/// The customer asked for.
pub(crate) fn customer(models: &ModelSet, id: &str) -> anyhow::Result<CustomerIdx> {
    match models.customers.idx_from_id(id) {
        Some(customer) => Ok(customer),
        None => bail!(
            "the artifact knows no customer `{id}`; it knows {}",
            with_commas(models.customers.len() as u64)
        ),
    }
}

/// Writes the rows of every customer, in the order of customers whatever the number of threads.
pub(crate) fn write_all(
    path: &std::path::Path,
    columns: Columns,
    models: &ModelSet,
    rows_of: impl Fn(CustomerIdx) -> Vec<Row> + Sync,
    reporter: &Reporter,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let n_customers = models.customers.len();
    reporter.begin("looking at customers", Some(n_customers as u64), "customers");
    let customers: Vec<CustomerIdx> = models.customers.indices().collect();
    let at_once = SHARE_CUSTOMERS * SHARES_A_THREAD * rayon::current_num_threads();
    let shares = customers.chunks(at_once).flat_map(|block| {
        let shares: Vec<Vec<Row>> = block
            .par_chunks(SHARE_CUSTOMERS)
            .map(|share| {
                let rows = share.iter().flat_map(|&customer| rows_of(customer)).collect();
                reporter.advance(share.len() as u64);
                rows
            })
            .collect();
        shares
    });
    let n_rows = write_table(path, columns, shares)?;
    reporter.finish();
    writeln!(
        out,
        "{}: {} rows, {} customers",
        path.display(),
        with_commas(n_rows),
        with_commas(n_customers as u64)
    )?;
    Ok(())
}

/// Prints rows as a list of JSON objects.
pub(crate) fn print_json(columns: Columns, rows: &[Row], out: &mut dyn Write) -> anyhow::Result<()> {
    let values: Vec<_> = rows.iter().map(|row| row_json(columns, row)).collect();
    serde_json::to_writer_pretty(&mut *out, &values)?;
    Ok(writeln!(out)?)
}

/// Prints some columns of rows as a table for people, as wide as what stands in it.
pub(crate) fn print_table(
    columns: Columns,
    shown: &[&str],
    rows: &[Row],
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let shown: Vec<usize> =
        shown.iter().filter_map(|name| columns.iter().position(|(column, _)| column == name)).collect();
    let heads = || shown.iter().map(|&at| columns[at].0.to_owned());
    let mut lines: Vec<Vec<String>> = vec![heads().collect()];
    lines.extend(rows.iter().map(|row| shown.iter().map(|&at| row[at].plain().into_owned()).collect()));
    let width = |at: usize| lines.iter().map(|line| line[at].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..shown.len()).map(width).collect();
    for line in &lines {
        let cells = line.iter().zip(&widths).map(|(cell, &width)| format!("{cell:<width$}"));
        writeln!(out, "{}", cells.collect::<Vec<_>>().join("  ").trim_end())?;
    }
    Ok(())
}
