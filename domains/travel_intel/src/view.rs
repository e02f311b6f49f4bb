//! What is shown of travel intel: the one way out, which decides who gets the exact place.

use crate::{
    model::{IntelId, ItineraryId, coarse},
    store::Found,
    words::{Kind, ResponseStatus, Severity, Status},
};
use accounts::AuthorCard;
use kernel::{
    auth::{Caller, TravelerId},
    clock::{Day, Timestamp},
    http::Pagination,
};
use serde::Serialize;
use std::borrow::Cow;
use utoipa::ToSchema;

/// A piece of intel as its reader gets it. Of what was deleted only the place in the thread is left.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TravelIntel)]
pub(crate) struct IntelView<'a> {
    /// Which one.
    id: IntelId,
    /// The trip that it is about.
    itinerary_id: ItineraryId,
    /// The same as `itinerary_id`.
    project_id: ItineraryId,
    /// What it answers; null for the first words of a thread.
    parent_intel_id: Option<IntelId>,
    /// 1 for a reply, else 0.
    #[schema(example = 0)]
    thread_depth: i64,
    /// What somebody wants with it.
    intel_type: Kind,
    /// A line above it.
    #[schema(value_type = Option<String>, example = "Bridge closed")]
    title: Option<&'a str>,
    /// Its words; empty when it was deleted.
    #[schema(value_type = String, example = "The footbridge behind the station is closed.")]
    content: &'a str,
    /// Where, `latitude,longitude` in degrees; exact for the author, with two decimals for everybody else.
    #[schema(value_type = Option<String>, example = "35.01,135.67")]
    location_gps: Option<Cow<'a, str>>,
    /// Where, in words.
    #[schema(value_type = Option<String>, example = "Arashiyama")]
    location_name: Option<&'a str>,
    /// Content ids of pictures.
    #[schema(value_type = Vec<String>, example = json!([]))]
    photo_ipfs_hashes: &'a [String],
    /// Not kept; always null.
    #[schema(example = json!(null))]
    observation_timestamp: Option<Timestamp>,
    /// Not kept; always false.
    #[schema(example = false)]
    verified_at_location: bool,
    /// Whether it is about safety.
    #[schema(example = true)]
    safety_related: bool,
    /// How serious it is.
    severity_level: Severity,
    /// How far the matter has come.
    status: Status,
    /// How far answering has come.
    response_status: ResponseStatus,
    /// When it was resolved.
    resolved_at: Option<Timestamp>,
    /// Until when a warning holds: the day or the time that its author gave.
    valid_until: Option<Until>,
    /// Whether it was a warning that no longer holds.
    #[schema(example = false)]
    is_expired: bool,
    /// Whether it was deleted, or hidden from the reader, and stands here for its replies only.
    #[schema(example = false)]
    is_deleted: bool,
    /// Whether the author of the trip hid it. Only she, its own author and administrators still get it.
    #[schema(example = false)]
    is_hidden: bool,
    /// How many people found it helpful.
    #[schema(example = 3)]
    helpful_votes: i64,
    /// How many people did not.
    #[schema(example = 0)]
    unhelpful_votes: i64,
    /// The same as `helpful_votes`.
    #[schema(example = 3)]
    helpful_count: i64,
    /// The same as `unhelpful_votes`.
    #[schema(example = 0)]
    unhelpful_count: i64,
    /// The same as `helpful_votes`.
    #[schema(example = 3)]
    upvotes: i64,
    /// The same as `unhelpful_votes`.
    #[schema(example = 0)]
    downvotes: i64,
    /// The reader's own vote.
    user_vote: Option<Vote>,
    /// How many replies the reader may see.
    #[schema(example = 2)]
    replies_count: i64,
    /// Whose it is; null when it was deleted.
    traveler_id: Option<TravelerId>,
    /// The same as `traveler_id`.
    user_id: Option<TravelerId>,
    /// Whose it is; null when it was deleted.
    #[schema(value_type = Option<AuthorCard>)]
    author: Option<&'a AuthorCard>,
    /// The same as `author`.
    #[schema(value_type = Option<AuthorCard>)]
    traveler: Option<&'a AuthorCard>,
    /// When it was posted.
    created_at: Timestamp,
    /// When it was last changed.
    updated_at: Timestamp,
}

/// A day or a time, as it was given.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[schema(example = "2027-04-02")]
pub(crate) enum Until {
    /// To the end of this day, wherever on Earth.
    Day(Day),
    /// To this moment.
    Time(Timestamp),
}

/// A vote: `helpful` or `unhelpful`.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Vote {
    Helpful,
    Unhelpful,
}

