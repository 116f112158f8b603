//! What Google refuses, in words that say what to do.

use crate::push::sentence::{Sentence, say};
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
    pub found: Sentence,
    /// The one thing to do.
    pub advice: Sentence,
}

impl Refusal {
    /// One without an answer of Google's.
    pub(super) fn ours(found: impl Into<Sentence>, advice: impl Into<Sentence>) -> Refusal {
        Refusal { code: String::new(), found: found.into(), advice: advice.into() }
    }
}

impl Refusal {
    /// What happened and what to do, in one.
    pub(super) fn sentence(&self) -> Sentence {
        match self.advice.is_empty() {
            true => self.found.clone(),
            false => Sentence::list(vec![self.found.clone(), self.advice.clone()], " "),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.sentence().fmt(f)
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
    fn quoted(&self, status: u16) -> Sentence {
        match (self.code.as_str(), self.words.as_str()) {
            ("", "") => format!("HTTP {status}").into(),
            ("", words) => format!("“{words}”, HTTP {status}").into(),
            (code, "") => format!("{code}, HTTP {status}").into(),
            (code, words) => format!("“{words}”, {code}").into(),
        }
    }
}

/// What Google calls its limits of calls in an answer 403.
const LIMITS: [&str; 4] = ["rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "RESOURCE_EXHAUSTED"];

/// What is said of an answer that was asked for often enough.
fn of_passing(slower: bool) -> (Sentence, Sentence) {
    let (found, advice) = match slower {
        true => (
            say!("googles_limit_of_calls_is_reached", "Google's limit of calls is reached."),
            say!("run_it_again_later_or_raise", "Run it again later, or raise the quota of the Admin SDK API."),
        ),
        false => (
            say!("google_cannot_answer_at_the_moment", "Google cannot answer at the moment."),
            say!("run_it_again_later", "Run it again later."),
        ),
    };
    (found, advice)
}

/// Whether an answer may be another one a little later; true in the second place if Google wants fewer calls.
pub(super) fn passes(status: u16, said: &Said) -> (bool, bool) {
    let slower = status == 429 || (status == 403 && LIMITS.contains(&said.code.as_str()));
    (slower || status == 408 || status >= 500, slower)
}

/// Where delegation is given.
fn delegation() -> Sentence {
    say!(
        "in_googles_admin_console_delegation",
        "in Google's Admin console, Security → Access and data control → API controls → Manage domain-wide delegation"
    )
}

/// A refusal to give out a token.
pub(super) fn of_token(status: u16, said: &Said, who: &Who, scopes: &[&str]) -> Refusal {
    let words = said.words.to_lowercase();
    let client = who.client_id.as_deref().map_or_else(
        || say!("the_client_of", "the client of {account}", account = who.account),
        |id| say!("client_id", "client ID {id}", id = id),
    );
    let (found, advice) = match said.code.as_str() {
        _ if passes(status, said).0 => of_passing(passes(status, said).1),
        "unauthorized_client" | "access_denied" | "invalid_scope" => (
            say!(
                "the_service_account_may_not_read",
                "The service account may not read this Google Workspace: its domain-wide delegation, or one of its scopes, is missing."
            ),
            say!(
                "add_with_the_scopes_a_change",
                "Add {client} {delegation}, with the scopes {scopes}. A change can take some minutes, at most 24 hours.",
                client = client,
                delegation = delegation(),
                scopes = scopes.join(",")
            ),
        ),
        "invalid_grant" if words.contains("iat") || words.contains("exp") || words.contains("reasonable timeframe") => {
            (
                say!("google_does_not_accept_the_time", "Google does not accept the time of this machine."),
                say!("set_the_clock_of_this_machine", "Set the clock of this machine right, by NTP for example."),
            )
        }
        "invalid_grant" if words.contains("signature") => (
            say!("google_does_not_know_the_key", "Google does not know the key of the key file any more."),
            say!(
                "make_a_new_json_key_for",
                "Make a new JSON key for {account} and give its file.",
                account = who.account
            ),
        ),
        "invalid_grant" if words.contains("email") || words.contains("user") => (
            say!("google_knows_no_user", "Google knows no user “{login}”.", login = who.login),
            say!(
                "give_as_login_the_address_of",
                "Give as login the address of an administrator of this Google Workspace, in full."
            ),
        ),
        "invalid_grant" | "invalid_client" | "disabled_client" => (
            say!("google_refuses_the_service_account", "Google refuses the service account."),
            say!(
                "look_in_google_clouds_console_whether",
                "Look in Google Cloud's console whether {account} and its key still exist and are enabled.",
                account = who.account
            ),
        ),
        "admin_policy_enforced" => (
            say!("a_rule_of_this_google_workspace", "A rule of this Google Workspace keeps the service account out."),
            say!(
                "allow_it_in_googles_admin_console",
                "Allow it in Google's Admin console, Security → Access and data control → API controls."
            ),
        ),
        _ => (
            say!("google_gave_no_token", "Google gave no token."),
            say!(
                "look_whether_the_key_file_is",
                "Look whether the key file is that of {account} and whether it still exists.",
                account = who.account
            ),
        ),
    };
    let found = say!("google_says", "{found} Google says: {said}.", found = found, said = said.quoted(status));
    Refusal { code: said.code.clone(), found, advice }
}

/// A refusal of the Directory API.
pub(super) fn of_api(status: u16, said: &Said, who: &Who) -> Refusal {
    let project = who.project.as_deref().map_or_else(
        || say!("the_project_of_the_service_account", "the project of the service account"),
        |p| say!("project_named", "project {p}", p = p),
    );
    let (found, advice) = match (status, said.code.as_str()) {
        _ if passes(status, said).0 => of_passing(passes(status, said).1),
        (_, "accessNotConfigured" | "SERVICE_DISABLED") => (
            say!("the_admin_sdk_api_is_not", "The Admin SDK API is not enabled."),
            say!(
                "in_google_clouds_console_in_enable",
                "In Google Cloud's console, in {project}, enable it: APIs & Services → Library → Admin SDK API. Then wait some minutes.",
                project = project
            ),
        ),
        (403, "insufficientPermissions" | "PERMISSION_DENIED" | "ACCESS_TOKEN_SCOPE_INSUFFICIENT") => (
            say!("the_token_lacks_a_scope", "The token lacks a scope."),
            say!("add_it", "Add it {delegation}.", delegation = delegation()),
        ),
        (403, "forbidden") => (
            say!("may_not_read_this", "“{login}” may not read this.", login = who.login),
            say!(
                "give_as_login_an_administrator_whose",
                "Give as login an administrator whose role may read users and groups (Admin API privileges)."
            ),
        ),
        (403, _) => (
            say!("google_refuses_this", "Google refuses this."),
            say!("look_at_what_the_role_of", "Look at what the role of the login may do."),
        ),
        (401, _) => (
            say!("google_does_not_accept_the_token", "Google does not accept the token that it has just given out."),
            say!(
                "look_whether_and_are_still_enabled",
                "Look whether “{login}” and {account} are still enabled.",
                login = who.login,
                account = who.account
            ),
        ),
        (404, _) => (say!("google_does_not_find_it", "Google does not find it."), Sentence::default()),
        _ => (say!("google_refuses_the_call", "Google refuses the call."), Sentence::default()),
    };
    let found = say!("google_says", "{found} Google says: {said}.", found = found, said = said.quoted(status));
    Refusal { code: said.code.clone(), found, advice }
}
