//! Users: people of a node, invited or joined, locked by the identity provider or by an administrator.

use super::connection_settings::Scope;
use super::event::{Event, EventKind};
use super::predicate::{Position, Predicate, Walk, Window};
use super::words::words;
use super::{Error, Fault, NodeId, Noun, Result, ScimId, Time, Tx, UserId};

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
    pub profile: UserProfile,
    /// Ascends with every change; `meta.version`.
    pub version: i64,
    /// When it was made.
    pub created_at: Time,
    /// When it last changed; never earlier than before.
    pub modified_at: Time,
}

/// What a resource says of a user: the parts that are looked up by, and the whole as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserProfile {
    /// As sent, letter for letter.
    pub user_name: String,
    /// As sent.
    pub external_id: Option<String>,
    /// As sent.
    pub display_name: Option<String>,
    /// The resource as it will be answered, without what varies: `id`, `active`, `groups`, `meta`.
    pub resource: String,
}

impl User {
    /// An event that happened to it.
    pub fn event(&self, what: EventKind) -> Event<'_> {
        Event::about(what, self.node, Some(self.id), None, &self.profile.user_name)
    }
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
pub type Visit<'v, T> = dyn FnMut(&mut dyn Tx, T, Position) -> Result<bool, Fault> + 'v;

/// What users need of a store.
pub trait Users {
    /// One user of a node.
    fn user(&mut self, node: NodeId, id: UserId) -> Result<Option<User>, Fault>;
    /// The user with that folded name: of the node, or of all whose name must be unique in the whole appliance.
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
    /// Adds one with its folded e-mail addresses; false, and nothing is added, when the name is taken in the node or the scope.
    fn insert_user(&mut self, user: &User, scope: ScopeKey, emails: &[String]) -> Result<bool, Fault>;
    /// Writes everything but id, node, creation and lock; the answer as with [`Users::insert_user`]. `emails` as there, or
    /// `None` where neither the user name nor an address has changed.
    fn update_user(&mut self, user: &User, scope: ScopeKey, emails: Option<&[String]>) -> Result<bool, Fault>;
    /// Writes lock, version and modification only, and since when and by whom the user is locked.
    fn relock_user(&mut self, user: &User, locked: Option<(Time, &str)>) -> Result<(), Fault>;
    /// Removes one; its memberships must be gone.
    fn delete_user(&mut self, user: &User) -> Result<(), Fault>;
    /// Moves all users of a node to another scope, or says how many names are taken there and the first of them.
    fn rescope_users(&mut self, node: NodeId, scope: ScopeKey) -> Result<Option<(u64, String)>, Fault>;
}

/// The user of that node, or a refusal that names the id.
pub fn get(tx: &mut dyn Tx, node: NodeId, id: UserId) -> Result<User> {
    tx.user(node, id)?.ok_or_else(|| Error::NotFound(Noun::User, id.to_string()))
}
