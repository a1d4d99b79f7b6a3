//! The version of the format, which every manifest names.

use serde::{Deserialize, Serialize};

/// The version of the format this crate writes. It reads every minor version of this major one, and 1.x.
pub const FORMAT: Format = Format { major: 2, minor: 7 };

/// A version of the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Format {
    /// Raised when an older reader would read something wrong; it refuses.
    pub major: u32,
    /// Raised when something is added that an older reader may ignore.
    pub minor: u32,
}
