//! A browser window with one person before it: they read, click what they read, type, and press keys.

use crate::demonstration::{Access, Demonstration};
use fantoccini::elements::Element;
use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::Duration;

/// How long something may take to appear.
const PATIENCE: Duration = Duration::from_secs(30);

/// How somebody looks at the pages.
#[derive(Clone, Copy, Debug)]
pub struct Manner {
    /// `ko` or `en`.
    pub lang: &'static str,
    /// Width of the window in pixels.
    pub width: u32,
    /// The browser runs scripts.
    pub scripts: bool,
}

impl Manner {
    /// At a desk, in a language.
    pub fn at_a_desk(lang: &'static str) -> Self {
        Self { lang, width: 1280, scripts: true }
    }
}

/// A window.
pub struct Window {
    client: Client,
    address: String,
    /// The language.
    pub lang: &'static str,
}

impl Window {
    /// Opens a window on a bank's home page.
    pub async fn open(bank: &Demonstration, manner: Manner) -> Self {
        let driver = std::env::var("STEMBANK_TEST_BROWSER")
            .expect("a browser is needed: run tests/chromium.sh cargo test --test browser");
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let client = builder.capabilities(capabilities(manner)).connect(&driver).await.expect("the browser starts");
        let window = Self { client, address: bank.address.clone(), lang: manner.lang };
        window.resize(manner.width).await;
        window.go(&format!("/?lang={}", manner.lang)).await;
        window
    }

    /// The inner width of the page is this, whatever the window's frame takes.
    async fn resize(&self, width: u32) {
        self.client.set_window_size(width, 1000).await.unwrap();
    }

    /// Ends the window.
    pub async fn close(self) {
        self.client.close().await.unwrap();
    }

    /// Types an address of the bank.
    pub async fn go(&self, path: &str) {
        self.client.goto(&format!("{}{path}", self.address)).await.unwrap();
    }

    /// Path and query of where one is.
    pub async fn place(&self) -> String {
        let url = self.client.current_url().await.unwrap();
        url.as_str().trim_start_matches(&self.address).to_owned()
    }

    /// The words on the page.
    pub async fn words(&self) -> String {
        self.client.find(Locator::Css("body")).await.unwrap().text().await.unwrap()
    }

