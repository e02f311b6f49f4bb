//! Filling an empty database: rows first and indexes at the end, each made at once instead of row by row.

use super::{Db, DbError, Engine, Sql, Tx, open};

/// Indexes that were dropped, by the statements that make them again.
#[derive(Debug)]
#[must_use = "or the database stays without them"]
pub struct Dropped(Vec<String>);

crate::record! {
    struct Index { name: String, made_by: String }
}

impl Tx {
    /// Drops the indexes of these tables, but for those of their keys. Whoever is ended before [`Db::make_indexes`] leaves
    /// a database without them: for databases that can be thrown away.
    pub async fn drop_indexes(&mut self, tables: &[&str]) -> Result<Dropped, DbError> {
        let mut made_by = Vec::new();
        for table in tables {
            let indexes = crate::by_engine!(
                sqlite: "select name, sql as made_by from sqlite_schema where tbl_name = $1 and type = 'index' and sql is not null",
                postgres: "select cast(c.relname as text) as name, pg_get_indexdef(c.oid) as made_by
                           from pg_index x join pg_class c on c.oid = x.indexrelid
                           where x.indrelid = cast(cast($1 as text) as regclass)
                             and not exists (select 1 from pg_constraint k where k.conindid = x.indexrelid)",
            );
            for Index { name, made_by: text } in self.all::<Index>(indexes.bind(*table)).await? {
                self.run(owned("drop index ", &name)).await?;
                made_by.push(text);
            }
        }
        Ok(Dropped(made_by))
    }
}

impl Db {
    /// Makes the indexes again, and plans for what is there now.
    pub async fn make_indexes(&self, Dropped(made_by): Dropped) -> Result<(), DbError> {
        for text in &made_by {
            let mut tx = self.write().await?;
            tx.unhurried().await?;
            tx.run(owned("", text)).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// Looks at samples of all tables, so that plans are made for what is there now.
    pub async fn analyze(&self) -> Result<(), DbError> {
        let mut tx = self.write().await?;
        tx.unhurried().await?;
        tx.run(open("analyze")).await?;
        tx.commit().await
    }
}

impl Tx {
    /// A statement of what follows may take longer than one of a request.
    async fn unhurried(&mut self) -> Result<(), DbError> {
        match self.db_engine() {
            Engine::Sqlite => {
                self.all::<i64>(open("pragma analysis_limit = 1000")).await?;
            }
            Engine::Postgres => {
                self.run(open("set local statement_timeout = 0")).await?;
                self.run(open("set local maintenance_work_mem = '512MB'")).await?;
            }
        }
        Ok(())
    }
}

/// A statement about a name that the database told us.
fn owned(text: &'static str, name: &str) -> Sql {
    let mut sql = open(text);
    sql.append(name);
    sql
}
