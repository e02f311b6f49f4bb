//! Request bodies as JSON: strict where leniency would let two readers of one text see two things.

use super::lenient::Lenient;
use crate::{Error, Result};
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::{cell::Cell, fmt};

/// Reads a text whose objects name each key once, at any depth.
pub(super) fn parse(text: &[u8]) -> Result<Value> {
    let malformed = |e: serde_json::Error| {
        Error::malformed("malformed_json", format!("The body is not the JSON it should be: {}", plain(&e.to_string())))
    };
    let mut reader = serde_json::Deserializer::from_slice(text);
    let left = Cell::new(MOST_VALUES);
    let value = Unique { left: &left }.deserialize(&mut reader).map_err(malformed)?;
    reader.end().map_err(malformed)?;
    Ok(value)
}

/// Reads `value` into a wire type; a wrong type names its field.
pub(super) fn read<T: DeserializeOwned>(value: Value) -> Result<T> {
    serde_path_to_error::deserialize(Lenient(value)).map_err(|e| {
        let path = e.path().to_string();
        let fault = plain(&e.inner().to_string());
        if path == "." { Error::malformed("invalid_body", fault) } else { Error::field(&path, fault) }
    })
}

/// The parser's words without positions that mean nothing to a person, control characters and long echoes.
pub(super) fn plain(words: &str) -> String {
    words.chars().filter(|c| !c.is_control()).take(200).collect()
}

/// How many values a body may have: each costs memory many times its text.
const MOST_VALUES: u32 = 20_000;

#[derive(Clone, Copy)]
struct Unique<'a> {
    left: &'a Cell<u32>,
}

impl Unique<'_> {
    fn count<E: serde::de::Error>(self) -> Result<(), E> {
        let left = self.left.get().checked_sub(1).ok_or_else(|| E::custom("it has more than 20000 values"))?;
        self.left.set(left);
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Unique<'_> {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.count()?;
        deserializer.deserialize_any(self)
    }
}

/// PostgreSQL's text has no place for it, and nobody means it.
fn no_nul<E: serde::de::Error>(text: String) -> Result<String, E> {
    if text.contains('\0') { Err(E::custom("a text contains the character U+0000")) } else { Ok(text) }
}

impl<'de> Visitor<'de> for Unique<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_bool<E>(self, v: bool) -> Result<Value, E> {
        Ok(Value::Bool(v))
    }
    fn visit_i64<E>(self, v: i64) -> Result<Value, E> {
        Ok(Value::Number(v.into()))
    }
    fn visit_u64<E>(self, v: u64) -> Result<Value, E> {
        Ok(Value::Number(v.into()))
    }
    fn visit_f64<E>(self, v: f64) -> Result<Value, E> {
        Ok(Number::from_f64(v).map_or(Value::Null, Value::Number))
    }
    fn visit_str<E: serde::de::Error>(self, v: &str) -> Result<Value, E> {
        no_nul(v.to_owned()).map(Value::String)
    }
    fn visit_string<E: serde::de::Error>(self, v: String) -> Result<Value, E> {
        no_nul(v).map(Value::String)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            let key = no_nul(key)?;
            if map.contains_key(&key) {
                return Err(A::Error::custom(format!("the key \"{key}\" stands twice in one object")));
            }
            let value = entries.next_value_seed(self)?;
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_may_stand_once_at_any_depth() {
        for bad in [r#"{"a":1,"a":2}"#, r#"{"x":[{"b":{"a":1,"\u0061":2}}]}"#] {
            assert!(parse(bad.as_bytes()).unwrap_err().to_string().contains("twice"), "{bad}");
        }
        assert!(parse(br#"{"a":{"a":1},"b":{"a":1}}"#).is_ok());
    }

    #[test]
    fn hostile_texts_are_refused() {
        let deep = "[".repeat(100_000);
        for bad in [
            deep.as_str(),
            "",
            "{",
            "{} x",
            "\u{feff}{}",
            "{\"a\":1e400}",
            "{\"a\":\"\\u0000\"}",
            "{\"a\":\"\\ud800\"}",
            "NaN",
        ] {
            assert!(parse(bad.as_bytes()).is_err(), "{} bytes", bad.len());
        }
        assert!(parse(format!("[{}0]", "0,".repeat(20_000)).as_bytes()).is_err());
        assert!(parse(format!("[{}0]", "0,".repeat(19_000)).as_bytes()).is_ok());
        assert!(parse(&[0xff, 0xfe, 0x7b, 0, 0x7d, 0]).is_err());
    }
}
