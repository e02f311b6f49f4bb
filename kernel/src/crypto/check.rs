//! Whether the keys of the settings are those of this database. Found out at the start, and not by whoever first needs
//! what cannot be read.

use super::{DataKeys, KEYS_VARIABLE, Place};
use crate::{Result, clock::Timestamp, config::SettingError, db::Db, record, sql};
use uuid::Uuid;

/// What is sealed under each key that values may be under.
const CANARY: &str = "tripit";

const PLACE: Place = Place { table: "encryption_check", column: "sealed", row: Uuid::nil(), owner: Uuid::nil() };

record! {
    struct Canary { key_id: String, sealed: Vec<u8> }
}

/// Says what is wrong with the keys for this database, if anything, and notes that the current one is in use.
pub async fn check(db: &Db, keys: &DataKeys, now: Timestamp) -> Result<Option<SettingError>> {
    let all = sql!("select key_id, sealed from encryption_check order by key_id");
    let known: Vec<Canary> = db.read().await?.all(all).await?;
    if let Some(fault) = known.iter().find_map(|canary| fault(keys, canary)) {
        return Ok(Some(fault));
    }
    if known.iter().any(|canary| canary.key_id == keys.current_id()) {
        return Ok(None);
    }
    let note =
        sql!("insert into encryption_check (key_id, sealed, created_at) values ($1, $2, $3) on conflict do nothing");
    let mut tx = db.write().await?;
    tx.run(note.bind(keys.current_id()).bind(keys.seal(PLACE, CANARY)?).bind(now)).await?;
    tx.commit().await?;
    // Of two processes that start at once with different keys of one id, only the first was right.
    let own = sql!("select key_id, sealed from encryption_check where key_id = $1").bind(keys.current_id());
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

/// Forgets the keys that nothing is under any more.
pub(super) async fn forget_older(db: &Db, keys: &DataKeys) -> Result<()> {
    let mut tx = db.write().await?;
    tx.run(sql!("delete from encryption_check where key_id <> $1").bind(keys.current_id())).await?;
    Ok(tx.commit().await?)
}
