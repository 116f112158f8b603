//! The data folder: made for its owner alone, refused when strangers could write to it, served by one process at a time.

use super::checkpoint::Checkpoints;
use super::file_check::check_present;
use super::open_error::{NEEDED, OpenError};
use super::private_file::private;
use std::fs::{DirBuilder, File, TryLockError};
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Refuses a full disk whose blocks are smaller than a page: SQLite makes sure of one byte in each page of the index of
/// its log, which is mapped into memory, and where the rest of the page has no room the process dies by SIGBUS.
pub(super) fn check_room(dir: &Path) -> Result<(), OpenError> {
    let failed = |e: rustix::io::Errno| OpenError::Folder(dir.to_owned(), e.into());
    let disk = rustix::fs::statvfs(dir).map_err(failed)?;
    let left = disk.f_bavail.saturating_mul(disk.f_frsize);
    if disk.f_frsize < 4096 && left < NEEDED { Err(OpenError::NoRoom { dir: dir.to_owned(), left }) } else { Ok(()) }
}

/// The file whose lock says that the folder is served.
const LOCK: &str = "scimbox.lock";

/// What the lock file holds when another program brings the log into the database file.
const EXTERNAL: &[u8] = b"external-checkpoints\n";

/// Who brings the log into the database file, as the last server was told.
pub(super) fn checkpoints(dir: &Path) -> Checkpoints {
    match std::fs::read(dir.join(LOCK)) {
        Ok(words) if words == EXTERNAL => Checkpoints::External,
        _ => Checkpoints::Ours,
    }
}

/// Makes the folder and in it an empty database file, if they are missing; the path of the file.
pub(super) fn prepare(dir: &Path) -> Result<PathBuf, OpenError> {
    let failed = |e| OpenError::Folder(dir.to_owned(), e);
    prepare_folder(dir)?;
    let file = dir.join("scimbox.db");
    // SQLite throws the log of an empty file away, so this is asked before it sees any.
    check_present(&file)?;
    // SQLite gives its log and index the mode of this file, so it has to be right before SQLite first sees it.
    match private().create_new(true).open(&file) {
        Ok(_) => {}
        Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {}
        Err(e) => return Err(failed(e)),
    }
    Ok(file)
}

/// Makes the folder, if it is missing, for the owner alone.
fn prepare_folder(dir: &Path) -> Result<(), OpenError> {
    let failed = |e| OpenError::Folder(dir.to_owned(), e);
    DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(failed)?;
    keep_private(dir, 0o700)?;
    for name in ["scimbox.db", "scimbox.db-wal", "scimbox.db-shm", LOCK] {
        keep_private(&dir.join(name), 0o600)?;
    }
    Ok(())
}

/// Refuses what others could have changed, and takes from them what they could read. What is not there is private.
fn keep_private(path: &Path, mode: u32) -> Result<(), OpenError> {
    let found = match path.metadata() {
        Ok(found) => found,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(e) => return Err(OpenError::Folder(path.to_owned(), e)),
    };
    if mode == 0o600 && !found.is_file() {
        return Err(OpenError::NoFile(path.to_owned()));
    }
    if found.uid() != rustix::process::geteuid().as_raw() {
        return Err(OpenError::Owner(path.to_owned()));
    }
    let permissions = found.permissions().mode();
    if permissions & 0o022 != 0 {
        return Err(OpenError::Open(path.to_owned()));
    }
    if permissions & 0o055 != 0 {
        let private = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(path, private).map_err(|e| OpenError::Folder(path.to_owned(), e))?;
        tracing::warn!(path = %path.display(), "others could read this; it is private now");
    }
    Ok(())
}

/// The right to serve a data folder, held until it is dropped or the process ends, however it ends.
#[derive(Debug)]
pub struct FolderLock {
    file: File,
}

impl FolderLock {
    /// Takes the folder, which must exist or is made.
    ///
    /// # Errors
    /// [`OpenError::Taken`] while another process holds it.
    pub fn take(dir: &Path) -> Result<FolderLock, OpenError> {
        prepare(dir)?;
        FolderLock::hold(dir)
    }

    /// The same for who brings a database: it may be missing or damaged.
    ///
    /// # Errors
    /// As [`FolderLock::take`].
    pub fn take_without_database(dir: &Path) -> Result<FolderLock, OpenError> {
        prepare_folder(dir)?;
        FolderLock::hold(dir)
    }

