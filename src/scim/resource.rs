//! The two types of resources, users and groups, as one path through the protocol: what each request does is the same for
//! both but for what this trait says.

use super::error::Result;
use super::intake::content::Content;
use super::intake::json;
use super::patch::PatchOperation;
use super::render::projection::Related;
use super::schema::ResourceType;
use super::{Answer, Caller, Terms};
use crate::domain::foresight::Foreseen;
use crate::domain::predicate::{Predicate, Walk, Window};
use crate::domain::user::Visit;
use crate::domain::{Act, Fault, NodeId, Tx};

/// A type of resource: how requests change one, and how lists are read from the store and shown.
pub trait Resource: 'static {
    /// What it is made of.
    const TYPE: &'static ResourceType;
    /// Whether its bodies can be so long that they are read while they arrive.
    const STREAMED: bool;
    /// What a URL names it by.
    type Id: Copy + Send + 'static;
    /// What a POST brings, made ready before it is written.
    type New: Send + Sync + 'static;

    /// The resource as the rules know it.
    type One;
    /// What finds it again.
    type Key: Copy;

    /// How many fulfil a condition.
    fn count(tx: &mut dyn Tx, node: NodeId, which: &Predicate) -> Result<u64, Fault>;

    /// How many have to be passed over to find the page of all that begins behind `offset`.
    fn to_pass(tx: &mut dyn Tx, node: NodeId, offset: u64) -> Result<u64, Fault>;

    /// What finds a part of them again, oldest first, and how many there are: one pass over all.
    fn sift(tx: &mut dyn Tx, node: NodeId, which: &Predicate, window: Window) -> Result<(Vec<Self::Key>, u64), Fault>;

    /// Those that were found before.
    fn again(tx: &mut dyn Tx, keys: &[Self::Key]) -> Result<Vec<Self::One>, Fault>;

    /// A part of them, oldest first.
    fn window(tx: &mut dyn Tx, node: NodeId, which: &Predicate, window: Window) -> Result<Vec<Self::One>, Fault>;

    /// A walk over them in an order.
    fn walk(
        tx: &mut dyn Tx,
        node: NodeId,
        which: &Predicate,
        walk: &Walk,
        visit: &mut Visit<'_, Self::One>,
    ) -> Result<(), Fault>;

    /// The text of one with so much of its memberships.
    fn text(tx: &mut dyn Tx, caller: &Caller, one: &Self::One, related: Related) -> Result<String, Fault>;

    /// The texts of several, oldest first, with so much of their memberships.
    fn texts(tx: &mut dyn Tx, caller: &Caller, some: &[Self::One], related: Related) -> Result<Vec<String>, Fault> {
        some.iter().map(|one| Self::text(tx, caller, one, related)).collect()
    }

    /// Reads the id in a URL; one that cannot be an id belongs to none.
    ///
    /// # Errors
    /// [`super::Error::NotFound`].
    fn id(text: &str) -> Result<Self::Id>;

    /// What a request about one is about to read, or about a new one.
    fn foreseen(id: Option<Self::Id>) -> Foreseen;

    /// What a PATCH is about to read.
    fn foreseen_of_patch(id: Self::Id, _: &[PatchOperation]) -> Foreseen {
        Self::foreseen(Some(id))
    }

    /// Makes a body ready that was read.
    ///
    /// # Errors
    /// `invalidValue`.
    fn new(caller: &Caller, content: Content) -> Result<Self::New>;

    /// Reads a body and makes it ready.
    ///
    /// # Errors
    /// `invalidSyntax`, `invalidValue`.
    fn read_new(caller: &Caller, body: &[u8]) -> Result<Self::New> {
        Self::new(caller, Content::read(Self::TYPE, json::parse_object(body)?, &caller.leeway)?)
    }

    /// Whether reading one takes work that has no bound.
    ///
    /// # Errors
    /// Those of the store.
    fn is_long(tx: &mut dyn Tx, caller: &Caller, id: Self::Id, terms: &Terms) -> Result<bool>;

    /// GET of one.
    ///
    /// # Errors
    /// [`super::Error::NotFound`], for an id of another node as well; [`super::Error::Precondition`].
    fn get(tx: &mut dyn Tx, caller: &Caller, id: Self::Id, terms: &Terms) -> Result<Answer>;

    /// POST.
    ///
    /// # Errors
    /// `invalidValue`, `uniqueness`.
    fn create(tx: &mut dyn Tx, act: &Act, caller: &Caller, new: &Self::New, terms: &Terms) -> Result<Answer>;

    /// PUT.
    ///
    /// # Errors
    /// As [`Resource::get`] and [`Resource::create`].
    fn replace(
        tx: &mut dyn Tx,
        act: &Act,
        caller: &Caller,
        id: Self::Id,
        body: &Content,
        terms: &Terms,
    ) -> Result<Answer>;

    /// PATCH.
    ///
    /// # Errors
    /// As [`Resource::get`], and those of [`super::patch::apply`].
    fn modify(
        tx: &mut dyn Tx,
        act: &Act,
        caller: &Caller,
        id: Self::Id,
        operations: &[PatchOperation],
        terms: &Terms,
    ) -> Result<Answer>;

    /// DELETE.
    ///
    /// # Errors
    /// As [`Resource::get`].
    fn delete(tx: &mut dyn Tx, act: &Act, caller: &Caller, id: Self::Id, terms: &Terms) -> Result<Answer>;
}
