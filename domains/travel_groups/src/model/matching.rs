//! How well a group fits a traveler, and why. Pure.
//!
//! Each of seven kinds of reason gives a part, from 0 to 1, of its weight; the weights add up to 100, so the score is the
//! sum of what is shown beside it, and nothing of the reckoning is hidden. Whoever does not belong to a group must not
//! learn its days or where exactly it goes: only its month of departure and its town are looked at, and a distance is that
//! between points kept to a tenth of a degree, said in tens of kilometres.

use super::{Group, month};
use kernel::{
    clock::Day,
    text::{fold, tokens},
};
use std::collections::BTreeSet;

/// Groups that are looked at.
pub(crate) const MOST_CANDIDATES: i64 = 400;

/// What a traveler looks for: what they asked for, or else what they said of themselves and the trips they plan.
#[derive(Debug, Default, Clone)]
pub(crate) struct Wishes {
    pub trips: Vec<Wish>,
    pub interests: Vec<String>,
    pub languages: Vec<String>,
    pub pace: Option<String>,
    /// Whether she would travel with women only, as her settings of women's safety say.
    pub prefers_women_only: bool,
}

/// Where to and when.
#[derive(Debug, Default, Clone)]
pub(crate) struct Wish {
    pub town: Option<String>,
    pub point: Option<(f64, f64)>,
    pub start: Option<Day>,
    pub end: Option<Day>,
}

/// Why a group fits.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Reason {
    pub kind: &'static str,
    pub detail: String,
    /// What it adds to the score.
    pub weight: f64,
}

/// How well a group fits.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Match {
    /// 0 to 100.
    pub score: f64,
    /// The heaviest first.
    pub reasons: Vec<Reason>,
}

const DATES: f64 = 25.0;
const DESTINATION: f64 = 30.0;
const INTERESTS: f64 = 20.0;
const LANGUAGES: f64 = 8.0;
const PACE: f64 = 7.0;
const SEATS: f64 = 5.0;
const PREFERENCES: f64 = 5.0;

/// How well `group` fits; `None` when nothing that was wished for is there.
pub(crate) fn fit(group: &Group, wishes: &Wishes) -> Option<Match> {
    let parts = [
        ("dates", DATES, best(wishes, |wish| dates(group, wish))),
        ("destination", DESTINATION, best(wishes, |wish| destination(group, wish))),
        ("interests", INTERESTS, shared(&group.activity_tags.0, &wishes.interests)),
        ("languages", LANGUAGES, shared(&group.languages.0, &wishes.languages)),
        ("pace", PACE, pace(group, wishes)),
        ("preferences", PREFERENCES, preferences(group, wishes)),
    ];
    let named = |(kind, weight, part): (&'static str, f64, Option<(f64, String)>)| {
        let (part, detail) = part?;
        Some(Reason { kind, detail, weight: rounded(weight * part) }).filter(|reason| reason.weight > 0.0)
    };
    let mut reasons: Vec<Reason> = parts.into_iter().filter_map(named).collect();
    if reasons.is_empty() && !wishes.is_empty() {
        return None;
    }
    reasons.extend(named(("seats", SEATS, seats(group))));
    reasons.sort_by(|a, b| b.weight.total_cmp(&a.weight).then(a.kind.cmp(b.kind)));
    Some(Match { score: rounded(reasons.iter().map(|r| r.weight).sum()), reasons })
}

impl Wishes {
    fn is_empty(&self) -> bool {
        self.trips.is_empty()
            && self.interests.is_empty()
            && self.languages.is_empty()
            && self.pace.is_none()
            && !self.prefers_women_only
    }
}

fn rounded(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}

/// The part that the best of the wished trips gives.
fn best(wishes: &Wishes, part: impl Fn(&Wish) -> Option<(f64, String)>) -> Option<(f64, String)> {
    wishes.trips.iter().filter_map(part).max_by(|a, b| a.0.total_cmp(&b.0))
}

/// All of it when the group leaves in a month of the wished days, half in a month beside them.
fn dates(group: &Group, wish: &Wish) -> Option<(f64, String)> {
    let first = month(wish.start.or(wish.end)?);
    let last = month(wish.end.or(wish.start)?);
    let leaves = month(group.start_date);
    let off = (first - leaves).max(leaves - last).max(0);
    let when = group.start_date.month();
    match off {
        0 => Some((1.0, format!("It leaves in {when}, as you do"))),
        1 => Some((0.5, format!("It leaves in {when}, a month away from your days"))),
        _ => None,
    }
}

