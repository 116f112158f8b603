//! Everything a rule can refuse, as one closed list, and what can be wrong with a store.

use super::noun::Noun;
use super::weak_password::Weakness;
use super::{NodeId, Time, UserId};

/// The result of a rule.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A refusal: what was expected and what came. [`Error::code`] is the stable name of each.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The thing named does not exist, or belongs to another node, which looks the same from here.
    #[error("There is no {0} “{1}” here.")]
    NotFound(Noun, String),
    /// SCIM was asked for on the root.
    #[error("The root node cannot host SCIM. Create a sub-node first.")]
    RootNode,
    /// The root can be renamed, but neither moved nor deleted.
    #[error("The root node can be renamed, but neither moved nor deleted.")]
    RootStays,
    /// One connection per node.
    #[error("This node already has a provisioning method. One identity provider per node.")]
    MethodExists,
    /// Two children of one node with the same name.
    #[error("A node named “{0}” already exists there. Choose another name.")]
    NameTaken(String),
    /// A node that still owns something.
    #[error("The node “{0}” still has {1}. Move or delete them first.")]
    NodeNotEmpty(String, String),
    /// Faults, personas and the like on a node that is not for trying things out.
    #[error(
        "The node “{0}” is not a sandbox. Only a node that was made as one can do this: scimbox node create NAME --sandbox."
    )]
    NotSandbox(String),
    /// A node moved below itself.
    #[error("A node cannot be moved below itself. Choose another parent.")]
    NodeCycle,
    /// Saving or regenerating what is saved already.
    #[error("This connection is saved already. Rotate its token to get a new one.")]
    NotDraft,
    /// An act on a draft that needs a saved connection.
    #[error("This connection is not saved yet. Save it first.")]
    NotSaved,
    /// A draft waits an hour for its Save.
    #[error("This draft has expired. Generate a new token, then save within an hour.")]
    DraftExpired,
    /// A third live token.
    #[error("A connection has at most two live tokens. End the old one first.")]
    TooManyTokens,
    /// Changing the scope of user names would make two of them equal.
    #[error(
        "{0} user names of this node are taken elsewhere, the first is “{1}”. Rename or move them, then change the scope."
    )]
    UsersCollide(u64, String),
    /// A user name that is taken in the scope.
    #[error("userName “{0}” is taken by another user.")]
    UserNameTaken(String),
    /// Somebody else of the same node holds the user name. Only an administrator is told who.
    #[error("userName “{user_name}” is taken by another user.")]
    UserHere {
        /// The name.
        user_name: String,
        /// Who holds it.
        user: UserId,
        /// Where.
        node: NodeId,
    },
    /// Another node holds the user name. Only an administrator is told.
    #[error("“{user_name}” already belongs to node “{node_name}”. Move the user to this node.")]
    UserElsewhere {
        /// The name.
        user_name: String,
        /// Who holds it.
        user: UserId,
        /// Where.
        node: NodeId,
        /// The name of that node.
        node_name: String,
    },
    /// The limit of users is reached.
    #[error("All {seats} seats are taken. Delete users that are locked, or raise the limit.")]
    OutOfSeats {
        /// The limit.
        seats: u64,
        /// How many there are.
        users: u64,
    },
    /// Only locked users can be deleted for good.
    #[error("Only locked users can be deleted. Lock “{0}” first.")]
    NotLocked(String),
    /// An invitation leads nowhere while its user is locked.
    #[error("“{0}” is locked. Unlock the user first.")]
    UserLocked(String),
    /// An act that needs somebody who has not joined.
    #[error("“{0}” has joined already.")]
    AlreadyJoined(String),
    /// There is no invitation that could be sent, shown or taken back.
    #[error("“{0}” has no open invitation. Send a new one.")]
    NotInvited(String),
    /// The link of an invitation is wrong, used, replaced or too old.
    #[error("This invitation is not valid any more. Ask your administrator for a new one.")]
    InvitationOver,
    /// The last administrator stays.
    #[error("The last administrator cannot be removed.")]
    LastAdmin,
    /// The last owner stays one.
    #[error("The last owner can neither be removed nor get another role.")]
    LastOwner,
    /// A job for the same node is under way.
    #[error("This is running already.")]
    JobRunning(i64),
    /// The job has ended.
    #[error("This job has ended.")]
    JobOver,
    /// More at once than is taken.
    #[error("At most {0} can be named at once.")]
    TooMany(usize),
    /// A setting that the environment of the server decides.
    #[error("“{0}” is set by the environment of the server and cannot be changed here.")]
    Fixed(&'static str),
    /// Another mail server than the saved one, without a password of its own.
    #[error(
        "The password that is set goes to the saved mail server only. Give one for these values, or save them first."
    )]
    MailPasswordRequired,
    /// Unique names are on and the name is taken.
    #[error("A team named “{0}” already exists and unique names are on for this connection.")]
    TeamNameTaken(String),
    /// The e-mail rule of a connection.
    #[error("The user name “{0}” is not an e-mail address and no e-mail was sent. Map an e-mail address to userName.")]
    UserNameNotEmail(String),
    /// A membership that names nobody of this node.
    #[error("No {0} of this node has the id “{1}”.")]
    NoSuchMember(Noun, String),
    /// A value that breaks a rule: the field, what is wrong with it.
    #[error("{0}: {1}")]
    Invalid(&'static str, String),
    /// The set-up link is wrong, used or older than 30 minutes.
    #[error("This set-up link is not valid any more. Run “scimbox setup-link” for a new one.")]
    SetupLinkExpired,
    /// The link for a new password is wrong, used, replaced or too old.
    #[error("This link is not valid any more. Ask an owner for a new one, or run “scimbox admin reset-link”.")]
    ResetLinkOver,
    /// There is an administrator.
    #[error("The appliance is set up already. Sign in instead.")]
    SetupAlreadyDone,
    /// A password that is too short, too common, or the address itself.
    #[error("The password is too weak: {0}.")]
    WeakPassword(Weakness),
    /// Not an e-mail address.
    #[error("“{0}” is not an e-mail address.")]
    EmailInvalid(String),
    /// An administrator with that address exists.
    #[error("An administrator with the address “{0}” exists already.")]
    AdminExists(String),
    /// Wrong address or wrong password: one answer for both.
    #[error("The e-mail address or the password is wrong.")]
    SignInFailed,
    /// The password is right, and a code is needed as well.
    #[error("Give the code of your authenticator app, or a recovery code.")]
    SecondFactorNeeded,
    /// A code that is wrong, too old, or was used before.
    #[error("The code is wrong, too old, or was used before.")]
    SecondFactorWrong,
    /// There is a second factor.
    #[error("The second factor is on already.")]
    SecondFactorOn,
    /// Two records with the same name.
    #[error("A push record named “{0}” exists already. Choose another name.")]
    RecordNameTaken(String),
    /// The key file does not open the secrets: which file, and what to do.
    #[error("{0}")]
    SecretsLocked(String),
    /// A backup that cannot be made, checked or removed; why, as a sentence.
    #[error("{0}")]
    BackupFailed(String),
    /// A record cannot run as things are: the reason, and what to do.
    #[error("{0}")]
    PushNotReady(String),
    /// A run of the same record is under way.
    #[error("The run {0} of this record is under way. Wait for it, or cancel it.")]
    RunUnderWay(i64),
    /// The run has ended.
    #[error("This run has ended.")]
    RunOver,
    /// Another run has the same target.
    #[error("Another run to the same target is under way. Wait for it, or cancel it.")]
    TargetBusy,
    /// The store could not do its part; nothing has changed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// What kind of refusal it is: the status, the exit code and the `scimType` follow from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// A value breaks a rule.
    Invalid,
    /// What was named is not there.
    NotFound,
    /// A member that was named is not there.
    NoSuchMember,
    /// A name or address is taken where it must be unique.
    Uniqueness,
    /// It does not fit what is there.
    Conflict,
    /// It is never possible.
    NotPermitted,
    /// A link that works no more.
    Gone,
    /// There is no seat.
    OutOfSeats,
    /// Nobody is told what was wrong.
    SignInFailed,
    /// The store could not do its part.
    Fault,
}

