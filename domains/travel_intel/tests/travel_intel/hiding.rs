//! What the author of a trip hides, and what she cannot.

use crate::{
    INTEL, NOBODYS, SECOND, about, at, contents, counted, disable, id, less, post_with_key, replies, says, trip,
};
use futures_util::future::join_all;
use serde_json::Value;
use testkit::{Answer, Person, World, json};

fn body(answer: Answer) -> Value {
    less(&answer.fails(404, "not_found").body, &["request_id"])
}

async fn hide(person: &Person<'_>, id: &str) -> Answer {
    person.post(&format!("{}/hide", at(id)), json!({})).await
}

async fn show(person: &Person<'_>, id: &str) -> Answer {
    person.delete(&format!("{}/hide", at(id))).await
}

#[tokio::test]
async fn what_is_hidden_is_not_there_for_others_and_marked_for_its_author() {
    let world = World::new().await;
    let (asha, bela, chitra) = (world.person("asha").await, world.person("bela").await, world.person("chitra").await);
    let root = world.admin("captain").await;
    let kyoto = trip(&asha, "Kyoto on foot").await;
    let more = json!({ "intel_type": "tip", "severity_level": "critical", "location_gps": "35.123,135.123" });
    let rude = says(&bela, &kyoto, "rude words", more).await;
    let kind = says(&chitra, &kyoto, "kind words", json!({ "intel_type": "tip" })).await;
    let below = replies(&bela, &kind, "rude reply").await;
    replies(&chitra, &kind, "kind reply").await;
    chitra.post(&format!("{}/helpful", at(&rude)), json!({})).await.is(200);
    assert_eq!(counted(&world, &kyoto).await, 4);

    for id in [&rude, &below] {
        for _ in 0..2 {
            let hidden = hide(&asha, id).await.is(200);
            assert_eq!((&hidden.data()["is_hidden"], &hidden.data()["id"]), (&json!(true), &json!(id)));
        }
    }
    assert_eq!(counted(&world, &kyoto).await, 2);
    for other in [None, Some(&chitra)] {
        let get = async |path: &str| match other {
            None => world.get(path).await,
            Some(other) => other.get(path).await,
        };
        for id in [&rude, &below] {
            assert_eq!(body(get(&at(id)).await), body(get(&at(NOBODYS)).await));
        }
        for list in [about(&kyoto), format!("{INTEL}?type=tip"), format!("{}&sort=helpful", about(&kyoto))] {
            let list = get(&list).await.is(200);
            assert_eq!((contents(&list), &list.body["pagination"]["total"]), (vec!["kind words"], &json!(1)));
            assert_eq!(list.data()[0]["replies_count"], 1);
            assert!(!list.text.contains("rude"), "{}", list.text);
        }
        assert_eq!(contents(&get(&format!("{INTEL}?sort=critical")).await.is(200)), [""; 0]);
        let thread = get(&at(&kind)).await.is(200);
        assert_eq!(
            (&thread.data()["intel"]["replies_count"], &thread.data()["pagination"]["total"]),
            (&json!(1), &json!(1))
        );
        assert!(!thread.text.contains("rude"), "{}", thread.text);
        let stats = get(&format!("{INTEL}/stats/{kyoto}")).await.is(200);
        let figures = (&stats.data()["total"], &stats.data()["by_type"]["tip"], &stats.data()["critical_count"]);
        assert_eq!(figures, (&json!(2), &json!(1), &json!(0)));
    }
    for door in ["helpful", "unhelpful", "respond", "hide"] {
        let knock = async |id: &str| body(chitra.post(&format!("{}/{door}", at(id)), json!({ "content": "x" })).await);
        assert_eq!(knock(&rude).await, knock(NOBODYS).await, "{door}");
    }
    let under = json!({ "itinerary_id": kyoto, "content": "x", "parent_intel_id": rude });
    body(chitra.post(INTEL, under).await);
    body(chitra.patch(&at(&rude), json!({ "content": "x" })).await);
    body(chitra.delete(&at(&rude)).await);

    // Who wrote it, who hid it and who moderates have it before them, marked; figures count it for nobody.
    for (reader, exact) in [(&bela, true), (&asha, false), (&root, false)] {
        let seen = reader.get(&at(&rude)).await.is(200);
        assert_eq!(
            (&seen.data()["intel"]["is_hidden"], &seen.data()["intel"]["content"]),
            (&json!(true), &json!("rude words"))
        );
        assert_eq!(seen.text.contains("35.123,135.123"), exact);
        assert_eq!(contents(&reader.get(&about(&kyoto)).await.is(200)), ["kind words", "rude words"]);
        assert_eq!(reader.get(&format!("{INTEL}/stats/{kyoto}")).await.is(200).data()["total"], 2);
    }
    let own = bela.get(&format!("{INTEL}/user/intel")).await.is(200);
    assert_eq!(own.data().as_array().unwrap().iter().filter(|i| i["is_hidden"] == true).count(), 2);
    let kept = bela.patch(&at(&rude), json!({ "content": "less rude words" })).await.is(200);
    assert_eq!(kept.data()["is_hidden"], true);
    body(chitra.get(&at(&rude)).await);

    for id in [&rude, &below] {
        for _ in 0..2 {
            assert_eq!(show(&asha, id).await.is(200).data()["is_hidden"], false);
        }
    }
    assert_eq!(counted(&world, &kyoto).await, 4);
    assert_eq!(contents(&world.get(&about(&kyoto)).await.is(200)), ["kind words", "less rude words"]);
    assert_eq!(chitra.get(&at(&rude)).await.is(200).data()["intel"]["user_vote"], "helpful");
}

