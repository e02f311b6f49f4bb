//! What the matching of groups is made from.

use super::{Found, seen, select};
use crate::model::{
    matching::{MOST_CANDIDATES, Wishes},
    month,
};
use kernel::{
    Result,
    auth::{Caller, TravelerId},
    clock::Day,
    db::{Json, Session, Sql},
    record, sql,
    text::{contains, search_tokens},
};
use std::cmp::Reverse;

/// Groups that a traveler could join: not theirs, with a free seat, not banned from, and nobody in them whom they block or
/// who blocks them. For women only, if she wants to travel with nobody else. When there are more than are looked at, those
/// come first that go where and when they wish, then where, then when, and of each the soonest: whoever makes many groups
/// that leave soon keeps out none that was wished for.
pub(crate) async fn groups(db: &mut Session, viewer: Caller, today: Day, wishes: &Wishes) -> Result<Vec<Found>> {
    let (places, months) = (Places::of(wishes), Months::of(wishes));
    let mut sql = select(Some(viewer));
    // PostgreSQL would join what is chosen last, after reading all groups; an array is made first.
    sql.push(" and g.id ").push_by_engine("in (", "= any(array(");
    sql.push("select id from (select id, min(place) as place, min(month) as month from (");
    let ranks = [
        (" select id, 1 as place, month from (", Some(&places), Some(&months)),
        (" union all select id, 2, month from (", Some(&places), None),
        (" union all select id, 3, month from (", None, Some(&months)),
        (" union all select id, 4, month from (", None, None),
    ];
    for (rank, places, months) in ranks {
        sql.push(rank).push("select g.id, g.start_month as month from travel_groups g where TRUE");
        could_join(&mut sql, viewer, wishes.prefers_women_only);
        let from = months.map_or(0, Months::first).max(month(today));
        sql.push(" and -g.start_month <= ").push_bind(-from);
        if let Some(places) = places {
            places.narrow(&mut sql);
        }
        if let Some(months) = months {
            months.narrow(&mut sql);
        }
        sql.push(" order by -g.start_month desc, g.created_at desc, g.id desc limit ").push_bind(MOST_CANDIDATES);
        sql.push(") chosen");
    }
    sql.push(") chosen group by id order by 2, 3, 1 limit ").push_bind(MOST_CANDIDATES).push(") first_ones");
    sql.push_by_engine(")", "))");
    let mut found: Vec<Found> = db.all(sql).await?;
    found.sort_by_key(|f| (month(f.group.start_date), Reverse((f.group.created_at, f.group.id.0))));
    Ok(found)
}

fn could_join(sql: &mut Sql, viewer: Caller, women_only: bool) {
    seen(sql, Some(viewer));
    if women_only {
        sql.push(" and g.is_women_only = TRUE");
    }
    sql.push(" and g.current_members_count < g.max_members");
    sql.push(" and not exists (select 1 from travel_group_members own where own.group_id = g.id");
    sql.push(" and own.state = 'accepted' and own.traveler_id = ").push_bind(viewer.id);
    sql.push(") and not exists (select 1 from travel_group_bans x where x.group_id = g.id and x.traveler_id = ");
    sql.push_bind(viewer.id);
    for (theirs, other) in [("blocker_id", "blocked_id"), ("blocked_id", "blocker_id")] {
        sql.push(") and not exists (select 1 from blocks b join travel_group_members o on o.traveler_id = b.");
        sql.push(other).push(" and o.group_id = g.id and o.state = 'accepted' where b.").push(theirs).push(" = ");
        sql.push_bind(viewer.id);
    }
    sql.push(")");
}

/// Where somebody wishes to go. Nothing that others than members do not get is asked.
struct Places {
    words: Vec<String>,
    points: Vec<(f64, f64)>,
}

impl Places {
    fn of(wishes: &Wishes) -> Self {
        let towns = wishes.trips.iter().filter_map(|wish| wish.town.as_deref());
        Self {
            words: towns.flat_map(search_tokens).collect(),
            points: wishes.trips.iter().filter_map(|wish| wish.point).collect(),
        }
    }

    /// A word of the town, or about as far away as a distance still counts.
    fn narrow(&self, sql: &mut Sql) {
        sql.push(" and (FALSE");
        for word in &self.words {
            sql.push(" or g.town_text like ").push_bind(contains(word)).push(" escape '\\'");
        }
        for (lat, lon) in &self.points {
            sql.push(" or (abs(g.latitude - ").push_bind(*lat).push(") < 5 and (abs(g.longitude - ").push_bind(*lon);
            sql.push(") < 5 or abs(g.longitude - ").push_bind(*lon).push(") > 355))");
        }
        sql.push(")");
    }
}

/// When somebody wishes to go: the first and the last month of each wish, with those beside them.
struct Months(Vec<(i64, i64)>);

impl Months {
    fn of(wishes: &Wishes) -> Self {
        let days = wishes.trips.iter().filter_map(|wish| Some((wish.start.or(wish.end)?, wish.end.or(wish.start)?)));
        Self(days.map(|(first, last)| (month(first) - 1, month(last) + 1)).collect())
    }

    fn first(&self) -> i64 {
        self.0.iter().map(|(first, _)| *first).min().unwrap_or_default()
    }

    fn narrow(&self, sql: &mut Sql) {
        sql.push(" and (FALSE");
        for (first, last) in &self.0 {
            sql.push(" or g.start_month between ").push_bind(*first).push(" and ").push_bind(*last);
        }
        sql.push(")");
    }
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
