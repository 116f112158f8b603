//! Scimbox: a SCIM 2.0 service provider in one executable. Identity providers push users and groups into it, an
//! administrator watches and decides in its console, everything lives in one SQLite file.
//!
//! ```text
//!   identity provider          browser               shell
//!          │                      │                    │
//!          ▼                      ▼                    ▼
//!   ┌─────────────────────────────────────┐    ┌──────────────┐
//!   │ http   routes, who is let in,       │    │ cli          │
//!   │        status codes, live pages     │    │              │
//!   └──────┬───────────────────────┬──────┘    └──────┬───────┘
//!          ▼                       │                  │
//!   ┌──────────────┐               │                  │
//!   │ scim         │  protocol     │                  │
//!   └──────┬───────┘               ▼                  ▼
//!          └────────────►┌──────────────────────────────────┐
//!                        │ domain   the rules, and what     │
//!                        │          they need of a store    │
//!                        └────────────────▲─────────────────┘
//!                                         │
//!                        ┌────────────────┴─────────────────┐
//!                        │ store    SQLite: one writer,     │
//!                        │          readers, scans          │
//!                        └────────────────▲─────────────────┘
//!                                         │
//!                        ┌────────────────┴─────────────────┐
//!                        │ jobs     approvals, mails,       │      ┌──────────────────────────┐
//!                        │          backups, pushes         ├─────►│ push     a SCIM client:  │
//!                        └──────────────────────────────────┘      │          source, plan,   │
//!                                                                  │          apply           │
//!                                                                  └──────────────────────────┘
//! ```
//!
//! `push` and `sandbox` (simulators, selftest, replay) know nothing of the rest: they speak to any SCIM service.
//!
//! # Where to start reading
//!
//! 1. `schema.sql`: what is kept.
//! 2. [`domain::user`] and [`domain::connection`]: what may happen to it.
//! 3. [`scim::users`], then [`scim::filter`], [`scim::matches`], [`scim::select`] and [`scim::patch`]: how the wire says it.
//! 4. [`store::Store`]: a closure is a transaction.
//! 5. [`domain::user_admin`], [`domain::approval`] and [`domain::invitation`]: what an administrator decides, and what follows.
//! 6. [`domain::event`]: how every change is written down.
//! 7. [`api`]: the documents of the admin API, which `http` takes and sends and `cli` prints.
//! 8. `http::routes` in `src/http/mod.rs`: every address on one screen.
//! 9. [`tls`]: the certificates that are served, and how they are replaced.
//!
//! # One request, from end to end
//!
//! `PATCH /api/rest/scim/v2/<node>/Users/<id>`: `http::scim` reads the path, `http::provisioner` asks
//! [`domain::token::authenticate`] in a read transaction, the body becomes operations ([`scim::patch::read`]), and
//! [`store::Store::write`] queues a closure. The writer thread runs it with its neighbours in one SQLite transaction:
//! [`scim::users::modify`] reads the user, applies the operations to its text, and [`domain::user_lifecycle::change`] writes it. After
//! the commit has reached the disk the answer's text, spliced inside the transaction, goes out.
//!
//! # What never happens
//!
//! * `domain` never parses JSON, never asks for the time, and knows neither SCIM nor SQL.
//! * `scim` never sees a socket or a row.
//! * No change without its event, in the same transaction; no mail inside a transaction, and none twice.
//! * No answer leaves before its write is on the disk.
//! * No statement is made from input; no list walks an OFFSET over wide rows; no request counts what a counter knows.
//! * A token, a password or a cookie is never kept as it is, only as its hash, and never logged.
//! * No id of another node is ever told apart from one that does not exist.

pub mod api;
pub mod cli;
pub mod domain;
pub mod http;
pub mod jobs;
pub mod push;
pub mod sandbox;
pub mod scim;
pub mod store;
pub mod tls;
pub mod world;
