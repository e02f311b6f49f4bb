//! Length, ascent and extent of a line, summed point by point.

use std::f64::consts::PI;

use geo::{Distance, Haversine, Point};

use super::vocabulary::Kind;
use super::{Bounds, Position, Route};

/// Elevations a point on land can have; others are a sensor's noise.
const ELEVATIONS: std::ops::RangeInclusive<f64> = -500.0..=9000.0;

/// The running measures of a file, those of tracks apart from those of routes:
/// many a file holds the same way as planned and as recorded.
#[derive(Debug, Default)]
pub(super) struct Lines {
    tracks: Line,
    routes: Line,
}

/// The running measures of all lines of one kind.
#[derive(Debug, Default)]
pub(super) struct Line {
    points: i64,
    /// Points since the latest track or route began.
    latest_points: usize,
    /// Whether one track or route has two points.
    is_drawn: bool,
    length_m: f64,
    ascent_m: f64,
    extent: Option<Extent>,
    previous: Option<Position>,
    elevation: Option<f64>,
    elevation_known: bool,
}

/// Where the line begins, ends and reaches.
#[derive(Debug)]
struct Extent {
    bounds: Bounds,
    start: Position,
    end: Position,
}

impl Lines {
    /// The measures that a line of this kind adds to.
    pub(super) fn of(&mut self, kind: Kind) -> &mut Line {
        match kind {
            Kind::Track => &mut self.tracks,
            Kind::Route => &mut self.routes,
        }
    }

    /// The finished route: the tracks, or the routes when no track has two
    /// points, or none.
    pub(super) fn into_route(self, gpx: String) -> Option<Route> {
        let line = if self.tracks.is_drawn { self.tracks } else { self.routes };
        line.into_route(gpx)
    }
}

impl Line {
    /// Makes the next point the first of its track or route.
    pub(super) fn break_line(&mut self) {
        self.break_segment();
        self.latest_points = 0;
    }

    /// Makes the next point the first of its segment.
    pub(super) fn break_segment(&mut self) {
        self.previous = None;
        self.elevation = None;
    }

    /// Adds a point whose coordinates are in range.
    pub(super) fn add_point(&mut self, position: Position) {
        if let Some(previous) = self.previous.replace(position) {
            self.length_m += distance_m(previous, position);
        }
        match &mut self.extent {
            Some(extent) => extent.include(position),
            None => self.extent = Some(Extent::around(position)),
        }
        self.points += 1;
        self.latest_points += 1;
        self.is_drawn |= self.latest_points >= 2;
        self.elevation_known = false;
    }

    /// Takes the text of an `ele` as the elevation of the last point; a value
    /// out of range and a second `ele` are ignored.
    pub(super) fn add_elevation(&mut self, text: &str) {
        let metres = text.trim().parse().ok();
        let Some(metres) = metres.filter(|metres| ELEVATIONS.contains(metres)) else {
            return;
        };
        if std::mem::replace(&mut self.elevation_known, true) {
            return;
        }
        if let Some(previous) = self.elevation.replace(metres) {
            self.ascent_m += (metres - previous).max(0.0);
        }
    }

    fn into_route(self, gpx: String) -> Option<Route> {
        let extent = self.extent.filter(|_| self.is_drawn)?;
        Some(Route {
            gpx,
            points: self.points,
            length_m: self.length_m,
            ascent_m: self.ascent_m,
            bounds: extent.bounds,
            start: extent.start,
            end: extent.end,
        })
    }
}

impl Extent {
    fn around(position: Position) -> Self {
        let Position { lat, lon } = position;
        Self {
            bounds: Bounds { min_lat: lat, min_lon: lon, max_lat: lat, max_lon: lon },
            start: position,
            end: position,
        }
    }

    fn include(&mut self, position: Position) {
        let bounds = &mut self.bounds;
        bounds.min_lat = bounds.min_lat.min(position.lat);
        bounds.min_lon = bounds.min_lon.min(position.lon);
        bounds.max_lat = bounds.max_lat.max(position.lat);
        bounds.max_lon = bounds.max_lon.max(position.lon);
        self.end = position;
    }
}

/// Great-circle distance in metres, finite for every pair of places.
pub(super) fn distance_m(from: Position, to: Position) -> f64 {
    let metres = Haversine.distance(Point::new(from.lon, from.lat), Point::new(to.lon, to.lat));
    if metres.is_finite() {
        metres
    } else {
        // For places opposite each other the formula takes the arcsine of about
        // one, and nothing in it keeps rounding from going beyond.
        PI * Haversine.radius()
    }
}
