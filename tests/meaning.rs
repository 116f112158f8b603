//! One meaning, two engines: whatever the filter and whoever the people, the store finds exactly those that the
//! evaluator says; and whatever the body, the short way of a new user comes to what the long way comes to.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test stops at the first surprise")]

use proptest::prelude::*;
use scimbox::domain::connection_settings::{Preset, SettingsChange};
use scimbox::domain::idp::Idp;
use scimbox::domain::provisioning::{self, Choice};
use scimbox::domain::token::Issue;
use scimbox::domain::{Act, Time, Tx, node};
use scimbox::scim::Answer;
use scimbox::scim::Caller;
use scimbox::scim::Error;
use scimbox::scim::Terms;
use scimbox::scim::filter;
use scimbox::scim::intake::content::Content;
use scimbox::scim::intake::fast_path;
use scimbox::scim::intake::json as intake;
use scimbox::scim::leeway::Leeway;
use scimbox::scim::list::Listing;
use scimbox::scim::matches;
use scimbox::scim::page::answer;
use scimbox::scim::query::Query;
use scimbox::scim::schema::USER_TYPE;
use scimbox::scim::users;
use scimbox::store::Store;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::sync::LazyLock;

const WORDS: [&str; 12] = ["", "a", "A", "Ada", "ada b", "Straße", "STRASSE", "営業", "a\"b\\c", "é", "10%", "_"];
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

fn word() -> impl Strategy<Value = String> {
    prop::sample::select(&WORDS[..]).prop_map(str::to_owned)
}

/// An e-mail, phone number or address with some of its parts.
fn element() -> impl Strategy<Value = Value> {
    let kind = prop::option::of(prop::sample::select(&["work", "home", "Work"][..]));
    (prop::option::of(word()), kind, prop::option::of(any::<bool>()), prop::option::of(word())).prop_map(
        |(value, kind, primary, locality)| {
            let mut element = Map::new();
            element.extend(value.map(|v| ("value".to_owned(), v.into())));
            element.extend(kind.map(|k| ("type".to_owned(), k.into())));
            element.extend(primary.filter(|p| !p).map(|p| ("primary".to_owned(), p.into())));
            element.extend(locality.map(|l| ("locality".to_owned(), l.into())));
            Value::Object(element)
        },
    )
}

fn person() -> impl Strategy<Value = Map<String, Value>> {
    let texts = prop::collection::vec(prop::option::of(word()), 6);
    let lists = prop::collection::vec(prop::collection::vec(element(), 0..3), 3);
    (texts, lists, any::<bool>()).prop_map(|(texts, lists, active)| {
        let mut person = Map::new();
        person.insert("active".to_owned(), active.into());
        let names = ["displayName", "title", "nickName", "externalId", "profileUrl"];
        for (name, text) in names.iter().zip(&texts) {
            person.extend(text.clone().map(|text| ((*name).to_owned(), text.into())));
        }
        for (name, list) in ["emails", "phoneNumbers", "addresses"].iter().zip(lists) {
            person.insert((*name).to_owned(), Value::Array(list));
        }
        if let Some(Some(text)) = texts.last() {
            person.insert("name".to_owned(), json!({ "givenName": text, "familyName": "" }));
            person.insert(ENTERPRISE.to_owned(), json!({ "department": text, "manager": { "value": "1" } }));
        }
        person
    })
}

/// A comparison on one of the attributes, or inside brackets on one of the parts.
fn comparison(names: &'static [&'static str]) -> impl Strategy<Value = String> {
    let op = prop::sample::select(&["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"][..]);
    (prop::sample::select(names), op, word(), any::<bool>(), 0..4).prop_map(|(name, op, word, flag, moment)| match name
    {
        name if name.ends_with("active") || name.ends_with("primary") => {
            format!("{name} {} {flag}", if op == "ne" { "ne" } else { "eq" })
        }
        name if name.starts_with("meta.") => {
            let op = if matches!(op, "co" | "sw" | "ew") { "ge" } else { op };
            format!("{name} {op} \"1970-01-01T00:00:00.0{moment}{}Z\"", if flag { "" } else { "0004" })
        }
        name => match moment {
            0 => format!("{name} pr"),
            1 if op == "eq" || op == "ne" => format!("{name} {op} null"),
            _ => format!("{name} {op} {}", Value::from(word)),
        },
    })
}

