//! Words of a contract: one of a few, the same in JSON, in the database and in queries.

/// Declares an enum whose variants are words.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$word_meta:meta])* $variant:ident = $word:literal),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, ::serde::Serialize, ::serde::Deserialize, ::utoipa::ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub(crate) enum $name { $($(#[$word_meta])* $variant),* }

        impl $name {
            /// All of them, in the order of the contract.
            pub(crate) const ALL: &[Self] = &[$(Self::$variant),*];

            /// Its word.
            pub(crate) const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }

            /// The one with this word, whatever its case.
            pub(crate) fn named(word: &str) -> Option<Self> {
                let word = word.trim().to_lowercase();
                Self::ALL.iter().copied().find(|w| w.word() == word)
            }
        }

        impl From<$name> for ::kernel::db::Arg {
            fn from(value: $name) -> Self { Self::from(value.word()) }
        }

        impl ::kernel::db::Column for $name {
            type Pg = String;
            fn from_pg(word: String) -> Result<Self, ::kernel::db::DbError> {
                Self::named(&word).ok_or(::kernel::db::DbError::Decode(word))
            }
            fn from_sqlite(value: ::kernel::db::ValueRef<'_>) -> Result<Self, ::kernel::db::DbError> {
                <String as ::kernel::db::Column>::from_sqlite(value).and_then(Self::from_pg)
            }
        }
    };
}

pub(crate) use words;
