//! What a list costs: whether an index finds it or every resource is looked at, and how long that took.

use super::{Explanation, Seen, filter_tree};
use crate::scim::filter;
use crate::scim::leeway::Leeway;
use crate::scim::matches;
use crate::scim::schema::of_endpoint;
use crate::scim::select::select;

/// How a list with a filter was found; nothing where there was none, or where it was refused.
pub fn explain(seen: &Seen<'_>) -> Option<Explanation> {
    let of = seen.path.split('/').find(|segment| !segment.is_empty()).and_then(of_endpoint)?;
    let text = filter_tree::of(seen).filter(|_| seen.status < 300)?;
    let leeway = Leeway::default();
    let test = matches::bind(&filter::parse(&text, &leeway).ok()?, of, &leeway).ok()?;
    let is_sorted = form_urlencoded::parse(seen.query.as_bytes()).any(|(name, _)| name.eq_ignore_ascii_case("sortBy"));
    let ms = format!("{:.1}", seen.micros as f64 / 1000.0);
    let told = match select(&test, of).0.is_indexed() && !is_sorted {
        true => Explanation::new("indexed", format!("An index found this, in {ms} ms.")),
        false => {
            let every = if of.name == "User" { "user" } else { "group" };
            let sentence = format!("No index answers this: every {every} of the node was looked at, in {ms} ms.");
            Explanation::new("scanned", sentence).with("kind", of.name)
        }
    };
    Some(told.with("ms", ms))
}
