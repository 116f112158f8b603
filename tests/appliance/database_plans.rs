//! What the program asks PostgreSQL is answered by indexes: PostgreSQL writes down how it goes about each statement, with many
//! rows in its tables, while requests of every kind come.

use crate::appliance::cluster::{Cluster, Database};
use crate::appliance::{Appliance, eventually};
use crate::idp_clients::{Client, encoded};
use crate::people::*;
use crate::programs::skipped;
use serde_json::json;
use std::sync::Arc;

/// From one user and one team, so many that reading them all is worth nothing.
const MANY: &str = r#"
SET LOCAL session_replication_role = replica;
INSERT INTO "user" SELECT (jsonb_populate_record(u, jsonb_build_object('user_id', user_id + 100000 + n,
  'user_name', 'p' || n || '@acme.test', 'user_name_folded', 'p' || n || '@acme.test', 'external_id', 'x' || n,
  'display_name', 'P ' || n, 'display_name_folded', 'p ' || n))).*
  FROM "user" u, generate_series(1, 20000) n WHERE user_name = 'mia@acme.test';
INSERT INTO user_email SELECT node_id, 'home.' || user_name_folded, user_id FROM "user";
INSERT INTO team SELECT (jsonb_populate_record(t, jsonb_build_object('team_key', team_key + 100000 + n,
  'team_id', '\x' || md5(n::text), 'name', 'T ' || n, 'name_folded', 't ' || n, 'external_id', 'x' || n, 'members', 4))).*
  FROM team t, generate_series(1, 5000) n WHERE name = 'Red';
INSERT INTO membership SELECT t.team_key, u.user_id, 'approved', t.created_at
  FROM (SELECT team_key, row_number() OVER (ORDER BY team_key) AS n, created_at FROM team WHERE members = 4) t
  JOIN (SELECT user_id, row_number() OVER (ORDER BY user_id) AS n FROM "user" WHERE user_name LIKE 'p%') u
    ON u.n % 5000 = t.n % 5000;
UPDATE node SET users = users + 20000, teams = teams + 5000 WHERE users > 0;
"#;

/// A statement and how PostgreSQL went about it.
fn plans(log: &str) -> Vec<&str> {
    log.split(" plan:\n").skip(1).map(|from| from.find("\n20").map_or(from, |end| &from[..end])).collect()
}

/// A new database with many rows, an instance that has its plans written down, and the ids of a user and a team.
fn full(own: &Arc<Cluster>) -> (Database, [Appliance; 2], Client, String, String) {
    let database = own.fresh();
    let house = Appliance::on(&database, &[]);
    let sales = house.connect("Sales", &["--preset", "rfc"]);
    let mia = sales.client().post("/Users", mia()).expect(201).id();
    let red = with(team("Red"), json!({ "members": refs(&[&mia]) }));
    let red = sales.client().post("/Groups", red).expect(201).id();
    database.ask(MANY);
    for sql in [
        "ANALYZE".to_owned(),
        format!("ALTER DATABASE {} SET session_preload_libraries = 'auto_explain'", database.name),
        format!("ALTER DATABASE {} SET auto_explain.log_min_duration = 0", database.name),
    ] {
        database.ask(&sql);
    }
    let other = Appliance::on(&database, &[]);
    let client = Client::bearer(&other.url(sales.path()), &sales.token);
    (database, [house, other], client, mia, red)
}

/// Whether a plan goes through the whole of an index, or through all of a node.
fn is_whole(plan: &str) -> bool {
    let lines: Vec<&str> = plan.lines().collect();
    lines.windows(2).any(|pair| {
        let of_node = ["user_of_node", "team_of_node"].iter().any(|index| pair[0].contains(index));
        let by_index = pair[0].contains(" Scan using ") || of_node && pair[0].contains("Bitmap Index Scan");
        let condition = pair[1].contains("Index Cond: (");
        by_index && !(condition && (!of_node || pair[1].contains(" AND ")))
    })
}

/// How many statements some requests came to, and the plans of those that read a growing table whole, or all of a node where
/// `of_node` is not right.
fn bad(own: &Cluster, of_node: bool, requests: impl FnOnce()) -> (usize, Vec<String>) {
    let before = own.log().len();
    requests();
    let log = own.log();
    let mut all = plans(&log[before..]);
    // Captured requests that are too old are dropped now and then, oldest first: no request waits for that.
    all.retain(|plan| !plan.contains("Delete on exchange "));
    let scans = ["\"user\"", "user_email", "team", "membership"].map(|table| format!("Seq Scan on {table} "));
    let is_bad = |plan: &&&str| scans.iter().any(|scan| plan.contains(scan)) || !of_node && is_whole(plan);
    (all.len(), all.iter().filter(is_bad).map(|plan| (**plan).to_owned()).collect())
}

