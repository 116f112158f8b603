//! What Google refuses, in words that say what to do.

use serde_json::Value;
use std::fmt;

/// Why a call did not give what it was asked for.
#[derive(Debug)]
pub(super) enum Fault {
    /// Somebody stopped the run.
    Cancelled,
    /// It was refused for good, or tried often enough.
    Refused(Refusal),
}

/// A refusal for good.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    /// Google's word for it, such as `unauthorized_client` or `notFound`; may be empty.
    pub code: String,
    /// What happened: a sentence.
    pub found: String,
    /// The one thing to do.
    pub advice: String,
}

impl Refusal {
    /// One without an answer of Google's.
    pub(super) fn ours(found: impl Into<String>, advice: impl Into<String>) -> Refusal {
        Refusal { code: String::new(), found: found.into(), advice: advice.into() }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.found)?;
        if self.advice.is_empty() { Ok(()) } else { write!(f, " {}", self.advice) }
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Fault {
        Fault::Refused(refusal)
    }
}

/// As whom and for whom Google is asked.
pub(super) struct Who {
    /// The administrator.
    pub login: String,
    /// The address of the service account.
    pub account: String,
    /// Its number in domain-wide delegation.
    pub client_id: Option<String>,
    /// Its project.
    pub project: Option<String>,
}

/// What an answer says of an error.
pub(super) struct Said {
    /// Google's word for it; may be empty.
    pub code: String,
    /// Its sentence, in one line; may be empty.
    pub words: String,
}

/// One line of at most 300 characters.
pub(super) fn line(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(300).collect();
    text.trim().to_owned()
}

impl Said {
    /// Reads the answer of the token address (RFC 6749, section 5.2) or of the Directory API.
    pub(super) fn of(text: &str) -> Said {
        let body: Value = serde_json::from_str(text).unwrap_or_default();
        let at = |pointer: &str| body.pointer(pointer).and_then(Value::as_str);
        let code = at("/error/details/0/reason").filter(|reason| *reason == "SERVICE_DISABLED");
        let code =
            code.or_else(|| at("/error/errors/0/reason")).or_else(|| at("/error")).or_else(|| at("/error/status"));
        let words = at("/error/message").or_else(|| at("/error_description"));
        Said { code: line(code.unwrap_or_default()), words: line(words.unwrap_or_default()) }
    }

    /// Both, as far as they are there; else the status.
    fn quoted(&self, status: u16) -> String {
        match (self.code.as_str(), self.words.as_str()) {
            ("", "") => format!("HTTP {status}"),
            ("", words) => format!("“{words}”, HTTP {status}"),
            (code, "") => format!("{code}, HTTP {status}"),
            (code, words) => format!("“{words}”, {code}"),
        }
    }
}

/// What Google calls its limits of calls in an answer 403.
const LIMITS: [&str; 4] = ["rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "RESOURCE_EXHAUSTED"];

/// What is said of an answer that was asked for often enough.
fn of_passing(slower: bool) -> (String, String) {
    let (found, advice) = match slower {
        true => ("Google's limit of calls is reached.", "Run it again later, or raise the quota of the Admin SDK API."),
        false => ("Google cannot answer at the moment.", "Run it again later."),
    };
    (found.to_owned(), advice.to_owned())
}

/// Whether an answer may be another one a little later; true in the second place if Google wants fewer calls.
pub(super) fn passes(status: u16, said: &Said) -> (bool, bool) {
    let slower = status == 429 || (status == 403 && LIMITS.contains(&said.code.as_str()));
    (slower || status == 408 || status >= 500, slower)
}

const DELEGATION: &str =
    "in Google's Admin console, Security → Access and data control → API controls → Manage domain-wide delegation";

/// A refusal to give out a token.
pub(super) fn of_token(status: u16, said: &Said, who: &Who, scopes: &[&str]) -> Refusal {
    let words = said.words.to_lowercase();
    let client = who
        .client_id
        .as_deref()
        .map_or_else(|| format!("the client of {}", who.account), |id| format!("client ID {id}"));
    let (found, advice) = match said.code.as_str() {
        _ if passes(status, said).0 => of_passing(passes(status, said).1),
        "unauthorized_client" | "access_denied" | "invalid_scope" => (
            "The service account may not read this Google Workspace: its domain-wide delegation, or one of its scopes, is missing.".to_owned(),
            format!(
                "Add {client} {DELEGATION}, with the scopes {}. A change can take some minutes, at most 24 hours.",
                scopes.join(",")
            ),
        ),
        "invalid_grant" if words.contains("iat") || words.contains("exp") || words.contains("reasonable timeframe") => (
            "Google does not accept the time of this machine.".to_owned(),
            "Set the clock of this machine right, by NTP for example.".to_owned(),
        ),
        "invalid_grant" if words.contains("signature") => (
            "Google does not know the key of the key file any more.".to_owned(),
            format!("Make a new JSON key for {} and give its file.", who.account),
        ),
        "invalid_grant" if words.contains("email") || words.contains("user") => (
            format!("Google knows no user “{}”.", who.login),
            "Give as login the address of an administrator of this Google Workspace, in full.".to_owned(),
        ),
        "invalid_grant" | "invalid_client" | "disabled_client" => (
            "Google refuses the service account.".to_owned(),
            format!("Look in Google Cloud's console whether {} and its key still exist and are enabled.", who.account),
        ),
        "admin_policy_enforced" => (
            "A rule of this Google Workspace keeps the service account out.".to_owned(),
            "Allow it in Google's Admin console, Security → Access and data control → API controls.".to_owned(),
        ),
        _ => (
            "Google gave no token.".to_owned(),
            format!("Look whether the key file is that of {} and whether it still exists.", who.account),
        ),
    };
    let found = format!("{found} Google says: {}.", said.quoted(status));
    Refusal { code: said.code.clone(), found, advice }
}

/// A refusal of the Directory API.
pub(super) fn of_api(status: u16, said: &Said, who: &Who) -> Refusal {
    let project = who
        .project
        .as_deref()
        .map_or_else(|| "the project of the service account".to_owned(), |p| format!("project {p}"));
    let (found, advice) = match (status, said.code.as_str()) {
        _ if passes(status, said).0 => of_passing(passes(status, said).1),
        (_, "accessNotConfigured" | "SERVICE_DISABLED") => (
            "The Admin SDK API is not enabled.".to_owned(),
            format!(
                "In Google Cloud's console, in {project}, enable it: APIs & Services → Library → Admin SDK API. Then wait some minutes."
            ),
        ),
        (403, "insufficientPermissions" | "PERMISSION_DENIED" | "ACCESS_TOKEN_SCOPE_INSUFFICIENT") => {
            ("The token lacks a scope.".to_owned(), format!("Add it {DELEGATION}."))
        }
        (403, "forbidden") => (
            format!("“{}” may not read this.", who.login),
            "Give as login an administrator whose role may read users and groups (Admin API privileges).".to_owned(),
        ),
        (403, _) => ("Google refuses this.".to_owned(), "Look at what the role of the login may do.".to_owned()),
        (401, _) => (
            "Google does not accept the token that it has just given out.".to_owned(),
            format!("Look whether “{}” and {} are still enabled.", who.login, who.account),
        ),
        (404, _) => ("Google does not find it.".to_owned(), String::new()),
        _ => ("Google refuses the call.".to_owned(), String::new()),
    };
    let found = format!("{found} Google says: {}.", said.quoted(status));
    Refusal { code: said.code.clone(), found, advice }
}
