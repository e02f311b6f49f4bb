//! Whether the keys of the settings are those of this database. Found out at the start, and not by whoever first needs
//! what cannot be read.

use super::{DataKeys, KEYS_VARIABLE, Place, SealedTable, span};
use crate::{
    Result,
    clock::Timestamp,
    config::SettingError,
    db::{Db, open},
    record, sql,
};
use uuid::Uuid;

/// What is sealed under each key that values may be under.
const CANARY: &str = "tripit";

const PLACE: Place = Place { table: "encryption_check", column: "sealed", row: Uuid::nil(), owner: Uuid::nil() };

record! {
    struct Canary { key_id: String, sealed: Vec<u8>, retired_at: Option<Timestamp> }
}

/// Says what is wrong with the keys for this database, if anything, and notes that the current one is in use.
///
/// A key that a rotation retired may be missing only while nothing in `tables` is under it, which is looked at anew at every
/// start without it: a process that had it first during the rotation may have sealed with it since.
pub async fn check(db: &Db, keys: &DataKeys, tables: &[&SealedTable], now: Timestamp) -> Result<Option<SettingError>> {
    let all = sql!("select key_id, sealed, retired_at from encryption_check order by key_id");
    let known: Vec<Canary> = db.read().await?.all(all).await?;
    for canary in &known {
        let may_be_missing = canary.retired_at.is_some() && !keys.knows(&canary.key_id);
        if may_be_missing && !is_used(db, tables, &canary.key_id).await? {
            continue;
        }
        if let Some(fault) = fault(keys, canary) {
            return Ok(Some(fault));
        }
    }
    if known.iter().any(|canary| canary.key_id == keys.current_id() && canary.retired_at.is_none()) {
        return Ok(None);
    }
    let note = sql!(
        "insert into encryption_check (key_id, sealed, created_at) values ($1, $2, $3)
         on conflict (key_id) do update set retired_at = null"
    );
    let mut tx = db.write().await?;
    tx.run(note.bind(keys.current_id()).bind(keys.seal(PLACE, CANARY)?).bind(now)).await?;
    tx.commit().await?;
    // Of two processes that start at once with different keys of one id, only the first was right.
    let own = sql!("select key_id, sealed, retired_at from encryption_check where key_id = $1").bind(keys.current_id());
    Ok(fault(keys, &db.read().await?.one(own).await?))
}

fn fault(keys: &DataKeys, canary: &Canary) -> Option<SettingError> {
    let fault = if !keys.knows(&canary.key_id) {
        "lacks a key that values in this database are under: add it behind the others, then run `tripit rotate-keys`"
    } else if keys.open(PLACE, &canary.sealed).is_err() {
        "has another key than this database under the same id"
    } else {
        return None;
    };
    Some(SettingError::new(KEYS_VARIABLE, fault))
}

/// Whether anything is sealed under a key. Values begin with its id: they lie between that and what comes after it.
async fn is_used(db: &Db, tables: &[&SealedTable], key_id: &str) -> Result<bool> {
    let (from, to) = span(key_id)?;
    for table in tables {
        for column in table.columns {
            let mut sql = open("select exists (select 1 from ");
            sql.push(table.name).push(" where ").push(column).push(" >= ").push_bind(from.clone());
            sql.push(" and ").push(column).push(" < ").push_bind(to.clone()).push(")");
            if db.read().await?.one(sql).await? {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Notes that nothing was found under the older keys.
pub(super) async fn retire_older(db: &Db, keys: &DataKeys, now: Timestamp) -> Result<()> {
    let retire = sql!("update encryption_check set retired_at = $2 where key_id <> $1");
    let mut tx = db.write().await?;
    tx.run(retire.bind(keys.current_id()).bind(now)).await?;
    Ok(tx.commit().await?)
}
