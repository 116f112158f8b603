//! Reads that are answered at once, in the transaction that lets the client in: their cost does not grow with the node.

use super::error::ScimError;
use super::request_parts::RequestParts;
use super::scim_path::{ScimPath, note_path};
use crate::domain::foresight::Foreseen;
use crate::domain::{Fault, Tx};
use crate::scim::discovery;
use crate::scim::dispatch::with_type;
use crate::scim::list::Listing;
use crate::scim::page;
use crate::scim::query::Query;
use crate::scim::resource::Resource;
use crate::scim::schema::ResourceType;
use crate::scim::{Answer, Caller, Error};

/// What a read of one resource is about to look for.
pub fn foreseen(place: ScimPath<'_>) -> Foreseen {
    match place {
        ScimPath::One(of, id) => with_type!(of, R => R::id(id).map_or(Foreseen::Other, |id| R::foreseen(Some(id)))),
        _ => Foreseen::Other,
    }
}

/// The answer to a read; `None` for what takes longer, and for a path that no read is for.
pub fn at_once(tx: &mut dyn Tx, parts: &RequestParts, caller: &Caller) -> Option<Result<Answer, ScimError>> {
    let place = parts.place()?;
    let noted = note_path(parts.path(), Some(place), &caller.leeway).map_err(ScimError::from);
    if let Err(error) = parts.is_taken(&caller.connection).and(noted) {
        return Some(Err(error));
    }
    match place {
        ScimPath::All(of) => {
            let query = Query::from_url(parts.query(), &caller.leeway);
            match query.and_then(|query| Listing::bind(&query, of, caller)) {
                Ok(listing) => list_at_once(tx, caller, of, listing),
                Err(error) => Some(Err(error.into())),
            }
        }
        ScimPath::One(of, id) => {
            with_type!(of, R => one::<R>(tx, parts, caller, id)).map_err(ScimError::from).transpose()
        }
        ScimPath::ServiceProviderConfig | ScimPath::ResourceTypes(_) | ScimPath::Schemas(_) => {
            Some(discover(parts, caller, place))
        }
        ScimPath::Search(_) | ScimPath::Root | ScimPath::Me | ScimPath::Bulk => None,
    }
}

/// A resource, unless it is so large that it goes to the threads for long work.
fn one<R: Resource>(tx: &mut dyn Tx, parts: &RequestParts, caller: &Caller, id: &str) -> Result<Option<Answer>, Error> {
    let (id, terms) = (R::id(id)?, parts.terms(&caller.leeway)?);
    match R::is_long(tx, caller, id, &terms)? {
        true => Ok(None),
        false => R::get(tx, caller, id, &terms).map(Some),
    }
}

/// A list that an index answers; `None` for what takes longer.
pub fn list_at_once(
    tx: &mut dyn Tx,
    caller: &Caller,
    of: &'static ResourceType,
    listing: Listing,
) -> Option<Result<Answer, ScimError>> {
    match listing.is_bounded().then(|| listed(tx, caller, of, &listing.hurrying()))? {
        Err(Error::Fault(Fault::TooLong)) => None,
        done => Some(done.map_err(ScimError::from)),
    }
}

/// A list, however long it takes.
///
/// # Errors
/// Every refusal.
pub fn listed(tx: &mut dyn Tx, caller: &Caller, of: &ResourceType, listing: &Listing) -> Result<Answer, Error> {
    with_type!(of, R => page::answer::<R>(tx, caller, listing))
}

fn discover(parts: &RequestParts, caller: &Caller, place: ScimPath<'_>) -> Result<Answer, ScimError> {
    // RFC 7644, section 4: discovery is not filtered.
    if Query::from_url(parts.query(), &caller.leeway)?.has_filter() {
        return Err(Error::Forbidden("Discovery cannot be filtered.".to_owned()).into());
    }
    match place {
        ScimPath::ResourceTypes(id) => Ok(discovery::resource_types(caller, id)?),
        ScimPath::Schemas(id) => Ok(discovery::schemas(caller, id)?),
        _ => Ok(discovery::service_provider_config(caller)),
    }
}
