//! Every fault, at its limit and beyond.

use super::super::{GpxFault, MAX_BYTES, read};
use super::{accepted, file, refused};

fn is_not_xml(text: &str) -> bool {
    matches!(refused(text), GpxFault::NotXml { .. })
}

#[test]
fn size_is_limited_to_the_byte() {
    let padding = MAX_BYTES - file("").len();
    let full = file(&" ".repeat(padding));
    assert_eq!(full.len(), MAX_BYTES);
    accepted(&full);
    assert_eq!(refused(&file(&" ".repeat(padding + 1))), GpxFault::TooLarge);
}

#[test]
fn nesting_is_limited() {
    let nested = |levels: usize| file(&("<a>".repeat(levels) + &"</a>".repeat(levels)));
    accepted(&nested(31));
    assert_eq!(refused(&nested(32)), GpxFault::TooDeep);
    assert_eq!(refused(&file(&format!("{}<a/>{}", "<a>".repeat(31), "</a>".repeat(31)))), GpxFault::TooDeep);
    assert_eq!(refused(&"<gpx>".repeat(1000)), GpxFault::TooDeep);
}

#[test]
fn doctypes_and_their_bombs_are_refused() {
    let laughs = r#"<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;">]><gpx><name>&lol2;</name></gpx>"#;
    let external = r#"<!DOCTYPE gpx [<!ENTITY xxe SYSTEM "file:///etc/passwd">]><gpx><name>&xxe;</name></gpx>"#;
    for text in [
        laughs,
        external,
        "<!DOCTYPE html><html></html>",
        "<!DOCTYPE gpx><gpx/>",
        "<!DOCTYPE gpx",
        &file("<!DOCTYPE gpx>"),
    ] {
        assert_eq!(refused(text), GpxFault::HasDoctype);
    }
}

#[test]
fn unknown_entities_are_refused_everywhere() {
    for inside in [
        "<name>&xxe;</name>",
        "<name>&nbsp;</name>",
        "<name>&AMP;</name>",
        "<extensions>&lol;</extensions>",
        r#"<link href="a&lol;"/>"#,
        r#"<extensions a="&lol;"/>"#,
    ] {
        assert_eq!(refused(&file(inside)), GpxFault::HasEntity);
    }
    let known = "<name>&amp;&lt;&gt;&quot;&apos;&#65;&#x1F600;</name><link href='a?b&amp;c&#38;'/>";
    accepted(&file(&format!("<trk>{known}</trk>")));
}

#[test]
fn broken_references_are_not_xml() {
    for inside in [
        "<name>Tom & Jerry</name>",
        "<name>a & b; c</name>",
        "<name>&</name>",
        "<name>&;</name>",
        "<name>&am<!-- -->p;</name>",
        "<name>&#0;</name>",
        "<name>&#x1;</name>",
        "<name>&#xD800;</name>",
        "<name>&#xFFFE;</name>",
        "<name>&#99999999999;</name>",
        "<name>&#+65;</name>",
        "<name>&#;</name>",
        r#"<link href="a&b"/>"#,
        r#"<link href="a&"/>"#,
    ] {
        assert!(is_not_xml(&file(inside)), "{inside}");
    }
}

#[test]
fn ill_formed_texts_are_not_xml() {
    for text in [
        "plain words",
        "<gpx>",
        "<gpx",
        "</gpx>",
        "<gpx></GPX>",
        "<gpx><trk></gpx></trk>",
        "<gpx/><gpx/>",
        "<gpx/>words",
        "<gpx/>&amp;",
        "<gpx/><![CDATA[a]]>",
        "words<gpx/>",
        "\u{feff}\u{feff}<gpx/>",
        "< gpx/>",
        "<></>",
        "<gpx a/>",
        "<gpx a=b/>",
        "<gpx a='1'b='2'/>",
        "<gpx a='1' a='2'/>",
        "<gpx a='<'/>",
        "<gpx 1a='2'/>",
        "<gpx a='1/>",
        "<gpx><!-- a -- b --></gpx>",
        "<gpx><!-- a",
        "<gpx><!--></gpx>",
        "<gpx><![CDATA[</gpx>",
        "<gpx><![cdata[]]></gpx>",
        "<gpx>a]]>b</gpx>",
        "<gpx><1a/></gpx>",
        "<gpx><?a</gpx>",
        "<gpx><?></gpx>",
        "<gpx><??></gpx>",
        "<gpx><? a?></gpx>",
        "<gpx><!ENTITY a 'b'></gpx>",
        "<gpx>\u{0}</gpx>",
        "<gpx>\u{1b}</gpx>",
        "<gpx>\u{ffff}</gpx>",
        "<gpx xmlns:xml='a'/>",
        "<gpx xmlns:='a'/>",
        "<gpx xmlns:a:b='a'/>",
        "<gpx><a:b:c/></gpx>",
        "<gpx><:a/></gpx>",
        "<?xml version='1.0'?",
    ] {
        assert!(is_not_xml(text), "{text}");
    }
}

