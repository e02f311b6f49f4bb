//! Which lists there are, and under which places a trip is found. Pure.

use kernel::{auth::TravelerId, text::unaccent};
use std::collections::BTreeSet;
use uuid::Uuid;

/// A list with an order of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum List {
    /// On show, the latest first.
    Featured,
    /// To a place, the best proven first.
    To(Place),
    /// Made in the last 30 days, most viewers and ratings first.
    Rising,
    /// Most viewers first.
    Requested,
    /// Published by somebody, newest first.
    By(TravelerId),
    /// Naming somebody as a companion, newest first.
    Naming(TravelerId),
}

/// Days for which a trip may rise.
pub(crate) const RISING_DAYS: u64 = 30;

/// Words of a destination that stand one behind the other are a place, up to this many.
const LONGEST: usize = 3;
/// A destination is a place and its country, not a text.
const MOST_WORDS: usize = 12;

fn words(destination: &str) -> Vec<String> {
    let folded = unaccent(destination);
    let words = folded.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty());
    words.take(MOST_WORDS).map(str::to_owned).collect()
}

/// The places under which a trip with this destination is found: `Nara Park, Japan` is `nara`, `nara park`,
/// `nara park japan`, `park`, `park japan` and `japan`.
pub(crate) fn places(destination: &str) -> BTreeSet<String> {
    let words = words(destination);
    (1..=LONGEST).flat_map(|n| words.windows(n).map(|w| w.join(" ")).collect::<Vec<_>>()).collect()
}

/// The place that somebody asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// Where the search begins.
    pub first: String,
    /// What else must be among the trip's places.
    pub more: Vec<String>,
}

impl Place {
    /// `None` when there is no word in it, and so no such place.
    pub(crate) fn named(text: &str) -> Option<Self> {
        let words = words(text);
        let mut windows = words.windows(LONGEST.min(words.len().max(1))).map(|w| w.join(" "));
        Some(Self { first: windows.next()?, more: windows.collect() })
    }
}

/// The accounts that are named among the companions.
pub(crate) fn named<'a>(ids: impl Iterator<Item = &'a str>) -> BTreeSet<Uuid> {
    ids.filter_map(|id| id.trim().parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trip_is_found_under_one_to_three_words_of_its_destination() {
        let under = |text: &str| places(text).into_iter().collect::<Vec<_>>();
        assert_eq!(under("Nara Park, Japan"), ["japan", "nara", "nara park", "nara park japan", "park", "park japan"]);
        assert_eq!(
            under("São Tomé/Príncipe"),
            ["principe", "sao", "sao tome", "sao tome principe", "tome", "tome principe"]
        );
        assert_eq!(under("--- % _"), [""; 0]);
        assert_eq!(under(&"a b c d ".repeat(50)).len(), 12, "no text is worth more than its first words");
    }

    #[test]
    fn a_longer_place_is_asked_for_in_pieces_that_overlap() {
        let asked = |text: &str| Place::named(text).map(|p| (p.first, p.more));
        assert_eq!(asked("  KYŌTO "), Some(("kyoto".into(), vec![])));
        assert_eq!(asked("Nara, Japan"), Some(("nara japan".into(), vec![])));
        assert_eq!(asked("a b c d e"), Some(("a b c".into(), vec!["b c d".into(), "c d e".into()])));
        assert_eq!(asked("%"), None);
        for text in ["Kyoto", "Nara, Japan", "Old Town of Cusco, Peru"] {
            let (under, place) = (places(text), Place::named(text).unwrap());
            assert!(under.contains(&place.first) && place.more.iter().all(|p| under.contains(p)), "{text}");
        }
    }
}
