//! Proof that somebody else does not own an address: whoever registered it without confirming it has to go.

use crate::{
    jobs::{Notice, SendNotice},
    mail_token,
    model::Traveler,
    password, store,
};
use kernel::{App, Error, Result, auth::TravelerId, clock::Timestamp, db::Tx, sql, text::fold};

/// Somebody has just proven, by something other than the account's password, that the address of `owner` is theirs.
///
/// Where the address was confirmed before, nothing changes. Where it was not, anybody may have registered it, so all
/// that lets that person in is taken away: password, sessions, linked accounts and mailed links.
pub(crate) async fn proven(app: &App, tx: &mut Tx, owner: &Traveler) -> Result<()> {
    if owner.email_verified {
        return Ok(());
    }
    let now = app.clock.now();
    if !evict(tx, owner, now).await? {
        // The link and the code at once: it was confirmed meanwhile, which is as good.
        let now_is = store::find(tx, owner.id).await?;
        if now_is.is_some_and(|t| t.email_verified && fold(&t.email) == fold(&owner.email)) {
            return Ok(());
        }
        return Err(Error::conflict("address_changed", "The address of this account has just changed: try again"));
    }
    // Before the sessions: a sign-in by one of them that is under way is waited for here, and ended below.
    unlink_all(tx, owner.id).await?;
    store::end_sessions(tx, owner.id, now).await?;
    mail_token::revoke_all(tx, owner.id, now).await?;
    tx.enqueue(&SendNotice::to(owner.id, Notice::AddressProven))?;
    Ok(())
}

/// Takes away every account elsewhere that signs in to this one.
pub(crate) async fn unlink_all(tx: &mut Tx, owner: TravelerId) -> Result<()> {
    tx.run(sql!("delete from identities where traveler_id = $1").bind(owner)).await?;
    Ok(())
}

/// `false` when the account has another address by now, or was confirmed meanwhile: then the proof was for somebody else.
async fn evict(tx: &mut Tx, owner: &Traveler, at: Timestamp) -> Result<bool> {
    let evict = sql!(
        "update travelers set password_hash = $3, email_verified = TRUE, updated_at = $4
         where id = $1 and email_key = $2 and email_verified = FALSE"
    );
    tx.changed("people"); // who is shown as verified
    tx.happened("traveler_profile_changed", owner.id)?;
    let evict = evict.bind(owner.id).bind(fold(&owner.email)).bind(password::UNUSABLE).bind(at);
    Ok(tx.run(evict).await? == 1)
}
