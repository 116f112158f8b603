//! The requests that are measured, the same for our appliance and for any other service.

use crate::driver::{Length, Outcome, Step, Turn, drive};
use crate::people::{self, MARK, Template};
use crate::target::Target;
use serde_json::json;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// How many different users the reads ask for: enough that no answer is in a processor's cache by luck, few enough that
/// warming up warms them all.
const ASKED: u64 = 4_000;

/// The users of a service: how they are sent, how many there are, and their ids.
pub struct People<'a> {
    target: &'a Target,
    tag: String,
    create: Template,
    next: AtomicU64,
    /// Ids of those that were sent by [`People::grow`], in no order.
    pub ids: Vec<String>,
}

impl<'a> People<'a> {
    /// Nobody yet.
    pub fn none(target: &'a Target, tag: &str, plain: bool) -> People<'a> {
        let create = Template::of(target.request("POST", "/Users", Some(&people::body(tag, plain))));
        People { target, tag: tag.to_owned(), create, next: AtomicU64::new(0), ids: Vec::new() }
    }

    /// The same users, asked for elsewhere; those that are sent there have other names.
    pub fn through<'b>(&self, target: &'b Target) -> People<'b> {
        let create = Template::of(target.request("POST", "/Users", Some(&people::body(&self.tag, false))));
        People { target, tag: self.tag.clone(), create, next: AtomicU64::new(50_000_000), ids: self.ids.clone() }
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.next.load(Ordering::Relaxed)
    }

    /// POSTs users over so many connections until there are so many, in the ascending order of their names.
    ///
    /// # Errors
    /// When one is refused.
    pub fn grow(&mut self, to: u64, connections: usize) -> anyhow::Result<Option<Outcome>> {
        self.add(to.saturating_sub(self.count()), connections)
    }

    /// The same until so many ids are known; the users of a measured POST are there without.
    ///
    /// # Errors
    /// As [`People::grow`].
    pub fn know(&mut self, ids: u64, connections: usize) -> anyhow::Result<Option<Outcome>> {
        self.add(ids.saturating_sub(self.ids.len() as u64), connections)
    }

    fn add(&mut self, missing: u64, connections: usize) -> anyhow::Result<Option<Outcome>> {
        if missing == 0 {
            return Ok(None);
        }
        let found = Mutex::new(Vec::with_capacity(missing as usize));
        let mut step = self.post("seeding");
        step.accept = Box::new(|_, reply| match (reply.status, reply.id(), found.lock()) {
            (201, Some(id), Ok(mut found)) => {
                found.push(id.to_owned());
                true
            }
            _ => false,
        });
        let outcome = drive(&step, connections, Length::Requests(missing))?;
        drop(step);
        self.ids.append(&mut found.into_inner().unwrap_or_default());
        Ok(Some(outcome))
    }

    /// POST of a new user.
    pub fn post(&self, name: &str) -> Step<'_> {
        Step {
            name: name.to_owned(),
            target: self.target,
            write: Box::new(|_, into| self.create.write(self.next.fetch_add(1, Ordering::Relaxed), into)),
            accept: Box::new(|_, reply| reply.status == 201),
        }
    }

    /// GET by id.
    pub fn get(&self, name: &str) -> Step<'a> {
        let count = self.ids.len() as u64;
        let asked = ASKED.min(count);
        let request = |n| {
            let id = self.ids.get(spread(n, asked, count) as usize).map_or("", String::as_str);
            self.target.request("GET", &format!("/Users/{id}"), None)
        };
        let requests: Vec<Vec<u8>> = (0..asked).map(request).collect();
        Step {
            name: name.to_owned(),
            target: self.target,
            write: Box::new(move |turn, into| {
                into.extend_from_slice(requests.get(shuffled(turn, asked) as usize).map_or(&[], Vec::as_slice));
            }),
            accept: Box::new(|_, reply| reply.status == 200 && reply.holds("\"userName\"")),
        }
    }

    /// `filter=userName eq "…"`.
    pub fn filter(&self, name: &str) -> Step<'a> {
        let user_name = people::user_name(&self.tag).replace('@', "%40");
        let filter = format!("/Users?filter=userName%20eq%20%22{user_name}%22");
        let request = Template::of(self.target.request("GET", &filter, None));
        let count = self.ids.len() as u64;
        let asked = ASKED.min(count);
        Step {
            name: name.to_owned(),
            target: self.target,
            write: Box::new(move |turn, into| request.write(spread(shuffled(turn, asked), asked, count), into)),
            accept: Box::new(|_, reply| reply.status == 200 && reply.holds("\"userName\"")),
        }
    }

    /// The first page of 100.
    pub fn list(&self, name: &str) -> Step<'a> {
        let request = self.target.request("GET", "/Users?startIndex=1&count=100", None);
        Step {
            name: name.to_owned(),
            target: self.target,
            write: Box::new(move |_, into| into.extend_from_slice(&request)),
            accept: Box::new(|_, reply| reply.status == 200 && reply.body.len() > 20_000),
        }
    }

    /// PATCH of `active`, to and fro, so that every request changes something.
    pub fn patch_active(&self, name: &str) -> Step<'a> {
        let change = |active: bool| patch(json!({ "op": "replace", "value": { "active": active } }));
        let (lock, unlock) = (change(false), change(true));
        let requests = self.asked(|path| {
            let request = |body: &str| self.target.request("PATCH", path, Some(body));
            (request(&lock), request(&unlock), AtomicBool::new(false))
        });
        let asked = requests.len() as u64;
        Step {
            name: name.to_owned(),
            target: self.target,
            write: Box::new(move |turn, into| {
                if let Some((lock, unlock, is_locked)) = requests.get(shuffled(turn, asked) as usize) {
                    let request = if is_locked.fetch_xor(true, Ordering::Relaxed) { unlock } else { lock };
                    into.extend_from_slice(request);
                }
            }),
            accept: Box::new(|_, reply| reply.status == 200),
        }
    }

    /// PUT of a whole user, with another title each time.
    pub fn put(&self, name: &str) -> Step<'a> {
        let requests = self.asked(|path| {
            let number = path.bytes().fold(0, |all: u64, byte| all.wrapping_mul(31).wrapping_add(u64::from(byte)));
            let user = Template::of(people::body(&self.tag, false).into_bytes()).text(90_000_000 + number % 9_000_000);
            let body = user.replace("Senior engineer", &format!("Engineer {MARK}"));
            Template::of(self.target.request("PUT", path, Some(&body)))
        });
        let asked = requests.len() as u64;
        Step {
            name: name.to_owned(),
            target: self.target,
            write: Box::new(move |turn, into| {
                if let Some(request) = requests.get(shuffled(turn, asked) as usize) {
                    request.write(turn.number % 100_000_000, into);
                }
            }),
            accept: Box::new(|_, reply| reply.status == 200),
        }
    }

    /// Something for each user that is asked for, by its path.
    fn asked<T>(&self, make: impl Fn(&str) -> T) -> Vec<T> {
        let count = self.ids.len() as u64;
        let asked = ASKED.min(count);
        let path = |n| format!("/Users/{}", self.ids.get(spread(n, asked, count) as usize).map_or("", String::as_str));
        (0..asked).map(|n| make(&path(n))).collect()
    }

    /// A team of the first so many of them; returns its id.
    ///
    /// # Errors
    /// When there are not enough, or the service refuses.
    pub fn team(&self, name: &str, members: usize) -> anyhow::Result<String> {
        let all = self.ids.get(..members);
        let all = all.ok_or_else(|| anyhow::anyhow!("FAILED: {} users are too few for {name}", self.ids.len()))?;
        let values = |ids: &[String]| ids.iter().map(|id| json!({ "value": id })).collect::<Vec<_>>();
        let mut parts = all.chunks(1000);
        let body = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
            "displayName": format!("{name}{}", self.tag),
            "members": values(parts.next().unwrap_or_default()),
        });
        let made = self.target.ask("POST", "/Groups", Some(&body.to_string()))?;
        let reply = crate::wire::Reply { status: 201, body: made.as_bytes() };
        let id = reply.id().ok_or_else(|| anyhow::anyhow!("FAILED: the new group has no id: {made}"))?.to_owned();
        for part in parts {
            let body = patch(json!({ "op": "add", "path": "members", "value": values(part) }));
            self.target.ask("PATCH", &format!("/Groups/{id}"), Some(&body))?;
        }
        Ok(id)
    }

    /// PATCH of one member: each connection adds a user of its own to the team and takes it out again, so that every
    /// request changes something. The users are the last ones, which are in no team of [`People::team`].
    pub fn patch_member(&self, name: &str, team: &str, connections: usize) -> Step<'a> {
        let path = format!("/Groups/{team}");
        let outsiders: Vec<(Vec<u8>, Vec<u8>, AtomicBool)> = self
            .ids
            .iter()
            .rev()
            .take(connections)
            .map(|id| {
                let add = json!({ "op": "add", "path": "members", "value": [{ "value": id }] });
                let remove = json!({ "op": "remove", "path": format!("members[value eq \"{id}\"]") });
                let request = |operation| self.target.request("PATCH", &path, Some(&patch(operation)));
                (request(add), request(remove), AtomicBool::new(false))
            })
            .collect();
        Step {
            name: name.to_owned(),
            target: self.target,
            write: Box::new(move |turn, into| {
                if let Some((add, remove, is_in)) = outsiders.get(turn.connection) {
                    let request = if is_in.fetch_xor(true, Ordering::Relaxed) { remove } else { add };
                    into.extend_from_slice(request);
                }
            }),
            accept: Box::new(|_, reply| matches!(reply.status, 200 | 204)),
        }
    }
}

/// A GET of one address.
pub fn get<'a>(name: &str, target: &'a Target, path: &str) -> Step<'a> {
    let request = target.request("GET", path, None);
    Step {
        name: name.to_owned(),
        target,
        write: Box::new(move |_, into| into.extend_from_slice(&request)),
        accept: Box::new(|_, reply| reply.status == 200),
    }
}

/// A POST of one user, which the responder echoes.
pub fn echo(target: &Target, plain: bool) -> Step<'_> {
    let create = Template::of(target.request("POST", "/Users", Some(&people::body("", plain))));
    Step {
        name: "responder: echo POST".to_owned(),
        target,
        write: Box::new(move |turn, into| create.write(turn.number, into)),
        accept: Box::new(|_, reply| reply.status == 201 && !reply.holds(MARK)),
    }
}

fn patch(operation: serde_json::Value) -> String {
    json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation] }).to_string()
}

/// The place of the `n`th of so many that are asked for, evenly over all of them.
fn spread(n: u64, asked: u64, all: u64) -> u64 {
    n * all / asked.max(1)
}

/// A number below `of` that looks like chance and is the same in every run.
fn shuffled(turn: Turn, of: u64) -> u64 {
    let mixed = turn.number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed >> 20) % of.max(1)
}
