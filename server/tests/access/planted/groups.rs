//! Groups: what outsiders may know of one, what its members, what who decides about them, and what nobody but the women
//! whom the operator verified.

use super::{PAIR, Planted, SEARCHED, VIEWERS, but};
use axum::http::Method;
use kernel::db::{Arg, open};
use serde_json::Value;
use testkit::{World, json};

const LIST: &str = "/api/travel-groups";
/// Those whom the operator verified.
pub(super) const WOMEN: [&str; 3] = ["woman", "member", "hidden"];

impl Planted {
    pub(super) async fn groups(&mut self, world: &World, open_trip: &str, hers: &str) {
        for name in ["member", "hidden"] {
            accounts::admin::verify_woman(&world.app, &self.of(name).email()).await.unwrap();
        }
        self.one_for_everybody(world, open_trip, hers).await;
        self.one_of_hers(world, open_trip).await;
        self.full_one(world).await;
        self.one_that_she_moderates(world).await;
        for (by, known_to) in [("woman", WOMEN), ("hidden", WOMEN)] {
            let more = json!({ "is_women_only": true });
            self.group(world, by, &format!("the women's group of {by}"), more, &known_to, &[by]).await;
        }
        for by in PAIR {
            let what = format!("the group of {by}");
            self.group(world, by, &what, json!({}), &but(&["hidden"]), &[by]).await;
        }
        let gone = self.group(world, "owner", "a deleted group", json!({}), &[], &[]).await;
        self.done(world, "owner", Method::DELETE, &gone).await;
    }

    /// The group to which everybody in the pairs belongs; its organizer is hidden from nobody.
    async fn one_for_everybody(&mut self, world: &World, open_trip: &str, hers: &str) {
        let inside = ["owner", "member", "hidden", "blocked", "blocker"];
        let group = self.group(world, "owner", "the open group", json!({}), &but(&[]), &inside).await;
        self.group.clone_from(&group);
        self.joins(world, "member", &group, &inside).await;
        self.joins(world, "hidden", &group, &["owner", "member", "hidden"]).await;
        for by in PAIR {
            self.joins(world, by, &group, &["owner", "member", "blocked", "blocker"]).await;
        }
        // Who has gone knows as little as who never was there.
        self.joins(world, "ex_member", &group, &[]).await;
        self.done(world, "ex_member", Method::POST, &format!("{group}/leave")).await;
        // A trip of everybody's that she brought, and one of hers.
        for trip in [open_trip, hers] {
            self.brings(world, "hidden", &group, trip).await;
        }
        self.invites(world, "owner", &group, "woman", &["owner", "woman"]).await;
        self.bans(world, "owner", &group, "unverified", &["owner"]).await;
    }

    /// Hers, with somebody of a pair in it, who is invited, asks or has gone.
    async fn one_of_hers(&mut self, world: &World, open_trip: &str) {
        let more = json!({ "requires_approval": true });
        let group = self.group(world, "hidden", "her group", more, &but(&PAIR), &["hidden", "member"]).await;
        for by in ["member", "ex_member", "blocked"] {
            self.asks(world, by, &group, &[]).await;
            let path = format!("{group}/requests/{}/approve", self.of(by).id);
            self.done(world, "hidden", Method::POST, &path).await;
        }
        self.done(world, "ex_member", Method::POST, &format!("{group}/leave")).await;
        self.brings(world, "hidden", &group, open_trip).await;
        self.asks(world, "stranger", &group, &["hidden", "stranger"]).await;
        self.invites(world, "hidden", &group, "woman", &["hidden", "woman"]).await;
        self.invites(world, "hidden", &group, "blocker", &[]).await;
        self.bans(world, "hidden", &group, "admin", &["hidden"]).await;
    }

    /// The owner's, where she has a say: hidden from whom she is hidden from, also from one who belongs to it.
    async fn one_that_she_moderates(&mut self, world: &World) {
        let inside = ["owner", "member", "hidden"];
        let group = self.group(world, "owner", "the group that she moderates", json!({}), &but(&PAIR), &inside).await;
        for by in ["member", "hidden"] {
            self.joins(world, by, &group, &inside).await;
        }
        self.joins(world, "blocked", &group, &["owner", "member"]).await;
        self.invites(world, "owner", &group, "blocker", &["owner"]).await;
        let path = format!("{group}/members/{}/role", self.of("hidden").id);
        let role = Some(json!({ "role": "moderator" }));
        world.call(Method::PUT, &path, self.of("owner").token.as_deref(), role).await.is(200);
    }

