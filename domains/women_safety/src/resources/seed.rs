//! Resources for demos: the numbers that every database has (`known.rs`), and a little advice.

use super::{
    known,
    model::{Resource, ResourceId},
    store,
};
use kernel::{
    Result,
    clock::Timestamp,
    db::{Json, Tx},
    sql,
};
use uuid::Uuid;

const ADVICE: [(&str, &str, &str, &str); 5] = [
    (
        "tips",
        "Somebody should know your plan",
        "Tell somebody at home",
        "Give a person at home your route, where you sleep and when you will call. Agree on what they do when you do not.",
    ),
    (
        "health",
        "Medicine on the road",
        "Papers and packs",
        "Carry medicine in its own packs with the prescription, and the names of what you cannot take in the language of the place.",
    ),
    (
        "legal",
        "If your passport is gone",
        "Police first, then the embassy",
        "Report it to the police and keep the report: your embassy asks for it before it gives out an emergency document.",
    ),
    (
        "packing",
        "Small things that help",
        "For doors and dark streets",
        "A door wedge, a head torch, a whistle, a power bank and a paper copy of your contacts weigh less than a kilogram.",
    ),
    (
        "navigation",
        "Arriving after dark",
        "Book the ride before",
        "Choose arrivals by day where you can. Else arrange the ride from the station before you leave, and share its plate.",
    ),
];

/// Whose advice it is.
const SOURCE: &str = "TripIt";

/// Writes the demo's resources, unless they are there; with the commit.
pub async fn insert(tx: &mut Tx, midnight: Timestamp, mut id: impl FnMut() -> Uuid) -> Result<()> {
    known::insert(tx, midnight).await?;
    let advice = sql!("select cast(count(*) as bigint) from women_safety_resources where source = $1").bind(SOURCE);
    if tx.one::<i64>(advice).await? > 0 {
        return Ok(());
    }
    for (category, title, description, content) in ADVICE {
        let mut r = resource(ResourceId(id()), midnight, category);
        title.clone_into(&mut r.title);
        r.description = Some(description.to_owned());
        content.clone_into(&mut r.content);
        r.is_featured = category == "tips";
        store::insert(tx, &r);
    }
    Ok(())
}

fn resource(id: ResourceId, midnight: Timestamp, category: &str) -> Resource {
    Resource {
        id,
        title: String::new(),
        description: None,
        content: String::new(),
        category: category.to_owned(),
        target_region: None,
        target_countries: Json::default(),
        applies_to_travel_types: Json::default(),
        external_links: Json::default(),
        helpline_numbers: Json::default(),
        urgency_level: "medium".to_owned(),
        language: "en".to_owned(),
        source: SOURCE.to_owned(),
        checked_on: midnight.day(),
        is_featured: false,
        is_pinned: false,
        helpful_count: 0,
        created_at: midnight,
        updated_at: midnight,
        retired_at: None,
    }
}
