//! The body of a request as JSON has it, read as what a form declares and as nothing else.
//!
//! What serde derives takes a sequence for a struct, its members in their order, which no description of ours offers: an array in
//! the place of an object would be read as an object whose members nobody named. And `serde_json` takes an object that has
//! none of several forms, or two, for a fault of the JSON. So the text becomes a [`Shape`] first, and forms are read from that.

use std::fmt;

use serde::de::value::{MapAccessDeserializer, MapDeserializer, SeqDeserializer, StringDeserializer};
use serde::de::{Deserialize, Deserializer, Error as _, IntoDeserializer, MapAccess, SeqAccess, Unexpected, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::{Error, Number};

/// A value. Members stand as they came, twice if they came twice, so that a form refuses those.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Shape {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A string.
    Text(String),
    /// An array.
    List(Vec<Shape>),
    /// An object.
    Object(Vec<(String, Shape)>),
}

impl Shape {
    /// What it is, for a message: without the value, which may be a password.
    fn unexpected(&self) -> Unexpected<'_> {
        match self {
            Shape::Null => Unexpected::Other("null"),
            Shape::Bool(_) => Unexpected::Other("a boolean"),
            Shape::Number(_) => Unexpected::Other("a number"),
            Shape::Text(_) => Unexpected::Other("a string"),
            Shape::List(_) => Unexpected::Other("an array"),
            Shape::Object(_) => Unexpected::Other("an object"),
        }
    }
}

impl<'de> Deserialize<'de> for Shape {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Shape, D::Error> {
        d.deserialize_any(Reading)
    }
}

/// Reads any JSON.
struct Reading;

impl<'de> Visitor<'de> for Reading {
    type Value = Shape;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Shape, E> {
        Ok(Shape::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Shape, E> {
        Ok(Shape::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Shape, E> {
        Ok(Shape::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Shape, E> {
        Ok(Shape::Number(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Shape, E> {
        Number::from_f64(value).map(Shape::Number).ok_or_else(|| E::custom("number out of range"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Shape, E> {
        Ok(Shape::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Shape, E> {
        Ok(Shape::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Shape, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Shape::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Shape, A::Error> {
        let mut object = Vec::new();
        while let Some(member) = members.next_entry()? {
            object.push(member);
        }
        Ok(Shape::Object(object))
    }
}

impl<'de> IntoDeserializer<'de, Error> for Shape {
    type Deserializer = Shape;

    fn into_deserializer(self) -> Shape {
        self
    }
}

impl<'de> Deserializer<'de> for Shape {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Shape::Null => visitor.visit_unit(),
            Shape::Bool(value) => visitor.visit_bool(value),
            Shape::Number(number) => number.deserialize_any(visitor),
            Shape::Text(text) => visitor.visit_string(text),
            Shape::List(items) => {
                let mut items = SeqDeserializer::new(items.into_iter());
                let value = visitor.visit_seq(&mut items)?;
                items.end()?;
                Ok(value)
            }
            Shape::Object(members) => {
                let mut members = MapDeserializer::new(members.into_iter());
                let value = visitor.visit_map(&mut members)?;
                members.end()?;
                Ok(value)
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Shape::Null => visitor.visit_none(),
            some => visitor.visit_some(some),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self {
            Shape::Object(_) => self.deserialize_any(visitor),
            other => Err(Error::invalid_type(other.unexpected(), &"an object")),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self {
            Shape::Text(text) => visitor.visit_enum(StringDeserializer::new(text)),
            Shape::Object(members) if members.len() == 1 => {
                visitor.visit_enum(MapAccessDeserializer::new(MapDeserializer::new(members.into_iter())))
            }
            Shape::Object(members) => {
                let what = match members.len() {
                    0 => "an object without members".to_owned(),
                    n => format!("an object of {n} members"),
                };
                Err(Error::custom(format!("{what}, where exactly one of {} is wanted", variants.join(", "))))
            }
            other => Err(Error::invalid_type(other.unexpected(), &"a string or an object")),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map identifier ignored_any
    }
}
