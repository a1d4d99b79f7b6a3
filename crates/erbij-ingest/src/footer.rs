//! Opens a Parquet file with suspicion: what its footer and page headers promise is held against the file's
//! size and the limits before the decoder may act on it.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use parquet::basic::{Compression, ConvertedType, Encoding, Type};
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData, ParquetMetaDataReader};

use crate::thrift::{self, Broken, PageHeader};
use crate::{IngestError, Limits};

/// The last bytes of a file: the length of its metadata, and a mark.
const TAIL_BYTES: u64 = 8;

/// How deep columns may stand in each other.
const MAX_NESTING: usize = 64;

/// A page header is a few dozen bytes and two sample values; one longer than this is an attack.
const MAX_PAGE_HEADER_BYTES: u64 = 16 << 20;

/// Runs a decoder. It may panic on damaged bytes: then that is an error about the file like any other.
pub(crate) fn guarded<T>(
    file: &str,
    decode: impl FnOnce() -> Result<T, parquet::errors::ParquetError>,
) -> Result<T, IngestError> {
    match catch_unwind(AssertUnwindSafe(decode)) {
        Ok(Ok(decoded)) => Ok(decoded),
        Ok(Err(source)) => Err(IngestError::Parquet { file: file.to_owned(), source }),
        Err(panic) => {
            let words = panic.downcast_ref::<String>().map(String::as_str);
            let words = words.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no words");
            Err(damaged(file, format!("the decoder failed ({words})")))
        }
    }
}

pub(crate) fn damaged(file: &str, what: impl Into<String>) -> IngestError {
    IngestError::Damaged { file: file.to_owned(), what: what.into() }
}

/// Reads and checks the metadata of a file; its length in bytes beside it.
pub(crate) fn open(
    path: &Path,
    name: &str,
    limits: &Limits,
) -> Result<(Arc<ParquetMetaData>, u64), IngestError> {
    let io = |source| IngestError::Io { file: name.to_owned(), source };
    let mut file = File::open(path).map_err(io)?;
    let n_bytes = file.metadata().map_err(io)?.len();
    let mut footer = read_footer(&mut file, name, n_bytes, limits)?;
    thrift::type_empty_groups(&mut footer);
    let shape = thrift::schema_shape(&footer);
    let (n_elements, depth) = shape.map_err(|_| damaged(name, "its metadata is not a list of columns"))?;
    if 2 * limits.max_columns as u64 + 1 < n_elements {
        return Err(too_many_columns(name, n_elements, limits));
    }
    if MAX_NESTING < depth {
        return Err(damaged(name, format!("its columns are nested {depth} deep")));
    }
    let metadata = guarded(name, || ParquetMetaDataReader::decode_metadata(&footer))?;
    let n_columns = metadata.file_metadata().schema_descr().num_columns();
    if limits.max_columns < n_columns {
        return Err(too_many_columns(name, n_columns as u64, limits));
    }
    for group in metadata.row_groups() {
        if group.num_rows() < 0 || group.num_columns() != n_columns {
            return Err(damaged(name, "a row group does not match the columns"));
        }
    }
    Ok((Arc::new(metadata), n_bytes))
}

fn too_many_columns(name: &str, found: u64, limits: &Limits) -> IngestError {
    IngestError::Limit {
        file: name.to_owned(),
        what: "columns",
        found,
        limit: limits.max_columns as u64,
        setting: "max_columns",
    }
}

