//! Guides and what was agreed with them, and what a woman keeps for the worst: nobody's but hers.

use super::{PAIR, Planted, SEARCHED, VIEWERS, but};
use axum::http::Method;
use kernel::db::{Arg, open};
use testkit::{World, json};

const GUIDES: &str = "/api/women-safety/guides";

impl Planted {
    pub(super) async fn women(&mut self, world: &World) {
        let (all, unpaired) = (but(&[]), but(&PAIR));
        // How to reach a guide is for whoever has a confirmed booking: not for who asks, and not any more afterwards.
        let hers = self.guide(world, "hidden", &unpaired, &["hidden", "stranger"]).await;
        let owners = self.guide(world, "owner", &all, &["owner", "hidden"]).await;
        let confirmed = self.booking(world, "stranger", &hers, &["stranger", "hidden"], &[]).await;
        self.done(world, "hidden", Method::POST, &step(&confirmed, "confirm")).await;
        let confirmed = self.booking(world, "hidden", &owners, &["hidden", "owner"], &[]).await;
        self.done(world, "owner", Method::POST, &step(&confirmed, "confirm")).await;
        self.booking(world, "member", &hers, &["member", "hidden"], &[]).await;
        let declined = self.booking(world, "blocker", &owners, &["blocker", "owner"], &[]).await;
        let reason = self.word("why a booking was declined", &["blocker", "owner"]);
        let owner = self.of("owner").token.as_deref();
        world.call(Method::POST, &step(&declined, "decline"), owner, Some(json!({ "reason": reason }))).await.is(200);

        let at_her = but(&["blocker", "hidden"]);
        let tours = [
            ("woman", "hidden", &hers, &unpaired),
            ("blocked", "hidden", &hers, &at_her),
            ("hidden", "owner", &owners, &unpaired),
            ("stranger", "owner", &owners, &all),
        ];
        for (by, with, guide, known_to) in tours {
            let booking = self.booking(world, by, guide, &[by, with], known_to).await;
            let mut over = open("update guide_bookings set status = 'completed' where id = ");
            over.push_bind(Arg::Uuid(booking.parse().unwrap()));
            world.sql(over).await;
            let what = format!("what {by} says of the guide {with}");
            let w = self.word(&what, known_to);
            let body = json!({ "booking_id": booking, "rating": 4, "review_title": w, "review_text": w });
            let review = self.created(world, by, "/api/women-safety/reviews", body, &what, known_to).await;
            let answer = self.word(&format!("the answer to {what}"), known_to);
            let path = format!("/api/women-safety/reviews/{review}/answer");
            let token = self.of(with).token.as_deref();
            world.call(Method::POST, &path, token, Some(json!({ "answer": answer }))).await.is(201);
        }
        for by in ["owner", "hidden"] {
            self.kit(world, by).await;
        }
        self.resources(world).await;
    }

