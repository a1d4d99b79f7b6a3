//! Just enough of Thrift's compact protocol to look at a Parquet file before the decoder does.
//!
//! The decoder trusts two things that a hostile file can use to exhaust memory or the stack: the nesting of
//! the schema, and the sizes in page headers. Both are read here first, by loops over bounded slices.

/// The bytes end too early, or are no Thrift.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    /// More bytes might make sense of it.
    Short,
    /// Nothing will.
    Wrong,
}

/// How deep structs may stand in structs; Parquet's own needs fewer than ten.
const MAX_DEPTH: usize = 32;

const TRUE: u8 = 1;
const FALSE: u8 = 2;
const BYTE: u8 = 3;
const I16: u8 = 4;
const I32: u8 = 5;
const I64: u8 = 6;
const DOUBLE: u8 = 7;
const BINARY: u8 = 8;
const LIST: u8 = 9;
const SET: u8 = 10;
const MAP: u8 = 11;
const STRUCT: u8 = 12;

/// Reads forward over bytes.
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    /// At the beginning of the bytes.
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// How many bytes were read.
    pub(crate) fn position(&self) -> usize {
        self.at
    }

    fn byte(&mut self) -> Result<u8, Broken> {
        let byte = *self.bytes.get(self.at).ok_or(Broken::Short)?;
        self.at += 1;
        Ok(byte)
    }

    fn skip_bytes(&mut self, n: u64) -> Result<(), Broken> {
        if ((self.bytes.len() - self.at) as u64) < n {
            return Err(Broken::Short);
        }
        self.at += n as usize;
        Ok(())
    }

    fn varint(&mut self) -> Result<u64, Broken> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(Broken::Wrong)
    }

    /// A whole number.
    pub(crate) fn number(&mut self) -> Result<i64, Broken> {
        let value = self.varint()?;
        Ok((value >> 1) as i64 ^ -((value & 1) as i64))
    }

    /// The next field of a struct: its id and type; none at the struct's end.
    pub(crate) fn field(&mut self, last_id: &mut i64) -> Result<Option<(i64, u8)>, Broken> {
        let header = self.byte()?;
        if header == 0 {
            return Ok(None);
        }
        *last_id = match header >> 4 {
            0 => self.number()?,
            delta => last_id.checked_add(i64::from(delta)).ok_or(Broken::Wrong)?,
        };
        Ok(Some((*last_id, header & 0x0f)))
    }

    /// A list's length and the type of its elements.
    pub(crate) fn list(&mut self) -> Result<(u64, u8), Broken> {
        let header = self.byte()?;
        let n = match header >> 4 {
            15 => self.varint()?,
            n => u64::from(n),
        };
        Ok((n, header & 0x0f))
    }

    /// Passes over a value.
    pub(crate) fn skip(&mut self, kind: u8) -> Result<(), Broken> {
        self.skip_within(kind, MAX_DEPTH)
    }

    fn skip_within(&mut self, kind: u8, depth: usize) -> Result<(), Broken> {
        let depth = depth.checked_sub(1).ok_or(Broken::Wrong)?;
        match kind {
            TRUE | FALSE => Ok(()),
            BYTE => self.skip_bytes(1),
            I16 | I32 | I64 => self.varint().map(drop),
            DOUBLE => self.skip_bytes(8),
            BINARY => {
                let n = self.varint()?;
                self.skip_bytes(n)
            }
            LIST | SET => {
                let (n, kind) = self.list()?;
                for _ in 0..n {
                    self.skip_element(kind, depth)?;
                }
                Ok(())
            }
            MAP => {
                let n = self.varint()?;
                let kinds = if n == 0 { 0 } else { self.byte()? };
                for _ in 0..n {
                    self.skip_element(kinds >> 4, depth)?;
                    self.skip_element(kinds & 0x0f, depth)?;
                }
                Ok(())
            }
            STRUCT => {
                let mut last_id = 0;
                while let Some((_, kind)) = self.field(&mut last_id)? {
                    self.skip_within(kind, depth)?;
                }
                Ok(())
            }
            _ => Err(Broken::Wrong),
        }
    }

    /// Inside lists and maps a truth is a byte of its own.
    fn skip_element(&mut self, kind: u8, depth: usize) -> Result<(), Broken> {
        match kind {
            TRUE | FALSE => self.skip_bytes(1),
            _ => self.skip_within(kind, depth),
        }
    }
}

/// How many elements a footer's schema has, and how deep they stand in each other.
pub(crate) fn schema_shape(footer: &[u8]) -> Result<(u64, usize), Broken> {
    let mut reader = Reader::new(footer);
    let mut last_id = 0;
    while let Some((id, kind)) = reader.field(&mut last_id)? {
        if (id, kind) != (2, LIST) {
            reader.skip(kind)?;
            continue;
        }
        let (n_elements, _) = reader.list()?;
        // How many children are still to come, of each element that is not complete.
        let mut open: Vec<i64> = Vec::new();
        let mut deepest = 0;
        for _ in 0..n_elements {
            let n_children = schema_element(&mut reader)?;
            if let Some(left) = open.last_mut() {
                *left -= 1;
            }
            if 0 < n_children {
                open.push(n_children);
                deepest = deepest.max(open.len());
            }
            while open.last().is_some_and(|&left| left <= 0) && n_children <= 0 {
                open.pop();
            }
        }
        return Ok((n_elements, deepest));
    }
    Err(Broken::Wrong)
}

