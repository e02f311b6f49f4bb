//! What stays byte for byte and what goes.

use super::{accepted, file};

/// What is published of `inside` when it stands in a plain file.
fn published(inside: &str) -> String {
    let whole = accepted(&file(inside)).gpx;
    let plain = file("");
    let head = plain.find("<trk>").expect("a track");
    let tail = whole.len() + head - plain.len();
    assert_eq!(whole.get(..head), plain.get(..head));
    assert_eq!(whole.get(tail..), plain.get(head..));
    whole.get(head..tail).unwrap_or_default().to_owned()
}

#[test]
fn a_harmless_file_comes_back_byte_for_byte() {
    let text = "\u{feff}<?xml version='1.0' encoding=\"utf-8\" ?>\r\n\
        <gpx\r\n\tversion = '1.1' xmlns='http://www.topografix.com/GPX/1/1' \
        xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:schemaLocation='a > b' xml:lang='de'>\r\n\
        <metadata><name>Rund &amp; um</name><desc><![CDATA[<b>]]]]><![CDATA[>]]></desc>\
        <keywords>a</keywords><bounds minlat='1' minlon='1' maxlat='2' maxlon='2'/></metadata>\
        <wpt lon=\"2\" lat='1' ><ele>3</ele><name> Hütte 🏔 </name><cmt>gut -> \"sehr\"</cmt>\
        <desc/><sym>Flag</sym><type>y</type></wpt>\r\n\
        <rte><name>r</name><number>1</number><rtept lat='1' lon='1'></rtept><rtept lon='1' lat='1'/></rte>\
        <trk><name>t</name><type>hike</type><trkseg >\
        <trkpt lat='1' lon='1'><ele>1&#48;</ele><magvar>1</magvar><geoidheight>1</geoidheight>\
        <fix>3d</fix><sat>4</sat><hdop>1</hdop><vdop>1</vdop><pdop>1</pdop></trkpt>\
        </trkseg></trk >\r\n</gpx>\r\n ";
    assert_eq!(accepted(text).gpx, text);
}

#[test]
fn files_of_version_one_zero_or_none_are_read() {
    for head in ["<gpx version='1.0' xmlns='http://www.topografix.com/GPX/1/0'>", "<gpx>", "<gpx version='9'>"] {
        let text = format!(
            "{head}<name>n</name><keywords>k</keywords><trk><trkseg>\
             <trkpt lat='1' lon='1'/><trkpt lat='1' lon='1'/></trkseg></trk></gpx>"
        );
        assert_eq!(accepted(&text).gpx, text);
    }
}

#[test]
fn everything_that_betrays_a_person_goes() {
    for inside in [
        "<time>2026-01-01T00:00:00Z</time>",
        "<time/>",
        "<time a='1'></time>",
        "<author><name>A</name><email id='a' domain='b'/><link href='c'/></author>",
        "<author>A</author>",
        "<email>a@example.org</email>",
        "<copyright author='A'><year>2026</year><license>l</license></copyright>",
        "<link href='https://example.org/me'><text>me</text><type>text/html</type></link>",
        "<link href='https://example.org/me'/>",
        "<url>https://example.org/me</url><urlname>me</urlname>",
        "<text>me</text>",
        "<src>Edge 530</src>",
        "<speed>2.5</speed>",
        "<course>270</course>",
        "<extensions><time>1</time><a:b xmlns:a='c'>d</a:b></extensions>",
        "<!-- A -->",
        "<!---->",
        "<?app A?>",
        "<?xml-stylesheet href='a'?>",
        "<g:hr xmlns:g='http://www.garmin.com/'>120</g:hr>",
        "<g:hr>120</g:hr>",
        "<hr xmlns='http://www.garmin.com/'>120</hr>",
        "<trk xmlns=''><name>A</name></trk>",
        "<heartrate>120</heartrate>",
        "<Time>1</Time>",
        "<gpx><name>A</name></gpx>",
        "<extensions><extensions/><!-- a --><?b?><![CDATA[</extensions>]]></extensions>",
    ] {
        assert_eq!(published(inside), "", "{inside}");
        for [begin, end] in [
            ["<metadata>", "</metadata>"],
            ["<wpt lat='1' lon='2'>", "</wpt>"],
            ["<rte>", "</rte>"],
            ["<rte><rtept lat='1' lon='2'>", "</rtept></rte>"],
            ["<trk>", "</trk>"],
            ["<trk><trkseg>", "</trkseg></trk>"],
            ["<trk><trkpt lat='1' lon='2'>", "</trkpt></trk>"],
        ] {
            let around = |inside| format!("{begin} {inside}<name>n</name>{end}");
            assert_eq!(published(&around(inside)), around(""), "{inside}");
        }
    }
}

#[test]
fn times_go_from_wherever_they_hide() {
    assert_eq!(published("<name>a<time>T</time>b</name>"), "<name>ab</name>");
    assert_eq!(published("<name><![CDATA[<time>]]></name>"), "<name><![CDATA[<time>]]></name>");
    assert_eq!(published("<extensions><name>]]&gt;</name></extensions><name>b</name>"), "<name>b</name>");
}

#[test]
fn foreign_attributes_go() {
    assert_eq!(
        published("<wpt owner='A' lat='1' g:hr='120' lon='2'\n time='T' /><name a = 'b' >n</name>"),
        "<wpt lat='1' lon='2' /><name >n</name>"
    );
    assert_eq!(published("<name href='https://example.org/me'>n</name>"), "<name>n</name>");
}

#[test]
fn the_creator_becomes_ours() {
    for (creator, after) in [
        ("creator=\"Garmin Edge 530\"", "creator=\"TripIt\""),
        ("creator = 'A > B &amp; \"C\"'", "creator = 'TripIt'"),
        ("creator=''", "creator='TripIt'"),
        ("creator='TripIt'", "creator='TripIt'"),
    ] {
        let plain = file("");
        let text = |creator: &str| plain.replace("<gpx ", &format!("<gpx {creator} "));
        assert_eq!(accepted(&text(creator)).gpx, text(after));
    }
}

#[test]
fn comments_around_the_root_go_and_the_mark_stays() {
    let plain = file("");
    let text = format!("\u{feff}<!-- a --><?b?>\n{plain}\n<!-- c -->\n<?d?>");
    assert_eq!(accepted(&text).gpx, format!("\u{feff}\n{plain}\n\n"));
}

#[test]
fn a_prefix_bound_to_gpx_is_gpx() {
    let text = "<g:gpx xmlns:g='http://www.topografix.com/GPX/1/1' xmlns='urn:other' creator='x'>\
        <g:trk><g:trkseg><g:trkpt lat='1' lon='1'><g:ele>1</g:ele><g:time>T</g:time><hr>1</hr></g:trkpt>\
        <h:trkpt xmlns:h='http://www.topografix.com/GPX/1/1' lat='2' lon='1'/></g:trkseg></g:trk></g:gpx>";
    let route = accepted(text);
    assert_eq!(route.points, 2);
    let expected = text.replace("<g:time>T</g:time><hr>1</hr>", "").replace("creator='x'", "creator='TripIt'");
    assert_eq!(route.gpx, expected);
}

#[test]
fn a_cleaned_file_is_clean() {
    let text = file("<metadata><time>T</time></metadata><?a?><!-- b --><a b='c'/>");
    let once = accepted(&text);
    assert_eq!(accepted(&once.gpx), once);
}
