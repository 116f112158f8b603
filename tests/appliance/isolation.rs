//! Nodes are apart: another node's ids are unknown, whatever asks for them.

use crate::appliance::Appliance;
use crate::people::*;
use serde_json::json;

#[test]
fn another_nodes_users_and_groups_are_404_for_every_method() {
    let house = Appliance::start();
    let (sales, support) = (house.connect("Sales", &[]), house.connect("Support", &[]));
    let theirs = support.client();
    let user = theirs.post("/Users", mia()).expect(201).id();
    let group = theirs.post("/Groups", with(team("Theirs"), json!({ "members": refs(&[&user]) }))).expect(201).id();
    let before = (theirs.get(&format!("/Users/{user}")).text, theirs.get(&format!("/Groups/{group}")).text);
    let ours = sales.client();
    for (path, body) in [(format!("/Users/{user}"), person("eve")), (format!("/Groups/{group}"), team("Eve"))] {
        let there = ours.get(&path).refused(404).text;
        let absent =
            if path.starts_with("/Users") { "/Users/100000000000001" } else { "/Groups/AAAAAAAAAAAAAAAAAAAAAA" };
        let id = path.rsplit('/').next().unwrap();
        let nowhere = ours.get(absent).refused(404).text.replace(absent.rsplit('/').next().unwrap(), id);
        assert_eq!(there, nowhere, "as if it did not exist");
        ours.put(&path, body).refused(404);
        ours.patch(&path, op("replace", "displayName", "Eve")).refused(404);
        ours.patch(&path, ops(json!([]))).refused(404);
        ours.delete(&path).refused(404);
        ours.send("HEAD", &path, ()).expect(404);
    }
    assert_eq!((theirs.get(&format!("/Users/{user}")).text, theirs.get(&format!("/Groups/{group}")).text), before);
}

#[test]
fn another_nodes_ids_are_no_members_and_no_teams() {
    let house = Appliance::start();
    let (sales, support) = (house.connect("Sales", &[]), house.connect("Support", &[]));
    let user = support.client().post("/Users", mia()).expect(201).id();
    let group = support.client().post("/Groups", team("Theirs")).expect(201).id();
    let ours = sales.client();
    let ann = ours.post("/Users", person("ann")).expect(201).id();
    let team_id = ours.post("/Groups", team("Ours")).expect(201).id();
    ours.post("/Groups", with(team("X"), json!({ "members": refs(&[&user]) }))).refused(400);
    ours.put(&format!("/Groups/{team_id}"), with(team("X"), json!({ "members": refs(&[&user]) }))).refused(400);
    for verb in ["add", "replace"] {
        ours.patch(&format!("/Groups/{team_id}"), op(verb, "members", refs(&[&user]))).refused(400);
        ours.patch(&format!("/Users/{ann}"), op(verb, "groups", refs(&[&group]))).refused(400);
    }
    ours.patch(&format!("/Groups/{team_id}"), op("remove", "members", refs(&[&user]))).expect(204);
    ours.patch(&format!("/Users/{ann}"), op("remove", "groups", refs(&[&group]))).expect(200);
    ours.post("/Users", with(person("bob"), json!({ "groups": refs(&[&group]) }))).refused(400);
    assert!(ours.members_of(&team_id).is_empty() && support.client().members_of(&group).is_empty());
    ours.get("/Users").finds(&ann);
}

#[test]
fn filters_and_searches_see_one_node_only() {
    let house = Appliance::start();
    let (sales, support) = (house.connect("Sales", &[]), house.connect("Support", &[]));
    let user = support.client().post("/Users", mia()).expect(201).id();
    let group = support.client().post("/Groups", with(team("Theirs"), json!({ "members": refs(&[&user]) })));
    let group = group.expect(201).id();
    let ours = sales.client();
    for filter in [
        "userName eq \"mia@acme.test\"".to_owned(),
        format!("id eq \"{user}\""),
        "externalId eq \"idp-mia\"".to_owned(),
        "emails.value eq \"mia@acme.test\"".to_owned(),
        "displayName eq \"Mia Berg\"".to_owned(),
        "userName eq \"x\" or active eq true".to_owned(),
        format!("groups.value eq \"{group}\""),
        "not (userName eq \"x\")".to_owned(),
    ] {
        ours.find("/Users", &filter).empty_list();
    }
    for filter in
        ["displayName eq \"Theirs\"".to_owned(), format!("id eq \"{group}\""), format!("members.value eq \"{user}\"")]
    {
        ours.find("/Groups", &filter).empty_list();
    }
    for path in ["/.search", "/Users/.search", "/Groups/.search"] {
        ours.post(path, json!({})).expect(200).says("/totalResults", 0);
    }
    ours.get("").expect(200).says("/totalResults", 0);
}

