//! What follows from accounts: mail and cleaning up.

use crate::{
    attempts, mail_token,
    mail_token::Purpose,
    model::{Email, Traveler},
    otp::{self, ChallengeId},
    registration::{self, RegistrationId},
    store,
};
use kernel::{App, Result, auth::TravelerId, db::Tx, jobs::Job, mail::Template};
use minijinja::context;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use uuid::Uuid;

macro_rules! template {
    ($name:literal) => {
        Template {
            subject: include_str!(concat!("mail/", $name, ".subject.txt")),
            text: include_str!(concat!("mail/", $name, ".txt")),
            html: include_str!(concat!("mail/", $name, ".html")),
        }
    };
}

/// Mail waits out an outage of more than an hour: ten tries, each after twice the time of the one before.
const MAIL_TRIES: i64 = 10;

/// Greets a new traveller.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct SendWelcome {
    /// Whom; the address is read when the mail is sent, so that none lies in the queue.
    pub traveler: TravelerId,
}

impl Job for SendWelcome {
    const KIND: &'static str = "send_welcome";
    const TRIES: i64 = MAIL_TRIES;

    async fn run(self, app: App, id: Uuid) -> Result<()> {
        let found = store::find(&mut app.db.read().await?, self.traveler).await?;
        // Whoever was deleted or banned meanwhile gets no mail.
        let Some(traveler) = found.filter(|t| t.is_active) else { return Ok(()) };
        let values = context! { name => traveler.display_name, username => traveler.username };
        app.mail.send(id, &traveler.email, template!("welcome"), values).await
    }
}

/// Mails the link of the job `id` to `email`, unless its receiver had enough mail.
async fn send_link(
    app: &App,
    mut tx: Tx,
    id: Uuid,
    traveler: &Traveler,
    email: &Email,
    purpose: Purpose,
    template: Template,
) -> Result<()> {
    let token = mail_token::grant(app, &mut tx, id, traveler.id, purpose, email).await?;
    tx.commit().await?;
    let Some(token) = token else { return Ok(()) };
    let values = context! { name => traveler.display_name, token => token.expose_secret() };
    app.mail.send(id, &email.typed, template, values).await
}

/// Asks the owner of a new account to confirm its address.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct SendVerification {
    /// Whom.
    pub traveler: TravelerId,
}

impl Job for SendVerification {
    const KIND: &'static str = "send_verification";
    const TRIES: i64 = MAIL_TRIES;

    async fn run(self, app: App, id: Uuid) -> Result<()> {
        let mut tx = app.db.write().await?;
        let found = store::find(&mut tx, self.traveler).await?;
        let Some(traveler) = found.filter(|t| t.is_active && !t.email_verified) else { return Ok(()) };
        let Ok(email) = Email::parse(&traveler.email) else { return Ok(()) };
        send_link(&app, tx, id, &traveler, &email, Purpose::VerifyEmail, template!("verify")).await
    }
}

/// Sends a link that lets the owner of an address choose a new password. It is enqueued whether or not there is an
/// account, so that asking takes as long either way.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct SendReset {
    /// The folded address that was asked for.
    pub email_key: String,
}

impl Job for SendReset {
    const KIND: &'static str = "send_reset";
    const TRIES: i64 = MAIL_TRIES;

    async fn run(self, app: App, id: Uuid) -> Result<()> {
        let mut tx = app.db.write().await?;
        let found = store::find_by_email(&mut tx, &self.email_key).await?;
        let Some(traveler) = found.filter(|t| t.is_active) else { return Ok(()) };
        let Ok(email) = Email::parse(&traveler.email) else { return Ok(()) };
        send_link(&app, tx, id, &traveler, &email, Purpose::ResetPassword, template!("reset")).await
    }
}

/// Asks the owner of an address whether it should take the place of an account's.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct SendEmailChange {
    /// Whose account.
    traveler: TravelerId,
    /// The new address.
    email: String,
    /// A keyed hash of the password (as it is stored) that was shown for it.
    #[serde(default)]
    asked_with: Vec<u8>,
}

fn fingerprint(app: &App, traveler: &Traveler) -> Vec<u8> {
    app.config.auth.keys.keyed_hash("password of a change of address", traveler.password_hash.as_bytes()).to_vec()
}

