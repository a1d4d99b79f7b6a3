//! What the words of shops mean: yes and no, in stock and sold out, cancelled, and nothing at all.

use std::collections::HashMap;

use erbij_core::{Availability, Timestamp};

use crate::meaning::Meaning;

/// What stands where there is no value: written by pandas, R, SQL, JavaScript, Google Analytics and MySQL.
const NOTHING: [&str; 18] = [
    "",
    "-",
    "--",
    "?",
    "nan",
    "none",
    "null",
    "nil",
    "n/a",
    "#n/a",
    "na",
    "nat",
    "<na>",
    "\\n",
    "(not set)",
    "(none)",
    "undefined",
    "[null]",
];

/// The longest of them.
const LONGEST_NOTHING: usize = 9;

/// What stands for a person whom nobody knows, beside the above.
const NOBODY: [&str; 8] =
    ["0", "-1", "guest", "anonymous", "anoniem", "gast", "00000000-0000-0000-0000-000000000000", "(guest)"];

/// Whether a text stands for no value.
pub(crate) fn is_nothing(text: &str) -> bool {
    text.len() <= LONGEST_NOTHING && NOTHING.iter().any(|nothing| nothing.eq_ignore_ascii_case(text))
}

/// The ids of people that stand for nobody, where the settings name none.
pub(crate) fn nobody() -> Vec<String> {
    NOBODY.map(str::to_owned).to_vec()
}

/// What a flag says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flag {
    /// Nothing.
    Nothing,
    /// Yes.
    Yes,
    /// No.
    No,
    /// That what the row tells of came to nothing: a state of its own.
    CameToNothing,
    /// Something that means nothing here.
    Unread,
}

/// A word without case and marks, so that `Not visible` and `NOT_VISIBLE` are one.
fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn is_one_of(words: &[String], plain_word: &str) -> bool {
    words.iter().any(|word| plain(word) == plain_word)
}

/// What a text says as a flag. Words of the settings win.
pub(crate) fn flag(text: &str, meaning: &Meaning) -> Flag {
    let text = text.trim();
    let word = plain(text);
    let said = if is_one_of(&meaning.yes, &word) && !word.is_empty() {
        Flag::Yes
    } else if is_one_of(&meaning.no, &word) && !word.is_empty() {
        Flag::No
    } else if is_nothing(text) || is_zero_date(text) {
        Flag::Nothing
    } else if meaning.set {
        Flag::Yes
    } else {
        usual_flag(text, &word)
    };
    match said {
        Flag::Yes if meaning.inverse => Flag::No,
        Flag::No if meaning.inverse => Flag::Yes,
        said => said,
    }
}

fn usual_flag(text: &str, word: &str) -> Flag {
    match word {
        "true" | "yes" | "y" | "t" | "ja" | "j" | "oui" | "o" | "si" | "sí" | "sim" | "x" | "on" | "wahr"
        | "waar" | "vrai" | "enabled" | "active" | "publish" | "published" | "visible" | "actief"
        | "zichtbaar" | "catalog" | "search" | "catalogsearch" | "both" | "aan" | "aktiv" | "sichtbar"
        | "live" | "online" => Flag::Yes,
        "false"
        | "no"
        | "n"
        | "f"
        | "nee"
        | "nein"
        | "non"
        | "off"
        | "falsch"
        | "onwaar"
        | "faux"
        | "disabled"
        | "inactive"
        | "draft"
        | "private"
        | "hidden"
        | "archived"
        | "unpublished"
        | "inactief"
        | "verborgen"
        | "uit"
        | "inaktiv"
        | "concept"
        | "trash"
        | "deleted"
        | "offline"
        | "notvisible"
        | "notvisibleindividually"
        | "invisible"
        | "disallowed"
        | "pending" => Flag::No,
        "cancelled" | "canceled" | "cancel" | "geannuleerd" | "storniert" | "annule" | "annulé"
        | "cancelado" | "anulado" | "failed" | "mislukt" | "refunded" | "fullyrefunded" | "terugbetaald"
        | "voided" | "void" | "rejected" | "declined" | "expired" | "abandoned" | "wccancelled"
        | "wcfailed" | "wcrefunded" | "wctrash" | "returned" | "chargeback" => Flag::CameToNothing,
        _ => match text.parse::<f64>() {
            Ok(0.0) => Flag::No,
            Ok(1.0) => Flag::Yes,
            Ok(_) => Flag::Unread,
            // A moment at which it became so.
            Err(_) if Timestamp::parse(text).is_ok() => Flag::Yes,
            Err(_) => Flag::Unread,
        },
    }
}

