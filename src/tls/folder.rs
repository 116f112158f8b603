//! The folder of keys and certificates that the appliance makes or obtains itself; nobody but its owner may read it.

use super::TlsError;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// The folder `tls` in the data folder.
#[derive(Clone, Debug)]
pub struct TlsFolder(PathBuf);

impl TlsFolder {
    /// Makes it where it is missing.
    ///
    /// # Errors
    /// [`TlsError::File`]
    pub fn open(data: &Path) -> Result<TlsFolder, TlsError> {
        let path = data.join("tls");
        match DirBuilder::new().mode(0o700).create(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(TlsError::file(&path, &error)),
            _ => Ok(TlsFolder(path)),
        }
    }

    /// What is in a file; `None` when there is no such file.
    ///
    /// # Errors
    /// [`TlsError::File`]
    pub fn read(&self, name: &str) -> Result<Option<Vec<u8>>, TlsError> {
        let path = self.0.join(name);
        match std::fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(TlsError::file(&path, &error)),
        }
    }

    /// Replaces a file: whoever reads it finds the old one or the new one.
    ///
    /// # Errors
    /// [`TlsError::File`]
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), TlsError> {
        let (path, part) = (self.0.join(name), self.0.join(format!("{name}.part")));
        let written = || {
            let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&part)?;
            file.write_all(bytes)?;
            file.sync_all()?;
            std::fs::rename(&part, &path)?;
            File::open(&self.0)?.sync_all()
        };
        written().map_err(|error| TlsError::file(&path, &error))
    }
}
