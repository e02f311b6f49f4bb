//! The keys of what is encrypted in the database.

use super::{
    env::{Env, SettingError},
    sections::{Environment, development_secret},
};
use crate::crypto::{DataKeys, KEYS_VARIABLE as NAME};
use secrecy::ExposeSecret;

/// The id of the key that is made in development.
const DEVELOPMENT: &str = "development";

pub(super) fn read(
    env: &mut Env,
    environment: Environment,
    data_dir: &std::path::Path,
) -> Result<DataKeys, SettingError> {
    let given =
        env.secret(NAME, "id:key[,id:key...]: encrypt medical and emergency data; the first encrypts, all decrypt");
    let text = match (given, environment) {
        (Some(text), _) => text,
        (None, Environment::Development) => {
            format!("{DEVELOPMENT}:{}", development_secret(NAME, data_dir)?.expose_secret()).into()
        }
        (None, Environment::Production) => {
            return Err(SettingError::new(
                NAME,
                "must be set in production, for example to `2026a:` and the output of `openssl rand -base64 32`",
            ));
        }
    };
    DataKeys::parse(text.expose_secret()).map_err(|fault| SettingError::new(NAME, fault))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    const KEY: &str = "7sPpAkxLqkJc2VYf0mCVhQFQm8sFJ3mM5T3y7a1x0Zs=";

    fn read_in(folder: &std::path::Path, given: Option<&str>, environment: Environment) -> Result<DataKeys, String> {
        let mut env = Env::from_values(given.map(|g| (NAME, g.to_owned())));
        read(&mut env, environment, folder).map_err(|e| e.to_string())
    }

    #[test]
    fn production_needs_keys_and_development_keeps_one_that_only_its_owner_can_read() {
        let folder = tempfile::TempDir::new().unwrap();
        let refused = read_in(folder.path(), None, Environment::Production).unwrap_err();
        assert!(refused.starts_with("DATA_ENCRYPTION_KEYS must be set"), "{refused}");
        assert!(!folder.path().join("secrets").exists());
        read_in(folder.path(), None, Environment::Development).unwrap();
        let file = folder.path().join("secrets/data_encryption_keys.key");
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        let kept = std::fs::read(&file).unwrap();
        read_in(folder.path(), None, Environment::Development).unwrap();
        assert_eq!(std::fs::read(&file).unwrap(), kept, "the second start finds it");
    }

    #[test]
    fn what_is_no_list_of_keys_is_refused_and_not_repeated() {
        let folder = tempfile::TempDir::new().unwrap();
        let read = |given: &str| read_in(folder.path(), Some(given), Environment::Production);
        for good in [format!("a:{KEY}"), format!(" 2026-b : {KEY} , a:{}", KEY.trim_end_matches('='))] {
            assert_eq!(format!("{:?}", read(&good).unwrap()), "DataKeys(***)");
        }
        for bad in [
            "hunter2".to_owned(),
            format!("hunter2:{}", KEY.replacen("7sPp", "", 1)),
            format!(":{KEY}"),
            format!("hunter 2:{KEY}"),
            format!("hunter2:{KEY},hunter2:{KEY}"),
            format!("hunter2:{KEY},"),
            format!("hunter2:{}=", "A".repeat(43)),
        ] {
            let refused = read(&bad).unwrap_err();
            assert!(refused.starts_with("DATA_ENCRYPTION_KEYS ") && !refused.contains("hunter"), "{refused}");
        }
    }
}
