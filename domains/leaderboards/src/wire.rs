//! What comes in and goes out.

use crate::{
    model::{Standing, TagCount, karma},
    store::TableRow,
};
use itineraries::{ItineraryId, ItineraryView};
use kernel::{auth::TravelerId, clock::Timestamp, http::Wire};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// How long a leaderboard is, and of which time.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct TimeframeQuery {
    /// `week`, `month` (the default) or `all`.
    #[serde(default)]
    #[param(value_type = Option<String>, example = "month")]
    pub timeframe: Vec<String>,
    /// How many of each, 1 to 50. What cannot be read counts as the default, 10.
    #[serde(default)]
    #[param(value_type = Option<i64>, example = 10)]
    pub limit: Vec<String>,
}

/// The same under other names.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PeriodQuery {
    /// `week`, `month` or `all_time` (the default).
    #[serde(default)]
    #[param(value_type = Option<String>, example = "week")]
    pub period: Vec<String>,
    /// How many, 1 to 100. What cannot be read counts as the default, 50.
    #[serde(default)]
    #[param(value_type = Option<i64>, example = 50)]
    pub limit: Vec<String>,
}

/// How long a leaderboard is.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct LimitQuery {
    /// How many, 1 to 100. What cannot be read counts as the default, 50.
    #[serde(default)]
    #[param(value_type = Option<i64>, example = 50)]
    pub limit: Vec<String>,
}

/// A body that has nothing to say.
#[derive(Debug, Deserialize)]
pub(crate) struct Nothing {}

impl Wire for Nothing {}

/// Who is ahead.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Leaderboard<'a> {
    /// The trips with the highest proof scores.
    pub top_itineraries: Vec<ItineraryView<'a>>,
    /// The people whose trips amount to most.
    pub top_travelers: Vec<TopTraveler<'a>>,
    /// The trips on show, whenever they were published.
    pub featured: Vec<ItineraryView<'a>>,
    /// `week`, `month` or `all`.
    #[schema(value_type = String, example = "month")]
    pub timeframe: &'a str,
    /// How many of each at most.
    #[schema(example = 10)]
    pub limit: i64,
}

/// Somebody whose trips amount to much.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TopTraveler<'a> {
    /// Who.
    id: TravelerId,
    /// The name in addresses.
    #[schema(value_type = String, example = "asha_rao")]
    username: &'a str,
    /// The name on cards.
    #[schema(value_type = String, example = "Asha Rao")]
    display_name: &'a str,
    /// A picture.
    #[schema(value_type = Option<String>, example = "https://images.example.org/asha.jpg")]
    avatar_url: Option<&'a str>,
    /// The sum of the proof scores of their trips of this time, rounded.
    #[schema(example = 184)]
    total_credibility_score: i64,
    /// How many trips that are.
    #[schema(example = 3)]
    itinerary_count: i64,
}

impl<'a> From<&'a Standing> for TopTraveler<'a> {
    fn from(standing: &'a Standing) -> Self {
        Self {
            id: standing.person.id,
            username: &standing.person.username,
            display_name: &standing.person.display_name,
            avatar_url: standing.person.avatar_url.as_deref(),
            total_credibility_score: karma(standing.proof_hundredths),
            itinerary_count: standing.trips_count,
        }
    }
}

