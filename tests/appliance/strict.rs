//! Tolerance: each relaxation is noted where it is taken, and refused by its code on a connection that is strict.

use crate::appliance::{ADMIN, Appliance, PASSWORD};
use crate::connected::Connected;
use crate::console::Console;
use crate::idp_clients::encoded;
use crate::people::*;
use crate::reply::Reply;
use scimbox::scim::relaxation::Relaxation;
use serde_json::{Value, json};

/// One request: method, path, headers other than the usual, body.
type Asked = (&'static str, String, Vec<(&'static str, &'static str)>, Value);

/// A node with somebody in a team.
struct Stage {
    connected: Connected,
    mia: String,
    group: String,
}

impl Stage {
    #[track_caller]
    fn set(house: &Appliance, node: &str, tolerance: &str) -> Stage {
        let connected = house.connect(node, &["--preset", "rfc", "--tolerance", tolerance]);
        let client = connected.client().with("Content-Type", "application/scim+json");
        let mia = client.post("/Users", with(mia(), json!({ "roles": [{ "value": "lead" }] }))).expect(201).id();
        let members = json!({ "members": refs(&[&mia]) });
        let group = client.post("/Groups", with(team("Sales"), members)).expect(201).id();
        Stage { connected, mia, group }
    }

    #[track_caller]
    fn send(&self, (method, path, headers, body): &Asked) -> Reply {
        let mut client = self.connected.client().with("Content-Type", "application/scim+json");
        for (name, value) in headers {
            client = if value.is_empty() { client.without(name) } else { client.with(name, value) };
        }
        if body.is_null() { client.send(method, path, ()) } else { client.send(method, path, body.clone()) }
    }

    #[track_caller]
    fn state(&self) -> Value {
        let client = self.connected.client();
        json!([client.get("/Users").expect(200).json(), client.get("/Groups").expect(200).json()])
    }

    /// A request that uses a relaxation and, as far as that goes, nothing else.
    fn example(&self, relaxation: Relaxation) -> Asked {
        let (user, group) = (format!("/Users/{}", self.mia), format!("/Groups/{}", self.group));
        let patch = |operations: Value| ("PATCH", user.clone(), vec![], ops(operations));
        let one = |verb: &str, path: &str, value: Value| ("PATCH", user.clone(), vec![], op(verb, path, value));
        let on_group = |operation: Value| ("PATCH", group.clone(), vec![], ops(json!([operation])));
        let filter = |filter: &str| ("GET", format!("/Users?filter={}", encoded(filter)), vec![], Value::Null);
        let get = |path: &str| ("GET", path.to_owned(), vec![], Value::Null);
        let bulk = |method: &str, path: String| {
            let data = json!({ "schemas": [USER], "userName": format!("bulk{}@acme.test", path.len()) });
            let operation = json!({ "method": method, "path": path, "bulkId": "1", "data": data });
            let schemas = json!(["urn:ietf:params:scim:api:messages:2.0:BulkRequest"]);
            ("POST", "/Bulk".to_owned(), vec![], json!({ "schemas": schemas, "Operations": [operation] }))
        };
        use Relaxation::*;
        match relaxation {
            ContentType => ("PATCH", user, vec![("Content-Type", "text/plain")], op("replace", "title", "x")),
            PathSlashes => get("//Users"),
            PathLetterCase => get("/users"),
            QueryLetterCase => get("/Users?StartIndex=1"),
            UnquotedEtag => ("GET", user, vec![("If-None-Match", "7")], Value::Null),
            Schemas => ("PATCH", user, vec![], without(op("replace", "title", "x"), "schemas")),
            EmptyFilter => get("/Users?filter="),
            UnquotedValue => filter("userName eq mia@acme.test"),
            ForeignQuotes => filter("userName eq 'mia@acme.test'"),
            FilterBlanks => filter("userName  eq \"mia@acme.test\""),
            PartAfterBrackets => filter("emails[type eq \"work\"].value eq \"mia@acme.test\""),
            ComplexCompared => filter(&format!("{ENTERPRISE}:manager eq \"7\"")),
            BooleanAsString => one("replace", "active", json!("True")),
            NumberAsId => on_group(json!({ "op": "add", "path": "members",
                "value": [{ "value": self.mia.parse::<i64>().unwrap() }] })),
            UrnWithoutColon => {
                one("replace", &format!("{}:department", ENTERPRISE.replace("0:User", "0User")), json!("x"))
            }
            ExtensionWithoutUrn => one("replace", "department", json!("x")),
            CoreUrnObject => patch(json!([{ "op": "replace", "value": { USER: { "title": "x" } } }])),
            QualifiedKey => patch(json!([{ "op": "replace", "value": { "name.givenName": "x" } }])),
            UnknownAttribute => patch(json!([{ "op": "replace", "value": { "shoeSize": 9 } }])),
            UnknownExtension => one("replace", "urn:acme:x:2.0:User:a", json!("x")),
            ScalarForList => one("replace", "emails", json!({ "value": "mia@acme.test" })),
            ListForScalar => one("replace", "title", json!(["x"])),
            StringForObject => one("replace", "emails", json!(["mia@acme.test"])),
            JsonInString => one("replace", "emails", json!("[{\"value\":\"mia@acme.test\"}]")),
            WrappedList => {
                on_group(json!({ "op": "add", "path": "members", "value": { "members": refs(&[&self.mia]) } }))
            }
            RolesOfAnyType => one("replace", "roles", json!([7])),
            GroupsWritten => one("add", "groups", refs(&[&self.group])),
            ReadOnlyInPatch => patch(json!([{ "op": "replace", "value": { "id": self.mia, "title": "x" } }])),
            OperationsEmpty => patch(json!([])),
            OperationsNotList => patch(json!({ "op": "replace", "path": "title", "value": "x" })),
            OpLetterCase => one("Replace", "title", json!("x")),
            EmptyPath => patch(json!([{ "op": "replace", "path": null, "value": { "title": "x" } }])),
            ValuePathCreates => one("add", "phoneNumbers[type eq \"fax\"].value", json!("1")),
            AddByValuePath => on_group(json!({ "op": "add", "path": format!("members[value eq \"{}\"]", self.mia) })),
            RemoveWithValue => on_group(json!({ "op": "remove", "path": "members", "value": refs(&[&self.mia]) })),
            MethodLetterCase => bulk("post", "/Users".to_owned()),
            BulkPath => bulk("POST", format!("{}/Users", self.connected.url)),
        }
    }
}

#[test]
fn each_relaxation_is_noted_by_a_liberal_connection_and_refused_by_a_strict_one() {
    let house = Appliance::start();
    let console = house.console();
    let liberal = Stage::set(&house, "Liberal", "liberal");
    let strict = Stage::set(&house, "Strict", "strict");
    for relaxation in Relaxation::ALL {
        let code = relaxation.code();
        let taken = liberal.send(&liberal.example(*relaxation));
        assert!(taken.status < 300, "{code}: {} {}", taken.status, taken.text);
        let outcome = taken.text.contains("BulkResponse").then(|| taken.at("/Operations/0/status"));
        assert!(outcome.is_none_or(|status| status == "201"), "{code}: {}", taken.text);
        let noted = console.view(&liberal.connected).at("/exchanges/0/relaxations");
        assert!(noted.as_array().unwrap().contains(&code.into()), "{code} is not in {noted}");

        let before = strict.state();
        let asked = strict.example(*relaxation);
        let mut refused = strict.send(&asked);
        if refused.text.contains("BulkResponse") {
            refused.text = refused.at("/Operations/0/response").to_string();
        } else {
            let status = if *relaxation == Relaxation::ContentType { 415 } else { 400 };
            refused = refused.expect(status);
        }
        let refused = refused.detail(&format!("[{code}]")).detail(relaxation.clause());
        assert_eq!(refused.at("/scimType").as_str(), relaxation.scim_type(), "{code}");
        assert_eq!(strict.state(), before, "{code}: a refusal changes nothing");
        let noted = console.view(&strict.connected).at("/exchanges/0/relaxations");
        assert_eq!(noted, json!([]), "{code} is refused and not taken");
    }
}

#[test]
fn what_the_rfc_allows_either_way_is_taken_by_a_strict_connection_and_noted_by_none() {
    let house = Appliance::start();
    let console = house.console();
    for tolerance in ["liberal", "strict"] {
        let stage = Stage::set(&house, tolerance, tolerance);
        let client = stage.connected.client().with("Content-Type", "application/scim+json");
        let (user, group) = (format!("/Users/{}", stage.mia), format!("/Groups/{}", stage.group));
        let plain = |reply: Reply| {
            assert!(reply.status < 300, "{}: {}", reply.asked, reply.text);
            let noted = console.view(&stage.connected).at("/exchanges/0/relaxations");
            assert_eq!(noted, json!([]), "{}", reply.asked);
            reply
        };
        for filter in [
            "userName eq \"MIA@acme.test\"",
            "USERNAME EQ \"mia@acme.test\"",
            "title pr or userType eq \"Intern\"",
            "userType eq \"Employee\" and (emails co \"example.com\" or emails.value co \"example.org\")",
            "userType ne \"Employee\" and not (emails co \"example.com\" or emails.value co \"example.org\")",
            "not(active eq false)",
            "emails[type eq \"work\" and value co \"@acme.test\"]",
            "active eq true",
            "title eq null",
            "meta.lastModified gt \"2011-05-13T04:42:34Z\"",
            "urn:ietf:params:scim:schemas:core:2.0:User:userName sw \"M\"",
            &format!("{ENTERPRISE}:manager.value eq \"7\""),
        ] {
            plain(client.find("/Users", filter));
        }
        plain(client.get("/Users?startIndex=1&count=5&sortBy=name.familyName&attributes=userName&aadOptscim062020=1"));
        let search =
            json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": "userName pr" });
        plain(client.post("/Users/.search", search));
        // What was read is written back as it came: read-only attributes are passed over (RFC 7644, section 3.5.1).
        for path in [&user, &group] {
            let read = plain(client.get(path)).json();
            plain(client.put(path, read));
        }
        let json = client.clone().with("Content-Type", "application/json; charset=utf-8");
        plain(json.patch(&user, op("replace", "title", "x")));
        plain(client.patch(&user, ops(json!([
            { "op": "add", "value": { "nickName": "Mi", "emails": [{ "value": "m@home.test", "type": "home" }], "NAME": { "givenName": "M" } } },
            { "op": "replace", "path": "emails[type eq \"home\"].value", "value": "mi@home.test" },
            { "op": "remove", "path": "emails[type eq \"home\"]" },
            { "op": "remove", "path": "emails[type eq \"other\"]" },
            { "op": "replace", "path": format!("{ENTERPRISE}:manager"), "value": { "value": "7" } },
            { "op": "replace", "value": { ENTERPRISE: { "division": "North" } } },
            { "op": "replace", "path": "title", "value": null },
            { "op": "replace", "path": "roles", "value": [] },
        ]))));
        plain(
            client.patch(&group, op("add", "members", json!([{ "value": stage.mia, "display": "Mia", "$ref": "x" }]))),
        );
        plain(
            client.patch(
                &group,
                ops(json!([{ "op": "remove", "path": format!("members[value eq \"{}\"]", stage.mia) }])),
            ),
        );
        plain(client.patch(&group, ops(json!([{ "op": "remove", "path": "members" }]))));
        let bulk = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": [
            { "method": "POST", "path": "/Users", "bulkId": "1", "data": person("bob") },
            { "method": "POST", "path": "/Groups", "bulkId": "2", "data": with(team("T"), json!({ "members": refs(&["bulkId:1"]) })) },
        ] });
        let made = plain(client.post("/Bulk", bulk)).says("/Operations/0/status", "201");
        made.says("/Operations/1/status", "201");
        let version = client.get(&user).header("etag").to_owned();
        plain(client.clone().with("If-Match", &version).patch(&user, op("replace", "title", "y")));
    }
}

