//! What a sign-in by another account is, and which of its parts may go where. Pure.

use crate::model::{Email, Username};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use kernel::{
    auth::{SessionId, TravelerId},
    clock::Timestamp,
    record,
};
use sha2::{Digest, Sha256};

/// Who vouches for somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Provider {
    GitHub,
    Google,
}

impl Provider {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::GitHub => "github",
            Self::Google => "google",
        }
    }

    /// The parameter that tells the web client why it failed.
    pub(crate) const fn error_name(self) -> &'static str {
        match self {
            Self::GitHub => "github_error",
            Self::Google => "google_error",
        }
    }
}

/// What a provider says of somebody.
#[derive(Debug)]
pub(crate) struct Profile {
    /// Its own id of them, which never changes.
    pub subject: String,
    /// What they are called there; their owner sees it.
    pub username: Option<String>,
    /// The address that it says it has verified.
    pub email: Option<Email>,
    /// Their name.
    pub name: Option<String>,
    /// A picture.
    pub picture: Option<String>,
}

record! {
    /// Somebody who was sent to a provider and came back.
    #[derive(Debug)]
    pub(crate) struct Flow {
        pub provider: String,
        pub browser_hash: Vec<u8>,
        pub traveler_id: Option<TravelerId>,
        pub session_id: Option<SessionId>,
        pub return_to: Option<String>,
        pub code_challenge: Option<String>,
        pub expires_at: Timestamp,
    }
}

/// Why somebody was not signed in or linked; the web client gets its code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// What the provider said itself.
    Provider(String),
    MissingCodeOrState,
    InvalidState,
    TokenFailed,
    NoEmail,
    AccountDisabled,
    /// The session that began the linking has ended.
    SessionEnded,
    /// The account there belongs to another account here.
    AlreadyLinked,
    /// The account here is linked to another one there.
    AlreadyConnected,
    CallbackFailed,
}

impl Refusal {
    /// What the provider said, if it is a plain word: it comes from the address bar.
    pub(crate) fn provider(error: &str) -> Self {
        let is_word = (1..=40).contains(&error.len()) && error.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        Self::Provider(if is_word { error } else { "provider_error" }.to_owned())
    }

    pub(crate) fn code(&self) -> &str {
        match self {
            Self::Provider(word) => word,
            Self::MissingCodeOrState => "missing_code_or_state",
            Self::InvalidState => "invalid_state",
            Self::TokenFailed => "token_failed",
            Self::NoEmail => "no_email",
            Self::AccountDisabled => "account_disabled",
            Self::SessionEnded => "session_ended",
            Self::AlreadyLinked => "already_linked",
            Self::AlreadyConnected => "already_connected",
            Self::CallbackFailed => "callback_failed",
        }
    }
}

/// A SHA-256 as a code challenge has it (RFC 7636, section 4.2).
pub(crate) fn challenge(verifier: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
}

/// Whether it can be a challenge of the method S256.
pub(crate) fn is_challenge(text: &str) -> bool {
    text.len() == 43 && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

/// Whether it can be a code verifier (RFC 7636, section 4.1).
pub(crate) fn is_verifier(text: &str) -> bool {
    (43..=128).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~'))
}

/// The page of the web client that somebody wants to come back to, if it cannot be anything else than one.
pub(crate) fn page(text: &str) -> Option<&str> {
    let is_plain = text.len() <= 200 && text.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    (is_plain && text.starts_with('/') && !text.contains("//")).then_some(text)
}

/// A name for cards, if there is one that fits.
pub(crate) fn display_name(text: &str) -> Option<String> {
    let name: String = text.split(char::is_control).collect::<Vec<_>>().join(" ").trim().chars().take(100).collect();
    Some(name.trim().to_owned()).filter(|n| !n.is_empty())
}

/// A picture that a browser may load.
pub(crate) fn picture(url: &str) -> Option<String> {
    let is_web = ["https://", "http://"].iter().any(|scheme| url.strip_prefix(scheme).is_some_and(|r| !r.is_empty()));
    let is_plain =
        url.len() <= 500 && url.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'"' | b'<' | b'>' | b'\\'));
    (is_web && is_plain).then(|| url.to_owned())
}

