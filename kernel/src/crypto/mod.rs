//! What is kept so that only this program can read it: not whoever has the database, a backup or a disk.
//!
//! A value is sealed by XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03: 192 random bits of nonce never meet twice) under a
//! key that is not in the database. The place where it is kept, down to the row and the person it belongs to, is
//! authenticated with it, so a value that somebody moves to another row cannot be opened there. The id of the key stands
//! before it: [`rotate`] seals everything under the current key, while older ones still open.

mod check;
mod rotation;

pub use check::check;
pub use rotation::{SealedTable, rotate};

use crate::{Error, Result};
use base64::{
    Engine as _,
    alphabet::{STANDARD, URL_SAFE},
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use chacha20poly1305::{
    Key, KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use rand::Rng;
use secrecy::SecretString;
use std::fmt;
use uuid::Uuid;

/// Where the keys come from.
pub(crate) const KEYS_VARIABLE: &str = "DATA_ENCRYPTION_KEYS";

/// The form of sealed values: this number, the length of the key's id, the id, the nonce, the ciphertext with its tag.
const FORM: u8 = 1;
const NONCE: usize = 24;
const LONGEST_ID: usize = 32;

/// Where a sealed value lies. It opens nowhere else.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// The table.
    pub table: &'static str,
    /// The column.
    pub column: &'static str,
    /// The row.
    pub row: Uuid,
    /// Whom it belongs to.
    pub owner: Uuid,
}

impl Place {
    /// As it is authenticated. Names of tables and columns have no zero, and ids have one length: no two places are alike.
    fn bytes(self, key_id: &str) -> Vec<u8> {
        let names =
            [&[FORM], key_id.as_bytes(), &[0], self.table.as_bytes(), &[0], self.column.as_bytes(), &[0]].concat();
        [names.as_slice(), self.row.as_bytes(), self.owner.as_bytes()].concat()
    }
}

struct DataKey {
    id: String,
    cipher: XChaCha20Poly1305,
}

/// The keys of what is sealed in the database: the first seals, all of them open.
pub struct DataKeys {
    current: DataKey,
    older: Vec<DataKey>,
}

impl fmt::Debug for DataKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DataKeys(***)")
    }
}

impl DataKeys {
    /// From `id:key,id:key`, where a key is 32 bytes in base64 and the first is the current one.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        let mut keys: Vec<DataKey> = Vec::new();
        for part in text.split(',') {
            let key = DataKey::parse(part)?;
            if keys.iter().any(|k| k.id == key.id) {
                return Err("has two keys with the same id");
            }
            keys.push(key);
        }
        let older = keys.split_off(1.min(keys.len()));
        let current = keys.pop().ok_or("must have a key")?;
        Ok(Self { current, older })
    }

    /// The id of the key that seals.
    pub fn current_id(&self) -> &str {
        &self.current.id
    }

    fn all(&self) -> impl Iterator<Item = &DataKey> {
        std::iter::once(&self.current).chain(&self.older)
    }

    fn knows(&self, id: &str) -> bool {
        self.all().any(|key| key.id == id)
    }

    /// Seals a text for this place.
    pub fn seal(&self, place: Place, text: &str) -> Result<Vec<u8>> {
        let sealed = encrypt(&self.current.cipher, &place.bytes(&self.current.id), text.as_bytes())?;
        Ok([prefix(&self.current.id)?, sealed].concat())
    }

    /// Opens what was sealed for this place. The text is overwritten in memory when it is dropped.
    pub fn open(&self, place: Place, sealed: &[u8]) -> Result<SecretString> {
        let (id, rest) = header(sealed).ok_or_else(|| unreadable("is not sealed"))?;
        let key =
            self.all().find(|key| key.id == id).ok_or_else(|| unreadable("is sealed under a key we do not have"))?;
        decrypt(&key.cipher, &place.bytes(id), rest)
    }

    /// Whether a value is sealed under the key that seals now.
    fn is_current(&self, sealed: &[u8]) -> bool {
        header(sealed).is_some_and(|(id, _)| id == self.current.id)
    }
}

impl DataKey {
    fn parse(text: &str) -> Result<Self, &'static str> {
        let (id, key) = text.split_once(':').ok_or("must be like 2026a:key, a key being 32 random bytes in base64")?;
        let (id, key) = (id.trim(), key.trim());
        let is_plain = id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        if id.is_empty() || id.len() > LONGEST_ID || !is_plain {
            return Err("has an id that is not made of 1 to 32 letters, digits, - and _");
        }
        let bytes = decode(key).filter(|bytes| bytes.len() == 32).ok_or("has a key that is not 32 bytes in base64")?;
        if bytes.iter().collect::<std::collections::HashSet<_>>().len() < 10 {
            return Err("has a key that is not random: make one with `openssl rand -base64 32`");
        }
        let cipher =
            XChaCha20Poly1305::new_from_slice(&bytes).ok().ok_or("has a key that is not 32 bytes in base64")?;
        Ok(Self { id: id.to_owned(), cipher })
    }
}

/// Either alphabet, with or without padding.
fn decode(text: &str) -> Option<Vec<u8>> {
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    [STANDARD, URL_SAFE].iter().find_map(|alphabet| GeneralPurpose::new(alphabet, config).decode(text).ok())
}

/// What stands before everything that is sealed under a key.
fn prefix(id: &str) -> Result<Vec<u8>> {
    let length = u8::try_from(id.len()).map_err(|e| Error::internal(e.to_string()))?;
    Ok([&[FORM, length], id.as_bytes()].concat())
}

