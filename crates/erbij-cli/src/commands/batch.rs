//! `erbij recommend --all-customers`: the nightly file for the e-mail engine, one row a customer.
//!
//! Slates are made and written to text in parallel, a share of customers at a time, and reach the file in the
//! order of customers: the same bytes on any number of threads, and no more memory than a few shares.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Mutex;

use anyhow::Context;
use erbij_core::{CustomerIdx, Placement, Progress, Timestamp, with_commas};
use erbij_engine::{Engine, Person, Query, Scratch};
use erbij_export::{CsvRows, JsonlRows, ParquetRows, Rows, SlateRow, parquet_writer, recommendation_id};
use rayon::prelude::*;

use crate::args::RecommendArgs;
use crate::commands::known;
use crate::progress::Reporter;
use crate::replace_file::replace_file;
use crate::table_file::tell_guarded;
use crate::writes::TableFormat;

/// Customers of one task.
const SHARE_CUSTOMERS: usize = 512;
/// Shares in memory at once, for each thread.
const SHARES_A_THREAD: usize = 4;

pub(crate) fn run(
    engine: &Engine,
    artifact_id: &str,
    args: &RecommendArgs,
    path: &Path,
    reporter: &Reporter,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let (placement, language) = (args.placement.unwrap_or(Placement::Newsletter), args.language);
    let batch = Batch {
        engine,
        artifact_id,
        placement,
        exclude: known::items("--exclude", &engine.models().catalogue, &args.exclude),
        n: args.n as usize,
        now: args.asked.now(),
        idle: Mutex::new(Vec::new()),
    };
    let n_customers = engine.models().customers.len();
    reporter.begin("recommending", Some(n_customers as u64), "customers");
    match TableFormat::of(path)? {
        TableFormat::Jsonl => {
            let rows = JsonlRows::new(engine, artifact_id, placement, language);
            replace_file(path, |file| batch.write_all(&rows, reporter, |bytes| Ok(file.write_all(&bytes)?)))?;
        }
        TableFormat::Csv => {
            let rows = CsvRows::new(engine, artifact_id, placement, language, batch.n);
            replace_file(path, |file| {
                file.write_all(&rows.header()?)?;
                batch.write_all(&rows, reporter, |bytes| Ok(file.write_all(&bytes)?))
            })?;
            tell_guarded(rows.guard());
        }
        TableFormat::Parquet => {
            let rows = ParquetRows::new(engine, artifact_id, placement, language);
            replace_file(path, |file: &mut BufWriter<File>| {
                let mut writer = parquet_writer(file)?;
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
    artifact_id: &'a str,
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
                    Ok(encoded?)
                })
                .collect();
            for share in shares {
                on_share(share?)?;
            }
        }
        Ok(())
    }

    fn recommend(&self, customers: &[CustomerIdx]) -> Vec<SlateRow<'_>> {
        const NO_POISON: &str = "nothing can panic while the lock is held";
        let scratch = self.idle.lock().expect(NO_POISON).pop();
        let mut scratch = scratch.unwrap_or_else(|| self.engine.new_scratch());
        let mut row = |&customer: &CustomerIdx| {
            let query = Query {
                n: self.n,
                exclude: &self.exclude,
                ..Query::new(self.placement, Person::replayed(customer), self.now)
            };
            let slate = self.engine.recommend(&query, &mut scratch);
            let models = self.engine.models();
            let customer_id = models.customers.id(customer);
            let asked = [self.placement.name(), customer_id];
            let recommendation_id =
                recommendation_id(self.artifact_id, &asked, self.now, &models.catalogue, &slate);
            SlateRow { recommendation_id, customer_id, slate }
        };
        let rows = customers.iter().map(&mut row).collect();
        self.idle.lock().expect(NO_POISON).push(scratch);
        rows
    }
}