impl Error {
    /// What kind of refusal it is.
    pub fn class(&self) -> Class {
        match self {
            Error::Invalid(..) | Error::WeakPassword(_) | Error::EmailInvalid(_) => Class::Invalid,
            Error::UserNameNotEmail(_) | Error::TooMany(_) | Error::MailPasswordRequired => Class::Invalid,
            Error::NotFound(..) => Class::NotFound,
            Error::NoSuchMember(..) => Class::NoSuchMember,
            Error::UserNameTaken(_) | Error::TeamNameTaken(_) => Class::Uniqueness,
            Error::MethodExists | Error::NameTaken(_) | Error::NodeNotEmpty(..) | Error::NodeCycle => Class::Conflict,
            Error::NotSandbox(_) => Class::Conflict,
            Error::NotDraft | Error::NotSaved | Error::DraftExpired | Error::TooManyTokens => Class::Conflict,
            Error::UsersCollide(..) | Error::UserHere { .. } | Error::UserElsewhere { .. } => Class::Conflict,
            Error::NotLocked(_) | Error::UserLocked(_) | Error::AlreadyJoined(_) => Class::Conflict,
            Error::NotInvited(_) | Error::AdminExists(_) | Error::JobRunning(_) | Error::JobOver => Class::Conflict,
            Error::RootNode | Error::RootStays | Error::LastAdmin | Error::LastOwner | Error::Fixed(_) => {
                Class::NotPermitted
            }
            Error::RecordNameTaken(_) | Error::SecretsLocked(_) | Error::BackupFailed(_) => Class::Conflict,
            Error::PushNotReady(_) | Error::TargetBusy | Error::RunUnderWay(_) | Error::RunOver => Class::Conflict,
            Error::SetupLinkExpired | Error::SetupAlreadyDone => Class::Gone,
            Error::InvitationOver | Error::ResetLinkOver => Class::Gone,
            Error::OutOfSeats { .. } => Class::OutOfSeats,
            Error::SecondFactorOn => Class::Conflict,
            Error::SignInFailed | Error::SecondFactorNeeded | Error::SecondFactorWrong => Class::SignInFailed,
            Error::Fault(_) => Class::Fault,
        }
    }