#[test]
fn pieces_may_not_join_to_a_forbidden_text() {
    assert!(is_not_xml(&file("<name>a]]<!-- -->&gt;b]]<!-- -->></name>")));
    assert!(is_not_xml(&file("<name>]<?a?>]<time/>></name>")));
    assert!(is_not_xml(&file("<name>]<time/>]></name>")));
    accepted(&file("<name><![CDATA[]]]]><!-- -->> ]<!-- -->></name>"));
}

#[test]
fn the_declaration_must_be_true() {
    let declared = |inside: &str| read(&format!("<?xml {inside}?>\r\n{}", file("")));
    for inside in [
        r#"version="1.0""#,
        r#"version="1.0" encoding="UTF-8" standalone="no""#,
        "version='1.1' encoding='utf-8'",
        r#"version="1.0" encoding="ISO-8859-1""#,
    ] {
        assert!(declared(inside).is_ok(), "{inside}");
    }
    for inside in ["encoding='UTF-16' version='1.0'", "", "version='2.0'", "version='1.0' owner='me'"] {
        assert!(matches!(declared(inside), Err(GpxFault::NotXml { .. })), "{inside}");
    }
    assert_eq!(declared("version='1.0' encoding='UTF-16'"), Err(GpxFault::NotUtf8));
    let umlaut = format!("<?xml version='1.0' encoding='iso-8859-1'?>{}", file("<name>Überweg</name>"));
    assert_eq!(refused(&umlaut), GpxFault::NotUtf8);
    assert!(is_not_xml(&format!(" <?xml version='1.0'?>{}", file(""))));
    assert!(is_not_xml(&file("<?xml version='1.0'?>")));
}

#[test]
fn only_gpx_is_accepted() {
    for text in ["", " \n", "<!-- nothing -->", "<kml/>", "<GPX/>", "<html><gpx/></html>", "<g:gpx/>"] {
        assert_eq!(refused(text), GpxFault::NotGpx, "{text}");
    }
}

#[test]
fn a_file_needs_a_line() {
    for text in [
        "<gpx/>",
        "<gpx><trk><trkseg/></trk></gpx>",
        "<gpx><wpt lat='1' lon='2'/><wpt lat='1' lon='2'/></gpx>",
        "<gpx><trk><trkseg><trkpt lat='1' lon='2'/></trkseg></trk></gpx>",
        "<gpx><trk><trkpt lat='1' lon='2'/></trk><trk><trkpt lat='2' lon='2'/></trk></gpx>",
        "<gpx><rte><rtept lat='1' lon='2'/></rte><trk><trkpt lat='2' lon='2'/></trk></gpx>",
        "<gpx><extensions><trk><trkpt lat='1' lon='2'/><trkpt lat='1' lon='2'/></trk></extensions></gpx>",
    ] {
        assert_eq!(refused(text), GpxFault::NoTrack, "{text}");
    }
}

#[test]
fn every_point_needs_a_place() {
    for point in [
        "lat='90.1' lon='0'",
        "lat='-90.1' lon='0'",
        "lat='0' lon='180.1'",
        "lat='0' lon='-180.1'",
        "lat='NaN' lon='0'",
        "lat='inf' lon='0'",
        "lat='1e999' lon='0'",
        "lat='52,5' lon='0'",
        "lat='' lon='0'",
        "lat='1'",
        "lon='1'",
        "LAT='1' lon='1'",
        "",
    ] {
        for name in ["trkpt", "rtept", "wpt"] {
            let text = file(&format!("<wpt lat='0' lon='0'/><{name} {point}/>"));
            assert_eq!(refused(&text), GpxFault::BadPosition { point: 2 }, "{text}");
        }
    }
    accepted(&file("<wpt lon=' 180 ' lat='-90'/><wpt lat='90' lon='-180.0'/>"));
}

#[test]
fn a_fault_tells_the_line_and_nothing_of_the_file() {
    let secret = "secret".repeat(20);
    let text = format!("<gpx>\n<name>\n<{secret}>\n</name></gpx>");
    let fault = refused(&text);
    assert_eq!(fault, GpxFault::NotXml { line: 4 });
    assert!(!fault.to_string().contains("secret"));
    assert!(fault.to_string().contains("line 4;"));
    assert_eq!(refused("<gpx>\n\u{7}</gpx>"), GpxFault::NotXml { line: 2 });
}
