//! What the matching of groups is made from.

use super::{Found, select};
use crate::model::{matching::MOST_CANDIDATES, month};
use kernel::{
    Result,
    auth::{Caller, TravelerId},
    clock::Day,
    db::{Json, Session},
    record, sql,
};

/// Groups that a traveler could join, the soonest first: not theirs, with a free seat, not banned from, and nobody in
/// them whom they block or who blocks them. For women only, if she wants to travel with nobody else.
pub(crate) async fn groups(db: &mut Session, viewer: Caller, today: Day, women_only: bool) -> Result<Vec<Found>> {
    let mut sql = select(Some(viewer));
    if women_only {
        sql.push(" and g.is_women_only = TRUE");
    }
    sql.push(" and mine.id is null and g.current_members_count < g.max_members and g.start_month >= ");
    sql.push_bind(month(today));
    sql.push(" and not exists (select 1 from travel_group_bans x where x.group_id = g.id and x.traveler_id = ");
    sql.push_bind(viewer.id);
    for (theirs, other) in [("blocker_id", "blocked_id"), ("blocked_id", "blocker_id")] {
        sql.push(") and not exists (select 1 from blocks b join travel_group_members o on o.traveler_id = b.");
        sql.push(other).push(" and o.group_id = g.id and o.state = 'accepted' where b.").push(theirs).push(" = ");
        sql.push_bind(viewer.id);
    }
    sql.push(") order by -g.start_month desc, g.created_at desc, g.id desc limit ").push_bind(MOST_CANDIDATES);
    Ok(db.all(sql).await?)
}

record! {
    /// What somebody says of how they travel.
    #[derive(Debug)]
    pub(crate) struct Taste {
        pub travel_interests: Json<Vec<String>>,
        pub travel_style: Option<String>,
        pub women_only: bool,
    }
}

/// What somebody says of how they travel.
pub(crate) async fn taste(db: &mut Session, id: TravelerId) -> Result<Option<Taste>> {
    let taste = sql!(
        "select t.travel_interests, t.travel_style, coalesce(s.women_only_group_preference, FALSE) as women_only
         from travelers t left join women_safety_settings s on s.traveler_id = t.id where t.id = $1"
    );
    Ok(db.maybe(taste.bind(id)).await?)
}

record! {
    /// A trip that somebody is about to make.
    #[derive(Debug)]
    pub(crate) struct Plan {
        pub destination: String,
        pub start_date: Option<Day>,
        pub end_date: Option<Day>,
        pub starting_point_gps: Option<String>,
    }
}

/// The trips that somebody is about to make, the soonest first.
pub(crate) async fn plans(db: &mut Session, id: TravelerId, today: Day) -> Result<Vec<Plan>> {
    let plans = sql!(
        "select destination, start_date, end_date, starting_point_gps from itineraries
         where traveler_id = $1 and deleted_at is null and end_date >= $2 order by start_date, id limit 5"
    );
    Ok(db.all(plans.bind(id).bind(today)).await?)
}
