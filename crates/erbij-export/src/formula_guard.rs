//! Keeps spreadsheets from taking a text for a formula.

use std::borrow::Cow;
use std::sync::atomic::{AtomicU64, Ordering};

/// Keeps spreadsheets from taking a text for a formula, and counts the texts it changed.
#[derive(Debug, Default)]
pub struct FormulaGuard {
    n_guarded: AtomicU64,
}

impl FormulaGuard {
    /// A text that a spreadsheet would take for a formula gets an apostrophe in front (OWASP, "CSV Injection").
    pub fn harmless<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\0', '＝', '＋', '－', '＠']) {
            self.n_guarded.fetch_add(1, Ordering::Relaxed);
            Cow::Owned(format!("'{text}"))
        } else {
            Cow::Borrowed(text)
        }
    }

    /// How many texts were changed.
    pub fn n_guarded(&self) -> u64 {
        self.n_guarded.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_formula_is_made_harmless() {
        let guard = FormulaGuard::default();
        for (text, expected) in
            [("=1+1", "'=1+1"), ("-5", "'-5"), ("＝A1", "'＝A1"), ("tea", "tea"), ("", "")]
        {
            assert_eq!(guard.harmless(text), expected);
        }
        assert_eq!(guard.n_guarded(), 3);
    }
}