#[test]
fn groups_that_come_with_a_user_are_passed_over_by_a_strict_connection() {
    let house = Appliance::start();
    let strict = Stage::set(&house, "Strict", "strict");
    let client = strict.connected.client().with("Content-Type", "application/scim+json");
    let groups = json!({ "groups": refs(&[&strict.group]) });
    let bob = client.post("/Users", with(person("bob"), groups.clone())).expect(201).lacks("/groups").id();
    client.put(&format!("/Users/{bob}"), with(person("bob"), groups.clone())).expect(200).lacks("/groups");
    client.patch(&format!("/Users/{bob}"), pathless(groups)).refused(400).because("mutability");
    assert_eq!(client.members_of(&strict.group), [strict.mia.as_str()]);
}

#[test]
fn tolerance_is_set_in_console_and_command_line_and_counts_from_the_next_request_on() {
    let house = Appliance::start();
    house.console();
    let console = Console::sign_in(&house, ADMIN, PASSWORD);
    let sales = house.keeper();
    let odd = || sales.client().find("/Users", "userName eq mia");
    odd().expect(200);
    console.edit(&sales, json!({ "tolerance": "strict" })).expect(200).says("/settings/tolerance", "strict");
    odd().refused(400).because("invalidFilter");
    house.run(&["scim", "edit", &sales.scim_id, "--tolerance", "liberal"]).ok();
    odd().expect(200);
    let view = house.run(&["scim", "view", &sales.scim_id, "--json"]).ok().json();
    assert_eq!((&view["tolerance"], &view["announce"]), (&json!("liberal"), &json!("full")));
    console.edit(&sales, json!({ "tolerance": "lax" })).fails(400, "INVALID");
    let changes = console.get("/audit?event=scim_updated").expect(200);
    changes.says("/events/0/after", json!({ "tolerance": "liberal" }));
}

