//! Guard rails of the endpoint: every refusal is a SCIM error, and no input bends it.

use crate::appliance::Appliance;
use crate::idp_clients::Client;
use crate::people::*;
use crate::wire::Wire;
use serde_json::{Value, json};

#[test]
fn every_refusal_is_a_scim_error() {
    let house = Appliance::start();
    let sales = house.keeper();
    let client = sales.client();
    sales.stranger().get("/Users").refused(401);
    sales.stranger().get("/nothing/at/all").refused(401);
    client.get("/Users/4711").refused(404);
    client.get("/Groups/4711").refused(404);
    client.get("/Users/1/2/3").refused(404).detail("WRONG_PATH");
    client.get("/Robots").refused(404).detail(&sales.url);
    client.get("/Me").refused(501);
    client.post("/Bulk", json!({})).refused(400).because("invalidSyntax");
    client.post("/Users", "{").refused(400).because("invalidSyntax");
    client.post("/Users", ()).refused(400).because("invalidSyntax");
    client.post("/Users", json!({})).refused(400).because("invalidValue");
    client.post("/Users", json!({ "userName": 7 })).refused(400).because("invalidValue");
    client.post("/Users", vec![b'x'; 1_048_577]).refused(413);
    client.clone().with("Content-Encoding", "gzip").post("/Users", "x").refused(415);
    client.get("/Users?filter=x%20zz%20%22y%22").refused(400).because("invalidFilter");
    client.get("/Users?filter=password%20eq%20%22y%22").refused(403);
    let user = client.post("/Users", mia()).expect(201).id();
    let path = format!("/Users/{user}");
    client.patch(&path, op("replace", "shoeSize", 9)).refused(400).because("invalidPath");
    client.patch(&path, op("explode", "title", "x")).refused(400).because("invalidSyntax");
    client.patch(&path, op("replace", "id", "7")).refused(400).because("mutability");
    client.patch(&path, ops(json!([{ "op": "remove" }]))).refused(400).because("noTarget");
    client.patch(&path, ops(json!([{ "op": "remove", "path": "userName" }]))).refused(400).because("mutability");
    let anonymous = house.url("/api/rest/scim/v2");
    for path in ["", "/", "/x", "/x/Users", "/-1/Users", "/99999999999999999999/Users"] {
        Client::plain(&anonymous).get(path).refused(401);
        Client::bearer(&anonymous, &sales.token).get(path).refused(401);
    }
}

#[test]
fn a_method_that_does_not_fit_is_405_and_says_which_do() {
    let house = Appliance::start();
    let client = house.keeper().client();
    let mia = client.post("/Users", mia()).expect(201).id();
    for (method, path, allow) in [
        ("DELETE", "/Users".to_owned(), "GET, HEAD, POST"),
        ("PUT", "/Groups".to_owned(), "GET, HEAD, POST"),
        ("PATCH", "/Users".to_owned(), "GET, HEAD, POST"),
        ("POST", format!("/Users/{mia}"), "GET, HEAD, PUT, PATCH, DELETE"),
        ("POST", "/Schemas".to_owned(), "GET, HEAD"),
        ("DELETE", "/ServiceProviderConfig".to_owned(), "GET, HEAD"),
        ("PUT", "/ResourceTypes/User".to_owned(), "GET, HEAD"),
        ("GET", "/.search".to_owned(), "POST"),
        ("TRACE", "/Users".to_owned(), "GET, HEAD, POST"),
        ("PROPFIND", "/Users".to_owned(), "GET, HEAD, POST"),
        ("OPTIONS", "/Users".to_owned(), "GET, HEAD, POST"),
    ] {
        let reply = client.send(method, &path, ()).refused(405);
        assert_eq!(reply.header("allow"), allow, "{method} {path}");
    }
    client.get("/Users").finds(&mia);
}

#[test]
fn head_answers_like_get_without_a_body() {
    let house = Appliance::start();
    let client = house.keeper().client();
    let mia = client.post("/Users", mia()).expect(201).id();
    for path in ["/Users".to_owned(), format!("/Users/{mia}"), "/ServiceProviderConfig".to_owned()] {
        let reply = client.send("HEAD", &path, ()).expect(200);
        assert_eq!((reply.text.as_str(), reply.header("content-type")), ("", "application/scim+json"));
    }
}

