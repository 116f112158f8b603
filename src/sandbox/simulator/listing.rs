//! Reads a list as an identity provider does, page after page with its own way to stop, and sees whether anybody is missed.

use super::engine::Engine;
use crate::sandbox::dialogue::{at, list, text};
use serde_json::{Value, json};
use std::collections::HashSet;

/// No list has more pages.
const MOST: usize = 20_000;

impl Engine<'_> {
    /// Reads users, and groups if this one has any.
    pub fn read_lists(&mut self) {
        let paging = self.dialect.paging().clone();
        if paging.is_null() {
            return;
        }
        let people: Vec<String> = self.cast.people.iter().filter_map(|person| person.id.clone()).collect();
        let groups: Vec<String> = self.cast.groups.iter().filter_map(|group| group.id.clone()).collect();
        self.read_list("/Users", &paging, &people);
        if self.dialect.does("group_make") {
            self.read_list("/Groups", &paging, &groups);
        }
    }

    /// People and groups whom it finds in a list and has no id of: that is how it matches.
    fn recognise(&mut self, page: &[Value]) {
        for one in page {
            let id = text(one, "id");
            let name = text(one, "userName").to_lowercase();
            let person = self
                .cast
                .people
                .iter_mut()
                .find(|person| person.id.is_none() && person.user_name.to_lowercase() == name);
            if let Some(person) = person {
                person.id = Some(id.to_owned());
            }
            let name = text(one, "displayName");
            let is_group = one.get("userName").is_none();
            if let Some(group) =
                self.cast.groups.iter_mut().find(|group| is_group && group.id.is_none() && group.name == name)
            {
                group.id = Some(id.to_owned());
            }
        }
    }

    fn read_list(&mut self, path: &str, paging: &Value, ours: &[String]) {
        let mut seen: HashSet<String> = HashSet::new();
        let (mut start, mut shown, mut total) = (1, 0, 0);
        for _ in 0..MOST {
            if self.is_over {
                return;
            }
            self.player.values.set("start", start);
            let mut request = json!({ "method": "GET", "path": path });
            if let (Some(request), query @ Value::String(_)) = (request.as_object_mut(), at(paging, "query")) {
                request.insert("query".to_owned(), query.clone());
            }
            let body = json!({ "/totalResults": { "type": "integer" }, "/Resources": { "type": "array" } });
            let step = json!({ "request": request, "answer": { "status": 200, "body": body } });
            let Some(exchange) = self.step("pages", &step) else { return };
            let page = list(&exchange.json, "Resources");
            let number = |name: &str| at(&exchange.json, name).as_u64().unwrap_or_default();
            total = number("totalResults");
            shown += page.len();
            seen.extend(page.iter().map(|one| text(one, "id").to_owned()));
            self.recognise(page);
            let next = start + page.len() as u64;
            let is_last = match text(paging, "stop") {
                "once" => true,
                "short" => (page.len() as u64) < at(paging, "count").as_u64().unwrap_or(100),
                // Commander's loop, with its defect (docs/keeper.md#scim-push).
                "commander" => start + number("itemsPerPage") >= total,
                _ => start + page.len() as u64 > total,
            };
            if is_last || page.is_empty() {
                break;
            }
            start = next;
        }
        let missed = ours.iter().filter(|id| !seen.contains(*id)).count();
        let request = format!("GET {path}, all pages");
        let why = self
            .dialect
            .judges("pages")
            .unwrap_or("The pages do not make up the list: somebody is missed or seen twice.")
            .to_owned();
        if missed > 0 {
            self.fails(
                &request,
                format!("{missed} of {} that it has created are not shown", ours.len()),
                "all of them".to_owned(),
                &why,
            );
        } else if shown > seen.len() {
            self.fails(&request, format!("{} are shown twice", shown - seen.len()), "each once".to_owned(), &why);
        } else if text(paging, "stop") == "total" && (seen.len() as u64) < total {
            self.fails(
                &request,
                format!("totalResults {total}, but {} shown", seen.len()),
                "as many as totalResults says".to_owned(),
                &why,
            );
        }
    }
}
