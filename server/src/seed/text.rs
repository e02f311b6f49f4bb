//! Sentences for people and trips, filled from the templates in `phrases.txt`.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

use super::tables::{Place, pick};

/// Sentence lists by kind and tag.
pub(super) struct Phrases(BTreeMap<(&'static str, &'static str), Vec<&'static str>>);

/// The facts a trip's sentences are filled with.
pub(super) struct Scene<'a> {
    /// Where the sentences come from.
    phrases: &'a Phrases,
    /// Where it all happens.
    place: &'a Place,
    /// Three or more, the ones to write most about first.
    tags: &'a [&'static str],
    /// Name of the month of the first day.
    month: String,
    /// First and last day included.
    days: u32,
    /// "I" instead of "we".
    solo: bool,
    /// Noun phrases to look forward to, one for each of the first three tags.
    highlights: [String; 3],
}

impl Phrases {
    /// Reads `[kind tag]` headers and the sentences below them.
    pub(super) fn parse() -> Self {
        let mut lists = BTreeMap::<_, Vec<_>>::new();
        let mut head = ("", "");
        for line in include_str!("phrases.txt").lines() {
            let header = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
            if let Some(inner) = header {
                head = inner.split_once(' ').expect("phrases.txt: a header has a kind and a tag");
            } else if !line.is_empty() && !line.starts_with('#') {
                lists.entry(head).or_default().push(line);
            }
        }
        Self(lists)
    }

    /// One to three sentences about a person who likes these things.
    pub(super) fn bio(&self, rng: &mut ChaCha8Rng, likes: &[&'static str], style: &str) -> String {
        let like = |at: usize| likes.get(at).map_or("food", |tag| words(tag));
        let first = capitalised(like(0).to_owned());
        let template = self.pick(rng, "bio", "any");
        fill(rng, template, |slot| match slot {
            "like" => like(0),
            "Like" => &first,
            "like2" => like(1),
            "like3" => like(2),
            "style" => style,
            unknown => panic!("phrases.txt: no slot {unknown} in a bio"),
        })
    }

    /// A sentence for the tag, or a general one of that kind.
    fn pick(&self, rng: &mut ChaCha8Rng, kind: &'static str, tag: &'static str) -> &'static str {
        let list = self.0.get(&(kind, tag));
        let list = list.or_else(|| self.0.get(&(kind, "any")));
        let list = list.expect("phrases.txt: every kind has a general list");
        pick::<&str>(rng, list)
    }
}

