//! The process: where it may listen, whom it believes, how it stops, and what it leaves on disk and in the log.

use crate::appliance::{Appliance, PASSWORD, eventually, has_file, run, scimbox};
use crate::idp_clients::Client;
use crate::people::*;
use crate::wire::Wire;
use rustix::process::Signal;
use serde_json::json;
use std::os::unix::fs::PermissionsExt;

#[test]
fn listening_beyond_this_machine_without_tls_has_to_be_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let refused = run(scimbox(&data).args(["serve", "--listen", address]), "").fails(5);
        assert!(refused.stderr.contains("--insecure-http") && refused.stdout.is_empty(), "{}", refused.stderr);
    }
    assert!(!data.exists(), "refused before anything is made");
    let house = Appliance::start_with(&["--listen", "0.0.0.0:0", "--insecure-http"]);
    let port = house.address.strip_prefix("0.0.0.0:").unwrap();
    let reachable = Client::plain(&format!("http://127.0.0.1:{port}"));
    let seen = reachable.get("/api/v1/status").expect(200);
    seen.says("/base_url", format!("http://127.0.0.1:{port}")).says("/insecure", true);
    let named = Appliance::start_with(&["--listen", "0.0.0.0:0", "--insecure-http", "--base-url", "http://scim.lan"]);
    let port = named.address.strip_prefix("0.0.0.0:").unwrap();
    let status = Client::plain(&format!("http://127.0.0.1:{port}")).get("/api/v1/status");
    status.says("/insecure", true).says("/base_url", "http://scim.lan");
}

#[test]
fn a_data_folder_is_served_once_at_a_time() {
    if !has_file() {
        return;
    }
    let house = Appliance::start();
    let second = run(scimbox(&house.data()).args(["serve", "--listen", "127.0.0.1:0"]), "").fails(4);
    assert!(second.stderr.contains("already") && second.stdout.is_empty(), "{}", second.stderr);
    house.keeper().client().get("/Users").expect(200);
    let mut house = house;
    house.crash();
    house.again().keeper_named("Support").client().get("/Users").expect(200);
}

impl Appliance {
    fn keeper_named(&self, name: &str) -> crate::connected::Connected {
        self.connect(name, &[])
    }
}

#[test]
fn a_taken_port_is_said_and_fails() {
    let house = Appliance::start();
    let other = tempfile::tempdir().unwrap();
    let taken = run(scimbox(&other.path().join("data")).args(["serve", "--listen", &house.address]), "").fails(1);
    assert!(taken.stderr.contains(&house.address), "{}", taken.stderr);
}

#[test]
fn a_signal_finishes_the_running_request_and_empties_the_log_of_the_store() {
    for signal in [Signal::TERM, Signal::INT] {
        let mut house = Appliance::start();
        let sales = house.keeper();
        sales.client().post("/Users", mia()).expect(201);
        let body = person("late").to_string();
        let mut wire = Wire::open(&house);
        let head =
            format!("POST {}/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n", sales.path(), sales.token);
        wire.send(format!("{head}Expect: 100-continue\r\nContent-Length: {}\r\n\r\n", body.len()));
        // The server asks for the body, so the request is running.
        assert!(wire.line().starts_with("HTTP/1.1 100"));
        wire.line();
        house.signal(signal);
        // New connections are refused once the listener is closed; the one that runs is served to its end.
        eventually("the listener closes", || std::net::TcpStream::connect(&house.address).err());
        wire.send(body).reply().expect(201).says("/userName", "late@acme.test");
        assert_eq!(house.end().code(), Some(0));
        let wal = house.data().join("scimbox.db-wal");
        assert_eq!(wal.metadata().map_or(0, |file| file.len()), 0, "the log is empty or gone");
        let again = house.again();
        let client = Client::bearer(&again.url(sales.path()), &sales.token);
        client.get("/Users").says("/totalResults", 2);
    }
}