/// What the state of an order says of it: whether it came to nothing. States of an order under way are no reason to
/// doubt it.
pub(crate) fn order_state(text: &str, meaning: &Meaning) -> Flag {
    match flag(text, meaning) {
        said if meaning.inverse || meaning.set => said,
        Flag::No | Flag::Unread if meaning.yes.is_empty() && meaning.no.is_empty() => {
            match plain(text).trim_start_matches("wc") {
                "draft" | "checkoutdraft" | "autodraft" | "trash" | "deleted" | "paymentreview"
                | "pendingpayment" | "quote" | "offerte" => Flag::CameToNothing,
                "false" | "no" | "n" | "f" | "nee" | "nein" | "non" | "0" | "off" => Flag::No,
                "completed" | "complete" | "shipped" | "delivered" | "processing" | "paid" | "pending"
                | "onhold" | "holded" | "open" | "closed" | "authorized" | "partiallyrefunded"
                | "partiallypaid" | "partiallyshipped" | "fulfilled" | "unfulfilled" | "partial" | "new"
                | "created" | "invoiced" | "approved" | "sale" | "done" | "sent" | "intransit"
                | "confirmed" | "accepted" | "received" | "finished" | "active" | "unshipped" | "placed"
                | "success" | "successful" | "ready" | "dispatched" | "afgerond" | "verzonden"
                | "geleverd" | "betaald" | "inbehandeling" | "nieuw" | "voltooid" | "abgeschlossen"
                | "versendet" | "bezahlt" => Flag::No,
                _ => match plain(text) {
                    word if word.starts_with("shipped") => Flag::No,
                    _ => Flag::Unread,
                },
            }
        }
        said => said,
    }
}

/// What a flag says of which the words may also be states: those of an order under way say no.
pub(crate) fn cancellation(text: &str, meaning: &Meaning) -> Flag {
    match flag(text, meaning) {
        Flag::Unread => match order_state(text, meaning) {
            Flag::Yes => Flag::Unread,
            said => said,
        },
        said => said,
    }
}

fn is_zero_date(text: &str) -> bool {
    text.starts_with("0000-00-00")
}

/// What a text says of the stock, a number being pieces; none where it says nothing.
pub(crate) fn availability(text: &str, meaning: &Meaning) -> Option<Result<Availability, ()>> {
    let text = text.trim();
    let whole = plain(text);
    if !whole.is_empty() && is_one_of(&meaning.yes, &whole) {
        return Some(Ok(in_stock(!meaning.inverse)));
    }
    if !whole.is_empty() && is_one_of(&meaning.no, &whole) {
        return Some(Ok(in_stock(meaning.inverse)));
    }
    if is_nothing(text) {
        return None;
    }
    // schema.org writes an address that ends in the word.
    let word = plain(text.rsplit('/').next().unwrap_or_default());
    let found = match word.as_str() {
        "instock"
        | "true"
        | "yes"
        | "y"
        | "t"
        | "ja"
        | "j"
        | "oui"
        | "si"
        | "sí"
        | "x"
        | "on"
        | "available"
        | "limitedavailability"
        | "limited"
        | "onlineonly"
        | "instoreonly"
        | "opvoorraad"
        | "voorradig"
        | "leverbaar"
        | "beschikbaar"
        | "auflager"
        | "verfügbar"
        | "lieferbar"
        | "enstock"
        | "disponible"
        | "active"
        | "lowstock"
        | "instocklimited" => Availability::InStock,
        "outofstock" | "false" | "no" | "n" | "f" | "nee" | "nein" | "non" | "off" | "soldout"
        | "discontinued" | "unavailable" | "notavailable" | "uitverkocht" | "nietopvoorraad"
        | "nietleverbaar" | "nietbeschikbaar" | "ausverkauft" | "nichtverfügbar" | "nichtlieferbar"
        | "nichtauflager" | "epuise" | "épuisé" | "rupture" | "rupturedestock" | "agotado" | "reserved"
        | "inactive" | "draft" | "archived" | "disabled" => Availability::OutOfStock,
        "preorder" | "presale" | "comingsoon" | "binnenkort" => Availability::Preorder,
        "backorder" | "onbackorder" | "madetoorder" | "nabestelling" | "backorders" => {
            Availability::Backorder
        }
        _ => match super::numeral::number(text) {
            Some(pieces) => in_stock(0.0 < pieces),
            None => return Some(Err(())),
        },
    };
    Some(Ok(match found {
        Availability::InStock if meaning.inverse => Availability::OutOfStock,
        Availability::OutOfStock if meaning.inverse => Availability::InStock,
        found => found,
    }))
}

