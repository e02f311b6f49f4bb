//! Calls for help: a mail to every contact who agreed, at once, again and again until it is delivered, or a mail server says
//! that there is no such mailbox. A person has one call at a time, and mails of it have a time between them: all calls go
//! through the same few places, and nobody may fill them.
//!
//! A call is told to nobody else, and nothing else keeps it back: its requests have a rate limit and places of their own
//! (`Class::Emergency`), its mails go before all others and wait for nothing. Where she is and what she writes are sealed in
//! the database and stand in the mails only.
//!
//! Ending a call and beginning a mail both hold the row of the call, so whoever may have got the mail gets the all-clear.

mod acknowledging;
mod alert_page;
mod api;
mod jobs;
mod leaving;
mod model;
mod store;
mod view;
mod wire;

pub(crate) use leaving::leave;
pub(crate) use store::{SEALED, SEALED_RECIPIENTS};

use kernel::{App, jobs::Jobs};
use utoipa_axum::{router::OpenApiRouter, routes};

/// The routes of calls for help.
pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(api::list_emergency_alerts, api::raising::raise_emergency_alert))
        .routes(routes!(api::get_emergency_alert))
        .routes(routes!(api::cancel_emergency_alert))
        .routes(routes!(api::close_emergency_alert))
        .routes(routes!(acknowledging::get_alert_of_link, acknowledging::acknowledge_emergency_alert))
        .routes(routes!(alert_page::show_alert_page, alert_page::acknowledge_alert_page))
}

/// The jobs of calls for help.
pub(crate) fn jobs() -> Jobs {
    Jobs::default().on::<jobs::SendAlert>().on::<jobs::SendAllClear>().every::<jobs::ForgetAlerts>("17 3 * * *")
}
