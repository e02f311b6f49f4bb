//! How the databases go about it: by an index, never through a whole table.

use kernel::auth::{Caller, SessionId, TravelerId};
use testkit::World;
use travelers::{NameQuery, people_query};
use uuid::Uuid;

#[tokio::test]
async fn people_are_looked_up_in_an_index() {
    let world = World::new().await;
    let asha = Caller {
        id: TravelerId(Uuid::nil()),
        session: SessionId(Uuid::nil()),
        is_admin: false,
        confirmed_at: None,
        email_verified: true,
        women_verified: false,
        has_blocks: false,
    };
    for text in ["asha", "asha rao"] {
        for viewer in [None, Some(asha)] {
            let query = people_query(&NameQuery::new(text).unwrap(), 10, viewer);
            let plan = world.app.db.explain(query).await.unwrap();
            // `n`, `f` and `found` are parts of the question itself.
            let is_part = |step: &str| ["SCAN n", "SCAN f", "SCAN found"].contains(&step.trim());
            let is_scan = |step: &str| step.contains("Seq Scan") || (step.contains("SCAN ") && !step.contains("INDEX"));
            let scans: Vec<&String> = plan.iter().filter(|step| is_scan(step) && !is_part(step)).collect();
            assert!(scans.is_empty(), "{text}: {plan:#?}");
        }
    }
}
