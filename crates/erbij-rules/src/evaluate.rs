//! From plan and columns to a set, column by column.
//!
//! Items are taken in blocks of 1024, which fit the first-level cache with all that is computed of them; a block's
//! truth is two rows of bits, so that `&&`, `||` and `!` are a few machine words. A question about a text that has few
//! distinct values is answered once a value beforehand (`tables`) and then looked up. Everything else is asked of
//! those rows alone that are still open: the cheap parts of an `&&` have said no to most before a title is searched.
//! Every block is computed by itself and written to its own place, so threads cannot change the result.

mod block;
mod search;

use std::ops::Range;

use rayon::prelude::*;

use crate::columns::{Column, Texts};
use crate::plan::{Condition, Number, Quantifier, Text, TextTest, TopicTest};
use crate::{Columns, ItemSet};
use block::{BLOCK_ROWS, BLOCK_WORDS, Bits, Truth, bits_where, combine};
use search::{Domain, Tables, n_letters};

/// Blocks that a thread takes at once: 32 k items.
const BLOCKS_A_TASK: usize = 32;

/// The items of which a condition is true.
pub(crate) fn evaluate(condition: &Condition, n_slots: usize, columns: &Columns) -> ItemSet {
    let n_items = columns.n_items();
    let mut tables = vec![Vec::new(); n_slots];
    fill_tables(condition, columns, &mut tables);
    let domain = Domain::Items { columns, tables: &tables };
    let mut words = vec![0; n_items.div_ceil(64)];
    words.par_chunks_mut(BLOCK_WORDS * BLOCKS_A_TASK).enumerate().for_each(|(task, words)| {
        // A pattern keeps scratch space, for which threads queue if they share it: with a copy each, two threads
        // take 20 ms for what took them 48.
        let condition = condition.clone();
        let first_block = task * BLOCKS_A_TASK;
        for (block, words) in (first_block..).zip(words.chunks_mut(BLOCK_WORDS)) {
            let rows = block_rows(block, n_items);
            let truth = domain.truth(&condition, &rows, &wanted(&rows));
            words.copy_from_slice(&truth.yes[..words.len()]);
        }
    });
    ItemSet::from_words(words, n_items)
}

fn block_rows(block: usize, n_rows: usize) -> Range<usize> {
    block * BLOCK_ROWS..((block + 1) * BLOCK_ROWS).min(n_rows)
}

/// All rows of a block, and none behind them.
fn wanted(rows: &Range<usize>) -> Bits {
    std::array::from_fn(|word| match rows.len().saturating_sub(64 * word) {
        0 => 0,
        left @ 1..64 => (1 << left) - 1,
        _ => u64::MAX,
    })
}

/// Asks of every distinct value what the condition will want to know of it.
fn fill_tables(condition: &Condition, columns: &Columns, tables: &mut Tables) {
    match condition {
        Condition::Fixed(_) | Condition::Flag(_) | Condition::Known(_) => {}
        Condition::Not(inner) => fill_tables(inner, columns, tables),
        Condition::All(parts) | Condition::Any(parts) => {
            parts.iter().for_each(|part| fill_tables(part, columns, tables));
        }
        Condition::Choose(parts) => parts.iter().for_each(|part| fill_tables(part, columns, tables)),
        Condition::Same(parts) => parts.iter().for_each(|part| fill_tables(part, columns, tables)),
        Condition::Numbers(_, left, right) => {
            [left, right].into_iter().for_each(|number| fill_tables_of_number(number, columns, tables));
        }
        Condition::NumberIn(number, _) => fill_tables_of_number(number, columns, tables),
        Condition::Text(test) => {
            if let (false, Some(column)) = (test.is_search(), test.columns().next())
                && let Texts::Coded { values, .. } = columns.texts(column)
            {
                let domain = Domain::Values(values);
                tables[test.slot] = table(values.len(), |rows, wanted| domain.text(test, rows, wanted));
            }
        }
        Condition::Topics(TopicTest { slot, test, .. }) => {
            let names = &columns.topics.names;
            let domain = Domain::Values(names);
            tables[*slot] = table(names.len(), |rows, wanted| domain.truth(test, rows, wanted));
        }
    }
}

fn fill_tables_of_number(number: &Number, columns: &Columns, tables: &mut Tables) {
    match number {
        Number::Literal(_) | Number::Column(_) | Number::Size(_) | Number::TopicCount => {}
        Number::Negated(inner) => fill_tables_of_number(inner, columns, tables),
        Number::Arithmetic(_, sides) => {
            sides.iter().for_each(|side| fill_tables_of_number(side, columns, tables));
        }
        Number::Choose(parts) => {
            let (question, then, otherwise) = &**parts;
            fill_tables(question, columns, tables);
            fill_tables_of_number(then, columns, tables);
            fill_tables_of_number(otherwise, columns, tables);
        }
    }
}

