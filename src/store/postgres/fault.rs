//! What a failure of the database means, by its code; the text is for the log alone.

use crate::domain::Fault;
use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

/// What to do about a failure.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    /// What to answer if nothing is done.
    pub(super) fault: Fault,
    /// Whether the same may succeed when it is begun anew.
    pub(super) again: bool,
    /// Whether the connection is of no more use.
    pub(super) lost: bool,
}

impl Failure {
    /// The connection is of no more use.
    pub(super) fn lost() -> Failure {
        Failure { fault: Fault::Unreachable, again: true, lost: true }
    }

    /// The database did not answer in time.
    pub(super) fn late() -> Failure {
        Failure { fault: Fault::Unreachable, again: false, lost: true }
    }

    /// Of an answer of the database, or of none.
    pub(super) fn of(error: &Error) -> Failure {
        let Some(told) = error.as_db_error() else {
            let text = std::error::Error::source(error).map_or_else(|| error.to_string(), |e| format!("{error}: {e}"));
            // A value that cannot be read or sent is no fault of the connection.
            return match text.starts_with("error serializing") || text.starts_with("error deserializing") {
                true => Failure { fault: Fault::Broken(text), again: false, lost: false },
                false => {
                    tracing::debug!(error = text, "a connection to the database is lost");
                    Failure::lost()
                }
            };
        };
        let code = told.code();
        let plain = |fault| Failure { fault, again: false, lost: false };
        match (code.code(), code.code().get(..2)) {
            // A connection that the database ends because it waited too long is as lost as one that broke.
            ("25P03" | "57P05", _) | (_, Some("08")) => return Failure::lost(),
            (_, Some("40")) => return Failure { fault: Fault::Conflict, again: true, lost: false },
            _ => {}
        }
        match *code {
            SqlState::ADMIN_SHUTDOWN | SqlState::CRASH_SHUTDOWN | SqlState::CANNOT_CONNECT_NOW => Failure::lost(),
            // Whoever came first is seen by the next attempt, which then says so itself.
            SqlState::UNIQUE_VIOLATION | SqlState::FOREIGN_KEY_VIOLATION => Failure {
                fault: Fault::Broken(format!("{told} ({})", told.constraint().unwrap_or_default())),
                again: true,
                lost: false,
            },
            SqlState::QUERY_CANCELED => plain(Fault::TooLong),
            SqlState::LOCK_NOT_AVAILABLE => plain(Fault::Busy),
            SqlState::TOO_MANY_CONNECTIONS => Failure { fault: Fault::Unreachable, again: true, lost: true },
            SqlState::DISK_FULL | SqlState::OUT_OF_MEMORY => plain(Fault::Unwritable),
            // After a change of roles the database of before takes no more writes.
            SqlState::READ_ONLY_SQL_TRANSACTION => Failure { fault: Fault::Unwritable, again: true, lost: true },
            _ => plain(Fault::Broken(format!("{told} (code {})", code.code()))),
        }
    }
}
