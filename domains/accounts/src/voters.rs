//! Votes of people who are hidden do not count: what happens to counters when somebody is banned, comes back or leaves.
//!
//! A vote's row says whether it is counted. Whoever votes holds the thing that is voted on, and their account while it is not
//! banned; the job holds the things and asks then who is shown. So no vote is counted behind the job that takes it out.

use crate::visible_to;
use kernel::{
    App, Result,
    auth::TravelerId,
    db::{Sql, Tx, open},
    jobs::Job,
    record,
};
use serde::{Deserialize, Serialize};
use std::marker::PhantomData;
use uuid::Uuid;

/// Votes on one kind of thing: one a person and thing, counted beside the thing. Their tables stay those of whoever has them,
/// and so do the statements that write them.
pub trait Votes: Send + Sync + 'static {
    /// The name of the job.
    const KIND: &'static str;
    /// The table of the votes, which has `traveler_id` and `is_counted`.
    const TABLE: &'static str;
    /// Its column with the thing.
    const THING: &'static str;
    /// Whether a vote `v` is for the thing.
    const IS_FOR: &'static str;

    /// Holds the next things that somebody voted on and tells their ids: `$1` is the voter, `$2` the last thing before them in
    /// the order of the ids, `$3` how many. Held are they in the order of everybody else who holds several.
    fn hold() -> Sql;

    /// Counts: `$1` is the thing, `$2` what is added to the votes for it, `$3` what to those against it.
    fn count() -> Sql;

    /// Says of a vote whether it is counted: `$1` is the thing, `$2` the voter, `$3` whether.
    fn mark() -> Sql;

    /// Says what follows from other counters of these things, of which there is one at least.
    fn changed(tx: &mut Tx, things: &[Uuid]) -> impl Future<Output = Result<()>> + Send;
}

/// Somebody was banned, is back, or left: takes their votes out of the counters, or brings them back.
#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
pub struct RecountVotes<V> {
    voter: TravelerId,
    /// The last thing that was looked at; a brigade votes on many.
    after: Uuid,
    #[serde(skip)]
    votes: PhantomData<V>,
}

impl<V> From<Uuid> for RecountVotes<V> {
    fn from(voter: Uuid) -> Self {
        Self { voter: TravelerId(voter), after: Uuid::nil(), votes: PhantomData }
    }
}

/// Things in a transaction.
const BATCH: usize = 100;

impl<V: Votes> Job for RecountVotes<V> {
    const KIND: &'static str = V::KIND;

    fn unique_key(&self) -> Option<String> {
        Some(format!("{} {}", self.voter, self.after))
    }

    async fn run(self, app: App, _: Uuid) -> Result<()> {
        let mut tx = app.db.write().await?;
        let most = i64::try_from(BATCH).unwrap_or(i64::MAX);
        let things: Vec<Uuid> = tx.all(V::hold().bind(self.voter).bind(self.after).bind(most)).await?;
        let changed = recount::<V>(&mut tx, self.voter, &things).await?;
        if !changed.is_empty() {
            V::changed(&mut tx, &changed).await?;
        }
        if things.len() == BATCH
            && let Some(after) = things.into_iter().max()
        {
            tx.enqueue(&Self { after, ..self })?;
        }
        Ok(tx.commit().await?)
    }
}

record! {
    struct Standing { thing: Uuid, is_for: bool, is_counted: bool, is_shown: bool }
}

/// Counts somebody's votes on things that are held if that person is shown, and only then; the things whose counters changed.
async fn recount<V: Votes>(tx: &mut Tx, voter: TravelerId, things: &[Uuid]) -> Result<Vec<Uuid>> {
    if things.is_empty() {
        return Ok(Vec::new());
    }
    // A statement of its own: one that had to wait for a row still sees what was there before it waited.
    let mut wrong: Vec<Standing> = tx.all(votes_standing::<V>(voter, things)).await?;
    wrong.retain(|vote| vote.is_counted != vote.is_shown);
    let counts = wrong.iter().map(|vote| {
        let change = if vote.is_shown { 1_i64 } else { -1 };
        let [up, down] = if vote.is_for { [change, 0] } else { [0, change] };
        vec![vote.thing.into(), up.into(), down.into()]
    });
    tx.run_many(V::count(), counts.collect()).await?;
    let marks = wrong.iter().map(|vote| vec![vote.thing.into(), voter.into(), vote.is_shown.into()]);
    tx.run_many(V::mark(), marks.collect()).await?;
    Ok(wrong.into_iter().map(|vote| vote.thing).collect())
}

/// Whether somebody's votes are counted, and whether they should be.
pub fn votes_standing<V: Votes>(voter: TravelerId, things: &[Uuid]) -> Sql {
    let mut sql = open("select v.");
    sql.push(V::THING).push(" as thing, ").push(V::IS_FOR).push(" as is_for, v.is_counted, (TRUE");
    visible_to(&mut sql, "v.traveler_id", None);
    sql.push(") as is_shown from ").push(V::TABLE).push(" v where v.traveler_id = ").push_bind(voter);
    sql.push(" and v.").push(V::THING).push(" in ").push_list(things.iter().copied());
    sql
}
