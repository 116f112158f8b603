//! The pictures of the documentation, made anew by one command: `cargo test --test browser -- --ignored screenshots`.

use crate::appliance::Appliance;
use crate::catalogue::{BOTH, Language};
use crate::page::Page;
use crate::provider::Okta;
use crate::walk;
use serde_json::{Value, json};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/screens");
const PEOPLE: [(&str, &str); 8] = [
    ("ada", "Ada Lovelace"),
    ("grace", "Grace Hopper"),
    ("haru", "田中 春"),
    ("joan", "Joan Clarke"),
    ("kai", "Kai Berg"),
    ("mei", "佐藤 芽衣"),
    ("rosa", "Rosa Alvarez"),
    ("tom", "Tom Kilburn"),
];

/// A connection of a node with everything captured.
fn connect(appliance: &Appliance, node: &str, idp: &str, more: &[&str]) -> (Value, Okta) {
    let node = appliance.node(node);
    let usual = ["scim", "create", "--node", &node, "--idp", idp, "--capture", "full"];
    let made = appliance.json(&[&usual[..], more].concat());
    let client = Okta::new(made["scim_url"].as_str().unwrap(), made["provisioning_token"].as_str().unwrap());
    (made, client)
}

/// What a first sync leaves: people, teams, somebody who left, and a few requests that were refused.
fn syncs(okta: &Okta) {
    let found = |name: &str| format!("/Users?filter=userName%20eq%20%22{name}%40corp.example%22");
    let ids = PEOPLE.map(|(name, full)| {
        okta.get(&found(name));
        let (given, family) = full.split_once(' ').unwrap();
        okta.post(
            "/Users",
            &json!({ "userName": format!("{name}@corp.example"), "displayName": full, "externalId": format!("00u{name}"),
                "name": { "givenName": given, "familyName": family }, "active": true }),
        )
    });
    let members = |which: &[usize]| which.iter().map(|n| json!({ "value": ids[*n] })).collect::<Vec<_>>();
    okta.post("/Groups", &json!({ "displayName": "Engineering", "members": members(&[0, 1, 3, 7]) }));
    okta.post("/Groups", &json!({ "displayName": "営業", "members": members(&[2, 5]) }));
    okta.get(&found("nobody"));
    okta.try_post("/Users", &json!({ "userName": "ada@corp.example", "externalId": "00uother" }));
    okta.with("scimbox_wrong").get("/Users");
}

#[test]
#[ignore = "writes the pictures of the documentation"]
fn screenshots() {
    std::fs::create_dir_all(FOLDER).unwrap();
    for language in BOTH {
        let Some(page) = Page::open(language) else { return };
        take(&page, language);
    }
}

fn take(page: &Page, language: Language) {
    let appliance = Appliance::with_admin();
    let (sales, okta) = connect(&appliance, "Sales", "okta", &["--approval", "manual"]);
    let (waiting, entra) = connect(&appliance, "Tokyo", "entra", &[]);
    appliance.node("Berlin");
    syncs(&okta);
    entra.get("/ServiceProviderConfig");
    walk::sign_in(page, &appliance, "/ui/");
    let shot = |name: &str, path: &str, ready: &str| {
        page.go(&appliance.url(path));
        page.until("document.querySelector('h1') && !document.querySelector('.skeleton')");
        page.until(ready);
        let file = format!("{FOLDER}/{name}.{}.webp", language.code());
        std::fs::write(file, page.picture()).unwrap();
    };
    let there = |name: &str| format!("document.querySelector('[data-t=\"{name}\"]')");
    shot("overview", "/ui/", "true");
    shot("connection", &format!("/ui/connections/{}", waiting["scim_id"]), "true");
    shot("requests", &format!("/ui/connections/{}?tab=requests", sales["scim_id"]), &there("request.row"));
    let listed = appliance.json(&["requests", "list", "--limit", "100"]);
    let of = |summary: &str| {
        let is_it = |one: &&Value| one["summary"].as_str().unwrap().contains(summary);
        listed.as_array().unwrap().iter().find(is_it).unwrap()["request_id"].as_str().unwrap().to_owned()
    };
    shot("request", &format!("/ui/requests/{}", of("could not create")), &there("request.advice"));
    shot("effect", &format!("/ui/requests/{}?tab=effect", of("created Engineering")), &there("request.effect"));
    shot("users", "/ui/users", &there("users.search"));
    shot("approvals", "/ui/approvals", &there("approvals.team"));
    shot("audit", "/ui/audit", "true");
}
