//! What a safety rating is, and what many of them say together. Pure.

use crate::wire::Changes;
use kernel::{
    auth::TravelerId,
    clock::{Day, Timestamp},
    db::Json,
    id, record,
};
use serde::{Deserialize, Serialize};
use std::time::Duration;

id! {
    /// A safety rating.
    RatingId, "Safety rating"
}
id! {
    /// A trip.
    ItineraryId, "Itinerary"
}

/// What a rating can be about.
pub(crate) const RATING_TYPES: [&str; 5] = ["overall", "accommodation", "route", "community", "women_safety"];

record! {
    /// A rating as it is stored.
    #[derive(Debug, Clone, Serialize, Deserialize)]
    #[expect(clippy::struct_field_names, reason = "the names of the contract")]
    pub(crate) struct Rating {
        pub id: RatingId,
        pub itinerary_id: ItineraryId,
        pub traveler_id: TravelerId,
        pub overall_safety_score: i64,
        pub rating_type: String,
        pub detailed_feedback: Option<String>,
        pub accommodation_safety: Option<i64>,
        pub route_safety: Option<i64>,
        pub community_safety: Option<i64>,
        pub women_safety_score: Option<i64>,
        pub experience_date: Day,
        pub photo_ipfs_hashes: Json<Vec<String>>,
        pub verified_traveler: bool,
        pub helpful_votes: i64,
        pub unhelpful_votes: i64,
        pub created_at: Timestamp,
        pub updated_at: Timestamp,
    }
}

impl Rating {
    /// A rating that [`Rating::apply`] gives its score; about today, unless that says otherwise.
    pub(crate) fn new(id: RatingId, itinerary_id: ItineraryId, traveler_id: TravelerId, at: Timestamp) -> Self {
        Self {
            id,
            itinerary_id,
            traveler_id,
            overall_safety_score: 0,
            rating_type: "overall".to_owned(),
            detailed_feedback: None,
            accommodation_safety: None,
            route_safety: None,
            community_safety: None,
            women_safety_score: None,
            experience_date: at.day(),
            photo_ipfs_hashes: Json(Vec::new()),
            verified_traveler: false,
            helpful_votes: 0,
            unhelpful_votes: 0,
            created_at: at,
            updated_at: at,
        }
    }

    /// Takes over what was given.
    pub(crate) fn apply(&mut self, changes: Changes, at: Timestamp) {
        macro_rules! set {
            ($($field:ident),* $(,)?) => { $(if let Some(value) = changes.$field { self.$field = value; })* };
        }
        set!(
            overall_safety_score,
            rating_type,
            detailed_feedback,
            accommodation_safety,
            route_safety,
            community_safety,
            women_safety_score,
            experience_date,
        );
        if let Some(hashes) = changes.photo_ipfs_hashes {
            self.photo_ipfs_hashes = Json(hashes);
        }
        self.updated_at = at;
    }

    /// The month of the experience, once it is over everywhere on Earth: until then it would say where somebody is.
    pub(crate) fn past_month(&self, now: Timestamp) -> Option<String> {
        // The last place where a month ends is twelve hours behind UTC.
        let (month, month_there) = (self.experience_date.month(), now.minus(Duration::from_hours(12)).day().month());
        (month < month_there).then_some(month)
    }
}

/// The last day on which an experience can have been: it is today somewhere on Earth.
pub(crate) fn latest_day(now: Timestamp) -> Day {
    now.plus(Duration::from_hours(14)).day()
}

record! {
    /// How many ratings of one kind of rater gave one score.
    #[derive(Debug, Clone, Copy)]
    pub(crate) struct Tally {
        pub score: i64,
        pub verified: bool,
        pub count: i64,
    }
}

impl From<&Rating> for Tally {
    fn from(rating: &Rating) -> Self {
        Self { score: rating.overall_safety_score, verified: rating.verified_traveler, count: 1 }
    }
}

record! {
    /// What ratings say together.
    #[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
    pub(crate) struct Safety {
        /// Their mean, two decimals; 0 without any.
        pub score: f64,
        pub ratings_count: i64,
        /// The ends of the 95 % interval around it.
        pub low: f64,
        pub high: f64,
    }
}

/// The quantile of the normal distribution that leaves 2.5 % on either side.
const Z: f64 = 1.959_964;

impl Safety {
    /// Of no ratings.
    pub(crate) const NONE: Self = Self { score: 0.0, ratings_count: 0, low: 0.0, high: 0.0 };

    /// Of verified raters, if there are any; else of all.
    ///
    /// `low` and `high` are the 95 % credible interval of the true mean. How often each of the five scores would be given
    /// has a Dirichlet prior with one imagined rating of each score; the posterior of the mean then has, with N ratings,
    /// the mean E = Σ s·p and the variance (Σ s²·p − E²) / (N + 6), where p = (n + 1) / (N + 5) for the score s that n
    /// people gave. Sources: Gelman et al., Bayesian Data Analysis, 3rd edition, section 3.4 and appendix A (Dirichlet);
    /// E. Miller, "Ranking Items With Star Ratings" (2014), which sorts by this lower bound. Few ratings stay near the
    /// middle and wide, so that one five-star friend does not beat forty honest fours, and where people disagree it is
    /// wider than where they agree. It is widened where needed to contain the plain mean that is shown beside it.
    pub(crate) fn of(tallies: &[Tally]) -> Self {
        let has_verified = tallies.iter().any(|t| t.verified && t.count > 0);
        let mut counts = [0_i64; 5];
        for tally in tallies.iter().filter(|t| t.verified || !has_verified) {
            if let Some(count) = usize::try_from(tally.score - 1).ok().and_then(|at| counts.get_mut(at)) {
                *count += tally.count;
            }
        }
        let total: i64 = counts.iter().sum();
        if total < 1 {
            return Self::NONE;
        }
        let (n, mean) = (float(total), moment(&counts, 0, 1) / float(total));
        let expected = moment(&counts, 1, 1) / (n + 5.0);
        let variance = (moment(&counts, 1, 2) / (n + 5.0) - expected.powi(2)) / (n + 6.0);
        let half = Z * variance.max(0.0).sqrt();
        Self {
            score: round(mean),
            ratings_count: total,
            low: round((expected - half).clamp(1.0, mean)),
            high: round((expected + half).clamp(mean, 5.0)),
        }
    }
}