#[tokio::test]
async fn first_words_that_are_hidden_leave_an_empty_place_above_the_replies_of_others() {
    let world = World::new().await;
    let (asha, bela, chitra) = (world.person("asha").await, world.person("bela").await, world.person("chitra").await);
    let (kyoto, osaka) = (trip(&asha, "Kyoto on foot").await, trip(&asha, "Osaka by night").await);
    let post = async |trip: &str| {
        let more = json!({
            "intel_type": "tip", "title": "rude title", "location_name": "rude place", "location_gps": "35.123,135.123",
            "severity_level": "critical", "photo_ipfs_hashes": ["rudephoto"],
        });
        let top = says(&bela, trip, "rude words", more).await;
        (replies(&chitra, &top, "a reply").await, top)
    };
    let ((_, hidden), (_, deleted)) = (post(&kyoto).await, post(&osaka).await);
    for top in [&hidden, &deleted] {
        chitra.post(&format!("{}/helpful", at(top)), json!({})).await.is(200);
    }
    hide(&asha, &hidden).await.is(200);
    bela.delete(&at(&deleted)).await.is(200);
    for reader in [None, Some(&chitra)] {
        let get = async |id: &str, trip: &str| {
            let thread = match reader {
                None => world.get(&at(id)).await.is(200),
                Some(reader) => reader.get(&at(id)).await.is(200),
            };
            assert!(!thread.text.contains("rude") && !thread.text.contains("bela"), "{}", thread.text);
            assert!(!thread.text.contains(&bela.id) && !thread.text.contains("35.1"), "{}", thread.text);
            assert_eq!(thread.data()["replies"][0]["content"], "a reply");
            let list = match reader {
                None => world.get(&about(trip)).await.is(200),
                Some(reader) => reader.get(&about(trip)).await.is(200),
            };
            assert_eq!(list.data()[0], thread.data()["intel"]);
            less(&thread.data()["intel"], &["id", "itinerary_id", "project_id"])
        };
        assert_eq!(get(&hidden, &kyoto).await, get(&deleted, &osaka).await, "nobody can tell who took it away");
    }
    for filter in ["type=tip", "severity=critical", "severity=medium", "status=closed"] {
        let found = chitra.get(&format!("{}&{filter}", about(&kyoto))).await.is(200);
        assert_eq!(contents(&found), [""; 0], "{filter}: nothing is left by which it could be found");
    }
    // The empty place takes nothing from others, and is its author's still.
    for door in ["helpful", "respond"] {
        body(chitra.post(&format!("{}/{door}", at(&hidden)), json!({ "content": "x" })).await);
    }
    let under = json!({ "itinerary_id": kyoto, "content": "x", "parent_intel_id": hidden });
    body(chitra.post(INTEL, under).await);
    body(chitra.patch(&at(&hidden), json!({ "content": "x" })).await);
    body(hide(&chitra, &hidden).await);
    assert_eq!(bela.get(&at(&hidden)).await.is(200).data()["intel"]["content"], "rude words");
    // Deleted after it was hidden it is taken from the figure once.
    assert_eq!(counted(&world, &kyoto).await, 1);
    bela.delete(&at(&hidden)).await.is(200);
    assert_eq!(counted(&world, &kyoto).await, 1);
    body(show(&asha, &hidden).await);
    assert_eq!(world.get(&at(&hidden)).await.is(200).data()["intel"]["is_deleted"], true);
}

