//! Several questions in one round trip. They are asked one after the other, each with eyes of its own: what one locks is held
//! when the next one looks.

use super::{DbError, FromRow, On, Session, Sql, postgres, sqlite, tx};

impl Session {
    /// Asks two questions in one round trip.
    pub async fn both<A: FromRow, B: FromRow>(&mut self, first: Sql, second: Sql) -> Result<(Vec<A>, Vec<B>), DbError> {
        let (first, second, _) = self.together::<A, B, i64>(first, second, None).await?;
        Ok((first, second))
    }

    /// Asks three questions in one round trip.
    pub async fn three<A: FromRow, B: FromRow, C: FromRow>(
        &mut self,
        first: Sql,
        second: Sql,
        third: Sql,
    ) -> Result<(Vec<A>, Vec<B>, Vec<C>), DbError> {
        self.together(first, second, Some(third)).await
    }

    async fn together<A: FromRow, B: FromRow, C: FromRow>(
        &mut self,
        first: Sql,
        second: Sql,
        third: Option<Sql>,
    ) -> Result<(Vec<A>, Vec<B>, Vec<C>), DbError> {
        let all = || [&first, &second].into_iter().chain(&third);
        all().for_each(|sql| self.asked.note(sql));
        self.asked.round_trip();
        match &mut self.on {
            On::Sqlite(lane) => {
                lane.call(move |c| {
                    let (first, second) = (sqlite::rows(c, &first)?, sqlite::rows(c, &second)?);
                    let third = third.map(|third| sqlite::rows(c, &third)).transpose()?;
                    Ok((first, second, third.unwrap_or_default()))
                })
                .await
            }
            On::Postgres { client, pool } => match postgres::together(client, all().collect()).await {
                // As for one question.
                Err(DbError::Unavailable(_)) if client.is_closed() => {
                    *client = pool.get().await?;
                    postgres::together(client, all().collect()).await
                }
                done => done,
            },
            On::PostgresTx { client, begun } => {
                let client = tx::connection(client.as_ref())?;
                let questions = postgres::Questions::new(client, all().collect()).await?;
                tx::with_begin(client, begun, questions.rows()).await
            }
        }
    }
}