/// Everything that is sealed under a key is at least the first of these, and less than the second.
fn span(id: &str) -> Result<(Vec<u8>, Vec<u8>)> {
    let from = prefix(id)?;
    let mut to = from.clone();
    // Ids are ASCII, so this is no overflow.
    if let Some(last) = to.last_mut() {
        *last = last.saturating_add(1);
    }
    Ok((from, to))
}

/// The id of the key, and what follows it.
fn header(sealed: &[u8]) -> Option<(&str, &[u8])> {
    let (&[FORM, length], rest) = sealed.split_first_chunk::<2>()? else { return None };
    let (id, rest) = rest.split_at_checked(usize::from(length))?;
    Some((std::str::from_utf8(id).ok()?, rest))
}

fn unreadable(why: &str) -> Error {
    Error::internal(format!("a value in the database {why}"))
}

/// For what is kept for a short time under a key made for it alone; see `http/idempotency.rs`.
pub(crate) fn seal_under(key: [u8; 32], about: &[u8], text: &[u8]) -> Result<Vec<u8>> {
    encrypt(&XChaCha20Poly1305::new(&Key::from(key)), about, text)
}

/// Opens what [`seal_under`] sealed.
pub(crate) fn open_under(key: [u8; 32], about: &[u8], sealed: &[u8]) -> Result<SecretString> {
    decrypt(&XChaCha20Poly1305::new(&Key::from(key)), about, sealed)
}

/// A fresh nonce, then the ciphertext.
fn encrypt(cipher: &XChaCha20Poly1305, aad: &[u8], msg: &[u8]) -> Result<Vec<u8>> {
    let mut nonce = [0; NONCE];
    rand::rng().fill_bytes(&mut nonce);
    let sealed = cipher.encrypt(&XNonce::from(nonce), Payload { msg, aad });
    let sealed = sealed.map_err(|e| Error::internal(format!("sealing a value: {e}")))?;
    Ok([nonce.as_slice(), &sealed].concat())
}

fn decrypt(cipher: &XChaCha20Poly1305, aad: &[u8], sealed: &[u8]) -> Result<SecretString> {
    let (nonce, msg) = sealed.split_first_chunk::<NONCE>().ok_or_else(|| unreadable("is cut short"))?;
    let text = cipher.decrypt(&XNonce::from(*nonce), Payload { msg, aad });
    let text = text.ok().ok_or_else(|| unreadable("was changed, moved, or sealed under another key"))?;
    String::from_utf8(text).ok().map(SecretString::from).ok_or_else(|| unreadable("is no text"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    const ONE: &str = "one:7sPpAkxLqkJc2VYf0mCVhQFQm8sFJ3mM5T3y7a1x0Zs=";
    const TWO: &str = "two:mX0c1kq2m3n4o5p6q7r8s9t0u1v2w3x4y5z6A7B8C9A=";

    fn place(row: u128) -> Place {
        Place { table: "t", column: "c", row: Uuid::from_u128(row), owner: Uuid::from_u128(7) }
    }

    #[test]
    fn a_value_opens_where_it_was_sealed_and_nowhere_else() {
        let keys = DataKeys::parse(ONE).unwrap();
        let here = place(1);
        let sealed = keys.seal(here, "peanuts").unwrap();
        assert_eq!(keys.open(here, &sealed).unwrap().expose_secret(), "peanuts");
        for elsewhere in [
            place(2),
            Place { owner: Uuid::from_u128(8), ..here },
            Place { column: "d", ..here },
            Place { table: "u", ..here },
            Place { table: "", column: "t\0c", ..here },
        ] {
            assert!(keys.open(elsewhere, &sealed).is_err(), "{elsewhere:?}");
        }
        for n in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[n] ^= 1;
            assert!(keys.open(here, &changed).is_err(), "byte {n}");
            assert!(keys.open(here, &sealed[..n]).is_err(), "cut at {n}");
        }
        assert_ne!(keys.seal(here, "peanuts").unwrap(), sealed, "a nonce is used once");
        assert!(!sealed.windows(7).any(|w| w == b"peanuts"));
    }

    #[test]
    fn what_is_under_a_key_lies_in_its_span_and_what_is_under_another_does_not() {
        let spans = ["a", "b", "aa", "a-", "aZ", "2026a", "2026b"].map(|id| (id, span(id).unwrap()));
        for (id, (from, to)) in &spans {
            for (other, _) in &spans {
                for nonce in [0, u8::MAX] {
                    let value = [prefix(other).unwrap(), vec![nonce; NONCE]].concat();
                    assert_eq!(*from <= value && value < *to, id == other, "{id} {other}");
                }
            }
        }
    }

    #[test]
    fn the_first_key_seals_and_older_ones_open() {
        let (old, both) = (DataKeys::parse(ONE).unwrap(), DataKeys::parse(&format!("{TWO},{ONE}")).unwrap());
        let before = old.seal(place(1), "x").unwrap();
        assert_eq!(both.open(place(1), &before).unwrap().expose_secret(), "x");
        let after = both.seal(place(1), "x").unwrap();
        assert!(old.open(place(1), &after).is_err());
        assert_eq!((both.is_current(&before), both.is_current(&after)), (false, true));
        let impostor = DataKeys::parse(&ONE.replace("7sPp", "8sPp")).unwrap();
        assert!(impostor.open(place(1), &before).is_err(), "another key with the same id");
    }
}
