//! Strangers who try passwords: each waits for its own failures, and none keeps an administrator out.

use crate::appliance::{ADMIN, Appliance, PASSWORD, eventually};
use crate::console::{Console, cookie, visitor};
use crate::idp_clients::Client;
use crate::reply::Reply;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// A house behind a proxy that says where each request comes from.
fn house() -> Appliance {
    let house = Appliance::start_with(&["--trusted-proxy", "127.0.0.1"]);
    house.run_with(&["admin", "create", ADMIN, "--password-file", "-"], PASSWORD).ok();
    house
}

fn from(house: &Appliance, address: &str) -> Client {
    visitor(house).with("X-Forwarded-For", address)
}

fn try_as(client: &Client, email: &str, password: &str) -> Reply {
    client.post("/session", json!({ "email": email, "password": password }))
}

/// All cookies that an answer sets.
fn jar(reply: &Reply) -> String {
    let set = reply.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap());
    set.map(|value| value.split(';').next().unwrap()).collect::<Vec<_>>().join("; ")
}

/// Somebody who polls with a wrong password until they are told to wait.
fn until_refused(client: &Client, email: &str) -> Reply {
    for _ in 0..40 {
        let reply = try_as(client, email, "wrong horse, battery");
        if reply.status == 429 {
            return reply.fails(429, "SIGN_IN_DELAYED");
        }
        reply.fails(401, "SIGN_IN_FAILED");
    }
    panic!("never told to wait");
}

/// Signs in as somebody who waits as told, and says how many tries it took.
fn patiently(client: &Client) -> u32 {
    let first = try_as(client, ADMIN, PASSWORD);
    if first.status == 200 {
        return 1;
    }
    let told = first.fails(429, "SIGN_IN_DELAYED");
    let seconds: i64 = told.header("retry-after").parse().unwrap();
    let until = jiff::Timestamp::now().as_millisecond() + seconds * 1000;
    eventually("it is time", || (jiff::Timestamp::now().as_millisecond() >= until).then_some(()));
    try_as(client, ADMIN, PASSWORD).expect(200);
    2
}

#[test]
fn failures_make_the_next_attempt_wait_in_that_network_and_the_right_password_too() {
    let house = house();
    let stranger = from(&house, "2001:db8:0:1::1");
    let told = until_refused(&stranger, ADMIN);
    let seconds: u64 = told.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
    assert_eq!(told.at("/error/detail/retry_after"), seconds);
    until_refused(&from(&house, "2001:db8:0:1:ffff::2"), ADMIN);
    // Never locked for good.
    let reply = eventually("the wait is over", || {
        let reply = try_as(&from(&house, "2001:db8:0:1::3"), ADMIN, PASSWORD);
        (reply.status != 429).then_some(reply)
    });
    reply.expect(200);
    try_as(&stranger, ADMIN, "wrong horse, battery").fails(401, "SIGN_IN_FAILED");
}

#[test]
fn the_owner_signs_in_while_a_stranger_polls_with_the_right_address() {
    let house = house();
    let over = AtomicBool::new(false);
    let stranger = from(&house, "198.51.100.7");
    until_refused(&stranger, ADMIN);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::SeqCst) {
                try_as(&stranger, ADMIN, "wrong horse, battery");
            }
        });
        let owner = from(&house, "203.0.113.5");
        for _ in 0..30 {
            // Twice as many right ones as strangers may fail in a minute: they are no failures.
            try_as(&owner, ADMIN, PASSWORD).expect(200);
        }
        over.store(true, Ordering::SeqCst);
    });
}

#[test]
fn a_browser_that_has_signed_in_before_has_a_budget_that_no_stranger_uses_up() {
    let house = house();
    let here = from(&house, "198.51.100.7");
    let cookies = jar(&try_as(&here, ADMIN, PASSWORD).expect(200));
    let device = cookies.split("; ").find(|pair| pair.starts_with("scimbox-device=")).expect("a device").to_owned();
    until_refused(&here, ADMIN);
    let browser = here.clone().with("Cookie", &device);
    let again = try_as(&browser, ADMIN, PASSWORD).expect(200);
    let flags = again.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap());
    let flags = flags.filter(|set| set.starts_with("scimbox-device=")).collect::<Vec<_>>().join("");
    for flag in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age="] {
        assert!(flags.contains(flag), "{flags}");
    }
    // It opens nothing by itself, stands for one administrator, and its own failures count.
    browser.get("/session").fails(401, "SIGN_IN_REQUIRED");
    until_refused(&browser, ADMIN);
    house.run_with(&["admin", "create", "eve@acme.test", "--password-file", "-"], PASSWORD).ok();
    let other = from(&house, "203.0.113.99");
    let hers = jar(&try_as(&other, "eve@acme.test", PASSWORD).expect(200));
    until_refused(&other, ADMIN);
    try_as(&other.with("Cookie", &hers), ADMIN, PASSWORD).fails(429, "SIGN_IN_DELAYED");
}

