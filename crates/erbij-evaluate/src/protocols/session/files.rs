//! Reads the files of published protocols into sessions and questions.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

use erbij_core::{ItemIdx, Sessions, SessionsError, Timestamp, cmp_ids};

/// Micros between the ends of two sessions, where a file tells no time.
const MINUTE: i64 = 60_000_000;

/// How the files are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionFormat {
    /// A line a look, in both files.
    Serenade,
    /// A line a session, and a line a beginning of a visit with what came next.
    Prefix,
}

/// What a file holds, and what it is called.
#[derive(Clone, Copy, Debug)]
pub struct NamedText<'a> {
    /// Its name, for errors.
    pub path: &'a Path,
    /// What it holds.
    pub text: &'a str,
}

/// What a protocol says.
#[derive(Clone, Debug)]
pub struct SessionProtocol {
    /// What may be learned from.
    pub train: Sessions,
    /// What is asked.
    pub questions: Vec<SessionQuestion>,
    /// Items of both files, by how many training looks, most first, then by id.
    pub n_items: usize,
}

/// A visit up to some moment, and what was looked at next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionQuestion {
    /// Oldest first.
    pub visit: Vec<ItemIdx>,
    /// When the last of it was looked at.
    pub at: Timestamp,
    /// What came next.
    pub next: ItemIdx,
}

