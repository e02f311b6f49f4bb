//! Whose account it is that a provider vouches for.

use super::{
    model::{Profile, Provider, Refusal, challenge, usernames},
    store,
};
use crate::{
    jobs::{Notice, SendNotice, SendWelcome},
    model::{Email, Traveler, Username},
    names, proof,
    session::{self, Device, Tokens},
    store as accounts,
};
use kernel::{
    App, Error, Result,
    auth::{SessionId, TravelerId, random_token},
    db::Tx,
};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use std::time::Duration;
use subtle::ConstantTimeEq;

/// What a web client is given.
#[derive(Debug)]
pub(super) enum Handed {
    /// A new session's tokens.
    Tokens(Tokens),
    /// Something to exchange for them, by whoever has the verifier of the challenge.
    Code(SecretString),
}

const CODE_LIFETIME: Duration = Duration::from_mins(1);

fn hash(code: &str) -> Vec<u8> {
    Sha256::digest(code.as_bytes()).to_vec()
}

/// Signs in whoever the provider vouches for.
pub(super) async fn sign_in(
    app: &App,
    provider: Provider,
    profile: &Profile,
    device: &Device,
    code_challenge: Option<&str>,
) -> Result<Handed, Refusal> {
    let mut tx = app.db.write().await?;
    let who = arrive(app, &mut tx, provider, profile).await?;
    let handed = match code_challenge {
        None => Handed::Tokens(session::begin(app, &mut tx, who, device)?),
        Some(code_challenge) => {
            let (code, now) = (random_token(), app.clock.now());
            let until = now.plus(CODE_LIFETIME);
            tx.run_at_commit(store::insert_code(hash(code.expose_secret()), who, code_challenge, now, until));
            Handed::Code(code)
        }
    };
    tx.commit().await?;
    Ok(handed)
}

/// The account that the provider's signs in to: the linked one, the one with the address, or a new one.
async fn arrive(app: &App, tx: &mut Tx, provider: Provider, profile: &Profile) -> Result<TravelerId, Refusal> {
    // A race with another sign-in of the same person is lost in the database, and what it made is found.
    for _ in 0..3 {
        if let Some(owner) = store::recognize(tx, provider, profile, app.clock.now()).await? {
            let owner = accounts::find(tx, owner).await?.ok_or(Refusal::CallbackFailed)?;
            may_sign_in(&owner)?;
            return Ok(owner.id);
        }
        let email = profile.email.as_ref().ok_or(Refusal::NoEmail)?;
        let arrived = match accounts::find_by_email(tx, &email.key).await? {
            Some(owner) => adopt(app, tx, provider, profile, &owner, email).await?,
            None => create(app, tx, provider, profile, email).await?,
        };
        if let Some(who) = arrived {
            return Ok(who);
        }
    }
    Err(Refusal::CallbackFailed)
}

fn may_sign_in(owner: &Traveler) -> Result<(), Refusal> {
    if owner.is_active { Ok(()) } else { Err(Refusal::AccountDisabled) }
}

/// Links the account whose address the provider has verified; `None` when something changed meanwhile.
async fn adopt(
    app: &App,
    tx: &mut Tx,
    provider: Provider,
    profile: &Profile,
    owner: &Traveler,
    email: &Email,
) -> Result<Option<TravelerId>, Refusal> {
    may_sign_in(owner)?;
    // Addresses are unique by their folded form, in which `ı` is `i`: that one can be mailed proves nothing of the other.
    if !owner.email.eq_ignore_ascii_case(&email.typed) {
        return Err(Refusal::NoEmail);
    }
    let now = app.clock.now();
    if owner.email_verified {
        // Holds the row, so that the address stays what it is until the commit.
        if !accounts::confirm_email(tx, owner.id, &email.key, now).await? {
            return Ok(None);
        }
    } else {
        match proof::proven(app, tx, owner).await {
            Err(Error::Conflict { .. }) => return Ok(None),
            done => done?,
        }
    }
    if !store::link(tx, provider, profile, owner.id, now).await? {
        // Either another sign-in has just linked it, or another account of that provider is.
        let known = store::recognize(tx, provider, profile, now).await?;
        return known.map_or(Err(Refusal::AlreadyConnected), |_| Ok(None));
    }
    if owner.email_verified {
        tx.enqueue(&SendNotice::to(owner.id, Notice::SignInLinked))?;
    }
    Ok(Some(owner.id))
}

