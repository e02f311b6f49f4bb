//! Places, countries and names, read from the tables beside this file.

use std::collections::{BTreeMap, BTreeSet};

use chrono::Month;
use rand::RngExt as _;
use rand::seq::{IndexedRandom as _, SliceRandom as _};
use rand_chacha::ChaCha8Rng;

/// Everything a person can like and a place can offer; `places.csv` uses no other word.
pub(super) const TAGS: &str = "hiking trekking food cultural history temples beach snorkeling \
     diving surfing cycling photography wildlife birdwatching camping road-trip city-walk museums \
     architecture nightlife yoga wellness kayaking sailing climbing skiing desert waterfalls \
     markets wine festivals train";

/// How people travel, the wording for a bio, and what it does to the daily cost.
pub(super) const STYLES: [(&str, &str, f64); 9] = [
    ("solo", "solo", 0.9),
    ("couple", "two-person", 1.0),
    ("family", "family", 1.1),
    ("group", "group", 0.9),
    ("adventure", "adventure", 1.1),
    ("backpacking", "backpacking", 0.55),
    ("budget", "low-budget", 0.6),
    ("luxury", "comfortable", 2.3),
    ("slow", "slow", 0.85),
];

/// Metres per degree of latitude.
pub(super) const DEGREE_M: f64 = 111_320.0;

/// From this height on the texts mention thin air.
const HIGH_M: f64 = 2400.0;

/// A nearby place must be close enough for a day trip.
const NEAR_KM: f64 = 150.0;

/// Endings of handles that are not just a name.
const HANDLE_WORDS: [&str; 11] =
    ["travels", "wanders", "on_foot", "outdoors", "maps", "trails", "roams", "afar", "by_rail", "notes", "unpacked"];

/// Accented letters and what their owners type instead.
const FOLDED: [(&str, &str); 19] = [
    ("áàâãäāăąạảấầặ", "a"),
    ("å", "aa"),
    ("æ", "ae"),
    ("çčć", "c"),
    ("ďđð", "d"),
    ("éèêëēěęễ", "e"),
    ("ğ", "g"),
    ("íìîïīı", "i"),
    ("łľļ", "l"),
    ("ñńņň", "n"),
    ("óòôõöøōơọồỗő", "o"),
    ("ř", "r"),
    ("śšşș", "s"),
    ("ß", "ss"),
    ("țť", "t"),
    ("þ", "th"),
    ("úùûūůưứűüǔǚ", "u"),
    ("ý", "y"),
    ("żžź", "z"),
];

/// What the texts need to know about a country.
#[derive(Clone, Copy)]
pub(super) struct Country {
    /// Name inside a sentence, with its article.
    pub land: &'static str,
    /// Local currency one person spends on an ordinary day.
    pub daily_cost: f64,
    /// A usual meal, without article.
    pub dish: &'static str,
    /// What comes with a break.
    pub drink: &'static str,
    /// How people without a car get around.
    pub ride: &'static str,
}

/// One row of `places.csv` with its country and neighbour resolved.
pub(super) struct Place {
    /// As written there, with accents.
    pub name: &'static str,
    /// Never the same word as the name.
    pub region: &'static str,
    /// Without article; `local.land` has it.
    pub country: &'static str,
    /// Degrees north of the centre.
    pub lat: f64,
    /// Degrees east of the centre.
    pub lon: f64,
    /// May be below the sea, as in Siwa.
    pub altitude_m: f64,
    /// ISO 4217 code.
    pub currency: &'static str,
    /// The words `months` were read from.
    pub season: &'static str,
    /// First and last good month, 1 to 12; may wrap around the new year.
    months: (u32, u32),
    /// Three to six of [`TAGS`].
    pub activities: Vec<&'static str>,
    /// Shared by all places of the country.
    pub local: Country,
    /// Name and region of the closest place of the same country within a day trip.
    pub near: Option<(&'static str, &'static str)>,
}

/// A letters-only handle and the name it was made from.
pub(super) struct Handle {
    /// Unique in the list, no digit in it.
    pub base: String,
    /// With accents, for the display name.
    pub given: &'static str,
    /// With accents and particles.
    pub family: &'static str,
    /// 1, which is not written, or the number some people carry from the start.
    pub number: usize,
}

impl Place {
    /// Whether the month, 1 to 12, is a good one.
    pub(super) fn in_season(&self, month: u32) -> bool {
        let (from, to) = self.months;
        if from <= to { (from..=to).contains(&month) } else { month >= from || month <= to }
    }

    /// Whether the air is thin.
    pub(super) fn is_high(&self) -> bool {
        self.altitude_m >= HIGH_M
    }

    /// The closest other place of the same country within a day trip.
    fn nearest(&self, places: &[Self]) -> Option<(&'static str, &'static str)> {
        let km = |other: &Self| {
            let east = (other.lon - self.lon) * self.lat.to_radians().cos();
            (other.lat - self.lat).hypot(east) * DEGREE_M / 1000.0
        };
        places
            .iter()
            .filter(|other| other.country == self.country && other.name != self.name)
            .map(|other| (km(other), other))
            .filter(|(km, _)| *km < NEAR_KM)
            .min_by(|(left, _), (right, _)| left.total_cmp(right))
            .map(|(_, other)| (other.name, other.region))
    }
}

