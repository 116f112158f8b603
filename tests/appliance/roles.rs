//! Roles of administrators: every call of the admin API for every role and every scope of a key, as docs/security.md says.

use crate::appliance::{ADMIN, Appliance, PASSWORD};
use crate::console::{Console, visitor};
use crate::idp_clients::Client;
use crate::people::{mia, with};
use crate::reply::Reply;
use serde_json::{Value, json};

/// One row of the table: its calls, and for each column whether they open.
struct Row {
    calls: Vec<(String, String)>,
    opens: Vec<bool>,
}

const COLUMNS: [&str; 6] = ["owner", "administrator", "auditor", "key full", "key write", "key read"];

/// The table of docs/security.md: named calls, then what holds for every other GET and every other change.
fn table() -> Vec<Row> {
    let text = include_str!("../../docs/security.md");
    let (_, rows) = text.split_once("| Call |").unwrap();
    let (head, rows) = rows.split_once('\n').unwrap();
    assert_eq!(head.split('|').map(str::trim).filter(|name| !name.is_empty()).collect::<Vec<_>>(), COLUMNS);
    let rows = rows.lines().skip(1).take_while(|line| line.starts_with('|'));
    rows.map(|line| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let calls = cells[0].split('`').skip(1).step_by(2).filter_map(|call| call.split_once(' '));
        let opens = cells[1..].iter().map(|cell| match *cell {
            "yes" => true,
            "no" => false,
            other => panic!("{other}"),
        });
        Row { calls: calls.map(|(m, p)| (m.to_owned(), p.to_owned())).collect(), opens: opens.collect() }
    })
    .collect()
}

/// Whether an answer is that of a closed door.
fn is_closed(reply: &Reply) -> bool {
    let body: Value = serde_json::from_str(&reply.text).unwrap_or_default();
    let code = body["error"]["code"].as_str().unwrap_or_default().to_owned();
    let closed = reply.status == 403;
    assert_eq!(closed, ["ADMIN_ROLE", "KEY_SCOPE"].contains(&code.as_str()), "{} {}", reply.asked, reply.text);
    assert_ne!(reply.status, 401, "{} {}", reply.asked, reply.text);
    closed
}

fn admin(house: &Appliance, role: &str) -> Console {
    let email = format!("{role}@acme.test");
    house.run_with(&["admin", "create", &email, "--role", role, "--password-file", "-"], PASSWORD).ok();
    Console::sign_in(house, &email, PASSWORD)
}

fn key(house: &Appliance, console: &Console, scope: &str) -> Client {
    let made = console.post("/api-keys", json!({ "name": scope, "scope": scope })).expect(201);
    Client::bearer(&house.url("/api/v1"), made.at("/secret").as_str().unwrap()).with("Content-Type", "application/json")
}

