//! What the database keeps of a traveller is what a count of their shown trips says, whatever happened.

use crate::{at, key, scored, set_score};
use kernel::{db::open, sql};
use testkit::{World, json};

/// Travellers whose standing is not what their trips amount to.
async fn wrong(world: &World) -> i64 {
    let query = "select cast(count(*) as bigint) from travelers t
         left join traveler_standings s on s.traveler_id = t.id
         left join (select traveler_id, cast(sum(cast(round(proof_score * 100) as bigint)) as bigint) as proof,
                    count(*) as trips from itineraries where is_published = TRUE and deleted_at is null
                    group by traveler_id) c on c.traveler_id = t.id
         where coalesce(s.proof_hundredths, 0) <> coalesce(c.proof, 0)
            or coalesce(s.trips_count, 0) <> coalesce(c.trips, 0)";
    world.app.db.read().await.unwrap().one(open(query)).await.unwrap()
}

#[tokio::test]
async fn a_standing_is_true_after_every_change() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let id = scored(&world, &asha, "First trip", 33.33).await;
    let other = scored(&world, &asha, "Second trip", 11.11).await;
    scored(&world, &bela, "Third trip", 7.77).await;
    assert_eq!(wrong(&world).await, 0);
    let sum = "select proof_hundredths from traveler_standings order by proof_hundredths desc limit 1";
    assert_eq!(world.scalar(sum).await, 4444);
    let draft = json!({ "title": "A draft", "destination": "Kyoto", "is_published": false });
    let draft = asha.publishes(draft).await;
    set_score(&world, &draft, 50.0).await;
    assert_eq!((wrong(&world).await, world.scalar(sum).await), (0, 4444));
    for change in [json!({ "is_published": true }), json!({ "is_published": true, "title": "Not a draft" })] {
        asha.patch(&at(&draft), change).await.is(200);
        assert_eq!((wrong(&world).await, world.scalar(sum).await), (0, 9444));
    }
    asha.patch(&at(&id), json!({ "is_published": false })).await.is(200);
    assert_eq!((wrong(&world).await, world.scalar(sum).await), (0, 6111));
    set_score(&world, &id, 1.0).await;
    asha.patch(&at(&id), json!({ "is_published": true })).await.is(200);
    assert_eq!((wrong(&world).await, world.scalar(sum).await), (0, 6211));
    asha.delete(&at(&other)).await.is(200);
    assert_eq!((wrong(&world).await, world.scalar(sum).await), (0, 5100));
    world.sql(sql!("update itineraries set traveler_id = $2 where id = $1").bind(key(&id)).bind(key(&bela.id))).await;
    assert_eq!((wrong(&world).await, world.scalar(sum).await), (0, 5000));
    world.sql(sql!("delete from itineraries where id = $1").bind(key(&draft))).await;
    assert_eq!((wrong(&world).await, world.scalar(sum).await), (0, 877));
    world.sql(sql!("delete from travelers where id = $1").bind(key(&bela.id))).await;
    assert_eq!(
        (wrong(&world).await, world.scalar("select cast(count(*) as bigint) from traveler_standings").await),
        (0, 1)
    );
}

#[tokio::test]
async fn many_who_publish_and_score_at_once_leave_true_standings() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let mut ids = Vec::new();
    for n in 0..8 {
        ids.push(scored(&world, &asha, &format!("Trip number {n}"), 10.0).await);
    }
    let changes = ids.iter().enumerate().map(|(n, id)| {
        let (world, asha) = (&world, &asha);
        async move {
            if n % 2 == 0 {
                set_score(world, id, 20.5).await;
            } else {
                asha.patch(&at(id), json!({ "is_published": false })).await.is(200);
            }
        }
    });
    futures_util::future::join_all(changes).await;
    assert_eq!(wrong(&world).await, 0);
    assert_eq!(world.scalar("select proof_hundredths from traveler_standings").await, 4 * 2050);
}
