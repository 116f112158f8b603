//! Users: people of a node, invited or joined, locked by the identity provider or by an administrator.

use super::connection::Connection;
use super::predicate::{Mark, Predicate, Walk, Window};
use super::settings::{Deprovision, Scope, words};
use super::{Act, Error, Fault, NodeId, Noun, Result, ScimId, Time, Tx, UserId, flawed_name, fold, is_email};

/// How far a person has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserState {
    /// Known, has not joined.
    Invited,
    /// Has joined.
    Active,
}

/// Who has locked a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lock {
    /// Nobody.
    None,
    /// The identity provider, which can also lift it.
    Idp,
    /// An administrator; no sync lifts it.
    Admin,
}

words!(UserState, "state", Invited = "invited", Active = "active");
words!(Lock, "lock", None = "none", Idp = "idp", Admin = "admin");

/// A person in a node.
#[derive(Clone, Debug)]
pub struct User {
    /// Its id, never reused.
    pub id: UserId,
    /// The node that owns it.
    pub node: NodeId,
    /// The connection that controls it; `None`, or one that is gone, for a user made by hand.
    pub scim_id: Option<ScimId>,
    /// Invited or joined.
    pub state: UserState,
    /// Locked by whom.
    pub lock: Lock,
    /// What the identity provider said of it.
    pub profile: Profile,
    /// Ascends with every change; `meta.version`.
    pub version: i64,
    /// When it was made.
    pub created_at: Time,
    /// When it last changed; never earlier than before.
    pub modified_at: Time,
}

/// What a resource says of a user: the parts that are looked up by, and the whole as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// As sent, letter for letter.
    pub user_name: String,
    /// As sent.
    pub external_id: Option<String>,
    /// As sent.
    pub display_name: Option<String>,
    /// The resource as it will be answered, without what varies: `id`, `active`, `groups`, `meta`.
    pub resource: String,
}

/// Where a user name must be unique, as the store keeps it: 0 for the whole appliance, else the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScopeKey(pub i64);

impl ScopeKey {
    /// The key of a scope for a node.
    pub fn of(scope: Scope, node: NodeId) -> ScopeKey {
        match scope {
            Scope::Appliance => ScopeKey(0),
            Scope::Node => ScopeKey(node.0),
        }
    }
}

/// What a walk shows each resource to, with its place; false ends the walk.
pub type Visit<'v, T> = dyn FnMut(&mut dyn Tx, T, Mark) -> Result<bool, Fault> + 'v;

/// What users need of a store.
pub trait Users {
    /// One user of a node.
    fn user(&mut self, node: NodeId, id: UserId) -> Result<Option<User>, Fault>;
    /// The user with that folded name in a scope.
    fn user_named(&mut self, scope: ScopeKey, folded: &str) -> Result<Option<User>, Fault>;
    /// A part of the users that fulfil a condition, oldest first.
    fn users(&mut self, node: NodeId, which: &Predicate, window: Window) -> Result<Vec<User>, Fault>;
    /// How many users have to be passed over to find the page of all that begins behind `offset`: none where the page
    /// before was read lately.
    fn users_to_pass(&mut self, node: NodeId, offset: u64) -> Result<u64, Fault>;
    /// What finds a part of those again that fulfil a condition, oldest first, and how many they are: one pass over all.
    fn sift_users(&mut self, node: NodeId, which: &Predicate, window: Window) -> Result<(Vec<UserId>, u64), Fault>;
    /// Those of these that are there, in the same order.
    fn users_with(&mut self, keys: &[UserId]) -> Result<Vec<User>, Fault>;
    /// How many fulfil it.
    fn count_users(&mut self, node: NodeId, which: &Predicate) -> Result<u64, Fault>;
    /// Walks over them in an order, until `visit` says no. `visit` may read in the same transaction.
    fn walk_users(
        &mut self,
        node: NodeId,
        which: &Predicate,
        walk: &Walk,
        visit: &mut Visit<'_, User>,
    ) -> Result<(), Fault>;
    /// Users whose user name or display name contains `text`, of one node or of all: their window and how many there are.
    fn search_users(&mut self, node: Option<NodeId>, text: &str, window: Window) -> Result<(Vec<User>, u64), Fault>;
    /// Adds one with its folded e-mail addresses.
    fn insert_user(&mut self, user: &User, scope: ScopeKey, emails: &[String]) -> Result<(), Fault>;
    /// Writes everything but id, node and creation; `emails` as [`Users::insert_user`].
    fn update_user(&mut self, user: &User, scope: ScopeKey, emails: &[String]) -> Result<(), Fault>;
    /// Writes lock, version and modification only.
    fn relock_user(&mut self, user: &User) -> Result<(), Fault>;
    /// Removes one; its memberships must be gone.
    fn delete_user(&mut self, id: UserId) -> Result<(), Fault>;
    /// Moves all users of a node to another scope, or says how many names are taken there and the first of them.
    fn rescope_users(&mut self, node: NodeId, scope: ScopeKey) -> Result<Option<(u64, String)>, Fault>;
}

/// What a POST came to. Both are answered 201.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Made {
    /// A new user.
    Created,
    /// One that was there: made by hand, locked, or known to the provider by the same externalId.
    Linked,
}

/// The user of that node, or a refusal that names the id.
pub fn get(tx: &mut dyn Tx, node: NodeId, id: UserId) -> Result<User> {
    tx.user(node, id)?.ok_or_else(|| Error::NotFound(Noun::User, id.to_string()))
}

