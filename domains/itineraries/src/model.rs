//! What an itinerary is and which rules hold for it. Pure.

use crate::{gpx::Route, wire::Changes};
use iso_currency::Currency;
use kernel::{
    Faults, Result,
    auth::{Caller, TravelerId},
    clock::{Day, Timestamp},
    db::Json,
    http::Field,
    id, record,
    text::fold,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::time::Duration;
use utoipa::ToSchema;

id! {
    /// A trip.
    ItineraryId, "Itinerary"
}

record! {
    /// A trip as it is stored, without its track.
    #[derive(Debug, Clone, Serialize, Deserialize)]
    pub(crate) struct Itinerary {
        pub id: ItineraryId,
        pub traveler_id: TravelerId,
        pub title: String,
        pub tagline: Option<String>,
        pub description: String,
        pub destination: String,
        pub country: Option<String>,
        pub regions: Json<Vec<String>>,
        pub start_date: Option<Day>,
        pub end_date: Option<Day>,
        pub share_dates: bool,
        pub duration_days: Option<i64>,
        pub difficulty_level: String,
        pub travel_type: Option<String>,
        pub travel_style: Option<String>,
        pub budget_minor: Option<i64>,
        pub budget_currency: String,
        pub travel_companions: Json<Vec<Companion>>,
        pub activity_tags: Json<Vec<String>>,
        pub categories: Json<Vec<String>>,
        pub screenshots: Json<Vec<String>>,
        pub route_map_url: Option<String>,
        pub demo_url: Option<String>,
        pub route_waypoints: Json<Vec<Map<String, Value>>>,
        pub starting_point_gps: Option<String>,
        pub ending_point_gps: Option<String>,
        pub best_season: Option<String>,
        pub trip_highlights: Option<String>,
        pub trip_journey: Option<String>,
        pub day_by_day_plan: Option<String>,
        pub safety_intelligence: Option<String>,
        pub hidden_gems: Option<String>,
        pub unique_highlights: Option<String>,
        pub safety_tips: Option<String>,
        pub has_gpx: bool,
        pub route: Option<Json<RouteSummary>>,
        pub is_remixed: bool,
        pub remixed_from_ids: Json<Vec<String>>,
        pub women_safe_certified: bool,
        pub women_safe_by: Option<TravelerId>,
        pub women_safe_at: Option<Timestamp>,
        pub is_published: bool,
        pub is_featured: bool,
        pub featured_at: Option<Timestamp>,
        pub upvotes: i64,
        pub downvotes: i64,
        pub view_count: i64,
        pub viewers_count: i64,
        pub helpful_votes: i64,
        pub share_count: i64,
        pub remix_count: i64,
        pub proof_score: f64,
        pub identity_score: f64,
        pub travel_history_score: f64,
        pub community_score: f64,
        pub safety_score_component: f64,
        pub quality_score: f64,
        pub score_explanations: Json<Map<String, Value>>,
        pub created_at: Timestamp,
        pub updated_at: Timestamp,
    }
}

/// Somebody who came along.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Companion {
    /// Their account, if they have one.
    #[schema(example = "01a3b1c2-7a00-7000-8000-000000000007")]
    pub traveler_id: Option<String>,
    /// Their name.
    #[schema(example = "Bela")]
    pub name: String,
    /// What they did on the trip.
    #[schema(example = "photographer")]
    pub role: Option<String>,
    /// Their username, if they have an account.
    #[schema(example = "bela")]
    pub username: Option<String>,
    /// Their picture.
    #[schema(example = "https://images.example.org/bela.jpg")]
    pub avatar_url: Option<String>,
}

impl Companion {
    /// Whether their account is one of these.
    pub(crate) fn is_one_of(&self, accounts: &[uuid::Uuid]) -> bool {
        self.traveler_id.as_ref().is_some_and(|id| id.trim().parse().is_ok_and(|id| accounts.contains(&id)))
    }
}

