//! What lists and filters answer (docs/clients.md#filters, #answers-of-lists, #ids and #addresses; docs/keeper.md#what-push-clients-need, rows 5 to 7).

use crate::appliance::Appliance;
use crate::idp_clients::encoded;
use crate::people::*;
use serde_json::json;

#[test]
fn users_are_found_by_every_attribute_that_identity_providers_ask_for() {
    let house = Appliance::start();
    let sales = house.keeper();
    let entra = sales.entra();
    entra.post("/Users", person("bob")).expect(201);
    let boss = entra.post("/Users", person("ann")).expect(201).id();
    let mia = entra.post("/Users", mia()).expect(201).id();
    entra.patch(&format!("/Users/{mia}"), op("Add", "manager", boss.as_str())).expect(200);
    for filter in [
        r#"userName eq "mia@acme.test""#.to_owned(),
        r#"externalId eq "idp-mia""#.to_owned(),
        format!(r#"id eq "{mia}""#),
        r#"displayName eq "mia berg""#.to_owned(),
        r#"emails eq "mia@acme.test""#.to_owned(),
        r#"emails.value eq "mia@acme.test""#.to_owned(),
        r#"emails[type eq "work"].value eq "mia@acme.test""#.to_owned(),
        r#"emails[type eq "work" and value eq "mia@acme.test"]"#.to_owned(),
        r#"userName eq "mia@acme.test" and active eq true"#.to_owned(),
        format!(r#"id eq "{mia}" and manager eq "{boss}""#),
        format!(r#"id eq "{mia}" and {ENTERPRISE}:manager eq "{boss}""#),
        format!(r#"{USER}:userName eq "mia@acme.test""#),
    ] {
        entra.find("/Users", &filter).finds(&mia);
        let plus = encoded(&filter).replace("%20", "+");
        entra.get(&format!("/Users?filter={plus}")).finds(&mia);
    }
    entra.find("/Users", &format!(r#"id eq "{mia}" and manager eq "{mia}""#)).empty_list();
}

#[test]
fn groups_are_found_by_every_attribute_that_identity_providers_ask_for() {
    let house = Appliance::start();
    let client = house.keeper().client();
    let mia = client.post("/Users", mia()).expect(201).id();
    let group = client.post("/Groups", with(team("Sales"), json!({ "members": refs(&[&mia]) }))).expect(201).id();
    client.post("/Groups", team("Support")).expect(201);
    for filter in [
        r#"displayName eq "SALES""#.to_owned(),
        r#"externalId eq "idp-Sales""#.to_owned(),
        format!(r#"id eq "{group}""#),
        format!(r#"members eq "{mia}""#),
        format!(r#"members.value eq "{mia}""#),
        format!(r#"members[value eq "{mia}"]"#),
        format!(r#"id eq "{group}" and members eq "{mia}""#),
    ] {
        client.find("/Groups", &filter).finds(&group);
        client.get(&format!("/Groups?excludedAttributes=members&filter={}", encoded(&filter))).finds(&group);
    }
    client.find("/Users", &format!(r#"groups.value eq "{group}""#)).finds(&mia);
}

#[test]
fn a_value_without_quotes_is_understood() {
    let house = Appliance::start();
    let authentik = house.keeper().authentik();
    let mia = authentik.post("/Users", mia()).expect(201).id();
    authentik.get("/Users?filter=userName%20eq%20mia@acme.test").finds(&mia);
    authentik.get("/Users?filter=userName+eq+mia%40acme.test").finds(&mia);
    authentik.get("/Users?filter=emails+eq+mia%40acme.test").finds(&mia);
    authentik.get(&format!("/Users?filter=id+eq+{mia}")).finds(&mia);
}

#[test]
fn no_hit_is_an_empty_list_and_a_bad_filter_never_lists_everybody() {
    let house = Appliance::start();
    let client = house.keeper().client();
    client.post("/Users", mia()).expect(201);
    client.find("/Users", r#"userName eq "2f1c9a30-0000-4000-8000-000000000000""#).empty_list();
    client.find("/Groups", r#"displayName eq "nobody""#).empty_list();
    client.find("/Users", r#"externalId eq "x""#).empty_list();
    for filter in
        ["userName", "userName eq", "userName eq \"a", "(userName eq \"a\"", "shoeSize eq \"9\"", "userName is \"a\""]
    {
        client.find("/Users", filter).refused(400).because("invalidFilter");
    }
    client.find("/Users", r#"userName eq "x" or userName eq "' OR 1=1 --""#).empty_list();
}

#[test]
fn pages_are_stable_counted_and_in_the_order_of_creation() {
    let house = Appliance::start();
    let okta = house.keeper().okta();
    let made: Vec<String> = (0..7).map(|n| okta.post("/Users", person(&format!("p{n}"))).expect(201).id()).collect();
    let mut seen = Vec::new();
    for start in [1, 4, 7] {
        let page = okta.get(&format!("/Users?startIndex={start}&count=3")).expect(200);
        let page = page.says("/totalResults", 7).says("/startIndex", start);
        seen.extend(page.listed().iter().map(|r| r["id"].as_str().unwrap().to_owned()));
    }
    assert_eq!(seen, made);
    okta.patch(&format!("/Users/{}", made[0]), op("replace", "displayName", "zzz")).expect(200);
    okta.get("/Users?startIndex=1&count=1").expect(200).says("/Resources/0/id", made[0].as_str());
    let none = okta.get("/Users?count=0").expect(200).says("/totalResults", 7).says("/itemsPerPage", 0);
    assert!(none.listed().is_empty());
    let beyond = okta.get("/Users?startIndex=100&count=3").expect(200).says("/totalResults", 7);
    assert!(beyond.listed().is_empty());
    okta.get("/Users?startIndex=0&count=-1").expect(200).says("/startIndex", 1).says("/itemsPerPage", 0);
    okta.get("/Users?count=many").refused(400);
}

#[test]
fn an_empty_appliance_answers_lists_with_all_counters() {
    let house = Appliance::start();
    let client = house.keeper().client();
    for path in ["/Users", "/Groups", "/Users?startIndex=1&count=500", "/Groups?startIndex=1&count=100"] {
        client.get(path).empty_list();
    }
}

#[test]
fn ids_are_strings_that_need_no_escaping_wherever_they_stand() {
    let house = Appliance::start();
    let client = house.keeper().client();
    let mia = client.post("/Users", mia()).expect(201).id();
    let group = client.post("/Groups", with(team("Sales"), json!({ "members": refs(&[&mia]) }))).expect(201).id();
    assert!(mia.len() == 15 && mia.chars().all(|c| c.is_ascii_digit()), "{mia}");
    assert!(group.len() == 22 && group.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c)), "{group}");
    client.get(&format!("/Users/{mia}")).expect(200).says("/groups/0/value", group.as_str());
    client.get(&format!("/Groups/{group}")).expect(200).says("/members/0/value", mia.as_str());
    client.get("/Users").expect(200).says("/Resources/0/groups/0/value", group.as_str());
    client.get("/Groups").expect(200).says("/Resources/0/members/0/value", mia.as_str());
}

#[test]
fn a_user_names_its_teams_by_id_and_current_name() {
    let house = Appliance::start();
    let sales = house.keeper();
    let rauthy = sales.rauthy();
    let mia = rauthy.post("/Users", mia()).expect(201).id();
    let group = rauthy.post("/Groups", team("Sales")).expect(201).id();
    rauthy.patch(&format!("/Groups/{group}"), op("add", "members", refs(&[&mia]))).expect(204);
    let path = format!("/Users/{mia}");
    let reference = format!("{}/Groups/{group}", sales.url);
    let reply = rauthy.get(&path).expect(200).says("/groups/0/display", "Sales");
    reply.says("/groups/0/value", group.as_str()).says("/groups/0/$ref", reference);
    rauthy
        .patch(&format!("/Groups/{group}"), pathless(json!({ "displayName": "営業", "externalId": null })))
        .expect(204);
    rauthy.get(&path).expect(200).says("/groups/0/display", "営業");
    rauthy.put(&path, mia_again()).expect(200).says("/groups/0/display", "営業");
    rauthy.patch(&path, op("replace", "title", "Boss")).expect(200).says("/groups/0/display", "営業");
}

fn mia_again() -> serde_json::Value {
    with(mia(), json!({ "nickName": "Mi" }))
}

#[test]
fn urls_may_have_doubled_and_trailing_slashes_stray_parameters_and_any_letter_case() {
    let house = Appliance::start();
    let jumpcloud = house.keeper().jumpcloud();
    let mia = jumpcloud.post("//Users", mia()).expect(201).id();
    for path in [
        "/Users",
        "//Users",
        "/Users/",
        "/Users?",
        "/users",
        "/USERS/",
        "/Users?startIndex=1&",
        "/Users?aadOptscim062020",
    ] {
        jumpcloud.get(path).finds(&mia);
    }
    for path in [
        format!("//Users//{mia}"),
        format!("/Users/{mia}/"),
        format!("/users/{mia}?"),
        format!("/Users/{mia}?aadOptscim062020&"),
    ] {
        jumpcloud.get(&path).expect(200).says("/id", mia.as_str());
    }
    jumpcloud.get("/users?filter=userName+eq+%22mia%40acme.test%22&").finds(&mia);
    jumpcloud.get("/Users?FILTER=userName%20eq%20%22mia%40acme.test%22&whatever=sideways").finds(&mia);
    jumpcloud.put(&format!("//Users/{mia}/"), crate::people::mia()).expect(200);
    let group = jumpcloud.post("/groups/", team("Sales")).expect(201).id();
    jumpcloud.patch(&format!("//Groups/{group}?"), op("add", "members", refs(&[&mia]))).expect(204);
}

#[test]
fn brackets_in_a_query_need_no_encoding() {
    let house = Appliance::start();
    let sales = house.keeper();
    let mia = sales.client().post("/Users", mia()).expect(201).id();
    sales.client().get("/Users?filter=emails[type+eq+%22work%22].value+eq+%22mia@acme.test%22").finds(&mia);
}

#[test]
fn attributes_and_excluded_attributes_choose_what_is_shown() {
    let house = Appliance::start();
    let client = house.keeper().client();
    let id = client.post("/Users", mia()).expect(201).id();
    let little = client.get(&format!("/Users/{id}?attributes=userName,name.givenName")).expect(200);
    let little = little.says("/id", id.as_str()).says("/name", json!({ "givenName": "Mia" }));
    little.says("/userName", "mia@acme.test").lacks("/displayName").lacks("/emails").lacks("/groups");
    client.get("/Users?attributes=id").expect(200).says("/Resources/0/id", id.as_str()).lacks("/Resources/0/userName");
    let most = client.get(&format!("/Users/{id}?excludedAttributes=emails,DISPLAYNAME,id")).expect(200);
    most.says("/id", id.as_str()).lacks("/emails").lacks("/displayName");
    client.get("/Users?attributes=id&excludedAttributes=name").expect(400);
}

#[test]
fn the_names_of_members_are_shown_on_request() {
    let house = Appliance::start();
    let client = house.keeper().client();
    let id = client.post("/Users", mia()).expect(201).id();
    let group = client.post("/Groups", with(team("Sales"), json!({ "members": refs(&[&id]) }))).expect(201).id();
    let path = format!("/Groups/{group}");
    client.get(&path).expect(200).says("/members/0/value", id.as_str()).lacks("/members/0/display");
    let named = client.get(&format!("{path}?attributes=members.value,members.display")).expect(200);
    named.says("/members", json!([{ "value": id, "display": "mia@acme.test" }]));
    client.find("/Groups", "members.display eq \"MIA@acme.test\"").finds(&group);
}

#[test]
fn a_user_is_found_by_each_address_whatever_becomes_of_its_names() {
    let house = Appliance::start();
    let console = house.console();
    for sales in [house.keeper(), house.connect("Lab", &["--preset", "rfc"])] {
        let client = sales.client();
        let found = |email: &str| {
            let list = client.find("/Users", &format!(r#"emails.value eq "{email}""#)).expect(200).listed();
            list.iter().map(|user| user["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        let mails = json!([{ "value": "Ann@Acme.test" }, { "value": "ann@home.test" }, { "value": "ANN@home.test" }]);
        let ann = client.post("/Users", with(person("ann"), json!({ "emails": mails }))).expect(201).id();
        // Somebody else may have her name as an address, and somebody whose name is an address may have another one.
        let bob = json!({ "emails": [{ "value": "ann@acme.test" }, { "value": "bob@home.test" }] });
        let bob = client.post("/Users", with(person("bob"), bob)).expect(201).id();
        assert_eq!(found("ANN@acme.test"), [ann.clone(), bob.clone()]);
        assert_eq!((found("ann@home.test"), found("bob@home.test")), (vec![ann.clone()], vec![bob.clone()]));
        assert!(found("bob@acme.test").is_empty());
        let path = format!("/Users/{ann}");
        client.patch(&path, op("replace", "userName", "anna@acme.test")).expect(200);
        assert_eq!(found("ann@acme.test"), [ann.clone(), bob.clone()]);
        client.patch(&path, op("replace", "userName", "ann@home.test")).expect(200);
        assert_eq!(found("ann@home.test"), vec![ann.clone()]);
        client
            .patch(
                &path,
                json!({ "schemas": [PATCH], "Operations": [
            { "op": "replace", "path": "emails", "value": [{ "value": "ann@work.test" }] },
        ] }),
            )
            .expect(200);
        assert_eq!((found("ann@work.test"), found("ann@acme.test")), (vec![ann.clone()], vec![bob.clone()]));
        assert!(found("ann@home.test").is_empty());
        // In another node she is found there, by all of them, and nowhere else.
        let other = house.connect("Other", &["--preset", "rfc"]);
        let to: i64 = other.node_id.parse().unwrap();
        console.on_user(&bob, "move", json!({ "node_id": to })).expect(200);
        assert!(found("ann@acme.test").is_empty() && found("bob@home.test").is_empty());
        for email in ["ann@acme.test", "bob@home.test"] {
            other.client().find("/Users", &format!(r#"emails eq "{email}""#)).finds(&bob);
        }
        console.on_user(&ann, "lock", json!({})).expect(200);
        console.delete(&format!("/users/{ann}")).expect(204);
        assert!(found("ann@work.test").is_empty());
        let again = client.post("/Users", person("ann")).expect(201).id();
        assert_eq!(found("ann@acme.test"), [again]);
        house.run(&["scim", "delete", &other.scim_id, "--force"]).ok();
        console.on_user(&bob, "lock", json!({})).expect(200);
        console.delete(&format!("/users/{bob}")).expect(204);
        house.run(&["node", "delete", &other.node_id, "--force"]).ok();
    }
}