/// Σ s^power · (n + imagined) over the five scores.
fn moment(counts: &[i64; 5], imagined: i64, power: i32) -> f64 {
    (1..=5).zip(counts).map(|(score, n)| f64::from(score).powi(power) * float(n + imagined)).sum()
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn float(count: i64) -> f64 {
    count as f64
}

/// To two decimals.
fn round(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

/// How the two counters of a rating change when somebody's vote does.
pub(crate) fn deltas(before: Option<bool>, after: Option<bool>) -> (i64, i64) {
    let change = |of: bool| i64::from(after == Some(of)) - i64::from(before == Some(of));
    (change(true), change(false))
}

/// The same vote again takes it back; the other one takes its place.
pub(crate) fn press(before: Option<bool>, button: bool) -> Option<bool> {
    (before != Some(button)).then_some(button)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(counts: [i64; 5]) -> Safety {
        let tallies: Vec<Tally> =
            (1..).zip(counts).map(|(score, count)| Tally { score, verified: false, count }).collect();
        Safety::of(&tallies)
    }

    #[test]
    fn ratings_together_have_a_mean_and_an_interval() {
        for (counts, score, low, high) in [
            ([0, 0, 0, 0, 0], 0.0, 0.0, 0.0),
            ([0, 0, 0, 0, 1], 5.0, 2.23, 5.0),
            ([1, 0, 0, 0, 0], 1.0, 1.0, 3.77),
            ([0, 0, 1, 0, 0], 3.0, 2.04, 3.96),
            ([0, 0, 0, 40, 0], 4.0, 3.73, 4.05),
            ([0, 0, 0, 0, 40], 5.0, 4.55, 5.0),
            ([20, 0, 0, 0, 20], 3.0, 2.44, 3.56),
            ([0, 0, 30, 0, 0], 3.0, 2.83, 3.17),
            ([0, 0, 0, 1, 2], 4.67, 2.7, 4.67),
            ([0, 0, 0, 0, 1_000_000], 5.0, 5.0, 5.0),
        ] {
            let safety = of(counts);
            let expected = Safety { score, ratings_count: counts.iter().sum(), low, high };
            assert_eq!(safety, expected, "{counts:?}");
            assert!(safety.low <= safety.score && safety.score <= safety.high, "{safety:?}");
        }
    }

    #[test]
    fn one_friend_does_not_beat_forty_honest_people() {
        let honest = of([0, 0, 0, 40, 0]).low;
        for friends in 1..=10 {
            assert!(of([0, 0, 0, 0, friends]).low < honest, "{friends}");
        }
        assert!(of([20, 0, 0, 0, 20]).low < of([0, 0, 40, 0, 0]).low, "where people disagree, it may be unsafe");
    }

    #[test]
    fn verified_raters_count_alone_where_there_are_any() {
        let tally = |score, verified, count| Tally { score, verified, count };
        let all = [tally(1, false, 30), tally(5, true, 1), tally(4, true, 1)];
        let safety = Safety::of(&all);
        assert_eq!((safety.score, safety.ratings_count), (4.5, 2));
        assert_eq!(Safety::of(&[tally(1, false, 3), tally(5, true, 0)]).ratings_count, 3);
    }

    #[test]
    fn a_vote_is_given_switched_and_taken_back() {
        for (before, button, after, change) in [
            (None, true, Some(true), (1, 0)),
            (Some(true), true, None, (-1, 0)),
            (Some(true), false, Some(false), (-1, 1)),
            (Some(false), false, None, (0, -1)),
            (Some(false), true, Some(true), (1, -1)),
        ] {
            assert_eq!((press(before, button), deltas(before, after)), (after, change), "{before:?} {button}");
        }
    }

    #[test]
    fn the_month_of_an_experience_is_told_when_it_is_over_everywhere() {
        let nil = uuid::Uuid::nil();
        let at = |text: &str| serde_json::from_str::<Timestamp>(&format!("\"{text}\"")).unwrap();
        let mut rating = Rating::new(RatingId(nil), ItineraryId(nil), TravelerId(nil), at("2026-11-23T09:30:00Z"));
        for (now, shown) in [
            ("2026-11-23T09:30:00Z", None),
            ("2026-12-01T11:59:59Z", None), // still November in some places
            ("2026-12-01T12:00:00Z", Some("2026-11")),
            ("2031-01-01T00:00:00Z", Some("2026-11")),
        ] {
            assert_eq!(rating.past_month(at(now)).as_deref(), shown, "{now}");
        }
        rating.experience_date = "2026-10-31".parse().unwrap();
        assert_eq!(rating.past_month(at("2026-11-23T09:30:00Z")).as_deref(), Some("2026-10"));
        assert_eq!(latest_day(at("2026-11-23T10:00:00Z")).to_string(), "2026-11-24");
    }
}
