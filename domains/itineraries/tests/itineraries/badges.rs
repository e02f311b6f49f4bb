//! Badges: awarded by administrators, shown to everybody.

use crate::{LIST, NOBODYS, and, at, disable, trip};
use axum::http::Method;
use futures_util::future::join_all;
use testkit::{World, json};

const AWARD: [&str; 2] = ["/api/badges/award", "/api/admin/badges/award"];

#[tokio::test]
async fn administrators_award_badges_and_nobody_else_does() {
    let world = World::new().await;
    let (asha, root) = (world.person("asha").await, world.admin("captain").await);
    let id = asha.publishes(trip("Kyoto on foot")).await;
    let body = json!({ "project_id": id, "badge_type": "gold" });
    for path in AWARD {
        world.post(path, body.clone()).await.fails(401, "missing_token");
        asha.post(path, body.clone()).await.fails(403, "admin_required");
    }
    let badge = root.post(AWARD[0], body.clone()).await.is(201);
    let remove = format!("/api/admin/badges/{}", badge.data()["id"].as_str().unwrap());
    asha.delete(&remove).await.fails(403, "admin_required");
    world.call(Method::DELETE, &remove, None, None).await.fails(401, "missing_token");
    assert_eq!(world.scalar("select cast(count(*) as bigint) from itinerary_badges").await, 1);
}

#[tokio::test]
async fn a_badge_stands_in_every_view_of_its_trip() {
    let world = World::new().await;
    let (asha, root) = (world.person("asha").await, world.admin("captain").await);
    let (id, other) = (asha.publishes(trip("Kyoto on foot")).await, asha.publishes(trip("Osaka by night")).await);
    world.get(LIST).await.is(200);
    world.get(&at(&id)).await.is(200);
    let body =
        json!({ "project_id": id, "badge_type": "gold", "rationale": " Every step can be followed ", "points": 99 });
    let awarded = root.post(AWARD[1], body).await.is(201);
    let badge = awarded.data().clone();
    assert_eq!(awarded.message(), "Badge awarded");
    for (field, value) in [
        ("project_id", json!(id)),
        ("validator_id", json!(root.id)),
        ("badge_type", json!("gold")),
        ("points", json!(15)),
        ("rationale", json!("Every step can be followed")),
        ("custom_badge_name", json!(null)),
        ("awarded_at", json!("2026-11-23T09:30:00.000000Z")),
    ] {
        assert_eq!(badge[field], value, "{field}");
    }
    root.post(&format!("/api/saved/save/{id}"), json!({})).await.is(201);
    for reader in [&asha, &root] {
        assert_eq!(reader.get(&at(&id)).await.data()["badges"], json!([badge]));
    }
    assert_eq!(root.get("/api/saved/my-saved").await.data()[0]["badges"], json!([badge]));
    assert_eq!(world.get(&at(&id)).await.data()["badges"], json!([badge]));
    assert_eq!(world.get(&at(&other)).await.data()["badges"], json!([]));
    for one in world.get(LIST).await.data().as_array().unwrap() {
        assert_eq!(one["badges"], if one["id"] == id { json!([badge]) } else { json!([]) });
    }
    let of = async |id: &str| world.get(&format!("/api/badges/{id}")).await.is(200).data().clone();
    let mut given = badge.clone();
    given["validator"] = json!({ "id": root.id, "username": "captain" });
    assert_eq!(of(&id).await, json!([given]));
    assert_eq!(of(&other).await, json!([]));

    let remove = format!("/api/admin/badges/{}", badge["id"].as_str().unwrap());
    root.delete(&remove).await.is(200);
    root.delete(&remove).await.fails(404, "not_found");
    assert_eq!(world.get(&at(&id)).await.data()["badges"], json!([]));
    assert_eq!(of(&id).await, json!([]));
}

#[tokio::test]
async fn a_trip_has_one_badge_however_many_award_at_once() {
    let world = World::new().await;
    let (asha, root) = (world.person("asha").await, world.admin("captain").await);
    let id = asha.publishes(trip("Kyoto on foot")).await;
    let body = json!({ "project_id": id, "badge_type": "silver" });
    let answers = join_all((0..8).map(|n| root.post(AWARD[n % 2], body.clone()))).await;
    assert_eq!(answers.iter().filter(|a| a.status == 201).count(), 1);
    for refused in answers.into_iter().filter(|a| a.status != 201) {
        refused.fails(409, "already_awarded");
    }
}

