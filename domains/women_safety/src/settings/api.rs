//! The addresses of settings.

use super::{
    jobs::SendContactRequest,
    model::{Address, Contact},
    store::{self, Standing, Stored},
    wire::{Changes, MedicalView, NewContact, SettingsBody, SettingsView},
};
use accounts::{OwnerProof, prove_owner};
use kernel::{
    App, Error, Result,
    auth::Caller,
    db::Tx,
    http::{Body, Data, Reply},
};
use secrecy::ExposeSecret;
use std::time::Duration;

/// One's own safety settings
///
/// Nobody else can read them. Of the medical text only whether there is one; see
/// `POST /api/women-safety/settings/medical`.
#[utoipa::path(
    get, path = "/api/women-safety/settings", tag = "women-safety", operation_id = "get_women_safety_settings",
    responses((status = 200, description = "The caller's settings", body = Data<SettingsView>)),
    security(("bearer" = [])),
)]
pub(crate) async fn get_women_safety_settings(app: App, caller: Caller) -> Result<Reply<Data<SettingsView>>> {
    let keys = &app.config.data_keys;
    let mut db = app.db.read().await?;
    let Some(stored) = store::find(&mut db, caller.id).await? else {
        return Ok(Reply::new(SettingsView::nothing(), "Success"));
    };
    let contacts = stored.contacts(keys, caller.id)?;
    let standing = store::standing(&mut db, caller.id, &contacts).await?;
    Ok(Reply::new(SettingsView::new(keys, caller.id, &stored, contacts, &standing)?, "Success"))
}

/// Change one's own safety settings
///
/// Changes the fields that are given. A list of contacts takes the place of the old one; whoever was on it with the same
/// e-mail address keeps their answer, the others are asked by mail, at most three times a day an address and ten a day in
/// all. Sending the list again asks those who have not answered again, once a day.
#[utoipa::path(
    put, path = "/api/women-safety/settings", tag = "women-safety", operation_id = "update_women_safety_settings",
    request_body(content = SettingsBody, description = "What to change"),
    responses((status = 200, description = "The settings as they are now", body = Data<SettingsView>)),
    security(("bearer" = [])),
    extensions(("x-rate-limit" = json!("safety")), ("x-reaches" = json!("own"))),
)]
pub(crate) async fn update_women_safety_settings(
    app: App,
    caller: Caller,
    Body(body): Body<SettingsBody>,
) -> Result<Reply<Data<SettingsView>>> {
    let changes = body.check()?;
    let keys = &app.config.data_keys;
    let mut tx = app.db.write().await?;
    let mut stored = store::hold(&mut tx, caller.id, app.clock.now()).await?;
    let mut contacts = stored.contacts(keys, caller.id)?;
    let Changes { emergency_contacts, medical_conditions, insurance_provider, .. } = changes;
    stored.women_only_group_preference =
        changes.women_only_group_preference.unwrap_or(stored.women_only_group_preference);
    stored.location_sharing_enabled = changes.location_sharing_enabled.unwrap_or(stored.location_sharing_enabled);
    stored.medical_shared_with_guides = changes.medical_shared_with_guides.unwrap_or(stored.medical_shared_with_guides);
    if let Some(text) = medical_conditions {
        stored.medical_conditions = store::seal(keys, caller.id, "medical_conditions", text.as_deref())?;
    }
    if let Some(text) = insurance_provider {
        stored.insurance_provider = store::seal(keys, caller.id, "insurance_provider", text.as_deref())?;
    }
    let is_new_list = emergency_contacts.is_some();
    if let Some(list) = emergency_contacts {
        contacts = replace(&app, &mut tx, caller, &contacts, list).await?;
        stored.set_contacts(keys, caller.id, &contacts)?;
        store::end_others(&mut tx, caller.id, contacts.iter().filter_map(|c| Some(c.email.as_ref()?.consent)));
    }
    let standing = store::standing(&mut tx, caller.id, &contacts).await?;
    if is_new_list {
        ask(&app, &mut tx, &contacts, &standing)?;
    }
    store::write(&mut tx, caller.id, &stored);
    tx.commit().await?;
    let view = SettingsView::new(keys, caller.id, &stored, contacts, &standing)?;
    Ok(Reply::new(view, "Women safety settings updated"))
}

/// The new list, in which whoever was on the old one with the same address keeps their answer.
async fn replace(
    app: &App,
    tx: &mut Tx,
    caller: Caller,
    old: &[Contact],
    new: Vec<NewContact>,
) -> Result<Vec<Contact>> {
    let kept = |key: &str| old.iter().filter_map(|c| c.email.as_ref()).find(|a| a.key == key).map(|a| a.consent);
    let hash = |key: &str| store::address_hash(app, key);
    let unknown = new.iter().filter_map(|c| c.email.as_ref()).filter(|e| kept(&e.key).is_none());
    let unknown: Vec<Vec<u8>> = unknown.map(|e| hash(&e.key)).collect();
    let made = if unknown.is_empty() {
        std::collections::HashMap::default()
    } else {
        store::consents_for(app, tx, caller.id, unknown).await?
    };
    new.into_iter()
        .map(|contact| {
            let email = contact.email.map(|email| {
                let consent = kept(&email.key).or_else(|| made.get(&hash(&email.key)).copied());
                let consent = consent.ok_or_else(|| Error::internal("a contact without a consent"))?;
                Ok::<_, Error>(Address { typed: email.typed, key: email.key, consent })
            });
            Ok(Contact { name: contact.name, phone: contact.phone, email: email.transpose()? })
        })
        .collect()
}

/// Whoever has not answered is asked at most once in this time.
pub(super) const ASK_AGAIN: Duration = Duration::from_hours(24);

/// Queues a mail for everybody who has not answered, and was not asked lately.
fn ask(app: &App, tx: &mut Tx, contacts: &[Contact], standing: &Standing) -> Result<()> {
    let now = app.clock.now();
    for address in contacts.iter().filter_map(|c| c.email.as_ref()) {
        let said = standing.of(address);
        if said.state == "pending" && said.mailed_at.is_none_or(|at| now >= at.plus(ASK_AGAIN)) {
            tx.enqueue(&SendContactRequest { consent: address.consent })?;
        }
    }
    Ok(())
}

/// One's own medical text
///
/// Takes the password, or a code mailed to the account's address, so that whoever holds the device does not read it.
#[utoipa::path(
    post, path = "/api/women-safety/settings/medical", tag = "women-safety", operation_id = "show_medical_conditions",
    request_body(content = OwnerProof, description = "The password or a mailed code"),
    responses(
        (status = 200, description = "The text as it was written", body = Data<MedicalView>),
        (status = 403, description = "The password or the code is wrong (`wrong_password`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-rate-limit" = json!("login")), ("x-reaches" = json!("own"))),
)]
pub(crate) async fn show_medical_conditions(
    app: App,
    caller: Caller,
    Body(proof): Body<OwnerProof>,
) -> Result<Reply<Data<MedicalView>>> {
    let mut tx = prove_owner(&app, caller, proof).await?;
    let stored: Option<Stored> = store::find(&mut tx, caller.id).await?;
    tx.commit().await?;
    let sealed = stored.and_then(|s| s.medical_conditions);
    let text = store::open_text(&app.config.data_keys, caller.id, "medical_conditions", sealed.as_deref())?;
    Ok(Reply::new(MedicalView { medical_conditions: text.map(|t| t.expose_secret().to_owned()) }, "Success"))
}
