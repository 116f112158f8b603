//! Push records: named configurations of SCIM push. The keys are those of the options of the command line.

use super::push_run::PushRun;
use super::scalar::{Id, Moment};
use super::words::{DirectorySchema, Missing, SourceKind};
use crate::domain::node;
use crate::domain::predicate::Window;
use crate::domain::push_record::{self, PushTarget, RecordSource};
use crate::domain::push_run::RunKind;
use crate::domain::{Result, Tx};
use serde::Serialize;
use utoipa::ToSchema;

/// A named configuration of SCIM push, without its secrets.
#[derive(Serialize, ToSchema)]
pub struct PushRecord {
    /// The id of the record.
    pub record_id: Id,
    /// The name.
    pub name: String,
    /// Where people come from.
    pub source: SourceKind,
    /// The groups to read; everybody if empty.
    pub groups: Vec<String>,
    /// The connection of this appliance that people go to.
    pub target: Option<Id>,
    /// The node of that connection; null once the connection is gone.
    pub target_node_id: Option<Id>,
    /// The path of that node.
    pub target_node: Option<String>,
    /// The base URL of the SCIM service that people go to, if it is another one.
    pub target_url: Option<String>,
    /// The certificates of authorities to trust for it, PEM.
    pub target_ca: Option<String>,
    /// Whether its token is set.
    pub target_token_set: bool,
    /// The administrator as whom Google Workspace is read.
    pub login: Option<String>,
    /// Where tokens of Google come from, if not from where the key file says.
    pub google_token_url: Option<String>,
    /// Where the Directory API is, if not at Google.
    pub google_api_url: Option<String>,
    /// The domain controllers, in the order in which they are tried.
    pub ad_urls: Vec<String>,
    /// Who reads the directory.
    pub ad_user: Option<String>,
    /// The certificates of authorities to trust for the directory, PEM.
    pub ca: Option<String>,
    /// Whether the directory may be read without TLS.
    pub plain: Option<bool>,
    /// How the directory names its attributes.
    pub schema: Option<DirectorySchema>,
    /// Where to search in the directory; the server says it if null.
    pub base_dn: Option<String>,
    /// What people have to match as well, a filter of LDAP.
    pub filter: Option<String>,
    /// The file that people come from.
    pub path: Option<String>,
    /// Whether the secret of the source is set: the password of the directory, or the key file of Google.
    pub source_secret_set: bool,
    /// -1, 0 or 1: whether a run removes nothing, what it brought itself, or whatever the source does not have.
    #[schema(minimum = -1, maximum = 1)]
    pub destructive: i64,
    /// What becomes of users whom the source no longer has.
    pub missing: Missing,
    /// Whether what a run brings is approved at once.
    pub auto_approve: bool,
    /// Whether the log of a run names each object.
    pub verbose: bool,
    /// Addresses and names of groups that are never touched.
    pub protect: Vec<String>,
    /// A run that would lock or delete more users does nothing.
    pub max_users_removed: u64,
    /// The same in per cent.
    pub max_users_removed_percent: u64,
    /// A run that would delete more groups does nothing.
    pub max_groups_deleted: u64,
    /// The same in per cent.
    pub max_groups_deleted_percent: u64,
    /// A run that would remove more members from one group does nothing.
    pub max_members_removed: u64,
    /// The same in per cent.
    pub max_members_removed_percent: u64,
    /// How much smaller the source may have become since the last run, in per cent.
    pub max_shrink_percent: u64,
    /// Requests at the same time.
    #[schema(minimum = 1, maximum = 16)]
    pub concurrency: u64,
    /// Whether Bulk is used where the target announces it.
    pub bulk: bool,
    /// When it runs by itself.
    pub schedule: Option<Schedule>,
    /// When its first run was confirmed.
    pub confirmed_at: Option<Moment>,
    /// How many people the last complete run read.
    pub people: Option<u64>,
    /// The newest run that was to carry a plan out.
    pub last_run: Option<PushRun>,
    /// The run that waits or is under way, of whatever kind.
    pub open_run_id: Option<Id>,
    /// When it was created.
    pub created_at: Moment,
    /// Who created it.
    pub created_by: String,
    /// When it was last changed.
    pub modified_at: Moment,
}

