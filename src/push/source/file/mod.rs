//! Files: JSON and CSV, from a path or from stdin.

mod csv;
mod encoding;
mod json;

use super::{Belonging, Group, Person, Reading, SourceError, Unread};
use crate::push::check::Step;
use crate::push::watch::{Phase, Watch};
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};
use std::io::Read;

/// The largest file that is read, in bytes.
const LARGEST: u64 = 256 << 20;

/// A file of people and groups.
pub struct FileSource {
    /// Where it is; `-` for stdin.
    pub path: String,
    /// Groups by name or id. Empty for all that the file holds.
    pub groups: Vec<String>,
}

/// What a file says of a person.
#[derive(Debug, Default, PartialEq, Eq)]
struct Row {
    /// Where it stands: `line 3`.
    place: String,
    id: Option<String>,
    email: String,
    display_name: Option<String>,
    given_name: Option<String>,
    family_name: Option<String>,
    active: bool,
    /// Ids or names of groups.
    groups: Vec<String>,
}

/// What a file holds, before groups are looked up.
#[derive(Debug, Default, PartialEq, Eq)]
struct Content {
    rows: Vec<Row>,
    /// Groups that it lists; a CSV file lists none, and each name in its column is one.
    groups: Option<Vec<Group>>,
    notes: Vec<String>,
}

impl FileSource {
    pub(super) fn read(&self, watch: &dyn Watch) -> Result<Reading, SourceError> {
        let content = self.content()?;
        let total = content.rows.len() as u64;
        let reading = self.reading(content)?;
        watch.progress(Phase::ReadSource, total, Some(total));
        Ok(reading)
    }

    pub(super) fn check(&self, tell: &mut dyn FnMut(Step)) {
        if self.path == "-" {
            return tell(Step::passed("open", "the file comes from stdin when the run begins"));
        }
        let bytes = match self.bytes() {
            Ok(bytes) => bytes,
            Err(error) => {
                let advice = "Give the path of a JSON or CSV file that the user of this program may read.";
                return tell(Step::failed("open", error.to_string(), advice));
            }
        };
        tell(Step::passed("open", format!("{} bytes", bytes.len())));
        let advice = "Correct the file and check again; docs/push.md shows both forms.";
        let content = match parse(&bytes) {
            Ok(content) => content,
            Err(error) => return tell(Step::failed("read", error.to_string(), advice)),
        };
        tell(Step::passed("read", format!("{} people", content.rows.len())));
        match self.reading(content) {
            Ok(reading) if reading.unread.is_empty() => {
                let (groups, people) = (reading.groups.len(), reading.people.len());
                tell(Step::passed("count", format!("{people} people and {groups} groups in scope")));
            }
            Ok(reading) => {
                let unread: Vec<String> = reading.unread.iter().map(|u| format!("{}: {}", u.part, u.why)).collect();
                tell(Step::failed("group", unread.join("; "), "Correct the names of the groups in the record."));
            }
            Err(error) => tell(Step::failed("group", error.to_string(), advice)),
        }
    }

    /// SHA-256 of the file.
    pub(super) fn mark(&self) -> Option<String> {
        let bytes = if self.path == "-" { None } else { self.bytes().ok() };
        bytes.map(|bytes| HEXLOWER.encode(&Sha256::digest(&bytes)))
    }

    fn content(&self) -> Result<Content, SourceError> {
        parse(&self.bytes()?)
    }

    fn bytes(&self) -> Result<Vec<u8>, SourceError> {
        let failed = |error: std::io::Error| SourceError::Unreadable(format!("“{}”: {error}", self.path));
        let mut bytes = Vec::new();
        match self.path.as_str() {
            "-" => std::io::stdin().lock().take(LARGEST + 1).read_to_end(&mut bytes).map_err(failed)?,
            path => {
                let file = std::fs::File::open(path).map_err(failed)?;
                file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(failed)?
            }
        };
        if bytes.len() as u64 > LARGEST {
            let most = LARGEST >> 20;
            return Err(SourceError::Unreadable(format!("“{}” is larger than {most} MiB", self.path)));
        }
        Ok(bytes)
    }

