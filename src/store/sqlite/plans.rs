//! Every statement that the product runs is answered by an index: asked of SQLite's planner for each of them.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops at the first surprise")]

use super::{Reading, SqliteTx, migrate, write_cache::WriteCache};
use crate::domain::admin::{self, NewAdmin};
use crate::domain::connection::Connection;
use crate::domain::connection_settings::{Preset, SettingsChange};
use crate::domain::membership::Change;
use crate::domain::predicate::{From, Key, Position, Predicate, Walk, Window};
use crate::domain::provisioning::{self, Choice};
use crate::domain::second_factor::{self, Factor};
use crate::domain::team_lifecycle;
use crate::domain::token::Issue;
use crate::domain::user::{ScopeKey, UserProfile};
use crate::domain::user_lifecycle;
use crate::domain::{Act, TeamId, Time, Tx, UserId, approval, fold, idp::Idp, node, session};
use crate::domain::{deprovision, team, user};
use crate::store::sqlite::folder;
use rusqlite::trace::{TraceEvent, TraceEventCodes};
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

thread_local! {
    static SEEN: RefCell<BTreeSet<String>> = const { RefCell::new(BTreeSet::new()) };
    static RUN: Cell<usize> = const { Cell::new(0) };
}

fn remember(event: TraceEvent<'_>) {
    // What a trigger does is shown as a comment: it goes by the id of a node.
    if let TraceEvent::Stmt(_, sql) = event
        && !sql.starts_with("--")
    {
        SEEN.with_borrow_mut(|seen| seen.insert(sql.to_owned()));
        RUN.set(RUN.get() + 1);
    }
}

pub(super) fn database() -> (tempfile::TempDir, rusqlite::Connection) {
    let dir = tempfile::tempdir().unwrap();
    let db = migrate::open(&folder::prepare(dir.path()).unwrap(), Time(1), [7; 32], &|| true).unwrap();
    (dir, db)
}

fn act(seed: u8) -> Act {
    Act {
        now: Time(i64::from(seed) + 10),
        by: "test".to_owned(),
        address: String::new(),
        request_id: String::new(),
        seed: [seed; 16],
    }
}

pub(super) fn connect(tx: &mut dyn Tx, name: &str, preset: Preset, chance: u8) -> Connection {
    let node = node::create(tx, &act(1), name, None).unwrap();
    let choice = Choice { idp: Idp::OTHER, preset, change: SettingsChange::default(), token_expires_at: None };
    let made = provisioning::generate(tx, &act(1), node.id, &choice, &Issue([chance; 38])).unwrap();
    provisioning::save(tx, &act(1), made.connection.id).unwrap()
}

