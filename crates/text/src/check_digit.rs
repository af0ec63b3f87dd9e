//! Check digits of the 個人番号 and the 住民票コード, and how an invented number shows that it is none.

/// The check digit of a 個人番号 whose first 11 digits are `body`: `11 − (Σ Pn·Qn mod 11)`, 0 where the remainder is 0 or 1
/// (カード等命令 5条, `facts/profile-and-rules.md` D.1). None unless `body` is 11 digits.
#[must_use]
pub fn individual_number_check_digit(body: &str) -> Option<u8> {
    modulus_11(&digits::<11>(body)?)
}

/// The check digit of a 住民票コード whose first 10 digits are `body`. None unless `body` is 10 digits.
///
/// The ministerial notice with the algorithm is not at hand (`facts/profile-and-rules.md` D.1 knows only that there is one
/// check digit). Assumed is the algorithm of the 個人番号, modulus 11 with the weights 2 to 7 from the right.
#[must_use]
pub fn resident_code_check_digit(body: &str) -> Option<u8> {
    modulus_11(&digits::<10>(body)?)
}

/// `body` with a check digit that is **wrong**, which is what every invented number bears: 11 digits become a 個人番号 of 12,
/// 10 digits a 住民票コード of 11. Any other text is no body of such a number and comes back as it is.
///
/// Because the algorithm of the 住民票コード is assumed, the digit is also wrong by the other usual ones (weights 2 to 11,
/// remainder taken as it is, and the modulus 10 of Luhn).
#[must_use]
pub fn with_wrong_check_digit(body: &str) -> String {
    let known = individual_number_check_digit(body).or_else(|| resident_code_check_digit(body));
    let Some(right) = known else {
        return body.to_owned();
    };
    let values: Vec<u32> = body
        .bytes()
        .map(|b| u32::from(b - b'0'))
        .collect();
    let right = [
        u32::from(right),
        weighted(&values, 10) % 11 % 10,
        (11 - weighted(&values, 10) % 11) % 11 % 10,
        weighted(&values, 6) % 11 % 10,
        luhn(&values),
    ];
    // Five digits at most are taken, so one of the ten is left.
    let wrong = (0..10)
        .map(|step| (right[0] + 5 + step) % 10)
        .find(|digit| !right.contains(digit))
        .unwrap_or(0);
    format!("{body}{wrong}")
}

fn modulus_11(values: &[u32]) -> Option<u8> {
    match weighted(values, 6) % 11 {
        0 | 1 => Some(0),
        remainder => u8::try_from(11 - remainder).ok(),
    }
}

/// Sum of the digits by weights 2, 3, … from the right, beginning again at 2 after `weights` of them.
fn weighted(values: &[u32], weights: usize) -> u32 {
    let cycle = (2u32..).take(weights).cycle();
    values
        .iter()
        .rev()
        .zip(cycle)
        .map(|(value, weight)| value * weight)
        .sum()
}

fn luhn(values: &[u32]) -> u32 {
    let sum: u32 = values
        .iter()
        .rev()
        .enumerate()
        .map(|(place, value)| match place % 2 {
            0 if *value > 4 => value * 2 - 9,
            0 => value * 2,
            _ => *value,
        })
        .sum();
    (10 - sum % 10) % 10
}

fn digits<const N: usize>(body: &str) -> Option<[u32; N]> {
    let bytes: [u8; N] = body.as_bytes().try_into().ok()?;
    bytes
        .iter()
        .all(u8::is_ascii_digit)
        .then(|| bytes.map(|b| u32::from(b - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_individual_number_follows_the_published_formula() {
        // Worked by hand from CardR 5: Σ of 1…9,0,1 by 6,5,4,3,2,7,6,5,4,3,2 is 212; 212 mod 11 = 3; 11 − 3 = 8.
        assert_eq!(individual_number_check_digit("12345678901"), Some(8));
        // Remainders 0 and 1 both give 0: Σ = 0, and Σ = 1·2·6 = 12.
        assert_eq!(individual_number_check_digit("00000000000"), Some(0));
        assert_eq!(individual_number_check_digit("00000000006"), Some(0));
        for none in ["", "1234567890", "123456789012", "1234567890a", "１２３"] {
            assert_eq!(individual_number_check_digit(none), None);
        }
        assert_eq!(resident_code_check_digit("1234567890"), Some(3));
        assert_eq!(resident_code_check_digit("12345678901"), None);
    }

    #[test]
    fn what_is_no_body_comes_back() {
        for text in ["", "123", "1234567890a", "123456789012"] {
            assert_eq!(with_wrong_check_digit(text), text);
        }
    }

    proptest! {
        #[test]
        fn an_invented_number_is_always_wrong(body in "[0-9]{10,11}") {
            let invented = with_wrong_check_digit(&body);
            let digit = invented.strip_prefix(body.as_str()).unwrap().parse::<u8>().unwrap();
            let right = match body.len() {
                11 => individual_number_check_digit(&body),
                _ => resident_code_check_digit(&body),
            };
            prop_assert_ne!(Some(digit), right);
        }
    }
}
