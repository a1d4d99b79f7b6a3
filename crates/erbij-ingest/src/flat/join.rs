//! Another file's columns beside those of a table, by a key: orders beside their lines, titles beside products.
//!
//! ```toml
//! [[tables.orders.join]]
//! file = "orders_header.parquet"
//! on = { order_id = "id" }
//! only = { lang = ["nl"] }
//! ```

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, UInt32Array};
use arrow_schema::{Field, Fields, Schema};
use arrow_select::concat::concat_batches;
use arrow_select::take::take;

use super::opened::Opened;
use super::rows::{Made, Rows, rewrite};
use crate::files;
use crate::footer::guarded;
use crate::intern::{Interner, MISSING, TOO_LONG};
use crate::left_out;
use crate::names::normalise;
use crate::settings::Join;
use crate::values::{Ids, plain};
use crate::{IngestError, Limits};

/// The rows of the other file, and which one each key has.
struct Other {
    rows: RecordBatch,
    ids: Ids,
    /// By key the first row that has it.
    row_of_key: Vec<u32>,
    n_rows: u64,
    n_again: u64,
}

/// Files with the columns of another beside their own, and what is told of it.
pub(crate) fn join(
    table: &'static str,
    opened: Vec<Opened>,
    join: &Join,
    limits: &Limits,
) -> Result<(Vec<Opened>, Vec<String>), IngestError> {
    let mut other = read_other(table, join, limits)?;
    let (mut n_found, mut n_all) = (0_u64, 0_u64);
    let mut joined = Vec::with_capacity(opened.len());
    for file in opened {
        let key = key_of(table, &file.name, file.schema().fields(), join.on.own())?;
        let schema = schema_of(&file, &other.rows, join);
        joined.push(rewrite(&file, &Arc::new(schema.clone()), limits, |batch| {
            let rows = other.rows_of(batch.column(key), &file.name)?;
            n_all += rows.len() as u64;
            n_found += rows.iter().flatten().count() as u64;
            let rows = UInt32Array::from(rows);
            let taken = || {
                let of_other = other.rows.columns().iter().map(|column| take(column, &rows, None));
                let columns = batch.columns().iter().cloned().map(Ok).chain(of_other);
                let columns: Vec<ArrayRef> = columns.collect::<Result<_, _>>()?;
                Ok(RecordBatch::try_new(Arc::new(schema.clone()), columns)?)
            };
            Ok(Made { batch: guarded(&file.name, taken)?, first_rows: None })
        })?);
    }
    let mut hints =
        vec![format!("{n_found} of {n_all} rows match a row in `{}` by `{}`", join.file, join.on.own())];
    if 0 < other.n_again {
        hints.push(format!(
            "{} of {} rows of `{}` repeat the key of an earlier row; the first row is used; select rows with `only`",
            other.n_again, other.n_rows, join.file
        ));
    }
    Ok((joined, hints))
}

/// How many rows of the other file have a key that an earlier row has.
pub(crate) fn n_again(table: &'static str, join: &Join, limits: &Limits) -> Result<u64, IngestError> {
    read_other(table, join, limits).map(|other| other.n_again)
}

impl Other {
    fn rows_of(&mut self, keys: &ArrayRef, file: &str) -> Result<Vec<Option<u32>>, IngestError> {
        let mut found = Vec::with_capacity(keys.len());
        read_keys(&mut self.ids, keys, &mut found, file)?;
        let row = |key: u32| self.row_of_key.get(key as usize).copied().filter(|&row| row != MISSING);
        Ok(found.into_iter().map(|key| row(key).filter(|_| key < TOO_LONG)).collect())
    }
}

fn read_keys(ids: &mut Ids, keys: &ArrayRef, out: &mut Vec<u32>, file: &str) -> Result<(), IngestError> {
    let read = plain(keys).and_then(|keys| ids.read(Some(&keys), keys.len(), out));
    read.map_err(|what| IngestError::Damaged { file: file.to_owned(), what })
}

fn read_other(table: &'static str, join: &Join, limits: &Limits) -> Result<Other, IngestError> {
    let listing = files::list(&join.file, limits)?;
    let (mut batches, mut kept) = (Vec::new(), 0);
    for part in &listing.parts {
        let opened = Opened::open(part, limits)?;
        let mut rows = Rows::of(&opened, limits)?;
        while let Some(batch) = rows.next()? {
            let batch = left_out::keep(&batch, &join.only, &opened.name)?;
            kept += batch.num_rows() as u64;
            if limits.max_rows < kept {
                return Err(IngestError::Limit {
                    file: opened.name.clone(),
                    what: "rows up to its end",
                    found: kept,
                    limit: limits.max_rows,
                    setting: "max_rows",
                });
            }
            batches.push(batch);
        }
    }
    let Some(first) = batches.first() else {
        return Err(IngestError::Damaged {
            file: join.file.clone(),
            what: "it has no rows to join".to_owned(),
        });
    };
    let schema = first.schema();
    let rows = guarded(&join.file, || Ok(concat_batches(&schema, &batches)?))?;
    let key = key_of(table, &join.file, schema.fields(), join.on.other())?;
    let mut ids = Ids::new(Interner::new(limits.max_id_bytes));
    let mut keys = Vec::with_capacity(rows.num_rows());
    read_keys(&mut ids, rows.column(key), &mut keys, &join.file)?;
    let mut row_of_key = vec![MISSING; ids.interner.len()];
    let mut n_again = 0;
    for (row, &key) in keys.iter().enumerate().filter(|&(_, &key)| key < TOO_LONG) {
        match &mut row_of_key[key as usize] {
            first if *first == MISSING => *first = row as u32,
            _ => n_again += 1,
        }
    }
    let n_rows = rows.num_rows() as u64;
    Ok(Other { rows, ids, row_of_key, n_rows, n_again })
}

/// The columns of the file, and behind them those of the other. One that is called alike is called after its file.
fn schema_of(file: &Opened, other: &RecordBatch, join: &Join) -> Schema {
    let stem = std::path::Path::new(&join.file)
        .file_stem()
        .map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    let own = file.schema().fields();
    let is_taken = |name: &str| own.iter().any(|field| normalise(field.name()) == normalise(name));
    let schema = other.schema();
    let renamed = schema.fields().iter().map(|field| {
        let name =
            if is_taken(field.name()) { format!("{stem}.{}", field.name()) } else { field.name().clone() };
        Arc::new(Field::new(name, field.data_type().clone(), true))
    });
    Schema::new(own.iter().cloned().chain(renamed).collect::<Fields>())
}

fn key_of(table: &'static str, file: &str, fields: &Fields, wanted: &str) -> Result<usize, IngestError> {
    let found = fields.iter().position(|field| field.name() == wanted);
    found.ok_or_else(|| {
        let names: BTreeMap<&str, ()> = fields.iter().map(|field| (field.name().as_str(), ())).collect();
        let names: Vec<String> = names.keys().map(|name| format!("`{name}`")).collect();
        IngestError::MappedColumn {
            file: file.to_owned(),
            table,
            name: "join.on".to_owned(),
            mapped: wanted.to_owned(),
            hint: format!("its columns are {}", names.join(", ")),
        }
    })
}
