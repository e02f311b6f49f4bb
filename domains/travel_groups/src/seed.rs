//! Many groups at once, for demos, tests of scale and benchmarks.

use crate::{
    model::{Group, GroupId, ItineraryId, Role},
    store,
};
use kernel::{
    Result,
    auth::TravelerId,
    clock::{Day, Timestamp},
    db::{Json, Tx},
    sql,
};
use uuid::Uuid;

/// A made-up group.
#[derive(Debug)]
pub struct Gathering {
    /// Which group.
    pub id: Uuid,
    /// What it is called.
    pub name: String,
    /// In words.
    pub description: String,
    /// Where to: the town first.
    pub destination: String,
    /// The first day.
    pub start_date: Day,
    /// The last day.
    pub end_date: Day,
    /// Seats, at least as many as members.
    pub seats: i64,
    /// What it likes to do.
    pub activity_tags: Vec<String>,
    /// The languages that it speaks.
    pub languages: Vec<String>,
    /// How fast it travels.
    pub pace: Option<&'static str>,
    /// Whether only verified women see it; all its members are verified then.
    pub is_women_only: bool,
    /// Whether it agrees to everybody who joins.
    pub requires_approval: bool,
    /// The trip that it makes.
    pub itinerary: Option<Uuid>,
    /// Memberships and whose they are; the first one made it.
    pub members: Vec<(Uuid, TravelerId)>,
    /// When it was made.
    pub at: Timestamp,
}

impl Gathering {
    fn group(&self, creator: TravelerId) -> Group {
        Group {
            name: self.name.clone(),
            description: self.description.clone(),
            destination: self.destination.clone(),
            start_date: self.start_date,
            end_date: self.end_date,
            max_members: self.seats,
            activity_tags: Json(self.activity_tags.clone()),
            languages: Json(self.languages.clone()),
            travel_pace: self.pace.map(str::to_owned),
            is_women_only: self.is_women_only,
            requires_approval: self.requires_approval,
            ..Group::new(GroupId(self.id), creator, self.at)
        }
    }
}

/// Adds groups with their members and trips. The database counts the seats.
pub async fn insert(tx: &mut Tx, gatherings: Vec<Gathering>) -> Result<()> {
    let (mut groups, mut seats, mut trips) = (Vec::new(), Vec::new(), Vec::new());
    for one in &gatherings {
        let Some((_, creator)) = one.members.first() else { continue };
        groups.push(store::insert_args(&one.group(*creator)));
        for (id, traveler) in &one.members {
            let role = if traveler == creator { Role::Organizer } else { Role::Member };
            let (id, group) = ((*id).into(), one.id.into());
            seats.push(vec![id, group, (*traveler).into(), role.name().into(), one.at.day().into(), one.at.into()]);
        }
        if let Some(itinerary) = one.itinerary {
            let itinerary = ItineraryId(itinerary);
            trips.push(vec![one.id.into(), itinerary.into(), (*creator).into(), one.at.day().into(), one.at.into()]);
        }
    }
    tx.run_many(store::insert_sql(), groups).await?;
    tx.run_many(store::seats::take_sql(), seats).await?;
    let trip = sql!(
        "insert into travel_group_itineraries (group_id, itinerary_id, added_by, added_on, created_at)
         values ($1, $2, $3, $4, $5)"
    );
    tx.run_many(trip, trips).await?;
    Ok(())
}
