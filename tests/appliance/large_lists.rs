//! What is large: groups of thousands and lists of many pages answer as small ones do.

use crate::appliance::Appliance;
use crate::people::*;
use serde_json::{Value, json};

const BULK: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";

/// Adds as many users in bulk; their ids.
fn many(client: &crate::idp_clients::Client, count: usize) -> Vec<String> {
    let all: Vec<usize> = (0..count).collect();
    let mut ids = Vec::with_capacity(count);
    for some in all.chunks(500) {
        let operations: Value = some
            .iter()
            .map(|n| json!({ "method": "POST", "path": "/Users", "bulkId": n.to_string(), "data": person(&format!("u{n}")) }))
            .collect();
        let done = client.post("/Bulk", json!({ "schemas": [BULK], "Operations": operations })).expect(200);
        for outcome in done.at("/Operations").as_array().unwrap() {
            assert_eq!(outcome["status"], "201", "{outcome}");
            ids.push(outcome["location"].as_str().unwrap().rsplit('/').next().unwrap().to_owned());
        }
    }
    ids
}

#[test]
fn a_group_of_thousands_is_read_whole_with_its_length_and_changes_member_by_member() {
    let house = Appliance::start();
    let client = house.rfc().client();
    let ids = many(&client, 2500);
    let group = client.post("/Groups", with(team("All"), json!({ "members": refs(&ids) }))).expect(201).id();
    let path = format!("/Groups/{group}");
    let whole = client.get(&path).expect(200).says("/displayName", "All");
    assert_eq!(whole.header("content-length").parse::<usize>().unwrap(), whole.text.len());
    let members = whole.at("/members");
    let shown: Vec<&str> = members.as_array().unwrap().iter().map(|m| m["value"].as_str().unwrap()).collect();
    assert_eq!(shown, ids.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(members[2499]["$ref"].as_str().unwrap().rsplit('/').next(), Some(ids[2499].as_str()));
    let projected = client.get(&format!("{path}?attributes=members")).expect(200);
    assert_eq!(projected.at("/members"), members, "made piece by piece or at once, it is the same");
    let tag = whole.header("etag").to_owned();
    client
        .patch(&path, ops(json!([{ "op": "remove", "path": format!("members[value eq \"{}\"]", ids[7]) }])))
        .expect(204);
    let after = client.get(&path).expect(200);
    assert_eq!(after.at("/members").as_array().unwrap().len(), 2499);
    assert_ne!(after.header("etag"), tag);
    client.get(&format!("{path}?excludedAttributes=members")).expect(200).lacks("/members");
    let head = client.send("HEAD", &path, ()).expect(200);
    assert_eq!((head.text.as_str(), head.header("etag")), ("", after.header("etag")));
}

#[test]
fn any_page_of_a_long_list_is_right_in_any_order_of_asking() {
    let house = Appliance::start();
    let client = house.rfc().client();
    let ids = many(&client, 1000);
    for start in [1, 901, 301, 301, 951, 1000, 101, 1001, 302, 300] {
        let page = client.get(&format!("/Users?startIndex={start}&count=100")).expect(200).says("/totalResults", 1000);
        let shown: Vec<String> = page.listed().iter().map(|u| u["id"].as_str().unwrap().to_owned()).collect();
        assert_eq!(shown, ids.iter().skip(start - 1).take(100).cloned().collect::<Vec<_>>(), "from {start}");
    }
    client.delete(&format!("/Users/{}", ids[150])).expect(204);
    let page = client.get("/Users?startIndex=301&count=1").expect(200);
    assert_eq!(page.listed()[0]["id"], ids[301].as_str(), "what left the list moved the others up");
}
