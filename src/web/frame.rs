//! What every page has around it, and how pages are written out.

use super::assets::asset_address;
use super::page_error::PageError;
use super::texts::Text;
use super::visitor::{Theme, Visitor};
use crate::actor::Permission;
use crate::language::Lang;
use crate::response_cache;
use askama::Template;
use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, ETAG, IF_NONE_MATCH, LOCATION, VARY};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

/// What a page handler answers.
pub type PageResult = Result<Response, PageError>;

/// How generous a page is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Layout {
    /// For reading.
    #[default]
    Reading,
    /// For working: dense.
    Work,
    /// For working at the bank: dense, white sheets on grey.
    Staff,
}

/// The frame of a page; templates call it `f` and say `{% extends "frame.html" %}`.
#[derive(Clone)]
pub struct Frame {
    /// The voice.
    pub t: Text,
    /// Who looks.
    pub v: Visitor,
    /// Title of the page, without the bank's name.
    pub title: String,
    /// Key of the menu's entry that is this page's.
    pub here: &'static str,
    /// How generous.
    pub layout: Layout,
    /// One sentence for search engines; empty for pages that are nobody else's business.
    pub description: String,
    /// JSON-LD of the thing on the page, or empty.
    pub json_ld: String,
}

impl Frame {
    /// A reading page that is in no menu.
    pub fn new(v: &Visitor, title: impl Into<String>) -> Self {
        let (description, json_ld) = (String::new(), String::new());
        Self { t: v.t, v: v.clone(), title: title.into(), here: "", layout: Layout::Reading, description, json_ld }
    }

    /// The same, at an entry of the menu.
    #[must_use]
    pub fn at(mut self, here: &'static str) -> Self {
        self.here = here;
        self
    }

    /// The same, as a page to work on.
    #[must_use]
    pub fn on(mut self, layout: Layout) -> Self {
        self.layout = layout;
        self
    }

    /// The same, for search engines.
    #[must_use]
    pub fn described(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self
    }

    /// The same, with data for machines.
    #[must_use]
    pub fn with_data(mut self, data: &serde_json::Value) -> Self {
        self.json_ld = in_script(&data.to_string());
        self
    }

    /// The menu: key, address, words.
    pub fn menu(&self) -> Vec<(&'static str, &'static str, String)> {
        let say = |key: &'static str, address, of: &str| (key, address, self.t.say(of));
        let mut menu = vec![
            say("catalogue", "/catalogue", "frame-menu-catalogue"),
            say("diseases", "/diseases", "frame-menu-diseases"),
            say("statistics", "/statistics", "frame-menu-statistics"),
        ];
        if !self.v.actor.is_anonymous() {
            menu.push(say("requests", "/requests", "frame-menu-requests"));
        }
        if self.v.can(Permission::DecideRequests) {
            menu.push(say("desk", "/desk", "frame-menu-desk"));
        }
        if self.v.can(Permission::KeepStock) {
            menu.push(say("freezer", "/freezer", "frame-menu-freezer"));
        }
        if self.v.can(Permission::Administer) {
            menu.push(say("admin", "/admin", "frame-menu-admin"));
        } else if self.v.can(Permission::KeepInstitutions) {
            menu.push(say("admin", "/admin/institutions", "frame-menu-institutions"));
        }
        menu
    }

    /// Classes of the body.
    pub fn body_class(&self) -> &'static str {
        match self.layout {
            Layout::Reading => "",
            Layout::Work => "work",
            Layout::Staff => "work staff",
        }
    }

    /// Address of an asset.
    pub fn asset(&self, name: &str) -> String {
        asset_address(name)
    }

    /// True in a demonstration.
    pub fn is_demo(&self) -> bool {
        self.v.web.is_demo()
    }

    /// The bank's name.
    pub fn bank(&self) -> String {
        let site = &self.v.web.app.config.site;
        let name = self.t.pick(&site.name_en, &site.name_ko);
        if name.is_empty() { self.t.say("frame-bank") } else { name.to_owned() }
    }

    /// What an official bank says above every page; empty unless configured.
    pub fn masthead(&self) -> &str {
        let site = &self.v.web.app.config.site;
        self.t.pick(&site.masthead_en, &site.masthead_ko)
    }

    /// True if an emblem is configured.
    pub fn has_emblem(&self) -> bool {
        self.v.web.app.config.site.emblem.is_some()
    }

    /// The other language, and this page in it.
    pub fn other(&self) -> (Lang, String) {
        let other = self.t.lang.pick(Lang::Ko, Lang::En);
        (other, self.v.in_language(other))
    }

    /// The address of this page for everybody, in a language.
    pub fn public_address(&self, lang: &str) -> String {
        let lang = Lang::from_tag(lang).unwrap_or_default();
        format!("{}{}", self.v.web.app.config.public_url.trim_end_matches('/'), self.v.in_language(lang))
    }

    /// Displays of the footer: value, words, whether it is on.
    pub fn themes(&self) -> Vec<(&'static str, String, bool)> {
        let words = |theme: Theme| self.t.say(&format!("frame-theme-{}", theme.tag()));
        Theme::ALL.map(|theme| (theme.tag(), words(theme), theme == self.v.theme)).into()
    }

    /// What the root says of the display; empty if it follows the device.
    pub fn theme(&self) -> &'static str {
        if self.v.theme == Theme::System { "" } else { self.v.theme.tag() }
    }
}

