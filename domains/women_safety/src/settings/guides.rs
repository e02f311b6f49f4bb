//! What the guide of a booking gets of its traveller's settings. Whether it is the time for it, and whether the traveller wants
//! it, says `bookings::model`.

use super::{model::Address, store};
use kernel::{App, Result, auth::TravelerId, db::Session};
use secrecy::ExposeSecret;
use serde::Serialize;
use utoipa::ToSchema;

/// Whom to call for a traveller, and what to know. It has no `Debug`, so that it gets into no log.
#[derive(Serialize, ToSchema)]
pub(crate) struct EmergencyView {
    /// Those of her contacts who agreed to be one.
    contacts: Vec<CallView>,
    /// What she wrote of her health; null unless she shares it with guides.
    #[schema(example = "Allergic to penicillin")]
    medical_conditions: Option<String>,
}

/// Somebody to call.
#[derive(Serialize, ToSchema)]
pub(crate) struct CallView {
    /// What she calls them.
    #[schema(example = "Mira")]
    name: Option<String>,
    /// Their number.
    #[schema(example = "+919876543210")]
    phone: String,
}

/// What a guide gets of `traveler`: her contacts who agreed, but none who is hidden from the guide by a block, and her medical
/// text if she shares that. Nothing of addresses.
pub(crate) async fn for_guide(
    app: &App,
    db: &mut Session,
    traveler: TravelerId,
    guide: TravelerId,
) -> Result<EmergencyView> {
    let Some(stored) = store::find(db, traveler).await? else {
        return Ok(EmergencyView { contacts: Vec::new(), medical_conditions: None });
    };
    let keys = &app.config.data_keys;
    let listed = stored.contacts(keys, traveler)?;
    let (to_her, to_guide) =
        (store::standing(db, traveler, &listed).await?, store::standing(db, guide, &listed).await?);
    let may_be_called = |address: &Address| to_her.of(address).state == "agreed" && !to_guide.is_blocked(address);
    let contacts = listed.into_iter().filter(|contact| contact.email.as_ref().is_some_and(may_be_called));
    let sealed = stored.medical_conditions.filter(|_| stored.medical_shared_with_guides);
    let medical = store::open_text(keys, traveler, "medical_conditions", sealed.as_deref())?;
    Ok(EmergencyView {
        contacts: contacts.map(|contact| CallView { name: contact.name, phone: contact.phone }).collect(),
        medical_conditions: medical.map(|text| text.expose_secret().to_owned()),
    })
}
