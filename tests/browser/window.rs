//! A browser window with one person before it: they read, click what they read, type, and press keys.

use crate::demonstration::{Access, Demonstration};
use crate::picture::{beginning, whole_page};
use fantoccini::elements::Element;
use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;

/// How long something may take to appear.
const PATIENCE: Duration = Duration::from_secs(30);

/// How somebody looks at the pages.
#[derive(Clone, Copy, Debug)]
pub struct Manner {
    /// `ko` or `en`.
    pub lang: &'static str,
    /// Width of the window in pixels.
    pub width: u32,
    /// `light` or `dark`.
    pub theme: &'static str,
    /// The browser runs scripts.
    pub scripts: bool,
    /// Everything is done by keys; the mouse is never touched.
    pub keyboard: bool,
}

impl Manner {
    /// At a desk, in a language.
    pub fn at_a_desk(lang: &'static str) -> Self {
        Self { lang, width: 1280, theme: "light", scripts: true, keyboard: false }
    }
}

/// A window.
pub struct Window {
    client: Client,
    address: String,
    manner: Manner,
    /// The browser's own files.
    _profile: TempDir,
}

/// Keys as WebDriver writes them.
const TAB: &str = "\u{E004}";
const ENTER: &str = "\u{E007}";
const HOME: &str = "\u{E011}";
const DOWN: &str = "\u{E015}";
/// Control and A, and Control let go: all of a field.
const ALL: &str = "\u{E009}a\u{E000}";
/// Stops that a page may have between two things; more is no way for anybody.
const MOST_STOPS: usize = 300;

