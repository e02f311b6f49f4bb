//! What belongs to the reader alone: their vote, and whether they saved a trip. One query lays it over the rows that all
//! readers share; it never gets into a shared entry of the cache.

use crate::{model::ItineraryId, view::ItineraryView, votes::Vote};
use kernel::{
    Result,
    auth::Caller,
    db::{Session, Sql, open},
    record,
};
use std::collections::HashMap;

record! {
    struct Mine { id: ItineraryId, vote_type: Option<String>, saved: bool }
}

/// Fills in what belongs to the reader, for all trips of a page at once.
pub(crate) async fn lay_over(db: &mut Session, reader: Caller, views: &mut [ItineraryView<'_>]) -> Result<()> {
    if views.is_empty() {
        return Ok(());
    }
    let found: Vec<Mine> = db.all(of(reader, views.iter().map(ItineraryView::id))).await?;
    let found: HashMap<ItineraryId, Mine> = found.into_iter().map(|m| (m.id, m)).collect();
    for view in views {
        if let Some(mine) = found.get(&view.id()) {
            let vote = mine.vote_type.as_deref().and_then(Vote::named);
            view.belongs_to_reader(vote.map(Vote::as_str), mine.saved);
        }
    }
    Ok(())
}

pub(crate) fn of(reader: Caller, ids: impl Iterator<Item = ItineraryId>) -> Sql {
    let mut sql = open("select i.id, v.vote_type, (s.itinerary_id is not null) as saved from itineraries i");
    sql.push(" left join itinerary_votes v on v.itinerary_id = i.id and v.traveler_id = ").push_bind(reader.id);
    sql.push(" left join itinerary_saves s on s.itinerary_id = i.id and s.traveler_id = ").push_bind(reader.id);
    sql.push(" where i.id in ").push_list(ids);
    sql
}