#[tokio::test]
async fn a_badge_is_for_what_is_there_and_of_a_known_kind() {
    let world = World::new().await;
    let (asha, dora, root) = (world.person("asha").await, world.person("dora").await, world.admin("captain").await);
    let id = asha.publishes(trip("Kyoto on foot")).await;
    let draft = asha.publishes(and(trip("Secret Kyoto"), json!({ "is_published": false }))).await;
    let hidden = dora.publishes(trip("Kobe by boat")).await;
    let award = async |body| root.post(AWARD[0], body).await;
    award(json!({ "project_id": hidden, "badge_type": "gold" })).await.is(201);
    disable(&world, &dora).await;
    for id in [draft.as_str(), &hidden, NOBODYS.rsplit('/').next().unwrap(), "nonsense"] {
        award(json!({ "project_id": id, "badge_type": "gold" })).await.fails(404, "not_found");
    }
    assert_eq!(world.get(&format!("/api/badges/{hidden}")).await.is(200).data(), &json!([]));
    for (wrong, field) in [
        (json!({ "badge_type": "gold" }), "project_id"),
        (json!({ "project_id": id }), "badge_type"),
        (json!({ "project_id": id, "badge_type": "tin" }), "badge_type"),
        (json!({ "project_id": id, "badge_type": "custom" }), "custom_name"),
        (json!({ "project_id": id, "badge_type": "custom", "custom_name": "x", "points": 1000 }), "points"),
        (
            json!({ "project_id": id, "badge_type": "custom", "custom_name": "x", "custom_image": "javascript:alert(1)" }),
            "custom_image",
        ),
    ] {
        crate::blames(award(wrong).await, field);
    }
    let custom = json!({
        "project_id": id, "badge_type": "custom", "custom_name": "Pathfinder", "points": 42,
        "custom_image": "https://images.example.org/pathfinder.png",
    });
    let badge = award(custom).await.is(201);
    assert_eq!((&badge.data()["custom_badge_name"], &badge.data()["points"]), (&json!("Pathfinder"), &json!(42)));
}

const ALL: &str = "/api/admin/badges";