impl Window {
    /// Opens a window on a bank's home page.
    pub async fn open(bank: &Demonstration, manner: Manner) -> Self {
        let driver = std::env::var("STEMBANK_TEST_BROWSER")
            .expect("a browser is needed: run tests/chromium.sh cargo test --test browser");
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let profile = tempfile::tempdir().unwrap();
        let wanted = capabilities(manner, profile.path());
        let client = builder.capabilities(wanted).connect(&driver).await.expect("the browser starts");
        let window = Self { client, address: bank.address.clone(), manner, _profile: profile };
        window.client.set_window_size(manner.width, 1000).await.unwrap();
        window.go(&format!("/?lang={}", manner.lang)).await;
        window.press(&format!("button[name='theme'][value='{}']", manner.theme)).await;
        window.find(&format!("html[data-theme='{}']", manner.theme)).await;
        window
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

    /// Clicks what a selector finds, or comes to it by Tab and presses Enter.
    pub async fn press(&self, css: &str) {
        if self.manner.keyboard {
            self.find(css).await;
            self.reach(css).await;
            return self.keys(ENTER).await;
        }
        let begun = std::time::Instant::now();
        while let Err(error) = self.find(css).await.click().await {
            // A page that is just being replaced shows its elements for a moment longer.
            let is_stale = error.to_string().contains("stale element");
            assert!(is_stale && begun.elapsed() < PATIENCE, "{css} cannot be clicked: {error}");
        }
    }

    /// Goes where the first link leads that a selector finds.
    pub async fn follow(&self, css: &str) {
        let address = self.find(css).await.attr("href").await.unwrap().unwrap_or_default();
        self.go(&address).await;
    }

    /// Types into the field of a name, over what stands there.
    pub async fn fill(&self, name: &str, text: &str) {
        self.type_into(&format!("main [name='{name}']"), text).await;
    }

    /// Types into what a selector finds, over what stands there.
    pub async fn type_into(&self, css: &str, text: &str) {
        let field = self.find(css).await;
        if self.manner.keyboard {
            self.reach(css).await;
            self.keys(ALL).await;
            return self.keys(text).await;
        }
        field.clear().await.unwrap_or_else(|error| panic!("{css} cannot be emptied: {error}"));
        field.send_keys(text).await.unwrap_or_else(|error| panic!("{css} cannot be typed into: {error}"));
    }

    /// Chooses a value of a list.
    pub async fn choose(&self, name: &str, value: &str) {
        let list = format!("main select[name='{name}']");
        let option = format!("{list} option[value='{value}']");
        if !self.manner.keyboard {
            return self.press(&option).await;
        }
        self.reach(&list).await;
        self.keys(HOME).await;
        self.down_until(&option).await;
    }

    /// Ticks a box or a choice, if it is not ticked.
    pub async fn tick(&self, css: &str) {
        let field = self.find(css).await;
        if field.is_selected().await.unwrap() {
            return;
        }
        if !self.manner.keyboard {
            return field.click().await.unwrap();
        }
        if field.attr("type").await.unwrap().as_deref() == Some("radio") {
            // Tab stops once at a group of choices; arrows go through it.
            let name = field.attr("name").await.unwrap().unwrap_or_default();
            self.reach_one_of(&format!("input[type='radio'][name='{name}']")).await;
            return self.down_until(css).await;
        }
        self.reach(css).await;
        self.keys(" ").await;
    }

    /// Presses Down until a choice is taken.
    async fn down_until(&self, css: &str) {
        for _ in 0..MOST_STOPS {
            if self.find(css).await.is_selected().await.unwrap() {
                return;
            }
            self.keys(DOWN).await;
        }
        panic!("{css} on {} cannot be chosen by keys", self.place().await);
    }

    /// Presses keys wherever the focus is.
    async fn keys(&self, keys: &str) {
        self.client.active_element().await.unwrap().send_keys(keys).await.unwrap();
    }

    /// Presses Tab until the focus is on the first visible thing that a selector finds.
    async fn reach(&self, css: &str) {
        let first = "[...document.querySelectorAll(css)].find(e => e.checkVisibility()) === focus";
        self.tab_until(css, first).await;
    }

    /// The same, for any of the things.
    async fn reach_one_of(&self, css: &str) {
        self.tab_until(css, "focus.matches(css)").await;
    }

    /// Wherever the focus stops it has to be seen: by an outline of its own, or of what lies close around it.
    async fn tab_until(&self, css: &str, is_there: &str) {
        let script = format!(
            "const css = arguments[0], focus = document.activeElement; \
             const seen = e => e && getComputedStyle(e).outlineStyle !== 'none' && parseFloat(getComputedStyle(e).outlineWidth) > 0; \
             return [{is_there}, focus === document.body || [focus, focus.parentElement, focus.parentElement?.parentElement].some(seen), focus.outerHTML.slice(0, 200)];"
        );
        for _ in 0..MOST_STOPS {
            let found = self.client.execute(&script, vec![json!(css)]).await.unwrap();
            let place = self.place().await;
            assert_eq!(found[1], true, "the focus is not seen on {place} at {}", found[2]);
            if found[0] == true {
                return;
            }
            self.keys(TAB).await;
        }
        panic!("{css} on {} cannot be reached by Tab", self.place().await);
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

    /// Keeps a picture of the whole page under `target/pages`.
    async fn picture(&self, name: &str) {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/pages");
        std::fs::create_dir_all(&folder).unwrap();
        let Manner { lang, width, theme, .. } = self.manner;
        let picture = whole_page(&self.client).await;
        std::fs::write(folder.join(format!("{name}.{lang}.{width}.{theme}.png")), picture).unwrap();
    }

    /// Keeps a small picture of the page's beginning, of this height, beside the tests.
    pub async fn small_picture(&self, name: &str, height: u64) {
        let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/browser/pictures/{name}.webp"));
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, beginning(&self.client, (self.manner.width.into(), height)).await).unwrap();
    }

    /// What is wrong with the look of the page: too wide, or against the rules of accessibility. A picture is kept.
    pub async fn faults(&self, name: &str) -> Vec<String> {
        let mut faults: Vec<String> = self.too_wide().await.into_iter().collect();
        // Without scripts a page does not tell the driver that it is drawn, and axe does not come to its end.
        if self.manner.scripts {
            self.picture(name).await;
            faults.extend(self.violations().await);
        }
        faults
    }

    /// Refuses a page with such faults.
    pub async fn looks_right(&self, name: &str) {
        let faults = self.faults(name).await;
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }

    /// What the rules of WCAG 2.2 AA forbid on this page, as far as a machine can tell.
    async fn violations(&self) -> Vec<String> {
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
        list.iter()
            .map(|rule| format!("{place} in {}: {}", self.manner.lang, rule.as_str().unwrap_or_default()))
            .collect()
    }

    /// What is wrong with a page that has to be pushed sideways.
    async fn too_wide(&self) -> Option<String> {
        let script = "return [document.documentElement.scrollWidth, window.innerWidth]";
        let widths = self.run(script).await;
        let (page, window) = (widths[0].as_u64().unwrap(), widths[1].as_u64().unwrap());
        let place = self.place().await;
        (page > window).then(|| format!("{place} is {page} px wide in a window of {window}"))
    }
}

fn capabilities(manner: Manner, profile: &Path) -> Capabilities {
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
