//! Plays scenarios: what happens to people and groups, whatever the identity provider.

use super::engine::Engine;
use super::moves::SAMPLE;
use super::people::{Group, Person};
use super::scenario::Scenario;

/// How many members of a group the button takes at once.
const ON_DEMAND: usize = 5;

impl Engine<'_> {
    /// Plays a scenario.
    pub fn chapter(&mut self, scenario: Scenario) {
        self.say(scenario.name());
        match scenario {
            Scenario::ConnectionTest => drop(self.act("test")),
            Scenario::FirstCycle | Scenario::HostileNames => self.first_cycle(),
            Scenario::JoinerMoverLeaver => self.joiner_mover_leaver(),
            Scenario::Rename => self.rename(),
            Scenario::Rehire => self.rehire(),
            Scenario::GroupChurn => self.group_churn(),
            Scenario::MassLeave => self.mass_leave(),
            Scenario::Retry => self.retry(),
            Scenario::Restart => self.restart(),
            Scenario::ProvisionOnDemand => self.provision_on_demand(),
            Scenario::Large => {
                self.first_cycle();
                self.read_lists();
            }
        }
    }

    /// Everybody and every group, for the first time or as if it were.
    fn first_cycle(&mut self) {
        if self.dialect.does("start") {
            self.act("start");
        }
        if self.dialect.reads_first() {
            self.read_lists();
        }
        for n in 0..self.cast.people.len() {
            self.arrive(n);
        }
        for n in 0..self.groups() {
            self.fill(n);
        }
        self.look_at_some();
        for n in 0..self.groups() {
            self.look_at_group(n);
        }
    }

    /// Sees to it that everybody is there.
    fn begin(&mut self) {
        if self.cast.people.iter().all(|person| person.id.is_none()) {
            self.first_cycle();
        }
    }

    fn joiner_mover_leaver(&mut self) {
        self.begin();
        let joiner = self.newcomer("joiner", "Jo", "Iner");
        self.person(joiner, "join");
        if self.groups() > 0 {
            self.enter_group(0, joiner);
            self.look_at_group(0);
        }
        self.look_at(joiner);
        if let Some(person) = self.cast.people.first_mut() {
            person.title = "Head of Something Else".to_owned();
            person.department = "Elsewhere".to_owned();
            person.family = format!("{}-Moved", person.family);
            person.display = format!("{} {}", person.given, person.family);
        }
        self.person(0, "update");
        self.look_at(0);
        if self.groups() > 1 {
            self.leave_group(0, 0);
            self.enter_group(1, 0);
            self.look_at_group(0);
            self.look_at_group(1);
        }
        self.leave(joiner);
    }

    fn rename(&mut self) {
        self.begin();
        let Some(person) = self.cast.people.first().cloned() else { return };
        let new = format!("renamed.{}", person.user_name);
        if !self.dialect.does("rename") {
            // The name is the account: the old one goes, another one comes.
            self.leave(0);
            if let Some(person) = self.cast.people.first_mut() {
                *person = Person {
                    user_name: new.clone(),
                    external: format!("{}r", person.external),
                    active: true,
                    id: None,
                    ..person.clone()
                };
            }
            self.person(0, "join");
            self.look_at(0);
            return;
        }
        // There and back, so that the same play can be played again.
        for (old, new) in [(&person.user_name, &new), (&new, &person.user_name)] {
            if let Some(person) = self.cast.people.first_mut() {
                person.user_name = new.clone();
                person.family = format!("{}-Renamed", person.family);
                person.display = format!("{} {}", person.given, person.family);
            }
            self.person(0, "rename");
            self.look_at(0);
            self.look_for(new, 1);
            self.look_for(old, 0);
        }
    }

    fn rehire(&mut self) {
        self.begin();
        let Some(user_name) = self.cast.people.first().map(|person| person.user_name.clone()) else { return };
        self.leave(0);
        self.come_back(0);
        self.look_at(0);
        self.look_for(&user_name, 1);
    }

    fn group_churn(&mut self) {
        self.begin();
        if self.groups() == 0 {
            return self.say("this one sends no groups");
        }
        let n = self.cast.groups.len();
        let tag = self.cast.tag.clone();
        let members: Vec<usize> = (0..self.cast.people.len().min(SAMPLE)).collect();
        let group = Group {
            name: format!("Churn {tag}"),
            external: format!("{tag}-churn"),
            members: members.clone(),
            removed: Vec::new(),
            id: None,
        };
        self.cast.groups.push(group);
        self.fill(n);
        self.look_at_group(n);
        // Clients repeat what is done already.
        self.join_group(n, &members);
        self.look_at_group(n);
        for person in &members {
            self.leave_group(n, *person);
        }
        self.look_at_group(n);
        if let Some(person) = members.first() {
            self.enter_group(n, *person);
        }
        if self.dialect.does("group_rename") {
            if let Some(group) = self.cast.groups.get_mut(n) {
                group.name = format!("Churned {tag}");
            }
            self.group(n, "group_rename");
        }
        self.look_at_group(n);
        if self.dialect.does("group_delete") {
            self.group(n, "group_delete");
            self.look_group_gone(n);
            self.cast.groups.truncate(n);
        }
    }

    fn mass_leave(&mut self) {
        self.begin();
        for n in 0..self.cast.people.len() {
            self.leave(n);
        }
    }

    /// Answers got lost, so everything is sent a second time.
    fn retry(&mut self) {
        self.begin();
        let n = self.newcomer("repeated", "Re", "Peat");
        self.person(n, "join");
        if let Some(person) = self.cast.people.get_mut(n) {
            person.id = None;
        }
        if self.dialect.reads_first() {
            self.read_lists();
        }
        self.arrive(n);
        let user_name = self.cast.people.get(n).map(|person| person.user_name.clone()).unwrap_or_default();
        self.look_for(&user_name, 1);
        for _ in 0..2 {
            self.person(n, "update");
            if self.groups() > 0 && self.dialect.does("member_add") {
                self.members(0, &[n], "member_add");
            }
        }
        if let Some(group) = self.cast.groups.first_mut().filter(|_| self.dialect.does("member_add")) {
            group.members.push(n);
        }
        if self.groups() > 0 {
            self.look_at_group(0);
        }
        // As fast as it can: who is told to slow down waits, and comes back.
        for _ in 0..SAMPLE {
            self.look_at(n);
        }
        self.leave(n);
    }

    /// Somebody presses the button for one person, again for the same one, and for a group of at most five.
    fn provision_on_demand(&mut self) {
        for time in ["one person", "the same person again", "the same person, changed"] {
            self.say(time);
            if let Some(person) = self.cast.people.first_mut() {
                // The button knows no ids: it looks everybody up.
                person.id = None;
                if time.ends_with("changed") {
                    person.title = "On Demand".to_owned();
                }
            }
            self.arrive(0);
            self.look_at(0);
        }
        if self.groups() == 0 {
            return;
        }
        self.say("one group with its first members");
        let most = self.cast.people.len().min(ON_DEMAND);
        for n in 1..most {
            self.arrive(n);
        }
        if let Some(group) = self.cast.groups.first_mut() {
            group.members = (0..most).collect();
        }
        self.fill(0);
        self.look_at_group(0);
    }

    /// The identity provider forgets what it has learnt, and begins again.
    fn restart(&mut self) {
        self.begin();
        for person in &mut self.cast.people {
            person.id = None;
        }
        for group in &mut self.cast.groups {
            group.id = None;
        }
        self.say("everything is forgotten, and sent again");
        self.first_cycle();
        let names: Vec<String> = self.cast.people.iter().take(SAMPLE).map(|person| person.user_name.clone()).collect();
        for name in names {
            self.look_for(&name, 1);
        }
    }
}
