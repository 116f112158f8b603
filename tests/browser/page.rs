//! What a person does with a page and sees of it. Elements are named by their `data-t`; everything waits until it is possible.

use crate::appliance::PATIENCE;
use crate::catalogue::{Catalogue, Language};
use crate::chromium::Chromium;
use fantoccini::Locator;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::time::{Duration, Instant};

/// A tab of a browser.
pub struct Page {
    pub texts: Catalogue,
    chromium: Chromium,
    troubles: RefCell<Vec<String>>,
}

/// The element of a name.
fn css(name: &str) -> String {
    format!("[data-t=\"{name}\"]")
}

impl Page {
    /// Opens one for a reader of that language; `None` on a machine without Chromium.
    pub fn open(language: Language) -> Option<Page> {
        let chromium = Chromium::start(language)?;
        let page = Page { texts: language.catalogue(), chromium, troubles: RefCell::default() };
        page.is_wide(1280);
        Some(page)
    }

    /// The window has that width.
    pub fn is_wide(&self, width: u32) {
        let size = json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false });
        self.chromium.command("Emulation.setDeviceMetricsOverride", size);
    }

    /// The system prefers that theme, `light` or `dark`.
    pub fn prefers(&self, theme: &str) {
        let feature = json!({ "features": [{ "name": "prefers-color-scheme", "value": theme }] });
        self.chromium.command("Emulation.setEmulatedMedia", feature);
    }

    /// The system shows pages in colours of its own.
    pub fn forces_colours(&self) {
        let feature = json!({ "features": [{ "name": "forced-colors", "value": "active" }] });
        self.chromium.command("Emulation.setEmulatedMedia", feature);
    }

    /// That script runs first in every page that is opened from now on.
    pub fn runs_first(&self, script: &str) {
        self.chromium.command("Page.addScriptToEvaluateOnNewDocument", json!({ "source": script }));
    }

    /// What the page downloads is thrown away.
    pub fn keeps_no_downloads(&self) {
        self.chromium.command("Browser.setDownloadBehavior", json!({ "behavior": "deny" }));
    }

    pub fn go(&self, url: &str) {
        self.collect();
        self.chromium.runtime.block_on(self.chromium.client.goto(url)).unwrap();
    }

    pub fn reload(&self) {
        self.collect();
        self.chromium.runtime.block_on(self.chromium.client.refresh()).unwrap();
    }

    /// Runs a function body in the page.
    pub fn eval(&self, script: &str) -> Value {
        self.chromium.runtime.block_on(self.chromium.client.execute(script, Vec::new())).unwrap_or(Value::Null)
    }

    /// Waits until an expression is true in the page.
    #[track_caller]
    pub fn until(&self, expression: &str) {
        let script = format!("return Boolean({expression})");
        self.eventually(expression, || (self.eval(&script) == Value::Bool(true)).then_some(()));
    }

    /// Clicks once the element can be clicked.
    #[track_caller]
    pub fn click(&self, name: &str) {
        let selector = format!("{}:not([disabled])", css(name));
        self.press(name, Locator::Css(&selector));
    }

    /// Clicks an element of the first row that has that text.
    #[track_caller]
    pub fn click_in(&self, row: &str, text: &str, name: &str) {
        let path = format!("//*[@data-t='{row}'][contains(., '{text}')]//*[@data-t='{name}'][not(@disabled)]");
        self.press(&format!("{name} of {text}"), Locator::XPath(&path));
    }

    #[track_caller]
    fn press(&self, what: &str, place: Locator<'_>) {
        self.eventually(&format!("{what} can be clicked"), || {
            self.chromium.runtime.block_on(async {
                let element = self.chromium.client.find(place).await.ok()?;
                if element.click().await.is_ok() {
                    return Some(());
                }
                // Something that stays in its place is in front of it: a person scrolls on.
                let script = "arguments[0].scrollIntoView({ block: 'center' })";
                let place = vec![serde_json::to_value(element).ok()?];
                self.chromium.client.execute(script, place).await.ok().and(None)
            })
        });
    }

    /// Types into a field, in the place of what was there.
    #[track_caller]
    pub fn fill(&self, name: &str, text: &str) {
        let selector = css(name);
        // Control and A, then both released. WebDriver's own clearing is nothing that a person could do.
        let keys = format!("\u{E009}a\u{E000}{text}");
        self.eventually(&format!("{name} holds “{text}”"), || {
            self.chromium.runtime.block_on(async {
                let element = self.chromium.client.find(Locator::Css(&selector)).await.ok()?;
                element.send_keys(&keys).await.ok()
            })?;
            (self.value(name)? == text).then_some(())
        });
    }

    /// Presses keys where the focus is.
    pub fn press_keys(&self, keys: &str) {
        let pressed = async { self.chromium.client.active_element().await?.send_keys(keys).await };
        self.chromium.runtime.block_on(pressed).unwrap();
    }

    /// Chooses an option of a list.
    #[track_caller]
    pub fn choose(&self, name: &str, value: &str) {
        let selector = css(name);
        self.eventually(&format!("{name} offers {value}"), || {
            self.chromium.runtime.block_on(async {
                let element = self.chromium.client.find(Locator::Css(&selector)).await.ok()?;
                element.select_by_value(value).await.ok()
            })
        });
    }

    /// What a field holds.
    pub fn value(&self, name: &str) -> Option<String> {
        self.read(name, "element.value")
    }

    /// What a field holds once it is there.
    #[track_caller]
    pub fn field(&self, name: &str) -> String {
        self.eventually(&format!("{name} is there"), || self.value(name).filter(|value| !value.is_empty()))
    }

    /// Waits until an element says exactly that.
    #[track_caller]
    pub fn says(&self, name: &str, text: &str) {
        self.eventually(&format!("{name} says “{text}”"), || {
            (self.read(name, "element.textContent")?.trim() == text).then_some(())
        });
    }

    /// Waits until an element's text has that in it.
    #[track_caller]
    pub fn mentions(&self, name: &str, text: &str) {
        self.eventually(&format!("{name} mentions “{text}”"), || {
            self.read(name, "element.textContent")?.contains(text).then_some(())
        });
    }

    /// Waits until the console tells its reader that, aloud or in a toast.
    #[track_caller]
    pub fn hears(&self, text: &str) {
        let text = json!(text);
        self.until(&format!("[...document.querySelectorAll('[role=status]')].some((e) => e.textContent === {text})"));
    }

    /// Waits until the route's heading says that.
    #[track_caller]
    pub fn heading(&self, text: &str) {
        self.until(&format!("document.querySelector('h1')?.textContent === {}", json!(text)));
    }

    /// Waits until a tick of the pending panel is, or is not, done.
    #[track_caller]
    pub fn tick(&self, name: &str, done: bool) {
        self.until(&format!("document.querySelector('[data-t=\"tick.{name}\"]')?.dataset.done === '{done}'"));
    }

    /// Waits until so many elements of a name are there; their texts.
    #[track_caller]
    pub fn rows(&self, name: &str, count: usize) -> Vec<String> {
        let script = format!("return [...document.querySelectorAll('{}')].map((row) => row.innerText)", css(name));
        let rows = self.eventually(&format!("{count} of {name}"), || match self.eval(&script) {
            Value::Array(rows) if rows.len() == count => Some(rows),
            _ => None,
        });
        rows.iter().map(|row| row.as_str().unwrap().to_owned()).collect()
    }

    /// Waits until an element is gone.
    #[track_caller]
    pub fn lacks(&self, name: &str) {
        self.until(&format!("!document.querySelector('{}')", css(name)));
    }

    /// The window as a picture, WebP.
    pub fn picture(&self) -> Vec<u8> {
        let form = json!({ "format": "webp", "quality": 82 });
        let taken = self.chromium.answer("Page.captureScreenshot", form);
        data_encoding::BASE64.decode(taken["data"].as_str().unwrap().as_bytes()).unwrap()
    }

    pub fn path(&self) -> String {
        self.eval("return location.pathname").as_str().unwrap_or_default().to_owned()
    }

    fn read(&self, name: &str, of: &str) -> Option<String> {
        let script = format!("const element = document.querySelector('{}'); return element && {of}", css(name));
        self.eval(&script).as_str().map(str::to_owned)
    }

    /// Everything that has gone wrong: console messages, violations of the policy, uncaught errors.
    pub fn troubles(&self) -> Vec<String> {
        self.collect();
        self.troubles.take()
    }

    /// Nothing has gone wrong so far.
    #[track_caller]
    pub fn is_clean(&self) {
        assert_eq!(self.troubles(), [""; 0]);
    }

    fn collect(&self) {
        let mut troubles = self.troubles.borrow_mut();
        troubles.extend(self.chromium.console());
        if let Value::Array(seen) = self.eval("return (window.troubles ?? []).splice(0)") {
            troubles.extend(seen.iter().map(|trouble| trouble.as_str().unwrap().to_owned()));
        }
    }

    #[track_caller]
    fn eventually<T>(&self, what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(answer) = ask() {
                return answer;
            }
            if Instant::now() > deadline {
                let seen = self.eval("return `${location.href}\\n${document.body.innerText}`");
                panic!("never: {what}\n{}\n{:?}", seen.as_str().unwrap_or_default(), self.troubles());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}
