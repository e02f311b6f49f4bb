//! What a badge is, and which rules hold for one. Pure.

use crate::model::ItineraryId;
use kernel::{Faults, Result, auth::TravelerId, clock::Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A badge as it is stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Badge {
    pub id: Uuid,
    pub itinerary_id: ItineraryId,
    pub awarded_by: Option<TravelerId>,
    pub kind: String,
    pub points: i64,
    pub rationale: Option<String>,
    pub custom_name: Option<String>,
    pub custom_image: Option<String>,
    pub created_at: Timestamp,
}

/// What an administrator wants to award, checked.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NewBadge {
    pub kind: &'static str,
    pub points: i64,
    pub rationale: Option<String>,
    pub custom_name: Option<String>,
    pub custom_image: Option<String>,
}

/// The kinds whose points are fixed.
const KINDS: [(&str, i64); 5] = [("stone", 5), ("silver", 10), ("gold", 15), ("platinum", 20), ("demerit", -10)];

/// Everything an administrator may say about a badge.
#[derive(Debug, Default)]
pub(super) struct Wish {
    pub kind: Option<String>,
    pub points: Option<i64>,
    pub rationale: Option<String>,
    pub custom_name: Option<String>,
    pub custom_image: Option<String>,
}

impl Badge {
    /// Takes over what was checked.
    pub(super) fn become_new(&mut self, new: NewBadge) {
        new.kind.clone_into(&mut self.kind);
        (self.points, self.rationale) = (new.points, new.rationale);
        (self.custom_name, self.custom_image) = (new.custom_name, new.custom_image);
    }

    /// What an administrator wants it to be who says only what shall change.
    pub(super) fn changed(self, wish: Wish) -> Wish {
        let is_custom = self.kind == "custom";
        Wish {
            kind: wish.kind.or(Some(self.kind)),
            points: wish.points.or_else(|| is_custom.then_some(self.points)),
            rationale: wish.rationale.or(self.rationale),
            custom_name: wish.custom_name.or(self.custom_name),
            custom_image: wish.custom_image.or(self.custom_image),
        }
    }
}

impl Wish {
    /// Whether its kind is one, if it names any.
    pub(super) fn names_a_kind(&self) -> bool {
        let is = |name: &str| name == "custom" || KINDS.iter().any(|(kind, _)| *kind == name);
        self.kind.as_deref().is_none_or(is)
    }

    /// The points of a kind are fixed; a custom badge brings its name, and its points if it has any.
    pub(super) fn check(self, faults: &mut Faults) -> Result<NewBadge> {
        let text = |t: Option<String>| t.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty());
        let name = self.kind.unwrap_or_default();
        let kind = KINDS.into_iter().chain([("custom", 0)]).find(|(kind, _)| *kind == name);
        if kind.is_none() {
            faults.add("badge_type", "must be stone, silver, gold, platinum, demerit or custom");
        }
        let rationale = text(self.rationale);
        if rationale.as_ref().is_some_and(|r| r.chars().count() > 2000) {
            faults.add("rationale", "must have at most 2000 characters");
        }
        let (mut points, mut custom_name, mut custom_image) = (kind.map_or(0, |k| k.1), None, None);
        if name == "custom" {
            points = self.points.unwrap_or(0);
            (custom_name, custom_image) = (text(self.custom_name), text(self.custom_image));
            if !(-100..=100).contains(&points) {
                faults.add("points", "must be from -100 to 100");
            }
            if !custom_name.as_ref().is_some_and(|n| n.chars().count() <= 100 && !n.contains(char::is_control)) {
                faults.add("custom_name", "must be one line of 1 to 100 characters");
            }
        }
        std::mem::take(faults).result()?;
        Ok(NewBadge { kind: kind.map_or("custom", |k| k.0), points, rationale, custom_name, custom_image })
    }
}

/// A badge of a trip.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Badge)]
pub(crate) struct BadgeView<'a> {
    /// Which badge.
    #[schema(example = "01a3b1c2-7a00-7000-8000-0000000000b1")]
    id: Uuid,
    /// The trip.
    project_id: ItineraryId,
    /// The administrator who awarded it; null when their account is gone.
    validator_id: Option<TravelerId>,
    /// `stone`, `silver`, `gold`, `platinum`, `demerit` or `custom`.
    #[schema(value_type = String, example = "gold")]
    badge_type: &'a str,
    /// What it is worth: 5, 10, 15, 20 and -10 in the order of the kinds; a custom one has its own.
    #[schema(example = 15)]
    points: i64,
    /// Why it was awarded.
    #[schema(value_type = Option<String>, example = "Every step can be followed")]
    rationale: Option<&'a str>,
    /// Not kept; always false.
    #[schema(example = false)]
    is_featured: bool,
    /// The name of a custom badge.
    #[schema(value_type = Option<String>, example = json!(null))]
    custom_badge_name: Option<&'a str>,
    /// The picture of a custom badge.
    #[schema(value_type = Option<String>, example = json!(null))]
    custom_badge_image_url: Option<&'a str>,
    /// When it was awarded.
    created_at: Timestamp,
    /// The same as `created_at`.
    awarded_at: Timestamp,
}

impl<'a> BadgeView<'a> {
    pub(crate) fn new(badge: &'a Badge) -> Self {
        Self {
            id: badge.id,
            project_id: badge.itinerary_id,
            validator_id: badge.awarded_by,
            badge_type: &badge.kind,
            points: badge.points,
            rationale: badge.rationale.as_deref(),
            is_featured: false,
            custom_badge_name: badge.custom_name.as_deref(),
            custom_badge_image_url: badge.custom_image.as_deref(),
            created_at: badge.created_at,
            awarded_at: badge.created_at,
        }
    }
}

/// Who awarded a badge.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Validator<'a> {
    /// Who.
    id: TravelerId,
    /// Their name in addresses.
    #[schema(value_type = String, example = "captain")]
    username: &'a str,
}

impl<'a> Validator<'a> {
    pub(super) fn new(id: Option<TravelerId>, username: Option<&'a str>) -> Option<Self> {
        id.zip(username).map(|(id, username)| Self { id, username })
    }
}

/// A badge of a trip with who awarded it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GivenBadge<'a> {
    #[serde(flatten)]
    pub badge: BadgeView<'a>,
    /// The administrator who awarded it; null when their account is gone, or hidden from the reader.
    #[schema(inline)]
    pub validator: Option<Validator<'a>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(wish: Wish) -> Result<NewBadge> {
        wish.check(&mut Faults::default())
    }

    #[test]
    fn the_points_of_a_kind_are_fixed() {
        for (kind, points) in KINDS {
            let wish = Wish { kind: Some(kind.into()), points: Some(99), ..Wish::default() };
            let badge = check(wish).unwrap();
            assert_eq!((badge.kind, badge.points, badge.custom_name), (kind, points, None));
        }
        let custom = |points, name: &str| Wish {
            kind: Some("custom".into()),
            points,
            custom_name: Some(name.into()),
            ..Wish::default()
        };
        assert_eq!(check(custom(Some(42), " Pathfinder ")).unwrap().custom_name.unwrap(), "Pathfinder");
        assert_eq!(check(custom(None, "Pathfinder")).unwrap().points, 0);
        for bad in [custom(Some(101), "x"), custom(Some(1), " "), custom(Some(1), "a\nb"), Wish::default()] {
            assert!(check(bad).is_err());
        }
    }
}