/// The address that a provider has verified. One with other letters than ASCII's could be taken for another one.
pub(crate) fn address(text: &str) -> Option<Email> {
    Email::parse(text).ok().filter(|email| email.typed.is_ascii())
}

/// Usernames for somebody with this address, the nicest first.
pub(crate) fn usernames(email: &str) -> Vec<Username> {
    let local = email.split(['@', '+']).next().unwrap_or_default();
    let tidy = |keep: fn(char) -> bool| -> String {
        local.chars().filter(|c| keep(*c)).skip_while(|c| !c.is_alphanumeric()).take(20).collect()
    };
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    let ascii = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let bases = [tidy(plain), tidy(ascii), "traveler".to_owned()];
    let numbered = |base: String| {
        let more: Vec<String> = (2..=30).map(|n| format!("{base}{n}")).collect();
        std::iter::once(base).chain(more)
    };
    bases.into_iter().flat_map(numbered).filter_map(|name| Username::parse(&name).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_page_of_the_web_client_is_a_page() {
        for good in ["/", "/itineraries", "/itineraries/1?tab=map&x=1", "/u/asha#trips", "/a%20b", "/@x"] {
            assert_eq!(page(good), Some(good));
        }
        let long = format!("/{}", "a".repeat(200));
        for bad in [
            "",
            "x",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/a//b",
            "/a\\b",
            "https://evil.example",
            "https:/evil.example",
            "javascript:alert(1)",
            "/\tevil",
            "/\r\nSet-Cookie: a=b",
            "/a\0",
            " /",
            "/ /evil.example",
            "/é",
            "／evil.example",
            &long,
        ] {
            assert_eq!(page(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_provider_s_error_is_a_word_or_none() {
        assert_eq!(Refusal::provider("access_denied").code(), "access_denied");
        for bad in ["", "Access", "a b", "a&access=x", "<script>", "a1", &"a".repeat(41), "ä"] {
            assert_eq!(Refusal::provider(bad).code(), "provider_error", "{bad}");
        }
    }

    /// The example of RFC 7636, appendix B.
    #[test]
    fn challenges() {
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert_eq!(challenge(verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
        assert!(is_verifier(verifier) && is_challenge(&challenge(verifier)));
        for bad in ["", "short", &"a".repeat(42), &"a".repeat(44), &"+".repeat(43), &"ä".repeat(43)] {
            assert!(!is_challenge(bad), "{bad}");
        }
        assert!(!is_verifier(&"a".repeat(42)) && !is_verifier(&"a".repeat(129)) && !is_verifier(&"/".repeat(43)));
    }

    #[test]
    fn usernames_come_from_the_address_and_are_always_possible() {
        let first = |email: &str| usernames(email)[0].typed.clone();
        assert_eq!(first("asha.rao+trips@example.org"), "asha.rao");
        assert_eq!(first("_asha@example.org"), "asha");
        assert_eq!(first("a.very.long.name.of.somebody@example.org"), "a.very.long.name.of.");
        assert_eq!(first("admin@example.org"), "admin2");
        assert_eq!(first("ab@example.org"), "ab2");
        assert_eq!(first("!@example.org"), "traveler");
        assert_eq!(first("аsha@example.org"), "sha"); // a Cyrillic а
        assert_eq!(usernames("asha@example.org")[1].typed, "asha2");
    }

    #[test]
    fn an_address_cannot_be_taken_for_another() {
        assert_eq!(address("Asha@Example.org").unwrap().key, "asha@example.org");
        for bad in ["asha@exampıe.org", "ａsha@example.org", "a\u{301}sha@example.org", "none", ""] {
            assert!(address(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn names_and_pictures_that_can_be_shown() {
        assert_eq!(display_name(" Asha\r\nRao ").as_deref(), Some("Asha  Rao"));
        assert_eq!(display_name("\u{0} "), None);
        assert_eq!(display_name(&"ä".repeat(300)).unwrap().chars().count(), 100);
        assert!(picture("https://images.example.org/a.jpg").is_some());
        for bad in ["javascript:alert(1)", "data:image/png;base64,AA", "https://", "https://a b", "//x", "https://a\"b"]
        {
            assert_eq!(picture(bad), None, "{bad}");
        }
    }
}