fn filters() -> impl Strategy<Value = String> {
    const NAMES: [&str; 20] = [
        "userName",
        "displayName",
        "title",
        "nickName",
        "externalId",
        "profileUrl",
        "active",
        "name.givenName",
        "name.familyName",
        "emails",
        "emails.value",
        "emails.type",
        "phoneNumbers.value",
        "addresses.locality",
        "meta.created",
        "meta.lastModified",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
        "manager",
        "emails.primary",
        "id",
    ];
    const PARTS: [&str; 3] = ["value", "type", "primary"];
    let inside = (comparison(&PARTS), comparison(&PARTS), 0..4)
        .prop_map(|(a, b, n)| match n {
            0 => a,
            1 => format!("{a} and {b}"),
            2 => format!("{a} or not ({b})"),
            _ => format!("not ({a})"),
        })
        .boxed();
    let leaf = prop_oneof![
        4 => comparison(&NAMES),
        1 => inside.clone().prop_map(|inside| format!("emails[{inside}]")),
        1 => inside.prop_map(|inside| format!("phoneNumbers[{inside}].value co \"a\"")),
    ];
    leaf.prop_recursive(4, 12, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) and ({b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) or ({b})")),
            inner.prop_map(|a| format!("not ({a})")),
        ]
    })
}

/// A body of POST /Users with something in it that clients do, or should not do.
fn body() -> impl Strategy<Value = String> {
    let name = prop::sample::select(&["ada@acme.test", "", "Ada B", "a\"b", "ada"][..]);
    let both = "{\"value\":\"a@x.org\",\"type\":\"work\"},{\"type\":\"work\",\"value\":\"a@x.org\"}";
    let habits = [
        ("", ""),
        ("{", "{\"schemas\":[\"urn:ietf:params:scim:schemas:core:2.0:User\"],\"groups\":[],\"password\":\"p\","),
        ("{", "{\"groups\":[{\"value\":\"1\"}],"),
        ("{", "{\"schemas\":\"x\","),
        ("{", "{\"id\":\"7\",\"meta\":{},\"shoeSize\":44,"),
        ("{", "{\"title\":\"T\",\"Title\":\"U\","),
        ("{", "{\"title\":\"T\",\"userType\":null,"),
        ("{", "{\"locale\":7,"),
        ("{", "{\"roles\":[7,\"x\"],"),
        ("{", "{\"ims\":[{}],\"photos\":[],\"entitlements\":null,"),
        ("{", "{\"timezone\":\"a\\u0000b\","),
        ("{", "{\"timezone\":\"a\\u0041\\n\","),
        ("\"emails\":[", "\"EMAILS\":["),
        (
            "\"emails\":[",
            "\"ims\":[{\"value\":\"p\",\"primary\":true},{\"value\":\"q\",\"primary\":true}],\"emails\":[",
        ),
        ("\"emails\":[", "\"ims\":[{\"value\":\"p\",\"primary\":\"True\"},{}],\"emails\":["),
        ("\"active\":true", "\"active\":\"True\""),
        ("\"active\":true", "\"active\":null"),
        ("{", "{\"ims\":[BOTH],"),
        ("\"givenName\"", "\"GivenName\""),
        ("\"familyName\":", "\"familyName\":null,\"formatted\":"),
        ("\"manager\":", "\"manager\":null,\"division\":\"D\",\"Division\":\"E\",\"x\":"),
        ("\"manager\":{", "\"manager\":{\"displayName\":\"M\","),
        ("}", "}}"),
    ];
    let habit = prop::sample::select(habits.to_vec());
    (person(), name, prop::collection::vec(habit, 0..3), any::<bool>()).prop_map(
        move |(mut person, name, habits, pretty)| {
            person.insert("userName".to_owned(), name.into());
            let text = serde_json::to_string(&person).unwrap();
            let text = habits.iter().fold(text, |text, (old, new)| text.replacen(old, &new.replace("BOTH", both), 1));
            let spaced = |value: Value| serde_json::to_string_pretty(&value).unwrap();
            // What stands twice in an object is lost when it is read, so only some bodies are written anew.
            if pretty { serde_json::from_str(&text).map_or(text, spaced) } else { text }
        },
    )
}

struct Sandbox {
    _dir: tempfile::TempDir,
    store: Store,
    caller: Caller,
    people: Vec<(String, Map<String, Value>)>,
}

