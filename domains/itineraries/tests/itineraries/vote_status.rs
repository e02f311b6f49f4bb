//! What became of a vote, for whoever did not hear the answer.

use crate::{and, at, bearer, disable, request, trip};
use serde_json::Value;
use testkit::{Person, World, json};

fn of(request: &str) -> String {
    format!("/api/votes/status/{request}")
}

/// What there is to say of a request by which the person did not vote.
async fn assert_nothing(person: &Person<'_>, request: &str) {
    let answer = person.get(&of(request)).await.is(200);
    let nothing = json!({ "status": "not_found", "request_id": request, "reconciled": false, "error": null,
        "final_upvotes": null, "final_downvotes": null });
    assert_eq!(answer.data(), &nothing);
}

/// Votes by a request of this name.
async fn vote(world: &World, person: &Person<'_>, path: &str, body: Value, name: &str) {
    let headers = [("authorization", &*bearer(person)), ("x-request-id", name)];
    world.send(request("POST", path, &headers, body)).await.is(200);
}

#[tokio::test]
async fn a_vote_is_found_by_its_request_with_the_counts_as_they_are_now() {
    let world = World::new().await;
    let (asha, bela, chitra) = (world.person("asha").await, world.person("bela").await, world.person("chitra").await);
    let ids = [asha.publishes(trip("Kyoto on foot")).await, asha.publishes(trip("Osaka by night")).await];
    let cast = |id: &str, way: &str| json!({ "project_id": id, "vote_type": way });
    let first = bela.post("/api/votes", cast(&ids[0], "up")).await.is(200);
    let first = first.data()["request_id"].as_str().unwrap().to_owned();
    vote(&world, &chitra, "/api/votes", cast(&ids[0], "down"), "of-chitra-1").await;
    vote(&world, &bela, &format!("{}/downvote", at(&ids[1])), Value::Null, "of-bela-2").await;
    let now = async |person: &Person<'_>, request: &str| {
        let answer = person.get(&of(request)).await.is(200);
        let fields = ["request_id", "status", "reconciled", "error"].map(|f| answer.data()[f].clone());
        assert_eq!(fields, [json!(request), json!("completed"), json!(true), Value::Null]);
        ["final_upvotes", "final_downvotes"].map(|f| answer.data()[f].as_i64().unwrap())
    };
    assert_eq!(now(&bela, &first).await, [1, 1]);
    assert_eq!(now(&chitra, "of-chitra-1").await, [1, 1]);
    assert_eq!(now(&bela, "of-bela-2").await, [0, 1]);
    // Changed, it is known by the last request; taken back, by none.
    vote(&world, &bela, "/api/votes", cast(&ids[0], "down"), "of-bela-3").await;
    assert_nothing(&bela, &first).await;
    assert_eq!(now(&bela, "of-bela-3").await, [0, 2]);
    vote(&world, &bela, &format!("{}/downvote", at(&ids[0])), Value::Null, "of-bela-4").await;
    assert_nothing(&bela, "of-bela-3").await;
    assert_nothing(&bela, "of-bela-4").await;
    assert_eq!(now(&chitra, "of-chitra-1").await, [0, 1]);
    // A client that names all its requests the same is told of the last one.
    world.advance(crate::SECOND);
    vote(&world, &chitra, "/api/votes", cast(&ids[1], "up"), "of-chitra-1").await;
    assert_eq!(now(&chitra, "of-chitra-1").await, [1, 1]);
    world.advance(crate::SECOND);
    vote(&world, &chitra, "/api/votes", cast(&ids[0], "up"), "of-chitra-1").await;
    assert_eq!(now(&chitra, "of-chitra-1").await, [1, 0]);
}

#[tokio::test]
async fn only_ones_own_votes_on_trips_that_one_still_sees_are_found() {
    let world = World::new().await;
    let (asha, bela, dora) = (world.person("asha").await, world.person("bela").await, world.person("dora").await);
    let root = world.admin("captain").await;
    let kept = asha.publishes(trip("Kyoto on foot")).await;
    let withdrawn = asha.publishes(trip("Osaka by night")).await;
    let deleted = asha.publishes(trip("Kobe on foot")).await;
    let banned = dora.publishes(trip("Nara at dawn")).await;
    for (id, name) in
        [(&kept, "on-the-kept"), (&withdrawn, "on-withdrawn"), (&deleted, "on-deleted"), (&banned, "on-banned")]
    {
        vote(&world, &bela, &format!("{}/upvote", at(id)), Value::Null, name).await;
        assert_eq!(bela.get(&of(name)).await.is(200).data()["status"], "completed", "{name}");
        for other in [&asha, &dora, &root] {
            assert_nothing(other, name).await;
        }
        world.get(&of(name)).await.fails(401, "missing_token");
    }
    asha.patch(&at(&withdrawn), json!({ "is_published": false })).await.is(200);
    asha.delete(&at(&deleted)).await.is(200);
    disable(&world, &dora).await;
    for name in ["on-withdrawn", "on-deleted", "on-banned"] {
        assert_nothing(&bela, name).await;
    }
    assert_eq!(bela.get(&of("on-the-kept")).await.is(200).data()["final_upvotes"], 1);
    asha.post(&format!("/api/users/{}/block", bela.id), json!({})).await.is(200);
    assert_nothing(&bela, "on-the-kept").await;
}

#[tokio::test]
async fn what_cannot_be_a_request_is_not_found() {
    let world = World::new().await;
    let bela = world.person("bela").await;
    for (asked, meant) in
        [("nothing", "nothing"), ("a%20b%27--%20c%20d", "a b'-- c d"), ("%00%00%00%00%00%00%00%00", "\0\0\0\0\0\0\0\0")]
    {
        let answer = bela.get(&of(asked)).await.is(200);
        assert_eq!(
            answer.data(),
            &and(
                json!({ "request_id": meant }),
                json!({ "status": "not_found", "reconciled": false,
            "error": null, "final_upvotes": null, "final_downvotes": null })
            )
        );
    }
    assert_nothing(&bela, &"x".repeat(65)).await;
    bela.get(&of("%FF%FF%FF%FF%FF%FF%FF%FF")).await.fails(404, "not_found");
}
