//! Figures about a trip.

use crate::{INTEL, NOBODYS, at, counted, key, replies, says, trip};
use kernel::{
    App,
    jobs::{Job, Jobs},
    sql,
};
use serde::{Deserialize, Serialize};
use std::sync::Mutex;
use testkit::{World, json};
use uuid::Uuid;

#[tokio::test]
async fn types_count_threads_and_replies_count_apart() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let (kyoto, osaka) = (trip(&asha, "Kyoto on foot").await, trip(&asha, "Osaka by night").await);
    let stats = async |trip: &str| world.get(&format!("{INTEL}/stats/{trip}")).await.is(200).data().clone();
    let none = json!({
        "total": 0, "critical_count": 0, "resolved_count": 0, "replies_count": 0,
        "by_type": { "question": 0, "update": 0, "warning": 0, "recommendation": 0, "local_insight": 0, "tip": 0 },
    });
    assert_eq!(stats(&kyoto).await, none);
    let question = says(&bela, &kyoto, "a", json!({ "intel_type": "question", "status": "resolved" })).await;
    says(&bela, &kyoto, "b", json!({ "intel_type": "warning", "severity_level": "critical" })).await;
    says(&bela, &kyoto, "c", json!({ "intel_type": "tip" })).await;
    let tip = says(&bela, &kyoto, "d", json!({ "intel_type": "tip" })).await;
    says(&bela, &osaka, "elsewhere", json!({ "intel_type": "local_insight" })).await;
    replies(&asha, &question, "yes").await;
    replies(&asha, &tip, "thanks").await;
    bela.delete(&at(&tip)).await.is(200);
    let expected = json!({
        "total": 5, "critical_count": 1, "resolved_count": 1, "replies_count": 2,
        "by_type": { "question": 1, "update": 0, "warning": 1, "recommendation": 0, "local_insight": 0, "tip": 1 },
    });
    assert_eq!(stats(&kyoto).await, expected);
    assert_eq!((counted(&world, &kyoto).await, counted(&world, &osaka).await), (5, 1));
    for unknown in [NOBODYS, "nonsense"] {
        world.get(&format!("{INTEL}/stats/{unknown}")).await.fails(404, "not_found");
    }
}

/// A job of somebody who listens.
#[derive(Serialize, Deserialize)]
struct Heard {
    about: Uuid,
}

static HEARD: Mutex<Vec<Uuid>> = Mutex::new(Vec::new());

impl From<Uuid> for Heard {
    fn from(about: Uuid) -> Self {
        Self { about }
    }
}

impl Job for Heard {
    const KIND: &'static str = "heard";
    async fn run(self, _: App, _: Uuid) -> kernel::Result<()> {
        HEARD.lock().unwrap().push(self.about);
        Ok(())
    }
}

#[tokio::test]
async fn the_others_are_told_that_there_is_more_or_less() {
    let world = World::with_jobs(Jobs::default().on_event::<Heard>("itinerary_intel_changed")).await;
    let asha = world.person("asha").await;
    let trip = trip(&asha, "Kyoto on foot").await;
    let told = async || {
        world.run_jobs().await;
        let heard = std::mem::take(&mut *HEARD.lock().unwrap());
        assert!(heard.iter().all(|about| about.to_string() == trip), "{heard:?}");
        heard.len()
    };
    assert_eq!(told().await, 0);
    let top = says(&asha, &trip, "one", json!({})).await;
    assert_eq!(told().await, 1);
    let reply = replies(&asha, &top, "two").await;
    assert_eq!(told().await, 1);
    asha.delete(&at(&reply)).await.is(200);
    assert_eq!(told().await, 1);
    asha.patch(&at(&top), json!({ "content": "changed" })).await.is(200);
    asha.post(INTEL, json!({ "itinerary_id": trip })).await.is(400);
    assert_eq!(told().await, 0, "no more and no less");
}

#[tokio::test]
async fn what_the_author_of_a_trip_says_is_not_counted_among_what_others_say() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let (kyoto, osaka) = (trip(&asha, "Kyoto on foot").await, trip(&bela, "Osaka by night").await);
    let both = async |trip: &str| {
        let others =
            sql!("select cast(coalesce(sum(others_count), 0) as bigint) from itinerary_intel where itinerary_id = $1");
        let others: i64 = world.app.db.read().await.unwrap().one(others.bind(key(trip))).await.unwrap();
        (counted(&world, trip).await, others)
    };
    let own = says(&asha, &kyoto, "by its author", json!({})).await;
    assert_eq!(both(&kyoto).await, (1, 0));
    let others = says(&bela, &kyoto, "by another", json!({})).await;
    let answer = replies(&asha, &others, "an answer by the author").await;
    replies(&bela, &own, "an answer by another").await;
    says(&asha, &osaka, "where she is another", json!({})).await;
    assert_eq!((both(&kyoto).await, both(&osaka).await), ((4, 2), (1, 1)));
    // What is hidden and shown again, and what is deleted, leaves the figures that it was in.
    asha.post(&format!("{}/hide", at(&others)), json!({})).await.is(200);
    assert_eq!(both(&kyoto).await, (3, 1));
    asha.delete(&format!("{}/hide", at(&others))).await.is(200);
    assert_eq!(both(&kyoto).await, (4, 2));
    asha.delete(&at(&answer)).await.is(200);
    assert_eq!(both(&kyoto).await, (3, 2));
    bela.delete(&at(&others)).await.is(200);
    asha.delete(&at(&own)).await.is(200);
    assert_eq!((both(&kyoto).await, both(&osaka).await), ((1, 1), (1, 1)));
}