/// All push records.
#[derive(Serialize, ToSchema)]
pub struct PushRecords {
    /// The records, by name.
    pub push_records: Vec<PushRecord>,
}

/// When a record runs by itself.
#[derive(Serialize, ToSchema)]
pub struct Schedule {
    /// Five words of cron.
    pub cron: String,
    /// The IANA name of the time zone that they are meant in.
    pub time_zone: String,
    /// Whether it is on.
    pub enabled: bool,
    /// When the next run is due.
    pub next_at: Option<Moment>,
}

impl PushRecord {
    /// A record with the node that it fills and its newest run.
    ///
    /// # Errors
    /// Those of the store.
    pub fn new(tx: &mut dyn Tx, record: push_record::PushRecord) -> Result<PushRecord> {
        let node = match record.target {
            PushTarget::Connection(id) => {
                tx.connection(id)?.map(|connection| node::get(tx, connection.node)).transpose()?
            }
            PushTarget::Url { .. } => None,
        };
        let target_node = node.as_ref().map(|node| node::path_of(tx, node)).transpose()?;
        let (target, target_url, target_ca) = match record.target {
            PushTarget::Connection(id) => (Some(id.into()), None, None),
            PushTarget::Url { url, ca } => (None, Some(url), ca),
        };
        let newest = Window { offset: 0, limit: 1 };
        let (last, _) = tx.push_runs(Some(record.id), Some(RunKind::Run), newest)?;
        let open = tx.open_push_runs()?.into_iter().find(|run| run.record == record.id);
        let options = record.options;
        let limits = options.limits;
        let view = PushRecord {
            record_id: Id(record.id),
            name: record.name,
            source: record.source.kind().into(),
            groups: record.groups,
            target,
            target_node_id: node.map(|node| node.id.into()),
            target_node,
            target_url,
            target_ca,
            target_token_set: record.has_target_token,
            login: None,
            google_token_url: None,
            google_api_url: None,
            ad_urls: Vec::new(),
            ad_user: None,
            ca: None,
            plain: None,
            schema: None,
            base_dn: None,
            filter: None,
            path: None,
            source_secret_set: record.has_source_secret,
            destructive: options.destructive,
            missing: options.missing.into(),
            auto_approve: options.auto_approve,
            verbose: options.verbose,
            protect: options.protected,
            max_users_removed: limits.users_removed,
            max_users_removed_percent: limits.users_removed_percent,
            max_groups_deleted: limits.groups_deleted,
            max_groups_deleted_percent: limits.groups_deleted_percent,
            max_members_removed: limits.members_removed,
            max_members_removed_percent: limits.members_removed_percent,
            max_shrink_percent: limits.shrank_percent,
            concurrency: options.concurrency,
            bulk: options.bulk,
            schedule: record.schedule.map(Schedule::from),
            confirmed_at: record.confirmed_at.map(Moment),
            people: record.people,
            last_run: last.first().map(PushRun::from),
            open_run_id: open.map(|run| Id(run.id)),
            created_at: record.created_at.into(),
            created_by: record.created_by,
            modified_at: record.modified_at.into(),
        };
        Ok(view.with(record.source))
    }

    fn with(self, source: RecordSource) -> PushRecord {
        match source {
            RecordSource::Google { login, token_url, api_url } => {
                PushRecord { login: Some(login), google_token_url: token_url, google_api_url: api_url, ..self }
            }
            RecordSource::Directory { urls, user, ca, plain, schema, base, filter } => PushRecord {
                ad_urls: urls,
                ad_user: Some(user),
                ca,
                plain: Some(plain),
                schema: Some(schema.into()),
                base_dn: base,
                filter,
                ..self
            },
            RecordSource::File { path } => PushRecord { path: Some(path), ..self },
        }
    }
}

impl From<push_record::Schedule> for Schedule {
    fn from(schedule: push_record::Schedule) -> Schedule {
        let push_record::Schedule { cron, time_zone, enabled, next_at } = schedule;
        Schedule { cron, time_zone, enabled, next_at: next_at.map(Moment) }
    }
}
