//! Numbers for emergencies that every database has: whoever calls for help and has no contact who agreed is sent to them.
//!
//! Each has an id of its own. What is missing is added at every start; what is there, edited or retired, is left as
//! administrators want it: to retire one of these is to keep it away.

use super::{
    model::{ExternalLink, Helpline, Resource, ResourceId},
    store,
};
use kernel::{
    Result,
    clock::Timestamp,
    db::{Db, DbError, Json, Tx, open},
};
use std::collections::HashSet;
use uuid::Uuid;

/// When somebody looked at the sources.
const CHECKED_ON: &str = "2026-11-24";

struct Known {
    /// Never given to another one. Of those of the same moment the highest stands first in lists.
    id: u128,
    place: &'static str,
    /// Under all names by which one asks for it; everywhere when empty.
    countries: &'static str,
    about: &'static str,
    dialled: &'static [(&'static str, &'static str)],
    source: &'static str,
    link: &'static str,
}

const EUROPEAN_UNION: &str = "Austria, AT, Belgium, BE, Bulgaria, BG, Croatia, HR, Cyprus, CY, Czechia, CZ, Denmark, DK, \
    Estonia, EE, Finland, FI, France, FR, Germany, DE, Greece, GR, Hungary, HU, Ireland, IE, Italy, IT, \
    Latvia, LV, Lithuania, LT, Luxembourg, LU, Malta, MT, Netherlands, NL, Poland, PL, Portugal, PT, \
    Romania, RO, Slovakia, SK, Slovenia, SI, Spain, ES, Sweden, SE";

const KNOWN: [Known; 15] = [
    Known {
        id: 0xff,
        place: "any place, from a mobile phone",
        countries: "",
        about: "A mobile phone takes both for an emergency call wherever it is, and sets it up before any other call, by any \
                network in reach. In most countries the police, the fire brigade or an ambulance answers; where it does not \
                go through, call the number of the country.",
        dialled: &[("Emergency call of mobile phones", "112"), ("The same", "911")],
        source: "3GPP TS 22.101, section 10: Emergency Calls",
        link: "https://www.3gpp.org",
    },
    Known {
        id: 0x0f,
        place: "the European Union",
        countries: EUROPEAN_UNION,
        about: "Free of charge from every telephone.",
        dialled: &[("Police, fire and ambulance", "112")],
        source: "European Commission: 112, the single European emergency number",
        link: "https://digital-strategy.ec.europa.eu",
    },
    Known {
        id: 0x0e,
        place: "India",
        countries: "India, IN",
        about: "",
        dialled: &[("Police, fire and ambulance", "112"), ("Women's helpline", "181")],
        source: "Emergency Response Support System, Ministry of Home Affairs, India",
        link: "https://112.gov.in",
    },
    Known {
        id: 0x0d,
        place: "the United States",
        countries: "United States, United States of America, USA, US",
        about: "",
        dialled: &[("Police, fire and ambulance", "911"), ("National Domestic Violence Hotline", "1-800-799-7233")],
        source: "National 911 Program; National Domestic Violence Hotline",
        link: "https://www.thehotline.org",
    },
    Known {
        id: 0x0c,
        place: "Canada",
        countries: "Canada, CA",
        about: "",
        dialled: &[("Police, fire and ambulance", "911")],
        source: "Canadian Radio-television and Telecommunications Commission: 9-1-1 services",
        link: "https://crtc.gc.ca",
    },
    Known {
        id: 0x0b,
        place: "the United Kingdom",
        countries: "United Kingdom, Great Britain, UK, GB",
        about: "",
        dialled: &[
            ("Police, fire and ambulance", "999"),
            ("The same", "112"),
            ("National Domestic Abuse Helpline", "0808 2000 247"),
        ],
        source: "GOV.UK; Refuge",
        link: "https://www.nationaldahelpline.org.uk",
    },
    Known {
        id: 0x0a,
        place: "Australia",
        countries: "Australia, AU",
        about: "",
        dialled: &[
            ("Police, fire and ambulance", "000"),
            ("1800RESPECT, for domestic, family and sexual violence", "1800 737 732"),
        ],
        source: "Australian Government: Triple Zero; 1800RESPECT",
        link: "https://www.1800respect.org.au",
    },
    Known {
        id: 0x09,
        place: "New Zealand",
        countries: "New Zealand, NZ",
        about: "",
        dialled: &[("Police, fire and ambulance", "111"), ("Women's Refuge", "0800 733 843")],
        source: "New Zealand Government; Women's Refuge",
        link: "https://womensrefuge.org.nz",
    },
    Known {
        id: 0x08,
        place: "Japan",
        countries: "Japan, JP",
        about: "",
        dialled: &[("Police", "110"), ("Fire and ambulance", "119")],
        source: "National Police Agency, Japan; Fire and Disaster Management Agency, Japan",
        link: "https://www.npa.go.jp",
    },
    Known {
        id: 0x07,
        place: "South Africa",
        countries: "South Africa, ZA",
        about: "",
        dialled: &[
            ("Police", "10111"),
            ("Emergencies, from a mobile phone", "112"),
            ("Gender-Based Violence Command Centre", "0800 428 428"),
        ],
        source: "South African Police Service; Department of Social Development, South Africa",
        link: "https://gbv.org.za",
    },
    Known {
        id: 0x06,
        place: "Germany",
        countries: "Germany, DE",
        about: "",
        dialled: &[
            ("Police", "110"),
            ("Fire and ambulance", "112"),
            ("Hilfetelefon, for women who meet violence", "116 016"),
        ],
        source: "Hilfetelefon Gewalt gegen Frauen",
        link: "https://www.hilfetelefon.de",
    },
    Known {
        id: 0x05,
        place: "France",
        countries: "France, FR",
        about: "",
        dialled: &[
            ("Police, fire and ambulance", "112"),
            ("Police", "17"),
            ("Violences Femmes Info, for women who meet violence", "3919"),
        ],
        source: "Solidarité Femmes",
        link: "https://solidaritefemmes.org",
    },
    Known {
        id: 0x04,
        place: "Spain",
        countries: "Spain, ES",
        about: "",
        dialled: &[("Police, fire and ambulance", "112"), ("For women who meet violence", "016")],
        source: "Ministry of Equality, Spain",
        link: "https://violenciagenero.igualdad.gob.es",
    },
    Known {
        id: 0x03,
        place: "Italy",
        countries: "Italy, IT",
        about: "",
        dialled: &[("Police, fire and ambulance", "112"), ("For women who meet violence", "1522")],
        source: "Department for Equal Opportunities, Italy",
        link: "https://www.1522.eu",
    },
    Known {
        id: 0x02,
        place: "Brazil",
        countries: "Brazil, BR",
        about: "",
        dialled: &[("Police", "190"), ("Ambulance", "192"), ("Fire", "193"), ("Women's helpline", "180")],
        source: "Government of Brazil: Central de Atendimento à Mulher",
        link: "https://www.gov.br",
    },
];

