//! Many trips at once, for demos, tests of scale and benchmarks.

use crate::{
    gpx,
    index::{self, Searched},
    lists,
    model::{Itinerary, ItineraryId, Track},
    scores::ScoreAll,
    store,
    wire::Changes,
};
use iso_currency::Currency;
use kernel::{
    Error, Result,
    auth::TravelerId,
    clock::{Day, Timestamp},
    db::Tx,
    sql,
};

/// A made-up trip.
#[derive(Debug)]
pub struct Trip {
    /// Which one.
    pub id: ItineraryId,
    /// Whose.
    pub author: TravelerId,
    /// Its title.
    pub title: String,
    /// One line below it.
    pub tagline: String,
    /// What it is about.
    pub description: String,
    /// Where it goes.
    pub destination: String,
    /// The country.
    pub country: &'static str,
    /// Regions that it passes.
    pub regions: Vec<String>,
    /// The first day.
    pub start_date: Day,
    /// The last day.
    pub end_date: Day,
    /// `easy` to `expert`.
    pub difficulty_level: &'static str,
    /// How one travels.
    pub travel_style: &'static str,
    /// In whole units of the currency.
    pub budget_amount: f64,
    /// ISO 4217.
    pub budget_currency: &'static str,
    /// What one does there.
    pub activity_tags: Vec<&'static str>,
    /// Its headings.
    pub categories: Vec<&'static str>,
    /// When to go.
    pub best_season: &'static str,
    /// The best of it.
    pub trip_highlights: String,
    /// Day by day.
    pub day_by_day_plan: String,
    /// How to stay safe.
    pub safety_tips: String,
    /// What few people know.
    pub hidden_gems: String,
    /// The track as a GPX document.
    pub gpx: Option<String>,
    /// Whether others see it.
    pub is_published: bool,
    /// Whether it is certified as safe for women.
    pub women_safe: bool,
    /// Whether it is on show.
    pub is_featured: bool,
    /// When it was published.
    pub created_at: Timestamp,
}

/// A trip in the form of its rows.
#[derive(Debug)]
pub struct Prepared {
    itinerary: Itinerary,
    track: Track,
}

impl Trip {
    /// Checks and measures it as a request would be.
    pub fn prepare(self) -> Result<Prepared> {
        let text = |t: String| Some(Some(t));
        let owned = |words: Vec<&str>| Some(words.into_iter().map(str::to_owned).collect());
        let route = self.gpx.map(|gpx| gpx::read(&gpx)).transpose();
        let route = route.map_err(|e| Error::internal(format!("a made-up track: {e}")))?;
        let mut itinerary = Itinerary::new(self.id, self.author, self.created_at);
        let changes = Changes {
            title: Some(self.title),
            tagline: text(self.tagline),
            description: Some(self.description),
            destination: Some(self.destination),
            country: text(self.country.to_owned()),
            regions: Some(self.regions),
            start_date: Some(Some(self.start_date)),
            end_date: Some(Some(self.end_date)),
            difficulty_level: Some(self.difficulty_level.to_owned()),
            travel_style: text(self.travel_style.to_owned()),
            budget_amount: Some(Some(self.budget_amount)),
            budget_currency: Currency::from_code(self.budget_currency),
            activity_tags: owned(self.activity_tags),
            categories: owned(self.categories),
            best_season: text(self.best_season.to_owned()),
            trip_highlights: text(self.trip_highlights),
            day_by_day_plan: text(self.day_by_day_plan),
            safety_tips: text(self.safety_tips),
            hidden_gems: text(self.hidden_gems),
            route_gpx: Some(route),
            is_published: Some(self.is_published),
            ..Changes::default()
        };
        let track = itinerary.apply(changes, self.created_at)?;
        itinerary.women_safe_certified = self.women_safe;
        itinerary.is_featured = self.is_featured && self.is_published;
        itinerary.featured_at = itinerary.is_featured.then_some(self.created_at);
        Ok(Prepared { itinerary, track })
    }
}

/// Adds trips with their tags, places and tracks.
pub async fn insert(tx: &mut Tx, trips: Vec<Prepared>) -> Result<()> {
    let rows = trips.iter().map(|t| store::insert_args(&t.itinerary)).collect();
    let tags = trips
        .iter()
        .flat_map(|t| t.itinerary.folded_tags().into_iter().map(|tag| vec![tag.into(), t.itinerary.id.into()]))
        .collect();
    let places = trips
        .iter()
        .flat_map(|t| lists::store::place_rows(t.itinerary.id, &t.itinerary.destination, t.itinerary.proof_score))
        .collect();
    let searched: Vec<Searched> = trips.iter().map(|t| Searched::from(&t.itinerary)).collect();
    let tracks = trips
        .into_iter()
        .filter_map(|t| match t.track {
            Track::Set(gpx) => Some(vec![t.itinerary.id.into(), gpx.into()]),
            Track::Keep | Track::Remove => None,
        })
        .collect();
    tx.run_many(store::insert_sql(), rows).await?;
    tx.run_many(sql!("insert into itinerary_tags (tag, itinerary_id) values ($1, $2)"), tags).await?;
    tx.run_many(lists::store::enter_place(), places).await?;
    tx.run_many(sql!("insert into itinerary_tracks (itinerary_id, gpx) values ($1, $2)"), tracks).await?;
    index::write_many(tx, searched.into_iter()).await?;
    Ok(tx.enqueue(&ScoreAll::default())?)
}
