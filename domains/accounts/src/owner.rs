//! Proof, within a session, that it is the account's owner who asks and not whoever holds the device.

use crate::{
    api::password_text,
    model::Traveler,
    otp::{self, ChallengeId, Purpose},
    recovery, store,
};
use kernel::{App, Error, Result, auth::Caller, db::Tx, http::Wire, text::fold};
use secrecy::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;

/// Proof of the owner: the password, or a code that was mailed to the account's address.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({"current_password": "Test123!"}))]
pub struct OwnerProof {
    /// The password.
    #[serde(default, deserialize_with = "password_text")]
    #[schema(value_type = Option<String>, format = Password, example = "Test123!")]
    current_password: Option<SecretString>,
    /// Instead of it, a code from `/api/auth/otp/request`: for accounts without a password.
    #[schema(example = "042137")]
    otp: Option<String>,
    /// Which code; the latest one when absent.
    #[schema(value_type = Option<String>, format = Uuid, example = "01a3b1c2-7a00-7000-8000-00000000002a")]
    challenge_id: Option<ChallengeId>,
}

impl Wire for OwnerProof {
    const ALIASES: &'static [(&'static str, &'static str)] = &[("password", "current_password")];
}

/// A transaction in which the caller is known to be the account's owner, now; 403 when the proof is wrong.
pub async fn prove_owner(app: &App, caller: Caller, proof: OwnerProof) -> Result<Tx> {
    let (owner, mut tx) = prove(app, caller, proof).await?;
    recovery::hold(&mut tx, caller, &owner, app.clock.now()).await?;
    Ok(tx)
}

/// The same, with the account as it was proven; whoever asks for it also holds it.
pub(crate) async fn prove(app: &App, caller: Caller, proof: OwnerProof) -> Result<(Traveler, Tx)> {
    match (proof.current_password, proof.otp) {
        (Some(current), _) => {
            let (owner, attempt) = recovery::prove(app, caller, current).await?;
            let mut tx = app.db.write().await?;
            attempt.forgive(&mut tx);
            Ok((owner, tx))
        }
        (None, Some(code)) => {
            let mut tx = app.db.write().await?;
            let owner = store::find(&mut tx, caller.id).await?.ok_or_else(Error::bad_token)?;
            let email_key = fold(&owner.email);
            let given = otp::Answer { email_key: &email_key, code: code.trim(), challenge: proof.challenge_id };
            if otp::answer(app, &mut tx, &given, Purpose::SignIn).await?.is_none() {
                tx.commit().await?;
                return Err(Error::forbidden("wrong_password", "The code is wrong or no longer valid"));
            }
            Ok((owner, tx))
        }
        (None, None) => Err(Error::field("current_password", "is required, or a mailed code as otp")),
    }
}
