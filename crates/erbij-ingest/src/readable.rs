//! Titles as people read them: without markup and entities, and in one language.

use std::borrow::Cow;
use std::collections::BTreeMap;

/// What Shopify calls the one variant of a product without variants: no name of anything.
const NO_TITLE: &str = "Default Title";

/// Languages of titles in several of them, best first.
const LANGUAGES: [&str; 4] = ["nl", "en", "de", "fr"];

/// A title without the marks of the system that wrote it.
pub(crate) fn readable(title: &str) -> Cow<'_, str> {
    if title == NO_TITLE {
        return Cow::Borrowed("");
    }
    let one = one_language(title);
    if !one.contains(['<', '&']) {
        return one;
    }
    let text = without_tags(&one);
    let text = html_escape::decode_html_entities(&text);
    let words: Vec<&str> = text.split_whitespace().collect();
    Cow::Owned(words.join(" "))
}

/// Of `{"nl_NL": "Thee", "en_US": "Tea"}` the text in the first of the languages that is there, else the first by key.
fn one_language(title: &str) -> Cow<'_, str> {
    if !title.starts_with('{') {
        return Cow::Borrowed(title);
    }
    let Ok(texts) = serde_json::from_str::<BTreeMap<String, String>>(title) else {
        return Cow::Borrowed(title);
    };
    let in_language = |language: &&str| {
        texts.iter().find(|(key, text)| key.to_lowercase().starts_with(*language) && !text.is_empty())
    };
    let chosen = LANGUAGES.iter().find_map(in_language).or_else(|| texts.iter().next());
    chosen.map_or(Cow::Borrowed(title), |(_, text)| Cow::Owned(text.trim().to_owned()))
}

/// What stands outside `<b>` and `</b>`; a `<` before a space or a number is none of these.
fn without_tags(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        let is_tag = rest[start + 1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!');
        let end = rest[start..].find('>').filter(|_| is_tag);
        let Some(end) = end else {
            out.push_str(&rest[..=start]);
            rest = &rest[start + 1..];
            continue;
        };
        out.push_str(&rest[..start]);
        out.push(' ');
        rest = &rest[start + end + 1..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_what_people_read() {
        for (title, expected) in [
            ("Tea", "Tea"),
            ("Default Title", ""),
            ("Caf&eacute; <b>Pan</b> &amp; lid", "Café Pan & lid"),
            ("3 < 4 &lt; 5", "3 < 4 < 5"),
            ("M&M's <3 you", "M&M's <3 you"),
            (r#"{"en_US": "Tea", "nl_NL": "Thee"}"#, "Thee"),
            (r#"{"sv": "Te"}"#, "Te"),
            ("{not json}", "{not json}"),
            ("Line<br/>break", "Line break"),
        ] {
            assert_eq!(readable(title), expected, "{title}");
        }
    }
}