/// What was measured along a track.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct RouteSummary {
    /// Length in kilometres, along great circles between the points of each segment.
    #[schema(example = 12.41)]
    pub length_km: f64,
    /// Metres climbed: the sum of all rises between neighbouring points, unsmoothed.
    #[schema(example = 630.0)]
    pub ascent_m: f64,
    /// How many points the track has.
    #[schema(example = 842)]
    pub points: i64,
    /// The smallest latitude, smallest longitude, largest latitude and largest longitude, in degrees.
    #[schema(example = json!([35.0, 135.7, 35.1, 135.8]))]
    pub bbox: [f64; 4],
    /// Latitude and longitude of the first point, in degrees.
    #[schema(example = json!([35.01, 135.71]))]
    pub start: [f64; 2],
    /// Latitude and longitude of the last point, in degrees.
    #[schema(example = json!([35.09, 135.79]))]
    pub end: [f64; 2],
}

/// How safe a trip was rated; all 0 when nobody rated it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Safety {
    /// The mean of its ratings, 0 to 5.
    #[schema(example = 4.25)]
    pub score: f64,
    /// How many ratings it has.
    #[schema(example = 12)]
    pub count: i64,
    /// Where the 95 % interval around the score begins; lists are sorted by it.
    #[schema(example = 3.61)]
    pub low: f64,
    /// Where that interval ends.
    #[schema(example = 4.7)]
    pub high: f64,
}

impl Safety {
    /// What lists are sorted by: a trip without ratings stands below every other.
    pub(crate) fn rank(self) -> f64 {
        if self.count > 0 { self.low } else { -1.0 }
    }
}

impl From<&Route> for RouteSummary {
    fn from(route: &Route) -> Self {
        let (b, start, end) = (&route.bounds, &route.start, &route.end);
        Self {
            length_km: (route.length_m / 10.0).round() / 100.0,
            ascent_m: (route.ascent_m * 10.0).round() / 10.0,
            points: route.points,
            bbox: [b.min_lat, b.min_lon, b.max_lat, b.max_lon],
            start: [start.lat, start.lon],
            end: [end.lat, end.lon],
        }
    }
}

/// What happens to the stored track.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Track {
    /// It stays.
    Keep,
    /// It goes.
    Remove,
    /// This one takes its place.
    Set(String),
}

impl Itinerary {
    /// An empty trip, which [`Itinerary::apply`] fills.
    pub(crate) fn new(id: ItineraryId, author: TravelerId, at: Timestamp) -> Self {
        Self {
            id,
            traveler_id: author,
            title: String::new(),
            tagline: None,
            description: String::new(),
            destination: String::new(),
            country: None,
            regions: Json::default(),
            start_date: None,
            end_date: None,
            share_dates: false,
            duration_days: None,
            difficulty_level: "moderate".to_owned(),
            travel_type: None,
            travel_style: None,
            budget_minor: None,
            budget_currency: "USD".to_owned(),
            travel_companions: Json(Vec::new()),
            activity_tags: Json::default(),
            categories: Json::default(),
            screenshots: Json::default(),
            route_map_url: None,
            demo_url: None,
            route_waypoints: Json::default(),
            starting_point_gps: None,
            ending_point_gps: None,
            best_season: None,
            trip_highlights: None,
            trip_journey: None,
            day_by_day_plan: None,
            safety_intelligence: None,
            hidden_gems: None,
            unique_highlights: None,
            safety_tips: None,
            has_gpx: false,
            route: None,
            is_remixed: false,
            remixed_from_ids: Json::default(),
            women_safe_certified: false,
            women_safe_by: None,
            women_safe_at: None,
            is_published: true,
            is_featured: false,
            featured_at: None,
            upvotes: 0,
            downvotes: 0,
            view_count: 0,
            viewers_count: 0,
            helpful_votes: 0,
            share_count: 0,
            remix_count: 0,
            proof_score: 0.0,
            identity_score: 0.0,
            travel_history_score: 0.0,
            community_score: 0.0,
            safety_score_component: 0.0,
            quality_score: 0.0,
            score_explanations: Json::default(),
            created_at: at,
            updated_at: at,
        }
    }

