//! How a failed command ends: the chain once on standard error, and whose fault it was as the exit code.

use std::io::{ErrorKind, Write};
use std::process::ExitCode;

/// The exit code for what the caller can mend.
pub(crate) fn your_input() -> ExitCode {
    ExitCode::from(1)
}

/// The exit code for what he cannot.
pub(crate) fn our_fault() -> ExitCode {
    ExitCode::from(2)
}

/// The exit code of a search that found nothing better: neither is it an error, nor is there a recipe to go on with.
pub(crate) fn nothing_better() -> ExitCode {
    ExitCode::from(3)
}

/// Prints the chain of an error, hints on lines of their own, and says how to exit.
pub(crate) fn report(error: &anyhow::Error) -> ExitCode {
    if is_closed_pipe(error) {
        // Whoever reads our output has seen enough, as `head` has.
        return ExitCode::SUCCESS;
    }
    // Where standard error is closed there is nobody to tell.
    let _ = writeln!(std::io::stderr(), "{}", text_of(error.chain().map(ToString::to_string)));
    if error.chain().any(is_ours) { our_fault() } else { your_input() }
}

/// What went wrong on one line, each thing once; then the hints, a line each: what to do comes after what happened.
fn text_of(chain: impl Iterator<Item = String>) -> String {
    let (mut messages, mut hints) = (vec!["error".to_owned()], String::new());
    for cause in erbij_core::said_once(chain) {
        let parts = cause.split_once("; hint: ").or_else(|| cause.split_once("\nhint: "));
        let (message, hint) = parts.map_or((cause.as_str(), None), |(message, hint)| (message, Some(hint)));
        messages.push(message.to_owned());
        hints.extend(hint.map(|hint| format!("\nhint: {hint}")));
    }
    messages.join(": ") + &hints
}

fn io_kind(cause: &(dyn std::error::Error + 'static)) -> Option<ErrorKind> {
    cause.downcast_ref::<std::io::Error>().map(std::io::Error::kind)
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| io_kind(cause) == Some(ErrorKind::BrokenPipe))
}

/// A full or failing disk is nothing the input could have avoided.
fn is_ours(cause: &(dyn std::error::Error + 'static)) -> bool {
    matches!(
        io_kind(cause),
        Some(ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::Other | ErrorKind::OutOfMemory)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whose_fault_it_is_follows_from_the_chain() {
        let io = |kind| anyhow::Error::new(std::io::Error::new(kind, "x")).context("writing `a` failed");
        for (error, code) in [
            (anyhow::anyhow!("no such column"), your_input()),
            (io(ErrorKind::NotFound), your_input()),
            (io(ErrorKind::StorageFull), our_fault()),
            (io(ErrorKind::BrokenPipe), ExitCode::SUCCESS),
        ] {
            assert_eq!(format!("{:?}", report(&error)), format!("{code:?}"), "{error:#}");
        }
    }

    #[test]
    fn hints_get_a_line_of_their_own() {
        for (chain, expected) in [
            (&["`x` is missing; hint: write it"][..], "error: `x` is missing\nhint: write it"),
            (&["`x` is no table\nhint: convert it"], "error: `x` is no table\nhint: convert it"),
            (&["no port; hint: another", "taken"], "error: no port: taken\nhint: another"),
            (&["a; hint: b", "c: d; hint: e", "d; hint: e"], "error: a: c: d\nhint: b\nhint: e"),
        ] {
            assert_eq!(text_of(chain.iter().map(|&message| message.to_owned())), expected);
        }
    }
}
