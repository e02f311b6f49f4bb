//! The words by which people are found: those of the username and of the display name, and of nothing else. They are
//! written in the transaction that writes the names.

use crate::model::name_words;
use kernel::{
    App, Result,
    auth::TravelerId,
    by_engine,
    db::{Sql, Tx, open},
    jobs::Job,
    record, sql,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The rows of a person's words.
fn insert(id: TravelerId, words: Vec<String>) -> Sql {
    let mut sql = open("insert into traveler_names (word, traveler_id)");
    sql.push_rows(words.into_iter().map(|word| vec![word.into(), id.into()]));
    sql.push(" on conflict do nothing");
    sql
}

/// Makes a new account findable by its names, with the commit.
pub(crate) fn index(tx: &mut Tx, id: TravelerId, username: &str, display_name: &str) {
    let words = name_words(username, display_name);
    if !words.is_empty() {
        tx.run_at_commit(insert(id, words));
    }
}

record! {
    #[derive(Debug)]
    struct Named {
        id: TravelerId,
        username: String,
        display_name: String,
    }
}

/// Held until the transaction ends: whoever erases an account meanwhile comes after, and erases its words as well.
async fn named_after(tx: &mut Tx, after: TravelerId) -> Result<Vec<Named>> {
    let next = by_engine!(
        sqlite: "select id, username, display_name from travelers where id > $1 and deleted_at is null
                 order by id limit 500",
        postgres: "select id, username, display_name from travelers where id > $1 and deleted_at is null
                   order by id limit 500 for no key update",
    );
    Ok(tx.all(next.bind(after)).await?)
}

/// Gives accounts from before there was an index their words, some at a time. A migration queues it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct FillNames {
    after: TravelerId,
}

impl Job for FillNames {
    const KIND: &'static str = "fill_names";

    async fn run(self, app: App, _: Uuid) -> Result<()> {
        let mut tx = app.db.write().await?;
        let people = named_after(&mut tx, self.after).await?;
        let Some(last) = people.last().map(|p| p.id) else { return Ok(()) };
        let rows = people.iter().flat_map(|p| {
            name_words(&p.username, &p.display_name).into_iter().map(|word| vec![word.into(), p.id.into()])
        });
        let add = sql!("insert into traveler_names (word, traveler_id) values ($1, $2) on conflict do nothing");
        tx.run_many(add, rows.collect()).await?;
        tx.enqueue(&Self { after: last })?;
        Ok(tx.commit().await?)
    }
}
