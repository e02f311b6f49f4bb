//! Calling for help. A person has one call at a time: what is said while one goes on is told in it.

use crate::alerts::{
    jobs::{ALERT, SendAlert},
    model::{AlertId, RecipientId, STALE, held_back, is_old, renewal_due},
    store::{self, Alert, Recipient, SEALED, SEALED_RECIPIENTS},
    view::AlertView,
    wire::{AlertBody, NewAlert},
};
use crate::settings::{self, Contact, Standing};
use axum::response::Response;
use kernel::{
    App, Error, Result,
    auth::Caller,
    clock::Timestamp,
    crypto::DataKeys,
    db::Tx,
    http::{AnyPost, Begun, Created, Data, Reply},
};
use secrecy::ExposeSecret;
use std::{collections::HashSet, time::Duration};

const HOUR: Duration = Duration::from_hours(1);

/// Call for help
///
/// Mails all contacts who agreed, at once, and again for hours until each mail is delivered. While a call goes on, another one
/// is the same: its location and message take the place of those before, whoever agreed since is told at once, and the others
/// get another mail, a minute after the one before, later ones up to a quarter of an hour. From the fourth call of an hour on
/// mails wait as well; `mails_due_at` says until when. Without a contact who agreed nobody would be told, so the answer is a
/// 409 and not a call that looks as if help were on its way. What cannot be read of the body, or is too long, is left
/// out or cut, whatever its form and type, and `message` of the reply says so; an `Idempotency-Key` that is malformed, or was
/// used for something else, or for a call that is over, does not count: the call is made. Other requests never use up its rate limit. It
/// calls no police and no ambulance.
#[utoipa::path(
    post, path = "/api/women-safety/emergency-alert", tag = "women-safety", operation_id = "raise_emergency_alert",
    request_body(content = AlertBody, description = "Where and what, as far as there is time for it"),
    responses(
        (status = 200, description = "A call goes on, and has what is new", body = Data<AlertView>),
        (status = 201, description = "The mails are on their way", body = Data<AlertView>),
        (status = 409, description = "No contact has agreed to be told (`no_contacts`): call an emergency number, such as 112"),
    ),
    security(("bearer" = [])),
    extensions(
        ("x-rate-limit" = json!("emergency")),
        ("x-any-body" = json!(true)),
        ("x-max-body" = json!(65_536)),
        ("x-reaches" = json!("own")),
    ),
)]
pub(crate) async fn raise_emergency_alert(app: App, caller: Caller, post: AnyPost<AlertBody>) -> Result<Response> {
    let AnyPost { body, is_whole, post } = post;
    let new = NewAlert { is_all: is_whole, ..body.read() };
    let (mut begun, given) = match post.clone().begin(&app, caller).await {
        Err(Error::Replay(given)) => (post.without_key().begin(&app, caller).await?, Some(given)),
        begun => (begun?, None),
    };
    let tx = &mut begun.tx;
    let (sender, mut latest) = store::hold(tx, caller.id, 20).await?;
    let running = latest.first().is_some_and(|alert| alert.state == "active").then(|| latest.swap_remove(0));
    // A reply of a call that is over would tell nobody.
    if let (Some(given), Some(running)) = (given, &running)
        && id_of(&given.body) == Some(running.id)
    {
        return Err(Error::Replay(given));
    }
    let sender = sender.ok_or_else(no_contacts)?;
    let contacts = settings::contacts(&app.config.data_keys, caller.id, sender.emergency_contacts.as_deref())?;
    let (standing, known) = store::standing_amid(tx, caller.id, &contacts, running.as_ref().map(|a| a.id)).await?;
    let people = People { contacts, standing };
    if let Some(running) = running {
        return renew(&app, caller, begun, running, known, &people, &new).await;
    }
    let now = app.clock.now();
    let due = now.plus(held_back(latest.iter().filter(|alert| alert.created_at > now.minus(HOUR)).count()));
    let alert = alert(&app, caller, &new, due)?;
    let recipients =
        people.agreed().map(|contact| recipient(&app, caller, alert.id, contact)).collect::<Result<Vec<_>>>()?;
    if recipients.is_empty() {
        return Err(no_contacts());
    }
    let name = app.config.data_keys.seal(SEALED.place("sender_name", alert.id.0, caller.id.0), &sender.display_name)?;
    store::insert(tx, caller.id, &alert, name);
    store::add(tx, caller.id, &recipients);
    tell(tx, recipients.iter().map(|r| (r.id, 0)), due, now)?;
    tx.happened("emergency_alert_raised", alert.id)?;
    let view = AlertView::new(&app.config.data_keys, caller.id, &alert, &recipients, now)?;
    let told = if due > now { "Your contacts are told in some minutes, after your calls before" } else { TOLD };
    begun.commit(&Created::new(view, said(told, &new))).await
}

