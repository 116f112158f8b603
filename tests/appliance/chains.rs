//! The chains of the audit log: one for each node and one for the appliance, and anchors over all of them.

use crate::appliance::{Appliance, has_file};
use crate::people::*;
use rustix::process::Signal;
use serde_json::Value;

/// Two nodes whose users come in turns, and what verifying them says.
fn two_nodes() -> Appliance {
    let house = Appliance::start();
    let (north, south) = (house.connect("North", &["--preset", "rfc"]), house.connect("South", &["--preset", "rfc"]));
    for n in 0..5 {
        north.client().post("/Users", person(&format!("n{n}"))).expect(201);
        south.client().post("/Users", person(&format!("s{n}"))).expect(201);
    }
    house
}

fn verified(house: &Appliance) -> Value {
    house.run(&["audit", "verify", "--json"]).ok().json()
}

/// The program stops, somebody changes the file, and what verifying says afterwards.
fn broken_by(house: &Appliance, sql: &str) {
    house.alter(sql);
    house.run(&["audit", "verify"]).fails(1).saying("broken");
}

#[test]
fn each_node_has_a_chain_that_no_other_node_disturbs() {
    let house = two_nodes();
    let verdict = verified(&house);
    assert_eq!(verdict["ok"], true, "{verdict}");
    let of_nodes = "SELECT count(*) FROM audit_chain WHERE chain > 0 AND serial >= 5";
    assert_eq!(house.number(of_nodes), 2);
    assert_eq!(house.number("SELECT count(*) FROM event WHERE chain <> coalesce(node_id, 0)"), 0);
    assert_eq!(house.number("SELECT count(*) FROM event"), verdict["checked"]);
}

#[test]
fn no_line_has_two_successors() {
    if !has_file() {
        return;
    }
    let house = two_nodes();
    let fork = "INSERT INTO event (event_id, at, event, actor, node_id, hash, chain, serial)
        SELECT event_id + 1000, at, event, actor, node_id, hash, chain, serial FROM event WHERE serial = 2 LIMIT 1";
    let refused = house.database().execute(fork, []).unwrap_err();
    assert!(refused.to_string().contains("UNIQUE"), "{refused}");
}

#[test]
fn what_is_cut_removed_swapped_or_changed_in_any_chain_is_found() {
    let last = "(SELECT max(event_id) FROM event WHERE chain = (SELECT max(chain) FROM audit_chain))";
    for sql in [
        // The end of one node's chain, while the others go on.
        format!("DELETE FROM event WHERE event_id = {last}"),
        "DELETE FROM event WHERE chain = (SELECT max(chain) FROM audit_chain) AND serial = 3".to_owned(),
        "DELETE FROM event WHERE chain = (SELECT max(chain) FROM audit_chain)".to_owned(),
        // A line moves to another node, with its chain and without.
        "UPDATE event SET node_id = (SELECT max(chain) FROM audit_chain) WHERE serial = 3".to_owned(),
        "UPDATE event SET chain = 0, serial = 50, node_id = NULL WHERE chain > 0 AND serial = 3
           AND chain = (SELECT max(chain) FROM audit_chain)"
            .to_owned(),
        "UPDATE event SET object = 'x' WHERE chain > 0 AND serial = 5".to_owned(),
        // Back among the lines of before, where there are none.
        "UPDATE event SET chain = NULL, serial = NULL WHERE chain = (SELECT max(chain) FROM audit_chain) AND serial = 5"
            .to_owned(),
        "UPDATE audit_chain SET serial = serial + 1".to_owned(),
    ] {
        let house = two_nodes();
        assert_eq!(verified(&house)["ok"], true);
        broken_by(&house, &sql);
    }
}

