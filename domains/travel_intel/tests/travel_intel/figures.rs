//! Figures about a trip.

use crate::{INTEL, NOBODYS, at, counted, disable, enable, key, replies, says, trip};
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

#[tokio::test]
async fn what_somebody_gone_wrote_and_what_stands_below_it_is_in_no_figure() {
    let world = World::new().await;
    let (asha, bela, cleo) = (world.person("asha").await, world.person("bela").await, world.person("cleo").await);
    let (kyoto, osaka) = (trip(&asha, "Kyoto on foot").await, trip(&asha, "Osaka by night").await);
    let both = async || {
        world.run_jobs().await;
        let figures =
            "select cast(others_count + 100 * intel_count as bigint) from itinerary_intel where itinerary_id = $1";
        let mut all = Vec::new();
        for trip in [&kyoto, &osaka] {
            let of: i64 =
                world.app.db.read().await.unwrap().one(kernel::db::Sql::new(figures).bind(key(trip))).await.unwrap();
            let shown = world.get(&format!("/api/itineraries/{trip}")).await.is(200).data()["comment_count"].clone();
            assert_eq!(json!(of / 100), shown);
            all.push((of / 100, of % 100));
        }
        all
    };
    let his = says(&bela, &kyoto, "his", json!({})).await;
    replies(&asha, &his, "an answer by the author").await;
    let below = replies(&cleo, &his, "an answer by another").await;
    let hers = says(&cleo, &kyoto, "hers", json!({})).await;
    replies(&bela, &hers, "his below hers").await;
    let silenced = says(&bela, &kyoto, "hidden", json!({})).await;
    asha.post(&format!("{}/hide", at(&silenced)), json!({})).await.is(200);
    says(&bela, &osaka, "elsewhere", json!({})).await;
    says(&cleo, &osaka, "elsewhere", json!({})).await;
    assert_eq!(both().await, [(5, 4), (2, 2)]);
    accounts::admin::ban(&world.app, "bela@example.org").await.unwrap();
    assert_eq!(both().await, [(1, 1), (1, 1)]);
    // Told twice is like told once.
    let mut tx = world.app.db.write().await.unwrap();
    tx.happened("traveler_standing_changed", key(&bela.id)).unwrap();
    tx.commit().await.unwrap();
    assert_eq!(both().await, [(1, 1), (1, 1)]);
    // What goes meanwhile does not come back with him.
    cleo.delete(&at(&below)).await.is(200);
    let top = says(&cleo, &kyoto, "meanwhile", json!({})).await;
    assert_eq!(both().await, [(2, 2), (1, 1)]);
    cleo.delete(&at(&top)).await.is(200);
    accounts::admin::unban(&world.app, "bela@example.org").await.unwrap();
    assert_eq!(both().await, [(4, 3), (2, 2)]);
    asha.delete(&format!("{}/hide", at(&silenced))).await.is(200);
    assert_eq!(both().await, [(5, 4), (2, 2)]);
}

#[tokio::test]
async fn the_figures_for_whoever_blocks_differ_by_whom_they_block_only() {
    let world = World::new().await;
    let (asha, bela, cleo) = (world.person("asha").await, world.person("bela").await, world.person("cleo").await);
    let (dora, eve) = (world.person("dora").await, world.person("eve").await);
    let kyoto = trip(&asha, "Kyoto on foot").await;
    let his = says(&bela, &kyoto, "his", json!({})).await;
    replies(&cleo, &his, "hers below his").await;
    says(&cleo, &kyoto, "hers", json!({})).await;
    dora.post(&format!("/api/users/{}/block", eve.id), json!({})).await.is(200);
    cleo.post(&format!("/api/users/{}/block", bela.id), json!({})).await.is(200);
    let path = format!("/api/itineraries/{kyoto}");
    let count = |answer: testkit::Answer| answer.is(200).data()["comment_count"].as_i64().unwrap();
    let counts = async || [count(world.get(&path).await), count(dora.get(&path).await), count(cleo.get(&path).await)];
    assert_eq!(counts().await, [3, 3, 1]);
    // Also until the job has been there.
    disable(&world, &bela).await;
    assert_eq!(counts().await, [3, 3, 1]);
    enable(&world).await;
    accounts::admin::ban(&world.app, "bela@example.org").await.unwrap();
    world.run_jobs().await;
    assert_eq!(counts().await, [1, 1, 1]);
}
