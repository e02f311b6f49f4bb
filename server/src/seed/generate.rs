//! Believable people and trips for `tripit seed`: a demo should look like a community that has
//! been travelling for years, not like `user1` and `Trip 42`.
//!
//! Pure on purpose: no clock, no database, no I/O. The same seed and the same day give the same
//! people and trips, so two demo servers can be compared. The word lists are data beside this file:
//! `places.csv`, `countries.csv`, `names.csv` and `phrases.txt` (its head explains the slots).

use std::collections::BTreeSet;
use std::f64::consts::TAU;

use chrono::{Datelike as _, Days, NaiveDate};
use rand::seq::{IteratorRandom as _, SliceRandom as _};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::tables::{DEGREE_M, Handle, Place, STYLES, TAGS, handles, pick, places};
use super::text::{Phrases, Scene};

/// A member of the demo community, without the secrets an account also needs.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SeedPerson {
    /// Handle, `[a-z0-9_]`, 3 to 30 characters, different for every `n`.
    pub username: String,
    /// Name as its owner writes it, with accents.
    pub display_name: String,
    /// One to three sentences about the person.
    pub bio: String,
    /// One of nine ways to travel, the same words as in a trip.
    pub travel_style: &'static str,
    /// Three to five activity tags.
    pub interests: Vec<&'static str>,
}

/// One point of a recorded or planned line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct SeedPoint {
    /// Degrees north.
    pub lat: f64,
    /// Degrees east.
    pub lon: f64,
    /// Metres above the sea.
    pub ele: f64,
}

/// An itinerary with everything its author fills in.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SeedTrip {
    /// Headline, names the place.
    pub title: String,
    /// One line below the headline.
    pub tagline: String,
    /// 120 to 600 characters; a report for past trips, a plan for coming ones.
    pub description: String,
    /// Place and country, "Kyoto, Japan".
    pub destination: String,
    /// English name of the country.
    pub country: &'static str,
    /// Region of the place, and of the neighbour the texts may mention.
    pub regions: Vec<String>,
    /// First day, three years back to eight months ahead of the generator's day.
    pub start_date: NaiveDate,
    /// Last day, still part of the trip.
    pub end_date: NaiveDate,
    /// easy, moderate, difficult or expert; follows the activities and the height.
    pub difficulty_level: &'static str,
    /// One of nine ways to travel; decides between "I" and "we".
    pub travel_style: &'static str,
    /// Whole units of the currency for one person and the whole trip.
    pub budget_amount: f64,
    /// ISO 4217 code of the country visited.
    pub budget_currency: &'static str,
    /// Three or more activities that are possible there, the main one first.
    pub activity_tags: Vec<&'static str>,
    /// Broad groups derived from the tags and the style.
    pub categories: Vec<&'static str>,
    /// Months in words, "April to June".
    pub best_season: &'static str,
    /// Up to three things to look forward to.
    pub trip_highlights: String,
    /// Three to six lines, each with its day or days.
    pub day_by_day_plan: String,
    /// General advice that fits the activities.
    pub safety_tips: String,
    /// Two small finds.
    pub hidden_gems: String,
    /// A line that starts near the place; two of three trips have one.
    pub track: Option<Vec<SeedPoint>>,
    /// False for the few drafts.
    pub is_published: bool,
    /// Marked as safe for women by its author.
    pub women_safe: bool,
    /// Picked for the front page.
    pub featured: bool,
}

/// Turns one seed into any number of people and trips.
pub(crate) struct Generator {
    /// The only source of chance.
    rng: ChaCha8Rng,
    /// Later starts are told as plans.
    today: NaiveDate,
    /// In the order of the file.
    places: Vec<Place>,
    /// Shared by people and trips.
    phrases: Phrases,
    /// Shuffled by the seed; `person` counts through it.
    handles: Vec<Handle>,
}

