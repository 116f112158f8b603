//! Runs suites, and removes what they made.

use super::abilities::Abilities;
use super::suite::{Check, Suite};
use super::{Certificate, Ending, Outcome, Shown};
use crate::push::client::wire::Wire;
use crate::sandbox::dialogue::form::PARTS;
use crate::sandbox::dialogue::matcher::shortened;
use crate::sandbox::dialogue::player::{Played, Player, Retries};
use crate::sandbox::dialogue::values::Values;
use crate::sandbox::dialogue::{at, text};
use serde_json::json;
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// How a refusal of this program begins that says that it is meant so (setting `tolerance`).
const ON_PURPOSE: &str = "This connection is strict and refuses";

/// Runs the suites of these names, each told as it ends. No check begins after `limit`.
pub fn run(
    suites: &[&str],
    wire: &Wire,
    token: &str,
    rand: &str,
    limit: Duration,
    tell: &mut dyn FnMut(&Outcome),
) -> Certificate {
    let started = Instant::now();
    let mut certificate = Certificate { url: wire.url().to_owned(), ..Certificate::default() };
    for suite in suites.iter().filter_map(|name| Suite::find(name)) {
        let values = Values::new(&format!("{rand}{}", suite.name.get(..1).unwrap_or_default()), wire.url());
        // Only what says that it is too much is repeated: everything else is judged.
        let retries = Retries { statuses: vec![429, 503], times: 5, pause: Duration::from_millis(250) };
        let mut player = Player::new(wire, token, retries, values);
        let abilities = Abilities::read(&mut player);
        let mut runner = Runner { suite: &suite, player, form: HashMap::new(), has_people: true };
        runner.invite();
        for (n, check) in suite.checks.iter().enumerate() {
            let lacking = check.needs.iter().find_map(|need| runner.lacks(&abilities, need));
            let late = (started.elapsed() > limit).then(|| "the time was up".to_owned());
            let outcome = match lacking.or(late) {
                Some(why) => outcome(&suite, check, Ending::Skipped, why, None),
                None => runner.check(n, check),
            };
            tell(&outcome);
            certificate.outcomes.push(outcome);
        }
        for outcome in runner.form_outcomes() {
            tell(&outcome);
            certificate.outcomes.push(outcome);
        }
        certificate.left += runner.player.clean_up();
    }
    certificate
}

struct Runner<'r> {
    suite: &'r Suite,
    player: Player<'r>,
    /// The first answer whose form was wrong, by part.
    form: HashMap<&'static str, Shown>,
    has_people: bool,
}

impl Runner<'_> {
    /// Makes the people of the suite.
    fn invite(&mut self) {
        let suite = self.suite;
        for (name, body) in &suite.people {
            let step = json!({
                "request": { "method": "POST", "path": "/Users", "body": body },
                "answer": { "status": [201, 200] },
                "keep": { format!("id {name}"): "/id" },
            });
            let played = self.player.play(&suite.headers, &step, at(&step, "answer"));
            self.has_people &= played.faults.iter().all(|fault| fault.part.is_some());
        }
    }

    fn lacks(&self, abilities: &Abilities, need: &str) -> Option<String> {
        match need {
            "people" => (!self.has_people).then(|| "the users that it needs could not be created".to_owned()),
            need => abilities.lacks(need),
        }
    }

    fn check(&mut self, n: usize, check: &Check) -> Outcome {
        self.player.values.set("n", n);
        self.player.values.forget("patched");
        for step in &check.steps {
            if !self.player.is_due(step) {
                continue;
            }
            let played = self.player.play(&self.suite.headers, step, at(step, "answer"));
            for fault in &played.faults {
                if let Some(part) = fault.part {
                    self.form.entry(part).or_insert_with(|| shown(&played, &fault.got, &fault.want));
                }
            }
            let Some(fault) = played.faults.iter().find(|fault| fault.part.is_none()) else { continue };
            let detail = text(&played.exchange.json, "detail");
            if detail.starts_with(ON_PURPOSE) {
                return outcome(self.suite, check, Ending::Skipped, detail.to_owned(), None);
            }
            let exchange = Some(shown(&played, &fault.got, &fault.want));
            return outcome(self.suite, check, Ending::Failed, check.why.clone(), exchange);
        }
        outcome(self.suite, check, Ending::Passed, check.why.clone(), None)
    }

    /// The form of all answers, a check for each part.
    fn form_outcomes(&mut self) -> Vec<Outcome> {
        let parts = PARTS.iter().filter(|part| self.suite.form.iter().any(|known| known == **part));
        let of = |part: &&str| {
            let (clause, why, advice) = words(part);
            let check = Check {
                name: format!("{}-form-{part}", self.suite.name),
                clause: clause.to_owned(),
                why: why.to_owned(),
                advice: advice.to_owned(),
                needs: Vec::new(),
                steps: Vec::new(),
            };
            let found = self.form.get(*part).cloned();
            let ending = if found.is_some() { Ending::Failed } else { Ending::Passed };
            outcome(self.suite, &check, ending, check.why.clone(), found)
        };
        parts.map(of).collect()
    }
}

