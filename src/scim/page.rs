//! Pages: the part of a list that a query asks for, found with as little work as the store allows (RFC 7644, section 3.4.2.4; RFC 9865).

use super::Answer;
use super::Caller;
use super::cursor;
use super::error::Result;
use super::list::{CursorQuery, Listing, response};
use super::matches::BoundFilter;
use super::render::projection::Related;
use super::resource::Resource;
use crate::domain::predicate::{From, Position, Predicate, Walk, Window};
use crate::domain::{Fault, NodeId, Tx};
use serde_json::{Map, Value};

/// How many resources are read at a time.
const PORTION: u64 = 200;
/// How many resources can be passed over where others wait.
const FAR: u64 = 10_000;
/// A page of more bytes ends early.
const LARGEST_PAGE: usize = 16 << 20;

/// A part of a list, ready to be answered.
pub struct Page {
    /// How many resources fulfil the query.
    pub total: u64,
    /// The texts of those that are shown.
    pub texts: Vec<String>,
    next: Option<String>,
    previous: Option<String>,
}

/// Answers a list.
///
/// # Errors
/// `invalidCursor`, `expiredCursor`, and those of the store.
pub fn answer<R: Resource>(tx: &mut dyn Tx, caller: &Caller, listing: &Listing) -> Result<Answer> {
    let page = find::<R>(tx, caller, listing)?;
    let start = if listing.cursor.is_some() { None } else { Some(listing.start) };
    Ok(Answer::List(response(page.total, start, &page.texts, page.next.as_deref(), page.previous.as_deref())))
}

/// The page that a listing asks for.
///
/// # Errors
/// As [`answer`].
pub fn find<R: Resource>(tx: &mut dyn Tx, caller: &Caller, listing: &Listing) -> Result<Page> {
    let node = caller.connection.node;
    if listing.hurries && is_far::<R>(tx, node, listing)? {
        return Err(Fault::TooLong.into());
    }
    if let Some(cursor) = &listing.cursor {
        return by_cursor::<R>(tx, caller, listing, cursor);
    }
    let (mut texts, mut total) = (Vec::new(), 0);
    match &listing.check {
        None => {
            let first = first_page::<R>(tx, node, listing)?;
            if let Some(all) = first {
                total = all.len() as u64;
                texts = shown_all::<R>(tx, caller, listing, &all)?;
            } else if listing.order.is_none() && listing.which != Predicate::Everything {
                (texts, total) = sifted::<R>(tx, caller, listing)?;
            } else {
                total = R::count(tx, node, &listing.which)?;
                texts = counted::<R>(tx, caller, listing, listing.window(total))?;
            }
        }
        Some(check) => {
            let mut bytes = 0;
            let (first, last) = (listing.start - 1, (listing.start - 1).saturating_add(listing.limit));
            let walk = Walk { order: listing.order, from: From::Skip(0), limit: u64::MAX };
            R::walk(tx, node, &listing.which, &walk, &mut |tx, one, _| {
                if holds::<R>(tx, caller, listing, check, &one)? {
                    if (first..last).contains(&total) && bytes < LARGEST_PAGE {
                        let text = shown::<R>(tx, caller, listing, &one)?;
                        bytes += text.len();
                        texts.push(text);
                    }
                    total += 1;
                }
                Ok(true)
            })?;
        }
    }
    Ok(Page { total, texts, next: None, previous: None })
}

/// Whether finding a page is more work than can be done where others wait: all has a counter and places that are
/// remembered; of what a key finds, as much is counted and passed over as shares the key.
fn is_far<R: Resource>(tx: &mut dyn Tx, node: NodeId, listing: &Listing) -> Result<bool> {
    let offset = listing.start - 1;
    if listing.which == Predicate::Everything {
        return Ok(offset > FAR && listing.cursor.is_none() && R::to_pass(tx, node, offset)? > FAR);
    }
    if offset == 0 && listing.limit > 0 && listing.cursor.is_none() {
        return Ok(false);
    }
    let some = R::window(tx, node, &listing.which, Window { offset: PORTION, limit: 1 })?;
    Ok(!some.is_empty())
}

/// The page of a list whose total is known.
fn counted<R: Resource>(tx: &mut dyn Tx, caller: &Caller, listing: &Listing, window: Window) -> Result<Vec<String>> {
    let node = caller.connection.node;
    if window.limit == 0 {
        return Ok(Vec::new());
    }
    if listing.order.is_none() {
        return by_portions::<R>(tx, caller, listing, window.limit, |tx, done, limit| {
            R::window(tx, node, &listing.which, Window { offset: window.offset + done, limit })
        });
    }
    let (mut texts, mut bytes) = (Vec::new(), 0);
    let walk = Walk { order: listing.order, from: From::Skip(window.offset), limit: window.limit };
    R::walk(tx, node, &listing.which, &walk, &mut |tx, one, _| {
        let text = shown::<R>(tx, caller, listing, &one)?;
        bytes += text.len();
        texts.push(text);
        Ok(bytes < LARGEST_PAGE)
    })?;
    Ok(texts)
}

/// The page of a list that has to be gone through, and how many are in the list.
fn sifted<R: Resource>(tx: &mut dyn Tx, caller: &Caller, listing: &Listing) -> Result<(Vec<String>, u64)> {
    let most = Window { offset: listing.start - 1, limit: listing.limit };
    let (keys, total) = R::sift(tx, caller.connection.node, &listing.which, most)?;
    let limit = listing.window(total).limit.min(keys.len() as u64);
    let texts = by_portions::<R>(tx, caller, listing, limit, |tx, done, limit| {
        let (done, limit) = (usize::try_from(done).unwrap_or(usize::MAX), usize::try_from(limit).unwrap_or(usize::MAX));
        R::again(tx, keys.get(done..).map_or(&[], |left| left.get(..limit).unwrap_or(left)))
    })?;
    Ok((texts, total))
}

