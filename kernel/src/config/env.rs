//! The environment as it was at the start, with `.env` below it, and typed ways to read it.

use secrecy::SecretString;
use std::{collections::BTreeMap, fmt, str::FromStr};

/// A snapshot of the environment. It remembers what was asked of it, which is how `tripit settings` knows them all.
#[derive(Default)]
pub struct Env {
    values: BTreeMap<String, String>,
    asked: Vec<Setting>,
}

/// One setting as it was asked for.
#[derive(Debug, Clone)]
pub struct Setting {
    /// The variable.
    pub name: &'static str,
    /// Its default in words.
    pub default: String,
    /// What it is for.
    pub about: &'static str,
    /// Whether the environment sets it.
    pub is_set: bool,
}

/// A setting that cannot be used. It names the variable and never its value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name} {fault}")]
pub struct SettingError {
    /// The variable.
    pub name: &'static str,
    /// What is wrong with it.
    pub fault: String,
}

impl SettingError {
    /// `name` cannot be used because of `fault`.
    pub fn new(name: &'static str, fault: impl Into<String>) -> Self {
        Self { name, fault: fault.into() }
    }
}

impl fmt::Debug for Env {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Env").field("names", &self.values.keys()).finish_non_exhaustive()
    }
}

impl Env {
    /// The process's environment over a `.env` file in the working directory, if there is one.
    pub fn from_process() -> Result<Self, SettingError> {
        let mut values = BTreeMap::new();
        match dotenvy::from_path_iter("./.env") {
            Ok(lines) => {
                for line in lines {
                    let (name, value) = line
                        .ok()
                        .ok_or_else(|| SettingError::new(".env", "has a line that is not of the form NAME=value"))?;
                    values.insert(name, value);
                }
            }
            Err(e) if e.not_found() => {}
            Err(_) => return Err(SettingError::new(".env", "cannot be read")),
        }
        #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
        let vars = std::env::vars_os();
        values.extend(vars.filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?))));
        Ok(Self { values, asked: Vec::new() })
    }

    /// Exactly these variables.
    pub fn from_values(values: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        Self { values: values.into_iter().map(|(k, v)| (k.to_owned(), v)).collect(), asked: Vec::new() }
    }

    /// Everything that was asked so far.
    pub fn asked(&self) -> &[Setting] {
        &self.asked
    }

    /// The value; an empty one counts as unset.
    fn get(&mut self, name: &'static str, default: &str, about: &'static str) -> Option<String> {
        let value = self.values.get(name).map(|v| v.trim()).filter(|v| !v.is_empty()).map(str::to_owned);
        self.asked.push(Setting { name, default: default.to_owned(), about, is_set: value.is_some() });
        value
    }

    /// A text.
    pub fn text(&mut self, name: &'static str, default: &str, about: &'static str) -> String {
        self.get(name, default, about).unwrap_or_else(|| default.to_owned())
    }

    /// A text that may be absent.
    pub fn maybe(&mut self, name: &'static str, about: &'static str) -> Option<String> {
        self.get(name, "", about)
    }

    /// A value that is never shown.
    pub fn secret(&mut self, name: &'static str, about: &'static str) -> Option<SecretString> {
        self.get(name, "", about).map(SecretString::from)
    }

    /// A number, an address, ...
    pub fn parsed<T: FromStr>(
        &mut self,
        name: &'static str,
        default: &str,
        about: &'static str,
    ) -> Result<T, SettingError> {
        let value = self.text(name, default, about);
        value.parse().ok().ok_or_else(|| SettingError::new(name, format!("must be like {default}: {about}")))
    }

    /// A number within bounds.
    pub fn number(
        &mut self,
        name: &'static str,
        default: u64,
        bounds: std::ops::RangeInclusive<u64>,
        about: &'static str,
    ) -> Result<u64, SettingError> {
        let value = self.text(name, &default.to_string(), about);
        value.parse().ok().filter(|n| bounds.contains(n)).ok_or_else(|| {
            SettingError::new(name, format!("must be a number from {} to {}", bounds.start(), bounds.end()))
        })
    }

    /// true/false/1/0/yes/no.
    pub fn flag(&mut self, name: &'static str, default: bool, about: &'static str) -> Result<bool, SettingError> {
        let value = self.text(name, if default { "true" } else { "false" }, about);
        match value.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" => Ok(true),
            "false" | "0" | "no" | "off" => Ok(false),
            _ => Err(SettingError::new(name, "must be true or false")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_mean_what_they_say_and_errors_keep_values_secret() {
        let mut env =
            Env::from_values([("A", "No".into()), ("B", "s3cret".into()), ("C", String::new()), ("D", "70000".into())]);
        assert_eq!(env.flag("A", true, ""), Ok(false));
        assert!(!env.flag("B", true, "").unwrap_err().to_string().contains("s3cret"));
        assert_eq!(env.flag("C", true, ""), Ok(true));
        assert!(!env.number("D", 1, 1..=65535, "").unwrap_err().to_string().contains("70000"));
        assert_eq!(env.asked().len(), 4);
    }
}