    /// The stable name of the refusal, as in the message catalogues.
    pub fn code(&self) -> &'static str {
        match self {
            Error::NotFound(..) => "NOT_FOUND",
            Error::RootNode => "ROOT_NODE",
            Error::RootStays => "ROOT_STAYS",
            Error::MethodExists => "METHOD_EXISTS",
            Error::NameTaken(_) => "NAME_TAKEN",
            Error::RecordNameTaken(_) => "RECORD_NAME_TAKEN",
            Error::SecretsLocked(_) => "SECRETS_LOCKED",
            Error::BackupFailed(_) => "BACKUP_FAILED",
            Error::PushNotReady(_) => "PUSH_NOT_READY",
            Error::TargetBusy => "TARGET_BUSY",
            Error::RunUnderWay(_) => "RUN_UNDER_WAY",
            Error::RunOver => "RUN_OVER",
            Error::NodeNotEmpty(..) => "NODE_NOT_EMPTY",
            Error::NotSandbox(_) => "NOT_SANDBOX",
            Error::NodeCycle => "NODE_CYCLE",
            Error::NotDraft => "NOT_DRAFT",
            Error::NotSaved => "NOT_SAVED",
            Error::DraftExpired => "DRAFT_EXPIRED",
            Error::TooManyTokens => "TOO_MANY_TOKENS",
            Error::UsersCollide(..) => "USERS_COLLIDE",
            Error::UserNameTaken(_) | Error::UserHere { .. } => "USER_NAME_TAKEN",
            Error::UserElsewhere { .. } => "USER_ELSEWHERE",
            Error::OutOfSeats { .. } => "OUT_OF_SEATS",
            Error::NotLocked(_) => "NOT_LOCKED",
            Error::UserLocked(_) => "USER_LOCKED",
            Error::AlreadyJoined(_) => "ALREADY_JOINED",
            Error::NotInvited(_) => "NOT_INVITED",
            Error::InvitationOver => "INVITATION_OVER",
            Error::LastAdmin => "LAST_ADMIN",
            Error::LastOwner => "LAST_OWNER",
            Error::JobRunning(_) => "JOB_RUNNING",
            Error::JobOver => "JOB_OVER",
            Error::TooMany(_) => "TOO_MANY",
            Error::Fixed(_) => "FIXED",
            Error::MailPasswordRequired => "MAIL_PASSWORD_REQUIRED",
            Error::TeamNameTaken(_) => "GROUP_NAME_TAKEN",
            Error::UserNameNotEmail(_) => "USERNAME_NOT_EMAIL",
            Error::NoSuchMember(..) => "NO_SUCH_MEMBER",
            Error::Invalid(..) => "INVALID",
            Error::ResetLinkOver => "RESET_LINK_OVER",
            Error::SetupLinkExpired => "SETUP_LINK_EXPIRED",
            Error::SetupAlreadyDone => "SETUP_ALREADY_DONE",
            Error::WeakPassword(_) => "WEAK_PASSWORD",
            Error::EmailInvalid(_) => "EMAIL_INVALID",
            Error::AdminExists(_) => "ADMIN_EXISTS",
            Error::SignInFailed => "SIGN_IN_FAILED",
            Error::SecondFactorNeeded => "SECOND_FACTOR_NEEDED",
            Error::SecondFactorWrong => "SECOND_FACTOR_WRONG",
            Error::SecondFactorOn => "SECOND_FACTOR_ON",
            Error::Fault(fault) => fault.code(),
        }
    }
}

