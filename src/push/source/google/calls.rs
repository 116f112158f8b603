//! Calls of the Directory API: with a token, and page by page.

use super::refusal::{Fault, Refusal, Said, line, of_api};
use super::token::Access;
use super::wire::{Ask, Reply, Wire};
use crate::push::sentence::{Sentence, say};
use crate::push::source::Unread;
use crate::push::watch::Phase;
use serde::de::DeserializeOwned;

/// One page of a list.
pub(super) trait Page: DeserializeOwned {
    /// What the list is of.
    type Row;
    /// Its rows, and the token of the page after it.
    fn split(self) -> (Vec<Self::Row>, Option<String>);
}

/// An answer that was read: what was asked, path and query, and the tag that it had.
pub(super) struct Tagged {
    pub asked: String,
    pub tag: String,
}

/// A list that could not be read to its end.
pub(super) struct Broken {
    /// The page that failed; from 1.
    pub page: usize,
    /// Why.
    pub fault: Fault,
}

impl Broken {
    /// What to say of it; a run that was stopped has nothing to say.
    pub(super) fn unread(self, list: &Sentence) -> Result<Unread, Fault> {
        match self.fault {
            Fault::Cancelled => Err(Fault::Cancelled),
            Fault::Refused(refusal) => Ok(Unread {
                part: say!("list_page", "{list}, page {page}", list = list, page = self.page),
                why: refusal.sentence(),
            }),
        }
    }
}

/// Who calls.
pub(super) struct Calls<'a> {
    /// The way.
    pub wire: Wire<'a>,
    /// The right.
    pub access: Access,
    /// Where the Directory API is, without a slash at the end.
    api: String,
    /// How many rows have been read.
    rows: u64,
    /// What was read, each with its tag; none as soon as one had none.
    seen: Option<Vec<Tagged>>,
}

impl<'a> Calls<'a> {
    /// With the address of the Directory API.
    pub(super) fn new(wire: Wire<'a>, access: Access, api: &str) -> Calls<'a> {
        Calls { wire, access, api: api.trim_end_matches('/').to_owned(), rows: 0, seen: Some(Vec::new()) }
    }

    /// Reads one answer.
    pub(super) fn get<T: DeserializeOwned>(&mut self, path: &str, query: &[(&str, &str)]) -> Result<T, Fault> {
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
        let asked = format!("{path}?{query}");
        let reply = self.ask(&asked, None)?;
        if reply.status != 200 {
            return Err(of_api(reply.status, &Said::of(&reply.text), &self.access.who).into());
        }
        match reply.etag {
            Some(tag) => {
                self.seen.iter_mut().for_each(|seen| seen.push(Tagged { asked: asked.clone(), tag: tag.clone() }))
            }
            None => self.seen = None,
        }
        serde_json::from_str(&reply.text).map_err(|fault| {
            let found = say!(
                "googles_answer_cannot_be_understood",
                "Google's answer cannot be understood: {fault}.",
                fault = line(&fault.to_string())
            );
            Refusal::ours(
                found,
                say!("look_whether_something_on_the_way", "Look whether something on the way changes it."),
            )
            .into()
        })
    }

    /// One request. A token that is not taken is renewed once.
    fn ask(&mut self, asked: &str, unless: Option<&str>) -> Result<Reply, Fault> {
        let url = format!("{}/admin/directory/v1/{asked}", self.api);
        let mut renewed = false;
        loop {
            let token = self.access.token(&self.wire)?;
            let reply = self.wire.send(&Ask::Get { url: &url, token: Some(&token), unless })?;
            if reply.status != 401 || renewed {
                return Ok(reply);
            }
            renewed = true;
            self.access.forget();
        }
    }

    /// What was read, each answer with its tag; none unless each had one.
    pub(super) fn seen(&mut self) -> Option<Vec<Tagged>> {
        self.seen.take()
    }

    /// Whether an answer would be the same as before.
    pub(super) fn is_same(&mut self, tagged: &Tagged) -> Result<bool, Fault> {
        Ok(self.ask(&tagged.asked, Some(&tagged.tag))?.status == 304)
    }

    /// Reads a list to its end, page by page.
    pub(super) fn list<P: Page>(
        &mut self,
        path: &str,
        query: &[(&str, &str)],
        take: &mut dyn FnMut(P::Row),
    ) -> Result<(), Broken> {
        self.first_pages::<P>(path, query, usize::MAX, take).map(drop)
    }

    /// Reads so many pages of a list; whether that is all of it.
    pub(super) fn first_pages<P: Page>(
        &mut self,
        path: &str,
        query: &[(&str, &str)],
        most: usize,
        take: &mut dyn FnMut(P::Row),
    ) -> Result<bool, Broken> {
        let mut next: Option<String> = None;
        for page in 1..=most {
            let mut asked = query.to_vec();
            if let Some(token) = &next {
                asked.push(("pageToken", token));
            }
            let (rows, after) = self.get::<P>(path, &asked).map_err(|fault| Broken { page, fault })?.split();
            self.rows += rows.len() as u64;
            self.wire.watch().progress(Phase::ReadSource, self.rows, None);
            rows.into_iter().for_each(&mut *take);
            let after = after.filter(|token| !token.is_empty());
            if after.is_some() && after == next {
                let refusal = Refusal::ours(
                    say!("google_answers_the_same_page_again", "Google answers the same page again and again."),
                    say!("run_it_again_later", "Run it again later."),
                );
                return Err(Broken { page: page + 1, fault: refusal.into() });
            }
            if after.is_none() {
                return Ok(true);
            }
            next = after;
        }
        Ok(false)
    }
}