fn read_footer(file: &mut File, name: &str, n_bytes: u64, limits: &Limits) -> Result<Vec<u8>, IngestError> {
    let io = |source| IngestError::Io { file: name.to_owned(), source };
    let no_table = |found, hint| IngestError::NotParquet { file: name.to_owned(), found, hint };
    if n_bytes == 0 {
        return Err(no_table("it is empty", "check whether it is still being written"));
    }
    let mut head = [0; 4];
    let n_head = file.read(&mut head).map_err(io)?;
    if head != *b"PAR1" && head != *b"PARE" {
        let is_text =
            head[..n_head].iter().all(|&byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace());
        return Err(match is_text {
            true => no_table("it looks like text", "if it is CSV, give it a name that ends in `.csv`"),
            false => no_table("it does not begin with `PAR1`", "check which program wrote it"),
        });
    }
    if n_bytes < 4 + TAIL_BYTES {
        return Err(no_table("it ends too early", "check whether it is still being written"));
    }
    let mut tail = [0; TAIL_BYTES as usize];
    file.seek(SeekFrom::Start(n_bytes - TAIL_BYTES)).map_err(io)?;
    file.read_exact(&mut tail).map_err(io)?;
    match &tail[4..] {
        b"PAR1" => {}
        b"PARE" => return Err(no_table("it is encrypted", "decrypt it first")),
        _ => return Err(no_table("it does not end in `PAR1`", "check whether it is still being written")),
    }
    let n_footer = u64::from(u32::from_le_bytes([tail[0], tail[1], tail[2], tail[3]]));
    if n_bytes - TAIL_BYTES - 4 < n_footer {
        return Err(damaged(name, format!("its metadata of {n_footer} bytes does not fit into {n_bytes}")));
    }
    if limits.max_footer_bytes < n_footer {
        return Err(IngestError::Limit {
            file: name.to_owned(),
            what: "bytes of metadata",
            found: n_footer,
            limit: limits.max_footer_bytes,
            setting: "max_footer_bytes",
        });
    }
    let mut footer = vec![0; n_footer as usize];
    file.seek(SeekFrom::Start(n_bytes - TAIL_BYTES - n_footer)).map_err(io)?;
    file.read_exact(&mut footer).map_err(io)?;
    Ok(footer)
}

/// Checks the chunks of the leaves that are wanted, in all row groups. O(pages), reading only headers.
pub(crate) fn check_leaves(
    path: &Path,
    name: &str,
    (metadata, n_file_bytes): (&ParquetMetaData, u64),
    wanted: impl Fn(usize) -> bool,
    limits: &Limits,
) -> Result<(), IngestError> {
    let mut file = File::open(path).map_err(|source| IngestError::Io { file: name.to_owned(), source })?;
    for group in metadata.row_groups() {
        for leaf in (0..group.num_columns()).filter(|&leaf| wanted(leaf)) {
            let descriptor = group.schema_descr().column(leaf);
            let column = descriptor.path().parts().first().map_or("", String::as_str);
            // The decoder takes such texts as they come, valid or not.
            if descriptor.converted_type() == ConvertedType::JSON {
                return Err(IngestError::Encoding {
                    file: name.to_owned(),
                    column: column.to_owned(),
                    found: "JSON".to_owned(),
                    hint: "write the column as plain text",
                });
            }
            let flat = descriptor.max_rep_level() == 0;
            let n_rows = flat.then_some(group.num_rows());
            let metadata = group.column(leaf);
            check_chunk(&mut file, &Chunk { name, column, metadata, n_rows, n_file_bytes }, limits)?;
        }
    }
    Ok(())
}

/// What is checked about a column of a row group.
struct Chunk<'a> {
    name: &'a str,
    column: &'a str,
    metadata: &'a ColumnChunkMetaData,
    /// Rows of its row group, where each row has one value; none for lists.
    n_rows: Option<i64>,
    n_file_bytes: u64,
}