/// What can be wrong with a store. But for [`Fault::Unsure`] the transaction has been rolled back.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Fault {
    /// Too much waits already, or another process holds the file: worth trying again.
    #[error("The store is busy. Try again in a moment.")]
    Busy,
    /// Other writers changed the same rows again and again: worth trying again.
    #[error("Others have changed the same at the same time, and nothing was changed here. Try again.")]
    Conflict,
    /// The database does not answer: worth trying again.
    #[error("The database cannot be reached. Try again in a moment.")]
    Unreachable,
    /// The disk is full or read-only; reading goes on.
    #[error("The store cannot write: the disk is full, read-only or failing.")]
    Unwritable,
    /// The disk failed while a commit was written; whether it is there after a crash is not known.
    #[error(
        "The disk failed while the change was being written, so it may or may not have been kept. Look before you send it again."
    )]
    Unsure,
    /// The database or its log is not where it was when it was opened.
    #[error(
        "The database file or its log was deleted, moved or replaced while the server runs, so nothing is written any more. Put the file back, then restart the server."
    )]
    Moved,
    /// A query took longer than its budget.
    #[error("The query took too long. Make the filter narrower.")]
    TooLong,
    /// Anything else, for the log; never shown to a client.
    #[error("The store failed: {0}")]
    Broken(String),
}

impl Fault {
    /// The stable word for it.
    pub fn code(&self) -> &'static str {
        match self {
            Fault::Busy => "BUSY",
            Fault::Conflict => "STORAGE_CONFLICT",
            Fault::Unreachable => "STORAGE_UNREACHABLE",
            Fault::Unwritable => "STORAGE_FULL",
            Fault::Unsure => "STORAGE_FAILED",
            Fault::Moved => "STORAGE_MOVED",
            Fault::TooLong => "TOO_LONG",
            Fault::Broken(_) => "INTERNAL",
        }
    }
}

/// A deadline has passed when there is one and it is not after `now`.
pub(crate) fn passed(deadline: Option<Time>, now: Time) -> bool {
    deadline.is_some_and(|at| at <= now)
}
