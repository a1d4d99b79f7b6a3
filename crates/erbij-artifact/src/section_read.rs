//! The bytes of an Arrow IPC file to columns that point into them.
//!
//! The general reader of `arrow-ipc` trusts more than a file from a disk deserves: a foreign type, a buffer
//! behind the end or a null count without a bitmap make it panic. A section has one known shape, so it is
//! read here by that shape: both flatbuffers are verified, the schema must be the expected one, each buffer
//! must lie within the body and hold what its rows need, and only then is it taken, without a copy.
//! O(columns) and the checks of offsets and text, O(bytes) of them.

use std::mem::size_of;
use std::ops::Range;

use arrow_buffer::{ArrowNativeType, BooleanBuffer, Buffer, ScalarBuffer};
use arrow_ipc::{
    DateUnit, Endianness, MetadataVersion, Precision, TimeUnit, Type, root_as_footer, root_as_message,
};
use erbij_core::{RowOffsets, RowOffsetsError, StrColumn, StrColumnError};

use crate::section_spec::{Kind, SectionSpec};

/// Both ends of an Arrow IPC file.
const MAGIC: &[u8] = b"ARROW1";
/// Footer length and magic.
const TRAILER_BYTES: usize = 10;

/// Why bytes are not the section they should be.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SectionError {
    /// The frame of the file is broken: magic, footer, or where its parts lie.
    #[error("it is not an Arrow IPC file: {0}")]
    Frame(&'static str),
    /// A flatbuffer points outside itself.
    #[error("its {part} is not valid: {reason}")]
    Flatbuffer {
        /// Footer or message.
        part: &'static str,
        /// What its verifier says.
        reason: String,
    },
    /// It is good Arrow, but made in a way this format leaves out.
    #[error("it uses {0}, which this format does not allow")]
    Unsupported(&'static str),
    /// Other columns than the section has.
    #[error("column {position} is `{found}`, expected `{expected}`")]
    Column {
        /// Which, from 0.
        position: usize,
        /// Name and type found.
        found: String,
        /// Name and type expected.
        expected: String,
    },
    /// A buffer does not hold what its column needs.
    #[error("column `{column}`: {rule}")]
    Values {
        /// The column.
        column: &'static str,
        /// The rule it breaks.
        rule: &'static str,
    },
    /// Offsets of a list column fall.
    #[error("column `{column}` has invalid offsets")]
    Offsets {
        /// The column.
        column: &'static str,
        /// Where.
        source: RowOffsetsError,
    },
    /// A text column is no text.
    #[error("column `{column}` has invalid text")]
    Text {
        /// The column.
        column: &'static str,
        /// Where.
        source: StrColumnError,
    },
}

/// A section as it lies in memory: its columns, in the order of its spec.
#[derive(Debug)]
pub(crate) struct Section {
    /// How many rows each column has.
    pub(crate) n_rows: usize,
    columns: std::vec::IntoIter<Column>,
}

#[derive(Debug)]
enum Column {
    Text(StrColumn),
    Bytes(ScalarBuffer<u8>),
    Numbers(ScalarBuffer<u32>),
    Weights(ScalarBuffer<f32>),
    Parameters(ScalarBuffer<f64>),
    LongNumbers(ScalarBuffer<i64>),
    Days(ScalarBuffer<i32>),
    /// Offsets, values and how many bytes each of these has.
    Lists(RowOffsets, Buffer, usize),
}

/// The spec and the reader agree on the kinds of columns; a difference is a bug that any test meets.
const BY_SPEC: &str = "columns are taken in the order and of the kind their spec says";

impl Section {
    pub(crate) fn text(&mut self) -> StrColumn {
        match self.columns.next() {
            Some(Column::Text(column)) => column,
            _ => unreachable!("{BY_SPEC}"),
        }
    }

    pub(crate) fn bytes(&mut self) -> ScalarBuffer<u8> {
        match self.columns.next() {
            Some(Column::Bytes(column)) => column,
            _ => unreachable!("{BY_SPEC}"),
        }
    }

    pub(crate) fn numbers(&mut self) -> ScalarBuffer<u32> {
        match self.columns.next() {
            Some(Column::Numbers(column)) => column,
            _ => unreachable!("{BY_SPEC}"),
        }
    }

    pub(crate) fn weights(&mut self) -> ScalarBuffer<f32> {
        match self.columns.next() {
            Some(Column::Weights(column)) => column,
            _ => unreachable!("{BY_SPEC}"),
        }
    }

    pub(crate) fn parameters(&mut self) -> ScalarBuffer<f64> {
        match self.columns.next() {
            Some(Column::Parameters(column)) => column,
            _ => unreachable!("{BY_SPEC}"),
        }
    }

    pub(crate) fn long_numbers(&mut self) -> ScalarBuffer<i64> {
        match self.columns.next() {
            Some(Column::LongNumbers(column)) => column,
            _ => unreachable!("{BY_SPEC}"),
        }
    }

    pub(crate) fn days(&mut self) -> ScalarBuffer<i32> {
        match self.columns.next() {
            Some(Column::Days(column)) => column,
            _ => unreachable!("{BY_SPEC}"),
        }
    }

    /// Lists whose values have as many bytes as the column's.
    pub(crate) fn lists<T: ArrowNativeType>(&mut self) -> (RowOffsets, ScalarBuffer<T>) {
        match self.columns.next() {
            Some(Column::Lists(rows, values, n_bytes)) if size_of::<T>() == n_bytes => {
                let n_values = rows.n_values();
                (rows, ScalarBuffer::new(values, 0, n_values))
            }
            _ => unreachable!("{BY_SPEC}"),
        }
    }
}

/// Reads a whole file as a section.
pub(crate) fn read_section(file: &Buffer, spec: &SectionSpec) -> Result<Section, SectionError> {
    let footer_range = footer_range(file)?;
    let footer = root_as_footer(&file[footer_range.clone()])
        .map_err(|error| SectionError::Flatbuffer { part: "footer", reason: error.to_string() })?;
    if footer.version() != MetadataVersion::V5 {
        return Err(SectionError::Unsupported("a metadata version other than V5"));
    }
    if footer.dictionaries().is_some_and(|blocks| !blocks.is_empty()) {
        return Err(SectionError::Unsupported("dictionaries"));
    }
    check_schema(footer.schema().ok_or(SectionError::Frame("the footer has no schema"))?, spec)?;
    let block = match footer.recordBatches() {
        Some(blocks) if blocks.len() == 1 => *blocks.get(0),
        _ => return Err(SectionError::Unsupported("a number of record batches other than one")),
    };
    let metadata = block_range(block.offset(), i64::from(block.metaDataLength()), footer_range.start)?;
    let body = block_range(metadata.end as i64, block.bodyLength(), footer_range.start)?;
    read_batch(&file[metadata], &file.slice_with_length(body.start, body.len()), spec)
}

fn footer_range(file: &[u8]) -> Result<Range<usize>, SectionError> {
    let Some(end) = file.len().checked_sub(TRAILER_BYTES) else {
        return Err(SectionError::Frame("it is too short"));
    };
    let (length, magic) = file[end..].split_at(4);
    if !file.starts_with(MAGIC) || magic != MAGIC {
        return Err(SectionError::Frame("the magic `ARROW1` is missing"));
    }
    let length = i32::from_le_bytes(length.try_into().expect("split at four"));
    match usize::try_from(length).ok().and_then(|length| end.checked_sub(length)) {
        Some(start) if 8 <= start => Ok(start..end),
        _ => Err(SectionError::Frame("the footer does not fit into the file")),
    }
}

/// A range from numbers nobody vouches for; must lie between the magic and the footer.
fn block_range(start: i64, length: i64, limit: usize) -> Result<Range<usize>, SectionError> {
    let outside = SectionError::Frame("a block lies outside the file");
    let (Ok(start), Ok(length)) = (usize::try_from(start), usize::try_from(length)) else {
        return Err(outside);
    };
    match start.checked_add(length) {
        Some(end) if 8 <= start && end <= limit => Ok(start..end),
        _ => Err(outside),
    }
}

fn check_schema(schema: arrow_ipc::Schema<'_>, spec: &SectionSpec) -> Result<(), SectionError> {
    if schema.endianness() != Endianness::Little {
        return Err(SectionError::Unsupported("big-endian numbers"));
    }
    let fields = schema.fields();
    let n_fields = fields.as_ref().map_or(0, |fields| fields.len());
    for position in 0..n_fields.max(spec.columns.len()) {
        let found = match &fields {
            Some(fields) if position < n_fields => describe(&fields.get(position)),
            _ => "nothing".to_owned(),
        };
        let expected = match spec.columns.get(position) {
            Some(column) => format!("{}: {}", column.name, column.kind.type_name()),
            None => "nothing".to_owned(),
        };
        if found != expected {
            return Err(SectionError::Column { position, found, expected });
        }
    }
    Ok(())
}

fn describe(field: &arrow_ipc::Field<'_>) -> String {
    format!("{}: {}", field.name().unwrap_or(""), type_name(field))
}

/// The type of a field in the words of [`Kind::type_name`]; anything else in words equal to none of them.
fn type_name(field: &arrow_ipc::Field<'_>) -> String {
    let nullability = if field.nullable() { "" } else { " not null" };
    if field.dictionary().is_some() {
        return format!("dictionary{nullability}");
    }
    let name = match field.type_type() {
        Type::Utf8 => Some("utf8".to_owned()),
        Type::Int => field
            .type_as_int()
            .map(|int| format!("{}int{}", if int.is_signed() { "" } else { "u" }, int.bitWidth())),
        Type::FloatingPoint => field.type_as_floating_point().map(|float| {
            match float.precision() {
                Precision::SINGLE => "float",
                Precision::DOUBLE => "double",
                _ => "other float",
            }
            .to_owned()
        }),
        Type::Date => field
            .type_as_date()
            .map(|date| if date.unit() == DateUnit::DAY { "date32" } else { "other date" }.to_owned()),
        Type::Timestamp => field.type_as_timestamp().map(|at| {
            let unit = if at.unit() == TimeUnit::MICROSECOND { "us" } else { "other unit" };
            format!("timestamp[{unit}, {}]", at.timezone().unwrap_or("no zone"))
        }),
        Type::LargeList => match field.children() {
            // One level is all a section has; deeper ones are not followed.
            Some(children) if children.len() == 1 && children.get(0).type_type() != Type::LargeList => {
                Some(format!("large_list<{}>", type_name(&children.get(0))))
            }
            _ => None,
        },
        _ => None,
    };
    let name = name.unwrap_or_else(|| field.type_type().variant_name().unwrap_or("unknown").to_owned());
    format!("{name}{nullability}")
}

fn read_batch(metadata: &[u8], body: &Buffer, spec: &SectionSpec) -> Result<Section, SectionError> {
    let broken = SectionError::Frame("the record batch does not start with a valid header");
    let (Some(marker), Some(length), Some(message)) =
        (metadata.get(..4), metadata.get(4..8), metadata.get(8..))
    else {
        return Err(broken);
    };
    let length = i32::from_le_bytes(length.try_into().expect("a range of four"));
    if marker != [0xff; 4] || usize::try_from(length) != Ok(message.len()) {
        return Err(broken);
    }
    let message = root_as_message(message)
        .map_err(|error| SectionError::Flatbuffer { part: "record batch", reason: error.to_string() })?;
    let Some(batch) = message.header_as_record_batch() else { return Err(broken) };
    if message.version() != MetadataVersion::V5 || usize::try_from(message.bodyLength()) != Ok(body.len()) {
        return Err(broken);
    }
    if batch.compression().is_some() || batch.variadicBufferCounts().is_some_and(|counts| !counts.is_empty())
    {
        return Err(SectionError::Unsupported("compression or views"));
    }
    let (Some(nodes), Some(buffers)) = (batch.nodes(), batch.buffers()) else { return Err(broken) };
    let n_nodes = spec.columns.iter().map(|column| column.kind.n_nodes()).sum::<usize>();
    let n_buffers = spec.columns.iter().map(|column| column.kind.n_buffers()).sum::<usize>();
    if nodes.len() != n_nodes || buffers.len() != n_buffers {
        return Err(SectionError::Frame("its arrays do not match its schema"));
    }
    let n_rows = usize::try_from(batch.length()).map_err(|_| broken)?;
    let mut parts = Parts {
        n_rows,
        nodes: nodes.iter().map(|node| (node.length(), node.null_count())).collect::<Vec<_>>().into_iter(),
        buffers: buffers.iter().map(|at| (at.offset(), at.length())).collect::<Vec<_>>().into_iter(),
        body,
        column: "",
    };
    let columns = spec.columns.iter().map(|column| {
        parts.column = column.name;
        parts.column_of(column.kind)
    });
    let columns = columns.collect::<Result<Vec<_>, _>>()?.into_iter();
    Ok(Section { n_rows, columns })
}

/// What is left of a record batch, taken from the front.
struct Parts<'a> {
    n_rows: usize,
    /// Rows and nulls an array.
    nodes: std::vec::IntoIter<(i64, i64)>,
    /// Offset and length a buffer.
    buffers: std::vec::IntoIter<(i64, i64)>,
    body: &'a Buffer,
    /// The column being read, for errors.
    column: &'static str,
}

