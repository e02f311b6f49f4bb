//! What comes in. A call for help is never refused for its form: what cannot be read is left out, what is too long is cut,
//! and the reply says so.

use kernel::http::Wire;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

/// A call for help. Both fields may be left out.
#[derive(Default, Deserialize, ToSchema)]
#[schema(example = json!({"location": "Gate 3, Old Delhi railway station", "message": "Somebody follows me"}))]
pub(crate) struct AlertBody {
    /// Where she is: in words, of which 500 characters are kept, or as `{latitude, longitude}`. It is mailed to the contacts
    /// whatever `location_sharing_enabled` says. What is neither is left out.
    #[schema(value_type = Option<String>, example = "Gate 3, Old Delhi railway station")]
    location: Option<Value>,
    /// What happens; 2,000 characters are kept.
    #[schema(value_type = Option<String>, example = "Somebody follows me")]
    message: Option<Value>,
}

impl Wire for AlertBody {}

/// The same, as far as it can be sent.
pub(super) struct NewAlert {
    pub location: Option<String>,
    pub message: Option<String>,
    /// Whether all of the location is in it, and all of the message.
    pub is_whole: (bool, bool),
    /// Whether all of the body could be read.
    pub is_all: bool,
}

impl AlertBody {
    pub(super) fn read(self) -> NewAlert {
        let (location, has_location) = kept(self.location, 500, degrees);
        let (message, has_message) = kept(self.message, 2_000, |_| None);
        NewAlert { location, message, is_whole: (has_location, has_message), is_all: true }
    }
}

/// What is kept of a value, at most so many characters, and whether that is all of it.
fn kept(value: Option<Value>, most: usize, other: fn(&Value) -> Option<String>) -> (Option<String>, bool) {
    let Some(value) = value.filter(|value| !value.is_null()) else { return (None, true) };
    let Some(text) = value.as_str().map(|text| text.trim().to_owned()).or_else(|| other(&value)) else {
        return (None, false);
    };
    let is_whole = text.chars().count() <= most;
    (Some(text.chars().take(most).collect::<String>()).filter(|text| !text.is_empty()), is_whole)
}

/// A place in degrees, as numbers or as text that is one.
fn degrees(place: &Value) -> Option<String> {
    let degree = |names: &[&str], most: f64| {
        let value = names.iter().find_map(|name| place.get(name))?;
        let degree = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())?;
        (-most..=most).contains(&degree).then_some(degree)
    };
    let (latitude, longitude) = (degree(&["latitude", "lat"], 90.0)?, degree(&["longitude", "lng", "lon"], 180.0)?);
    Some(format!("{latitude}, {longitude}"))
}

/// A body that has nothing to say.
#[derive(Debug, Deserialize)]
pub(crate) struct Nothing {}

impl Wire for Nothing {}
