//! Summaries: one line of words for each request, such as “Entra ID locked ann@corp.example”.

use super::client::Client;
use super::operations::{Told, told};
use super::phrase::{Sentence, names};
use super::{Seen, Target};
use serde_json::Value;

/// What happened, in one sentence.
pub fn summary(seen: &Seen<'_>, client: &Client, target: &Target) -> Sentence {
    if seen.method.is_empty() || seen.method == "-" {
        return Sentence::new("unreadable").with("why", seen.detail.unwrap_or("it was cut off"));
    }
    if seen.status >= 400 {
        return refused(seen, client, target);
    }
    let said = |code| Sentence::new(code).with("client", client.name());
    let Some(of) = target.of else {
        let endpoint = target.endpoint.to_ascii_lowercase();
        return match endpoint.as_str() {
            "bulk" => bulk(target),
            "serviceproviderconfig" | "schemas" | "resourcetypes" => said("discovery").with("name", &*target.endpoint),
            _ => said("asked").with("method", seen.method).with("path", seen.path),
        };
    };
    match seen.method.to_ascii_uppercase().as_str() {
        "POST" if !seen.path.to_ascii_lowercase().contains(".search") => {
            let code = if is_new(target) { "created" } else { "linked" };
            said(code).with("name", target.shown())
        }
        "GET" | "HEAD" if target.is_one => {
            said(if seen.status == 304 { "read.unchanged" } else { "read" }).with("name", target.shown())
        }
        "GET" | "HEAD" | "POST" => listed(seen, said, target, of.endpoint),
        "DELETE" => {
            let locked = seen.after.is_some_and(|after| after.contains("\"active\":false"));
            said(if locked { "locked" } else { "deleted" }).with("name", target.shown())
        }
        _ => changed(seen, said, target),
    }
}

/// Whether an answer to POST shows what was made just now.
fn is_new(target: &Target) -> bool {
    let meta = target.answer.as_ref().and_then(|answer| answer.get("meta"));
    let moment = |name| meta.and_then(|meta| meta.get(name)).and_then(Value::as_str);
    moment("created") == moment("lastModified")
}

fn listed(seen: &Seen<'_>, said: impl Fn(&'static str) -> Sentence, target: &Target, endpoint: &str) -> Sentence {
    let total = number(seen, target, "totalResults");
    let filter = form_urlencoded::parse(seen.query.as_bytes())
        .find(|(name, _)| name.eq_ignore_ascii_case("filter"))
        .map(|(_, value)| value.into_owned())
        .or_else(|| target.body.as_ref()?.get("filter")?.as_str().map(str::to_owned));
    let Some(filter) = filter.filter(|filter| !filter.trim().is_empty()) else {
        let shown = number(seen, target, "itemsPerPage").unwrap_or_default();
        let kind = endpoint.to_ascii_lowercase();
        let total = total.unwrap_or_default().to_string();
        return said("listed").with("kind", kind).with("shown", shown.to_string()).with("total", total);
    };
    let what = super::filter_tree::short(&filter);
    match total {
        Some(0) | None if target.is_user() => said("found.none").with("what", what),
        Some(0) | None => said("found.no-group").with("what", what),
        Some(1) if target.name.is_some() => said("found.one").with("what", what).with("name", target.shown()),
        Some(total) => said("found.some").with("what", what).with("total", total.to_string()),
    }
}

/// A counter of a list, which stands at its beginning.
fn number(seen: &Seen<'_>, target: &Target, name: &str) -> Option<u64> {
    if let Some(answer) = &target.answer {
        return answer.get(name)?.as_u64();
    }
    let (_, rest) = seen.answer?.split_once(&format!("\"{name}\":"))?;
    rest.trim_start().chars().take_while(char::is_ascii_digit).collect::<String>().parse().ok()
}

fn changed(seen: &Seen<'_>, said: impl Fn(&'static str) -> Sentence, target: &Target) -> Sentence {
    // The members of a large group were not compared.
    let is_partial = || !seen.before.is_some_and(|text| text.contains("\"members\""));
    let told = match seen.effects {
        Some(effects) if effects.is_empty() && is_partial() && !target.is_user() => told(target),
        Some(effects) => Told::of_effects(effects),
        None => told(target),
    };
    let name = target.shown();
    match &told {
        Told { active: Some(false), .. } => said("locked").with("name", name),
        Told { active: Some(true), .. } => said("unlocked").with("name", name),
        Told { renamed: Some(before), .. } => said("renamed").with("before", &**before).with("name", name),
        Told { added, removed, .. } if !added.is_empty() && !removed.is_empty() => {
            said("members.both").with("added", names(added)).with("name", name).with("removed", names(removed))
        }
        Told { added, .. } if !added.is_empty() => {
            said("members.added").with("members", names(added)).with("name", name)
        }
        Told { removed, .. } if !removed.is_empty() => {
            said("members.removed").with("members", names(removed)).with("name", name)
        }
        Told { attributes, .. } if !attributes.is_empty() => {
            said("changed").with("attributes", names(attributes)).with("name", name)
        }
        Told { unknown: true, .. } => said("changed.plain").with("name", name),
        _ => said("unchanged").with("name", name),
    }
}

fn bulk(target: &Target) -> Sentence {
    let outcomes = target.answer.as_ref().and_then(|answer| answer.get("Operations")).and_then(Value::as_array);
    let status = |one: &Value| one.get("status").and_then(Value::as_str).and_then(|text| text.parse::<u16>().ok());
    let (done, refused): (Vec<_>, Vec<_>) =
        outcomes.into_iter().flatten().filter_map(status).partition(|status| *status < 400);
    Sentence::new("bulk").with("done", done.len().to_string()).with("refused", refused.len().to_string())
}

fn refused(seen: &Seen<'_>, client: &Client, target: &Target) -> Sentence {
    let why = seen.detail.unwrap_or_default();
    let why = why.split(" [").next().unwrap_or_default().trim_end_matches('.');
    let why = if why.is_empty() { format!("status {}", seen.status) } else { why.to_owned() };
    let said = |code| Sentence::new(code).with("client", client.name());
    match seen.code.unwrap_or_default() {
        "TOKEN_MISSING" => return Sentence::new("token.missing"),
        code if code.starts_with("TOKEN") => return Sentence::new("token.refused").with("why", why),
        "WRONG_PATH" | "WRONG_URL" => return said("wrong-path").with("path", seen.path),
        _ => {}
    }
    if seen.status == 404 && target.is_one {
        let id = target.id.clone().unwrap_or_default();
        return said(if target.is_user() { "not-here" } else { "not-here.group" }).with("name", id);
    }
    let verb = match seen.method.to_ascii_uppercase().as_str() {
        "POST" if target.of.is_some() => "create",
        "PUT" | "PATCH" => "change",
        "DELETE" => "delete",
        _ => "read",
    };
    let act = match target.of {
        Some(_) if target.is_one || verb == "create" => format!("{verb} {}", target.shown()),
        Some(of) => format!("{verb} {}", of.endpoint.to_ascii_lowercase()),
        None => format!("call {}", seen.path),
    };
    said("refused").with("act", act).with("why", why)
}
