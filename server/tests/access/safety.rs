//! Guides and their guests, calls for help, and resources.

use crate::{
    people::{Actor, Cast, block, made as person},
    things::{Ids, created, fresh, id_of},
};
use axum::http::Method;
use kernel::db::open;
use serde_json::Value;
use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};
use testkit::{World, json};

/// Makes a thing of this kind, `None` for a kind that is not of women's safety.
pub(crate) async fn made(world: &World, cast: &Cast, actor: &Actor, kind: &str) -> Option<Ids> {
    let (owner, host, admin) = (cast.of("owner"), cast.of("host"), cast.of("admin"));
    let post = async |by: &Actor, path: &str, body: Value| {
        world.call(Method::POST, path, by.token.as_deref(), Some(body)).await
    };
    let resource = async || {
        let body = json!({
            "title": "Police", "content": "Call them.", "category": "emergency", "source": "The police",
            "checked_on": "2026-11-01",
        });
        created(world, admin, "/api/admin/resources", body).await
    };
    Some(match kind {
        "guide" => vec![("id", guide_of(world, owner).await)],
        "women's guide" => vec![("id", guide_of(world, host).await)],
        "guarded guide" => {
            let guide = person(world, "guide", &fresh(), owner).await;
            block(world, &guide, admin).await;
            vec![("id", guide_of(world, &guide).await)]
        }
        "toured guide" => {
            let guide = guide_of(world, owner).await;
            let day = Booked::new(world, cast.of("stranger"), &guide).await.day;
            if actor.id != owner.id && !actor.id.is_empty() {
                let mut sql = open("update guide_bookings set status = 'completed', traveler_id = ");
                sql.push("(select id from travelers where email_key = ").push_bind(actor.email());
                sql.push(") where start_date = ").push_bind(day);
                world.sql(sql).await;
            }
            vec![("id", guide)]
        }
        "booking" | "confirmed booking" | "begun booking" | "ended booking" | "completed booking" | "review" => {
            let guide = guide_of(world, host).await;
            let Booked { id, day } = Booked::new(world, owner, &guide).await;
            if kind != "booking" {
                post(host, &format!("/api/women-safety/bookings/{id}/confirm"), json!({})).await.is(200);
            }
            if matches!(kind, "begun booking" | "ended booking" | "completed booking" | "review") {
                let status = if matches!(kind, "begun booking" | "ended booking") { "confirmed" } else { "completed" };
                // Today everywhere on earth, or some days ago.
                let ago = Duration::from_hours(if kind == "ended booking" { 72 } else { 0 });
                let now = world.app.clock.now().minus(ago);
                let (first, last) = (now.minus(Duration::from_hours(24)).day(), now.day());
                let mut sql = open("update guide_bookings set status = ");
                sql.push_bind(status.to_owned()).push(", start_date = ").push_bind(first).push(", end_date = ");
                sql.push_bind(last).push(" where start_date = ").push_bind(day);
                world.sql(sql).await;
            }
            if kind == "review" {
                let body = json!({ "booking_id": id, "rating": 4 });
                vec![("id", created(world, owner, "/api/women-safety/reviews", body).await)]
            } else {
                vec![("id", id), ("guide", guide)]
            }
        }
        "resource" => vec![("id", resource().await)],
        "retired resource" => {
            let id = resource().await;
            let path = format!("/api/admin/resources/{id}");
            world.call(Method::DELETE, &path, admin.token.as_deref(), None).await.is(200);
            vec![("id", id)]
        }
        "call for help" => {
            let call = post(owner, "/api/women-safety/emergency-alert", json!({})).await;
            assert!(matches!(call.status, 200 | 201), "{}", call.text);
            vec![("id", id_of(&call))]
        }
        "link of a contact" => vec![("token", mailed(world, "/emergency-contact"))],
        "link of a call for help" => vec![("token", mailed(world, "/emergency-alert"))],
        _ => return None,
    })
}

/// Somebody agrees to be told when the owner calls for help, and then is told.
pub(crate) async fn call_for_help(world: &World, owner: &Actor) {
    let contact = json!({ "name": "Mira", "phone": "+91 98765 43210", "email": "mira@contact.example" });
    let settings = json!({ "emergency_contacts": [contact] });
    world.call(Method::PUT, "/api/women-safety/settings", owner.token.as_deref(), Some(settings)).await.is(200);
    world.run_jobs().await;
    let answer = json!({ "token": mailed(world, "/emergency-contact"), "agree": true });
    world.post("/api/women-safety/contacts/confirm", answer).await.is(200);
    let path = "/api/women-safety/emergency-alert";
    world.call(Method::POST, path, owner.token.as_deref(), Some(json!({}))).await.is(201);
    world.run_jobs().await;
}

fn mailed(world: &World, link: &str) -> String {
    world.mails().iter().find_map(|mail| mail.token(link)).unwrap()
}

/// Becomes a guide.
pub(crate) async fn guides(world: &World, who: &Actor, accepts: &str) {
    let body = json!({ "service_locations": ["Kyoto, Japan"], "hourly_rate_usd": 25.5, "accepts": accepts });
    created(world, who, "/api/women-safety/guides/profile", body).await;
}

async fn guide_of(world: &World, who: &Actor) -> String {
    id_of(&world.call(Method::GET, "/api/women-safety/guides/profile", who.token.as_deref(), None).await.is(200))
}

struct Booked {
    id: String,
    day: kernel::clock::Day,
}

impl Booked {
    /// Asks a guide for a day that nobody has asked for.
    async fn new(world: &World, who: &Actor, guide: &str) -> Self {
        static DAYS: AtomicU64 = AtomicU64::new(10);
        let day = world.app.clock.today().plus_days(DAYS.fetch_add(1, Ordering::SeqCst)).unwrap();
        let body = json!({ "destination": "Kyoto", "start_date": day.to_string(), "end_date": day.to_string() });
        let id = created(world, who, &format!("/api/women-safety/guides/{guide}/book"), body).await;
        Self { id, day }
    }
}
