//! What is looked for when somebody looks for people. Pure.

use kernel::text::{fold, search_tokens};

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

#[cfg(test)]
mod tests {
    use super::*;

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