    /// Takes over what was given, and derives what follows from it. What happens to the track is returned.
    pub(crate) fn apply(&mut self, changes: Changes, at: Timestamp) -> Result<Track> {
        macro_rules! set {
            ($($field:ident),* $(,)?) => { $(if let Some(value) = changes.$field { self.$field = value; })* };
        }
        if changes.route_gpx.is_some() {
            self.forget_places_of_track();
        }
        set!(
            title,
            tagline,
            description,
            destination,
            country,
            share_dates,
            difficulty_level,
            travel_type,
            travel_style,
            route_map_url,
            demo_url,
            starting_point_gps,
            ending_point_gps,
            best_season,
            trip_highlights,
            trip_journey,
            day_by_day_plan,
            safety_intelligence,
            hidden_gems,
            unique_highlights,
            safety_tips,
            is_published,
            is_remixed,
        );
        macro_rules! set_json {
            ($($field:ident),* $(,)?) => { $(if let Some(value) = changes.$field { self.$field = Json(value); })* };
        }
        set_json!(regions, travel_companions, activity_tags, categories, screenshots, route_waypoints);
        if let Some(ids) = changes.remixed_from_ids {
            let ids = ids.iter().filter_map(|id| id.parse::<uuid::Uuid>().ok()).map(|id| id.to_string());
            self.remixed_from_ids = Json(ids.fold(Vec::new(), |mut once, id| {
                if !once.contains(&id) {
                    once.push(id);
                }
                once
            }));
            self.is_remixed |= !self.remixed_from_ids.0.is_empty();
        }
        self.budget(changes.budget_amount, changes.budget_currency)?;
        self.days(changes.start_date, changes.end_date, changes.duration_days)?;
        self.updated_at = at;
        Ok(self.track(changes.route_gpx))
    }

    /// Takes over what its author changed; `gpx` is its track. A certificate is about where one goes, when, and under which
    /// words: when any of that is another, it ends.
    pub(crate) fn change(&mut self, changes: Changes, gpx: Option<&str>, at: Timestamp) -> Result<Track> {
        let before = self.clone();
        let track = self.apply(changes, at)?;
        let is_same_track = match &track {
            Track::Keep => true,
            Track::Remove => gpx.is_none(),
            Track::Set(new) => gpx == Some(new),
        };
        if !is_same_track || self.what_is_certified() != before.what_is_certified() {
            (self.women_safe_certified, self.women_safe_by, self.women_safe_at) = (false, None, None);
        }
        Ok(track)
    }

