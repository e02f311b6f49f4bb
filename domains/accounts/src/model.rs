//! What an account is, and which names it may have. Pure.

use kernel::{
    Faults, Result,
    auth::{SessionId, TravelerId},
    clock::Timestamp,
    db::Json,
    record,
    text::{fold, tokens},
};
use secrecy::SecretString;
use std::time::Duration;
use unicode_normalization::UnicodeNormalization;
use unicode_security::mixed_script::MixedScript;

record! {
    /// A person, complete; only they see all of it.
    #[derive(Debug, Clone)]
    pub(crate) struct Traveler {
        pub id: TravelerId,
        pub email: String,
        pub email_verified: bool,
        pub password_hash: String,
        pub username: String,
        pub display_name: String,
        pub full_name: Option<String>,
        pub avatar_url: Option<String>,
        pub bio: Option<String>,
        pub travel_style: Option<String>,
        pub travel_interests: Json<Vec<String>>,
        pub is_admin: bool,
        pub is_active: bool,
        pub women_guide_certified: bool,
        pub women_verified: bool,
        pub github_connected: bool,
        pub github_username: Option<String>,
        pub created_at: Timestamp,
        pub updated_at: Timestamp,
    }
}

record! {
    /// A refresh token as it is stored, with the state of its session.
    #[derive(Debug)]
    pub(crate) struct StoredToken {
        pub session_id: SessionId,
        pub traveler_id: TravelerId,
        pub used_at: Option<Timestamp>,
        pub expires_at: Timestamp,
        pub session_expires_at: Timestamp,
        pub session_ended_at: Option<Timestamp>,
        pub is_active: bool,
        /// Whether the token that took this one's place was used itself.
        pub successor_used: Option<bool>,
    }
}

/// A new account whose fields were found right.
#[derive(Debug)]
pub(crate) struct NewTraveler {
    pub email: Email,
    pub username: Username,
    pub password: SecretString,
    pub display_name: String,
    pub full_name: Option<String>,
}

/// An address as typed, and in the form that must be unique.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email {
    /// As typed.
    pub typed: String,
    /// As it is compared.
    pub key: String,
}

impl Email {
    /// The address, if mail can be sent to it.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        // Some keyboards send `é` in two parts, which the rules for addresses do not know.
        let typed: String = text.trim().nfc().collect();
        let plain = typed.len() <= 254 && !typed.contains(char::is_control) && typed.contains('@');
        if !plain || typed.parse::<lettre::Address>().is_err() {
            return Err("must be an e-mail address");
        }
        Ok(Self { key: fold(&typed), typed })
    }
}

/// A name as typed, and in the form that must be unique.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Username {
    pub typed: String,
    pub key: String,
}

/// Words that stand for something else where a username could stand, and names that would pass for us.
const RESERVED: [&str; 32] = [
    "admin",
    "administrator",
    "anonymous",
    "api",
    "auth",
    "badges",
    "blocks",
    "chains",
    "deleted",
    "docs",
    "health",
    "itineraries",
    "leaderboard",
    "login",
    "logout",
    "me",
    "moderator",
    "null",
    "official",
    "profile",
    "register",
    "root",
    "saved",
    "search",
    "security",
    "settings",
    "staff",
    "stats",
    "support",
    "system",
    "tripit",
    "undefined",
];

impl Username {
    /// 3 to 100 letters, digits, `_`, `-` and `.` of one script.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        let typed = text.trim();
        let key = fold(typed);
        let length = typed.chars().count().max(key.chars().count());
        let allowed = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.') || unicode_mark(c);
        if typed.chars().count() < 3 || length > 100 {
            return Err("must have 3 to 100 characters");
        }
        if !key.chars().all(allowed) || !key.starts_with(char::is_alphanumeric) {
            return Err("may have letters, digits, '_', '-' and '.', and begins with a letter or digit");
        }
        // `аsha` with a Cyrillic а would pass for asha.
        if !key.as_str().is_single_script() {
            return Err("must be written in one script");
        }
        if RESERVED.contains(&key.as_str()) {
            return Err("is reserved: choose another one");
        }
        Ok(Self { typed: typed.to_owned(), key })
    }
}

