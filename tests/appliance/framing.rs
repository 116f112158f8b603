//! Where requests begin and end: what two readers could understand differently is refused, and nothing hides in it.

use crate::appliance::Appliance;
use crate::connected::Connected;
use crate::people::*;
use crate::wire::Wire;

fn head(sales: &Connected, method: &str, path: &str) -> String {
    let (base, token) = (sales.path(), &sales.token);
    format!("{method} {base}{path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n")
}

#[test]
fn no_request_hides_in_the_body_of_another() {
    let house = Appliance::start();
    let sales = house.keeper();
    let chunked = format!("{}Transfer-Encoding: chunked\r\n\r\n", head(&sales, "POST", "/Users/.search"));
    let hidden = |n: usize| {
        let user = person(&format!("hidden{n}")).to_string();
        let inner = format!("{}Content-Length: {}\r\n\r\n{user}", head(&sales, "POST", "/Users"), user.len());
        format!("{}Content-Length: {}\r\n\r\n{inner}", head(&sales, "POST", "/Users/.search"), inner.len())
    };
    let doubtful = [
        "2\r\n{}\r\n0\r\n\n",
        "2\r\n{}\r\n0\n\r\n",
        "2\r\n{}\r\n0\n\n",
        "2\n{}\r\n0\r\n\r\n",
        "2\r\n{}\n0\r\n\r\n",
        "2\r\n{}0\r\n\r\n",
        "2;a\n=b\r\n{}\r\n0\r\n\r\n",
        "2;a\rb\r\n{}\r\n0\r\n\r\n",
        "2 \r\n{}\r\n0\r\n\r\n",
        "0x2\r\n{}\r\n0\r\n\r\n",
        "+2\r\n{}\r\n0\r\n\r\n",
        "-2\r\n{}\r\n0\r\n\r\n",
        "\r\n2\r\n{}\r\n0\r\n\r\n",
        "10000000000000002\r\n{}\r\n0\r\n\r\n",
        "2\r\n{}\r\n0\r\nTrailer: x\n\r\n",
        "2\r\n{}\r\n0\r\nTrailer: x\r\r\n\r\n",
        "2\r\n{}\r\n0\r\n Trailer: x\r\n\r\n",
        "2\r\n{}\r\n0\r\n\r\r\n",
    ];
    for (n, body) in doubtful.iter().enumerate() {
        let mut wire = Wire::open(&house);
        wire.send(format!("{chunked}{body}{}", hidden(n)));
        let answers = wire.rest();
        assert!(answers.matches("HTTP/1.1 ").count() <= 1, "{body:?}: {answers}");
        assert!(!answers.contains("HTTP/1.1 2"), "{body:?}: {answers}");
    }
    sales.client().get("/Users").empty_list();
}