pub(super) fn person(tx: &mut dyn Tx, connection: &Connection, name: &str) -> user::User {
    let profile = UserProfile {
        user_name: name.to_owned(),
        external_id: Some(format!("x-{name}")),
        display_name: Some(format!("The {name}")),
        resource: format!(r#"{{"emails":[{{"value":"{name}"}},{{"value":"home.{name}"}}]}}"#),
    };
    let emails = [name.to_owned(), format!("home.{name}")];
    user_lifecycle::create(tx, &act(2), connection, profile, &emails, true).unwrap().0
}

pub(super) fn group(tx: &mut dyn Tx, connection: &Connection, name: &str, seed: u8, members: &[UserId]) -> team::Team {
    let profile =
        team::TeamProfile { name: name.to_owned(), external_id: Some(name.to_owned()), resource: "{}".to_owned() };
    team_lifecycle::create(tx, &act(seed), connection, profile, members.iter().map(UserId::to_string).collect())
        .unwrap()
}

fn is(key: Key) -> Predicate {
    Predicate::Is(key)
}

fn user_keys(team: TeamId) -> Vec<Key> {
    let text = |text: &str| text.to_owned();
    vec![
        Key::User(UserId(1)),
        Key::UserName(text("ada@acme.test")),
        Key::ExternalId(text("x-ada@acme.test")),
        Key::DisplayName(text("the ada@acme.test")),
        Key::Email(text("ada@acme.test")),
        Key::InTeam(team),
    ]
}

fn team_keys(user: UserId) -> Vec<Key> {
    vec![
        Key::Team(TeamId([3; 16])),
        Key::ExternalId("red".to_owned()),
        Key::DisplayName("red".to_owned()),
        Key::HasMember(user),
    ]
}

/// Each key alone, all pairs of different ones under AND and under OR.
fn predicates(keys: Vec<Key>) -> Vec<Predicate> {
    let mut all = Vec::new();
    for one in &keys {
        all.push(is(one.clone()));
        for other in keys.iter().filter(|other| *other != one) {
            all.push(Predicate::All(vec![is(one.clone()), is(other.clone())]));
            all.push(Predicate::Any(vec![is(one.clone()), is(other.clone())]));
        }
    }
    all
}

#[test]
fn no_statement_of_the_product_scans_a_growing_table_or_sorts_it() {
    let (_dir, mut db) = database();
    db.trace_v2(TraceEventCodes::SQLITE_TRACE_STMT, Some(remember)).unwrap();
    let cache = WriteCache::default();
    let tx: &mut dyn Tx = &mut SqliteTx::writing(&db, &cache);
    let acme = connect(tx, "Acme", Preset::Keeper, 1);
    let ada = person(tx, &acme, "ada@acme.test");
    let red = group(tx, &acme, "red", 3, &[ada.id]);
    for n in 0..3 {
        person(tx, &acme, &format!("u{n}@acme.test"));
        group(tx, &acme, "green", 10 + n, &[]);
    }
    for offset in 0..3 {
        let window = Window { offset, limit: 1 };
        tx.users(acme.node, &Predicate::Everything, window).unwrap();
        tx.teams(acme.node, &Predicate::Everything, window).unwrap();
    }

    let window = Window { offset: 1, limit: 10 };
    let place = |number| Position { value: None, number };
    let walks = [From::Skip(1), From::After(place(ada.id.0)), From::Before(place(ada.id.0))].map(|from| Walk {
        order: None,
        from,
        limit: 10,
    });
    for scope in [ScopeKey(0), ScopeKey(acme.node.0)] {
        tx.user_named(scope, "ada@acme.test").unwrap();
    }
    for which in [predicates(user_keys(red.id)), vec![Predicate::Everything]].concat() {
        tx.users(acme.node, &which, window).unwrap();
        tx.count_users(acme.node, &which).unwrap();
        for walk in &walks {
            tx.walk_users(acme.node, &which, walk, &mut |_, _, _| Ok(true)).unwrap();
        }
    }
    for which in [predicates(team_keys(ada.id)), vec![Predicate::Everything]].concat() {
        tx.teams(acme.node, &which, window).unwrap();
        tx.count_teams(acme.node, &which).unwrap();
        for walk in &walks {
            tx.walk_teams(acme.node, &which, walk, &mut |_, _, _| Ok(true)).unwrap();
        }
    }
    tx.has_team_named(acme.node, "red", Some(red.key)).unwrap();
    tx.teams_of_user(ada.id).unwrap();
    tx.teams_of_users(acme.node, ada.id, ada.id).unwrap();
    tx.members(red.key).unwrap();
    tx.pending_members(red.key).unwrap();
    let reach = approval::ApprovalScope::Node(acme.node);
    let start = (crate::domain::TeamKey(0), UserId(0));
    for _ in 0..2 {
        let batch = approval::next(tx, reach, start, 10).unwrap();
        approval::approve(tx, &act(4), &batch, approval::Restrictions::default()).unwrap();
    }
    tx.count_pending(reach).unwrap();
    tx.granted_of_user(ada.id).unwrap();
    let changed = user_lifecycle::UserChange {
        profile: UserProfile { display_name: None, ..ada.profile.clone() },
        emails: &[],
        other_emails: true,
        active: None,
    };
    let ada = user_lifecycle::change(tx, &act(5), &acme, ada, changed).unwrap();
    deprovision::apply(tx, &act(5), &acme, ada.id).unwrap();
    let profile = team::TeamProfile { name: "blue".to_owned(), ..red.profile.clone() };
    let blue = team_lifecycle::change(tx, &act(6), &acme, red, profile, &[Change::Set(vec![])]).unwrap();
    tx.touch_team(blue.key, Time(9)).unwrap();
    team_lifecycle::delete(tx, &act(5), acme.node, blue.id).unwrap();
    tx.rescope_users(acme.node, ScopeKey(acme.node.0)).unwrap();
    let root = tx.root().unwrap().id;
    let ada = user::User { node: root, ..ada };
    tx.move_user(&ada, acme.node, ScopeKey(0)).unwrap();
    tx.update_user(&ada, ScopeKey(0), Some(&["ada@acme.test".to_owned(), "new@acme.test".to_owned()])).unwrap();
    tx.delete_user(&ada).unwrap();
    let token = tx.tokens(acme.id).unwrap().remove(0);
    tx.access(&token.id).unwrap();
    tx.use_token(&token.id, Time(9), "127.0.0.1", None).unwrap();
    tx.update_token(&token).unwrap();
    tx.node(acme.node).unwrap();
    tx.root().unwrap();
    tx.child_named(acme.node, "x").unwrap();
    tx.connection_of(acme.node).unwrap();
    tx.update_connection(&acme).unwrap();
    tx.delete_connection(acme.id).unwrap();
    let password = admin::Hasher::default().hash("twelve chars", &[7; 16]).unwrap();
    let new = NewAdmin { email: "eve@acme.test".to_owned(), name: String::new(), password, role: None };
    let eve = admin::create(tx, &act(7), &new).unwrap();
    tx.sessions_of(eve.id).unwrap();
    session::open(tx, &act(9), eve.id, [5; 32], false, "x").unwrap();
    tx.see_session(&[5; 32], Time(9)).unwrap();
    session::find(tx, Time(9), &[5; 32]).unwrap();
    let factor = Factor { secret: vec![7], is_on: false, last_step: 0 };
    tx.keep_second_factor(eve.id, &factor).unwrap();
    second_factor::confirm(tx, &act(9), &eve, &[7], 1, &["x".to_owned()]).unwrap();
    tx.recovery_codes(eve.id).unwrap();
    tx.use_recovery_code(eve.id, &[7; 32]).unwrap();
    tx.end_second_factor(eve.id).unwrap();
    admin::reset_password(tx, &act(9), eve.id, &new.password, None).unwrap();
    tx.end_session(&[5; 32]).unwrap();
    db.trace_v2(TraceEventCodes::empty(), None::<fn(TraceEvent<'_>)>).unwrap();

    // Small tables, read whole on purpose: administrators, the one set-up link, sessions that are past their end.
    let small = ["SCAN admin", "SCAN setup_link", "SCAN appliance", "SCAN session"];
    // A union of ids is sorted before the rows are visited, ids are compared with a list of constants, and the addresses of
    // one user are read in its resource.
    let harmless = ["SCAN m USING INDEX membership_pending", "SCAN CONSTANT ROW", "SCAN e VIRTUAL TABLE"];
    // What concerns all users or teams of a node, or the one connection it has.
    let all = [
        "AND TRUE ORDER BY",
        "LIMIT 1 OFFSET",
        "UPDATE user SET scope",
        "instr(u.user_name_folded, char(10))",
        "INDEXED BY membership_pending",
        "FROM connection c WHERE c.node_id",
    ];
    let whole = |sql: &str| all.iter().any(|part| sql.contains(part));
    let statements = SEEN.take();
    assert!(statements.len() > 150, "{}", statements.len());
    let mut bad = Vec::new();
    for sql in &statements {
        let mut plan = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let count = plan.parameter_count();
        let values = rusqlite::params_from_iter(std::iter::repeat_n(rusqlite::types::Null, count));
        let steps: Vec<String> = plan.query_map(values, |row| row.get(3)).unwrap().map(Result::unwrap).collect();
        let known = |step: &String| small.iter().chain(&harmless).any(|ok| step.starts_with(ok));
        let wrong = |step: &&String| (step.starts_with("SCAN") || step.contains("TEMP B-TREE")) && !known(step);
        let whole_node =
            |step: &&String| !whole(sql) && step.ends_with("(node_id=?)") && !step.contains("team_pending");
        if steps.iter().any(|step| wrong(&step) || whole_node(&step)) {
            bad.push(format!("{sql}\n    {}", steps.join("\n    ")));
        }
    }
    assert!(bad.is_empty(), "{} of {}\n{}", bad.len(), statements.len(), bad.join("\n"));
}

/// How many statements some work runs.
fn statements(of: impl FnOnce()) -> usize {
    RUN.set(0);
    of();
    RUN.get()
}

#[test]
fn a_request_runs_few_statements_and_no_more_of_them_in_a_large_node() {
    let (_dir, mut db) = database();
    db.trace_v2(TraceEventCodes::SQLITE_TRACE_STMT, Some(remember)).unwrap();
    let (read_cache, cache) = (super::ReadCache::default(), WriteCache::default());
    let acme = connect(&mut SqliteTx::writing(&db, &cache), "Acme", Preset::Rfc, 1);
    let (mut people, mut team) = (Vec::new(), None);
    let reading = Some(Reading { known: &read_cache, access_changes: cache.access_changes(&db).unwrap() });
    let tx: &mut dyn Tx = &mut SqliteTx { db: &db, reading, cache: Some(&cache) };
    let token = tx.tokens(acme.id).unwrap().remove(0).id;
    for round in 0..2 {
        for n in people.len()..people.len() + 10 + 990 * round {
            people.push(person(tx, &acme, &format!("u{n}@acme.test")).id);
        }
        let of_all = group(tx, &acme, "all", 40 + round as u8, &people);
        let one = people[people.len() / 2];
        let reader: &mut dyn Tx = &mut SqliteTx { db: &db, reading, cache: None };
        assert_eq!(statements(|| drop(reader.access(&token).unwrap())), if round == 0 { 1 } else { 0 }, "letting in");
        let window = |offset, limit| Window { offset, limit };
        let everything = Predicate::Everything;
        // What was added is counted by now, as it is when it is committed.
        cache.settle(&db).unwrap();
        let reads = [
            (1, "a user by id", statements(|| drop(user::get(tx, acme.node, one).unwrap()))),
            (1, "its teams", statements(|| drop(tx.teams_of_user(one).unwrap()))),
            (1, "by a key", {
                let which = is(Key::UserName("u7@acme.test".to_owned()));
                statements(|| drop(tx.users(acme.node, &which, window(0, 100)).unwrap()))
            }),
            (1, "how many there are", statements(|| assert!(tx.count_users(acme.node, &everything).unwrap() > 0))),
            (2, "a page", statements(|| drop(tx.users(acme.node, &everything, window(0, 10)).unwrap()))),
            (2, "the next page", statements(|| drop(tx.users(acme.node, &everything, window(10, 10)).unwrap()))),
            (1, "the teams of a page", statements(|| drop(tx.teams_of_users(acme.node, people[0], one).unwrap()))),
            (1, "a team without members", statements(|| drop(team::get(tx, acme.node, of_all.id).unwrap()))),
            (1, "its members", statements(|| drop(tx.members(of_all.key).unwrap()))),
        ];
        // User and address are added, the event is written; the counts, the settings and the last event are read and written
        // once for a batch.
        let create = (3, "a new user", statements(|| drop(person(tx, &acme, &format!("new{round}@acme.test")))));
        let newcomer = tx.user_named(ScopeKey(acme.node.0), &format!("new{round}@acme.test")).unwrap().unwrap().id;
        let mut member = |change: fn(Vec<String>) -> Change| {
            statements(|| {
                let found = team::get(tx, acme.node, of_all.id).unwrap();
                let profile = found.profile.clone();
                let changes = [change(vec![newcomer.to_string()])];
                team = Some(team_lifecycle::change(tx, &act(9), &acme, found, profile, &changes).unwrap());
            })
        };
        let writes = [create, (7, "one member more", member(Change::Add)), (6, "one less", member(Change::Remove))];
        for (most, what, ran) in reads.into_iter().chain(writes) {
            assert!(ran <= most, "{what}: {ran} statements, at most {most} with {} users", people.len());
        }
    }
}

#[test]
fn a_condition_finds_what_it_says() {
    let (_dir, db) = database();
    let cache = WriteCache::default();
    let tx: &mut dyn Tx = &mut SqliteTx::writing(&db, &cache);
    let acme = connect(tx, "Acme", Preset::Keeper, 1);
    let beta = connect(tx, "Beta", Preset::Rfc, 2);
    let names = ["ada@acme.test", "bob@acme.test", "cyd@acme.test", "dan@acme.test"];
    let people: Vec<_> = names.iter().map(|name| person(tx, &acme, name)).collect();
    let stranger = person(tx, &beta, "ada@beta.test");
    let ids: Vec<UserId> = people.iter().map(|user| user.id).collect();
    let red = group(tx, &acme, "red", 3, &[ids[0], ids[1]]);
    let blue = group(tx, &acme, "blue", 4, &[ids[1], ids[2]]);
    assert_eq!((red.members, blue.members), (2, 2));

    let window = |offset, limit| Window { offset, limit };
    let find = |tx: &mut dyn Tx, which: &Predicate| {
        let found: Vec<UserId> = tx.users(acme.node, which, window(0, 100)).unwrap().iter().map(|u| u.id).collect();
        assert_eq!(tx.count_users(acme.node, which).unwrap(), found.len() as u64, "{which:?}");
        let mut seen = Vec::new();
        let walk = Walk { order: None, from: From::Skip(0), limit: 100 };
        tx.walk_users(acme.node, which, &walk, &mut |_, user, _| {
            seen.push(user.id);
            Ok(true)
        })
        .unwrap();
        assert_eq!(seen, found, "{which:?}");
        found
    };
    let name = |n: usize| is(Key::UserName(fold(names[n])));
    let (in_red, in_blue) = (is(Key::InTeam(red.id)), is(Key::InTeam(blue.id)));
    for (which, expected) in [
        (Predicate::Everything, vec![0, 1, 2, 3]),
        (Predicate::Nothing, vec![]),
        (is(Key::User(ids[2])), vec![2]),
        (is(Key::User(stranger.id)), vec![]),
        (is(Key::Email("cyd@acme.test".to_owned())), vec![2]),
        (is(Key::Team(red.id)), vec![]),
        (in_red.clone(), vec![0, 1]),
        (Predicate::All(vec![]), vec![0, 1, 2, 3]),
        (Predicate::Any(vec![]), vec![]),
        (Predicate::All(vec![in_red.clone(), in_blue.clone()]), vec![1]),
        (Predicate::Any(vec![in_blue.clone(), in_red.clone(), name(3)]), vec![0, 1, 2, 3]),
        (Predicate::Any(vec![name(3), Predicate::All(vec![in_red, in_blue])]), vec![1, 3]),
        (Predicate::Any(vec![name(3); 1500]), vec![3]),
        (Predicate::All(vec![name(3); 1500]), vec![3]),
    ] {
        assert_eq!(find(tx, &which), expected.iter().map(|i: &usize| ids[*i]).collect::<Vec<_>>(), "{which:?}");
    }
    for (offset, limit, expected) in [(0, 2, &ids[..2]), (1, 2, &ids[1..3]), (3, 9, &ids[3..]), (4, 1, &[])] {
        for which in [Predicate::Everything, Predicate::All(vec![])] {
            let page = tx.users(acme.node, &which, window(offset, limit)).unwrap();
            assert_eq!(page.iter().map(|u| u.id).collect::<Vec<_>>(), expected);
        }
    }
    let teams = |tx: &mut dyn Tx, key| {
        let found = tx.teams(acme.node, &is(key), window(0, 9)).unwrap();
        found.into_iter().map(|team| team.profile.name).collect::<Vec<_>>()
    };
    assert_eq!(teams(tx, Key::HasMember(ids[1])), ["red", "blue"]);
    assert_eq!(teams(tx, Key::DisplayName("red".to_owned())), ["red"]);
    assert_eq!(teams(tx, Key::UserName("red".to_owned())), [""; 0]);

    assert_eq!(tx.node(acme.node).unwrap().map(|n| (n.users, n.teams)), Some((4, 2)));
}

#[test]
fn names_that_are_taken_in_the_wider_scope_are_counted_and_nothing_changes() {
    let (_dir, db) = database();
    let cache = WriteCache::default();
    let tx: &mut dyn Tx = &mut SqliteTx::writing(&db, &cache);
    let (acme, beta) = (connect(tx, "Acme", Preset::Keeper, 1), connect(tx, "Beta", Preset::Rfc, 2));
    for name in ["ada@acme.test", "bob@acme.test"] {
        person(tx, &acme, name);
    }
    for name in ["new@acme.test", "BOB@acme.test", "Ada@acme.test"] {
        person(tx, &beta, name);
    }
    let taken = tx.rescope_users(beta.node, ScopeKey(0)).unwrap();
    assert_eq!(taken, Some((2, "Ada@acme.test".to_owned())));
    assert!(tx.user_named(ScopeKey(beta.node.0), "new@acme.test").unwrap().is_some());
    assert_eq!(tx.rescope_users(acme.node, ScopeKey(acme.node.0)).unwrap(), None);
    assert_eq!(tx.rescope_users(beta.node, ScopeKey(0)).unwrap(), None);
    assert!(tx.user_named(ScopeKey(0), "new@acme.test").unwrap().is_some());
}
