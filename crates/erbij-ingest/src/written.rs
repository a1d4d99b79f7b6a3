//! Pieces of `erbij.toml` as they are written: into a file by `erbij init`, into a hint to be pasted.

use std::fmt;

use crate::settings::{On, Words};

/// A text as a TOML string.
pub fn quoted(text: &str) -> String {
    // What JSON escapes TOML does too, but for DEL, which it does not allow as it is.
    serde_json::Value::from(text).to_string().replace('\u{7f}', "\\u007f")
}

/// Columns, and words of each, as the inside of `only = { … }` and `not = { … }`.
pub fn words_by_column<'a>(columns: impl IntoIterator<Item = (&'a String, &'a Words)>) -> String {
    let of_column = |(column, words): (&String, &Words)| {
        let words: Vec<String> = words.0.iter().map(|word| quoted(word)).collect();
        format!("{} = [{}]", quoted(column), words.join(", "))
    };
    columns.into_iter().map(of_column).collect::<Vec<_>>().join(", ")
}

/// What stands behind `on = `: one name, or a pair.
impl fmt::Display for On {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (own, other) = (self.own(), quoted(self.other()));
        let is_bare =
            !own.is_empty() && own.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        match is_bare {
            _ if own == self.other() => f.write_str(&other),
            true => write!(f, "{{ {own} = {other} }}"),
            false => write!(f, "{{ {} = {other} }}", quoted(own)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use erbij_core::from_toml;

    use super::*;
    use crate::settings::Join;

    #[test]
    fn what_is_written_is_read_as_it_was() {
        for (own, other) in [
            ("order_id", "order_id"),
            ("Order ID", "Order ID"),
            ("order_id", "id"),
            ("Order ID", "id"),
            ("order.id", "a \"quoted\" one"),
            ("é", "\u{7f}"),
        ] {
            // Words are compared in lower case, and read so.
            let words = vec![own.to_lowercase(), String::new()];
            let only = BTreeMap::from([(other.to_owned(), Words(words))]);
            let join = Join { only, ..Join::new("a.csv", own, other) };
            let text =
                format!("file = \"a.csv\"\non = {}\nonly = {{ {} }}", join.on, words_by_column(&join.only));
            assert_eq!(from_toml::<Join>(&text), Ok(join), "{text}");
        }
    }
}
