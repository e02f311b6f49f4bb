//! The figures of trips. A row says whether it is counted: whoever changes that changes the figures in the same
//! transaction, and holds the row.

use crate::model::{IntelId, ItineraryId};
use accounts::visible_to;
use kernel::{
    Result,
    auth::TravelerId,
    db::{Sql, Tx, open},
    record, sql,
};

/// The statement that adds to the figures of a trip: its id, how much more, and whose. What the trip's author says counts
/// among all, and not among what others say.
pub(crate) fn count_sql() -> Sql {
    sql!(
        "insert into itinerary_intel (itinerary_id, intel_count, others_count)
         select i.id, cast($2 as bigint), case when i.traveler_id = $3 then 0 else cast($2 as bigint) end
         from itineraries i where i.id = $1
         on conflict (itinerary_id) do update set intel_count = itinerary_intel.intel_count + excluded.intel_count,
            others_count = itinerary_intel.others_count + excluded.others_count"
    )
}

/// Adds one to the figures of a trip.
pub(super) fn more_sql(trip: ItineraryId, by: Option<TravelerId>) -> Sql {
    count_sql().bind(trip).bind(1_i64).bind(by)
}

/// Takes one from the figures of a trip.
pub(super) fn less_sql(trip: ItineraryId, by: Option<TravelerId>) -> Sql {
    let less = sql!(
        "update itinerary_intel set intel_count = intel_count - 1, others_count = others_count - case when exists
            (select 1 from itineraries i where i.id = itinerary_id and i.traveler_id = $2) then 0 else 1 end
         where itinerary_id = $1"
    );
    less.bind(trip).bind(by)
}

/// The next trips that somebody wrote about, in the order of their ids.
pub(crate) async fn written_about(
    tx: &mut Tx,
    writer: TravelerId,
    after: ItineraryId,
    most: i64,
) -> Result<Vec<ItineraryId>> {
    let trips = sql!(
        "select distinct itinerary_id from travel_intel where traveler_id = $1 and itinerary_id > $2
         order by itinerary_id limit $3"
    );
    Ok(tx.all(trips.bind(writer).bind(after).bind(most)).await?)
}

record! {
    struct Standing { id: IntelId, traveler_id: Option<TravelerId>, is_counted: bool, counts: bool }
}

/// Counts what somebody wrote about a trip, and what stands in their threads, if it is shown, and only then; whether that
/// changed the figures.
pub(crate) async fn recount(tx: &mut Tx, writer: TravelerId, trip: ItineraryId) -> Result<bool> {
    let mut wrong: Vec<Standing> = tx.all(standing(writer, trip)).await?;
    wrong.retain(|n| n.is_counted != n.counts);
    let mark = sql!("update travel_intel set is_counted = $2 where id = $1");
    tx.run_many(mark, wrong.iter().map(|n| vec![n.id.into(), n.counts.into()]).collect()).await?;
    for n in &wrong {
        tx.run(if n.counts { more_sql(trip, n.traveler_id) } else { less_sql(trip, n.traveler_id) }).await?;
    }
    Ok(!wrong.is_empty())
}

/// Whether somebody's words about a trip and what stands below them is counted, and whether it should be. Held in the order of
/// everybody else who holds several: replies, then what they are to.
pub(crate) fn standing(writer: TravelerId, trip: ItineraryId) -> Sql {
    let mut sql = open("select n.id, n.traveler_id, n.is_counted, (n.deleted_at is null and n.hidden_at is null");
    visible_to(&mut sql, "n.traveler_id", None);
    visible_to(&mut sql, "p.traveler_id", None);
    sql.push(") as counts from travel_intel n left join travel_intel p on p.id = n.parent_id where n.itinerary_id = ");
    sql.push_bind(trip).push(" and (n.traveler_id = ").push_bind(writer).push(" or p.traveler_id = ").push_bind(writer);
    sql.push(") order by (n.parent_id is null), n.id").push_by_engine("", " for no key update of n");
    sql
}
