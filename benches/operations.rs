//! Single operations of the library: reading what clients send, changing a resource, and what the store does for one request.
#![expect(clippy::unwrap_used, reason = "a benchmark stops at the first surprise")]

#[path = "goals/in_process.rs"]
mod in_process;

use criterion::{BatchSize, Bencher, Criterion, criterion_group, criterion_main};
use in_process::House;
use scimbox::domain::client_certificate::Peer;
use scimbox::domain::token::{self, Presented};
use scimbox::domain::user::{Lock, ScopeKey, User, UserProfile, UserState};
use scimbox::domain::{NodeId, TeamId, Time, Tx, UserId, fold, membership::TeamRef};
use scimbox::scim::Answer;
use scimbox::scim::Terms;
use scimbox::scim::filter;
use scimbox::scim::groups;
use scimbox::scim::intake::content::Content;
use scimbox::scim::intake::fast_path;
use scimbox::scim::intake::json;
use scimbox::scim::leeway::Leeway;
use scimbox::scim::list::Listing;
use scimbox::scim::page::answer;
use scimbox::scim::patch;
use scimbox::scim::path;
use scimbox::scim::query::Query;
use scimbox::scim::render::text::user_text;
use scimbox::scim::schema::{GROUP_TYPE, USER_TYPE};
use scimbox::scim::users;
use scimbox::scim::users::PreparedUser;
use scimbox::scim::version::Version;
use scimbox::{domain, scim, world};
use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};

const FILTER: &str =
    r#"userName eq "ada@example.com" and (emails[type eq "work" and value ew "example.com"] or active eq true)"#;