/// Checks a column chunk and the header of each of its pages. O(pages), reading only headers.
fn check_chunk(file: &mut File, chunk: &Chunk<'_>, limits: &Limits) -> Result<(), IngestError> {
    let metadata = chunk.metadata;
    let wrong = |what: &str| damaged(chunk.name, format!("column `{}`: {what}", chunk.column));
    if matches!(metadata.compression(), Compression::BROTLI(_) | Compression::LZO) {
        return Err(IngestError::Encoding {
            file: chunk.name.to_owned(),
            column: chunk.column.to_owned(),
            found: metadata.compression().to_string(),
            hint: "write the file with zstd, snappy, lz4 or gzip, for instance with `duckdb -c \"copy 'in.parquet' to 'out.parquet' (codec zstd)\"`",
        });
    }
    if chunk.n_rows.is_some_and(|n_rows| n_rows != metadata.num_values()) || metadata.num_values() < 0 {
        return Err(wrong("its number of values differs from the number of rows"));
    }
    check_size(chunk, limits, metadata.uncompressed_size().max(0) as u64)?;
    let start = metadata.dictionary_page_offset().unwrap_or(metadata.data_page_offset());
    let start =
        u64::try_from(start.min(metadata.data_page_offset())).map_err(|_| wrong("negative offset"))?;
    let length = u64::try_from(metadata.compressed_size()).map_err(|_| wrong("negative size"))?;
    let end = start.checked_add(length).filter(|&end| end <= chunk.n_file_bytes);
    let end = end.ok_or_else(|| wrong("it lies outside the file"))?;
    let (mut at, mut n_values, mut unpacked) = (start, 0_i64, 0_u64);
    while n_values < metadata.num_values() && at < end {
        let page = read_page_header(file, chunk, at, end)?;
        check_page(chunk, limits, &page)?;
        unpacked += page.unpacked_bytes as u64;
        check_size(chunk, limits, unpacked)?;
        if !page.is_dictionary {
            n_values = n_values.checked_add(page.n_values).ok_or_else(|| wrong("too many values"))?;
        }
        at += page.n_bytes as u64 + page.packed_bytes as u64;
        if end < at {
            return Err(wrong("a page extends beyond its column"));
        }
    }
    if n_values != metadata.num_values() {
        return Err(wrong("its pages do not hold the stated number of values"));
    }
    Ok(())
}

fn check_size(chunk: &Chunk<'_>, limits: &Limits, found: u64) -> Result<(), IngestError> {
    if found <= limits.max_column_chunk_bytes {
        return Ok(());
    }
    Err(IngestError::Limit {
        file: chunk.name.to_owned(),
        what: "bytes in one column of one row group",
        found,
        limit: limits.max_column_chunk_bytes,
        setting: "max_column_chunk_bytes",
    })
}

fn check_page(chunk: &Chunk<'_>, limits: &Limits, page: &PageHeader) -> Result<(), IngestError> {
    let wrong = |what: &str| damaged(chunk.name, format!("column `{}`: {what}", chunk.column));
    if page.packed_bytes < 0 || page.unpacked_bytes < 0 || page.n_values < 0 {
        return Err(wrong("a page of negative size"));
    }
    // An entry of a dictionary takes a byte at the very least; room for all is made before they are read.
    if page.is_dictionary && page.unpacked_bytes < page.n_values {
        return Err(wrong("a dictionary with more entries than bytes"));
    }
    let of_bytes = matches!(chunk.metadata.column_type(), Type::BYTE_ARRAY | Type::FIXED_LEN_BYTE_ARRAY);
    let delta = [Encoding::DELTA_LENGTH_BYTE_ARRAY, Encoding::DELTA_BYTE_ARRAY];
    let delta = delta.into_iter().find(|&encoding| encoding as i64 == page.encoding);
    match delta {
        Some(encoding) if of_bytes && !limits.delta_strings => Err(IngestError::Encoding {
            file: chunk.name.to_owned(),
            column: chunk.column.to_owned(),
            found: encoding.to_string(),
            hint: "if you trust the file, set `limits.delta_strings = true` in erbij.toml; else write it with dictionaries, for instance with `duckdb -c \"copy 'in.parquet' to 'out.parquet'\"`",
        }),
        _ => Ok(()),
    }
}

fn read_page_header(
    file: &mut File,
    chunk: &Chunk<'_>,
    at: u64,
    end: u64,
) -> Result<PageHeader, IngestError> {
    let io = |source| IngestError::Io { file: chunk.name.to_owned(), source };
    let mut n_bytes = 512;
    loop {
        let available = (end - at).min(n_bytes);
        let mut bytes = vec![0; available as usize];
        file.seek(SeekFrom::Start(at)).map_err(io)?;
        file.read_exact(&mut bytes).map_err(io)?;
        match thrift::page_header(&bytes) {
            Ok(header) => return Ok(header),
            Err(Broken::Short) if available == n_bytes && n_bytes < MAX_PAGE_HEADER_BYTES => n_bytes *= 8,
            Err(_) => {
                return Err(damaged(chunk.name, format!("column `{}`: a page without header", chunk.column)));
            }
        }
    }
}
