//! A session as the console sees it.

use crate::domain::approval::Tally;
use crate::domain::job::Job;
use crate::domain::{admin, session};
use serde_json::{Value, json};

/// Who is signed in, until when, and what the sign-in has approved.
pub fn view(
    admin: &admin::Admin,
    session: &session::Session,
    csrf: &str,
    approved: Option<(Tally, Option<Job>)>,
) -> Value {
    let mut view = json!({
        "admin": { "admin_id": admin.id, "email": admin.email, "name": admin.name },
        "csrf": csrf,
        "expires_at": session.expires_at.to_string(),
    });
    if let (Value::Object(view), Some((tally, job))) = (&mut view, approved) {
        let counts = json!({ "teams": tally.teams, "memberships": tally.memberships });
        view.insert("approved".to_owned(), counts);
        view.insert("job_id".to_owned(), json!(job.map(|job| job.id)));
    }
    view
}
