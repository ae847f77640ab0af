//! `stembank serve`.

use super::{Failure, close, open, serve_then_close};
use crate::maintenance::opening::Purpose;
use std::path::Path;
use tokio::net::TcpListener;

/// Serves the bank by its settings. A demonstration is not served here: its passwords are printed in its documentation.
pub async fn run(config: &Path) -> Result<(), Failure> {
    let app = open(config, Purpose::Serve).await?;
    let address = app.config.listen;
    let listener = match TcpListener::bind(address).await {
        Ok(listener) => listener,
        Err(error) => {
            close(app).await?;
            return Err(Failure::at(format!("cannot listen on {address}"))(&error));
        }
    };
    tracing::info!(%address, "serving");
    serve_then_close(app, listener).await
}
