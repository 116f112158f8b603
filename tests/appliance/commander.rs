//! What Keeper Commander's push does to the appliance, and what it finds when it comes again (docs/keeper.md#scim-push).

use crate::appliance::Appliance;
use crate::people::*;
use crate::push::{Person, Source, push};
use serde_json::json;

fn acme() -> Source {
    Source::default()
        .group("g1", "Finance")
        .group("g2", "営業")
        .person(Person::new("Mia", &["g1"]))
        .person(Person::new("bob", &["g1", "g2"]))
        .person(Person::new("Cid", &[]))
}

#[test]
fn a_first_push_writes_what_is_new_and_a_second_writes_nothing() {
    let house = Appliance::start();
    let sales = house.keeper();
    let commander = sales.commander();
    let writes = push(&commander, &acme());
    assert_eq!(
        writes,
        [
            "POST /Groups Finance",
            "POST /Groups 営業",
            "POST /Users Mia@Acme.test",
            "POST /Users bob@Acme.test",
            "POST /Users Cid@Acme.test",
            "PATCH /Users groups add",
            "PATCH /Users groups add",
        ]
    );
    assert!(push(&commander, &acme()).is_empty());
    assert_eq!(
        sales.client().get("/Groups").says("/totalResults", 2).listed()[0]["members"].as_array().unwrap().len(),
        2
    );
    // Approval changes neither ids nor what push sees.
    house.console();
    assert!(push(&commander, &acme()).is_empty());
}

#[test]
fn what_changed_at_the_source_is_all_that_a_push_writes() {
    let house = Appliance::start();
    let commander = house.keeper().commander();
    push(&commander, &acme());
    let mut source = acme();
    source.people[0].last = "Berg".to_owned();
    source.people[1].groups = vec!["g2".to_owned()];
    source.people[2].active = false;
    source.groups[0].1 = "Accounting".to_owned();
    let writes = push(&commander, &source);
    assert_eq!(
        writes,
        [
            "PATCH /Groups displayName",
            "PATCH /Users displayName,name.familyName",
            "PATCH /Users active",
            "PATCH /Users groups remove",
        ]
    );
    assert!(push(&commander, &source).is_empty());
}

#[test]
fn people_who_left_are_locked_and_unlocked_when_they_are_back() {
    let house = Appliance::start();
    let commander = house.keeper().commander();
    push(&commander, &acme());
    let mut source = acme();
    source.people.remove(0);
    source.groups.remove(1);
    source.people[0].groups.pop();
    // The last one asks to leave a team that the same push has just deleted.
    let writes = push(&commander, &source);
    assert_eq!(writes, ["DELETE /Groups", "DELETE /Users", "PATCH /Users groups remove"]);
    assert!(push(&commander, &source).is_empty(), "a locked user is listed as inactive and left alone");
    let writes = push(&commander, &acme());
    assert_eq!(writes, ["POST /Groups 営業", "PATCH /Users active", "PATCH /Users groups add"]);
    assert!(push(&commander, &acme()).is_empty());
}

#[test]
fn a_team_that_is_left_over_is_used_again_under_its_id() {
    let house = Appliance::start();
    let commander = house.keeper().commander();
    push(&commander, &acme());
    let before: Vec<_> = commander.get("/Groups").listed().iter().map(|g| g["id"].clone()).collect();
    let mut source = acme();
    source.groups = vec![("g9".to_owned(), "Legal".to_owned()), source.groups[1].clone()];
    source.people.iter_mut().for_each(|person| person.groups.retain(|g| g != "g1"));
    let writes = push(&commander, &source);
    assert_eq!(writes[0], "PATCH /Groups externalId,displayName");
    assert!(push(&commander, &source).is_empty());
    let after: Vec<_> = commander.get("/Groups").listed().iter().map(|g| g["id"].clone()).collect();
    assert_eq!(before, after);
}

#[test]
fn a_team_made_without_external_id_is_never_deleted_by_a_push() {
    let house = Appliance::start();
    let commander = house.keeper().commander();
    let hand = commander.post("/Groups", json!({ "displayName": "By hand" })).expect(201).id();
    let mia = commander.post("/Users", with(mia(), json!({ "userName": "Mia@Acme.test" }))).expect(201).id();
    commander.patch(&format!("/Users/{mia}"), op("add", "groups", refs(&[&hand]))).expect(200);
    push(&commander, &acme());
    assert!(push(&commander, &acme()).is_empty());
    assert!(commander.teams_of(&mia).contains(&hand));
}

#[test]
fn with_501_users_nobody_is_posted_twice() {
    let house = Appliance::start();
    let sales = house.keeper();
    let commander = sales.commander();
    let source =
        Source { people: (0..501).map(|n| Person::new(&format!("p{n:03}"), &[])).collect(), groups: Vec::new() };
    assert_eq!(push(&commander, &source).len(), 501);
    assert!(push(&commander, &source).is_empty(), "the last one is seen, although the page loop stops one early");
    let first = commander.get("/Users?startIndex=1&count=500").expect(200);
    assert_eq!(first.listed().len(), 499, "never exactly one left for the last page");
    // The cure is for that client alone: others would lose somebody by it.
    assert_eq!(sales.okta().get("/Users?startIndex=1&count=500").listed().len(), 500);
    assert_eq!(sales.rauthy().get("/Users?startIndex=1&count=500").listed().len(), 500);
    assert_eq!(sales.commander().get("/Users?startIndex=1&count=100").listed().len(), 100);
    let twenty_eighth = sales.commander().get("/Users?startIndex=1&count=250").listed().len();
    assert_eq!(twenty_eighth, 250);
}