    /// Waits until the page says this.
    pub async fn sees(&self, words: &str) {
        let begun = std::time::Instant::now();
        loop {
            let page = self.client.find(Locator::Css("body")).await;
            let text = match page {
                Ok(body) => body.text().await.unwrap_or_default(),
                Err(_) => String::new(),
            };
            if text.contains(words) {
                return;
            }
            let place = self.place().await;
            assert!(begun.elapsed() < PATIENCE, "'{words}' does not appear on {place}:\n{text}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// The first element that a selector finds, waited for.
    pub async fn find(&self, css: &str) -> Element {
        let place = self.place().await;
        let wait = self.client.wait().at_most(PATIENCE);
        match wait.for_element(Locator::Css(css)).await {
            Ok(element) => element,
            Err(error) => panic!("{css} is not on {place}: {error}\n{}", self.words().await),
        }
    }

    /// True if a selector finds something now.
    pub async fn has(&self, css: &str) -> bool {
        self.client.find(Locator::Css(css)).await.is_ok()
    }

    /// Clicks the button or link that says this.
    pub async fn click(&self, words: &str) {
        let quoted = quoted(words);
        let path = format!(
            "//*[self::a or self::button or self::summary][not(@disabled)][normalize-space(.)={quoted}] | \
             //*[self::a or self::button or self::summary][not(@disabled)][contains(normalize-space(.), {quoted})]"
        );
        let exact =
            format!("//*[self::a or self::button or self::summary][not(@disabled)][normalize-space(.)={quoted}]");
        let begun = std::time::Instant::now();
        loop {
            for path in [&exact, &path] {
                for element in self.client.find_all(Locator::XPath(path)).await.unwrap_or_default() {
                    if element.is_displayed().await.unwrap_or(false) && element.click().await.is_ok() {
                        return;
                    }
                }
            }
            let place = self.place().await;
            assert!(begun.elapsed() < PATIENCE, "nothing to click says '{words}' on {place}:\n{}", self.words().await);
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Clicks what a selector finds.
    pub async fn press(&self, css: &str) {
        self.find(css).await.click().await.unwrap_or_else(|error| panic!("{css} cannot be clicked: {error}"));
    }

    /// Types into the field of a name, over what stands there.
    pub async fn fill(&self, name: &str, text: &str) {
        let field = self.find(&format!("main [name='{name}']")).await;
        field.clear().await.unwrap_or_else(|error| panic!("{name} cannot be emptied: {error}"));
        field.send_keys(text).await.unwrap_or_else(|error| panic!("{name} cannot be typed into: {error}"));
    }

    /// Types into what a selector finds, over what stands there.
    pub async fn type_into(&self, css: &str, text: &str) {
        let field = self.find(css).await;
        field.clear().await.unwrap_or_else(|error| panic!("{css} cannot be emptied: {error}"));
        field.send_keys(text).await.unwrap_or_else(|error| panic!("{css} cannot be typed into: {error}"));
    }

    /// Chooses a value of a list.
    pub async fn choose(&self, name: &str, value: &str) {
        let css = format!("main select[name='{name}'] option[value='{value}']");
        self.press(&css).await;
    }

    /// Ticks a box or a choice, if it is not ticked.
    pub async fn tick(&self, css: &str) {
        let field = self.find(css).await;
        if !field.is_selected().await.unwrap() {
            field.click().await.unwrap();
        }
    }

    /// Presses keys wherever the focus is.
    pub async fn keys(&self, keys: &str) {
        self.client.active_element().await.unwrap().send_keys(keys).await.unwrap();
    }

    /// What has the focus: tag, name, words.
    pub async fn focus(&self) -> String {
        let script = "const e = document.activeElement; \
                      return e.tagName + ' ' + (e.name || e.id || '') + ' ' + (e.innerText || '').trim();";
        self.run(script).await.as_str().unwrap_or_default().to_owned()
    }

    /// Runs a script in the page.
    pub async fn run(&self, script: &str) -> Value {
        self.client.execute(script, vec![]).await.unwrap()
    }

    /// Signs somebody in by the page.
    pub async fn sign_in(&self, access: &Access) {
        if !self.place().await.starts_with("/sign-in") {
            self.go("/sign-in").await;
        }
        self.fill("email", &access.email).await;
        self.fill("password", &access.password).await;
        self.press("main form[action='/sign-in'] button.go").await;
        self.find("form[action='/sign-out']").await;
    }

    /// A picture of the whole page under `target/pages`.
    pub async fn picture(&self, name: &str) {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/pages");
        std::fs::create_dir_all(&folder).unwrap();
        let size = self.client.get_window_size().await.unwrap();
        let height = self.run("return document.documentElement.scrollHeight").await.as_u64().unwrap_or(1000);
        let (width, height) = (u32::try_from(size.0).unwrap(), u32::try_from(height.clamp(600, 6000)).unwrap());
        self.client.set_window_size(width, height).await.unwrap();
        let picture = self.client.screenshot().await.unwrap();
        std::fs::write(folder.join(format!("{name}.png")), picture).unwrap();
        self.client.set_window_size(width, 1000).await.unwrap();
    }

    /// What the rules of WCAG 2.2 AA forbid on this page, as far as a machine can tell.
    pub async fn violations(&self) -> Vec<String> {
        let file = std::env::var("STEMBANK_TEST_AXE").expect("axe-core is needed: run tests/chromium.sh");
        let axe = std::fs::read_to_string(file).unwrap();
        let script = format!(
            "{axe}; const done = arguments[arguments.length - 1]; \
             axe.run(document, {{ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }}) \
               .then(found => done(found.violations.map(v => v.id + ': ' + v.help + ' ' + \
                 v.nodes.slice(0, 3).map(n => n.target + ' ' + n.failureSummary).join(' | '))), \
                 error => done(['axe failed: ' + error]));"
        );
        let found = self.client.execute_async(&script, vec![]).await.unwrap();
        let place = self.place().await;
        let list = found.as_array().expect("axe gives a list");
        list.iter().map(|rule| format!("{place} in {}: {}", self.lang, rule.as_str().unwrap_or_default())).collect()
    }

    /// What is wrong with a page that has to be pushed sideways.
    pub async fn too_wide(&self) -> Option<String> {
        let script = "return [document.documentElement.scrollWidth, window.innerWidth]";
        let widths = self.run(script).await;
        let (page, window) = (widths[0].as_u64().unwrap(), widths[1].as_u64().unwrap());
        let place = self.place().await;
        (page > window).then(|| format!("{place} is {page} px wide in a window of {window}"))
    }

    /// Refuses a page that has to be pushed sideways.
    pub async fn fits(&self) {
        assert_eq!(self.too_wide().await, None);
    }
}

fn capabilities(manner: Manner) -> Capabilities {
    let profile = tempfile::tempdir().unwrap().keep();
    let data = format!("--user-data-dir={}", profile.display());
    let size = format!("--window-size={},1000", manner.width);
    let lang = format!("--lang={}", manner.lang);
    let mut options = json!({
        "args": [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
            "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage", "--hide-scrollbars",
            data, size, lang,
        ],
        "prefs": { "intl.accept_languages": manner.lang },
    });
    if manner.width < 500 {
        // A desktop window does not get that narrow; a telephone does.
        options["mobileEmulation"] =
            json!({ "deviceMetrics": { "width": manner.width, "height": 900, "pixelRatio": 1.0, "mobile": true } });
    }
    if !manner.scripts {
        options["prefs"]["profile.managed_default_content_settings.javascript"] = json!(2);
    }
    let capabilities = json!({ "browserName": "chrome", "goog:chromeOptions": options });
    capabilities.as_object().unwrap().clone()
}

/// A text as XPath takes it.
fn quoted(text: &str) -> String {
    if text.contains('\'') { format!("\"{text}\"") } else { format!("'{text}'") }
}
