//! What could not be read: how many rows, and the first few different words of them.

/// How many different words are told.
const MOST_WORDS: usize = 5;
/// How many letters of a word are told.
const MOST_CHARS: usize = 40;

/// Values of one column that mean nothing here.
#[derive(Clone, Debug, Default)]
pub(crate) struct Unread {
    /// How many rows hold one.
    pub(crate) n_rows: u64,
    /// How many rows hold one that was understood.
    pub(crate) n_read: u64,
    words: Vec<String>,
}

impl Unread {
    /// Remembers a word, not how often it stands there.
    pub(crate) fn word(&mut self, word: &str) {
        let word = shortened(word.trim());
        if self.words.len() < MOST_WORDS && !self.words.contains(&word) {
            self.words.push(word);
        }
    }

    /// The words, for a sentence.
    pub(crate) fn words(&self) -> String {
        let words: Vec<String> = self.words.iter().map(|word| format!("`{word}`")).collect();
        words.join(", ")
    }

    /// What is said of a column, and what follows for its rows; none where all was read.
    pub(crate) fn told(&self, column: &str, consequence: &str) -> Option<String> {
        (0 < self.n_rows).then(|| {
            format!(
                "`{column}` is not recognised in {} rows, such as {}: {consequence}",
                self.n_rows,
                self.words()
            )
        })
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(MOST_CHARS) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None => text.to_owned(),
    }
}
