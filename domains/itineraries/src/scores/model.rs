//! What a trip is worth: five parts of 0 to 20, without any AI. Pure.
//!
//! The rules are the contract's, with these stand-ins: identity counts a confirmed address and a full profile where the
//! predecessor counted a token on a blockchain; an author's own vote and intel do not count; drafts do not count as trips
//! travelled, or everybody could read off a score how many somebody has.

use super::part::{Part, rounded, share};
use crate::model::ItineraryId;
use kernel::{db::Json, record};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

record! {
    /// Everything that the scores of a trip depend on, and the scores that it has.
    #[derive(Debug, Clone)]
    pub(super) struct Facts {
        pub id: ItineraryId,
        pub email_verified: bool,
        pub women_guide_certified: bool,
        pub bio_length: i64,
        pub has_avatar: bool,
        pub has_travel_style: bool,
        pub travel_interests: Json<Vec<String>>,
        pub trips: i64,
        pub ratings_given: i64,
        pub upvotes: i64,
        pub downvotes: i64,
        pub own_vote: Option<String>,
        pub viewers: i64,
        pub intel: i64,
        pub helpful: i64,
        pub helpful_before: i64,
        pub safety_score: f64,
        pub safety_ratings: i64,
        pub description_length: i64,
        pub trip_highlights_length: i64,
        pub trip_journey_length: i64,
        pub day_by_day_plan_length: i64,
        pub hidden_gems_length: i64,
        pub unique_highlights_length: i64,
        pub safety_tips_length: i64,
        pub has_best_season: bool,
        pub screenshots: Json<Vec<String>>,
        pub has_route: bool,
        pub has_both_ends: bool,
        pub is_shown: bool,
        pub scores: Json<Map<String, Value>>,
    }
}

impl Facts {
    /// What this trip and its author have, as candidates for the maxima. What nobody is shown, a draft or a trip of somebody
    /// banned, is measured like the others and measures nobody.
    pub(super) fn most(&self) -> Maxima {
        if !self.is_shown {
            return Maxima::default();
        }
        Maxima {
            trips: self.trips,
            ratings: self.ratings_given,
            viewers: self.viewers,
            intel: self.intel,
            helpful: self.helpful,
        }
    }

    /// Whether the trip has these scores already, and its count of helpful votes.
    pub(super) fn have(&self, scores: &Scores) -> bool {
        self.helpful_before == self.helpful && self.scores.0 == scores.explanations()
    }
}

record! {
    /// The most that anybody and anything has, which shares are taken of.
    #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(default)]
    pub(super) struct Maxima { pub trips: i64, pub ratings: i64, pub viewers: i64, pub intel: i64, pub helpful: i64 }
}

impl Maxima {
    /// The larger of each.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            trips: self.trips.max(other.trips),
            ratings: self.ratings.max(other.ratings),
            viewers: self.viewers.max(other.viewers),
            intel: self.intel.max(other.intel),
            helpful: self.helpful.max(other.helpful),
        }
    }
}

/// The five parts.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scores {
    identity: Part,
    travel_history: Part,
    community: Part,
    safety: Part,
    quality: Part,
}

impl Scores {
    /// Of a trip, measured against the maxima.
    pub(super) fn of(facts: &Facts, most: Maxima) -> Self {
        Self {
            identity: identity(facts),
            travel_history: travel_history(facts, most),
            community: community(facts, most),
            safety: safety(facts),
            quality: quality(facts),
        }
    }