#[test]
fn no_request_reads_a_growing_table_whole() {
    let own = match Cluster::start(93) {
        Ok(own) => Arc::new(own),
        Err(why) => return skipped(&format!("the plans of PostgreSQL, because {why}")),
    };
    let (database, houses, client, mia, red) = full(&own);
    let found = |path: String| {
        // Often enough for a plan that is kept for all values.
        for _ in 0..7 {
            client.get(&path).expect(200).says("/totalResults", 1);
        }
    };
    let (asked, wrong) = bad(&own, false, || {
        for filter in [
            "id eq \"MIA\"",
            "userName eq \"P7@acme.test\"",
            "externalId eq \"x7\"",
            "displayName eq \"P 7\"",
            "emails.value eq \"home.p7@acme.test\"",
            "groups.value eq \"RED\"",
            "userName eq \"p7@acme.test\" or externalId eq \"x7\"",
            "userName eq \"p7@acme.test\" and active eq true",
            "userName eq \"p7@acme.test\" and externalId eq \"x7\" or displayName eq \"P 7\"",
        ] {
            found(format!("/Users?filter={}", encoded(&filter.replace("MIA", &mia).replace("RED", &red))));
        }
        for filter in [
            "id eq \"RED\"",
            "displayName eq \"T 7\"",
            "externalId eq \"x7\"",
            "members.value eq \"MIA\"",
            "displayName eq \"T 7\" or externalId eq \"x7\"",
            "members[value eq \"MIA\"] and displayName eq \"Red\"",
        ] {
            found(format!("/Groups?filter={}", encoded(&filter.replace("MIA", &mia).replace("RED", &red))));
        }
        for path in [format!("/Users/{mia}"), format!("/Groups/{red}")] {
            for _ in 0..7 {
                client.get(&path).expect(200);
            }
        }
        for n in 0..7 {
            let id = client.post("/Users", person(&format!("new{n}"))).expect(201).id();
            client.post("/Users", person(&format!("new{n}"))).refused(409);
            client.patch(&format!("/Users/{id}"), op("replace", "nickName", "Newt")).expect(200);
            let renamed = with(person(&format!("new{n}")), json!({ "displayName": "Newt" }));
            client.put(&format!("/Users/{id}"), renamed.clone()).expect(200);
            let elsewhere = json!({ "emails": [{ "value": format!("elsewhere{n}@acme.test") }] });
            client.put(&format!("/Users/{id}"), with(renamed, elsewhere)).expect(200);
            client.patch(&format!("/Groups/{red}"), op("add", "members", refs(&[&id]))).expect(204);
            let member = json!([{ "op": "remove", "path": format!("members[value eq \"{id}\"]") }]);
            client.patch(&format!("/Groups/{red}"), ops(member)).expect(204);
            client.patch(&format!("/Groups/{red}"), op("add", "members", refs(&[&id]))).expect(204);
            client.delete(&format!("/Users/{id}")).expect(204);
            let id = client.post("/Groups", team(&format!("New {n}"))).expect(201).id();
            client.patch(&format!("/Groups/{id}"), op("replace", "displayName", "Newer")).expect(204);
            client.delete(&format!("/Groups/{id}")).expect(204);
        }
    });
    assert!(asked > 200, "{asked}");
    assert!(wrong.is_empty(), "{} of {asked}\n{}", wrong.len(), wrong.join("\n"));
    // What no index answers is found out, so the look is one that sees.
    let all = format!("/Users?filter={}", encoded("nickName eq \"nobody\""));
    // Written down when its transaction ends, which no request waits for.
    let is_found = || !bad(&own, false, || drop(client.get(&all).expect(200))).1.is_empty();
    eventually("a scan is found out", || is_found().then_some(()));
    // Pages read on in the order of the index, and no further than they show.
    let (asked, wrong) = bad(&own, true, || {
        for noun in ["Users", "Groups"] {
            let mut next = String::new();
            for n in 0..7 {
                client.get(&format!("/{noun}?count=10&startIndex={}", n * 10 + 1)).expect(200);
                client.get(&format!("/{noun}?count=0")).expect(200);
                let page = client.get(&format!("/{noun}?count=10&cursor={}", encoded(&next))).expect(200);
                next = page.at("/nextCursor").as_str().unwrap().to_owned();
            }
        }
    });
    assert!(asked > 40, "{asked}");
    assert!(wrong.is_empty(), "{} of {asked}\n{}", wrong.len(), wrong.join("\n"));
    drop((houses, database));
    own.down(false);
}
