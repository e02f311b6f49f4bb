//! What comes in.

use kernel::{Faults, Result, http::Wire};
use serde::Deserialize;
use utoipa::ToSchema;

/// A call for help. Both fields may be left out.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({"location": "Gate 3, Old Delhi railway station", "message": "Somebody follows me"}))]
pub(crate) struct AlertBody {
    /// Where she is: in words, at most 500 characters, or as `{latitude, longitude}`. It is mailed to the contacts whatever
    /// `location_sharing_enabled` says.
    #[schema(value_type = Option<String>, example = "Gate 3, Old Delhi railway station")]
    location: Option<LocationBody>,
    /// What happens, at most 2,000 characters.
    #[schema(example = "Somebody follows me")]
    message: Option<String>,
}

impl Wire for AlertBody {}

/// A place in words or in degrees.
#[derive(Deserialize)]
#[serde(untagged)]
enum LocationBody {
    Words(String),
    Degrees {
        #[serde(alias = "lat")]
        latitude: f64,
        #[serde(alias = "lng", alias = "lon")]
        longitude: f64,
    },
}

/// The same, found right.
pub(super) struct NewAlert {
    pub location: Option<String>,
    pub message: Option<String>,
}

impl AlertBody {
    pub(super) fn check(self) -> Result<NewAlert> {
        let mut faults = Faults::default();
        let location = self.location.and_then(|location| match location {
            LocationBody::Words(words) => text(&mut faults, "location", &words, 500),
            LocationBody::Degrees { latitude, longitude } => {
                if !(-90.0..=90.0).contains(&latitude) || !(-180.0..=180.0).contains(&longitude) {
                    faults.add("location", "must have a latitude and a longitude in degrees");
                }
                Some(format!("{latitude}, {longitude}"))
            }
        });
        let message = self.message.and_then(|message| text(&mut faults, "message", &message, 2_000));
        faults.result()?;
        Ok(NewAlert { location, message })
    }
}

fn text(faults: &mut Faults, field: &str, text: &str, most: usize) -> Option<String> {
    let text = text.trim();
    if text.chars().count() > most {
        faults.add(field, format!("must have at most {most} characters"));
    }
    (!text.is_empty()).then(|| text.to_owned())
}

/// A body that has nothing to say.
#[derive(Debug, Deserialize)]
pub(crate) struct Nothing {}

impl Wire for Nothing {}