#[test]
fn a_head_that_can_be_doubted_is_refused_in_words_and_ends_the_connection() {
    let house = Appliance::start();
    let sales = house.keeper();
    let good = head(&sales, "GET", "/Users");
    let doubtful = [
        format!("{good}Content-Length: 2\nTransfer-Encoding: chunked\r\n\r\n"),
        format!("{good}X: 1\n\r\n"),
        format!("{good}\n"),
        format!("{good}Content-Length: 0\r\nContent-Length: 0\r\n\r\n"),
        format!("{good}Content-Length: 1, 1\r\n\r\nx"),
        format!("{good}Content-Length: 0x1\r\n\r\nx"),
        format!("{good}Content-Length:\r\n\r\n"),
        format!("{good}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        format!("{good}Transfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n"),
        format!("{good}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        format!("{good}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n"),
        format!("{good}X: a\r\n folded\r\n\r\n"),
        format!("{}\r\n", good.replace("Host: x\r\n", "")),
        good.replace("HTTP/1.1", "HTTP/1.0") + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        // What the HTTP library would refuse without a word.
        good.clone() + &"X: y\r\n".repeat(97) + "\r\n",
        good.replace("/Users", "/Users?filter=\"<>\"") + "\r\n",
        good.replace("/Users", "/Us ers") + "\r\n",
        good.replace("/Users", "/Users\u{7}") + "\r\n",
        good.replace("/Users", "/Üsers") + "\r\n",
        good.replace("GET ", "G@T ") + "\r\n",
        good.replace("GET ", "") + "\r\n",
        good.replace("HTTP/1.1", "HTTP/2.0") + "\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(),
        good.replace("HTTP/1.1", "") + "\r\n",
        good.replace("GET", "POST").replace("HTTP/1.1", "HTTP/1.0") + "\r\n",
        format!("{good}X Y: z\r\n\r\n"),
        format!("{good}: z\r\n\r\n"),
        format!("{good}no colon\r\n\r\n"),
        format!("{good}X: a\u{0}b\r\n\r\n"),
    ];
    for request in doubtful {
        let mut wire = Wire::open(&house);
        // What is well is answered first.
        wire.send(format!("{good}\r\n{request}"));
        wire.reply().expect(200);
        let refusal = wire.reply().refused(400);
        assert!(refusal.text.contains("detail"), "{request:?}: {}", refusal.text);
        assert_eq!(refusal.header("connection"), "close", "{request:?}");
        assert!(wire.is_closed(), "{request:?}");
    }
    assert!(!house.stderr().contains("ERROR"), "{}", house.stderr());
}

#[test]
fn what_is_well_formed_is_read_however_it_is_cut() {
    let house = Appliance::start();
    let sales = house.keeper();
    let user = person("mia").to_string();
    let (first, last) = user.split_at(5);
    let chunked = format!(
        "{}Transfer-Encoding: chunked\r\n\r\n5;a=b\r\n{first}\r\n{:X}\r\n{last}\r\n0\r\nTrailer: x\r\n\r\n",
        head(&sales, "POST", "/Users"),
        last.len()
    );
    let plain = format!("\r\n{}Content-Length: 2\r\n\r\n{{}}", head(&sales, "POST", "/Users/.search"));
    let whole = format!("{chunked}{plain}{}\r\n", head(&sales, "GET", "/Users"));
    let mut at_once = Wire::open(&house);
    at_once.send(&whole);
    at_once.reply().expect(201);
    at_once.reply().expect(200).says("/totalResults", 1);
    at_once.reply().expect(200).says("/totalResults", 1);
    let mut in_bytes = Wire::open(&house);
    for byte in whole.as_bytes() {
        in_bytes.send([*byte]);
    }
    in_bytes.reply().expect(201);
    in_bytes.reply().expect(200).says("/totalResults", 1);
    in_bytes.reply().expect(200).says("/totalResults", 1);
}

#[test]
fn chunk_extensions_and_trailers_are_bounded() {
    let house = Appliance::start();
    let sales = house.keeper();
    let chunked = format!("{}Transfer-Encoding: chunked\r\n\r\n", head(&sales, "POST", "/Users/.search"));
    let long = "x".repeat(5_000);
    for body in [format!("2;{long}\r\n{{}}\r\n0\r\n\r\n"), format!("2\r\n{{}}\r\n0\r\nX: {long}\r\n\r\n")] {
        let mut wire = Wire::open(&house);
        wire.send(format!("{chunked}{body}")).reply().refused(400);
        assert!(wire.is_closed());
    }
    let many = (0..1_000).map(|n| format!("X{n}: y\r\n")).collect::<String>();
    let mut wire = Wire::open(&house);
    wire.send(format!("{chunked}2\r\n{{}}\r\n0\r\n{many}\r\n")).reply().refused(400);
}

#[test]
fn hosts_credentials_and_parameters_are_given_once_and_make_sense() {
    let house = Appliance::start();
    let sales = house.keeper();
    let base = sales.path();
    let ask = |rest: &str| Wire::open(&house).send(format!("GET {base}{rest}\r\n\r\n")).reply();
    let bearer = format!("Authorization: Bearer {}", sales.token);
    for host in ["a b", "a/b", "u@b", "", "a:b", "a:123456", "[::1", "[x]", "a:1:2", "a\tb", "a?b", "a#b"] {
        ask(&format!("/Users HTTP/1.1\r\nHost: {host}\r\n{bearer}")).refused(400);
    }
    for host in ["scim.acme.test", "localhost:8080", "127.0.0.1", "[::1]:80", "xn--bcher-kva.example"] {
        ask(&format!("/Users HTTP/1.1\r\nHost: {host}\r\n{bearer}")).expect(200);
    }
    ask(&format!("/Users HTTP/1.1\r\nHost: x\r\n{bearer}\r\n{bearer}")).refused(400);
    for query in ["filter=active%20eq%20true&filter=active%20eq%20false", "count=1&Count=2", "count=1&count=1"] {
        let client = sales.client();
        client.get(&format!("/Users?{query}")).refused(400).because("invalidSyntax").detail("twice");
        client.get(&format!("/?{query}")).refused(400);
        client.post(&format!("/Users?{query}"), mia()).refused(400);
    }
    sales.client().get("/Users").empty_list();
}

#[test]
fn a_body_that_says_that_it_is_too_long_is_refused_before_it_is_sent() {
    let house = Appliance::start();
    let sales = house.keeper();
    for length in ["1100000", "1000000000000", "18446744073709551615", "99999999999999999999"] {
        for expect in ["", "Expect: 100-continue\r\n"] {
            let mut wire = Wire::open(&house);
            let head = head(&sales, "POST", "/Users");
            let status = wire.send(format!("{head}{expect}Content-Length: {length}\r\n\r\n")).reply().status;
            let is_number = length.parse::<u64>().is_ok();
            assert_eq!(status, if is_number { 413 } else { 400 }, "{length} {expect}");
            assert!(wire.is_closed());
        }
    }
    let groups = head(&sales, "POST", "/Groups");
    Wire::open(&house).send(format!("{groups}Content-Length: 300000000\r\n\r\n")).reply().refused(413);
    for path in ["/api/v1/session", "/api/v1/setup", "/join/x"] {
        let post = format!("POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n");
        let mut wire = Wire::open(&house);
        wire.send(format!("{post}Content-Length: 4097\r\n\r\n"));
        assert_eq!(wire.reply().status, 413, "{path}");
        let mut chunked = Wire::open(&house);
        chunked.send(format!("{post}Transfer-Encoding: chunked\r\n\r\n1388\r\n{}\r\n", "x".repeat(5_000)));
        assert!([400, 413].contains(&chunked.reply().status), "{path}");
    }
}

#[test]
fn a_call_without_a_session_is_refused_before_it_is_read() {
    let house = Appliance::start();
    for call in [
        "GET /api/v1/users/lookup",
        "GET /api/v1/users?count=x",
        "GET /api/v1/users/x",
        "GET /api/v1/audit?count=x&count=y",
        "GET /api/v1/nodes/x",
        "POST /api/v1/jobs/x/stop",
        "PATCH /api/v1/connections/x",
    ] {
        let reply = Wire::open(&house).send(format!("{call} HTTP/1.1\r\nHost: localhost\r\n\r\n")).reply();
        assert_eq!(reply.expect(401).at("/error/code"), "SIGN_IN_REQUIRED", "{call}");
    }
    let mut wire = Wire::open(&house);
    wire.send("POST /api/v1/users HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900000\r\n\r\n").reply().expect(401);
    assert!(wire.is_closed());
}
