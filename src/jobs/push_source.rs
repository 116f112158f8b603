//! From a push record to what push works with: its source and its target, with their secrets.

use crate::domain::connection_state::ConnectionState;
use crate::domain::push_record::{DirectorySchema as Naming, PushRecord, PushTarget, RecordSource, SecretKind};
use crate::domain::token::Issue;
use crate::domain::{Act, Error, Fault, ScimId, Tx, provisioning};
use crate::push::client::Access;
use crate::push::source::Source;
use crate::push::source::directory::{Directory, DirectorySchema};
use crate::push::source::file::FileSource;
use crate::push::source::google::Google;
use crate::store::Store;
use crate::tls::{self, OwnIdentity};
use crate::world;
use zeroize::Zeroizing;

/// The source of a record, with its secret.
///
/// # Errors
/// [`Error::SecretsLocked`] when the key file does not open the secret, [`Error::PushNotReady`] when there is none.
pub fn source(record: &PushRecord, store: &Store) -> Result<Source, Error> {
    let groups = record.groups.clone();
    let secret = || secret(record, store, SecretKind::Source);
    Ok(match record.source.clone() {
        RecordSource::Google { login, token_url, api_url } => {
            Source::Google(Google { login, credentials: secret()?, groups, token_url, api_url })
        }
        RecordSource::Directory { urls, user, ca, plain, schema, base, filter } => Source::Directory(Directory {
            urls,
            user,
            password: secret()?,
            ca,
            plain,
            schema: match schema {
                Naming::ActiveDirectory => DirectorySchema::ActiveDirectory,
                Naming::OpenLdap => DirectorySchema::OpenLdap,
            },
            base,
            groups,
            filter,
        }),
        RecordSource::File { path } => Source::File(FileSource { path, groups }),
    })
}

/// Where a run of a record writes. A token of ours works until this is dropped.
pub struct Target {
    /// The endpoint, and what lets us in.
    pub access: Access,
    /// Ends the token of a connection of ours.
    pub guard: Option<IssuedToken>,
}

/// The target of a record, with a token. One of a connection of ours is issued for this run alone; whoever asks has the
/// [`crate::store::RunLock`] of the target.
///
/// # Errors
/// [`Error::PushNotReady`]: the connection is gone, not saved or paused, or no server runs; [`Error::SecretsLocked`].
pub fn target(record: &PushRecord, store: &Store, act: &Act) -> Result<Target, Error> {
    let id = match &record.target {
        PushTarget::Url { url, ca } => {
            let token = secret(record, store, SecretKind::Target)?;
            let access = Access { url: url.clone(), token, ca: ca.clone(), certified_name: None, identity: None };
            return Ok(Target { access, guard: None });
        }
        PushTarget::Connection(id) => *id,
    };
    let (connection, listening) = (store.read(move |tx| tx.connection(id))?, store.listen_url()?);
    let Some(connection) = connection else {
        return Err(Error::PushNotReady(format!(
            "The connection {id} that the record “{}” pushes to is gone. Choose another with “scimbox push record edit”.",
            record.name
        )));
    };
    match connection.state {
        ConnectionState::Paused => {
            let sentence = format!("The connection {id} is paused. Resume it with “scimbox scim resume {id}”.");
            return Err(Error::PushNotReady(sentence));
        }
        ConnectionState::Draft => return Err(Error::NotSaved),
        ConnectionState::Pending | ConnectionState::Active => {}
    }
    let Some(listening) = listening.filter(|_| store.is_served()) else {
        let sentence = "the appliance is not running: start “scimbox serve” (a push to a connection of this appliance goes \
            through its endpoint)";
        return Err(Error::PushNotReady(sentence.to_owned()));
    };
    let issue = Issue(world::random().map_err(|e| Fault::Broken(e.to_string()))?);
    let by = act.clone();
    let write = move |tx: &mut dyn Tx| provisioning::issue_for_push(tx, &by, id, &issue);
    let (token_id, token) = store.write_blocking(write)?;
    let url = format!("{listening}/api/rest/scim/v2/{}", connection.node);
    let guard = Some(IssuedToken { store: store.clone(), by: act.by.clone(), id, token_id });
    Ok(Target { access: own_access(url, Zeroizing::new(token), tls::own_identity(store.folder())), guard })
}

/// How an endpoint of this very appliance is reached by the address that it listens on: it proves by its own certificate
/// that nobody else listens there now.
pub fn own_access(url: String, token: Zeroizing<String>, own: Option<OwnIdentity>) -> Access {
    let own = own.map(|OwnIdentity { name, certificate, identity }| (name, certificate, identity));
    let (certified_name, ca, identity) = match own {
        Some((name, certificate, identity)) => (Some(name), Some(certificate), Some(identity)),
        None => (None, None, None),
    };
    Access { url, token, ca, certified_name, identity }
}

/// A token that was issued for one run. It is revoked when this is dropped; if the process is killed before, when the next
/// run of the target begins, or after a day.
pub struct IssuedToken {
    store: Store,
    by: String,
    id: ScimId,
    token_id: String,
}

impl Drop for IssuedToken {
    fn drop(&mut self) {
        let Ok(act) = world::act(self.by.clone()) else { return };
        let (id, token_id) = (self.id, self.token_id.clone());
        let revoked =
            self.store.write_blocking(move |tx: &mut dyn Tx| provisioning::revoke(tx, &act, id, &token_id).map(drop));
        match revoked {
            // Deleted with its connection.
            Ok(()) | Err(Error::NotFound(..)) => {}
            Err(error) => tracing::warn!(%error, "the token of a push could not be revoked; it ends within a day"),
        }
    }
}

fn secret(record: &PushRecord, store: &Store, kind: SecretKind) -> Result<Zeroizing<String>, Error> {
    let id = record.id;
    let sealed = store.read(move |tx| tx.push_secret(id, kind))?;
    let Some(sealed) = sealed else {
        let what = match kind {
            SecretKind::Source => record.source.secret().unwrap_or("secret"),
            SecretKind::Target => "target_token",
        };
        return Err(Error::PushNotReady(format!("The record “{}” has no {what}. Enter it again.", record.name)));
    };
    let plain = store.unseal(&kind.sealed_as(record.id), &sealed)?;
    let text = std::str::from_utf8(&plain).map_err(|e| Fault::Broken(e.to_string()))?;
    Ok(Zeroizing::new(text.to_owned()))
}
