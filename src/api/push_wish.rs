//! What the admin API is told about push records: the values to set, and the secrets, which no answer holds.

use super::scalar::{Id, RecordName};
use super::words::{DirectorySchema, Missing, RunKind, SourceKind};
use crate::domain::Error;
use crate::domain::push_options::OptionsWish;
use crate::domain::push_record::SecretKind;
use crate::domain::push_schedule;
use crate::domain::push_wish::{RecordContent, RecordWish, check_secret};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use zeroize::Zeroizing;

/// Which record.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct RecordPath {
    /// The id of a push record.
    #[param(value_type = Id)]
    pub record_id: i64,
}

/// Secrets as they were given.
#[derive(Default)]
pub struct RecordSecrets {
    credentials: Option<Zeroizing<String>>,
    ad_password: Option<Zeroizing<String>>,
    target_token: Option<Zeroizing<String>>,
}

impl RecordSecrets {
    /// The secrets that what a record is told to be has a place for.
    ///
    /// # Errors
    /// `INVALID` for one that has no place there, or cannot be one.
    pub fn fit(self, content: &RecordContent) -> Result<Vec<(SecretKind, Zeroizing<String>)>, Error> {
        let (source, foreign) = (content.source.secret(), content.is_foreign());
        let mut fitting = Vec::new();
        for (field, kind, has_place, secret) in [
            ("credentials", SecretKind::Source, source == Some("credentials"), self.credentials),
            ("ad_password", SecretKind::Source, source == Some("ad_password"), self.ad_password),
            ("target_token", SecretKind::Target, foreign, self.target_token),
        ] {
            let Some(secret) = secret else { continue };
            if !has_place {
                return Err(Error::Invalid(field, "does not belong to this source or target".to_owned()));
            }
            check_secret(field, &secret)?;
            fitting.push((kind, secret));
        }
        Ok(fitting)
    }
}

