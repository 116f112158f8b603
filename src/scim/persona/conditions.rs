//! When a persona refuses: what a rule of its file asks of a request. All that is set has to hold.

use super::Asked;
use crate::scim::filter::{self, Filter, Name, Op};
use crate::scim::leeway::Leeway;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// What a rule asks.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct When {
    /// There is a filter, and it uses something else than this.
    filter_beyond: Option<FilterLimits>,
    /// The query has one of these parameters.
    query_has: Vec<String>,
    /// `count` asks for more.
    count_above: Option<u64>,
    /// The body lacks one of these attributes, such as `name.givenName`.
    lacks: Vec<String>,
    /// The body has one of these attributes.
    has: Vec<String>,
    /// The list has more elements, in the body or in one operation of a PATCH.
    more_than: BTreeMap<String, usize>,
    /// The text has more characters.
    longer_than: BTreeMap<String, usize>,
    /// One operation of a PATCH is like this.
    operation: Option<OperationTest>,
    /// A PATCH changes more members.
    members_above: Option<usize>,
}

/// What filters a persona takes.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct FilterLimits {
    /// Operators; `pr` and `[]` among them.
    operators: Vec<String>,
    /// `and`, `or`, `not`.
    joined_by: Vec<String>,
    /// Attributes; without it all.
    attributes: Option<Vec<String>>,
}

/// One operation of a PATCH.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct OperationTest {
    /// One of these operations.
    op: Vec<String>,
    /// It is about one of these attributes.
    touches: Vec<String>,
    /// It is about another attribute than these.
    touches_beyond: Vec<String>,
    /// It names no element: neither by a filter in the path nor by a value.
    whole: bool,
    /// Its path has a filter.
    path_filter: bool,
}

impl When {
    pub(super) fn holds(&self, asked: &Asked<'_>) -> bool {
        let nothing = Value::Null;
        let body = asked.body.unwrap_or(&nothing);
        let parameters: Vec<(String, String)> = form_urlencoded::parse(asked.query.as_bytes())
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect();
        let parameter = |name: &str| {
            let given = parameters.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
            let in_body =
                || member(body, name).map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
            given.map(|(_, value)| value.clone()).or_else(in_body)
        };
        let operations: Vec<&Value> =
            member(body, "Operations").and_then(Value::as_array).into_iter().flatten().collect();
        let all = |conditions: &[bool]| conditions.iter().all(|holds| *holds);
        all(&[
            self.filter_beyond
                .as_ref()
                .is_none_or(|limits| parameter("filter").is_some_and(|text| limits.are_left_by(&text))),
            self.query_has.is_empty() || self.query_has.iter().any(|name| parameter(name).is_some()),
            self.count_above.is_none_or(|most| {
                parameter("count").and_then(|count| count.parse::<u64>().ok()).is_some_and(|count| count > most)
            }),
            // What cannot be read is refused by who reads it.
            self.lacks.is_empty() || asked.body.is_some() && self.lacks.iter().any(|path| is_empty(at(body, path))),
            self.has.is_empty() || self.has.iter().any(|path| !is_empty(at(body, path))),
            self.more_than.is_empty()
                || self.more_than.iter().any(|(name, most)| has_more(body, &operations, name, *most)),
            self.longer_than.is_empty()
                || self.longer_than.iter().any(|(path, most)| {
                    at(body, path).and_then(Value::as_str).is_some_and(|text| text.chars().count() > *most)
                }),
            self.operation.as_ref().is_none_or(|test| operations.iter().any(|one| test.holds(one))),
            self.members_above.is_none_or(|most| {
                operations
                    .iter()
                    .filter(|one| touched(one).iter().any(|name| name == "members"))
                    .map(|one| size(one))
                    .sum::<usize>()
                    > most
            }),
        ])
    }
}

impl FilterLimits {
    /// Whether a filter uses something else. One that cannot be read is left to who reads filters.
    fn are_left_by(&self, text: &str) -> bool {
        filter::parse(text, &Leeway::liberal()).is_ok_and(|filter| !self.allow(&filter))
    }

    fn allow(&self, filter: &Filter) -> bool {
        let may = |list: &[String], word: &str| list.iter().any(|known| known == word);
        let knows = |name: &Name| {
            let whole = match &name.part {
                Some(part) => format!("{}.{part}", name.attribute),
                None => name.attribute.clone(),
            };
            self.attributes.as_ref().is_none_or(|all| all.iter().any(|known| known.eq_ignore_ascii_case(&whole)))
        };
        match filter {
            Filter::And(all) => may(&self.joined_by, "and") && all.iter().all(|one| self.allow(one)),
            Filter::Or(all) => may(&self.joined_by, "or") && all.iter().all(|one| self.allow(one)),
            Filter::Not(one) => may(&self.joined_by, "not") && self.allow(one),
            Filter::Present(name) => may(&self.operators, "pr") && knows(name),
            Filter::Compare(name, op, _) => may(&self.operators, word(*op)) && knows(name),
            Filter::Elements(name, one) => may(&self.operators, "[]") && knows(name) && self.allow(one),
        }
    }
}

fn word(op: Op) -> &'static str {
    match op {
        Op::Eq => "eq",
        Op::Ne => "ne",
        Op::Co => "co",
        Op::Sw => "sw",
        Op::Ew => "ew",
        Op::Gt => "gt",
        Op::Ge => "ge",
        Op::Lt => "lt",
        Op::Le => "le",
    }
}

