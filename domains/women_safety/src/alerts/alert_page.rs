//! The page of the link in a call for help; what it does is what `acknowledging.rs` does.

use super::{
    acknowledging::{Acknowledge, AlertLink, LinkedAlert, acknowledge_emergency_alert, get_alert_of_link},
    jobs::moment,
};
use kernel::{
    App, Result,
    http::{Body, Button, Data, Form, Message, Query, Reply, WebForm, WebPage},
};

/// The page on which one says that one has seen a call for help
///
/// Says who called, when, and whether it is over, and has a form. Changes nothing.
#[utoipa::path(
    get, path = "/emergency-alert", tag = "pages", operation_id = "show_alert_page",
    params(AlertLink),
    responses(
        (status = 200, description = "The page", body = String, content_type = "text/html"),
        (status = 400, description = "The link is not one that counts (`invalid_token`)"),
    ),
)]
pub(crate) async fn show_alert_page(app: App, Query(link): Query<AlertLink>) -> Result<WebPage> {
    let token = link.token.clone().unwrap_or_default();
    let Reply(Data { data: LinkedAlert { traveler_name: name, state, created_at }, .. }) =
        get_alert_of_link(app, Query(link)).await?;
    let page = WebPage::new(format!("{name} called for help at {}", moment(created_at)));
    let page = match state.as_str() {
        "cancelled" => page.saying(format!("It is over: {name} took it back as a mistake.")),
        "closed" => page.saying(format!("It is over: {name} closed it.")),
        _ => page.saying("What they wrote, and where they are if they said it, stands in the mail.").saying(
            "Try to reach them. If you cannot, or what they write is urgent, call the emergency number of the place \
             where they are: 112 works in most countries. TripIt cannot call anybody for you.",
        ),
    };
    Ok(page.asking(WebForm {
        action: "emergency-alert",
        token,
        inputs: Vec::new(),
        buttons: vec![Button::only("Let them know that I have seen it")],
    }))
}

/// I have seen the call for help, by the page's form
///
/// Does what `POST /api/women-safety/emergency-alert/acknowledge` does.
#[utoipa::path(
    post, path = "/emergency-alert", tag = "pages", operation_id = "acknowledge_alert_page",
    request_body(
        content = Acknowledge,
        content_type = "application/x-www-form-urlencoded",
        description = "The token of the link",
    ),
    responses(
        (status = 200, description = "The sender sees that it was seen", body = String, content_type = "text/html"),
        (status = 400, description = "The link is not one that counts (`invalid_token`)"),
    ),
    extensions(("x-rate-limit" = json!("emergency"))),
)]
pub(crate) async fn acknowledge_alert_page(app: App, Form(seen): Form<Acknowledge>) -> Result<WebPage> {
    let Reply(Message { message, .. }) = acknowledge_emergency_alert(app, Body(seen)).await?;
    Ok(WebPage::new(message).saying("The mail says what they wrote, and what you can do."))
}
