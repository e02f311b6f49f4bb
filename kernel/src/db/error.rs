//! What can go wrong in a database, told apart by what a caller can do about it.

use rusqlite::ErrorCode;
use tokio_postgres::error::SqlState;

/// A failure of the storage layer.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// A unique rule was broken; statements are written so that one rule is meant.
    #[error("a unique rule was broken: {0}")]
    Unique(String),
    /// The database cannot serve now: gone, full, locked, or out of time. Trying again may help.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// A column held something else than the type it was read into.
    #[error("{0}")]
    Decode(String),
    /// A statement that must find a row found none.
    #[error("a row was expected and none was found")]
    NoRow,
    /// Anything else: a statement or a constraint that is a mistake of ours.
    #[error("{0}")]
    Statement(String),
}

impl DbError {
    /// Whether a unique rule was broken.
    pub const fn is_unique(&self) -> bool {
        matches!(self, Self::Unique(_))
    }
}

impl From<rusqlite::Error> for DbError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ffi::{SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE};
        let text = error.to_string();
        match error.sqlite_error() {
            Some(e) if matches!(e.extended_code, SQLITE_CONSTRAINT_UNIQUE | SQLITE_CONSTRAINT_PRIMARYKEY) => {
                Self::Unique(text)
            }
            Some(e)
                if matches!(
                    e.code,
                    ErrorCode::DatabaseBusy
                        | ErrorCode::DatabaseLocked
                        | ErrorCode::DiskFull
                        | ErrorCode::SystemIoFailure
                        | ErrorCode::CannotOpen
                        | ErrorCode::ReadOnly
                        | ErrorCode::OperationInterrupted
                        | ErrorCode::OutOfMemory
                ) =>
            {
                Self::Unavailable(text)
            }
            _ => Self::Statement(text),
        }
    }
}

impl From<tokio_postgres::Error> for DbError {
    fn from(error: tokio_postgres::Error) -> Self {
        let Some(server) = error.as_db_error() else {
            // No word from the server: the connection broke, or a value did not fit its column.
            let text = cause(&error);
            return if error.is_closed() || text.contains("connect") || text.contains("communicating") {
                Self::Unavailable(text)
            } else {
                Self::Decode(text)
            };
        };
        let text = format!("{} ({})", server.message(), server.code().code());
        let class = server.code().code().get(..2).unwrap_or_default();
        match server.code() {
            &SqlState::UNIQUE_VIOLATION => Self::Unique(text),
            // 08 connection, 53 resources, 57 operator intervention (shutdown, statement timeout),
            // 58 system, 55P03 lock timeout, 40 serialization or deadlock, 25006 a standby.
            _ if matches!(class, "08" | "53" | "57" | "58" | "40") => Self::Unavailable(text),
            &SqlState::LOCK_NOT_AVAILABLE | &SqlState::READ_ONLY_SQL_TRANSACTION => Self::Unavailable(text),
            _ => Self::Statement(text),
        }
    }
}

impl From<deadpool_postgres::PoolError> for DbError {
    fn from(error: deadpool_postgres::PoolError) -> Self {
        Self::Unavailable(cause(&error))
    }
}

/// The error with the causes below it, in one line.
fn cause(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut below = error.source();
    while let Some(e) = below {
        text.push_str(": ");
        text.push_str(&e.to_string());
        below = e.source();
    }
    text
}
