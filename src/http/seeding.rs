//! Seeding: sample data written into a sandbox as its protocol would write it, and a sandbox made empty again. On a thread that may wait.

use crate::domain::connection::Connection;
use crate::domain::connection_settings::{ApprovalMode, ConnectionSettings, Preset, Tolerance};
use crate::domain::connection_state::ConnectionState;
use crate::domain::sandbox_admin::{self, Removed, SandboxChange};
use crate::domain::user::ScopeKey;
use crate::domain::{Act, Error, NodeId, ScimId, Tx, fold, idp::Idp, invitation, node};
use crate::scim::groups::Groups;
use crate::scim::intake::content::Content;
use crate::scim::leeway::Leeway;
use crate::scim::resource::Resource;
use crate::scim::sample::{ENTERPRISE, Sample, SamplePerson};
use crate::scim::users::Users;
use crate::scim::{self, Caller, Terms};
use crate::store::Store;
use crate::world;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// How many people are written in one transaction.
const BATCH: usize = 100;

/// What a sandbox was given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seeded {
    /// People that were added.
    pub users: u64,
    /// Groups that were added.
    pub groups: u64,
    /// People and groups whose names were there already.
    pub skipped: u64,
}

/// Adds people and groups to a sandbox. Those whose names are there already are passed over. Nobody is invited.
///
/// # Errors
/// `NOT_SANDBOX`; those of adding users.
pub fn seed(store: &Store, act: &Act, id: NodeId, sample: Sample) -> Result<Seeded, Error> {
    let whose = act.clone();
    let connection = Arc::new(store.read(move |tx| writer(tx, &whose, id))?);
    let sample = Arc::new(sample);
    let (mut seeded, mut ids) = (Seeded::default(), Vec::<Option<String>>::new());
    for begin in (0..sample.people.len()).step_by(BATCH) {
        let (people, connection, known, act) = (Arc::clone(&sample), Arc::clone(&connection), ids.clone(), fresh(act)?);
        let written = store.write_blocking(move |tx| {
            let mut ids = known.clone();
            let mut added = 0;
            for person in people.people.iter().skip(begin).take(BATCH) {
                let (id, is_new) = sow(tx, &act, &connection, person, &ids)?;
                added += u64::from(is_new);
                ids.push(id);
            }
            Ok::<_, Error>((ids, added))
        })?;
        let before = ids.len();
        ids = written.0;
        seeded.users += written.1;
        seeded.skipped += (ids.len() - before) as u64 - written.1;
    }
    let ids = Arc::new(ids);
    for group in 0..sample.groups.len() {
        let (groups, connection, ids, act) =
            (Arc::clone(&sample), Arc::clone(&connection), Arc::clone(&ids), fresh(act)?);
        let added = store.write_blocking(move |tx| {
            let Some(group) = groups.groups.get(group) else { return Ok(false) };
            if tx.has_team_named(connection.node, &fold(&group.name), None)? {
                return Ok(false);
            }
            let members: Vec<Value> =
                group.members.iter().filter_map(|n| ids.get(*n)?.as_ref()).map(|id| json!({ "value": id })).collect();
            let content = json!({ "displayName": group.name, "externalId": group.external_id, "members": members });
            create::<Groups>(tx, &act, &connection, content).map(|_| true)
        })?;
        seeded.groups += u64::from(added);
        seeded.skipped += u64::from(!added);
    }
    Ok(seeded)
}

/// Makes a sandbox empty: its users and teams go, faults end, and its clock is set right. Persona, connection and tokens stay.
///
/// # Errors
/// `NOT_SANDBOX`.
pub fn reset(store: &Store, act: &Act, id: NodeId) -> Result<Removed, Error> {
    let mut all = Removed::default();
    loop {
        let act = fresh(act)?;
        let removed = store.write_blocking(move |tx| sandbox_admin::empty_some(tx, &act, id))?;
        if removed == Removed::default() {
            break;
        }
        all.users += removed.users;
        all.teams += removed.teams;
    }
    let act = act.clone();
    let change = SandboxChange { faults: Some(Vec::new()), ahead: Some(0), persona: None };
    store.write_blocking(move |tx| sandbox_admin::change(tx, &act, id, &change))?;
    Ok(all)
}