impl Parts<'_> {
    fn column_of(&mut self, kind: Kind) -> Result<Column, SectionError> {
        match kind {
            Kind::Text => self.text().map(Column::Text),
            Kind::U8 => self.solid(self.n_rows).map(Column::Bytes),
            Kind::U32 => self.solid(self.n_rows).map(Column::Numbers),
            Kind::F32 => self.solid(self.n_rows).map(Column::Weights),
            Kind::I64 { null } | Kind::Instant { null } => self.with_nulls(null).map(Column::LongNumbers),
            Kind::Day { null } => self.with_nulls(null).map(Column::Days),
            Kind::F64 => self.solid(self.n_rows).map(Column::Parameters),
            Kind::U8Lists => self.lists::<u8>(),
            // Checked as one of these types, taken as another of four bytes.
            Kind::U32Lists | Kind::F32Lists | Kind::DayLists => self.lists::<u32>(),
        }
    }

    fn fail<T>(&self, rule: &'static str) -> Result<T, SectionError> {
        Err(SectionError::Values { column: self.column, rule })
    }

    /// The next array's null count; its rows must be those expected.
    fn node(&mut self, n_rows: usize) -> Result<i64, SectionError> {
        let (length, n_nulls) = self.nodes.next().expect("nodes were counted against the spec");
        if usize::try_from(length) != Ok(n_rows) {
            return self.fail("its number of rows differs from that of the section");
        }
        Ok(n_nulls)
    }

    fn node_without_nulls(&mut self, n_rows: usize) -> Result<(), SectionError> {
        match self.node(n_rows)? {
            0 => Ok(()),
            _ => self.fail("it has nulls"),
        }
    }

    /// The next buffer, which must lie within the body.
    fn buffer(&mut self) -> Result<Buffer, SectionError> {
        let (offset, length) = self.buffers.next().expect("buffers were counted against the spec");
        let (Ok(offset), Ok(length)) = (usize::try_from(offset), usize::try_from(length)) else {
            return self.fail("a buffer lies outside the file");
        };
        match offset.checked_add(length) {
            Some(end) if end <= self.body.len() => Ok(self.body.slice_with_length(offset, length)),
            _ => self.fail("a buffer lies outside the file"),
        }
    }

    /// The head of the next buffer as so many numbers. Writers may pad, so it may be longer.
    fn typed<T: ArrowNativeType>(&mut self, n_values: usize) -> Result<ScalarBuffer<T>, SectionError> {
        let buffer = self.buffer()?;
        match n_values.checked_mul(size_of::<T>()) {
            Some(n_bytes) if n_bytes <= buffer.len() => {}
            _ => return self.fail("it has too few values for its rows"),
        }
        if n_values != 0 && !buffer.as_ptr().cast::<T>().is_aligned() {
            return self.fail("a buffer is not aligned");
        }
        if n_values == 0 {
            return Ok(Vec::new().into());
        }
        Ok(ScalarBuffer::new(buffer, 0, n_values))
    }

    fn solid<T: ArrowNativeType>(&mut self, n_rows: usize) -> Result<ScalarBuffer<T>, SectionError> {
        self.node_without_nulls(n_rows)?;
        let _validity = self.buffer()?;
        self.typed(n_rows)
    }

    /// Offsets of so many rows. Arrow lets a table without rows leave out its one offset.
    fn offsets<T: ArrowNativeType + Default>(
        &mut self,
        n_rows: usize,
    ) -> Result<ScalarBuffer<T>, SectionError> {
        let is_left_out =
            n_rows == 0 && self.buffers.as_slice().first().is_some_and(|&(_, length)| length == 0);
        match n_rows.checked_add(1) {
            _ if is_left_out => self.buffer().map(|_| vec![T::default()].into()),
            Some(n_offsets) => self.typed(n_offsets),
            None => self.fail("it has too few values for its rows"),
        }
    }

    fn text(&mut self) -> Result<StrColumn, SectionError> {
        self.node_without_nulls(self.n_rows)?;
        let _validity = self.buffer()?;
        let offsets = self.offsets(self.n_rows)?;
        let bytes = self.buffer()?;
        StrColumn::new(offsets, bytes).map_err(|source| SectionError::Text { column: self.column, source })
    }

    /// Numbers where null and the sentinel mean the same: the bitmap must say just what the slots say.
    fn with_nulls<T: ArrowNativeType>(&mut self, null: T) -> Result<ScalarBuffer<T>, SectionError> {
        let n_nulls = self.node(self.n_rows)?;
        let validity = self.buffer()?;
        let values: ScalarBuffer<T> = self.typed(self.n_rows)?;
        let n_sentinels = values.iter().filter(|&&value| value == null).count();
        let agrees = usize::try_from(n_nulls) == Ok(n_sentinels)
            && (n_sentinels == 0
                || (self.n_rows.div_ceil(8) <= validity.len() && {
                    let valid = BooleanBuffer::new(validity, 0, self.n_rows);
                    valid.iter().zip(values.iter()).all(|(valid, &value)| valid == (value != null))
                }));
        if agrees { Ok(values) } else { self.fail("its nulls do not match the values that stand for null") }
    }

    fn lists<T: ArrowNativeType>(&mut self) -> Result<Column, SectionError> {
        self.node_without_nulls(self.n_rows)?;
        let _validity = self.buffer()?;
        let offsets = self.offsets(self.n_rows)?;
        let rows = RowOffsets::new(offsets)
            .map_err(|source| SectionError::Offsets { column: self.column, source })?;
        let values: ScalarBuffer<T> = self.solid(rows.n_values())?;
        Ok(Column::Lists(rows, values.into_inner(), size_of::<T>()))
    }
}
