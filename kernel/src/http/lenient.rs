//! Values of bodies as clients send them: a whole number also as `5.0` or `"5"`, a number as `"4.5"`, a truth as `"true"`
//! or `1`. Forms send texts, and programs without whole numbers a point. Texts are never made of anything else.
//!
//! What does not fit is refused in words for people and not in the names of Rust's types.

use serde::{
    Deserializer,
    de::{
        Error as _, IntoDeserializer, Visitor,
        value::{MapDeserializer, SeqDeserializer},
    },
    forward_to_deserialize_any,
};
use serde_json::{Error, Number, Value};

/// A value that is read in this way, with everything in it.
pub(super) struct Lenient(pub Value);

impl Lenient {
    fn whole(self) -> Result<Value, Error> {
        let whole = match &self.0 {
            Value::Number(n) => n.as_i64().or_else(|| n.as_f64().and_then(without_fraction)),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        whole.map(Value::from).ok_or_else(|| Error::custom("must be a whole number"))
    }

    fn number(self) -> Result<Value, Error> {
        let number = match self.0 {
            Value::Number(n) => Some(n),
            Value::String(text) => text.trim().parse().ok().and_then(Number::from_f64),
            _ => None,
        };
        number.map(Value::Number).ok_or_else(|| Error::custom("must be a number"))
    }

    fn truth(self) -> Result<bool, Error> {
        let word = match self.0 {
            Value::Bool(truth) => return Ok(truth),
            Value::Number(n) => n.to_string(),
            Value::String(text) => text.trim().to_lowercase(),
            _ => String::new(),
        };
        match word.as_str() {
            "true" | "1" => Ok(true),
            "false" | "0" => Ok(false),
            _ => Err(Error::custom("must be true or false")),
        }
    }

    fn text(self) -> Result<Value, Error> {
        if self.0.is_string() { Ok(self.0) } else { Err(Error::custom("must be a text")) }
    }
}

/// What a number without a fraction is, if every whole number up to it is one of its kind.
fn without_fraction(number: f64) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0; // two to the power of 53
    // Its shortest decimal form has neither point nor exponent.
    (number.fract() == 0.0 && number.abs() <= EXACT).then(|| format!("{number:.0}").parse().ok()).flatten()
}

impl IntoDeserializer<'_, Error> for Lenient {
    type Deserializer = Self;
    fn into_deserializer(self) -> Self {
        self
    }
}

macro_rules! whole {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            // A number that the type has no place for.
            self.whole()?.$method(visitor).map_err(|_| Error::custom("is a number out of range"))
        }
    )*};
}

macro_rules! number {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            self.number()?.$method(visitor)
        }
    )*};
}

macro_rules! text {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            self.text()?.$method(visitor)
        }
    )*};
}

impl<'de> Deserializer<'de> for Lenient {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Array(items) => visitor.visit_seq(SeqDeserializer::new(items.into_iter().map(Lenient))),
            Value::Object(entries) => {
                visitor.visit_map(MapDeserializer::new(entries.into_iter().map(|(name, value)| (name, Lenient(value)))))
            }
            plain => plain.deserialize_any(visitor),
        }
    }

    whole! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
    }
    number! { deserialize_f32 deserialize_f64 }
    text! { deserialize_str deserialize_string deserialize_char }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_bool(self.truth()?)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.0.is_array() { self.deserialize_any(visitor) } else { Err(Error::custom("must be a list")) }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.0.is_object() { self.deserialize_any(visitor) } else { Err(Error::custom("must be an object")) }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.0.deserialize_enum(name, variants, visitor)
    }

    forward_to_deserialize_any! {
        bytes byte_buf unit unit_struct tuple tuple_struct identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::{Deserialize, de::DeserializeOwned};
    use serde_json::json;

    fn read<T: DeserializeOwned>(value: Value) -> Result<T, String> {
        T::deserialize(Lenient(value)).map_err(|e| e.to_string())
    }

    #[test]
    fn whole_numbers_are_read_however_they_are_written() {
        for value in [json!(5), json!(5.0), json!("5"), json!(" 5 ")] {
            assert_eq!(read::<i64>(value.clone()), Ok(5), "{value}");
        }
        for value in
            [json!(5.5), json!("5.0"), json!("x"), json!(""), json!(true), json!([5]), json!(1e300), json!(null)]
        {
            assert_eq!(read::<i64>(value.clone()), Err("must be a whole number".to_owned()), "{value}");
        }
        assert_eq!(read::<i64>(json!(-9_007_199_254_740_992.0)), Ok(-9_007_199_254_740_992));
        assert_eq!(read::<u8>(json!(300)), Err("is a number out of range".to_owned()));
    }

    #[test]
    fn numbers_and_truths_are_read_as_texts_too() {
        for value in [json!(4.5), json!("4.5")] {
            assert_eq!(read::<f64>(value.clone()), Ok(4.5), "{value}");
        }
        for value in [json!("NaN"), json!("inf"), json!("4,5"), json!(false), json!({})] {
            assert_eq!(read::<f64>(value.clone()), Err("must be a number".to_owned()), "{value}");
        }
        for (value, truth) in
            [(json!(true), true), (json!("True"), true), (json!(1), true), (json!("0"), false), (json!(0), false)]
        {
            assert_eq!(read(value.clone()), Ok(truth), "{value}");
        }
        assert_eq!(read::<bool>(json!("yes")), Err("must be true or false".to_owned()));
    }

    #[test]
    fn texts_are_made_of_nothing_else() {
        assert_eq!(read("5".into()), Ok("5".to_owned()));
        assert_eq!(read::<String>(json!(5)), Err("must be a text".to_owned()));
    }

    #[test]
    fn what_is_inside_is_read_alike() {
        #[derive(Debug, PartialEq, Deserialize)]
        struct Inner {
            n: Option<i64>,
        }
        #[derive(Debug, PartialEq, Deserialize)]
        struct Outer {
            list: Vec<Inner>,
            flag: Option<bool>,
        }
        let outer = read(json!({ "list": [{ "n": "7" }, { "n": null }, {}], "flag": "false", "more": {} }));
        let inner = |n| Inner { n };
        assert_eq!(outer, Ok(Outer { list: vec![inner(Some(7)), inner(None), inner(None)], flag: Some(false) }));
        assert_eq!(read::<Outer>(json!({ "list": {} })), Err("must be a list".to_owned()));
        assert_eq!(read::<Vec<Inner>>(json!(["x"])), Err("must be an object".to_owned()));
    }
}
