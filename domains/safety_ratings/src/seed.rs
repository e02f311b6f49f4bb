//! Many ratings at once, for demos, tests of scale and benchmarks.

use crate::{
    model::{ItineraryId, Rating, RatingId, Safety, Tally},
    store,
    wire::Changes,
};
use kernel::{
    Result,
    auth::TravelerId,
    clock::{Day, Timestamp},
    db::Tx,
    sql,
};
use std::collections::BTreeMap;
use uuid::Uuid;

/// A made-up rating.
#[derive(Debug)]
pub struct Given {
    /// Which rating.
    pub id: Uuid,
    /// Of which trip.
    pub itinerary: Uuid,
    /// Whose; not the trip's author, and once a trip.
    pub rater: TravelerId,
    /// How safe it was, 1 to 5.
    pub score: i64,
    /// What it is about.
    pub rating_type: &'static str,
    /// In words.
    pub feedback: Option<&'static str>,
    /// How safe the way was, 1 to 5.
    pub route_safety: Option<i64>,
    /// How safe it was for women, 1 to 5.
    pub women_safety: Option<i64>,
    /// The day of the experience.
    pub experience_date: Day,
    /// When it was given.
    pub at: Timestamp,
}

impl Given {
    fn rating(self) -> Rating {
        let mut rating = Rating::new(RatingId(self.id), ItineraryId(self.itinerary), self.rater, self.at);
        let changes = Changes {
            overall_safety_score: Some(self.score),
            rating_type: Some(self.rating_type.to_owned()),
            detailed_feedback: Some(self.feedback.map(str::to_owned)),
            route_safety: Some(self.route_safety),
            women_safety_score: Some(self.women_safety),
            experience_date: Some(self.experience_date),
            ..Changes::default()
        };
        rating.apply(changes, self.at);
        rating
    }
}

/// Adds ratings of trips that have none yet: all that a trip gets come together.
pub async fn insert(tx: &mut Tx, ratings: Vec<Given>) -> Result<()> {
    let ratings: Vec<Rating> = ratings.into_iter().map(Given::rating).collect();
    let mut tallies: BTreeMap<ItineraryId, Vec<Tally>> = BTreeMap::new();
    for rating in &ratings {
        tallies.entry(rating.itinerary_id).or_default().push(rating.into());
    }
    let together = tallies.into_iter().map(|(id, tallies)| {
        let safety = Safety::of(&tallies);
        vec![id.into(), safety.score.into(), safety.ratings_count.into(), safety.low.into(), safety.high.into()]
    });
    tx.run_many(store::insert_sql(), ratings.iter().map(store::insert_args).collect()).await?;
    let insert = sql!(
        "insert into itinerary_safety (itinerary_id, score, ratings_count, low, high) values ($1, $2, $3, $4, $5)"
    );
    tx.run_many(insert, together.collect()).await?;
    Ok(())
}
