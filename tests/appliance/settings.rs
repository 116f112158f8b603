//! The settings of a connection: each works, for its connection alone, from the command line and from the console.

use crate::appliance::Appliance;
use crate::connected::Connected;
use crate::console::Console;
use crate::people::*;
use serde_json::{Value, json};

/// Two connections: the first as it comes, the second with a setting, once by the command line and once by the console.
fn both_ways(house: &Appliance, console: &Console, flag: &[&str], change: Value) -> [Connected; 3] {
    let usual = house.connect("Usual", &["--unique-users", "node"]);
    let flagged = house.connect("Flagged", &["--unique-users", "node"]);
    house.run(&[&["scim", "edit", &flagged.scim_id], flag].concat()).ok();
    let edited = house.connect("Edited", &["--unique-users", "node"]);
    console.edit(&edited, change).expect(200);
    [usual, flagged, edited]
}

#[test]
fn deprovision_delete_removes_users() {
    let house = Appliance::start();
    let all = both_ways(&house, &house.console(), &["--deprovision", "delete"], json!({ "deprovision": "delete" }));
    for (n, connected) in all.iter().enumerate() {
        let client = connected.client();
        let mia = client.post("/Users", mia()).expect(201).id();
        let group = with(team("Sales"), json!({ "members": refs(&[&mia]) }));
        let group = client.post("/Groups", group).expect(201).id();
        client.delete(&format!("/Users/{mia}")).expect(204);
        if n == 0 {
            client.get(&format!("/Users/{mia}")).expect(200).says("/active", false);
        } else {
            client.get(&format!("/Users/{mia}")).refused(404);
            client.delete(&format!("/Users/{mia}")).refused(404);
            client.get("/Users").empty_list();
            assert!(client.members_of(&group).is_empty());
            assert_ne!(client.post("/Users", person("mia")).expect(201).id(), mia, "ids are never used again");
        }
    }
}

#[test]
fn email_required_wants_an_address_as_user_name_or_e_mail() {
    let house = Appliance::start();
    let all = both_ways(&house, &house.console(), &["--email-required", "off"], json!({ "email_required": false }));
    for (n, connected) in all.iter().enumerate() {
        let client = connected.client();
        let nameless = json!({ "userName": "mia" });
        let reply = client.post("/Users", nameless);
        if n == 0 {
            reply.refused(400).because("invalidValue").detail("e-mail");
            client.post("/Users", with(mia(), json!({ "userName": "mia", "emails": [] }))).refused(400);
            let made = client.post("/Users", with(mia(), json!({ "userName": "mia" }))).expect(201);
            let gone = ops(json!([{ "op": "remove", "path": "emails" }]));
            client.patch(&format!("/Users/{}", made.id()), gone).refused(400).because("invalidValue");
        } else {
            reply.expect(201).says("/userName", "mia").lacks("/emails");
        }
    }
}

#[test]
fn unique_groups_refuses_a_second_group_of_the_same_name() {
    let house = Appliance::start();
    let all = both_ways(&house, &house.console(), &["--unique-groups", "on"], json!({ "unique_groups": true }));
    for (n, connected) in all.iter().enumerate() {
        connected.client().post("/Groups", team("Straße")).expect(201);
        let second = connected.client().post("/Groups", team("STRASSE"));
        if n == 0 {
            second.expect(201)
        } else {
            second.refused(409).because("uniqueness")
        };
    }
}

#[test]
fn approval_decides_who_approves() {
    let house = Appliance::start();
    let console = house.console();
    let all = both_ways(&house, &console, &["--approval", "manual"], json!({ "approval": "automatic" }));
    for connected in &all {
        connected.client().post("/Groups", team("Sales")).expect(201);
    }
    let states = || all.each_ref().map(|connected| console.teams(connected)[0]["state"].clone());
    assert_eq!(states(), ["pending", "pending", "approved"]);
    let session = crate::console::visitor(&house);
    let credentials = json!({ "email": crate::appliance::ADMIN, "password": crate::appliance::PASSWORD });
    session.post("/session", credentials).expect(200).says("/approved/teams", 1);
    assert_eq!(states(), ["approved", "pending", "approved"]);
    console.edit(&all[1], json!({ "approval": "automatic" })).expect(200);
    assert_eq!(states(), ["approved", "approved", "approved"], "what waited is approved at once");
}