#[test]
fn stopping_does_not_wait_for_those_who_only_watch() {
    let mut house = Appliance::start();
    let console = house.console();
    let sales = console.connect(&console.node("Sales"), json!({}));
    let mut page = Wire::open(&house);
    let path = format!("/api/v1/connections/{}/live", sales.scim_id);
    page.send(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {}\r\n\r\n", console.cookie))
        .reply()
        .expect(200);
    house.signal(Signal::TERM);
    assert_eq!(house.end().code(), Some(0));
}

#[test]
fn the_data_folder_and_its_files_are_for_their_owner_alone() {
    if !has_file() {
        return;
    }
    let house = Appliance::start();
    house.keeper().client().post("/Users", mia()).expect(201);
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&house.data()), 0o700);
    let mut names = Vec::new();
    for file in std::fs::read_dir(house.data()).unwrap().flatten() {
        assert_eq!(mode(&file.path()), 0o600, "{}", file.path().display());
        names.push(file.file_name().into_string().unwrap());
    }
    for name in ["scimbox.db", "scimbox.db-wal", "scimbox.lock"] {
        assert!(names.iter().any(|known| known == name), "{names:?}");
    }
}

#[test]
fn a_folder_that_others_may_write_to_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o777)).unwrap();
    let refused = run(scimbox(folder.path()).args(["serve", "--listen", "127.0.0.1:0"]), "");
    assert!(refused.code > 0 && refused.stderr.contains("chmod go-w"), "{}: {}", refused.code, refused.stderr);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn secrets_are_never_logged_nor_printed_twice() {
    let house = Appliance::start();
    let console = house.console();
    let sales = console.connect(&console.node("Sales"), json!({}));
    let client = sales.client();
    let user = client.post("/Users", with(mia(), json!({ "password": "Sup3r-s3cret-pw" }))).expect(201).id();
    client.patch(&format!("/Users/{user}"), pathless(json!({ "password": "Sup3r-s3cret-pw" }))).expect(200);
    client.post("/Users", format!("{{\"token\":\"{}\"", sales.token)).refused(400);
    sales.client_with(&format!("{}x", sales.token)).get("/Users").refused(401);
    crate::console::visitor(&house)
        .post("/session", json!({ "email": crate::appliance::ADMIN, "password": "wrong horse, battery" }))
        .expect(401);
    let rotated = console.rotate(&sales, "now");
    let cookie = console.cookie.split_once('=').unwrap().1;
    let seen = format!("{}{}", house.stdout(), house.stderr());
    for secret in
        [&sales.token, &rotated.token, PASSWORD, "wrong horse, battery", "Sup3r-s3cret-pw", cookie, &console.csrf]
    {
        assert!(!seen.contains(secret), "{secret} in {seen}");
    }
    assert!(!console.get("/connections").text.contains(&rotated.token));
}

#[test]
fn a_slow_body_and_half_open_connections_do_not_stop_others() {
    let house = Appliance::start();
    let sales = house.keeper();
    let head = format!("POST {}/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n", sales.path(), sales.token);
    let mut slow: Vec<Wire> = (0..200)
        .map(|n| {
            let mut wire = Wire::open(&house);
            match n % 4 {
                0 => wire.send("GET /api"),
                1 => wire.send(format!("{head}Content-Length: 100\r\n\r\n{{\"user")),
                2 => wire.send(format!("{head}Transfer-Encoding: chunked\r\n\r\n5\r\n{{\"a")),
                _ => &mut wire,
            };
            wire
        })
        .collect();
    for n in 0..20 {
        sales.client().post("/Users", person(&format!("p{n}"))).expect(201);
    }
    sales.client().get("/Users").says("/totalResults", 20);
    // One of the slow ones gets its turn as well.
    let body = "Name\":\"slow@acme.test\"}".to_owned();
    let rest = format!("{body}{}", " ".repeat(100 - 6 - body.len()));
    slow[1].send(rest).reply().expect(201);
}