#[test]
fn a_token_of_one_node_opens_no_other() {
    let house = Appliance::start();
    let (sales, support) = (house.connect("Sales", &[]), house.connect("Support", &[]));
    let user = support.client().post("/Users", mia()).expect(201).id();
    let intruder = support.client_with(&sales.token);
    for path in ["/Users", "/Groups", "/ServiceProviderConfig", "/Schemas", &format!("/Users/{user}"), "/nothing"] {
        intruder.get(path).refused(401).detail("TOKEN_OTHER_NODE");
    }
    intruder.post("/Users", person("eve")).refused(401);
    intruder.delete(&format!("/Users/{user}")).refused(401);
    support.client().get("/Users").finds(&user).says("/Resources/0/active", true);
}

#[test]
fn a_node_or_an_id_in_the_body_moves_nothing() {
    let house = Appliance::start();
    let (sales, support) = (house.connect("Sales", &[]), house.connect("Support", &[]));
    let body =
        with(mia(), json!({ "id": "7", "node_id": support.node_id, "scim_id": support.scim_id, "state": "active" }));
    let made = sales.client().post("/Users", body).expect(201);
    assert_ne!(made.id(), "7");
    support.client().get("/Users").empty_list();
    let id = made.id();
    let changed = pathless(json!({ "id": "8", "meta": { "created": "x" }, "node_id": support.node_id }));
    sales.client().patch(&format!("/Users/{id}"), changed).expect(200).says("/id", id);
}

/// Stands in everything that the other node has, and in nothing that is asked.
const MARK: &str = "zq7only";

/// All that somebody with a token of another node can try, who knows the ids.
fn probes(user: &str, group: &str, cursor: &str) -> Vec<(&'static str, String, Option<String>)> {
    let (one_user, one_group) = (format!("/Users/{user}"), format!("/Groups/{group}"));
    let mut all = Vec::new();
    let queries =
        ["", "?attributes=userName,displayName,members", "?excludedAttributes=meta", "?filter=id%20pr", "?count=1"];
    for path in [&one_user, &one_group] {
        for query in queries {
            all.push(("GET", format!("{path}{query}"), None));
            all.push(("HEAD", format!("{path}{query}"), None));
        }
        all.push(("DELETE", path.clone(), None));
        let resource = if path == &one_user { person("eve") } else { team("Eve") };
        all.push(("PUT", path.clone(), Some(resource.to_string())));
        for attribute in ["active", "displayName", "userName", "externalId", "members", "groups", "emails", "title"] {
            for verb in ["add", "replace", "remove"] {
                let body = match attribute {
                    "active" => op(verb, attribute, false),
                    "members" => op(verb, attribute, refs(&[user])),
                    "groups" => op(verb, attribute, refs(&[group])),
                    "emails" => op(verb, attribute, json!([{ "value": "eve@acme.test" }])),
                    _ => op(verb, attribute, "Eve"),
                };
                all.push(("PATCH", path.clone(), Some(body.to_string())));
            }
        }
        all.push(("PATCH", path.clone(), Some(ops(json!([])).to_string())));
        all.push(("PATCH", path.clone(), Some(pathless(json!({ "active": false })).to_string())));
    }
    for place in ["/Users", "/Groups", ""] {
        for filter in ["id pr", "externalId pr", "meta.created gt \"2000-01-01T00:00:00Z\"", "displayName co \"q7o\""] {
            let filter = crate::idp_clients::encoded(filter);
            all.push(("GET", format!("{place}?filter={filter}"), None));
            all.push(("GET", format!("{place}?filter={filter}&startIndex=1&count=1"), None));
        }
        all.push(("GET", format!("{place}?cursor={cursor}"), None));
        all.push(("GET", format!("{place}?sortBy=displayName"), None));
        let search = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": "id pr" });
        all.push(("POST", format!("{place}/.search"), Some(search.to_string())));
    }
    for holds in [json!({ "members": refs(&[user]) }), json!({ "members": refs(&[group]) })] {
        all.push(("POST", "/Groups".to_owned(), Some(with(team("Eve"), holds).to_string())));
    }
    all.push(("POST", "/Users".to_owned(), Some(with(person("eve"), json!({ "groups": refs(&[group]) })).to_string())));
    all.push(("GET", "/Me".to_owned(), None));
    let bulk = |method: &str, path: &str, data: serde_json::Value| {
        let operation = json!({ "method": method, "path": path, "bulkId": "b", "data": data });
        let whole =
            json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": [operation] });
        ("POST", "/Bulk".to_owned(), Some(whole.to_string()))
    };
    for (path, resource) in [(&one_user, person("eve")), (&one_group, team("Eve"))] {
        all.push(bulk("DELETE", path, json!(null)));
        all.push(bulk("PUT", path, resource));
        all.push(bulk("PATCH", path, op("replace", "displayName", "Eve")));
        all.push(bulk("PATCH", path, pathless(json!({ "active": false }))));
        // A path that leaves its own node, as a whole and as a part.
        all.push(("GET", format!("/Users/..{path}"), None));
        all.push(("GET", format!("/%2e%2e{path}"), None));
    }
    all
}

