//! Colour for people: on a terminal alone, and not where they said that they want none.

use std::ffi::OsStr;
use std::io::IsTerminal;

/// How what must not be overlooked is marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Colour {
    /// Not at all.
    Plain,
    /// In red.
    Ansi,
}

impl Colour {
    /// What standard output may have. `NO_COLOR` set to anything means none (no-color.org).
    pub(crate) fn of_stdout() -> Self {
        Self::chosen(std::io::stdout().is_terminal(), std::env::var_os("NO_COLOR").as_deref())
    }

    fn chosen(is_terminal: bool, no_color: Option<&OsStr>) -> Self {
        let is_wanted = no_color.is_none_or(OsStr::is_empty);
        if is_terminal && is_wanted { Self::Ansi } else { Self::Plain }
    }

    /// A text that must not be overlooked.
    pub(crate) fn red(self, text: &str) -> String {
        match self {
            Self::Plain => text.to_owned(),
            Self::Ansi => format!("\x1b[31m{text}\x1b[0m"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn red_is_for_terminals_whose_people_want_it() {
        for (is_terminal, no_color, expected) in [
            (true, None, Colour::Ansi),
            (true, Some(""), Colour::Ansi),
            (true, Some("1"), Colour::Plain),
            (true, Some("0"), Colour::Plain),
            (false, None, Colour::Plain),
        ] {
            assert_eq!(Colour::chosen(is_terminal, no_color.map(OsStr::new)), expected, "{no_color:?}");
        }
        assert_eq!(Colour::Plain.red("a"), "a");
        assert_eq!(Colour::Ansi.red("a"), "\x1b[31ma\x1b[0m");
    }
}
