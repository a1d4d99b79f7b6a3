//! Progress for people: a bar on a terminal, plain lines in a log.

use std::io::{IsTerminal, Write};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use erbij_core::{Progress, with_commas};
use indicatif::{ProgressBar, ProgressStyle};

/// A log gets a line this often, not more.
const LINE_INTERVAL: Duration = Duration::from_secs(10);

enum Mode {
    Bar,
    Lines,
    Quiet,
}

struct Stage {
    name: String,
    total: Option<u64>,
    unit: &'static str,
    began: Instant,
    last_line: Instant,
    bar: Option<ProgressBar>,
}

/// Tells progress on standard error: rows, rate and time left.
pub(crate) struct Reporter {
    mode: Mode,
    done: AtomicU64,
    stage: Mutex<Option<Stage>>,
}

const NO_POISON: &str = "nothing panics while telling progress";

impl Reporter {
    /// A bar where somebody looks, lines where a file does, nothing where asked.
    pub(crate) fn new(quiet: bool) -> Self {
        let mode = match (quiet, std::io::stderr().is_terminal()) {
            (true, _) => Mode::Quiet,
            (false, true) => Mode::Bar,
            (false, false) => Mode::Lines,
        };
        Self { mode, done: AtomicU64::new(0), stage: Mutex::new(None) }
    }

    /// Ends the last stage.
    pub(crate) fn finish(&self) {
        if let Some(stage) = self.stage.lock().expect(NO_POISON).take() {
            self.end(&stage);
        }
    }

    /// Says a line between stages.
    pub(crate) fn note(&self, line: &str) {
        if !matches!(self.mode, Mode::Quiet) {
            say(line);
        }
    }

    fn end(&self, stage: &Stage) {
        if let Some(bar) = &stage.bar {
            bar.finish_and_clear();
        }
        if !matches!(self.mode, Mode::Quiet) {
            let done = self.done.load(Ordering::Relaxed);
            say(&describe(&stage.name, done, stage.unit, stage.began.elapsed()));
        }
    }
}

/// Where standard error is closed there is nobody to tell.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

fn describe(name: &str, done: u64, unit: &str, took: Duration) -> String {
    let seconds = took.as_secs_f64();
    if done == 0 {
        return format!("{name}: {seconds:.1} s");
    }
    let rate = done as f64 / seconds.max(1e-9);
    format!("{name}: {} {unit} in {seconds:.1} s ({}/s)", with_commas(done), with_commas(rate as u64))
}

impl Progress for Reporter {
    fn note(&self, line: &str) {
        Self::note(self, line);
    }

    fn begin(&self, name: &str, total: Option<u64>, unit: &'static str) {
        if matches!(self.mode, Mode::Quiet) {
            return;
        }
        let mut current = self.stage.lock().expect(NO_POISON);
        if let Some(stage) = current.take() {
            self.end(&stage);
        }
        self.done.store(0, Ordering::Relaxed);
        let bar = matches!(self.mode, Mode::Bar).then(|| new_bar(name, total, unit));
        let now = Instant::now();
        *current = Some(Stage { name: name.to_owned(), total, unit, began: now, last_line: now, bar });
    }

    fn advance(&self, units: u64) {
        if matches!(self.mode, Mode::Quiet) {
            return;
        }
        let done = self.done.fetch_add(units, Ordering::Relaxed) + units;
        // Whoever finds it busy need not wait: somebody is telling already.
        let Ok(mut current) = self.stage.try_lock() else { return };
        let Some(stage) = current.as_mut() else { return };
        if let Some(bar) = &stage.bar {
            bar.set_position(done);
        } else if LINE_INTERVAL <= stage.last_line.elapsed() {
            stage.last_line = Instant::now();
            let took = stage.began.elapsed();
            let left = stage.total.filter(|&total| done < total).map(|total| {
                let seconds = took.as_secs_f64() / done.max(1) as f64 * (total - done) as f64;
                format!(", {:.0} % done, about {seconds:.0} s left", 100.0 * done as f64 / total as f64)
            });
            say(&(describe(&stage.name, done, stage.unit, took) + &left.unwrap_or_default()));
        }
    }
}

fn new_bar(name: &str, total: Option<u64>, unit: &str) -> ProgressBar {
    let template = match total {
        Some(_) => format!("{{msg}} {{bar:30}} {{human_pos}}/{{human_len}} {unit} {{per_sec}} eta {{eta}}"),
        None => format!("{{msg}} {{spinner}} {{human_pos}} {unit} {{elapsed}}"),
    };
    let bar = total.map_or_else(ProgressBar::new_spinner, ProgressBar::new);
    bar.set_style(ProgressStyle::with_template(&template).expect("a template written just above"));
    bar.set_message(name.to_owned());
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_three() {
        for (number, expected) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_469_307, "1,469,307")] {
            assert_eq!(with_commas(number), expected);
        }
    }

    #[test]
    fn a_stage_is_described_with_its_rate() {
        let told = describe("reading orders", 2_000_000, "rows", Duration::from_millis(500));
        assert_eq!(told, "reading orders: 2,000,000 rows in 0.5 s (4,000,000/s)");
        assert_eq!(describe("sorting", 0, "steps", Duration::from_secs(2)), "sorting: 2.0 s");
    }
}
