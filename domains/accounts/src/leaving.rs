//! Deleting one's account.
//!
//! What the account says of its owner is erased at once: address, names, picture, words, password, ways in, and the addresses
//! of mailed links. The row stays without any of it and is seen by nobody, so that what hangs on it is hidden with it, and the
//! address and the name are free for others.

use crate::{
    jobs::{Notice, SendNotice},
    mail_token,
    owner::{self, OwnerProof},
    password, proof, recovery, store,
};
use kernel::{
    App, Error, Result,
    auth::{Caller, TravelerId},
    clock::Timestamp,
    db::{Json, Tx},
    http::{Body, Message, Reply},
    sql,
};

/// Delete the account
///
/// Signs out everywhere, erases what the account says of its owner, and hides what they published, within a second
/// everywhere. It cannot be taken back. The last administrator cannot leave.
#[utoipa::path(
    delete, path = "/api/auth/me", tag = "auth", operation_id = "delete_account",
    request_body(content = OwnerProof, description = "The password or a mailed code"),
    responses(
        (status = 200, description = "The account is gone", body = Message),
        (status = 403, description = "The password or the code is wrong (`wrong_password`)"),
        (status = 409, description = "There would be no administrator left (`last_admin`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-rate-limit" = json!("login")), ("x-reaches" = json!("own"))),
)]
pub(crate) async fn delete_account(app: App, caller: Caller, Body(given): Body<OwnerProof>) -> Result<Reply<Message>> {
    let now = app.clock.now();
    let (owner, mut tx) = owner::prove(&app, caller, given).await?;
    if store::hold_admins(&mut tx).await? == [caller.id] {
        return Err(Error::conflict("last_admin", "There would be no administrator left"));
    }
    recovery::hold(&mut tx, caller, &owner, now).await?;
    tx.enqueue(&SendNotice::to_old(owner.id, Notice::Deleted, owner.email))?;
    erase(&mut tx, owner.id, now).await?;
    proof::unlink_all(&mut tx, owner.id).await?;
    store::end_sessions(&mut tx, owner.id, now).await?;
    mail_token::erase_all(&mut tx, owner.id).await?;
    tx.changed("people");
    tx.happened_amid_requests("traveler_standing_changed", owner.id)?;
    tx.commit().await?;
    Ok(Reply::message("Account deleted"))
}

/// Erases everything that the account says of its owner. A blank in the keys keeps them apart from all that can be typed.
async fn erase(tx: &mut Tx, id: TravelerId, at: Timestamp) -> Result<()> {
    let erase = sql!(
        "update travelers set email = '', email_key = $2, email_verified = FALSE, password_hash = $3,
                username = 'deleted', username_key = $2, display_name = 'Deleted', full_name = null, avatar_url = null,
                bio = null, travel_style = null, travel_interests = $4, is_admin = FALSE, is_active = FALSE,
                women_guide_certified = FALSE, women_verified = FALSE, deleted_at = $5, updated_at = $5
         where id = $1"
    );
    tx.run(sql!("delete from traveler_names where traveler_id = $1").bind(id)).await?;
    let nobody = format!("deleted {id}");
    tx.run(erase.bind(id).bind(nobody).bind(password::UNUSABLE).bind(Json(Vec::<String>::new())).bind(at)).await?;
    Ok(())
}
