//! The words that documents choose from, as the rules have them.

use super::self_test;
use crate::domain::client_certificate;
use crate::domain::connection_settings::{self, Preset as DomainPreset};
use crate::domain::directory;
use crate::domain::{
    api_key, connection_state, event, idp, invitation, job, mail, push_options, push_record, push_run, role, settings,
    user,
};
use serde::{Serialize, Serializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// One of several words.
macro_rules! word {
    ($name:ident, $words:expr, $about:literal) => {
        #[doc = $about]
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name(pub &'static str);

        impl $name {
            /// The word that a text is.
            pub fn known(text: &str) -> Option<$name> {
                $words.iter().copied().find(|word| *word == text).map($name)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, writer: S) -> Result<S::Ok, S::Error> {
                writer.serialize_str(self.0)
            }
        }

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let text = ObjectBuilder::new().schema_type(Type::String).description(Some($about));
                text.enum_values(Some($words.iter().copied())).into()
            }
        }

        impl ToSchema for $name {}
    };
    ($name:ident from $rule:ty, $about:literal) => {
        word!($name, <$rule>::WORDS, $about);

        impl From<$rule> for $name {
            fn from(one: $rule) -> $name {
                $name(one.word())
            }
        }
    };
}

word!(Announce from connection_settings::Announce, "What the discovery documents announce: RFC 7643 alone, or the additions of later RFCs as well.");
word!(ApprovalMode from connection_settings::ApprovalMode, "When teams and memberships from the identity provider are approved.");
word!(CaptureMode from connection_settings::CaptureMode, "How much of each request is kept: nothing, one line, or headers and bodies as well.");
word!(CertificateNeed from client_certificate::CertificateNeed, "Whether requests need a client certificate: where the server asks for one, always, or never.");
word!(Deprovision from connection_settings::Deprovision, "What DELETE does to a user.");
word!(Preset from DomainPreset, "A bundle of settings: like Keeper's endpoint, or as in RFC 7644.");
word!(Scope from connection_settings::Scope, "Where a user name must be unique: in the whole appliance or in its node.");
word!(Tolerance from connection_settings::Tolerance, "Whether a connection accepts and notes deviations of real clients from the RFC, or refuses them.");
word!(ConnectionState from connection_state::ConnectionState, "The state of a connection.");
word!(Origin from directory::Origin, "Who created a user or team: the connection of its node, or an administrator.");
word!(Progress from directory::Progress, "The state of a team or membership.");
word!(Queue from directory::QueueState, "A part of the queue: undecided, granted and waiting, or rejected.");
word!(TeamOrder from directory::TeamOrder, "The order of a list of teams.");
word!(UserOrder from directory::UserOrder, "The order of a list of users.");
word!(UserShown from directory::UserShown, "The state of a user.");
word!(KeyScope from api_key::KeyScope, "What a key may do: read, change as well, or everything.");
word!(EventName from event::EventKind, "The name of an event.");
word!(JobKind from job::JobKind, "What a job does.");
word!(JobState from job::JobState, "The state of a job.");
word!(Lock from user::Lock, "Who locked a user: nobody, the identity provider, or an administrator, whose lock no sync removes.");
word!(MailState from invitation::Mail, "The state of a mail.");
word!(Missing from push_options::Missing, "What becomes of users whom the source no longer has: they are locked or deleted.");
word!(SourceKind from push_record::SourceKind, "Where people come from: Google Workspace, Active Directory or another LDAP directory, or a file.");
word!(DirectorySchema from push_record::DirectorySchema, "How a directory names its attributes: as Active Directory or as OpenLDAP does.");
word!(RunKind from push_run::RunKind, "What a run of SCIM push is for: to check access, to make a plan, or to carry it out.");
word!(RunState from push_run::RunState, "The state of a run of SCIM push; safe_mode: the source could not be read whole, so nothing was removed.");
word!(Role from role::Role, "What an administrator may do: everything, everything but administrators and settings of security, or look.");
word!(Trigger from push_run::Trigger, "What started a run of SCIM push.");
word!(Tls from mail::Tls, "How the connection to a mail server is encrypted.");

word!(
    Phase,
    ["read_source", "compare", "groups", "users", "memberships", "removals"],
    "The part of a run of SCIM push, in the order of the parts."
);
word!(
    ChangeKind,
    [
        "create_group",
        "update_group",
        "create_user",
        "update_user",
        "unlock_user",
        "add_members",
        "remove_members",
        "lock_user",
        "delete_user",
        "delete_group"
    ],
    "What a run of SCIM push does to one object."
);
word!(Idp, idp::ALL.map(|idp| idp.name), "An identity provider.");
word!(ActorKind, ["admin", "key", "cli", "scim", "job", "person", "system"], "The kind of an actor.");
word!(
    Attention,
    ["TOKEN_EXPIRED", "TOKEN_EXPIRING", "FAILING"],
    "Why a connection needs attention: no token works, the last one expires within 14 days, or the last five requests were refused."
);
word!(
    UserAction,
    ["lock", "unlock", "resend", "revoke", "join", "link"],
    "An action on a user: lock, unlock, send the invitation again, revoke it, mark the user as joined, create a link to hand out."
);
word!(BulkUserAction, ["lock", "unlock", "move", "resend", "revoke", "join", "delete"], "An action on many users.");
word!(ExportFormat, ["ndjson", "csv"], "The file format.");
word!(
    InvitationState,
    ["waiting", "sent", "kept", "failed", "unsure", "expired", "accepted", "declined", "revoked"],
    "The state of an invitation; kept: no mail server was set, unsure: the mail server received the mail and did not confirm it."
);
word!(NewJobKind, ["full_sync"], "The kind of a new job; full_sync approves everything that is pending.");
word!(Language, settings::LANGUAGES, "A language.");
word!(Never, ["never"], "Does not expire.");
word!(NoConnection, ["none"], "The node has no connection.");
word!(Order, ["asc", "desc"], "A sort direction.");
word!(Overlap, ["now", "1h", "24h", "7d"], "How long a replaced token keeps working.");
word!(PasswordOrigin, ["none", "environment", "file"], "Where a password comes from.");
word!(
    RequestFormat,
    ["curl", "har", "ndjson", "dialogue"],
    "The format of exported requests: commands for curl, HAR 1.2, lines of JSON, or a dialogue for tests."
);
word!(
    SettingOrigin,
    ["default", "here", "environment"],
    "Where a value comes from; values from the environment cannot be changed here."
);
word!(SelfTestCode, self_test::KNOWN.map(|known| known.0), "What a step of a self-test has found.");
word!(SelfTestStepName, self_test::STEPS, "A step of a self-test: what it looks at.");
word!(
    SelfTestVerdict,
    ["ok", "warning", "failed", "skipped"],
    "How a step of a self-test went; warning: it works from here, but perhaps not for the identity provider."
);
word!(TokenState, ["not_saved", "live", "ending", "expired", "revoked"], "The state of a token.");
word!(
    WaitingFor,
    ["TEAM", "JOIN", "UNLOCK", "APPROVAL"],
    "What a membership waits for: approval of its team, its user joining, unlocking its user, or its own approval."
);

impl From<idp::Idp> for Idp {
    fn from(idp: idp::Idp) -> Idp {
        Idp(idp.name)
    }
}