/// So that nobody else's ids are these.
const BASE: u128 = 0x0199_0000_0000_8000_8000_e4e4_0000_0000;

impl Known {
    const fn id(&self) -> ResourceId {
        ResourceId(Uuid::from_u128(BASE + self.id))
    }

    fn resource(&self, now: Timestamp) -> Resource {
        let lines = self.dialled.iter().map(|(service, number)| format!("{service}: {number}"));
        let about = Some(self.about.to_owned()).filter(|about| !about.is_empty());
        let content = lines.chain(about).collect::<Vec<_>>().join("\n");
        let countries: Vec<String> = self.countries.split(", ").filter(|c| !c.is_empty()).map(str::to_owned).collect();
        // The names of one country, or of many.
        let country = countries.first().filter(|_| self.countries != EUROPEAN_UNION);
        let helpline = |(service, number): &(&str, &str)| Helpline {
            country: country.cloned(),
            service: (*service).to_owned(),
            number: (*number).to_owned(),
        };
        Resource {
            id: self.id(),
            title: format!("Emergency numbers in {}", self.place),
            description: Some("Whom to call.".to_owned()),
            content,
            category: "emergency".to_owned(),
            target_region: None,
            target_countries: Json(countries.clone()),
            applies_to_travel_types: Json::default(),
            external_links: Json(vec![ExternalLink { title: self.source.to_owned(), url: self.link.to_owned() }]),
            helpline_numbers: Json(self.dialled.iter().map(helpline).collect()),
            urgency_level: "critical".to_owned(),
            language: "en".to_owned(),
            source: self.source.to_owned(),
            checked_on: CHECKED_ON.parse().unwrap_or_else(|_| now.day()),
            is_featured: false,
            is_pinned: true,
            helpful_count: 0,
            created_at: now,
            updated_at: now,
            retired_at: None,
        }
    }
}

/// Adds the numbers that a database does not have yet, beside others that may be doing the same.
pub async fn add(db: &Db, now: Timestamp) -> Result<()> {
    match add_once(db, now).await {
        Err(error) if error.is_unique() => Ok(add_once(db, now).await?),
        done => Ok(done?),
    }
}

async fn add_once(db: &Db, now: Timestamp) -> Result<(), DbError> {
    if missing(&mut db.read().await?).await?.is_empty() {
        return Ok(());
    }
    let mut tx = db.write().await?;
    insert(&mut tx, now).await?;
    tx.commit().await
}

/// Adds them with the commit.
pub(super) async fn insert(tx: &mut Tx, now: Timestamp) -> Result<(), DbError> {
    for known in missing(tx).await? {
        store::insert(tx, &known.resource(now));
    }
    Ok(())
}

async fn missing(db: &mut kernel::db::Session) -> Result<Vec<&'static Known>, DbError> {
    let mut sql = open("select id from women_safety_resources where id in ");
    sql.push_list(KNOWN.iter().map(Known::id));
    let there: HashSet<Uuid> = db.all(sql).await?.into_iter().collect();
    Ok(KNOWN.iter().filter(|known| !there.contains(&known.id().0)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_an_id_a_source_and_a_number() {
        let ids: HashSet<_> = KNOWN.iter().map(Known::id).collect();
        assert_eq!(ids.len(), KNOWN.len());
        for known in &KNOWN {
            assert!(!known.source.is_empty() && known.link.starts_with("https://"), "{}", known.place);
            assert!(!known.dialled.is_empty() && known.dialled.iter().all(|(_, n)| !n.is_empty()), "{}", known.place);
        }
        assert!(CHECKED_ON.parse::<kernel::clock::Day>().is_ok());
    }
}
