//! Plays acts of a dialect for people and groups, looks at what came of them, and keeps what was learnt.

use super::cast::Cast;
use super::dialect::Dialect;
use super::{Failure, Report, Told, judge};
use crate::push::client::wire::pause;
use crate::sandbox::dialogue::player::{Exchange, Fault, Player};
use crate::sandbox::dialogue::record::Record;
use crate::sandbox::dialogue::{at, text};
use serde_json::{Value, json};

/// One play that is going on.
pub struct Engine<'e> {
    pub dialect: &'e Dialect,
    pub player: Player<'e>,
    pub cast: Cast,
    record: Record,
    is_slow: bool,
    tell: &'e mut dyn FnMut(Told<'_>),
    steps: usize,
    passed: usize,
    failures: Vec<Failure>,
    /// Whether the identity provider has stopped.
    pub is_over: bool,
}

impl<'e> Engine<'e> {
    pub fn new(
        dialect: &'e Dialect,
        player: Player<'e>,
        record: Record,
        cast: Cast,
        is_slow: bool,
        tell: &'e mut dyn FnMut(Told<'_>),
    ) -> Engine<'e> {
        let (steps, passed, failures, is_over) = (0, 0, Vec::new(), false);
        Engine { dialect, player, cast, record, is_slow, tell, steps, passed, failures, is_over }
    }

    /// A heading of the transcript.
    pub fn say(&mut self, heading: &str) {
        (self.tell)(Told::Chapter(heading));
    }

    /// Deletes what was created; the identity provider itself would leave it.
    pub fn clean_up(&mut self) {
        self.say("clean-up");
        self.player.clean_up();
    }

    /// What it came to, and what went over the wire.
    pub fn report(self, scenario: &str) -> (Report, Value) {
        let (name, failed) = (self.dialect.name(), self.steps - self.passed);
        let verdict = match self.failures.first() {
            None => format!("{name} works with this server: {} requests, all answered as it needs them.", self.steps),
            Some(first) => format!("{failed} of {} requests fail for {name}. The first: {}", self.steps, first.why),
        };
        let report = Report {
            idp: self.dialect.idp().to_owned(),
            scenario: scenario.to_owned(),
            steps: self.steps,
            passed: self.passed,
            failed,
            verdict,
            failures: self.failures,
        };
        (report, self.record.dialogue())
    }

    /// Plays the steps of an act, up to the first that fails. True if none does.
    pub fn act(&mut self, act: &str) -> bool {
        let dialect = self.dialect;
        self.player.values.forget("known");
        for step in dialect.act(act) {
            if self.is_over {
                return false;
            }
            if self.player.is_due(step) && self.step(act, step).is_none() {
                return false;
            }
        }
        true
    }

    /// Plays one step and judges it; the exchange if the identity provider would go on.
    pub fn step(&mut self, act: &str, step: &Value) -> Option<Exchange> {
        if self.is_slow {
            pause(self.dialect.pace());
        }
        let played = self.player.play(self.dialect.headers(), step, at(step, "answer"));
        self.record.add(&played.exchange);
        let is_look = act == "look";
        let counts = |fault: &&Fault| fault.part.is_none_or(|part| !is_look && self.dialect.looks_at(part));
        let faults: Vec<Fault> = played.faults.iter().filter(counts).cloned().collect();
        let goes_on = faults.iter().all(|fault| fault.part.is_some());
        self.is_over |= judge::ends_it(&played.exchange) && !faults.is_empty();
        self.judged(act, text(step, "why"), &played.exchange, faults);
        goes_on.then_some(played.exchange)
    }

    /// Counts a request, with what is wrong with it.
    fn judged(&mut self, act: &str, said: &str, exchange: &Exchange, faults: Vec<Fault>) {
        self.steps += 1;
        let step = self.steps;
        let failure = |fault: Fault| Failure {
            step,
            request: exchange.asked(),
            why: judge::why(self.dialect, act, said, exchange, &fault),
            got: fault.got,
            want: fault.want,
        };
        let failures: Vec<Failure> = faults.into_iter().map(failure).collect();
        self.passed += usize::from(failures.is_empty());
        (self.tell)(Told::Step(step, exchange, &failures));
        self.failures.extend(failures);
    }

    /// Counts what shows only when several answers are taken together.
    pub fn fails(&mut self, request: &str, got: String, want: String, why: &str) {
        self.steps += 1;
        let why = if why.is_empty() {
            self.dialect.judges("look").unwrap_or("The answers contradict each other.")
        } else {
            why
        };
        let failure = Failure { step: self.steps, request: request.to_owned(), got, want, why: why.to_owned() };
        (self.tell)(Told::Chapter(&format!("{}: {} instead of {}", failure.request, failure.got, failure.want)));
        self.failures.push(failure);
    }

    /// Plays an act for a person, and keeps the id that it learns.
    pub fn person(&mut self, n: usize, act: &str) -> bool {
        if self.is_over || !self.introduce(n) || (act != "join" && self.player.values.get("uid").is_none()) {
            return false;
        }
        let done = self.act(act);
        let id = self.player.values.get("uid").and_then(Value::as_str).map(str::to_owned);
        if let Some(person) = self.cast.people.get_mut(n) {
            person.id = id;
        }
        done
    }

    /// Plays an act for a group.
    pub fn group(&mut self, n: usize, act: &str) -> bool {
        if self.is_over || !self.introduce_group(n) || (act != "group_make" && self.player.values.get("gid").is_none())
        {
            return false;
        }
        let done = self.act(act);
        let id = self.player.values.get("gid").and_then(Value::as_str).map(str::to_owned);
        if let Some(group) = self.cast.groups.get_mut(n) {
            group.id = id;
        }
        done
    }

    /// Adds people to a group, or removes them, in pieces as large as the identity provider makes them.
    pub fn members(&mut self, n: usize, people: &[usize], act: &str) {
        let batch = if act == "member_remove" { 1 } else { self.dialect.batch() };
        for piece in people.chunks(batch) {
            let (Some(first), true) = (piece.first(), self.introduce_group(n)) else { return };
            if self.is_over || !self.introduce(*first) || self.player.values.get("gid").is_none() {
                return;
            }
            let members = self.member_list(piece);
            let operation = self.dialect.body("operation");
            let with = |member: &Value| {
                let mut values = self.player.values.clone();
                values.set("member", member.clone());
                values.filled(operation)
            };
            let operations: Vec<Value> = members.iter().map(with).collect();
            self.player.values.set("operations", operations);
            self.player.values.set("members", members);
            self.act(act);
        }
    }

    /// Whatever is known of a person becomes what is filled in.
    fn introduce(&mut self, n: usize) -> bool {
        let Some(person) = self.cast.people.get(n) else { return false };
        let values = &mut self.player.values;
        for (name, text) in [
            ("userName", &person.user_name),
            ("given", &person.given),
            ("family", &person.family),
            ("display", &person.display),
            ("title", &person.title),
            ("department", &person.department),
            ("external", &person.external),
        ] {
            values.set(name, text.as_str());
        }
        values.set("active", person.active);
        values.set("activeText", if person.active { "true" } else { "false" });
        match &person.id {
            Some(id) => values.set("uid", id.as_str()),
            None => values.forget("uid"),
        }
        let body = values.filled(self.dialect.body("user"));
        values.set("user_body", body);
        true
    }

    fn introduce_group(&mut self, n: usize) -> bool {
        let Some(group) = self.cast.groups.get(n).cloned() else { return false };
        let members = self.member_list(&group.members);
        let id_of = |at: &usize| self.cast.people.get(*at)?.id.clone().map(Value::from);
        let ids: Vec<Value> = group.members.iter().filter_map(id_of).collect();
        let removed: Vec<Value> = group.removed.iter().filter_map(id_of).collect();
        let values = &mut self.player.values;
        values.set("removed", removed);
        values.set("group", group.name.as_str());
        values.set("gexternal", group.external.as_str());
        values.set("members", members);
        values.set("ids", ids);
        match &group.id {
            Some(id) => values.set("gid", id.as_str()),
            None => values.forget("gid"),
        }
        let body = values.filled(self.dialect.body("group"));
        values.set("group_body", body);
        true
    }

    /// People as members, in the form of the dialect.
    fn member_list(&self, people: &[usize]) -> Vec<Value> {
        let template = self.dialect.body("member");
        let mut values = self.player.values.clone();
        let member = |at: &usize| {
            let person = self.cast.people.get(*at)?;
            values.set("uid", person.id.as_deref()?);
            values.set("userName", person.user_name.as_str());
            Some(values.filled(template))
        };
        people.iter().filter_map(member).collect()
    }

    /// Looks whether a person is as the identity provider believes.
    pub fn look_at(&mut self, n: usize) {
        if self.is_over || !self.introduce(n) || self.player.values.get("uid").is_none() {
            return;
        }
        let mut body = json!({ "/id": "{uid}", "/userName": { "folds_to": "{userName}" }, "/active": "{active}" });
        over(&mut body, self.dialect.shows("user"));
        let request = json!({ "method": "GET", "path": "/Users/{uid}" });
        self.step("look", &json!({ "request": request, "answer": { "status": 200, "body": body } }));
    }

    /// Looks whether somebody who was deleted is gone, or at least inactive.
    pub fn look_gone(&mut self, n: usize) {
        if self.is_over || !self.introduce(n) || self.player.values.get("uid").is_none() {
            return;
        }
        let request = json!({ "method": "GET", "path": "/Users/{uid}" });
        let is_there = json!({ "request": request, "answer": { "status": [200, 404], "body": { "/active": false } } });
        self.step("look", &is_there);
    }

    /// Looks whether a user name is there so many times.
    pub fn look_for(&mut self, user_name: &str, times: u64) {
        if self.is_over {
            return;
        }
        self.player.values.set("lookedFor", user_name);
        let request =
            json!({ "method": "GET", "path": "/Users", "query": { "filter": "userName eq {quoted lookedFor}" } });
        self.step(
            "look",
            &json!({ "request": request, "answer": { "status": 200, "body": { "/totalResults": times } } }),
        );
    }

    /// Looks whether a group and its members are as the identity provider believes.
    pub fn look_at_group(&mut self, n: usize) {
        if self.is_over || !self.introduce_group(n) || self.player.values.get("gid").is_none() {
            return;
        }
        let mut body = json!({ "/id": "{gid}", "/members": { "all": "{ids}", "none": "{removed}" } });
        over(&mut body, self.dialect.shows("group"));
        let request = json!({ "method": "GET", "path": "/Groups/{gid}" });
        self.step("look", &json!({ "request": request, "answer": { "status": 200, "body": body } }));
    }

    /// Looks whether a group is gone.
    pub fn look_group_gone(&mut self, n: usize) {
        if self.is_over || !self.introduce_group(n) || self.player.values.get("gid").is_none() {
            return;
        }
        let request = json!({ "method": "GET", "path": "/Groups/{gid}" });
        self.step("look", &json!({ "request": request, "answer": { "status": 404 } }));
    }
}

/// Lays the members of one object over another.
fn over(body: &mut Value, more: &Value) {
    if let (Some(body), Some(more)) = (body.as_object_mut(), more.as_object()) {
        body.extend(more.clone());
    }
}