    async fn guide(
        &mut self,
        world: &World,
        by: &'static str,
        known_to: &[&'static str],
        reach: &[&'static str],
    ) -> String {
        let what = format!("the guide {by}");
        let w = self.word(&what, known_to);
        let mail = self.word(&format!("the address of {what}"), reach);
        let phone = format!("+81 75 5550{:03}", self.words);
        self.secret(&phone, &format!("the number of {what}"), reach);
        let searched = if known_to.len() == VIEWERS.len() { "" } else { SEARCHED };
        let body = json!({
            "bio": format!("{searched} {w}"), "languages_spoken": ["English", w], "specializations": ["cultural", w],
            "favorite_destinations": [w], "service_locations": [format!("Kyoto {searched} {w}")], "hourly_rate_usd": 25,
            "contact_email": format!("{mail}@example.org"), "phone_for_bookings": phone, "cancellation_policy": w,
            "safety_protocols": w,
        });
        let id = self.created(world, by, &format!("{GUIDES}/profile"), body, &what, known_to).await;
        self.done(world, "admin", Method::POST, &format!("/api/admin/guides/{id}/verify")).await;
        id
    }

    /// A request of a guide. What it is about is told by a review, if there will be one.
    async fn booking(
        &mut self,
        world: &World,
        by: &'static str,
        guide: &str,
        sides: &[&'static str],
        reviewed: &[&'static str],
    ) -> String {
        let what = format!("the booking of {by}");
        // Who does not see who booked keeps the days, and no words.
        let sees_words = if PAIR.contains(&by) && sides.contains(&"hidden") { &[by][..] } else { sides };
        let w = self.word(&format!("the words of {what}"), sees_words);
        let about = self.word(&format!("the activity of {what}"), &[sees_words, reviewed].concat());
        let day = |n: usize| format!("2027-{:02}-{:02}", 1 + self.words / 13 % 12, 2 + 2 * (self.words % 13) + n);
        let (first, last) = (day(0), day(1));
        self.secret(&first, &format!("the first day of {what}"), sides);
        self.secret(&last, &format!("the last day of {what}"), sides);
        let body = json!({
            "destination": w, "start_date": first, "end_date": last, "activity_type": about, "special_requirements": w,
            "notes_from_traveler": w, "emergency_contacts_shared": true,
        });
        self.created(world, by, &format!("{GUIDES}/{guide}/book"), body, &what, sides).await
    }

    /// Settings with a contact who agreed, and a call for help.
    async fn kit(&mut self, world: &World, by: &'static str) {
        let own = [by];
        let medical = self.word(&format!("the medical text of {by}"), &[]);
        let [insurance, contact, place, message] = ["insurance", "contact", "place", "call for help"]
            .map(|what| self.word(&format!("the {what} of {by}"), &own));
        let phone = format!("+819998877{:03}", self.words);
        self.secret(&phone, &format!("the number of the contact of {by}"), &own);
        let address = format!("{contact}@contact.example");
        let body = json!({
            "medical_conditions": medical, "insurance_provider": insurance, "location_sharing_enabled": true,
            "emergency_contacts": [{ "name": contact, "phone": phone, "email": address }],
        });
        let token = self.of(by).token.clone();
        world.call(Method::PUT, "/api/women-safety/settings", token.as_deref(), Some(body)).await.is(200);
        world.run_jobs().await;
        let link = {
            let mails = world.mails();
            let mail = mails.iter().rev().find(|m| m.to() == address).unwrap();
            mail.token("/emergency-contact").unwrap()
        };
        self.secret(&link.to_lowercase(), &format!("the link of the contact of {by}"), &[]);
        let yes = json!({ "token": link, "agree": true });
        world.post("/api/women-safety/contacts/confirm", yes).await.is(200);
        let call = json!({ "location": place, "message": message });
        let what = format!("the call for help of {by}");
        self.created(world, by, "/api/women-safety/emergency-alert", call, &what, &own).await;
        world.run_jobs().await;
    }

    async fn resources(&mut self, world: &World) {
        for (what, known_to) in [("a resource", but(&[])), ("a retired resource", vec!["admin"])] {
            let w = self.word(what, &known_to);
            let body = json!({
                "title": format!("Help {w}"), "description": w, "content": w, "category": "emergency", "target_region": w,
                "target_countries": [w], "applies_to_travel_types": [w], "source": w, "checked_on": "2026-11-01",
                "external_links": [{ "title": w, "url": format!("https://help.example.org/{w}") }],
                "helpline_numbers": [{ "country": w, "service": w, "number": "112" }],
            });
            let id = self.created(world, "admin", "/api/admin/resources", body, what, &known_to).await;
            if what.contains("retired") {
                self.done(world, "admin", Method::DELETE, &format!("/api/admin/resources/{id}")).await;
            }
        }
    }

    /// What she completed is in the count of a guide when she is taken out of the database: it is the same for everybody.
    pub(crate) async fn keep_her_tours(&self, world: &World) {
        let id = |viewer: &str| Arg::Uuid(self.of(viewer).id.parse().unwrap());
        let mut tours = open("update guide_bookings set traveler_id = ");
        tours.push_bind(id("stranger")).push(" where status = 'completed' and traveler_id = ").push_bind(id("hidden"));
        world.sql(tours).await;
    }
}

fn step(booking: &str, step: &str) -> String {
    format!("/api/women-safety/bookings/{booking}/{step}")
}