/// Why files hold no protocol.
#[derive(Debug, thiserror::Error)]
pub enum SessionProtocolError {
    /// The first line is another.
    #[error(
        "`{}`, line 1: found `{found}`, expected the header `SessionId`, `ItemId`, `Time`, parted by tabs; \
         files without one may be of `--format prefix`", path.display()
    )]
    Header {
        /// Which file.
        path: PathBuf,
        /// Its first line.
        found: String,
    },
    /// A line has too few or too many cells.
    #[error("`{}`, line {line}: found {n_columns} columns, expected 3, parted by tabs", path.display())]
    Columns {
        /// Which file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// How many.
        n_columns: usize,
    },
    /// An id is empty.
    #[error("`{}`, line {line}: found no session or no item, expected an id each", path.display())]
    NoId {
        /// Which file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// The time is none.
    #[error("`{}`, line {line}, column `Time`: found `{found}`, expected seconds since 1970", path.display())]
    Time {
        /// Which file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What stood there.
        found: String,
    },
    /// There is a header and nothing more.
    #[error("`{}` has no line after its header", path.display())]
    NoLooks {
        /// Which file.
        path: PathBuf,
    },
    /// Sessions are parted by something else.
    #[error("`{}`, line {line}: found a tab, expected the items of a session with blanks between", path.display())]
    Tab {
        /// Which file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// There is no session.
    #[error("`{}` has no session", path.display())]
    NoSessions {
        /// Which file.
        path: PathBuf,
    },
    /// A line has no beginning of a visit, or not one item after it.
    #[error("`{}`, line {line}: found `{found}`, expected items, a tab and the item that came next", path.display())]
    Prefix {
        /// Which file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The line itself.
        found: String,
    },
    /// There is no line to ask about.
    #[error("`{}` asks nothing", path.display())]
    NoPrefixes {
        /// Which file.
        path: PathBuf,
    },
    /// No session of the test file goes on after its first look.
    #[error("`{}` asks nothing: no session has a second look", path.display())]
    NoQuestions {
        /// Which file.
        path: PathBuf,
    },
    /// There are more looks than can be counted.
    #[error("the training file holds more than fits")]
    TooMany(#[source] SessionsError),
}

/// A session as its file has it: when it ended, and what was looked at when.
type Looks<'a> = Vec<(Timestamp, &'a str)>;

/// Reads what may be learned from and what is asked. O(looks · log looks).
pub fn parse_session_protocol(
    train: NamedText<'_>,
    test: NamedText<'_>,
    format: SessionFormat,
) -> Result<SessionProtocol, SessionProtocolError> {
    let (train, visits) = match format {
        SessionFormat::Serenade => (parse_looks(train)?, parse_looks(test)?),
        SessionFormat::Prefix => {
            let sessions = parse_sessions(train)?;
            let now = Timestamp::from_micros(sessions.len() as i64 * MINUTE);
            (sessions, parse_prefixes(test, now)?)
        }
    };
    let numbers = number_items(&train, &visits);
    let number = |looks: &Looks<'_>| -> Vec<ItemIdx> { looks.iter().map(|(_, id)| numbers[id]).collect() };
    let sessions = train.iter().map(|looks| (looks[looks.len() - 1].0, number(looks))).collect();
    let mut questions = Vec::new();
    for looks in &visits {
        let items = number(looks);
        let first = match format {
            SessionFormat::Serenade => 1,
            SessionFormat::Prefix => items.len() - 1,
        };
        for asked in first..items.len() {
            let visit = items[..asked].to_vec();
            questions.push(SessionQuestion { visit, at: looks[asked - 1].0, next: items[asked] });
        }
    }
    if questions.is_empty() {
        return Err(SessionProtocolError::NoQuestions { path: test.path.to_owned() });
    }
    let train = Sessions::from_sessions(sessions).map_err(SessionProtocolError::TooMany)?;
    Ok(SessionProtocol { train, questions, n_items: numbers.len() })
}

/// Lines of session, item and time; each session's looks by time, those of one time as they stand.
fn parse_looks(NamedText { path, text }: NamedText<'_>) -> Result<Vec<Looks<'_>>, SessionProtocolError> {
    let path = || path.to_owned();
    let header = text.lines().next().unwrap_or_default();
    if header.split('\t').collect::<Vec<_>>() != ["SessionId", "ItemId", "Time"] {
        return Err(SessionProtocolError::Header { path: path(), found: header.to_owned() });
    }
    let mut looks: Vec<(&str, Timestamp, &str)> = Vec::new();
    for (line, row) in (1..).zip(text.lines()).skip(1).filter(|(_, row)| !row.is_empty()) {
        let cells: Vec<&str> = row.split('\t').collect();
        let [session, item, time] = cells[..] else {
            return Err(SessionProtocolError::Columns { path: path(), line, n_columns: cells.len() });
        };
        if session.is_empty() || item.is_empty() {
            return Err(SessionProtocolError::NoId { path: path(), line });
        }
        let seconds = time.parse::<f64>().ok().filter(|seconds| (0.0..1e11).contains(seconds));
        let Some(seconds) = seconds else {
            return Err(SessionProtocolError::Time { path: path(), line, found: time.to_owned() });
        };
        looks.push((session, Timestamp::from_micros((seconds * 1e6) as i64), item));
    }
    if looks.is_empty() {
        return Err(SessionProtocolError::NoLooks { path: path() });
    }
    looks.sort_by(|a, b| cmp_ids(a.0, b.0).then(a.1.cmp(&b.1)));
    let sessions = looks.chunk_by(|a, b| a.0 == b.0);
    Ok(sessions.map(|looks| looks.iter().map(|&(_, at, item)| (at, item)).collect()).collect())
}

/// Lines of items, the oldest session first.
fn parse_sessions(NamedText { path, text }: NamedText<'_>) -> Result<Vec<Looks<'_>>, SessionProtocolError> {
    let mut sessions = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let ended_at = Timestamp::from_micros(at as i64 * MINUTE);
        let looks: Looks<'_> = line.split_ascii_whitespace().map(|item| (ended_at, item)).collect();
        if line.contains('\t') {
            return Err(SessionProtocolError::Tab { path: path.to_owned(), line: at + 1 });
        }
        if !looks.is_empty() {
            sessions.push(looks);
        }
    }
    if sessions.is_empty() {
        return Err(SessionProtocolError::NoSessions { path: path.to_owned() });
    }
    Ok(sessions)
}

/// Lines of a visit's beginning and, after a tab, what came next, which is the last item here.
fn parse_prefixes(
    NamedText { path, text }: NamedText<'_>,
    now: Timestamp,
) -> Result<Vec<Looks<'_>>, SessionProtocolError> {
    let mut visits = Vec::new();
    for (line, row) in (1..).zip(text.lines()).filter(|(_, row)| !row.is_empty()) {
        let parts = row.split_once('\t').map(|(prefix, next)| (prefix.trim(), next.trim()));
        let is_good =
            |&(prefix, next): &(&str, &str)| !prefix.is_empty() && next.split_ascii_whitespace().count() == 1;
        let Some((prefix, next)) = parts.filter(is_good) else {
            let found = row.to_owned();
            return Err(SessionProtocolError::Prefix { path: path.to_owned(), line, found });
        };
        visits.push(prefix.split_ascii_whitespace().chain([next]).map(|item| (now, item)).collect());
    }
    if visits.is_empty() {
        return Err(SessionProtocolError::NoPrefixes { path: path.to_owned() });
    }
    Ok(visits)
}

/// Numbers items by how often they were looked at in training, most first, then by id.
fn number_items<'a>(train: &[Looks<'a>], test: &[Looks<'a>]) -> HashMap<&'a str, ItemIdx> {
    let mut counts: HashMap<&str, u64> = HashMap::new();
    train.iter().flatten().for_each(|&(_, item)| *counts.entry(item).or_default() += 1);
    test.iter().flatten().for_each(|&(_, item)| {
        counts.entry(item).or_default();
    });
    let mut items: Vec<(&str, u64)> = counts.into_iter().collect();
    items.sort_unstable_by(|a, b| Reverse(a.1).cmp(&Reverse(b.1)).then_with(|| cmp_ids(a.0, b.0)));
    items.into_iter().zip(0..).map(|((id, _), number)| (id, ItemIdx::new(number))).collect()
}
