//! Who is in a group, nested groups included: each group is read once, and a cycle ends where it meets itself.

use super::calls::Calls;
use super::entries::by_address;
use super::people::People;
use super::refusal::Fault;
use super::rows::{GroupRow, MemberRow, Members};
use crate::push::sentence::{Sentence, say};
use crate::push::source::{Belonging, Unread, Unusable};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::rc::Rc;

/// How many who are left out are named in a note.
const NAMED: usize = 5;

/// What an id is not sent with as it is.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_');

/// Where the members of a group are.
pub(super) fn of(group: &GroupRow) -> String {
    format!("groups/{}/members", utf8_percent_encode(&group.id, ESCAPED))
}

/// The members of one group, without those of the groups in it.
#[derive(Default)]
struct List {
    persons: Vec<usize>,
    groups: Vec<GroupRow>,
    everybody: bool,
}

/// What a group that is a member was found to be.
#[derive(Clone)]
enum Nested {
    /// A group of this Google Workspace.
    Ours(GroupRow),
    /// One of others, whose members nobody here can see.
    Foreign,
    /// It could not be found out, which is said elsewhere.
    Unknown,
}

/// The groups that have been read so far, and what was found on the way.
pub(super) struct Walk<'a, 'b> {
    calls: &'a mut Calls<'b>,
    people: &'a People,
    lists: HashMap<String, Rc<List>>,
    /// Groups that are members, by address.
    nested: HashMap<String, Nested>,
    /// By the place of a person.
    pub belongings: HashMap<usize, Vec<Belonging>>,
    /// What could not be read.
    pub unread: Vec<Unread>,
    /// Members who may be users that could not be read.
    pub unusable: Vec<Unusable>,
    /// What else was seen, each once.
    pub notes: BTreeSet<Sentence>,
}

