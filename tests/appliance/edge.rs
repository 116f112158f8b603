//! The edge, where strangers are: connections end whatever is done on them, and others are served meanwhile.

use crate::appliance::{Appliance, eventually};
use crate::people::*;
use crate::wire::Wire;
use rustix::process::Signal;
use std::time::Duration;

/// Sends a little, again and again, until the other side has had enough.
#[track_caller]
fn trickle(mut wire: Wire, bytes: &str) {
    eventually(&format!("{bytes:?} is taken no more"), || (!wire.try_send(bytes)).then_some(()));
}

/// Sends without pause until the other side has had enough; how many bytes it took.
fn pour(mut wire: Wire, bytes: &str) -> usize {
    let mut taken = 0;
    while taken < 1 << 30 && wire.try_send(bytes) {
        taken += bytes.len();
    }
    taken
}

#[test]
fn every_connection_ends_whatever_is_done_after_its_first_answer() {
    let house = Appliance::start();
    let sales = house.keeper();
    let head = |method: &str, path: &str, token: &str| {
        format!("{method} {}{path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n", sales.path())
    };
    let get = format!("{}\r\n", head("GET", "/Users", &sales.token));
    let chunked = |method: &str, path: &str, token: &str| {
        format!("{}Transfer-Encoding: chunked\r\n\r\n", head(method, path, token))
    };
    let answered = |request: &str, status: u16| {
        let mut wire = Wire::open(&house);
        wire.send(request);
        assert_eq!(wire.reply().status, status, "{request}");
        wire
    };
    let wrong = chunked("POST", "/Users", "wrong");
    let lost = chunked("POST", "/nothing", &sales.token);
    let found = chunked("GET", "/Users", &sales.token);
    let silent = [("", &get), ("G", &get), ("GET / HTTP/1.1\r\nX: ", &get), ("5\r\nab", &wrong), ("5\r\nab", &lost)];
    std::thread::scope(|scope| {
        for (then, request) in silent.into_iter().chain([("5\r\nab", &found), ("", &wrong), ("2\r\n{}\r\n", &found)]) {
            let status = if request == &wrong {
                401
            } else if request == &lost {
                404
            } else {
                200
            };
            let mut wire = answered(request, status);
            scope.spawn(move || {
                wire.send(then);
                assert!(wire.is_closed(), "still open after {then:?}");
            });
        }
        for (bytes, request, status) in [
            ("X: y\r\n", &get, 200),
            ("1\r\nx\r\n", &wrong, 401),
            ("1\r\nx\r\n", &lost, 404),
            ("1\r\nx\r\n", &found, 200),
        ] {
            let mut wire = answered(request, status);
            if request == &get {
                wire.send("GET / HTTP/1.1\r\nX: ");
            }
            scope.spawn(move || trickle(wire, bytes));
        }
        let extension = format!("1;{}\r\nx\r\n", "y".repeat(200)).repeat(100);
        for bytes in ["1\r\nx\r\n".repeat(4_000), extension, format!("8000\r\n{}\r\n", "x".repeat(0x8000))] {
            let wire = answered(&wrong, 401);
            scope.spawn(move || {
                // What the kernel holds on the way counts as taken here.
                let taken = pour(wire, &bytes);
                assert!(taken < 64 << 20, "{taken} bytes were taken after the answer");
            });
        }
        let mut trailers = answered(&wrong, 401);
        trailers.send("0\r\n");
        scope.spawn(move || assert!(pour(trailers, &"X: y\r\n".repeat(4_000)) < 64 << 20));
        // Meanwhile everybody else is served.
        for n in 0..20 {
            sales.client().post("/Users", person(&format!("p{n}"))).expect(201);
        }
    });
    assert!(!house.stderr().contains("ERROR"), "{}", house.stderr());
}

