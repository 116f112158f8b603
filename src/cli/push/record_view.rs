//! A push record as it is printed.

use crate::api::push_record::PushRecord;
use crate::cli::output::{self, or_dash};

impl PushRecord {
    /// Where people go, in a few words.
    pub(super) fn target_text(&self) -> String {
        match (&self.target_url, &self.target, &self.target_node) {
            (Some(url), _, _) => url.clone(),
            (None, Some(id), Some(node)) => format!("{} ({node})", id.0),
            (None, Some(id), None) => format!("{} (gone)", id.0),
            (None, None, _) => "-".to_owned(),
        }
    }

    pub(super) fn print(self) -> anyhow::Result<()> {
        let target = self.target_text();
        let mut rows: Vec<(&str, String)> = vec![
            ("Record", self.name),
            ("Record ID", self.record_id.0.to_string()),
            ("Target", target),
            ("Groups", listed(&self.groups, "everybody")),
            ("source", self.source.0.to_owned()),
        ];
        let of_source = [
            ("login", self.login),
            ("google-token-url", self.google_token_url),
            ("google-api-url", self.google_api_url),
            ("ad-url", (!self.ad_urls.is_empty()).then(|| self.ad_urls.join(" "))),
            ("ad-user", self.ad_user),
            ("ca", self.ca.map(|_| "set".to_owned())),
            ("plain", self.plain.map(on_off)),
            ("schema", self.schema.map(|schema| schema.0.to_owned())),
            ("base-dn", self.base_dn),
            ("filter", self.filter),
            ("path", self.path),
            ("secret", (self.source.0 != "file").then(|| set(self.source_secret_set))),
            ("target-token", self.target_url.as_ref().map(|_| set(self.target_token_set))),
            ("target-ca", self.target_ca.map(|_| "set".to_owned())),
        ];
        rows.extend(of_source.into_iter().filter_map(|(name, value)| value.map(|value| (name, value))));
        let schedule = self.schedule.map(|s| match s.enabled {
            true => format!("{} {}, next {}", s.cron, s.time_zone, or_dash(s.next_at.map(|at| at.0))),
            false => format!("{} {}, off", s.cron, s.time_zone),
        });
        rows.extend([
            ("destructive", self.destructive.to_string()),
            ("missing", self.missing.0.to_owned()),
            ("auto-approve", on_off(self.auto_approve)),
            ("verbose", on_off(self.verbose)),
            ("protect", listed(&self.protect, "-")),
            ("max-users-removed", limit(self.max_users_removed, self.max_users_removed_percent)),
            ("max-groups-deleted", limit(self.max_groups_deleted, self.max_groups_deleted_percent)),
            ("max-members-removed", limit(self.max_members_removed, self.max_members_removed_percent)),
            ("max-shrink-percent", self.max_shrink_percent.to_string()),
            ("concurrency", self.concurrency.to_string()),
            ("bulk", on_off(self.bulk)),
            ("Schedule", or_dash(schedule)),
            ("Confirmed", or_dash(self.confirmed_at.map(|at| at.0))),
            ("People", or_dash(self.people)),
            ("Created", format!("{} by {}", self.created_at.0, self.created_by)),
        ]);
        output::rows(rows)
    }
}

fn listed(list: &[String], none: &str) -> String {
    if list.is_empty() { none.to_owned() } else { list.join(", ") }
}

fn limit(number: u64, percent: u64) -> String {
    format!("{number}, {percent} %")
}

fn set(is_set: bool) -> String {
    if is_set { "set" } else { "missing" }.to_owned()
}

fn on_off(switch: bool) -> String {
    if switch { "on" } else { "off" }.to_owned()
}
