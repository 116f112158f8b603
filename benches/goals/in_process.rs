//! An appliance inside this process: a store with one node, one connection and its token, through the public library.

use scimbox::domain::connection_settings::{Preset, SettingsChange};
use scimbox::domain::idp::Idp;
use scimbox::domain::provisioning::{self, Choice};
use scimbox::domain::token::Issue;
use scimbox::domain::{Error, node};
use scimbox::scim::Caller;
use scimbox::scim::leeway::Leeway;
use scimbox::store::Store;
use scimbox::world;
use std::path::Path;

/// A store that is ready to be asked.
pub struct House {
    /// It.
    pub store: Store,
    /// Who asks.
    pub caller: Caller,
    /// What an identity provider would present.
    pub token: String,
}

impl House {
    /// Makes one in an empty folder.
    ///
    /// # Errors
    /// Those of the store and the rules.
    pub fn build(folder: &Path) -> anyhow::Result<House> {
        let store = Store::open(&folder.join("house"), world::now(), world::random()?)?;
        let (act, issue) = (world::act("cli")?, Issue(world::random()?));
        let made = store.write_blocking(move |tx| {
            let node = node::create(tx, &act, "Bench", None)?;
            let choice = Choice {
                idp: Idp { name: "other" },
                preset: Preset::Rfc,
                change: SettingsChange::default(),
                token_expires_at: None,
            };
            let made = provisioning::generate(tx, &act, node.id, &choice, &issue)?;
            let connection = provisioning::save(tx, &act, made.connection.id)?;
            Ok::<_, Error>((connection, made.secret))
        });
        let (connection, token) = made?;
        let base = format!("http://127.0.0.1:8080/api/rest/scim/v2/{}", connection.node);
        let caller =
            Caller { connection: connection.into(), base, agent: None, now: world::now(), leeway: Leeway::default() };
        Ok(House { store, caller, token })
    }
}
