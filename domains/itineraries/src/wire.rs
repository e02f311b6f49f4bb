//! What a client may say of a trip, when creating it and when changing it, and the rules that each field has.
//!
//! Fields that belong to the server (scores, counts, certificates, owners) are not here, so a request cannot set them.

use crate::{
    gpx::{self, Route},
    model::{Companion, LONGEST_DAYS},
};
use iso_currency::Currency;
use kernel::{
    App, Faults, Result,
    clock::Day,
    http::{Field, Wire, day_field, field},
};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// The fields of a trip that its author writes. When creating, `title` and `destination` are required and `null` counts
/// as absent; when changing, absent fields stay and `null` clears what can be empty.
#[derive(Debug, Default, Deserialize, garde::Validate, ToSchema)]
#[schema(example = json!({
    "title": "3-Day Tokyo Adventure", "destination": "Tokyo, Japan", "description": "Experience authentic Tokyo",
    "duration_days": 3, "activity_tags": ["cultural", "food"], "difficulty_level": "easy",
    "budget_amount": 450.0, "budget_currency": "USD"
}))]
pub(crate) struct ItineraryBody {
    /// 5 to 200 characters.
    #[serde(default, deserialize_with = "field")]
    #[garde(custom(line(5, 200)))]
    #[schema(value_type = Option<String>, example = "3-Day Tokyo Adventure")]
    title: Field<String>,
    /// One line below the title.
    #[serde(default, deserialize_with = "field")]
    #[garde(custom(line(0, 300)))]
    #[schema(value_type = Option<String>, example = "Temples, ramen and rain")]
    tagline: Field<String>,
    /// What the trip is about.
    #[serde(default, deserialize_with = "field")]
    #[garde(length(chars, max = 20_000))]
    #[schema(value_type = Option<String>, example = "Experience authentic Tokyo")]
    description: Field<String>,
    /// Where it goes: a place and its country.
    #[serde(default, deserialize_with = "field")]
    #[garde(custom(line(1, 200)))]
    #[schema(value_type = Option<String>, example = "Tokyo, Japan")]
    destination: Field<String>,
    /// The country.
    #[serde(default, deserialize_with = "field")]
    #[garde(custom(line(0, 100)))]
    #[schema(value_type = Option<String>, example = "Japan")]
    country: Field<String>,
    /// Regions that it passes.
    #[serde(default, deserialize_with = "field")]
    #[garde(length(max = 50), inner(inner(inner(length(chars, min = 1, max = 100)))))]
    #[schema(value_type = Option<Vec<String>>, example = json!(["Kanto"]))]
    regions: Field<Vec<String>>,
    /// The first day. Others see the month only until the trip is over, unless `share_dates` is true.
    #[serde(default, deserialize_with = "day_field")]
    #[garde(skip)]
    #[schema(value_type = Option<String>, format = Date, example = "2027-04-02")]
    start_date: Field<Day>,
    /// The last day, not before the first.
    #[serde(default, deserialize_with = "day_field")]
    #[garde(skip)]
    #[schema(value_type = Option<String>, format = Date, example = "2027-04-02")]
    end_date: Field<Day>,
    /// Whether everybody may see the days before the trip is over.
    #[serde(default, deserialize_with = "field")]
    #[garde(skip)]
    #[schema(value_type = Option<bool>, example = false)]
    share_dates: Field<bool>,
    /// How many days it takes, 1 to 3650; derived from the dates when absent.
    #[serde(default, deserialize_with = "field")]
    #[garde(range(min = 1, max = LONGEST_DAYS))]
    #[schema(value_type = Option<i64>, example = 3)]
    duration_days: Field<i64>,
    /// `easy`, `moderate` (the default), `difficult` or `expert`. `difficulty` is the same.
    #[serde(default, deserialize_with = "field")]
    #[garde(custom(difficulty))]
    #[schema(value_type = Option<String>, example = "easy")]
    difficulty_level: Field<String>,
    /// The kind of trip.
    #[serde(default, deserialize_with = "field")]
    #[garde(custom(line(0, 50)))]
    #[schema(value_type = Option<String>, example = "city break")]
    travel_type: Field<String>,
    /// How one travels.
    #[serde(default, deserialize_with = "field")]
    #[garde(custom(line(0, 100)))]
    #[schema(value_type = Option<String>, example = "solo")]
    travel_style: Field<String>,
    /// What it costs a person, in whole units of the currency. `budget_usd` is the same.
    #[serde(default, deserialize_with = "field")]
    #[garde(range(min = 0.0, max = 1e12))]
    #[schema(value_type = Option<f64>, example = 450.0)]
    budget_amount: Field<f64>,
    /// The currency, by its ISO 4217 code; USD when absent.
    #[serde(default, deserialize_with = "field")]
    #[garde(custom(currency))]
    #[schema(value_type = Option<String>, example = "USD")]
    budget_currency: Field<String>,
    /// Who came along. `user_id` in an item is the same as `traveler_id`.
    #[serde(default, deserialize_with = "field")]
    #[garde(length(max = 50), custom(companions))]
    #[schema(value_type = Option<Vec<Companion>>)]
    travel_companions: Field<Vec<CompanionBody>>,
    /// What one does there; each can be searched for.
    #[serde(default, deserialize_with = "field")]
    #[garde(length(max = 30), inner(inner(inner(length(chars, min = 1, max = 50)))))]
    #[schema(value_type = Option<Vec<String>>, example = json!(["cultural", "food"]))]
    activity_tags: Field<Vec<String>>,
    /// Under which headings it stands.
    #[serde(default, deserialize_with = "field")]
    #[garde(length(max = 20), inner(inner(inner(length(chars, min = 1, max = 50)))))]
    #[schema(value_type = Option<Vec<String>>, example = json!(["city"]))]
    categories: Field<Vec<String>>,
    /// Addresses of pictures, http or https.
    #[serde(default, deserialize_with = "field")]
    #[garde(length(max = 30), inner(inner(inner(custom(web_address)))))]
    #[schema(value_type = Option<Vec<String>>, example = json!(["https://images.example.org/shibuya.jpg"]))]
    screenshots: Field<Vec<String>>,
    /// A GPX document with a track: at most 5 MB and 200,000 points. It is published; times, speeds, links, device data
    /// and names of its author are removed before.
    #[serde(default, deserialize_with = "field")]
    #[garde(skip)]
    #[schema(value_type = Option<String>, example = "<gpx version=\"1.1\" creator=\"TripIt\"><trk><trkseg><trkpt lat=\"35.66\" lon=\"139.70\"/><trkpt lat=\"35.67\" lon=\"139.71\"/></trkseg></trk></gpx>")]
    route_gpx: Field<String>,
    /// A map of the route, http or https.
    #[serde(default, deserialize_with = "field")]
    #[garde(inner(inner(custom(web_address))))]
    #[schema(value_type = Option<String>, example = "https://maps.example.org/tokyo")]
    route_map_url: Field<String>,
    /// A film or page about it, http or https.
    #[serde(default, deserialize_with = "field")]
    #[garde(inner(inner(custom(web_address))))]
    #[schema(value_type = Option<String>, example = "https://films.example.org/tokyo")]
    demo_url: Field<String>,
    /// Places on the way, as objects; `lat` and `lon` (or `lng`) are degrees. Fields called time, timestamp, date or
    /// datetime are removed.
    #[serde(default, deserialize_with = "field")]
    #[garde(length(max = 500), custom(waypoints))]
    #[schema(value_type = Option<Vec<Object>>, example = json!([{"name": "Shibuya", "lat": 35.66, "lon": 139.70}]))]
    route_waypoints: Field<Vec<Map<String, Value>>>,
    /// Where it starts, `latitude,longitude` in degrees; taken from the track when absent.
    #[serde(default, deserialize_with = "field")]
    #[garde(inner(inner(custom(position))))]
    #[schema(value_type = Option<String>, example = "35.66,139.70")]
    starting_point_gps: Field<String>,
    /// Where it ends, `latitude,longitude` in degrees; taken from the track when absent.
    #[serde(default, deserialize_with = "field")]
    #[garde(inner(inner(custom(position))))]
    #[schema(value_type = Option<String>, example = "35.71,139.80")]
    ending_point_gps: Field<String>,
    /// When to go.
    #[serde(default, deserialize_with = "field")]
    #[garde(length(chars, max = 500))]
    #[schema(value_type = Option<String>, example = "March to May")]
    best_season: Field<String>,
    /// The best of it.
    #[serde(default, deserialize_with = "field")]
    #[garde(length(chars, max = 20_000))]
    #[schema(value_type = Option<String>, example = "The fish market before sunrise")]
    trip_highlights: Field<String>,
    /// How it went.
    #[serde(default, deserialize_with = "field")]
    #[garde(length(chars, max = 20_000))]
    #[schema(value_type = Option<String>, example = "We walked from temple to temple.")]
    trip_journey: Field<String>,
    /// Day by day.
    #[serde(default, deserialize_with = "field")]
    #[garde(length(chars, max = 20_000))]
    #[schema(value_type = Option<String>, example = "Day 1: Asakusa on foot")]
    day_by_day_plan: Field<String>,
    /// What to know about safety.
    #[serde(default, deserialize_with = "field")]
    #[garde(length(chars, max = 20_000))]
    #[schema(value_type = Option<String>, example = "Well lit until late")]
    safety_intelligence: Field<String>,
    /// What few people know.
    #[serde(default, deserialize_with = "field")]
    #[garde(length(chars, max = 20_000))]
    #[schema(value_type = Option<String>, example = "The garden behind the post office")]
    hidden_gems: Field<String>,
    /// What it has that others have not.
    #[serde(default, deserialize_with = "field")]
    #[garde(length(chars, max = 20_000))]
    #[schema(value_type = Option<String>, example = "A night in a temple")]
    unique_highlights: Field<String>,
    /// How to stay safe.
    #[serde(default, deserialize_with = "field")]
    #[garde(length(chars, max = 20_000))]
    #[schema(value_type = Option<String>, example = "The last train leaves at half past midnight")]
    safety_tips: Field<String>,
    /// `false` makes a draft, which only its author sees.
    #[serde(default, deserialize_with = "field")]
    #[garde(skip)]
    #[schema(value_type = Option<bool>, example = true)]
    is_published: Field<bool>,
    /// The same as `is_published`; where either is `false` the trip is a draft.
    #[serde(default, deserialize_with = "field")]
    #[garde(skip)]
    #[schema(value_type = Option<bool>, example = true)]
    is_public: Field<bool>,
    /// When creating: whether it was made from other trips. It was when `remixed_from_ids` names any.
    #[serde(default, deserialize_with = "field")]
    #[garde(skip)]
    #[schema(value_type = Option<bool>, example = false)]
    is_remixed: Field<bool>,
    /// When creating: the trips that it was made from.
    #[serde(default, deserialize_with = "field")]
    #[garde(length(max = 20), inner(inner(inner(custom(id)))))]
    #[schema(value_type = Option<Vec<String>>, example = json!(["01a3b1c2-7a00-7000-8000-00000000002a"]))]
    remixed_from_ids: Field<Vec<String>>,
}

