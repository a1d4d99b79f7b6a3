//! `erbij recommend --all-customers`: the nightly file for the e-mail engine, one row a customer.
//!
//! Slates are made and written to text in parallel, a share of customers at a time, and reach the file in the
//! order of customers: the same bytes on any number of threads, and no more memory than a few shares.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Mutex;

use anyhow::Context;
use erbij_core::{CustomerIdx, Placement, Progress, Timestamp};
use erbij_engine::{Engine, Query, Ranking, Scratch, Slate, Who};
use rayon::prelude::*;

use crate::args::RecommendArgs;
use crate::commands::batch_csv::CsvRows;
use crate::commands::batch_jsonl::JsonlRows;
use crate::commands::batch_parquet::{self, ParquetRows};
use crate::commands::known;
use crate::progress::{Reporter, with_commas};
use crate::replace_file::replace_file;
use crate::writes::TableFormat;

/// Customers of one task.
const SHARE_CUSTOMERS: usize = 512;
/// Shares in memory at once, for each thread.
const SHARES_A_THREAD: usize = 4;

/// A slate and whose it is.
pub(crate) struct Row<'a> {
    pub customer_id: &'a str,
    pub slate: Slate,
}

/// How rows become bytes, or columns.
pub(crate) trait Rows: Sync {
    /// What a share of rows becomes.
    type Encoded: Send;
    /// Encodes a share.
    fn encode(&self, rows: &[Row<'_>]) -> anyhow::Result<Self::Encoded>;
}

pub(crate) fn run(
    engine: &Engine,
    args: &RecommendArgs,
    path: &Path,
    reporter: &Reporter,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let batch = Batch {
        engine,
        placement: args.placement.unwrap_or(Placement::Newsletter),
        exclude: known::items("--exclude", &engine.models().catalogue, &args.exclude),
        n: args.n as usize,
        now: args.asked.now(),
        idle: Mutex::new(Vec::new()),
    };
    let n_customers = engine.models().customers.len();
    reporter.begin("recommending", Some(n_customers as u64), "customers");
    match TableFormat::of(path)? {
        TableFormat::Jsonl => {
            let rows = JsonlRows::new(engine, args.language);
            replace_file(path, |file| batch.write_all(&rows, reporter, |bytes| Ok(file.write_all(&bytes)?)))?;
        }
        TableFormat::Csv => {
            let rows = CsvRows::new(engine, args.language, batch.n);
            replace_file(path, |file| {
                file.write_all(&rows.header()?)?;
                batch.write_all(&rows, reporter, |bytes| Ok(file.write_all(&bytes)?))
            })?;
            rows.tell_guarded();
        }
        TableFormat::Parquet => {
            let rows = ParquetRows::new(engine, args.language);
            replace_file(path, |file: &mut BufWriter<File>| {
                let mut writer = batch_parquet::writer(file)?;
                batch.write_all(&rows, reporter, |columns| Ok(writer.write(&columns)?))?;
                writer.close().context("finishing the Parquet file failed")?;
                Ok(())
            })?;
        }
    }
    reporter.finish();
    writeln!(out, "{}: {} customers", path.display(), with_commas(n_customers as u64))?;
    Ok(())
}

struct Batch<'a> {
    engine: &'a Engine,
    placement: Placement,
    exclude: Vec<erbij_core::ItemIdx>,
    n: usize,
    now: Timestamp,
    idle: Mutex<Vec<Scratch>>,
}

impl Batch<'_> {
    /// Encodes every customer's row and hands the shares on in order.
    fn write_all<R: Rows>(
        &self,
        rows: &R,
        reporter: &Reporter,
        mut on_share: impl FnMut(R::Encoded) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let customers: Vec<CustomerIdx> = self.engine.models().customers.indices().collect();
        let at_once = SHARE_CUSTOMERS * SHARES_A_THREAD * rayon::current_num_threads();
        for block in customers.chunks(at_once) {
            let shares: Vec<anyhow::Result<R::Encoded>> = block
                .par_chunks(SHARE_CUSTOMERS)
                .with_max_len(1)
                .map(|share| {
                    let encoded = rows.encode(&self.recommend(share));
                    reporter.advance(share.len() as u64);
                    encoded
                })
                .collect();
            for share in shares {
                on_share(share?)?;
            }
        }
        Ok(())
    }

    fn recommend(&self, customers: &[CustomerIdx]) -> Vec<Row<'_>> {
        const NO_POISON: &str = "nothing can panic while the lock is held";
        let scratch = self.idle.lock().expect(NO_POISON).pop();
        let mut scratch = scratch.unwrap_or_else(|| self.engine.new_scratch());
        let mut row = |&customer: &CustomerIdx| {
            let query = Query {
                placement: self.placement,
                who: Who::Customer(customer),
                anchors: &[],
                session: &[],
                n: self.n,
                exclude: &self.exclude,
                now: self.now,
                explain: false,
                ranking: Ranking::AsPlaced,
                owned: &[],
                filter: None,
                already_bought: None,
            };
            let slate = self.engine.recommend(&query, &mut scratch);
            Row { customer_id: self.engine.models().customers.id(customer), slate }
        };
        let rows = customers.iter().map(&mut row).collect();
        self.idle.lock().expect(NO_POISON).push(scratch);
        rows
    }
}
