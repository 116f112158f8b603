//! Where the server on a data folder listens, for those on the same machine. Instances share a database but no folder, so there it
//! stands in a file of each one's folder.

use super::{Backend, Store};
use crate::domain::Fault;
use std::io::ErrorKind;
use std::path::PathBuf;

impl Store {
    /// Where the server on this data folder listens; `None` after a clean stop.
    ///
    /// # Errors
    /// Those of the store; [`Fault::Broken`] when the file cannot be read.
    pub fn listen_url(&self) -> Result<Option<String>, Fault> {
        let Some(file) = self.listening() else { return self.read(|tx| tx.listen_url()) };
        match std::fs::read_to_string(&file) {
            Ok(url) => Ok(Some(url.trim().to_owned()).filter(|url| !url.is_empty())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Fault::Broken(format!("{}: {error}", file.display()))),
        }
    }

    /// Remembers where the server on this data folder listens.
    ///
    /// # Errors
    /// Those of the store; [`Fault::Unwritable`] when the file cannot be written.
    pub fn set_listen_url(&self, url: &str) -> Result<(), Fault> {
        match self.listening() {
            Some(file) => std::fs::write(file, format!("{url}\n")).map_err(|_| Fault::Unwritable),
            None => {
                let url = url.to_owned();
                self.write_blocking(move |tx| tx.set_listen_url(Some(&url)))
            }
        }
    }

    /// Forgets that it listens there, unless another one listens already.
    ///
    /// # Errors
    /// As [`Store::set_listen_url`].
    pub fn forget_listen_url(&self, url: &str) -> Result<(), Fault> {
        match self.listening() {
            Some(file) if self.listen_url()?.as_deref() == Some(url) => {
                std::fs::remove_file(file).map_err(|_| Fault::Unwritable)
            }
            Some(_) => Ok(()),
            None => {
                let url = url.to_owned();
                self.write_blocking(move |tx| match tx.listen_url()? {
                    Some(known) if known == url => tx.set_listen_url(None),
                    _ => Ok(()),
                })
            }
        }
    }

    fn listening(&self) -> Option<PathBuf> {
        match &*self.0 {
            Backend::Sqlite(_) => None,
            Backend::Postgres(postgres) => Some(postgres.folder().join("listening")),
        }
    }
}
