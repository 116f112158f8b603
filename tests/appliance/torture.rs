//! Three instances on one PostgreSQL under load, while instances are killed and the database is restarted: no acknowledged write
//! is lost, none is there twice, and SCIM and SQL agree. `SCIMBOX_TEST_TORTURE` says for how many seconds.

use crate::appliance::cluster::{Cluster, Database};
use crate::appliance::{Appliance, PATIENCE, eventually};
use crate::idp_clients::{Client, encoded};
use crate::people::*;
use crate::programs::skipped;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const CLIENTS: usize = 64;

/// What a client was told. What it was not told may be either way.
#[derive(Default)]
struct Told {
    /// Users that are there, and what their nickname may be.
    there: BTreeMap<String, BTreeSet<String>>,
    /// Users that are gone.
    gone: BTreeSet<String>,
    /// Users that may be gone.
    doubtful: BTreeSet<String>,
    /// Members of the team.
    members: BTreeSet<String>,
    /// Names of users that may have been made.
    names: BTreeSet<String>,
}

/// Where the instances listen at the moment, and how much was acknowledged.
struct Stage {
    addresses: Mutex<Vec<String>>,
    acknowledged: AtomicU32,
    over: AtomicBool,
}

impl Stage {
    /// The answer of some instance, if it is one: neither a lost connection nor a database that is away.
    fn ask(
        &self,
        place: usize,
        path: &str,
        token: &str,
        of: impl Fn(&Client) -> Option<(u16, Value)>,
    ) -> Option<Value> {
        let address = self.addresses.lock().unwrap()[place % 3].clone();
        match of(&Client::bearer(&format!("http://{address}{path}"), token))? {
            (503, _) => None,
            (200 | 201 | 204, told) => {
                self.acknowledged.fetch_add(1, Ordering::SeqCst);
                Some(told)
            }
            (status, told) => panic!("{status} {told}"),
        }
    }

    fn has_acknowledged(&self) -> u32 {
        self.acknowledged.load(Ordering::SeqCst)
    }
}

/// Ends the load with whoever holds it, also when that one fails.
struct Load<'s>(&'s Stage);

impl Drop for Load<'_> {
    fn drop(&mut self) {
        self.0.over.store(true, Ordering::SeqCst);
    }
}

/// Makes users, changes them, adds them to the team and takes some of them away.
fn write(stage: &Stage, n: usize, path: &str, token: &str, red: &str) -> Told {
    let (_load, mut told) = (Load(stage), Told::default());
    for m in 0.. {
        if stage.over.load(Ordering::SeqCst) {
            break;
        }
        let name = format!("c{n}-{m}");
        let ask = |method: &str, at: &str, body: Value| {
            stage.ask(n + m, path, token, |client| {
                let reply = match method {
                    "DELETE" => client.try_send(method, at, ()),
                    _ => client.try_send(method, at, body.clone()),
                }?;
                Some((reply.status, if reply.text.is_empty() { Value::Null } else { reply.json() }))
            })
        };
        let Some(made) = ask("POST", "/Users", person(&name)) else {
            told.names.insert(format!("{name}@acme.test"));
            continue;
        };
        let id = made["id"].as_str().unwrap().to_owned();
        let user = format!("/Users/{id}");
        let nickname = match ask("PATCH", &user, op("replace", "nickName", name.as_str())) {
            Some(_) => BTreeSet::from([name.clone()]),
            None => BTreeSet::from([String::new(), name.clone()]),
        };
        told.there.insert(id.clone(), nickname);
        if m % 3 == 0 && ask("PATCH", &format!("/Groups/{red}"), op("add", "members", refs(&[&id]))).is_some() {
            told.members.insert(id.clone());
        }
        if m % 5 == 0 {
            told.there.remove(&id);
            told.members.remove(&id);
            match ask("DELETE", &user, Value::Null) {
                Some(_) => told.gone.insert(id),
                None => told.doubtful.insert(id),
            };
        }
    }
    told
}

/// Every user, by cursor: id, name and nickname.
fn all(client: &Client) -> Vec<[String; 3]> {
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let wanted = "attributes=id,userName,nickName";
        let page = client.get(&format!("/Users?count=1000&{wanted}&cursor={}", encoded(&cursor))).expect(200).json();
        for user in page["Resources"].as_array().unwrap() {
            all.push(["id", "userName", "nickName"].map(|name| user[name].as_str().unwrap_or_default().to_owned()));
        }
        match page["nextCursor"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => return all,
        }
    }
}