impl Generator {
    /// Parses the word lists; `today` is the day the trips are spread around.
    pub(crate) fn new(seed: u64, today: NaiveDate) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let handles = handles(&mut rng);
        Self { rng, today, places: places(), phrases: Phrases::parse(), handles }
    }

    /// The `n`-th member: the handle depends on the seed and `n` alone, the rest on the draw.
    pub(crate) fn person(&mut self, n: u64) -> SeedPerson {
        let rng = &mut self.rng;
        let n = usize::try_from(n).expect("fewer people than addresses");
        let count = self.handles.len();
        let handle = self.handles.get(n % count);
        let handle = handle.expect("a remainder is below the length");
        // Bases hold no digit, so base and number together never meet another handle.
        let username = match handle.number + n / count {
            1 => handle.base.clone(),
            number => format!("{}{number}", handle.base),
        };
        let (given, family) = (handle.given, handle.family);
        let initial = family.chars().find(|c| c.is_uppercase());
        let display_name = match (rng.random_range(0..100), initial) {
            (0..8, _) => String::from(given),
            (8..20, Some(initial)) => format!("{given} {initial}."),
            _ => format!("{given} {family}"),
        };
        let &(travel_style, style_words, _) = pick(rng, &STYLES);
        let wanted = rng.random_range(3..=5);
        let mut interests = TAGS.split_whitespace().sample(rng, wanted);
        interests.shuffle(rng);
        SeedPerson {
            username,
            display_name,
            bio: self.phrases.bio(rng, &interests, style_words),
            travel_style,
            interests,
        }
    }

    /// The next trip of the sequence.
    pub(crate) fn trip(&mut self) -> SeedTrip {
        let rng = &mut self.rng;
        let place = pick(rng, &self.places);
        let &(travel_style, _, cost_factor) = pick(rng, &STYLES);
        let start_date = draw_start(rng, self.today, place);
        // The smaller of two draws: long trips exist, short ones are the rule.
        let days = rng.random_range(2..=21).min(rng.random_range(3..=21));
        let mut tags = place.activities.clone();
        tags.shuffle(rng);
        tags.truncate(rng.random_range(3..=tags.len()));
        let solo = matches!(travel_style, "solo" | "backpacking");
        let scene = Scene::new(rng, &self.phrases, place, &tags, start_date, days, solo);
        let mut regions = vec![String::from(place.region)];
        if let Some((_, region)) = place.near
            && region != place.region
            && rng.random_bool(0.4)
        {
            regions.push(String::from(region));
        }
        let women_safe = rng.random_bool(0.2);
        let cost = place.local.daily_cost * f64::from(days) * cost_factor;
        SeedTrip {
            title: scene.title(rng),
            tagline: scene.tagline(rng),
            description: scene.description(rng, start_date > self.today),
            destination: format!("{}, {}", place.name, place.country),
            country: place.country,
            regions,
            start_date,
            end_date: start_date + Days::new(u64::from(days) - 1),
            difficulty_level: difficulty(rng, place, &tags),
            travel_style,
            budget_amount: round_budget(cost * rng.random_range(0.75..1.35)),
            budget_currency: place.currency,
            categories: categories(&tags, travel_style, women_safe),
            best_season: place.season,
            trip_highlights: scene.highlights(rng),
            day_by_day_plan: scene.day_plan(rng),
            safety_tips: scene.safety_tips(rng),
            hidden_gems: scene.hidden_gems(rng),
            track: rng.random_bool(0.67).then(|| draw_track(rng, place, &tags)),
            is_published: rng.random_bool(0.95),
            women_safe,
            featured: rng.random_bool(0.02),
            activity_tags: tags,
        }
    }
}

/// A compact GPX 1.1 document with one track and no times, which would give away when one is out.
/// The name must hold no control characters; titles have none.
pub(crate) fn gpx(track: &[SeedPoint], name: &str) -> String {
    let name = name.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let point = |SeedPoint { lat, lon, ele }: &SeedPoint| {
        format!("<trkpt lat=\"{lat:.5}\" lon=\"{lon:.5}\"><ele>{ele:.1}</ele></trkpt>")
    };
    let points: Vec<_> = track.iter().map(point).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <gpx version=\"1.1\" creator=\"TripIt\" xmlns=\"http://www.topografix.com/GPX/1/1\">\
         <trk><name>{name}</name><trkseg>{}</trkseg></trk></gpx>",
        points.concat()
    )
}