/// Creates a user, or links the one that is there.
pub fn create(
    tx: &mut dyn Tx,
    act: &Act,
    connection: &Connection,
    profile: Profile,
    emails: &[String],
    active: bool,
) -> Result<(User, Made)> {
    let folded = check_name(&profile.user_name)?;
    check_email(connection, &profile, emails)?;
    let scope = ScopeKey::of(connection.settings.unique_users, connection.node);
    if let Some(mut user) = tx.user_named(scope, &folded)? {
        if user.node != connection.node || !is_linkable(connection, &user, &profile) {
            return Err(Error::UserNameTaken(profile.user_name));
        }
        user.scim_id = Some(connection.id);
        let changed = Changed { profile, emails, active: Some(active) };
        return Ok((write(tx, act, connection, user, changed, true)?, Made::Linked));
    }
    let user = User {
        id: UserId(tx.next_number()?),
        node: connection.node,
        scim_id: Some(connection.id),
        state: UserState::Invited,
        lock: if active { Lock::None } else { Lock::Idp },
        profile,
        version: 1,
        created_at: act.now,
        modified_at: act.now,
    };
    tx.insert_user(&user, scope, &fold_all(emails))?;
    Ok((user, Made::Created))
}

/// What PUT or PATCH makes of a user.
pub struct Changed<'a> {
    /// The profile as it will be.
    pub profile: Profile,
    /// All e-mail addresses of the profile.
    pub emails: &'a [String],
    /// Lock or unlock; `None` leaves it.
    pub active: Option<bool>,
}

/// Writes a changed profile and lock. What changes nothing writes nothing and keeps version and `modified_at`.
pub fn change(tx: &mut dyn Tx, act: &Act, connection: &Connection, user: User, changed: Changed<'_>) -> Result<User> {
    write(tx, act, connection, user, changed, false)
}

/// DELETE: locks the user, or removes it with its memberships, as the connection is set.
pub fn deprovision(tx: &mut dyn Tx, act: &Act, connection: &Connection, id: UserId) -> Result<()> {
    let user = get(tx, connection.node, id)?;
    match connection.settings.deprovision {
        Deprovision::Lock => {
            let changed = Changed { profile: user.profile.clone(), emails: &[], active: Some(false) };
            change(tx, act, connection, user, changed).map(|_| ())
        }
        Deprovision::Delete => {
            for team in tx.teams_of_user(id)? {
                tx.remove_membership(team.key, id)?;
                tx.touch_team(team.key, act.now)?;
            }
            Ok(tx.delete_user(id)?)
        }
    }
}

fn write(
    tx: &mut dyn Tx,
    act: &Act,
    connection: &Connection,
    mut user: User,
    changed: Changed<'_>,
    linking: bool,
) -> Result<User> {
    let Changed { profile, emails, active } = changed;
    let lock = match (active, user.lock) {
        (Some(false), Lock::None) => Lock::Idp,
        (Some(true), Lock::Idp) => Lock::None,
        (_, lock) => lock,
    };
    let same_profile = !linking && profile == user.profile;
    if same_profile && lock == user.lock {
        return Ok(user);
    }
    user.lock = lock;
    user.version += 1;
    user.modified_at = user.modified_at.max(act.now);
    if same_profile {
        tx.relock_user(&user)?;
        return Ok(user);
    }
    let scope = ScopeKey::of(connection.settings.unique_users, connection.node);
    if profile.user_name != user.profile.user_name {
        let folded = check_name(&profile.user_name)?;
        match tx.user_named(scope, &folded)? {
            Some(other) if other.id != user.id => return Err(Error::UserNameTaken(profile.user_name)),
            _ => {}
        }
    }
    check_email(connection, &profile, emails)?;
    user.profile = profile;
    tx.update_user(&user, scope, &fold_all(emails))?;
    Ok(user)
}

/// DESIGN 3.8. Where DELETE removes, nothing is left behind to come back to, so a second POST is a duplicate like any other.
fn is_linkable(connection: &Connection, user: &User, profile: &Profile) -> bool {
    let by_hand = user.scim_id != Some(connection.id);
    let same =
        profile.external_id.as_ref().is_some_and(|id| !id.is_empty() && user.profile.external_id.as_ref() == Some(id));
    by_hand || (connection.settings.deprovision == Deprovision::Lock && (user.lock != Lock::None || same))
}

fn check_name(name: &str) -> Result<String> {
    if name.is_empty() || name.chars().count() > 256 {
        return Err(Error::Invalid("userName", "expected 1 to 256 characters".to_owned()));
    }
    match flawed_name(name) {
        Some(flaw) => Err(Error::Invalid("userName", format!("“{}” {flaw}", name.escape_debug()))),
        None => Ok(fold(name)),
    }
}

fn check_email(connection: &Connection, profile: &Profile, emails: &[String]) -> Result<()> {
    let reachable = is_email(&profile.user_name) || emails.iter().any(|e| is_email(e));
    if connection.settings.email_required && !reachable {
        return Err(Error::UserNameNotEmail(profile.user_name.clone()));
    }
    Ok(())
}

fn fold_all(emails: &[String]) -> Vec<String> {
    let mut folded: Vec<String> = emails.iter().map(|e| fold(e)).collect();
    folded.sort();
    folded.dedup();
    folded
}