pub(crate) const fn in_stock(is: bool) -> Availability {
    if is { Availability::InStock } else { Availability::OutOfStock }
}

/// What texts mean, each asked once while there are few. Rows repeat a handful of words.
pub(crate) struct Memo<T> {
    known: HashMap<Box<str>, T>,
}

/// A column of more different texts than this is no column of words.
const MOST_KNOWN: usize = 4096;

impl<T: Copy> Memo<T> {
    pub(crate) fn new() -> Self {
        Self { known: HashMap::new() }
    }

    /// What a text means; `meant` is asked where that is not known yet.
    pub(crate) fn get(&mut self, text: &str, meant: impl FnOnce(&str) -> T) -> T {
        if let Some(&known) = self.known.get(text) {
            return known;
        }
        let meant = meant(text);
        if self.known.len() < MOST_KNOWN {
            self.known.insert(text.into(), meant);
        }
        meant
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_read_as_shops_write_them() {
        let said = |words: &str, expected: Flag| {
            for word in words.split('|') {
                assert_eq!(flag(word, &Meaning::default()), expected, "{word}");
            }
        };
        said("true|TRUE|1|1.0|yes|Ja|J|oui|x|X|on|t|2026-03-01 10:00:00|Publish", Flag::Yes);
        said("false|0|0.0|no|nee|n|off|draft|Not Visible Individually", Flag::No);
        said("|null|NaN|0000-00-00 00:00:00|N/A", Flag::Nothing);
        said("cancelled|Canceled|geannuleerd|wc-refunded", Flag::CameToNothing);
        said("perhaps|7|-1", Flag::Unread);
    }

    #[test]
    fn words_of_the_settings_win_and_turn() {
        let meaning = |set, inverse| Meaning {
            yes: vec!["A".to_owned()],
            no: vec!["yes".to_owned()],
            set,
            inverse,
            ..Meaning::default()
        };
        for (word, set, inverse, expected) in [
            ("a", false, false, Flag::Yes),
            ("yes", false, false, Flag::No),
            ("a", false, true, Flag::No),
            ("true", false, true, Flag::No),
            ("anything", true, false, Flag::Yes),
            ("null", true, false, Flag::Nothing),
        ] {
            assert_eq!(flag(word, &meaning(set, inverse)), expected, "{word}");
        }
    }

    #[test]
    fn states_of_orders_tell_what_came_to_nothing() {
        for (words, expected) in [
            ("Cancelled|failed|refunded|voided|trash|wc-checkout-draft|true|1", "nothing"),
            (
                "Shipped|completed|on-hold|pending|wc-processing|Shipped - Delivered to Buyer|false|0",
                "purchase",
            ),
            ("frobnicated", "unread"),
        ] {
            for word in words.split('|') {
                let found = match order_state(word, &Meaning::default()) {
                    Flag::Yes | Flag::CameToNothing => "nothing",
                    Flag::No | Flag::Nothing => "purchase",
                    Flag::Unread => "unread",
                };
                assert_eq!(found, expected, "{word}");
            }
        }
    }

    #[test]
    fn stock_is_read_as_shops_write_it() {
        for (words, expected) in [
            (
                "in_stock|In Stock|https://schema.org/InStock|1|7|2.0|yes|ja|op voorraad",
                Ok(Availability::InStock),
            ),
            ("N|f|0|0.0|-3|uitverkocht|sold out|draft|false|outofstock", Ok(Availability::OutOfStock)),
            ("onbackorder|backorder", Ok(Availability::Backorder)),
            ("preorder", Ok(Availability::Preorder)),
            ("perhaps", Err(())),
        ] {
            for word in words.split('|') {
                assert_eq!(availability(word, &Meaning::default()), Some(expected), "{word}");
            }
        }
        assert_eq!(availability(" ", &Meaning::default()), None);
    }
}
