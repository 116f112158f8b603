//! What was acknowledged survives a crash, round after round.

use crate::appliance::{Appliance, has_file};
use crate::idp_clients::Client;
use crate::people::*;
use serde_json::json;
use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

const WRITERS: usize = 8;
const ROUNDS: usize = 20;
/// Acknowledged writes before the process is killed in the middle of the next ones.
const ENOUGH: usize = 40;

/// What one writer was told, in one round.
#[derive(Default)]
struct Told {
    users: Vec<String>,
    /// Each team with the number of members that it was acknowledged to have, all or none.
    teams: Vec<(String, usize)>,
}

/// Writes until the server is gone, and remembers what was acknowledged. An answer that never came promises nothing.
fn write_until_it_dies(client: &Client, name: &str, told: &AtomicUsize, dead: &AtomicBool) -> Told {
    let mut acknowledged = Told::default();
    for n in 0.. {
        if dead.load(Ordering::SeqCst) {
            break;
        }
        let Some(made) = client.try_send("POST", "/Users", person(&format!("{name}-{n}"))) else { break };
        acknowledged.users.push(made.expect(201).id());
        told.fetch_add(1, Ordering::SeqCst);
        if n % 5 == 4 {
            let members = refs(&acknowledged.users[acknowledged.users.len() - 3..]);
            let group = with(team(&format!("{name}-{n}")), json!({ "members": members }));
            let Some(made) = client.try_send("POST", "/Groups", group) else { break };
            acknowledged.teams.push((made.expect(201).id(), 3));
            told.fetch_add(1, Ordering::SeqCst);
        }
    }
    acknowledged
}

#[test]
fn no_acknowledged_write_is_lost_when_the_process_is_killed() {
    let mut house = Appliance::start();
    let sales = house.connect("Sales", &["--page-size", "10000"]);
    let (mut users, mut teams): (HashSet<String>, Vec<(String, usize)>) = Default::default();
    for round in 0..ROUNDS {
        let (told, dead) = (AtomicUsize::new(0), AtomicBool::new(false));
        let base = house.url(sales.path());
        let all: Vec<Told> = std::thread::scope(|scope| {
            let writers: Vec<_> = (0..WRITERS)
                .map(|writer| {
                    let client = Client::bearer(&base, &sales.token);
                    let (told, dead) = (&told, &dead);
                    scope.spawn(move || write_until_it_dies(&client, &format!("r{round}w{writer}"), told, dead))
                })
                .collect();
            crate::appliance::eventually("enough is acknowledged", || {
                (told.load(Ordering::SeqCst) >= ENOUGH).then_some(())
            });
            house.crash();
            dead.store(true, Ordering::SeqCst);
            writers.into_iter().map(|writer| writer.join().unwrap()).collect()
        });
        for told in all {
            users.extend(told.users);
            teams.extend(told.teams);
        }
        if has_file() {
            let db = house.database();
            let sound: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
            assert_eq!(sound, "ok", "round {round}");
        }
        let broken = "SELECT count(*) FROM membership m WHERE NOT EXISTS (SELECT 1 FROM team t JOIN \"user\" u
            ON u.node_id = t.node_id WHERE t.team_key = m.team_key AND u.user_id = m.user_id)";
        assert_eq!(house.number(broken), 0, "round {round}");
        let counted = "SELECT count(*) FROM node n WHERE n.users <>
            (SELECT count(*) FROM \"user\" u WHERE u.node_id = n.node_id)";
        assert_eq!(house.number(counted), 0, "round {round}");
        house = house.again();
        let client = Client::bearer(&house.url(sales.path()), &sales.token);
        let there = client.get("/Users?attributes=id&count=10000").expect(200).listed();
        let there: HashSet<&str> = there.iter().map(|user| user["id"].as_str().unwrap()).collect();
        let lost: Vec<_> = users.iter().filter(|id| !there.contains(id.as_str())).collect();
        assert!(lost.is_empty(), "round {round} lost {lost:?}");
        for (id, members) in &teams {
            assert_eq!(client.members_of(id).len(), *members, "round {round}: all members of a request or none");
        }
    }
    assert!(users.len() >= ROUNDS * ENOUGH / 2, "{}", users.len());
}
