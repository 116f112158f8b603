//! A copy of the database as it is at one moment, beside whoever writes it.

use super::{WRITE, connect_reader};
use crate::domain::Fault;
use crate::store::sqlite::private_file::private;
use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};
use std::os::unix::fs::FileExt;
use std::path::Path;

/// Pages that are copied in one go.
const STEP: i32 = 1000;

/// Copies into a file that must not exist; `told` hears of pages done and pages in all. What was committed before the call is
/// in the copy, and what is committed meanwhile is not.
pub(in crate::store) fn copy(file: &Path, to: &Path, told: &mut dyn FnMut(u64, u64)) -> Result<(), Fault> {
    let io = |e: std::io::Error| Fault::Broken(format!("“{}”: {e}", to.display()));
    // SQLite would make it readable by others.
    let target = private().create_new(true).open(to).map_err(io)?;
    let from = connect_reader(file)?;
    // As long as this transaction lasts all steps see the same, whatever is written meanwhile; otherwise each write of
    // another process would begin the copy anew.
    from.execute_batch("BEGIN; SELECT count(*) FROM sqlite_schema")?;
    let mut db = Connection::open_with_flags(to, WRITE)?;
    // Whatever ends this early leaves a file that nobody takes for a backup.
    db.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF")?;
    {
        let copy = Backup::new(&from, &mut db)?;
        loop {
            let step = copy.step(STEP)?;
            let (all, left) = (copy.progress().pagecount, copy.progress().remaining);
            told(u64::try_from(all - left).unwrap_or_default(), u64::try_from(all).unwrap_or_default());
            match step {
                StepResult::Done => break,
                StepResult::More => {}
                _ => return Err(Fault::Busy),
            }
        }
    }
    drop(db);
    // The file format of SQLite, section 1.3.2: the copy is whole without a log beside it, and says so.
    let db = std::fs::OpenOptions::new().write(true).open(to).map_err(io)?;
    db.write_all_at(&[1, 1], 18).map_err(io)?;
    target.sync_all().map_err(io)
}