/// A body with the values of a record. Serde would not tell in which field of a flattened struct a value is wrong.
macro_rules! record_body {
    ($(#[doc = $about:literal])+ $name:ident { $($own:tt)* }) => {
        $(#[doc = $about])+
        #[derive(Deserialize, ToSchema)]
        pub struct $name {
            $($own)*
            /// Where people come from.
            #[schema(value_type = Option<SourceKind>)]
            pub source: Option<String>,
            /// The groups to read; everybody if empty.
            #[schema(max_items = 1000)]
            pub groups: Option<Vec<String>>,
            /// The connection of this appliance that people go to.
            pub target: Option<Id>,
            /// The base URL of another SCIM service that people go to.
            pub target_url: Option<String>,
            /// The certificates of authorities to trust for it, PEM; empty for those of the system.
            pub target_ca: Option<String>,
            /// The token of that service.
            #[schema(value_type = Option<String>, write_only)]
            pub target_token: Option<Zeroizing<String>>,
            /// The administrator as whom Google Workspace is read.
            pub login: Option<String>,
            /// The text of the key file of Google's service account.
            #[schema(value_type = Option<String>, write_only)]
            pub credentials: Option<Zeroizing<String>>,
            /// Where tokens of Google come from, for tests.
            pub google_token_url: Option<String>,
            /// Where the Directory API of Google is, for tests.
            pub google_api_url: Option<String>,
            /// The domain controllers, in the order in which they are tried.
            #[schema(max_items = 1000)]
            pub ad_urls: Option<Vec<String>>,
            /// Who reads the directory: DOMAIN\user, user@domain, or a DN.
            pub ad_user: Option<String>,
            /// The password of the directory.
            #[schema(value_type = Option<String>, write_only)]
            pub ad_password: Option<Zeroizing<String>>,
            /// The certificates of authorities to trust for the directory, PEM; empty for those of the system.
            pub ca: Option<String>,
            /// Whether the directory may be read without TLS.
            pub plain: Option<bool>,
            /// How the directory names its attributes.
            #[schema(value_type = Option<DirectorySchema>)]
            pub schema: Option<String>,
            /// Where to search in the directory; empty for where the server says.
            pub base_dn: Option<String>,
            /// What people have to match as well, a filter of LDAP.
            pub filter: Option<String>,
            /// The file that people come from, an absolute path on the server.
            pub path: Option<String>,
            /// -1, 0 or 1: whether a run removes nothing, what it brought itself, or whatever the source does not have.
            #[schema(minimum = -1, maximum = 1)]
            pub destructive: Option<i64>,
            /// What becomes of users whom the source no longer has.
            #[schema(value_type = Option<Missing>)]
            pub missing: Option<String>,
            /// Whether what a run brings is approved at once.
            pub auto_approve: Option<bool>,
            /// Whether the log of a run names each object.
            pub verbose: Option<bool>,
            /// Addresses and names of groups that are never touched.
            #[schema(max_items = 1000)]
            pub protect: Option<Vec<String>>,
            /// A run that would lock or delete more users does nothing.
            #[schema(maximum = 1_000_000_000)]
            pub max_users_removed: Option<u64>,
            /// The same in per cent.
            #[schema(maximum = 100)]
            pub max_users_removed_percent: Option<u64>,
            /// A run that would delete more groups does nothing.
            #[schema(maximum = 1_000_000_000)]
            pub max_groups_deleted: Option<u64>,
            /// The same in per cent.
            #[schema(maximum = 100)]
            pub max_groups_deleted_percent: Option<u64>,
            /// A run that would remove more members from one group does nothing.
            #[schema(maximum = 1_000_000_000)]
            pub max_members_removed: Option<u64>,
            /// The same in per cent.
            #[schema(maximum = 100)]
            pub max_members_removed_percent: Option<u64>,
            /// How much smaller the source may have become since the last run, in per cent.
            #[schema(maximum = 100)]
            pub max_shrink_percent: Option<u64>,
            /// Requests at the same time.
            #[schema(minimum = 1, maximum = 16)]
            pub concurrency: Option<u64>,
            /// Whether Bulk is used where the target announces it.
            pub bulk: Option<bool>,
        }

        impl $name {
            /// The secrets, taken out.
            pub fn secrets(&mut self) -> RecordSecrets {
                RecordSecrets {
                    credentials: self.credentials.take(),
                    ad_password: self.ad_password.take(),
                    target_token: self.target_token.take(),
                }
            }

            /// What the rest means to the rules.
            ///
            /// # Errors
            /// `INVALID`.
            pub fn wish(self) -> Result<RecordWish, Error> {
                if self.path.as_deref() == Some("-") {
                    return Err(Error::Invalid("path", "the server has no stdin".to_owned()));
                }
                Ok(RecordWish {
                    source: self.source.map(|word| word.parse()).transpose()?,
                    groups: self.groups,
                    target: self.target.map(|id| id.0),
                    target_url: self.target_url,
                    target_ca: self.target_ca,
                    login: self.login,
                    google_token_url: self.google_token_url,
                    google_api_url: self.google_api_url,
                    ad_urls: self.ad_urls,
                    ad_user: self.ad_user,
                    ca: self.ca,
                    plain: self.plain,
                    schema: self.schema.map(|word| word.parse()).transpose()?,
                    base_dn: self.base_dn,
                    filter: self.filter,
                    path: self.path,
                    options: OptionsWish {
                        destructive: self.destructive,
                        missing: self.missing.map(|word| word.parse()).transpose()?,
                        auto_approve: self.auto_approve,
                        verbose: self.verbose,
                        protected: self.protect,
                        users_removed: self.max_users_removed,
                        users_removed_percent: self.max_users_removed_percent,
                        groups_deleted: self.max_groups_deleted,
                        groups_deleted_percent: self.max_groups_deleted_percent,
                        members_removed: self.max_members_removed,
                        members_removed_percent: self.max_members_removed_percent,
                        shrank_percent: self.max_shrink_percent,
                        concurrency: self.concurrency,
                        bulk: self.bulk,
                    },
                })
            }
        }
    };
}

record_body!(
    /// A push record to create.
    NewPushRecord {
        /// The name.
        pub name: RecordName,
    }
);

record_body!(
    /// Values of a push record to change; absent fields stay as they are, an empty text removes a value.
    PushRecordChange {
        /// The new name.
        pub name: Option<RecordName>,
    }
);

/// When a record is to run by itself.
#[derive(Deserialize, ToSchema)]
pub struct ScheduleChange {
    /// Five words of cron: minute, hour, day, month, weekday; those that are set if absent.
    pub cron: Option<String>,
    /// The IANA name of the time zone that they are meant in; the one that is set, or UTC, if absent.
    pub time_zone: Option<String>,
    /// Whether it is on.
    pub enabled: bool,
}

impl From<ScheduleChange> for push_schedule::ScheduleWish {
    fn from(change: ScheduleChange) -> push_schedule::ScheduleWish {
        let ScheduleChange { cron, time_zone, enabled } = change;
        push_schedule::ScheduleWish { cron, time_zone, enabled }
    }
}

/// A run to start.
#[derive(Deserialize, ToSchema)]
pub struct NewPushRun {
    /// What the run is for.
    #[schema(value_type = RunKind)]
    pub kind: String,
    /// A preview whose plan is allowed: the run makes these very changes whatever the limits say, or none. Or an earlier run:
    /// only what was refused in it is tried again.
    pub plan_of: Option<Id>,
}
