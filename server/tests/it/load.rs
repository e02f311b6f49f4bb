//! Loads of many rows, and how often the database is waited for.

use kernel::{
    by_engine,
    clock::Timestamp,
    db::{Arg, open},
    sql,
};
use std::collections::BTreeSet;
use testkit::{NOW, World};

async fn indexes(world: &World) -> BTreeSet<String> {
    let query = by_engine!(
        sqlite: "select sql from sqlite_schema where type = 'index' and sql is not null",
        postgres: "select indexdef from pg_indexes where schemaname = 'public'",
    );
    world.app.db.read().await.unwrap().all::<String>(query).await.unwrap().into_iter().collect()
}

#[tokio::test]
async fn indexes_that_a_load_goes_without_are_all_made_again() {
    let world = World::new().await;
    let before = indexes(&world).await;
    let mut tx = world.app.db.write().await.unwrap();
    let dropped = tx.drop_indexes(&["itineraries", "safety_ratings"]).await.unwrap();
    tx.commit().await.unwrap();
    let gone: Vec<String> = before.difference(&indexes(&world).await).cloned().collect();
    assert!(gone.len() > 15, "{gone:?}");
    assert!(gone.iter().any(|index| index.contains("safety_ratings_one_each")), "{gone:?}");
    assert!(gone.iter().all(|index| index.contains("itineraries") || index.contains("safety_ratings")), "{gone:?}");
    world.app.db.make_indexes(dropped).await.unwrap();
    assert_eq!(indexes(&world).await, before);
}

#[tokio::test]
async fn hundreds_of_rows_are_added_each_once() {
    let world = World::new().await;
    let rows = |numbers: std::ops::Range<i64>| -> Vec<Vec<Arg>> {
        numbers.map(|n| vec![format!("load {n}").into(), Timestamp::from_micros(NOW + n).into()]).collect()
    };
    let insert =
        || sql!("insert into schedules (name, cron, next_at) values ($1, '* * * * *', $2) on conflict do nothing");
    let mut tx = world.app.db.write().await.unwrap();
    assert_eq!(tx.run_many(insert(), rows(0..250)).await.unwrap(), 250);
    assert_eq!(tx.run_many(insert(), rows(200..460)).await.unwrap(), 210, "those that are there are not added again");
    tx.commit().await.unwrap();
    let mut db = world.app.db.read().await.unwrap();
    let own = sql!("select name from schedules where name like 'load %' and next_at = $1");
    for n in [0, 99, 100, 249, 250, 459] {
        let found: Vec<String> = db.all(own.clone().bind(Timestamp::from_micros(NOW + n))).await.unwrap();
        assert_eq!(found, [format!("load {n}")]);
    }
}

#[tokio::test]
async fn two_questions_are_waited_for_once_and_the_second_sees_what_the_first_waited_for() {
    let world = World::new().await;
    let add = |name: &str| {
        let add = sql!("insert into schedules (name, cron, next_at) values ($1, '* * * * *', $2)");
        add.bind(name).bind(Timestamp::from_micros(NOW))
    };
    let hold = || {
        let mut sql = open("select name from schedules where name = 'both 1'");
        sql.push_by_engine("", " for no key update");
        sql
    };
    let count = || open("select cast(count(*) as bigint) from schedules where name like 'both %'");
    world.sql(add("both 1")).await;
    let mut first = world.app.db.write().await.unwrap();
    first.all::<String>(hold()).await.unwrap();
    let second = async {
        let mut tx = world.app.db.write().await.unwrap();
        tx.both::<String, i64>(hold(), count()).await.unwrap()
    };
    let meanwhile = async {
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        first.run(add("both 2")).await.unwrap();
        first.commit().await.unwrap();
    };
    let (found, ()) = tokio::join!(second, meanwhile);
    assert_eq!(found, (vec!["both 1".to_owned()], vec![2]));

    let mut tx = world.app.db.write().await.unwrap();
    let before = world.app.db.round_trips();
    tx.three::<String, i64, String>(hold(), count(), hold()).await.unwrap();
    assert_eq!(world.app.db.round_trips() - before, 1);
    tx.both::<i64, i64>(open("select nothing from schedules"), count()).await.unwrap_err();
    drop(tx);
    let mut db = world.app.db.read().await.unwrap();
    assert_eq!(db.both::<i64, String>(count(), hold()).await.unwrap().0, [2]);
}

#[tokio::test]
async fn what_is_left_for_the_commit_is_waited_for_once() {
    let world = World::new().await;
    let mut least = u64::MAX;
    for round in 0..5_i64 {
        let mut tx = world.app.db.write().await.unwrap();
        let before = world.app.db.round_trips();
        tx.run(open("delete from schedules where name like 'late %'")).await.unwrap();
        for n in 0..20_i64 {
            let late = sql!("insert into schedules (name, cron, next_at) values ($1, '* * * * *', $2)");
            tx.run_at_commit(late.bind(format!("late {n}")).bind(Timestamp::from_micros(NOW + round)));
        }
        tx.changed("test");
        tx.commit().await.unwrap();
        // This process also looks now and then for what others changed.
        least = least.min(world.app.db.round_trips() - before);
    }
    assert_eq!(least, 2);
    // However many there are, each comes after those before it.
    let mut tx = world.app.db.write().await.unwrap();
    for n in 20..100_i64 {
        let late = sql!(
            "insert into schedules (name, cron, next_at)
             select $1, cron, next_at from schedules where name like 'late %' and not exists
                (select 1 from schedules where name = $1) limit 1"
        );
        tx.run_at_commit(late.bind(format!("late {n}")));
        tx.run_at_commit(sql!("delete from schedules where name = $1").bind(format!("late {}", n - 20)));
    }
    tx.commit().await.unwrap();
    assert_eq!(world.scalar("select cast(count(*) as bigint) from schedules where name like 'late %'").await, 20);
    // What fails at the end takes everything with it.
    let mut tx = world.app.db.write().await.unwrap();
    tx.run(open("delete from schedules where name like 'late %'")).await.unwrap();
    tx.run_at_commit(open("insert into schedules (name, cron, next_at) values ('broken', null, null)"));
    tx.commit().await.unwrap_err();
    assert_eq!(world.scalar("select cast(count(*) as bigint) from schedules where name like 'late %'").await, 20);
}
