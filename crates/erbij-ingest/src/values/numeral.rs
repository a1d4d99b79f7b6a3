//! Numbers and prices as people and programs write them: `12.50 EUR`, `€ 1.234,56`, `1 234`, `10.00-`, `6 pcs`.

use erbij_core::Currency;

use super::currency;

/// The number that a text is; none where it is none, or says no number at all. A unit behind it is left out.
pub(crate) fn number(text: &str) -> Option<f64> {
    let (number, rest) = split(text)?;
    let is_unit = rest.chars().all(|c| c.is_alphabetic() || c == '.' || c == '%' || c.is_whitespace());
    is_unit.then_some(number)
}

/// The amount that a text tells, and in which currency where it names one; none where it tells none.
pub(crate) fn amount(text: &str, own: Currency) -> Option<(f64, Option<Currency>)> {
    let (number, rest) = split(text)?;
    match rest.trim() {
        "" | "-" => Some((number, None)),
        rest => Some((number, Some(currency::parse(rest, own)?))),
    }
}

/// The number in a text, and what stands around it.
fn split(text: &str) -> Option<(f64, String)> {
    let text = text.trim();
    if text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+' | b'e' | b'E'))
        && let Ok(number) = text.parse::<f64>()
    {
        return number.is_finite().then(|| (number, String::new()));
    }
    let first = text.find(|c: char| c.is_ascii_digit())?;
    let is_fraction = text[..first].ends_with(['.', ',']);
    let last = text.rfind(|c: char| c.is_ascii_digit())?;
    let (mut before, digits, after) = (&text[..first], &text[first..=last], &text[last + 1..]);
    if is_fraction {
        before = &before[..before.len() - 1];
    }
    let mut around = format!("{} {}", before.trim(), after.trim());
    let mut negative = false;
    for sign in ["-", "−"] {
        if before.trim().starts_with(sign) || before.trim().ends_with(sign) || after.trim() == sign {
            negative = true;
            around = around.replace(sign, "");
        }
    }
    around = around.replace(",-", "").trim_matches([' ', '+']).to_owned();
    let digits = if is_fraction { format!("0.{digits}") } else { digits.to_owned() };
    let number = decimal(&digits)?;
    Some((if negative { -number } else { number }, around))
}

/// Digits with marks between them. Of `.` and `,` the last is the decimal one where both stand there; one that
/// stands several times, or a single `,` before exactly three digits, sets thousands apart.
fn decimal(digits: &str) -> Option<f64> {
    let is_group_mark = |c: char| c == ' ' || c == '\u{a0}' || c == '\u{202f}' || c == '\'' || c == '’';
    let is_known = |c: char| c.is_ascii_digit() || c == '.' || c == ',' || is_group_mark(c);
    if !digits.chars().all(is_known) {
        return None;
    }
    let (n_dots, n_commas) = (digits.matches('.').count(), digits.matches(',').count());
    let behind = |mark: char| digits.rsplit(mark).next().map_or(0, str::len);
    let mark = match (n_dots, n_commas) {
        (0, 0) => None,
        (0, 1) if behind(',') == 3 && !digits.starts_with('0') => None,
        (0, 1) => Some(','),
        (1, 0) => Some('.'),
        (_, 0) | (0, _) => None,
        _ => digits.rfind(['.', ',']).map(|at| digits.as_bytes()[at] as char),
    };
    let (whole, fraction) = match mark.and_then(|mark| digits.rsplit_once(mark)) {
        Some((whole, fraction)) => (whole, fraction),
        None => (digits, ""),
    };
    let mut groups = whole.split(|c: char| is_group_mark(c) || c == '.' || c == ',');
    let first = groups.next()?;
    let rest: Vec<&str> = groups.collect();
    let is_whole = first.len() <= 3 && rest.iter().all(|group| group.len() == 3);
    if !(rest.is_empty() || is_whole) || !fraction.chars().all(|c| c.is_ascii_digit()) {
        return None;
    }
    let number: f64 = format!("{first}{}.{fraction}0", rest.concat()).parse().ok()?;
    number.is_finite().then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_people_write_them() {
        for (text, expected) in [
            ("1", Some(1.0)),
            ("-2.5", Some(-2.5)),
            ("1,5", Some(1.5)),
            ("1.234,56", Some(1234.56)),
            ("1,234.56", Some(1234.56)),
            ("1,234", Some(1234.0)),
            ("0,125", Some(0.125)),
            ("1.234", Some(1.234)),
            ("1.234.567", Some(1_234_567.0)),
            ("1 234,5", Some(1234.5)),
            ("1\u{a0}234", Some(1234.0)),
            ("1'234.50", Some(1234.5)),
            ("10.00-", Some(-10.0)),
            (".5", Some(0.5)),
            ("1e3", Some(1000.0)),
            ("6 pcs", Some(6.0)),
            ("6 st.", Some(6.0)),
            ("1 2", None),
            ("12,34,56", None),
            ("1e400", None),
            ("many", None),
            ("2024-01-01", None),
            ("12:30", None),
        ] {
            assert_eq!(number(text), expected, "{text}");
        }
    }

    #[test]
    fn amounts_name_their_currency_or_none() {
        let euro = Some(Currency::EUR);
        for (text, expected) in [
            ("12.50 EUR", Some((12.5, euro))),
            ("EUR 12.5", Some((12.5, euro))),
            ("€ 1.234,50", Some((1234.5, euro))),
            ("€12,-", Some((12.0, euro))),
            ("12,50 €", Some((12.5, euro))),
            ("-12.50", Some((-12.5, None))),
            (" 7 ", Some((7.0, None))),
            ("12.50 usd", Some((12.5, Currency::parse("USD").ok()))),
            ("1 2 EUR", None),
            ("12 pieces", None),
            ("EUR", None),
            ("free", None),
        ] {
            assert_eq!(amount(text, Currency::EUR), expected, "{text}");
        }
    }
}
