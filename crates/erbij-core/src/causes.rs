//! What an error and its causes say, each thing once.
//!
//! Errors here never repeat their source. Errors of others do: that of a CSV file says what the system said, and gives it
//! as its source besides.

use std::error::Error;

/// The messages of an error and of its causes, the outermost first, without those that say again what was said.
///
/// ```
/// use std::io::{Error, ErrorKind};
/// let error = Error::new(ErrorKind::Other, Error::new(ErrorKind::Other, "no room"));
/// assert_eq!(erbij_core::causes(&error), ["no room"]);
/// ```
pub fn causes(error: &(dyn Error + 'static)) -> Vec<String> {
    let chain = std::iter::successors(Some(error), |&error| error.source());
    said_once(chain.map(ToString::to_string))
}

/// The messages of a chain, the outermost first, without those that say again what was said. O(length).
///
/// ```
/// let chain = ["reading `a` failed", "no room: disk full", "disk full"].map(str::to_owned);
/// assert_eq!(erbij_core::said_once(chain), ["reading `a` failed", "no room: disk full"]);
/// ```
pub fn said_once(chain: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut said: Vec<String> = Vec::new();
    for message in chain {
        match said.last_mut() {
            Some(before) if before.ends_with(&message) => {}
            // A message that begins with the one around it says the same and more.
            Some(before) if message.starts_with(&format!("{before}: ")) => *before = message,
            _ => said.push(message),
        }
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_is_not_said_again() {
        for (chain, expected) in [
            (&[][..], &[][..]),
            (&["a"], &["a"]),
            (&["a", "a"], &["a"]),
            (&["a: b", "b"], &["a: b"]),
            (&["a", "a: b"], &["a: b"]),
            (&["a", "b: c", "c", "d"], &["a", "b: c", "d"]),
            // Alike is not the same.
            (&["ab", "a"], &["ab", "a"]),
            (&["a", "ab"], &["a", "ab"]),
        ] {
            let chain = chain.iter().map(|&message| message.to_owned());
            assert_eq!(said_once(chain), expected);
        }
    }
}