impl Wire for ItineraryBody {
    const ALIASES: &'static [(&'static str, &'static str)] =
        &[("difficulty", "difficulty_level"), ("budget_usd", "budget_amount"), ("tags", "activity_tags")];
}

/// Somebody who came along, as clients send it.
#[derive(Debug, Clone, Deserialize, garde::Validate)]
pub(crate) struct CompanionBody {
    #[serde(default, deserialize_with = "field")]
    #[garde(custom(line(1, 100)))]
    name: Field<String>,
    #[garde(length(chars, max = 100))]
    traveler_id: Option<String>,
    #[garde(length(chars, max = 100))]
    user_id: Option<String>,
    #[garde(length(chars, max = 100))]
    role: Option<String>,
    #[garde(length(chars, max = 100))]
    username: Option<String>,
    #[garde(inner(custom(web_address)))]
    avatar_url: Option<String>,
}

/// The same fields, found right: what is `None` was not given.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    pub title: Option<String>,
    pub tagline: Field<String>,
    pub description: Option<String>,
    pub destination: Option<String>,
    pub country: Field<String>,
    pub regions: Option<Vec<String>>,
    pub start_date: Field<Day>,
    pub end_date: Field<Day>,
    pub share_dates: Option<bool>,
    pub duration_days: Field<i64>,
    pub difficulty_level: Option<String>,
    pub travel_type: Field<String>,
    pub travel_style: Field<String>,
    pub budget_amount: Field<f64>,
    pub budget_currency: Option<Currency>,
    pub travel_companions: Option<Vec<Companion>>,
    pub activity_tags: Option<Vec<String>>,
    pub categories: Option<Vec<String>>,
    pub screenshots: Option<Vec<String>>,
    pub route_gpx: Field<Route>,
    pub route_map_url: Field<String>,
    pub demo_url: Field<String>,
    pub route_waypoints: Option<Vec<Map<String, Value>>>,
    pub starting_point_gps: Field<String>,
    pub ending_point_gps: Field<String>,
    pub best_season: Field<String>,
    pub trip_highlights: Field<String>,
    pub trip_journey: Field<String>,
    pub day_by_day_plan: Field<String>,
    pub safety_intelligence: Field<String>,
    pub hidden_gems: Field<String>,
    pub unique_highlights: Field<String>,
    pub safety_tips: Field<String>,
    pub is_published: Option<bool>,
    pub is_remixed: Option<bool>,
    pub remixed_from_ids: Option<Vec<String>>,
}

