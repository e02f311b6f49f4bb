//! Settings and contacts as they are opened, and the rules that they keep.

use serde::{Deserialize, Serialize};
use unicode_normalization::char::is_combining_mark;
use uuid::Uuid;

/// Contacts that somebody may have.
pub(crate) const MOST_CONTACTS: usize = 5;

/// Somebody who is told when the owner is in danger. It has no `Debug`, so that it gets into no log.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Contact {
    /// What the owner calls them.
    pub name: Option<String>,
    /// For the owner herself to see; nothing is sent there.
    pub phone: String,
    /// Where they are asked and told.
    pub email: Option<Address>,
}

/// An address with the consent of whoever reads its mail.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Address {
    /// As typed.
    pub typed: String,
    /// As it is compared.
    pub key: String,
    /// The row that says whether they agreed. Kept here, so that it is found also after `SECRET_KEY` was changed.
    pub consent: Uuid,
}

/// The contact that a consent belongs to.
pub(crate) fn listed(contacts: &[Contact], consent: Uuid) -> Option<(&Contact, &Address)> {
    contacts.iter().find_map(|contact| Some((contact, contact.email.as_ref().filter(|a| a.consent == consent)?)))
}

/// A number as it is dialled: `+` and digits. At most 15 of them (ITU-T E.164); `00` in front counts as `+`.
pub(crate) fn phone(text: &str) -> Result<String, &'static str> {
    let bare: String = text.chars().filter(|c| !matches!(c, ' ' | '-' | '.' | '/' | '(' | ')' | '\u{a0}')).collect();
    let (plus, digits) = match (bare.strip_prefix('+'), bare.strip_prefix("00")) {
        (Some(digits), _) | (None, Some(digits)) => ("+", digits),
        (None, None) => ("", bare.as_str()),
    };
    if (3..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) {
        Ok(format!("{plus}{digits}"))
    } else {
        Err("must be a phone number of 3 to 15 digits, such as +91 98765 43210")
    }
}

/// A name as it may stand in a mail to somebody who did not ask for it: what could be an address, or a sentence of its own,
/// is left out.
pub(crate) fn spoken(name: &str) -> String {
    let is_plain = |c: char| c.is_alphabetic() || is_combining_mark(c) || matches!(c, '\'' | '-');
    let plain: String = name.chars().map(|c| if is_plain(c) { c } else { ' ' }).collect();
    let words: Vec<&str> = plain.split_whitespace().take(4).collect();
    let short: String = words.join(" ").chars().take(40).collect();
    if short.is_empty() { "A traveler".to_owned() } else { short }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phones_are_brought_into_one_form() {
        for (typed, kept) in [
            ("+91 98765 43210", Ok("+919876543210")),
            ("0091-98765.43210", Ok("+919876543210")),
            (" (020) 7946/0018 ", Ok("02079460018")),
            ("112", Ok("112")),
            ("+1234567890", Ok("+1234567890")),
            ("12", Err(())),
            ("1234567890123456", Err(())),
            ("+", Err(())),
            ("", Err(())),
            ("call me", Err(())),
            ("+91 98765 x1", Err(())),
            ("٠١٢٣٤٥٦", Err(())),
            ("++1234567", Err(())),
        ] {
            assert_eq!(phone(typed).map_err(drop), kept.map(str::to_owned), "{typed}");
        }
    }

    #[test]
    fn a_name_in_a_mail_is_a_name() {
        for (name, said) in [
            ("Asha Rao", "Asha Rao"),
            ("Anne-Marie O'Neill", "Anne-Marie O'Neill"),
            ("आशा", "आशा"),
            ("प्रिया", "प्रिया"),
            ("win at https://evil.example", "win at https evil"),
            ("evil.example", "evil example"),
            ("\r\nBcc: x@y.z", "Bcc x y z"),
            ("one two three four five", "one two three four"),
            ("!!! 42", "A traveler"),
        ] {
            assert_eq!(spoken(name), said, "{name}");
        }
    }
}
