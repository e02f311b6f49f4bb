//! What the people of a demo tell each other about its trips.

use super::id;
use itineraries::seed::Trip;
use kernel::{auth::TravelerId, clock::Timestamp};
use rand::{RngExt as _, seq::IndexedRandom as _};
use rand_chacha::ChaCha8Rng;
use std::time::Duration;
use travel_intel::seed::Piece;

const DAY: Duration = Duration::from_hours(24);

/// A type, its severity, whether it is about safety, and words of that kind; `{}` is the place.
type Kind = (&'static str, &'static str, bool, &'static [&'static str]);

const KINDS: [Kind; 7] = [
    (
        "question",
        "medium",
        false,
        &[
            "Is the last bus back from {} reliable outside the season?",
            "How early did you have to book a room in {}?",
            "Would you do this with a child of six?",
            "Did you find vegetarian food in {} without trouble?",
        ],
    ),
    (
        "question",
        "medium",
        true,
        &["How was it to walk back alone after dark in {}?", "Did you feel watched anywhere around the station of {}?"],
    ),
    (
        "warning",
        "high",
        true,
        &[
            "The footpath down to the river is washed out; the way round takes an hour.",
            "Two of us had our pockets picked at the market of {}.",
            "Taxis at the arrivals hall ask three times the fare. Order one by phone.",
            "The lights along the waterfront of {} are off since last week.",
        ],
    ),
    (
        "tip",
        "low",
        false,
        &[
            "Buy the day pass for {} on the train, it is half the price there.",
            "The bakery opposite the old gate opens at six.",
            "Bring cash, hardly anybody takes cards in {}.",
        ],
    ),
    (
        "recommendation",
        "low",
        false,
        &[
            "The small museum behind the church of {} is worth an hour.",
            "Stay one more night, the second morning is the best.",
        ],
    ),
    (
        "local_insight",
        "low",
        false,
        &["In {} shops close from one to four, and nobody minds if you sit in the shade meanwhile."],
    ),
    (
        "update",
        "medium",
        false,
        &[
            "Was there last week: everything as described, only the ferry leaves earlier now.",
            "The hut has a new keeper and a better soup.",
        ],
    ),
];

const ANSWERS: [&str; 6] = [
    "Same for us in the spring.",
    "Thank you, that helps a lot.",
    "We asked at the tourist office: yes, until further notice.",
    "It was fine with us, two women, around ten at night.",
    "Not any more, they repaired it.",
    "Depends on the weekday, ask your host.",
];

/// A few pieces for every third published trip, with an answer here and there.
pub(super) fn about(rng: &mut ChaCha8Rng, trip: &Trip, people: &[(TravelerId, String)], now: Timestamp) -> Vec<Piece> {
    if !trip.is_published || !rng.random_bool(1.0 / 3.0) {
        return Vec::new();
    }
    let place = trip.destination.split(',').next().unwrap_or_default();
    let age = Duration::from_micros(u64::try_from(now.micros() - trip.created_at.micros()).unwrap_or_default());
    let mut all: Vec<Piece> = Vec::new();
    for _ in 0..rng.random_range(1..=4) {
        let (Some(author), Some((kind, severity, safety_related, words))) = (people.choose(rng), KINDS.choose(rng))
        else {
            continue;
        };
        let at = trip.created_at.plus(age.mul_f64(rng.random_range(0.0..0.9)));
        let ends = *kind == "warning" && rng.random_bool(0.4);
        let top = Piece {
            id: id(rng, at),
            itinerary: trip.id.0,
            parent: None,
            author: author.0,
            kind,
            content: words.choose(rng).unwrap_or(&"{}").replace("{}", place),
            severity,
            safety_related: *safety_related,
            valid_until: ends.then(|| at.plus(DAY * rng.random_range(10..200))),
            created_at: at,
        };
        let answer = (*kind == "question" || rng.random_bool(0.2)).then(|| {
            let at = at.plus((DAY * 3).mul_f64(rng.random_range(0.01..1.0))).min(now);
            Some(Piece {
                id: id(rng, at),
                itinerary: trip.id.0,
                parent: Some(top.id),
                author: people.choose(rng)?.0,
                kind: "update",
                content: (*ANSWERS.choose(rng)?).to_owned(),
                severity: "medium",
                safety_related: false,
                valid_until: None,
                created_at: at,
            })
        });
        all.push(top);
        all.extend(answer.flatten());
    }
    all
}