#[test]
fn the_owner_signs_in_within_two_tries_while_two_hundred_networks_try_names() {
    let house = house();
    let known = from(&house, "203.0.113.5");
    let device = jar(&try_as(&known, ADMIN, PASSWORD).expect(200));
    let networks: Vec<Client> = (0..200).map(|n| from(&house, &format!("10.0.{n}.1"))).collect();
    let (over, tried) = (AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for part in networks.chunks(50) {
            let (over, tried) = (&over, &tried);
            scope.spawn(move || {
                for round in 0.. {
                    for client in part {
                        if over.load(Ordering::SeqCst) {
                            return;
                        }
                        try_as(client, &format!("user{round}@acme.test"), "wrong horse, battery");
                        tried.fetch_add(1, Ordering::SeqCst);
                    }
                }
            });
        }
        eventually("the crowd is there", || (tried.load(Ordering::SeqCst) > 400).then_some(()));
        try_as(&from(&house, "198.51.100.1").with("Cookie", &device), ADMIN, PASSWORD).expect(200);
        let tries = patiently(&from(&house, "198.51.100.2"));
        assert!(tries <= 2, "{tries}");
        over.store(true, Ordering::SeqCst);
    });
}

#[test]
fn a_restart_forgets_no_failure_and_nothing_that_was_typed_is_kept() {
    let mut house = house();
    let (account, network) = (from(&house, "198.51.100.7"), from(&house, "198.51.100.8"));
    for _ in 0..10 {
        until_refused(&account, ADMIN);
        try_as(&network, "a password in the wrong field", "x");
    }
    house.crash();
    let mut next = Appliance::serve(house.folder.clone(), &["--trusted-proxy", "127.0.0.1"]);
    // The wait may be over by now; then a single failure brings the next one, where others have some for nothing.
    let again = from(&next, "198.51.100.7");
    if try_as(&again, ADMIN, "wrong horse, battery").status != 429 {
        try_as(&again, ADMIN, PASSWORD).fails(429, "SIGN_IN_DELAYED");
    }
    next.signal(rustix::process::Signal::TERM);
    next.end();
    for file in std::fs::read_dir(next.data()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(10).any(|part| part == b"wrong fiel"));
    }
}

#[test]
fn the_set_up_link_and_the_password_form_wait_as_well_each_for_itself() {
    let house = Appliance::start_with(&["--trusted-proxy", "127.0.0.1"]);
    let guess = |client: &Client| -> Reply {
        client.post("/setup", json!({ "token": "guessed", "email": ADMIN, "password": PASSWORD }))
    };
    let stranger = from(&house, "198.51.100.7");
    let refused = (0..40).map(|_| guess(&stranger)).find(|reply| reply.status == 429);
    refused.expect("a wait").fails(429, "SIGN_IN_DELAYED");
    let link = house.line(|line| line.contains("/ui/setup#k="));
    let wish = json!({ "token": link.split("#k=").nth(1).unwrap(), "email": ADMIN, "password": PASSWORD });
    let made = from(&house, "203.0.113.5").post("/setup", wish).expect(201);
    let console = Console::opened(&house, &made);
    let change = |current: &str| -> Reply {
        console.post("/password", json!({ "current": current, "new": "another horse, battery" }))
    };
    let refused = (0..40).map(|_| change("wrong horse, battery")).find(|reply| reply.status == 429);
    refused.expect("a wait").fails(429, "SIGN_IN_DELAYED");
    // Another browser of the same administrator does not wait.
    let other = Console::sign_in(&house, ADMIN, PASSWORD);
    let changed = other.post("/password", json!({ "current": PASSWORD, "new": "another horse, battery" })).expect(204);
    assert!(!cookie(&changed).is_empty());
}

#[test]
fn failed_sign_ins_are_one_line_with_the_address_and_without_what_was_typed() {
    let house = house();
    try_as(&from(&house, "198.51.100.7"), "eve@acme.test", "wrong horse, battery").fails(401, "SIGN_IN_FAILED");
    let log = house.stderr();
    let line = log.lines().find(|line| line.contains("sign-in failed")).expect("a line");
    assert!(line.contains(r#""message":"sign-in failed","address":"198.51.100.7""#), "{line}");
    let line: Value = serde_json::from_str(line).unwrap();
    assert_eq!(line["fields"]["form"], "session");
    assert!(!log.contains("eve@") && !log.contains("wrong horse"), "{log}");
}

/// Hundredths of a second of processor time that the server has used.
fn processor_time(house: &Appliance) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", house.id())).unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    [11, 12].iter().map(|n| fields[*n].parse::<u64>().unwrap()).sum()
}

/// Work and not time, so that a busy machine changes nothing; the time is row 33 of the benchmark.
#[test]
fn an_address_that_nobody_has_is_refused_with_the_same_words_after_the_same_work() {
    let house = house();
    let refused = |email: &str, network: &str| {
        let before = processor_time(&house);
        let reply = try_as(&from(&house, network), email, "wrong horse, battery").fails(401, "SIGN_IN_FAILED");
        let id = reply.header("x-request-id").to_owned();
        let mut names: Vec<String> = reply.headers.keys().map(ToString::to_string).collect();
        names.sort();
        (processor_time(&house) - before, (names, reply.text.replace(&id, "ID")))
    };
    // What the first one costs more, both have paid.
    refused(ADMIN, "192.0.2.1");
    refused("nobody@acme.test", "192.0.2.2");
    let (mut there, mut absent) = (0, 0);
    for n in 0..8 {
        let (cost, said) = refused(ADMIN, &format!("198.51.100.{n}"));
        let (other_cost, other_said) = refused(&format!("nobody{n}@acme.test"), &format!("203.0.113.{n}"));
        assert_eq!(said, other_said);
        there += cost;
        absent += other_cost;
    }
    assert!(there >= 8, "a password is hashed: {there}");
    assert!(there * 10 > absent * 6 && absent * 10 > there * 6, "{there} and {absent} hundredths of a second");
}
