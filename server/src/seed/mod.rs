//! Fills a database with believable people and trips, the same ones for the same seed.

mod generate;
mod groups;
mod guides;
mod intel;
mod ratings;
mod tables;
mod text;

use accounts::seed::Person;
use generate::{Generator, SeedTrip};
use indicatif::{ProgressBar, ProgressStyle};
use itineraries::{
    ItineraryId,
    seed::{Prepared, Trip},
};
use kernel::{
    App, Error, Result,
    auth::TravelerId,
    clock::{Day, Timestamp},
    db::Dropped,
    sql,
};
use rand::{Rng, RngExt, SeedableRng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;
use safety_ratings::seed::Given;
use std::time::Duration;
use tokio::task::JoinHandle;
use travel_intel::seed::Piece;
use uuid::{Builder, Uuid};

/// What everybody who is made up signs in with. Their addresses end in `@example.org`.
pub(crate) const PASSWORD: &str = "Seeded-Demo-2026";

/// How much to make.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    /// People.
    pub travelers: u64,
    /// Trips.
    pub itineraries: u64,
    /// Ratings of each published trip; `None`: as many as happens.
    pub ratings: Option<usize>,
    /// Indexes at the end.
    pub bulk: bool,
}

/// Rows in a transaction: enough that committing costs little, few enough that others get their turn.
const BATCH: u64 = 1_000;
const YEAR: Duration = Duration::from_hours(8760);

/// Fills the database; the address of one of the people.
pub(crate) async fn fill(app: &App, size: Size, seed: u64) -> Result<Option<String>> {
    let today = app.clock.today();
    let mut generator = Generator::new(seed, today.date());
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    // Midnight, so that the same day makes the same rows.
    let midnight = Timestamp::from(today.date().and_time(chrono::NaiveTime::MIN).and_utc());
    let people = people(app, &mut generator, &mut rng, size.travelers, midnight).await?;
    let raters: Vec<TravelerId> = people.iter().map(|p| p.0).collect();
    // A stream of their own, so that ratings change nothing about people and trips.
    let mut opinions = ChaCha8Rng::seed_from_u64(seed);
    opinions.set_stream(1);
    // A stream of its own, so that intel changes nothing about people and trips.
    let mut words = ChaCha8Rng::seed_from_u64(seed);
    words.set_stream(2);
    let dropped = if size.bulk { Some(without_indexes(app).await?) } else { None };
    // And one for guides.
    let mut offers = ChaCha8Rng::seed_from_u64(seed);
    offers.set_stream(3);
    let mut tx = app.db.write().await?;
    women_safety::seed::insert(&mut tx, guides::of(&mut offers, &people, midnight)).await?;
    tx.commit().await?;
    let mut helps = ChaCha8Rng::seed_from_u64(seed);
    helps.set_stream(4);
    let mut tx = app.db.write().await?;
    women_safety::resource_seed::insert(&mut tx, midnight, || id(&mut helps, midnight)).await?;
    tx.commit().await?;
    // And one for groups.
    let mut gathering = ChaCha8Rng::seed_from_u64(seed);
    gathering.set_stream(5);
    let women = groups::women(&raters);
    let mut tx = app.db.write().await?;
    accounts::seed::verify_women(&mut tx, &women).await?;
    tx.commit().await?;
    let bar = progress(size.itineraries, "trips");
    let (mut left, mut writing) = (size.itineraries, None);
    // In the order of time, as trips come: ids begin with it, so each batch is added at the end of the indexes by id and
    // does not rewrite them from one end to the other.
    let mut times: Vec<Timestamp> =
        (0..left).map(|_| midnight.minus(YEAR.mul_f64(rng.random_range(0.0..1.0)))).collect();
    times.sort_unstable();
    let mut times = times.into_iter();
    while left > 0 && !people.is_empty() {
        let made: Vec<Trip> = (0..left.min(BATCH))
            .map(|_| {
                let author = people.choose(&mut rng).map_or(TravelerId(Uuid::nil()), |p| p.0);
                let at = times.next().unwrap_or(midnight);
                trip(ItineraryId(id(&mut rng, at)), author, generator.trip(), at)
            })
            .collect();
        left -= made.len() as u64;
        bar.inc(made.len() as u64);
        let rated = made.iter().filter(|trip| trip.is_published);
        let given = rated.flat_map(|trip| ratings::of(&mut opinions, trip, &raters, size.ratings, midnight)).collect();
        let said = made.iter().flat_map(|trip| intel::about(&mut words, trip, &people, midnight)).collect();
        let published = made.iter().filter(|trip| trip.is_published);
        let gathered =
            published.filter_map(|trip| groups::of(&mut gathering, trip, &raters, &women, midnight)).collect();
        // Measuring tracks and folding texts keeps a core busy.
        let prepared = app.heavy.run(move || made.into_iter().map(Trip::prepare).collect::<Result<Vec<Prepared>>>());
        let batch = Filled { trips: prepared.await??, given, said, gathered };
        // While this one is written the next one is made.
        written(writing.take()).await?;
        writing = Some(app.tasks.spawn(batch.write(app.clone())));
    }
    written(writing).await?;
    if let Some(dropped) = dropped {
        app.db.make_indexes(dropped).await?;
    }
    // So that plans are made for what is there now, and not for the empty tables of a moment ago.
    app.db.analyze().await?;
    bar.finish_and_clear();
    Ok(people.first().map(|(_, username)| format!("{username}@example.org")))
}

