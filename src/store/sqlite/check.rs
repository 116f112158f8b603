//! The look for damage before a database is served.

use super::connect_reader;
use crate::domain::Fault;
use crate::store::OpenError;
use rusqlite::ErrorCode;
use std::path::Path;
use std::time::{Duration, Instant};

const BUDGET: Duration = Duration::from_secs(10);
const TOO_LARGE: u64 = 1 << 30;

/// Runs SQLite's quick check as far as it comes in its time.
pub(in crate::store) fn quick_check(file: &Path) -> Result<(), OpenError> {
    let unusable = |fault| OpenError::Unusable(file.to_owned(), fault);
    let size = file.metadata().map_err(|e| OpenError::Folder(file.to_owned(), e))?.len();
    if size > TOO_LARGE {
        tracing::info!(size, "the database is too large to be checked at the start");
        return Ok(());
    }
    let mut db = connect_reader(file).map_err(|e| unusable(e.into()))?;
    let until = Instant::now() + BUDGET;
    db.progress_handler(10_000, Some(move || Instant::now() >= until)).map_err(|e| unusable(e.into()))?;
    match db.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0)) {
        Ok(verdict) if verdict == "ok" => Ok(()),
        Ok(verdict) => Err(OpenError::Damaged { file: file.to_owned(), found: verdict }),
        Err(e) => match (e.sqlite_error_code(), Fault::from(e)) {
            (Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase), fault) => {
                Err(OpenError::Damaged { file: file.to_owned(), found: fault.to_string() })
            }
            (Some(ErrorCode::OperationInterrupted), _) => {
                tracing::info!("the check of the database was ended after ten seconds");
                Ok(())
            }
            (_, fault) => Err(unusable(fault)),
        },
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use crate::domain::Time;
    use crate::store::{OpenError, Store};
    use std::os::unix::fs::FileExt;

    #[test]
    fn a_damaged_file_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path(), Time(1), [7; 32]).unwrap();
        store.quick_check().unwrap();
        store.close();
        drop(store);
        let file = std::fs::OpenOptions::new().write(true).open(dir.path().join("scimbox.db")).unwrap();
        // The first page with the schema stays, so that only a look at the others finds anything.
        file.write_all_at(&[0xff; 4096], 3 * 4096).unwrap();
        let verdict = Store::open(dir.path(), Time(1), [7; 32]).and_then(|store| store.quick_check());
        assert!(matches!(verdict, Err(OpenError::Damaged { .. })), "{verdict:?}");
    }
}
