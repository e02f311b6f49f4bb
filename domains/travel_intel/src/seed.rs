//! Much intel at once, for demos, tests of scale and benchmarks.

use crate::{
    model::{Intel, IntelId, ItineraryId, Place},
    store,
    words::{Kind, Severity},
};
use kernel::{Result, auth::TravelerId, clock::Timestamp, db::Tx, sql};
use std::collections::BTreeMap;
use uuid::Uuid;

/// A made-up piece of intel. What it answers stands before it.
#[derive(Debug)]
pub struct Piece {
    /// Which one.
    pub id: Uuid,
    /// The trip that it is about.
    pub itinerary: Uuid,
    /// What it answers.
    pub parent: Option<Uuid>,
    /// Whose.
    pub author: TravelerId,
    /// `question` and the like; what is none counts as `update`.
    pub kind: &'static str,
    /// Its words.
    pub content: String,
    /// `low` to `critical`; what is none counts as `medium`.
    pub severity: &'static str,
    /// Whether it is about safety.
    pub safety_related: bool,
    /// Until when a warning holds.
    pub valid_until: Option<Timestamp>,
    /// When it was posted.
    pub created_at: Timestamp,
}

impl Piece {
    fn intel(self) -> Intel {
        let place = Place { itinerary: ItineraryId(self.itinerary), parent: self.parent.map(IntelId) };
        let kind = Kind::named(self.kind).unwrap_or(Kind::Update);
        let mut intel = Intel::new(IntelId(self.id), place, self.author, kind, self.created_at);
        intel.content = self.content;
        intel.severity_level = Severity::named(self.severity).unwrap_or(Severity::Medium);
        intel.safety_related = self.safety_related;
        intel.valid_until = self.valid_until.filter(|_| intel.kind == Kind::Warning);
        intel
    }
}

/// Adds intel with the figures that follow from it.
pub async fn insert(tx: &mut Tx, pieces: Vec<Piece>) -> Result<()> {
    let intel: Vec<Intel> = pieces.into_iter().map(Piece::intel).collect();
    let (mut of_trip, mut of_thread) = (BTreeMap::<_, i64>::new(), BTreeMap::<Uuid, i64>::new());
    for n in &intel {
        *of_trip.entry((n.itinerary_id.0, n.traveler_id.map(|author| author.0))).or_default() += 1;
        if let Some(parent) = n.parent_id {
            *of_thread.entry(parent.0).or_default() += 1;
        }
    }
    tx.run_many(store::insert_sql(), intel.iter().map(store::insert_args).collect()).await?;
    let replies = sql!("update travel_intel set replies_count = replies_count + $2 where id = $1");
    tx.run_many(replies, of_thread.into_iter().map(|(id, n)| vec![id.into(), n.into()]).collect()).await?;
    let rows = of_trip.into_iter().map(|((id, author), n)| vec![id.into(), n.into(), author.into()]).collect();
    tx.run_many(store::count_sql(), rows).await?;
    Ok(())
}