/// Says of a list of no row groups that its elements are structs. Some writers name no type there, which the decoder
/// refuses; bytes that are no footer are left as they are.
pub(crate) fn type_empty_groups(footer: &mut [u8]) {
    if let Ok(Some(at)) = empty_groups(footer) {
        footer[at] = STRUCT;
    }
}

/// Where the header of the list of row groups stands, if it is empty.
fn empty_groups(footer: &[u8]) -> Result<Option<usize>, Broken> {
    let mut reader = Reader::new(footer);
    let mut last_id = 0;
    while let Some((id, kind)) = reader.field(&mut last_id)? {
        if (id, kind) == (4, LIST) {
            let at = reader.position();
            // A length that stands in bytes of its own is not that of an empty list.
            return Ok((footer.get(at).is_some_and(|header| header >> 4 == 0)).then_some(at));
        }
        reader.skip(kind)?;
    }
    Ok(None)
}

/// Passes over an element of the schema; the number of its children.
fn schema_element(reader: &mut Reader<'_>) -> Result<i64, Broken> {
    let (mut last_id, mut n_children) = (0, 0);
    while let Some((id, kind)) = reader.field(&mut last_id)? {
        match (id, kind) {
            (5, I32) => n_children = reader.number()?,
            _ => reader.skip(kind)?,
        }
    }
    Ok(n_children)
}

/// What a page says of itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct PageHeader {
    /// Bytes of the header itself.
    pub(crate) n_bytes: usize,
    /// Bytes of the page in the file.
    pub(crate) packed_bytes: i64,
    /// Bytes of the page in memory.
    pub(crate) unpacked_bytes: i64,
    /// Rows, or entries of a dictionary.
    pub(crate) n_values: i64,
    /// Parquet's number of the encoding.
    pub(crate) encoding: i64,
    /// Whether it is a dictionary.
    pub(crate) is_dictionary: bool,
}

/// Reads the header of a page.
pub(crate) fn page_header(bytes: &[u8]) -> Result<PageHeader, Broken> {
    let mut reader = Reader::new(bytes);
    let mut header = PageHeader::default();
    let mut last_id = 0;
    while let Some((id, kind)) = reader.field(&mut last_id)? {
        match (id, kind) {
            (2, I32) => header.unpacked_bytes = reader.number()?,
            (3, I32) => header.packed_bytes = reader.number()?,
            // Data page, dictionary page, data page of the second version: the number of values is the
            // first field of each, the encoding the second or, in the third, the fourth.
            (5 | 7 | 8, STRUCT) => {
                header.is_dictionary = id == 7;
                let of_encoding = if id == 8 { 4 } else { 2 };
                let mut last_id = 0;
                while let Some((id, kind)) = reader.field(&mut last_id)? {
                    match (id, kind) {
                        (1, I32) => header.n_values = reader.number()?,
                        (_, I32) if id == of_encoding => header.encoding = reader.number()?,
                        _ => reader.skip(kind)?,
                    }
                }
            }
            _ => reader.skip(kind)?,
        }
    }
    header.n_bytes = reader.position();
    Ok(header)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_page_header_is_read_field_by_field() {
        // type 0, unpacked 10, packed 7, dictionary page of 3 values in encoding 2.
        let bytes = [0x15, 0x00, 0x15, 20, 0x15, 14, 0x4c, 0x15, 6, 0x15, 4, 0x00, 0x00, 0xff];
        let expected = PageHeader {
            n_bytes: 13,
            packed_bytes: 7,
            unpacked_bytes: 10,
            n_values: 3,
            encoding: 2,
            is_dictionary: true,
        };
        assert_eq!(page_header(&bytes), Ok(expected));
        assert_eq!(page_header(&bytes[..9]), Err(Broken::Short));
    }

    #[test]
    fn a_chain_of_groups_is_as_deep_as_it_is_long() {
        let footer = |n_children: &[u8]| {
            let mut bytes = vec![0x29, 0xfc, n_children.len() as u8];
            for &n in n_children {
                bytes.extend([0x55, 2 * n, 0x00]);
            }
            bytes.push(0);
            bytes
        };
        assert_eq!(schema_shape(&footer(&[2, 0, 0])), Ok((3, 1)));
        assert_eq!(schema_shape(&footer(&[1, 1, 1, 1, 0])), Ok((5, 4)));
        assert_eq!(schema_shape(&footer(&[2, 1, 0, 1, 0])), Ok((5, 2)));
    }

    #[test]
    fn no_row_groups_are_a_list_of_structs() {
        for (footer, expected) in [
            // Version 1, no elements of the schema, no rows, no row groups of no type.
            (
                &[0x15, 2, 0x19, 0x0c, 0x16, 0, 0x19, 0x00, 0][..],
                &[0x15, 2, 0x19, 0x0c, 0x16, 0, 0x19, 0x0c, 0][..],
            ),
            (&[0x49, 0x1c, 0, 0], &[0x49, 0x1c, 0, 0]),
            (&[0x49], &[0x49]),
            (&[], &[]),
        ] {
            let mut typed = footer.to_vec();
            type_empty_groups(&mut typed);
            assert_eq!(typed, expected);
        }
    }

    proptest! {
        #[test]
        fn no_bytes_panic(mut bytes: Vec<u8>) {
            type_empty_groups(&mut bytes);
            let _ = page_header(&bytes);
            let _ = schema_shape(&bytes);
        }
    }
}
