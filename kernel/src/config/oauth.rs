//! Signing in with accounts elsewhere.

use super::{
    env::{Env, SettingError},
    sections::{Http, is_private_way},
};
use secrecy::SecretString;
use std::time::Duration;

/// Which providers there are, and how a web client gets its tokens.
#[derive(Debug, Clone)]
pub struct OAuth {
    /// GitHub, when configured.
    pub github: Option<GitHub>,
    /// Google, when configured.
    pub google: Option<Google>,
    /// Whether tokens may stand in the address to which a client that sent no code challenge is sent back.
    pub tokens_in_url: bool,
    /// A conversation with a provider that takes longer has failed.
    pub timeout: Duration,
}

/// What a provider knows us by.
#[derive(Debug, Clone)]
pub struct Client {
    /// Our name there.
    pub id: String,
    /// Our password there.
    pub secret: SecretString,
    /// Where it sends people back to; exactly this one is registered there.
    pub redirect_uri: String,
}

/// GitHub, or a GitHub Enterprise Server.
#[derive(Debug, Clone)]
pub struct GitHub {
    /// What it knows us by.
    pub client: Client,
    /// Its site.
    pub url: String,
    /// Its API.
    pub api_url: String,
}

/// Google.
#[derive(Debug, Clone)]
pub struct Google {
    /// What it knows us by.
    pub client: Client,
    /// Who signs its tokens.
    pub issuer: String,
    /// Where people are sent to.
    pub auth_url: String,
    /// Where a code becomes tokens.
    pub token_url: String,
    /// Where the keys of its signatures are.
    pub keys_url: String,
}

impl OAuth {
    pub(super) fn read(env: &mut Env, http: &Http) -> Result<Self, SettingError> {
        let github = client(
            env,
            http,
            ["GITHUB_CLIENT_ID", "GITHUB_CLIENT_SECRET", "GITHUB_REDIRECT_URI"],
            "/api/auth/github/callback",
        )?;
        let (url, api_url) = (
            address(env, "GITHUB_URL", "https://github.com", "GitHub's site")?,
            address(env, "GITHUB_API_URL", "https://api.github.com", "GitHub's API")?,
        );
        let google = client(
            env,
            http,
            ["GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET", "GOOGLE_REDIRECT_URI"],
            "/api/auth/google/callback",
        )?;
        let issuer = address(env, "GOOGLE_ISSUER", "https://accounts.google.com", "who signs Google's id tokens")?;
        let auth_url =
            address(env, "GOOGLE_AUTH_URL", "https://accounts.google.com/o/oauth2/v2/auth", "Google's sign-in page")?;
        let token_url =
            address(env, "GOOGLE_TOKEN_URL", "https://oauth2.googleapis.com/token", "where Google gives tokens")?;
        let keys_url =
            address(env, "GOOGLE_KEYS_URL", "https://www.googleapis.com/oauth2/v3/certs", "Google's public keys")?;
        let tokens_in_url = env.flag(
            "OAUTH_TOKENS_IN_URL",
            true,
            "send tokens in the address to web clients that begin a sign-in without code_challenge",
        )?;
        let timeout = env.number("OAUTH_TIMEOUT", 8, 1..=30, "seconds that a provider has for its answers")?;
        // The visitor is to be told that the provider failed, and not that the request took too long.
        let most = http.request_timeout.mul_f64(0.8);
        Ok(Self {
            github: github.map(|client| GitHub {
                client,
                url: url.trim_end_matches('/').to_owned(),
                api_url: api_url.trim_end_matches('/').to_owned(),
            }),
            google: google.map(|client| Google { client, issuer, auth_url, token_url, keys_url }),
            tokens_in_url,
            timeout: Duration::from_secs(timeout).min(most),
        })
    }
}