impl OperationTest {
    fn holds(&self, operation: &Value) -> bool {
        let op = member(operation, "op").and_then(Value::as_str).unwrap_or_default().to_lowercase();
        let path = member(operation, "path").and_then(Value::as_str).unwrap_or_default();
        let touched = touched(operation);
        let among = |list: &[String], name: &str| list.iter().any(|known| known.eq_ignore_ascii_case(name));
        let names_none = op == "replace" || (!path.contains('[') && is_empty(member(operation, "value")));
        (self.op.is_empty() || self.op.contains(&op))
            && (self.touches.is_empty() || touched.iter().any(|name| among(&self.touches, name)))
            && (self.touches_beyond.is_empty() || touched.iter().any(|name| !among(&self.touches_beyond, name)))
            && (!self.whole || names_none)
            && (!self.path_filter || path.contains('['))
    }
}

/// The attributes that an operation is about, without their parts and URNs.
fn touched(operation: &Value) -> Vec<String> {
    let root = |name: &str| {
        let name = name.split('[').next().unwrap_or_default();
        let name = name.rsplit(':').next().unwrap_or_default();
        name.split('.').next().unwrap_or_default().to_owned()
    };
    match member(operation, "path").and_then(Value::as_str) {
        Some(path) if !path.is_empty() => vec![root(path)],
        _ => {
            let members = member(operation, "value").and_then(Value::as_object).into_iter().flatten();
            members.map(|(name, _)| if name.starts_with("urn:") { name.clone() } else { root(name) }).collect()
        }
    }
}

/// How many elements an operation is about.
fn size(operation: &Value) -> usize {
    match member(operation, "value") {
        Some(Value::Array(all)) => all.len(),
        Some(Value::Object(object)) => {
            let members = object.iter().find(|(name, _)| name.eq_ignore_ascii_case("members")).map(|(_, value)| value);
            members.and_then(Value::as_array).map_or(1, Vec::len)
        }
        _ => 1,
    }
}

fn has_more(body: &Value, operations: &[&Value], name: &str, most: usize) -> bool {
    let is_longer = |value: Option<&Value>| value.and_then(Value::as_array).is_some_and(|all| all.len() > most);
    let in_operation = |one: &&Value| {
        let value = member(one, "value");
        let is_named = member(one, "path").and_then(Value::as_str).is_some_and(|path| path.eq_ignore_ascii_case(name));
        is_longer(value.and_then(|value| member(value, name))) || (is_named && is_longer(value))
    };
    is_longer(member(body, name)) || operations.iter().any(in_operation)
}

/// The member of an object, in any letter case.
fn member<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    value.as_object()?.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

fn at<'v>(body: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('.').try_fold(body, |value, name| member(value, name))
}

fn is_empty(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => true,
        Some(Value::String(text)) => text.trim().is_empty(),
        Some(Value::Array(all)) => all.is_empty(),
        Some(Value::Object(all)) => all.is_empty(),
        Some(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scim::persona::find;
    use serde_json::json;

    fn status(persona: &str, method: &str, path: &str, body: &Value) -> Option<u16> {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let segments: Vec<String> = path.split('/').filter(|one| !one.is_empty()).map(str::to_owned).collect();
        let asked = Asked { method, segments: &segments, query, body: Some(body).filter(|body| !body.is_null()) };
        find(persona)?.refusal(&asked).map(|refused| refused.status)
    }

    #[test]
    fn aws_takes_eq_and_and_alone() {
        let none = Value::Null;
        assert_eq!(status("aws", "GET", "/Users?filter=userName+eq+%22a%22", &none), None);
        assert_eq!(status("aws", "GET", "/users?filter=id+eq+%221%22+and+manager+eq+%222%22", &none), None);
        assert_eq!(status("aws", "GET", "/Users?filter=userName+sw+%22a%22", &none), Some(400));
        assert_eq!(status("aws", "GET", "/Users?filter=id+eq+%221%22+or+id+eq+%222%22", &none), Some(400));
    }

    #[test]
    fn aws_never_takes_all_members_away() {
        let patch = |operation: Value| status("aws", "PATCH", "/Groups/1", &json!({ "Operations": [operation] }));
        assert_eq!(patch(json!({ "op": "add", "path": "members", "value": [{ "value": "1" }] })), None);
        assert_eq!(patch(json!({ "op": "remove", "path": "members[value eq \"1\"]" })), None);
        assert_eq!(patch(json!({ "op": "Remove", "path": "members" })), Some(400));
        assert_eq!(patch(json!({ "op": "replace", "value": { "members": [{ "value": "1" }] } })), Some(400));
        assert_eq!(patch(json!({ "op": "replace", "value": { "displayName": "New" } })), None);
        assert_eq!(
            patch(json!({ "op": "replace", "path": "urn:ietf:params:scim:schemas:core:2.0:Group:nick", "value": "x" })),
            Some(400)
        );
        let many: Vec<Value> = (0..101).map(|n| json!({ "value": n.to_string() })).collect();
        assert_eq!(patch(json!({ "op": "add", "path": "members", "value": many })), Some(400));
    }

    #[test]
    fn what_is_required_has_to_be_there() {
        let whole = json!({ "userName": "a", "displayName": "A", "name": { "givenName": "A", "familyName": "B" } });
        assert_eq!(status("aws", "POST", "/Users", &whole), None);
        let without = json!({ "userName": "a", "displayName": "A", "name": { "givenName": "A" } });
        assert_eq!(status("aws", "POST", "/Users", &without), Some(400));
        assert_eq!(status("users-only", "POST", "/Groups", &json!({ "displayName": "G" })), Some(404));
    }
}
