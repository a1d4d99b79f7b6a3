//! The log of a search: a head, then one outcome a line. What is in it is on disk before the next trial begins,
//! so a search that is killed loses the trial it was at and no more.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use erbij_evaluate::tuning::Outcome;
use serde_json::Value;

/// A log that is open for more.
pub(crate) struct Log {
    path: PathBuf,
    file: File,
    outcomes: Vec<Outcome>,
}

impl Log {
    /// Begins a log; one that is there is replaced.
    pub(crate) fn start(path: &Path, head: &Value) -> anyhow::Result<Self> {
        let file = File::create(path).with_context(|| format!("writing `{}` failed", path.display()))?;
        let mut log = Self { path: path.to_owned(), file, outcomes: Vec::new() };
        log.write_line(&head.to_string())?;
        Ok(log)
    }

    /// Opens a log of the same head, or begins one where there is none.
    pub(crate) fn resume(path: &Path, head: &Value) -> anyhow::Result<Self> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Self::start(path, head),
            Err(error) => {
                return Err(error).with_context(|| format!("reading `{}` failed", path.display()));
            }
        };
        // A line without its end was being written when the machine stopped.
        let n_whole = text.rfind('\n').map_or(0, |end| end + 1);
        let mut lines = text[..n_whole].lines();
        let Some(found) = lines.next() else { return Self::start(path, head) };
        check_head(path, found, head)?;
        let read = |(line, text): (usize, &str)| {
            let outcome = serde_json::from_str(text);
            outcome.with_context(|| format!("line {line} of `{}` is no outcome", path.display()))
        };
        let outcomes = (2..).zip(lines).map(read).collect::<anyhow::Result<Vec<Outcome>>>()?;
        let open = || -> std::io::Result<File> {
            let file = OpenOptions::new().append(true).open(path)?;
            file.set_len(n_whole as u64)?;
            Ok(file)
        };
        let file = open().with_context(|| format!("writing `{}` failed", path.display()))?;
        Ok(Self { path: path.to_owned(), file, outcomes })
    }

    /// What was found so far.
    pub(crate) fn outcomes(&self) -> &[Outcome] {
        &self.outcomes
    }

    /// Adds an outcome, and returns when it is on disk.
    pub(crate) fn append(&mut self, outcome: Outcome) -> anyhow::Result<()> {
        self.write_line(&serde_json::to_string(&outcome)?)?;
        self.outcomes.push(outcome);
        Ok(())
    }

    fn write_line(&mut self, line: &str) -> anyhow::Result<()> {
        let written = self.file.write_all(format!("{line}\n").as_bytes());
        written
            .and_then(|()| self.file.sync_data())
            .with_context(|| format!("writing `{}` failed", self.path.display()))
    }
}

/// Both heads are compared as they read, since a number may lose its last digit on the way.
fn check_head(path: &Path, found: &str, head: &Value) -> anyhow::Result<()> {
    let Ok(Value::Object(found)) = serde_json::from_str(found) else {
        bail!("`{}` is no log of a search; hint: name another with --log", path.display());
    };
    let head: Value = serde_json::from_str(&head.to_string())?;
    let keys = ["recipe", "search", "seed", "data"];
    if let Some(other) = keys.into_iter().find(|&key| found.get(key) != head.get(key)) {
        bail!(
            "`{}` is the log of a search with another {other}; hint: start anew with --fresh, or name another with --log",
            path.display()
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use erbij_evaluate::tuning::Stage;
    use serde_json::json;

    use super::*;

    fn outcome(trial: usize) -> Outcome {
        let params = [("rp3beta.alpha".to_owned(), json!(0.566))].into();
        Outcome { trial, stage: Stage::Local, share: 1.0, params, value: 0.123456789012, seconds: 2.5 }
    }

    fn head(seed: u64) -> Value {
        json!({ "recipe": { "alpha": 0.123_456_789_012_345_68 }, "search": {}, "seed": seed, "data": 3 })
    }

    #[test]
    fn a_log_is_gone_on_with_where_it_broke_off() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("trials.jsonl");
        let mut log = Log::resume(&path, &head(1)).expect("begun");
        for trial in 0..3 {
            log.append(outcome(trial)).expect("written");
        }
        let whole = std::fs::read_to_string(&path).expect("there");
        // Cut anywhere: whole lines stay, and what is written again is the same.
        for n_bytes in 0..=whole.len() {
            std::fs::write(&path, &whole[..n_bytes]).expect("cut");
            let mut log = Log::resume(&path, &head(1)).expect("gone on with");
            let n_lines = whole[..n_bytes].matches('\n').count();
            assert_eq!(log.outcomes(), (0..n_lines.saturating_sub(1)).map(outcome).collect::<Vec<_>>());
            for trial in log.outcomes().len()..3 {
                log.append(outcome(trial)).expect("written");
            }
            assert_eq!(std::fs::read_to_string(&path).expect("there"), whole, "cut at {n_bytes}");
        }
        Log::start(&path, &head(2)).expect("begun anew");
        assert!(Log::resume(&path, &head(2)).expect("fine").outcomes().is_empty());
    }

    #[test]
    fn the_log_of_something_else_is_refused() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("trials.jsonl");
        let check = |text: &str, expected: &str| {
            std::fs::write(&path, text).expect("written");
            let error = Log::resume(&path, &head(1)).err().expect(text).to_string();
            assert!(error.contains(expected), "{error}");
        };
        check("# notes\n", "is no log of a search");
        check(&format!("{}\n", head(2)), "with another seed; hint: start anew with --fresh");
        check(&format!("{}\n{{}}\n", head(1)), "line 2 of");
    }
}
