//! Who looked at what, as far as that is known. Pure.

use crate::model::ItineraryId;
use kernel::{
    auth::{Keys, TravelerId},
    clock::Day,
};

/// Somebody on one day.
pub(super) type Viewer = [u8; 16];

/// One view.
#[derive(Debug, Clone, Copy)]
pub(super) struct View {
    pub itinerary: ItineraryId,
    pub day: Day,
    pub viewer: Viewer,
    /// Of somebody without an account: the network that it came from.
    pub network: Option<Viewer>,
}

/// A row that is counted if it was not there before; in the order in which they are written everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Counted {
    pub itinerary: ItineraryId,
    pub day: Day,
    pub key: Viewer,
    /// Whether it counts as a view, which pages show.
    pub is_view: bool,
    /// Whether it counts as a viewer, by which trips are ranked.
    pub is_viewer: bool,
}

impl View {
    /// The rows of a view. A traveller is a viewer; sessions can be invented, so the viewer behind them is their network.
    pub(super) fn rows(&self) -> impl Iterator<Item = Counted> + use<> {
        let Self { itinerary, day, viewer, network } = *self;
        let view = Counted { itinerary, day, key: viewer, is_view: true, is_viewer: network.is_none() };
        let behind = network.map(|key| Counted { itinerary, day, key, is_view: false, is_viewer: true });
        std::iter::once(view).chain(behind)
    }
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
    /// Everybody in a network, whatever they call themselves.
    Network(&'a str),
}

impl Trait<'_> {
    /// The viewer on `day`: a hash that needs our key, and that is another one tomorrow.
    pub(super) fn on(&self, day: Day, keys: &Keys) -> Viewer {
        let name = match self {
            Self::Traveler(id) => format!("{day}\0traveler\0{id}"),
            Self::Session(session) => format!("{day}\0session\0{session}"),
            Self::Place { network, agent } => format!("{day}\0place\0{network}\0{agent}"),
            Self::Network(network) => format!("{day}\0network\0{network}"),
        };
        let hash = keys.keyed_hash("views of itineraries", name.as_bytes());
        hash.first_chunk().copied().unwrap_or_default()
    }
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
            Trait::Network("192.0.2.0/24"),
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
}
