//! What divides the fields of a text file, read off its first rows.

use ::csv::{ByteRecord, ReaderBuilder};

/// What may divide fields, the most usual first.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Rows that are looked at.
const N_ROWS: usize = 50;

/// The delimiter of a text of which `sample` is the beginning: the one that parts every row into as many fields as
/// the header, two at the least; of several the one with most fields, then `expected`. O(bytes).
///
/// Where none does, some row lacks a field or has one too many: then the one that parts the header most.
pub(crate) fn delimiter(sample: &[u8], is_whole: bool, expected: u8) -> u8 {
    let others = DELIMITERS.into_iter().filter(|&delimiter| delimiter != expected);
    let mut best = (expected, (false, 0));
    for delimiter in std::iter::once(expected).chain(others) {
        let rows = n_fields(sample, is_whole, delimiter);
        let n_header = rows.first().copied().unwrap_or(0);
        let fits = (1 < n_header && rows.iter().all(|&n| n == n_header), n_header);
        if best.1 < fits {
            best = (delimiter, fits);
        }
    }
    best.0
}

/// How many fields the first rows have; a row that may be cut short is left out.
fn n_fields(sample: &[u8], is_whole: bool, delimiter: u8) -> Vec<usize> {
    let mut reader =
        ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(sample);
    let mut record = ByteRecord::new();
    let mut rows = Vec::new();
    while rows.len() < N_ROWS && reader.read_byte_record(&mut record).unwrap_or(false) {
        rows.push(record.len());
    }
    if !is_whole && 1 < rows.len() && rows.len() < N_ROWS {
        rows.pop();
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delimiter_is_what_parts_all_rows_alike() {
        for (sample, expected) in [
            ("", ','),
            ("a\n1\n", ','),
            ("a,b\n1,2\n", ','),
            ("a;b;c\n1;2,5;3\n", ';'),
            ("a\tb\n1,5\t2,5\n", '\t'),
            ("a|b\n1|2\n", '|'),
            // Inside quotes nothing is divided.
            ("\"a;x;y\",b\n\"1;2;3\",2\n", ','),
            ("\"a,x\";b\n\"1\n,,,\";2\n", ';'),
            // A comma in the name of a column and nowhere else.
            ("name, first;b;c\n1;2;3\n", ';'),
            // A row too short is the file's fault, not the delimiter's.
            ("a,b,c\n1,2\n3,4,5\n", ','),
        ] {
            assert_eq!(char::from(delimiter(sample.as_bytes(), true, b',')), expected, "{sample}");
        }
        assert_eq!(delimiter(b"a;b\tc;d\n1;2\t3;4\n", true, b'\t'), b';', "three fields rather than two");
        assert_eq!(delimiter(b"a,b;c\n1,2;3\n", true, b'\t'), b',');
        assert_eq!(delimiter(b"a,b,c\n1,2,3\n4,5", false, b','), b',', "the last row is cut short");
    }
}
