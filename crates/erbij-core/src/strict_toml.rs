//! Settings from TOML, where a misspelt key is an error that names the key that was meant.

use serde::de::DeserializeOwned;

/// Why a text is not the settings it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct TomlError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong there, and where a key is unknown, the nearest one that is not.
    pub message: String,
}

/// Reads a text into a type whose structs carry `deny_unknown_fields`.
///
/// ```
/// #[derive(serde::Deserialize, Debug)]
/// #[serde(deny_unknown_fields)]
/// struct Params {
///     #[allow(dead_code)]
///     window_days: u32,
/// }
/// let error = erbij_core::from_toml::<Params>("# how far back\nwndow_days = 28").unwrap_err();
/// assert_eq!(error.to_string(), "line 2: unknown key `wndow_days`; did you mean `window_days`?");
/// ```
pub fn from_toml<T: DeserializeOwned>(text: &str) -> Result<T, TomlError> {
    toml::from_str(text).map_err(|error: toml::de::Error| {
        let start = error.span().map_or(0, |span| span.start.min(text.len()));
        let line = 1 + text.as_bytes()[..start].iter().filter(|&&byte| byte == b'\n').count();
        TomlError { line, message: with_nearest(error.message()) }
    })
}

/// Serde lists every key that would have been right; people want the one they meant.
fn with_nearest(message: &str) -> String {
    let names: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let (Some((found, known)), Some(kind)) = (
        names.split_first(),
        [("unknown field", "key"), ("unknown variant", "value")]
            .into_iter()
            .find_map(|(serde, word)| message.starts_with(serde).then_some(word)),
    ) else {
        return message.to_owned();
    };
    let nearest = nearest(found, known.iter().copied());
    match nearest {
        Some(nearest) => format!("unknown {kind} `{found}`; did you mean `{nearest}`?"),
        None => format!("unknown {kind} `{found}`; known are `{}`", known.join("`, `")),
    }
}

/// The word that a misspelt one was probably meant to be; none where nothing is near.
pub fn nearest<'a>(found: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let scored = known.map(|word| (strsim::jaro_winkler(found, word), word));
    let best = scored.max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)))?;
    (0.8 <= best.0).then_some(best.1)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize, Debug)]
    #[serde(deny_unknown_fields, rename_all = "snake_case")]
    #[expect(dead_code, reason = "only its reading is under test")]
    struct Settings {
        shrinkage: Option<f32>,
        measure: Option<Measure>,
    }

    #[derive(Deserialize, Debug)]
    #[serde(rename_all = "snake_case")]
    enum Measure {
        Cosine,
        Jaccard,
    }

    #[test]
    fn errors_name_the_line_and_the_word_that_was_meant() {
        for (text, expected) in [
            ("shrinkage = 5", None),
            ("\nshrinkege = 5", Some("line 2: unknown key `shrinkege`; did you mean `shrinkage`?")),
            ("colour = 1", Some("line 1: unknown key `colour`; known are `shrinkage`, `measure`")),
            ("measure = 'cosin'", Some("line 1: unknown value `cosin`; did you mean `cosine`?")),
            ("shrinkage = 'a'", Some("line 1: invalid type: string \"a\", expected f32")),
        ] {
            let error = from_toml::<Settings>(text).err().map(|error| error.to_string());
            assert_eq!(error.as_deref(), expected, "{text}");
        }
    }
}