/// One element of a list that is never empty.
pub(super) fn pick<'a, T>(rng: &mut ChaCha8Rng, list: &'a [T]) -> &'a T {
    list.choose(rng).expect("word lists are never empty")
}

/// All places, joined with their countries and their neighbours.
pub(super) fn places() -> Vec<Place> {
    let number = |text: &str| text.parse::<f64>().expect("a number in a seed table");
    let month = |text: &str| {
        let month = text.parse::<Month>().expect("a month in places.csv");
        month.number_from_month()
    };
    let country = |[code, land, daily_cost, dish, drink, ride]: [&'static str; 6]| {
        let country = Country { land, daily_cost: number(daily_cost), dish, drink, ride };
        (code, country)
    };
    let countries: BTreeMap<_, _> = rows(include_str!("countries.csv")).map(country).collect();
    let place = |row: [&'static str; 10]| {
        let [name, region, country, code, lat, lon, altitude, currency, season, activities] = row;
        let (from, to) = season.split_once(" to ").expect("places.csv: a season has two months");
        Place {
            name,
            region,
            country,
            lat: number(lat),
            lon: number(lon),
            altitude_m: number(altitude),
            currency,
            season,
            months: (month(from), month(to)),
            activities: activities.split(';').collect(),
            local: *countries.get(code).expect("countries.csv knows every code of places.csv"),
            near: None,
        }
    };
    let mut places: Vec<_> = rows(include_str!("places.csv")).map(place).collect();
    let neighbours: Vec<_> = places.iter().map(|place| place.nearest(&places)).collect();
    for (place, near) in places.iter_mut().zip(neighbours) {
        place.near = near;
    }
    places
}

/// Every name in a few spellings, each spelling once, in an order that depends on the seed.
pub(super) fn handles(rng: &mut ChaCha8Rng) -> Vec<Handle> {
    let mut handles = Vec::with_capacity(16_000);
    let mut taken = BTreeSet::new();
    let initial = |name: &str| name.chars().next().unwrap_or('x');
    for [_, given_names, families] in rows(include_str!("names.csv")) {
        for given in given_names.split(';') {
            for family in families.split(';') {
                let (first, last) = (plain(given), plain(family));
                for _ in 0..3 {
                    let base = match rng.random_range(0..8) {
                        0..3 => format!("{first}_{last}"),
                        3 => format!("{first}{last}"),
                        4 => format!("{last}_{first}"),
                        5 => format!("{first}_{}", initial(&last)),
                        6 => format!("{}_{last}", initial(&first)),
                        _ => format!("{first}_{}", pick(rng, &HANDLE_WORDS)),
                    };
                    // Room for the number within 30 characters.
                    if (3..=24).contains(&base.len()) && taken.insert(base.clone()) {
                        let number = match rng.random_range(0..7) {
                            0 => rng.random_range(7..=99),
                            _ => 1,
                        };
                        handles.push(Handle { base, given, family, number });
                    }
                }
            }
        }
    }
    handles.shuffle(rng);
    handles
}

/// Data rows of an embedded table, split into a fixed number of columns.
fn rows<const N: usize>(table: &'static str) -> impl Iterator<Item = [&'static str; N]> {
    table.lines().skip(1).map(|line| {
        let columns: Vec<_> = line.split(',').collect();
        <[_; N]>::try_from(columns).expect("a row of a seed table has every column once")
    })
}

/// A name in plain ASCII letters, the way people type it into a handle.
fn plain(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.chars().flat_map(char::to_lowercase) {
        if c.is_ascii_lowercase() {
            out.push(c);
        } else if let Some((_, letters)) = FOLDED.iter().find(|(from, _)| from.contains(c)) {
            out.push_str(letters);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_many_and_their_facts_are_plausible() {
        let places = places();
        assert!(places.len() >= 200, "{} places", places.len());
        let known: BTreeSet<_> = TAGS.split_whitespace().collect();
        let mut seen = BTreeSet::new();
        for place in &places {
            let name = place.name;
            assert!(place.lat.abs() < 85.0 && place.lon.abs() <= 180.0, "{name}");
            assert!((-450.0..5500.0).contains(&place.altitude_m), "{name}");
            assert!(place.local.daily_cost > 0.0, "{name}");
            let code = place.currency.as_bytes();
            assert!(code.len() == 3 && code.iter().all(u8::is_ascii_uppercase), "{name}");
            assert!((3..=6).contains(&place.activities.len()), "{name}");
            assert!(place.activities.iter().all(|tag| known.contains(tag)), "{name}");
            assert!(seen.insert((name, place.country)), "{name} is there twice");
        }
    }

    #[test]
    fn no_letter_of_a_name_is_lost_in_its_handle() {
        for [_, given, family] in rows(include_str!("names.csv")) {
            for name in given.split(';').chain(family.split(';')) {
                let letters = name.chars().filter(|c| c.is_alphabetic()).count();
                let plain = plain(name);
                assert!(plain.len() >= letters, "{name} became {plain}");
            }
        }
    }
}
