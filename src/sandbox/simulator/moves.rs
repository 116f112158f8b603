//! What one person or group goes through, in the way of the dialect: arriving, leaving, entering a group.

use super::engine::Engine;
use super::people::Person;

/// How many people are looked at after something that concerned all.
pub const SAMPLE: usize = 20;

impl Engine<'_> {
    /// Somebody who is to be there, whether or not the server knows them.
    pub fn arrive(&mut self, n: usize) {
        let is_known = self.cast.people.get(n).is_some_and(|person| person.id.is_some());
        match is_known && self.dialect.reads_first() {
            true => self.person(n, "update"),
            false => self.person(n, "join"),
        };
    }

    /// How many groups it sends.
    pub fn groups(&self) -> usize {
        if self.dialect.does("group_make") { self.cast.groups.len() } else { 0 }
    }

    /// A group with its members.
    pub fn fill(&mut self, n: usize) {
        let is_known = self.cast.groups.get(n).is_some_and(|group| group.id.is_some());
        if is_known && self.dialect.reads_first() || self.group(n, "group_make") {
            let members = self.cast.groups.get(n).map(|group| group.members.clone()).unwrap_or_default();
            self.join_group(n, &members);
        }
    }

    pub fn join_group(&mut self, n: usize, people: &[usize]) {
        match self.dialect.does("member_add") {
            true => self.members(n, people, "member_add"),
            false => drop(self.group(n, "group_set")),
        }
    }

    pub fn leave_group(&mut self, n: usize, person: usize) {
        if let Some(group) = self.cast.groups.get_mut(n) {
            group.members.retain(|member| *member != person);
            group.removed.push(person);
        }
        match self.dialect.does("member_remove") {
            true => self.members(n, &[person], "member_remove"),
            false => drop(self.group(n, "group_set")),
        }
    }

    pub fn enter_group(&mut self, n: usize, person: usize) {
        if let Some(group) = self.cast.groups.get_mut(n).filter(|group| !group.members.contains(&person)) {
            group.members.push(person);
            group.removed.retain(|member| *member != person);
            self.join_group(n, &[person]);
        }
    }

    pub fn look_at_some(&mut self) {
        for n in 0..self.cast.people.len().min(SAMPLE) {
            self.look_at(n);
        }
    }

    /// Somebody who was not there before; their place.
    pub fn newcomer(&mut self, local: &str, given: &str, family: &str) -> usize {
        let tag = self.cast.tag.clone();
        let n = self.cast.people.len();
        self.cast.people.push(Person {
            user_name: format!("{local}.{n}.{tag}@example.com"),
            given: given.to_owned(),
            family: family.to_owned(),
            display: format!("{given} {family}"),
            title: "Engineer".to_owned(),
            department: "Sales".to_owned(),
            external: format!("{tag}-{local}{n}"),
            active: true,
            id: None,
        });
        n
    }

    /// Somebody goes, in the way of this identity provider.
    pub fn leave(&mut self, n: usize) {
        let mut is_deleted = false;
        if let Some(person) = self.cast.people.get_mut(n) {
            person.active = false;
        }
        for act in self.dialect.leaving() {
            self.person(n, act);
            is_deleted = act == "delete";
            if !is_deleted {
                self.look_at(n);
            }
        }
        if is_deleted {
            self.look_gone(n);
            for group in &mut self.cast.groups {
                group.members.retain(|member| *member != n);
            }
            if let Some(person) = self.cast.people.get_mut(n) {
                person.id = None;
            }
        }
    }

    /// Somebody comes back.
    pub fn come_back(&mut self, n: usize) {
        let Some(person) = self.cast.people.get_mut(n) else { return };
        person.active = true;
        let act = if person.id.is_none() { "join" } else { "enable" };
        self.person(n, act);
    }
}
