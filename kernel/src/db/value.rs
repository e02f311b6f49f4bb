//! Values in both directions: what a statement binds ([`Arg`]) and what a column yields ([`Column`]).

use crate::clock::{Day, Timestamp};
use rusqlite::types::{ToSqlOutput, ValueRef};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{cell::Cell, error::Error as StdError};
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use uuid::Uuid;

use super::error::DbError;

/// A bound parameter. SQLite stores ids as 16 bytes, times as microseconds since 1970, days and JSON as text.
#[derive(Debug, Clone, PartialEq)]
pub enum Arg {
    /// A null whose type the statement decides.
    Null,
    /// `boolean`, 0 or 1 on SQLite.
    Bool(bool),
    /// Every integer is a `bigint`.
    Int(i64),
    /// `double precision`.
    Real(f64),
    /// `text`.
    Text(String),
    /// `bytea`.
    Bytes(Vec<u8>),
    /// `uuid`.
    Uuid(Uuid),
    /// `timestamptz`.
    Time(Timestamp),
    /// `date`.
    Day(Day),
    /// `jsonb`, already written as JSON.
    Json(String),
}

macro_rules! arg_from {
    ($($type:ty => |$value:ident| $arg:expr),* $(,)?) => {
        $(impl From<$type> for Arg { fn from($value: $type) -> Self { $arg } })*
    };
}
arg_from! {
    bool => |v| Self::Bool(v),
    i64 => |v| Self::Int(v),
    i32 => |v| Self::Int(v.into()),
    u32 => |v| Self::Int(v.into()),
    f64 => |v| Self::Real(v),
    String => |v| Self::Text(v),
    &str => |v| Self::Text(v.to_owned()),
    &String => |v| Self::Text(v.clone()),
    Vec<u8> => |v| Self::Bytes(v),
    &[u8] => |v| Self::Bytes(v.to_vec()),
    Uuid => |v| Self::Uuid(v),
    Timestamp => |v| Self::Time(v),
    Day => |v| Self::Day(v),
}

impl<T: Into<Arg>> From<Option<T>> for Arg {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// A `jsonb` column read into, or written from, a type of ours.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Json<T>(pub T);

impl<T: Serialize> From<Json<T>> for Arg {
    fn from(json: Json<T>) -> Self {
        // Only a map with keys that are not strings can fail, and none of ours has one.
        serde_json::to_string(&json.0).map_or(Self::Null, Self::Json)
    }
}

impl rusqlite::ToSql for Arg {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Null => ToSqlOutput::Borrowed(ValueRef::Null),
            Self::Bool(v) => ToSqlOutput::from(*v),
            Self::Int(v) => ToSqlOutput::from(*v),
            Self::Real(v) => ToSqlOutput::from(*v),
            Self::Text(v) | Self::Json(v) => ToSqlOutput::from(v.as_str()),
            Self::Bytes(v) => ToSqlOutput::from(v.as_slice()),
            Self::Uuid(v) => ToSqlOutput::Borrowed(ValueRef::Blob(v.as_bytes())),
            Self::Time(v) => ToSqlOutput::from(v.micros()),
            Self::Day(v) => ToSqlOutput::from(v.to_string()),
        })
    }
}

impl ToSql for Arg {
    fn to_sql(&self, ty: &Type, out: &mut bytes::BytesMut) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Bool(v) => v.to_sql(ty, out),
            Self::Int(v) => match *ty {
                Type::INT4 => i32::try_from(*v)?.to_sql(ty, out),
                #[expect(clippy::cast_precision_loss, reason = "a count bound to a double")]
                Type::FLOAT8 => (*v as f64).to_sql(ty, out),
                _ => v.to_sql(ty, out),
            },
            Self::Real(v) => v.to_sql(ty, out),
            Self::Text(v) => v.as_str().to_sql(ty, out),
            Self::Bytes(v) => v.as_slice().to_sql(ty, out),
            Self::Uuid(v) => v.to_sql(ty, out),
            Self::Time(v) => v.utc().to_sql(ty, out),
            Self::Day(v) => v.date().to_sql(ty, out),
            Self::Json(v) => {
                if *ty == Type::JSONB {
                    out.extend_from_slice(&[1]); // the one version of the binary format
                }
                out.extend_from_slice(v.as_bytes());
                Ok(IsNull::No)
            }
        }
    }

    fn accepts(_: &Type) -> bool {
        true // the server checks; a wrong type is an error of the statement, found by the prepare test
    }

    to_sql_checked!();
}

