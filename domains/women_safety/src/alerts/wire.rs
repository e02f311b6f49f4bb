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
    /// Where she is: in words, as `{latitude, longitude}`, as the position of a browser, as a pair of numbers, or as anything
    /// else, which is kept as text; 500 characters. It is mailed to the contacts whatever `location_sharing_enabled` says.
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
        let (location, has_location) = kept(self.location, 500, place);
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

const LATITUDE: &[&str] = &["latitude", "lat"];
const LONGITUDE: &[&str] = &["longitude", "lng", "lon"];

/// What a device says besides its degrees: of no use in a mail.
const OF_DEVICES: &[&str] = &["accuracy", "altitude", "altitudeAccuracy", "heading", "speed", "timestamp"];

/// A place that is not just words: whatever stands in it, and its degrees as they are typed into a map.
fn place(value: &Value) -> Option<String> {
    match value {
        Value::Object(fields) => {
            // A browser puts them one level deeper.
            let inner = fields.get("coords").and_then(Value::as_object);
            let outer = fields.iter().filter(|(name, _)| inner.is_none() || *name != "coords");
            let all: Vec<(&str, &Value)> =
                outer.chain(inner.into_iter().flatten()).map(|(name, value)| (name.as_str(), value)).collect();
            let named = |names: &[&str]| all.iter().find(|(name, _)| names.contains(name)).map(|(_, value)| *value);
            let degrees = named(LATITUDE).zip(named(LONGITUDE)).and_then(|(lat, long)| pair(lat, long, 90.0));
            let is_said = |name: &str| degrees.is_some() && (LATITUDE.contains(&name) || LONGITUDE.contains(&name));
            let more = all.iter().filter(|(name, _)| !OF_DEVICES.contains(name) && !is_said(name));
            let more = more.filter_map(|(name, value)| Some(format!("{name}: {}", text(value)?)));
            let said: Vec<String> = more.chain(degrees.clone()).collect();
            Some(said.join("; ")).filter(|text| !text.is_empty())
        }
        Value::Array(list) => match list.as_slice() {
            [one, other] => pair(one, other, 180.0).or_else(|| text(value)),
            _ => text(value),
        },
        other => text(other),
    }
}

/// Two degrees, as numbers or as text that is one; the first at most `most`.
fn pair(one: &Value, other: &Value, most: f64) -> Option<String> {
    let degree = |value: &Value, most: f64| {
        let degree = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())?;
        (-most..=most).contains(&degree).then_some(degree)
    };
    Some(format!("{}, {}", degree(one, most)?, degree(other, 180.0)?))
}

/// Anything as text; `None` when there is nothing in it.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Array(list) if list.is_empty() => None,
        Value::Object(fields) if fields.is_empty() => None,
        other => Some(other.to_string()),
    }
}

/// A body that has nothing to say.
#[derive(Debug, Deserialize)]
pub(crate) struct Nothing {}

impl Wire for Nothing {}
