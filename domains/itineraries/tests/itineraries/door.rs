//! What other domains are given: trips by their ids.

use crate::{and, disable, trip};
use itineraries::{ItineraryId, ItineraryView, find_many};
use kernel::auth::Caller;
use testkit::{Person, World, json};

fn id(text: &str) -> ItineraryId {
    ItineraryId(text.parse().unwrap())
}

async fn titles(world: &World, ids: &[ItineraryId], viewer: Option<Caller>) -> Vec<String> {
    let mut db = world.app.db.read().await.unwrap();
    let found = find_many(&mut db, ids, viewer).await.unwrap();
    let views = found.iter().map(|f| ItineraryView::new(f, viewer, world.app.clock.now()));
    views.map(|v| json!(v)["title"].as_str().unwrap().to_owned()).collect()
}

fn caller(person: &Person<'_>) -> Caller {
    let id = kernel::auth::TravelerId(person.id.parse().unwrap());
    Caller {
        id,
        session: kernel::auth::SessionId(id.0),
        is_admin: true,
        confirmed_at: None,
        email_verified: true,
        women_verified: false,
        has_blocks: false,
    }
}

#[tokio::test]
async fn others_get_what_the_reader_may_see_in_their_order() {
    let world = World::new().await;
    let (asha, bela, cleo) = (world.person("asha").await, world.person("bela").await, world.person("cleo").await);
    let (kyoto, osaka) =
        (id(&asha.publishes(trip("Kyoto on foot")).await), id(&bela.publishes(trip("Osaka trip")).await));
    let draft = id(&asha.publishes(and(trip("A draft trip"), json!({ "is_published": false }))).await);
    let gone = asha.publishes(trip("A deleted trip")).await;
    asha.delete(&crate::at(&gone)).await.is(200);
    let banned = id(&cleo.publishes(trip("A banned one's")).await);
    disable(&world, &cleo).await;
    let nobodys = id("01a3b1c2-7a00-7000-8000-0000000000ff");
    for viewer in [None, Some(caller(&asha)), Some(caller(&bela))] {
        let all = [draft, osaka, id(&gone), nobodys, kyoto, banned, osaka];
        assert_eq!(titles(&world, &all, viewer).await, ["Osaka trip", "Kyoto on foot"]);
        assert_eq!(titles(&world, &[kyoto, osaka], viewer).await, ["Kyoto on foot", "Osaka trip"]);
        assert_eq!(titles(&world, &[], viewer).await, [""; 0]);
    }
}
