//! Tables and numbers for people.

use std::fmt::Write as _;

use erbij_core::with_commas;

/// A table for a terminal: the first column to the left, the others to the right.
pub(super) fn aligned(table: &[Vec<String>]) -> String {
    let n_columns = table.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        table.iter().filter_map(|row| row.get(column)).map(|text| text.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..n_columns).map(width).collect();
    let mut text = String::new();
    for row in table {
        for (column, (cell, &width)) in row.iter().zip(&widths).enumerate() {
            let _ = match column {
                0 => write!(text, "  {cell:<width$}"),
                _ => write!(text, "  {cell:>width$}"),
            };
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    text
}

/// A table as Markdown has it, its first row the head.
pub(super) fn markdown(table: &[Vec<String>]) -> String {
    let mut text = String::new();
    for (at, row) in table.iter().enumerate() {
        let _ = writeln!(text, "| {} |", row.join(" | "));
        if at == 0 {
            let _ = writeln!(text, "|{}", "---|".repeat(row.len()));
        }
    }
    text
}

/// A p-value as it can be believed: far out in a tail its digits say nothing.
pub(super) fn p_text(p: f64) -> String {
    if p < 0.001 { "< 0.001".to_owned() } else { format!("{p:.3}") }
}

/// How many, or that there is nobody.
pub(super) fn n_text(n: Option<usize>) -> String {
    n.map_or_else(|| "-".to_owned(), |n| with_commas(n as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_line_up() {
        let table =
            [vec!["system".to_owned(), "NDCG@10".to_owned()], vec!["ease".to_owned(), "-".to_owned()]];
        assert_eq!(aligned(&table), "  system  NDCG@10\n  ease          -\n");
        assert_eq!(markdown(&table), "| system | NDCG@10 |\n|---|---|\n| ease | - |\n");
    }

    #[test]
    fn numbers_say_no_more_than_they_know() {
        assert_eq!([0.0009, 0.001, 0.0236, 1.0].map(p_text), ["< 0.001", "0.001", "0.024", "1.000"]);
        assert_eq!([n_text(None), n_text(Some(1200))], ["-", "1,200"]);
        assert_eq!([0, 999, 1_000, 1_469_307].map(with_commas), ["0", "999", "1,000", "1,469,307"]);
    }
}
