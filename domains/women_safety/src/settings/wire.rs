//! What comes in and goes out.

use super::{
    model::{Contact, MOST_CONTACTS, phone},
    store::{Standing, Stored, open_text},
};
use accounts::Email;
use kernel::{
    Error, Faults, Result,
    auth::TravelerId,
    clock::Timestamp,
    crypto::DataKeys,
    http::{Field, Wire, field},
};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use utoipa::ToSchema;

/// What stands in the place of a medical text. Sent back, it leaves the text as it is.
pub(super) const MASK: &str = "***REDACTED***";

const LONGEST_TEXT: usize = 5_000;
const LONGEST_LINE: usize = 200;

/// What to change.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({
    "women_only_group_preference": true, "location_sharing_enabled": false,
    "emergency_contacts": [{"name": "Mira", "phone": "+91 98765 43210", "email": "mira@example.org"}],
    "medical_conditions": "Allergic to penicillin", "insurance_provider": "Travel Guard, policy 12"
}))]
pub(crate) struct SettingsBody {
    /// Whether groups are matched to her only when they are for women only.
    #[serde(default, deserialize_with = "field")]
    #[schema(value_type = Option<bool>, example = true)]
    women_only_group_preference: Field<bool>,
    /// Whether where she is may be shown to those with whom she travels. Nothing does that yet, so it changes nothing
    /// today; whatever will has to ask it each time. A call for help is not bound by it. `share_location` is the same.
    #[serde(default, deserialize_with = "field")]
    #[schema(value_type = Option<bool>, example = false)]
    location_sharing_enabled: Field<bool>,
    /// Whether a guide to whom she shows her emergency contacts around a booking gets the medical text as well.
    #[serde(default, deserialize_with = "field")]
    #[schema(value_type = Option<bool>, example = false)]
    medical_shared_with_guides: Field<bool>,
    /// At most five; they take the place of the old ones, and `[]` clears them. One without a word in it is left out. Those
    /// with an e-mail address are asked by mail whether they agree.
    #[serde(default, deserialize_with = "field")]
    #[schema(value_type = Option<Vec<ContactBody>>, example = json!([{"name": "Mira", "phone": "+91 98765 43210"}]))]
    emergency_contacts: Field<Vec<Option<ContactBody>>>,
    /// At most 5,000 characters, shown to nobody but her, unless `medical_shared_with_guides`. `***REDACTED***` leaves it as it is.
    #[serde(default, deserialize_with = "field")]
    #[schema(value_type = Option<String>, example = "Allergic to penicillin")]
    medical_conditions: Field<String>,
    /// At most 200 characters.
    #[serde(default, deserialize_with = "field")]
    #[schema(value_type = Option<String>, example = "Travel Guard, policy 12")]
    insurance_provider: Field<String>,
}

impl Wire for SettingsBody {
    const ALIASES: &'static [(&'static str, &'static str)] = &[("share_location", "location_sharing_enabled")];
}

/// A contact, or just a number.
#[derive(Deserialize, ToSchema)]
#[serde(untagged, expecting = "must be a number as text, or an object with name, phone and email as texts")]
#[schema(example = json!({"name": "Mira", "phone": "+91 98765 43210", "email": "mira@example.org"}))]
pub(crate) enum ContactBody {
    /// Their number.
    #[schema(example = "+91 98765 43210")]
    Phone(String),
    /// Who they are.
    Whole {
        /// What she calls them, at most 100 characters.
        #[schema(example = "Mira")]
        name: Option<String>,
        /// Their number, 3 to 15 digits.
        #[schema(value_type = String, example = "+91 98765 43210")]
        phone: Option<String>,
        /// Where they are asked whether they agree, and told when she calls for help.
        #[schema(example = "mira@example.org")]
        email: Option<String>,
    },
}

/// A contact whose fields were found right.
pub(super) struct NewContact {
    pub name: Option<String>,
    pub phone: String,
    pub email: Option<Email>,
}

/// The same fields, found right: what is `None` was not given.
pub(super) struct Changes {
    pub women_only_group_preference: Option<bool>,
    pub location_sharing_enabled: Option<bool>,
    pub medical_shared_with_guides: Option<bool>,
    pub emergency_contacts: Option<Vec<NewContact>>,
    pub medical_conditions: Field<String>,
    pub insurance_provider: Field<String>,
}

impl SettingsBody {
    pub(super) fn check(self) -> Result<Changes> {
        let mut faults = Faults::default();
        let mut flag = |name: &str, value: Field<bool>| {
            if value == Some(None) {
                faults.add(name, "cannot be null");
            }
            value.flatten()
        };
        let women_only_group_preference = flag("women_only_group_preference", self.women_only_group_preference);
        let location_sharing_enabled = flag("location_sharing_enabled", self.location_sharing_enabled);
        let medical_shared_with_guides = flag("medical_shared_with_guides", self.medical_shared_with_guides);
        let mut text = |name: &str, value: Field<String>, most: usize| {
            if value.as_ref().and_then(Option::as_ref).is_some_and(|t| t.chars().count() > most) {
                faults.add(name, format!("must have at most {most} characters"));
            }
            value.map(|v| v.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty()))
        };
        let medical_conditions = text("medical_conditions", self.medical_conditions, LONGEST_TEXT);
        let insurance_provider = text("insurance_provider", self.insurance_provider, LONGEST_LINE);
        let contacts = self.emergency_contacts.map(|list| list.unwrap_or_default().into_iter().flatten().collect());
        let emergency_contacts = contacts.map(|list| check_contacts(&mut faults, list));
        faults.result()?;
        Ok(Changes {
            women_only_group_preference,
            location_sharing_enabled,
            medical_shared_with_guides,
            emergency_contacts,
            medical_conditions: medical_conditions.filter(|t| t.as_deref() != Some(MASK)),
            insurance_provider,
        })
    }
}