#[test]
fn forwarded_headers_are_believed_from_a_trusted_proxy_only() {
    let forged = |house: &Appliance, sales: &crate::connected::Connected| {
        let client = Client::bearer(&house.url(sales.path()), &sales.token)
            .with("X-Forwarded-Proto", "https")
            .with("X-Forwarded-Host", "scim.acme.test")
            .with("X-Forwarded-For", "198.51.100.7, 203.0.113.9");
        client.get("/ServiceProviderConfig").expect(200).at("/meta/location").as_str().unwrap().to_owned()
    };
    let house = Appliance::start();
    let sales = house.keeper();
    assert!(forged(&house, &sales).starts_with(&sales.url));
    let view = house.console().view(&sales);
    assert_eq!(view.at("/exchanges/0/from"), "127.0.0.1");
    let behind = Appliance::start_with(&["--trusted-proxy", "127.0.0.1", "--allow-host", "scim.acme.test"]);
    let sales = behind.keeper();
    assert!(forged(&behind, &sales).starts_with("https://scim.acme.test/api/"));
    assert_eq!(behind.console().view(&sales).at("/exchanges/0/from"), "203.0.113.9", "the last hop that is no proxy");
    let lied = Client::bearer(&behind.url(sales.path()), &sales.token);
    lied.with("X-Forwarded-For", "6.6.6.6, junk, 203.0.113.8").get("/Users").expect(200);
    let view = crate::console::Console::sign_in(&behind, crate::appliance::ADMIN, PASSWORD).view(&sales);
    assert_eq!(view.at("/exchanges/0/from"), "203.0.113.8", "what stands before junk is hearsay");
    let junk = sales.client().with("X-Forwarded-Host", "evil.test/\"><script>").with("X-Forwarded-Proto", "javascript");
    assert!(junk.get("/ServiceProviderConfig").at("/meta/location").as_str().unwrap().starts_with(&sales.url));
    let elsewhere = Appliance::start_with(&["--trusted-proxy", "192.0.2.1"]);
    let sales = elsewhere.keeper();
    assert!(forged(&elsewhere, &sales).starts_with(&sales.url));
}

#[test]
fn the_host_header_is_never_repeated() {
    let house = Appliance::start();
    let sales = house.keeper();
    let mut wire = Wire::open(&house);
    let paths = [format!("{}/Users", sales.path()), format!("{}/ServiceProviderConfig", sales.path())];
    for path in paths.iter().map(String::as_str).chain(["/api/v1/status", "/ui/", "/", "/nothing"]) {
        wire.send(format!("GET {path} HTTP/1.1\r\nHost: evil.test\r\nAuthorization: Bearer {}\r\n\r\n", sales.token));
        let reply = wire.reply();
        assert!(!reply.text.contains("evil.test"), "{path}: {}", reply.text);
        assert!(!format!("{:?}", reply.headers).contains("evil.test"), "{path}: {:?}", reply.headers);
    }
}

#[test]
fn a_base_url_is_what_every_address_begins_with() {
    let house = Appliance::start_with(&["--base-url", "https://scim.acme.test/"]);
    let sales = house.keeper();
    assert!(sales.url.starts_with("https://scim.acme.test/api/rest/scim/v2/"), "{}", sales.url);
    let client = Client::bearer(&house.url(sales.path()), &sales.token);
    let made = client.post("/Users", mia()).expect(201);
    assert_eq!(made.header("location"), format!("{}/Users/{}", sales.url, made.id()));
    assert!(house.line(|line| line.contains("/ui/setup#k=")).contains("https://scim.acme.test/ui/setup#k="));
}

