//! A guide as a reader gets her. How to reach her is for those with a confirmed booking, and for herself.

use super::{
    model::{Accepts, Availability, GuideId, Level, rounded, usd},
    store::Found,
};
use crate::reviews::view::ReviewView;
use accounts::AuthorCard;
use kernel::{
    auth::{Caller, TravelerId},
    clock::{Day, Timestamp},
    http::Pagination,
};
use serde::Serialize;
use utoipa::ToSchema;

/// Somebody beside a thing of theirs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PersonView<'a> {
    /// Who.
    id: TravelerId,
    /// The name in addresses.
    #[schema(example = "bela")]
    username: &'a str,
    /// The name on cards.
    #[schema(example = "Bela")]
    display_name: &'a str,
    /// The same as `display_name`.
    #[serde(rename = "displayName")]
    #[schema(example = "Bela")]
    display_name_camel: &'a str,
    /// A picture.
    #[schema(example = "https://images.example.org/bela.jpg")]
    avatar_url: Option<&'a str>,
    /// The same as `avatar_url`.
    #[schema(example = "https://images.example.org/bela.jpg")]
    avatar: Option<&'a str>,
    /// A few words about themselves.
    #[schema(example = "Slow trains and long walks.")]
    bio: Option<&'a str>,
    /// Whether she is a certified guide.
    #[schema(example = true)]
    women_guide_certified: bool,
}

impl<'a> From<&'a AuthorCard> for PersonView<'a> {
    fn from(card: &'a AuthorCard) -> Self {
        Self {
            id: card.id,
            username: &card.username,
            display_name: &card.display_name,
            display_name_camel: &card.display_name,
            avatar_url: card.avatar_url.as_deref(),
            avatar: card.avatar_url.as_deref(),
            bio: card.bio.as_deref(),
            women_guide_certified: card.women_guide_certified,
        }
    }
}

/// A guide.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GuideView<'a> {
    /// Which guide.
    id: GuideId,
    /// Whose profile it is.
    traveler_id: TravelerId,
    /// Who she is.
    #[schema(value_type = PersonView<'_>)]
    traveler: PersonView<'a>,
    /// About herself.
    #[schema(example = "Born in Kyoto; temples, tea and the quiet ways between them.")]
    bio: Option<&'a str>,
    /// Whether an administrator verified her.
    #[schema(example = true)]
    is_verified: bool,
    /// How thoroughly.
    #[schema(example = "silver")]
    verification_level: Option<Level>,
    /// How many years she has guided.
    #[schema(example = 6)]
    years_of_experience: i64,
    /// Her languages.
    #[schema(value_type = Vec<String>, example = json!(["Japanese", "English"]))]
    languages_spoken: &'a [String],
    /// What she is good at.
    #[schema(value_type = Vec<String>, example = json!(["women_safety", "cultural"]))]
    specializations: &'a [String],
    /// Places that she likes best.
    #[schema(value_type = Vec<String>, example = json!(["Arashiyama"]))]
    favorite_destinations: &'a [String],
    /// Places where she guides.
    #[schema(value_type = Vec<String>, example = json!(["Kyoto, Japan"]))]
    service_locations: &'a [String],
    /// The mean of all ratings, two decimals; 0 without any, see `is_new`.
    #[schema(example = 4.75)]
    average_rating: f64,
    /// How many ratings that are.
    #[schema(example = 8)]
    total_reviews: i64,
    /// Whether nobody has reviewed her yet.
    #[schema(example = false)]
    is_new: bool,
    /// Not kept, because it would tell who is verified; always 0.
    #[schema(example = 0)]
    women_travelers_guided: i64,
    /// How many of her bookings were completed.
    #[schema(example = 11)]
    successful_trips_count: i64,
    /// What an hour costs.
    #[schema(example = 25.5)]
    hourly_rate_usd: Option<f64>,
    /// Whether she takes bookings now.
    #[schema(example = "available")]
    availability_status: Availability,
    /// The last day on which she takes none; for herself only.
    #[schema(value_type = Option<String>, format = Date, example = json!(null))]
    unavailable_until: Option<Day>,
    /// How many she takes at once.
    #[schema(example = 6)]
    max_group_size: i64,
    /// Whom she takes: `women`, who are those that the operator verified, or `anyone`.
    #[schema(example = "women")]
    accepts: Accepts,
    /// Whether one can stay with her.
    #[schema(example = false)]
    offers_accommodation: bool,
    /// Whether she cooks.
    #[schema(example = true)]
    offers_meals: bool,
    /// Whether she showed an administrator that she can give first aid.
    #[schema(example = true)]
    first_aid_certified: bool,
    /// Whether an administrator had her background checked.
    #[schema(example = true)]
    background_check_completed: bool,
    /// Whether she was trained for emergencies, as an administrator found.
    #[schema(example = false)]
    emergency_response_training: bool,
    /// What happens when somebody cancels.
    #[schema(example = "Free until two days before.")]
    cancellation_policy: Option<&'a str>,
    /// How she keeps people safe.
    #[schema(example = "We share our way with somebody at home.")]
    safety_protocols: Option<&'a str>,
    /// Whether she guides; `false` is seen by herself only.
    #[schema(example = true)]
    is_active: bool,
    /// Whether administrators put her in front.
    #[schema(example = false)]
    is_featured: bool,
    /// Where to write to her; null but for herself and those with a confirmed booking.
    #[schema(example = json!(null))]
    contact_email: Option<&'a str>,
    /// Where to call her; null but for herself and those with a confirmed booking.
    #[schema(example = json!(null))]
    phone_for_bookings: Option<&'a str>,
    /// When she became a guide.
    created_at: Timestamp,
}