#[test]
fn hostile_json_is_refused_and_changes_nothing() {
    let house = Appliance::start();
    let client = house.keeper().client();
    let deep = format!("{{\"userName\":\"a@b.test\",\"x\":{}1{}}}", "[".repeat(40), "]".repeat(40));
    let abyss = format!("{}{}", "[".repeat(300_000), "]".repeat(300_000));
    let bodies: [Vec<u8>; 13] = [
        deep.into(),
        abyss.into(),
        "{\"a\":".repeat(100_000).into(),
        br#"{"userName":"a@b.test","userName":"c@d.test"}"#.to_vec(),
        br#"{"userName":"a@b.test","USERNAME":"c@d.test"}"#.to_vec(),
        br#"{"userName":"a@b.test"} x"#.to_vec(),
        br#"{"userName":"a@b.test",}"#.to_vec(),
        br#"{"userName":"\ud800@b.test"}"#.to_vec(),
        b"{\"userName\":\"\xff\xfe@b.test\"}".to_vec(),
        b"{\"userName\":\"a\x00@b.test\"}".to_vec(),
        br#"{"userName":"a@b.test","x":1e400}"#.to_vec(),
        br#"{"userName":"a@b.test","x":NaN}"#.to_vec(),
        br#"["userName"]"#.to_vec(),
    ];
    for body in bodies {
        client.post("/Users", body).refused(400).because("invalidSyntax");
    }
    client.get("/Users").empty_list();
    // A byte order mark is no crime, and neither is depth that a schema could have.
    client.post("/Users", "\u{feff}{\"userName\":\"bom@b.test\"}").expect(201);
}

#[test]
fn names_that_could_deceive_are_refused() {
    let house = Appliance::start();
    let client = house.connect("Sales", &["--email-required", "off"]).client();
    for name in [
        "",
        " mia",
        "mia ",
        "mi\u{0}a",
        "mi\na",
        "mi\u{202e}a",
        "mi\u{200b}a",
        "\u{feff}mia",
        "mi\u{e0041}a",
        "mia\u{fdd0}",
    ] {
        let reply = client.post("/Users", json!({ "userName": name })).refused(400);
        reply.because("invalidValue");
    }
    client.post("/Users", json!({ "userName": "x".repeat(300) })).refused(400).because("invalidValue");
    // The same person in other letters of the same name.
    client.post("/Users", json!({ "userName": "stra\u{df}e" })).expect(201);
    client.post("/Users", json!({ "userName": "STRASSE" })).refused(409).because("uniqueness");
    client.post("/Users", json!({ "userName": "ｓｔｒａｓｓｅ" })).refused(409).because("uniqueness");
}

#[test]
fn limits_are_told_and_kept() {
    let house = Appliance::start();
    let client = house.keeper().client();
    let path = format!("/Users/{}", client.post("/Users", mia()).expect(201).id());
    let one = json!({ "op": "replace", "path": "title", "value": "x" });
    client.patch(&path, ops(Value::Array(vec![one.clone(); 1000]))).expect(200);
    client.patch(&path, ops(Value::Array(vec![one; 1001]))).refused(400);
    client.patch(&path, op("replace", "title", "x".repeat(65_536))).expect(200);
    client.patch(&path, op("replace", "title", "x".repeat(65_537))).refused(400).because("invalidValue");
    let numbers: Vec<Value> = (0..1001).map(|n| json!({ "value": n.to_string() })).collect();
    client.patch(&path, op("replace", "phoneNumbers", numbers[..1000].to_vec())).expect(200);
    client.patch(&path, op("replace", "phoneNumbers", numbers.clone())).refused(400).because("invalidValue");
    client.patch(&path, op("add", "phoneNumbers", numbers[1000..].to_vec())).refused(400).because("invalidValue");
    client.patch(&path, op("replace", "externalId", "x".repeat(1025))).refused(400).because("invalidValue");
    let long = format!("userName eq \"{}\"", "x".repeat(20_000));
    let status = client.find("/Users", &long).status;
    assert!([200, 400, 414, 431].contains(&status), "{status}");
    let nested = format!("{}active eq true{}", "(".repeat(500), ")".repeat(500));
    client.find("/Users", &nested).refused(400);
    let wide = vec!["active eq true"; 400].join(" and ");
    let status = client.find("/Users", &wide).status;
    assert!([200, 400].contains(&status), "{status}");
}

