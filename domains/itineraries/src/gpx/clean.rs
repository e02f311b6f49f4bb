//! The streaming pass: checks, cuts and points in reading order.

use quick_xml::errors::{Error, SyntaxError};
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::{NamespaceResolver, ResolveResult};
use quick_xml::reader::NsReader;

use super::measure::Lines;
use super::syntax::{self, Attribute, Break};
use super::vocabulary::{self, Element, Fate, Kind};
use super::{GpxFault, MAX_DEPTH, MAX_POINTS, Position};

const BYTE_ORDER_MARK: char = '\u{feff}';

/// Encodings that say the same as UTF-8 about a text of ASCII characters.
const ASCII_SUPERSETS: [&str; 4] = ["us-ascii", "iso-8859-1", "iso-8859-15", "windows-1252"];

/// Reads a file once, copying what is published and measuring the lines.
pub(super) struct Cleaner<'a> {
    source: &'a str,
    /// Where the current event begins in the source.
    at: usize,
    /// Where the current event ends.
    end: usize,
    output: String,
    /// Everything before this has been copied or cut.
    decided: usize,
    /// Elements open now, those being cut included.
    depth: usize,
    /// Published elements open now.
    open: Vec<Element>,
    cut: Option<Cut>,
    root: Option<Root>,
    /// Points of every kind so far.
    points: usize,
    /// What the open `ele` says so far.
    elevation: Option<String>,
    lines: Lines,
}

/// An element that is being left out.
struct Cut {
    from: usize,
    depth: usize,
}

/// The root's namespace: what is in it is GPX, whichever prefix the file uses
/// and however it misspells the address.
struct Root {
    namespace: Option<String>,
}

/// The coordinates on a tag, as far as they are numbers.
#[derive(Default)]
struct Coordinates {
    lat: Option<f64>,
    lon: Option<f64>,
}

