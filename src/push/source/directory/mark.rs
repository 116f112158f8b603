//! Whether a directory has changed since it was read whole, told by the counter of one controller (`uSNChanged`).

use super::entry::Entry;
use super::session::{Query, Session, Stop};
use super::{Directory, DirectorySchema, alone, connect};
use crate::push::watch::{Phase, Watch};
use ldap3::Scope;

/// People and groups, the only ones whose changes matter.
const OBJECTS: &str = "(|(objectCategory=person)(objectClass=group))";

/// The state of one controller's database. Counters of two controllers cannot be compared, nor those of one that was restored
/// from a copy: such a one takes another `invocationId`.
struct Mark {
    controller: String,
    usn: u64,
    domain: String,
}

impl Directory {
    /// A mark of the state that a reading after it sees. `None` where the server has no counter.
    pub(in crate::push::source) fn mark(&self) -> Option<String> {
        let mark = alone(|| session(self).and_then(|mut session| read(&mut session))).flatten()?;
        Some(format!("{} {}", mark.controller, mark.usn))
    }

    /// Whether the same controller has seen no change of a person or group since the mark. Deleted objects leave no trace that a
    /// plain account may see, and an expiry is none: both are found by reading the whole.
    pub(in crate::push::source) fn is_unchanged(&self, mark: &str) -> bool {
        let Some((controller, usn)) = mark.split_once(' ') else { return false };
        let Ok(usn) = usn.parse::<u64>() else { return false };
        alone(|| {
            let mut session = session(self)?;
            let now = read(&mut session)?;
            if now.controller != controller || now.usn < usn {
                return None;
            }
            let filter = format!("(&{OBJECTS}(uSNChanged>={}))", usn + 1);
            let query = Query { base: &now.domain, scope: Scope::Subtree, filter: &filter, attributes: &["1.1"] };
            let mut changed = false;
            session.search(&query, &mut |_| changed = true).ok()?;
            Some(!changed)
        })
        .flatten()
        .unwrap_or(false)
    }
}

fn session(settings: &Directory) -> Option<Session<'_>> {
    if settings.schema != DirectorySchema::ActiveDirectory {
        return None;
    }
    Some(Session::new(settings, &NOBODY, connect::open(settings, &mut |_| {}).ok()?))
}

fn read(session: &mut Session<'_>) -> Option<Mark> {
    let attributes = ["dsServiceName", "highestCommittedUSN", "defaultNamingContext"];
    let root = one(session, "", &attributes).ok()?;
    let settings = one(session, root.text("dsServiceName")?, &["invocationId"]).ok()?;
    let controller = data_encoding::HEXLOWER.encode(settings.values("invocationId").first()?);
    let usn = root.text("highestCommittedUSN")?.parse().ok()?;
    Some(Mark { controller, usn, domain: root.text("defaultNamingContext")?.to_owned() })
}

fn one(session: &mut Session<'_>, base: &str, attributes: &[&str]) -> Result<Entry, Stop> {
    let mut found = Entry::default();
    let query = Query { base, scope: Scope::Base, filter: "(objectClass=*)", attributes };
    session.search(&query, &mut |entry| found = entry)?;
    Ok(found)
}

/// Nobody watches: it is one small question.
struct Nobody;

const NOBODY: Nobody = Nobody;

impl Watch for Nobody {
    fn progress(&self, _: Phase, _: u64, _: Option<u64>) {}

    fn line(&self, _: &str) {}

    fn is_cancelled(&self) -> bool {
        false
    }
}