#[test]
fn a_role_prefix_shows_groups_as_roles() {
    let house = Appliance::start();
    let console = house.console();
    let all = both_ways(&house, &console, &["--role-prefix", "role:"], json!({ "role_prefix": "role:" }));
    for (n, connected) in all.iter().enumerate() {
        for name in ["role:admin", "Sales", "my role:x"] {
            connected.client().post("/Groups", team(name)).expect(201).says("/displayName", name);
        }
        let roles: Vec<_> = console.teams(connected).iter().map(|team| team["role"].clone()).collect();
        assert_eq!(roles, [json!(n > 0), json!(false), json!(false)]);
    }
    console.edit(&all[2], json!({ "role_prefix": null })).expect(200).says("/settings/role_prefix", Value::Null);
    assert!(console.teams(&all[2]).iter().all(|team| team["role"] == false));
}

#[test]
fn unique_users_decides_where_a_name_is_taken() {
    let house = Appliance::start();
    let console = house.console();
    let (a, b) = (house.connect("A", &[]), house.connect("B", &[]));
    a.client().post("/Users", mia()).expect(201);
    b.client().post("/Users", mia()).refused(409).because("uniqueness");
    house.run(&["scim", "edit", &b.scim_id, "--unique-users", "node"]).ok();
    b.client().post("/Users", mia()).expect(201);
    // Back again only when nothing would collide.
    let refused = console.edit(&b, json!({ "unique_users": "appliance" })).fails(409, "USERS_COLLIDE");
    assert_eq!(refused.at("/error/detail/count"), 1);
    house.run(&["scim", "edit", &b.scim_id, "--unique-users", "appliance"]).fails(4).saying("mia@acme.test");
    let c = house.connect("C", &["--preset", "rfc"]);
    let d = house.connect("D", &["--preset", "rfc"]);
    for sandbox in [&c, &d] {
        sandbox.client().post("/Users", person("ann")).expect(201);
    }
    console.edit(&c, json!({ "unique_users": "appliance" })).expect(200);
    console.edit(&d, json!({ "unique_users": "appliance" })).fails(409, "USERS_COLLIDE");
}

#[test]
fn page_size_is_what_a_list_without_count_holds() {
    let house = Appliance::start();
    let all = both_ways(&house, &house.console(), &["--page-size", "2"], json!({ "page_size": 2 }));
    for (n, connected) in all.iter().enumerate() {
        for name in ["ann", "bob", "cid"] {
            connected.client().post("/Users", person(name)).expect(201);
        }
        let page = connected.client().get("/Users").expect(200).says("/totalResults", 3);
        assert_eq!(page.listed().len(), if n == 0 { 3 } else { 2 });
    }
    let console = Console::sign_in(&house, crate::appliance::ADMIN, crate::appliance::PASSWORD);
    for size in [json!(0), json!(10_001), json!("x")] {
        console.edit(&all[0], json!({ "page_size": size })).fails(400, "INVALID");
    }
}

#[test]
fn presets_and_identity_providers_set_what_they_promise() {
    let house = Appliance::start();
    let console = house.console();
    let keeper = json!({
        "deprovision": "lock", "email_required": true, "unique_groups": false, "approval": "sign-in",
        "role_prefix": null, "unique_users": "appliance", "page_size": 1000,
        "tolerance": "liberal", "announce": "full", "rate_limit": 100_000, "capture": "metadata",
    });
    let rfc =
        json!({ "deprovision": "delete", "email_required": false, "approval": "automatic", "unique_users": "node" });
    for (wish, expected) in [
        (json!({}), keeper.clone()),
        (json!({ "preset": "keeper", "idp": "okta" }), keeper.clone()),
        (json!({ "preset": "rfc" }), with(keeper.clone(), rfc)),
        (json!({ "idp": "entra" }), with(keeper.clone(), json!({ "unique_groups": true }))),
        (json!({ "idp": "google-function" }), with(keeper.clone(), json!({ "page_size": 10_000 }))),
        (json!({ "idp": "canaille" }), with(keeper.clone(), json!({ "announce": "minimal" }))),
        (json!({ "idp": "entra", "unique_groups": false }), keeper.clone()),
    ] {
        let node = console.node(&wish.to_string());
        let connected = console.generate(&node, wish);
        assert_eq!(console.view(&connected).at("/settings"), expected);
    }
    let offered = console.get("/idps").expect(200).json();
    let entra = offered.as_array().unwrap().iter().find(|idp| idp["name"] == "entra").unwrap();
    assert_eq!(entra["settings"], json!({ "unique_groups": true }));
}