impl<'a> Cleaner<'a> {
    /// A cleaner at the beginning of a file.
    pub(super) fn new(source: &'a str) -> Self {
        // The reader skips a byte order mark without an event of its own; it
        // must not be cut together with a comment behind it.
        let begin = if source.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len_utf8() } else { 0 };
        Self {
            source,
            at: begin,
            end: begin,
            output: String::with_capacity(source.len()),
            decided: 0,
            depth: 0,
            open: Vec::with_capacity(MAX_DEPTH),
            cut: None,
            root: None,
            points: 0,
            elevation: None,
            lines: Lines::default(),
        }
    }

    /// The text to publish and the measured lines.
    pub(super) fn run(mut self) -> Result<(String, Lines), GpxFault> {
        if let Some(forbidden) = syntax::find_forbidden(self.source) {
            self.end = forbidden;
            return Err(self.fault(Break::Form));
        }
        let mut reader = NsReader::from_str(self.source);
        let config = reader.config_mut();
        config.check_comments = true;
        config.expand_empty_elements = true;
        loop {
            let event = match reader.read_event() {
                Ok(event) => event,
                Err(Error::Syntax(SyntaxError::UnclosedDoctype)) => {
                    return Err(GpxFault::HasDoctype);
                }
                Err(_) => return Err(self.fault(Break::Form)),
            };
            self.at = self.end;
            // What is left of the input, because the reader's own position
            // does not count a byte order mark.
            self.end = self.source.len().saturating_sub(reader.get_ref().len());
            if matches!(event, Event::Eof) {
                return self.finish();
            }
            self.take(&event, reader.resolver())?;
        }
    }

    fn take(&mut self, event: &Event<'_>, names: &NamespaceResolver) -> Result<(), GpxFault> {
        match event {
            Event::Start(tag) | Event::Empty(tag) => self.open_element(tag, names),
            Event::End(_) => self.close_element(),
            Event::Text(text) if text.contains("]]>") => Err(self.fault(Break::Form)),
            // Outside the root, before and after it, only blanks may stand.
            Event::Text(text) if self.depth == 0 && syntax::is_blank(text) => Ok(()),
            Event::Text(text) => self.add_text(text),
            Event::CData(text) => self.add_text(text),
            Event::GeneralRef(reference) => {
                let character = syntax::character(reference).map_err(|cause| self.fault(cause))?;
                self.add_text(character.encode_utf8(&mut [0; 4]))
            }
            Event::PI(instruction) if !syntax::is_name(instruction.target()) => Err(self.fault(Break::Form)),
            // Processing instructions are cut wherever they stand: they tell a
            // program what to do with the file and could name the program.
            Event::Comment(_) | Event::PI(_) => self.leave_out(self.at, self.end, ""),
            Event::Decl(declaration) => self.check_declaration(declaration),
            Event::DocType(_) => Err(GpxFault::HasDoctype),
            Event::Eof => Ok(()),
        }
    }

    /// The declaration stays, so it must be true of the text: UTF-8, or an
    /// encoding that makes no difference for the characters in it.
    fn check_declaration(&self, declaration: &str) -> Result<(), GpxFault> {
        let before = self.source.get(..self.at).unwrap_or_default();
        if !before.trim_start_matches(BYTE_ORDER_MARK).is_empty() {
            return Err(self.fault(Break::Form));
        }
        let raw = declaration.strip_prefix("xml").unwrap_or(declaration);
        let mut versioned = false;
        for attribute in syntax::attributes(raw) {
            let Attribute { name, value, .. } = attribute.map_err(|cause| self.fault(cause))?;
            match (name, value.as_ref()) {
                ("version", "1.0" | "1.1") if !versioned => versioned = true,
                ("standalone", "yes" | "no") if versioned => {}
                ("encoding", value) if versioned => self.check_encoding(value)?,
                _ => return Err(self.fault(Break::Form)),
            }
        }
        if versioned { Ok(()) } else { Err(self.fault(Break::Form)) }
    }

    fn check_encoding(&self, value: &str) -> Result<(), GpxFault> {
        let is_superset = |name: &&str| value.eq_ignore_ascii_case(name);
        if value.eq_ignore_ascii_case("utf-8") || (self.source.is_ascii() && ASCII_SUPERSETS.iter().any(is_superset)) {
            Ok(())
        } else {
            Err(GpxFault::NotUtf8)
        }
    }

    fn open_element(&mut self, tag: &BytesStart<'_>, names: &NamespaceResolver) -> Result<(), GpxFault> {
        if self.depth >= MAX_DEPTH {
            return Err(GpxFault::TooDeep);
        }
        if !syntax::is_name(tag.name().as_ref()) {
            return Err(self.fault(Break::Form));
        }
        let element = self.classify(tag, names)?;
        self.depth += 1;
        if element.is_none() && self.cut.is_none() {
            self.cut = Some(Cut { from: self.at, depth: self.depth });
        }
        let coordinates = self.read_attributes(tag, names)?;
        match element {
            Some(element) => self.enter(element, &coordinates),
            None => Ok(()),
        }
    }

    /// What a tag opens; none when it is cut or inside something that is.
    fn classify(&mut self, tag: &BytesStart<'_>, names: &NamespaceResolver) -> Result<Option<Element>, GpxFault> {
        let (resolved, local) = names.resolve_element(tag.name());
        let namespace = match &resolved {
            ResolveResult::Bound(namespace) => Some(Some(namespace.as_ref())),
            ResolveResult::Unbound => Some(None),
            // Files with an undeclared prefix exist; what bears it is cut.
            ResolveResult::Unknown(_) => None,
        };
        let Some(root) = &self.root else {
            let namespace = namespace.filter(|_| local.as_ref() == "gpx");
            let namespace = namespace.ok_or(GpxFault::NotGpx)?.map(str::to_owned);
            self.root = Some(Root { namespace });
            return Ok(Some(Element::Other));
        };
        if self.depth == 0 {
            return Err(self.fault(Break::Form));
        }
        let is_gpx = self.cut.is_none() && namespace == Some(root.namespace.as_deref());
        Ok(vocabulary::element(local.as_ref()).filter(|_| is_gpx))
    }

    /// Checks all attributes of a tag, and on a published one cuts those that
    /// do not stay.
    fn read_attributes(&mut self, tag: &BytesStart<'_>, names: &NamespaceResolver) -> Result<Coordinates, GpxFault> {
        let mut coordinates = Coordinates::default();
        // Behind `<` and the name.
        let base = self.at + 1 + tag.name().as_ref().len();
        for attribute in syntax::attributes(tag.attributes_raw()) {
            let attribute = attribute.map_err(|cause| self.fault(cause))?;
            if self.cut.is_some() {
                continue;
            }
            let Attribute { name, whole, inner, .. } = &attribute;
            match vocabulary::attribute(name, names) {
                Fate::Keep => coordinates.note(&attribute),
                Fate::Rename => self.leave_out(base + inner.start, base + inner.end, "TripIt")?,
                Fate::Cut => self.leave_out(base + whole.start, base + whole.end, "")?,
            }
        }
        Ok(coordinates)
    }

    fn enter(&mut self, element: Element, coordinates: &Coordinates) -> Result<(), GpxFault> {
        match element {
            Element::Line(kind) => self.lines.of(kind).break_line(),
            Element::Segment => self.lines.of(Kind::Track).break_segment(),
            Element::LinePoint(kind) => {
                let position = self.count_point(coordinates)?;
                self.lines.of(kind).add_point(position);
            }
            Element::Waypoint => {
                self.count_point(coordinates)?;
            }
            Element::Elevation => self.elevation = Some(String::new()),
            Element::Other => {}
        }
        self.open.push(element);
        Ok(())
    }

    fn count_point(&mut self, coordinates: &Coordinates) -> Result<Position, GpxFault> {
        self.points += 1;
        if self.points > MAX_POINTS {
            return Err(GpxFault::TooManyPoints);
        }
        let point = self.points;
        coordinates.position().ok_or(GpxFault::BadPosition { point })
    }

    fn close_element(&mut self) -> Result<(), GpxFault> {
        let depth = self.depth;
        self.depth = depth.saturating_sub(1);
        if let Some(cut) = &self.cut {
            if cut.depth != depth {
                return Ok(());
            }
            let from = cut.from;
            self.cut = None;
            return self.leave_out(from, self.end, "");
        }
        match self.open.pop() {
            Some(Element::Line(kind)) => self.lines.of(kind).break_line(),
            Some(Element::Segment) => self.lines.of(Kind::Track).break_segment(),
            Some(Element::Elevation) => {
                let text = self.elevation.take();
                if let (Some(text), Some(&Element::LinePoint(kind))) = (text, self.open.last()) {
                    self.lines.of(kind).add_elevation(&text);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn add_text(&mut self, text: &str) -> Result<(), GpxFault> {
        if self.depth == 0 {
            return Err(self.fault(Break::Form));
        }
        if let Some(elevation) = self.elevation.as_mut().filter(|_| self.cut.is_none()) {
            elevation.push_str(text);
        }
        Ok(())
    }

    /// Copies everything up to `from`, then `instead`, and goes on at `to`.
    /// Inside an element being cut there is nothing to do.
    fn leave_out(&mut self, from: usize, to: usize, instead: &str) -> Result<(), GpxFault> {
        if self.cut.is_none() {
            self.copy_until(from)?;
            self.output.push_str(instead);
            self.decided = to;
        }
        Ok(())
    }

    fn copy_until(&mut self, to: usize) -> Result<(), GpxFault> {
        let kept = self.source.get(self.decided..to);
        let kept = kept.ok_or_else(|| self.fault(Break::Form))?;
        // Text may not contain `]]>`, so two pieces must not join to it.
        let joins = (kept.starts_with('>') && self.output.ends_with("]]"))
            || (kept.starts_with("]>") && self.output.ends_with(']'));
        if joins {
            return Err(self.fault(Break::Form));
        }
        self.output.push_str(kept);
        Ok(())
    }

    fn finish(mut self) -> Result<(String, Lines), GpxFault> {
        if self.depth > 0 {
            return Err(self.fault(Break::Form));
        }
        if self.root.is_none() {
            return Err(GpxFault::NotGpx);
        }
        self.copy_until(self.source.len())?;
        Ok((self.output, self.lines))
    }

    fn fault(&self, cause: Break) -> GpxFault {
        match cause {
            Break::Entity => GpxFault::HasEntity,
            Break::Form => {
                let before = self.source.get(..self.end).unwrap_or_default();
                let line = before.matches('\n').count() + 1;
                GpxFault::NotXml { line }
            }
        }
    }
}

impl Coordinates {
    fn note(&mut self, attribute: &Attribute<'_>) {
        match attribute.name {
            "lat" => self.lat = attribute.value.trim().parse().ok(),
            "lon" => self.lon = attribute.value.trim().parse().ok(),
            _ => {}
        }
    }

    fn position(&self) -> Option<Position> {
        // A range contains neither an infinity nor what is not a number.
        let lat = self.lat.filter(|lat| (-90.0..=90.0).contains(lat))?;
        let lon = self.lon.filter(|lon| (-180.0..=180.0).contains(lon))?;
        Some(Position { lat, lon })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_of_every_kind_count_to_the_limit() {
        let text = "<gpx><wpt lat='1' lon='2'/><rte><rtept lat='1' lon='2'/></rte>\
            <trk><trkpt lat='1' lon='2'/><trkpt lat='1' lon='2'/></trk></gpx>";
        // A full file would take seconds to read without optimisation.
        let read_after = |points| {
            let mut cleaner = Cleaner::new(text);
            cleaner.points = points;
            cleaner.run().map(drop)
        };
        assert_eq!(read_after(MAX_POINTS - 4), Ok(()));
        for over in 0..4 {
            let before = MAX_POINTS - over;
            assert_eq!(read_after(before), Err(GpxFault::TooManyPoints), "{before}");
        }
    }
}
