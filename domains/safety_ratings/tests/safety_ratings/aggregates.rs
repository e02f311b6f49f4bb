//! What the ratings of a trip say together.

use crate::{at, of, rates, safety, trip};
use kernel::jobs::{Job, Jobs};
use serde::{Deserialize, Serialize};
use std::sync::Mutex;
use testkit::{World, json};
use uuid::Uuid;

#[tokio::test]
async fn the_mean_and_its_interval_follow_every_change() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let (kyoto, osaka) = (asha.publishes(trip("Kyoto on foot")).await, asha.publishes(trip("Osaka by night")).await);
    let mut raters = Vec::new();
    for n in 0..3 {
        raters.push(world.person(&format!("rater{n}")).await);
    }
    rates(&raters[0], &osaka, 1).await;
    assert_eq!(safety(&world, &kyoto).await, json!([0.0, 0, 0.0, 0.0]));
    let first = rates(&raters[0], &kyoto, 5).await;
    assert_eq!(safety(&world, &kyoto).await, json!([5.0, 1, 2.23, 5.0]));
    rates(&raters[1], &kyoto, 5).await;
    rates(&raters[2], &kyoto, 4).await;
    assert_eq!(safety(&world, &kyoto).await, json!([4.67, 3, 2.7, 4.67]));
    raters[0].patch(&at(&first), json!({ "rating": 3 })).await.is(200);
    assert_eq!(safety(&world, &kyoto).await[0], 4.0);
    raters[0].delete(&at(&first)).await.is(200);
    assert_eq!(safety(&world, &kyoto).await[0], 4.5);
    assert_eq!(safety(&world, &osaka).await, json!([1.0, 1, 1.0, 3.77]));

    let trip = world.get(&format!("/api/itineraries/{kyoto}")).await.is(200);
    let together = world.get(&of(&kyoto, "safety-rating")).await.is(200);
    for view in [trip.data(), together.data()] {
        assert_eq!((&view["safety_score"], &view["safety_ratings_count"]), (&json!(4.5), &json!(2)));
    }
}

#[tokio::test]
async fn verified_raters_count_alone_and_types_are_told_apart() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let kyoto = asha.publishes(trip("Kyoto on foot")).await;
    let mut ids = Vec::new();
    for (n, (score, kind)) in [(1, "overall"), (5, "route"), (4, "route"), (2, "women_safety")].into_iter().enumerate()
    {
        let rater = world.person(&format!("rater{n}")).await;
        let made = rater.post(&of(&kyoto, "rating"), json!({ "rating": score, "rating_type": kind })).await.is(201);
        ids.push(made.data()["id"].as_str().unwrap().to_owned());
    }
    let by_type = world.get(&of(&kyoto, "safety-rating")).await.is(200).data()["by_type"].clone();
    let of_type = |kind: &str| json!([by_type[kind]["score"], by_type[kind]["count"]]);
    assert_eq!(by_type.as_object().unwrap().len(), 5);
    assert_eq!((of_type("overall"), of_type("route")), (json!([1.0, 1]), json!([4.5, 2])));
    assert_eq!((of_type("women_safety"), of_type("community")), (json!([2.0, 1]), json!([0.0, 0])));
    assert_eq!(safety(&world, &kyoto).await[0], 3.0);

    // Groups will say who was there; until then nothing does, so it is written behind the API's back.
    for id in &ids[1..3] {
        let verified = kernel::sql!("update safety_ratings set verified_traveler = TRUE where id = $1");
        world.sql(verified.bind(crate::key(id))).await;
    }
    rates(&world.person("another").await, &kyoto, 1).await;
    assert_eq!(safety(&world, &kyoto).await[0], 4.5);
    assert_eq!(safety(&world, &kyoto).await[1], 2);
}

static HEARD: Mutex<Vec<Uuid>> = Mutex::new(Vec::new());

#[derive(Serialize, Deserialize)]
struct Hears(Uuid);

impl From<Uuid> for Hears {
    fn from(about: Uuid) -> Self {
        Self(about)
    }
}

impl Job for Hears {
    const KIND: &'static str = "test_hears";
    async fn run(self, _: kernel::App, _: Uuid) -> kernel::Result<()> {
        HEARD.lock().unwrap().push(self.0);
        Ok(())
    }
}

#[tokio::test]
async fn whoever_scores_trips_hears_of_every_rating() {
    let world = World::with_jobs(Jobs::default().on_event::<Hears>("itinerary_rated")).await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let kyoto = asha.publishes(trip("Kyoto on foot")).await;
    asha.publishes(trip("Osaka by night")).await;
    let heard = async || {
        world.run_jobs().await;
        std::mem::take(&mut *HEARD.lock().unwrap())
    };
    assert!(heard().await.is_empty());
    let about = vec![kyoto.parse::<Uuid>().unwrap()];
    let id = rates(&bela, &kyoto, 4).await;
    assert_eq!(heard().await, about);
    bela.post(&of(&kyoto, "rating"), json!({ "rating": 5 })).await.is(200);
    assert_eq!(heard().await, about);
    bela.patch(&at(&id), json!({ "rating": 3 })).await.is(200);
    assert_eq!(heard().await, about);
    asha.post(&format!("{}/helpful", at(&id)), json!({})).await.is(200);
    assert_eq!(heard().await, about, "helpful votes are counted at the trip");
    asha.post(&format!("{}/unhelpful", at(&id)), json!({})).await.is(200);
    assert_eq!(heard().await, about, "one less");
    asha.post(&format!("{}/unhelpful", at(&id)), json!({})).await.is(200);
    assert!(heard().await.is_empty(), "other votes say nothing of the trip");
    bela.delete(&at(&id)).await.is(200);
    assert_eq!(heard().await, about);
}
