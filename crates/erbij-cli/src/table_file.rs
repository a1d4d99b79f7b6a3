//! A table to a file, in the format its ending asks for: `.jsonl`, `.csv` or `.parquet`.
//!
//! A spreadsheet takes some texts for formulas, so CSV puts an apostrophe before those. It does so in texts for people
//! alone: an id must leave as it came, since whoever reads the file joins by it.

use std::borrow::Cow;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use arrow_array::{
    ArrayRef, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use erbij_core::{Day, Money, Timestamp, with_commas};
use erbij_export::{FormulaGuard, price_array, price_fields, price_parts};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use serde_json::{Map, Value, json};

use crate::commands::known::note;
use crate::replace_file::replace_file;
use crate::writes::TableFormat;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ColumnKind {
    /// What people read: titles, sentences, names.
    Text,
    /// What machines read: ids, and words of the program. No format changes it.
    Id,
    Count,
    Number,
    Day,
    /// An instant in UTC, to the microsecond.
    Instant,
    /// In CSV two columns, of its digits and of its currency.
    Price,
}

/// A value of a table.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    Text(String),
    Count(u64),
    /// Told with four digits behind the point.
    Number(f64),
    Day(Day),
    Instant(Timestamp),
    Price(Money),
    Empty,
}

/// The columns of a table, by name.
pub(crate) type Columns = &'static [(&'static str, ColumnKind)];

/// A row: a cell a column.
pub(crate) type Row = Vec<Cell>;

impl Cell {
    /// A text, where there is one.
    pub(crate) fn text_or_empty(text: &str) -> Self {
        if text.is_empty() { Self::Empty } else { Self::Text(text.to_owned()) }
    }

    /// The value in JSON.
    pub(crate) fn json(&self) -> Value {
        match self {
            Self::Text(text) => text.as_str().into(),
            Self::Count(count) => (*count).into(),
            Self::Number(number) => rounded(*number).into(),
            Self::Day(day) => day.to_string().into(),
            Self::Instant(instant) => instant.to_string().into(),
            Self::Price(price) => {
                let (amount, currency) = price_parts(*price);
                json!({ "amount": amount, "currency": currency })
            }
            Self::Empty => Value::Null,
        }
    }

    /// The value as people read it, and CSV but for prices.
    pub(crate) fn plain(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) => Cow::Borrowed(text),
            Self::Count(count) => Cow::Owned(count.to_string()),
            Self::Number(number) => Cow::Owned(rounded(*number).to_string()),
            Self::Day(day) => Cow::Owned(day.to_string()),
            Self::Instant(instant) => Cow::Owned(instant.to_string()),
            Self::Price(price) => Cow::Owned(price.to_string()),
            Self::Empty => Cow::Borrowed(""),
        }
    }
}

fn rounded(number: f64) -> f64 {
    (number * 1e4).round() / 1e4
}

/// A row as a JSON object.
pub(crate) fn row_json(columns: Columns, row: &Row) -> Value {
    let fields = columns.iter().zip(row).map(|((name, _), cell)| ((*name).to_owned(), cell.json()));
    Value::Object(fields.collect::<Map<_, _>>())
}

/// A row as a line of JSON, keys in the order of the columns.
fn write_line(file: &mut impl Write, columns: Columns, row: &Row) -> anyhow::Result<()> {
    for (at, ((name, _), cell)) in columns.iter().zip(row).enumerate() {
        file.write_all(if at == 0 { b"{" } else { b"," })?;
        serde_json::to_writer(&mut *file, name)?;
        file.write_all(b":")?;
        serde_json::to_writer(&mut *file, &cell.json())?;
    }
    Ok(file.write_all(b"}\n")?)
}

/// Tells on standard error how many texts a guard changed, where any was.
pub(crate) fn tell_guarded(guard: &FormulaGuard) {
    match guard.n_guarded() {
        0 => {}
        1 => note("1 text begins as a formula does and got an apostrophe in front; ids are as they were"),
        n => {
            let n = with_commas(n);
            note(&format!(
                "{n} texts begin as a formula does and got an apostrophe in front; ids are as they were"
            ));
        }
    }
}