    /// One without a seat, where some wait. She waits before one of the pair.
    async fn full_one(&mut self, world: &World) {
        let inside = ["owner", "member"];
        let more = json!({ "max_members": 2 });
        let group = self.group(world, "owner", "the full group", more, &but(&[]), &inside).await;
        self.joins(world, "member", &group, &inside).await;
        for by in ["stranger", "hidden", "blocker"] {
            self.created(world, by, &format!("{group}/waitlist"), json!({}), &format!("the place of {by}"), &[by])
                .await;
        }
    }

    /// A group with a word of its own in every field that takes words; its address.
    async fn group(
        &mut self,
        world: &World,
        by: &str,
        what: &str,
        more: Value,
        known_to: &[&'static str],
        inside: &[&'static str],
    ) -> String {
        let w = self.word(what, known_to);
        let street = self.word(&format!("where {what} goes exactly"), inside);
        let day = |n: usize| format!("2032-{:02}-{:02}", 1 + self.words / 13 % 12, 2 + 2 * (self.words % 13) + n);
        let (first, last) = (day(0), day(1));
        self.secret(&first, &format!("the first day of {what}"), inside);
        self.secret(&last, &format!("the last day of {what}"), inside);
        let searched = if known_to.len() == VIEWERS.len() { "" } else { SEARCHED };
        let mut body = json!({
            "name": format!("Kyoto {searched} {w}"), "description": format!("{searched} {w}"),
            "destination": format!("Kyoto {searched} {w}, Rua {street} 7"), "latitude": 35.012_345, "longitude": 135.712_345,
            "start_date": first, "end_date": last, "activity_tags": ["food", w], "languages": ["en", w],
            "travel_pace": w, "max_members": 9,
        });
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        let id = self.created(world, by, LIST, body, what, known_to).await;
        self.wholes.push(id.clone());
        format!("{LIST}/{id}")
    }

    async fn joins(&mut self, world: &World, by: &str, group: &str, known_to: &[&'static str]) {
        let what = format!("the membership of {by}");
        self.created(world, by, &format!("{group}/join"), json!({}), &what, known_to).await;
    }

    async fn asks(&mut self, world: &World, by: &str, group: &str, known_to: &[&'static str]) {
        let path = format!("{group}/join");
        let answer = world.call(Method::POST, &path, self.of(by).token.as_deref(), Some(json!({}))).await.is(202);
        self.id(answer.data()["id"].as_str().unwrap(), &format!("the request of {by}"), known_to);
    }

    async fn invites(&mut self, world: &World, by: &str, group: &str, whom: &str, known_to: &[&'static str]) {
        let body = json!({ "traveler_id": self.of(whom).id });
        let what = format!("the invitation of {whom}");
        self.created(world, by, &format!("{group}/invite"), body, &what, known_to).await;
    }

    async fn bans(&mut self, world: &World, by: &str, group: &str, whom: &str, known_to: &[&'static str]) {
        let reason = self.word(&format!("why {whom} is banned from a group"), known_to);
        let body = json!({ "traveler_id": self.of(whom).id, "reason": reason });
        let token = self.of(by).token.as_deref();
        world.call(Method::POST, &format!("{group}/bans"), token, Some(body)).await.is(201);
    }

    async fn brings(&self, world: &World, by: &str, group: &str, trip: &str) {
        let token = self.of(by).token.as_deref();
        let body = json!({ "itinerary_id": trip });
        world.call(Method::POST, &format!("{group}/itineraries"), token, Some(body)).await.is(201);
    }

    /// Her place in a waiting list stays one when she is taken out of the database: its number counts whoever is before.
    pub(crate) async fn keep_her_place(&self, world: &World) {
        let id = |viewer: &str| Arg::Uuid(self.of(viewer).id.parse().unwrap());
        let mut place = open("update travel_group_waitlist set traveler_id = ");
        place.push_bind(id("owner")).push(" where traveler_id = ").push_bind(id("hidden"));
        world.sql(place).await;
    }

    /// A group is hidden from the pair because she has a say in it: there is no world without her to compare that with.
    pub(crate) async fn end_what_she_leads(&self, world: &World) {
        let mut end = open("delete from travel_groups where id in (select group_id from travel_group_members");
        end.push(" where role = 'moderator' and traveler_id = ");
        end.push_bind(Arg::Uuid(self.of("hidden").id.parse().unwrap())).push(")");
        world.sql(end).await;
    }

    /// So does her seat, afterwards: the number of seats is the same for everybody.
    pub(crate) async fn keep_her_seat(&self, world: &World) {
        let id = self.group.rsplit('/').next().unwrap();
        let mut seat = open("update travel_groups set current_members_count = current_members_count + 1 where id = ");
        seat.push_bind(Arg::Uuid(id.parse().unwrap()));
        world.sql(seat).await;
    }
}
