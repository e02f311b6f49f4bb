//! Who of the people of a demo guides others, who booked them, and what was said of it.

use super::id;
use kernel::{
    auth::TravelerId,
    clock::{Day, Timestamp},
};
use rand::{RngExt, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;
use std::time::Duration;
use women_safety::seed::{Booked, Offered};

const DAY: Duration = Duration::from_hours(24);

/// More than a few dozen nobody looks at.
const MOST: usize = 48;

/// Every eighth of the people as a guide, most of them verified, with bookings behind and ahead of them. Some are new.
pub(super) fn of(rng: &mut ChaCha8Rng, people: &[(TravelerId, String)], midnight: Timestamp) -> Vec<Offered> {
    let wanted = (people.len() / 8).min(MOST);
    let guides: Vec<TravelerId> = people.sample(rng, wanted).map(|p| p.0).collect();
    guides.into_iter().map(|guide| one(rng, guide, people, midnight)).collect()
}

fn one(rng: &mut ChaCha8Rng, guide: TravelerId, people: &[(TravelerId, String)], midnight: Timestamp) -> Offered {
    let at = midnight.minus(DAY * rng.random_range(200..360));
    let (place, language, bio) = PLACES.choose(rng).copied().unwrap_or(("Kyoto, Japan", "Japanese", ""));
    let usual = if rng.random_range(0..10) == 0 { 3 } else { 5 };
    let bookings = (0..rng.random_range(0..14_u32))
        .filter_map(|n| {
            let traveler = people.choose(rng).map(|p| p.0).filter(|p| *p != guide)?;
            // One every ten days, from a hundred days ago on: no two share a day.
            let first = day(midnight, i64::from(n) * 10 - 100)?;
            let last = day(midnight, i64::from(n) * 10 - 100 + rng.random_range(0..4))?;
            let is_over = n < 9;
            let booked = midnight.minus(DAY * (150 - 10 * n.min(9)));
            let is_reviewed = is_over && rng.random_range(0..4) > 0;
            let rating = (usual - rng.random_range(0..3) / 2).clamp(1, 5);
            let words = if rating > 3 { GOOD } else { MIXED };
            let text = words.choose(rng).copied().unwrap_or_default();
            Some(Booked {
                id: id(rng, booked),
                traveler,
                start: first,
                end: last,
                is_over,
                at: booked,
                review: is_reviewed.then(|| (id(rng, booked), rating, text)),
            })
        })
        .collect();
    Offered {
        id: id(rng, at),
        traveler: guide,
        bio,
        years: rng.random_range(1..25),
        languages: vec!["English", language],
        specializations: SKILLS.sample(rng, 2).copied().collect(),
        places: vec![place],
        hourly_rate_cents: (rng.random_range(0..8) > 0).then(|| rng.random_range(16..120) * 50),
        is_verified: rng.random_range(0..5) > 0,
        at,
        bookings,
    }
}

/// The day that lies `offset` days after midnight.
fn day(midnight: Timestamp, offset: i64) -> Option<Day> {
    let days = offset.unsigned_abs();
    if offset < 0 {
        Some(midnight.minus(Duration::from_hours(24 * days)).day())
    } else {
        midnight.day().plus_days(days)
    }
}

const SKILLS: [&str; 8] =
    ["women_safety", "cultural", "adventure", "budget_travel", "food", "photography", "night_walks", "hiking"];

const PLACES: [(&str, &str, &str); 8] = [
    ("Kyoto, Japan", "Japanese", "Temples before the buses come, and tea afterwards."),
    ("Lisbon, Portugal", "Portuguese", "Trams, tiles, and the streets to take at night."),
    ("Jaipur, India", "Hindi", "Markets with somebody who knows the prices. Women on their own are welcome."),
    ("Oaxaca, Mexico", "Spanish", "Mole, mezcal and the road to the mountain villages."),
    ("Marrakesh, Morocco", "Arabic", "The medina without being followed: I grew up in it."),
    ("Hanoi, Vietnam", "Vietnamese", "Street food, lakes, and how to cross the road."),
    ("Cusco, Peru", "Quechua", "Slow days for the altitude, long ones for the Inca paths."),
    ("Istanbul, Türkiye", "Turkish", "Ferries, hammams and the quiet side of the Bosporus."),
];

const GOOD: &[&str] = &[
    "She knew every back door, and nobody bothered us all day.",
    "Felt safe the whole evening. She waited until my taxi had come.",
    "Patient, punctual and funny. I would book her again at once.",
    "She asked before what I am afraid of, and planned around it.",
    "Worth every cent: we ate where her family eats.",
];

const MIXED: &[&str] = &[
    "Friendly, but we walked more than was agreed.",
    "Good in the morning. In the afternoon she was often on the phone.",
    "Knows a lot; I would have liked to be asked what I want to see.",
];
