//! What the commands of an operator do to accounts. It takes effect in serving processes within a second.

use crate::{
    model::{Email, NewTraveler, Username, checked},
    password, store,
};
use kernel::{App, Error, Faults, Result, auth::TravelerId, clock::Timestamp, db::Sql, record, sql, text::fold};
use secrecy::{ExposeSecret, SecretString};

record! {
    /// An administrator, for a list on the terminal.
    #[derive(Debug)]
    pub struct AdminRow {
        /// The address.
        pub email: String,
        /// The name.
        pub username: String,
        /// When they joined.
        pub created_at: Timestamp,
    }
}

/// All administrators, the oldest account first.
pub async fn list(app: &App) -> Result<Vec<AdminRow>> {
    let admins =
        sql!("select email, username, created_at from travelers where is_admin = TRUE order by created_at, id");
    Ok(app.db.read().await?.all(admins).await?)
}

/// Changes the account that an address belongs to, and tells everybody who shows or trusts it.
async fn change(
    app: &App,
    email: &str,
    change: impl FnOnce(TravelerId, Timestamp) -> Sql,
    ends_sessions: bool,
) -> Result<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    let owner = store::find_by_email(&mut tx, &fold(email.trim())).await?.ok_or(Error::NotFound("Account"))?;
    tx.run(change(owner.id, now)).await?;
    if ends_sessions {
        store::end_sessions(&mut tx, owner.id, now).await?;
    }
    tx.changed(format!("traveler:{}", owner.id));
    tx.changed("people"); // cards show the role, and nobody shows who is banned
    Ok(tx.commit().await?)
}

fn set_admin(id: TravelerId, is_admin: bool, at: Timestamp) -> Sql {
    sql!("update travelers set is_admin = $2, updated_at = $3 where id = $1").bind(id).bind(is_admin).bind(at)
}

fn set_active(id: TravelerId, is_active: bool, at: Timestamp) -> Sql {
    sql!("update travelers set is_active = $2, updated_at = $3 where id = $1").bind(id).bind(is_active).bind(at)
}

/// Makes the owner of an address an administrator.
pub async fn grant(app: &App, email: &str) -> Result<()> {
    change(app, email, |id, at| set_admin(id, true, at), false).await
}

/// Takes the role away.
pub async fn revoke(app: &App, email: &str) -> Result<()> {
    change(app, email, |id, at| set_admin(id, false, at), false).await
}

/// Keeps the owner of an address out: their sessions end, they cannot sign in, and nothing of theirs is shown.
pub async fn ban(app: &App, email: &str) -> Result<()> {
    change(app, email, |id, at| set_active(id, false, at), true).await
}

/// Lets them in again.
pub async fn unban(app: &App, email: &str) -> Result<()> {
    change(app, email, |id, at| set_active(id, true, at), false).await
}

/// Adds an administrator's account.
pub async fn create(app: &App, email: &str, username: &str, password: SecretString) -> Result<TravelerId> {
    let mut faults = Faults::default();
    let email = checked(&mut faults, "email", Some(Email::parse(email)));
    let username = checked(&mut faults, "username", Some(Username::parse(username)));
    if let Some(fault) = password::fault(password.expose_secret()) {
        faults.add("password", fault);
    }
    faults.result()?;
    let (Some(email), Some(username)) = (email, username) else {
        return Err(Error::internal("a missing field without a fault"));
    };
    let hash = password::hash(app, password.clone()).await?;
    let id = TravelerId(app.new_uuid());
    let display_name = username.typed.clone();
    let new = NewTraveler { email, username, password, display_name, full_name: None };
    let mut tx = app.db.write().await?;
    if !store::insert(&mut tx, id, &new, &hash, app.clock.now()).await? {
        return Err(Error::conflict("taken", "An account with this e-mail or username already exists"));
    }
    tx.run(sql!("update travelers set is_admin = TRUE where id = $1").bind(id)).await?;
    tx.commit().await?;
    Ok(id)
}
