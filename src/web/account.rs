//! Own account: profile, second factor, sessions, tokens, institution, letters, personal data.

use super::Web;
use axum::Router;

/// See the text of this file.
pub fn router() -> Router<Web> {
    Router::new()
}
