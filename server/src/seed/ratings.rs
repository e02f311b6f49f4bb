//! What other people made of a trip.

use super::id;
use itineraries::seed::Trip;
use kernel::{
    auth::TravelerId,
    clock::{Day, Timestamp},
};
use rand::{RngExt, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;
use safety_ratings::seed::Given;
use std::time::Duration;

/// So many ratings of a trip, or one to seven, four in the middle, by different people who are not its author.
pub(super) fn of(
    rng: &mut ChaCha8Rng,
    trip: &Trip,
    people: &[TravelerId],
    wanted: Option<usize>,
    now: Timestamp,
) -> Vec<Given> {
    // Most trips are rated well; some places are not safe, and there nearly everybody says so.
    let usual = if rng.random_range(0..12) == 0 { 2 } else { 4 };
    let wanted = wanted.unwrap_or_else(|| rng.random_range(1..=7));
    let mut raters: Vec<TravelerId> = Vec::with_capacity(wanted);
    // One more than wanted, in case the author is among them.
    for rater in people.sample(rng, wanted + 1) {
        if *rater != trip.author && raters.len() < wanted {
            raters.push(*rater);
        }
    }
    raters.into_iter().map(|rater| one(rng, trip, rater, usual, now)).collect()
}

fn one(rng: &mut ChaCha8Rng, trip: &Trip, rater: TravelerId, usual: i64, now: Timestamp) -> Given {
    let score = about(rng, usual);
    let since = Duration::from_micros((now.micros() - trip.created_at.micros()).unsigned_abs());
    let at = trip.created_at.plus(since.mul_f64(rng.random_range(0.0..1.0)));
    let before = Duration::from_hours(24 * rng.random_range(0..400));
    let said = match score {
        1 | 2 => BAD,
        3 => MIXED,
        _ => GOOD,
    };
    Given {
        id: id(rng, at),
        itinerary: trip.id.0,
        rater,
        score,
        rating_type: TYPES.choose(rng).copied().unwrap_or("overall"),
        feedback: if rng.random_range(0..10) < 7 { said.choose(rng).copied() } else { None },
        route_safety: (rng.random_range(0..2) == 0).then(|| about(rng, score)),
        women_safety: (rng.random_range(0..2) == 0).then(|| about(rng, score)),
        experience_date: Day::from(at.minus(before).utc().date_naive()),
        at,
    }
}

/// This score, or a neighbour of it.
fn about(rng: &mut ChaCha8Rng, score: i64) -> i64 {
    let off = match rng.random_range(0..20) {
        0 => -2,
        1..4 => -1,
        4..13 => 0,
        _ => 1,
    };
    (score + off).clamp(1, 5)
}

/// Most are about all of it.
const TYPES: [&str; 8] =
    ["overall", "overall", "overall", "overall", "accommodation", "route", "community", "women_safety"];

const GOOD: &[&str] = &[
    "I walked back to my room after dark more than once and never felt watched.",
    "Well lit around the station, and the last bus was full of families.",
    "The host met us at the stop and showed us which streets to use at night.",
    "Path clearly marked; we met other walkers every half hour.",
    "Shopkeepers helped when I had lost my way. No trouble at all.",
    "As a woman on my own I was left in peace, also in the evening.",
    "The locks on the rooms are good and somebody is at the desk all night.",
];

const MIXED: &[&str] = &[
    "Fine by day. I would not take the short cut through the park at night.",
    "No trouble, but two taxis in a row had no meter and wanted triple.",
    "The road has no shoulder for the last three kilometres; buses come fast.",
    "Some staring, nothing worse. I was glad not to be alone after ten.",
    "Good until the rain: the steps become slippery and there is no rail.",
];

const BAD: &[&str] = &[
    "Followed twice in one evening. I changed the hotel.",
    "The room could not be locked from the inside and nobody cared.",
    "The bridge on the second day is missing planks, and there is no way around it.",
    "My bag was cut open on the night bus; others told the same story.",
    "No light, no signal and loose dogs on the way back to the village.",
];