/// By the distance where both are known, e^(-km/200); else by the words of the towns, as many as both have of those that
/// either has (Jaccard).
fn destination(group: &Group, wish: &Wish) -> Option<(f64, String)> {
    if let (Some(there), Some((lat, lon))) = (group.latitude.zip(group.longitude), wish.point) {
        let km = kilometres(there, (coarse(lat), coarse(lon)));
        let part = (-km / 200.0).exp();
        let about = ((km / 10.0).round() * 10.0).max(10.0);
        if part > 0.05 {
            return Some((part, format!("About {about:.0} km from where you go")));
        }
    }
    let words = |text: &str| tokens(text).into_iter().collect::<BTreeSet<String>>();
    let (theirs, yours) = (words(group.town()), words(wish.town.as_deref()?));
    let (both, either) = (theirs.intersection(&yours).count(), theirs.union(&yours).count());
    (both > 0).then(|| (ratio(both, either), format!("It goes to {}", group.town())))
}

fn coarse(degrees: f64) -> f64 {
    (degrees * 10.0).round() / 10.0
}

/// The length of the great circle between two points, by the haversine (R. W. Sinnott, "Virtues of the Haversine", Sky
/// and Telescope 68, 1984), on a sphere of the Earth's mean radius.
fn kilometres(a: (f64, f64), b: (f64, f64)) -> f64 {
    const RADIUS: f64 = 6_371.0;
    let (lat_a, lat_b) = (a.0.to_radians(), b.0.to_radians());
    let (half_lat, half_lon) = ((lat_b - lat_a) / 2.0, (b.1 - a.1).to_radians() / 2.0);
    let h = half_lat.sin().powi(2) + lat_a.cos() * lat_b.cos() * half_lon.sin().powi(2);
    2.0 * RADIUS * h.sqrt().min(1.0).asin()
}

/// As many as both have of those that the traveler has, four at most: who likes twenty things need not share all.
fn shared(theirs: &[String], yours: &[String]) -> Option<(f64, String)> {
    let folded = |words: &[String]| words.iter().map(|w| fold(w.trim())).collect::<BTreeSet<String>>();
    let (theirs, yours) = (folded(theirs), folded(yours));
    let both: Vec<&str> = theirs.intersection(&yours).map(String::as_str).collect();
    let part = ratio(both.len(), yours.len().min(4)).min(1.0);
    (!both.is_empty()).then(|| (part, format!("You share {}", both.join(", "))))
}

fn pace(group: &Group, wishes: &Wishes) -> Option<(f64, String)> {
    let (theirs, yours) = (group.travel_pace.as_deref()?, wishes.pace.as_deref()?);
    (fold(theirs.trim()) == fold(yours.trim())).then(|| (1.0, format!("It travels at your pace: {theirs}")))
}

/// The part of the seats that is free.
fn seats(group: &Group) -> Option<(f64, String)> {
    let free = usize::try_from(group.max_members - group.current_members_count).ok()?;
    let all = usize::try_from(group.max_members).ok()?;
    Some((ratio(free, all), format!("{free} of {all} seats are free")))
}

fn preferences(group: &Group, wishes: &Wishes) -> Option<(f64, String)> {
    (wishes.prefers_women_only && group.is_women_only).then(|| (1.0, "It is for women only".to_owned()))
}

