//! Hashes that were made elsewhere: by the predecessor (Werkzeug's scrypt and PBKDF2) and by bcrypt. They verify, and
//! are replaced at the next sign-in.

use sha2::Sha256;
use subtle::ConstantTimeEq;

/// Whether `password` is the one behind `stored`; `None` when that is no hash of a kind known here.
pub(super) fn verify(password: &str, stored: &str) -> Option<bool> {
    if stored.starts_with("$2") {
        return Some(bcrypt::verify(password, stored).unwrap_or(false));
    }
    // Werkzeug: method$salt$hex
    let mut parts = stored.split('$');
    let (Some(method), Some(salt), Some(hex), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return None;
    };
    let expected = bytes(hex)?;
    let mut derived = vec![0; expected.len()];
    let mut method = method.split(':');
    match method.next()? {
        "scrypt" => {
            let mut number = || method.next()?.parse::<u32>().ok();
            let (n, r, p) = (number()?, number()?, number()?);
            // A row that somebody tampered with must not be able to fill the memory.
            if !n.is_power_of_two() || !(2..=1 << 17).contains(&n) || !(1..=16).contains(&r) || !(1..=4).contains(&p) {
                return None;
            }
            let params = scrypt::Params::new(u8::try_from(n.ilog2()).ok()?, r, p).ok()?;
            scrypt::scrypt(password.as_bytes(), salt.as_bytes(), &params, &mut derived).ok()?;
        }
        "pbkdf2" => {
            let digest = method.next()?;
            let rounds = method.next()?.parse::<u32>().ok().filter(|n| (1..=2_000_000).contains(n))?;
            if digest != "sha256" {
                return None;
            }
            pbkdf2::pbkdf2_hmac::<Sha256>(password.as_bytes(), salt.as_bytes(), rounds, &mut derived);
        }
        _ => return None,
    }
    Some(derived.ct_eq(&expected).into())
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    let digits: Vec<u32> = hex.chars().map(|c| c.to_digit(16)).collect::<Option<_>>()?;
    let pairs = digits.chunks_exact(2);
    if !pairs.remainder().is_empty() || !(16..=128).contains(&pairs.len()) {
        return None;
    }
    pairs.map(|pair| u8::try_from(pair.iter().fold(0, |n, d| n * 16 + d)).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made by the predecessor's own library, and by bcrypt at its smallest cost.
    const HASHES: [&str; 3] = [
        "scrypt:32768:8:1$a1b2c3d4e5f6g7h8$47e21c2e025b078d9e3abe3a7994263d9e440706eb781cfccabc87b950b9635a7be3bcc44bc57dd5c6a84ce731bd4dd9030109ec839800ae06c4a554e0ce2d60",
        "pbkdf2:sha256:600000$saltsalt12345678$f33e6c0de18424862f52c1b0d733c85209f625e869096665a3560e11b81ab037",
        "BCRYPT",
    ];

    #[test]
    fn old_hashes_verify_and_wrong_passwords_do_not() {
        for stored in HASHES {
            let stored = if stored == "BCRYPT" { bcrypt::hash("Legacy-pass-1", 4).unwrap() } else { stored.to_owned() };
            assert_eq!(verify("Legacy-pass-1", &stored), Some(true), "{stored}");
            assert_eq!(verify("legacy-pass-1", &stored), Some(false), "{stored}");
        }
    }

    #[test]
    fn nonsense_is_no_hash() {
        for stored in [
            "",
            "plain",
            "scrypt:32768:8:1$salt$zz",
            "scrypt:1073741824:8:1$salt$00112233445566778899aabbccddeeff",
            "scrypt:32768:8$salt$00112233445566778899aabbccddeeff",
            "pbkdf2:md5:1000$salt$00112233445566778899aabbccddeeff",
            "pbkdf2:sha256:99999999$salt$00112233445566778899aabbccddeeff",
            "pbkdf2:sha256:1000$salt$0011",
        ] {
            assert_eq!(verify("x", stored), None, "{stored}");
        }
        assert_eq!(verify("x", "$2b$99$nonsense"), Some(false));
    }
}
