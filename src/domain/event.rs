//! Events: the audit log. Every change is written with who made it, in the transaction of the change itself.

use super::words::words;
use super::{Act, Error, Fault, NodeId, Result, TeamId, Time, UserId};
use std::borrow::Cow;
use std::collections::BTreeMap;

macro_rules! kinds {
    ($($variant:ident = $word:literal),+ $(,)?) => {
        /// What happened. Keeper's names where Keeper has one (docs/keeper.md#features), else ours.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[expect(missing_docs, reason = "each is its word")]
        pub enum EventKind {
            $($variant),+
        }

        words!(EventKind, "event", $($variant = $word),+);

        /// All of them.
        pub const ALL: &[EventKind] = &[$(EventKind::$variant),+];
    };
}

kinds!(
    ScimCreated = "scim_created",
    ScimActivated = "scim_activated",
    ScimUpdated = "scim_updated",
    ScimDeleted = "scim_deleted",
    ScimAccessFailure = "scim_access_failure",
    TokenIssued = "token_issued",
    TokenRevoked = "token_revoked",
    NodeCreated = "node_created",
    NodeUpdated = "node_updated",
    NodeDeleted = "node_deleted",
    CreateUser = "create_user",
    UserLinked = "user_linked",
    UserUpdated = "user_updated",
    UserMoved = "user_moved",
    LockUser = "lock_user",
    EnableUser = "enable_user",
    DeleteUser = "delete_user",
    DeletePendingUser = "delete_pending_user",
    AutoInviteUser = "auto_invite_user",
    SendInvitation = "send_invitation",
    AcceptInvitation = "accept_invitation",
    DeclineInvitation = "decline_invitation",
    InvitationRevoked = "invitation_revoked",
    OutOfSeats = "out_of_seats",
    TeamProvisionedByScim = "team_provisioned_by_scim",
    TeamCreated = "team_created",
    TeamUpdated = "team_updated",
    TeamApproved = "team_approved",
    TeamRejected = "team_rejected",
    TeamDeleted = "team_deleted",
    AddedToTeam = "added_to_team",
    PendingAddedToTeam = "pending_added_to_team",
    RemovedFromTeam = "removed_from_team",
    AddedToRole = "added_to_role",
    PendingAddedToRole = "pending_added_to_role",
    RemovedFromRole = "removed_from_role",
    MembershipGranted = "membership_granted",
    ApprovalUndone = "approval_undone",
    MembershipRejected = "membership_rejected",
    JobStarted = "job_started",
    JobStopped = "job_stopped",
    JobResumed = "job_resumed",
    JobDone = "job_done",
    JobFailed = "job_failed",
    SignIn = "sign_in",
    SignInFailed = "sign_in_failed",
    SignOut = "sign_out",
    PasswordChanged = "password_changed",
    ResetLinkCreated = "reset_link_created",
    AdminCreated = "admin_created",
    AdminUpdated = "admin_updated",
    AdminDeleted = "admin_deleted",
    ApiKeyCreated = "api_key_created",
    ApiKeyRevoked = "api_key_revoked",
    PushRecordCreated = "push_record_created",
    PushRecordUpdated = "push_record_updated",
    PushRecordDeleted = "push_record_deleted",
    PushRunStarted = "push_run_started",
    PushRunDone = "push_run_done",
    PushRunStopped = "push_run_stopped",
    PushRunFailed = "push_run_failed",
    PushKeyRotated = "push_key_rotated",
    SettingsUpdated = "settings_updated",
    RequestsCleared = "requests_cleared",
    AuditPruned = "audit_pruned",
    AuditAnchored = "audit_anchored",
    BackupRestored = "backup_restored",
);

/// A value in the before or after of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldValue<'a> {
    /// Not there.
    Nothing,
    /// A text.
    Text(Cow<'a, str>),
    /// A number.
    Number(i64),
    /// Yes or no.
    Flag(bool),
    /// Ids.
    List(Vec<String>),
}

impl<'a> From<&'a str> for FieldValue<'a> {
    fn from(text: &'a str) -> FieldValue<'a> {
        FieldValue::Text(Cow::Borrowed(text))
    }
}

