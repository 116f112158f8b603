//! Where the rows are: in the data folder, or in a database that several instances share.

use super::{ArgumentError, default_data_dir};
use crate::store::{DatabaseAddress, Store, holds_password};
use crate::world;
use std::ffi::OsString;
use std::path::PathBuf;

/// The options that say so, of every command.
#[derive(clap::Args, Clone, Default)]
pub(super) struct StoreArgs {
    /// The data folder; without it ./scimbox-data.
    #[arg(long, global = true, env = "SCIMBOX_DATA_DIR", value_name = "DIR")]
    pub(super) data_dir: Option<PathBuf>,
    /// The database that holds the rows in place of the data folder: postgres://USER@HOST:PORT/DB. Its password comes from
    /// PGPASSWORD, or from --store-password-file.
    #[arg(long, global = true, env = "SCIMBOX_STORE", value_name = "URL", hide_env_values = true)]
    store: Option<String>,
    /// The authority of the database's certificate, PEM; without it those of the system.
    #[arg(long, global = true, env = "SCIMBOX_STORE_CA", value_name = "FILE")]
    store_ca: Option<PathBuf>,
    /// A file with the password of the database: lines as in .pgpass, or the password alone.
    #[arg(long, global = true, env = "SCIMBOX_STORE_PASSWORD_FILE", value_name = "FILE")]
    store_password_file: Option<PathBuf>,
}

impl StoreArgs {
    /// The data folder.
    pub(super) fn dir(&self) -> PathBuf {
        self.data_dir.clone().unwrap_or_else(default_data_dir)
    }

    /// The database; nothing where the rows are in the data folder.
    pub(super) fn database(&self) -> anyhow::Result<Option<DatabaseAddress>> {
        self.store.as_deref().filter(|url| !url.is_empty()).map(|url| self.address(url)).transpose()
    }

    /// A database by its address, with the password and the authority that the options name.
    pub(super) fn address(&self, url: &str) -> anyhow::Result<DatabaseAddress> {
        let is_argument = std::env::args().any(|argument| argument.contains(url));
        if is_argument && holds_password(url) {
            let sentence = "Every user of this machine can read the arguments of a program, so no password may be in them. Set \
                PGPASSWORD, name a file with --store-password-file, or give the whole address as SCIMBOX_STORE.";
            return Err(ArgumentError::NotPermitted(sentence.to_owned()).into());
        }
        let password = std::env::var("PGPASSWORD").ok().filter(|password| !password.is_empty());
        let parsed =
            DatabaseAddress::parse(url, self.store_ca.as_deref(), password, self.store_password_file.as_deref());
        parsed.map_err(|error| ArgumentError::Usage(error.to_string()).into())
    }

    /// The variables that say the same to another program of ours.
    pub(super) fn variables(&self) -> Vec<(&'static str, OsString)> {
        let named = [
            ("SCIMBOX_STORE", self.store.clone().map(OsString::from)),
            ("SCIMBOX_STORE_CA", self.store_ca.clone().map(OsString::from)),
            ("SCIMBOX_STORE_PASSWORD_FILE", self.store_password_file.clone().map(OsString::from)),
        ];
        named.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }

    /// Refuses what is about the file in a data folder where there is none.
    pub(super) fn needs_file(&self, who: &str) -> anyhow::Result<()> {
        match self.database()? {
            Some(_) => Err(ArgumentError::NotPermitted(who.to_owned()).into()),
            None => Ok(()),
        }
    }

    /// Where the rows are, in words.
    pub(super) fn name(&self) -> anyhow::Result<String> {
        Ok(match self.database()? {
            Some(address) => format!("the database “{address}”"),
            None => format!("the data folder “{}”", self.dir().display()),
        })
    }

    /// Opens the store; whether a new appliance was made in it.
    pub(super) fn open(&self) -> anyhow::Result<(Store, bool)> {
        let dir = self.dir();
        match self.database()? {
            Some(address) => Ok(Store::open_on(&address, &dir, world::random()?)?),
            None => {
                let new = !dir.join("scimbox.db").exists();
                Ok((Store::open(&dir, world::now(), world::random()?)?, new))
            }
        }
    }
}
