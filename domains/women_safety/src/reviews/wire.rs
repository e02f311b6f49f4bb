//! What a client may say in a review.

use super::model::ReviewId;
use crate::{bookings::model::BookingId, guides::model::GuideId};
use kernel::{
    Error, Faults, Result,
    http::{Field, Noun, Wire, field},
};
use serde::Deserialize;
use utoipa::ToSchema;

/// What somebody says about a guide. For a new review `rating` is required, and parts that are not rated are as good as it;
/// when changing, absent fields stay and `null` clears a text.
#[derive(Debug, Default, Deserialize, garde::Validate, ToSchema)]
#[schema(example = json!({
    "rating": 5, "review_title": "Kyoto at its quietest", "review_text": "She knew every back door of the temples.",
    "safety_rating": 5, "value_for_money_rating": 4
}))]
pub(crate) struct ReviewBody {
    /// Which guide; read by `POST /api/women-safety/reviews` only, where it or `booking_id` is required.
    #[garde(skip)]
    #[schema(value_type = Option<String>, format = Uuid, example = "01a3b1c2-7a00-7000-8000-00000000002a")]
    guide_id: Option<String>,
    /// Which booking, completed or ended when it had begun; the latest one without a review when absent.
    #[garde(skip)]
    #[schema(value_type = Option<String>, format = Uuid, example = json!(null))]
    booking_id: Option<String>,
    /// All in all, 1 to 5.
    #[garde(range(min = 1, max = 5))]
    #[schema(example = 5)]
    rating: Option<i64>,
    /// A line above it, at most 200 characters.
    #[serde(default, deserialize_with = "field")]
    #[garde(length(chars, max = 200))]
    #[schema(value_type = Option<String>, example = "Kyoto at its quietest")]
    review_title: Field<String>,
    /// In words, at most 5,000 characters.
    #[serde(default, deserialize_with = "field")]
    #[garde(length(chars, max = 5_000))]
    #[schema(value_type = Option<String>, example = "She knew every back door of the temples.")]
    review_text: Field<String>,
    /// How safe it was, 1 to 5.
    #[garde(range(min = 1, max = 5))]
    #[schema(example = 5)]
    safety_rating: Option<i64>,
    /// How much she knew, 1 to 5.
    #[garde(range(min = 1, max = 5))]
    #[schema(example = 5)]
    knowledge_rating: Option<i64>,
    /// How well one could talk with her, 1 to 5.
    #[garde(range(min = 1, max = 5))]
    #[schema(example = 5)]
    communication_rating: Option<i64>,
    /// How professional she was, 1 to 5.
    #[garde(range(min = 1, max = 5))]
    #[schema(example = 5)]
    professionalism_rating: Option<i64>,
    /// Whether it was worth its price, 1 to 5.
    #[garde(range(min = 1, max = 5))]
    #[schema(example = 4)]
    value_for_money_rating: Option<i64>,
}

impl Wire for ReviewBody {}

/// The same fields, found right: what is `None` was not given.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    pub rating: Option<i64>,
    pub review_title: Field<String>,
    pub review_text: Field<String>,
    pub safety_rating: Option<i64>,
    pub knowledge_rating: Option<i64>,
    pub communication_rating: Option<i64>,
    pub professionalism_rating: Option<i64>,
    pub value_for_money_rating: Option<i64>,
}

/// A new review: how good it was, and the rest.
#[derive(Debug)]
pub(crate) struct Rated {
    pub rating: i64,
    pub said: Changes,
}

/// Which tour a review is about, as far as was said.
#[derive(Debug, Clone, Copy)]
pub(crate) struct About {
    pub guide: Option<GuideId>,
    pub booking: Option<BookingId>,
}

impl ReviewBody {
    /// For a new review of a guide whom the address names, or the body. What cannot be an id is the id of nothing.
    pub(crate) fn check_new(self, guide: Option<GuideId>) -> Result<(About, Rated)> {
        let mut faults = Faults::default();
        if self.rating.is_none() {
            faults.add("rating", "is required");
        }
        let given = |id: &Option<String>| id.as_deref().map(str::trim).filter(|id| !id.is_empty()).map(str::to_owned);
        let (guide_id, booking_id) = (given(&self.guide_id), given(&self.booking_id));
        if guide.is_none() && guide_id.is_none() && booking_id.is_none() {
            faults.add("guide_id", "is required, or booking_id");
        }
        let rating = self.rating;
        let said = self.check(faults)?;
        let named =
            guide_id.map(|id| id.parse().map(GuideId).ok().ok_or(Error::NotFound(GuideId::NOUN))).transpose()?;
        let booking =
            booking_id.map(|id| id.parse().map(BookingId).ok().ok_or(Error::NotFound(BookingId::NOUN))).transpose()?;
        let rating = rating.ok_or_else(|| Error::internal("a missing field without a fault"))?;
        Ok((About { guide: guide.or(named), booking }, Rated { rating, said }))
    }

    /// For a review that is there.
    pub(crate) fn check_change(self) -> Result<Changes> {
        self.check(Faults::default())
    }

    fn check(self, mut faults: Faults) -> Result<Changes> {
        faults.check(&self);
        faults.result()?;
        let text = |f: Field<String>| f.map(|v| v.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty()));
        Ok(Changes {
            rating: self.rating,
            review_title: text(self.review_title),
            review_text: text(self.review_text),
            safety_rating: self.safety_rating,
            knowledge_rating: self.knowledge_rating,
            communication_rating: self.communication_rating,
            professionalism_rating: self.professionalism_rating,
            value_for_money_rating: self.value_for_money_rating,
        })
    }
}

/// What a guide answers.
#[derive(Debug, Default, Deserialize, garde::Validate, ToSchema)]
#[schema(example = json!({"answer": "Come back when the maples turn."}))]
pub(crate) struct AnswerBody {
    /// 1 to 2,000 characters.
    #[garde(inner(custom(words)))]
    #[schema(example = "Come back when the maples turn.")]
    answer: Option<String>,
}

impl Wire for AnswerBody {
    const ALIASES: &'static [(&'static str, &'static str)] = &[("text", "answer"), ("content", "answer")];
}

impl AnswerBody {
    pub(crate) fn check(self) -> Result<String> {
        let mut faults = Faults::default();
        if self.answer.is_none() {
            faults.add("answer", "is required");
        }
        faults.check(&self);
        faults.result()?;
        Ok(self.answer.unwrap_or_default().trim().to_owned())
    }
}

fn words(value: &str, (): &()) -> Result<(), garde::Error> {
    let count = value.trim().chars().count();
    if (1..=2_000).contains(&count) { Ok(()) } else { Err(garde::Error::new("must have 1 to 2,000 characters")) }
}

/// A body that has nothing to say.
#[derive(Debug, Deserialize)]
pub(crate) struct Nothing {}

impl Wire for Nothing {}

/// For messages of 404.
pub(crate) fn no_review() -> Error {
    Error::NotFound(ReviewId::NOUN)
}
