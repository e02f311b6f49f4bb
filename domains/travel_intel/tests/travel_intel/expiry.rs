//! Warnings that hold, and those that no longer do.

use crate::{HOUR, INTEL, SECOND, about, at, contents, says, trip};
use std::time::Duration;
use testkit::{World, json};

#[tokio::test]
async fn a_warning_that_no_longer_holds_says_so_and_sinks() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let trip = trip(&asha, "Kyoto on foot").await;
    let warning = |until: &str| json!({ "intel_type": "warning", "severity_level": "critical", "valid_until": until });
    says(&asha, &trip, "old news", json!({ "intel_type": "warning", "severity_level": "critical" })).await;
    world.advance(SECOND);
    says(&asha, &trip, "long", warning("2026-12-24T18:00:00Z")).await;
    world.advance(SECOND);
    let short = says(&asha, &trip, "short", warning("2026-11-23T10:00:00Z")).await;
    bela.post(&format!("{}/helpful", at(&short)), json!({})).await.is(200);
    let list = async |query: &str| {
        let answer = world.get(&format!("{}&{query}", about(&trip))).await.is(200);
        let all = answer.data().as_array().unwrap().iter();
        all.map(|i| (i["content"].as_str().unwrap().to_owned(), i["is_expired"].as_bool().unwrap())).collect::<Vec<_>>()
    };
    let is = |expected: [(&str, bool); 3]| expected.map(|(content, expired)| (content.to_owned(), expired)).to_vec();
    for sort in ["sort=newest", "sort=critical", "sort=helpful"] {
        assert_eq!(list(sort).await, is([("short", false), ("long", false), ("old news", false)]), "{sort}");
    }
    // At the very moment it still holds.
    world.advance(1_798 * SECOND);
    assert_eq!(list("").await[0], ("short".to_owned(), false));
    world.advance(Duration::from_micros(1));
    for sort in ["sort=newest", "sort=critical", "sort=helpful", "type=warning"] {
        assert_eq!(list(sort).await, is([("long", false), ("old news", false), ("short", true)]), "{sort}");
    }
    assert_eq!(world.get(&at(&short)).await.data()["intel"]["is_expired"], true);
    let everywhere = world.get(&format!("{INTEL}?type=warning")).await;
    assert_eq!(contents(&everywhere), ["long", "old news", "short"]);
    let mut paged = Vec::new();
    for page in 1..=3 {
        let answer = world.get(&format!("{}&per_page=1&page={page}", about(&trip))).await.is(200);
        assert_eq!(answer.body["pagination"]["total"], 3);
        paged.push(contents(&answer)[0].to_owned());
    }
    assert_eq!(paged, ["long", "old news", "short"]);
}

#[tokio::test]
async fn a_warning_for_a_day_holds_until_the_day_is_over_everywhere() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let trip = trip(&asha, "Kyoto on foot").await;
    let more = json!({ "intel_type": "warning", "valid_until": "2026-11-23" });
    let path = at(&says(&asha, &trip, "today", more).await);
    // 09:30 now; the day ends at noon of the next one twelve hours behind UTC.
    world.advance(26 * HOUR);
    let seen = world.get(&path).await.is(200).data()["intel"].clone();
    assert_eq!((&seen["is_expired"], &seen["valid_until"]), (&json!(false), &json!("2026-11-23")));
    world.advance(HOUR);
    assert_eq!(world.get(&path).await.is(200).data()["intel"]["is_expired"], true);
}
