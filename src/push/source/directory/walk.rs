//! Nested groups: each is read once, and people belong to the groups that were asked for, by the shortest way.

use super::entry::Entry;
use super::people::{self, Filters, Found};
use super::root::Root;
use super::session::{Session, Stop};
use super::{DirectorySchema, Ended, backlinks, lists};
use crate::push::sentence::{Sentence, say};
use crate::push::source::{Belonging, Group, Person, Reading, Unread};
use std::collections::{HashMap, HashSet, VecDeque};

/// A group that was read, by its DN.
#[derive(Default)]
struct Node {
    name: String,
    /// Ids of people.
    people: Vec<String>,
    /// DNs of groups.
    groups: Vec<String>,
}

/// What has been read so far.
#[derive(Default)]
pub(super) struct Walk {
    pub reading: Reading,
    nodes: HashMap<String, Node>,
    /// Where each person is in the reading, by id.
    places: HashMap<String, usize>,
    /// DNs of people who cannot be sent.
    unusable: HashSet<String>,
    locked_out: usize,
    of_system: usize,
    now: i64,
}

impl Walk {
    pub fn new(now: i64) -> Walk {
        Walk { now, ..Walk::default() }
    }

    /// Reads a group that was asked for, and all groups in it.
    ///
    /// # Errors
    /// When somebody stopped the run.
    pub fn group(
        &mut self,
        session: &mut Session<'_>,
        root: &Root,
        filters: &Filters,
        group: Entry,
    ) -> Result<(), Ended> {
        let schema = session.settings.schema;
        let name = name_of(&group);
        let Some(id) = people::id(&group, schema) else {
            self.unread(
                say!("group_named", "group “{name}”", name = name),
                say!("its_id_cannot_be_read", "its id cannot be read"),
            );
            return Ok(());
        };
        if self.reading.groups.iter().any(|known| known.id == id) {
            return Ok(());
        }
        session.line(&format!("Group “{name}”: {}", group.dn));
        let top = group.dn.clone();
        let mut waiting = vec![group];
        while let Some(next) = waiting.pop() {
            if !self.nodes.contains_key(&next.dn) {
                waiting.extend(self.members(session, root, filters, &next)?);
            }
        }
        self.reading.groups.push(Group { id: id.clone(), name });
        self.belong(&id, &top);
        Ok(())
    }

    /// Reads the members of one group. Returns those that are groups.
    ///
    /// # Errors
    /// When somebody stopped the run.
    pub fn members(
        &mut self,
        session: &mut Session<'_>,
        root: &Root,
        filters: &Filters,
        group: &Entry,
    ) -> Result<Vec<Entry>, Ended> {
        let schema = session.settings.schema;
        let mut node = Node { name: name_of(group), ..Node::default() };
        let mut groups = Vec::new();
        let mut take = |entry: Entry| {
            if people::is_group(&entry) {
                node.groups.push(entry.dn.clone());
                groups.push(entry);
            } else if let Some(id) = self.person(&entry, schema) {
                node.people.push(id);
            }
        };
        let read = match schema {
            DirectorySchema::ActiveDirectory => backlinks::members(session, root, filters, group, &mut take),
            DirectorySchema::OpenLdap => lists::members(session, root, filters, group, &mut take),
        };
        match read {
            Ok(note) => self
                .reading
                .notes
                .extend(note.map(|note| say!("group_note", "Group “{name}” {note}.", name = node.name, note = note))),
            Err(Stop::Cancelled) => return Err(Ended::Cancelled),
            Err(Stop::Missing) => {
                let why = say!("the_base_does_not_exist", "the base “{base}” does not exist", base = root.base);
                self.unread(say!("members_of_group", "members of group “{name}”", name = node.name), why);
            }
            Err(Stop::Unread { page, why }) => {
                let name = &node.name;
                let part = match page {
                    ..=1 => say!("members_of_group", "members of group “{name}”", name = name),
                    _ => say!(
                        "members_of_group_page",
                        "members of group “{name}”, page {page}",
                        name = name,
                        page = page
                    ),
                };
                self.unread(part, why);
            }
        }
        self.nodes.insert(group.dn.clone(), node);
        Ok(groups)
    }