const PATH: &str = r#"emails[type eq "work" and primary eq true].value"#;
const PATCH: &[u8] = br#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[
{"op":"replace","path":"name.familyName","value":"King"},{"op":"replace","path":"emails[type eq \"work\"].value","value":"king@example.com"},
{"op":"add","value":{"title":"Countess","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"Engines"}}}]}"#;
const USERS: u64 = 10_100;

fn body(number: u64) -> Vec<u8> {
    format!(
        concat!(
            r#"{{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","#,
            r#""urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],"#,
            r#""externalId":"00u{n:08}","userName":"person{n:08}@example.com","active":true,"#,
            r#""name":{{"formatted":"Given Family{n:08}","familyName":"Family{n:08}","givenName":"Given"}},"#,
            r#""displayName":"Given Family{n:08}","title":"Senior engineer","#,
            r#""emails":[{{"value":"person{n:08}@example.com","type":"work","primary":true}},"#,
            r#"{{"value":"given{n:08}@home.example.org","type":"home"}}],"#,
            r#""urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":"#,
            r#"{{"employeeNumber":"{n:08}","department":"Engineering","costCenter":"4130"}}}}"#,
        ),
        n = number
    )
    .into_bytes()
}

fn content(number: u64) -> Content {
    Content::read(&USER_TYPE, json::parse_object(&body(number)).unwrap(), &Leeway::default()).unwrap()
}

fn reading(c: &mut Criterion) {
    let mut group = c.benchmark_group("read");
    let user = body(1);
    group.bench_function("a filter", |b| b.iter(|| filter::parse(black_box(FILTER), &Leeway::default()).unwrap()));
    group
        .bench_function("a path", |b| b.iter(|| path::parse(black_box(PATH), &USER_TYPE, &Leeway::default()).unwrap()));
    group.bench_function("a PATCH body", |b| {
        b.iter(|| patch::read(&USER_TYPE, &json::parse_object(black_box(PATCH)).unwrap(), &Leeway::default()).unwrap());
    });
    group.bench_function("a User body", |b| {
        b.iter(|| {
            Content::read(&USER_TYPE, json::parse_object(black_box(&user)).unwrap(), &Leeway::default()).unwrap()
        });
    });
    group.bench_function("a User body, the short way to its text", |b| {
        b.iter(|| fast_path::read(black_box(&user)).unwrap());
    });
}

fn changing(c: &mut Criterion) {
    let mut group = c.benchmark_group("resource");
    let operations = patch::read(&USER_TYPE, &json::parse_object(PATCH).unwrap(), &Leeway::default()).unwrap();
    let attributes = content(1).attributes;
    group.bench_function("apply a PATCH", |b| {
        b.iter_batched_ref(
            || attributes.clone(),
            |attributes| patch::apply(&USER_TYPE, attributes, black_box(&operations), &Leeway::default()).unwrap(),
            BatchSize::SmallInput,
        );
    });
    let user = User {
        id: UserId(892_618_758_160_390),
        node: NodeId(892_618_758_160_386),
        scim_id: None,
        state: UserState::Invited,
        lock: Lock::None,
        profile: UserProfile {
            resource: content(1).user_profile().unwrap().resource,
            ..content(1).user_profile().unwrap()
        },
        version: 1,
        created_at: Time(1_769_850_000_000),
        modified_at: Time(1_769_850_000_000),
    };
    let team = |n: u8| TeamRef { key: domain::TeamKey(n.into()), id: TeamId([n; 16]), name: format!("Team {n}") };
    let teams: Vec<TeamRef> = (1..=3).map(team).collect();
    let base = "http://127.0.0.1:8080/api/rest/scim/v2/892618758160386";
    group.bench_function("splice a user's text", |b| {
        b.iter(|| user_text(black_box(&user), Version::of_user(&user, &[]), &[], base))
    });
    group.bench_function("splice a user's text with three teams", |b| {
        b.iter(|| user_text(black_box(&user), Version::of_user(&user, &teams), &teams, base))
    });
}

/// Creates users in one transaction and returns their ids.
fn fill(house: &House) -> Vec<UserId> {
    let (caller, act) = (house.caller.clone(), world::act("bench").unwrap());
    let news: Vec<PreparedUser> = (0..USERS).map(|n| PreparedUser::of(&caller, content(n)).unwrap()).collect();
    let made = house.store.write_blocking(move |tx| {
        let one = |new| users::create(&mut *tx, &act, &caller, new, &Terms::default()).map(id_in);
        news.iter().map(one).collect::<scim::Result<Vec<String>>>()
    });
    made.unwrap().iter().map(|id| id.parse().unwrap()).collect()
}

fn id_in(answer: Answer) -> String {
    match answer {
        Answer::Made { location, .. } => location.rsplit('/').next().unwrap_or_default().to_owned(),
        _ => String::new(),
    }
}

/// A team of the first so many users.
fn team(house: &House, members: &[UserId]) -> TeamId {
    let values: Vec<String> = members.iter().map(|id| format!("{{\"value\":\"{id}\"}}")).collect();
    let text = format!("{{\"displayName\":\"Team of {}\",\"members\":[{}]}}", members.len(), values.join(","));
    let content = Content::read(&GROUP_TYPE, json::parse_object(text.as_bytes()).unwrap(), &Leeway::default()).unwrap();
    let (caller, act) = (house.caller.clone(), world::act("bench").unwrap());
    let made = house.store.write_blocking(move |tx| groups::create(tx, &act, &caller, &content, &Terms::default()));
    id_in(made.unwrap()).parse().unwrap()
}

fn patch_team(house: &House, team: TeamId, operation: &str) {
    let text = format!("{{\"Operations\":[{operation}]}}");
    let operations =
        patch::read(&GROUP_TYPE, &json::parse_object(text.as_bytes()).unwrap(), &Leeway::default()).unwrap();
    let (caller, act) = (house.caller.clone(), world::act("bench").unwrap());
    let write =
        house.store.write_blocking(move |tx| groups::modify(tx, &act, &caller, team, &operations, &Terms::default()));
    write.unwrap();
}

/// Measures one read again and again. What it owns is made outside the measurement.
fn read<T: Send + 'static>(
    b: &mut Bencher<'_>,
    house: &House,
    f: impl FnOnce(&mut dyn Tx) -> Result<T, scimbox::scim::Error> + Clone + Send + 'static,
) {
    b.iter_batched(|| f.clone(), |f| house.store.read(f).unwrap(), BatchSize::SmallInput);
}

fn store(c: &mut Criterion) {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let house = House::build(folder.path()).unwrap();
    let ids = fill(&house);
    let (small, large) = (team(&house, ids.get(..10).unwrap()), team(&house, ids.get(..10_000).unwrap()));
    let (caller, terms, member) = (&house.caller, Terms::default(), *ids.first().unwrap());
    let scope = ScopeKey::of(caller.connection.settings.unique_users, caller.connection.node);

    let mut group = c.benchmark_group("store");
    group.bench_function("let a token in", |b| {
        let place = Presented { now: caller.now, peer: Peer::default(), node: Some(caller.connection.node) };
        let token = house.token.clone();
        read(b, &house, move |tx| Ok(token::authenticate(tx, &place, black_box(&token))?.unwrap()));
    });
    group.bench_function("read a user by id", |b| {
        let (caller, terms) = (caller.clone(), terms.clone());
        read(b, &house, move |tx| users::get(tx, &caller, black_box(member), &terms));
    });
    group.bench_function("read a user by name", |b| {
        let name = fold("Person00000500@example.com");
        read(b, &house, move |tx| Ok(tx.user_named(scope, black_box(&name))?.unwrap()));
    });
    group.bench_function("a page of 100", |b| {
        let query = Query::from_url("startIndex=1&count=100", &Leeway::default()).unwrap();
        let listing = Listing::bind(&query, &USER_TYPE, caller).unwrap();
        let caller = caller.clone();
        read(b, &house, move |tx| answer::<users::Users>(tx, &caller, black_box(&listing)));
    });
    group.bench_function("the teams of a user", |b| {
        read(b, &house, move |tx| Ok(tx.teams_of_user(black_box(member))?));
    });
    // Each of these waits for the disk once.
    let next = AtomicU64::new(USERS);
    group.bench_function("create a user", |b| {
        b.iter_batched(
            || {
                let new = PreparedUser::of(caller, content(next.fetch_add(1, Ordering::Relaxed))).unwrap();
                (new, caller.clone(), world::act("bench").unwrap())
            },
            |(new, caller, act)| {
                let terms = Terms::default();
                house.store.write_blocking(move |tx| users::create(tx, &act, &caller, &new, &terms)).unwrap()
            },
            BatchSize::SmallInput,
        );
    });
    let outsider = ids.last().unwrap();
    let add = format!(r#"{{"op":"add","path":"members","value":[{{"value":"{outsider}"}}]}}"#);
    let remove = format!(r#"{{"op":"remove","path":"members[value eq \"{outsider}\"]"}}"#);
    for (name, team) in [("add a member to a team of 10", small), ("add a member to a team of 10 000", large)] {
        group.bench_function(name, |b| {
            b.iter_batched(
                || patch_team(&house, team, &remove),
                |()| patch_team(&house, team, &add),
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
    house.store.close();
}

criterion_group!(operations, reading, changing, store);
criterion_main!(operations);
