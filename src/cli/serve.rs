//! `stembank serve`.

use super::{Failure, open, serve_then_close};
use std::path::Path;
use tokio::net::TcpListener;

/// Serves the bank by its settings. A demonstration is not served here: its passwords are printed in its documentation.
pub async fn run(config: &Path) -> Result<(), Failure> {
    let app = open(config).await?;
    let is_demo = crate::db::is_demo(app.db.read()).await;
    if is_demo.map_err(|error| Failure::at("the database cannot be read")(&error))? {
        return Err(Failure::new(
            "this is a demonstration's database with published passwords; serve it by 'stembank demo', on loopback only",
        ));
    }
    let address = app.config.listen;
    let listener = TcpListener::bind(address).await;
    let listener = listener.map_err(|error| Failure::at(format!("cannot listen on {address}"))(&error))?;
    tracing::info!(%address, "serving");
    serve_then_close(app, listener).await
}
