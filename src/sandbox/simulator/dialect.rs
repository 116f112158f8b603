//! Dialects: what each identity provider sends, read from the files of this folder's `dialects`.

use crate::sandbox::dialogue::player::Retries;
use crate::sandbox::dialogue::{at, list, text};
use serde_json::Value;
use std::time::Duration;

macro_rules! files {
    ($($idp:literal $variant:literal $file:literal,)+) => {
        const FILES: &[(&str, &str, &str)] = &[$(($idp, $variant, include_str!(concat!("dialects/", $file, ".json")))),+];
    };
}

// Who, the variant ("" is the usual one), and the file.
files! {
    "okta" "" "okta",
    "okta" "wizard" "okta-wizard",
    "entra" "" "entra",
    "entra" "flag" "entra-flag",
    "jumpcloud" "" "jumpcloud",
    "onelogin" "" "onelogin",
    "ping" "" "ping",
    "google" "" "google",
    "google-function" "" "google-function",
    "sailpoint" "" "sailpoint",
    "cloudgate" "" "cloudgate",
    "rippling" "" "rippling",
    "authentik" "" "authentik",
    "keycloak" "" "keycloak",
    "keycloak" "patch" "keycloak-patch",
    "commander" "" "commander",
}

/// Every identity provider that can be played.
pub const IDPS: [&str; 13] = [
    "okta",
    "entra",
    "jumpcloud",
    "onelogin",
    "ping",
    "google",
    "google-function",
    "sailpoint",
    "cloudgate",
    "rippling",
    "authentik",
    "keycloak",
    "commander",
];

/// The other ways in which some of them work.
pub const VARIANTS: [&str; 3] = ["wizard", "flag", "patch"];

/// What one identity provider sends, and what it makes of answers.
#[derive(Clone, Debug)]
pub struct Dialect(Value);

impl Dialect {
    /// The dialect of an identity provider; none if it is not known or does not have that variant.
    pub fn find(idp: &str, variant: &str) -> Option<Dialect> {
        let (_, _, file) = FILES.iter().find(|(known, of, _)| *known == idp && *of == variant)?;
        serde_json::from_str(file).ok().map(Dialect)
    }

    /// The word for it on the command line.
    pub fn idp(&self) -> &str {
        text(&self.0, "idp")
    }

    /// Its name.
    pub fn name(&self) -> &str {
        text(&self.0, "name")
    }

    /// Where docs/clients.md tells of it.
    pub fn source(&self) -> &str {
        text(&self.0, "source")
    }

    /// Headers of every request.
    pub fn headers(&self) -> &Value {
        at(&self.0, "headers")
    }

    /// The parts of the form that it looks at.
    pub fn looks_at(&self, part: &str) -> bool {
        list(&self.0, "form").iter().any(|known| known == part)
    }

    /// A template: `user`, `group` or `member`.
    pub fn body(&self, name: &str) -> &Value {
        at(at(&self.0, "bodies"), name)
    }

    /// The steps of an act; none if it never does that.
    pub fn act(&self, name: &str) -> &[Value] {
        list(at(&self.0, "acts"), name)
    }

    /// Whether it does that at all.
    pub fn does(&self, act: &str) -> bool {
        !self.act(act).is_empty()
    }

    /// The acts that take a person away, in their order.
    pub fn leaving(&self) -> Vec<&str> {
        list(&self.0, "leave").iter().filter_map(Value::as_str).collect()
    }

    /// What a resource that was read shows of the one that was sent, by pointer: `user` or `group`.
    pub fn shows(&self, kind: &str) -> &Value {
        at(at(&self.0, "shows"), kind)
    }

    /// How it reads lists: the query of a page with `{start}`, and when it stops; null if it reads none.
    pub fn paging(&self) -> &Value {
        at(&self.0, "paging")
    }

    /// How many members it adds with one request.
    pub fn batch(&self) -> usize {
        at(&self.0, "batch").as_u64().and_then(|most| usize::try_from(most).ok()).unwrap_or(100).max(1)
    }

    /// Whether it reads all there is before it writes.
    pub fn reads_first(&self) -> bool {
        at(&self.0, "readsFirst") == true
    }

    /// What it would do about a failure of that kind.
    pub fn judges(&self, kind: &str) -> Option<&str> {
        at(&self.0, "judges").get(kind).and_then(Value::as_str)
    }

    /// When it sends a request again.
    pub fn retries(&self) -> Retries {
        let retry = at(&self.0, "retry");
        let statuses =
            list(retry, "statuses").iter().filter_map(|status| u16::try_from(status.as_u64()?).ok()).collect();
        let times = at(retry, "times").as_u64().and_then(|times| u32::try_from(times).ok()).unwrap_or(0);
        Retries { statuses, times, pause: self.retry_pause() }
    }

    /// Its first pause before it sends a request again.
    pub fn retry_pause(&self) -> Duration {
        Duration::from_millis(at(at(&self.0, "retry"), "pause").as_u64().unwrap_or(1000))
    }

    /// How long it waits between two requests.
    pub fn pace(&self) -> Duration {
        Duration::from_millis(at(&self.0, "pace").as_u64().unwrap_or(50))
    }
}
