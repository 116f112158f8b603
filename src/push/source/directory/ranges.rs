//! Attributes with many values, which a server may hand over in ranges (MS-ADTS, section 3.1.1.3.1.3.3).

use super::entry::Entry;
use super::session::{Query, Session, Stop};
use crate::push::sentence::{Sentence, say};
use ldap3::Scope;

/// Reads all values of each attribute of one entry, range by range.
///
/// # Errors
/// [`Stop`] when a range is missing.
pub(super) fn read<const N: usize>(
    session: &mut Session<'_>,
    dn: &str,
    names: [&str; N],
) -> Result<[Vec<String>; N], Stop> {
    let first = entry(session, dn, &names, 1)?;
    let mut all = [const { Vec::new() }; N];
    for (name, values) in names.iter().zip(&mut all) {
        let mut later: Option<Entry> = None;
        let mut page = 1;
        loop {
            let unread = |why: Sentence| Stop::Unread { page, why };
            let Some(part) = part(later.as_ref().unwrap_or(&first), name) else {
                if page == 1 {
                    break;
                }
                return Err(unread(say!(
                    "ends_after_values",
                    "{name} ends after {values} values",
                    name = name,
                    values = values.len()
                )));
            };
            if part.from != values.len() || (page > 1 && part.values.is_empty()) {
                return Err(unread(say!(
                    "does_not_go_on_at_value",
                    "{name} does not go on at value {values}",
                    name = name,
                    values = values.len()
                )));
            }
            for value in part.values {
                let text = std::str::from_utf8(value)
                    .map_err(|_| unread(say!("a_value_of_is_no_text", "a value of {name} is no text", name = name)))?;
                values.push(text.to_owned());
            }
            if part.last {
                break;
            }
            page += 1;
            later = Some(entry(session, dn, &[&format!("{name};range={}-*", values.len())], page)?);
        }
    }
    Ok(all)
}

fn entry(session: &mut Session<'_>, dn: &str, attributes: &[&str], page: usize) -> Result<Entry, Stop> {
    let mut found = None;
    let query = Query { base: dn, scope: Scope::Base, filter: "(objectClass=*)", attributes };
    session.search(&query, &mut |entry| found = Some(entry)).map_err(|stop| match stop {
        Stop::Unread { why, .. } => Stop::Unread { page, why },
        Stop::Missing => Stop::Unread { page, why: say!("the_group_is_gone", "the group is gone") },
        Stop::Cancelled => Stop::Cancelled,
    })?;
    found.ok_or_else(|| Stop::Unread {
        page,
        why: say!("the_group_cannot_be_read_any", "the group cannot be read any more"),
    })
}

/// Some of an attribute's values.
struct Part<'a> {
    /// Where they begin.
    from: usize,
    /// Whether none follow.
    last: bool,
    values: &'a [Vec<u8>],
}

/// The part of an attribute that an entry holds. Beside a range there may be the attribute itself, without values.
fn part<'a>(entry: &'a Entry, name: &str) -> Option<Part<'a>> {
    let ranged = entry.attributes().find_map(|(is, values)| {
        let (attribute, option) = is.split_once(';')?;
        let (from, to) = option
            .to_ascii_lowercase()
            .strip_prefix("range=")?
            .split_once('-')
            .map(|(a, b)| (a.to_owned(), b.to_owned()))?;
        let from = from.parse().ok().filter(|_| attribute.eq_ignore_ascii_case(name))?;
        Some(Part { from, last: to == "*", values })
    });
    ranged.or_else(|| match entry.values(name) {
        [] => None,
        values => Some(Part { from: 0, last: true, values }),
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use super::*;

    #[test]
    fn a_range_says_where_it_begins_and_whether_more_follows() {
        let entry = Entry::of("cn=x", &[("member", &[]), ("member;Range=0-1", &[b"a", b"b"]), ("memberUid", &[b"c"])]);
        let some = part(&entry, "member").unwrap();
        assert_eq!((some.from, some.last, some.values.len()), (0, false, 2));
        let whole = part(&entry, "memberuid").unwrap();
        assert_eq!((whole.from, whole.last, whole.values.len()), (0, true, 1));
        let last = Entry::of("cn=x", &[("member;range=1500-*", &[b"z"])]);
        let last = part(&last, "member").unwrap();
        assert_eq!((last.from, last.last), (1500, true));
        assert!(part(&entry, "uniqueMember").is_none());
    }
}
