//! What a directory says about itself: its naming context, its name, what it supports.

use super::entry::Entry;
use super::session::{PAGED, Query, Session, Stop};
use super::{DirectorySchema, Ended, Failure};
use crate::push::sentence::{Sentence, say};
use ldap3::Scope;

/// The root DSE (RFC 4512, section 5.1), as far as it matters.
pub(super) struct Root {
    /// Where people are searched.
    pub base: String,
    /// Where groups are searched: the whole domain, even if people are searched in one part of it.
    pub domain: String,
    /// The server's name, if it says one.
    pub host: Option<String>,
    /// Whether it hands over results in pages.
    pub paged: bool,
    /// Active Directory's counter of changes on this very controller.
    pub usn: Option<String>,
}

const ATTRIBUTES: [&str; 5] =
    ["defaultNamingContext", "namingContexts", "dnsHostName", "supportedControl", "highestCommittedUSN"];

/// Reads it.
///
/// # Errors
/// When it cannot be read, or does not say where to search.
pub(super) fn read(session: &mut Session<'_>) -> Result<Root, Ended> {
    let mut found = Entry::default();
    let query = Query { base: "", scope: Scope::Base, filter: "(objectClass=*)", attributes: &ATTRIBUTES };
    session.search(&query, &mut |entry| found = entry).map_err(|stop| match stop {
        Stop::Cancelled => Ended::Cancelled,
        Stop::Missing => failed(say!("the_server_does_not_say_what", "The server does not say what it holds.")),
        Stop::Unread { why, .. } => {
            failed(say!("the_server_does_not_say_what_it", "The server does not say what it holds: {why}.", why = why))
        }
    })?;
    let settings = session.settings;
    let domain = match (own_context(&found, settings.schema), &settings.base) {
        (Ok(domain), _) => domain,
        (Err(_), Some(base)) => base.clone(),
        (Err(failure), None) => return Err(failure.into()),
    };
    Ok(Root {
        base: settings.base.clone().unwrap_or_else(|| domain.clone()),
        domain,
        host: found.text("dnsHostName").map(str::to_owned),
        paged: found.has("supportedControl", PAGED),
        usn: found.text("highestCommittedUSN").map(str::to_owned),
    })
}

fn failed(found: Sentence) -> Ended {
    Ended::Failed(Failure::new("root", found, super::contact()))
}

fn own_context(root: &Entry, schema: DirectorySchema) -> Result<String, Failure> {
    if let Some(context) = root.text("defaultNamingContext") {
        return Ok(context.to_owned());
    }
    if schema == DirectorySchema::ActiveDirectory {
        return Err(Failure::new(
            "root",
            say!(
                "the_server_has_no_defaultnamingcontext_so",
                "The server has no defaultNamingContext, so it is not Active Directory."
            ),
            say!("say_that_the_directory_is_an", "Say that the directory is an OpenLDAP, or check the address."),
        ));
    }
    let contexts = root.values("namingContexts").iter().filter_map(|value| std::str::from_utf8(value).ok());
    let contexts: Vec<&str> = contexts.filter(|context| !context.is_empty()).collect();
    match contexts.as_slice() {
        [only] => Ok((*only).to_owned()),
        [] => Err(Failure::new(
            "root",
            say!("the_server_does_not_say_where", "The server does not say where its entries begin."),
            base(),
        )),
        several => Err(Failure::new(
            "root",
            say!(
                "the_server_holds_several_trees",
                "The server holds several trees: {several}.",
                several = several.join("; ")
            ),
            base(),
        )),
    }
}

fn base() -> Sentence {
    say!("give_the_base_where_people_and", "Give the base where people and groups are searched.")
}
