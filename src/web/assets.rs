//! Style, script, fonts and drawings: embedded, compressed once, under names that carry a hash of their bytes, so that
//! a browser keeps them for a year and never shows an old one.

use crate::accounts::passwords::sha256_hex;
use axum::Router;
use axum::extract::Path;
use axum::http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::borrow::Cow;
use std::io::Write;
use std::sync::LazyLock;

const FOREVER: &str = "public, max-age=31536000, immutable";

struct Asset {
    name: &'static str,
    /// File name with the hash: `bank.0123456789abcdef.css`.
    file: String,
    kind: &'static str,
    bytes: Cow<'static, [u8]>,
    gzip: Option<Vec<u8>>,
}

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    let font = "font/woff2";
    let mut assets = vec![
        asset("regular.woff2", font, &include_bytes!("static/fonts/PretendardGOV-Regular.subset.woff2")[..]),
        asset("bold.woff2", font, &include_bytes!("static/fonts/PretendardGOV-Bold.subset.woff2")[..]),
        asset("sprite.svg", "image/svg+xml", &include_bytes!("static/sprite.svg")[..]),
        asset("mark.svg", "image/svg+xml", &include_bytes!("static/mark.svg")[..]),
        asset("htmx.js", "text/javascript", &include_bytes!("static/htmx.min.js")[..]),
        asset("copy.js", "text/javascript", &include_bytes!("static/copy.js")[..]),
    ];
    // One stylesheet for the reader; in files an area for whoever works on it.
    let style = concat!(
        include_str!("static/tokens.css"),
        include_str!("static/style.css"),
        include_str!("static/catalogue.css"),
        include_str!("static/account.css"),
        include_str!("static/requests.css"),
        include_str!("static/desk.css"),
        include_str!("static/stock.css"),
        include_str!("static/statistics.css"),
        include_str!("static/admin.css"),
    );
    let style = style
        .replace("fonts/PretendardGOV-Regular.subset.woff2", &address(&assets[0]))
        .replace("fonts/PretendardGOV-Bold.subset.woff2", &address(&assets[1]));
    assets.push(asset("bank.css", "text/css; charset=utf-8", style.into_bytes()));
    assets
});

fn asset(name: &'static str, kind: &'static str, bytes: impl Into<Cow<'static, [u8]>>) -> Asset {
    let bytes = bytes.into();
    let (stem, ending) = name.split_once('.').unwrap_or((name, "bin"));
    let file = format!("{stem}.{}.{ending}", &sha256_hex(&bytes)[..16]);
    // Fonts are compressed already.
    let gzip = (kind != "font/woff2").then(|| compressed(&bytes)).flatten();
    Asset { name, file, kind, bytes, gzip }
}

fn compressed(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok()
}

fn address(asset: &Asset) -> String {
    format!("/static/{}", asset.file)
}

/// Where a page finds an asset by its plain name.
pub fn asset_address(name: &str) -> String {
    ASSETS.iter().find(|asset| asset.name == name).map_or_else(String::new, address)
}

/// `/static/…`
pub fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/static/{file}", get(serve))
}

async fn serve(Path(file): Path<String>, headers: HeaderMap) -> Response {
    let Some(asset) = ASSETS.iter().find(|asset| asset.file == file) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let about = [(CONTENT_TYPE, asset.kind), (CACHE_CONTROL, FOREVER), (VARY, "accept-encoding")];
    let takes_gzip = headers
        .get(ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.split(',').any(|coding| coding.trim().split(';').next() == Some("gzip")));
    match (&asset.gzip, takes_gzip) {
        (Some(gzip), true) => (about, [(CONTENT_ENCODING, "gzip")], gzip.clone()).into_response(),
        _ => (about, asset.bytes.to_vec()).into_response(),
    }
}
