//! Who looked at what, as far as that is known. Pure.

use crate::model::ItineraryId;
use kernel::{
    auth::{Keys, TravelerId},
    clock::Day,
};

/// Somebody, as far as it is kept who that is.
pub(crate) type Viewer = [u8; 16];

/// One view.
#[derive(Debug, Clone, Copy)]
pub(super) struct View {
    pub itinerary: ItineraryId,
    pub day: Day,
    /// Who looked, on this day.
    pub viewer: Viewer,
    /// Who looked, on every day; of somebody with an account only. Trips are ranked by those.
    pub traveler: Option<Viewer>,
}

/// How a viewer is told from others.
#[derive(Debug)]
pub(super) enum Trait<'a> {
    /// Signed in.
    Traveler(TravelerId),
    /// By the client's own name for its session.
    Session(&'a str),
    /// By nothing but where the request came from: a network, not an address, and the program.
    Place { network: &'a str, agent: &'a str },
}

impl Trait<'_> {
    /// The viewer on `day`: a hash that needs our key, and that is another one tomorrow.
    pub(super) fn on(&self, day: Day, keys: &Keys) -> Viewer {
        let name = match self {
            Self::Traveler(id) => format!("{day}\0traveler\0{id}"),
            Self::Session(session) => format!("{day}\0session\0{session}"),
            Self::Place { network, agent } => format!("{day}\0place\0{network}\0{agent}"),
        };
        hashed("views of itineraries", &name, keys)
    }
}

/// Somebody with an account, to one trip: a hash that needs our key, and that is another one for every other trip.
pub(super) fn viewer_of(itinerary: ItineraryId, traveler: TravelerId, keys: &Keys) -> Viewer {
    hashed("viewers of itineraries", &format!("{itinerary}\0{traveler}"), keys)
}

fn hashed(label: &str, name: &str, keys: &Keys) -> Viewer {
    keys.keyed_hash(label, name.as_bytes()).first_chunk().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn a_viewer_is_the_same_on_a_day_and_another_one_on_the_next() {
        let keys = |secret: &str| Keys::new(&secret.to_owned().into(), &secret.to_owned().into());
        let (ours, others) = (keys("one secret of forty characters, or more"), keys("another one"));
        let days: Vec<Day> = ["2026-11-23", "2026-11-24"].iter().map(|d| d.parse().unwrap()).collect();
        let traits = [
            Trait::Traveler(TravelerId(uuid::Uuid::nil())),
            Trait::Session("00000000-0000-0000-0000-000000000000"),
            Trait::Session("a"),
            Trait::Place { network: "192.0.2.0/24", agent: "a" },
            Trait::Place { network: "192.0.2.0/24", agent: "b" },
            Trait::Place { network: "192.0.2.0/24", agent: "" },
            Trait::Session("192.0.2.0/24"),
        ];
        let mut seen = HashSet::new();
        for viewer in &traits {
            for day in &days {
                for keys in [&ours, &others] {
                    assert!(seen.insert(viewer.on(*day, keys)), "{viewer:?}");
                    assert_eq!(viewer.on(*day, keys), viewer.on(*day, keys));
                }
            }
        }
    }

    #[test]
    fn a_traveller_is_another_viewer_to_every_trip() {
        let keys = |secret: &str| Keys::new(&secret.to_owned().into(), &secret.to_owned().into());
        let [one, two] = [1, 2].map(uuid::Uuid::from_u128);
        let mut seen = HashSet::new();
        for keys in [keys("one secret of forty characters, or more"), keys("another one")] {
            for (trip, traveler) in [(one, one), (one, two), (two, one), (two, two)] {
                let viewer = viewer_of(ItineraryId(trip), TravelerId(traveler), &keys);
                assert!(seen.insert(viewer), "{trip} {traveler}");
                assert_eq!(viewer, viewer_of(ItineraryId(trip), TravelerId(traveler), &keys));
            }
        }
    }
}
