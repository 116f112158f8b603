//! Files: JSON and CSV, from a path or from stdin.

mod csv;
mod encoding;
mod json;

use super::{Belonging, Group, Person, Reading, SourceError, Unread};
use crate::push::check::Step;
use crate::push::sentence::{Sentence, say};
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
    place: Sentence,
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
    notes: Vec<Sentence>,
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
            return tell(Step::passed(
                "open",
                say!("the_file_comes_from_stdin_when", "the file comes from stdin when the run begins"),
            ));
        }
        let bytes = match self.bytes() {
            Ok(bytes) => bytes,
            Err(error) => {
                let advice = say!(
                    "give_the_path_of_a_json",
                    "Give the path of a JSON or CSV file that the user of this program may read."
                );
                return tell(Step::failed("open", error.sentence(), advice));
            }
        };
        tell(Step::passed("open", say!("file_bytes", "{bytes} bytes", bytes = bytes.len())));
        let advice = say!(
            "correct_the_file_and_check_again",
            "Correct the file and check again; docs/push.md shows both forms."
        );
        let content = match parse(&bytes) {
            Ok(content) => content,
            Err(error) => return tell(Step::failed("read", error.sentence(), advice)),
        };
        tell(Step::passed("read", say!("file_people", "{rows} people", rows = content.rows.len())));
        match self.reading(content) {
            Ok(reading) if reading.unread.is_empty() => {
                let (groups, people) = (reading.groups.len(), reading.people.len());
                tell(Step::passed(
                    "count",
                    say!(
                        "people_and_groups_in_scope",
                        "{people} people and {groups} groups in scope",
                        people = people,
                        groups = groups
                    ),
                ));
            }
            Ok(reading) => {
                let unread = reading.unread.iter().map(super::Unread::sentence).collect();
                tell(Step::failed(
                    "group",
                    Sentence::list(unread, "; "),
                    say!("correct_the_names_of_the_groups_in", "Correct the names of the groups in the record."),
                ));
            }
            Err(error) => tell(Step::failed("group", error.sentence(), advice)),
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
        let failed = |error: std::io::Error| {
            SourceError::Unreadable(say!(
                "path_error",
                "“{path}”: {error}",
                path = self.path,
                error = error.to_string()
            ))
        };
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
            return Err(SourceError::Unreadable(say!(
                "is_larger_than_mib",
                "“{path}” is larger than {most} MiB",
                path = self.path,
                most = most
            )));
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
                    let why = say!("the_file_has_no_group_of", "the file has no group of this name or id");
                    reading.unread.push(Unread { part: say!("group", "group “{wanted}”", wanted = wanted), why });
                }
            }
        }
        if !self.groups.is_empty() && reading.unread.len() == self.groups.len() {
            let names = self.groups.join("”, “");
            return Err(SourceError::Unreadable(say!(
                "has_none_of_the_groups",
                "“{path}” has none of the groups “{names}”",
                path = self.path,
                names = names
            )));
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
                    Some(_) => faults.push(say!(
                        "two_groups_are_called",
                        "{place}: two groups are called “{name}”; use their ids",
                        place = row.place,
                        name = name
                    )),
                    None => faults.push(say!(
                        "the_file_has_no_group",
                        "{place}: the file has no group “{name}”",
                        place = row.place,
                        name = name
                    )),
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
fn several(faults: Vec<Sentence>) -> SourceError {
    let more = faults.len().saturating_sub(10);
    let mut said: Vec<Sentence> = faults.into_iter().take(10).collect();
    if more > 0 {
        said.push(say!("and_more", "and {more} more", more = more));
    }
    SourceError::Unreadable(Sentence::list(said, "; "))
}