#[test]
fn a_chain_that_was_removed_with_its_end_is_missed_by_the_anchor() {
    let mut house = two_nodes();
    let before = verified(&house);
    house.signal(Signal::TERM);
    assert!(house.end().success());
    let anchors = house.run(&["audit", "list", "--event", "audit_anchored", "--json"]).ok().json();
    // One for each node; that of the appliance begins with this very line.
    assert_eq!(anchors[0]["after"]["chains"], 2, "{anchors}");
    assert_eq!(anchors[0]["after"]["head"], before["head"], "what was verified is what is anchored");
    assert_eq!(verified(&house)["ok"], true);
    let chain = "(SELECT max(chain) FROM audit_chain)";
    broken_by(
        &house,
        &format!("DELETE FROM event WHERE chain = {chain}; DELETE FROM audit_chain WHERE chain = {chain}"),
    );
    let again = house.again();
    again.run(&["node", "create", "Later"]).ok();
    again.run(&["audit", "verify"]).fails(1).saying("broken");
}

#[test]
fn a_stop_after_nothing_has_happened_writes_no_second_anchor() {
    let mut house = two_nodes();
    for _ in 0..3 {
        house.signal(Signal::TERM);
        assert!(house.end().success());
        house = house.again();
    }
    assert_eq!(house.number("SELECT count(*) FROM event WHERE event = 'audit_anchored'"), 1);
    assert_eq!(verified(&house)["ok"], true);
}

#[test]
fn the_chain_of_a_deleted_node_stays() {
    let house = Appliance::start();
    let node = house.node("Gone");
    house.run(&["node", "delete", &node, "--force"]).ok();
    house.node("Next");
    assert_eq!(verified(&house)["ok"], true);
    assert_eq!(house.number(&format!("SELECT count(*) FROM audit_chain WHERE chain = {node}")), 1);
}

#[test]
fn the_one_chain_of_before_is_kept_and_continued() {
    if !has_file() {
        return;
    }
    let mut house = two_nodes();
    house.signal(Signal::TERM);
    assert!(house.end().success());
    // As a file of before: all lines in one chain without serials, their hashes as they were made then.
    let db = house.database();
    let mut statement = db
        .prepare("SELECT event_id, at, node_id, user_id, event, actor, address, request_id, team_id, object, before, after FROM event ORDER BY event_id")
        .unwrap();
    let lines = statement.query_map([], |row| {
        let numbers = [
            row.get::<_, i64>(1)?,
            row.get::<_, Option<i64>>(2)?.unwrap_or(0),
            row.get::<_, Option<i64>>(3)?.unwrap_or(0),
        ];
        let texts = (4..12).map(|n| row.get::<_, Option<String>>(n)).collect::<Result<Vec<_>, _>>()?;
        Ok((row.get::<_, i64>(0)?, numbers, texts))
    });
    let lines: Vec<_> = lines.unwrap().map(Result::unwrap).collect();
    drop(statement);
    let mut hash = [0u8; 32];
    for (id, numbers, texts) in &lines {
        let mut text = hash.to_vec();
        text.extend(id.to_be_bytes());
        numbers.iter().for_each(|number| text.extend(number.to_be_bytes()));
        for part in texts {
            text.extend(part.as_ref().map_or(u32::MAX, |part| part.len() as u32).to_be_bytes());
            text.extend(part.as_deref().unwrap_or_default().as_bytes());
        }
        hash = <sha2::Sha256 as sha2::Digest>::digest(&text).into();
        let change = "UPDATE event SET hash = ?2, chain = NULL, serial = NULL WHERE event_id = ?1";
        db.execute(change, (id, &hash)).unwrap();
    }
    db.execute_batch("DELETE FROM audit_chain").unwrap();
    db.execute("UPDATE appliance SET first_event = newest_event, first_hash = ?1", [&hash]).unwrap();
    drop(db);
    let anchored = verified(&house);
    assert_eq!(anchored["ok"], true, "{anchored}");
    let again = house.again();
    again.node("Later");
    again.node("Later still");
    assert_eq!(verified(&again)["ok"], true);
    assert!(again.number("SELECT count(*) FROM event WHERE chain IS NOT NULL") >= 2);
    again.tamper("UPDATE event SET actor = 'x' WHERE event_id = 3");
    again.run(&["audit", "verify"]).fails(1).saying("broken at event 3");
}