impl<'a> Scene<'a> {
    /// Sets the scene and draws what there is to look forward to.
    pub(super) fn new(
        rng: &mut ChaCha8Rng,
        phrases: &'a Phrases,
        place: &'a Place,
        tags: &'a [&'static str],
        start: NaiveDate,
        days: u32,
        solo: bool,
    ) -> Self {
        let mut scene = Self {
            phrases,
            place,
            tags,
            month: start.format("%B").to_string(),
            days,
            solo,
            highlights: Default::default(),
        };
        scene.highlights = [0, 1, 2].map(|at| scene.line(rng, "hl", scene.tag(at)));
        scene
    }

    /// A headline.
    pub(super) fn title(&self, rng: &mut ChaCha8Rng) -> String {
        let tag = if rng.random_bool(0.5) { self.tag(0) } else { self.aside(rng) };
        self.sentence(rng, "title", tag)
    }

    /// One line below the headline.
    pub(super) fn tagline(&self, rng: &mut ChaCha8Rng) -> String {
        self.sentence(rng, "tagline", "any")
    }

    /// A report of two to four sentences, or a plan for a trip that has not begun.
    pub(super) fn description(&self, rng: &mut ChaCha8Rng, ahead: bool) -> String {
        let any = |kind| (kind, "any");
        let story = |tag| ("story", tag);
        let [first, second] = [self.tag(0), self.tag(1)];
        let aside = self.aside(rng);
        let (mut parts, last) = if ahead {
            (["plan", "planmid", "planend"].map(any), "planend")
        } else if rng.random_bool(0.6) {
            ([("open", aside), story(first), story(second)], "close")
        } else {
            ([any("open"), story(aside), story(first)], "close")
        };
        if rng.random_bool(0.4) {
            parts.swap(1, 2);
        }
        let last = rng.random_bool(0.4).then_some(any(last));
        let mut templates = Vec::with_capacity(4);
        for (kind, tag) in parts.into_iter().chain(last) {
            let template = self.phrases.pick(rng, kind, tag);
            if !templates.contains(&template) {
                templates.push(template);
            }
        }
        let sentence = |template| capitalised(self.fill(rng, template));
        let sentences: Vec<_> = templates.into_iter().map(sentence).collect();
        sentences.join(" ")
    }

    /// What to look forward to, in one line or three.
    pub(super) fn highlights(&self, rng: &mut ChaCha8Rng) -> String {
        let separator = if rng.random_bool(0.5) { "\n" } else { "; " };
        self.highlights.clone().map(capitalised).join(separator)
    }

    /// Arrival, one line per subject, departure; days in between share the lines evenly.
    pub(super) fn day_plan(&self, rng: &mut ChaCha8Rng) -> String {
        let between = self.days - 2;
        let lines = between.clamp(1, 4);
        let mut plan = vec![format!("Day 1: {}", self.sentence(rng, "arrive", "any"))];
        let subjects = [self.tag(0), self.tag(1), self.aside(rng), self.tag(2)];
        for (subject, line) in subjects.into_iter().zip(0..lines) {
            let (from, to) = (2 + line * between / lines, 1 + (line + 1) * between / lines);
            let label = match to.checked_sub(from) {
                None => String::from("Day 1, later"),
                Some(0) => format!("Day {from}"),
                Some(_) => format!("Days {from}-{to}"),
            };
            plan.push(format!("{label}: {}", self.sentence(rng, "day", subject)));
        }
        let aside = self.aside(rng);
        let departure = self.sentence(rng, "depart", aside);
        plan.push(format!("Day {}: {departure}", self.days));
        plan.join("\n")
    }

    /// General advice that fits the activities.
    pub(super) fn safety_tips(&self, rng: &mut ChaCha8Rng) -> String {
        let tags = [self.tag(0), self.aside(rng)];
        self.pair(rng, "tip", tags)
    }

    /// Two small finds.
    pub(super) fn hidden_gems(&self, rng: &mut ChaCha8Rng) -> String {
        let tags = [self.aside(rng), self.tag(1)];
        self.pair(rng, "gem", tags)
    }

    /// One of the activities.
    fn tag(&self, at: usize) -> &'static str {
        self.tags.get(at).expect("a trip has three activities")
    }

    /// Which general list to use: most often "any", sometimes one that only fits this place.
    fn aside(&self, rng: &mut ChaCha8Rng) -> &'static str {
        if self.place.near.is_some() && rng.random_bool(0.2) {
            "near"
        } else if self.place.is_high() && rng.random_bool(0.35) {
            "high"
        } else if self.days >= 6 && rng.random_bool(0.3) {
            "long"
        } else {
            "any"
        }
    }

    /// Two different sentences of one kind in one line.
    fn pair(&self, rng: &mut ChaCha8Rng, kind: &'static str, tags: [&'static str; 2]) -> String {
        let [first, mut second] = tags.map(|tag| self.sentence(rng, kind, tag));
        // Both tags may share the general list; the general list has enough lines to end this.
        while first == second {
            second = self.sentence(rng, kind, "any");
        }
        format!("{first} {second}")
    }

    /// A sentence with its capital.
    fn sentence(&self, rng: &mut ChaCha8Rng, kind: &'static str, tag: &'static str) -> String {
        capitalised(self.line(rng, kind, tag))
    }

    /// A phrase to be used inside a sentence, first letter as written.
    fn line(&self, rng: &mut ChaCha8Rng, kind: &'static str, tag: &'static str) -> String {
        let template = self.phrases.pick(rng, kind, tag);
        self.fill(rng, template)
    }

    /// A template with the facts of the trip.
    fn fill(&self, rng: &mut ChaCha8Rng, template: &str) -> String {
        let place = self.place;
        let voice = |alone, together| if self.solo { alone } else { together };
        let (days, altitude) = (self.days.to_string(), place.altitude_m.to_string());
        let [highlight, highlight2, _] = &self.highlights;
        fill(rng, template, |slot| match slot {
            "place" => place.name,
            "region" => place.region,
            "country" => place.country,
            "land" => place.local.land,
            "dish" => place.local.dish,
            "drink" => place.local.drink,
            "ride" => place.local.ride,
            "month" => &self.month,
            "season" => place.season,
            "near" => place.near.map_or(place.name, |(name, _)| name),
            "days" => &days,
            "alt" => &altitude,
            "tag" => words(self.tag(0)),
            "tag2" => words(self.tag(1)),
            "hl" => highlight,
            "hl2" => highlight2,
            "we" => voice("I", "we"),
            "We" => voice("I", "We"),
            "were" => voice("was", "were"),
            "us" => voice("me", "us"),
            "our" => voice("my", "our"),
            "self" => voice("myself", "ourselves"),
            unknown => panic!("phrases.txt: no slot {unknown} in a trip"),
        })
    }
}

