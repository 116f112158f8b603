//! A connection as it is printed.

use super::output::{self, or_dash};
use crate::api::commander::{ConnectionView, CreatedConnection};

impl ConnectionView {
    pub(super) fn print(self) -> anyhow::Result<()> {
        let status = match (self.paused_at, self.paused_by) {
            (Some(at), Some(by)) => format!("{}, by {by} at {at}", self.status),
            _ => self.status.to_owned(),
        };
        output::list([
            ("SCIM ID", self.scim_id.to_string()),
            ("SCIM URL", self.scim_url),
            ("Node", format!("{} ({})", self.node_name, self.node_id)),
            ("Status", status),
            ("Last synced", or_dash(self.last_synced)),
            ("Identity provider", self.idp.to_owned()),
            ("Preset", self.preset.to_owned()),
            ("deprovision", self.deprovision.to_owned()),
            ("email-required", on_off(self.email_required)),
            ("unique-groups", on_off(self.unique_groups)),
            ("approval", self.approval.to_owned()),
            ("role-prefix", or_dash(self.role_prefix)),
            ("unique-users", self.unique_users.to_owned()),
            ("page-size", self.page_size.to_string()),
            ("tolerance", self.tolerance.to_owned()),
            ("announce", self.announce.to_owned()),
            ("rate-limit", self.rate_limit.to_string()),
            ("capture", self.capture.to_owned()),
            ("allow-from", or_dash(self.allow_from)),
            ("client-cert", self.client_cert.unwrap_or("server").to_owned()),
            ("client-cert-name", or_dash(self.client_cert_names)),
        ])?;
        output::text("")?;
        let rows = self.tokens.into_iter().map(|t| {
            let end = t.revoked_at.or(t.ends_at).or(t.expires_at);
            let looks = format!("{}…{}", t.start, t.last4);
            [t.token_id, looks, t.status.to_owned(), t.created_at, or_dash(end), or_dash(t.last_used_at)]
        });
        output::table(["TOKEN ID", "TOKEN", "STATUS", "CREATED", "ENDS", "LAST USED"], rows)
    }
}

impl CreatedConnection {
    pub(super) fn print(self) -> anyhow::Result<()> {
        let CreatedConnection { scim_id, scim_url, provisioning_token: token, .. } = self;
        output::list([
            ("SCIM ID", scim_id.to_string()),
            ("Node", format!("{} ({})", self.node_name, self.node_id)),
            ("Status", self.status.to_owned()),
            ("SCIM URL", scim_url.clone()),
            ("Token", token.clone().unwrap_or_else(|| "none; each push has its own".to_owned())),
        ])?;
        output::text(&match token {
            Some(token) => format!(
                "\nThe token is shown this once. Paste both into the identity provider, or try them:\n  \
                 curl -H 'Authorization: Bearer {token}' '{scim_url}/Users?count=1'"
            ),
            None => format!(
                "\nMake a record that fills it:\n  \
                 scimbox push record create NAME --source google|ad|file --target {scim_id} …"
            ),
        })
    }
}

fn on_off(switch: bool) -> String {
    if switch { "on" } else { "off" }.to_owned()
}
