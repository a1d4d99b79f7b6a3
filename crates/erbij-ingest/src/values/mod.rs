//! Decoded columns become plain values: ids their index, instants microseconds, amounts floats, words what they mean.
//!
//! There is one reader for each kind of value, and every table uses it. Whatever type a writer chose, a column is first
//! made one of a few plain types ([`plain`]). A value that cannot be read is never taken for a harmless one: it is
//! counted, its words are kept for the report, and who reads it decides for the safe side.

mod column;
mod currency;
mod flags;
mod ids;
mod instants;
mod numbers;
mod numeral;
mod plain;
mod several;
mod texts;
mod unread;
mod words;

pub(crate) use column::{Column, described};
pub(crate) use currency::parse as currency_named;
pub(crate) use flags::{Flags, Stock};
pub(crate) use ids::{Ids, Nothing};
pub(crate) use instants::{BAD_INSTANT, Instants, NO_INSTANT};
pub(crate) use numbers::{Currencies, InCurrency, Numbers, Price, Prices};
pub(crate) use numeral::amount;
pub(crate) use plain::{fixed_text, is_flat, plain};
pub(crate) use several::{first_of, together};
pub(crate) use texts::{Texts, first_texts, paths, text};
pub(crate) use unread::Unread;
pub(crate) use words::{Flag, availability, cancellation, flag, is_nothing, nobody, order_state};
