//! The page of the link by which a contact answers; what it does is what `consents.rs` does.

use super::consents::{Answered, ContactAnswer, ContactRequest, Link, answer_contact_request, get_contact_request};
use kernel::{
    App, Result,
    http::{Body, Button, Data, Form, Query, Reply, WebForm, WebPage},
};

/// The page on which a contact answers
///
/// Says who asks, and has a form. Changes nothing.
#[utoipa::path(
    get, path = "/emergency-contact", tag = "pages", operation_id = "show_contact_page",
    params(Link),
    responses(
        (status = 200, description = "The page", body = String, content_type = "text/html"),
        (status = 400, description = "The link is not one that counts (`invalid_token`)"),
    ),
)]
pub(crate) async fn show_contact_page(app: App, Query(link): Query<Link>) -> Result<WebPage> {
    let token = link.token.clone().unwrap_or_default();
    let Reply(Data { data: ContactRequest { traveler_name: name, state }, .. }) =
        get_contact_request(app, Query(link)).await?;
    let button = |label, value| Button { label, name: Some("agree"), value };
    let (page, buttons) = match state.as_str() {
        "agreed" => {
            let page = WebPage::new(format!("You are an emergency contact of {name}")).saying("You agreed to be told.");
            (page, vec![button("Be told no longer", "false")])
        }
        "declined" => {
            let page = WebPage::new(format!("{name} asked to name you as an emergency contact"));
            (page.saying("You declined, and are told of nothing."), vec![button("Agree after all", "true")])
        }
        _ => {
            let page = WebPage::new(format!("{name} asks to name you as an emergency contact"));
            (page, vec![button("Agree", "true"), button("Decline", "false")])
        }
    };
    let page = page
        .saying(format!(
            "Who agrees gets a mail when {name} calls for help with TripIt: with what they write, and the place if they give \
             one. You get no other mail. While {name} is on a tour, they may let their guide see what they call you and \
             your phone number."
        ))
        .saying("You need no account, and the link of the mail lets you change your mind at any time.");
    Ok(page.asking(WebForm { action: "emergency-contact", token, inputs: Vec::new(), buttons }))
}

/// Agree to be an emergency contact, or decline, by the page's form
///
/// Does what `POST /api/women-safety/contacts/confirm` does.
#[utoipa::path(
    post, path = "/emergency-contact", tag = "pages", operation_id = "answer_contact_page",
    request_body(
        content = ContactAnswer,
        content_type = "application/x-www-form-urlencoded",
        description = "The token of the link, and the answer",
    ),
    responses(
        (status = 200, description = "That is noted", body = String, content_type = "text/html"),
        (status = 400, description = "The link is not one that counts (`invalid_token`)"),
    ),
)]
pub(crate) async fn answer_contact_page(app: App, Form(answer): Form<ContactAnswer>) -> Result<WebPage> {
    let Reply(Data { data: Answered { state }, message, .. }) = answer_contact_request(app, Body(answer)).await?;
    let said = match state {
        "agreed" => "You agreed: you get a mail when they call for help.",
        _ => "You declined: you are told of nothing, and not asked again.",
    };
    Ok(WebPage::new(message).saying(said).saying("The link of the mail lets you change your mind at any time."))
}
