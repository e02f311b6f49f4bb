//! Passwords: Argon2id, slow on purpose, and never more at once than there are cores.

mod legacy;

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use kernel::{App, Error, Result, text::fold};
use secrecy::{ExposeSecret, SecretString};
use std::{collections::HashSet, sync::LazyLock};

/// The 10,000 commonest passwords, most common first: the head of the list that the zxcvbn project compiled from
/// published leaks (MIT licence).
static COMMON: LazyLock<HashSet<String>> = LazyLock::new(|| include_str!("common.txt").lines().map(fold).collect());

/// Stands where a password's hash would, in an account without a password: no password is right.
pub(crate) const UNUSABLE: &str = "!";

/// Longer ones are not hashed, so that nobody keeps a core busy with a megabyte.
const LONGEST: usize = 1_024;

/// What is wrong with a new password, if anything.
pub(crate) fn fault(password: &str) -> Option<&'static str> {
    if password.chars().count() < 8 {
        Some("must have at least 8 characters")
    } else if password.len() > LONGEST {
        Some("must have at most 1024 bytes")
    } else if COMMON.contains(&fold(password)) {
        Some("is among the 10,000 commonest passwords: choose another one")
    } else {
        None
    }
}

/// The new password, or what is wrong with it.
pub(crate) fn acceptable(password: SecretString) -> Result<SecretString, &'static str> {
    fault(password.expose_secret()).map_or(Ok(password), Err)
}

/// Hashes a password with the parameters that OWASP's Password Storage cheat sheet gives as the minimum for Argon2id
/// (m = 19 MiB, t = 2, p = 1), which are this library's default.
pub(crate) async fn hash(app: &App, password: SecretString) -> Result<String> {
    let hashed = app
        .heavy
        .run(move || Argon2::default().hash_password(password.expose_secret().as_bytes()).map(|hash| hash.to_string()));
    hashed.await?.map_err(|e| Error::internal(format!("hashing a password: {e}")))
}

/// What comparing a password with a stored hash shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is another password, or there is no account.
    Wrong,
    /// It is the one.
    Right,
    /// It is the one, and its hash is of a kind that should be replaced.
    RightWithOldHash,
}

/// Compares `password` with the hash `stored`. Takes as long when there is no account to compare with.
pub(crate) async fn verify(app: &App, password: SecretString, stored: Option<String>) -> Result<Verdict> {
    if password.expose_secret().len() > LONGEST {
        return Ok(Verdict::Wrong);
    }
    app.heavy.run(move || compare(password.expose_secret(), stored.as_deref())).await
}

fn compare(password: &str, stored: Option<&str>) -> Verdict {
    /// Of no password: its hash part is not the result of any.
    const NOBODY: &str =
        "$argon2id$v=19$m=19456,t=2,p=1$c29tZSBzYWx0IGZvciBhbGw$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let is_right = |hash: &PasswordHash| Argon2::default().verify_password(password.as_bytes(), hash).is_ok();
    let Ok(hash) = PasswordHash::new(stored.unwrap_or(NOBODY)) else {
        // No quicker than an account that is not there.
        let _ = PasswordHash::new(NOBODY).is_ok_and(|nobody| is_right(&nobody));
        return match stored.and_then(|stored| legacy::verify(password, stored)) {
            Some(true) => Verdict::RightWithOldHash,
            Some(false) | None => Verdict::Wrong,
        };
    };
    if is_right(&hash) && stored.is_some() { Verdict::Right } else { Verdict::Wrong }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_and_short_passwords_are_refused() {
        assert_eq!(COMMON.len(), 10_000);
        for bad in ["short1!", "password", "PASSWORD", "Password123", "qwertyuiop", "1234567890", "ｐａｓｓｗｏｒｄ"]
        {
            assert!(fault(bad).is_some(), "{bad}");
        }
        for good in ["Test123!", "correct horse", "пароль-из-восьми"] {
            assert_eq!(fault(good), None, "{good}");
        }
    }

    #[test]
    fn no_password_opens_an_account_without_one() {
        for password in ["", "!", UNUSABLE, "Test123!"] {
            assert_eq!(compare(password, Some(UNUSABLE)), Verdict::Wrong, "{password}");
        }
    }

    #[test]
    fn the_hash_of_nobody_is_a_hash() {
        assert_eq!(compare("anything", None), Verdict::Wrong);
        let stored =
            "$argon2id$v=19$m=19456,t=2,p=1$c29tZSBzYWx0IGZvciBhbGw$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        assert!(PasswordHash::new(stored).is_ok());
    }
}
