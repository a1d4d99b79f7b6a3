//! Rows that hold several lines side by side: `item_1`, `item_2` and so on, each a row of its own.
//!
//! ```toml
//! [tables.orders]
//! wide = { item_id = "Item *", quantity = "Qty *" }
//! ```

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::{Array, ArrayRef, RecordBatch, UInt32Array};
use arrow_cast::cast;
use arrow_schema::{DataType, Field, Fields, Schema};
use arrow_select::interleave::interleave;
use arrow_select::take::take;

use super::opened::Opened;
use super::rows::{Made, rewrite};
use crate::footer::guarded;
use crate::{IngestError, Limits};

/// The columns of one file that stand side by side.
struct Wide {
    /// By name the columns, in the order of their numbers; the first is what a line must have.
    columns: Vec<(String, Vec<Option<usize>>)>,
    /// The other columns.
    others: Vec<usize>,
}

/// Files of which each row is as many rows as it has lines.
pub(crate) fn unfold(
    table: &'static str,
    opened: Vec<Opened>,
    wide: &BTreeMap<String, String>,
    limits: &Limits,
) -> Result<Vec<Opened>, IngestError> {
    let unfold_file = |file: Opened| {
        let plan = Wide::of(table, &file, wide)?;
        let fields = file.schema().fields();
        let kept = plan.others.iter().map(|&column| Arc::clone(&fields[column]));
        let made = plan.columns.iter().map(|(name, _)| Arc::new(Field::new(name, DataType::Utf8, true)));
        let schema = Arc::new(Schema::new(kept.chain(made).collect::<Fields>()));
        rewrite(&file, &schema, limits, |batch| {
            let (rows, places, first_rows) = plan.lines(batch);
            let make = || Ok(plan.batch(batch, &schema, rows, &places)?);
            Ok(Made { batch: guarded(&file.name, make)?, first_rows: Some(first_rows) })
        })
    };
    opened.into_iter().map(unfold_file).collect()
}

impl Wide {
    fn of(table: &'static str, file: &Opened, wide: &BTreeMap<String, String>) -> Result<Self, IngestError> {
        let fields = file.schema().fields();
        let mut columns = Vec::new();
        for (name, pattern) in wide {
            let numbered = numbered(fields, pattern);
            if numbered.is_empty() {
                return Err(IngestError::MappedColumn {
                    file: file.name.clone(),
                    table,
                    name: format!("wide.{name}"),
                    mapped: pattern.clone(),
                    hint: "write `*` in place of the number, as in `item_*`".to_owned(),
                });
            }
            columns.push((name.clone(), numbered));
        }
        // What must be there comes first.
        columns.sort_by_key(|(name, _)| name != "item_id" && name != "id");
        let numbers: Vec<u32> =
            columns.first().map_or_else(Vec::new, |(_, first)| first.keys().copied().collect());
        let used: Vec<usize> = columns.iter().flat_map(|(_, of)| of.values().copied()).collect();
        let aligned = columns
            .into_iter()
            .map(|(name, of)| (name, numbers.iter().map(|number| of.get(number).copied()).collect()));
        Ok(Self {
            columns: aligned.collect(),
            others: (0..fields.len()).filter(|column| !used.contains(column)).collect(),
        })
    }

    /// The row and the place of each line, and where each row's lines begin.
    fn lines(&self, batch: &RecordBatch) -> (Vec<u32>, Vec<usize>, Vec<u32>) {
        let (mut rows, mut places, mut first_rows) = (Vec::new(), Vec::new(), Vec::new());
        let texts: Vec<Option<ArrayRef>> = self.columns.first().map_or_else(Vec::new, |(_, columns)| {
            columns.iter().map(|column| cast(batch.column((*column)?), &DataType::Utf8).ok()).collect()
        });
        let has = |text: &ArrayRef, row: usize| {
            use arrow_array::cast::AsArray;
            text.is_valid(row) && !text.as_string::<i32>().value(row).trim().is_empty()
        };
        for row in 0..batch.num_rows() {
            first_rows.push(rows.len() as u32);
            for (place, text) in texts.iter().enumerate() {
                if text.as_ref().is_some_and(|text| has(text, row)) {
                    rows.push(row as u32);
                    places.push(place);
                }
            }
        }
        (rows, places, first_rows)
    }

    fn batch(
        &self,
        batch: &RecordBatch,
        schema: &Arc<Schema>,
        rows: Vec<u32>,
        places: &[usize],
    ) -> Result<RecordBatch, arrow_schema::ArrowError> {
        let at: Vec<(usize, usize)> =
            places.iter().copied().zip(rows.iter().map(|&row| row as usize)).collect();
        let rows = UInt32Array::from(rows);
        let mut columns = Vec::with_capacity(schema.fields().len());
        for &other in &self.others {
            columns.push(take(batch.column(other), &rows, None)?);
        }
        for (_, of_places) in &self.columns {
            let nothing = arrow_array::new_null_array(&DataType::Utf8, batch.num_rows());
            let texts: Vec<ArrayRef> = of_places
                .iter()
                .map(|column| {
                    column.map_or(Ok(Arc::clone(&nothing)), |column| {
                        cast(batch.column(column), &DataType::Utf8)
                    })
                })
                .collect::<Result<_, _>>()?;
            let texts: Vec<&dyn Array> = texts.iter().map(AsRef::as_ref).collect();
            columns.push(interleave(&texts, &at)?);
        }
        RecordBatch::try_new(Arc::clone(schema), columns)
    }
}

/// The columns that a pattern means, by the number in the place of its `*`.
fn numbered(fields: &Fields, pattern: &str) -> BTreeMap<u32, usize> {
    let Some((before, after)) = pattern.split_once('*') else { return BTreeMap::new() };
    let number = |name: &str| name.strip_prefix(before)?.strip_suffix(after)?.parse::<u32>().ok();
    fields.iter().enumerate().filter_map(|(at, field)| Some((number(field.name())?, at))).collect()
}
