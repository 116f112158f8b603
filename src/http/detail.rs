//! What a refusal says beside its sentence, so that the console can say it in another language.

use crate::domain::Error;
use serde_json::{Value, json};

/// The values of a refusal.
pub fn of(error: &Error) -> Value {
    match error {
        Error::Invalid(field, _) => json!({ "field": field }),
        Error::MailPasswordRequired => json!({ "field": "mail_password" }),
        Error::WeakPassword(weakness) => json!({ "reason": weakness.word() }),
        Error::NodeNotEmpty(node, owned) => json!({ "node": node, "owned": owned }),
        Error::UserHere { user_name, user, node } => {
            json!({ "name": user_name, "user_id": user.0, "node_id": node.0 })
        }
        Error::UserElsewhere { user_name, user, node, node_name } => {
            json!({ "user_id": user.0, "user_name": user_name, "node_id": node.0, "node": node_name })
        }
        Error::OutOfSeats { seats, users } => json!({ "seats": seats, "users": users }),
        Error::JobRunning(job) => json!({ "job_id": job }),
        Error::RunUnderWay(run) => json!({ "run_id": run }),
        Error::Fixed(name) => json!({ "name": name }),
        Error::NameTaken(name)
        | Error::AdminExists(name)
        | Error::UserNameTaken(name)
        | Error::TeamNameTaken(name)
        | Error::NotLocked(name)
        | Error::UserLocked(name)
        | Error::AlreadyJoined(name)
        | Error::NotInvited(name) => json!({ "name": name }),
        Error::UsersCollide(count, first) => json!({ "count": count, "user_name": first }),
        _ => json!({}),
    }
}