/// Which call a reply is about.
fn id_of(reply: &str) -> Option<AlertId> {
    let reply: serde_json::Value = serde_json::from_str(reply).ok()?;
    reply.get("data")?.get("id")?.as_str()?.parse().ok().map(AlertId)
}

/// Her contacts, and how each of them stands to her.
struct People {
    contacts: Vec<Contact>,
    standing: Standing,
}

impl People {
    fn agreed(&self) -> impl Iterator<Item = &Contact> {
        let agreed = |c: &&Contact| c.email.as_ref().is_some_and(|a| self.standing.of(a).state == "agreed");
        self.contacts.iter().filter(agreed)
    }

    fn hears(&self, recipient: &Recipient) -> bool {
        self.standing.hears(&self.contacts, recipient.consent_id)
    }
}

const TOLD: &str = "Your contacts are being told";

/// Takes what is new into a call that goes on.
async fn renew(
    app: &App,
    caller: Caller,
    mut begun: Begun,
    mut alert: Alert,
    mut recipients: Vec<Recipient>,
    people: &People,
    new: &NewAlert,
) -> Result<Response> {
    if !recipients.iter().any(|r| people.hears(r)) && people.agreed().next().is_none() {
        return Err(no_contacts());
    }
    let (now, tx, keys) = (app.clock.now(), &mut begun.tx, &app.config.data_keys);
    let is_news = [("location", &new.location, &mut alert.location), ("message", &new.message, &mut alert.message)]
        .into_iter()
        .try_fold(false, |is_news, (column, text, kept)| {
            let is_new = says(keys, caller, alert.id, column, text.as_ref(), kept)?;
            Ok::<_, Error>(is_news || is_new)
        })?;
    let (is_old, is_stale) = (is_old(now, alert.due()), now >= alert.due().plus(STALE));
    // A mail that still waits says what is new by itself. One that failed may arrive by now.
    let again = |r: &&mut Recipient| {
        is_stale || (r.was_told() && (is_news || is_old || (r.failed_at.is_some() && people.hears(r))))
    };
    let mut again: Vec<&mut Recipient> = recipients.iter_mut().filter(again).collect();
    let round = again.iter().map(|r| r.mail_round).max();
    let due = round.map(|round| renewal_due(now, alert.due(), round));
    alert.renewals += i64::from(is_news);
    if is_news || due.is_some() {
        alert.renewed_at = Some(now);
    }
    if let Some(due) = due {
        alert.mails_due_at = Some(due);
        for recipient in &mut again {
            recipient.begin_anew();
        }
        store::tell_anew(tx, again.iter().map(|r| r.id));
        tell(tx, again.iter().map(|r| (r.id, r.mail_round)), due, now)?;
    }
    let known: HashSet<_> = recipients.iter().map(|r| r.consent_id).collect();
    let added = people.agreed().filter(|c| c.email.as_ref().is_some_and(|a| !known.contains(&a.consent)));
    let added = added.map(|contact| recipient(app, caller, alert.id, contact)).collect::<Result<Vec<_>>>()?;
    store::renew(tx, &alert);
    store::add(tx, caller.id, &added);
    tell(tx, added.iter().map(|r| (r.id, 0)), now, now)?;
    recipients.extend(added);
    if alert.renewed_at == Some(now) {
        tx.happened("emergency_alert_renewed", alert.id)?;
    }
    let view = AlertView::new(keys, caller.id, &alert, &recipients, now)?;
    let told = match due {
        None if !is_news => "Your call goes on; your contacts were told",
        None => "Your call goes on; your contacts are told what is new",
        Some(due) if due > now => "Your call goes on; your contacts are told what is new in some minutes",
        Some(_) => "Your call goes on; your contacts are told again",
    };
    begun.commit(&Reply::new(view, said(told, new))).await
}