impl From<bool> for Vote {
    fn from(is_helpful: bool) -> Self {
        if is_helpful { Self::Helpful } else { Self::Unhelpful }
    }
}

impl<'a> IntelView<'a> {
    /// What `viewer` gets of it at `now`.
    pub(crate) fn new(found: &'a Found, viewer: Option<Caller>, now: Timestamp) -> Self {
        let i = &found.intel;
        let place = i.location_gps.as_deref();
        Self {
            id: i.id,
            itinerary_id: i.itinerary_id,
            project_id: i.itinerary_id,
            parent_intel_id: i.parent_id,
            thread_depth: i64::from(i.parent_id.is_some()),
            intel_type: i.kind,
            title: i.title.as_deref(),
            content: &i.content,
            location_gps: if i.is_of(viewer) {
                place.map(Cow::Borrowed)
            } else {
                place.and_then(coarse).map(Cow::Owned)
            },
            location_name: i.location_name.as_deref(),
            photo_ipfs_hashes: &i.photo_ipfs_hashes.0,
            observation_timestamp: None,
            verified_at_location: false,
            safety_related: i.safety_related,
            severity_level: i.severity_level,
            status: i.status,
            response_status: i.response_status,
            resolved_at: i.resolved_at,
            valid_until: i.valid_day.map(Until::Day).or(i.valid_until.map(Until::Time)),
            is_expired: i.is_expired(now),
            is_deleted: i.is_deleted(),
            is_hidden: i.hidden_at.is_some(),
            helpful_votes: i.helpful_votes,
            unhelpful_votes: i.unhelpful_votes,
            helpful_count: i.helpful_votes,
            unhelpful_count: i.unhelpful_votes,
            upvotes: i.helpful_votes,
            downvotes: i.unhelpful_votes,
            user_vote: found.user_vote.map(Vote::from),
            replies_count: found.replies_count,
            traveler_id: i.traveler_id,
            user_id: i.traveler_id,
            author: found.author.as_ref(),
            traveler: found.author.as_ref(),
            created_at: i.created_at,
            updated_at: i.updated_at,
        }
    }
}

/// A piece of intel with a page of its replies.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TravelIntelThread)]
pub(crate) struct ThreadView<'a> {
    /// What was asked for.
    pub intel: IntelView<'a>,
    /// Its replies, oldest first.
    pub replies: Vec<IntelView<'a>>,
    /// Where this page of replies stands.
    pub pagination: Pagination,
}

/// Both counts after a vote, and what became of the reader's own.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TravelIntelVotes)]
pub(crate) struct VotesView {
    /// How many people found it helpful.
    #[schema(example = 3)]
    helpful_votes: i64,
    /// The same as `helpful_votes`.
    #[schema(example = 3)]
    helpful_count: i64,
    /// How many people did not.
    #[schema(example = 0)]
    unhelpful_votes: i64,
    /// The same as `unhelpful_votes`.
    #[schema(example = 0)]
    unhelpful_count: i64,
    /// The reader's own vote; null when it was taken back.
    user_vote: Option<Vote>,
}

impl VotesView {
    /// Of these counts.
    pub(crate) fn new(helpful: i64, unhelpful: i64, vote: Option<bool>) -> Self {
        Self {
            helpful_votes: helpful,
            helpful_count: helpful,
            unhelpful_votes: unhelpful,
            unhelpful_count: unhelpful,
            user_vote: vote.map(Vote::from),
        }
    }
}

/// How much intel there is about a trip. What was deleted does not count.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = TravelIntelStats)]
pub(crate) struct StatsView {
    /// How much in all, replies included.
    #[schema(example = 7)]
    pub total: i64,
    /// How many threads of each type; a reply counts in none.
    pub by_type: ByType,
    /// How many threads are critical.
    #[schema(example = 1)]
    pub critical_count: i64,
    /// How many threads are resolved.
    #[schema(example = 2)]
    pub resolved_count: i64,
    /// How many replies.
    #[schema(example = 3)]
    pub replies_count: i64,
}

/// Threads of each type.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = TravelIntelByType)]
pub(crate) struct ByType {
    /// Questions.
    #[schema(example = 2)]
    pub question: i64,
    /// Updates.
    #[schema(example = 0)]
    pub update: i64,
    /// Warnings.
    #[schema(example = 1)]
    pub warning: i64,
    /// Recommendations.
    #[schema(example = 0)]
    pub recommendation: i64,
    /// Local insights.
    #[schema(example = 0)]
    pub local_insight: i64,
    /// Tips.
    #[schema(example = 1)]
    pub tip: i64,
}
