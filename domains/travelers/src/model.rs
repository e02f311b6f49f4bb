//! What is looked for when somebody looks for people. Pure.

use kernel::{
    http::Noun,
    text::{fold, search_tokens},
};
use serde::{Deserialize, Deserializer};

/// The beginnings of words of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameQuery {
    /// The whole, as usernames are compared: who is called exactly this comes first.
    pub(crate) username_key: String,
    /// The beginning that is looked up; the longest, which the fewest names have.
    pub(crate) anchor: String,
    /// Others that the same person must have.
    pub(crate) others: Vec<String>,
}

impl NameQuery {
    /// `None` when nobody can be meant: there is no word in it, or it is an e-mail address.
    pub fn new(text: &str) -> Option<Self> {
        if text.contains('@') {
            return None;
        }
        let mut others = search_tokens(text);
        let longest = others.iter().enumerate().max_by_key(|(at, word)| (word.len(), usize::MAX - at))?.0;
        let anchor = others.swap_remove(longest);
        Some(Self { username_key: fold(text.trim()), anchor, others })
    }
}

/// The name in an address, as usernames are compared; `None` for what cannot be one, as an e-mail address cannot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named(pub Option<String>);

impl Noun for Named {
    const NOUN: &'static str = "User";
}

impl Named {
    fn new(username: &str) -> Self {
        let key = fold(username.trim());
        Self((!key.is_empty() && key.chars().count() <= 100 && !key.contains(['@', '\0'])).then_some(key))
    }
}

impl<'de> Deserialize<'de> for Named {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::new(&String::deserialize(deserializer)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_username_is_compared_without_its_case() {
        assert_eq!(Named::new(" Asha_Rao ").0.as_deref(), Some("asha_rao"));
        for nobody in ["", " ", "asha@example.org", "a\0b", &"x".repeat(101)] {
            assert_eq!(Named::new(nobody).0, None, "{nobody}");
        }
    }

    #[test]
    fn the_longest_word_is_looked_up() {
        let query = |text: &str| NameQuery::new(text).map(|q| (q.anchor, q.others));
        let words = |anchor: &str, others: &[&str]| {
            Some((anchor.to_owned(), others.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>()))
        };
        assert_eq!(query("  Li WEI "), words("wei", &["li"]));
        assert_eq!(query("asha_rao"), words("asha", &["rao"]));
        assert_eq!(query("Núñez"), words("nunez", &[]));
        for nobody in ["", "  ", "%_", "asha@example.org", "@asha"] {
            assert_eq!(query(nobody), None, "{nobody}");
        }
    }
}