/// Somebody in the table of people.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Builder<'a> {
    /// The place, from 1.
    #[schema(example = 1)]
    rank: usize,
    /// Who.
    id: TravelerId,
    /// The name in addresses.
    #[schema(value_type = String, example = "asha_rao")]
    username: &'a str,
    /// The name on cards.
    #[schema(value_type = String, example = "Asha Rao")]
    display_name: &'a str,
    /// A picture.
    #[schema(value_type = Option<String>, example = "https://images.example.org/asha.jpg")]
    avatar_url: Option<&'a str>,
    /// A few words about themselves.
    #[schema(value_type = Option<String>, example = "Slow trains and long walks.")]
    bio: Option<&'a str>,
    /// Whether they proved that their e-mail address is theirs.
    #[schema(example = true)]
    email_verified: bool,
    /// The sum of the proof scores of their published trips, rounded.
    #[schema(example = 184)]
    karma: i64,
    /// How many trips they published.
    #[schema(example = 3)]
    project_count: i64,
    /// Not kept; always 0.
    #[schema(example = 0)]
    badges_given: i64,
    /// Not kept; always 0.
    #[schema(example = 0)]
    comment_count: i64,
    /// Whether they administrate.
    #[schema(example = false)]
    is_admin: bool,
    /// Not kept; always false.
    #[schema(example = false)]
    is_investor: bool,
    /// Not kept; always false.
    #[schema(example = false)]
    is_validator: bool,
    /// Always true: nobody else is shown.
    #[schema(example = true)]
    is_active: bool,
    /// Not kept; always false.
    #[schema(example = false)]
    has_oxcert: bool,
    /// When they joined.
    created_at: Timestamp,
}

/// People in their order, with their places.
pub(crate) fn builders(standings: &[Standing]) -> Vec<Builder<'_>> {
    let builders = standings.iter().enumerate().map(|(at, s)| Builder {
        rank: at + 1,
        id: s.person.id,
        username: &s.person.username,
        display_name: &s.person.display_name,
        avatar_url: s.person.avatar_url.as_deref(),
        bio: s.person.bio.as_deref(),
        email_verified: s.email_verified,
        karma: karma(s.proof_hundredths),
        project_count: s.trips_count,
        badges_given: 0,
        comment_count: 0,
        is_admin: s.person.is_admin,
        is_investor: false,
        is_validator: false,
        is_active: true,
        has_oxcert: false,
        created_at: s.person.created_at,
    });
    builders.collect()
}

/// A trip in the table of trips.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RankedTrip<'a> {
    /// The place, from 1.
    #[schema(example = 1)]
    rank: usize,
    /// Which trip.
    id: ItineraryId,
    /// Its title.
    #[schema(value_type = String, example = "3-Day Tokyo Adventure")]
    title: &'a str,
    /// One line below the title.
    #[schema(value_type = Option<String>, example = "Temples, ramen and rain")]
    tagline: Option<&'a str>,
    /// The sum of its five scores, 0 to 100.
    #[schema(example = 61.5)]
    proof_score: f64,
    /// Votes for it.
    #[schema(example = 9)]
    upvotes: i64,
    /// How much intel there is about it.
    #[schema(example = 4)]
    comment_count: i64,
    /// How many badges it has: one, or none.
    #[schema(example = 0)]
    badge_count: i64,
    /// Who published it.
    user_id: TravelerId,
    /// Who published it, in short.
    creator: RankedAuthor<'a>,
}

/// The author of a trip in the table of trips.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RankedAuthor<'a> {
    /// Who.
    id: TravelerId,
    /// The name in addresses.
    #[schema(value_type = String, example = "asha_rao")]
    username: &'a str,
    /// The name on cards.
    #[schema(value_type = String, example = "Asha Rao")]
    display_name: &'a str,
    /// A picture.
    #[schema(value_type = Option<String>, example = "https://images.example.org/asha.jpg")]
    avatar_url: Option<&'a str>,
    /// Whether they proved that their e-mail address is theirs.
    #[schema(example = true)]
    email_verified: bool,
}

/// Trips in their order, with their places.
pub(crate) fn ranked_trips(rows: &[TableRow]) -> Vec<RankedTrip<'_>> {
    let trips = rows.iter().enumerate().map(|(at, row)| RankedTrip {
        rank: at + 1,
        id: row.id,
        title: &row.title,
        tagline: row.tagline.as_deref(),
        proof_score: row.proof_score,
        upvotes: row.upvotes,
        comment_count: row.intel_count,
        badge_count: i64::from(row.has_badge),
        user_id: row.traveler_id,
        creator: RankedAuthor {
            id: row.author.id,
            username: &row.author.username,
            display_name: &row.author.display_name,
            avatar_url: row.author.avatar_url.as_deref(),
            email_verified: row.email_verified,
        },
    });
    trips.collect()
}

