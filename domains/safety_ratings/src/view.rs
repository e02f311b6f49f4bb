//! What is shown of a rating: the one way out, which decides who learns when somebody was at a place.

use crate::{
    model::{ItineraryId, RatingId, Safety},
    store::Found,
};
use accounts::AuthorCard;
use kernel::{
    auth::{Caller, TravelerId},
    clock::{Day, Timestamp},
    http::{Data, Listing, Pagination},
};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A rating as its reader gets it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SafetyRating)]
pub(crate) struct RatingView<'a> {
    /// Which rating.
    id: RatingId,
    /// Of which trip.
    itinerary_id: ItineraryId,
    /// Who rated.
    traveler_id: TravelerId,
    /// Not kept; always null.
    #[schema(value_type = Option<String>, example = json!(null))]
    traveler_sbt_id: (),
    /// Who rated, as others see them.
    #[schema(value_type = AuthorCard)]
    author: &'a AuthorCard,
    /// How safe it was, 1 to 5.
    #[schema(example = 4)]
    overall_safety_score: i64,
    /// The same as `overall_safety_score`.
    #[schema(example = 4)]
    rating: i64,
    /// `overall`, `accommodation`, `route`, `community` or `women_safety`.
    #[schema(value_type = String, example = "overall")]
    rating_type: &'a str,
    /// In words.
    #[schema(value_type = Option<String>, example = "Well lit, and people helped.")]
    detailed_feedback: Option<&'a str>,
    /// How safe the beds were, 1 to 5.
    #[schema(example = 4)]
    accommodation_safety: Option<i64>,
    /// How safe the way was, 1 to 5.
    #[schema(example = 5)]
    route_safety: Option<i64>,
    /// How safe one was among the people there, 1 to 5.
    #[schema(example = 4)]
    community_safety: Option<i64>,
    /// How safe it was for women, 1 to 5.
    #[schema(example = 4)]
    women_safety_score: Option<i64>,
    /// The day of the experience; null for others than its author.
    #[schema(value_type = Option<String>, format = Date, example = "2026-10-04")]
    experience_date: Option<Day>,
    /// The month of the experience; null for others than its author until it is over everywhere on Earth.
    #[schema(example = "2026-10")]
    experience_month: Option<String>,
    /// Hashes of photos.
    #[schema(value_type = Vec<String>, example = json!(["QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnJ9bP"]))]
    photo_ipfs_hashes: &'a [String],
    /// Whether its author was on the trip, as the service knows.
    #[schema(example = false)]
    verified_traveler: bool,
    /// How many found it helpful.
    #[schema(example = 7)]
    helpful_votes: i64,
    /// How many did not.
    #[schema(example = 1)]
    unhelpful_votes: i64,
    /// The same as `helpful_votes`.
    #[schema(example = 7)]
    helpful_count: i64,
    /// The same as `unhelpful_votes`.
    #[schema(example = 1)]
    unhelpful_count: i64,
    /// The reader's own vote: `helpful`, `unhelpful` or null.
    #[schema(value_type = Option<String>, example = json!(null))]
    user_vote: Option<&'static str>,
    /// When it was given.
    created_at: Timestamp,
    /// When its author last changed it.
    updated_at: Timestamp,
}