#[expect(clippy::cast_precision_loss, reason = "counts of words and seats")]
fn ratio(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::GroupId;
    use kernel::{auth::TravelerId, clock::Timestamp, db::Json};
    use uuid::Uuid;

    fn group() -> Group {
        let at = Timestamp::from_micros(1_795_435_200_000_000);
        let words = |words: &[&str]| Json(words.iter().map(|w| (*w).to_owned()).collect());
        Group {
            destination: "San Sebastián, Spain".to_owned(),
            latitude: Some(43.3),
            longitude: Some(-2.0),
            start_date: "2027-04-20".parse().unwrap(),
            end_date: "2027-05-03".parse().unwrap(),
            activity_tags: words(&["Surfing", "food"]),
            languages: words(&["en", "eu"]),
            travel_pace: Some("slow".to_owned()),
            current_members_count: 4,
            max_members: 10,
            ..Group::new(GroupId(Uuid::nil()), TravelerId(Uuid::nil()), at)
        }
    }

    fn part(found: Option<&Match>, kind: &str) -> f64 {
        found.and_then(|m| m.reasons.iter().find(|r| r.kind == kind)).map_or(0.0, |r| r.weight)
    }

    #[test]
    fn each_kind_of_reason_by_itself() {
        let wish = |town: Option<&str>, point, start: Option<&str>, end: Option<&str>| Wishes {
            trips: vec![Wish {
                town: town.map(str::to_owned),
                point,
                start: start.map(|d| d.parse().unwrap()),
                end: end.map(|d| d.parse().unwrap()),
            }],
            ..Wishes::default()
        };
        let likes = |interests: &[&str]| Wishes {
            interests: interests.iter().map(|i| (*i).to_owned()).collect(),
            ..Wishes::default()
        };
        for (wishes, kind, weight) in [
            (wish(None, None, Some("2027-04-01"), Some("2027-04-02")), "dates", 25.0),
            (wish(None, None, Some("2027-03-01"), Some("2027-06-02")), "dates", 25.0),
            (wish(None, None, None, Some("2027-03-31")), "dates", 12.5),
            (wish(None, None, Some("2027-05-20"), None), "dates", 12.5),
            (wish(None, None, Some("2027-06-01"), None), "dates", 0.0),
            (wish(Some("san sebastian"), None, None, None), "destination", 30.0),
            (wish(Some("Sebastian"), None, None, None), "destination", 15.0),
            (wish(Some("Lisbon"), None, None, None), "destination", 0.0),
            (wish(None, Some((43.3, -2.0)), None, None), "destination", 30.0),
            (wish(None, Some((43.26, -2.93)), None, None), "destination", 20.8), // Bilbao, 73 km
            (wish(None, Some((38.7, -9.1)), None, None), "destination", 0.0),
            (likes(&["surfing"]), "interests", 20.0),
            (likes(&["FOOD", "wine", "art", "trains", "museums"]), "interests", 5.0),
            (likes(&["wine"]), "interests", 0.0),
            (Wishes { languages: vec!["EU".into(), "fr".into()], ..Wishes::default() }, "languages", 4.0),
            (Wishes { pace: Some("Slow".into()), ..Wishes::default() }, "pace", 7.0),
            (Wishes { pace: Some("fast".into()), ..Wishes::default() }, "pace", 0.0),
            (Wishes::default(), "seats", 3.0),
        ] {
            let found = fit(&group(), &wishes);
            assert!((part(found.as_ref(), kind) - weight).abs() < 0.01, "{kind} {weight}: {found:?}");
        }
        let for_women = Group { is_women_only: true, ..group() };
        let found = fit(&for_women, &Wishes { prefers_women_only: true, ..Wishes::default() });
        assert!((part(found.as_ref(), "preferences") - 5.0).abs() < 0.01);
    }

    #[test]
    fn the_score_is_the_sum_of_its_reasons_and_needs_one_that_was_wished_for() {
        let wishes = Wishes {
            trips: vec![Wish {
                town: Some("San Sebastián".into()),
                start: "2027-04-01".parse().ok(),
                ..Wish::default()
            }],
            interests: vec!["surfing".into()],
            languages: vec!["en".into()],
            pace: Some("slow".into()),
            prefers_women_only: false,
        };
        let found = fit(&group(), &wishes).unwrap();
        assert!((found.score - 93.0).abs() < 0.01, "{found:?}");
        assert!((found.score - found.reasons.iter().map(|r| r.weight).sum::<f64>()).abs() < 0.01);
        assert_eq!(fit(&group(), &Wishes { interests: vec!["wine".into()], ..Wishes::default() }), None);
        assert!(fit(&group(), &Wishes::default()).is_some());
    }

    /// Two groups that others cannot tell apart fit alike, and for the same reasons.
    #[test]
    fn days_and_streets_do_not_show() {
        let hidden = Group {
            destination: "San Sebastián, Calle Mayor 3".to_owned(),
            start_date: "2027-04-02".parse().unwrap(),
            end_date: "2027-04-03".parse().unwrap(),
            ..group()
        };
        for day in ["2027-04-01", "2027-04-20", "2027-05-03", "2027-03-31"] {
            let wishes = Wishes {
                trips: vec![Wish {
                    town: Some("Calle Mayor, San Sebastián".into()),
                    start: day.parse().ok(),
                    ..Wish::default()
                }],
                ..Wishes::default()
            };
            assert_eq!(fit(&group(), &wishes), fit(&hidden, &wishes), "{day}");
        }
    }

    #[test]
    fn distances() {
        for (a, b, km) in [
            ((52.5, 13.4), (48.9, 2.4), 870.8),
            ((0.0, 0.0), (0.0, 180.0), 20_015.0),
            ((38.7, -9.1), (38.7, -9.1), 0.0),
            ((10.0, 179.9), (10.0, -179.9), 22.0),
        ] {
            assert!((kilometres(a, b) - km).abs() < 3.0, "{a:?} {b:?}: {}", kilometres(a, b));
        }
    }
}
