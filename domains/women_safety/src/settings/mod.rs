//! What a traveler sets for her own safety, and the people whom she wants to be told when she is in danger.
//!
//! Contacts, medical text and insurance are sealed (`kernel::crypto`); the database holds nothing of them that can be read.
//! Nobody else reads them: there is no route to another person's settings, for administrators neither. Her guide gets a part
//! around the days of a booking, if she wants it (`guides.rs`). A contact with an
//! e-mail address is told of nothing before its owner agreed by the link of a mail; the answer lies in
//! `women_safety_consents`, and can be changed by the same link at any time.
//!
//! Each setting is named by what obeys it: `women_only_group_preference` by the matching of groups, `medical_shared_with_guides`
//! by `guides.rs`. Nothing shares where somebody is on its own yet, so `location_sharing_enabled` binds nothing: whatever will
//! has to find it true of her in `women_safety_settings` each time. A call for help carries what she writes into it, whatever
//! is set here.

mod api;
mod consents;
mod contact_page;
mod guides;
mod jobs;
mod model;
mod store;
mod wire;

pub(crate) use guides::{EmergencyView, for_guide};
pub(crate) use jobs::{CONTACT, hash, template, token_of};
pub(crate) use model::{Contact, spoken};
pub(crate) use store::{SEALED, Standing, contacts, is_deleted, may_hear, standing, standing_sql};

use kernel::{App, jobs::Jobs};
use utoipa_axum::{router::OpenApiRouter, routes};

/// The routes of settings and contacts.
pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(api::get_women_safety_settings, api::update_women_safety_settings))
        .routes(routes!(api::show_medical_conditions))
        .routes(routes!(consents::get_contact_request, consents::answer_contact_request))
        .routes(routes!(contact_page::show_contact_page, contact_page::answer_contact_page))
}

/// The jobs of settings and contacts.
pub(crate) fn jobs() -> Jobs {
    Jobs::default()
        .on::<jobs::SendContactRequest>()
        .on_event::<jobs::EraseSettings>("traveler_standing_changed")
        .every::<jobs::ForgetMailCounts>("41 3 * * *")
}