/// A first day in the allowed window, preferably inside the season of the place.
fn draw_start(rng: &mut ChaCha8Rng, today: NaiveDate, place: &Place) -> NaiveDate {
    let earliest = today - Days::new(3 * 365);
    let mut start = today;
    for _ in 0..4 {
        start = earliest + Days::new(rng.random_range(0..=3 * 365 + 240));
        if place.in_season(start.month()) || rng.random_bool(0.15) {
            break;
        }
    }
    start
}

/// Whether one of the tags is among the wanted.
fn has(tags: &[&str], wanted: &[&str]) -> bool {
    tags.iter().any(|tag| wanted.contains(tag))
}

/// Harder for ropes, passes and thin air.
fn difficulty(rng: &mut ChaCha8Rng, place: &Place, tags: &[&str]) -> &'static str {
    let steep = has(tags, &["trekking", "climbing", "skiing"]);
    let high = place.is_high();
    match rng.random_range(0..100) + if steep { 35 } else { 0 } + if high { 20 } else { 0 } {
        0..55 => "easy",
        55..95 => "moderate",
        95..130 => "difficult",
        _ => "expert",
    }
}

/// Broad groups in the order of the alphabet.
fn categories(tags: &[&str], style: &str, women_safe: bool) -> Vec<&'static str> {
    let groups = tags.iter().map(|tag| match *tag {
        "food" | "wine" | "markets" => "food",
        "cultural" | "history" | "temples" | "museums" | "architecture" | "festivals" => "cultural",
        "beach" | "snorkeling" => "beach",
        "yoga" | "wellness" => "wellness",
        "city-walk" | "nightlife" => "city",
        "wildlife" | "birdwatching" | "waterfalls" | "camping" | "desert" | "photography" => "nature",
        "road-trip" | "train" => "overland",
        _ => "adventure",
    });
    let by_style = match style {
        "budget" | "backpacking" => Some("budget_travel"),
        "family" => Some("family"),
        _ => None,
    };
    let by_safety = women_safe.then_some("women_safety");
    let all: BTreeSet<_> = groups.chain(by_style).chain(by_safety).collect();
    all.into_iter().collect()
}

/// Two leading digits, as people estimate.
fn round_budget(amount: f64) -> f64 {
    let mut step = 1.0;
    while amount / step >= 100.0 {
        step *= 10.0;
    }
    (amount / step).round() * step
}