/// Trips that are ahead.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TripBoard<'a> {
    /// The trips, the first first.
    pub itineraries: Vec<ItineraryView<'a>>,
    /// The same as `itineraries`.
    pub projects: Vec<ItineraryView<'a>>,
    /// `week`, `month` or `all_time`.
    #[schema(value_type = String, example = "all_time")]
    pub period: &'a str,
    /// How many at most.
    #[schema(example = 50)]
    pub limit: i64,
    /// The minute in which this was put together.
    pub generated_at: Timestamp,
}

/// People who are ahead.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PeopleBoard<'a> {
    /// The people, the first first.
    pub users: Vec<Builder<'a>>,
    /// The minute in which this was put together.
    pub generated_at: Timestamp,
}

/// Communities that are ahead.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChainBoard {
    /// There are none yet; always empty.
    #[schema(value_type = Vec<String>, example = json!([]))]
    pub chains: [(); 0],
    /// The minute in which this was put together.
    pub generated_at: Timestamp,
}

/// A little of everything that is ahead.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TrendingBoard<'a> {
    /// Trips, the first first.
    pub itineraries: Vec<ItineraryView<'a>>,
    /// The same as `itineraries`.
    pub projects: Vec<ItineraryView<'a>>,
    /// People, the first first.
    pub users: Vec<Builder<'a>>,
    /// There are none yet; always empty.
    #[schema(value_type = Vec<String>, example = json!([]))]
    pub chains: [(); 0],
    /// The minute in which this was put together.
    pub generated_at: Timestamp,
}

/// A tag with its share.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TagShare {
    /// The tag.
    #[schema(example = "hiking")]
    pub tag: String,
    /// How much it is used.
    #[schema(example = 12)]
    pub count: i64,
    /// Its share in the twenty tags that are used most, in per cent.
    #[schema(example = 24.5)]
    pub percentage: f64,
}

impl TagShare {
    /// What leads where nothing was published.
    pub(crate) fn none() -> Self {
        Self { tag: "Photography".to_owned(), count: 0, percentage: 0.0 }
    }

    pub(crate) fn of(kept: &[TagCount]) -> Vec<Self> {
        let shares = crate::model::shares(kept);
        let share = |(t, percentage): (&TagCount, f64)| Self { tag: t.tag.clone(), count: t.count, percentage };
        kept.iter().zip(shares).map(share).collect()
    }
}

/// Trending tags.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TrendingTags {
    /// Always true.
    #[schema(example = true)]
    pub success: bool,
    /// A sentence for people.
    #[schema(example = "Trending tags retrieved")]
    pub message: &'static str,
    /// The tags, the first first.
    pub data: Vec<TagShare>,
    /// The minute in which they were asked for.
    pub last_updated: Timestamp,
}

/// Trending trips.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TrendingTrips<'a> {
    /// Always true.
    #[schema(example = true)]
    pub success: bool,
    /// A sentence for people.
    #[schema(example = "Trending itineraries retrieved")]
    pub message: &'static str,
    /// How many there are.
    #[schema(example = 30)]
    pub count: usize,
    /// The trips, the first first.
    pub data: Vec<ItineraryView<'a>>,
}

/// A board as it is kept.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KeptBoard<T> {
    /// A sentence for people.
    #[schema(example = "Leaderboard retrieved")]
    pub message: &'static str,
    /// The board.
    pub data: T,
    /// Always true: a board is kept until something changes that it was made from.
    #[schema(example = true)]
    pub from_cache: bool,
    /// When it was put together.
    pub cached_at: Timestamp,
}
