//! A picture of a whole page, also of what lies below the window, as Chromium's own protocol takes it.

use axum::http::Method;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fantoccini::Client;
use fantoccini::wd::WebDriverCompatibleCommand;
use openidconnect::url::{ParseError, Url};
use serde_json::{Value, json};

/// The most of a page that a picture shows, in pixels.
const MOST: u64 = 8000;

#[derive(Debug)]
struct Capture(Value);

impl WebDriverCompatibleCommand for Capture {
    fn endpoint(&self, driver: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        driver.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        let body = json!({ "cmd": "Page.captureScreenshot", "params": self.0 });
        (Method::POST, Some(body.to_string()))
    }
}

/// The whole page, as PNG.
pub async fn whole_page(client: &Client) -> Vec<u8> {
    let script = "const e = document.documentElement; return [e.scrollWidth, e.scrollHeight]";
    let size = client.execute(script, vec![]).await.unwrap();
    let (width, height) = (size[0].as_u64().unwrap(), size[1].as_u64().unwrap().min(MOST));
    take(client, json!({ "format": "png" }), (width, height), 1.0).await
}

/// The beginning of a page at three quarters of its size, as WebP: few bytes.
pub async fn beginning(client: &Client, size: (u64, u64)) -> Vec<u8> {
    take(client, json!({ "format": "webp", "quality": 82 }), size, 0.75).await
}

async fn take(client: &Client, mut wanted: Value, (width, height): (u64, u64), scale: f64) -> Vec<u8> {
    wanted["captureBeyondViewport"] = true.into();
    wanted["clip"] = json!({ "x": 0, "y": 0, "width": width, "height": height, "scale": scale });
    let picture = client.issue_cmd(Capture(wanted)).await.unwrap();
    STANDARD.decode(picture["data"].as_str().expect("the driver gives a picture")).unwrap()
}