/// A line that keeps its direction roughly, on foot or with wheels, rising and falling with the land.
fn draw_track(rng: &mut ChaCha8Rng, place: &Place, tags: &[&str]) -> Vec<SeedPoint> {
    let metres = if has(tags, &["cycling", "road-trip"]) { 1200.0..4000.0 } else { 250.0..900.0 };
    let slope = if has(tags, &["hiking", "trekking", "climbing", "skiing"]) { 70.0 } else { 9.0 };
    let floor = if place.altitude_m < 0.0 { place.altitude_m - 10.0 } else { 0.0 };
    let count = rng.random_range(8..=14);
    let mut heading = rng.random_range(0.0..TAU);
    let mut point = SeedPoint {
        lat: place.lat + rng.random_range(-0.004..0.004),
        lon: place.lon + rng.random_range(-0.004..0.004),
        ele: (place.altitude_m + rng.random_range(-slope / 3.0..slope / 3.0)).max(floor),
    };
    let mut track = Vec::with_capacity(count);
    for _ in 0..count {
        track.push(point);
        heading += rng.random_range(-0.7..0.7);
        let degrees = rng.random_range(metres.clone()) / DEGREE_M;
        point.lat += degrees * heading.cos();
        point.lon += degrees * heading.sin() / point.lat.to_radians().cos();
        // Fiji lies on the date line.
        if point.lon.abs() > 180.0 {
            point.lon -= 360.0_f64.copysign(point.lon);
        }
        let pull = (place.altitude_m - point.ele) / 10.0;
        let climbed = point.ele + pull + rng.random_range(-slope..slope * 1.2);
        point.ele = climbed.clamp(floor, place.altitude_m + 600.0);
    }
    track
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: NaiveDate = NaiveDate::from_ymd_opt(2026, 3, 1).expect("a real day");

    fn generator(seed: u64) -> Generator {
        Generator::new(seed, TODAY)
    }

    fn trips(seed: u64, count: usize) -> Vec<SeedTrip> {
        let mut generator = generator(seed);
        (0..count).map(|_| generator.trip()).collect()
    }

    #[test]
    fn the_same_seed_gives_the_same_community() {
        assert_eq!(trips(7, 300), trips(7, 300));
        assert_ne!(trips(7, 3), trips(8, 3));
        let (mut left, mut right) = (generator(7), generator(7));
        assert!((0..300).all(|n| left.person(n) == right.person(n)));
    }

    #[test]
    fn usernames_are_unique_and_look_like_handles() {
        let mut generator = generator(1);
        let mut seen = BTreeSet::new();
        for n in 0..20_000 {
            let person = generator.person(n);
            let name = &person.username;
            assert!((3..=30).contains(&name.len()), "{name}");
            let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
            assert!(name.bytes().all(is_plain), "{name}");
            assert!(!person.display_name.is_empty(), "{name}");
            assert!((20..=300).contains(&person.bio.len()), "{}", person.bio);
            assert!((3..=5).contains(&person.interests.len()), "{name}");
            assert!(seen.insert(person.username), "a username came twice");
        }
    }

    #[test]
    fn trips_keep_their_bounds_and_rarely_repeat() {
        let all = trips(3, 2000);
        for trip in &all {
            for (text, length) in [
                (&trip.title, 5..=200),
                (&trip.tagline, 5..=300),
                (&trip.description, 120..=600),
                (&trip.trip_highlights, 5..=600),
                (&trip.safety_tips, 5..=600),
                (&trip.hidden_gems, 5..=600),
            ] {
                assert!(length.contains(&text.chars().count()), "{text}");
            }
            assert!((1..=20).contains(&(trip.end_date - trip.start_date).num_days()));
            assert!((-1095..=245).contains(&(trip.start_date - TODAY).num_days()));
            assert!(trip.budget_amount >= 1.0 && trip.budget_amount.fract().abs() < f64::EPSILON);
            assert!(trip.activity_tags.len() >= 3 && !trip.categories.is_empty());
            for point in trip.track.iter().flatten() {
                let is_on_earth = point.lat.abs() < 90.0 && point.lon.abs() <= 180.0;
                assert!(is_on_earth, "{}", trip.destination);
            }
        }
        let distinct: BTreeSet<_> = all.iter().map(|trip| &trip.description).collect();
        let distinct = distinct.len();
        assert!(distinct >= 1800, "{distinct} of 2000 descriptions");
        let tracks = all.iter().filter(|trip| trip.track.is_some()).count();
        assert!((1200..1480).contains(&tracks), "{tracks} of 2000 tracks");
    }

    #[test]
    fn gpx_is_well_formed() {
        let track = [SeedPoint { lat: -8.5, lon: 115.26, ele: 220.0 }; 9];
        let document = gpx(&track, "Rice & <fields> it's Kaş");
        assert!(document.contains("<name>Rice &amp; &lt;fields&gt; it's Kaş</name>"));
        assert_eq!(document.matches("<trkpt ").count(), 9);
        assert_eq!(document.matches("<trk>").count(), 1);
        assert!(!document.contains("<time>"));
        let body = document.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n").expect("a prolog");
        let mut open = Vec::new();
        for rest in body.split('<').skip(1) {
            let (tag, _) = rest.split_once('>').expect("a closing bracket");
            match tag.strip_prefix('/') {
                Some(name) => assert_eq!(open.pop(), Some(name)),
                None => open.push(tag.split(' ').next().expect("a name")),
            }
        }
        assert!(open.is_empty(), "unclosed: {open:?}");
    }
}
