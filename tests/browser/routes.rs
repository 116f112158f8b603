//! Every route in both themes, both languages, wide and narrow: whole, quiet, and no wider than the window.

use crate::appliance::Appliance;
use crate::axe;
use crate::catalogue::{BOTH, Language};
use crate::page::Page;
use crate::provider::Okta;
use crate::walk;
use serde_json::json;

/// What a finished page must be; the complaint, or null.
const CHECK: &str = r"
    const root = document.documentElement;
    const headings = document.querySelectorAll('h1').length;
    if (headings !== 1) return `${headings} headings`;
    if (root.scrollWidth > innerWidth) {
        const wide = [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > innerWidth && !e.closest('.table-frame, .tabs'));
        return `${root.scrollWidth} wide: ${wide.map((e) => e.className || e.localName).slice(0, 5)}`;
    }
    if (!document.title.endsWith('Scimbox')) return `title ${document.title}`;
    // In code braces are meant: the paths of the API have them.
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    let said = '';
    while (texts.nextNode()) if (!texts.currentNode.parentElement.closest('code, textarea')) said += texts.currentNode.data;
    const hole = said.match(/\{\w+\}/);
    if (hole) return `unfilled ${hole[0]}`;
    const light = getComputedStyle(document.body).backgroundColor.match(/[\d.]+/g).slice(0, 3).reduce((a, b) => a + Number(b), 0) > 382;
    if (light !== matchMedia('(prefers-color-scheme: light)').matches) return 'not in its theme';
    return null;
";

/// Everything that is wrong with the page that was just opened.
fn complaints(page: &Page, language: Language) -> Vec<String> {
    page.until("document.querySelector('h1') && !document.querySelector('.skeleton')");
    let mut found = page.troubles();
    let spoken = page.eval("return document.documentElement.lang");
    if spoken != language.code() {
        found.push(format!("speaks {spoken}"));
    }
    found.extend(page.eval(CHECK).as_str().map(str::to_owned));
    found.extend(axe::violations(page));
    found
}

