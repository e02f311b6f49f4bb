//! What is looked for, which spellings may have been meant, and how what was found is ranked. Pure.

use itineraries::{
    ItineraryId,
    index::{Wanted, can_be_misspelt, in_head, in_title, wanted},
};
use kernel::{auth::TravelerId, clock::Timestamp, record};
use std::collections::{BTreeMap, HashMap, HashSet};

/// The words of a search, all of which a trip must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchWords(Vec<Wanted>);

/// Spellings of places that may have been meant, by the word that was typed.
pub(crate) type Meant = BTreeMap<String, Vec<String>>;

impl SearchWords {
    /// `None` when there is no word in it.
    pub fn new(search: &str) -> Option<Self> {
        Some(wanted(search)).filter(|words| !words.is_empty()).map(Self)
    }

    /// The same search has the same key, however it was typed.
    pub(crate) fn key(&self) -> String {
        self.expression(str::to_owned, &Meant::new())
    }

    /// The words that may be misspelt names of places.
    pub fn doubtful(&self) -> Vec<&str> {
        self.0.iter().map(|w| w.text.as_str()).filter(|w| can_be_misspelt(w)).collect()
    }

    /// The search in the language of the index, which is that of FTS5; each word as `mark` makes it.
    fn expression(&self, mark: impl Fn(&str) -> String, meant: &Meant) -> String {
        let word = |w: &Wanted| {
            let typed = w.expression(&mark);
            match meant.get(&w.text) {
                None => typed,
                Some(others) => {
                    let others: Vec<String> = others.iter().map(|o| in_head(o)).collect();
                    format!("({typed} OR {})", others.join(" OR "))
                }
            }
        };
        self.0.iter().map(word).collect::<Vec<_>>().join(" AND ")
    }

    /// Where to look first, with the places of what is found: in titles; in titles, places and tags.
    pub(crate) fn in_heads(&self) -> Vec<(i64, String)> {
        let none = Meant::new();
        vec![(IN_TITLE, self.expression(in_title, &none)), (IN_HEAD, self.expression(in_head, &none))]
    }

    /// Where to look then: in all words; and, when places may have been misspelt, for what may have been meant.
    pub(crate) fn anywhere(&self, meant: &Meant) -> Vec<(i64, String)> {
        let mut all = vec![(ANYWHERE, self.expression(str::to_owned, &Meant::new()))];
        if !meant.is_empty() {
            all.push((MEANT, self.expression(str::to_owned, meant)));
        }
        all
    }
}

/// How many edits a word of this length may be away: the rule `AUTO` of Lucene and Elasticsearch, but that words of
/// three letters are taken as they are.
const fn edits_allowed(length: usize) -> usize {
    match length {
        0..=3 => 0,
        4..=5 => 1,
        _ => 2,
    }
}

/// How many spellings a word may have been meant for.
const MOST_MEANT: usize = 5;

/// Of known spellings that resemble a typed word, those that are near enough, the nearest first.
pub(crate) fn meant(similar: Vec<(String, String)>) -> Meant {
    let mut near: BTreeMap<String, Vec<(usize, String)>> = BTreeMap::new();
    for (typed, known) in similar {
        let distance = edits(&typed, &known);
        if (1..=edits_allowed(typed.chars().count())).contains(&distance) {
            near.entry(typed).or_default().push((distance, known));
        }
    }
    let nearest = |mut known: Vec<(usize, String)>| {
        known.sort();
        known.into_iter().take(MOST_MEANT).map(|(_, word)| word).collect()
    };
    near.into_iter().map(|(typed, known)| (typed, nearest(known))).collect()
}

