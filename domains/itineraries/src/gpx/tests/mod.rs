//! What is refused, what is kept, what is cut and what is measured.

mod cuts;
mod faults;
mod hostile;
mod measures;

use super::{GpxFault, Route, read};

/// A line of two points around `inside`, in a plain file.
fn file(inside: &str) -> String {
    format!(
        r#"<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1">{inside}<trk><trkseg><trkpt lat="1" lon="2"/><trkpt lat="2" lon="2"/></trkseg></trk></gpx>"#
    )
}

/// A file of one segment with these points, each `(lat, lon, ele)`.
fn segment(points: &[(&str, &str, &str)]) -> String {
    let point =
        |(lat, lon, ele): &(&str, &str, &str)| format!(r#"<trkpt lat="{lat}" lon="{lon}"><ele>{ele}</ele></trkpt>"#);
    let points: Vec<_> = points.iter().map(point).collect();
    format!("<trkseg>{}</trkseg>", points.concat())
}

/// The route in a text that must be accepted.
fn accepted(text: &str) -> Route {
    read(text).unwrap_or_else(|fault| panic!("{fault:?}: {text}"))
}

/// The fault of a text that must be refused.
fn refused(text: &str) -> GpxFault {
    match read(text) {
        Ok(_) => panic!("accepted: {text}"),
        Err(fault) => fault,
    }
}