fn table(n_values: usize, truth_of: impl Fn(&Range<usize>, &Bits) -> Truth + Sync) -> Vec<u8> {
    let mut table = vec![0; n_values];
    table.par_chunks_mut(BLOCK_ROWS).enumerate().for_each(|(block, answers)| {
        let rows = block_rows(block, n_values);
        let Truth { yes, no } = truth_of(&rows, &wanted(&rows));
        for (row, answer) in answers.iter_mut().enumerate() {
            let bit = |bits: &Bits| (bits[row / 64] >> (row % 64) & 1) as u8;
            *answer = bit(&yes) | bit(&no) << 1;
        }
    });
    table
}

impl Domain<'_> {
    /// The truth of a condition in a block, for the rows that are wanted.
    fn truth(&self, condition: &Condition, rows: &Range<usize>, wanted: &Bits) -> Truth {
        match condition {
            Condition::Fixed(value) => Truth::fixed(*value),
            Condition::Flag(column) => {
                let flags = &self.columns().flags(*column)[rows.clone()];
                Truth::known(bits_where(wanted, |row| flags[row] != 0))
            }
            Condition::Known(column) => Truth::known(self.known(*column, rows, wanted)),
            Condition::Not(inner) => {
                let Truth { yes, no } = self.truth(inner, rows, wanted);
                Truth { yes: no, no: yes }
            }
            Condition::All(parts) => self.all(parts, rows, wanted),
            Condition::Any(parts) => self.any(parts, rows, wanted),
            Condition::Choose(parts) => {
                let [question, then, otherwise] = &**parts;
                let question = self.truth(question, rows, wanted);
                let then = self.truth(then, rows, &combine(wanted, &question.yes, |a, b| a & b));
                let otherwise = self.truth(otherwise, rows, &combine(wanted, &question.no, |a, b| a & b));
                let choose = |then: &Bits, otherwise: &Bits| {
                    let both = combine(&question.yes, then, |a, b| a & b);
                    combine(&both, &combine(&question.no, otherwise, |a, b| a & b), |a, b| a | b)
                };
                Truth { yes: choose(&then.yes, &otherwise.yes), no: choose(&then.no, &otherwise.no) }
            }
            Condition::Same(parts) => {
                let [a, b] = [0, 1].map(|side| self.truth(&parts[side], rows, wanted));
                let either = |left: (&Bits, &Bits), right: (&Bits, &Bits)| {
                    let (left, right) =
                        (combine(left.0, left.1, |a, b| a & b), combine(right.0, right.1, |a, b| a & b));
                    combine(&left, &right, |a, b| a | b)
                };
                Truth {
                    yes: either((&a.yes, &b.yes), (&a.no, &b.no)),
                    no: either((&a.yes, &b.no), (&a.no, &b.yes)),
                }
            }
            Condition::Numbers(order, left, right) => {
                let (left, right) = (self.numbers(left, rows, wanted), self.numbers(right, rows, wanted));
                let yes = bits_where(wanted, |row| order.holds(&left[row], &right[row]));
                // NaN is unequal to everything, but here it is not known whether it is.
                let known = bits_where(wanted, |row| !(left[row].is_nan() || right[row].is_nan()));
                Truth { yes: combine(&yes, &known, |a, b| a & b), no: combine(&yes, &known, |a, b| !a & b) }
            }
            Condition::NumberIn(number, values) => {
                let numbers = self.numbers(number, rows, wanted);
                let yes = bits_where(wanted, |row| values.contains(&numbers[row]));
                let known = bits_where(wanted, |row| !numbers[row].is_nan());
                Truth { yes, no: combine(&yes, &known, |a, b| !a & b) }
            }
            Condition::Text(test) => self.text(test, rows, wanted),
            Condition::Topics(test) => self.topics(test, rows, wanted),
        }
    }

    fn all(&self, parts: &[Condition], rows: &Range<usize>, wanted: &Bits) -> Truth {
        let mut whole = Truth::fixed(true);
        for part in parts {
            let open = combine(wanted, &whole.no, |a, b| a & !b);
            if open == [0; BLOCK_WORDS] {
                break;
            }
            let part = self.truth(part, rows, &open);
            whole.yes = combine(&whole.yes, &part.yes, |a, b| a & b);
            whole.no = combine(&whole.no, &combine(&part.no, &open, |a, b| a & b), |a, b| a | b);
        }
        whole
    }

    fn any(&self, parts: &[Condition], rows: &Range<usize>, wanted: &Bits) -> Truth {
        let mut whole = Truth::fixed(false);
        for part in parts {
            let open = combine(wanted, &whole.yes, |a, b| a & !b);
            if open == [0; BLOCK_WORDS] {
                break;
            }
            let part = self.truth(part, rows, &open);
            whole.yes = combine(&whole.yes, &combine(&part.yes, &open, |a, b| a & b), |a, b| a | b);
            whole.no = combine(&whole.no, &part.no, |a, b| a & b);
        }
        whole
    }

    fn known(&self, column: Column, rows: &Range<usize>, wanted: &Bits) -> Bits {
        match column {
            Column::Text(column) => match self.columns().texts(column) {
                Texts::Plain(texts) => bits_where(wanted, |row| !texts.bytes_of(rows.start + row).is_empty()),
                Texts::Coded { values, codes } => {
                    bits_where(wanted, |row| !values.bytes_of(codes.get(rows.start + row)).is_empty())
                }
            },
            Column::Number(column) | Column::Instant(column) => {
                let numbers = self.columns().numbers(column, rows.clone());
                bits_where(wanted, |row| !numbers[row].is_nan())
            }
            Column::Flag(_) => wanted.to_owned(),
            Column::Topics => {
                let topics = &self.columns().topics.rows;
                bits_where(wanted, |row| !topics.range(rows.start + row).is_empty())
            }
        }
    }

    /// A number each row of the block; anything where it is not wanted.
    fn numbers(&self, number: &Number, rows: &Range<usize>, wanted: &Bits) -> Vec<f64> {
        match number {
            Number::Literal(value) => vec![*value; rows.len()],
            Number::Column(column) => self.columns().numbers(*column, rows.clone()),
            Number::Size(text) => self.sizes(text, rows, wanted),
            Number::TopicCount => {
                let topics = &self.columns().topics.rows;
                rows.clone().map(|row| topics.range(row).len() as f64).collect()
            }
            Number::Negated(inner) => {
                let mut values = self.numbers(inner, rows, wanted);
                values.iter_mut().for_each(|value| *value = -*value);
                values
            }
            Number::Arithmetic(arithmetic, sides) => {
                let mut left = self.numbers(&sides[0], rows, wanted);
                let right = self.numbers(&sides[1], rows, wanted);
                left.iter_mut().zip(right).for_each(|(left, right)| *left = arithmetic.apply(*left, right));
                left
            }
            Number::Choose(parts) => {
                let (question, then, otherwise) = &**parts;
                let Truth { yes, no } = self.truth(question, rows, wanted);
                let then = self.numbers(then, rows, wanted);
                let otherwise = self.numbers(otherwise, rows, wanted);
                let is = |bits: &Bits, row: usize| bits[row / 64] >> (row % 64) & 1 == 1;
                let choose = |row: usize| match (is(&yes, row), is(&no, row)) {
                    (true, _) => then[row],
                    (_, true) => otherwise[row],
                    _ => f64::NAN,
                };
                (0..rows.len()).map(choose).collect()
            }
        }
    }

    fn sizes(&self, text: &Text, rows: &Range<usize>, wanted: &Bits) -> Vec<f64> {
        let operand = self.operand(text);
        let mut sizes = vec![0.0; rows.len()];
        bits_where(wanted, |row| {
            sizes[row] = n_letters(operand.as_it_is(rows.start + row)) as f64;
            true
        });
        sizes
    }

    /// Looked up where it was asked beforehand, else searched.
    fn text(&self, test: &TextTest, rows: &Range<usize>, wanted: &Bits) -> Truth {
        if let Self::Items { columns, tables } = self
            && let (false, Some(column)) = (test.is_search(), test.columns().next())
            && let Texts::Coded { codes, .. } = columns.texts(column)
        {
            let table = &tables[test.slot];
            return Truth::known(bits_where(wanted, |row| table[codes.get(rows.start + row)] & 1 == 1));
        }
        Truth::known(self.search(test, rows, wanted))
    }

    fn topics(&self, test: &TopicTest, rows: &Range<usize>, wanted: &Bits) -> Truth {
        let Self::Items { columns, tables } = self else {
            unreachable!("the check lets nothing but the topic itself be named within `exists` and `all`");
        };
        let (table, topics) = (&tables[test.slot], &columns.topics);
        let of = |row: usize| {
            topics.topics[topics.rows.range(rows.start + row)].iter().map(|&topic| table[topic as usize])
        };
        let one_is = |answer: u8| bits_where(wanted, |row| of(row).any(|found| found & answer != 0));
        let all_are = |answer: u8| bits_where(wanted, |row| of(row).all(|found| found & answer != 0));
        match test.quantifier {
            Quantifier::Exists => Truth { yes: one_is(1), no: all_are(2) },
            Quantifier::All => Truth { yes: all_are(1), no: one_is(2) },
        }
    }
}