/// How many letters to add, leave out, exchange, or swap with their neighbour make one word of the other: the distance
/// of optimal string alignment (Damerau, "A technique for computer detection and correction of spelling errors", 1964).
fn edits(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in other.iter().enumerate() {
            let at = |row: &[usize], n: usize| row.get(n).copied().unwrap_or(usize::MAX - 1);
            let mut best = (at(&last, j) + usize::from(a != b)).min(at(&last, j + 1) + 1).min(at(&row, j) + 1);
            let swapped = i > 0 && j > 0 && one.get(i - 1) == Some(b) && other.get(j - 1) == Some(a);
            if swapped {
                best = best.min(at(&before, j - 1) + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or_default()
}

record! {
    /// A trip that was found, with what it is ranked by.
    #[derive(Debug, Clone)]
    pub(crate) struct Candidate {
        /// Which of the expressions found it.
        pub place: i64,
        /// Whether it is beyond its author's share of what that expression found.
        pub is_beyond: bool,
        pub itinerary_id: ItineraryId,
        pub traveler_id: TravelerId,
        pub title: String,
        pub destination: String,
        pub tags: String,
        pub proof_score: f64,
        pub created_at: Timestamp,
    }
}

/// Fields by their weight, with the length that is usual, in words. A word that stands in none of them stands in the
/// description, whose weight is 1. The weights lie so far apart that a word in the longest title counts for more than
/// one in the shortest destination, and so on.
const FIELDS: [(f64, f64); 3] = [(10.0, 6.0), (4.0, 3.0), (1.75, 4.0)];
/// How much the length of a field matters.
const B: f64 = 0.3;
/// How soon more of the same counts for less.
const K1: f64 = 1.2;
/// A field counts as at most this many times as long as usual.
const LONGEST: f64 = 3.0;

/// How well a word of a field is one that was looked for: the same, begun, or perhaps meant.
fn likeness(word: &str, wanted: &Wanted, meant: &Meant) -> f64 {
    if word == wanted.text {
        1.0
    } else if wanted.begins && word.starts_with(&wanted.text) {
        0.7
    } else if meant.get(&wanted.text).is_some_and(|others| others.iter().any(|o| o == word)) {
        0.5
    } else {
        0.0
    }
}

/// BM25F (Robertson, Zaragoza and Taylor, "Simple BM25 extension to multiple weighted fields", 2004; with k1 = 1.2 and
/// b = 0.3), with two differences: a word counts once a field, so that repeating it gains nothing, and no word counts
/// for more because it is rare, since all that were found have all words. To two decimals, so that trips which fit alike
/// are told apart by what follows.
fn relevance(candidate: &Candidate, words: &SearchWords, meant: &Meant) -> f64 {
    let fields = [&candidate.title, &candidate.destination, &candidate.tags];
    let of_word = |wanted: &Wanted| {
        let in_field = |(text, (weight, usual)): (&&String, &(f64, f64))| {
            let length = f64::from(u32::try_from(text.split(' ').count()).unwrap_or(u32::MAX));
            let best = text.split(' ').map(|w| likeness(w, wanted, meant)).fold(0.0, f64::max);
            weight * best / (1.0 - B + B * (length / usual).min(LONGEST))
        };
        let found: f64 = fields.iter().zip(&FIELDS).map(in_field).sum();
        let found = if found > 0.0 { found } else { 1.0 };
        found / (K1 + found)
    };
    (words.0.iter().map(of_word).sum::<f64>() * 100.0).round() / 100.0
}

/// Trips of one author that are ranked among those of others.
pub(crate) const SHARE: i64 = 20;
/// So many of the best of what an expression finds are ranked.
pub(crate) const BEST: i64 = 300;

/// Whether one expression found as many as are ranked, so that what fits less is not looked for. What is beyond an author's
/// share does not count, or one author could hide the others.
pub(crate) fn is_enough(found: &[Candidate]) -> bool {
    let most = usize::try_from(BEST).unwrap_or(usize::MAX);
    [IN_TITLE, IN_HEAD]
        .into_iter()
        .any(|place| found.iter().filter(|c| c.place == place && !c.is_beyond).count() >= most)
}

/// Whether a title, a place or a tag has what was typed, so that nothing else was meant. A description does not count, or one
/// misspelling in any of them would hide from everybody what they meant.
pub(crate) fn is_typed(found: &[Candidate]) -> bool {
    found.iter().any(|c| c.place < ANYWHERE)
}

/// The trips that were found, each once, the best first: by relevance, then proof score, then the newest, then id. What
/// one author has beyond their share comes after everything else. What may have been meant comes last.
pub(crate) fn rank(mut candidates: Vec<Candidate>, words: &SearchWords, meant: &Meant) -> Vec<ItineraryId> {
    let mut seen = HashSet::new();
    candidates.sort_by_key(|c| c.place);
    let mut found: Vec<(f64, Candidate)> = candidates
        .into_iter()
        .filter(|c| seen.insert(c.itinerary_id))
        .map(|c| (relevance(&c, words, meant), c))
        .collect();
    found.sort_by(|(a, one), (b, other)| {
        b.total_cmp(a)
            .then(other.proof_score.total_cmp(&one.proof_score))
            .then(other.created_at.cmp(&one.created_at))
            .then(other.itinerary_id.cmp(&one.itinerary_id))
    });
    let mut shares: HashMap<TravelerId, i64> = HashMap::new();
    let mut ranked: Vec<(bool, bool, ItineraryId)> = Vec::with_capacity(found.len());
    for (_, candidate) in found {
        let share = shares.entry(candidate.traveler_id).or_default();
        *share += 1;
        ranked.push((candidate.place == MEANT, *share > SHARE, candidate.itinerary_id));
    }
    ranked.sort_by_key(|(is_meant, is_beyond, _)| (*is_meant, *is_beyond));
    ranked.into_iter().map(|(_, _, id)| id).collect()
}

/// The place of words that all stand in the title.
const IN_TITLE: i64 = 0;
/// The place of words in title, places and tags.
pub(crate) const IN_HEAD: i64 = 1;
/// The place of words that may stand anywhere.
const ANYWHERE: i64 = 2;
/// The place of what may have been meant.
const MEANT: i64 = 3;

#[cfg(test)]
mod tests {
    use super::*;

    fn words(search: &str) -> SearchWords {
        SearchWords::new(search).unwrap()
    }

    #[test]
    fn words_become_an_expression() {
        let none = Meant::new();
        let plain = |search: &str| words(search).expression(str::to_owned, &none);
        for (search, expected) in [
            ("Kyoto", "kyoto*"),
            ("a day in Kyōto", "a AND day* AND in AND kyoto*"),
            ("kyoto te", "kyoto* AND te*"),
            ("京都の旅", "京都 AND 都の AND の旅"),
            ("旅", "旅*"),
            ("NOT kyoto OR (\"x\"", "not* AND kyoto* AND or AND x"),
        ] {
            assert_eq!(plain(search), expected, "{search}");
        }
        assert_eq!(words("Kyoto").expression(in_title, &none), "\u{e000}kyoto*");
        let meant = Meant::from([("kyotto".to_owned(), vec!["kyoto".to_owned()])]);
        let all = words("kyotto food").anywhere(&meant);
        assert_eq!(all.len(), 2);
        assert_eq!(all[1], (MEANT, "(kyotto* OR \u{e001}kyoto) AND food*".to_owned()));
        for nothing in ["", " ", "%_", "-- \u{301} ()", "\u{1f3d4}"] {
            assert_eq!(SearchWords::new(nothing), None, "{nothing}");
        }
        assert_eq!(words("kyoto in 100 taipei").doubtful(), ["kyoto", "taipei"]);
    }

    #[test]
    fn edits_are_counted() {
        for (one, other, expected) in [
            ("kyoto", "kyoto", 0),
            ("kyotto", "kyoto", 1),
            ("lisbn", "lisbon", 1),
            ("reykjavk", "reykjavik", 1),
            ("kyoot", "kyoto", 1),
            ("marakesh", "marrakech", 2),
            ("", "abc", 3),
            ("abc", "", 3),
            ("oslo", "lima", 4),
        ] {
            assert_eq!(edits(one, other), expected, "{one} {other}");
            assert_eq!(edits(other, one), expected, "{other} {one}");
        }
    }

    #[test]
    fn near_spellings_may_have_been_meant() {
        let similar = |pairs: &[(&str, &str)]| meant(pairs.iter().map(|(t, k)| ((*t).into(), (*k).into())).collect());
        let of = |pairs: &[(&str, &str)], typed: &str| similar(pairs).remove(typed).unwrap_or_default();
        assert_eq!(of(&[("kyotto", "tokyo"), ("kyotto", "kyoto"), ("kyotto", "kyotera")], "kyotto"), ["kyoto"]);
        assert_eq!(of(&[("bali", "bali"), ("bali", "mali"), ("bali", "nepal")], "bali"), ["mali"]);
        assert_eq!(of(&[("oslp", "osaka"), ("rom", "rome")], "rom"), [""; 0]);
    }

    fn candidate(n: u128, title: &str, destination: &str, tags: &str) -> Candidate {
        Candidate {
            place: 0,
            is_beyond: false,
            itinerary_id: ItineraryId(uuid::Uuid::from_u128(n)),
            traveler_id: TravelerId(uuid::Uuid::from_u128(n)),
            title: title.into(),
            destination: destination.into(),
            tags: tags.into(),
            proof_score: 0.0,
            created_at: Timestamp::from_micros(0),
        }
    }

    #[test]
    fn a_title_counts_for_more_than_a_place_a_tag_and_a_description() {
        let long = ["word"; 29].join(" ");
        let fields = [
            candidate(1, &format!("kyoto {long}"), "", ""),
            candidate(2, "", "kyoto", ""),
            candidate(3, "", &format!("kyoto {long}"), ""),
            candidate(4, "", "", "kyoto"),
            candidate(5, "", "", &format!("kyoto {long}")),
            candidate(6, &long, "", ""),
        ];
        let scores: Vec<f64> = fields.iter().map(|c| relevance(c, &words("kyoto"), &Meant::new())).collect();
        assert!(scores.windows(2).all(|two| two[0] > two[1]), "{scores:?}");
        let mut backwards = fields.to_vec();
        backwards.reverse();
        let ranked = rank(backwards, &words("kyoto"), &Meant::new());
        assert_eq!(ranked, fields.map(|c| c.itinerary_id));
    }

    #[test]
    fn relevance_has_these_values() {
        let meant = Meant::from([("kyotto".to_owned(), vec!["kyoto".to_owned()])]);
        for (search, title, destination, expected) in [
            ("kyoto", "kyoto on foot", "kyoto japan", 0.93),
            ("kyo", "kyoto on foot", "kyoto japan", 0.9),
            ("kyotto", "kyoto on foot", "kyoto japan", 0.87),
            ("kyoto", "kyoto kyoto kyoto", "", 0.91),
            ("kyoto foot", "kyoto on foot", "", 1.81),
            ("temple", "kyoto on foot", "kyoto japan", 0.45),
        ] {
            let found = relevance(&candidate(1, title, destination, ""), &words(search), &meant);
            assert!((found - expected).abs() < 1e-9, "{search} in {title}, {destination}: {found}");
        }
    }

    #[test]
    fn what_fits_alike_is_ranked_by_proof_then_by_age_then_by_id() {
        let mut trips: Vec<Candidate> = (1..=4).map(|n| candidate(n, "kyoto", "", "")).collect();
        trips[0].proof_score = 9.0;
        trips[1].created_at = Timestamp::from_micros(5);
        let ranked = rank(trips, &words("kyoto"), &Meant::new());
        assert_eq!(ranked.iter().map(|id| id.0.as_u128()).collect::<Vec<_>>(), [1, 2, 4, 3]);
    }

    #[test]
    fn what_one_author_has_beyond_their_share_waits_for_the_others() {
        let mut trips: Vec<Candidate> = (1..=22).map(|n| candidate(n, "kyoto", "", "")).collect();
        for trip in &mut trips {
            trip.traveler_id = TravelerId(uuid::Uuid::nil());
            trip.proof_score = 9.0;
        }
        trips.push(candidate(99, "kyoto and much else that somebody wrote", "", ""));
        let ranked: Vec<u128> = rank(trips, &words("kyoto"), &Meant::new()).iter().map(|id| id.0.as_u128()).collect();
        assert_eq!(ranked[19..], [3, 99, 2, 1]);
    }

    #[test]
    fn what_may_have_been_meant_waits_for_what_was_typed() {
        let meant = Meant::from([("bali".to_owned(), vec!["mali".to_owned()])]);
        let mut mali = candidate(1, "mali", "", "");
        mali.place = MEANT;
        let mut bali = candidate(2, "bali", "", "");
        let ranked =
            |candidates: &[&Candidate]| rank(candidates.iter().map(|c| (*c).clone()).collect(), &words("bali"), &meant);
        assert_eq!(ranked(&[&mali]), [mali.itinerary_id]);
        assert_eq!(ranked(&[&mali, &bali]), [bali.itinerary_id, mali.itinerary_id]);
        for (place, typed) in [(0, true), (1, true), (ANYWHERE, false), (MEANT, false)] {
            bali.place = place;
            assert_eq!(is_typed(&[mali.clone(), bali.clone()]), typed, "{place}");
        }
    }

    #[test]
    fn enough_is_what_one_expression_found_within_the_shares_of_authors() {
        let most = u128::try_from(BEST).unwrap();
        let mut trips: Vec<Candidate> = (0..most).map(|n| candidate(n, "kyoto", "", "")).collect();
        assert!(is_enough(&trips));
        trips[0].is_beyond = true;
        assert!(!is_enough(&trips));
        trips[0].is_beyond = false;
        trips[0].place = 1;
        assert!(!is_enough(&trips));
        for trip in &mut trips {
            trip.place = 1;
        }
        assert!(is_enough(&trips));
    }
}
