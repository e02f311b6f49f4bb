//! The administrators' role, which no request can give.

use super::say;
use crate::start::StartError;
use clap::Subcommand;
use kernel::App;
use secrecy::SecretString;
use std::io::{self, BufRead, IsTerminal};

#[derive(Debug, Subcommand)]
pub(super) enum Admin {
    /// Make the owner of an e-mail address an administrator
    Grant {
        /// The address of an existing account
        email: String,
    },
    /// Take the role away
    Revoke {
        /// The address of an administrator
        email: String,
    },
    /// Keep the owner of an e-mail address out: end their sessions and hide what they published
    Ban {
        /// The address of an account
        email: String,
    },
    /// Let them in again
    Unban {
        /// The address of a banned account
        email: String,
    },
    /// Say that the owner of an e-mail address is a woman: women's groups and guides for women are open to her
    VerifyWoman {
        /// The address of an account
        email: String,
    },
    /// Take that back
    UnverifyWoman {
        /// The address of an account
        email: String,
    },
    /// Add an administrator's account; asks for the password, or reads it from standard input
    Create {
        /// The address of the new account
        email: String,
        /// Its username
        #[arg(long)]
        username: String,
    },
    /// List the administrators
    List,
}

impl Admin {
    pub(super) async fn run(self, app: &App) -> Result<(), StartError> {
        match self {
            Self::Grant { email } => {
                accounts::admin::grant(app, &email).await?;
                say("granted; it takes effect in running servers within a second");
            }
            Self::Revoke { email } => {
                accounts::admin::revoke(app, &email).await?;
                say("revoked; it takes effect in running servers within a second");
            }
            Self::Ban { email } => {
                accounts::admin::ban(app, &email).await?;
                say("banned; it takes effect in running servers within a second");
            }
            Self::Unban { email } => {
                accounts::admin::unban(app, &email).await?;
                say("unbanned; it takes effect in running servers within a second");
            }
            Self::VerifyWoman { email } => {
                accounts::admin::verify_woman(app, &email).await?;
                say("verified; it takes effect in running servers within a second");
            }
            Self::UnverifyWoman { email } => {
                accounts::admin::unverify_woman(app, &email).await?;
                say("taken back; it takes effect in running servers within a second");
            }
            Self::Create { email, username } => {
                accounts::admin::create(app, &email, &username, ask_password()?).await?;
                say("created");
            }
            Self::List => {
                for admin in accounts::admin::list(app).await? {
                    say(&format!("{}  {}  since {}", admin.email, admin.username, admin.created_at));
                }
            }
        }
        Ok(())
    }
}

/// Never an argument: those stand in the shell's history and in the list of processes.
fn ask_password() -> io::Result<SecretString> {
    if io::stdin().is_terminal() {
        return rpassword::prompt_password("password: ").map(SecretString::from);
    }
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    Ok(SecretString::from(line.trim_end_matches(['\r', '\n']).to_owned()))
}