    fn what_is_certified(&self) -> impl PartialEq + use<'_> {
        let place =
            (&self.destination, &self.country, &self.regions.0, &self.starting_point_gps, &self.ending_point_gps);
        let route = (&self.route_waypoints.0, &self.route_map_url);
        let days = (self.start_date, self.end_date, self.duration_days);
        let headings = (&self.title, &self.tagline, &self.trip_highlights, &self.unique_highlights, &self.demo_url);
        let texts = (&self.description, &self.day_by_day_plan, &self.trip_journey, &self.hidden_gems);
        (place, route, days, headings, texts, (&self.safety_intelligence, &self.safety_tips))
    }

    fn budget(&mut self, amount: Field<f64>, currency: Option<Currency>) -> Result<()> {
        let amount = amount.unwrap_or_else(|| self.budget_amount());
        if let Some(currency) = currency {
            currency.code().clone_into(&mut self.budget_currency);
        }
        self.budget_minor = match amount.map(|a| to_minor(a, &self.budget_currency)) {
            None => None,
            Some(Some(minor)) => Some(minor),
            Some(None) => return Err(kernel::Error::field("budget_amount", "must be from 0 to 1,000,000,000,000")),
        };
        Ok(())
    }

    /// The budget in whole units of its currency.
    pub(crate) fn budget_amount(&self) -> Option<f64> {
        self.budget_minor.map(|minor| from_minor(minor, &self.budget_currency))
    }

    /// A length that was not given follows from the dates.
    fn days(&mut self, start: Field<Day>, end: Field<Day>, duration: Field<i64>) -> Result<()> {
        let dates_changed = start.is_some() || end.is_some();
        self.start_date = start.unwrap_or(self.start_date);
        self.end_date = end.unwrap_or(self.end_date);
        if let Some(days) = duration {
            self.duration_days = days;
        }
        if let (Some(start), Some(end)) = (self.start_date, self.end_date) {
            let days = end.days_since(start) + 1;
            let mut faults = Faults::default();
            if days < 1 {
                faults.add("end_date", "must not be before start_date");
            } else if days > LONGEST_DAYS {
                faults.add("end_date", "must be within ten years of start_date");
            }
            faults.result()?;
            if self.duration_days.is_none() || (dates_changed && duration.is_none()) {
                self.duration_days = Some(days);
            }
        }
        Ok(())
    }

    /// The last day on which its author may be travelling: by the dates, or by start and length, whichever is later.
    /// `None` when nobody can tell.
    fn last_day(&self) -> Option<Day> {
        let by_length = match (self.start_date, self.duration_days) {
            (Some(start), Some(days)) => u64::try_from(days - 1).ok().and_then(|d| start.plus_days(d)),
            _ => None,
        };
        self.end_date.max(by_length)
    }

    /// Places that were taken from a track go with it: somebody may live where it begins.
    fn forget_places_of_track(&mut self) {
        let Some(Json(old)) = &self.route else { return };
        self.starting_point_gps.take_if(|p| *p == place(old.start));
        self.ending_point_gps.take_if(|p| *p == place(old.end));
    }

    fn track(&mut self, route: Field<Route>) -> Track {
        match route {
            None => Track::Keep,
            Some(None) => {
                (self.has_gpx, self.route) = (false, None);
                Track::Remove
            }
            Some(Some(route)) => {
                let summary = RouteSummary::from(&route);
                self.starting_point_gps.get_or_insert_with(|| place(summary.start));
                self.ending_point_gps.get_or_insert_with(|| place(summary.end));
                (self.has_gpx, self.route) = (true, Some(Json(summary)));
                Track::Set(route.gpx)
            }
        }
    }

    /// The tags as they are searched: folded, each once.
    pub(crate) fn folded_tags(&self) -> Vec<String> {
        let mut tags: Vec<String> =
            self.activity_tags.0.iter().map(|t| fold_tag(t)).filter(|t| !t.is_empty()).collect();
        tags.sort_unstable();
        tags.dedup();
        tags
    }

    /// Whether `viewer` may read the days of the trip: its author always, others once it is over everywhere on Earth, or
    /// when the author shares them.
    pub(crate) fn shows_dates_to(&self, viewer: Option<Caller>, now: Timestamp) -> bool {
        // The last place where a day ends is twelve hours behind UTC.
        let day_there = now.minus(Duration::from_hours(12)).day();
        viewer.is_some_and(|v| v.id == self.traveler_id)
            || self.share_dates
            || self.last_day().is_some_and(|last| last < day_there)
    }

    /// The month of the trip.
    pub(crate) fn month(&self) -> Option<String> {
        self.start_date.or(self.end_date).map(Day::month)
    }
}

/// A place of a track as the fields for start and end have it.
fn place([lat, lon]: [f64; 2]) -> String {
    format!("{lat:.6},{lon:.6}")
}

/// A trip of more than ten years is a typing error.
pub(crate) const LONGEST_DAYS: i64 = 3650;

/// A tag in the form that is compared.
pub(crate) fn fold_tag(tag: &str) -> String {
    fold(tag.trim())
}

fn exponent(currency: &str) -> i32 {
    Currency::from_code(currency).and_then(Currency::exponent).map_or(2, i32::from)
}

