//! What belongs to the reader alone: their vote, and whether they saved it. One query lays it over the rows that all
//! readers share, and takes out what this reader may not see; it never gets into a shared entry of the cache.

use crate::{model::ItineraryId, store::Found, view::ItineraryView, votes::Vote};
use accounts::visible_to;
use kernel::{
    App, Result,
    auth::Caller,
    clock::Timestamp,
    db::{DbError, FromRow, Row, Sql, open},
    record,
};
use std::collections::HashMap;

/// What one reader has to do with a trip.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Mine {
    pub vote: Option<Vote>,
    /// Whether it is among the trip's counters.
    pub is_counted: bool,
    pub saved: bool,
}

impl FromRow for Mine {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        let mine = Self::new(row.get::<Option<String>>("my_vote")?.as_deref(), row.get("my_save")?);
        Ok(Self { is_counted: row.get("my_vote_counts")?, ..mine })
    }
}

impl Mine {
    fn new(vote: Option<&str>, saved: bool) -> Self {
        Self { vote: vote.and_then(Vote::named), is_counted: true, saved }
    }
}

/// Appends the columns that belong to the reader, of whom there may be none.
pub(crate) fn columns(sql: &mut Sql, reader: Option<Caller>) {
    sql.push(match reader {
        Some(_) => {
            ", mv.vote_type as my_vote, coalesce(mv.is_counted, TRUE) as my_vote_counts, \
            (ms.itinerary_id is not null) as my_save"
        }
        None => ", cast(null as text) as my_vote, TRUE as my_vote_counts, FALSE as my_save",
    });
}

/// Appends where these columns of a trip `i` come from.
pub(crate) fn joins(sql: &mut Sql, reader: Option<Caller>) {
    if let Some(reader) = reader {
        sql.push(" left join itinerary_votes mv on mv.itinerary_id = i.id and mv.traveler_id = ").push_bind(reader.id);
        sql.push(" left join itinerary_saves ms on ms.itinerary_id = i.id and ms.traveler_id = ").push_bind(reader.id);
    }
}

/// A trip as one reader has it. Not for a cache: it has what belongs to them.
#[derive(Debug)]
pub struct FoundBy {
    pub(crate) found: Found,
    pub(crate) mine: Mine,
}

impl FromRow for FoundBy {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self { found: Found::from_row(row)?, mine: Mine::from_row(row)? })
    }
}

impl FoundBy {
    /// What its reader gets of it now.
    pub fn view(&self, reader: Option<Caller>, now: Timestamp) -> ItineraryView<'_> {
        let mut view = ItineraryView::new(&self.found, reader, now);
        view.belongs_to_reader(self.mine);
        view
    }
}

record! {
    struct Laid { id: ItineraryId, vote_type: Option<String>, saved: bool }
}

/// What belongs to one reader, of trips that were read for all.
#[derive(Debug)]
pub struct Overlay(Option<HashMap<ItineraryId, Mine>>);

impl Overlay {
    /// Asks for it, of all trips of a page at once; of nobody nothing is asked.
    pub async fn of(app: &App, reader: Option<Caller>, ids: impl Iterator<Item = ItineraryId>) -> Result<Self> {
        let Some(reader) = reader else { return Ok(Self(None)) };
        let mut ids = ids.peekable();
        if ids.peek().is_none() {
            return Ok(Self(Some(HashMap::new())));
        }
        let found: Vec<Laid> = app.db.read().await?.all(of(reader, ids)).await?;
        let mine = |m: Laid| (m.id, Mine::new(m.vote_type.as_deref(), m.saved));
        Ok(Self(Some(found.into_iter().map(mine).collect())))
    }

    /// Fills it in. What the reader may not see is taken out: the rows were chosen for everybody.
    pub fn lay_over(&self, views: &mut Vec<ItineraryView<'_>>) {
        let Some(mine) = &self.0 else { return };
        views.retain_mut(|view| match mine.get(&view.id()) {
            Some(mine) => {
                view.belongs_to_reader(*mine);
                true
            }
            None => false,
        });
    }
}

pub(crate) fn of(reader: Caller, ids: impl Iterator<Item = ItineraryId>) -> Sql {
    let mut sql = open("select i.id, v.vote_type, (s.itinerary_id is not null) as saved from itineraries i");
    sql.push(" left join itinerary_votes v on v.itinerary_id = i.id and v.traveler_id = ").push_bind(reader.id);
    sql.push(" left join itinerary_saves s on s.itinerary_id = i.id and s.traveler_id = ").push_bind(reader.id);
    sql.push(" where i.id in ").push_list(ids);
    visible_to(&mut sql, "i.traveler_id", Some(reader));
    sql
}