/// The same act with chance of its own, which becomes the id of a team.
fn fresh(act: &Act) -> Result<Act, Error> {
    let seed = world::random().map_err(|error| crate::domain::Fault::Broken(error.to_string()))?;
    Ok(Act { seed, now: world::now(), ..act.clone() })
}

/// Whose users they will be: those of the connection of the node, if it has one.
fn writer(tx: &mut dyn Tx, act: &Act, id: NodeId) -> Result<Connection, Error> {
    let node = node::get(tx, id)?;
    let sandbox = sandbox_admin::of(&node)?.clone();
    let own = tx.connection_of(id)?;
    let mut connection = own.unwrap_or_else(|| Connection {
        id: ScimId(0),
        node: id,
        idp: Idp::OTHER,
        preset: Preset::Rfc,
        settings: ConnectionSettings::of(Preset::Rfc),
        state: ConnectionState::Active,
        created_at: act.now,
        saved_at: Some(act.now),
        draft_expires_at: None,
        last_synced: None,
        first_request_at: None,
        first_write_at: None,
        paused: None,
        sandbox: Some(sandbox),
    });
    connection.settings.approval = ApprovalMode::Automatic;
    connection.settings.tolerance = Tolerance::Liberal;
    Ok(connection)
}

/// Adds somebody; the id, and whether it is new. `ids` are those of everybody before.
fn sow(
    tx: &mut dyn Tx,
    act: &Act,
    connection: &Arc<Connection>,
    person: &SamplePerson,
    ids: &[Option<String>],
) -> Result<(Option<String>, bool), Error> {
    let mut resource = person.resource.clone();
    let name = resource.get("userName").and_then(Value::as_str).map(fold).unwrap_or_default();
    let scope = ScopeKey::of(connection.settings.unique_users, connection.node);
    if let Some(there) = tx.user_named(scope, &name)? {
        return Ok(((there.node == connection.node).then(|| there.id.to_string()), false));
    }
    let manager = person.manager.and_then(|manager| ids.get(manager)?.clone());
    if let (Some(manager), Some(work)) = (manager, resource.get_mut(ENTERPRISE).and_then(Value::as_object_mut)) {
        work.insert("manager".to_owned(), json!({ "value": manager }));
    }
    let id = create::<Users>(tx, act, connection, resource)?;
    if let Some(user) = id.parse().ok().map(|id| tx.user_anywhere(id)).transpose()?.flatten() {
        invitation::revoke(tx, act, &user)?;
    }
    Ok((Some(id), true))
}

fn create<R: Resource>(
    tx: &mut dyn Tx,
    act: &Act,
    connection: &Arc<Connection>,
    resource: Value,
) -> Result<String, Error> {
    let leeway = Leeway::new(Tolerance::Liberal);
    let caller = Caller { connection: Arc::clone(connection), base: String::new(), agent: None, now: act.now, leeway };
    let object: Map<String, Value> = resource.as_object().cloned().unwrap_or_default();
    let made = Content::read(R::TYPE, object, &caller.leeway)
        .and_then(|content| R::new(&caller, content))
        .and_then(|new| R::create(tx, act, &caller, &new, &Terms::default()));
    match made {
        Ok(scim::Answer::Made { location, .. }) => Ok(location.rsplit('/').next().unwrap_or_default().to_owned()),
        Ok(scim::Answer::Long { location: Some(location), .. }) => {
            Ok(location.rsplit('/').next().unwrap_or_default().to_owned())
        }
        Ok(_) => Ok(String::new()),
        Err(scim::Error::Fault(fault)) => Err(fault.into()),
        Err(scim::Error::OutOfSeats { seats, users, .. }) => Err(Error::OutOfSeats { seats, users }),
        Err(other) => Err(Error::Invalid("users", other.to_string())),
    }
}