impl<'a> RatingView<'a> {
    /// What `viewer` gets of it now.
    pub(crate) fn new(found: &'a Found, viewer: Option<Caller>, now: Timestamp) -> Self {
        let r = &found.rating;
        let is_own = viewer.is_some_and(|v| v.id == r.traveler_id);
        Self {
            id: r.id,
            itinerary_id: r.itinerary_id,
            traveler_id: r.traveler_id,
            traveler_sbt_id: (),
            author: &found.author,
            overall_safety_score: r.overall_safety_score,
            rating: r.overall_safety_score,
            rating_type: &r.rating_type,
            detailed_feedback: r.detailed_feedback.as_deref(),
            accommodation_safety: r.accommodation_safety,
            route_safety: r.route_safety,
            community_safety: r.community_safety,
            women_safety_score: r.women_safety_score,
            experience_date: is_own.then_some(r.experience_date),
            experience_month: if is_own { Some(r.experience_date.month()) } else { r.past_month(now) },
            photo_ipfs_hashes: &r.photo_ipfs_hashes.0,
            verified_traveler: r.verified_traveler,
            helpful_votes: r.helpful_votes,
            unhelpful_votes: r.unhelpful_votes,
            helpful_count: r.helpful_votes,
            unhelpful_count: r.unhelpful_votes,
            user_vote: vote_name(found.user_vote),
            created_at: r.created_at,
            updated_at: r.updated_at,
        }
    }
}

/// A vote as clients read it.
pub(crate) fn vote_name(vote: Option<bool>) -> Option<&'static str> {
    vote.map(|is_helpful| if is_helpful { "helpful" } else { "unhelpful" })
}

/// Ratings under the name that clients of this list read.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Ratings<'a> {
    /// The ratings on this page.
    #[schema(value_type = Vec<RatingView<'_>>)]
    pub ratings: Vec<RatingView<'a>>,
    /// Where this page stands.
    pub pagination: Pagination,
}

/// What an id stands for: a rating, or the ratings of a trip.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "describes the two replies of one address, of which one comes finished from the cache")]
pub(crate) enum OneOrAll<'a> {
    /// The rating with this id.
    One(Data<RatingView<'a>>),
    /// The ratings of the trip with this id.
    All(Listing<RatingView<'a>>),
}

/// How helpful people find a rating.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Helpfulness {
    /// How many found it helpful.
    #[schema(example = 7)]
    pub helpful_votes: i64,
    /// How many did not.
    #[schema(example = 1)]
    pub unhelpful_votes: i64,
    /// The same as `helpful_votes`.
    #[schema(example = 7)]
    pub helpful_count: i64,
    /// The same as `unhelpful_votes`.
    #[schema(example = 1)]
    pub unhelpful_count: i64,
    /// The caller's vote now: `helpful`, `unhelpful` or null.
    #[schema(value_type = Option<String>, example = "helpful")]
    pub user_vote: Option<&'static str>,
}

/// What ratings say together.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub(crate) struct SafetyView {
    /// Their mean, two decimals; 0 without any.
    #[schema(example = 4.25)]
    score: f64,
    /// How many count: the verified ones if there are any, else all.
    #[schema(example = 12)]
    count: i64,
    /// The lower end of the 95 % interval around the mean.
    #[schema(example = 3.31)]
    low: f64,
    /// The upper end.
    #[schema(example = 4.6)]
    high: f64,
}

impl From<Safety> for SafetyView {
    fn from(s: Safety) -> Self {
        Self { score: s.score, count: s.ratings_count, low: s.low, high: s.high }
    }
}

/// How safe a trip is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ItinerarySafety {
    /// Which trip.
    pub itinerary_id: ItineraryId,
    /// The mean of its ratings, 1 to 5; 0 without any.
    #[schema(example = 4.25)]
    pub safety_score: f64,
    /// How many ratings count.
    #[schema(example = 12)]
    pub safety_ratings_count: i64,
    /// The mean with its interval.
    pub safety: SafetyView,
    /// The same of the ratings of each type.
    #[schema(example = json!({
        "overall": {"score": 4.25, "count": 12, "low": 3.31, "high": 4.6},
        "accommodation": {"score": 0.0, "count": 0, "low": 0.0, "high": 0.0},
        "route": {"score": 0.0, "count": 0, "low": 0.0, "high": 0.0},
        "community": {"score": 0.0, "count": 0, "low": 0.0, "high": 0.0},
        "women_safety": {"score": 0.0, "count": 0, "low": 0.0, "high": 0.0}
    }))]
    pub by_type: BTreeMap<&'static str, SafetyView>,
}