#[tokio::test]
async fn administrators_see_all_badges_and_nobody_else_does() {
    let world = World::new().await;
    let (asha, root, mate) =
        (world.person("asha").await, world.admin("captain").await, world.admin("second_mate").await);
    let mut ids = Vec::new();
    for (title, admin, kind) in
        [("Kyoto on foot", &root, "gold"), ("Osaka by night", &root, "stone"), ("Nara at dawn", &mate, "gold")]
    {
        let id = asha.publishes(trip(title)).await;
        let badge = admin.post(AWARD[1], json!({ "project_id": id, "badge_type": kind })).await.is(201);
        ids.push((id, badge.data()["id"].as_str().unwrap().to_owned()));
    }
    let titles = async |query: &str| {
        let page = root.get(&format!("{ALL}?{query}")).await.is(200);
        let badges = page.data()["badges"].as_array().unwrap().clone();
        assert_eq!(page.data()["pagination"]["total"], page.data()["total"]);
        badges.iter().map(|b| b["project"]["title"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(titles("").await, ["Nara at dawn", "Osaka by night", "Kyoto on foot"]);
    assert_eq!(titles("badge_type=gold").await, ["Nara at dawn", "Kyoto on foot"]);
    assert_eq!(titles(&format!("validator_id={}", root.id)).await, ["Osaka by night", "Kyoto on foot"]);
    assert_eq!(titles(&format!("project_id={}", ids[0].0)).await, ["Kyoto on foot"]);
    assert_eq!(titles("project_id=nothing").await, [""; 0]);
    assert_eq!(titles("per_page=1&page=2").await, ["Osaka by night"]);
    let page = root.get(&format!("{ALL}?per_page=2")).await.is(200);
    let [total, pages, current] = ["total", "pages", "current_page"].map(|f| page.data()[f].clone());
    assert_eq!([total, pages, current], [3, 2, 1]);
    let one = format!("{ALL}/{}", ids[2].1);
    let badge = root.get(&one).await.is(200);
    assert_eq!(badge.data()["validator"], json!({ "id": mate.id, "username": "second_mate" }));
    for path in [ALL, one.as_str()] {
        asha.get(path).await.fails(403, "admin_required");
        world.get(path).await.fails(401, "missing_token");
    }
    for nothing in ["01a3b1c2-7a00-7000-8000-0000000000ff", "no-id"] {
        root.get(&format!("{ALL}/{nothing}")).await.fails(404, "not_found");
        root.patch(&format!("{ALL}/{nothing}"), json!({ "badge_type": "gold" })).await.fails(404, "not_found");
    }
}

#[tokio::test]
async fn whoever_sees_a_badge_sees_who_awarded_it_unless_they_are_hidden() {
    let world = World::new().await;
    let (asha, bela, root) = (world.person("asha").await, world.person("bela").await, world.admin("captain").await);
    let id = asha.publishes(trip("Kyoto on foot")).await;
    root.post(AWARD[1], json!({ "project_id": id, "badge_type": "gold" })).await.is(201);
    let path = format!("/api/badges/{id}");
    let named = json!({ "id": root.id, "username": "captain" });
    assert_eq!(world.get(&path).await.is(200).data()[0]["validator"], named);
    assert_eq!(bela.get(&path).await.is(200).data()[0]["validator"], named);
    bela.post(&format!("/api/users/{}/block", root.id), json!({})).await.is(200);
    let hidden = bela.get(&path).await.is(200);
    assert_eq!((&hidden.data()[0]["validator"], &hidden.data()[0]["badge_type"]), (&json!(null), &json!("gold")));
}

#[tokio::test]
async fn a_badge_is_changed_by_administrators_only() {
    let world = World::new().await;
    let (asha, root) = (world.person("asha").await, world.admin("captain").await);
    let (id, other) = (asha.publishes(trip("Kyoto on foot")).await, asha.publishes(trip("Osaka by night")).await);
    let award = async |id: &str| {
        let body = json!({ "project_id": id, "badge_type": "stone", "rationale": "Steps" });
        root.post(AWARD[1], body).await.is(201).data()["id"].as_str().unwrap().to_owned()
    };
    let (path, _) = (format!("{ALL}/{}", award(&id).await), award(&other).await);
    let shown = async |id: &str| {
        let badges = world.get(&at(id)).await.is(200).data()["badges"][0].clone();
        ["badge_type", "points", "rationale", "custom_badge_name"].map(|field| badges[field].clone())
    };
    let stone = [json!("stone"), json!(5), json!("Steps"), json!(null)];
    assert_eq!(shown(&id).await, stone);
    asha.patch(&path, json!({ "badge_type": "gold" })).await.fails(403, "admin_required");
    for (field, bad) in [
        ("badge_type", json!({ "badge_type": "diamond" })),
        ("custom_name", json!({ "badge_type": "custom" })),
        ("rationale", json!({ "rationale": "x".repeat(2001) })),
        ("custom_image", json!({ "custom_image": "javascript:1" })),
    ] {
        crate::blames(root.patch(&path, bad).await, field);
    }
    assert_eq!(shown(&id).await, stone);
    root.patch(&path, json!({ "badge_type": "gold", "points": 99 })).await.is(200);
    assert_eq!(shown(&id).await, [json!("gold"), json!(15), json!("Steps"), json!(null)]);
    let custom = json!({ "badge_type": "custom", "custom_name": "Pathfinder", "points": 42, "rationale": "Signs" });
    root.patch(&path, custom).await.is(200);
    let custom = [json!("custom"), json!(42), json!("Signs"), json!("Pathfinder")];
    assert_eq!(shown(&id).await, custom);
    root.patch(&path, json!({})).await.is(200);
    assert_eq!(shown(&id).await, custom, "what is not given stays");
    root.patch(&path, json!({ "badge_type": "silver" })).await.is(200);
    assert_eq!(shown(&id).await, [json!("silver"), json!(10), json!("Signs"), json!(null)]);
    assert_eq!(shown(&other).await, stone);
}

#[tokio::test]
async fn administrators_see_the_badges_of_a_trip_with_what_they_are_worth() {
    let world = World::new().await;
    let (asha, root, mate) =
        (world.person("asha").await, world.admin("captain").await, world.admin("second_mate").await);
    let titles = ["Kyoto on foot", "Osaka by night", "Nara at dawn", "Kobe slowly"];
    let mut ids = Vec::new();
    for title in titles {
        ids.push(asha.publishes(trip(title)).await);
    }
    for (id, kind) in [(&ids[0], "gold"), (&ids[1], "demerit"), (&ids[3], "stone")] {
        mate.post(AWARD[1], json!({ "project_id": id, "badge_type": kind })).await.is(201);
    }
    let of = |id: &str| format!("/api/admin/projects/{id}/badges");
    for (id, title, kinds, points) in
        [(&ids[0], titles[0], &["gold"][..], 15), (&ids[1], titles[1], &["demerit"], -10), (&ids[2], titles[2], &[], 0)]
    {
        let answer = root.get(&of(id)).await.is(200);
        let badges = answer.data()["badges"].as_array().unwrap();
        assert_eq!(badges.iter().map(|b| b["badge_type"].as_str().unwrap()).collect::<Vec<_>>(), kinds);
        assert_eq!(answer.data()["project"], json!({ "id": id, "title": title }));
        assert_eq!(
            (&answer.data()["total_badges"], &answer.data()["total_points"]),
            (&json!(kinds.len()), &json!(points))
        );
        for badge in badges {
            assert_eq!(badge["validator"], json!({ "id": mate.id, "username": "second_mate" }));
            assert_eq!(*badge, *root.get(&format!("{ALL}/{}", badge["id"].as_str().unwrap())).await.is(200).data());
        }
        asha.get(&of(id)).await.fails(403, "admin_required");
        world.get(&of(id)).await.fails(401, "missing_token");
    }
    // What was withdrawn is no administrator's to read, but its badge is.
    for id in [&ids[2], &ids[3]] {
        asha.patch(&at(id), json!({ "is_published": false })).await.is(200);
    }
    root.get(&of(&ids[2])).await.fails(404, "not_found");
    let withdrawn = root.get(&of(&ids[3])).await.is(200);
    assert_eq!((&withdrawn.data()["total_points"], &withdrawn.data()["project"]["title"]), (&json!(5), &json!(null)));
    for nothing in [NOBODYS.rsplit('/').next().unwrap(), "no-id"] {
        root.get(&of(nothing)).await.fails(404, "not_found");
    }
}

#[tokio::test]
async fn a_badge_does_not_tell_the_title_of_what_nobody_else_is_shown() {
    let world = World::new().await;
    let (asha, bela, root) = (world.person("asha").await, world.person("bela").await, world.admin("captain").await);
    let mut badges = Vec::new();
    for (person, title) in
        [(&asha, "A draft"), (&asha, "Gone for good"), (&bela, "By somebody banned"), (&asha, "Shown to all")]
    {
        let id = person.publishes(trip(title)).await;
        let badge = root.post(AWARD[1], json!({ "project_id": id, "badge_type": "gold" })).await.is(201);
        badges.push((id, format!("{ALL}/{}", badge.data()["id"].as_str().unwrap())));
    }
    asha.post(&format!("{}/unpublish", at(&badges[0].0)), json!({})).await.is(200);
    asha.patch(&at(&badges[0].0), json!({ "title": "Where I hide" })).await.is(200);
    asha.delete(&at(&badges[1].0)).await.is(200);
    accounts::admin::ban(&world.app, "bela@example.org").await.unwrap();

    let list = root.get(ALL).await.is(200);
    let shown = |badge: &serde_json::Value| (badge["project"]["id"].clone(), badge["project"]["title"].clone());
    let listed: Vec<_> = list.data()["badges"].as_array().unwrap().iter().rev().map(shown).collect();
    for (n, (id, path)) in badges.iter().enumerate() {
        let expected = (json!(id), if n == 3 { json!("Shown to all") } else { json!(null) });
        assert_eq!(listed[n], expected);
        let alone = root.get(&format!("{ALL}?project_id={id}")).await.is(200);
        assert_eq!(shown(&alone.data()["badges"][0]), expected);
        assert_eq!(shown(root.get(path).await.is(200).data()), expected);
        assert_eq!(shown(root.patch(path, json!({ "rationale": "x" })).await.is(200).data()), expected);
        // It can be taken away.
        root.delete(path).await.is(200);
    }
    assert_eq!(root.get(ALL).await.is(200).data()["badges"], json!([]));
}
