//! The program `erbij`: settings, commands, exit codes, logging and progress.
//!
//! Data goes to standard output and everything else to standard error. Exit codes: 0 done, 1 your input,
//! 2 our fault, 3 of `tune` that nothing better was found. This is the only room that knows a real clock and the only one that uses `anyhow`.

mod args;
mod clock;
mod colour;
mod commands;
mod failure;
mod peak_memory;
mod progress;
mod replace_file;
mod slate_text;
mod table_file;
mod writes;

use std::io::{IsTerminal, Write};
use std::panic::AssertUnwindSafe;
use std::process::ExitCode;

use clap::Parser;

use crate::args::{Args, BenchmarkCommand, Command, ExportCommand};
use crate::commands::tune::Tuned;
use crate::progress::Reporter;

/// Keeps less of each thread than the C library does: docs/performance.md has the figures.
#[cfg(not(target_env = "msvc"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            // Help and version come as errors too; what cannot be printed has nobody to read it.
            let _ = error.print();
            return if error.use_stderr() { failure::your_input() } else { ExitCode::SUCCESS };
        }
    };
    let by_default = if args.quiet { "warn" } else { "info" };
    start_logging(by_default);
    let outcome = std::panic::catch_unwind(AssertUnwindSafe(|| run(args)));
    match outcome {
        Ok(Ok(code)) => code,
        Ok(Err(error)) => failure::report(&error),
        // The panic hook has said where; it is a bug, and a bug is our fault.
        Err(_) => failure::our_fault(),
    }
}

fn run(args: Args) -> anyhow::Result<ExitCode> {
    let reporter = Reporter::new(args.quiet);
    let stdout = std::io::stdout();
    let mut out = std::io::BufWriter::new(stdout.lock());
    writes::check(&args.command)?;
    let mut code = ExitCode::SUCCESS;
    match args.command {
        Command::Init(args) => commands::init::run(&args, &reporter, &mut out)?,
        Command::Check(args) => commands::check::run(&args, &reporter, &mut out)?,
        Command::Train(args) => commands::train::run(&args, &reporter, &mut out)?,
        Command::Tune(args) => {
            if commands::tune::run(&args, &reporter, &mut out)? == Tuned::NothingBetter {
                code = failure::nothing_better();
            }
        }
        Command::Publish(args) => commands::store::publish(&args, &mut out)?,
        Command::Rollback(args) => commands::store::rollback(&args, &mut out)?,
        Command::List(args) => commands::store::list(&args, &mut out)?,
        Command::Inspect(args) => commands::store::inspect(&args, &mut out)?,
        Command::Diff(args) => commands::store::diff(&args, &mut out)?,
        Command::Recommend(args) => commands::recommend::run(&args, &reporter, &mut out)?,
        Command::Accessories(args) => commands::accessories::run(&args, &reporter, &mut out)?,
        Command::Export(ExportCommand::Relations(args)) => {
            commands::export_relations::run(&args, &reporter, &mut out)?;
        }
        Command::Audit(args) => commands::audit::run(&args, &reporter, &mut out)?,
        Command::Explain(args) => commands::explain::explain(&args, &mut out)?,
        Command::Needs(args) => commands::explain::needs(&args, &mut out)?,
        Command::Reminders(args) => commands::reminders::run(&args, &reporter, &mut out)?,
        Command::Lifetime(args) => commands::lifetime::run(&args, &reporter, &mut out)?,
        Command::Interests(args) => commands::interests::run(&args, &reporter, &mut out)?,
        Command::Evaluate(args) => commands::evaluate::run(&args, &reporter, &mut out)?,
        Command::Benchmark(BenchmarkCommand::Collaborative(args)) => {
            commands::benchmark::collaborative(&args, &reporter, &mut out)?;
        }
        Command::Benchmark(BenchmarkCommand::Accessory(args)) => {
            commands::benchmark_accessory::run(&args, &reporter, &mut out)?;
        }
        Command::Benchmark(BenchmarkCommand::Lifetime(args)) => {
            commands::benchmark_lifetime::run(&args, &reporter, &mut out)?;
        }
        Command::Benchmark(BenchmarkCommand::Replenishment(args)) => {
            commands::benchmark_replenishment::run(&args, &reporter, &mut out)?;
        }
        Command::Benchmark(BenchmarkCommand::Session(args)) => {
            commands::benchmark_session::run(&args, &reporter, &mut out)?;
        }
        Command::Benchmark(BenchmarkCommand::UpToDate(args)) => {
            commands::benchmark_up_to_date::run(&args, &reporter, &mut out)?;
        }
        Command::Benchmark(BenchmarkCommand::NextBasket(args)) => {
            commands::benchmark_next_basket::run(&args, &reporter, &mut out)?;
        }
        Command::Serve(args) => commands::serve::run(&args)?,
        Command::Simulate(args) => commands::simulate::run(&args, &reporter, &mut out)?,
        Command::Demo(args) => commands::demo::run(&args, &reporter, &mut out)?,
    }
    reporter.finish();
    out.flush()?;
    Ok(code)
}

/// `ERBIJ_LOG` sets what is logged, as `info`, `warn`, `erbij_serve=debug`.
fn start_logging(by_default: &str) {
    let filter = tracing_subscriber::EnvFilter::try_from_env("ERBIJ_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(by_default));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false)
        .init();
}