impl SendEmailChange {
    /// Asked for by `owner`, who has just shown their password.
    pub(crate) fn new(app: &App, owner: &Traveler, email: Email) -> Self {
        Self { traveler: owner.id, email: email.typed, asked_with: fingerprint(app, owner) }
    }
}

impl Job for SendEmailChange {
    const KIND: &'static str = "send_email_change";
    const TRIES: i64 = MAIL_TRIES;

    async fn run(self, app: App, id: Uuid) -> Result<()> {
        let mut tx = app.db.write().await?;
        let found = store::find(&mut tx, self.traveler).await?;
        let Some(traveler) = found.filter(|t| t.is_active) else { return Ok(()) };
        // Links end with the password that they were asked for with, and so does one that waits to be sent.
        if fingerprint(&app, &traveler) != self.asked_with
            || !store::hold_password(&mut tx, traveler.id, &traveler.password_hash).await?
        {
            return Ok(());
        }
        let Ok(email) = Email::parse(&self.email) else { return Ok(()) };
        // An address of somebody else gets no mail; that it has an account is not told to whoever asked.
        if store::find_by_email(&mut tx, &email.key).await?.is_some() {
            return Ok(());
        }
        send_link(&app, tx, id, &traveler, &email, Purpose::ChangeEmail, template!("change")).await
    }
}

/// Mails a one-time code. It is enqueued whether or not there is an account, so that asking takes as long either way.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct SendOtp {
    /// Which code; the digits follow from it and a key, so that they do not lie in the queue.
    pub challenge: ChallengeId,
    /// The folded address that was asked for.
    pub email_key: String,
    /// What the code is good for.
    pub purpose: otp::Purpose,
}

impl Job for SendOtp {
    const KIND: &'static str = "send_otp";
    const TRIES: i64 = MAIL_TRIES;

    async fn run(self, app: App, id: Uuid) -> Result<()> {
        let mut db = app.db.read().await?;
        let found = store::find_by_email(&mut db, &self.email_key).await?;
        let (purpose, may_have_it) = match self.purpose {
            otp::Purpose::SignIn => ("sign in", true),
            otp::Purpose::Administrate => ("administrate", found.as_ref().is_some_and(|t| t.is_admin)),
        };
        let Some(traveler) = found.filter(|t| t.is_active && may_have_it) else { return Ok(()) };
        if !otp::is_live(&mut db, self.challenge, app.clock.now()).await? {
            return Ok(());
        }
        drop(db);
        let code = otp::code(&app, self.challenge);
        let values = context! { name => traveler.display_name, purpose => purpose, code => code };
        app.mail.send(id, &traveler.email, template!("otp"), values).await
    }
}

/// Asks whoever registered where that is private to confirm the address, or tells its owner of the account they have.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct SendRegistration {
    /// Which registration; its token follows from the id and a key.
    pub registration: RegistrationId,
}

impl Job for SendRegistration {
    const KIND: &'static str = "send_registration";
    const TRIES: i64 = MAIL_TRIES;

    async fn run(self, app: App, id: Uuid) -> Result<()> {
        let mut db = app.db.read().await?;
        let Some(waiting) = registration::find(&mut db, self.registration, app.clock.now()).await? else {
            return Ok(());
        };
        let owner = store::find_by_email(&mut db, &waiting.email_key).await?;
        drop(db);
        match owner {
            None => {
                let token = registration::token(&app, self.registration);
                let values = context! { name => waiting.display_name, token => token.expose_secret() };
                app.mail.send(id, &waiting.email, template!("registration"), values).await
            }
            // To the address as its owner wrote it. Whoever is banned knows that they had an account.
            Some(owner) if owner.is_active => {
                let values = context! { name => owner.display_name };
                app.mail.send(id, &owner.email, template!("known"), values).await
            }
            Some(_) => Ok(()),
        }
    }
}

