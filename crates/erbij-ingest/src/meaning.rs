//! What `erbij.toml` says of a column: which one it is, and what it means by what it holds.
//!
//! ```toml
//! [tables.orders.columns]
//! customer_id = "CustomerID"
//! order_id = ["store", "number"]
//! ordered_at = { column = "Date", time = "Time", format = "%d/%m/%Y %H:%M", zone = "Europe/Amsterdam" }
//! price = { column = "NETWR", is = "line_total", unit = "cents", tax_percent = 21 }
//! discount = { column = "korting", is = "percent" }
//! is_cancelled = { set = "cancelled_at" }
//!
//! item_id = { first_of = ["variation_id", "product_id"] }
//!
//! [tables.items.columns]
//! id = { column = "MATNR", leading_zeros = false }
//! availability = { column = "status", yes = ["leverbaar"], no = ["uit"] }
//! link = { column = "handle", template = "https://shop.example/products/{}" }
//! published = { not = "discontinued" }
//! ```

use std::fmt;

use erbij_core::{Currency, TimeZone};
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// What an amount is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AmountOf {
    /// A price: of one piece.
    Piece,
    /// A price: of all pieces of the line together.
    LineTotal,
    /// A discount: so many in a hundred of the price.
    Percent,
    /// A discount: a share of the price, 0 to 1.
    Share,
    /// A discount: so much of the line, in the price's own unit.
    Amount,
}

/// What amounts are counted in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Euros and the like.
    #[default]
    Major,
    /// Hundredths of them, or whatever the currency's smallest unit is.
    Cents,
}

/// What the settings say of a column.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Meaning {
    /// The columns of the files. Of several, the values together are one value.
    pub columns: Vec<String>,
    /// Whether of several columns the first that holds a value counts.
    pub first_of: bool,
    /// Whether a profile says so, and not the settings: a file may lack it then.
    pub is_guess: bool,
    /// What an amount is of.
    pub is: Option<AmountOf>,
    /// What amounts are counted in.
    pub unit: Unit,
    /// The tax that amounts do not hold yet.
    pub tax_percent: f64,
    /// How instants are written, in the letters of `strftime`.
    pub format: Option<String>,
    /// The zone of instants that name none.
    pub zone: Option<TimeZone>,
    /// Whether a value of any kind means yes.
    pub set: bool,
    /// Whether yes means no.
    pub inverse: bool,
    /// Whether zeros before the digits of an id are left out: `000042` is `42`.
    pub strips_zeros: bool,
    /// What a text is put into, in the place of `{}`.
    pub template: Option<String>,
    /// Words that mean yes, or in stock.
    pub yes: Vec<String>,
    /// Words that mean no, or not in stock.
    pub no: Vec<String>,
}

impl Meaning {
    /// How many major units the column's unit is.
    pub(crate) fn unit_in_major(&self, currency: Currency) -> f64 {
        match self.unit {
            Unit::Major => 1.0,
            Unit::Cents => 10_f64.powi(-(currency.minor_digits() as i32)),
        }
    }

    /// What a number of the column is to be multiplied by to be an amount in major units with tax.
    pub(crate) fn to_major(&self, currency: Currency) -> f64 {
        self.unit_in_major(currency) * (1.0 + self.tax_percent / 100.0)
    }

    /// A column by its name alone.
    pub fn column(name: &str) -> Self {
        Self { columns: vec![name.to_owned()], ..Self::default() }
    }
}

/// One name, or several.
#[derive(Deserialize)]
#[serde(untagged)]
enum Names {
    One(String),
    Several(Vec<String>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    column: Option<Names>,
    set: Option<String>,
    not: Option<String>,
    first_of: Option<Vec<String>>,
    is: Option<AmountOf>,
    #[serde(default)]
    unit: Unit,
    #[serde(default)]
    tax_percent: f64,
    format: Option<String>,
    time: Option<String>,
    zone: Option<TimeZone>,
    leading_zeros: Option<bool>,
    template: Option<String>,
    #[serde(default)]
    yes: Vec<String>,
    #[serde(default)]
    no: Vec<String>,
}

impl TryFrom<Said> for Meaning {
    type Error = &'static str;

