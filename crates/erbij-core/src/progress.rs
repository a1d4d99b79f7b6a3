//! How far long work has come, told to whoever listens.

/// Takes word of progress; a terminal bar, plain lines in a log, or nothing.
///
/// Work is told in stages, one after the other; within a stage any thread may advance.
pub trait Progress: Sync {
    /// A stage begins; `total` units of it are ahead, where known.
    fn begin(&self, stage: &str, total: Option<u64>, unit: &'static str);
    /// So many units are done since the last word.
    fn advance(&self, units: u64);
    /// A line about what was done: a bound that left something out, and how much. Whoever tells nobody drops it.
    fn note(&self, _line: &str) {}
}

/// Keeps what was noted, in its order.
#[derive(Debug, Default)]
pub struct Notes(std::sync::Mutex<Vec<String>>);

impl Notes {
    /// The lines.
    pub fn into_lines(self) -> Vec<String> {
        self.0.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Progress for Notes {
    fn begin(&self, _stage: &str, _total: Option<u64>, _unit: &'static str) {}
    fn advance(&self, _units: u64) {}
    fn note(&self, line: &str) {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(line.to_owned());
    }
}

/// Tells nobody.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _stage: &str, _total: Option<u64>, _unit: &'static str) {}
    fn advance(&self, _units: u64) {}
}
