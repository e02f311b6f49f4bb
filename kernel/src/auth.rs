//! Who is calling: access tokens, the keys behind them, and what a handler learns of its caller.
//!
//! Signing in, sessions and passwords live in `accounts`; this module only mints and reads tokens, and asks whether
//! the session behind one is still alive.

use crate::{App, Error, clock::Timestamp};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use futures_util::future::BoxFuture;
use hmac::{Hmac, KeyInit, Mac};
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation,
    crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils},
    errors::ErrorKind,
};
use rand::Rng;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use std::{fmt, time::Duration};
use uuid::Uuid;

crate::id! {
    /// A person.
    TravelerId, "Traveler"
}
crate::id! {
    /// One signed-in device.
    SessionId, "Session"
}

/// A person who presented a good token whose session is alive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    /// Who.
    pub id: TravelerId,
    /// On which device.
    pub session: SessionId,
    /// Whether the database says so, now; never taken from a token.
    pub is_admin: bool,
    /// When the owner of the account's address last confirmed this session with a code, if they did.
    pub confirmed_at: Option<Timestamp>,
    /// Whether they have shown that the account's address is theirs.
    pub email_verified: bool,
    /// Whether women's groups and guides for women are open to her; the server found that out, no request says it.
    pub women_verified: bool,
    /// Whether there is a block between them and anybody, in either direction: what is kept for everybody is then not for
    /// them.
    pub has_blocks: bool,
}

/// How long the confirmation of an administrator's session lasts; it is not prolonged by use.
pub const CONFIRMED_FOR: Duration = Duration::from_mins(30);

impl Caller {
    /// Whether this session was confirmed with a code that was mailed to the account's address, not long ago.
    pub fn is_confirmed(&self, now: Timestamp) -> bool {
        self.confirmed_at.is_some_and(|at| now < at.plus(CONFIRMED_FOR))
    }

    /// Refuses what reaches another person to whoever has not confirmed the address, where the operator demands it. The guard
    /// asks this for every route that says `x-reaches: others`.
    pub fn may_reach_others(&self, app: &App) -> Result<(), Error> {
        if self.email_verified || !app.config.auth.require_verified_email {
            return Ok(());
        }
        Err(Error::forbidden(
            "email_unverified",
            "Confirm your e-mail address first: open the link that was mailed to you, or ask for another one at \
             /api/auth/resend-verification",
        ))
    }
}

/// A caller who is an administrator; with `ADMIN_STEP_UP=required` one whose session is confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Admin(pub Caller);

/// Sessions that were found alive a moment ago. A change of a session or of its owner makes the next request ask anew:
/// the counter of both is part of the key, so who was looked up before the change is not remembered after it.
#[derive(Debug)]
pub struct Sessions(moka::sync::Cache<(SessionId, u64), Caller>);

/// A session is asked for again after this time, so that its end takes effect within a second even where nothing of
/// it was heard.
const SESSION_MEMORY: Duration = Duration::from_millis(500);

impl Default for Sessions {
    fn default() -> Self {
        Self(moka::sync::Cache::builder().max_capacity(100_000).time_to_live(SESSION_MEMORY).build())
    }
}

impl Sessions {
    /// The session of these claims as it was found, or as `load` finds it.
    pub async fn get(
        &self,
        app: &App,
        claims: &AccessClaims,
        load: impl Future<Output = Result<Option<Caller>, Error>>,
    ) -> Result<Option<Caller>, Error> {
        let topics = [format!("session:{}", claims.sid), format!("traveler:{}", claims.sub)];
        let key = (claims.sid, app.cache.generation(&topics));
        if let Some(caller) = self.0.get(&key) {
            return Ok(Some(caller).filter(|caller| caller.id == claims.sub));
        }
        let found = load.await?.filter(|caller| caller.id == claims.sub);
        if let Some(caller) = found {
            self.0.insert(key, caller);
        }
        Ok(found)
    }
}

/// What an access token says.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AccessClaims {
    iss: String,
    aud: String,
    /// Who.
    pub sub: TravelerId,
    /// On which device.
    pub sid: SessionId,
    iat: i64,
    /// Seconds since 1970.
    pub exp: i64,
    jti: Uuid,
}

/// Looks up whether a session is alive and whose it is; `None` when it has ended or its owner may not sign in.
pub type Authenticate = fn(App, AccessClaims) -> BoxFuture<'static, Result<Option<Caller>, Error>>;

const ISSUER: &str = "tripit";
const AUDIENCE: &str = "tripit-api";

/// What a token is for; one is nothing where the other is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// Goes into `Authorization: Bearer ...`.
    Access,
    /// Lies in the cookie of an administrator's browser.
    AdminCookie,
}

