//! What administrators and the commands of an operator do to accounts. It takes effect in serving processes within a
//! second.

mod api;

use crate::{
    model::{Email, NewTraveler, Traveler, Username, checked},
    password, store,
};
use kernel::{App, Error, Faults, Result, auth::TravelerId, clock::Timestamp, db::Tx, record, sql, text::fold};
use secrecy::{ExposeSecret, SecretString};
use utoipa_axum::{router::OpenApiRouter, routes};

/// The routes of administrators.
pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(api::request_admin_otp))
        .routes(routes!(api::verify_admin_otp))
        .routes(routes!(api::check_admin))
        .routes(routes!(api::logout_admin))
        .routes(routes!(api::toggle_admin))
        .routes(routes!(api::toggle_active))
        .routes(routes!(api::verify_woman, api::unverify_woman))
}

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

/// What is changed about an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    /// Whether they administrate.
    Admin(bool),
    /// Whether they may sign in and be seen. Who may not is signed out, and nothing of theirs is shown.
    Active(bool),
    /// Whether women's groups and guides for women are open to her.
    Woman(bool),
}

impl Change {
    /// Whether it changes anything.
    const fn is_new_for(self, owner: &Traveler) -> bool {
        match self {
            Self::Admin(is_admin) => owner.is_admin != is_admin,
            Self::Active(is_active) => owner.is_active != is_active,
            Self::Woman(is_verified) => owner.women_verified != is_verified,
        }
    }
}

/// Changes an account, and tells everybody who shows or trusts it.
async fn change(app: &App, tx: &mut Tx, id: TravelerId, change: Change) -> Result<()> {
    let now = app.clock.now();
    let set = match change {
        Change::Admin(is_admin) => {
            sql!("update travelers set is_admin = $2, updated_at = $3 where id = $1").bind(id).bind(is_admin)
        }
        Change::Active(is_active) => {
            sql!("update travelers set is_active = $2, updated_at = $3 where id = $1").bind(id).bind(is_active)
        }
        Change::Woman(is_verified) => {
            sql!("update travelers set women_verified = $2, updated_at = $3 where id = $1").bind(id).bind(is_verified)
        }
    };
    tx.run(set.bind(now)).await?;
    if change == Change::Active(false) {
        store::end_sessions(tx, id, now).await?;
    }
    tx.changed(format!("traveler:{id}"));
    if matches!(change, Change::Woman(_)) {
        // Nothing that others see says so: groups for women hear of it, and nobody else.
        tx.happened_amid_requests("women_verification_changed", id)?;
        return Ok(());
    }
    tx.changed("people"); // cards show the role, and nobody shows who is banned
    tx.happened_amid_requests("traveler_standing_changed", id)?;
    Ok(())
}

async fn change_by_email(app: &App, email: &str, what: Change) -> Result<()> {
    let mut tx = app.db.write().await?;
    let owner = store::find_by_email(&mut tx, &fold(email.trim())).await?.ok_or(Error::NotFound("Account"))?;
    change(app, &mut tx, owner.id, what).await?;
    Ok(tx.commit().await?)
}

/// Makes the owner of an address an administrator.
pub async fn grant(app: &App, email: &str) -> Result<()> {
    change_by_email(app, email, Change::Admin(true)).await
}

/// Takes the role away.
pub async fn revoke(app: &App, email: &str) -> Result<()> {
    change_by_email(app, email, Change::Admin(false)).await
}

/// Keeps the owner of an address out: their sessions end, they cannot sign in, and nothing of theirs is shown.
pub async fn ban(app: &App, email: &str) -> Result<()> {
    change_by_email(app, email, Change::Active(false)).await
}

/// Lets them in again.
pub async fn unban(app: &App, email: &str) -> Result<()> {
    change_by_email(app, email, Change::Active(true)).await
}

/// Says that the owner of an address is a woman, as the operator found out; groups and guides for women are open to her.
pub async fn verify_woman(app: &App, email: &str) -> Result<()> {
    change_by_email(app, email, Change::Woman(true)).await
}

/// Takes that back.
pub async fn unverify_woman(app: &App, email: &str) -> Result<()> {
    change_by_email(app, email, Change::Woman(false)).await
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
