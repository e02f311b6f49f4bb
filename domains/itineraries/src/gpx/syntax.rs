//! The rules of XML that the reader leaves to its caller.

use std::borrow::Cow;
use std::ops::Range;

use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::BytesRef;
use quick_xml::events::attributes::Attributes;

const BLANKS: [char; 4] = [' ', '\t', '\r', '\n'];

/// How a piece of text breaks the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Break {
    /// It is not well-formed.
    Form,
    /// It refers to an entity that XML does not predefine.
    Entity,
}

/// An attribute and where it is, counted from the end of the tag's name.
#[derive(Debug)]
pub(super) struct Attribute<'t> {
    /// Its name, prefix included.
    pub(super) name: &'t str,
    /// Its value as written.
    pub(super) value: Cow<'t, str>,
    /// From the blank before its name to its closing quote.
    pub(super) whole: Range<usize>,
    /// From quote to quote, both excluded.
    pub(super) inner: Range<usize>,
}

/// The attributes in `raw`, the part of a tag behind its name.
pub(super) fn attributes(raw: &str) -> impl Iterator<Item = Result<Attribute<'_>, Break>> {
    let mut end = 0;
    Attributes::new(raw, 0).map(move |found| {
        let found = found.ok().ok_or(Break::Form)?;
        let name = found.key.into_inner();
        let attribute = locate(raw, end, name, found.value).ok_or(Break::Form)?;
        end = attribute.whole.end;
        check_value(&attribute.value)?;
        Ok(attribute)
    })
}

/// Finds where an attribute lies and that a blank separates it from `previous`,
/// the end of the attribute before it.
fn locate<'t>(raw: &'t str, previous: usize, name: &'t str, value: Cow<'t, str>) -> Option<Attribute<'t>> {
    let name_at = offset(raw, name)?;
    let value_at = offset(raw, &value)?;
    let gap = raw.get(previous..name_at)?;
    if gap.is_empty() || !is_blank(gap) || !is_name(name) {
        return None;
    }
    let value_end = value_at.checked_add(value.len())?;
    let written = raw.get(value_at..value_end)?;
    (written == value).then_some(Attribute {
        name,
        value,
        whole: previous..value_end.checked_add(1)?,
        inner: value_at..value_end,
    })
}

/// Where `part`, a slice of `whole`, begins in it.
fn offset(whole: &str, part: &str) -> Option<usize> {
    let begin = whole.as_ptr().addr();
    part.as_ptr().addr().checked_sub(begin)
}

/// Refuses what an attribute value may not contain.
fn check_value(value: &str) -> Result<(), Break> {
    if value.contains('<') {
        return Err(Break::Form);
    }
    value.split('&').skip(1).try_for_each(|piece| {
        let (name, _) = piece.split_once(';').ok_or(Break::Form)?;
        character(name).map(drop)
    })
}

/// The character a reference stands for, `name` being between `&` and `;`.
pub(super) fn character(name: &str) -> Result<char, Break> {
    if let Some(known) = resolve_predefined_entity(name) {
        return known.chars().next().ok_or(Break::Form);
    }
    match BytesRef::new(name).resolve_char_ref() {
        Ok(Some(character)) if is_allowed(character) => Ok(character),
        Ok(None) if is_name(name) => Err(Break::Entity),
        _ => Err(Break::Form),
    }
}

/// Where the first character that XML 1.0 does not allow begins.
pub(super) fn find_forbidden(text: &str) -> Option<usize> {
    // The control characters are sought byte by byte, because that is far
    // quicker than by character and the other two forbidden ones are rare.
    text.bytes()
        .position(|byte| byte < b' ' && !is_allowed(char::from(byte)))
        .or_else(|| text.find(['\u{fffe}', '\u{ffff}']))
}

/// Whether XML 1.0 allows a character.
fn is_allowed(character: char) -> bool {
    match character {
        '\t' | '\n' | '\r' => true,
        '\u{fffe}' | '\u{ffff}' => false,
        _ => character >= ' ',
    }
}

/// Whether a text is only what XML calls white space.
pub(super) fn is_blank(text: &str) -> bool {
    text.chars().all(|character| BLANKS.contains(&character))
}

/// Whether a text can be the name of an element, attribute or entity, with at
/// most one prefix.
///
/// XML excludes a few characters beyond ASCII too; they cannot get out, since
/// only names on the list of what is published do.
pub(super) fn is_name(name: &str) -> bool {
    let (prefix, local) = name.split_once(':').unwrap_or(("_", name));
    is_simple_name(prefix) && is_simple_name(local)
}

fn is_simple_name(name: &str) -> bool {
    let mut characters = name.chars();
    characters.next().is_some_and(starts_name)
        && characters.all(|next| starts_name(next) || next.is_ascii_digit() || "-.".contains(next))
}

fn starts_name(character: char) -> bool {
    character.is_ascii_alphabetic() || character == '_' || !character.is_ascii()
}
