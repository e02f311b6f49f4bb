//! Ids: `UUIDv7` in newtypes, one a noun, made by [`Ids`] only.

use crate::clock::Clock;
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};
use uuid::Uuid;

/// The one source of new ids.
#[derive(Debug, Clone)]
pub enum Ids {
    /// Random, ordered by time.
    System,
    /// Counted, for tests that show ids in their snapshots.
    Counting(Arc<AtomicU64>),
}

impl Ids {
    /// Ids 1, 2, 3, ... of a test.
    pub fn counting() -> Self {
        Self::Counting(Arc::default())
    }

    /// A new id.
    #[expect(clippy::disallowed_methods, reason = "this is the source that the others ask")]
    pub fn next(&self, clock: &Clock) -> Uuid {
        match self {
            Self::System => Uuid::now_v7(),
            Self::Counting(count) => {
                let n = count.fetch_add(1, Ordering::SeqCst) + 1;
                let millis = u64::try_from(clock.now().micros() / 1000).unwrap_or_default();
                uuid::Builder::from_unix_timestamp_millis(millis, &counted(n)).into_uuid()
            }
        }
    }
}

/// Ten bytes that end in `n`.
fn counted(n: u64) -> [u8; 10] {
    let mut bytes = [0; 10];
    for (to, from) in bytes.iter_mut().skip(2).zip(n.to_be_bytes()) {
        *to = from;
    }
    bytes
}

/// Declares the id of a noun: a `UUIDv7` that cannot be taken for another noun's.
#[macro_export]
macro_rules! id {
    ($(#[$meta:meta])* $name:ident, $noun:literal) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, ::serde::Serialize, ::serde::Deserialize, ::utoipa::ToSchema)]
        #[serde(transparent)]
        #[schema(value_type = String, format = Uuid, example = "01a3b1c2-7a00-7000-8000-00000000002a")]
        pub struct $name(pub ::uuid::Uuid);

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                ::std::fmt::Display::fmt(&self.0, f)
            }
        }
        impl $crate::http::Noun for $name {
            const NOUN: &'static str = $noun;
        }
        impl ::std::convert::From<$name> for $crate::db::Arg {
            fn from(id: $name) -> Self { Self::Uuid(id.0) }
        }
        impl $crate::db::Column for $name {
            type Pg = ::uuid::Uuid;
            fn from_pg(value: ::uuid::Uuid) -> ::std::result::Result<Self, $crate::db::DbError> { Ok(Self(value)) }
            fn from_sqlite(value: $crate::db::ValueRef<'_>) -> ::std::result::Result<Self, $crate::db::DbError> {
                <::uuid::Uuid as $crate::db::Column>::from_sqlite(value).map(Self)
            }
        }
    };
}