impl Sandbox {
    fn with(people: Vec<Map<String, Value>>) -> Sandbox {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path(), Time(1), [7; 32]).unwrap();
        let act = |n: i64| Act {
            now: Time(n),
            by: "test".to_owned(),
            address: String::new(),
            request_id: String::new(),
            seed: [u8::try_from(n).unwrap(); 16],
        };
        let connection = store.write_blocking(move |tx| {
            let node = node::create(tx, &act(0), "Acme", None)?;
            let choice = Choice {
                idp: Idp::OTHER,
                preset: Preset::Rfc,
                change: SettingsChange::default(),
                token_expires_at: None,
            };
            let made = provisioning::generate(tx, &act(1), node.id, &choice, &Issue([3; 38]))?;
            provisioning::save(tx, &act(1), made.connection.id)
        });
        let caller = Caller {
            connection: connection.unwrap().into(),
            base: "http://scim.test".to_owned(),
            agent: None,
            now: Time(100),
            leeway: Leeway::default(),
        };
        let writer = caller.clone();
        let made = store.write_blocking(move |tx: &mut dyn Tx| {
            let mut made = Vec::new();
            for (n, person) in (1..).zip(&people) {
                let mut person = person.clone();
                person.insert("userName".to_owned(), format!("{}{n}", WORDS[n as usize % WORDS.len()]).into());
                let content = Content::read(&USER_TYPE, person, &Leeway::default())?;
                let new = users::PreparedUser::of(&writer, content.clone())?;
                match users::create(tx, &act(n * 10), &writer, &new, &Terms::default())? {
                    Answer::Made { text, .. } => made.push(text),
                    other => panic!("{other:?}"),
                }
            }
            Ok::<_, Error>(made)
        });
        let people = made.unwrap().into_iter().map(|text| {
            let person: Map<String, Value> = serde_json::from_str(&text).unwrap();
            (person["id"].as_str().unwrap().to_owned(), person)
        });
        Sandbox { people: people.collect(), _dir: dir, store, caller }
    }

    /// Who fulfils a filter, by the evaluator and by the store.
    fn both(&self, text: &str) -> (BTreeSet<String>, BTreeSet<String>) {
        let test =
            matches::bind(&filter::parse(text, &Leeway::default()).unwrap(), &USER_TYPE, &Leeway::default()).unwrap();
        let meant = self.people.iter().filter(|(_, person)| test.matches(person)).map(|(id, _)| id.clone()).collect();
        let body = json!({ "filter": text, "attributes": ["id"] });
        let query = Query::from_body(body.as_object().unwrap(), &Leeway::default()).unwrap();
        let listing = Listing::bind(&query, &USER_TYPE, &self.caller).unwrap();
        let caller = self.caller.clone();
        let found = self.store.read(move |tx| answer::<users::Users>(tx, &caller, &listing));
        let Answer::List(found) = found.unwrap() else { panic!("a list is answered by a list") };
        let found: Value = serde_json::from_str(&found).unwrap();
        let resources = found["Resources"].as_array().unwrap();
        assert_eq!(found["totalResults"], resources.len(), "{text}");
        (meant, resources.iter().map(|r| r["id"].as_str().unwrap().to_owned()).collect())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_store_finds_whom_the_evaluator_means(
        people in prop::collection::vec(person(), 1..25),
        filters in prop::collection::vec(filters(), 40),
    ) {
        let sandbox = Sandbox::with(people);
        for filter in filters {
            let (meant, found) = sandbox.both(&filter);
            prop_assert_eq!(meant, found, "{}", filter);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_short_way_of_a_user_comes_to_what_the_long_way_comes_to(body in body(), needs_email in any::<bool>()) {
        let caller = caller(needs_email);
        let long = intake::parse_object(body.as_bytes()).and_then(|body| Content::read(&USER_TYPE, body, &Leeway::default()));
        let long = long.and_then(|content| users::PreparedUser::of(&caller, content)).map_err(|error| error.to_string());
        let short = users::PreparedUser::read(&caller, body.as_bytes()).map_err(|error| error.to_string());
        prop_assert_eq!(long, short, "{}", body);
    }
}

fn caller(needs_email: bool) -> Caller {
    static CALLER: LazyLock<Caller> = LazyLock::new(|| Sandbox::with(Vec::new()).caller);
    let mut connection = (*CALLER.connection).clone();
    connection.settings.email_required = needs_email;
    Caller { connection: connection.into(), ..CALLER.clone() }
}

#[test]
fn what_identity_providers_send_goes_the_short_way() {
    for body in [
        r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"mia@acme.test","name":{"givenName":"Mia",
            "familyName":"Berg"},"emails":[{"primary":true,"value":"mia@acme.test","type":"work"}],"password":"1mz050nq",
            "displayName":"Mia Berg","locale":"en-US","externalId":"00ujl29u0le5T6Aj10h7","groups":[],"active":true}"#,
        r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],"externalId":"mia","userName":"mia@acme.test",
            "active":true,"addresses":[{"type":"work","streetAddress":"1 Way"}],"displayName":"M\u00efa","title":"",
            "emails":[{"type":"work","value":"mia@acme.test","primary":true}],"name":{"formatted":"Mia Berg"},
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"営業"}}"#,
    ] {
        assert!(fast_path::read(body.as_bytes()).is_some(), "{body}");
    }
}