/// Writes shares of rows, one after the other, in the place of what stood at `path`. Says how many rows.
pub(crate) fn write_table(
    path: &Path,
    columns: Columns,
    shares: impl Iterator<Item = Vec<Row>>,
) -> anyhow::Result<u64> {
    write_table_as(path, TableFormat::of(path)?, columns, shares)
}

/// The same in a format that the ending need not say.
pub(crate) fn write_table_as(
    path: &Path,
    format: TableFormat,
    columns: Columns,
    shares: impl Iterator<Item = Vec<Row>>,
) -> anyhow::Result<u64> {
    let mut n_rows = 0;
    let mut counted = shares.inspect(|share| n_rows += share.len() as u64);
    match format {
        TableFormat::Jsonl => replace_file(path, |file| {
            for row in counted.by_ref().flatten() {
                write_line(file, columns, &row)?;
            }
            Ok(())
        })?,
        TableFormat::Csv => write_csv(path, columns, counted.by_ref().flatten())?,
        TableFormat::Parquet => replace_file(path, |file: &mut BufWriter<File>| {
            let compression = Compression::ZSTD(ZstdLevel::default());
            let properties = WriterProperties::builder().set_compression(compression).build();
            let mut writer = ArrowWriter::try_new(file, Arc::new(schema(columns)), Some(properties))?;
            for share in counted.by_ref() {
                writer.write(&batch(columns, &share)?)?;
            }
            writer.close().context("finishing the Parquet file failed")?;
            Ok(())
        })?,
    }
    Ok(n_rows)
}

fn write_csv(path: &Path, columns: Columns, rows: impl Iterator<Item = Row>) -> anyhow::Result<()> {
    let guard = FormulaGuard::default();
    replace_file(path, |file| {
        let mut writer = csv::Writer::from_writer(file);
        for (name, kind) in columns {
            match kind {
                ColumnKind::Price => {
                    writer.write_field(format!("{name}_amount"))?;
                    writer.write_field(format!("{name}_currency"))?;
                }
                _ => writer.write_field(name)?,
            }
        }
        writer.write_record(None::<&[u8]>)?;
        for row in rows {
            for ((_, kind), cell) in columns.iter().zip(&row) {
                if *kind == ColumnKind::Price {
                    let price = match cell {
                        Cell::Price(price) => price_parts(*price),
                        _ => Default::default(),
                    };
                    writer.write_field(price.0)?;
                    writer.write_field(price.1)?;
                    continue;
                }
                let plain = cell.plain();
                let is_text = *kind == ColumnKind::Text;
                let text = if is_text { guard.harmless(&plain) } else { Cow::Borrowed(&*plain) };
                writer.write_field(text.as_bytes())?;
            }
            writer.write_record(None::<&[u8]>)?;
        }
        Ok(writer.flush()?)
    })?;
    tell_guarded(&guard);
    Ok(())
}

fn schema(columns: Columns) -> Schema {
    let field = |&(name, kind): &(&str, ColumnKind)| {
        let data_type = match kind {
            ColumnKind::Text | ColumnKind::Id => DataType::Utf8,
            ColumnKind::Count => DataType::Int64,
            ColumnKind::Number => DataType::Float64,
            ColumnKind::Day => DataType::Date32,
            ColumnKind::Instant => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            ColumnKind::Price => DataType::Struct(price_fields()),
        };
        Field::new(name, data_type, true)
    };
    Schema::new(columns.iter().map(field).collect::<Vec<_>>())
}

