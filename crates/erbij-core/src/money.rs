//! Money in whole minor units.

use std::fmt;

/// A currency by its three-letter code of ISO 4217.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Currency([u8; 3]);

impl Currency {
    /// The euro, where nothing says otherwise.
    pub const EUR: Self = Self(*b"EUR");

    /// Reads a code such as `EUR`; letters of either case.
    pub fn parse(code: &str) -> Result<Self, MoneyError> {
        match <[u8; 3]>::try_from(code.as_bytes()) {
            Ok(bytes) if bytes.iter().all(u8::is_ascii_alphabetic) => {
                Ok(Self(bytes.map(|b| b.to_ascii_uppercase())))
            }
            _ => Err(MoneyError::Currency { found: code.to_owned() }),
        }
    }

    /// Its code.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).expect("three ASCII letters by construction")
    }

    /// How many digits its minor unit has: 2 for the euro, 0 for the yen.
    pub fn minor_digits(self) -> u32 {
        match &self.0 {
            b"BIF" | b"CLP" | b"DJF" | b"GNF" | b"ISK" | b"JPY" | b"KMF" | b"KRW" | b"PYG" | b"RWF"
            | b"UGX" | b"VND" | b"VUV" | b"XAF" | b"XOF" | b"XPF" => 0,
            b"BHD" | b"IQD" | b"JOD" | b"KWD" | b"LYD" | b"OMR" | b"TND" => 3,
            _ => 2,
        }
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// An amount: whole minor units of a currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Money {
    /// Cents, yen, fils: whole minor units.
    pub minor: i64,
    /// Of what.
    pub currency: Currency,
}

/// Why something is not money.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum MoneyError {
    /// Not a currency code.
    #[error("`{found}` is not a currency: expected three letters such as `EUR`")]
    Currency {
        /// What stood there.
        found: String,
    },
    /// Not finite, or beyond what fits.
    #[error("{found} is not an amount of money")]
    Amount {
        /// What stood there.
        found: f64,
    },
}

impl Money {
    /// The amount nearest to a number of major units; halves go away from zero.
    ///
    /// ```
    /// use erbij_core::{Currency, Money};
    /// assert_eq!(Money::from_major(2.345, Currency::EUR).unwrap().minor, 235);
    /// ```
    pub fn from_major(major: f64, currency: Currency) -> Result<Self, MoneyError> {
        let minor = (major * 10_f64.powi(currency.minor_digits() as i32)).round();
        // 2^53: above it a float no longer knows its cents.
        if minor.abs() < 9_007_199_254_740_992.0 {
            Ok(Self { minor: minor as i64, currency })
        } else {
            Err(MoneyError::Amount { found: major })
        }
    }
}

impl fmt::Display for Money {
    /// Digits with a point, then the code: `12.50 EUR`, as product feeds write it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.currency.minor_digits();
        let unit = 10_u64.pow(digits);
        let (sign, minor) = (if self.minor < 0 { "-" } else { "" }, self.minor.unsigned_abs());
        write!(f, "{sign}{}", minor / unit)?;
        if digits != 0 {
            write!(f, ".{:0width$}", minor % unit, width = digits as usize)?;
        }
        write!(f, " {}", self.currency.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_print_as_feeds_write_them() {
        for (major, code, expected) in [
            (0.0, "EUR", "0.00 EUR"),
            (2.55, "eur", "2.55 EUR"),
            (-0.5, "EUR", "-0.50 EUR"),
            (1200.0, "JPY", "1200 JPY"),
            (1.2345, "KWD", "1.235 KWD"),
        ] {
            let currency = Currency::parse(code).expect(code);
            assert_eq!(Money::from_major(major, currency).expect("finite").to_string(), expected);
        }
    }

    #[test]
    fn what_is_no_money_is_refused() {
        assert!(Currency::parse("EURO").is_err());
        assert!(Currency::parse("€").is_err());
        for amount in [f64::NAN, f64::INFINITY, 1e300] {
            assert!(Money::from_major(amount, Currency::EUR).is_err(), "{amount}");
        }
    }
}