    fn hold(dir: &Path) -> Result<FolderLock, OpenError> {
        let failed = |e| OpenError::Folder(dir.to_owned(), e);
        // A link that somebody has put there would have us write elsewhere.
        let nofollow = rustix::fs::OFlags::NOFOLLOW.bits().cast_signed();
        let mut options = private();
        let options = options.create(true).truncate(false).custom_flags(nofollow);
        let file = options.open(dir.join(LOCK)).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(FolderLock { file }),
            Err(TryLockError::WouldBlock) => Err(OpenError::Taken(dir.to_owned())),
            Err(TryLockError::Error(e)) => Err(failed(e)),
        }
    }

    /// Writes down who brings the log into the database file, for every process that opens it from now on.
    ///
    /// # Errors
    /// [`OpenError::Folder`].
    pub fn leave_checkpoints(&self, to_others: bool) -> Result<(), OpenError> {
        let words: &[u8] = if to_others { EXTERNAL } else { b"" };
        let written = self.file.set_len(0).and_then(|()| self.file.write_all_at(words, 0));
        match written {
            // On a full disk the server starts all the same, and an empty file asks for nothing.
            Err(e) if to_others => Err(OpenError::Folder(PathBuf::from(LOCK), e)),
            _ => Ok(()),
        }
    }

    /// Whether somebody holds the folder.
    pub(in crate::store) fn is_held(dir: &Path) -> bool {
        let file = File::open(dir.join(LOCK));
        // Shared, so that two who ask at once do not take each other for a server.
        file.is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;
    use crate::{domain::Time, store::Store};
    use std::fs::Permissions;

    fn mode(path: &Path) -> u32 {
        path.metadata().unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn nobody_else_can_read_what_is_made() {
        let above = tempfile::tempdir().unwrap();
        let dir = above.path().join("a/data");
        let _lock = FolderLock::take(&dir).unwrap();
        let store = Store::open(&dir, Time(1), [7; 32]).unwrap();
        assert_eq!(mode(&dir), 0o700);
        for name in ["scimbox.db", "scimbox.db-wal", "scimbox.db-shm", "scimbox.lock"] {
            assert_eq!(mode(&dir.join(name)), 0o600, "{name}");
        }
        store.close();
    }

    #[test]
    fn a_folder_that_others_may_write_to_is_refused_untouched() {
        let dir = tempfile::tempdir().unwrap();
        for mode in [0o777, 0o770, 0o702] {
            std::fs::set_permissions(dir.path(), Permissions::from_mode(mode)).unwrap();
            assert!(matches!(Store::open(dir.path(), Time(1), [7; 32]), Err(OpenError::Open(_))));
            assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
        }
    }

    #[test]
    fn what_others_could_read_is_made_private_and_what_they_could_write_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        Store::open(dir.path(), Time(1), [7; 32]).unwrap().close();
        let file = dir.path().join("scimbox.db");
        for path in [dir.path(), &file] {
            std::fs::set_permissions(path, Permissions::from_mode(0o755)).unwrap();
        }
        Store::open(dir.path(), Time(1), [7; 32]).unwrap().close();
        assert_eq!((mode(dir.path()), mode(&file)), (0o700, 0o600));
        std::fs::set_permissions(&file, Permissions::from_mode(0o620)).unwrap();
        assert!(matches!(Store::open(dir.path(), Time(1), [7; 32]), Err(OpenError::Open(path)) if path == file));
    }

    #[test]
    fn the_lock_does_not_follow_a_link() {
        let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let target = other.path().join("made");
        std::os::unix::fs::symlink(&target, dir.path().join(LOCK)).unwrap();
        let refusal = FolderLock::take(dir.path()).unwrap_err();
        assert!(matches!(refusal, OpenError::Folder(..)), "{refusal}");
        assert!(!target.exists());
    }

    #[test]
    fn a_folder_is_served_once_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        let first = FolderLock::take(dir.path()).unwrap();
        let refusal = FolderLock::take(dir.path()).unwrap_err();
        assert!(matches!(refusal, OpenError::Taken(_)), "{refusal}");
        drop(first);
        FolderLock::take(dir.path()).unwrap();
    }

    #[test]
    fn nobody_serves_a_folder_while_its_database_is_upgraded() {
        let dir = tempfile::tempdir().unwrap();
        let other = rusqlite::Connection::open(prepare(dir.path()).unwrap()).unwrap();
        other.execute_batch(include_str!("version_1.sql")).unwrap();
        other
            .execute_batch(
                "INSERT INTO appliance (one, enterprise, counter, cursor_key) VALUES (1, 30000, 1, zeroblob(32));
                 INSERT INTO node (node_id, name, name_folded) VALUES (1, 'Root', 'root');
                 PRAGMA application_id = 0x53636278; PRAGMA user_version = 1; BEGIN IMMEDIATE",
            )
            .unwrap();
        let copied = || std::fs::read_dir(dir.path()).unwrap().any(|entry| is_copy(&entry.unwrap().path()));
        let is_upgraded = std::thread::scope(|scope| {
            let upgrade = scope.spawn(|| Store::open(dir.path(), Time(1), [7; 32]).map(|store| store.close()));
            // Then it waits for the other one.
            while !copied() && !upgrade.is_finished() {
                std::thread::yield_now();
            }
            let refusal = FolderLock::take(dir.path());
            other.execute_batch("ROLLBACK").unwrap();
            assert!(matches!(refusal, Err(OpenError::Taken(_))), "{refusal:?}");
            upgrade.join().unwrap()
        });
        is_upgraded.unwrap();
        FolderLock::take(dir.path()).unwrap();
    }

    fn is_copy(path: &Path) -> bool {
        path.to_string_lossy().contains(".db.v1-") && path.extension().is_none_or(|extension| extension != "part")
    }
}