impl<'a, 'b> Walk<'a, 'b> {
    /// Among these users; `groups` are known already.
    pub(super) fn new<'g>(
        calls: &'a mut Calls<'b>,
        people: &'a People,
        groups: impl Iterator<Item = &'g GroupRow>,
    ) -> Walk<'a, 'b> {
        let known = groups.map(|group| (group.email.to_lowercase(), Nested::Ours(group.clone())));
        Walk {
            calls,
            people,
            lists: HashMap::new(),
            nested: known.collect(),
            belongings: HashMap::new(),
            unread: Vec::new(),
            unusable: Vec::new(),
            notes: BTreeSet::new(),
        }
    }

    /// Finds everybody in a group, breadth first, so that `via` is the shortest way.
    pub(super) fn group(&mut self, top: &GroupRow) -> Result<(), Fault> {
        let mut waiting = VecDeque::from([(top.clone(), Vec::<GroupRow>::new())]);
        let mut met = HashSet::from([top.id.clone()]);
        let mut inside = HashSet::new();
        let mut depth = 0;
        while let Some((group, above)) = waiting.pop_front() {
            let list = self.list(&group)?;
            // The way to here: all above it but the group that was asked for, and itself.
            let mut way = above.clone();
            way.push(group);
            let via: Vec<String> = way.iter().skip(1).map(|group| group.name.clone()).collect();
            depth = depth.max(via.len());
            let all = 0..if list.everybody { self.people.persons.len() } else { 0 };
            for person in list.persons.iter().copied().chain(all) {
                if inside.insert(person) {
                    let belonging = Belonging { group: top.id.clone(), via: via.clone() };
                    self.belongings.entry(person).or_default().push(belonging);
                }
            }
            for below in &list.groups {
                if let Some(at) = way.iter().position(|group| group.id == below.id) {
                    let round: Vec<_> =
                        way.iter().skip(at).chain([below]).map(|group| format!("“{}”", group.name)).collect();
                    self.notes.insert(say!(
                        "groups_in_a_circle",
                        "groups in a circle: {round}",
                        round = round.join(" → ")
                    ));
                } else if met.insert(below.id.clone()) {
                    waiting.push_back((below.clone(), way.clone()));
                }
            }
        }
        let name = &top.name;
        let nested = match depth {
            0 => None,
            1 => Some(say!("nested_groups_one_level_deep", "group “{name}”: nested groups, 1 level deep", name = name)),
            _ => Some(say!(
                "nested_groups_levels_deep",
                "group “{name}”: nested groups, {depth} levels deep",
                name = name,
                depth = depth
            )),
        };
        self.notes.extend(nested);
        Ok(())
    }

    /// The members of a group, read once.
    fn list(&mut self, group: &GroupRow) -> Result<Rc<List>, Fault> {
        if let Some(list) = self.lists.get(&group.id) {
            return Ok(Rc::clone(list));
        }
        let query = [("maxResults", "200"), ("fields", "nextPageToken,members(id,email,type)")];
        let mut rows = Vec::new();
        if let Err(broken) = self.calls.list::<Members>(&of(group), &query, &mut |row| rows.push(row)) {
            self.unread.push(broken.unread(&say!(
                "members_of_group",
                "members of group “{name}”",
                name = group.name
            ))?);
        }
        let (mut list, mut strangers) = (List::default(), Vec::new());
        for row in rows {
            match row.kind.as_str() {
                "CUSTOMER" => list.everybody = true,
                "GROUP" => match self.nested(&row, group)? {
                    Nested::Ours(nested) => list.groups.push(nested),
                    Nested::Foreign => strangers.push(row),
                    Nested::Unknown => {}
                },
                _ => match self.people.member(&row) {
                    Some(person) => list.persons.push(person),
                    None => strangers.push(row),
                },
            }
        }
        self.note_strangers(group, strangers);
        let list = Rc::new(list);
        self.lists.insert(group.id.clone(), Rc::clone(&list));
        Ok(list)
    }

    /// What a group that is a member is. Memberships name groups by address and id, not by name.
    fn nested(&mut self, row: &MemberRow, of: &GroupRow) -> Result<Nested, Fault> {
        let address = row.email.to_lowercase();
        if let Some(known) = self.nested.get(&address) {
            return Ok(known.clone());
        }
        let found = match by_address(self.calls, &row.email) {
            Ok(Some(group)) => Nested::Ours(group),
            Ok(None) => Nested::Foreign,
            Err(broken) => {
                let part =
                    say!("group_in_group", "group “{email}” in group “{name}”", email = row.email, name = of.name);
                self.unread.push(Unread { part, ..broken.unread(&say!("groups", "groups"))? });
                Nested::Unknown
            }
        };
        self.nested.insert(address, found.clone());
        Ok(found)
    }

    /// Members who are not among the users: others' if all users are known, else perhaps users.
    fn note_strangers(&mut self, group: &GroupRow, strangers: Vec<MemberRow>) {
        if strangers.is_empty() {
            return;
        }
        if self.people.unread.is_some() {
            let why = say!(
                "a_member_of_group_and_not",
                "a member of group “{name}”, and not among the users that could be read",
                name = group.name
            );
            self.unusable.extend(strangers.into_iter().filter(|row| row.kind != "GROUP").map(|row| Unusable {
                id: Some(row.id.clone()).filter(|id| !id.is_empty()),
                name: if row.email.is_empty() { row.id } else { row.email.clone() },
                email: Some(row.email).filter(|email| !email.is_empty()),
                why: why.clone(),
            }));
            return;
        }
        let called = |row: &MemberRow| if row.email.is_empty() { row.id.clone() } else { row.email.clone() };
        let mut names: Vec<String> = strangers.iter().take(NAMED).map(called).collect();
        if strangers.len() > NAMED {
            names.push("…".to_owned());
        }
        self.notes.insert(say!(
            "group_left_out_because_not_of",
            "group “{name}”: left out, because not of this Google Workspace: {names} ({strangers})",
            name = group.name,
            names = names.join(", "),
            strangers = strangers.len()
        ));
    }
}
