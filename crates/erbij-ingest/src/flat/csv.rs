//! Text between delimiters: all columns become text, row by row, an empty field no value.
//!
//! Fields are quoted as RFC 4180 says. What cannot be read as it was meant is an error that names file, row and
//! line: a row of other length, a quote that is never closed, bytes that are no UTF-8.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Chain, Cursor, Read};
use std::path::Path;
use std::sync::Arc;

use ::csv::{ByteRecord, Reader, ReaderBuilder};
use arrow_array::builder::StringBuilder;
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use erbij_core::Timestamp;
use flate2::bufread::MultiGzDecoder;

use super::{Note, Rewritten, Target, dialect};
use crate::{IngestError, Limits};

/// How much is looked at before the first row is read.
const SAMPLE_BYTES: u64 = 64 << 10;

/// A row of more is a quote left open, or an attack.
const MAX_ROW_BYTES: u64 = 16 << 20;

/// Rows and bytes gathered before they are written.
const BATCH_ROWS: usize = 1 << 13;
const BATCH_BYTES: usize = 4 << 20;

/// Follows the last row. Where it does not come out as a row of its own, a quote is open that swallowed it.
const END: &[u8] = b"\n\0end of table\0";

/// Rewrites a text file. O(bytes), in memory of a few batches.
pub(crate) fn rewrite(path: &Path, name: &str, limits: &Limits) -> Result<Rewritten, IngestError> {
    let (text, delimiter, mut notes) = open(path, name)?;
    let reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .buffer_capacity(SAMPLE_BYTES as usize)
        .from_reader(Bounded { inner: text.chain(END), left: 0 });
    let mut rows = Rows { path, name, reader, record: ByteRecord::new(), row: None };
    let names = header(&mut rows, limits, &mut notes)?;
    let fields: Vec<Field> = names.iter().map(|name| Field::new(name, DataType::Utf8, true)).collect();
    let schema = Arc::new(Schema::new(fields));
    let mut target = Target::create(name, &schema, limits)?;
    let mut columns: Vec<StringBuilder> = names.iter().map(|_| StringBuilder::new()).collect();
    let (mut n_rows, mut n_bytes) = (0, 0);
    while rows.next()? {
        rows.append(&names, delimiter, &mut columns)?;
        n_rows += 1;
        n_bytes += rows.record.as_slice().len();
        if n_rows == BATCH_ROWS || BATCH_BYTES <= n_bytes {
            target.write(&batch(&schema, &mut columns))?;
            (n_rows, n_bytes) = (0, 0);
        }
    }
    target.write(&batch(&schema, &mut columns))?;
    target.finish(None, notes)
}

fn batch(schema: &SchemaRef, columns: &mut [StringBuilder]) -> RecordBatch {
    let columns = columns.iter_mut().map(|column| Arc::new(column.finish()) as ArrayRef).collect();
    RecordBatch::try_new(Arc::clone(schema), columns).expect("a value in each column for each row")
}

type Text = Chain<Cursor<Vec<u8>>, Box<dyn Read>>;

/// Opens a text, packed or not; what divides it, and whether that is to be told.
fn open(path: &Path, name: &str) -> Result<(Text, u8, Vec<Note>), IngestError> {
    let io = |source| IngestError::Io { file: name.to_owned(), source };
    let mut file = BufReader::new(File::open(path).map_err(io)?);
    // By what it is, since names lie: packed files are met without their ending.
    let is_packed = file.fill_buf().map_err(io)?.starts_with(&[0x1f, 0x8b]);
    let mut text: Box<dyn Read> = match is_packed {
        true => Box::new(MultiGzDecoder::new(file)),
        false => Box::new(file),
    };
    let mut sample = Vec::new();
    text.by_ref().take(SAMPLE_BYTES).read_to_end(&mut sample).map_err(io)?;
    check_encoding(name, &sample)?;
    if sample.starts_with("\u{feff}".as_bytes()) {
        sample.drain(..3);
    }
    let lower = name.to_lowercase();
    let ending = lower.strip_suffix(".gz").unwrap_or(&lower);
    let expected = if ending.ends_with(".tsv") { b'\t' } else { b',' };
    let is_whole = (sample.len() as u64) < SAMPLE_BYTES - 3;
    let delimiter = dialect::delimiter(&sample, is_whole, expected);
    let is_told = delimiter != expected || !(ending.ends_with(".csv") || ending.ends_with(".tsv"));
    let notes = is_told.then(|| Note::Divided(char::from(delimiter))).into_iter().collect();
    Ok((Cursor::new(sample).chain(text), delimiter, notes))
}

