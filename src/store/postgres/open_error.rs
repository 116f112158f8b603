//! Why a database on PostgreSQL cannot be used.

use crate::domain::Fault;

/// Why a database cannot be used, for the one who starts the program. Nothing in it has changed.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// It does not answer, or lets nobody in.
    #[error("it cannot be reached: {0}")]
    Refused(String),
    /// It holds something else.
    #[error("it holds tables that are not Scimbox's. Give Scimbox a database of its own")]
    Foreign,
    /// Made by a newer program.
    #[error("it was made by a newer Scimbox (schema {found}, this one knows up to {known}). Install the newer one")]
    Newer {
        /// Its version.
        found: i64,
        /// The latest version of this program.
        known: i64,
    },
    /// An appliance is in it.
    #[error("it holds an appliance already. Move into an empty database")]
    Occupied,
    /// A move into it has not come to its end.
    #[error(
        "everything is being moved into it, or an interrupted move has left it half full. Run “scimbox migrate-store” again to its end"
    )]
    Moving,
    /// A move from it needs the current schema.
    #[error(
        "it holds no appliance, or one with an older schema. Start this version on it once, stop it, and move then"
    )]
    Older,
    /// It cannot hold every text.
    #[error("its encoding is {0}. Make one with “CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0”")]
    Encoding(String),
    /// Too old.
    #[error("it runs on PostgreSQL {0}. Scimbox needs 14 or newer")]
    Server(i64),
    /// Anything else.
    #[error("{0}")]
    Unusable(Fault),
}

impl DatabaseError {
    /// The stable word for it.
    pub fn code(&self) -> &'static str {
        match self {
            DatabaseError::Refused(_) => "STORAGE_UNREACHABLE",
            DatabaseError::Foreign => "NOT_A_DATABASE",
            DatabaseError::Newer { .. } => "DATABASE_NEWER",
            DatabaseError::Occupied => "DATABASE_OCCUPIED",
            DatabaseError::Moving => "DATABASE_MOVING",
            DatabaseError::Older
            | DatabaseError::Encoding(_)
            | DatabaseError::Server(_)
            | DatabaseError::Unusable(_) => "DATABASE_UNUSABLE",
        }
    }
}