/// Adds an account; `None` when its address or name was taken meanwhile.
async fn create(
    app: &App,
    tx: &mut Tx,
    provider: Provider,
    profile: &Profile,
    email: &Email,
) -> Result<Option<TravelerId>, Refusal> {
    let (id, now) = (TravelerId(app.new_uuid()), app.clock.now());
    let random: String = id.0.simple().to_string().chars().skip(20).collect();
    let free = store::free_name(tx, usernames(&email.key)).await?;
    let username = free.map_or_else(|| Username::parse(&format!("traveler-{random}")), Ok).map_err(Error::internal)?;
    let display_name = profile.name.as_deref().unwrap_or(&username.typed);
    if !store::insert(tx, id, email, &username, display_name, profile, now).await? {
        return Ok(None);
    }
    names::index(tx, id, &username.typed, display_name);
    if !store::link(tx, provider, profile, id, now).await? {
        // Under another address, at the same moment. Nothing of this transaction stays.
        return Err(Refusal::CallbackFailed);
    }
    tx.enqueue(&SendWelcome { traveler: id })?;
    Ok(Some(id))
}

/// Links the account that the provider vouches for to that of the caller who asked for it.
pub(super) async fn connect(
    app: &App,
    provider: Provider,
    profile: &Profile,
    who: TravelerId,
    session: SessionId,
) -> Result<(), Refusal> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    // Identities before sessions, as everywhere: whoever locks rows of both waits for nobody who waits for them.
    match store::recognize(&mut tx, provider, profile, now).await? {
        Some(owner) if owner == who => {}
        Some(_) => return Err(Refusal::AlreadyLinked),
        None if store::link(&mut tx, provider, profile, who, now).await? => {
            tx.enqueue(&SendNotice::to(who, Notice::SignInLinked))?;
        }
        None => return Err(Refusal::AlreadyConnected),
    }
    if !accounts::hold_session(&mut tx, session, who, now).await? {
        return Err(Refusal::SessionEnded);
    }
    Ok(tx.commit().await?)
}

/// Whether `code` is good and the verifier is that of its challenge: then a session begins. It is used up either way.
pub(super) async fn redeem(app: &App, device: &Device, code: &str, verifier: &str) -> Result<(Traveler, Tokens)> {
    let refused =
        || Error::malformed("invalid_code", "This code is not valid or no longer valid: begin the sign-in again");
    let mut tx = app.db.write().await?;
    store::hold_owner(&mut tx, hash(code)).await?;
    let given = store::take_code(&mut tx, hash(code)).await?;
    let is_good = |g: &store::Handover| {
        g.expires_at > app.clock.now() && bool::from(challenge(verifier).as_bytes().ct_eq(g.code_challenge.as_bytes()))
    };
    let owner = match given.filter(is_good) {
        Some(given) => accounts::find(&mut tx, given.traveler_id).await?,
        None => None,
    };
    let signed_in = match owner {
        None => Err(refused()),
        Some(owner) => match session::may_sign_in(&owner) {
            Ok(()) => session::begin(app, &mut tx, owner.id, device).map(|tokens| (owner, tokens)),
            Err(error) => Err(error),
        },
    };
    tx.commit().await?;
    signed_in
}

/// Unlinks the account at GitHub.
pub(super) async fn disconnect_github(app: &App, who: TravelerId) -> Result<Traveler> {
    let mut tx = app.db.write().await?;
    let gone = store::unlink(&mut tx, Provider::GitHub, who).await?;
    let owner = accounts::find(&mut tx, who).await?.ok_or_else(Error::bad_token)?;
    if !gone {
        return Err(if owner.github_connected {
            Error::conflict("last_way_in", "Nothing else would let you in: choose a password first")
        } else {
            Error::conflict("not_connected", "No GitHub account is linked to this one")
        });
    }
    tx.enqueue(&SendNotice::to(who, Notice::SignInUnlinked))?;
    tx.commit().await?;
    Ok(owner)
}
