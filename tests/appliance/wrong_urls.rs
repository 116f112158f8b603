//! Requests with a genuine token at a wrong URL: shown at the connection of the token, answered like a stranger's.

use crate::appliance::Appliance;
use crate::idp_clients::Client;
use serde_json::{Value, json};

/// Code, status and path of what a page of a connection shows, newest first.
fn shown(view: &Value) -> Vec<(String, u64, String)> {
    let text = |one: &Value, name: &str| one[name].as_str().unwrap_or_default().to_owned();
    let exchanges = view["exchanges"].as_array().unwrap();
    exchanges.iter().map(|one| (text(one, "code"), one["status"].as_u64().unwrap(), text(one, "path"))).collect()
}

#[test]
fn a_request_with_the_token_at_a_wrong_url_is_shown_at_its_connection_with_the_right_one() {
    let house = Appliance::start();
    let (console, sales, support) = (house.console(), house.connect("Sales", &[]), house.connect("Support", &[]));
    let okta = |token: &str| Client::bearer(&house.url(""), token).okta();
    let (client, stranger) = (okta(&sales.token), okta("scimbox_nothing"));
    let scim = "/api/rest/scim/v2";
    for (path, status) in [
        (format!("{scim}/{}/Users", support.node_id), 401),
        (format!("{scim}/100000000000001/Users"), 401),
        (format!("{scim}/Users"), 401),
        ("/scim/v2/Users".to_owned(), 404),
        ("/Users".to_owned(), 404),
        ("/api/v1/scim/Users".to_owned(), 404),
    ] {
        let reply = client.get(&path).expect(status);
        let like = stranger.get(&path).expect(status);
        if status == 404 {
            assert_eq!(reply.text, like.text);
            assert_eq!(reply.header("x-request-id").len(), like.header("x-request-id").len());
        } else {
            reply.detail("TOKEN_OTHER_NODE");
        }
        let view = console.view(&sales).json();
        assert_eq!(shown(&view)[0], ("WRONG_URL".to_owned(), u64::from(status), path.clone()), "{view}");
        let detail = view["exchanges"][0]["detail"].as_str().unwrap();
        assert!(detail.contains(&path) && detail.contains(&format!("{},", sales.url)), "{detail}");
    }
    // Nobody else sees them, and of a stranger nothing is shown that was not shown before.
    let seen = shown(&console.view(&support).json());
    assert!(seen.iter().all(|(code, ..)| code == "TOKEN_UNKNOWN"), "{seen:?}");
    let list =
        |of: &str| console.get(&format!("/requests?{of}")).expect(200).at("/requests").as_array().unwrap().clone();
    let own = list(&format!("node_id={}", sales.node_id));
    assert_eq!(own.len(), 6);
    assert!(
        own.iter().all(|one| one["scim_id"] == json!(sales.scim_id.parse::<i64>().unwrap()) && one["noise"] == false),
        "{own:?}"
    );
    assert!(list("").iter().all(|one| one["code"] != "WRONG_URL" || one["noise"] == false));
    assert!(!list("").iter().any(|one| one["noise"] == true && one["path"] == "/scim/v2/Users"));
    let one = console.get(&format!("/requests/{}", own[0]["request_id"].as_str().unwrap())).expect(200);
    assert!(one.at("/explain/0/advice").as_str().unwrap().contains("Okta, the application"), "{}", one.text);
    console.view(&sales).says("/attention", "FAILING").says("/state", "pending");
}

#[test]
fn a_token_that_only_looks_genuine_leaves_no_trace_outside_of_scim() {
    let (house, other) = (Appliance::start(), Appliance::start());
    let (console, sales, theirs) = (house.console(), house.connect("Sales", &[]), other.connect("Sales", &[]));
    for token in [&*theirs.token, "scimbox_x", ""] {
        Client::bearer(&house.url(""), token).get("/scim/v2/Users").expect(404);
    }
    Client::plain(&house.url("")).get("/scim/v2/Users").expect(404);
    assert_eq!(console.get("/requests").expect(200).at("/requests"), json!([]));
    assert_eq!(console.view(&sales).at("/exchanges"), json!([]));
}

#[test]
fn a_draft_shows_it_too_and_a_token_that_has_ended_says_that() {
    let house = Appliance::start();
    let console = house.console();
    let draft = console.generate(&console.node("Sales"), json!({}));
    Client::bearer(&house.url(""), &draft.token).get("/scim/v2/Users").expect(404);
    Client::bearer(&house.url("/api/rest/scim/v2"), &draft.token).get("/Users").expect(401).detail("TOKEN_NOT_SAVED");
    let view = console.view(&draft).json();
    assert!(shown(&view).iter().all(|(code, ..)| code == "WRONG_URL") && shown(&view).len() == 2, "{view}");
    console.save(&draft);
    console.rotate(&draft, "now");
    Client::bearer(&house.url("/api/rest/scim/v2"), &draft.token).get("/Users").expect(401).detail("TOKEN_EXPIRED");
    assert_eq!(shown(&console.view(&draft).json())[0].0, "TOKEN_EXPIRED");
}
