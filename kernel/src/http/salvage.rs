//! What can be read of a body that is not what it should be, for a request that must be done all the same.

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::{Map, Value};
use std::fmt;

/// The entries of a text that should be a JSON object, as far as they can be read, and whether that is all of it. Half an
/// emoji and U+0000 become U+FFFD, of a key that stands twice the last counts, what was cut off ends where it was.
pub(super) fn salvage(text: &[u8]) -> (Map<String, Value>, bool) {
    let mended = mended(String::from_utf8_lossy(text).trim_start_matches('\u{feff}'));
    let mut found = Map::new();
    let mut reader = serde_json::Deserializer::from_str(&mended);
    let read = Entries(&mut found).deserialize(&mut reader).and_then(|is_whole| reader.end().map(|()| is_whole));
    (found, read.unwrap_or(false) && mended.as_bytes() == text)
}

/// Keeps each entry when it is read: those before a fault stay.
struct Entries<'a>(&'a mut Map<String, Value>);

impl<'de> DeserializeSeed<'de> for Entries<'_> {
    type Value = bool;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Entries<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<bool, A::Error> {
        let mut is_whole = true;
        while let Some((key, value)) = entries.next_entry::<String, Value>().map_err(A::Error::custom)? {
            is_whole &= self.0.insert(key, value).is_none();
        }
        Ok(is_whole)
    }
}

/// The same text with what no reader of JSON takes replaced, and closed where it ends too early.
fn mended(text: &str) -> String {
    let mut mended = String::with_capacity(text.len());
    let (mut open, mut in_text) = (Vec::new(), false);
    let mut chars = text.chars();
    while let Some(next) = chars.next() {
        match next {
            '"' => in_text = !in_text,
            '\\' if in_text => {
                let (escaped, length) = escaped(chars.as_str());
                mended.push_str(&escaped);
                chars = chars.as_str().get(length..).unwrap_or_default().chars();
                continue;
            }
            '\n' if in_text => {
                mended.push_str("\\n");
                continue;
            }
            control if in_text && control < ' ' => {
                mended.push('\u{fffd}');
                continue;
            }
            '{' if !in_text => open.push('}'),
            '[' if !in_text => open.push(']'),
            '}' | ']' if !in_text => drop(open.pop()),
            _ => {}
        }
        mended.push(next);
    }
    if in_text {
        mended.push('"');
    }
    mended.extend(open.into_iter().rev());
    mended
}

/// What stands for an escape whose backslash was read, and how many bytes of the rest it takes.
fn escaped(rest: &str) -> (String, usize) {
    let unit = |at: usize| {
        let digits = rest.get(at..)?.strip_prefix('u')?.get(..4)?;
        digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u16::from_str_radix(digits, 16).ok())?
    };
    let lost = || "\u{fffd}".to_owned();
    match (rest.chars().next(), unit(0)) {
        (_, Some(0xD800..=0xDBFF)) => match rest.get(5..6).filter(|b| *b == "\\").and_then(|_| unit(6)) {
            Some(0xDC00..=0xDFFF) => (format!("\\{}", rest.get(..11).unwrap_or_default()), 11),
            _ => (lost(), 5),
        },
        (_, Some(0 | 0xDC00..=0xDFFF)) => (lost(), 5),
        (_, Some(_)) => (format!("\\{}", rest.get(..5).unwrap_or_default()), 5),
        (Some(short @ ('"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't')), None) => (format!("\\{short}"), 1),
        _ => (lost(), 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_can_be_read_is_kept() {
        for (text, kept, is_whole) in [
            ("", json!({}), false),
            ("{}", json!({}), true),
            (" {\"a\": \"b\\\"\\u00e9\\n\", \"c\": [1, {}]} ", json!({"a": "b\"é\n", "c": [1, {}]}), true),
            (r#"{"a":"\ud83d\ude00"}"#, json!({"a": "😀"}), true),
            (r#"{"a":"help \ud83d"}"#, json!({"a": "help \u{fffd}"}), false),
            (r#"{"a":"\ude00 help\ud83d\u0041\u0000"}"#, json!({"a": "\u{fffd} help\u{fffd}A\u{fffd}"}), false),
            ("{\"a\":\"x\ny\0z\"}", json!({"a": "x\ny\u{fffd}z"}), false),
            (r#"{"a":1,"b":{"c":1,"c":2},"a":3}"#, json!({"a": 3, "b": {"c": 2}}), false),
            (r#"{"a":"x","b":"cut off \u00"#, json!({"a": "x", "b": "cut off \u{fffd}u00"}), false),
            (r#"{"a":"x","b":{"c":[1,2"#, json!({"a": "x", "b": {"c": [1, 2]}}), false),
            (r#"{"a":"x","b":nul"#, json!({"a": "x"}), false),
            (r#"{"a":"x"} and more"#, json!({"a": "x"}), false),
            (r#"{"a":"it\'s"}"#, json!({"a": "it\u{fffd}'s"}), false),
            ("\u{feff}{\"a\":1}", json!({"a": 1}), false),
            ("[1]", json!({}), false),
            ("message=help", json!({}), false),
            ("\"help\"", json!({}), false),
        ] {
            assert_eq!(salvage(text.as_bytes()), (kept.as_object().unwrap().clone(), is_whole), "{text}");
        }
        let (found, is_whole) = salvage(b"{\"a\":\"x\xff\",\"b\":1}");
        assert_eq!((Value::Object(found), is_whole), (json!({"a": "x\u{fffd}", "b": 1}), false));
        let deep = format!("{{\"a\":1,\"b\":{}", "[".repeat(100_000));
        assert_eq!(salvage(deep.as_bytes()), (json!({"a": 1}).as_object().unwrap().clone(), false));
    }
}
