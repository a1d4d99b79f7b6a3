//! What a command will write, looked at before it works: a wrong path is told at once, and not after the night.

use std::path::{Path, PathBuf};

use anyhow::bail;

use crate::args::{AboutCustomersArgs, BenchmarkCommand, Command, ExportCommand};
use crate::replace_file::check_writable;

/// Something a command is to write.
#[derive(Debug, PartialEq, Eq)]
enum Written {
    /// A file whose ending says how.
    Table(PathBuf),
    /// A file.
    File(PathBuf),
    /// A file that must not be there yet.
    NewFile(PathBuf),
    /// An artifact's folder.
    Artifact(PathBuf),
}

/// Looks whether all that a command is to write can be written. Removes what killed runs left in its place.
pub(crate) fn check(command: &Command) -> anyhow::Result<()> {
    for written in writes(command) {
        match written {
            Written::Table(path) => {
                TableFormat::of(&path)?;
                check_writable(&path)?;
            }
            Written::File(path) => check_writable(&path)?,
            Written::NewFile(path) => {
                if path.exists() {
                    bail!(
                        "`{}` is there already; hint: `--force` replaces it, `--config` names another",
                        path.display()
                    );
                }
                check_writable(&path)?;
            }
            Written::Artifact(dir) => erbij_artifact::check_target(&dir)?,
        }
    }
    Ok(())
}

/// What a command is to write, as it was named. Stores and simulated shops are not here: theirs is the first step of
/// the work itself.
fn writes(command: &Command) -> Vec<Written> {
    let tables = |path: &Option<PathBuf>| path.iter().cloned().map(Written::Table).collect();
    let files = |paths: &[&Option<PathBuf>]| -> Vec<Written> {
        paths.iter().filter_map(|path| (*path).clone()).map(Written::File).collect()
    };
    let about = |about: &AboutCustomersArgs| tables(&about.out);
    match command {
        Command::Init(args) if args.force => files(&[&Some(args.config.clone())]),
        Command::Init(args) => vec![Written::NewFile(args.config.clone())],
        Command::Demo(args) => {
            args.config.iter().filter(|path| !path.exists()).cloned().map(Written::File).collect()
        }
        Command::Train(args) => vec![Written::Artifact(args.out.clone())],
        Command::Recommend(args) => tables(&args.out),
        Command::Reminders(args) => about(&args.about),
        Command::Lifetime(args) => about(&args.about),
        Command::Interests(args) => about(&args.about),
        Command::Accessories(args) => files(&[&args.svg]),
        Command::Export(ExportCommand::Relations(args)) => files(&[&Some(args.out.clone())]),
        Command::Tune(args) => files(&[&Some(args.tuned_path()), &Some(args.log_path())]),
        Command::Evaluate(args) => files(&[&args.json, &args.customers_csv, &args.card_path()]),
        Command::Benchmark(BenchmarkCommand::Collaborative(args)) => files(&[&args.json]),
        Command::Benchmark(BenchmarkCommand::Lifetime(args)) => files(&[&args.json]),
        Command::Benchmark(BenchmarkCommand::Replenishment(args)) => files(&[&args.json]),
        Command::Benchmark(BenchmarkCommand::Session(args)) => files(&[&args.json]),
        Command::Benchmark(BenchmarkCommand::NextBasket(args)) => files(&[&args.json]),
        Command::Benchmark(BenchmarkCommand::Accessory(args)) => files(&[&args.json]),
        Command::Benchmark(BenchmarkCommand::UpToDate(args)) => files(&[&args.json]),
        Command::Check(_)
        | Command::Publish(_)
        | Command::Rollback(_)
        | Command::List(_)
        | Command::Inspect(_)
        | Command::Diff(_)
        | Command::Audit(_)
        | Command::Explain(_)
        | Command::Needs(_)
        | Command::Serve(_)
        | Command::Simulate(_) => Vec::new(),
    }
}

/// The format of a table, by the ending of its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TableFormat {
    Jsonl,
    Csv,
    Parquet,
}

impl TableFormat {
    /// The format that a path asks for.
    pub(crate) fn of(path: &Path) -> anyhow::Result<Self> {
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        Ok(match ending {
            "jsonl" => Self::Jsonl,
            "csv" => Self::Csv,
            "parquet" => Self::Parquet,
            _ => bail!(
                "`{}` has the ending `{ending}`; expected `.jsonl`, `.csv` or `.parquet`",
                path.display()
            ),
        })
    }
}
