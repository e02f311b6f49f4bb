//! Which elements and attributes of GPX 1.0 and 1.1 are published.
//!
//! The lists name what stays, so an element or attribute that no version of
//! GPX defines (heart rate, device, owner) goes, with or without a prefix. A
//! file that is valid GPX has such elements only in other namespaces.

use quick_xml::name::{NamespaceResolver, Prefix, QName, ResolveResult};

const SCHEMA_INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// What an open element means for the checks and measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Element {
    /// `trk` and `rte`.
    Line(Kind),
    /// `trkseg`: a part of a line that touches no other part.
    Segment,
    /// `trkpt` and `rtept`.
    LinePoint(Kind),
    /// `wpt`.
    Waypoint,
    /// `ele`.
    Elevation,
    /// Any other element that is published, the root included.
    Other,
}

/// Where a line comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Recorded on the way.
    Track,
    /// Planned beforehand.
    Route,
}

/// What becomes of an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It stays as it is.
    Keep,
    /// Its value becomes the name of this service.
    Rename,
    /// It goes.
    Cut,
}

/// The published element with this local name; none means the element goes
/// with all it contains.
///
/// Missing on purpose: `author`, `copyright`, `email`, `link`, `url` and
/// `urlname`, because the address of an activity leads to its owner; `src`, the
/// device; `time`, `speed` and `course`, which give away when and how long a
/// person was out; `extensions`, which may hold all of these.
pub(super) fn element(local: &str) -> Option<Element> {
    match local {
        "trk" => Some(Element::Line(Kind::Track)),
        "rte" => Some(Element::Line(Kind::Route)),
        "trkseg" => Some(Element::Segment),
        "trkpt" => Some(Element::LinePoint(Kind::Track)),
        "rtept" => Some(Element::LinePoint(Kind::Route)),
        "wpt" => Some(Element::Waypoint),
        "ele" => Some(Element::Elevation),
        "ageofdgpsdata" | "bounds" | "cmt" | "desc" | "dgpsid" | "fix" | "geoidheight" | "hdop" | "keywords"
        | "magvar" | "metadata" | "name" | "number" | "pdop" | "sat" | "sym" | "type" | "vdop" => Some(Element::Other),
        _ => None,
    }
}

/// What becomes of the attribute with this name on a published element.
pub(super) fn attribute(name: &str, names: &NamespaceResolver) -> Fate {
    let name = QName(name);
    match (name.prefix(), name.as_ref()) {
        (None, "creator") => Fate::Rename,
        (None, "lat" | "lon" | "maxlat" | "maxlon" | "minlat" | "minlon" | "version" | "xmlns") => Fate::Keep,
        (Some(prefix), _) if is_xml_own(prefix, name, names) => Fate::Keep,
        _ => Fate::Cut,
    }
}

/// Whether an attribute belongs to XML itself or to its schema language.
fn is_xml_own(prefix: Prefix<'_>, name: QName<'_>, names: &NamespaceResolver) -> bool {
    prefix.is_xml()
        || prefix.is_xmlns()
        || matches!(
            names.resolve_attribute(name).0,
            ResolveResult::Bound(namespace) if namespace.as_ref() == SCHEMA_INSTANCE
        )
}
