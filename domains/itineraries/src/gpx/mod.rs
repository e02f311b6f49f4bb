//! Uploaded GPX tracks: checked, measured and freed of what could give a
//! person away.
//!
//! One streaming pass does all three, so a hostile file is refused at its first
//! fault and no tree is ever built. The `gpx` crate is not used: it refuses
//! files people really have (no `version`, an element it does not know, a
//! longitude of exactly 180) and brings a second XML parser along.

mod clean;
mod measure;
mod syntax;
mod vocabulary;

#[cfg(test)]
mod tests;

use clean::Cleaner;

/// Most bytes an uploaded file may have.
pub(crate) const MAX_BYTES: usize = 5 * 1024 * 1024;
/// Most points a file may have: track points, route points and waypoints together.
pub(crate) const MAX_POINTS: usize = 200_000;
/// Most elements open at once, the root included.
pub(crate) const MAX_DEPTH: usize = 32;

/// A route that passed every check, with its measures and the text to publish.
///
/// The line that is measured is all tracks, or all routes of a file in which no
/// track has two points: a recorded way and its plan must not count twice.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Route {
    /// The uploaded text without times, speeds, people, links, devices, comments
    /// and anything GPX does not define; every other byte is as it was
    /// uploaded, but the `creator`, where there is one, is always this service.
    pub gpx: String,
    /// Number of points of the line; waypoints are not on it.
    pub points: i64,
    /// Haversine length in metres, summed inside each segment or each route,
    /// never across the gap between two of them.
    pub length_m: f64,
    /// Metres climbed: every rise from a point with an elevation to the next
    /// point with one in the same segment, added up without smoothing.
    pub ascent_m: f64,
    /// The box around all points of the line.
    pub bounds: Bounds,
    /// The first point of the line.
    pub start: Position,
    /// The last point of the line.
    pub end: Position,
}

/// A place on the globe in WGS 84 degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Position {
    /// Latitude, -90 to 90.
    pub lat: f64,
    /// Longitude, -180 to 180.
    pub lon: f64,
}

/// The smallest and largest coordinates; a line over the antimeridian gives a
/// box around the globe, because plain minima and maxima are reported.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Bounds {
    /// Southernmost latitude.
    pub min_lat: f64,
    /// Smallest longitude.
    pub min_lon: f64,
    /// Northernmost latitude.
    pub max_lat: f64,
    /// Largest longitude.
    pub max_lon: f64,
}

/// Why a file was refused, as a sentence for the person who uploaded it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum GpxFault {
    /// More than [`MAX_BYTES`].
    #[error("The GPX file is larger than 5 MB; shorten the track or record fewer points.")]
    TooLarge,
    /// Not well-formed XML.
    #[error("The file is not readable as GPX near line {line}; export it again and upload it unedited.")]
    NotXml {
        /// Line at which reading stopped, counted from one.
        line: usize,
    },
    /// A document type declaration.
    #[error("The GPX file contains a DOCTYPE; remove it and upload the file again.")]
    HasDoctype,
    /// A reference to an entity XML does not predefine.
    #[error(
        "The GPX file uses an entity other than &amp;, &lt;, &gt;, &quot; and &apos;; \
         write the character itself instead."
    )]
    HasEntity,
    /// A declared encoding the text does not have.
    #[error("The GPX file says it is not in UTF-8; save it as UTF-8 and upload it again.")]
    NotUtf8,
    /// Elements nested deeper than [`MAX_DEPTH`].
    #[error("The GPX file nests more than 32 elements in each other; export it again as plain GPX.")]
    TooDeep,
    /// More than [`MAX_POINTS`].
    #[error("The GPX file has more than 200,000 points; simplify the track or split it.")]
    TooManyPoints,
    /// A root element other than `gpx`.
    #[error("The file is not a GPX file; export the track in the GPX format.")]
    NotGpx,
    /// A point without a usable latitude and longitude.
    #[error(
        "Point {point} of the GPX file needs a lat from -90 to 90 and a lon from -180 to 180; \
         correct or remove it."
    )]
    BadPosition {
        /// Which point of the file it is, counted from one.
        point: usize,
    },
    /// No track and no route with two points.
    #[error("The GPX file has no track; choose a file whose track or route has at least two points.")]
    NoTrack,
}

/// Checks and measures an uploaded file and prepares the text to publish.
pub(crate) fn read(text: &str) -> Result<Route, GpxFault> {
    if text.len() > MAX_BYTES {
        return Err(GpxFault::TooLarge);
    }
    let (gpx, lines) = Cleaner::new(text).run()?;
    lines.into_route(gpx).ok_or(GpxFault::NoTrack)
}