/// Fills the `{slots}` of a template; `{a|b}` is a choice and needs no slot.
fn fill<'a>(rng: &mut ChaCha8Rng, template: &str, slot: impl Fn(&str) -> &'a str) -> String {
    let mut out = String::with_capacity(160);
    let mut rest = template;
    while let Some((text, tail)) = rest.split_once('{') {
        let (inner, after) = tail.split_once('}').expect("phrases.txt: braces come in pairs");
        let choices: Vec<_> = inner.split('|').collect();
        out.push_str(text);
        out.push_str(match *choices {
            [name] => slot(name),
            _ => pick::<&str>(rng, &choices),
        });
        rest = after;
    }
    out.push_str(rest);
    out
}

/// The same with an ASCII capital; names start with their own.
fn capitalised(mut text: String) -> String {
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    text
}

/// A tag as a noun that fits into a sentence.
fn words(tag: &'static str) -> &'static str {
    match tag {
        "cultural" => "local culture",
        "beach" => "beach days",
        "city-walk" => "city walks",
        "road-trip" => "scenic drives",
        "desert" => "desert nights",
        "train" => "train rides",
        "festivals" => "street festivals",
        "food" => "good food",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;

    use super::super::tables::{TAGS, places};
    use super::*;

    #[test]
    fn every_sentence_can_be_filled() {
        let (places, phrases) = (places(), Phrases::parse());
        let mut rng = ChaCha8Rng::seed_from_u64(0);
        let place = places.first().expect("places");
        let tags = ["food", "train", "wine"];
        let scene = Scene::new(&mut rng, &phrases, place, &tags, NaiveDate::MAX, 4, true);
        for ((kind, tag), list) in &phrases.0 {
            assert!(
                ["any", "near", "high", "long"].contains(tag) || TAGS.split_whitespace().any(|known| known == *tag),
                "[{kind} {tag}]"
            );
            for template in list.iter().filter(|_| *kind != "bio") {
                assert!(!scene.fill(&mut rng, template).contains(['{', '|', '}']));
            }
        }
    }

    #[test]
    fn every_day_of_a_plan_comes_in_its_turn() {
        let (places, phrases) = (places(), Phrases::parse());
        let mut rng = ChaCha8Rng::seed_from_u64(0);
        let place = places.first().expect("places");
        let tags = ["food", "train", "wine"];
        for days in 2..=21 {
            let scene = Scene::new(&mut rng, &phrases, place, &tags, NaiveDate::MAX, days, false);
            let plan = scene.day_plan(&mut rng);
            assert!((3..=6).contains(&plan.lines().count()), "{plan}");
            let mut told = 0;
            for line in plan.lines() {
                let (label, _) = line.split_once(": ").expect("a label");
                let named: Vec<u32> =
                    label.split(|c: char| !c.is_ascii_digit()).filter_map(|number| number.parse().ok()).collect();
                let is_next = named[0] == told + 1 || label == "Day 1, later";
                assert!(is_next, "{plan}");
                told = named[named.len() - 1];
            }
            assert_eq!(told, days, "{plan}");
        }
    }
}
