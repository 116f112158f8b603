//! Push records: named settings of SCIM push. A record says where people come from, where they go, and how far a run may go.

use super::push_options::PushOptions;
use super::words::words;
use super::{Error, Fault, Noun, Result, ScimId, Time, Tx, fold};
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

/// The kinds of sources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceKind {
    /// Google Workspace.
    Google,
    /// Active Directory or another LDAP directory.
    Directory,
    /// A file of JSON or CSV.
    File,
}

words!(SourceKind, "source", Google = "google", Directory = "ad", File = "file");

/// How a directory names its attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DirectorySchema {
    /// As Active Directory does.
    ActiveDirectory,
    /// As OpenLDAP does.
    OpenLdap,
}

words!(DirectorySchema, "schema", ActiveDirectory = "ad", OpenLdap = "openldap");

/// Where people come from, without the secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordSource {
    /// Google Workspace. Its secret is the text of the service account's key file.
    Google {
        /// The administrator as whom the service account reads.
        login: String,
        /// Where tokens come from, if not from where the key file says.
        token_url: Option<String>,
        /// Where the Directory API is, if not at Google.
        api_url: Option<String>,
    },
    /// A directory. Its secret is the password of `user`.
    Directory {
        /// `ldap://HOST` or `ldaps://HOST`, tried in this order.
        urls: Vec<String>,
        /// `DOMAIN\user`, a user principal name, or a DN.
        user: String,
        /// Certificates of authorities to trust instead of the system's, PEM.
        ca: Option<String>,
        /// Whether `ldap://` may stay without TLS.
        plain: bool,
        /// How attributes are named.
        schema: DirectorySchema,
        /// Where to search; the server says it if absent.
        base: Option<String>,
        /// What people have to match as well (RFC 4515).
        filter: Option<String>,
    },
    /// A file. It has no secret.
    File {
        /// An absolute path, or `-` for stdin.
        path: String,
    },
}

impl RecordSource {
    /// Which kind it is.
    pub fn kind(&self) -> SourceKind {
        match self {
            RecordSource::Google { .. } => SourceKind::Google,
            RecordSource::Directory { .. } => SourceKind::Directory,
            RecordSource::File { .. } => SourceKind::File,
        }
    }

    /// What its secret is called, if it has one.
    pub fn secret(&self) -> Option<&'static str> {
        match self {
            RecordSource::Google { .. } => Some("credentials"),
            RecordSource::Directory { .. } => Some("ad_password"),
            RecordSource::File { .. } => None,
        }
    }
}

/// Where people go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PushTarget {
    /// A connection of this appliance. It may be gone.
    Connection(ScimId),
    /// Any SCIM service. Its secret is the token.
    Url {
        /// The base URL, without a slash at the end.
        url: String,
        /// Certificates of authorities to trust instead of the system's, PEM.
        ca: Option<String>,
    },
}

impl PushTarget {
    /// What the lock of a target is called: runs of records with the same target wait for each other.
    pub fn lock_name(&self) -> String {
        match self {
            PushTarget::Connection(id) => id.to_string(),
            PushTarget::Url { url, .. } => {
                let digest = HEXLOWER.encode(&Sha256::digest(url.as_bytes()));
                format!("url-{}", digest.get(..16).unwrap_or_default())
            }
        }
    }
}

/// When a record runs by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Five words of cron.
    pub cron: String,
    /// The IANA name of the time zone that the words are meant in.
    pub time_zone: String,
    /// Whether it is on.
    pub enabled: bool,
    /// When the next run is due.
    pub next_at: Option<Time>,
}

/// When a source was compared whole, and its state then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    /// When.
    pub at: Time,
    /// A mark that only the source can read.
    pub mark: String,
}

/// A named configuration of SCIM push, without its secrets.
#[derive(Clone, Debug)]
pub struct PushRecord {
    /// Its number, in the number space of nodes; never reused.
    pub id: i64,
    /// Its name, unique when folded.
    pub name: String,
    /// Where people come from.
    pub source: RecordSource,
    /// The groups to read; everybody when empty.
    pub groups: Vec<String>,
    /// Where people go.
    pub target: PushTarget,
    /// How far a run may go.
    pub options: PushOptions,
    /// When it runs by itself.
    pub schedule: Option<Schedule>,
    /// When somebody confirmed its first run. A change of source, groups or target takes that back.
    pub confirmed_at: Option<Time>,
    /// The state of the source at the last run that came to its end, in the source's own words, and when that was.
    pub compared: Option<Compared>,
    /// How many people the last complete run read.
    pub people: Option<u64>,
    /// Whether the secret of its source is kept.
    pub has_source_secret: bool,
    /// Whether the token of its target is kept.
    pub has_target_token: bool,
    /// When it was created.
    pub created_at: Time,
    /// Who created it.
    pub created_by: String,
    /// When it was last changed.
    pub modified_at: Time,
}

/// The two secrets of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretKind {
    /// The password of the directory, or the key file of Google.
    Source,
    /// The token of the target.
    Target,
}

impl SecretKind {
    /// What the secret of a record is sealed as: sealed bytes that were put in another place cannot be opened.
    pub fn sealed_as(self, record: i64) -> String {
        match self {
            SecretKind::Source => format!("push_record:{record}:source"),
            SecretKind::Target => format!("push_record:{record}:target"),
        }
    }
}

/// Secrets as they are kept; the others stay as they are.
#[derive(Clone, Debug, Default)]
pub struct SealedSecrets {
    /// A new secret of the source.
    pub source: Option<Vec<u8>>,
    /// A new token of the target.
    pub target: Option<Vec<u8>>,
}

/// What records need of a store.
pub trait PushRecords {
    /// One by its number.
    fn push_record(&mut self, id: i64) -> Result<Option<PushRecord>, Fault>;
    /// One by its folded name.
    fn push_record_named(&mut self, folded: &str) -> Result<Option<PushRecord>, Fault>;
    /// All of them, by name.
    fn push_records(&mut self) -> Result<Vec<PushRecord>, Fault>;
    /// Adds one without secrets.
    fn insert_push_record(&mut self, record: &PushRecord) -> Result<(), Fault>;
    /// Writes all but number, creation and secrets.
    fn update_push_record(&mut self, record: &PushRecord) -> Result<(), Fault>;
    /// Removes one.
    fn delete_push_record(&mut self, id: i64) -> Result<(), Fault>;
    /// A secret as it is kept.
    fn push_secret(&mut self, id: i64, kind: SecretKind) -> Result<Option<Vec<u8>>, Fault>;
    /// Keeps a secret, or none.
    fn keep_push_secret(&mut self, id: i64, kind: SecretKind, sealed: Option<&[u8]>) -> Result<(), Fault>;
}

/// The record of a number, or a refusal that names it.
pub fn get(tx: &mut dyn Tx, id: i64) -> Result<PushRecord> {
    tx.push_record(id)?.ok_or_else(|| Error::NotFound(Noun::PushRecord, id.to_string()))
}

/// The record of a name or a number.
pub fn find(tx: &mut dyn Tx, name: &str) -> Result<PushRecord> {
    if let Some(record) = tx.push_record_named(&fold(name))? {
        return Ok(record);
    }
    match name.parse::<i64>() {
        Ok(id) => get(tx, id),
        Err(_) => Err(Error::NotFound(Noun::PushRecord, name.to_owned())),
    }
}