fn everywhere(routes: &[String], language: Language, signed_in: bool, appliance: &Appliance) {
    let Some(page) = Page::open(language) else { return };
    if signed_in {
        walk::sign_in(&page, appliance, "/ui/");
    }
    axe::load(&page);
    let mut wrong = Vec::new();
    page.forces_colours();
    for path in routes {
        page.go(&appliance.url(path));
        let found = complaints(&page, language);
        wrong.extend(found.into_iter().map(|what| format!("{path}, forced colours: {what}")));
    }
    for theme in ["light", "dark"] {
        page.prefers(theme);
        for width in [1280, 390] {
            page.is_wide(width);
            for path in routes {
                page.go(&appliance.url(path));
                let found = complaints(&page, language);
                wrong.extend(found.into_iter().map(|what| format!("{path}, {theme}, {width} px: {what}")));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_route_before_signing_in_is_whole_in_every_theme_language_and_width() {
    let (fresh, done) = (Appliance::start(), Appliance::with_admin());
    let before = ["/ui/", "/ui/setup", "/ui/setup#k=some-secret"].map(str::to_owned);
    let after =
        ["/ui/login", "/ui/setup", "/ui/login?next=%2Fui%2Fnodes", "/ui/reset", "/ui/reset#k=x"].map(str::to_owned);
    for language in BOTH {
        everywhere(&before, language, false, &fresh);
        everywhere(&after, language, false, &done);
    }
}

#[test]
fn every_route_of_an_administrator_is_whole_in_every_theme_and_width_in_english() {
    after_signing_in(Language::English);
}

#[test]
fn every_route_of_an_administrator_is_whole_in_every_theme_and_width_in_japanese() {
    after_signing_in(Language::Japanese);
}

fn after_signing_in(language: Language) {
    let appliance = Appliance::with_admin();
    let routes = filled(&appliance);
    everywhere(&routes, language, true, &appliance);
}

/// Fills an appliance, and the routes of all that is there. Pages of nodes and connections that do not exist are left out: the
/// answer 404 they need is a console message.
pub fn filled(appliance: &Appliance) -> Vec<String> {
    let long = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft";
    let [active, waiting, free, crowded] = ["Sales", "Berlin", "Marketing", long].map(|name| appliance.node(name));
    let connect = |node: &str| appliance.json(&["scim", "create", "--node", node, "--idp", "okta"]);
    let (used, unused, wide) = (connect(&active), connect(&waiting), connect(&crowded));
    let word = |of: &serde_json::Value, key: &str| of[key].as_str().unwrap().to_owned();
    for made in [&used, &wide] {
        let okta = Okta::new(&word(made, "scim_url"), &word(made, "provisioning_token"));
        let domain = "a-department-with-a-very-long-name.".repeat(2);
        let address = format!("somebody-with-a-long-name-{}@{domain}acme.test", made["scim_id"]);
        okta.post("/Users", &json!({ "userName": address, "displayName": long, "externalId": long }));
        okta.post("/Groups", &json!({ "displayName": long, "externalId": address }));
        okta.with("scimbox_wrong").get("/Users");
    }
    let pushes = pushes(appliance, &wide["scim_id"].to_string(), long);
    let root = appliance.json(&["node", "list"])[0]["node_id"].to_string();
    let mut routes: Vec<String> =
        ["/ui/", "/ui/nodes", "/ui/nodes/1", "/ui/connections", "/ui/users", "/ui/teams", "/ui/nowhere"]
            .map(str::to_owned)
            .to_vec();
    routes.push(format!("/ui/users?node={crowded}"));
    routes.extend(
        ["approvals", "outbox", "audit", "backups", "settings", "diagnostics", "administrators", "api-keys", "api"]
            .map(|page| format!("/ui/{page}")),
    );
    routes.extend(["memberships", "waiting", "rejected"].map(|tab| format!("/ui/approvals?tab={tab}")));
    routes.extend([&root, &active, &free, &crowded].map(|node| format!("/ui/nodes/{node}")));
    routes.extend(["users", "teams"].map(|tab| format!("/ui/nodes/{crowded}?tab={tab}")));
    routes.extend([&root, &active, &free, &crowded].map(|node| format!("/ui/nodes/{node}/provisioning/new")));
    routes.push(format!("/ui/nodes/{free}/provisioning/new?step=2"));
    routes.extend([&used, &unused, &wide].map(|made| format!("/ui/connections/{}", made["scim_id"])));
    let tabs = ["tokens", "requests", "users", "teams", "behaviour"];
    routes.extend(tabs.map(|tab| format!("/ui/connections/{}?tab={tab}", wide["scim_id"])));
    routes.push("/ui/requests".to_owned());
    let sent = appliance.json(&["requests", "list"]);
    let sent = sent.as_array().unwrap();
    // One that was refused, one about a person and one about a team: what each shows is of its own width.
    let kinds = [("GET", "/Users"), ("POST", "/Users"), ("POST", "/Groups")];
    let of_kind = |(method, path): (&str, &str)| {
        let is_it = |one: &&serde_json::Value| one["method"] == method && word(one, "path").ends_with(path);
        word(sent.iter().find(is_it).unwrap(), "request_id")
    };
    for one in kinds.map(of_kind) {
        let tabs = ["summary", "request", "response", "effect", "explain", "timing", "replay"];
        routes.extend(tabs.map(|tab| format!("/ui/requests/{one}?tab={tab}")));
    }
    routes.push(format!("/ui/nodes/{free}/provisioning/new?step=2&source=google"));
    routes.push("/ui/push/new".to_owned());
    routes.extend(
        ["google", "ad", "file"].map(|source| format!("/ui/push/new?source={source}&target={}", wide["scim_id"])),
    );
    routes.extend(pushes);
    routes
}

/// A record of push with runs that were done and stopped and a preview that limits forbid: the routes that show them.
fn pushes(appliance: &Appliance, target: &str, long: &str) -> Vec<String> {
    let path = appliance.folder.path().join("people.csv");
    let people = |text: &str| std::fs::write(&path, format!("id,email,full_name,groups\n{text}")).unwrap();
    let of_file = ["--source", "file", "--target", target, "--path", path.to_str().unwrap(), "--verbose"];
    let made = appliance.json(&[&["push", "record", "create", long][..], &of_file].concat());
    let push = |more: &[&str]| appliance.run(&[&["push", "run", "--record", long][..], more].concat());
    people(&format!("1,mia@acme.test,{long},{long}\n2,kai@acme.test,海,{long}\n"));
    push(&["--yes"]).ok();
    people("");
    push(&[]).fails(1);
    appliance.run(&["push", "schedule", long, "--cron", "15 3 * * 1", "--time-zone", "Asia/Tokyo"]).ok();
    push(&["--dry-run"]);
    let page = format!("/ui/push/{}", made["record_id"]);
    let runs = appliance.json(&["push", "history", long]);
    let runs = runs["runs"].as_array().unwrap().iter().map(|run| format!("{page}/runs/{}", run["run_id"]));
    let mut routes: Vec<String> = runs.collect();
    assert_eq!(routes.len(), 3, "{routes:?}");
    routes.extend(["/ui/push".to_owned(), format!("{page}/edit"), page]);
    routes
}