/// Holds what the clients were told against what SCIM says.
fn agrees(told: &[Told], client: &Client, red: &str) {
    let all = all(client);
    client.get("/Users?count=0").says("/totalResults", all.len());
    let users: BTreeMap<&str, &[String; 3]> = all.iter().map(|user| (user[0].as_str(), user)).collect();
    assert_eq!(users.len(), all.len(), "a user is there twice");
    assert_eq!(all.iter().map(|user| &user[1]).collect::<BTreeSet<_>>().len(), all.len(), "a name is there twice");
    let members = client.members_of(red);
    let kept: BTreeSet<&str> = members.iter().map(String::as_str).collect();
    assert_eq!(kept.len(), members.len(), "a member is there twice");
    let mut explained = 0;
    for told in told {
        for (id, nicknames) in &told.there {
            let user = users.get(id.as_str()).unwrap_or_else(|| panic!("{id} is lost"));
            assert!(nicknames.contains(&user[2]), "{user:?} is none of {nicknames:?}");
            explained += 1;
        }
        assert!(told.gone.iter().all(|id| !users.contains_key(id.as_str())), "one is back that was deleted");
        assert!(told.members.iter().all(|id| kept.contains(id.as_str())), "a member is lost");
        explained += told.doubtful.iter().filter(|id| users.contains_key(id.as_str())).count();
        explained += all.iter().filter(|user| told.names.contains(&user[1])).count();
    }
    assert_eq!(explained, all.len(), "users are there that nobody made");
}

/// Holds the tables against each other.
fn is_whole(database: &Database) {
    for (wrong, sql) in [
        (
            "counts of users",
            "SELECT n.name FROM node n WHERE users <> (SELECT count(*) FROM \"user\" u WHERE u.node_id = n.node_id)",
        ),
        (
            "counts of members",
            "SELECT name FROM team t WHERE members <> (SELECT count(*) FROM membership m WHERE m.team_key = t.team_key)",
        ),
        (
            "members that are no users",
            "SELECT user_id FROM membership WHERE user_id NOT IN (SELECT user_id FROM \"user\")",
        ),
        (
            "users that were not made once",
            "SELECT u.user_id FROM \"user\" u LEFT JOIN event e ON e.user_id = u.user_id AND e.event = 'create_user'
          GROUP BY u.user_id HAVING count(e.event_id) <> 1",
        ),
        (
            "gaps in a chain",
            "SELECT chain FROM event WHERE chain IS NOT NULL GROUP BY chain HAVING count(*) <> max(serial) - min(serial) + 1",
        ),
        (
            "ends of chains",
            "SELECT chain FROM audit_chain a WHERE serial <> (SELECT max(serial) FROM event e WHERE e.chain = a.chain)",
        ),
    ] {
        assert_eq!(database.ask(sql), "", "{wrong}");
    }
}

#[test]
fn nothing_is_lost_while_instances_are_killed_and_the_database_is_restarted() {
    let own = match Cluster::start(95) {
        Ok(own) => Arc::new(own),
        Err(why) => return skipped(&format!("three instances under load, because {why}")),
    };
    let asked = std::env::var("SCIMBOX_TEST_TORTURE").ok().map(|seconds| seconds.parse().expect("seconds"));
    let length = Duration::from_secs(asked.unwrap_or(9));
    let round = (length / 6).min(Duration::from_secs(20));
    let database = own.fresh();
    let mut houses: Vec<Appliance> = (0..3).map(|_| Appliance::on(&database, &[])).collect();
    let sales = houses[0].connect("Sales", &["--preset", "rfc"]);
    let red = sales.client().post("/Groups", team("Red")).expect(201).id();
    let stage = Stage {
        addresses: Mutex::new(houses.iter().map(|house| house.address.clone()).collect()),
        acknowledged: AtomicU32::new(0),
        over: AtomicBool::new(false),
    };
    let told: Vec<Told> = std::thread::scope(|scope| {
        let (stage, sales, red) = (&stage, &sales, &red);
        let clients: Vec<_> =
            (0..CLIENTS).map(|n| scope.spawn(move || write(stage, n, sales.path(), &sales.token, red))).collect();
        let (load, began) = (Load(stage), Instant::now());
        let rounds = (length.as_secs_f64() / round.as_secs_f64()).round() as usize;
        for n in 0..rounds {
            let before = stage.has_acknowledged();
            let until = began + round * (n as u32 + 1);
            assert!(round < PATIENCE);
            eventually("much is written", || {
                (Instant::now() >= until && stage.has_acknowledged() > before + 10).then_some(())
            });
            if n == rounds / 3 || n == rounds * 2 / 3 {
                // Once in order, once as a crash.
                own.down(n > rounds / 3);
                own.up();
                continue;
            }
            houses[n % 3].crash();
            houses[n % 3] = Appliance::on(&database, &[]);
            stage.addresses.lock().unwrap()[n % 3] = houses[n % 3].address.clone();
        }
        drop(load);
        clients.into_iter().map(|client| client.join().unwrap()).collect()
    });
    let client = Client::bearer(&houses[1].url(sales.path()), &sales.token);
    agrees(&told, &client, &red);
    is_whole(&database);
    houses[2].run(&["audit", "verify"]).ok();
    let doubt: usize = told.iter().map(|told| told.names.len() + told.doubtful.len()).sum();
    println!("{} writes were acknowledged, and the end of {doubt} is not known", stage.has_acknowledged());
    drop(houses);
    own.down(false);
}
