//! Filters in words: the tree that a filter was read as.

use super::{Explanation, Seen};
use crate::scim::filter::{self, Filter, Literal, Name, Op};
use crate::scim::leeway::Leeway;
use serde_json::{Value, json};

/// The filter of a request, as it was understood.
pub fn explain(seen: &Seen<'_>) -> Option<Explanation> {
    let text = of(seen)?;
    let clause = "RFC 7644, section 3.4.2.2";
    match filter::parse(&text, &Leeway::default()) {
        Ok(filter) => {
            let sentence = format!("Only those are listed where {}.", words(&filter));
            Some(Explanation::new("filter", sentence).clause(clause).with("filter", text).with("tree", tree(&filter)))
        }
        Err(error) => Some(
            Explanation::new("filter", format!("The filter could not be read: {error}"))
                .clause(clause)
                .with("filter", text),
        ),
    }
}

/// The text of the filter of a request.
pub fn of(seen: &Seen<'_>) -> Option<String> {
    let named = form_urlencoded::parse(seen.query.as_bytes()).find(|(name, _)| name.eq_ignore_ascii_case("filter"));
    let text = match named {
        Some((_, text)) => text.into_owned(),
        None if seen.path.to_ascii_lowercase().ends_with(".search") => {
            let body: Value = serde_json::from_str(seen.body?).ok()?;
            body.get("filter")?.as_str()?.to_owned()
        }
        None => return None,
    };
    Some(text).filter(|text| !text.trim().is_empty())
}

/// What is looked for: the compared value where there is just one, else the filter as it is.
pub fn short(text: &str) -> String {
    match filter::parse(text, &Leeway::default()) {
        Ok(Filter::Compare(_, Op::Eq, value)) => value.text().to_owned(),
        Ok(Filter::Elements(_, inner)) => match *inner {
            Filter::Compare(_, Op::Eq, value) => value.text().to_owned(),
            _ => text.to_owned(),
        },
        _ => text.to_owned(),
    }
}

fn name(name: &Name) -> String {
    let urn = name.urn.as_ref().map(|urn| format!("{urn}:")).unwrap_or_default();
    let part = name.part.as_ref().map(|part| format!(".{part}")).unwrap_or_default();
    format!("{urn}{}{part}", name.attribute)
}

fn operator(op: Op) -> (&'static str, &'static str) {
    match op {
        Op::Eq => ("eq", "is"),
        Op::Ne => ("ne", "is not"),
        Op::Co => ("co", "contains"),
        Op::Sw => ("sw", "starts with"),
        Op::Ew => ("ew", "ends with"),
        Op::Gt => ("gt", "is greater than"),
        Op::Ge => ("ge", "is at least"),
        Op::Lt => ("lt", "is less than"),
        Op::Le => ("le", "is at most"),
    }
}

fn words(filter: &Filter) -> String {
    let inner = |one: &Filter| match one {
        Filter::And(_) | Filter::Or(_) => format!("({})", words(one)),
        other => words(other),
    };
    let all = |list: &[Filter], glue: &str| list.iter().map(inner).collect::<Vec<_>>().join(glue);
    match filter {
        Filter::And(list) => all(list, " and "),
        Filter::Or(list) => all(list, " or "),
        Filter::Not(one) => format!("it is not so that {}", inner(one)),
        Filter::Present(of) => format!("{} has a value", name(of)),
        Filter::Compare(of, op, Literal::Quoted(text)) => format!("{} {} “{text}”", name(of), operator(*op).1),
        Filter::Compare(of, op, Literal::Bare(text)) => format!("{} {} {text}", name(of), operator(*op).1),
        Filter::Elements(of, one) => format!("one of {} has {}", name(of), inner(one)),
    }
}

fn tree(filter: &Filter) -> Value {
    match filter {
        Filter::And(list) => json!({ "and": list.iter().map(tree).collect::<Vec<_>>() }),
        Filter::Or(list) => json!({ "or": list.iter().map(tree).collect::<Vec<_>>() }),
        Filter::Not(one) => json!({ "not": tree(one) }),
        Filter::Present(of) => json!({ "attribute": name(of), "operator": "pr" }),
        Filter::Compare(of, op, value) => {
            json!({ "attribute": name(of), "operator": operator(*op).0, "value": value.text() })
        }
        Filter::Elements(of, one) => json!({ "attribute": name(of), "elements": tree(one) }),
    }
}