fn batch(columns: Columns, rows: &[Row]) -> anyhow::Result<RecordBatch> {
    let arrays = columns.iter().enumerate().map(|(at, (_, kind))| {
        let cells = rows.iter().map(|row| &row[at]);
        let array: ArrayRef = match kind {
            ColumnKind::Text | ColumnKind::Id => {
                Arc::new(StringArray::from_iter(cells.map(|cell| match cell {
                    Cell::Text(text) => Some(text),
                    _ => None,
                })))
            }
            ColumnKind::Count => Arc::new(Int64Array::from_iter(cells.map(|cell| match cell {
                Cell::Count(count) => i64::try_from(*count).ok(),
                _ => None,
            }))),
            ColumnKind::Number => Arc::new(Float64Array::from_iter(cells.map(|cell| match cell {
                Cell::Number(number) => Some(rounded(*number)),
                _ => None,
            }))),
            ColumnKind::Day => Arc::new(Date32Array::from_iter(cells.map(|cell| match cell {
                Cell::Day(day) => Some(day.get()),
                _ => None,
            }))),
            ColumnKind::Instant => {
                let micros = cells.map(|cell| match cell {
                    Cell::Instant(instant) => Some(instant.micros()),
                    _ => None,
                });
                Arc::new(TimestampMicrosecondArray::from_iter(micros).with_timezone("UTC"))
            }
            ColumnKind::Price => Arc::new(price_array(cells.map(|cell| match cell {
                Cell::Price(price) => Some(*price),
                _ => None,
            }))),
        };
        array
    });
    Ok(RecordBatch::try_new(Arc::new(schema(columns)), arrays.collect())?)
}

#[cfg(test)]
mod tests {
    use erbij_core::Currency;

    use super::*;

    const COLUMNS: Columns = &[
        ("who", ColumnKind::Id),
        ("title", ColumnKind::Text),
        ("n", ColumnKind::Count),
        ("p", ColumnKind::Number),
        ("on", ColumnKind::Day),
        ("at", ColumnKind::Instant),
        ("price", ColumnKind::Price),
    ];

    fn rows() -> Vec<Row> {
        vec![
            vec![
                Cell::Text("+31612345678".to_owned()),
                Cell::Text("=a,b".to_owned()),
                Cell::Count(2),
                Cell::Number(0.123_456),
                Cell::Day(Day::new(0)),
                Cell::Instant(Timestamp::from_micros(1)),
                Cell::Price(Money::from_major(12.5, Currency::EUR).expect("an amount")),
            ],
            vec![
                Cell::Empty,
                Cell::Empty,
                Cell::Empty,
                Cell::Number(-1.0),
                Cell::Empty,
                Cell::Empty,
                Cell::Empty,
            ],
        ]
    }

    #[test]
    fn one_table_in_every_format() {
        let place = tempfile::tempdir().expect("a place");
        let write = |name: &str| {
            let path = place.path().join(name);
            let n_rows = write_table(&path, COLUMNS, rows().into_iter().map(|row| vec![row]));
            assert_eq!(n_rows.expect("writable"), 2);
            std::fs::read(path).expect("just written")
        };
        let text = |name| String::from_utf8(write(name)).expect("text");
        assert_eq!(
            text("a.csv"),
            "who,title,n,p,on,at,price_amount,price_currency\n+31612345678,\"'=a,b\",2,0.1235,1970-01-01,1970-01-01T00:00:00.000001Z,12.50,EUR\n,,,-1,,,,\n"
        );
        assert_eq!(
            text("a.jsonl"),
            "{\"who\":\"+31612345678\",\"title\":\"=a,b\",\"n\":2,\"p\":0.1235,\"on\":\"1970-01-01\",\"at\":\"1970-01-01T00:00:00.000001Z\",\"price\":{\"amount\":\"12.50\",\"currency\":\"EUR\"}}\n{\"who\":null,\"title\":null,\"n\":null,\"p\":-1.0,\"on\":null,\"at\":null,\"price\":null}\n"
        );
        assert!(write("a.parquet").starts_with(b"PAR1"));
        let error =
            write_table(&place.path().join("a.txt"), COLUMNS, std::iter::empty()).expect_err("no format");
        assert!(error.to_string().ends_with("has the ending `txt`; expected `.jsonl`, `.csv` or `.parquet`"));
    }
}
