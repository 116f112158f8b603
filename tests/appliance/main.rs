//! The appliance from outside: the real binary, spoken to as identity providers, administrators and attackers speak to it.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

#[expect(dead_code, reason = "another program needs the rest")]
#[path = "../harness/appliance.rs"]
mod appliance;
#[path = "../harness/connected.rs"]
mod connected;
#[path = "../harness/console.rs"]
mod console;
#[path = "../harness/database_proxy.rs"]
mod database_proxy;
#[path = "../harness/directories.rs"]
mod directories;
#[path = "../harness/fake_google.rs"]
mod fake_google;
#[path = "../harness/foreign_servers.rs"]
mod foreign_servers;
#[path = "../harness/google_source.rs"]
mod google_source;
#[path = "../harness/idp_clients.rs"]
mod idp_clients;
#[path = "../harness/ldap_server.rs"]
mod ldap_server;
#[path = "../harness/mail_server.rs"]
mod mail_server;
#[path = "../harness/pebble.rs"]
mod pebble;
#[path = "../harness/people.rs"]
mod people;
#[path = "../harness/push_fixture.rs"]
mod push_fixture;
#[path = "../harness/reply.rs"]
mod reply;
#[path = "../harness/rsyslog.rs"]
mod rsyslog;
#[path = "../harness/samba.rs"]
mod samba;
#[path = "../harness/scim_breaker.rs"]
mod scim_breaker;
#[path = "../harness/scim_proxy.rs"]
mod scim_proxy;
#[path = "../harness/slapd.rs"]
mod slapd;
#[path = "../harness/tamper.rs"]
mod tamper;
#[path = "../harness/team_fixture.rs"]
mod team_fixture;
#[path = "../harness/wire.rs"]
mod wire;

mod access;
mod acme;
mod allow_lists;
mod audit;
mod audit_files;
mod audit_forward;
mod backups;
mod bulk;
mod chains;
mod client_certificates;
mod clients;
mod command_json;
mod command_line;
mod commander;
mod concurrency;
mod connection_lifecycle;
mod contract;
mod csrf;
mod database_plans;
mod database_tls;
mod demo;
mod dialects;
mod discovery;
mod doctor;
mod durability;
mod edge;
mod entra;
mod fairness;
mod faults;
mod first_run;
mod framing;
mod fuzzed_requests;
mod guard_rails;
mod health;
mod hostile;
mod inspector;
mod instances;
mod intake;
mod invitations;
mod isolation;
mod keys;
mod large_lists;
mod lists;
mod live;
mod login_throttle;
mod lost_commits;
mod mails;
mod memory;
mod metrics;
mod moving;
mod nothing_lost;
mod okta;
mod openapi;
mod operation;
mod packages;
mod personas;
mod pipelines;
mod pooler;
mod process;
mod programs;
mod push;
mod push_connection;
mod push_directory;
mod push_directory_faults;
mod push_faults;
mod push_from_directory;
mod push_google;
mod push_google_access;
mod push_google_run;
mod push_history;
mod push_openldap;
mod push_preview;
mod push_records;
mod push_retry;
mod push_runs;
mod rates;
mod record;
mod replay;
mod requests;
mod reset_links;
mod roles;
mod round_trips;
mod sandbox;
mod second_factor;
mod selftest;
mod session_list;
mod sessions;
mod settings;
mod simulate;
mod start;
mod story;
mod strict;
mod supervised;
mod teams;
mod terminal;
mod tls;
mod tokens;
mod torture;
mod user_lifecycle;
mod verify;
mod versions;
mod writes;
mod wrong_urls;
