//! The service over real connections, and the answer against the slow way to write it.

mod answers;
mod errors;
mod heard;
mod lifecycle;
mod limits;
mod oracle;
mod shop;
mod support;
