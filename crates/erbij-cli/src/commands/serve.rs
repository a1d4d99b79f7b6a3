//! `erbij serve`: the HTTP service in the foreground.

use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;

use erbij_serve::ServeSettings;

use crate::args::ServeArgs;
use crate::clock;

pub(crate) fn run(args: &ServeArgs) -> anyhow::Result<()> {
    let mut settings = settings(args.address, &args.store.store);
    settings.workers = args.workers;
    settings.personalisation = args.personalisation.into();
    if let Some(path) = &args.rules {
        // A service that cannot read its rules should say so at once, and not at the first generation.
        crate::commands::rules::read(path)?;
    }
    settings.rules.clone_from(&args.rules);
    until_asked_to_stop(settings, |address| {
        // Where standard error is closed there is nobody to tell.
        let _ = writeln!(std::io::stderr(), "serving on http://{address}");
    })
}

/// Settings for a service that tells time by the clock.
pub(crate) fn settings(address: SocketAddr, store: &Path) -> ServeSettings {
    ServeSettings::new(address, store, clock::now)
}

/// Serves until the process is asked to stop.
pub(crate) fn until_asked_to_stop(
    settings: ServeSettings,
    ready: impl FnOnce(SocketAddr),
) -> anyhow::Result<()> {
    Ok(erbij_serve::run(settings, ready, asked_to_stop())?)
}

/// Resolves at Ctrl-C or SIGTERM.
async fn asked_to_stop() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate =
            signal(SignalKind::terminate()).expect("signals can be listened to in a fresh runtime");
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
    }
    #[cfg(not(unix))]
    let _ = tokio::signal::ctrl_c().await;
}