    /// The groups directly inside one, of which nothing else is wanted. The inner error says why they cannot be read.
    ///
    /// # Errors
    /// When somebody stopped the run.
    pub fn inside(
        mut self,
        session: &mut Session<'_>,
        root: &Root,
        filters: &Filters,
        group: &Entry,
    ) -> Result<Result<Vec<Entry>, Sentence>, Ended> {
        let groups = self.members(session, root, filters, group)?;
        Ok(match self.reading.unread.pop() {
            Some(unread) => Err(unread.why),
            None => Ok(groups),
        })
    }

    /// Takes in a person, once. Returns the id of one who can be sent.
    pub fn person(&mut self, entry: &Entry, schema: DirectorySchema) -> Option<String> {
        match people::person(entry, schema, self.now) {
            Found::Person(person) => {
                let id = person.id.clone();
                if !self.places.contains_key(&id) {
                    self.places.insert(id.clone(), self.reading.people.len());
                    self.reading.people.push(person);
                    self.locked_out += usize::from(people::is_locked_out(entry));
                }
                Some(id)
            }
            Found::Unusable(unusable) => {
                if self.unusable.insert(entry.dn.clone()) {
                    self.reading.unusable.push(unusable);
                }
                None
            }
            Found::OfSystem => {
                self.of_system += usize::from(self.unusable.insert(entry.dn.clone()));
                None
            }
        }
    }

    pub fn unread(&mut self, part: Sentence, why: Sentence) {
        self.reading.unread.push(Unread { part, why });
    }

    /// Puts people into a group, those of nested groups after those who are in it directly.
    fn belong(&mut self, group: &str, top: &str) {
        let mut waiting: VecDeque<(&str, Vec<&str>)> = VecDeque::from([(top, vec![top])]);
        let mut seen = HashSet::from([top]);
        let (mut deepest, mut circles) = (0, Vec::new());
        while let Some((dn, way)) = waiting.pop_front() {
            let Some(node) = self.nodes.get(dn) else { continue };
            let names =
                |way: &[&str]| way.iter().filter_map(|dn| Some(self.nodes.get(*dn)?.name.clone())).collect::<Vec<_>>();
            deepest = deepest.max(way.len() - 1);
            let via = names(way.get(1..).unwrap_or_default());
            for id in &node.people {
                let person = self.places.get(id).and_then(|place| self.reading.people.get_mut(*place));
                let Some(Person { groups, .. }) = person else { continue };
                if groups.last().is_none_or(|last| last.group != group) {
                    groups.push(Belonging { group: group.to_owned(), via: via.clone() });
                }
            }
            for inner in &node.groups {
                if let Some(from) = way.iter().position(|dn| dn == inner) {
                    circles.push(names(way.get(from..).unwrap_or_default()));
                } else if seen.insert(inner) {
                    waiting.push_back((inner, [way.as_slice(), &[inner]].concat()));
                }
            }
        }
        let name = self.nodes.get(top).map_or("", |node| &node.name);
        let mut notes: Vec<Sentence> = Vec::new();
        if deepest > 0 {
            notes.push(say!(
                "group_holds_nested_groups_deep",
                "Group “{name}” holds nested groups, {deepest} deep.",
                name = name,
                deepest = deepest
            ));
        }
        for circle in circles {
            notes.push(say!(
                "groups_contain_each_other",
                "Groups contain each other: “{circle}”.",
                circle = circle.join("” → “")
            ));
        }
        notes.retain(|note| !self.reading.notes.contains(note));
        self.reading.notes.extend(notes);
    }

    /// The reading, with the last notes.
    pub fn end(mut self, session: &Session<'_>) -> Reading {
        if self.locked_out > 0 {
            self.reading.notes.push(say!(
                "locked_out_after_wrong_passwords",
                "Locked out after wrong passwords, which ends by itself and makes nobody inactive: {count}.",
                count = self.locked_out
            ));
        }
        if self.of_system > 0 {
            self.reading.notes.push(say!(
                "left_out_because_they_belong_to",
                "Left out, because they belong to the directory itself: {of_system}.",
                of_system = self.of_system
            ));
        }
        self.reading.notes.extend(session.notes());
        self.reading
    }
}

/// What a group is called.
pub(super) fn name_of(group: &Entry) -> String {
    group.text("cn").or_else(|| group.text("name")).unwrap_or(&group.dn).to_owned()
}
