//! What a server announces of itself: what it does not, is not asked of it.

use crate::sandbox::dialogue::player::Player;
use crate::sandbox::dialogue::{at, list, text};
use serde_json::{Value, json};

/// What the discovery documents say.
pub struct Abilities {
    config: Value,
    schemas: Vec<Value>,
    types: Vec<Value>,
}

impl Abilities {
    /// Asks for them. What cannot be read is taken as announced.
    pub fn read(player: &mut Player<'_>) -> Abilities {
        let mut get = |path: &str| {
            let step = json!({ "request": { "method": "GET", "path": path } });
            let exchange = player.play(&Value::Null, &step, &Value::Null).exchange;
            if exchange.status() == 200 { exchange.json } else { Value::Null }
        };
        let config = get("/ServiceProviderConfig");
        let (schemas, types) = (get("/Schemas"), get("/ResourceTypes"));
        let all = |document: &Value| match document {
            Value::Array(all) => all.clone(),
            document => list(document, "Resources").to_vec(),
        };
        Abilities { config, schemas: all(&schemas), types: all(&types) }
    }

    /// Why a check cannot be asked of this server; nothing if it can.
    pub fn lacks(&self, need: &str) -> Option<String> {
        if let Some(attribute) = need.strip_prefix("attr:") {
            let is_there = self.schemas.is_empty() || self.attribute(attribute);
            return (!is_there).then(|| format!("the attribute {attribute} is not announced in /Schemas"));
        }
        match need {
            "enterprise" => {
                let is_there =
                    self.schemas.is_empty() || self.schemas.iter().any(|one| text(one, "id").contains("enterprise"));
                (!is_there).then(|| "the enterprise extension is not announced in /Schemas".to_owned())
            }
            "groups" => {
                let is_there = self.types.is_empty() || self.types.iter().any(|one| text(one, "name") == "Group");
                (!is_there).then(|| "groups are not announced in /ResourceTypes".to_owned())
            }
            "cursor" => {
                let is_there = self.config.pointer("/pagination/cursor") == Some(&Value::Bool(true));
                (!is_there).then(|| "cursors are not announced in /ServiceProviderConfig".to_owned())
            }
            feature => {
                // PATCH and filters are what every identity provider needs, announced or not.
                let is_off = at(at(&self.config, feature), "supported") == &Value::Bool(false);
                let is_silent = matches!(feature, "bulk" | "sort" | "etag") && at(&self.config, feature).is_null();
                (is_off || is_silent).then(|| format!("{feature} is not announced in /ServiceProviderConfig"))
            }
        }
    }

    fn attribute(&self, name: &str) -> bool {
        let has =
            |schema: &Value| list(schema, "attributes").iter().any(|one| text(one, "name").eq_ignore_ascii_case(name));
        self.schemas.iter().any(has)
    }
}
