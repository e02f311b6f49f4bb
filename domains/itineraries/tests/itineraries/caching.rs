//! What readers may keep, and how they ask whether it still holds.

use crate::{LIST, and, at, bearer, request, trip};
use serde_json::Value;
use testkit::{Answer, World, json};

async fn ask(world: &World, path: &str, tag: &str) -> Answer {
    world.send(request("GET", path, &[("if-none-match", tag)], Value::Null)).await
}

#[tokio::test]
async fn a_reader_who_holds_the_reply_gets_none() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let id = asha.publishes(trip("Kyoto on foot")).await;
    asha.publishes(trip("Osaka by night")).await;
    for path in [at(&id), LIST.to_owned(), format!("{LIST}?search=kyoto&sort=new")] {
        let first = world.get(&path).await.is(200);
        let tag = first.header("etag").to_owned();
        assert!(tag.starts_with("W/\"") && tag.len() > 10, "{tag}");
        assert_eq!(world.get(&path).await.header("etag"), tag);
        let (strong, among) = (tag.trim_start_matches("W/").to_owned(), format!("\"x\", {tag}, W/\"y\""));
        for held in [tag.as_str(), &strong, &among, "*"] {
            let again = ask(&world, &path, held).await.is(304);
            assert_eq!((again.text.as_str(), again.header("etag")), ("", tag.as_str()), "{held}");
            assert_eq!(again.header("cache-control"), "public, max-age=0, must-revalidate");
        }
        assert_eq!(ask(&world, &path, "W/\"another\"").await.is(200).data(), first.data());

        asha.patch(&at(&id), json!({ "tagline": path })).await.is(200);
        let changed = ask(&world, &path, &tag).await.is(200);
        assert_ne!(changed.header("etag"), tag);
        assert!(changed.text.contains(&path), "{}", changed.text);
    }
}

#[tokio::test]
async fn only_the_anonymous_may_keep_a_reply() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let id = asha.publishes(trip("Kyoto on foot")).await;
    for path in [at(&id), LIST.to_owned(), format!("{LIST}?search=%25")] {
        let anonymous = world.get(&path).await.is(200);
        assert_eq!(anonymous.header("cache-control"), "public, max-age=0, must-revalidate", "{path}");
        let hers = asha.get(&path).await.is(200);
        assert_eq!(hers.header("cache-control"), "no-store", "{path}");
        for answer in [anonymous, hers] {
            let vary: Vec<&str> = answer.headers.get_all("vary").iter().map(|v| v.to_str().unwrap()).collect();
            assert!(vary.join(",").to_lowercase().contains("authorization"), "{vary:?}");
        }
    }
    for answer in [
        world.get("/api/itineraries/nonexistent-id").await.is(404),
        world.get("/api/itineraries?min_score=x").await.is(400),
        asha.patch(&at(&id), json!({})).await.is(200),
        asha.post(LIST, trip("Osaka by night")).await.is(201),
    ] {
        assert_eq!((answer.header("cache-control"), answer.header("etag")), ("no-store", ""));
    }
}

#[tokio::test]
async fn a_tag_belongs_to_what_its_reader_may_see() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let dated = json!({ "start_date": "2027-04-02", "end_date": "2027-04-04" });
    let path = at(&asha.publishes(and(trip("Kyoto on foot"), dated)).await);
    let (hers, public) = (asha.get(&path).await.is(200), world.get(&path).await.is(200));
    assert_ne!(hers.header("etag"), public.header("etag"));
    let headers = [("authorization", bearer(&asha)), ("if-none-match", hers.header("etag").to_owned())];
    let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    world.send(request("GET", &path, &headers, Value::Null)).await.is(304);
    // A tag that the author holds says nothing to others.
    assert_eq!(ask(&world, &path, hers.header("etag")).await.is(200).data()["start_date"], Value::Null);
}

#[tokio::test]
async fn a_tag_does_not_bring_back_what_is_gone() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let path = at(&asha.publishes(trip("Kyoto on foot")).await);
    let tag = world.get(&path).await.is(200).header("etag").to_owned();
    asha.delete(&path).await.is(200);
    ask(&world, &path, &tag).await.fails(404, "not_found");
    ask(&world, &path, "*").await.fails(404, "not_found");
}