/// A type that a column of either engine can be read into.
pub trait Column: Sized {
    /// What the PostgreSQL driver decodes.
    type Pg: for<'a> FromSql<'a>;
    /// From PostgreSQL's value.
    fn from_pg(value: Self::Pg) -> Result<Self, DbError>;
    /// From SQLite's value.
    fn from_sqlite(value: ValueRef<'_>) -> Result<Self, DbError>;
}

fn mismatch(expected: &str, found: ValueRef<'_>) -> DbError {
    DbError::Decode(format!("expected {expected}, found {}", found.data_type()))
}

macro_rules! column {
    ($type:ty, $pg:ty, $expected:literal, |$p:ident| $from_pg:expr, $($pattern:pat => $value:expr),+) => {
        impl Column for $type {
            type Pg = $pg;
            fn from_pg($p: $pg) -> Result<Self, DbError> { Ok($from_pg) }
            fn from_sqlite(value: ValueRef<'_>) -> Result<Self, DbError> {
                match value { $($pattern => Ok($value),)+ other => Err(mismatch($expected, other)) }
            }
        }
    };
}
column!(i64, i64, "an integer", |p| p, ValueRef::Integer(v) => v);
column!(bool, bool, "a boolean", |p| p, ValueRef::Integer(v) => v != 0);
#[expect(clippy::cast_precision_loss, reason = "SQLite may hand a whole number to a double column")]
mod real {
    use super::{Column, DbError, ValueRef, mismatch};
    column!(f64, f64, "a number", |p| p, ValueRef::Real(v) => v, ValueRef::Integer(v) => v as f64);
}
column!(Vec<u8>, Vec<u8>, "bytes", |p| p, ValueRef::Blob(v) => v.to_vec());
column!(Timestamp, chrono::DateTime<chrono::Utc>, "a time", |p| Timestamp::from(p), ValueRef::Integer(v) => Timestamp::from_micros(v));

fn text(value: ValueRef<'_>) -> Result<&str, DbError> {
    match value {
        ValueRef::Text(bytes) => std::str::from_utf8(bytes).map_err(|e| DbError::Decode(e.to_string())),
        other => Err(mismatch("text", other)),
    }
}

impl Column for String {
    type Pg = Self;
    fn from_pg(value: Self) -> Result<Self, DbError> {
        Ok(value)
    }
    fn from_sqlite(value: ValueRef<'_>) -> Result<Self, DbError> {
        text(value).map(str::to_owned)
    }
}

impl Column for Uuid {
    type Pg = Self;
    fn from_pg(value: Self) -> Result<Self, DbError> {
        Ok(value)
    }
    fn from_sqlite(value: ValueRef<'_>) -> Result<Self, DbError> {
        match value {
            ValueRef::Blob(bytes) => Self::from_slice(bytes).map_err(|e| DbError::Decode(e.to_string())),
            other => Err(mismatch("an id", other)),
        }
    }
}

impl Column for Day {
    type Pg = chrono::NaiveDate;
    fn from_pg(value: chrono::NaiveDate) -> Result<Self, DbError> {
        Ok(Self::from(value))
    }
    fn from_sqlite(value: ValueRef<'_>) -> Result<Self, DbError> {
        text(value)?.parse().map_err(|e: &'static str| DbError::Decode(e.to_owned()))
    }
}

impl<T: DeserializeOwned> Column for Json<T> {
    type Pg = JsonText;
    fn from_pg(value: JsonText) -> Result<Self, DbError> {
        parse(&value.0)
    }
    fn from_sqlite(value: ValueRef<'_>) -> Result<Self, DbError> {
        parse(text(value)?)
    }
}

fn parse<T: DeserializeOwned>(text: &str) -> Result<Json<T>, DbError> {
    serde_json::from_str(text).map(Json).map_err(|e| DbError::Decode(e.to_string()))
}

/// The text of a PostgreSQL `json` or `jsonb` value.
#[derive(Debug)]
pub struct JsonText(String);

impl JsonText {
    /// The text.
    pub fn into_inner(self) -> String {
        self.0
    }
}

impl<'a> FromSql<'a> for JsonText {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn StdError + Sync + Send>> {
        let raw = if *ty == Type::JSONB { raw.get(1..).unwrap_or_default() } else { raw };
        Ok(Self(std::str::from_utf8(raw)?.to_owned()))
    }
    fn accepts(ty: &Type) -> bool {
        matches!(*ty, Type::JSON | Type::JSONB)
    }
}

impl<T: Column> Column for Option<T> {
    type Pg = Option<T::Pg>;
    fn from_pg(value: Self::Pg) -> Result<Self, DbError> {
        value.map(T::from_pg).transpose()
    }
    fn from_sqlite(value: ValueRef<'_>) -> Result<Self, DbError> {
        match value {
            ValueRef::Null => Ok(None),
            value => T::from_sqlite(value).map(Some),
        }
    }
}

/// One row of either engine.
#[derive(Debug)]
pub struct Row<'a> {
    of: Of<'a>,
    /// Where the next field is likely to stand: records list their fields in the order of their columns.
    next: Cell<usize>,
}

#[derive(Debug)]
enum Of<'a> {
    Sqlite(&'a rusqlite::Row<'a>),
    Postgres(&'a tokio_postgres::Row),
}

impl<'a> Row<'a> {
    pub(super) fn sqlite(row: &'a rusqlite::Row<'a>) -> Self {
        Self { of: Of::Sqlite(row), next: Cell::new(0) }
    }

