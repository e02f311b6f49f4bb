//! The words with which intel is sorted: one of a few, the same in JSON, in the database and in queries.

use kernel::db::{Arg, Column, DbError, ValueRef};
use serde::Serialize;
use utoipa::ToSchema;

macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$word_meta:meta])* $variant:ident = $word:literal),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
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

        impl From<$name> for Arg {
            fn from(value: $name) -> Self { Self::from(value.word()) }
        }

        impl Column for $name {
            type Pg = String;
            fn from_pg(word: String) -> Result<Self, DbError> {
                Self::named(&word).ok_or(DbError::Decode(word))
            }
            fn from_sqlite(value: ValueRef<'_>) -> Result<Self, DbError> {
                String::from_sqlite(value).and_then(Self::from_pg)
            }
        }
    };
}

words! {
    /// What somebody wants with it: `question`, `update`, `warning`, `recommendation`, `local_insight` or `tip`. A reply
    /// is always an `update`.
    Kind {
        Question = "question",
        Update = "update",
        Warning = "warning",
        Recommendation = "recommendation",
        LocalInsight = "local_insight",
        Tip = "tip",
    }
}

words! {
    /// How serious it is: `low`, `medium`, `high` or `critical`.
    Severity { Low = "low", Medium = "medium", High = "high", Critical = "critical" }
}

words! {
    /// How far the matter has come: `open`, `in_progress`, `resolved`, `verified`, `closed` or `archived`.
    Status {
        Open = "open",
        InProgress = "in_progress",
        Resolved = "resolved",
        Verified = "verified",
        Closed = "closed",
        Archived = "archived",
    }
}

words! {
    /// How far answering has come: `open`, `awaiting_response`, `resolved` or `verified`.
    ResponseStatus {
        Open = "open",
        AwaitingResponse = "awaiting_response",
        Resolved = "resolved",
        Verified = "verified",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_the_same_in_json_and_in_the_database() {
        for kind in Kind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.word());
            assert_eq!(Kind::named(&format!(" {} ", kind.word().to_uppercase())), Some(*kind));
        }
        for status in ResponseStatus::ALL {
            assert_eq!(serde_json::to_value(status).unwrap(), status.word());
        }
        assert_eq!((Status::named("done"), Severity::named("")), (None, None));
    }
}
