//! Looking into texts: row by row where a row alone is asked, through the whole of a block where a word is looked for.

use std::ops::Range;

use erbij_core::StrColumn;
use memchr::memmem::Finder;

use super::block::{Bits, bits_where};
use crate::Columns;
use crate::columns::{Codes, Texts};
use crate::plan::{Case, Test, Text, TextSource, TextTest};

/// What was asked beforehand of distinct values, a slot a question; bit 0 is yes, bit 1 is no.
pub(crate) type Tables = Vec<Vec<u8>>;

/// What rows are: items of a catalogue, or distinct values that are asked beforehand, where every name of a text
/// means the value.
pub(crate) enum Domain<'a> {
    Items { columns: &'a Columns, tables: &'a Tables },
    Values(&'a StrColumn),
}

/// A text a row, before its letters are turned.
enum Origin<'a> {
    Fixed(&'a [u8]),
    Plain(&'a StrColumn),
    Coded(&'a StrColumn, &'a Codes),
}

/// A text a row.
pub(crate) struct Operand<'a> {
    origin: Origin<'a>,
    case: Case,
}

impl Operand<'_> {
    #[inline]
    pub(crate) fn as_it_is(&self, row: usize) -> &[u8] {
        match self.origin {
            Origin::Fixed(text) => text,
            Origin::Plain(texts) => texts.bytes_of(row),
            Origin::Coded(values, codes) => values.bytes_of(codes.get(row)),
        }
    }

    /// The text of a row with its letters turned, in `turned` if they had to be.
    #[inline]
    fn get<'b>(&'b self, row: usize, turned: &'b mut Vec<u8>) -> &'b [u8] {
        let text = self.as_it_is(row);
        if self.case == Case::AsIs {
            return text;
        }
        turned.clear();
        turned.extend_from_slice(text);
        self.case.turn(turned);
        turned
    }
}

/// How many letters a text has: bytes of UTF-8 that do not continue a letter.
pub(crate) fn n_letters(text: &[u8]) -> usize {
    text.iter().filter(|&&byte| byte & 0xC0 != 0x80).count()
}

impl<'a> Domain<'a> {
    /// The columns of items.
    ///
    /// # Panics
    /// If rows are values: the check lets nothing but texts be asked of those.
    pub(crate) fn columns(&self) -> &'a Columns {
        match self {
            Self::Items { columns, .. } => columns,
            Self::Values(_) => unreachable!("the check lets nothing but texts be asked of values"),
        }
    }

    pub(crate) fn operand<'b>(&self, text: &'b Text) -> Operand<'b>
    where
        'a: 'b,
    {
        let origin = match (&text.source, self) {
            (TextSource::Literal(literal), _) => Origin::Fixed(literal.as_bytes()),
            (_, Self::Values(values)) => Origin::Plain(values),
            (TextSource::Column(column), Self::Items { columns, .. }) => match columns.texts(*column) {
                Texts::Plain(texts) => Origin::Plain(texts),
                Texts::Coded { values, codes } => Origin::Coded(values, codes),
            },
            (TextSource::Topic, Self::Items { .. }) => {
                unreachable!("a topic is named within `exists` and `all` alone")
            }
        };
        Operand { origin, case: text.case }
    }

    /// The rows among those wanted whose text is so.
    pub(crate) fn search(&self, test: &TextTest, rows: &Range<usize>, wanted: &Bits) -> Bits {
        let left = self.operand(&test.left);
        let mut turned = Vec::new();
        let first = rows.start;
        match &test.test {
            Test::In(values) => bits_where(wanted, |row| {
                let text = left.get(first + row, &mut turned);
                values.binary_search_by(|value| (**value).cmp(text)).is_ok()
            }),
            Test::Finds(finder) => {
                let n_wanted: u32 = wanted.iter().map(|word| word.count_ones()).sum();
                match left.origin {
                    // One pass over the block's text is cheaper than setting out anew for every row, unless most
                    // rows are not wanted.
                    Origin::Plain(texts)
                        if !finder.needle().is_empty() && rows.len() <= 4 * n_wanted as usize =>
                    {
                        find_in_block(finder, texts, left.case, rows)
                    }
                    _ => bits_where(wanted, |row| finder.find(left.get(first + row, &mut turned)).is_some()),
                }
            }
            Test::Matches(regex) => {
                bits_where(wanted, |row| regex.is_match(left.get(first + row, &mut turned)))
            }
            Test::With(relation, right) => {
                let right = self.operand(right);
                let mut turned_right = Vec::new();
                bits_where(wanted, |row| {
                    let text = left.get(first + row, &mut turned);
                    relation.holds(text, right.get(first + row, &mut turned_right))
                })
            }
        }
    }
}

/// The rows of a block that hold a word, which is not empty.
fn find_in_block(finder: &Finder<'_>, texts: &StrColumn, case: Case, rows: &Range<usize>) -> Bits {
    let (offsets, bytes) = texts.buffers();
    let ends = &offsets[rows.start + 1..=rows.end];
    let start = offsets[rows.start] as usize;
    let mut text = std::borrow::Cow::Borrowed(&bytes[start..offsets[rows.end] as usize]);
    if case != Case::AsIs {
        case.turn(text.to_mut());
    }
    let mut bits: Bits = Default::default();
    let (mut from, mut row) = (0, 0);
    while let Some(found) = finder.find(&text[from..]) {
        let at = from + found;
        while ends[row] as usize - start <= at {
            row += 1;
        }
        // What begins in one row and ends in the next is in neither; then nothing later in this row fits either.
        let end = ends[row] as usize - start;
        if at + finder.needle().len() <= end {
            bits[row / 64] |= 1 << (row % 64);
        }
        from = end;
    }
    bits
}