/// Refuses what is no text in an encoding that is read here.
fn check_encoding(name: &str, sample: &[u8]) -> Result<(), IngestError> {
    let no_text = |what: &str, hint: String| Err(wrong(name, "its beginning", what, hint));
    if sample.trim_ascii().is_empty() {
        return no_text("it is empty", "check whether it is still being written".to_owned());
    }
    match sample.get(..4) {
        _ if is_utf16(sample) => no_text("it is UTF-16, expected UTF-8", iconv(name, "UTF-16")),
        Some(b"PK\x03\x04") => no_text("it is a zip archive", format!("unpack it: `unzip '{name}'`")),
        Some(b"PAR1") => no_text("it is a Parquet file", "give it a name that ends in `.parquet`".to_owned()),
        _ if sample.contains(&0) => {
            no_text("it holds bytes that are not text", "check which program wrote it".to_owned())
        }
        _ => Ok(()),
    }
}

/// By its mark, or since every other of the first bytes is zero.
fn is_utf16(sample: &[u8]) -> bool {
    let head = &sample[..sample.len().min(64)];
    let is_zero = |at: usize| head.iter().skip(at).step_by(2).all(|&byte| byte == 0);
    sample.starts_with(&[0xff, 0xfe]) || sample.starts_with(&[0xfe, 0xff]) || is_zero(0) || is_zero(1)
}

fn iconv(name: &str, from: &str) -> String {
    match name.to_lowercase().ends_with(".gz") {
        true => format!("convert it: `gunzip -c '{name}' | iconv -f {from} -t UTF-8 > utf8.csv`"),
        false => format!("convert it: `iconv -f {from} -t UTF-8 '{name}' > utf8.csv`"),
    }
}

fn wrong(
    name: &str,
    place: impl Into<String>,
    what: impl Into<String>,
    hint: impl Into<String>,
) -> IngestError {
    IngestError::Unreadable {
        file: name.to_owned(),
        place: place.into(),
        what: what.into(),
        hint: hint.into(),
    }
}

/// The names of the columns. A name that stands again gets a number, one that is empty its position.
fn header(rows: &mut Rows<'_>, limits: &Limits, notes: &mut Vec<Note>) -> Result<Vec<String>, IngestError> {
    let n_columns = if rows.next()? { rows.record.len() } else { 0 };
    if limits.max_columns < n_columns {
        return Err(IngestError::Limit {
            file: rows.name.to_owned(),
            what: "columns",
            found: n_columns as u64,
            limit: limits.max_columns as u64,
            setting: "max_columns",
        });
    }
    let mut names: Vec<String> = Vec::with_capacity(n_columns);
    let mut seen = std::collections::BTreeSet::new();
    let mut n_values = 0;
    for (at, field) in rows.record.iter().enumerate() {
        let Ok(field) = std::str::from_utf8(field) else {
            let what = format!("column {} is not UTF-8", at + 1);
            return Err(wrong(rows.name, "its header", what, iconv(rows.name, "WINDOWS-1252")));
        };
        let field = field.trim();
        n_values += usize::from(field.parse::<f64>().is_ok() || Timestamp::parse(field).is_ok());
        let mut name = if field.is_empty() { format!("column {}", at + 1) } else { field.to_owned() };
        if seen.contains(&name) {
            notes.push(Note::NamedTwice(name.clone()));
            let again = |n: &usize| !seen.contains(&format!("{name} ({n})"));
            let n = (2..).find(again).expect("numbers do not end");
            name = format!("{name} ({n})");
        }
        seen.insert(name.clone());
        names.push(name);
    }
    if n_columns < 2 * n_values {
        let what = format!("its first row holds values, expected the names of columns; found `{}`", names[0]);
        return Err(wrong(rows.name, "line 1", what, "add a first line with the column names"));
    }
    Ok(names)
}