#[test]
fn every_page_of_the_console_has_the_strict_policy() {
    let house = Appliance::start();
    let policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; \
                  connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; \
                  require-trusted-types-for 'script'; trusted-types 'none'";
    let browser = Client::plain(&house.url(""));
    let page = browser.get("/ui/").expect(200);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    for path in [
        "/ui/",
        "/ui/nodes/1",
        "/ui/assets/app.js",
        "/ui/assets/nothing.js",
        "/",
        "/favicon.ico",
        "/nothing",
        "/api/v1/status",
    ] {
        let reply = browser.get(path);
        assert_eq!(reply.header("content-security-policy"), policy, "{path}");
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(reply.header(name), value, "{path}");
        }
        assert!(reply.header("permissions-policy").contains("camera=()"), "{path}");
        assert!(["no-store", "no-cache"].contains(&reply.header("cache-control")), "{path}");
        assert_eq!(reply.header("strict-transport-security"), "", "not while it is plain http");
    }
    assert_eq!(browser.get("/").expect(302).header("location"), "/ui/");
    let tag = browser.get("/ui/assets/app.js").expect(200).header("etag").to_owned();
    assert_eq!(browser.clone().with("If-None-Match", &tag).get("/ui/assets/app.js").expect(304).text, "");
    for (known, status) in [
        (format!("W/{tag}"), 304),
        (format!("\"other\", {tag}"), 304),
        ("\"other\"".to_owned(), 200),
        (tag.trim_matches('"').to_owned(), 200),
        ("*".to_owned(), 304),
        ("\"".to_owned(), 200),
    ] {
        assert_eq!(browser.clone().with("If-None-Match", &known).get("/ui/assets/app.js").status, status, "{known}");
    }
}

#[test]
fn the_console_travels_compressed_and_the_endpoint_does_not() {
    let house = Appliance::start();
    let sales = house.keeper();
    let ask = |path: &str, more: &str| {
        let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n{more}\r\n");
        Wire::open(&house).send(request).reply()
    };
    assert_eq!(ask("/ui/assets/app.js", "").expect(200).header("content-encoding"), "gzip");
    let answer = ask(&format!("{}/Users", sales.path()), &format!("Authorization: Bearer {}\r\n", sales.token));
    assert!(!answer.expect(200).headers.contains_key("content-encoding"));
    let page = Client::plain(&house.url("")).get("/ui/").expect(200);
    let script = page.text.split('"').find(|text| text.ends_with("/app.js")).unwrap();
    assert_eq!(ask(script, "").expect(200).header("content-encoding"), "gzip");
}

#[test]
fn assets_come_from_the_program_and_not_from_the_disk() {
    let house = Appliance::start();
    let mut wire = Wire::open(&house);
    for path in [
        "/ui/assets/../Cargo.toml",
        "/ui/assets/..%2f..%2fetc/passwd",
        "/ui/assets//etc/passwd",
        "/ui/assets/%2e%2e/src/main.rs",
    ] {
        let reply = wire.send(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n")).reply();
        assert!(reply.status >= 400 || reply.header("content-type").starts_with("text/html"), "{path}: {}", reply.text);
        assert!(!reply.text.contains("[package]") && !reply.text.contains("root:") && !reply.text.contains("fn main"));
    }
}

#[test]
fn health_and_readiness_are_told() {
    let house = Appliance::start();
    let probe = Client::plain(&house.url(""));
    probe.get("/healthz").expect(200).says("/status", "ok");
    probe.get("/readyz").expect(200).says("/status", "ready");
}

#[test]
fn what_the_page_names_is_kept_by_the_browser_until_the_program_changes() {
    let house = Appliance::start();
    let browser = Client::plain(&house.url(""));
    let page = browser.get("/ui/").expect(200);
    assert_eq!(page.header("cache-control"), "no-cache");
    let named: Vec<&str> = page.text.split('"').filter(|text| text.starts_with("/ui/assets/")).collect();
    assert!(named.len() < 6 && named.iter().any(|path| path.ends_with("/app.js")), "{named:?}");
    for path in &named {
        let reply = browser.get(path).expect(200);
        assert_eq!(reply.header("cache-control"), "public, max-age=31536000, immutable", "{path}");
    }
    let old = |path: &str| browser.get(&path.replacen("/v-", "/v-0", 1));
    assert_eq!(old(named[0]).expect(200).header("cache-control"), "no-cache");
    old(named.iter().find(|path| path.ends_with("/app.js")).unwrap()).expect(404);
    assert_eq!(browser.with("If-None-Match", page.header("etag")).get("/ui/").expect(304).text, "");
}