/// A page, read a portion at a time. It ends early where the resources are so large that the whole would be a burden;
/// the answer's counters say so, and the next page begins where this one ended.
fn by_portions<R: Resource>(
    tx: &mut dyn Tx,
    caller: &Caller,
    listing: &Listing,
    limit: u64,
    mut read: impl FnMut(&mut dyn Tx, u64, u64) -> Result<Vec<R::One>, Fault>,
) -> Result<Vec<String>> {
    let (mut texts, mut bytes) = (Vec::new(), 0);
    while (texts.len() as u64) < limit && bytes < LARGEST_PAGE {
        let portion = PORTION.min(limit - texts.len() as u64);
        let found = read(tx, texts.len() as u64, portion)?;
        let more = shown_all::<R>(tx, caller, listing, &found)?;
        bytes += more.iter().map(String::len).sum::<usize>();
        texts.extend(more);
        if (found.len() as u64) < portion {
            break;
        }
    }
    Ok(texts)
}

fn shown_all<R: Resource>(
    tx: &mut dyn Tx,
    caller: &Caller,
    listing: &Listing,
    found: &[R::One],
) -> Result<Vec<String>> {
    let whole = R::texts(tx, caller, found, listing.projection.related(listing.of))?.into_iter();
    Ok(whole.map(|text| listing.projection.apply(listing.of, text)).collect())
}

/// Everything that an index finds, where it fits into the page that was asked for: then it need not be counted as well.
fn first_page<R: Resource>(tx: &mut dyn Tx, node: NodeId, listing: &Listing) -> Result<Option<Vec<R::One>>> {
    if listing.start > 1
        || listing.limit == 0
        || listing.cursor.is_some()
        || listing.order.is_some()
        || !listing.which.is_indexed()
    {
        return Ok(None);
    }
    // A key that many share must be counted, and that is no work for here.
    let most = listing.limit.min(PORTION);
    let found = R::window(tx, node, &listing.which, Window { offset: 0, limit: most + 1 })?;
    match found.len() as u64 <= most {
        true => Ok(Some(found)),
        false if listing.hurries => Err(Fault::TooLong.into()),
        false => Ok(None),
    }
}

/// RFC 9865: a page behind or before a place in the list, which stays where it is whatever is written meanwhile.
fn by_cursor<R: Resource>(tx: &mut dyn Tx, caller: &Caller, listing: &Listing, asked: &CursorQuery) -> Result<Page> {
    let node = caller.connection.node;
    let key = tx.cursor_key()?;
    let from = cursor::open(&key, &asked.signed, &asked.binding, caller.connection.clock(caller.now))?;
    let backwards = matches!(from, From::Before(_));
    let begins = matches!(from, From::Skip(_));
    let total = match &listing.check {
        None => R::count(tx, node, &listing.which)?,
        Some(check) => {
            let mut total = 0;
            let all = Walk { order: None, from: From::Skip(0), limit: u64::MAX };
            R::walk(tx, node, &listing.which, &all, &mut |tx, one, _| {
                total += u64::from(holds::<R>(tx, caller, listing, check, &one)?);
                Ok(true)
            })?;
            total
        }
    };
    if listing.limit == 0 {
        return Ok(Page { total, texts: Vec::new(), next: None, previous: None });
    }
    let mut found: Vec<(String, Position)> = Vec::new();
    let (mut more, mut bytes) = (false, 0);
    let limit = if listing.check.is_some() { u64::MAX } else { listing.limit + 1 };
    R::walk(tx, node, &listing.which, &Walk { order: listing.order, from, limit }, &mut |tx, one, mark| {
        if let Some(check) = &listing.check
            && !holds::<R>(tx, caller, listing, check, &one)?
        {
            return Ok(true);
        }
        more = found.len() as u64 == listing.limit || bytes >= LARGEST_PAGE;
        if !more {
            let text = shown::<R>(tx, caller, listing, &one)?;
            bytes += text.len();
            found.push((text, mark));
        }
        Ok(!more)
    })?;
    if backwards {
        found.reverse();
    }
    let now = caller.connection.clock(caller.now);
    let write = |place: Option<From>| place.map(|place| cursor::write(&key, &place, &asked.binding, now));
    let last = found.last().map(|(_, mark)| From::After(mark.clone())).filter(|_| more || backwards);
    let first = found.first().map(|(_, mark)| From::Before(mark.clone())).filter(|_| !begins && (more || !backwards));
    let (next, previous) = (write(last), write(first));
    Ok(Page { total, texts: found.into_iter().map(|(text, _)| text).collect(), next, previous })
}

fn shown<R: Resource>(tx: &mut dyn Tx, caller: &Caller, listing: &Listing, one: &R::One) -> Result<String, Fault> {
    let related = listing.projection.related(listing.of);
    Ok(listing.projection.apply(listing.of, R::text(tx, caller, one, related)?))
}

fn holds<R: Resource>(
    tx: &mut dyn Tx,
    caller: &Caller,
    listing: &Listing,
    check: &BoundFilter,
    one: &R::One,
) -> Result<bool, Fault> {
    let relation = listing.of.relation;
    let related = match check.mentions(relation) {
        true => Related::Named,
        false if relation == "groups" && check.mentions("meta") => Related::Counted,
        false => Related::Hidden,
    };
    let text = R::text(tx, caller, one, related)?;
    Ok(serde_json::from_str::<Map<String, Value>>(&text).is_ok_and(|resource| check.matches(&resource)))
}