    /// Looks up the groups of each person.
    fn reading(&self, content: Content) -> Result<Reading, SourceError> {
        let listed = content.groups.is_some();
        let all = content.groups.unwrap_or_else(|| mentioned(&content.rows));
        let mut places: HashMap<String, Vec<usize>> = HashMap::new();
        for (place, group) in all.iter().enumerate() {
            places.entry(group.id.clone()).or_default().push(place);
            if group.name != group.id {
                places.entry(group.name.clone()).or_default().push(place);
            }
        }
        let mut reading = Reading { has_groups: listed || !all.is_empty(), notes: content.notes, ..Reading::default() };
        let mut chosen: Vec<bool> = vec![self.groups.is_empty(); all.len()];
        for wanted in &self.groups {
            reading.has_groups = true;
            match places.get(wanted) {
                Some(found) => found.iter().filter_map(|at| all.get(*at).map(|_| *at)).for_each(|at| {
                    if let Some(place) = chosen.get_mut(at) {
                        *place = true;
                    }
                }),
                None => {
                    let why = "the file has no group of this name or id".to_owned();
                    reading.unread.push(Unread { part: format!("group “{wanted}”"), why });
                }
            }
        }
        if !self.groups.is_empty() && reading.unread.len() == self.groups.len() {
            let names = self.groups.join("”, “");
            return Err(SourceError::Unreadable(format!("“{}” has none of the groups “{names}”", self.path)));
        }
        let mut faults = Vec::new();
        for row in content.rows {
            let mut groups: BTreeMap<usize, Belonging> = BTreeMap::new();
            for name in &row.groups {
                match places.get(name).map(Vec::as_slice) {
                    Some([at]) => {
                        if let (Some(group), Some(true)) = (all.get(*at), chosen.get(*at)) {
                            groups.insert(*at, Belonging { group: group.id.clone(), via: Vec::new() });
                        }
                    }
                    Some(_) => faults.push(format!("{}: two groups are called “{name}”; use their ids", row.place)),
                    None => faults.push(format!("{}: the file has no group “{name}”", row.place)),
                }
            }
            // Whoever asks for groups asks for their members.
            if self.groups.is_empty() || !groups.is_empty() {
                reading.people.push(person(row, groups.into_values().collect()));
            }
        }
        if !faults.is_empty() {
            return Err(several(faults));
        }
        reading.groups = all.into_iter().zip(chosen).filter_map(|(group, wanted)| wanted.then_some(group)).collect();
        Ok(reading)
    }
}

fn person(row: Row, groups: Vec<Belonging>) -> Person {
    let whole = [row.given_name.as_deref(), row.family_name.as_deref()];
    let whole = whole.into_iter().flatten().collect::<Vec<_>>().join(" ");
    Person {
        id: row.id.unwrap_or_else(|| row.email.clone()),
        display_name: row.display_name.or((!whole.is_empty()).then_some(whole)),
        given_name: row.given_name,
        family_name: row.family_name,
        inactive_because: (!row.active).then_some("inactive in the file"),
        active: row.active,
        email: row.email,
        groups,
    }
}

/// A group for each name that the rows mention.
fn mentioned(rows: &[Row]) -> Vec<Group> {
    let names: std::collections::BTreeSet<&String> = rows.iter().flat_map(|row| &row.groups).collect();
    names.into_iter().map(|name| Group { id: name.clone(), name: name.clone() }).collect()
}

fn parse(bytes: &[u8]) -> Result<Content, SourceError> {
    let (text, note) = encoding::decode(bytes);
    let mut content = match text.trim_start().starts_with(['{', '[']) {
        true => json::read(&text)?,
        false => csv::read(&text)?,
    };
    content.notes.extend(note);
    Ok(content)
}

/// Faults of a file as one error: the first ten of them, and how many there are.
fn several(faults: Vec<String>) -> SourceError {
    let more = faults.len().saturating_sub(10);
    let mut said = faults.into_iter().take(10).collect::<Vec<_>>().join("; ");
    if more > 0 {
        said.push_str(&format!("; and {more} more"));
    }
    SourceError::Unreadable(said)
}
