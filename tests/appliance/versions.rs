//! A version covers what the answer shows: a user's changes with the groups that it names.

use crate::appliance::Appliance;
use crate::people::*;
use serde_json::{Value, json};

#[test]
fn a_users_version_changes_with_its_groups_and_with_nothing_else() {
    let house = Appliance::start();
    for connected in [house.keeper(), house.rfc()] {
        let client = connected.client();
        let [mia, bob] = ["mia", "bob"].map(|name| client.post("/Users", person(name)).expect(201).id());
        let [one, two] = ["One", "Two"].map(|name| client.post("/Groups", team(name)).expect(201).id());
        let path = format!("/Users/{mia}");
        let version = || {
            let reply = client.get(&path).expect(200);
            let version = reply.header("etag").to_owned();
            // The same wherever it is said, whatever is shown.
            let list = client.find("/Users", "userName eq \"mia@acme.test\"");
            assert_eq!(reply.at("/meta/version"), version.as_str());
            assert_eq!(list.at("/Resources/0/meta/version"), version.as_str());
            assert_eq!(client.get("/Users").at("/Resources/0/meta/version"), version.as_str());
            for part in ["attributes=userName,meta", "excludedAttributes=groups"] {
                let part_of_it = client.get(&format!("{path}?{part}")).expect(200).lacks("/groups");
                assert_eq!(
                    (part_of_it.header("etag"), part_of_it.at("/meta/version")),
                    (&*version, version.as_str().into())
                );
                let list = client.get(&format!("/Users?{part}")).lacks("/Resources/0/groups");
                assert_eq!(list.at("/Resources/0/meta/version"), version.as_str());
            }
            let quoted = version.replace('\\', "").replace('"', "\\\"");
            client
                .find("/Users", &format!("meta.version eq \"{quoted}\""))
                .expect(200)
                .says("/Resources/0/id", mia.as_str());
            client.clone().with("If-None-Match", &version).get(&path).expect(304);
            version
        };
        let mut seen = vec![version()];
        let mut changed = |what: &str| {
            let now = version();
            let old = seen.last().unwrap();
            assert!(!seen.contains(&now), "{what}: {now} was seen before");
            client.clone().with("If-None-Match", old).get(&path).expect(200);
            let stale = client.clone().with("If-Match", old);
            stale.patch(&path, op("replace", "title", "x")).refused(412);
            stale.put(&path, mia_body()).refused(412);
            stale.delete(&path).refused(412);
            seen.push(now);
        };
        client.patch(&format!("/Groups/{one}"), op("add", "members", refs(&[&mia, &bob]))).expect(204);
        changed("a member came");
        client.put(&format!("/Groups/{two}"), with(team("Two"), json!({ "members": refs(&[&mia]) }))).expect(200);
        changed("a second team");
        client.patch(&format!("/Groups/{one}"), op("replace", "displayName", "First")).expect(204);
        changed("a team was renamed");
        client.patch(&path, op("remove", "groups", refs(&[&two]))).expect(200);
        changed("the user left a team");
        let same = version();
        client.patch(&format!("/Groups/{one}"), op("add", "members", refs(&[&mia]))).expect(204);
        client.patch(&format!("/Groups/{one}"), op("remove", "members", refs(&[&bob]))).expect(204);
        assert_eq!(version(), same, "nothing of it has changed");
        let done = client.clone().with("If-Match", &same).patch(&path, op("replace", "title", "Boss")).expect(200);
        assert_eq!(done.header("etag"), version());
        let bulk = |version: &str| {
            let data = op("replace", "title", version);
            let bulk = json!({ "Operations": [{ "method": "PATCH", "path": path, "version": version, "data": data }] });
            client.post("/Bulk", bulk).expect(200).at("/Operations/0")
        };
        assert_eq!(bulk(&same)["status"], "412");
        let now = version();
        let done = bulk(&now);
        assert_eq!((&done["status"], &done["version"]), (&Value::from("200"), &Value::from(version())));
        client.delete(&format!("/Groups/{one}")).expect(204);
        assert_ne!(version(), done["version"].as_str().unwrap(), "its last team is gone");
    }
}

fn mia_body() -> Value {
    mia()
}
