//! The second factor: setting it up, signing in with it, losing it, and requiring it.

use crate::appliance::{ADMIN, Appliance, PASSWORD};
use crate::console::{Console, visitor};
use crate::reply::Reply;
use data_encoding::BASE32_NOPAD;
use ring::hmac;
use serde_json::{Value, json};

/// What an authenticator shows now, or some periods from now (RFC 6238).
pub fn code(secret: &str, ahead: i64) -> String {
    let step = jiff::Timestamp::now().as_second() / 30 + ahead;
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &BASE32_NOPAD.decode(secret.as_bytes()).unwrap());
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let at = usize::from(tag.as_ref()[19] & 15);
    let four = u32::from_be_bytes(tag.as_ref()[at..at + 4].try_into().unwrap());
    format!("{:06}", (four & 0x7fff_ffff) % 1_000_000)
}

fn sign_in(house: &Appliance, code: Option<&str>) -> Reply {
    let mut body = json!({ "email": ADMIN, "password": PASSWORD });
    if let Some(code) = code {
        body["code"] = code.into();
    }
    visitor(house).post("/session", body)
}

/// Turns it on with the code of the period before this one, so that this one and the next are left. The secret and the
/// recovery codes.
fn set_up(console: &Console) -> (String, Vec<String>) {
    console.post("/second-factor", json!({ "password": "not the password" })).fails(401, "SIGN_IN_FAILED");
    let begun = console.post("/second-factor", json!({ "password": PASSWORD })).expect(200);
    // The corner that every code has, behind a quiet zone of four modules: seven dark, then five light between two.
    let (size, path) = (begun.at("/qr/size").as_u64().unwrap(), begun.at("/qr/path"));
    assert!(size > 21 + 8 && size % 4 == (21 + 8) % 4, "{size}");
    let path = path.as_str().unwrap();
    assert!(path.starts_with("M4 4h7v1h-7z") && path.contains("M4 5h1v1h-1zM10 5h1v1h-1z"), "{path}");
    let secret = begun.at("/secret").as_str().unwrap().to_owned();
    let address = begun.at("/address").as_str().unwrap().to_owned();
    assert!(address.starts_with("otpauth://totp/Scimbox:ada%40acme.test?secret=") && address.contains(&secret));
    let wrong = if code(&secret, 0) == "000000" { "000001" } else { "000000" };
    console.post("/second-factor/confirm", json!({ "code": wrong })).fails(401, "SECOND_FACTOR_WRONG");
    let done = console.post("/second-factor/confirm", json!({ "code": code(&secret, -1) })).expect(200);
    let codes: Vec<Value> = done.at("/recovery_codes").as_array().unwrap().clone();
    (secret, codes.iter().map(|code| code.as_str().unwrap().to_owned()).collect())
}

#[test]
fn signing_in_needs_a_code_that_works_once_until_it_is_removed() {
    let house = Appliance::start();
    let console = house.console();
    console.get("/second-factor").expect(200).says("/on", false).says("/required", false);
    let (secret, codes) = set_up(&console);
    assert_eq!(codes.len(), 10);
    console.get("/second-factor").expect(200).says("/on", true).says("/recovery_codes", 10);
    console.post("/second-factor", json!({ "password": PASSWORD })).fails(409, "SECOND_FACTOR_ON");

    sign_in(&house, None).fails(401, "SECOND_FACTOR_NEEDED");
    sign_in(&house, Some("12345")).fails(401, "SECOND_FACTOR_WRONG");
    let right = code(&secret, 0);
    sign_in(&house, Some(&format!("{} {}", &right[..3], &right[3..]))).expect(200);
    sign_in(&house, Some(&right)).fails(401, "SECOND_FACTOR_WRONG");
    sign_in(&house, Some(&codes[0].to_lowercase())).expect(200);
    sign_in(&house, Some(&codes[0])).fails(401, "SECOND_FACTOR_WRONG");
    console.get("/second-factor").expect(200).says("/recovery_codes", 9);
    assert!(console.events("event=sign_in_failed").len() >= 3);
    let wrong = visitor(&house).post("/session", json!({ "email": ADMIN, "password": "wrong, wrong", "code": right }));
    wrong.fails(401, "SIGN_IN_FAILED");

    // The database holds neither the secret nor a code.
    let bytes = house.kept();
    let raw = BASE32_NOPAD.decode(secret.as_bytes()).unwrap();
    let held = [secret.as_bytes(), &raw, codes[1].as_bytes()];
    assert!(held.iter().all(|secret| !bytes.windows(secret.len()).any(|part| part == *secret)));
    console.post("/second-factor/remove", json!({ "password": "not the password" })).fails(401, "SIGN_IN_FAILED");
    console.post("/second-factor/remove", json!({ "password": PASSWORD })).expect(204);
    sign_in(&house, None).expect(200);
    assert!(console.get("/audit?event=admin_updated").expect(200).text.contains("second_factor"));
}

#[test]
fn guesses_of_a_code_wait_like_guesses_of_a_password() {
    let house = Appliance::start();
    let (secret, _) = set_up(&house.console());
    let wrong = ["111111", "222222"].into_iter().find(|one| (-1..3).all(|ahead| code(&secret, ahead) != *one)).unwrap();
    for _ in 0..5 {
        sign_in(&house, Some(wrong)).fails(401, "SECOND_FACTOR_WRONG");
    }
    sign_in(&house, Some(wrong)).fails(429, "SIGN_IN_DELAYED");
    sign_in(&house, None).fails(429, "SIGN_IN_DELAYED");
}

#[test]
fn a_lost_device_is_replaced_and_a_new_key_opens_the_old_secret() {
    let house = Appliance::start();
    let (secret, _) = set_up(&house.console());
    house.run(&["push", "record", "rotate-key"]).ok();
    sign_in(&house, Some(&code(&secret, 0))).expect(200);
    std::fs::remove_file(house.data().join("scimbox.key")).unwrap();
    sign_in(&house, Some(&code(&secret, 1))).fails(409, "SECRETS_LOCKED");
    house.run(&["admin", "reset-second-factor", ADMIN]).ok();
    let console = Console::opened(&house, &sign_in(&house, None).expect(200));

    let eve = json!({ "email": "eve@acme.test", "role": "owner", "password": PASSWORD });
    console.post("/admins", eve).expect(201);
    let hers = Console::sign_in(&house, "eve@acme.test", PASSWORD);
    set_up(&console);
    let me = console.get("/session").expect(200).at("/admin/admin_id").to_string();
    hers.delete(&format!("/admins/{me}/second-factor")).expect(204);
    sign_in(&house, None).expect(200);
}

#[test]
fn where_it_is_required_nothing_else_opens_before_it_is_set_up() {
    let house = Appliance::start();
    let console = house.console();
    console.patch("/settings", json!({ "second_factor_required": "perhaps" })).fails(400, "INVALID");
    console.patch("/settings", json!({ "second_factor_required": "on" })).expect(200);
    console.get("/nodes").fails(403, "SECOND_FACTOR_REQUIRED");
    console.patch("/settings", json!({ "second_factor_required": "off" })).fails(403, "SECOND_FACTOR_REQUIRED");
    console.get("/session").expect(200);
    console.get("/second-factor").expect(200).says("/required", true);
    set_up(&console);
    console.get("/nodes").expect(200);
    console.patch("/settings", json!({ "second_factor_required": "off" })).expect(200);
}
