//! The table of cases: what each fact adds to each part.

#![expect(clippy::float_cmp, reason = "points have two decimals on both sides")]

use super::*;

fn nothing() -> Facts {
    Facts {
        id: ItineraryId(uuid::Uuid::nil()),
        email_verified: false,
        women_guide_certified: false,
        bio_length: 0,
        has_avatar: false,
        has_travel_style: false,
        travel_interests: Json(Vec::new()),
        trips: 0,
        ratings_given: 0,
        upvotes: 0,
        downvotes: 0,
        own_vote: None,
        viewers: 0,
        intel: 0,
        helpful: 0,
        helpful_before: 0,
        safety_score: 0.0,
        safety_ratings: 0,
        description_length: 0,
        trip_highlights_length: 0,
        trip_journey_length: 0,
        day_by_day_plan_length: 0,
        hidden_gems_length: 0,
        unique_highlights_length: 0,
        safety_tips_length: 0,
        has_best_season: false,
        screenshots: Json(Vec::new()),
        has_route: false,
        has_both_ends: false,
        is_shown: true,
        scores: Json(Map::new()),
    }
}

const MOST: Maxima = Maxima { trips: 4, ratings: 8, viewers: 300, intel: 6, helpful: 5 };

/// The points of a trip about which only this is known.
fn points(change: impl FnOnce(&mut Facts)) -> [f64; 5] {
    let mut facts = nothing();
    change(&mut facts);
    let scores = Scores::of(&facts, MOST);
    let (points, explained) = (scores.points(), scores.explanations());
    for ((name, _), points) in scores.parts().into_iter().zip(points) {
        assert_eq!(explained[name]["score"].as_f64().unwrap(), points, "{name}");
        assert_eq!(explained[name]["percentage"].as_f64().unwrap(), (points * 50.0).round() / 10.0, "{name}");
        let details = explained[name]["details"].as_array().unwrap();
        let lines = details.iter().map(|d| {
            let (points, _) = d.as_str().unwrap().split_once(" of ").unwrap();
            points.parse::<f64>().unwrap()
        });
        assert_eq!(rounded(lines.sum()), points, "{name}: {details:?}");
        assert!((0.0..=20.0).contains(&points), "{name}");
    }
    assert_eq!(scores.proof(), rounded(points.into_iter().sum()));
    points
}

#[test]
fn nothing_is_worth_nothing() {
    assert_eq!(points(|_| ()), [0.0; 5]);
}

#[test]
fn identity_counts_what_is_known_of_the_author() {
    let of = |change: fn(&mut Facts)| points(change)[0];
    assert_eq!(of(|f| f.email_verified = true), 4.0);
    assert_eq!(of(|f| f.women_guide_certified = true), 5.0);
    assert_eq!(of(|f| f.bio_length = 50), 0.0);
    assert_eq!(of(|f| f.bio_length = 51), 2.0);
    let full = |f: &mut Facts| {
        (f.has_avatar, f.has_travel_style, f.bio_length) = (true, true, 1);
        f.travel_interests.0.push("hiking".to_owned());
    };
    assert_eq!(points(full)[0], 3.0);
    let all = |f: &mut Facts| {
        full(f);
        (f.email_verified, f.women_guide_certified, f.bio_length) = (true, true, 51);
    };
    assert_eq!(points(all)[0], 14.0);
}

#[test]
fn history_counts_shares_of_the_most() {
    for (trips, ratings, expected) in [(1, 0, 2.0), (4, 0, 8.0), (9, 0, 8.0), (0, 4, 2.0), (0, 8, 4.0), (3, 1, 6.5)] {
        assert_eq!(points(|f| (f.trips, f.ratings_given) = (trips, ratings))[1], expected, "{trips} {ratings}");
    }
}

#[test]
fn community_counts_others_only() {
    for (up, down, own, expected) in [
        (1, 0, None, 8.0),
        (1, 1, None, 4.0),
        (0, 3, None, 0.0),
        (2, 1, None, 5.33),
        (1, 0, Some("up"), 0.0),
        (2, 1, Some("up"), 4.0),
        (1, 1, Some("down"), 8.0),
    ] {
        let votes = |f: &mut Facts| (f.upvotes, f.downvotes, f.own_vote) = (up, down, own.map(str::to_owned));
        assert_eq!(points(votes)[2], expected, "{up} {down} {own:?}");
    }
    assert_eq!(points(|f| f.viewers = 100)[2], 2.0);
    assert_eq!(points(|f| f.intel = 3)[2], 2.0);
    assert_eq!(points(|f| f.helpful = 5)[2], 2.0);
    assert_eq!(points(|f| (f.upvotes, f.viewers, f.intel, f.helpful) = (9, 300, 6, 5))[2], 20.0);
}

#[test]
fn safety_is_what_the_ratings_say() {
    for (score, ratings, expected) in
        [(5.0, 0, 0.0), (5.0, 1, 20.0), (4.25, 2, 17.0), (4.25, 3, 19.0), (4.9, 3, 20.0), (1.0, 40, 6.0)]
    {
        let rated = |f: &mut Facts| (f.safety_score, f.safety_ratings) = (score, ratings);
        assert_eq!(points(rated)[3], expected, "{score} {ratings}");
    }
}

#[test]
fn quality_counts_what_is_written_and_shown() {
    let description = |length: i64| points(|f| f.description_length = length)[4];
    for (length, expected) in
        [(20, 0.0), (21, 1.5), (50, 1.5), (51, 3.0), (82, 3.0), (150, 3.0), (151, 4.0), (300, 4.0), (301, 5.0)]
    {
        assert_eq!(description(length), expected, "{length}");
    }
    let photos = |n: usize| points(|f| f.screenshots.0 = vec!["x".to_owned(); n])[4];
    assert_eq!([0, 1, 2, 3, 4, 9].map(photos), [0.0, 1.5, 3.0, 4.5, 5.0, 5.0]);
    let texts: [fn(&mut Facts) -> &mut i64; 6] = [
        |f| &mut f.trip_highlights_length,
        |f| &mut f.trip_journey_length,
        |f| &mut f.day_by_day_plan_length,
        |f| &mut f.hidden_gems_length,
        |f| &mut f.unique_highlights_length,
        |f| &mut f.safety_tips_length,
    ];
    for text in texts {
        assert_eq!([20, 21].map(|length| points(|f| *text(f) = length)[4]), [0.0, 1.0]);
    }
    assert_eq!(points(|f| f.has_best_season = true)[4], 1.0);
    assert_eq!(points(|f| f.has_route = true)[4], 2.0);
    assert_eq!(points(|f| f.has_both_ends = true)[4], 1.0);
    let all = |f: &mut Facts| {
        f.description_length = 400;
        for text in texts {
            *text(f) = 21;
        }
        f.screenshots.0 = vec!["x".to_owned(); 4];
        (f.has_best_season, f.has_route, f.has_both_ends) = (true, true, true);
    };
    assert_eq!(points(all)[4], 20.0);
}

#[test]
fn the_larger_of_two_maxima_counts() {
    let other = Maxima { trips: 9, ratings: 1, viewers: 1, intel: 9, helpful: 1 };
    assert_eq!(MOST.or(other), Maxima { trips: 9, ratings: 8, viewers: 300, intel: 9, helpful: 5 });
}