/// Writes a page that is this reader's only.
///
/// # Errors
/// A template that cannot be written.
pub fn html(status: StatusCode, page: &impl Template) -> PageResult {
    let headers = [(CONTENT_TYPE, "text/html; charset=utf-8"), (CACHE_CONTROL, "no-store")];
    Ok((status, headers, page.render()?).into_response())
}

/// Writes a page, status 200.
///
/// # Errors
/// A template that cannot be written.
pub fn render(page: &impl Template) -> PageResult {
    html(StatusCode::OK, page)
}

/// A file to take along; `fresh` says how long a browser may keep it (`Cache-Control`).
pub fn attachment(kind: &str, name: &str, fresh: &'static str, body: impl Into<Body>) -> Response {
    let name = format!("attachment; filename=\"{name}\"");
    let headers = [(CONTENT_TYPE, kind), (CONTENT_DISPOSITION, name.as_str()), (CACHE_CONTROL, fresh)];
    (headers, body.into()).into_response()
}

/// Goes to another page of ours after a form was done, so that loading it again sends nothing twice.
pub fn go(to: &str) -> Response {
    (StatusCode::SEE_OTHER, [(LOCATION, to), (CACHE_CONTROL, "no-store")]).into_response()
}

/// A page of the public catalogue: whoever is nobody in particular gets it from the response cache, and a browser that
/// has it already is told so. `make` writes it when it is not kept.
///
/// # Errors
/// Those of `make`, or of the database.
pub async fn public<Making>(v: &Visitor, headers: &HeaderMap, make: Making) -> PageResult
where
    Making: Future<Output = Result<String, PageError>>,
{
    if !v.is_anybody() {
        let headers = [(CONTENT_TYPE, "text/html; charset=utf-8"), (CACHE_CONTROL, "no-store")];
        return Ok((headers, make.await?).into_response());
    }
    let app = &v.web.app;
    let kind = match v.theme {
        Theme::System => "page",
        Theme::Light => "light page",
        Theme::Dark => "dark page",
    };
    let Some(key) = v.web.response_cache.key(app, v.t.lang, kind, v.address().as_bytes()).await? else {
        let page = make.await?;
        return Ok(validated(headers, &response_cache::etag(page.as_bytes()), page.into()));
    };
    if let Some(kept) = v.web.response_cache.get(&key, app.clock.now()) {
        return Ok(validated(headers, &kept.etag, kept.body.clone()));
    }
    let until = response_cache::valid_until(app).await?;
    let kept = v.web.response_cache.put(key, make.await?.into_bytes(), until);
    Ok(validated(headers, &kept.etag, kept.body.clone()))
}

/// JSON as it stands in a script element: no text of it can end the element or open a comment in it, for what HTML reads
/// there (`<!--`, `<script`, `</script`, `-->`, `]]>`) is written in escapes of JSON.
fn in_script(json: &str) -> String {
    let mut written = String::with_capacity(json.len());
    for character in json.chars() {
        match character {
            '<' => written.push_str("\\u003c"),
            '>' => written.push_str("\\u003e"),
            '&' => written.push_str("\\u0026"),
            '\u{2028}' => written.push_str("\\u2028"),
            '\u{2029}' => written.push_str("\\u2029"),
            other => written.push(other),
        }
    }
    written
}

/// The body with its validator, or only that the browser has it. Weak, because it may be compressed on its way.
fn validated(headers: &HeaderMap, etag: &str, body: axum::body::Bytes) -> Response {
    let etag = format!("W/{etag}");
    let has = headers.get(IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let is_known = has.is_some_and(|list| list.split(',').any(|known| known.trim() == etag));
    let mut response = if is_known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(CONTENT_TYPE, "text/html; charset=utf-8")], body).into_response()
    };
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    headers.insert(VARY, HeaderValue::from_static("cookie, accept-language, accept-encoding"));
    if let Ok(etag) = etag.parse() {
        headers.insert(ETAG, etag);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::in_script;
    use serde_json::{Value, json};

    #[test]
    fn data_in_a_script_ends_where_its_element_does() {
        let data = json!({ "name": "Odd <!--<script> name</script>-->]]>&amp;\u{2028}" });
        let written = in_script(&data.to_string());
        assert!(!written.contains(['<', '>', '&', '\u{2028}']), "{written}");
        assert_eq!(serde_json::from_str::<Value>(&written).unwrap(), data);
    }
}