impl ItineraryBody {
    /// For a new trip.
    pub(crate) async fn check_new(self, app: &App) -> Result<Changes> {
        let mut faults = Faults::default();
        for (name, given) in [("title", &self.title), ("destination", &self.destination)] {
            if given.as_ref().is_none_or(|value| value.as_ref().is_none_or(|text| text.trim().is_empty())) {
                faults.add(name, "is required");
            }
        }
        let (is_remixed, remixed_from_ids) = (self.is_remixed.flatten(), self.remixed_from_ids.clone().flatten());
        let changes = self.check(app, faults, true).await?;
        Ok(Changes { is_remixed, remixed_from_ids, ..changes })
    }

    /// For a trip that is there.
    pub(crate) async fn check_change(self, app: &App) -> Result<Changes> {
        self.check(app, Faults::default(), false).await
    }

    /// Whoever says `false` by either name wants it hidden.
    fn published(&self) -> Option<bool> {
        match (self.is_published.flatten(), self.is_public.flatten()) {
            (None, None) => None,
            (a, b) => Some(a != Some(false) && b != Some(false)),
        }
    }

    async fn check(self, app: &App, mut faults: Faults, is_new: bool) -> Result<Changes> {
        faults.check(&self);
        let is_published = self.published();
        // What cannot be empty: `null` is a fault, but for a new trip it just was not given.
        macro_rules! needed {
            ($($field:ident),*) => { $(if !is_new && self.$field == Some(None) {
                faults.add(stringify!($field), "cannot be null");
            })* };
        }
        needed!(title, destination, difficulty_level, share_dates, budget_currency);
        let route_gpx = match self.route_gpx {
            None => None,
            Some(None) => Some(None),
            Some(Some(text)) if text.trim().is_empty() => Some(None),
            // Parsing megabytes keeps a core busy.
            Some(Some(text)) => match app.heavy.run(move || gpx::read(&text)).await? {
                Ok(route) => Some(Some(route)),
                Err(fault) => {
                    faults.add("route_gpx", fault.to_string());
                    None
                }
            },
        };
        faults.result()?;
        let line = |f: Field<String>| f.map(|v| v.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty()));
        let words = |f: Field<Vec<String>>| {
            f.map(|v| {
                v.unwrap_or_default().into_iter().map(|w| w.trim().to_owned()).filter(|w| !w.is_empty()).collect()
            })
        };
        Ok(Changes {
            title: line(self.title).flatten(),
            tagline: line(self.tagline),
            description: self.description.map(Option::unwrap_or_default),
            destination: line(self.destination).flatten(),
            country: line(self.country),
            regions: words(self.regions),
            start_date: self.start_date,
            end_date: self.end_date,
            share_dates: self.share_dates.flatten(),
            duration_days: self.duration_days,
            difficulty_level: self.difficulty_level.flatten().map(|d| d.trim().to_lowercase()),
            travel_type: line(self.travel_type),
            travel_style: line(self.travel_style),
            budget_amount: self.budget_amount,
            budget_currency: self.budget_currency.flatten().and_then(|c| currency_of(&c)),
            travel_companions: self
                .travel_companions
                .map(|c| c.unwrap_or_default().into_iter().map(Into::into).collect()),
            activity_tags: words(self.activity_tags),
            categories: words(self.categories),
            screenshots: words(self.screenshots),
            route_gpx,
            route_map_url: line(self.route_map_url),
            demo_url: line(self.demo_url),
            route_waypoints: self.route_waypoints.map(|list| timeless(list.unwrap_or_default())),
            starting_point_gps: line(self.starting_point_gps),
            ending_point_gps: line(self.ending_point_gps),
            best_season: self.best_season,
            trip_highlights: self.trip_highlights,
            trip_journey: self.trip_journey,
            day_by_day_plan: self.day_by_day_plan,
            safety_intelligence: self.safety_intelligence,
            hidden_gems: self.hidden_gems,
            unique_highlights: self.unique_highlights,
            safety_tips: self.safety_tips,
            is_published,
            is_remixed: None,
            remixed_from_ids: None,
        })
    }
}