const FIELD: &str = "emergency_contacts";

impl ContactBody {
    /// Whether it is a slot of a form that was left empty.
    fn is_blank(&self) -> bool {
        let is_blank = |text: &Option<String>| text.as_ref().is_none_or(|t| t.trim().is_empty());
        match self {
            Self::Phone(number) => number.trim().is_empty(),
            Self::Whole { name, phone, email } => [name, phone, email].into_iter().all(is_blank),
        }
    }
}

fn check_contacts(faults: &mut Faults, mut given: Vec<ContactBody>) -> Vec<NewContact> {
    given.retain(|contact| !contact.is_blank());
    if given.len() > MOST_CONTACTS {
        faults.add(FIELD, format!("must be at most {MOST_CONTACTS}"));
        return Vec::new();
    }
    let mut addresses = HashSet::new();
    let mut contacts = Vec::new();
    for contact in given {
        let (name, number, email) = match contact {
            ContactBody::Phone(number) => (None, Some(number), None),
            ContactBody::Whole { name, phone, email } => (name, phone, email),
        };
        let present = |text: Option<String>| text.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty());
        let name = present(name);
        if name.as_ref().is_some_and(|n| n.chars().count() > 100 || n.contains(char::is_control)) {
            faults.add(FIELD, "a name must have at most 100 characters");
        }
        let number = match present(number).map(|n| phone(&n)) {
            None => {
                faults.add(FIELD, "a phone is required");
                continue;
            }
            Some(Err(fault)) => {
                faults.add(FIELD, format!("a phone {fault}"));
                continue;
            }
            Some(Ok(number)) => number,
        };
        let email = match present(email).map(|e| Email::parse(&e)) {
            None => None,
            Some(Err(fault)) => {
                faults.add(FIELD, format!("an email {fault}"));
                continue;
            }
            Some(Ok(email)) => {
                if !addresses.insert(email.key.clone()) {
                    faults.add(FIELD, "an email must not stand there twice");
                }
                Some(email)
            }
        };
        contacts.push(NewContact { name, phone: number, email });
    }
    contacts
}

/// A contact as its owner sees it.
#[derive(Serialize, ToSchema)]
pub(crate) struct ContactView {
    /// What she calls them.
    #[schema(example = "Mira")]
    name: Option<String>,
    /// Their number.
    #[schema(example = "+919876543210")]
    phone: String,
    /// Where they are told.
    #[schema(example = "mira@example.org")]
    email: Option<String>,
    /// `none` without an address, `pending` until they answer, `agreed`, or `declined`.
    #[schema(example = "agreed")]
    consent: String,
    /// When they were asked by mail last.
    #[schema(example = "2026-11-23T09:30:00.000000Z")]
    asked_at: Option<Timestamp>,
}

/// The settings as their owner sees them.
#[derive(Serialize, ToSchema)]
pub(crate) struct SettingsView {
    /// Whether groups are matched to her only when they are for women only.
    #[schema(example = true)]
    women_only_group_preference: bool,
    /// Whether where she is may be shown to those with whom she travels; nothing does that yet.
    #[schema(example = false)]
    location_sharing_enabled: bool,
    /// Whether a guide to whom she shows her emergency contacts around a booking gets the medical text as well.
    #[schema(example = false)]
    medical_shared_with_guides: bool,
    /// Whom she wants to be told when she is in danger.
    emergency_contacts: Vec<ContactView>,
    /// `***REDACTED***` when there is a text; see `POST /api/women-safety/settings/medical`.
    #[schema(example = "***REDACTED***")]
    medical_conditions: Option<&'static str>,
    /// Her insurance.
    #[schema(example = "Travel Guard, policy 12")]
    insurance_provider: Option<String>,
    /// When it was changed last.
    #[schema(example = "2026-11-23T09:30:00.000000Z")]
    updated_at: Option<Timestamp>,
}

impl SettingsView {
    /// What somebody has who set nothing.
    pub(super) const fn nothing() -> Self {
        Self {
            women_only_group_preference: false,
            location_sharing_enabled: false,
            medical_shared_with_guides: false,
            emergency_contacts: Vec::new(),
            medical_conditions: None,
            insurance_provider: None,
            updated_at: None,
        }
    }

    pub(super) fn new(
        keys: &DataKeys,
        owner: TravelerId,
        stored: &Stored,
        contacts: Vec<Contact>,
        standing: &Standing,
    ) -> Result<Self, Error> {
        let insurance = open_text(keys, owner, "insurance_provider", stored.insurance_provider.as_deref())?;
        let shown = contacts.into_iter().map(|contact| {
            let said = contact.email.as_ref().map(|address| standing.of(address));
            ContactView {
                name: contact.name,
                phone: contact.phone,
                email: contact.email.map(|address| address.typed),
                consent: said.as_ref().map_or_else(|| "none".to_owned(), |s| s.state.clone()),
                asked_at: said.and_then(|s| s.mailed_at),
            }
        });
        Ok(Self {
            women_only_group_preference: stored.women_only_group_preference,
            location_sharing_enabled: stored.location_sharing_enabled,
            medical_shared_with_guides: stored.medical_shared_with_guides,
            emergency_contacts: shown.collect(),
            medical_conditions: stored.medical_conditions.as_ref().map(|_| MASK),
            insurance_provider: insurance.map(|text| text.expose_secret().to_owned()),
            updated_at: Some(stored.updated_at),
        })
    }
}

/// The medical text.
#[derive(Serialize, ToSchema)]
pub(crate) struct MedicalView {
    /// As she wrote it.
    #[schema(example = "Allergic to penicillin")]
    pub medical_conditions: Option<String>,
}
