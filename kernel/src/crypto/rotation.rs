//! Sealing everything anew under the current key, beside processes that serve.

use super::{DataKeys, Place, check::retire_older};
use crate::{
    Result,
    clock::Timestamp,
    db::{Db, DbError, FromRow, Row, Sql, open},
};
use secrecy::ExposeSecret;
use uuid::Uuid;

/// A table with sealed columns. A domain that has some lists them, so that a rotation finds them.
#[derive(Debug)]
pub struct SealedTable {
    /// Its name.
    pub name: &'static str,
    /// The column with the id of a row.
    pub id: &'static str,
    /// The column with the id of whom a row belongs to.
    pub owner: &'static str,
    /// The columns that are sealed. At most four.
    pub columns: &'static [&'static str],
}

impl SealedTable {
    /// The place of one of its columns.
    pub const fn place(&self, column: &'static str, row: Uuid, owner: Uuid) -> Place {
        Place { table: self.name, column, row, owner }
    }

    /// Rows after `after`, in the order of their ids.
    fn batch(&self, after: Option<Uuid>) -> Sql {
        let mut sql = open("select ");
        sql.push(self.id).push(" as row_id, ").push(self.owner).push(" as row_owner");
        for (column, name) in self.columns.iter().zip(NAMES) {
            sql.push(", ").push(column).push(" as ").push(name);
        }
        for name in NAMES.iter().skip(self.columns.len()) {
            sql.push(", cast(null as bytea) as ").push(name);
        }
        sql.push(" from ").push(self.name);
        if let Some(after) = after {
            sql.push(" where ").push(self.id).push(" > ").push_bind(after);
        }
        sql.push(" order by ").push(self.id).push(" limit ").push_bind(BATCH);
        sql
    }

    /// Puts another value into the place of exactly this one: what was written meanwhile is left alone.
    fn replace(&self, column: &'static str, row: Uuid, old: Vec<u8>, new: Vec<u8>) -> Sql {
        let mut sql = open("update ");
        sql.push(self.name).push(" set ").push(column).push(" = ").push_bind(new);
        sql.push(" where ").push(self.id).push(" = ").push_bind(row);
        sql.push(" and ").push(column).push(" = ").push_bind(old);
        sql
    }
}

const BATCH: i64 = 200;
const NAMES: [&str; 4] = ["sealed_0", "sealed_1", "sealed_2", "sealed_3"];

struct SealedRow {
    id: Uuid,
    owner: Uuid,
    values: Vec<Option<Vec<u8>>>,
}

impl FromRow for SealedRow {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        let values = NAMES.iter().map(|name| row.get(name)).collect::<Result<_, _>>()?;
        Ok(Self { id: row.get("row_id")?, owner: row.get("row_owner")?, values })
    }
}

/// Seals every value of `tables` that is under an older key under the current one, in batches, each in a transaction of
/// its own: it may be stopped and begun again at any time. Says after each batch how many it sealed in which table.
/// Returns how many in all. A pass that finds none ends it; a process that still has an
/// older key first may write under that one all the same, so what is known of it stays (see `check.rs`).
pub async fn rotate(
    db: &Db,
    keys: &DataKeys,
    tables: &[&SealedTable],
    now: Timestamp,
    mut progress: impl FnMut(&'static str, u64),
) -> Result<u64> {
    let mut total = 0;
    loop {
        let mut found = 0;
        for table in tables {
            found += pass(db, keys, table, &mut progress).await?;
        }
        if found == 0 {
            retire_older(db, keys, now).await?;
            return Ok(total);
        }
        total += found;
    }
}

async fn pass(
    db: &Db,
    keys: &DataKeys,
    table: &SealedTable,
    progress: &mut impl FnMut(&'static str, u64),
) -> Result<u64> {
    let (mut after, mut sealed) = (None, 0);
    loop {
        let rows: Vec<SealedRow> = db.read().await?.all(table.batch(after)).await?;
        let Some(last) = rows.last() else { return Ok(sealed) };
        after = Some(last.id);
        let mut statements = Vec::new();
        for row in rows {
            for (column, value) in table.columns.iter().zip(row.values) {
                let Some(old) = value.filter(|value| !keys.is_current(value)) else { continue };
                let place = table.place(column, row.id, row.owner);
                let new = keys.seal(place, keys.open(place, &old)?.expose_secret())?;
                statements.push(table.replace(column, row.id, old, new));
            }
        }
        if statements.is_empty() {
            continue;
        }
        let mut tx = db.write().await?;
        for statement in statements {
            sealed += tx.run(statement).await?;
        }
        tx.commit().await?;
        progress(table.name, sealed);
    }
}
