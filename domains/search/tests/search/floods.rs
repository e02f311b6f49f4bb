//! However much somebody publishes, what others published is found.

use crate::{SEARCH, key, titles, trip};
use kernel::{
    db::{Session, Sql},
    record, sql,
};
use search::{SearchWords, candidates_queries};
use std::{collections::BTreeSet, time::Duration};
use testkit::{World, json};

async fn set_proof(world: &World, id: &str, score: f64) {
    world.sql(sql!("update itineraries set proof_score = $2 where id = $1").bind(key(id)).bind(score)).await;
}

#[tokio::test]
async fn hundreds_of_newer_and_better_trips_of_one_author_displace_nobody() {
    let world = World::new().await;
    let (asha, bela, cyra) = (world.person("asha").await, world.person("bela").await, world.person("cyra").await);
    let best = bela.publishes(trip("Tokyo", "Japan", "")).await;
    set_proof(&world, &best, 90.0).await;
    cyra.publishes(trip("A long way round Tokyo with a slow boat and a bicycle", "Japan", "")).await;
    cyra.publishes(trip("Slow boats", "Tokyo", "")).await;
    world.advance(Duration::from_mins(1));
    for _ in 0..420 {
        asha.publishes(trip("Tokyo again", "Japan", "")).await;
    }
    let better = "update itineraries set proof_score = 50 where title = 'Tokyo again'";
    world.sql(kernel::db::open(better)).await;
    let found = world.get(&format!("{SEARCH}?q=tokyo&per_page=50")).await.is(200);
    let found = titles(&found);
    assert_eq!(found[0], "Tokyo");
    assert_eq!(
        found[21], "A long way round Tokyo with a slow boat and a bicycle",
        "twenty of hers before it: {found:?}"
    );
    assert_eq!(found[22], "Slow boats", "what fits less is looked for as well");
    assert_eq!(found.len(), 50, "what else there is of hers is found after that");
}

record! {
    struct Hit { title: String }
}

async fn among(db: &mut Session, query: Sql) -> BTreeSet<String> {
    db.all::<Hit>(query).await.unwrap().into_iter().map(|hit| hit.title).collect()
}

#[tokio::test]
async fn of_very_many_hits_the_best_and_the_newest_are_looked_at() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let rare = asha.publishes(trip("Osaka by night", "Japan", "")).await;
    for n in 0..7 {
        world.advance(Duration::from_secs(1));
        let id = asha.publishes(trip(&format!("Kyoto {n}"), "Japan", "")).await;
        set_proof(&world, &id, f64::from(7 - n)).await;
    }
    // What is hidden takes no place, however new and good it is.
    for n in 0..4 {
        let id = bela.publishes(trip(&format!("Kyoto hidden {n}"), "Japan", "")).await;
        set_proof(&world, &id, 99.0).await;
    }
    accounts::admin::ban(&world.app, "bela@example.org").await.unwrap();
    set_proof(&world, &rare, 0.0).await;
    let found = async |search: &str, many| {
        let mut all = BTreeSet::new();
        for query in candidates_queries(&SearchWords::new(search).unwrap(), many, None) {
            all.extend(among(&mut world.app.db.read().await.unwrap(), query).await);
        }
        all
    };
    let set = |titles: &[&str]| titles.iter().map(|t| (*t).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(found("kyoto", 2).await, set(&["kyoto 0", "kyoto 1", "kyoto 5", "kyoto 6"]));
    assert_eq!(found("kyoto", 100).await.len(), 7);
    assert_eq!(found("osaka", 2).await, set(&["osaka by night"]), "few are found wherever they are");
    assert_eq!(found("osaka nobody", 2).await, set(&[]));
}

#[tokio::test]
async fn a_misspelling_in_somebodys_words_hides_nothing_from_who_misspells_alike() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    asha.publishes(trip("Temples on foot", "Kyoto", "")).await;
    bela.publishes(trip("Letters home", "Osaka", "We never reached Kyotto.")).await;
    let found = crate::finds(&world, &asha, "kyotto").await;
    assert_eq!(found, ["Letters home", "Temples on foot"]);
    bela.publishes(json!({ "title": "Kyotto, Ontario", "destination": "Canada" })).await;
    let found = crate::finds(&world, &asha, "kyotto").await;
    assert_eq!(found, ["Kyotto, Ontario", "Letters home"], "it is the name of something else");
}
