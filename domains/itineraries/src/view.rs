//! What is shown of a trip: the one way out, which decides who gets its days.

use crate::{
    badges::BadgeView,
    mine::Mine,
    model::{Companion, ItineraryId, RouteSummary, Safety},
    store::Found,
    votes::Vote,
};
use accounts::AuthorCard;
use kernel::{
    auth::{Caller, TravelerId},
    clock::{Day, Timestamp},
};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// A trip as its reader gets it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Itinerary)]
pub struct ItineraryView<'a> {
    /// Which trip.
    id: ItineraryId,
    /// The same as `id`.
    uuid: ItineraryId,
    /// Its title.
    #[schema(value_type = String, example = "3-Day Tokyo Adventure")]
    title: &'a str,
    /// One line below the title.
    #[schema(value_type = Option<String>, example = "Temples, ramen and rain")]
    tagline: Option<&'a str>,
    /// What it is about.
    #[schema(value_type = String, example = "Experience authentic Tokyo")]
    description: &'a str,
    /// Where it goes.
    #[schema(value_type = String, example = "Tokyo, Japan")]
    destination: &'a str,
    /// The country.
    #[schema(value_type = Option<String>, example = "Japan")]
    country: Option<&'a str>,
    /// Regions that it passes.
    #[schema(value_type = Vec<String>, example = json!(["Kanto"]))]
    regions: &'a [String],
    /// The first day. For others than the author null until the trip is over, unless shared.
    #[schema(value_type = Option<String>, format = Date, example = "2027-04-02")]
    start_date: Option<Day>,
    /// The last day. For others than the author null until the trip is over everywhere on Earth, unless shared.
    #[schema(value_type = Option<String>, format = Date, example = "2027-04-02")]
    end_date: Option<Day>,
    /// The month of the trip, `YYYY-MM`.
    #[schema(example = "2027-04")]
    travel_month: Option<String>,
    /// Whether the author shares the days before the trip is over.
    #[schema(example = false)]
    share_dates: bool,
    /// How many days it takes.
    #[schema(example = 3)]
    duration_days: Option<i64>,
    /// `easy`, `moderate`, `difficult` or `expert`.
    #[schema(value_type = String, example = "easy")]
    difficulty_level: &'a str,
    /// The kind of trip.
    #[schema(value_type = Option<String>, example = "city break")]
    travel_type: Option<&'a str>,
    /// How one travels.
    #[schema(value_type = Option<String>, example = "solo")]
    travel_style: Option<&'a str>,
    /// Not kept; always null.
    #[schema(example = json!(null))]
    estimated_budget_min: Option<i64>,
    /// Not kept; always null.
    #[schema(example = json!(null))]
    estimated_budget_max: Option<i64>,
    /// What it costs a person, in whole units of the currency.
    #[schema(example = 450.0)]
    budget_amount: Option<f64>,
    /// The currency, by its ISO 4217 code.
    #[schema(value_type = String, example = "USD")]
    budget_currency: &'a str,
    /// Whether it has a track.
    #[schema(example = true)]
    has_gps: bool,
    /// What was measured along the track.
    #[schema(value_type = Option<RouteSummary>, inline)]
    route: Option<&'a RouteSummary>,
    /// The track as a GPX document; null in lists, where `has_gps` tells whether there is one.
    #[schema(value_type = Option<String>, example = "<gpx version=\"1.1\" creator=\"TripIt\"><trk><trkseg/></trk></gpx>")]
    route_gpx: Option<&'a str>,
    /// A map of the route.
    #[schema(value_type = Option<String>, example = "https://maps.example.org/tokyo")]
    route_map_url: Option<&'a str>,
    /// Places on the way.
    #[schema(value_type = Vec<Object>, example = json!([{"name": "Shibuya", "lat": 35.66, "lon": 139.70}]))]
    route_waypoints: &'a [Map<String, Value>],
    /// Where it starts, `latitude,longitude` in degrees.
    #[schema(value_type = Option<String>, example = "35.66,139.70")]
    starting_point_gps: Option<&'a str>,
    /// Where it ends, `latitude,longitude` in degrees.
    #[schema(value_type = Option<String>, example = "35.71,139.80")]
    ending_point_gps: Option<&'a str>,
    /// A film or page about it.
    #[schema(value_type = Option<String>, example = "https://films.example.org/tokyo")]
    demo_url: Option<&'a str>,
    /// When to go.
    #[schema(value_type = Option<String>, example = "March to May")]
    best_season: Option<&'a str>,
    /// What one does there.
    #[schema(value_type = Vec<String>, example = json!(["cultural", "food"]))]
    activity_tags: &'a [String],
    /// Not kept; always empty.
    #[schema(value_type = Vec<String>, example = json!([]))]
    community_tags: [&'a str; 0],
    /// Under which headings it stands.
    #[schema(value_type = Vec<String>, example = json!(["city"]))]
    categories: &'a [String],
    /// Who came along.
    #[schema(value_type = Vec<Companion>)]
    travel_companions: Vec<&'a Companion>,
    /// The best of it.
    #[schema(value_type = Option<String>, example = "The fish market before sunrise")]
    trip_highlights: Option<&'a str>,
    /// How it went.
    #[schema(value_type = Option<String>, example = "We walked from temple to temple.")]
    trip_journey: Option<&'a str>,
    /// Day by day.
    #[schema(value_type = Option<String>, example = "Day 1: Asakusa on foot")]
    day_by_day_plan: Option<&'a str>,
    /// What to know about safety.
    #[schema(value_type = Option<String>, example = "Well lit until late")]
    safety_intelligence: Option<&'a str>,
    /// What few people know.
    #[schema(value_type = Option<String>, example = "The garden behind the post office")]
    hidden_gems: Option<&'a str>,
    /// What it has that others have not.
    #[schema(value_type = Option<String>, example = "A night in a temple")]
    unique_highlights: Option<&'a str>,
    /// How to stay safe.
    #[schema(value_type = Option<String>, example = "The last train leaves at half past midnight")]
    safety_tips: Option<&'a str>,
    /// Addresses of pictures.
    #[schema(value_type = Vec<String>, example = json!(["https://images.example.org/shibuya.jpg"]))]
    screenshots: &'a [String],
    /// How safe it was rated.
    #[schema(inline)]
    safety: Safety,
    /// The same as `safety.score`.
    #[schema(example = 4.25)]
    safety_score: f64,
    /// The same as `safety.score`.
    #[schema(example = 4.25)]
    safety_ratings_avg: f64,
    /// The same as `safety.count`.
    #[schema(example = 12)]
    safety_ratings_count: i64,
    /// The same as `safety.count`.
    #[schema(example = 12)]
    safety_rating_count: i64,
    /// Whether it is certified as safe for women. It ends when route, destination, days or words change.
    #[schema(example = false)]
    women_safe_certified: bool,
    /// Who certified it; for administrators only.
    #[serde(skip_serializing_if = "Option::is_none")]
    women_safe_certified_by: Option<TravelerId>,
    /// When it was certified; for administrators only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime, example = "2026-11-23T09:30:00.000000Z")]
    women_safe_certified_at: Option<Timestamp>,
    /// The sum of its five scores, 0 to 100.
    #[schema(example = 61.5)]
    proof_score: f64,
    /// How well its author is known, 0 to 20.
    #[schema(example = 8.0)]
    identity_score: f64,
    /// How much its author travelled, 0 to 20.
    #[schema(example = 12.0)]
    travel_history_score: f64,
    /// What others made of it, 0 to 20.
    #[schema(example = 10.0)]
    community_score: f64,
    /// How safe it was rated, 0 to 20.
    #[schema(example = 18.0)]
    safety_score_component: f64,
    /// How well it is described, 0 to 20.
    #[schema(example = 13.5)]
    quality_score: f64,
    /// Where each score comes from.
    #[schema(value_type = BTreeMap<String, Object>, example = json!({"quality_score": {"score": 13.5, "max": 20.0, "percentage": 67.5, "summary": "Well described", "details": []}}))]
    score_explanations: &'a Map<String, Value>,
    /// Always `completed`.
    #[schema(value_type = String, example = "completed")]
    scoring_status: &'a str,
    /// `false` for a draft, which only its author gets.
    #[schema(example = true)]
    is_published: bool,
    /// Whether it is on show.
    #[schema(example = false)]
    is_featured: bool,
    /// Since when it is on show.
    #[schema(value_type = Option<String>, format = DateTime, example = "2026-11-23T09:30:00.000000Z")]
    featured_at: Option<Timestamp>,
    /// How often it was looked at.
    #[schema(example = 120)]
    view_count: i64,
    /// How many found helpful what is said of it: its ratings, and the first words of its intel. Its author does not count.
    #[schema(example = 7)]
    helpful_votes: i64,
    /// How many saved it.
    #[schema(example = 3)]
    share_count: i64,
    /// Votes for it.
    #[schema(example = 9)]
    upvotes: i64,
    /// Votes against it.
    #[schema(example = 1)]
    downvotes: i64,
    /// Votes for it less votes against it.
    #[serde(rename = "voteCount")]
    #[schema(example = 8)]
    vote_count: i64,
    /// How much intel there is about it.
    #[schema(example = 4)]
    comment_count: i64,
    /// The reader's own vote: `up`, `down` or null.
    #[schema(value_type = Option<String>, example = json!(null))]
    user_vote: Option<&'a str>,
    /// Whether the reader saved it.
    #[schema(example = false)]
    user_has_saved: bool,
    /// Whether it was made from other trips.
    #[schema(example = false)]
    is_remixed: bool,
    /// The trips that it was made from, each once.
    #[schema(value_type = Vec<String>, example = json!([]))]
    remixed_from_ids: &'a [String],
    /// Always 0: how many trips were made from it is not counted.
    #[schema(example = 0)]
    remix_count: i64,
    /// The badge that it was awarded, if it was.
    badges: Vec<BadgeView<'a>>,
    /// Who published it.
    created_by_traveler_id: TravelerId,
    /// The same as `created_by_traveler_id`.
    user_id: TravelerId,
    /// Who published it, as others see them.
    #[schema(value_type = AuthorCard)]
    creator: &'a AuthorCard,
    /// When it was published.
    created_at: Timestamp,
    /// When its author last changed it.
    updated_at: Timestamp,
}

