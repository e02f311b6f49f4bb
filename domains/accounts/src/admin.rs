//! What the commands of an operator do to accounts. It takes effect in serving processes within a second.

use crate::{
    model::{Email, NewTraveler, Username, checked},
    password, store,
};
use kernel::{App, Error, Faults, Result, auth::TravelerId, clock::Timestamp, record, sql, text::fold};
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

async fn set(app: &App, email: &str, is_admin: bool) -> Result<()> {
    let mut tx = app.db.write().await?;
    let owner = store::find_by_email(&mut tx, &fold(email.trim())).await?.ok_or(Error::NotFound("Account"))?;
    tx.run(
        sql!("update travelers set is_admin = $2, updated_at = $3 where id = $1")
            .bind(owner.id)
            .bind(is_admin)
            .bind(app.clock.now()),
    )
    .await?;
    tx.changed(format!("traveler:{}", owner.id));
    tx.changed("people"); // cards show the role
    Ok(tx.commit().await?)
}

/// Makes the owner of an address an administrator.
pub async fn grant(app: &App, email: &str) -> Result<()> {
    set(app, email, true).await
}

/// Takes the role away.
pub async fn revoke(app: &App, email: &str) -> Result<()> {
    set(app, email, false).await
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