#[tokio::test]
async fn a_warning_cannot_be_hidden_nor_what_is_about_safety_nor_what_was_answered_to_them() {
    let world = World::new().await;
    let (asha, bela, root) = (world.person("asha").await, world.person("bela").await, world.admin("captain").await);
    let kyoto = trip(&asha, "Kyoto on foot").await;
    let warning = says(&bela, &kyoto, "a man follows women there", json!({ "intel_type": "warning" })).await;
    let safety = says(&bela, &kyoto, "badly lit", json!({ "intel_type": "question", "safety_related": true })).await;
    let plain = says(&bela, &kyoto, "any water?", json!({ "intel_type": "question" })).await;
    let too = replies(&root, &warning, "me too").await;
    let more =
        json!({ "itinerary_id": kyoto, "content": "unsafe water", "parent_intel_id": plain, "safety_related": true });
    let below = id(root.post(INTEL, more).await);
    for stays in [&warning, &safety, &too, &below] {
        hide(&asha, stays).await.fails(403, "warning_stays");
        show(&asha, stays).await.is(200);
        let seen = world.get(&at(stays)).await.is(200);
        assert_eq!(
            (&seen.data()["intel"]["is_hidden"], &seen.data()["intel"]["is_deleted"]),
            (&json!(false), &json!(false))
        );
    }
    // What is about safety stays below a question that does not.
    hide(&asha, &plain).await.is(200);
    let thread = world.get(&at(&plain)).await.is(200);
    assert_eq!(
        (&thread.data()["intel"]["content"], &thread.data()["replies"][0]["content"]),
        (&json!(""), &json!("unsafe water"))
    );
    assert_eq!(counted(&world, &kyoto).await, 4);
    // Nor can it be turned into something that can be hidden.
    bela.patch(&at(&warning), json!({ "intel_type": "tip", "safety_related": false })).await.is(200);
    hide(&asha, &warning).await.fails(403, "warning_stays");
    // Administrators moderate.
    root.delete(&at(&warning)).await.is(200);
}

#[tokio::test]
async fn only_the_author_of_the_trip_hides_and_only_what_others_said() {
    let world = World::new().await;
    let (asha, bela, root) = (world.person("asha").await, world.person("bela").await, world.admin("captain").await);
    let (kyoto, osaka) = (trip(&asha, "Kyoto on foot").await, trip(&bela, "Osaka by night").await);
    let (hers, his) = (says(&asha, &kyoto, "mine", json!({})).await, says(&root, &kyoto, "his", json!({})).await);
    let elsewhere = says(&asha, &osaka, "elsewhere", json!({})).await;
    for other in [&bela, &root] {
        hide(other, &his).await.fails(403, "not_trip_author");
        show(other, &his).await.fails(403, "not_trip_author");
    }
    hide(&asha, &elsewhere).await.fails(403, "not_trip_author");
    hide(&asha, &hers).await.fails(403, "own_intel");
    show(&asha, &hers).await.fails(403, "own_intel");
    world.post(&format!("{}/hide", at(&his)), json!({})).await.fails(401, "missing_token");
    for unknown in [NOBODYS, "nonsense"] {
        body(hide(&asha, unknown).await);
        body(show(&asha, unknown).await);
    }
    // A hidden trip has nothing to hide for others, and a hidden person nothing to show.
    asha.patch(&format!("/api/itineraries/{kyoto}"), json!({ "is_published": false })).await.is(200);
    assert_eq!(body(hide(&bela, &his).await), body(hide(&bela, NOBODYS).await));
    hide(&asha, &his).await.is(200);
    disable(&world, &root).await;
    assert_eq!(body(hide(&asha, &his).await), body(hide(&asha, NOBODYS).await));
    assert_eq!(contents(&asha.get(&about(&kyoto)).await.is(200)), ["mine"]);
    assert_eq!(counted(&world, &osaka).await, 1);
    // The same request again is the same reply.
    let theirs = says(&asha, &osaka, "theirs", json!({})).await;
    let path = format!("{}/hide", at(&theirs));
    let once = post_with_key(&world, &bela, &path, json!({})).await.is(200);
    show(&bela, &theirs).await.is(200);
    let again = post_with_key(&world, &bela, &path, json!({})).await.is(200);
    assert_eq!(once.text, again.text);
    assert_eq!(counted(&world, &osaka).await, 2);
}

