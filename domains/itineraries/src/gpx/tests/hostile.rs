//! No input makes the pass panic, linger or contradict itself.

use std::time::{Duration, Instant};

use super::super::read;
use super::{accepted, file};

// Less of both without optimisation, which slows the reader about twentyfold.
const ITERATIONS: usize = if cfg!(debug_assertions) { 4_000 } else { 20_000 };
const HOSTILE_BYTES: usize = if cfg!(debug_assertions) { 200_000 } else { 1_000_000 };

const SAMPLES: [&str; 5] = [
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<gpx creator=\"Garmin\" version=\"1.1\" xmlns=\"http://www.topografix.com/GPX/1/1\" xmlns:n=\"http://www.garmin.com/x\">\n<metadata><link href=\"a\"><text>b</text></link><time>2026-01-01T00:00:00Z</time></metadata>\n<trk><name>Rund &amp; um</name><trkseg><trkpt lat=\"47.1\" lon=\"8.2\"><ele>400.5</ele><time>T</time><speed>2</speed><extensions><n:hr>120</n:hr></extensions></trkpt><trkpt lat=\"47.2\" lon=\"8.3\"><ele>410</ele></trkpt></trkseg></trk></gpx>",
    "\u{feff}<!-- by me -->\r\n<gpx version='1.0' creator='x'><time>T</time><author>me</author><url>u</url><wpt lat='1' lon='2'><name><![CDATA[a <b> ]]></name></wpt><rte><rtept lat='1' lon='2'/><rtept lon='3' lat='4'><ele> -3 </ele></rtept></rte></gpx>\r\n<!-- end -->",
    "<g:gpx xmlns:g='urn:g' xmlns='urn:o'><g:trk><g:trkseg><g:trkpt lat='1' lon='2'/><hr>1</hr><g:trkpt lat='1.5' lon='2'/></g:trkseg><g:trkseg/></g:trk><?pi x?></g:gpx>",
    "<gpx><trk><trkseg><trkpt lat='-90' lon='180' a='b'/><trkpt lat='90' lon='-180'><ele>1&#48;<!-- c -->0</ele></trkpt></trkseg></trk><rte><rtept lat='1' lon='2'/></rte><extensions><a><b><c>ü€🏔</c></b></a></extensions></gpx>",
    "<gpx><metadata><name>]]&gt;</name><author><email id='a' domain='b'/></author></metadata><trk><desc>]<time/>]</desc><src>c</src><trkseg><trkpt lat='0' lon='0'/><trkpt lat='0' lon='0'/></trkseg></trk></gpx>",
];

const PIECES: [&str; 24] = [
    "<",
    ">",
    "/>",
    "&",
    ";",
    "'",
    "\"",
    "<!--",
    "-->",
    "]]>",
    "<![CDATA[",
    "<?a",
    "?>",
    "<time>",
    "</time>",
    "<trkpt lat='1' lon='2'/>",
    "<a>",
    "</a>",
    " xmlns='x'",
    "&#x41;",
    "&a;",
    "\u{feff}",
    "\0",
    "<!DOCTYPE a",
];

/// Numbers that are the same in every run.
struct Xorshift(u64);

impl Xorshift {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit.max(1) as u64).expect("less than the limit")
    }
}

fn mutate(bytes: &mut Vec<u8>, random: &mut Xorshift) {
    let from = random.below(bytes.len());
    let to = (from + random.below(24)).min(bytes.len());
    let piece = PIECES.get(random.below(PIECES.len())).expect("a piece").as_bytes();
    match random.below(5) {
        0 => drop(bytes.drain(from..to)),
        1 => drop(bytes.splice(from..from, piece.iter().copied())),
        2 => drop(bytes.splice(from..to, piece.iter().copied())),
        3 => {
            let copy = bytes.get(from..to).unwrap_or_default().to_vec();
            let at = random.below(bytes.len());
            drop(bytes.splice(at..at, copy));
        }
        _ => {
            let byte = u8::try_from(random.below(256)).expect("a byte");
            drop(bytes.splice(from..to.min(from + 1), [byte]));
        }
    }
}

#[test]
fn mutated_files_never_panic_and_cleaning_is_final() {
    let mut random = Xorshift(0x9E37_79B9_7F4A_7C15);
    let mut survivors = 0;
    for round in 0..ITERATIONS {
        let sample = SAMPLES.get(round % SAMPLES.len()).expect("a sample");
        let mut bytes = sample.as_bytes().to_vec();
        for _ in 0..=random.below(2) {
            mutate(&mut bytes, &mut random);
        }
        let text = String::from_utf8_lossy(&bytes);
        let Ok(route) = read(&text) else {
            continue;
        };
        survivors += 1;
        assert!(route.length_m.is_finite() && route.ascent_m.is_finite());
        assert_eq!(read(&route.gpx), Ok(route), "{text}");
    }
    assert!(survivors > ITERATIONS / 50, "{survivors}");
}

#[test]
fn every_beginning_of_a_file_is_refused_or_read() {
    for sample in SAMPLES {
        accepted(sample);
        for (end, _) in sample.char_indices() {
            drop(read(sample.get(..end).unwrap_or_default()));
        }
    }
}

#[test]
fn hostile_files_cost_little() {
    let fill = |piece: &str| piece.repeat(HOSTILE_BYTES / piece.len());
    let numbered = |count: usize, head: &str, tail: &str| {
        let piece = |number| format!(" {head}{number}{tail}");
        (0..count).map(piece).collect::<Vec<_>>().concat()
    };
    let namespaces = numbered(100, "xmlns:n", "='u'");
    let attributes = numbered(HOSTILE_BYTES / 16, "a", "=''");
    let prefixed = numbered(HOSTILE_BYTES / 16, "x:a", "=''");
    let texts = [
        fill("<a>"),
        fill("<gpx>"),
        fill("<"),
        fill("&"),
        fill("<!--"),
        fill("<![CDATA["),
        fill("]]"),
        format!("<!DOCTYPE a [{}", fill("<!ENTITY a 'b'>")),
        file(&fill("<!---->")),
        file(&fill("<?a?>")),
        file(&fill("<time/>")),
        file(&fill("<name/>")),
        file(&fill("&amp;")),
        file(&fill("<![CDATA[]]>")),
        file(&format!("<name>{}</name>", fill("]<?a?>"))),
        file(&format!("<name a='{}'/>", fill("a"))),
        file(&format!("<name href='{}'/>", fill("&amp;"))),
        file(&format!("<name {attributes}/>")),
        file(&format!("<wpt lat='1{}' lon='1'/>", fill("0"))),
        file(&format!("<trk {namespaces}>{}</trk>", fill("<name/>"))),
        file(&format!("<trk {namespaces}>{}</trk>", fill("<x:a/>"))),
        file(&format!("<trk {namespaces}><name {prefixed}/></trk>")),
        file(&format!("<name a='{}", fill("a"))),
        file(&format!("<name>{}", fill("a\n"))),
    ];
    for text in texts {
        let begin = Instant::now();
        drop(read(&text));
        let spent = begin.elapsed();
        let head: String = text.chars().skip(60).take(40).collect();
        // Generous, for a busy machine; quadratic time takes minutes.
        assert!(spent < Duration::from_secs(10), "{spent:?} {head}");
    }
}
