//! A review as a reader gets it.

use super::{model::ReviewId, store::Found};
use crate::guides::{model::GuideId, view::PersonView};
use kernel::{clock::Timestamp, http::Pagination};
use serde::Serialize;
use utoipa::ToSchema;

/// What somebody says about a guide.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReviewView<'a> {
    /// Which review.
    id: ReviewId,
    /// About which guide.
    guide_id: GuideId,
    /// Who says it.
    #[schema(value_type = PersonView<'_>)]
    traveler: PersonView<'a>,
    /// All in all, 1 to 5.
    #[schema(example = 5)]
    rating: i64,
    /// A line above it.
    #[schema(example = "Kyoto at its quietest")]
    review_title: Option<&'a str>,
    /// In words.
    #[schema(example = "She knew every back door of the temples.")]
    review_text: Option<&'a str>,
    /// How safe it was.
    #[schema(example = 5)]
    safety_rating: i64,
    /// How much she knew.
    #[schema(example = 5)]
    knowledge_rating: i64,
    /// How well one could talk with her.
    #[schema(example = 5)]
    communication_rating: i64,
    /// How professional she was.
    #[schema(example = 5)]
    professionalism_rating: i64,
    /// Whether it was worth its price.
    #[schema(example = 4)]
    value_for_money_rating: i64,
    /// Always true: only who was on a completed tour can review it.
    #[schema(example = true)]
    verified_traveler: bool,
    /// What the tour was about.
    #[schema(example = "temples")]
    tour_type: Option<&'a str>,
    /// How many found it helpful.
    #[schema(example = 3)]
    helpful_count: i64,
    /// What the guide answered.
    #[schema(example = json!(null))]
    guide_answer: Option<&'a str>,
    /// When she answered.
    #[schema(value_type = Option<Timestamp>, example = json!(null))]
    answered_at: Option<Timestamp>,
    /// When it was written.
    created_at: Timestamp,
    /// When its author last changed it.
    updated_at: Timestamp,
}

impl<'a> ReviewView<'a> {
    pub(crate) fn new(found: &'a Found) -> Self {
        let r = &found.review;
        Self {
            id: r.id,
            guide_id: r.guide_id,
            traveler: PersonView::from(&found.author),
            rating: r.rating,
            review_title: r.review_title.as_deref(),
            review_text: r.review_text.as_deref(),
            safety_rating: r.safety_rating,
            knowledge_rating: r.knowledge_rating,
            communication_rating: r.communication_rating,
            professionalism_rating: r.professionalism_rating,
            value_for_money_rating: r.value_for_money_rating,
            verified_traveler: true,
            tour_type: r.tour_type.as_deref(),
            helpful_count: r.helpful_count,
            guide_answer: r.guide_answer.as_deref(),
            answered_at: r.answered_at,
            created_at: r.created_at,
            updated_at: r.updated_at,
        }
    }
}

/// Reviews under the name that clients read.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Reviews<'a> {
    /// The reviews on this page.
    #[schema(value_type = Vec<ReviewView<'_>>)]
    pub reviews: Vec<ReviewView<'a>>,
    /// Where this page stands.
    pub pagination: Pagination,
}

/// How helpful people find a review.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReviewHelpfulness {
    /// How many found it helpful.
    #[schema(example = 3)]
    pub helpful_count: i64,
    /// Whether the caller does.
    #[schema(example = true)]
    pub user_found_helpful: bool,
}