#[test]
fn no_probe_of_another_node_shows_or_changes_anything() {
    let house = Appliance::start();
    let victim = house.connect("Victim", &["--preset", "rfc"]);
    let theirs = victim.client();
    let marked = json!({ "displayName": MARK, "externalId": format!("{MARK}-x"), "userName": format!("{MARK}@acme.test"),
        "emails": [{ "value": format!("{MARK}@acme.test"), "primary": true }] });
    let user = theirs.post("/Users", with(mia(), marked)).expect(201).id();
    theirs.post("/Users", with(person("ann"), json!({ "displayName": MARK }))).expect(201);
    let members = json!({ "displayName": MARK, "members": refs(&[&user]) });
    let group = theirs.post("/Groups", with(team("Theirs"), members)).expect(201).id();
    let cursor = theirs.get("/Users?cursor&count=1").expect(200).at("/nextCursor").as_str().unwrap().to_owned();
    let all_of_theirs = || ["/Users?count=100", "/Groups?count=100"].map(|path| theirs.get(path).expect(200).text);
    let before = all_of_theirs();
    assert!(before.iter().all(|text| text.contains(MARK)));

    let mut tried = 0;
    let presets: [&[&str]; 3] = [&[], &["--preset", "rfc"], &["--preset", "rfc", "--tolerance", "strict"]];
    for (n, settings) in presets.into_iter().enumerate() {
        let own = house.connect(&format!("Intruder {n}"), settings).client();
        for (method, path, body) in probes(&user, &group, &cursor) {
            let reply = match body.clone() {
                Some(body) => own.send(method, &path, body),
                None => own.send(method, &path, ()),
            };
            assert!(!reply.text.contains(MARK), "{method} {path} {body:?}: {}", reply.text);
            let names_it = path.contains(&user) || path.contains(&group);
            assert!(!names_it || reply.status >= 400, "{method} {path} {body:?}: {} {}", reply.status, reply.text);
            // RFC 7644, section 3.11: `/Me` may be refused as not implemented.
            assert!(reply.status < 500 || path == "/Me", "{method} {path} {body:?}: {} {}", reply.status, reply.text);
            tried += 1;
        }
    }
    assert!(tried >= 3 * 123, "{tried} probes");
    assert_eq!(all_of_theirs(), before);
}
