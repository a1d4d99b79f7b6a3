//! Numbers as people read them.

/// `1469307` as `1,469,307`.
pub fn with_commas(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.chars().enumerate() {
        if 0 < at && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_of_three_are_parted() {
        for (number, expected) in [(0, "0"), (999, "999"), (1000, "1,000"), (1_469_307, "1,469,307")] {
            assert_eq!(with_commas(number), expected);
        }
    }
}
