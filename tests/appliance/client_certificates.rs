//! Client certificates as each connection wants them: needed or not, and in which names.

use crate::appliance::{Appliance, eventually};
use crate::connected::Connected;
use crate::people::mia;
use crate::push_fixture::{Files, has_done, person as pushed, push, record};
use crate::tls::{Certified, curl};
use serde_json::json;

/// An answer to curl with a token, and with a certificate if there is one.
fn asked(files: &Certified, house: &Appliance, sales: &Connected, shown: Option<&Certified>) -> String {
    let (url, bearer) =
        (house.url(&format!("{}/Users", sales.path())), format!("Authorization: Bearer {}", sales.token));
    let mut arguments = vec!["--cacert".to_owned(), files.path("ca.pem"), "-H".to_owned(), bearer, url];
    if let Some(shown) = shown {
        let (certificate, key) = (shown.path("certificate.pem"), shown.path("key.pem"));
        arguments.extend(["--cert".to_owned(), certificate, "--key".to_owned(), key]);
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    curl(&arguments).ok().stdout
}

#[test]
fn each_connection_says_whether_it_needs_a_client_certificate_and_in_which_names() {
    let (files, strangers) = (Certified::new(), "scimbox_wrong");
    let house = files.start(&["--client-ca", &files.path("ca.pem")]);
    let okta = files.another(&["Okta.Example.com", "10.1.2.3"]);
    let free = house.connect("Free", &["--client-cert", "off"]);
    let bound = house.connect("Bound", &["--client-cert-name", "okta.example.com"]);
    let plain = house.connect("Plain", &[]);
    let says = |answer: String, status: &str, code: &str| {
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")) && answer.contains(code), "{answer}");
    };
    let ask = |sales: &Connected, shown| asked(&files, &house, sales, shown);
    says(ask(&free, None), "200", "totalResults");
    says(ask(&free, Some(&okta)), "200", "totalResults");
    says(ask(&bound, Some(&okta)), "200", "totalResults");
    says(ask(&bound, Some(&files)), "403", "[CLIENT_CERTIFICATE_NOT_ALLOWED]");
    says(ask(&bound, Some(&files)), "403", "localhost");
    says(ask(&bound, None), "403", "[NO_CLIENT_CERTIFICATE]");
    says(ask(&plain, None), "403", "NO_CLIENT_CERTIFICATE");
    says(ask(&plain, Some(&files)), "200", "totalResults");
    // Who has no genuine token learns from no answer which connection is open.
    let wrong = |of: &Connected| {
        let guess = Connected { token: strangers.to_owned(), ..of.clone() };
        let (head, body) = ask(&guess, None).split_once("\r\n\r\n").map(|(h, b)| (h.to_owned(), b.to_owned())).unwrap();
        assert!(head.starts_with("HTTP/1.1 403"), "{head}");
        body
    };
    assert_eq!(wrong(&free), wrong(&bound));
    // The open connection opens no other one.
    says(ask(&Connected { token: free.token.clone(), ..plain.clone() }, None), "401", "TOKEN_OTHER_NODE");
    eventually("the refusal is kept", || {
        let kept = house.json(&["requests", "list"]).to_string();
        kept.contains("CLIENT_CERTIFICATE_NOT_ALLOWED").then_some(())
    });
    let view = |of: &Connected| house.json(&["scim", "view", &of.scim_id]);
    assert_eq!(
        (&view(&free)["client_cert"], &view(&bound)["client_cert_names"]),
        (&json!("off"), &json!("okta.example.com"))
    );
    assert_eq!((&view(&plain)["client_cert"], &view(&bound)["client_cert"]), (&json!(null), &json!(null)));
    // A change counts from the next request and stands in the audit log.
    house
        .run(&["scim", "edit", &free.scim_id, "--client-cert", "required", "--client-cert-name", "a.test,10.1.2.3"])
        .ok();
    says(ask(&free, None), "403", "[NO_CLIENT_CERTIFICATE]");
    says(ask(&free, Some(&okta)), "200", "totalResults");
    house.run(&["scim", "edit", &free.scim_id, "--client-cert-name", "a.test", "--client-cert-name", "b.test"]).ok();
    says(ask(&free, Some(&okta)), "403", "[CLIENT_CERTIFICATE_NOT_ALLOWED]");
    house.run(&["scim", "edit", &free.scim_id, "--client-cert-name", ""]).ok();
    says(ask(&free, Some(&okta)), "200", "totalResults");
    let log = house.json(&["audit", "list", "--event", "scim_updated"]).to_string();
    assert!(log.contains("client_cert_names") && log.contains("a.test, b.test") && log.contains("required"), "{log}");
    house.run(&["scim", "edit", &free.scim_id, "--client-cert", "maybe"]).fails(2);
}

#[test]
fn a_push_of_the_appliance_to_itself_needs_no_name_on_the_list_of_its_connection() {
    let files = Certified::new();
    let house = files.start(&["--client-ca", &files.path("ca.pem")]);
    let (people, target) =
        (Files::new(), house.connect("Sales", &["--client-cert", "required", "--client-cert-name", "x.test"]));
    let path = people.write("people.json", json!({ "users": [pushed("ada", &[])] }).to_string());
    record(&house, "people", &target, &path, &[]);
    has_done(&push(&house, &target, "people", &["--yes"]), &[("/users/created", 1)]);
}

#[test]
fn a_connection_that_needs_a_certificate_lets_nobody_in_where_the_server_asks_for_none() {
    let house = Appliance::start();
    let console = house.console();
    let sales = house.rfc();
    sales.client().get("/Users").expect(200);
    console.edit(&sales, json!({ "client_cert": "required" })).expect(200).says("/settings/client_cert", "required");
    let refused = sales.client().get("/Users").refused(403);
    refused.detail("--client-ca").detail("[NO_CLIENT_CERTIFICATE]").lacks("/scimType");
    console.view(&sales).says("/exchanges/0/code", "NO_CLIENT_CERTIFICATE");
    let noted = console.get("/audit?event=scim_access_failure").expect(200).text;
    assert!(noted.contains("NO_CLIENT_CERTIFICATE"), "{noted}");
    console.edit(&sales, json!({ "client_cert": "server", "client_cert_names": "idp.test" })).expect(200);
    sales.client().post("/Users", mia()).refused(403);
    console.edit(&sales, json!({ "client_cert_names": "" })).expect(200).lacks("/settings/client_cert_names");
    sales.client().post("/Users", mia()).expect(201);
    for wrong in [json!({ "client_cert": "always" }), json!({ "client_cert_names": "a,".repeat(101) })] {
        console.edit(&sales, wrong).fails(400, "INVALID");
    }
}
