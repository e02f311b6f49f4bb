//! A world in which every text is a word of its own, so that whoever meets it knows where it comes from.

mod groups;
mod women;

use crate::{
    NOBODY,
    people::{Actor, block, made, signed_up},
};
use axum::http::Method;
use kernel::db::open;
use serde_json::Value;
use std::collections::BTreeMap;
use testkit::{World, json};

/// Who looks. `hidden` is in a block pair with two of the others: she blocks `blocked`, and `blocker` blocks her.
/// `member` and `ex_member` belong, and belonged, to groups.
pub(crate) const VIEWERS: [&str; 11] = [
    "anonymous",
    "stranger",
    "owner",
    "woman",
    "admin",
    "unverified",
    "member",
    "ex_member",
    "hidden",
    "blocked",
    "blocker",
];

/// Two who do nothing, of whom the second one has a block with somebody else who does nothing.
pub(crate) const ALIKE: [&str; 2] = ["newcomer", "detached"];

/// Those who do not see `hidden`, and whom she does not see.
pub(crate) const PAIR: [&str; 2] = ["blocked", "blocker"];

/// A canary.
#[derive(Debug)]
pub(crate) struct Secret {
    pub(crate) text: String,
    pub(crate) what: String,
    /// The viewers who may meet it.
    pub(crate) known_to: Vec<&'static str>,
}

/// What was planted.
pub(crate) struct Planted {
    pub(crate) viewers: BTreeMap<&'static str, Actor>,
    pub(crate) secrets: Vec<Secret>,
    /// The ids of everything, of every kind.
    pub(crate) ids: Vec<String>,
    /// Those of them that have parts which have an id: groups. First the id of nothing.
    pub(crate) wholes: Vec<String>,
    /// The requests by which votes were cast.
    pub(crate) requests: Vec<String>,
    /// The trip that stays, with much on it.
    pub(crate) trip: String,
    /// The address of the group to which everybody in the pairs belongs.
    group: String,
    words: usize,
}

/// Everybody but these.
fn but(hidden_from: &[&str]) -> Vec<&'static str> {
    VIEWERS.into_iter().filter(|v| !hidden_from.contains(v)).collect()
}

/// A word that is part of everything that is hidden, and of nothing else. It is no canary: it is searched for.
pub(crate) const SEARCHED: &str = "lighthouse";

impl Planted {
    pub(crate) async fn new(world: &World) -> Self {
        let mut planted = Self {
            viewers: BTreeMap::new(),
            secrets: Vec::new(),
            ids: vec![NOBODY.to_owned()],
            wholes: vec![NOBODY.to_owned()],
            requests: vec![NOBODY.to_owned()],
            trip: String::new(),
            group: String::new(),
            words: 0,
        };
        planted.people(world).await;
        planted.things(world).await;
        planted
    }

    /// Whether this viewer may meet this text.
    pub(crate) fn is_known(&self, viewer: &str, text: &str) -> bool {
        self.secrets.iter().all(|s| s.text != text || s.known_to.contains(&viewer))
    }

    pub(crate) fn of(&self, viewer: &str) -> &Actor {
        &self.viewers[viewer]
    }