impl From<String> for FieldValue<'_> {
    fn from(text: String) -> FieldValue<'static> {
        FieldValue::Text(Cow::Owned(text))
    }
}

impl<'a> From<&'a Option<String>> for FieldValue<'a> {
    fn from(text: &'a Option<String>) -> FieldValue<'a> {
        text.as_deref().map_or(FieldValue::Nothing, FieldValue::from)
    }
}

impl From<i64> for FieldValue<'_> {
    fn from(number: i64) -> FieldValue<'static> {
        FieldValue::Number(number)
    }
}

impl From<u64> for FieldValue<'_> {
    fn from(number: u64) -> FieldValue<'static> {
        FieldValue::Number(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<bool> for FieldValue<'_> {
    fn from(flag: bool) -> FieldValue<'static> {
        FieldValue::Flag(flag)
    }
}

impl From<Vec<String>> for FieldValue<'_> {
    fn from(list: Vec<String>) -> FieldValue<'static> {
        FieldValue::List(list)
    }
}

/// Names and values, in the order in which they are shown.
pub type Fields<'a> = Vec<(Cow<'static, str>, FieldValue<'a>)>;

/// One line of the audit log, without what the act says of itself.
#[derive(Clone, Debug)]
pub struct Event<'a> {
    /// What happened.
    pub what: EventKind,
    /// The node in which it happened.
    pub node: Option<NodeId>,
    /// The user it happened to.
    pub user: Option<UserId>,
    /// The team it happened to.
    pub team: Option<TeamId>,
    /// The name of what it happened to.
    pub object: Option<Cow<'a, str>>,
    /// What changed, as it was.
    pub before: Fields<'a>,
    /// What changed, as it is.
    pub after: Fields<'a>,
    /// A resource before and after, whose attributes are compared as the line is written.
    pub resources: Option<(&'a str, &'a str)>,
}

impl<'a> Event<'a> {
    /// An event about nothing yet.
    pub fn new(what: EventKind) -> Event<'a> {
        Event {
            what,
            node: None,
            user: None,
            team: None,
            object: None,
            before: Vec::new(),
            after: Vec::new(),
            resources: None,
        }
    }

    /// In a node.
    pub fn node(self, node: NodeId) -> Event<'a> {
        Event { node: Some(node), ..self }
    }

    /// About a user or a team.
    pub(super) fn about(
        what: EventKind,
        node: NodeId,
        user: Option<UserId>,
        team: Option<TeamId>,
        name: &'a str,
    ) -> Event<'a> {
        Event { node: Some(node), user, team, object: Some(Cow::Borrowed(name)), ..Event::new(what) }
    }

    /// About something by its name.
    pub fn object(self, name: impl Into<Cow<'a, str>>) -> Event<'a> {
        Event { object: Some(name.into()), ..self }
    }

    /// One value that was.
    pub fn was(mut self, name: &'static str, value: impl Into<FieldValue<'a>>) -> Event<'a> {
        self.before.push((Cow::Borrowed(name), value.into()));
        self
    }

    /// One value that is.
    pub fn is(mut self, name: &'static str, value: impl Into<FieldValue<'a>>) -> Event<'a> {
        self.after.push((Cow::Borrowed(name), value.into()));
        self
    }

    /// Values that were and are, when they differ.
    pub fn changed<T: Into<FieldValue<'a>>>(self, name: &'static str, before: T, after: T) -> Event<'a> {
        let (before, after) = (before.into(), after.into());
        if before == after { self } else { self.was(name, before).is(name, after) }
    }

    /// The resource as it was and as it is, JSON objects: attributes that differ are told one by one.
    pub(super) fn resources(self, was: &'a str, is: &'a str) -> Event<'a> {
        Event { resources: Some((was, is)), ..self }
    }

    /// Whether it says that anything changed.
    pub fn tells(&self) -> bool {
        !self.before.is_empty() || !self.after.is_empty()
    }
}