/// The words by which somebody is found, in order. A display name that is an e-mail address gives none: who is found by
/// it would have the address confirmed.
pub(crate) fn name_words(username: &str, display_name: &str) -> Vec<String> {
    let shown = if display_name.contains('@') { "" } else { display_name };
    let mut words = tokens(username);
    words.extend(tokens(shown));
    words.truncate(MOST_NAME_WORDS);
    words.sort_unstable();
    words.dedup();
    words
}

/// Names with more words than this are found by the first ones.
const MOST_NAME_WORDS: usize = 16;

/// Vowel signs and the like, without which names in many scripts cannot be written.
fn unicode_mark(c: char) -> bool {
    !c.is_ascii()
        && !c.is_control()
        && !c.is_whitespace()
        && unicode_security::GeneralSecurityProfile::identifier_allowed(c)
}

/// Adds a parsed value's fault, or gives the value.
pub(crate) fn checked<T>(faults: &mut Faults, field: &str, parsed: Option<Result<T, &'static str>>) -> Option<T> {
    match parsed {
        None => {
            faults.add(field, "is required");
            None
        }
        Some(Err(fault)) => {
            faults.add(field, fault);
            None
        }
        Some(Ok(value)) => Some(value),
    }
}

/// When to answer what took `elapsed` so far: after a whole number of steps, at least one. Whatever shows in the time shows
/// in steps only, also when what is waited for takes longer than one.
pub(crate) fn whole_steps(elapsed: Duration, step: Duration) -> Duration {
    let steps = elapsed.as_nanos().div_ceil(step.as_nanos().max(1)).max(1);
    u32::try_from(steps).map_or(elapsed, |steps| step.saturating_mul(steps)).max(elapsed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usernames() {
        for good in ["asha", "Asha_Rao", "ünal", "мария", "आशा", "li.wei-88"] {
            assert!(Username::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "ab",
            "x y!",
            "a/b",
            "аsha",
            "search",
            "Profile",
            "ＳＴＡＴＳ",
            "_asha",
            "as\u{200d}ha",
            "a@b.c",
            "asha\u{0}",
        ] {
            assert!(Username::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(Username::parse("Ünal").unwrap().key, Username::parse("u\u{0308}NAL").unwrap().key);
    }

    #[test]
    fn names_are_found_by_their_words() {
        assert_eq!(name_words("Asha_Rao", "Āsha Rāo-Núñez"), ["asha", "nunez", "rao"]);
        assert_eq!(name_words("asha", "asha@example.org"), ["asha"]);
        assert_eq!(name_words("li.wei", "李伟"), ["li", "wei", "伟", "李伟"]);
        assert_eq!(name_words("asha", &"a b c d e f g h ".repeat(9)).len(), 9);
    }

    #[test]
    fn addresses() {
        for good in ["a@example.org", " Asha.Rao+trips@Example.org "] {
            assert!(Email::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "a", "a@", "@b.c", "a b@c.d", "a@b.c\nBcc: x@y.z", "a@b@c.d"] {
            assert!(Email::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(Email::parse("ASHA@Example.org").unwrap().key, "asha@example.org");
    }

    #[test]
    fn answers_come_after_whole_steps() {
        let ms = Duration::from_millis;
        for (elapsed, step, expected) in
            [(0, 250, 250), (1, 250, 250), (250, 250, 250), (251, 250, 500), (9_999, 250, 10_000), (70, 0, 70)]
        {
            assert_eq!(whole_steps(ms(elapsed), ms(step)), ms(expected), "{elapsed} {step}");
        }
        assert_eq!(whole_steps(Duration::MAX, Duration::from_nanos(1)), Duration::MAX);
    }
}
