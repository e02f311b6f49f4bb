//! Spellings of places that no trip has any more: nobody shall be led to a place from which nothing is left.

use crate::index::IN_PLACE;
use kernel::{
    App, Result, by_engine,
    db::{Json, Session, Tx},
    jobs::Job,
    record, sql,
    text::{after_prefix, trigrams},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Words a step.
const STEP: i64 = 200;

/// Forgets them, two hundred words a step, every night; each step leaves the next one as a job.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct ForgetSpellings {
    after: Option<Spelling>,
}

record! {
    #[derive(Debug, Clone, Serialize, Deserialize)]
    struct Spelling { trigram: String, word: String }
}

impl Job for ForgetSpellings {
    const KIND: &'static str = "forget_spellings";

    fn unique_key(&self) -> Option<String> {
        Some(String::new())
    }

    async fn run(self, app: App, _: Uuid) -> Result<()> {
        let mut tx = app.db.write().await?;
        let next = next(&mut tx, self.after).await?;
        let Some(last) = next.last().cloned() else { return Ok(()) };
        let words = next.into_iter().map(|s| s.word).collect();
        let gone = unused(&mut tx, words).await?;
        if !gone.is_empty() {
            hold(&mut tx).await?;
            // Somebody may have published a trip there before the table was held.
            let gone = unused(&mut tx, gone).await?;
            forget(&mut tx, &gone).await?;
        }
        tx.enqueue(&Self { after: Some(last) })?;
        Ok(tx.commit().await?)
    }
}

/// The next words. Each has one group of letters that begins with two blanks, and so is met once.
async fn next(db: &mut Session, after: Option<Spelling>) -> Result<Vec<Spelling>> {
    let begin = || Spelling { trigram: "  ".to_owned(), word: String::new() };
    let Spelling { trigram, word } = after.unwrap_or_else(begin);
    let next = sql!(
        "select trigram, word from place_trigrams where (trigram, word) > ($1, $2) and trigram < $3
         order by trigram, word limit $4"
    );
    Ok(db.all(next.bind(trigram).bind(word).bind(after_prefix("  ")).bind(STEP)).await?)
}

/// Those of the words that stand in the places of no trip.
async fn unused(db: &mut Session, words: Vec<String>) -> Result<Vec<String>> {
    let looked_up: Vec<(String, String)> = words.into_iter().map(|word| (format!("{IN_PLACE}{word}"), word)).collect();
    let unused = by_engine!(
        sqlite: "select w.value ->> 1 from json_each($1) w where not exists
                    (select 1 from itinerary_index x where x.itinerary_index match w.value ->> 0)",
        postgres: "select w.value ->> 1 from jsonb_array_elements(cast($1 as jsonb)) w(value) where not exists
                    (select 1 from itinerary_index x where x.words @@ cast(w.value ->> 0 as tsquery))",
    );
    Ok(db.all(unused.bind(Json(looked_up))).await?)
}

/// Keeps others from entering spellings until the end of the transaction, which is near.
async fn hold(tx: &mut Tx) -> Result<()> {
    let hold = by_engine!(
        sqlite: "delete from place_trigrams where 1 = 0", // there is one writer at a time
        postgres: "lock table place_trigrams in share row exclusive mode",
    );
    tx.run(hold).await?;
    Ok(())
}

async fn forget(tx: &mut Tx, words: &[String]) -> Result<()> {
    let rows =
        words.iter().flat_map(|word| trigrams(word).into_iter().map(move |t| vec![t.into(), word.clone().into()]));
    tx.run_many(sql!("delete from place_trigrams where trigram = $1 and word = $2"), rows.collect()).await?;
    Ok(())
}
