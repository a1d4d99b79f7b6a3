//! One of a few plain types for whatever a writer chose.

use std::borrow::Cow;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, StringArray};
use arrow_cast::cast;
use arrow_schema::DataType;

/// Whether a type holds one value a row.
pub(crate) fn is_flat(found: &DataType) -> bool {
    !found.is_nested() || matches!(found, DataType::Dictionary(..))
}

/// A column as numbers of 64 bits, decimals of 128, floats, texts, instants or a dictionary of texts.
pub(crate) fn plain(array: &ArrayRef) -> Result<ArrayRef, String> {
    let wanted = match array.data_type() {
        DataType::Float16 => DataType::Float32,
        DataType::LargeUtf8 | DataType::Time32(_) | DataType::Time64(_) => DataType::Utf8,
        DataType::LargeBinary => DataType::Binary,
        DataType::Decimal32(precision, scale) | DataType::Decimal64(precision, scale) => {
            DataType::Decimal128(*precision, *scale)
        }
        // Ids and amounts have far fewer digits than these can hold; what has more is none.
        DataType::Decimal256(_, scale) => DataType::Decimal128(38, *scale),
        DataType::FixedSizeBinary(_) => return Ok(Arc::new(fixed_bytes(array))),
        _ => return Ok(Arc::clone(array)),
    };
    cast(array, &wanted).map_err(|error| error.to_string())
}

/// Sixteen bytes are a UUID, unless they are a text; any other number of them is a text, else written in hexadecimal
/// digits.
fn fixed_bytes(array: &ArrayRef) -> StringArray {
    let bytes = array.as_fixed_size_binary();
    bytes.iter().map(|value| value.map(bytes_as_text)).collect()
}

/// The text that so many bytes are, filled up with spaces or zeros. Where they could be a UUID as well, and nothing is
/// filled up, plain letters alone are a text: one UUID in some hundred thousand would be one in other scripts.
pub(crate) fn fixed_text(bytes: &[u8]) -> Option<&str> {
    let end = bytes.iter().rposition(|byte| !matches!(byte, 0 | b' ')).map_or(0, |last| last + 1);
    let text = std::str::from_utf8(&bytes[..end]).ok()?;
    let is_text = match bytes.len() == UUID_BYTES && end == UUID_BYTES {
        true => text.bytes().all(|byte| matches!(byte, b' '..=b'~')),
        false => !text.contains(char::is_control),
    };
    is_text.then_some(text)
}

const UUID_BYTES: usize = 16;

/// What bytes of no fixed number say: a text, else a UUID where there are sixteen, since Delta has no other type for
/// one. Sixteen bytes with marks that people do not write are no text.
pub(super) fn text_or_uuid(bytes: &[u8]) -> Option<Cow<'_, str>> {
    match std::str::from_utf8(bytes) {
        Ok(text) if bytes.len() != UUID_BYTES || !text.contains(char::is_control) => {
            Some(Cow::Borrowed(text))
        }
        _ if bytes.len() == UUID_BYTES => Some(Cow::Owned(bytes_as_text(bytes))),
        _ => None,
    }
}

fn bytes_as_text(bytes: &[u8]) -> String {
    if let Some(text) = fixed_text(bytes) {
        return text.to_owned();
    }
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    if bytes.len() != UUID_BYTES {
        return digits;
    }
    let [a, b, c, d, e] = [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]];
    format!("{a}-{b}-{c}-{d}-{e}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixed_bytes_are_uuids_or_texts() {
        for (bytes, expected) in [
            (&b"mug     "[..], "mug"),
            (&b"mug\0\0"[..], "mug"),
            (&b"caf\xc3\xa9\0\0"[..], "café"),
            (&b"caf\xc3\xa9           "[..], "café"),
            (&[0_u8; 16][..], "00000000-0000-0000-0000-000000000000"),
            (
                &[
                    0x12, 0x3e, 0x45, 0x67, 0xe8, 0x9b, 0x12, 0xd3, 0xa4, 0x56, 0x42, 0x66, 0x14, 0x17, 0x40,
                    0,
                ][..],
                "123e4567-e89b-12d3-a456-426614174000",
            ),
            (&[1, 255][..], "01ff"),
            (&b""[..], ""),
        ] {
            let expected = if bytes == [0_u8; 16] { "" } else { expected };
            assert_eq!(bytes_as_text(bytes), expected);
        }
    }

    #[test]
    fn sixteen_bytes_that_are_no_text_are_a_uuid() {
        for (bytes, expected) in [
            (&b"mug"[..], Some("mug")),
            (&b"caf\xc3\xa9 au lait no"[..], Some("café au lait no")),
            (&b"caf\xe9"[..], None),
            (&b"\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\x02"[..], Some("00000001-0000-0000-0000-000000000002")),
        ] {
            assert_eq!(text_or_uuid(bytes).as_deref(), expected);
        }
    }
}