/// Puts what is said in the place of what was said before, if it is something else.
fn says(
    keys: &DataKeys,
    caller: Caller,
    id: AlertId,
    column: &'static str,
    text: Option<&String>,
    kept: &mut Option<Vec<u8>>,
) -> Result<bool> {
    let place = || SEALED.place(column, id.0, caller.id.0);
    let Some(text) = text else { return Ok(false) };
    let before = kept.as_ref().map(|sealed| keys.open(place(), sealed)).transpose()?;
    if before.is_some_and(|before| before.expose_secret() == text) {
        return Ok(false);
    }
    *kept = Some(keys.seal(place(), text)?);
    Ok(true)
}

/// Queues a mail to each of these.
fn tell(
    tx: &mut Tx,
    recipients: impl IntoIterator<Item = (RecipientId, i64)>,
    due: Timestamp,
    now: Timestamp,
) -> Result<()> {
    let wait = Duration::from_micros(u64::try_from(due.micros() - now.micros()).unwrap_or_default());
    for (recipient, round) in recipients {
        tx.enqueue_after(&SendAlert { recipient, round }, wait)?;
    }
    Ok(())
}

/// What the reply says; in its data stands what the mails have.
fn said(told: &str, new: &NewAlert) -> String {
    let lost = match new.is_whole {
        (true, true) if !new.is_all => "; not all of what was sent could be read",
        (true, true) => "",
        (false, true) => "; the location could not be read, or was cut",
        (true, false) => "; the message could not be read, or was cut",
        (false, false) => "; the location and the message could not be read, or were cut",
    };
    format!("{told}{lost}")
}

fn no_contacts() -> Error {
    Error::conflict(
        "no_contacts",
        "No contact of yours has agreed to be told, so nobody was: call the emergency number of the place (112 works in \
         most countries); numbers are at /api/women-safety/resources?category=emergency",
    )
}

fn alert(app: &App, caller: Caller, new: &NewAlert, due: Timestamp) -> Result<Alert> {
    let id = AlertId(app.new_uuid());
    let seal = |column: &'static str, text: &Option<String>| {
        let place = SEALED.place(column, id.0, caller.id.0);
        text.as_ref().map(|text| app.config.data_keys.seal(place, text)).transpose()
    };
    Ok(Alert {
        id,
        state: "active".to_owned(),
        location: seal("location", &new.location)?,
        message: seal("message", &new.message)?,
        created_at: app.clock.now(),
        ended_at: None,
        renewed_at: None,
        mails_due_at: Some(due),
        renewals: 0,
    })
}

/// As they are on the list at this moment: who was told is told the end of it, whatever happens to the list.
fn recipient(app: &App, caller: Caller, alert_id: AlertId, contact: &Contact) -> Result<Recipient> {
    let address = contact.email.as_ref().ok_or_else(|| Error::internal("a contact without an address agreed"))?;
    let id = RecipientId(app.new_uuid());
    let name = contact.name.as_ref().unwrap_or(&address.typed);
    let seal = |column, text: &str| app.config.data_keys.seal(SEALED_RECIPIENTS.place(column, id.0, caller.id.0), text);
    Ok(Recipient {
        id,
        alert_id,
        consent_id: address.consent,
        name: seal("name", name)?,
        address: seal("address", &address.typed)?,
        token_hash: settings::hash(&settings::token_of(app, ALERT, id.0)),
        begun_at: None,
        sent_at: None,
        acknowledged_at: None,
        mail_round: 0,
        is_seen: false,
        failed_at: None,
    })
}
