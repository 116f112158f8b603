//! `serve --demo`: an administrator, a node and a saved connection, ready to be tried.

use crate::domain::admin::{self, Hasher, NewAdmin};
use crate::domain::connection_settings::{CaptureMode, Preset, SettingsChange};
use crate::domain::idp::Idp;
use crate::domain::provisioning::{self, Choice};
use crate::domain::sandbox::Sandbox;
use crate::domain::token::Issue;
use crate::domain::{Error, Tx, fold, node};
use crate::store::Store;
use crate::world;
use std::path::{Path, PathBuf};

const EMAIL: &str = "demo@example.com";
const NODE: &str = "Demo";

/// A data folder that goes with the process.
pub(super) struct Folder(PathBuf);

impl Folder {
    /// Makes one below the system's folder for temporary files, under a name that cannot be guessed.
    pub(super) fn make() -> anyhow::Result<Folder> {
        let name = format!("scimbox-demo-{}", world::secret()?);
        Ok(Folder(std::env::temp_dir().join(name)))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed is left to the system, which clears that folder.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Makes what is missing and prints how to use it. In a folder that was used before, the administrator gets a new
/// password and the connection a new token, because the old ones cannot be shown again.
pub(super) fn prepare(store: &Store, base: &str) -> anyhow::Result<String> {
    let password = world::secret()?.chars().filter(char::is_ascii_alphanumeric).take(16).collect::<String>();
    let (act, issue) = (world::act("demo")?, Issue(world::random()?));
    let hash = Hasher::default().hash(&password, &world::random()?)?;
    let token = store.write_blocking(move |tx: &mut dyn Tx| {
        match tx.admin_by_email(&fold(EMAIL))? {
            Some((admin, _)) => admin::reset_password(tx, &act, admin.id, &hash, None)?,
            None => {
                let new =
                    NewAdmin { email: EMAIL.to_owned(), name: "Demo".to_owned(), password: hash.clone(), role: None };
                admin::create(tx, &act, &new)?;
            }
        }
        let root = tx.root()?.id;
        let node = match tx.child_named(root, &fold(NODE))? {
            Some(id) => id,
            None => node::add(tx, &act, NODE, None, Some(Sandbox::default()))?.id,
        };
        let made = match tx.connection_of(node)?.filter(|c| c.saved_at.is_some()) {
            Some(connection) => provisioning::rotate(tx, &act, connection.id, 0, None, &issue)?,
            None => {
                let choice = Choice {
                    idp: Idp::OTHER,
                    preset: Preset::Keeper,
                    change: SettingsChange { capture: Some(CaptureMode::Full), ..SettingsChange::default() },
                    token_expires_at: None,
                };
                let made = provisioning::generate(tx, &act, node, &choice, &issue)?;
                provisioning::save(tx, &act, made.connection.id)?;
                made
            }
        };
        Ok::<_, Error>((made.connection, made.secret))
    });
    let (connection, token) = token?;
    let url = format!("{base}/api/rest/scim/v2/{}", connection.node);
    Ok(format!(
        "\n  Console   {base}/ui/\n    e-mail    {EMAIL}\n    password  {password}\n\n  \
         SCIM URL  {url}\n  Token     {token}\n\n  Try it:\n    \
         curl -H 'Authorization: Bearer {token}' '{url}/Users'\n    \
         curl -H 'Authorization: Bearer {token}' -d '{{\"userName\":\"ada@example.com\",\"displayName\":\"Ada\"}}' '{url}/Users'\n\n  \
         Watch it arrive: {base}/ui/connections/{}\n  Stop with Ctrl-C.\n",
        connection.id
    ))
}