/// What a provider knows us by, when it is configured; half of it is a mistake.
fn client(
    env: &mut Env,
    http: &Http,
    [id_name, secret_name, redirect_name]: [&'static str; 3],
    path: &str,
) -> Result<Option<Client>, SettingError> {
    let id = env.maybe(id_name, "what the provider calls us; unset: nobody signs in by it");
    let secret = env.secret(secret_name, "what proves to the provider that it is us");
    let redirect =
        env.maybe(redirect_name, "our callback as registered there; unset: below PUBLIC_URL, or HOST and PORT");
    let (id, secret) = match (id, secret) {
        (None, None) => return Ok(None),
        (Some(id), Some(secret)) => (id, secret),
        (Some(_), None) => return Err(SettingError::new(secret_name, format!("must be set, because {id_name} is"))),
        (None, Some(_)) => return Err(SettingError::new(id_name, format!("must be set, because {secret_name} is"))),
    };
    let redirect_uri = redirect.unwrap_or_else(|| format!("{}{path}", http.root()));
    checked(redirect_name, &redirect_uri)?;
    Ok(Some(Client { id, secret, redirect_uri }))
}

fn address(
    env: &mut Env,
    name: &'static str,
    default: &'static str,
    about: &'static str,
) -> Result<String, SettingError> {
    let url = env.text(name, default, about);
    checked(name, &url)?;
    Ok(url)
}

fn checked(name: &'static str, url: &str) -> Result<(), SettingError> {
    if is_private_way(url, "http", None) && !url.contains(['?', '#', '@']) {
        Ok(())
    } else {
        Err(SettingError::new(name, "must be an https:// address, or http:// to this machine, without ? and #"))
    }
}

#[cfg(test)]
mod tests {
    use crate::config::{Config, Env, SettingError};
    use std::time::Duration;

    fn read(settings: &[(&'static str, &str)]) -> Result<Config, SettingError> {
        let folder = tempfile::TempDir::new().unwrap();
        let folder = [("DATA_DIR", folder.path().display().to_string())];
        Config::read(&mut Env::from_values(settings.iter().map(|(n, v)| (*n, (*v).to_owned())).chain(folder)))
    }

    #[test]
    fn a_provider_is_configured_whole_or_not_at_all() {
        let none = read(&[]).unwrap().oauth;
        assert!(none.github.is_none() && none.google.is_none() && none.tokens_in_url);
        for (given, missing) in [
            ("GITHUB_CLIENT_ID", "GITHUB_CLIENT_SECRET"),
            ("GITHUB_CLIENT_SECRET", "GITHUB_CLIENT_ID"),
            ("GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET"),
            ("GOOGLE_CLIENT_SECRET", "GOOGLE_CLIENT_ID"),
        ] {
            let error = read(&[(given, "hunter2")]).unwrap_err();
            assert_eq!(error.name, missing);
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
        let both = read(&[("GITHUB_CLIENT_ID", "us"), ("GITHUB_CLIENT_SECRET", "hunter2")]).unwrap();
        assert!(!format!("{both:?}").contains("hunter2"));
    }

    #[test]
    fn the_callback_is_where_the_world_reaches_us() {
        let id = [("GITHUB_CLIENT_ID", "us"), ("GITHUB_CLIENT_SECRET", "s")];
        let at = |more: &[(&'static str, &str)]| {
            let settings = [&id[..], more].concat();
            read(&settings).map(|c| c.oauth.github.unwrap().client.redirect_uri)
        };
        assert_eq!(at(&[]).unwrap(), "http://127.0.0.1:5000/api/auth/github/callback");
        assert_eq!(
            at(&[("PUBLIC_URL", "https://api.tripit.example/")]).unwrap(),
            "https://api.tripit.example/api/auth/github/callback"
        );
        assert_eq!(at(&[("GITHUB_REDIRECT_URI", "https://x.example/cb")]).unwrap(), "https://x.example/cb");
        for bad in ["http://x.example/cb", "hunter2", "https://x.example/cb?a=b", "https://x.example/#cb", "ftp://x/"] {
            let error = at(&[("GITHUB_REDIRECT_URI", bad)]).unwrap_err();
            assert_eq!(error.name, "GITHUB_REDIRECT_URI", "{bad}");
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn providers_are_reached_by_https_or_on_this_machine() {
        for name in
            ["GITHUB_URL", "GITHUB_API_URL", "GOOGLE_ISSUER", "GOOGLE_AUTH_URL", "GOOGLE_TOKEN_URL", "GOOGLE_KEYS_URL"]
        {
            for bad in ["http://github.example", "http://127.0.0.1@evil.example", "javascript:alert(1)", "github.com"] {
                assert_eq!(read(&[(name, bad)]).unwrap_err().name, name, "{bad}");
            }
            for good in ["https://github.example/", "http://127.0.0.1:9", "http://[::1]:9/x", "http://localhost"] {
                assert!(read(&[(name, good)]).is_ok(), "{name} {good}");
            }
        }
    }

    #[test]
    fn a_provider_has_less_time_than_the_request() {
        let timeout = |settings: &[_]| read(settings).unwrap().oauth.timeout;
        assert_eq!(timeout(&[]), Duration::from_secs(8));
        assert_eq!(timeout(&[("OAUTH_TIMEOUT", "30")]), Duration::from_secs(8));
        assert_eq!(timeout(&[("OAUTH_TIMEOUT", "1")]), Duration::from_secs(1));
        assert_eq!(timeout(&[("OAUTH_TIMEOUT", "30"), ("REQUEST_TIMEOUT", "20")]), Duration::from_secs(16));
    }
}