impl<'a> ItineraryView<'a> {
    /// What `viewer` gets of it now.
    pub fn new(found: &'a Found, viewer: Option<Caller>, now: Timestamp) -> Self {
        let t = &found.itinerary;
        let days = t.shows_dates_to(viewer, now).then_some(());
        let is_admin = viewer.is_some_and(|v| v.is_admin);
        let is_author = viewer.is_some_and(|v| v.id == t.traveler_id);
        Self {
            id: t.id,
            uuid: t.id,
            title: &t.title,
            tagline: t.tagline.as_deref(),
            description: &t.description,
            destination: &t.destination,
            country: t.country.as_deref(),
            regions: &t.regions.0,
            start_date: days.and(t.start_date),
            end_date: days.and(t.end_date),
            travel_month: t.month(),
            share_dates: t.share_dates,
            duration_days: t.duration_days,
            difficulty_level: &t.difficulty_level,
            travel_type: t.travel_type.as_deref(),
            travel_style: t.travel_style.as_deref(),
            estimated_budget_min: None,
            estimated_budget_max: None,
            budget_amount: t.budget_amount(),
            budget_currency: &t.budget_currency,
            has_gps: t.has_gpx,
            route: t.route.as_ref().map(|r| &r.0),
            route_gpx: found.gpx.as_deref(),
            route_map_url: t.route_map_url.as_deref(),
            route_waypoints: &t.route_waypoints.0,
            starting_point_gps: t.starting_point_gps.as_deref(),
            ending_point_gps: t.ending_point_gps.as_deref(),
            demo_url: t.demo_url.as_deref(),
            best_season: t.best_season.as_deref(),
            activity_tags: &t.activity_tags.0,
            community_tags: [],
            categories: &t.categories.0,
            travel_companions: t
                .travel_companions
                .0
                .iter()
                .filter(|c| is_author || !c.is_one_of(&found.unseen))
                .collect(),
            trip_highlights: t.trip_highlights.as_deref(),
            trip_journey: t.trip_journey.as_deref(),
            day_by_day_plan: t.day_by_day_plan.as_deref(),
            safety_intelligence: t.safety_intelligence.as_deref(),
            hidden_gems: t.hidden_gems.as_deref(),
            unique_highlights: t.unique_highlights.as_deref(),
            safety_tips: t.safety_tips.as_deref(),
            screenshots: &t.screenshots.0,
            safety: found.safety,
            safety_score: found.safety.score,
            safety_ratings_avg: found.safety.score,
            safety_ratings_count: found.safety.count,
            safety_rating_count: found.safety.count,
            women_safe_certified: t.women_safe_certified,
            women_safe_certified_by: t.women_safe_by.filter(|_| is_admin),
            women_safe_certified_at: t.women_safe_at.filter(|_| is_admin),
            proof_score: t.proof_score,
            identity_score: t.identity_score,
            travel_history_score: t.travel_history_score,
            community_score: t.community_score,
            safety_score_component: t.safety_score_component,
            quality_score: t.quality_score,
            score_explanations: &t.score_explanations.0,
            scoring_status: "completed",
            is_published: t.is_published,
            is_featured: t.is_featured,
            featured_at: t.featured_at,
            view_count: t.view_count,
            helpful_votes: t.helpful_votes,
            share_count: t.share_count,
            upvotes: t.upvotes,
            downvotes: t.downvotes,
            vote_count: t.upvotes - t.downvotes,
            comment_count: found.intel_count,
            user_vote: None,
            user_has_saved: false,
            is_remixed: t.is_remixed,
            remixed_from_ids: &t.remixed_from_ids.0,
            remix_count: t.remix_count,
            badges: found.badge.iter().map(BadgeView::new).collect(),
            created_by_traveler_id: t.traveler_id,
            user_id: t.traveler_id,
            creator: &found.author,
            created_at: t.created_at,
            updated_at: t.updated_at,
        }
    }

    /// Which trip.
    pub(crate) const fn id(&self) -> ItineraryId {
        self.id
    }

    /// The votes as they are now.
    pub(crate) const fn count_votes(&mut self, upvotes: i64, downvotes: i64) {
        (self.upvotes, self.downvotes, self.vote_count) = (upvotes, downvotes, upvotes - downvotes);
    }

    /// What belongs to the reader alone.
    pub(crate) fn belongs_to_reader(&mut self, mine: Mine) {
        (self.user_vote, self.user_has_saved) = (mine.vote.map(Vote::as_str), mine.saved);
    }
}