    fn try_from(said: Said) -> Result<Self, Self::Error> {
        let (set, inverse, first_of) = (said.set.is_some(), said.not.is_some(), said.first_of.is_some());
        let mut columns = match (said.column, said.set, said.not, said.first_of) {
            (Some(Names::One(name)), None, None, None)
            | (None, Some(name), None, None)
            | (None, None, Some(name), None) => vec![name],
            (Some(Names::Several(names)), None, None, None) | (None, None, None, Some(names))
                if !names.is_empty() =>
            {
                names
            }
            _ => {
                return Err(
                    "expected one of `column`, `set`, `not` and `first_of`, with the name of a column",
                );
            }
        };
        if first_of && said.time.is_some() {
            return Err("expected no `time` beside `first_of`");
        }
        columns.extend(said.time);
        if said.template.as_ref().is_some_and(|template| !template.contains("{}")) {
            return Err("expected a `template` with `{}` where the value goes");
        }
        if !(0.0..=100.0).contains(&said.tax_percent) {
            return Err("expected a `tax_percent` from 0 to 100");
        }
        Ok(Self {
            columns,
            first_of,
            is_guess: false,
            is: said.is,
            unit: said.unit,
            tax_percent: said.tax_percent,
            format: said.format,
            zone: said.zone,
            set,
            inverse,
            strips_zeros: said.leading_zeros == Some(false),
            template: said.template,
            yes: said.yes,
            no: said.no,
        })
    }
}

impl<'de> Deserialize<'de> for Meaning {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(MeaningVisitor)
    }
}

struct MeaningVisitor;

impl<'de> Visitor<'de> for MeaningVisitor {
    type Value = Meaning;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a column, a list of names, or `{ column = \"…\", … }`")
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Meaning, E> {
        Ok(Meaning::column(name))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut names: A) -> Result<Meaning, A::Error> {
        let mut columns = Vec::new();
        while let Some(name) = names.next_element()? {
            columns.push(name);
        }
        match columns.is_empty() {
            true => Err(serde::de::Error::custom("expected at least one name of a column")),
            false => Ok(Meaning { columns, ..Meaning::default() }),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Meaning, A::Error> {
        let said = Said::deserialize(MapAccessDeserializer::new(map))?;
        Meaning::try_from(said).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use erbij_core::from_toml;

    use super::*;

    #[test]
    fn a_column_is_a_name_a_list_or_a_table() {
        let read = |value: &str| {
            from_toml::<BTreeMap<String, Meaning>>(&format!("price = {value}"))
                .map(|mut read| read.remove("price").expect("it is there"))
                .map_err(|error| error.to_string())
        };
        assert_eq!(read("'p'"), Ok(Meaning::column("p")));
        let both = Meaning { columns: vec!["a".to_owned(), "b".to_owned()], ..Meaning::default() };
        assert_eq!(read("['a', 'b']"), Ok(both.clone()));
        assert_eq!(read("{ column = 'a', time = 'b' }"), Ok(both));
        let cents = Meaning { is: Some(AmountOf::LineTotal), unit: Unit::Cents, ..Meaning::column("p") };
        assert_eq!(read("{ column = 'p', is = 'line_total', unit = 'cents' }"), Ok(cents));
        assert_eq!(read("{ set = 'p' }"), Ok(Meaning { set: true, ..Meaning::column("p") }));
        assert_eq!(read("{ not = 'p' }"), Ok(Meaning { inverse: true, ..Meaning::column("p") }));
        for (value, expected) in [
            ("{ is = 'line_total' }", "expected one of `column`, `set`, `not` and `first_of`"),
            ("{ column = 'p', not = 'q' }", "expected one of `column`, `set`, `not` and `first_of`"),
            ("{ colum = 'p' }", "unknown key `colum`; did you mean `column`?"),
            ("{ column = 'p', is = 'line_totl' }", "unknown value `line_totl`; did you mean `line_total`?"),
            ("{ column = 'p', tax_percent = 121 }", "expected a `tax_percent` from 0 to 100"),
            ("{ column = 'p', template = 'x' }", "expected a `template` with `{}`"),
            ("[]", "expected at least one name of a column"),
            ("3", "expected the name of a column"),
        ] {
            let error = read(value).expect_err(value);
            assert!(error.contains(expected), "{value}: {error}");
        }
    }
}
