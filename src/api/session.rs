//! Signing in: the first administrator, sessions, one's own password.

use super::approval::Approved;
use super::scalar::{Id, Moment};
use super::words::Role;
use crate::domain::approval::Tally;
use crate::domain::job::Job;
use crate::domain::{admin, session};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use zeroize::Zeroizing;

/// What the sign-in page needs to know.
#[derive(Serialize, ToSchema)]
pub struct Status {
    /// Whether no administrator exists yet.
    pub setup_required: bool,
    /// Whether this request is signed in.
    pub signed_in: bool,
    /// Whether it serves only sample data.
    pub demo: bool,
    /// The version of the program.
    pub version: &'static str,
    /// The address under which the appliance is reached.
    pub base_url: String,
    /// Whether passwords cross the network unencrypted.
    pub insecure: bool,
    /// The address that this request came from, as far as proxies are believed.
    pub client: String,
    /// Whether this request came by https, as far as proxies are believed.
    pub https: bool,
    /// Days until the certificate ends that is served here; null without one, and to those who are not signed in.
    pub certificate_days: Option<i64>,
}

/// Who is signed in.
#[derive(Serialize, ToSchema)]
pub struct Session {
    /// The administrator.
    pub admin: SignedIn,
    /// The value that every change must carry in the header X-CSRF-Token.
    pub csrf: String,
    /// When the session ends if it is not used.
    pub expires_at: Moment,
    /// What this sign-in approved.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub approved: Option<Approved>,
    /// The job that approves the rest.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Id>)]
    pub job_id: Option<Option<Id>>,
}

impl Session {
    /// Who is signed in, until when, and what the sign-in has approved.
    pub fn new(
        admin: &admin::Admin,
        session: &session::Session,
        csrf: &str,
        approved: Option<(Tally, Option<Job>)>,
    ) -> Session {
        let (tally, job) = approved.unzip();
        Session {
            admin: SignedIn {
                admin_id: Id(admin.id),
                email: admin.email.clone(),
                name: admin.name.clone(),
                role: admin.role.into(),
            },
            csrf: csrf.to_owned(),
            expires_at: session.expires_at.into(),
            approved: tally.map(|tally| Approved { teams: tally.teams, memberships: tally.memberships }),
            job_id: job.map(|job| job.map(|job| Id(job.id))),
        }
    }
}

/// The signed-in administrator.
#[derive(Serialize, ToSchema)]
pub struct SignedIn {
    /// The id of an administrator.
    pub admin_id: Id,
    /// An e-mail address, which is also the sign-in name.
    pub email: String,
    /// The name.
    pub name: String,
    /// What this administrator may do.
    pub role: Role,
}

/// The first administrator.
#[derive(Deserialize, ToSchema)]
pub struct SetUp {
    /// The secret behind `#k=` in the set-up link.
    #[schema(value_type = String)]
    pub token: Zeroizing<String>,
    /// An e-mail address, which is also the sign-in name.
    #[schema(format = Email, max_length = 254)]
    pub email: String,
    /// The name.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub name: String,
    /// The password.
    #[schema(value_type = String, min_length = 12)]
    pub password: Zeroizing<String>,
}

/// Who signs in.
#[derive(Deserialize, ToSchema)]
pub struct SignIn {
    /// An e-mail address, which is also the sign-in name.
    pub email: String,
    /// The password.
    #[schema(value_type = String)]
    pub password: Zeroizing<String>,
    /// Whether the session survives closing the browser.
    #[serde(default)]
    #[schema(value_type = Option<bool>)]
    pub remember: bool,
    /// A code of the second factor, or a recovery code, where SECOND_FACTOR_NEEDED was answered.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub code: Option<Zeroizing<String>>,
}

/// The password once more.
#[derive(Deserialize, ToSchema)]
pub struct PasswordProof {
    /// The password.
    #[schema(value_type = String)]
    pub password: Zeroizing<String>,
}

/// Another password of one's own.
#[derive(Deserialize, ToSchema)]
pub struct PasswordChange {
    /// The current password.
    #[schema(value_type = String)]
    pub current: Zeroizing<String>,
    /// The new password: at least 12 characters.
    #[schema(value_type = String, min_length = 12)]
    pub new: Zeroizing<String>,
}