/// Without the times that a recorder writes at every point: they would give the days of the trip away.
fn timeless(mut waypoints: Vec<Map<String, Value>>) -> Vec<Map<String, Value>> {
    waypoints.iter_mut().for_each(forget_times);
    waypoints
}

fn forget_times(object: &mut Map<String, Value>) {
    object.retain(|name, _| !matches!(name.to_lowercase().as_str(), "time" | "timestamp" | "date" | "datetime"));
    object.values_mut().for_each(forget_times_in);
}

fn forget_times_in(value: &mut Value) {
    match value {
        Value::Object(object) => forget_times(object),
        Value::Array(list) => list.iter_mut().for_each(forget_times_in),
        _ => {}
    }
}

impl From<CompanionBody> for Companion {
    fn from(c: CompanionBody) -> Self {
        Self {
            traveler_id: c.traveler_id.or(c.user_id),
            name: c.name.flatten().unwrap_or_default().trim().to_owned(),
            role: c.role,
            username: c.username,
            avatar_url: c.avatar_url.filter(|u| !u.is_empty()),
        }
    }
}

type Checked = Result<(), garde::Error>;

fn fault<T>(text: impl Into<String>) -> Result<T, garde::Error> {
    Err(garde::Error::new(text.into()))
}

/// One line of `min` to `max` characters.
fn line(min: usize, max: usize) -> impl FnOnce(&Field<String>, &()) -> Checked {
    move |value, ()| {
        let Some(Some(text)) = value else { return Ok(()) };
        let text = text.trim();
        if text.contains(char::is_control) {
            return fault("must be one line");
        }
        if (min..=max).contains(&text.chars().count()) {
            return Ok(());
        }
        fault(if min == 0 {
            format!("must have at most {max} characters")
        } else {
            format!("must have {min} to {max} characters")
        })
    }
}