    /// A new word, known to these.
    fn word(&mut self, what: &str, known_to: &[&'static str]) -> String {
        self.words += 1;
        let text = format!("zq{:03}k", self.words);
        self.secret(&text, what, known_to);
        text
    }

    fn secret(&mut self, text: &str, what: &str, known_to: &[&'static str]) {
        self.secrets.push(Secret { text: text.to_owned(), what: what.to_owned(), known_to: known_to.to_vec() });
    }

    fn id(&mut self, id: &str, what: &str, known_to: &[&'static str]) {
        self.ids.push(id.to_owned());
        self.secret(id, what, known_to);
    }

    async fn people(&mut self, world: &World) {
        let nobody = Actor::default();
        for viewer in VIEWERS {
            let hidden_from: &[&str] = match viewer {
                "anonymous" => {
                    self.viewers.insert(viewer, nobody.clone());
                    continue;
                }
                "hidden" => &PAIR,
                "blocked" | "blocker" => &["hidden"],
                _ => &[],
            };
            let name = self.word(&format!("the name of {viewer}"), &but(hidden_from));
            let actor = match viewer {
                "woman" | "admin" | "unverified" => made(world, viewer, &name, &nobody).await,
                _ => signed_up(world, &name).await,
            };
            self.person(world, viewer, &actor, &but(hidden_from)).await;
            self.viewers.insert(viewer, actor);
        }
        // Whose pages are their own, whatever is hidden from them: nothing of it is kept for everybody.
        let bystander = signed_up(world, "bystander").await;
        for viewer in ALIKE {
            let actor = signed_up(world, viewer).await;
            self.viewers.insert(viewer, actor);
        }
        for viewer in [PAIR[0], PAIR[1], ALIKE[1]] {
            block(world, self.of(viewer), &bystander).await;
        }
    }

    /// What is known about somebody, and what only they know.
    async fn person(&mut self, world: &World, name: &str, actor: &Actor, known_to: &[&'static str]) {
        let own: Vec<_> = VIEWERS.into_iter().filter(|v| *v == name).collect();
        self.id(&actor.id, &format!("the id of {name}"), known_to);
        self.secret(&actor.email(), &format!("the address of {name}"), &own);
        let words = ["display name", "picture", "words", "style", "interest"];
        let [display, picture, bio, style, interest] =
            words.map(|what| self.word(&format!("the {what} of {name}"), known_to));
        let full = self.word(&format!("the full name of {name}"), &own);
        let mut sql = open("update travelers set display_name = ");
        sql.push_bind(display).push(", avatar_url = ").push_bind(format!("https://images.example.org/{picture}.jpg"));
        sql.push(", bio = ")
            .push_bind(bio)
            .push(", travel_style = ")
            .push_bind(style)
            .push(", full_name = ")
            .push_bind(full);
        sql.push(", travel_interests = ").push_bind(kernel::db::Json(vec![interest]));
        sql.push(" where email_key = ").push_bind(actor.email());
        world.sql(sql).await;
        let sessions = world.call(Method::GET, "/api/auth/sessions", actor.token.as_deref(), None).await.is(200);
        for session in sessions.data().as_array().unwrap() {
            self.secret(session["id"].as_str().unwrap(), &format!("a session of {name}"), &own);
        }
    }

    /// The id of what somebody created.
    async fn created(
        &mut self,
        world: &World,
        by: &str,
        path: &str,
        body: Value,
        what: &str,
        known_to: &[&'static str],
    ) -> String {
        let token = self.of(by).token.clone();
        let answer = world.call(Method::POST, path, token.as_deref(), Some(body)).await.is(201);
        let id = answer.data()["id"].as_str().unwrap().to_owned();
        self.id(&id, what, known_to);
        id
    }

    async fn done(&self, world: &World, by: &str, method: Method, path: &str) {
        let body = (method == Method::POST).then(|| json!({}));
        let answer = world.call(method, path, self.of(by).token.as_deref(), body).await;
        assert!(answer.status < 300, "{by} {path}: {}", answer.text);
    }

    /// A trip with a word of its own in every field that takes words.
    async fn trip(&mut self, world: &World, by: &str, what: &str, more: Value, known_to: &[&'static str]) -> String {
        let w = self.word(what, known_to);
        let day = |n: usize| format!("2031-{:02}-{:02}", 1 + self.words / 13, 1 + 2 * (self.words % 13) + n);
        let (first, last) = (day(0), day(1));
        let own: Vec<_> = VIEWERS.into_iter().filter(|v| *v == by).collect();
        self.secret(&first, &format!("the first day of {what}"), &own);
        self.secret(&last, &format!("the last day of {what}"), &own);
        let searched = if known_to.len() == VIEWERS.len() { "" } else { SEARCHED };
        let point = "<trkpt lat=\"35.66\" lon=\"139.70\"/><trkpt lat=\"35.67\" lon=\"139.71\"/>";
        let mut body = json!({
            "title": format!("Kyoto {searched} {w}"), "tagline": w, "description": format!("{searched} {w}"),
            "destination": format!("Kyoto {searched} {w}"), "country": w, "regions": [w],
            "start_date": first, "end_date": last, "travel_type": w, "travel_style": w,
            "travel_companions": [{ "name": w, "role": w, "username": w, "avatar_url": format!("https://i.example.org/{w}") }],
            "activity_tags": ["food", w, searched], "categories": [w],
            "screenshots": [format!("https://i.example.org/{w}")],
            "route_gpx": format!("<gpx version=\"1.1\" creator=\"{w}\"><trk><name>{w}</name><trkseg>{point}</trkseg></trk></gpx>"),
            "route_map_url": format!("https://i.example.org/{w}"), "demo_url": format!("https://i.example.org/{w}"),
            "route_waypoints": [{ "lat": 35.66, "lon": 139.7, "name": w }],
            "best_season": w, "trip_highlights": w, "trip_journey": w, "day_by_day_plan": w, "safety_intelligence": w,
            "hidden_gems": w, "unique_highlights": w, "safety_tips": w,
        });
        body["activity_tags"].as_array_mut().unwrap().retain(|tag| tag != "");
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        self.created(world, by, "/api/itineraries", body, what, known_to).await
    }

    async fn intel(
        &mut self,
        world: &World,
        by: &str,
        trip: &str,
        above: Option<&str>,
        what: &str,
        known_to: &[&'static str],
    ) -> String {
        let w = self.word(what, known_to);
        let own: Vec<_> = VIEWERS.into_iter().filter(|v| *v == by).collect();
        let place = format!("35.{:06}", 123_000 + self.words);
        self.secret(&place, &format!("the place of {what}"), &own);
        let body = json!({
            "itinerary_id": trip, "parent_intel_id": above, "intel_type": "warning", "title": w, "content": w,
            "location_name": w, "location_gps": format!("{place},135.6668"), "severity_level": "critical",
            "safety_related": true,
        });
        self.created(world, by, "/api/travel-intel", body, what, known_to).await
    }

    async fn rating(&mut self, world: &World, by: &str, trip: &str, what: &str, known_to: &[&'static str]) -> String {
        let w = self.word(what, known_to);
        let own: Vec<_> = VIEWERS.into_iter().filter(|v| *v == by).collect();
        let day = format!("2026-{:02}-{:02}", 1 + self.words / 28, 1 + self.words % 28);
        self.secret(&day, &format!("the day of {what}"), &own);
        let body = json!({
            "itinerary_id": trip, "overall_safety_score": 4, "detailed_feedback": w, "experience_date": day,
        });
        self.created(world, by, "/api/safety-ratings", body, what, known_to).await
    }

    async fn badge(&mut self, world: &World, by: &str, trip: &str, what: &str, known_to: &[&'static str]) {
        let w = self.word(what, known_to);
        let body = json!({
            "project_id": trip, "badge_type": "custom", "rationale": w, "custom_name": w, "points": 5,
            "custom_image": format!("https://i.example.org/{w}"),
        });
        self.created(world, by, "/api/badges/award", body, what, known_to).await;
    }

    async fn things(&mut self, world: &World) {
        let (all, unpaired, none) = (but(&[]), but(&PAIR), but(&VIEWERS));
        let hidden = self.of("hidden").clone();
        // Two whose things nobody sees: their ids are not among the viewers'.
        for gone in ["banned", "left"] {
            let name = self.word(&format!("the name of who is {gone}"), &none);
            let actor = signed_up(world, &name).await;
            self.person(world, gone, &actor, &none).await;
            self.viewers.insert(gone, actor);
        }

        // The trip on which everybody meets, and one of hers. Each names somebody as a companion.
        let with = self.word("who came along, by name", &unpaired);
        let mut companions = vec![json!({ "traveler_id": hidden.id, "name": with, "username": hidden.name })];
        for gone in ["banned", "left"] {
            let who = self.of(gone).clone();
            // Who typed it gets it still.
            let with = self.word(&format!("who is {gone} and came along, by name"), &["owner"]);
            for text in [who.id.as_str(), &who.name] {
                self.secrets.iter_mut().find(|s| s.text == text).unwrap().known_to.push("owner");
            }
            companions.push(json!({ "traveler_id": who.id, "name": with, "username": who.name }));
        }
        let companion = json!({ "travel_companions": companions });
        let open_trip = self.trip(world, "owner", "the open trip", companion, &all).await;
        let blocked = self.of("blocked").id.clone();
        let companion = json!({ "travel_companions": [{ "traveler_id": blocked, "name": "Bela" }] });
        let hers = self.trip(world, "hidden", "her trip", companion, &unpaired).await;
        // She typed his id herself.
        self.secrets.iter_mut().find(|s| s.text == blocked).unwrap().known_to.push("hidden");
        let draft = json!({ "is_published": false });
        self.trip(world, "owner", "a draft of the owner", draft.clone(), &["owner"]).await;
        self.trip(world, "hidden", "a draft of hers", draft, &["hidden"]).await;
        for by in ["owner", "hidden"] {
            let deleted = self.trip(world, by, "a deleted trip", json!({}), &none).await;
            self.done(world, by, Method::DELETE, &format!("/api/itineraries/{deleted}")).await;
        }
        for by in PAIR {
            let his = self.trip(world, by, "a trip of the pair", json!({}), &but(&["hidden"])).await;
            self.rating(world, "stranger", &his, "a rating of a trip of the pair", &but(&["hidden"])).await;
        }

        // What she says at the open trip and others at hers, and what others say of that.
        let thread = self.intel(world, "hidden", &open_trip, None, "her thread", &unpaired).await;
        self.intel(world, "stranger", &open_trip, Some(&thread), "a reply to her", &unpaired).await;
        self.intel(world, "blocked", &open_trip, Some(&thread), "his reply to her", &but(&["blocker", "hidden"])).await;
        let other = self.intel(world, "stranger", &open_trip, None, "a thread", &all).await;
        self.intel(world, "hidden", &open_trip, Some(&other), "her reply", &unpaired).await;
        self.intel(world, "blocker", &open_trip, Some(&other), "her blocker's reply", &but(&["hidden"])).await;
        self.intel(world, "owner", &hers, None, "a thread at her trip", &unpaired).await;
        let still = ["stranger", "owner", "admin"];
        let w = self.word("what the owner hid", &still);
        let body = json!({
            "itinerary_id": open_trip, "intel_type": "tip", "title": w, "content": w,
            "location_name": w,
        });
        let silenced = self.created(world, "stranger", "/api/travel-intel", body, "what the owner hid", &still).await;
        self.done(world, "owner", Method::POST, &format!("/api/travel-intel/{silenced}/hide")).await;
        for (by, known_to) in [("hidden", &unpaired), ("stranger", &all), ("admin", &all)] {
            self.rating(world, by, &open_trip, &format!("a rating by {by}"), known_to).await;
        }
        self.rating(world, "owner", &hers, "a rating of her trip", &unpaired).await;
        for gone in ["banned", "left"] {
            let trip = self.trip(world, gone, "a trip of who is gone", json!({}), &none).await;
            self.rating(world, gone, &open_trip, "a rating by who is gone", &none).await;
            let thread = self.intel(world, gone, &open_trip, None, "a thread of who is gone", &none).await;
            self.intel(world, "owner", &open_trip, Some(&thread), "a reply to who is gone", &none).await;
            self.intel(world, "owner", &trip, None, "a thread at a trip of who is gone", &none).await;
            self.intel(world, gone, &open_trip, Some(&other), "a reply of who is gone", &none).await;
            for door in ["upvote", "view"] {
                self.done(world, gone, Method::POST, &format!("/api/itineraries/{open_trip}/{door}")).await;
            }
            self.done(world, gone, Method::POST, &format!("/api/travel-intel/{other}/helpful")).await;
        }

        // Badges, the show and certificates; for a moment she is an administrator.
        accounts::admin::grant(&world.app, &hidden.email()).await.unwrap();
        self.badge(world, "hidden", &open_trip, "the badge of the open trip", &all).await;
        accounts::admin::revoke(&world.app, &hidden.email()).await.unwrap();
        self.badge(world, "admin", &hers, "the badge of her trip", &unpaired).await;
        // And who is banned later.
        accounts::admin::grant(&world.app, &self.of("banned").email()).await.unwrap();
        let awarded = self.trip(world, "owner", "a trip with a badge of who is gone", json!({}), &all).await;
        self.badge(world, "banned", &awarded, "the badge of who is gone", &all).await;
        let banned = self.of("banned").clone();
        accounts::admin::revoke(&world.app, &banned.email()).await.unwrap();
        // Administrators know who awarded what.
        for text in [&banned.id, &banned.name] {
            self.secrets.iter_mut().find(|s| s.text == *text).unwrap().known_to.push("admin");
        }
        for trip in [&open_trip, &hers] {
            self.done(world, "admin", Method::POST, &format!("/api/itineraries/{trip}/feature")).await;
            self.done(world, "admin", Method::POST, &format!("/api/admin/itineraries/{trip}/women-safe")).await;
        }
        // Votes, saves and views, also of the pair at what they will not see any more.
        for by in ["stranger", "hidden", "blocked", "blocker"] {
            for trip in [&open_trip, &hers] {
                let path = format!("/api/itineraries/{trip}/upvote");
                let vote = world.call(Method::POST, &path, self.of(by).token.as_deref(), Some(json!({}))).await;
                self.requests.push(vote.is(200).header("x-request-id").to_owned());
                self.done(world, by, Method::POST, &format!("/api/saved/save/{trip}")).await;
                self.done(world, by, Method::POST, &format!("/api/itineraries/{trip}/view")).await;
            }
            if by != "hidden" {
                self.done(world, by, Method::POST, &format!("/api/travel-intel/{thread}/helpful")).await;
            }
            let votes = world.call(Method::GET, "/api/votes/user", self.of(by).token.as_deref(), None).await.is(200);
            for vote in votes.data()["votes"].as_array().unwrap() {
                let id = vote["id"].as_str().unwrap();
                self.secret(
                    id,
                    &format!("a vote of {by}"),
                    &VIEWERS.into_iter().filter(|v| *v == by).collect::<Vec<_>>(),
                );
            }
        }
        self.groups(world, &open_trip, &hers).await;
        self.women(world).await;
        world.flush().await;
        world.run_jobs().await;

        let [banned, left] = ["banned", "left"].map(|gone| self.of(gone).clone());
        accounts::admin::ban(&world.app, &banned.email()).await.unwrap();
        let password = json!({ "current_password": crate::people::PASSWORD });
        world.call(Method::DELETE, "/api/auth/me", left.token.as_deref(), Some(password)).await.is(200);
        block(world, &hidden, self.of("blocked")).await;
        block(world, self.of("blocker"), &hidden).await;
        world.run_jobs().await;
        self.trip = open_trip;
    }
}
