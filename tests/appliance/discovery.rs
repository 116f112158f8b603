//! Discovery announces what is stored and answered, and no more than a client can bear.

use crate::appliance::Appliance;
use crate::people::*;
use serde_json::{Value, json};

/// The attributes of a schema that are announced, each with its parts.
#[track_caller]
fn announced(client: &crate::idp_clients::Client, schema: &str) -> Value {
    client.get(&format!("/Schemas/{schema}")).expect(200).at("/attributes")
}

fn named<'a>(attributes: &'a Value, name: &str) -> Option<&'a Value> {
    attributes.as_array().unwrap().iter().find(|attribute| attribute["name"] == name)
}

#[test]
fn schemas_announce_what_is_stored_and_answered_and_nothing_else() {
    let house = Appliance::start();
    for (idp, display) in [("okta", true), ("entra", false)] {
        let client = house.connect(idp, &["--idp", idp]).client();
        let user = announced(&client, USER);
        assert_eq!(named(&user, "password"), None);
        let emails = named(&user, "emails").unwrap();
        assert_eq!(named(&emails["subAttributes"], "display").is_some(), display, "{idp}");
        assert!(named(&named(&user, "phoneNumbers").unwrap()["subAttributes"], "display").is_some());
        // Every single text that is announced as writable comes back as it was sent.
        let mut body = person("mia");
        for attribute in user.as_array().unwrap() {
            if attribute["type"] == "string"
                && attribute["mutability"] == "readWrite"
                && attribute["name"] != "userName"
            {
                body[attribute["name"].as_str().unwrap()] = json!(format!("a {}", attribute["name"]));
            }
        }
        body["userName"] = json!(format!("mia@{idp}.test"));
        let made = client.post("/Users", with(body.clone(), json!({ "password": "secret secret" }))).expect(201);
        let made = made.lacks("/password").json();
        for (name, value) in body.as_object().unwrap() {
            assert_eq!(&made[name], value, "{name}");
        }
        let all = client.get("/Schemas").expect(200);
        assert!(!all.text.contains("\"password\""), "in no schema");
    }
}

#[test]
fn a_minimal_announcement_holds_what_rfc_7643_has_and_no_more() {
    let house = Appliance::start();
    let config = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";
    let minimal = [
        "schemas",
        "documentationUri",
        "patch",
        "bulk",
        "filter",
        "changePassword",
        "sort",
        "etag",
        "authenticationSchemes",
        "meta",
    ];
    let keys = |client: &crate::idp_clients::Client| {
        let document = client.get("/ServiceProviderConfig").expect(200).json();
        document.as_object().unwrap().keys().cloned().collect::<Vec<_>>()
    };
    let canaille = house.connect("Canaille", &["--idp", "canaille"]);
    assert_eq!(keys(&canaille.client()), minimal);
    assert_eq!(named(&announced(&canaille.client(), config), "pagination"), None);
    let sales = house.keeper();
    assert!(keys(&sales.client()).contains(&"pagination".to_owned()));
    assert!(named(&announced(&sales.client(), config), "pagination").is_some());
    house.run(&["scim", "edit", &sales.scim_id, "--announce", "minimal"]).ok();
    assert_eq!(keys(&sales.client()), minimal, "for any client that is as strict");
    // What is not announced works all the same.
    sales.client().get("/Users?cursor=&count=1").expect(200);
}