fn difficulty(value: &Field<String>, (): &()) -> Checked {
    let Some(Some(text)) = value else { return Ok(()) };
    match text.trim().to_lowercase().as_str() {
        "easy" | "moderate" | "difficult" | "expert" => Ok(()),
        _ => fault("must be easy, moderate, difficult or expert"),
    }
}

fn currency_of(code: &str) -> Option<Currency> {
    Currency::from_code(&code.trim().to_uppercase())
}

fn currency(value: &Field<String>, (): &()) -> Checked {
    match value {
        Some(Some(code)) if currency_of(code).is_none() => fault("must be an ISO 4217 code such as USD"),
        _ => Ok(()),
    }
}

/// Links are shown to others: nothing but the web. An empty one counts as none.
pub(crate) fn web_address(value: &str, (): &()) -> Checked {
    let text = value.trim();
    let lower = text.get(..8).unwrap_or(text).to_ascii_lowercase();
    let is_web = lower.starts_with("https://") || lower.starts_with("http://");
    if text.is_empty() || (is_web && text.len() <= 500 && garde::rules::url::apply(&text, ()).is_ok()) {
        Ok(())
    } else {
        fault("must be an http or https address of at most 500 characters")
    }
}

/// `latitude,longitude`.
fn position(value: &str, (): &()) -> Checked {
    let parsed =
        value.split_once(',').and_then(|(lat, lon)| Some((lat.trim().parse().ok()?, lon.trim().parse().ok()?)));
    let good = |(lat, lon): (f64, f64)| (-90.0..=90.0).contains(&lat) && (-180.0..=180.0).contains(&lon);
    if value.trim().is_empty() || (value.len() <= 50 && parsed.is_some_and(good)) {
        Ok(())
    } else {
        fault("must be latitude,longitude in degrees, such as 35.66,139.70")
    }
}