impl<'a> GuideView<'a> {
    /// What `viewer` gets of her on `today`.
    pub(crate) fn new(found: &'a Found, viewer: Option<Caller>, today: Day) -> Self {
        let g = &found.guide;
        let is_own = viewer.is_some_and(|v| v.id == g.traveler_id);
        let may_reach = is_own || found.has_confirmed;
        Self {
            id: g.id,
            traveler_id: g.traveler_id,
            traveler: PersonView::from(&found.author),
            bio: g.bio.as_deref(),
            is_verified: g.is_verified,
            verification_level: g.verification_level,
            years_of_experience: g.years_of_experience,
            languages_spoken: &g.languages_spoken.0,
            specializations: &g.specializations.0,
            favorite_destinations: &g.favorite_destinations.0,
            service_locations: &g.service_locations.0,
            average_rating: rounded(g.average_rating),
            total_reviews: g.total_reviews,
            is_new: g.total_reviews == 0,
            women_travelers_guided: 0,
            successful_trips_count: found.successful_trips_count,
            hourly_rate_usd: g.hourly_rate_cents.map(usd),
            availability_status: g.availability(today),
            unavailable_until: g.unavailable_until.filter(|_| is_own),
            max_group_size: g.max_group_size,
            accepts: g.accepts,
            offers_accommodation: g.offers_accommodation,
            offers_meals: g.offers_meals,
            first_aid_certified: g.first_aid_certified,
            background_check_completed: g.background_check_completed,
            emergency_response_training: g.emergency_response_training,
            cancellation_policy: g.cancellation_policy.as_deref(),
            safety_protocols: g.safety_protocols.as_deref(),
            is_active: g.is_active,
            is_featured: g.is_featured,
            contact_email: g.contact_email.as_deref().filter(|_| may_reach),
            phone_for_bookings: g.phone_for_bookings.as_deref().filter(|_| may_reach),
            created_at: g.created_at,
        }
    }
}

/// A guide with what people say about her.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GuideDetail<'a> {
    /// The guide.
    #[serde(flatten)]
    #[schema(value_type = GuideView<'_>)]
    pub guide: GuideView<'a>,
    /// The newest reviews, at most ten.
    #[schema(value_type = Vec<ReviewView<'_>>)]
    pub reviews: Vec<ReviewView<'a>>,
    /// Whether the reader has a request at her that is not answered yet; absent for the anonymous.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = false)]
    pub user_has_pending_booking: Option<bool>,
}

/// Guides under the name that clients read.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Guides<'a> {
    /// The guides on this page.
    #[schema(value_type = Vec<GuideView<'_>>)]
    pub guides: Vec<GuideView<'a>>,
    /// Where this page stands.
    pub pagination: Pagination,
}
