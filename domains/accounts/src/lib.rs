//! Who people are: registering, signing in, sessions; and who may see whom.
//!
//! Every request that carries a token passes [`authenticate`]. Every list and every thing that shows people passes
//! [`visible_to`]. Others show an author by joining [`AuthorCard`].

pub mod admin;
mod api;
mod attempts;
mod author;
mod blocks;
mod jobs;
mod leaving;
mod mail_token;
mod model;
mod names;
mod oauth;
mod otp;
mod owner;
mod pages;
mod password;
mod proof;
mod recovery;
mod registration;
pub mod seed;
mod session;
mod store;
mod voters;

pub use author::{AuthorCard, card, card_sql, push_blocked, set_guide_certified, visible_to, visible_to_traveler};
pub use model::Email;
pub use owner::{OwnerProof, prove_owner};
pub use session::authenticate;
pub use voters::{RecountVotes, Votes, votes_standing};

use kernel::{App, jobs::Jobs};
use utoipa_axum::{router::OpenApiRouter, routes};

/// The routes of this domain.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(api::register))
        .routes(routes!(api::login))
        .routes(routes!(api::get_me, leaving::delete_account))
        .routes(routes!(api::refresh))
        .routes(routes!(api::logout))
        .routes(routes!(recovery::verify_email))
        .routes(routes!(recovery::resend_verification))
        .routes(routes!(recovery::forgot_password))
        .routes(routes!(recovery::reset_password))
        .routes(routes!(pages::show_verify_email_page, pages::verify_email_page))
        .routes(routes!(pages::show_reset_password_page, pages::reset_password_page))
        .routes(routes!(recovery::change_password))
        .routes(routes!(recovery::change_email))
        .routes(routes!(recovery::list_sessions, recovery::end_sessions))
        .routes(routes!(recovery::end_session))
        .routes(routes!(otp::request_otp))
        .routes(routes!(otp::verify_otp))
        .routes(routes!(blocks::block_user, blocks::unblock_user))
        .routes(routes!(blocks::list_blocks))
        .merge(oauth::router())
        .merge(admin::router())
}

/// The jobs of this domain.
pub fn jobs() -> Jobs {
    Jobs::default()
        .on::<jobs::SendWelcome>()
        .on::<jobs::SendVerification>()
        .on::<jobs::SendReset>()
        .on::<jobs::SendEmailChange>()
        .on::<jobs::SendNotice>()
        .on::<jobs::SendOtp>()
        .on::<jobs::SendRegistration>()
        .on::<names::FillNames>()
        .every::<jobs::CleanUpSessions>("23 * * * *")
        .merge(oauth::jobs())
}