/// Each with a name and no field too long.
fn companions(value: &Field<Vec<CompanionBody>>, (): &()) -> Checked {
    for companion in value.iter().flatten().flatten() {
        if companion.name.as_ref().is_none_or(Option::is_none) {
            return fault("must each have a name");
        }
        if let Err(report) = garde::Validate::validate(companion) {
            let faults: Vec<String> = report.iter().map(|(path, e)| format!("{path} {e}")).collect();
            return fault(faults.join(", "));
        }
    }
    Ok(())
}

fn id(value: &str, (): &()) -> Checked {
    if value.parse::<uuid::Uuid>().is_ok() { Ok(()) } else { fault("must be the id of an itinerary") }
}

/// Objects of a modest size whose coordinates, where they have any, are on this planet.
fn waypoints(value: &Field<Vec<Map<String, Value>>>, (): &()) -> Checked {
    let Some(Some(list)) = value else { return Ok(()) };
    if !list.iter().all(is_on_earth) {
        return fault("must have lat from -90 to 90 and lon from -180 to 180");
    }
    let size = serde_json::to_string(list).map_or(usize::MAX, |json| json.len());
    if size > 64 * 1024 { fault("must not exceed 64 KiB") } else { Ok(()) }
}

fn is_on_earth(object: &Map<String, Value>) -> bool {
    object.iter().all(|(name, value)| match name.to_lowercase().as_str() {
        "lat" | "latitude" => value.is_null() || value.as_f64().is_some_and(|d| d.abs() <= 90.0),
        "lon" | "lng" | "longitude" => value.is_null() || value.as_f64().is_some_and(|d| d.abs() <= 180.0),
        _ => holds_only_earth(value),
    })
}

fn holds_only_earth(value: &Value) -> bool {
    match value {
        Value::Object(object) => is_on_earth(object),
        Value::Array(list) => list.iter().all(holds_only_earth),
        _ => true,
    }
}