#[test]
fn strangers_who_hold_all_connections_keep_nobody_out() {
    let house = Appliance::start_with(&["--connections", "40"]);
    let sales = house.keeper();
    let mut held: Vec<Wire> = (0..60)
        .map(|n| {
            let mut wire = Wire::open(&house);
            match n % 3 {
                0 => &mut wire,
                1 => wire.send("GET /api"),
                _ => {
                    wire.send("POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
                }
            };
            wire
        })
        .collect();
    for n in 0..30 {
        sales.client().post("/Users", person(&format!("p{n}"))).expect(201);
        held.push(Wire::open(&house));
    }
    sales.client().get("/Users?count=0").says("/totalResults", 30);
    for mut wire in held {
        assert!(wire.is_closed());
    }
}

#[test]
fn one_address_holds_so_many_connections_and_no_more() {
    let house = Appliance::start_with(&["--connections-per-address", "5"]);
    let mut held: Vec<Wire> = (0..5).map(|_| Wire::open(&house)).collect();
    for wire in &mut held {
        let ask = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
        wire.send(ask).reply().expect(200);
    }
    assert!(Wire::open(&house).try_reply().is_none(), "a sixth is let in");
    drop(held);
    eventually("there is room again", || {
        let mut wire = Wire::open(&house);
        wire.try_send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
        wire.try_reply()
    });
}

#[test]
fn a_burst_of_three_thousand_is_let_in() {
    let house = Appliance::start();
    let waiting: Vec<std::net::TcpStream> = {
        // Nobody is let in while the process stands still: all of them wait in the queue.
        house.signal(Signal::STOP);
        let address = house.address.parse().unwrap();
        (0..3_000)
            .map_while(|_| std::net::TcpStream::connect_timeout(&address, Duration::from_millis(900)).ok())
            .collect()
    };
    house.signal(Signal::CONT);
    let files: u64 = rustix::process::getrlimit(rustix::process::Resource::Nofile).current.unwrap_or(u64::MAX);
    let queue: usize = std::fs::read_to_string("/proc/sys/net/core/somaxconn").unwrap().trim().parse().unwrap();
    if files < 4_000 || queue < 3_000 {
        crate::programs::skipped(&format!("{files} open files and a queue of {queue} are too few for a burst of 3000"));
        return;
    }
    assert_eq!(waiting.len(), 3_000);
}

#[test]
fn a_second_signal_ends_it_at_once_and_the_limit_of_open_files_is_raised() {
    let mut house = Appliance::start();
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", house.id())).unwrap();
    let files: Vec<&str> =
        limits.lines().find(|line| line.starts_with("Max open files")).unwrap().split_whitespace().collect();
    assert_eq!(files[3], files[4], "the soft limit is the hard one");
    assert!(house.stderr().contains("open files allowed"), "{}", house.stderr());
    let sales = house.keeper();
    let mut wire = Wire::open(&house);
    let head = format!("POST {}/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n", sales.path(), sales.token);
    wire.send(format!("{head}Expect: 100-continue\r\nContent-Length: 50\r\n\r\n"));
    assert!(wire.line().starts_with("HTTP/1.1 100"));
    house.signal(Signal::TERM);
    eventually("the listener closes", || std::net::TcpStream::connect(&house.address).err());
    house.signal(Signal::TERM);
    assert_eq!(house.end().code(), Some(0));
    assert!(house.stderr().contains("ends at once"), "{}", house.stderr());
    house.again();
}

/// The base URL that a reply begins with, and its header about https.
fn told(house: &Appliance, forwarded: &str) -> (String, String) {
    let sales = house.connect("Sales", &[]);
    let mut wire = Wire::open(house);
    let head = format!("GET {}/ServiceProviderConfig HTTP/1.1\r\nHost: x\r\n", sales.path());
    wire.send(format!("{head}Authorization: Bearer {}\r\n{forwarded}\r\n", sales.token));
    let reply = wire.reply().expect(200);
    let location = reply.at("/meta/location").as_str().unwrap().to_owned();
    (location, reply.header("strict-transport-security").to_owned())
}

#[test]
fn only_hosts_of_ours_are_believed_from_a_proxy_and_https_is_kept() {
    let evil = "X-Forwarded-Proto: https\r\nX-Forwarded-Host: evil.test\r\n";
    let ours = "X-Forwarded-Proto: https\r\nX-Forwarded-Host: SCIM.acme.test\r\n";
    let house = Appliance::start_with(&["--trusted-proxy", "127.0.0.1", "--allow-host", "scim.acme.test"]);
    let (location, https) = told(&house, evil);
    assert!(!location.contains("evil.test"), "{location}");
    assert!(!https.is_empty());
    let house = Appliance::start_with(&["--trusted-proxy", "127.0.0.1", "--allow-host", "scim.acme.test"]);
    assert!(told(&house, ours).0.starts_with("https://SCIM.acme.test/"));
    let direct = Appliance::start();
    let (location, https) = told(&direct, ours);
    assert!(location.starts_with("http://127.0.0.1:"), "{location}");
    assert!(https.is_empty(), "a header of a stranger is no https");
    let narrow = Appliance::start_with(&["--trusted-proxy", "127.0.0.1", "--allow-host", "scim.acme.test:8443"]);
    let port = "X-Forwarded-Host: scim.acme.test:8443\r\n";
    assert!(told(&narrow, port).0.starts_with("http://scim.acme.test:8443/"));
    let folder = tempfile::tempdir().unwrap();
    let wrong = crate::appliance::scimbox(folder.path()).args(["serve", "--allow-host", "a/b"]).output().unwrap();
    assert_eq!(wrong.status.code(), Some(2));
}

#[test]
fn the_console_is_at_home_at_its_own_hosts_only() {
    let at = |house: &Appliance, host: &str, path: &str| {
        Wire::open(house).send(format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n")).reply().status
    };
    let house = Appliance::start_with(&["--base-url", "https://scim.acme.test", "--allow-host", "box.lan"]);
    for path in ["/ui/", "/", "/api/v1/status", "/api/v1/nodes", "/%61pi/v1/status", "/api/%761/status"] {
        for host in ["evil.test", "scim.acme.test.evil.test", "127.0.0.1.evil.test", "192.0.2.7", "localhost.evil.test"]
        {
            assert_eq!(at(&house, host, path), 421, "{host} {path}");
        }
        let port = house.address.rsplit_once(':').unwrap().1;
        for host in
            ["scim.acme.test", "box.lan:9999", "localhost", "127.0.0.1", "[::1]:80", &format!("localhost:{port}")]
        {
            assert_ne!(at(&house, host, path), 421, "{host} {path}");
        }
    }
    // Identity providers and probes come by any name.
    assert_eq!(at(&house, "evil.test", "/healthz"), 200);
    assert_eq!(at(&house, "evil.test", "/api/rest/scim/v2/1/Users"), 401);
}
