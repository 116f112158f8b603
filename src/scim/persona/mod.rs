//! Personas: known service providers as clients meet them, with what they refuse and what their discovery says. Each is a data file
//! beside this one; docs/personas.md has its sources.
//!
//! A persona stands before and behind the protocol: what it refuses never reaches the rules, and what they answer is shown as it would
//! show it.

mod conditions;
mod shape;

use crate::domain::connection_settings::{ConnectionSettings, Deprovision};
use conditions::When;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::LazyLock;

/// Their names and files.
const FILES: [(&str, &str); 7] = [
    ("aws", include_str!("aws.json")),
    ("slack", include_str!("slack.json")),
    ("github", include_str!("github.json")),
    ("gitlab", include_str!("gitlab.json")),
    ("databricks", include_str!("databricks.json")),
    ("snowflake", include_str!("snowflake.json")),
    ("users-only", include_str!("users-only.json")),
];

static ALL: LazyLock<Vec<(&str, Persona)>> =
    LazyLock::new(|| FILES.iter().filter_map(|(name, text)| Some((*name, serde_json::from_str(text).ok()?))).collect());

/// The word for no persona.
pub const NONE: &str = "none";

/// A service provider.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Persona {
    /// What it is called.
    pub title: String,
    /// Settings of a connection that are its own.
    #[serde(default)]
    settings: Settings,
    /// No list has more resources than this.
    #[serde(default)]
    most: Option<usize>,
    /// What its `/ServiceProviderConfig` says otherwise, a merge patch (RFC 7396).
    #[serde(default)]
    config: Value,
    /// The resource types that it has; without it all.
    #[serde(default)]
    types: Option<Vec<String>>,
    /// Attributes that it does not have, by resource type: neither announced nor shown.
    #[serde(default)]
    without: BTreeMap<String, Vec<String>>,
    /// Attributes that are shown as empty lists, by resource type.
    #[serde(default)]
    empty: BTreeMap<String, Vec<String>>,
    /// How often it may be asked.
    #[serde(default)]
    rate_limits: Vec<RateLimit>,
    /// What it refuses; the first that holds.
    refuses: Vec<Rule>,
}

/// Settings that a persona decides.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Settings {
    deprovision: Option<String>,
    email_required: Option<bool>,
    unique_groups: Option<bool>,
    page_size: Option<u32>,
}

/// One refusal.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    /// Method, or `*`, and place, such as `PATCH Groups/{id}`.
    on: Vec<String>,
    #[serde(default)]
    when: When,
    status: u16,
    #[serde(default)]
    scim_type: Option<String>,
    detail: String,
    /// The page that says so. docs/personas.md has the same; a test compares.
    source: String,
}

/// How often some requests may come; beyond it they are refused with 429.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateLimit {
    /// Which requests they are, in words, beginning with the persona's name.
    pub name: String,
    /// Method and place, either of them `*` for all.
    on: Vec<String>,
    /// Requests a minute.
    pub per_minute: NonZeroU32,
    /// Requests at once.
    pub burst: NonZeroU32,
    /// The page that says so. docs/personas.md has the same; a test compares.
    pub source: String,
}

/// A request, as far as a persona looks at it.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The method.
    pub method: &'a str,
    /// What follows the base URL.
    pub segments: &'a [String],
    /// What stands behind the question mark.
    pub query: &'a str,
    /// The body, if it is JSON.
    pub body: Option<&'a Value>,
}

impl Asked<'_> {
    /// Whether it has one of these methods and places.
    fn is_one_of(&self, on: &[String]) -> bool {
        let place = place(self.segments);
        on.iter().any(|on| {
            let (method, wanted) = on.split_once(' ').unwrap_or(("*", on));
            (method == "*" || method == self.method) && (wanted == "*" || wanted == place)
        })
    }
}

/// What a persona refuses a request with.
#[derive(Clone, Debug)]
pub struct Refused {
    /// The status.
    pub status: u16,
    /// The word of RFC 7644, table 9, if it sends one.
    pub scim_type: Option<String>,
    /// What the answer says.
    pub detail: &'static str,
    /// The page of the service provider that says so.
    pub source: &'static str,
}

/// The words for all personas.
pub fn names() -> impl Iterator<Item = &'static str> {
    FILES.iter().map(|(name, _)| *name)
}

/// A persona by its word.
pub fn find(name: &str) -> Option<&'static Persona> {
    ALL.iter().find(|(known, _)| *known == name).map(|(_, persona)| persona)
}

/// A word that somebody chose; `None` for no persona.
///
/// # Errors
/// The sentence that lists what there is.
pub fn checked(name: &str) -> Result<Option<String>, String> {
    match name {
        NONE => Ok(None),
        known if find(known).is_some() => Ok(Some(known.to_owned())),
        other => {
            let all: Vec<&str> = names().collect();
            Err(format!("expected {} or none, got “{other}”", all.join(", ")))
        }
    }
}

impl Persona {
    /// What it refuses the request with, if it does.
    pub fn refusal(&'static self, asked: &Asked<'_>) -> Option<Refused> {
        let rule = self.refuses.iter().find(|rule| asked.is_one_of(&rule.on) && rule.when.holds(asked))?;
        let scim_type = rule.scim_type.clone();
        Some(Refused { status: rule.status, scim_type, detail: &rule.detail, source: &rule.source })
    }

    /// The limits that count the request.
    pub fn rate_limits(&'static self, asked: &Asked<'_>) -> Vec<&'static RateLimit> {
        self.rate_limits.iter().filter(|limit| asked.is_one_of(&limit.on)).collect()
    }

    /// The settings that a connection has under it.
    pub fn settings(&self, own: &ConnectionSettings) -> ConnectionSettings {
        let Settings { deprovision, email_required, unique_groups, page_size } = &self.settings;
        let deprovision = deprovision.as_ref().and_then(|word| word.parse::<Deprovision>().ok());
        ConnectionSettings {
            deprovision: deprovision.unwrap_or(own.deprovision),
            email_required: email_required.unwrap_or(own.email_required),
            unique_groups: unique_groups.unwrap_or(own.unique_groups),
            page_size: page_size.unwrap_or(own.page_size),
            ..own.clone()
        }
    }

    /// A successful answer as it would show it.
    pub fn shown(&self, asked: &Asked<'_>, text: String) -> String {
        let Ok(mut answer) = serde_json::from_str::<Value>(&text) else { return text };
        self.shape(&place(asked.segments), &mut answer);
        answer.to_string()
    }
}

/// `Users`, `Users/{id}`, `Users/.search` and the like, in the letter case of the RFC.
fn place(segments: &[String]) -> String {
    const KNOWN: [&str; 8] =
        ["Users", "Groups", "Me", "Bulk", ".search", "ServiceProviderConfig", "Schemas", "ResourceTypes"];
    let named = |segment: &String| KNOWN.iter().find(|known| known.eq_ignore_ascii_case(segment)).copied();
    match segments {
        [] => String::new(),
        [one] => named(one).unwrap_or(one).to_owned(),
        [one, two, ..] => {
            let search = if two.eq_ignore_ascii_case(".search") { ".search" } else { "{id}" };
            format!("{}/{search}", named(one).unwrap_or(one))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_can_be_read() -> serde_json::Result<()> {
        for (name, text) in FILES {
            let persona: Persona = serde_json::from_str(text)?;
            assert!(persona.refuses.iter().all(|rule| rule.source.starts_with("https://")), "{name}");
        }
        Ok(())
    }
}