    pub(super) fn postgres(row: &'a tokio_postgres::Row) -> Self {
        Self { of: Of::Postgres(row), next: Cell::new(0) }
    }

    /// The column called `name`.
    pub fn get<T: Column>(&self, name: &str) -> Result<T, DbError> {
        let likely = self.next.get();
        let at = match &self.of {
            Of::Sqlite(row) => {
                let statement = row.as_ref();
                if statement.column_name(likely).is_ok_and(|n| n == name) {
                    likely
                } else {
                    statement.column_index(name)?
                }
            }
            Of::Postgres(row) => {
                let columns = row.columns();
                if columns.get(likely).is_some_and(|c| c.name() == name) {
                    likely
                } else {
                    let found = columns.iter().position(|c| c.name() == name);
                    found.ok_or_else(|| DbError::Decode(format!("no column {name}")))?
                }
            }
        };
        self.next.set(at + 1);
        self.at(at).map_err(|e| DbError::Decode(format!("column {name}: {e}")))
    }

    /// The column at position `at`.
    pub fn at<T: Column>(&self, at: usize) -> Result<T, DbError> {
        match &self.of {
            Of::Sqlite(row) => T::from_sqlite(row.get_ref(at)?),
            Of::Postgres(row) => T::from_pg(row.try_get(at)?),
        }
    }
}

/// A type that a whole row can be read into: a `record!`, or a scalar for the first column.
pub trait FromRow: Sized + Send + 'static {
    /// Reads the row.
    fn from_row(row: &Row<'_>) -> Result<Self, DbError>;
}

impl<T: Column + Send + 'static> FromRow for T {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        row.at(0)
    }
}

/// Declares a struct and reads it from a row by the names of its fields.
#[macro_export]
macro_rules! record {
    ($(#[$meta:meta])* $vis:vis struct $name:ident {
        $($(#[$field_meta:meta])* $field_vis:vis $field:ident : $type:ty),* $(,)?
    }) => {
        $(#[$meta])*
        $vis struct $name { $($(#[$field_meta])* $field_vis $field: $type),* }

        impl $crate::db::FromRow for $name {
            fn from_row(row: &$crate::db::Row<'_>) -> ::std::result::Result<Self, $crate::db::DbError> {
                Ok(Self { $($field: row.get(stringify!($field))?),* })
            }
        }
    };
}