/// Whole units to minor ones: 12.5 USD are 1250 cents, 1200 JPY are 1200 yen.
fn to_minor(amount: f64, currency: &str) -> Option<i64> {
    let minor = (amount * 10_f64.powi(exponent(currency))).round();
    #[expect(clippy::cast_possible_truncation, reason = "checked to be in range")]
    ((0.0..=1e12).contains(&amount) && minor < 9e15).then_some(minor as i64)
}

#[expect(clippy::cast_precision_loss, reason = "amounts stay far below 2^53")]
fn from_minor(minor: i64, currency: &str) -> f64 {
    minor as f64 / 10_f64.powi(exponent(currency))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trip() -> Itinerary {
        let nil = uuid::Uuid::nil();
        Itinerary::new(ItineraryId(nil), TravelerId(nil), Timestamp::from_micros(0))
    }

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn length_and_end_follow_from_what_is_there() {
        let apply = |trip: &mut Itinerary, start: Option<&str>, end: Option<&str>, days: Option<i64>| {
            let changes = Changes {
                start_date: start.map(|d| Some(day(d))),
                end_date: end.map(|d| Some(day(d))),
                duration_days: days.map(Some),
                ..Changes::default()
            };
            trip.apply(changes, Timestamp::from_micros(0)).map(|_| (trip.duration_days, trip.end_date))
        };
        let mut t = trip();
        assert_eq!(
            apply(&mut t, Some("2027-04-02"), Some("2027-04-04"), None).unwrap(),
            (Some(3), Some(day("2027-04-04")))
        );
        assert_eq!(apply(&mut t, None, Some("2027-04-10"), None).unwrap().0, Some(9));
        assert!(apply(&mut t, None, Some("2027-04-01"), None).is_err());
        let mut t = trip();
        assert_eq!(apply(&mut t, Some("2027-02-27"), None, Some(3)).unwrap(), (Some(3), None));
        assert_eq!(t.last_day(), Some(day("2027-03-01")));
        apply(&mut t, None, None, Some(14)).unwrap();
        assert_eq!(t.last_day(), Some(day("2027-03-12")), "a longer trip ends later");
        let mut t = trip();
        apply(&mut t, Some("2027-02-27"), Some("2027-02-28"), Some(14)).unwrap();
        assert_eq!(t.last_day(), Some(day("2027-03-12")), "the later of the two counts");
        let mut t = trip();
        apply(&mut t, Some("2200-12-31"), None, Some(3650)).unwrap();
        assert_eq!(t.last_day(), None);
    }

    #[test]
    fn days_are_shown_when_the_trip_is_over_or_shared() {
        let mut t = trip();
        (t.start_date, t.end_date) = (Some(day("2027-04-02")), Some(day("2027-04-04")));
        let at = |text: &str| serde_json::from_str::<Timestamp>(&format!("\"{text}\"")).unwrap();
        for (now, shown) in [
            ("2027-04-01T12:00:00Z", false),
            ("2027-04-05T11:59:59Z", false), // still the 4th in some places
            ("2027-04-05T12:00:00Z", true),
        ] {
            assert_eq!(t.shows_dates_to(None, at(now)), shown, "{now}");
        }
        t.share_dates = true;
        assert!(t.shows_dates_to(None, at("2027-04-01T12:00:00Z")));
        (t.share_dates, t.end_date) = (false, None);
        assert!(!t.shows_dates_to(None, at("2099-01-01T12:00:00Z")), "without an end nobody knows that it is over");
        assert_eq!(t.month().as_deref(), Some("2027-04"));
    }

    #[test]
    fn money_is_kept_in_minor_units() {
        assert_eq!(
            (to_minor(12.5, "USD"), to_minor(1200.0, "JPY"), to_minor(1.234, "BHD")),
            (Some(1250), Some(1200), Some(1234))
        );
        assert_eq!((to_minor(-1.0, "USD"), to_minor(1e13, "USD"), to_minor(f64::NAN, "USD")), (None, None, None));
        assert_eq!(to_minor(0.1 + 0.2, "USD").map(|m| from_minor(m, "USD")), Some(0.3));
    }
}