#[tokio::test]
async fn an_administrator_takes_intel_away_once_the_session_is_confirmed() {
    let world = World::with(&[("ADMIN_STEP_UP", "required")]).await;
    let (asha, root) = (world.person("asha").await, world.admin("captain").await);
    let kyoto = trip(&asha, "Kyoto on foot").await;
    let (hers, his) = (says(&asha, &kyoto, "hers", json!({})).await, says(&root, &kyoto, "his", json!({})).await);
    root.delete(&at(&hers)).await.fails(403, "step_up_required");
    root.delete(&at(&his)).await.is(200);
    assert_eq!(contents(&world.get(&about(&kyoto)).await.is(200)), ["hers"]);
}

#[tokio::test]
async fn an_administrator_settles_for_others_once_the_session_is_confirmed() {
    let world = World::with(&[("ADMIN_STEP_UP", "required")]).await;
    let (asha, root) = (world.person("asha").await, world.admin("captain").await);
    let kyoto = trip(&asha, "Kyoto on foot").await;
    let (hers, his) = (says(&asha, &kyoto, "hers", json!({})).await, says(&root, &kyoto, "his", json!({})).await);
    let settle = async |id: &str, body| root.post(&format!("{}/respond", at(id)), body).await;
    settle(&hers, json!({ "status": "resolved" })).await.fails(403, "step_up_required");
    settle(&hers, json!({ "content": "so be it", "status": "closed" })).await.fails(403, "step_up_required");
    assert_eq!(asha.get(&at(&hers)).await.is(200).data()["intel"]["status"], "open");
    settle(&his, json!({ "status": "resolved" })).await.is(200);
}

#[tokio::test]
async fn what_is_hidden_stands_in_every_order_where_it_would_stand_deleted() {
    let world = World::new().await;
    let (asha, bela, chitra) = (world.person("asha").await, world.person("bela").await, world.person("chitra").await);
    let kyoto = trip(&asha, "Kyoto on foot").await;
    let mut made = Vec::new();
    for words in ["kept", "hidden", "deleted", "also kept"] {
        let id = says(&bela, &kyoto, words, json!({ "intel_type": "tip" })).await;
        replies(&chitra, &id, "answer").await;
        if words != "kept" {
            chitra.post(&format!("{}/helpful", at(&id)), json!({})).await.is(200);
        }
        made.push(id);
        world.advance(SECOND);
    }
    hide(&asha, &made[1]).await.is(200);
    bela.delete(&at(&made[2])).await.is(200);
    for page in ["", "&per_page=1&cursor="] {
        let mut path = format!("{}&sort=helpful{page}", about(&kyoto));
        let mut order = Vec::new();
        loop {
            let answer = world.get(&path).await.is(200);
            order.extend(answer.data().as_array().unwrap().iter().map(|i| i["id"].as_str().unwrap().to_owned()));
            match answer.body["pagination"]["next_cursor"].as_str() {
                Some(next) => path = format!("{}&sort=helpful&per_page=1&cursor={next}", about(&kyoto)),
                None => break,
            }
        }
        assert_eq!(order, [3, 2, 1, 0].map(|n: usize| made[n].clone()), "by age, as one vote less would be");
    }
}

#[tokio::test]
async fn hiding_showing_and_deleting_at_once_are_all_counted() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let kyoto = trip(&asha, "Kyoto on foot").await;
    let mut people = Vec::new();
    for n in 0..6 {
        people.push(world.person(&format!("person{n}")).await);
    }
    for round in 0..3 {
        let top = says(&people[0], &kyoto, "top", json!({ "intel_type": "tip" })).await;
        let below = join_all(people.iter().map(|p| replies(p, &top, "below"))).await;
        let hiding = join_all(below.iter().chain([&top]).cycle().take(28).enumerate().map(async |(n, id)| {
            let answer = if n % 3 == 0 { show(&asha, id).await } else { hide(&asha, id).await };
            assert!([200, 404].contains(&answer.status), "{}", answer.text);
        }));
        let deleting =
            join_all(below.iter().zip(&people).step_by(2).map(async |(id, p)| p.delete(&at(id)).await.is(200)));
        let gone = async {
            if round == 2 {
                people[0].delete(&at(&top)).await.is(200);
            }
        };
        tokio::join!(hiding, deleting, gone);
        let shown = "select cast(count(*) as bigint) from travel_intel where deleted_at is null and hidden_at is null";
        assert_eq!(world.scalar(shown).await, counted(&world, &kyoto).await);
    }
    let hidden = world.scalar("select cast(count(*) as bigint) from travel_intel where hidden_at is not null").await;
    assert!(hidden > 0, "nothing was hidden");
    let stats = world.get(&format!("{INTEL}/stats/{kyoto}")).await.is(200);
    assert_eq!(stats.data()["total"], counted(&world, &kyoto).await);
}