/// A line as it was written.
#[derive(Clone, Debug)]
pub struct RecordedEvent {
    /// Its number; ascends.
    pub id: i64,
    /// When it happened.
    pub at: Time,
    /// What happened: a word of [`EventKind`], or one of an older program.
    pub event: String,
    /// Who did it.
    pub actor: String,
    /// From where.
    pub address: Option<String>,
    /// In which request.
    pub request_id: Option<String>,
    /// In which node.
    pub node: Option<NodeId>,
    /// To which user.
    pub user: Option<UserId>,
    /// To which team.
    pub team: Option<String>,
    /// The name of what it happened to.
    pub object: Option<String>,
    /// A JSON object.
    pub before: Option<String>,
    /// A JSON object.
    pub after: Option<String>,
    /// The chain up to here.
    pub hash: [u8; 32],
    /// Its chain and its serial there; `None` for lines of before each node had a chain.
    pub place: Option<(i64, i64)>,
}

/// A line of a chain, as the next one is chained to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChainLink {
    /// How many lines the chain has up to it.
    pub serial: i64,
    /// The chain up to it.
    pub hash: [u8; 32],
}

/// Where a chain ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChainEnd {
    /// The node, or 0 for the appliance.
    pub chain: i64,
    /// The number of its newest line.
    pub event: i64,
    /// Its newest line.
    pub newest: ChainLink,
    /// The last line that was pruned.
    pub pruned: Option<ChainLink>,
}

impl RecordedEvent {
    /// What kind of actor it was, by the beginning of its name.
    pub fn actor_kind(&self) -> &'static str {
        match self.actor.split_once(':').map_or(self.actor.as_str(), |(kind, _)| kind) {
            "scim" => "scim",
            "cli" => "cli",
            "job" => "job",
            "key" => "key",
            "person" => "person",
            "setup" | "system" | "demo" => "system",
            _ => "admin",
        }
    }
}

/// What a look at the audit log asks for; all conditions hold at once.
#[derive(Clone, Debug, Default)]
pub struct EventFilter {
    /// One of these events; all when empty.
    pub events: Vec<String>,
    /// One of these actors; all when empty.
    pub actors: Vec<String>,
    /// About this user.
    pub user: Option<UserId>,
    /// About this team.
    pub team: Option<TeamId>,
    /// In this node.
    pub node: Option<NodeId>,
    /// Of this request.
    pub request_id: Option<String>,
    /// Not before.
    pub from: Option<Time>,
    /// Not after.
    pub to: Option<Time>,
}

/// What events need of a store.
pub trait Events {
    /// Writes one line, chained to the last.
    fn record(&mut self, act: &Act, event: &Event<'_>) -> Result<(), Fault>;
    /// The newest lines before `before` that are wanted, newest first.
    fn events(&mut self, wanted: &EventFilter, before: Option<i64>, limit: u64) -> Result<Vec<RecordedEvent>, Fault>;
    /// The lines behind `after`, oldest first.
    fn events_after(&mut self, after: i64, limit: u64) -> Result<Vec<RecordedEvent>, Fault>;
    /// The hash that a line must have behind another of its chain.
    fn chained(&mut self, previous: &[u8; 32], entry: &RecordedEvent) -> [u8; 32];
    /// The ends of all chains, kept outside the log, in the order of their numbers.
    fn chain_ends(&mut self) -> Result<Vec<ChainEnd>, Fault>;
    /// Number and hash of the last line of the one chain that there was before each node had its own; 0 and zeros where
    /// there was none. Every chain begins at it.
    fn chain_start(&mut self) -> Result<(i64, [u8; 32]), Fault>;
    /// A hash over the ends of chains and over where they begin.
    fn anchor(&mut self, ends: &BTreeMap<i64, ChainLink>, start: [u8; 32]) -> [u8; 32];
    /// The number and hash of the last line that was pruned of that one chain.
    fn pruned(&mut self) -> Result<Option<(i64, [u8; 32])>, Fault>;
    /// Removes at most `limit` lines from the old end that are older than `before`, never the newest; how many.
    fn prune_events(&mut self, before: Time, limit: u64) -> Result<u64, Fault>;
}

/// Reads a word of the list of events.
pub fn named(word: &str) -> Result<EventKind, Error> {
    word.parse()
}
