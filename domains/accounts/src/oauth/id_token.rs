//! The id token of OpenID Connect (Core 1.0, section 3.1.3.7): who signed it, for whom, for which sign-in, and when.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use kernel::clock::Timestamp;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use serde::Deserialize;

/// The keys of an issuer (RFC 7517).
#[derive(Debug, Deserialize)]
pub(super) struct Keys {
    keys: Vec<Key>,
}

#[derive(Debug, Deserialize)]
struct Key {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    n: Option<String>,
    e: Option<String>,
}

/// What is expected of a token.
#[derive(Debug)]
pub(super) struct Expected<'a> {
    pub issuer: &'a str,
    pub audience: &'a str,
    pub nonce: &'a str,
    pub now: Timestamp,
}

#[derive(Debug, Deserialize)]
struct Header {
    alg: String,
    kid: String,
    crit: Option<serde_json::Value>,
}

/// What a good token says.
#[derive(Debug, Deserialize)]
pub(super) struct Claims {
    iss: String,
    aud: Audience,
    azp: Option<String>,
    exp: i64,
    iat: i64,
    nonce: String,
    /// Who.
    pub sub: String,
    /// Their address.
    pub email: Option<String>,
    /// Whether the issuer has verified it.
    #[serde(default)]
    pub email_verified: bool,
    /// Their name.
    pub name: Option<String>,
    /// A picture.
    pub picture: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

/// Why a token is not good.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Nobody may sign like this, or the claims are not what was expected; in words for the log.
    Bad(&'static str),
    /// It names a key that is not among these; the issuer may have new ones.
    UnknownKey,
}

/// A provider's clock may be a little ahead or behind.
const SKEW: i64 = 60;
/// A token is made for the code that was exchanged just now.
const OLDEST: i64 = 600;
const LONGEST: usize = 16 * 1024;

/// What the token says, if its signature and every claim are right.
pub(super) fn read(token: &str, keys: &Keys, expected: &Expected<'_>) -> Result<Claims, Fault> {
    if token.len() > LONGEST {
        return Err(Fault::Bad("its length"));
    }
    let (signed, signature) = token.rsplit_once('.').ok_or(Fault::Bad("its form"))?;
    let (header, payload) = signed.split_once('.').ok_or(Fault::Bad("its form"))?;
    let header: Header = part(header).ok_or(Fault::Bad("its header"))?;
    // RS256 only, whatever the token asks for: `none`, or HS256 with the public key as its secret, are forgeries.
    if header.alg != "RS256" || header.crit.is_some() {
        return Err(Fault::Bad("its algorithm"));
    }
    let signature = decode(signature).ok_or(Fault::Bad("its form"))?;
    let mut candidates = keys.keys.iter().filter(|k| k.is_for(&header.kid)).peekable();
    if candidates.peek().is_none() {
        return Err(Fault::UnknownKey);
    }
    if !candidates.any(|key| key.has_signed(signed, &signature)) {
        return Err(Fault::Bad("its signature"));
    }
    let claims: Claims = part(payload).ok_or(Fault::Bad("its claims"))?;
    claims.check(expected).map_err(Fault::Bad)?;
    Ok(claims)
}

fn decode(text: &str) -> Option<Vec<u8>> {
    BASE64_URL_SAFE_NO_PAD.decode(text).ok()
}

fn part<T: serde::de::DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_slice(&decode(text)?).ok()
}

impl Key {
    fn is_for(&self, kid: &str) -> bool {
        self.kty == "RSA"
            && self.kid.as_deref() == Some(kid)
            && self.alg.as_deref().is_none_or(|a| a == "RS256")
            && self.purpose.as_deref().is_none_or(|u| u == "sig")
    }

    fn has_signed(&self, message: &str, signature: &[u8]) -> bool {
        let number = |text: &Option<String>| decode(text.as_deref()?);
        let (Some(n), Some(e)) = (number(&self.n), number(&self.e)) else { return false };
        RsaPublicKeyComponents { n, e }.verify(&RSA_PKCS1_2048_8192_SHA256, message.as_bytes(), signature).is_ok()
    }
}

impl Claims {
    fn check(&self, expected: &Expected<'_>) -> Result<(), &'static str> {
        let now = expected.now.seconds();
        // Google's tokens name it with or without the scheme.
        let is_issuer = self.iss == expected.issuer || expected.issuer.strip_prefix("https://") == Some(&self.iss);
        let is_audience = match &self.aud {
            Audience::One(one) => one == expected.audience,
            Audience::Many(many) => matches!(&many[..], [one] if one == expected.audience),
        };
        let checks = [
            (is_issuer, "iss"),
            (is_audience, "aud"),
            (self.azp.as_deref().is_none_or(|a| a == expected.audience), "azp"),
            (self.exp > now.saturating_sub(SKEW), "exp"),
            ((now - OLDEST..=now + SKEW).contains(&self.iat), "iat"),
            (self.nonce == expected.nonce, "nonce"),
            ((1..=255).contains(&self.sub.len()), "sub"),
        ];
        checks.into_iter().find(|(is_right, _)| !is_right).map_or(Ok(()), |(_, claim)| Err(claim))
    }
}