fn shown(played: &Played, got: &str, want: &str) -> Shown {
    let exchange = &played.exchange;
    let answer = match &exchange.answer {
        Ok(answer) => format!("{} {}", answer.status, shortened(&answer.text)),
        Err(why) => why.clone(),
    };
    let sent = exchange.body.as_deref().map(shortened);
    Shown { request: exchange.asked(), sent, got: got.to_owned(), want: want.to_owned(), answer }
}

fn outcome(suite: &Suite, check: &Check, ending: Ending, why: String, exchange: Option<Shown>) -> Outcome {
    let (suite, advice) = (suite.name.to_owned(), check.advice.clone());
    Outcome { suite, check: check.name.clone(), clause: check.clause.clone(), ending, why, advice, exchange }
}

/// Clause, reason and advice for a part of the form.
fn words(part: &str) -> (&'static str, &'static str, &'static str) {
    match part {
        "media-type" => (
            "RFC 7644, section 3.1",
            "Clients built on SCIM-SDK take any other type for a failed request, and Microsoft's validator warns.",
            "Answer with Content-Type: application/scim+json, refusals included.",
        ),
        "schemas" => (
            "RFC 7643, section 3",
            "Clients tell resources, lists and errors apart by schemas.",
            "Put schemas into every body.",
        ),
        "error" => (
            "RFC 7644, section 3.12",
            "Clients show detail to the administrator and decide by status and scimType; without them every failure looks the same.",
            "Answer refusals with an Error document: schemas, status as a string, detail, and scimType where the RFC has one.",
        ),
        "list" => (
            "RFC 7644, section 3.4.2",
            "Okta, rauthy, Commander and others fail on a list without its counters, also when it is empty.",
            "Answer totalResults, startIndex, itemsPerPage as integers and Resources as a list, always.",
        ),
        "ids" => (
            "RFC 7643, section 3.1",
            "JumpCloud refuses ids that are no strings, and Keeper's Google function drops them.",
            "Send every id as a JSON string, in members and groups too.",
        ),
        "types" => (
            "RFC 7643, section 2.3",
            "Entra ID reads types strictly: a string for a boolean ends in SystemForCrossDomainIdentityManagementServiceIncompatible.",
            "Send each attribute in the JSON type of its schema, and never a password.",
        ),
        "resource-type" => (
            "RFC 7643, section 3.1",
            "Clients that read several types tell them apart by it.",
            "Put meta.resourceType into every resource.",
        ),
        "location" => (
            "RFC 7644, section 3.3",
            "Clients follow Location to the resource that they have just created.",
            "Answer 201 with a Location header that holds the address of the new resource.",
        ),
        _ => (
            "RFC 7644, section 3.6",
            "Clients take whatever follows a 204 for the next answer.",
            "Send no body with 204.",
        ),
    }
}
