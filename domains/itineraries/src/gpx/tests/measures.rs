//! Length, ascent, box and ends.

use super::super::measure::distance_m;
use super::super::{Bounds, Position, Route};
use super::{accepted, segment};

const DEGREE_M: f64 = 111_195.08;

fn is_near(value: f64, expected: f64) -> bool {
    (value - expected).abs() < 0.1
}

/// A route without its text, for comparing what was measured.
fn measures(route: Route) -> Route {
    let gpx = String::new();
    Route { gpx, ..route }
}

fn track(segments: &[String]) -> String {
    format!("<gpx><trk>{}</trk></gpx>", segments.concat())
}

#[test]
fn a_degree_of_latitude_has_its_known_length() {
    let route = accepted(&track(&[segment(&[("47", "8", ""), ("48", "8", "")])]));
    assert!(is_near(route.length_m, DEGREE_M), "{}", route.length_m);
    assert_eq!(route.points, 2);
    assert!(is_near(route.ascent_m, 0.0));
}

#[test]
fn gaps_between_segments_are_not_walked() {
    let first = segment(&[("0", "0", "0"), ("1", "0", "10")]);
    let second = segment(&[("50", "0", "500"), ("51", "0", "495")]);
    let one_track = track(&[first.clone(), second.clone()]);
    let two_tracks = format!("<gpx><trk>{first}</trk><trk>{second}</trk></gpx>");
    for text in [one_track, two_tracks] {
        let route = accepted(&text);
        assert!(is_near(route.length_m, 2.0 * DEGREE_M), "{}", route.length_m);
        assert!(is_near(route.ascent_m, 10.0));
        assert_eq!(route.points, 4);
        assert_eq!(route.start, Position { lat: 0.0, lon: 0.0 });
        assert_eq!(route.end, Position { lat: 51.0, lon: 0.0 });
    }
}

#[test]
fn a_route_counts_as_a_track() {
    let text = "<gpx><wpt lat='80' lon='80'><ele>5000</ele></wpt><rte>\
        <rtept lat='1' lon='-3'><ele>1</ele></rtept><rtept lat='2' lon='-3'><ele>4</ele></rtept>\
        </rte></gpx>";
    let route = accepted(text);
    assert!(is_near(route.length_m, DEGREE_M));
    assert!(is_near(route.ascent_m, 3.0));
    assert_eq!(route.points, 2);
    let bounds = Bounds { min_lat: 1.0, min_lon: -3.0, max_lat: 2.0, max_lon: -3.0 };
    assert_eq!(route.bounds, bounds);
}

#[test]
fn a_plan_beside_a_recording_is_not_measured() {
    let plan = "<rte><rtept lat='60' lon='60'><ele>0</ele></rtept>\
        <rtept lat='70' lon='60'><ele>900</ele></rtept></rte>";
    let recording = format!("<trk>{}</trk>", segment(&[("1", "2", "3"), ("2", "2", "7")]));
    let alone = accepted(&format!("<gpx>{recording}</gpx>"));
    assert!(is_near(alone.length_m, DEGREE_M));
    for lines in [format!("{plan}{recording}"), format!("{recording}{plan}{plan}")] {
        let text = format!("<gpx>{lines}</gpx>");
        let both = accepted(&text);
        assert_eq!(both.gpx, text);
        assert_eq!(measures(both), measures(alone.clone()));
    }
}

#[test]
fn a_plan_counts_when_no_track_has_two_points() {
    let plan = "<rte><rtept lat='1' lon='2'><ele>3</ele></rtept>\
        <rtept lat='2' lon='2'><ele>7</ele></rtept></rte>";
    let point = "<trk><trkseg><trkpt lat='60' lon='60'><ele>9</ele></trkpt></trkseg></trk>";
    let alone = accepted(&format!("<gpx>{plan}</gpx>"));
    for lines in [
        format!("<trk/>{plan}"),
        format!("{point}{plan}"),
        format!("{point}{plan}{point}"),
        format!("{point}{point}{plan}"),
    ] {
        let route = accepted(&format!("<gpx>{lines}</gpx>"));
        assert_eq!(measures(route), measures(alone.clone()), "{lines}");
    }
}

#[test]
fn one_track_with_two_points_is_enough_for_all_tracks() {
    let line = segment(&[("1", "2", ""), ("2", "2", "")]);
    let point = segment(&[("3", "2", "")]);
    let plan = "<rte><rtept lat='60' lon='60'/><rtept lat='70' lon='60'/></rte>";
    let text = format!("<gpx>{plan}<trk>{line}</trk><trk>{point}</trk></gpx>");
    let route = accepted(&text);
    assert!(is_near(route.length_m, DEGREE_M));
    assert_eq!(route.points, 3);
    assert_eq!(route.end, Position { lat: 3.0, lon: 2.0 });
}

#[test]
fn ascent_adds_rises_only() {
    let heights = ["100", "110", "", "90", "120.5", "x", "inf", "120.5"];
    let points: Vec<_> = heights.map(|height| ("1", "1", height)).into();
    let route = accepted(&track(&[segment(&points)]));
    assert!(is_near(route.ascent_m, 40.5), "{}", route.ascent_m);
}

#[test]
fn impossible_elevations_are_ignored() {
    let heights = ["0", "9000.1", "-500.1", "NaN", "1e400", "-500", "9000"];
    let points: Vec<_> = heights.map(|height| ("1", "1", height)).into();
    let route = accepted(&track(&[segment(&points)]));
    assert!(is_near(route.ascent_m, 9500.0), "{}", route.ascent_m);
}

#[test]
fn elevations_are_read_as_xml_reads_them() {
    let heights = ["1", " 1&#48;\r\n", "<![CDATA[2]]>0", "3<!-- 9 -->0", "4<extensions>9</extensions>0"];
    let points: Vec<_> = heights.map(|height| ("1", "1", height)).into();
    let route = accepted(&track(&[segment(&points)]));
    assert!(is_near(route.ascent_m, 39.0), "{}", route.ascent_m);
}

#[test]
fn only_the_first_elevation_of_a_point_counts() {
    let text = track(&[segment(&[("1", "1", "5</ele><ele>50"), ("1", "1", "6")])]);
    assert!(is_near(accepted(&text).ascent_m, 1.0));
}

#[test]
fn the_box_holds_every_point_of_the_line() {
    let route = accepted(&track(&[
        segment(&[("-5", "179.5", ""), ("7", "-179.5", "")]),
        segment(&[("1", "180", ""), ("2", "-180", "")]),
    ]));
    let bounds = Bounds { min_lat: -5.0, min_lon: -180.0, max_lat: 7.0, max_lon: 180.0 };
    assert_eq!(route.bounds, bounds);
    assert_eq!(route.start, Position { lat: -5.0, lon: 179.5 });
    assert_eq!(route.end, Position { lat: 2.0, lon: -180.0 });
}

#[test]
fn the_way_over_the_antimeridian_is_short() {
    let route = accepted(&track(&[segment(&[("0", "179.5", ""), ("0", "-179.5", "")])]));
    assert!(is_near(route.length_m, DEGREE_M), "{}", route.length_m);
}

#[test]
fn opposite_places_have_a_finite_distance() {
    for tenth in 0..=1800_u32 {
        let lat = f64::from(tenth) / 20.0;
        for step in 0..40_u32 {
            let lon = f64::from(step) * 4.37;
            let from = Position { lat, lon };
            let to = Position { lat: -lat, lon: lon - 180.0 };
            let metres = distance_m(from, to);
            assert!((metres - 20_015_114.4).abs() < 1.0, "{from:?} {metres}");
        }
    }
}
