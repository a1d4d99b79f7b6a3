//! Currencies as files name them: `EUR`, `eur`, `€`, `Euro`, `978`.

use erbij_core::Currency;

/// Signs, names and numbers of ISO 4217, and the codes they mean.
const OTHER_NAMES: [(&str, &str); 33] = [
    ("€", "EUR"),
    ("EURO", "EUR"),
    ("EUROS", "EUR"),
    ("978", "EUR"),
    ("£", "GBP"),
    ("826", "GBP"),
    ("US$", "USD"),
    ("840", "USD"),
    ("¥", "JPY"),
    ("392", "JPY"),
    ("156", "CNY"),
    ("CHF.", "CHF"),
    ("SFR", "CHF"),
    ("756", "CHF"),
    ("752", "SEK"),
    ("578", "NOK"),
    ("208", "DKK"),
    ("ZŁ", "PLN"),
    ("985", "PLN"),
    ("KČ", "CZK"),
    ("203", "CZK"),
    ("FT", "HUF"),
    ("348", "HUF"),
    ("LEI", "RON"),
    ("946", "RON"),
    ("R$", "BRL"),
    ("986", "BRL"),
    ("₹", "INR"),
    ("356", "INR"),
    ("₺", "TRY"),
    ("949", "TRY"),
    ("124", "CAD"),
    ("036", "AUD"),
];

/// The currency that a text names. `$` is that of the shop where it counts in dollars, else that of the United States.
pub(crate) fn parse(text: &str, own: Currency) -> Option<Currency> {
    let text = text.trim();
    let upper = text.to_uppercase();
    if upper == "$" {
        let is_dollar = ["USD", "CAD", "AUD", "NZD", "SGD", "HKD"].contains(&own.code());
        return if is_dollar { Some(own) } else { Currency::parse("USD").ok() };
    }
    let is_meant = |name: &str| name == upper || name.trim_start_matches('0') == upper;
    let code = OTHER_NAMES.iter().find(|(name, _)| is_meant(name)).map_or(text, |&(_, code)| code);
    Currency::parse(code).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_currency_is_one_under_any_of_its_names() {
        for name in ["EUR", "eur", "Eur", "€", "EURO", "978", " EUR", "EUR\u{a0}"] {
            assert_eq!(parse(name, Currency::EUR), Some(Currency::EUR), "{name}");
        }
        for (name, own, expected) in [
            ("$", "EUR", Some("USD")),
            ("$", "CAD", Some("CAD")),
            ("36", "EUR", Some("AUD")),
            ("guilders", "EUR", None),
        ] {
            let own = Currency::parse(own).expect("a code");
            assert_eq!(parse(name, own).as_ref().map(Currency::code), expected, "{name}");
        }
    }
}
