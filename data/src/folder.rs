//! The folder of a shop: files appear in it only when all of them are complete.

use std::fs;
use std::path::{Path, PathBuf};

use crate::{CheckedShopParams, ShopError};

/// The file that says a folder is a simulated shop, and what it was made from. Renamed last.
const MARK: &str = "shop.json";
/// Where files are written before they are renamed.
const UNFINISHED: &str = ".simulating";

/// A folder being filled.
pub(crate) struct ShopFolder {
    out: PathBuf,
    files: Vec<&'static str>,
}

fn failed(path: &Path) -> impl FnOnce(std::io::Error) -> ShopError + '_ {
    move |source| ShopError::Write { path: path.to_path_buf(), source }
}

impl ShopFolder {
    /// Makes the folder, or takes an empty one, or one that a simulation made or began to make.
    pub(crate) fn create(out: &Path) -> Result<Self, ShopError> {
        let unfinished = out.join(UNFINISHED);
        if out.exists() {
            let mut entries = fs::read_dir(out).map_err(failed(out))?;
            let ours = out.join(MARK).exists() || unfinished.exists();
            if !ours && entries.next().is_some() {
                return Err(ShopError::NotAShop { path: out.to_path_buf() });
            }
        }
        if unfinished.exists() {
            fs::remove_dir_all(&unfinished).map_err(failed(&unfinished))?;
        }
        let truth = unfinished.join("truth");
        fs::create_dir_all(&truth).map_err(failed(&truth))?;
        Ok(Self { out: out.to_path_buf(), files: Vec::new() })
    }

    /// Where to write a file until all are complete.
    pub(crate) fn file(&mut self, name: &'static str) -> PathBuf {
        self.files.push(name);
        self.out.join(UNFINISHED).join(name)
    }

    /// Writes a file of text.
    pub(crate) fn write_text(&mut self, name: &'static str, text: &str) -> Result<(), ShopError> {
        let path = self.file(name);
        fs::write(&path, text).map_err(failed(&path))
    }

    /// Gives every file its name.
    pub(crate) fn finish(mut self, params: &CheckedShopParams) -> Result<(), ShopError> {
        let mut mark = serde_json::to_string_pretty(params).expect("plain numbers are always JSON");
        mark.push('\n');
        self.write_text(MARK, &mark)?;
        let truth = self.out.join("truth");
        fs::create_dir_all(&truth).map_err(failed(&truth))?;
        let unfinished = self.out.join(UNFINISHED);
        for name in &self.files {
            let path = self.out.join(name);
            fs::rename(unfinished.join(name), &path).map_err(failed(&path))?;
        }
        fs::remove_dir_all(&unfinished).map_err(failed(&unfinished))
    }
}
