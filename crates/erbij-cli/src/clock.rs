//! The one place that asks what time it is. Everything below is told.

use std::time::{SystemTime, UNIX_EPOCH};

use erbij_core::Timestamp;

/// The instant now; a clock before 1970 is taken for 1970.
pub(crate) fn now() -> Timestamp {
    #[expect(clippy::disallowed_methods, reason = "this is the one place")]
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}