/// The rows of a text, each checked.
struct Rows<'a> {
    path: &'a Path,
    name: &'a str,
    reader: Reader<Bounded>,
    record: ByteRecord,
    /// The header is 0, so that rows are counted as in the same table as Parquet; none is read yet.
    row: Option<u64>,
}

impl Rows<'_> {
    /// Reads the next row; whether there is one.
    fn next(&mut self) -> Result<bool, IngestError> {
        self.reader.get_mut().left = MAX_ROW_BYTES;
        self.row = Some(self.row.map_or(0, |row| row + 1));
        let read = self.reader.read_byte_record(&mut self.record);
        let hint = "a quote may be unclosed; write `\"` inside quotes as `\"\"`";
        match read {
            Ok(_) if self.record.len() == 1 && self.record[0] == END[1..] => {
                let more = self.reader.read_byte_record(&mut self.record).unwrap_or(true);
                if more {
                    Err(self.wrong("it holds bytes that are not text", "check which program wrote it"))
                } else {
                    Ok(false)
                }
            }
            Ok(true) if !self.record.iter().next_back().is_some_and(|last| last.ends_with(END)) => Ok(true),
            Ok(_) => Err(self.wrong("a quote is opened and never closed", hint)),
            Err(_) if self.reader.get_ref().left == 0 => {
                Err(self.wrong(format!("it is longer than {} MiB", MAX_ROW_BYTES >> 20), hint))
            }
            Err(error) => {
                let source = match error.into_kind() {
                    ::csv::ErrorKind::Io(source) => source,
                    other => io::Error::other(format!("{other:?}")),
                };
                Err(IngestError::Io { file: self.name.to_owned(), source })
            }
        }
    }

    /// Appends the row to the columns.
    fn append(
        &self,
        names: &[String],
        delimiter: u8,
        columns: &mut [StringBuilder],
    ) -> Result<(), IngestError> {
        let (found, expected) = (self.record.len(), columns.len());
        if found != expected {
            let mark =
                if delimiter == b'\t' { "a tab".to_owned() } else { format!("`{}`", char::from(delimiter)) };
            let what = format!("it has {found} fields, expected {expected} as in the header");
            let hint = format!("put a value that holds {mark}, a quote or a line break in quotes: `\"…\"`");
            return Err(self.wrong(what, hint));
        }
        for ((field, column), name) in self.record.iter().zip(columns).zip(names) {
            match std::str::from_utf8(field) {
                Ok("") => column.append_null(),
                Ok(text) => column.append_value(text),
                Err(_) => {
                    let what = format!("column `{name}` is not UTF-8");
                    return Err(self.wrong(what, iconv(self.name, "WINDOWS-1252")));
                }
            }
        }
        Ok(())
    }

    fn wrong(&self, what: impl Into<String>, hint: impl Into<String>) -> IngestError {
        let place = match (self.row, self.record.position()) {
            (None | Some(0), _) => "its header".to_owned(),
            (Some(row), Some(position)) => {
                format!("row {row} (line {})", line_at(self.path, self.name, position.byte()))
            }
            (Some(row), None) => format!("row {row}"),
        };
        wrong(self.name, place, what, hint)
    }
}

/// The line of the first text at or after a byte. The reader's own count stays behind where lines end in two bytes or
/// are empty, so the text is read again: this is asked for once, when all is over.
fn line_at(path: &Path, name: &str, byte: u64) -> u64 {
    let Ok((text, ..)) = open(path, name) else { return 0 };
    let mut text = BufReader::new(text);
    let mut n_lines = 0;
    for (at, byte_there) in (0_u64..).zip(text.by_ref().bytes().map_while(Result::ok)) {
        if byte <= at && !matches!(byte_there, b'\n' | b'\r') {
            break;
        }
        n_lines += u64::from(byte_there == b'\n');
    }
    n_lines + 1
}

/// Hands out so much and no more, until it is allowed more.
struct Bounded {
    inner: Chain<Text, &'static [u8]>,
    left: u64,
}

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(io::Error::other("a row that does not end"));
        }
        let n = buffer.len().min(self.left as usize);
        let n = self.inner.read(&mut buffer[..n])?;
        self.left -= n as u64;
        Ok(n)
    }
}
