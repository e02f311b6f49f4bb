//! People who want to make a trip together.

use super::id;
use itineraries::seed::Trip;
use kernel::{
    auth::TravelerId,
    clock::{Day, Timestamp},
};
use rand::{RngExt, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;
use std::time::Duration;
use travel_groups::seed::Gathering;

const DAY: Duration = Duration::from_hours(24);

/// Those of `people` whom the service knows as women: a third of them.
pub(super) fn women(people: &[TravelerId]) -> Vec<TravelerId> {
    people.iter().step_by(3).copied().collect()
}

/// For one trip in fifteen a group that is about to make it; one group in six is for women only.
pub(super) fn of(
    rng: &mut ChaCha8Rng,
    trip: &Trip,
    people: &[TravelerId],
    women: &[TravelerId],
    midnight: Timestamp,
) -> Option<Gathering> {
    if rng.random_range(0..15) != 0 {
        return None;
    }
    let is_women_only = rng.random_range(0..6) == 0;
    let from = if is_women_only { women } else { people };
    let wanted: usize = rng.random_range(1..=8);
    let members: Vec<TravelerId> = from.sample(rng, wanted).copied().collect();
    let taken = i64::try_from(members.len()).unwrap_or(1);
    let at = midnight.minus(DAY.mul_f64(rng.random_range(1.0..60.0)));
    let leaves = midnight.plus(DAY * rng.random_range(3..200));
    let back = leaves.plus(DAY * rng.random_range(1..15));
    let town = trip.destination.split(',').next().unwrap_or_default().trim();
    let name = NAMES.choose(rng).copied().unwrap_or("{} together").replace("{}", town);
    Some(Gathering {
        id: id(rng, at),
        name,
        description: WORDS.choose(rng).copied().unwrap_or_default().replace("{}", town),
        destination: trip.destination.clone(),
        start_date: Day::from(leaves.utc().date_naive()),
        end_date: Day::from(back.utc().date_naive()),
        seats: (taken + rng.random_range(0..5)).clamp(2, 50),
        activity_tags: trip.activity_tags.iter().take(4).map(|tag| (*tag).to_owned()).collect(),
        languages: LANGUAGES.sample(rng, 2).map(|language| (*language).to_owned()).collect(),
        pace: PACES.choose(rng).copied(),
        is_women_only,
        requires_approval: rng.random_range(0..4) == 0,
        itinerary: Some(trip.id.0),
        members: members.into_iter().map(|who| (id(rng, at), who)).collect(),
        at,
    })
}

const NAMES: [&str; 6] = [
    "{} together",
    "Slowly to {}",
    "Around {} on foot and by train",
    "Who comes along to {}?",
    "{}, and no hurry",
    "A few days in {}",
];

const WORDS: [&str; 5] = [
    "We meet for a call first. Everybody pays for themselves, and nobody has to do everything.",
    "Most of us have not been to {} before. We cook, walk, and are in bed early.",
    "Looking for two or three who like to sit in cafes as much as to climb hills.",
    "First time in a group? So are we. We share rooms where it is cheaper.",
    "We have the trains to {} and back. What happens between is open.",
];

const LANGUAGES: [&str; 6] = ["en", "es", "fr", "de", "pt", "hi"];
const PACES: [&str; 3] = ["slow", "moderate", "fast"];