#[test]
fn every_call_opens_for_every_role_and_key_as_the_table_says() {
    let house = Appliance::start();
    let owner = house.console();
    let (administrator, auditor) = (admin(&house, "administrator"), admin(&house, "auditor"));
    let mut callers: Vec<Client> = [&owner, &administrator, &auditor].map(Console::client).to_vec();
    callers.extend(["full", "write", "read"].map(|scope| key(&house, &owner, scope)));
    let document = owner.get("/openapi.json").expect(200).json();
    let table = table();
    let (mut named, mut last, mut wrong) = (0, Vec::new(), Vec::new());
    for (path, item) in document["paths"].as_object().unwrap() {
        let path = path.strip_prefix("/api/v1").unwrap();
        for method in item.as_object().unwrap().keys().map(|method| method.to_uppercase()) {
            if !["GET", "POST", "PATCH", "DELETE", "PUT"].contains(&method.as_str()) {
                continue;
            }
            let is = |call: &&(String, String)| call.0 == method && call.1 == path;
            let found = table.iter().find(|row| row.calls.iter().any(|call| is(&call)));
            named += usize::from(found.is_some());
            let rest = if method == "GET" { table.len() - 2 } else { table.len() - 1 };
            let row = found.unwrap_or(&table[rest]);
            let ends = method == "DELETE" && ["/session", "/sessions"].contains(&path);
            if ends {
                last.push((method, path.to_owned(), &row.opens));
            } else {
                check(&callers, &method, path, &row.opens, &mut wrong);
            }
        }
    }
    let listed: usize = table.iter().map(|row| row.calls.len()).sum();
    assert_eq!(named, listed, "the table names calls that are not there");
    for (method, path, opens) in last {
        let emails = [ADMIN, "administrator@acme.test", "auditor@acme.test"];
        let fresh = emails.map(|email| Console::sign_in(&house, email, PASSWORD).client());
        callers.splice(..3, fresh);
        check(&callers, &method, &path, opens, &mut wrong);
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn check(callers: &[Client], method: &str, path: &str, opens: &[bool], wrong: &mut Vec<String>) {
    let mut filled = path.replace("{act}", "link").replace("{token_id}", "x").replace("{key_id}", "x");
    while let Some((before, rest)) = filled.clone().split_once('{') {
        filled = format!("{before}7{}", rest.split_once('}').unwrap().1);
    }
    // A stream would not end, so that it is asked for in vain.
    if path == "/requests/live" {
        filled.push_str("?status=x");
    }
    if path == "/live" {
        filled.push_str("?requests=status%3Dx");
    }
    for ((caller, open), who) in callers.iter().zip(opens).zip(COLUMNS) {
        let reply = if method == "GET" { caller.get(&filled) } else { caller.send(method, &filled, json!({})) };
        if is_closed(&reply) == *open {
            wrong.push(format!("{who}: {method} {path}: {} {}", reply.status, reply.text));
        }
    }
}

#[test]
fn an_auditor_sees_no_values_in_bodies_and_a_key_can_do_no_more_than_its_maker() {
    let house = Appliance::start();
    let owner = house.console();
    let sales = house.connect("Sales", &["--capture", "full"]);
    sales.client().post("/Users", with(mia(), json!({ "title": "Chief of lamps" }))).expect(201);
    let (administrator, auditor) = (admin(&house, "administrator"), admin(&house, "auditor"));
    let request = owner.get("/requests").expect(200).at("/requests/0/request_id").as_str().unwrap().to_owned();
    let program = key(&house, &administrator, "full");
    for path in [format!("/requests/{request}"), format!("/requests/{request}/export?format=har")] {
        assert!(administrator.get(&path).expect(200).text.contains("Chief of lamps"));
        assert!(program.get(&path).expect(200).text.contains("Chief of lamps"));
        let masked = auditor.get(&path).expect(200).text;
        assert!(!masked.contains("Chief of lamps") && masked.contains("title"), "{masked}");
    }
    // The administrator's key reaches as far as the administrator.
    for change in [json!({ "audit_days": 60 }), json!({ "seats": 9, "audit_syslog": "" })] {
        program.patch("/settings", change.clone()).fails(403, "ADMIN_ROLE");
        administrator.patch("/settings", change.clone()).fails(403, "ADMIN_ROLE");
        auditor.patch("/settings", change).fails(403, "ADMIN_ROLE");
    }
    owner.patch("/settings", json!({ "audit_days": 60 })).expect(200);
    program.patch("/settings", json!({ "seats": 9 })).expect(200);
    house.run(&["admin", "edit", "administrator@acme.test", "--role", "auditor"]).ok();
    program.patch("/settings", json!({ "seats": 10 })).fails(403, "ADMIN_ROLE");
    administrator.post("/nodes", json!({ "name": "Lab" })).fails(403, "ADMIN_ROLE");
    assert!(!program.get(&format!("/requests/{request}")).expect(200).text.contains("Chief of lamps"));
    let me = auditor.get("/session").expect(200).says("/admin/role", "auditor").at("/admin/admin_id").to_string();
    let next = json!({ "current": PASSWORD, "new": "a quite different one" });
    auditor.post(&format!("/admins/{me}/password"), next).expect(204);
}

#[test]
fn the_last_owner_stays_and_the_first_administrator_is_one() {
    let house = Appliance::start();
    let create = |email: &str, role: &str| {
        house.run_with(&["admin", "create", email, "--role", role, "--password-file", "-"], PASSWORD)
    };
    create("eve@acme.test", "auditor").fails(2);
    create("eve@acme.test", "chief").fails(2);
    let owner = house.console();
    let me = owner.get("/admins").expect(200).says("/admins/0/role", "owner").at("/admins/0/admin_id").to_string();
    let eve = json!({ "email": "eve@acme.test", "name": "Eve", "password": PASSWORD });
    let id = owner.post("/admins", eve).expect(201).says("/role", "administrator").at("/admin_id").to_string();
    owner.patch(&format!("/admins/{me}"), json!({ "role": "auditor" })).fails(409, "LAST_OWNER");
    owner.delete(&format!("/admins/{me}")).fails(409, "LAST_OWNER");
    house.run(&["admin", "edit", ADMIN, "--role", "administrator"]).fails(5);
    owner.patch(&format!("/admins/{id}"), json!({ "role": "chief" })).fails(400, "INVALID");
    let hers = Console::sign_in(&house, "eve@acme.test", PASSWORD);
    hers.post("/admins", json!({ "email": "bob@acme.test", "password": PASSWORD })).fails(403, "ADMIN_ROLE");
    owner.patch(&format!("/admins/{id}"), json!({ "role": "owner" })).expect(200).says("/role", "owner");
    hers.patch(&format!("/admins/{me}"), json!({ "role": "auditor" })).expect(200).says("/role", "auditor");
    owner.post("/nodes", json!({ "name": "Lab" })).fails(403, "ADMIN_ROLE");
    let events = hers.get("/audit?event=admin_updated").expect(200);
    assert!(events.text.contains("auditor"), "{}", events.text);
    assert!(house.run(&["admin", "list"]).ok().stdout.contains("auditor"));
    visitor(&house).get("/status").expect(200);
}