/// What the owner of an account should know, in case it was not they who did it.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Notice {
    /// A used refresh token came back.
    Replay,
    /// There is a new password.
    PasswordChanged,
    /// Somebody asked for another address.
    EmailChangeAsked,
    /// Another address took the place of this one.
    EmailChanged,
    /// The right password came from a device that was not seen before.
    NewDevice,
    /// An administrator gave the role.
    AdminGranted,
    /// An administrator took the role away.
    AdminRevoked,
    /// An administrator banned the account.
    Banned,
    /// An administrator lifted the ban.
    Unbanned,
    /// Its owner deleted the account.
    Deleted,
    /// Somebody proved the address of an account that had not confirmed it.
    AddressProven,
    /// An account elsewhere signs in to this one from now on.
    SignInLinked,
    /// An account elsewhere does so no more.
    SignInUnlinked,
}

impl Notice {
    const fn sentence(self) -> &'static str {
        match self {
            Self::Replay => "a sign-in of yours was used from two places, so we ended it",
            Self::PasswordChanged => "the password of your account was changed, and all devices were signed out",
            Self::EmailChangeAsked => {
                "somebody who knows your password asked to change the e-mail address of your account"
            }
            Self::EmailChanged => "the e-mail address of your account was changed to another one",
            Self::NewDevice => {
                "somebody signed in to your account on a device, or from a network, that we had not seen before"
            }
            Self::AdminGranted => "an administrator made you an administrator of TripIt",
            Self::AdminRevoked => "an administrator took the role of an administrator from you",
            Self::Banned => "an administrator disabled your account; write to support if you think that is a mistake",
            Self::Unbanned => "an administrator enabled your account again",
            Self::Deleted => "your account was deleted, and what you published is shown to nobody any more",
            Self::AddressProven => {
                "your address was confirmed, so the password and the devices that your account had until now were \
                 removed: somebody else may have set them"
            }
            Self::SignInLinked => "an account at GitHub or Google was linked to yours, and can be used to sign in",
            Self::SignInUnlinked => {
                "an account at GitHub or Google was unlinked from yours, and can no longer be used to sign in"
            }
        }
    }
}

/// Tells the owner of an account.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct SendNotice {
    traveler: TravelerId,
    notice: Notice,
    /// The address that it goes to, when that is not the account's any more.
    to: Option<String>,
}

impl SendNotice {
    /// To the account's address.
    pub(crate) const fn to(traveler: TravelerId, notice: Notice) -> Self {
        Self { traveler, notice, to: None }
    }

    /// To the address that the account had.
    pub(crate) const fn to_old(traveler: TravelerId, notice: Notice, address: String) -> Self {
        Self { traveler, notice, to: Some(address) }
    }
}

impl Job for SendNotice {
    const KIND: &'static str = "send_notice";
    const TRIES: i64 = MAIL_TRIES;

    async fn run(self, app: App, id: Uuid) -> Result<()> {
        let (name, to) = match (store::find(&mut app.db.read().await?, self.traveler).await?, self.to) {
            (Some(traveler), to) => (traveler.display_name, to.unwrap_or(traveler.email)),
            (None, Some(to)) => ("traveller".to_owned(), to),
            (None, None) => return Ok(()),
        };
        let values = context! { name => name, what => self.notice.sentence() };
        app.mail.send(id, &to, template!("notice"), values).await
    }
}

/// Forgets sessions that ended or expired more than a week ago, links, codes and registrations of two days ago, and
/// passwords that were tried a month ago.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct CleanUpSessions;

/// A used refresh token must be recognized for as long as somebody may try it; after a week it is just unknown.
const KEEP: Duration = Duration::from_hours(168);

impl Job for CleanUpSessions {
    const KIND: &'static str = "clean_up_sessions";

    fn unique_key(&self) -> Option<String> {
        Some(String::new())
    }

    async fn run(self, app: App, _: Uuid) -> Result<()> {
        let mut tx = app.db.write().await?;
        let now = app.clock.now();
        tx.run(store::forget_sessions(now.minus(KEEP))).await?;
        let two_days_ago = now.minus(Duration::from_hours(48));
        tx.run(mail_token::forget(two_days_ago)).await?;
        tx.run(otp::forget(two_days_ago)).await?;
        tx.run(registration::forget(two_days_ago)).await?;
        tx.run(attempts::forget(now)).await?;
        Ok(tx.commit().await?)
    }
}
