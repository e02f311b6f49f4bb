//! What a review is. Pure.

use crate::{
    bookings::model::BookingId,
    guides::model::GuideId,
    reviews::wire::{Changes, Rated},
};
use kernel::{auth::TravelerId, clock::Timestamp, id, record};

id! {
    /// A review of a guide.
    ReviewId, "Review"
}

record! {
    /// A review as it is stored.
    #[derive(Debug, Clone)]
    #[expect(clippy::struct_field_names, reason = "the names of the contract")]
    pub(crate) struct Review {
        pub id: ReviewId,
        pub guide_id: GuideId,
        pub traveler_id: TravelerId,
        pub booking_id: BookingId,
        pub rating: i64,
        pub review_title: Option<String>,
        pub review_text: Option<String>,
        pub safety_rating: i64,
        pub knowledge_rating: i64,
        pub communication_rating: i64,
        pub professionalism_rating: i64,
        pub value_for_money_rating: i64,
        pub tour_type: Option<String>,
        pub helpful_count: i64,
        /// Whether it is among the figures of its guide.
        pub is_counted: bool,
        pub guide_answer: Option<String>,
        pub answered_at: Option<Timestamp>,
        pub created_at: Timestamp,
        pub updated_at: Timestamp,
    }
}

/// The booking that a review is about.
#[derive(Debug, Clone)]
pub(crate) struct Tour {
    pub guide: GuideId,
    pub booking: BookingId,
    pub kind: Option<String>,
}

impl Review {
    /// What `author` says about a tour. Parts that they do not rate are as good as the whole.
    pub(crate) fn new(id: ReviewId, author: TravelerId, tour: Tour, rated: Rated, at: Timestamp) -> Self {
        let part = |given: Option<i64>| given.unwrap_or(rated.rating);
        Self {
            id,
            guide_id: tour.guide,
            traveler_id: author,
            booking_id: tour.booking,
            rating: rated.rating,
            safety_rating: part(rated.said.safety_rating),
            knowledge_rating: part(rated.said.knowledge_rating),
            communication_rating: part(rated.said.communication_rating),
            professionalism_rating: part(rated.said.professionalism_rating),
            value_for_money_rating: part(rated.said.value_for_money_rating),
            review_title: rated.said.review_title.flatten(),
            review_text: rated.said.review_text.flatten(),
            tour_type: tour.kind,
            helpful_count: 0,
            is_counted: true,
            guide_answer: None,
            answered_at: None,
            created_at: at,
            updated_at: at,
        }
    }

    /// What its author changed.
    pub(crate) fn apply(&mut self, changes: Changes, at: Timestamp) {
        macro_rules! set {
            ($($field:ident),*) => { $(if let Some(value) = changes.$field { self.$field = value; })* };
        }
        set!(
            rating,
            review_title,
            review_text,
            safety_rating,
            knowledge_rating,
            communication_rating,
            professionalism_rating,
            value_for_money_rating
        );
        self.updated_at = at;
    }
}
