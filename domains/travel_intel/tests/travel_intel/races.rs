//! Many at once: counters are what their rows add up to.

use crate::{INTEL, about, again, at, counted, replies, says, trip, voting::assert_exact};
use futures_util::future::join_all;
use testkit::{Person, World, json};

/// Twelve people.
async fn crowd(world: &World) -> Vec<Person<'_>> {
    let mut people = Vec::new();
    for n in 0..12 {
        people.push(world.person(&format!("person{n}")).await);
    }
    people
}

#[tokio::test]
async fn votes_of_many_at_once_are_all_counted() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let people = crowd(&world).await;
    let trip = trip(&asha, "Kyoto on foot").await;
    let paths = [at(&says(&asha, &trip, "one", json!({})).await), at(&says(&asha, &trip, "two", json!({})).await)];
    // Everybody votes ten times on both, at once with themselves too.
    let votes = (0..240).map(|n: usize| {
        let (person, path) = (&people[n % 12], &paths[n / 12 % 2]);
        let vote = if (n * 7 / 5).is_multiple_of(3) { "unhelpful" } else { "helpful" };
        async move { person.post(&format!("{path}/{vote}"), json!({})).await.is(200) }
    });
    join_all(votes).await;
    assert_exact(&world).await;
    let rows = world.scalar("select cast(count(*) as bigint) from travel_intel_votes").await;
    let counters = world.scalar("select cast(sum(helpful_votes + unhelpful_votes) as bigint) from travel_intel").await;
    assert_eq!(rows, counters);
    // An even number of the same vote leaves none, whatever their order.
    let before = world.get(&paths[0]).await.data()["intel"].clone();
    let helpful = format!("{}/helpful", paths[0]);
    let twice = people.iter().flat_map(|p| [p, p]).map(|p| p.post(&helpful, json!({})));
    for answer in join_all(twice).await {
        answer.is(200);
    }
    assert_exact(&world).await;
    let after = world.get(&paths[0]).await.data()["intel"].clone();
    assert_eq!(after["unhelpful_votes"], 0, "who found it unhelpful has switched and taken it back");
    assert_eq!(
        after["helpful_votes"], before["helpful_votes"],
        "who found it helpful has taken it back and come again"
    );
}

#[tokio::test]
async fn posts_replies_and_deletions_at_once_are_all_counted() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let people = crowd(&world).await;
    let trip = trip(&asha, "Kyoto on foot").await;
    let rows = "select cast(count(*) as bigint) from travel_intel where deleted_at is null";
    let posted = join_all(people.iter().map(|p| says(p, &trip, "mine", json!({})))).await;
    assert_eq!((world.scalar(rows).await, counted(&world, &trip).await), (12, 12));

    // Half of the threads are deleted while everybody answers everywhere and votes.
    let deleting =
        join_all(posted.iter().zip(&people).step_by(2).map(|(id, p)| async { p.delete(&at(id)).await.is(200) }));
    let answering = join_all((0..72).map(|n: usize| {
        let (person, path) = (&people[n % 12], at(&posted[(n * 5 + n / 12) % 12]));
        async move {
            let reply = person.post(&format!("{path}/respond"), json!({ "content": "yes" })).await;
            assert!([201, 404].contains(&reply.status), "{}", reply.text);
            let vote = person.post(&format!("{path}/helpful"), json!({})).await;
            assert!([200, 403, 404].contains(&vote.status), "{}", vote.text);
            let id = reply.data()["id"].as_str().map(str::to_owned);
            if let Some(id) = id.filter(|_| n.is_multiple_of(3)) {
                person.delete(&at(&id)).await.is(200);
            }
        }
    }));
    tokio::join!(deleting, answering);
    assert_eq!(world.scalar(rows).await, counted(&world, &trip).await);
    assert_exact(&world).await;
    let wrong = "select cast(count(*) as bigint) from travel_intel n where n.replies_count
        <> (select count(*) from travel_intel r where r.parent_id = n.id) or (n.deleted_at is not null and n.replies_count = 0)";
    assert_eq!(
        world.scalar(wrong).await,
        0,
        "threads that count other replies than they have, or empty places of nobody"
    );
    let stats = world.get(&format!("{INTEL}/stats/{trip}")).await.is(200);
    assert_eq!(stats.data()["total"], counted(&world, &trip).await);
    world.get(&about(&trip)).await.is(200);
}

#[tokio::test]
async fn the_last_replies_and_the_first_words_may_go_at_once() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let people = crowd(&world).await;
    let trip = trip(&asha, "Kyoto on foot").await;
    for _ in 0..4 {
        let top = says(&asha, &trip, "top", json!({})).await;
        let below = join_all(people.iter().map(|p| replies(p, &top, "below"))).await;
        let top_path = at(&top);
        let first = asha.delete(&top_path);
        let rest = join_all(below.iter().zip(&people).map(|(id, p)| async { p.delete(&at(id)).await }));
        let (first, rest) = tokio::join!(first, rest);
        first.is(200);
        for answer in rest {
            answer.is(200);
        }
    }
    assert_eq!(
        (world.scalar("select cast(count(*) as bigint) from travel_intel").await, counted(&world, &trip).await),
        (0, 0)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn votes_while_their_voters_are_banned_and_readmitted_are_counted_exactly() {
    let world = World::new().await;
    let (asha, cleo) = (world.person("asha").await, world.person("cleo").await);
    let kyoto = trip(&asha, "Kyoto on foot").await;
    world.person("bela").await;
    let mut ids = Vec::new();
    for n in 0..3 {
        let top = says(&asha, &kyoto, &format!("top {n}"), json!({})).await;
        ids.extend([replies(&cleo, &top, "below").await, top]);
    }
    let beside = world.beside().await;
    for round in 0..6 {
        let bela = again(&world, "bela").await;
        let votes = join_all(ids.iter().cycle().take(18).enumerate().map(async |(n, id)| {
            let button = if (n + round).is_multiple_of(5) { "unhelpful" } else { "helpful" };
            bela.post(&format!("{}/{button}", at(id)), json!({})).await
        }));
        let ban = async {
            accounts::admin::ban(&beside.app, "bela@example.org").await.unwrap();
            beside.run_jobs().await;
        };
        let (answers, ()) = tokio::join!(votes, ban);
        assert!(answers.iter().all(|a| [200, 401, 404].contains(&a.status)));
        world.run_jobs().await;
        assert_exact(&world).await;
        accounts::admin::unban(&world.app, "bela@example.org").await.unwrap();
        world.run_jobs().await;
        assert_exact(&world).await;
    }
}