/// Trips with what others made of them.
struct Filled {
    trips: Vec<Prepared>,
    given: Vec<Given>,
    said: Vec<Piece>,
    gathered: Vec<travel_groups::seed::Gathering>,
}

impl Filled {
    async fn write(self, app: App) -> Result<()> {
        let mut tx = app.db.write().await?;
        itineraries::seed::insert(&mut tx, self.trips).await?;
        safety_ratings::seed::insert(&mut tx, self.given).await?;
        travel_intel::seed::insert(&mut tx, self.said).await?;
        travel_groups::seed::insert(&mut tx, self.gathered).await?;
        tx.changed("itineraries");
        tx.changed("safety_ratings");
        Ok(tx.commit().await?)
    }
}

async fn written(batch: Option<JoinHandle<Result<()>>>) -> Result<()> {
    match batch {
        Some(batch) => batch.await.map_err(|e| Error::internal(e.to_string()))?,
        None => Ok(()),
    }
}

/// The tables that get most rows, and of which filling asks nothing but keys.
const LARGE: [&str; 6] =
    ["itineraries", "itinerary_places", "itinerary_safety", "itinerary_tags", "safety_ratings", "travel_intel"];

async fn without_indexes(app: &App) -> Result<Dropped> {
    let mut tx = app.db.write().await?;
    if tx.maybe::<Uuid>(sql!("select id from itineraries limit 1")).await?.is_some() {
        return Err(Error::conflict("seeded", "there are trips in this database: fill it without --bulk"));
    }
    let dropped = tx.drop_indexes(&LARGE).await?;
    tx.commit().await?;
    Ok(dropped)
}

async fn people(
    app: &App,
    generator: &mut Generator,
    rng: &mut ChaCha8Rng,
    count: u64,
    midnight: Timestamp,
) -> Result<Vec<(TravelerId, String)>> {
    let hash = accounts::seed::shared_password_hash(app, PASSWORD).await?;
    let bar = progress(count, "people");
    let mut all = Vec::new();
    for first in (0..count).step_by(usize::try_from(BATCH).unwrap_or(1)) {
        let batch: Vec<Person> = (first..count.min(first + BATCH))
            .map(|n| {
                let p = generator.person(n);
                let joined = midnight.minus(YEAR + YEAR.mul_f64(rng.random_range(0.0..1.0)));
                Person {
                    id: TravelerId(id(rng, joined)),
                    username: p.username,
                    display_name: p.display_name,
                    bio: p.bio,
                    travel_style: p.travel_style,
                    interests: p.interests,
                    joined,
                }
            })
            .collect();
        bar.inc(batch.len() as u64);
        all.extend(batch.iter().map(|p| (p.id, p.username.clone())));
        let (wanted, mut tx) = (batch.len() as u64, app.db.write().await?);
        if accounts::seed::insert(&mut tx, batch, &hash).await? != wanted {
            return Err(Error::conflict(
                "seeded",
                "this database was filled with this seed before: choose another --seed",
            ));
        }
        tx.commit().await?;
    }
    bar.finish_and_clear();
    Ok(all)
}

/// An id as it would have been given at that time.
fn id(rng: &mut ChaCha8Rng, at: Timestamp) -> Uuid {
    let mut random = [0; 10];
    rng.fill_bytes(&mut random);
    Builder::from_unix_timestamp_millis(u64::try_from(at.micros() / 1000).unwrap_or_default(), &random).into_uuid()
}

fn trip(id: ItineraryId, author: TravelerId, t: SeedTrip, created_at: Timestamp) -> Trip {
    let gpx = t.track.as_ref().map(|track| generate::gpx(track, &t.title));
    Trip {
        id,
        author,
        title: t.title,
        tagline: t.tagline,
        description: t.description,
        destination: t.destination,
        country: t.country,
        regions: t.regions,
        start_date: Day::from(t.start_date),
        end_date: Day::from(t.end_date),
        difficulty_level: t.difficulty_level,
        travel_style: t.travel_style,
        budget_amount: t.budget_amount,
        budget_currency: t.budget_currency,
        activity_tags: t.activity_tags,
        categories: t.categories,
        best_season: t.best_season,
        trip_highlights: t.trip_highlights,
        day_by_day_plan: t.day_by_day_plan,
        safety_tips: t.safety_tips,
        hidden_gems: t.hidden_gems,
        gpx,
        is_published: t.is_published,
        women_safe: t.women_safe,
        is_featured: t.featured,
        created_at,
    }
}

/// A bar on a terminal, nothing elsewhere.
fn progress(length: u64, what: &'static str) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg:<8} {bar:40} {pos}/{len}  {per_sec}  {eta}");
    let bar = ProgressBar::new(length).with_message(what);
    if let Ok(style) = style { bar.with_style(style) } else { bar }
}
