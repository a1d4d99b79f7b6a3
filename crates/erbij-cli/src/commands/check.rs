//! `erbij check`: what became of every row.

use std::io::Write;

use crate::args::CheckArgs;
use crate::commands::sources;
use crate::progress::Reporter;

pub(crate) fn run(args: &CheckArgs, reporter: &Reporter, out: &mut dyn Write) -> anyhow::Result<()> {
    let report = sources::check(&args.sources, reporter)?;
    reporter.finish();
    if args.json {
        serde_json::to_writer_pretty(&mut *out, &report)?;
        writeln!(out)?;
    } else {
        write!(out, "{report}")?;
    }
    sources::refuse_nothing(&report)
}
