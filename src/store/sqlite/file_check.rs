//! What a data folder tells of its past: copies of the database, that it held one, and whether the file was cut.

use super::files_beside::{beside, copies};
use super::open_error::OpenError;
use super::private_file::private;
use super::recovery::Kept;
use std::io::Read;
use std::path::Path;

/// The file that says that the folder has held an appliance.
const MARK: &str = "scimbox.mark";

/// Whether the folder of a database has held one before.
pub(super) fn was_used(file: &Path) -> bool {
    let log = beside(file, "-wal").metadata().is_ok_and(|log| log.len() > 0);
    log || file.with_file_name(MARK).exists() || !copies(file).is_empty()
}

/// Refuses a folder that has held a database and where it is missing or empty now, before anything is made in its place.
///
/// # Errors
/// [`OpenError::Missing`].
pub(super) fn check_present(file: &Path) -> Result<(), OpenError> {
    // In this order, because whoever makes a new database leaves traces only once there is something in it.
    let used = was_used(file);
    let empty = match file.metadata() {
        Ok(found) => found.len() == 0,
        Err(error) => error.kind() == std::io::ErrorKind::NotFound,
    };
    if used && empty { Err(OpenError::Missing(file.to_owned())) } else { Ok(()) }
}

/// Remembers that the folder holds an appliance, for the day when its database is gone.
pub(in crate::store) fn mark_used(file: &Path) {
    let mark = file.with_file_name(MARK);
    if !mark.exists()
        && let Err(error) = private().create(true).truncate(true).open(&mark)
    {
        tracing::debug!(%error, "the folder could not be marked as used");
    }
}

/// Refuses a file without a log that has not as many pages as its header counts.
///
/// # Errors
/// [`OpenError::Damaged`].
pub(in crate::store) fn check_whole(file: &Path) -> Result<(), OpenError> {
    let failed = |e| OpenError::Folder(file.to_owned(), e);
    let length = file.metadata().map_err(failed)?.len();
    match Header::read(file).map_err(failed)? {
        Some(Header { page, counted: Some(pages) }) if pages * page != length => Err(OpenError::Damaged {
            file: file.to_owned(),
            found: format!("it has {length} bytes and should have {}", pages * page),
        }),
        _ => Ok(()),
    }
}

/// What the header of a database says of its length.
struct Header {
    /// The size of a page, in bytes.
    page: u64,
    /// How many there are, if that number is of the last change.
    counted: Option<u64>,
}

impl Header {
    /// `None` where there is no such header.
    fn read(file: &Path) -> std::io::Result<Option<Header>> {
        let mut header = [0; 100];
        std::fs::File::open(file)?.read_exact(&mut header)?;
        // The file format of SQLite, section 1.3: the size of a page at 16, how many there are at 28, and whether that
        // number is of the last change (24 and 92 are then alike).
        let number = |at: usize, length: usize| {
            header.get(at..at + length).into_iter().flatten().fold(0u64, |sum, byte| (sum << 8) | u64::from(*byte))
        };
        let page = if number(16, 2) == 1 { 65_536 } else { number(16, 2) };
        let counted = (number(24, 4) == number(92, 4)).then(|| number(28, 4));
        Ok((page >= 512 && header.starts_with(b"SQLite format 3\0")).then_some(Header { page, counted }))
    }
}

/// Refuses a file that is shorter than its own header says, or ends within a page, unless the rest is in the log.
///
/// # Errors
/// [`OpenError::Damaged`].
pub(in crate::store) fn check_length(file: &Path, log: &Kept) -> Result<(), OpenError> {
    let failed = |e| OpenError::Folder(file.to_owned(), e);
    let length = file.metadata().map_err(failed)?.len();
    if length == 0 {
        return Ok(());
    }
    let header = Header::read(file).map_err(failed)?;
    let Some(Header { page, counted }) = header else { return Ok(()) };
    let pages = match log.size {
        0 => counted.unwrap_or_default(),
        size => size,
    };
    // What is missing at the end, and at the end of what is there.
    let missing = length / page + 1..=pages.max(length.div_ceil(page));
    match missing.into_iter().all(|page| u32::try_from(page).is_ok_and(|page| log.pages.contains(&page))) {
        true => Ok(()),
        false => Err(OpenError::Damaged {
            file: file.to_owned(),
            found: format!("it has {length} bytes and should have {}", pages.max(1) * page),
        }),
    }
}