#[test]
fn a_body_that_is_announced_too_large_is_refused() {
    let house = Appliance::start();
    let sales = house.keeper();
    let head = format!("POST {}/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n", sales.path(), sales.token);
    let mut wire = Wire::open(&house);
    wire.send(format!("{head}Transfer-Encoding: chunked\r\n\r\n"));
    for _ in 0..20 {
        wire.send(format!("{:x}\r\n{}\r\n", 65_536, "x".repeat(65_536)));
    }
    wire.send("0\r\n\r\n").reply().refused(413);
}

#[test]
fn a_head_or_a_body_that_does_not_come_is_given_up() {
    let house = Appliance::start();
    let sales = house.keeper();
    let head = format!("POST {}/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n", sales.path(), sales.token);
    let (mut half_a_head, mut half_a_body) = (Wire::open(&house), Wire::open(&house));
    half_a_body.send(format!("{head}Content-Length: 100\r\n\r\n{{\"userName\":"));
    half_a_head.send(&head);
    assert!(!half_a_head.rest().contains("HTTP/1.1 2"));
    half_a_body.reply().refused(408);
    sales.client().get("/Users").empty_list();
}

#[test]
fn broken_framing_never_gives_two_answers_to_one_request() {
    let house = Appliance::start();
    let sales = house.keeper();
    let head = format!("POST {}/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n", sales.path(), sales.token);
    for framing in [
        "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "Content-Length: 4\r\nContent-Length: 5\r\n\r\nxxxx",
        "Content-Length : 4\r\n\r\nxxxx",
        "Content-Length: -1\r\n\r\n",
        "Content-Length: 4\r\n folded: x\r\n\r\nxxxx",
        "X: a\0b\r\nContent-Length: 0\r\n\r\n",
        "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
    ] {
        let mut wire = Wire::open(&house);
        wire.send(format!("{head}{framing}")).finish();
        let answers = wire.rest();
        assert!(answers.matches("HTTP/1.1 ").count() <= 1, "{framing:?}: {answers}");
        assert!(!answers.contains("HTTP/1.1 2"), "{framing:?}: {answers}");
    }
    sales.client().get("/Users").empty_list();
}

#[test]
fn no_other_site_is_told_that_it_may_read() {
    let house = Appliance::start();
    let sales = house.keeper();
    let page = sales.client().with("Origin", "https://evil.test").with("Access-Control-Request-Method", "POST");
    let replies = [
        page.get("/Users"),
        page.send("OPTIONS", "/Users", ()),
        page.clone().without("Authorization").send("OPTIONS", "/Users", ()),
        crate::console::visitor(&house).with("Origin", "https://evil.test").send("OPTIONS", "/session", ()),
        Client::plain(&house.url("")).with("Origin", "https://evil.test").get("/ui/"),
    ];
    for reply in replies {
        let cors: Vec<_> = reply.headers.keys().filter(|name| name.as_str().starts_with("access-control")).collect();
        assert!(cors.is_empty(), "{}: {cors:?}", reply.asked);
    }
}

#[test]
fn a_panic_or_a_failure_never_shows_its_insides() {
    let house = Appliance::start();
    let client = house.keeper().client();
    for reply in [client.post("/Users", "{"), client.find("/Users", "x"), client.get("/Users/'%20OR%201=1--")] {
        for word in ["sqlite", "SELECT", "panicked", ".rs:", "rusqlite"] {
            assert!(!reply.text.contains(word), "{}: {}", reply.asked, reply.text);
        }
    }
    assert!(!house.stderr().contains("panicked"), "{}", house.stderr());
}
