//! Resources for demos: emergency numbers, which are the same everywhere one reads them, and a little advice.

use super::{
    model::{Helpline, Resource, ResourceId},
    store,
};
use kernel::{
    Result,
    clock::Timestamp,
    db::{Json, Tx},
};
use uuid::Uuid;

struct Numbers {
    countries: &'static [&'static str],
    dialled: &'static [(&'static str, &'static str)],
    source: &'static str,
}

const NUMBERS: [Numbers; 5] = [
    Numbers {
        countries: &["India", "IN"],
        dialled: &[("Police, fire and ambulance", "112"), ("Women's helpline", "181")],
        source: "Emergency Response Support System, Ministry of Home Affairs, India",
    },
    Numbers {
        countries: &["United States", "USA", "US"],
        dialled: &[("Police, fire and ambulance", "911")],
        source: "National 911 Program, United States",
    },
    Numbers {
        countries: &["United Kingdom", "Great Britain", "UK", "GB"],
        dialled: &[("Police, fire and ambulance", "999"), ("The same", "112")],
        source: "GOV.UK",
    },
    Numbers {
        countries: &[
            "Austria",
            "AT",
            "Belgium",
            "BE",
            "Croatia",
            "HR",
            "Czechia",
            "CZ",
            "Denmark",
            "DK",
            "Finland",
            "FI",
            "France",
            "FR",
            "Germany",
            "DE",
            "Greece",
            "GR",
            "Ireland",
            "IE",
            "Italy",
            "IT",
            "Netherlands",
            "NL",
            "Poland",
            "PL",
            "Portugal",
            "PT",
            "Romania",
            "RO",
            "Slovenia",
            "SI",
            "Spain",
            "ES",
            "Sweden",
            "SE",
        ],
        dialled: &[("Police, fire and ambulance", "112")],
        source: "European Commission, 112",
    },
    Numbers {
        countries: &["Japan", "JP"],
        dialled: &[("Police", "110"), ("Fire and ambulance", "119")],
        source: "National Police Agency, Japan",
    },
];

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

/// When somebody looked at the sources above.
const CHECKED_ON: &str = "2026-11-24";

/// Writes the demo's resources, unless there are some; with the commit.
pub async fn insert(tx: &mut Tx, midnight: Timestamp, mut id: impl FnMut() -> Uuid) -> Result<()> {
    if store::count_all(tx).await? > 0 {
        return Ok(());
    }
    for (n, numbers) in NUMBERS.iter().enumerate() {
        let mut r = resource(ResourceId(id()), midnight, "emergency", numbers.source);
        let country = numbers.countries.first().copied().unwrap_or_default();
        let place = if n == 3 { "the European Union" } else { country };
        r.title = format!("Emergency numbers in {place}");
        r.description = Some("Whom to call.".to_owned());
        let line = |(service, number): &(&str, &str)| format!("{service}: {number}");
        r.content = numbers.dialled.iter().map(line).collect::<Vec<_>>().join("\n");
        r.target_countries = Json(numbers.countries.iter().map(|c| (*c).to_owned()).collect());
        let helpline = |(service, number): &(&str, &str)| Helpline {
            country: (n != 3).then(|| country.to_owned()),
            service: (*service).to_owned(),
            number: (*number).to_owned(),
        };
        r.helpline_numbers = Json(numbers.dialled.iter().map(helpline).collect());
        "critical".clone_into(&mut r.urgency_level);
        r.is_pinned = true;
        store::insert(tx, &r);
    }
    for (category, title, description, content) in ADVICE {
        let mut r = resource(ResourceId(id()), midnight, category, "TripIt");
        title.clone_into(&mut r.title);
        r.description = Some(description.to_owned());
        content.clone_into(&mut r.content);
        r.is_featured = category == "tips";
        store::insert(tx, &r);
    }
    Ok(())
}

fn resource(id: ResourceId, midnight: Timestamp, category: &str, source: &str) -> Resource {
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
        source: source.to_owned(),
        checked_on: CHECKED_ON.parse().unwrap_or_else(|_| midnight.day()),
        is_featured: false,
        is_pinned: false,
        helpful_count: 0,
        created_at: midnight,
        updated_at: midnight,
        retired_at: None,
    }
}
