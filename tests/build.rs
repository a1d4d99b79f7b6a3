//! Finds the public data sets that some tests need, before they are compiled.
//!
//! They lie beside the repository and not in it: in `ERBIJ_DATA`, or in `../shared/data` (see `DATA.md`). A test says
//! which one it needs with `#[cfg_attr(not(has_data = "cdnow"), ignore = "needs cdnow in ERBIJ_DATA")]`. So where it is
//! absent the test is counted as ignored and never as passed. The test finds the folder by `env!("ERBIJ_DATA")`.

use std::path::{Path, PathBuf};

/// The folders that tests name, as in `DATA.md`; any other name is a warning.
const DATA_SETS: [&str; 9] = [
    "cdnow",
    "complete-journey",
    "gowalla-lightgcn",
    "lastfm-lightgcn",
    "online-retail",
    "retailrocket-sessions",
    "sar-reference",
    "serenade-example",
    "ta-feng-baskets",
];

fn main() {
    let said = std::env::var_os("ERBIJ_DATA").map_or_else(|| "../shared/data".into(), PathBuf::from);
    // A path that is not absolute is one from the top of the repository.
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(said);
    println!("cargo::rerun-if-env-changed=ERBIJ_DATA");
    println!("cargo::rustc-env=ERBIJ_DATA={}", data.display());
    let names = DATA_SETS.map(|name| format!("{name:?}")).join(", ");
    println!("cargo::rustc-check-cfg=cfg(has_data, values({names}))");
    for name in DATA_SETS.into_iter().filter(|name| data.join(name).is_dir()) {
        println!("cargo::rustc-cfg=has_data={name:?}");
        println!("cargo::rerun-if-changed={}", data.join(name).display());
    }
}
