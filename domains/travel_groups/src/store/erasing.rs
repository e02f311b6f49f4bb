//! What groups keep of somebody whose account is gone.

use kernel::{
    Result,
    auth::TravelerId,
    db::{Json, Session, Tx},
    sql,
};

/// Whether an account is gone for good.
pub(crate) async fn is_deleted(db: &mut Session, traveler: TravelerId) -> Result<bool> {
    let gone = sql!("select exists (select 1 from travelers where id = $1 and deleted_at is not null)");
    Ok(db.one(gone.bind(traveler)).await?)
}

/// Erases the words that somebody whose account is gone left in groups, with the commit: why they banned others or were
/// banned, and what the groups say that they led, once nobody who still has an account belongs to one. When it traveled, and
/// who with, stays: what raters of its trips are worth follows from it.
pub(crate) fn erase(tx: &mut Tx, traveler: TravelerId) {
    let groups = sql!(
        "update travel_groups set name = '', description = '', destination = '', town = '', latitude = null,
            longitude = null, activity_tags = $2, languages = $2, travel_pace = null, search_text = '', town_text = '',
            tags_text = ''
         where is_active = FALSE and id in (select group_id from travel_group_members where traveler_id = $1)
            and exists (select 1 from travelers c where c.id = creator_id and c.deleted_at is not null)
            and not exists (select 1 from travel_group_members m
                join travelers t on t.id = m.traveler_id and t.deleted_at is null
                where m.group_id = travel_groups.id and m.state = 'accepted')"
    );
    tx.run_at_commit(groups.bind(traveler).bind(Json(Vec::<String>::new())));
    let reasons = sql!("update travel_group_bans set reason = null where banned_by = $1 or traveler_id = $1");
    tx.run_at_commit(reasons.bind(traveler));
}