impl TokenKind {
    /// The `typ` of its header (RFC 8725, section 3.11: one for each kind).
    const fn typ(self) -> &'static str {
        match self {
            Self::Access => "at+jwt",
            Self::AdminCookie => "admin+jwt",
        }
    }
}

/// A megabyte of "token" is not worth parsing.
const LONGEST: usize = 2_048;

type HmacSha256 = Hmac<Sha256>;

/// Everything secret that is made from the settings.
pub struct Keys {
    encoding: EncodingKey,
    decoding: DecodingKey,
    validation: Validation,
    root: SecretString,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(***)")
    }
}

impl Keys {
    /// From the two secrets of the settings.
    pub fn new(tokens: &SecretString, root: &SecretString) -> Self {
        // A second call finds it installed.
        let _ = PROVIDER.install_default();
        let bytes = tokens.expose_secret().as_bytes();
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.validate_exp = false; // checked against our own clock
        Self {
            encoding: EncodingKey::from_secret(bytes),
            decoding: DecodingKey::from_secret(bytes),
            validation,
            root: root.clone(),
        }
    }

    /// Signs a token.
    pub fn mint(
        &self,
        kind: TokenKind,
        who: TravelerId,
        session: SessionId,
        jti: Uuid,
        now: Timestamp,
        lifetime: Duration,
    ) -> Result<String, Error> {
        let claims = AccessClaims {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: who,
            sid: session,
            iat: now.seconds(),
            exp: now.plus(lifetime).seconds(),
            jti,
        };
        let header = Header { typ: Some(kind.typ().to_owned()), ..Header::new(Algorithm::HS256) };
        jsonwebtoken::encode(&header, &claims, &self.encoding)
            .map_err(|e| Error::internal(format!("signing a token: {e}")))
    }

    /// What a token says, if we signed it for this use and it has not expired.
    pub fn read(&self, kind: TokenKind, token: &str, now: Timestamp) -> Option<AccessClaims> {
        if token.len() > LONGEST {
            return None;
        }
        let data = jsonwebtoken::decode::<AccessClaims>(token, &self.decoding, &self.validation).ok()?;
        let (header, claims) = (data.header, data.claims);
        let plain = header.typ.as_deref() == Some(kind.typ())
            && header.kid.is_none()
            && header.jku.is_none()
            && header.jwk.is_none()
            && header.x5u.is_none();
        // Another server's clock may be a little ahead of ours.
        let skew = 60;
        (plain && claims.exp > now.seconds() && claims.iat <= now.seconds() + skew).then_some(claims)
    }

    /// A keyed hash of `data` for one use only: the same data under another label gives another hash.
    pub fn keyed_hash(&self, label: &str, data: &[u8]) -> [u8; 32] {
        let part = |key: &[u8], data: &[u8]| -> [u8; 32] {
            HmacSha256::new_from_slice(key).map_or([0; 32], |mut mac| {
                mac.update(data);
                mac.finalize().into_bytes().into()
            })
        };
        part(&part(self.root.expose_secret().as_bytes(), label.as_bytes()), data)
    }
}

/// 256 random bits as text.
pub fn random_token() -> SecretString {
    let mut bytes = [0_u8; 32];
    rand::rng().fill_bytes(&mut bytes);
    SecretString::from(BASE64_URL_SAFE_NO_PAD.encode(bytes))
}

// HS256 and nothing else, on hmac and sha2, so that no RSA comes with the token library.
struct Hs256(HmacSha256);

impl signature::Signer<Vec<u8>> for Hs256 {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, signature::Error> {
        let mut mac = self.0.clone();
        mac.update(message);
        Ok(mac.finalize().into_bytes().to_vec())
    }
}

impl signature::Verifier<Vec<u8>> for Hs256 {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), signature::Error> {
        let mut mac = self.0.clone();
        mac.update(message);
        mac.verify_slice(signature).map_err(|e| signature::Error::from_source(e.to_string()))
    }
}

impl JwtSigner for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

impl JwtVerifier for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

fn hs256(algorithm: Algorithm, key: &[u8]) -> Result<Hs256, jsonwebtoken::errors::Error> {
    if algorithm != Algorithm::HS256 {
        return Err(ErrorKind::InvalidAlgorithm.into());
    }
    HmacSha256::new_from_slice(key).map(Hs256).ok().ok_or_else(|| ErrorKind::InvalidKeyFormat.into())
}

static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: |algorithm, key| Ok(Box::new(hs256(*algorithm, key.as_bytes())?)),
    verifier_factory: |algorithm, key| Ok(Box::new(hs256(*algorithm, key.try_get_as_bytes()?)?)),
    key_utils: KeyUtils::new_unimplemented(),
};