    /// The parts under their names in the contract.
    fn parts(&self) -> [(&'static str, &Part); 5] {
        [
            ("identity_score", &self.identity),
            ("travel_history_score", &self.travel_history),
            ("community_score", &self.community),
            ("safety_score_component", &self.safety),
            ("quality_score", &self.quality),
        ]
    }

    /// The points of each part, in the order of their columns.
    pub(super) fn points(&self) -> [f64; 5] {
        self.parts().map(|(_, part)| part.score())
    }

    /// Their sum, 0 to 100.
    pub(super) fn proof(&self) -> f64 {
        rounded(self.points().into_iter().sum())
    }

    /// Where each comes from.
    pub(super) fn explanations(&self) -> Map<String, Value> {
        self.parts().into_iter().map(|(name, part)| (name.to_owned(), part.explanation())).collect()
    }
}

fn identity(f: &Facts) -> Part {
    let is_full = f.has_avatar && f.bio_length > 0 && f.has_travel_style && !f.travel_interests.0.is_empty();
    let full = "a picture, a text, a style and interests";
    Part::about("Who the author is")
        .either(f.email_verified, 4.0, "the e-mail address is confirmed", "the e-mail address is not confirmed")
        .line(0.0, 3.0, "phone numbers cannot be confirmed yet")
        .either(is_full, 3.0, &format!("the profile has {full}"), &format!("the profile lacks some of {full}"))
        .either(f.women_guide_certified, 5.0, "a certified guide for women", "not a certified guide for women")
        .line(0.0, 3.0, "there are no certifications yet")
        .either(
            f.bio_length > 50,
            2.0,
            "the text about the author has more than 50 characters",
            "the text about the author has no more than 50 characters",
        )
}

fn travel_history(f: &Facts, most: Maxima) -> Part {
    let of = |n: i64, max: i64, what: &str| format!("{n} {what}, where the most of anybody are {}", max.max(1));
    Part::about("What the author has travelled")
        .line(8.0 * share(f.trips, most.trips), 8.0, of(f.trips, most.trips, "published trips"))
        .line(0.0, 6.0, "there are no snaps yet")
        .line(
            4.0 * share(f.ratings_given, most.ratings),
            4.0,
            of(f.ratings_given, most.ratings, "safety ratings given"),
        )
        .line(0.0, 2.0, "contributions cannot be verified yet")
}

fn community(f: &Facts, most: Maxima) -> Part {
    let own = |vote: &str| i64::from(f.own_vote.as_deref() == Some(vote));
    let (up, down) = (f.upvotes - own("up"), f.downvotes - own("down"));
    let of = |n: i64, max: i64, what: &str| format!("{n} {what}, where the most of any trip are {}", max.max(1));
    Part::about("What others make of it")
        // No counts: beside those of the trip they would say how its author voted.
        .line(8.0 * share(up, up + down), 8.0, "the share of the votes of others that are for it")
        .line(
            6.0 * share(f.viewers, most.viewers),
            6.0,
            of(f.viewers, most.viewers, "travellers who looked at it in 90 days"),
        )
        .line(4.0 * share(f.intel, most.intel), 4.0, of(f.intel, most.intel, "pieces of travel intel by others"))
        .line(2.0 * share(f.helpful, most.helpful), 2.0, of(f.helpful, most.helpful, "helpful votes"))
}

fn safety(f: &Facts) -> Part {
    let score = f.safety_score.clamp(0.0, 5.0);
    let says = match f.safety_ratings {
        0 => "nobody has rated its safety".to_owned(),
        n => format!("rated {} of 5 by {n}", rounded(score)),
    };
    let points = if f.safety_ratings > 0 { 20.0 * score / 5.0 } else { 0.0 };
    Part::about("How safe it was rated").line(points, 20.0, says).either(
        f.safety_ratings >= 3,
        2.0,
        "three ratings or more, which counts up to the most",
        "fewer than three ratings",
    )
}

/// What a text has to have more than to count.
const TEXT: i64 = 20;

fn quality(f: &Facts) -> Part {
    let description = match f.description_length {
        301.. => 5.0,
        151.. => 4.0,
        51.. => 3.0,
        21.. => 1.5,
        _ => 0.0,
    };
    let says = format!("the description has {} characters; more than 300 are the most", f.description_length);
    let mut part = Part::about("How well it is described").line(description, 5.0, says);
    for (length, name) in [
        (f.trip_highlights_length, "the highlights"),
        (f.trip_journey_length, "the journey"),
        (f.day_by_day_plan_length, "the plan day by day"),
        (f.hidden_gems_length, "the hidden gems"),
        (f.unique_highlights_length, "what is unique"),
        (f.safety_tips_length, "the safety tips"),
    ] {
        let says = format!("{name}: {length} characters, counted from {}", TEXT + 1);
        part = part.line(if length > TEXT { 1.0 } else { 0.0 }, 1.0, says);
    }
    let photos = f.screenshots.0.len();
    let points = [0.0, 1.5, 3.0, 4.5].get(photos).copied().unwrap_or(5.0);
    part.either(f.has_best_season, 1.0, "the best season is given", "the best season is not given")
        .line(points, 5.0, format!("{photos} photos; four are the most"))
        .either(f.has_route, 2.0, "there is a map or a track", "there is neither a map nor a track")
        .either(f.has_both_ends, 1.0, "start and end are given", "start and end are not both given")
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