/// The table of docs/clients.md, as the enum has it; there each client is a link to its section.
fn table() -> String {
    let row = |relaxation: &Relaxation| {
        let (code, clause) = (relaxation.code(), relaxation.clause());
        let status = if *relaxation == Relaxation::ContentType { 415 } else { 400 };
        let word = relaxation.scim_type().map(|word| format!(" `{word}`")).unwrap_or_default();
        let (sentence, witness) = (relaxation.sentence(), relaxation.witness());
        format!("| `{code}` | {sentence} | {clause} | {witness} | {status}{word} |\n")
    };
    let head = "| Code | What is taken | What it is beyond | Who needs it | Under `strict` |\n| --- | --- | --- | --- | --- |\n";
    head.chars().chain(Relaxation::ALL.iter().flat_map(|one| row(one).chars().collect::<Vec<_>>())).collect()
}

/// A page with the words of its links instead of the links.
fn without_links(page: &str) -> String {
    let mut parts = page.split("](");
    let mut text = parts.next().unwrap().to_owned();
    for part in parts {
        let start = text.rfind('[').unwrap();
        text.remove(start);
        text.push_str(part.split_once(')').unwrap().1);
    }
    text
}

#[test]
fn the_documentation_lists_every_relaxation_and_links_each_client_to_its_section() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/clients.md")).unwrap();
    assert!(without_links(&page).contains(&table()), "the table should be:\n\n{}", table());
    for relaxation in Relaxation::ALL {
        let row = page.lines().find(|line| line.starts_with(&format!("| `{}` |", relaxation.code()))).unwrap();
        assert!(row.contains("]("), "no client is linked: {row}");
    }
    let mut codes: Vec<&str> = Relaxation::ALL.iter().map(|relaxation| relaxation.code()).collect();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), Relaxation::ALL.len(), "each code stands for one");
}
