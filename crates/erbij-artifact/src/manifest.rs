//! The manifest: what an artifact is, in one small JSON file, and the id that stands for all of its bytes.
//!
//! The text is canonical (keys sorted, two spaces, one line feed at the end) and says nothing of the machine
//! or the moment, so the same training gives the same text. The id is the hash of that text with the place
//! of the id left empty; since the text holds the hash of every file, the id covers all of them.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use erbij_core::{Choice, Currency, TimeZone, Timestamp};
use erbij_recipe::{ModelSet, Recipe};
use serde::{Deserialize, Serialize};

use crate::error::{ArtifactError, Doing};
use crate::format::{FORMAT, Format};

/// The manifest's file name.
pub const MANIFEST_FILE: &str = "manifest.json";
/// The largest manifest that is read or written.
pub const MAX_MANIFEST_BYTES: u64 = 1 << 20;
/// How the text begins; 64 hex digits follow.
const HEAD: &str = "{\n  \"artifact_id\": \"";
/// Hex digits of a hash.
pub(crate) const HASH_DIGITS: usize = 64;

/// What an artifact is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The hash over everything, 64 hex digits; equal ids mean equal bytes.
    pub artifact_id: String,
    /// What the fit chose of what the recipe left open (`"auto"`), and on what figures.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<Choice>,
    /// The version of the program that wrote it.
    pub code_version: String,
    /// How much of everything there is.
    pub counts: Counts,
    /// The currency of all prices.
    #[serde(with = "currency_code")]
    pub currency: Currency,
    /// The newest instant the models know of.
    #[serde(with = "rfc3339")]
    pub cutoff: Timestamp,
    /// How many erasures were applied before training: an artifact with fewer may hold erased customers.
    pub erasure_epoch: u64,
    /// Every file beside the manifest, by name.
    pub files: BTreeMap<String, FileEntry>,
    /// The version of the format.
    pub format: Format,
    /// The recipe, defaults filled in and whatever was chosen.
    pub recipe: Recipe,
    /// The zone of the shop, whose days are those of the models; UTC where nothing is said.
    #[serde(default, skip_serializing_if = "is_utc")]
    pub timezone: TimeZone,
    /// What it was trained on.
    pub training: TrainingSummary,
}

fn is_utc(zone: &TimeZone) -> bool {
    *zone == TimeZone::UTC
}

/// Size and hash of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Its BLAKE3 hash, 64 hex digits.
    pub blake3: String,
    /// Its size.
    pub size_bytes: u64,
}

/// How much of everything there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Pairs of an anchor and a related item.
    pub n_affinity_pairs: u64,
    /// Customers with a history, empty or not.
    pub n_customers: u64,
    /// Items of the catalogue.
    pub n_items: u64,
    /// Weights of the personal models.
    pub n_personal_weights: u64,
    /// Pairs of a customer and an item.
    pub n_purchases: u64,
}

impl Counts {
    /// Counts a model set.
    pub fn of(model_set: &ModelSet) -> Self {
        Self {
            n_affinity_pairs: model_set.affinity.neighbours().n_values() as u64,
            n_customers: model_set.customers.len() as u64,
            n_items: model_set.catalogue.len() as u64,
            n_personal_weights: model_set.personal.iter().map(|model| model.n_weights() as u64).sum(),
            n_purchases: model_set.histories.n_purchases() as u64,
        }
    }
}

/// What a model set was trained on, as its caller knows it: every row used or dropped for a reason.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TrainingSummary {
    /// [`crate::data_fingerprint`] of the training data; empty where nobody took it.
    pub data_fingerprint: String,
    /// Rows dropped, by reason.
    pub dropped: BTreeMap<String, u64>,
    /// Figures of an evaluation of this recipe on these data, by name; empty where there was none. Each
    /// must be finite.
    pub metrics: BTreeMap<String, f64>,
    /// Orders with at least one item.
    pub n_baskets: u64,
    /// Those of them nobody can be named for.
    pub n_guest_baskets: u64,
    /// The shop's rules as they were written (`rules.toml`), checked when it was trained; empty where there are none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub rules: String,
    /// Order lines read.
    pub rows_read: u64,
    /// Order lines used.
    pub rows_used: u64,
    /// The first and the last purchase, where there is one.
    pub window: Option<DataWindow>,
}

/// From when to when, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataWindow {
    /// The first purchase.
    #[serde(with = "rfc3339")]
    pub from: Timestamp,
    /// The last one.
    #[serde(with = "rfc3339")]
    pub to: Timestamp,
}

impl Manifest {
    /// The canonical text, the id filled in.
    pub fn to_json(&self) -> String {
        // By way of text, not of a value: so a 32-bit float keeps its own short digits.
        let text = serde_json::to_string(self).expect("maps have text for keys, and nothing else can fail");
        let value = serde_json::from_str(&text).expect("what was just written");
        let mut text = serde_json::to_string_pretty(&sorted(value)).expect("a value always has a text");
        text.push('\n');
        text
    }

    /// Fills in the id that the rest of the manifest gives.
    pub(crate) fn seal(mut self) -> Self {
        self.artifact_id.clear();
        self.artifact_id = blake3::hash(self.to_json().as_bytes()).to_hex().to_string();
        self
    }

    /// Whether it can be read back as what it is: not so with a metric that is NaN or a cutoff outside the
    /// calendar.
    pub(crate) fn check_readable(&self) -> Result<(), &'static str> {
        let text = self.to_json();
        if MAX_MANIFEST_BYTES < text.len() as u64 {
            return Err("it is larger than 1 MiB");
        }
        match serde_json::from_str::<Self>(&text) {
            Ok(read) if read == *self => Ok(()),
            _ => Err("it holds a metric that is not finite, or a year outside 0 to 9999"),
        }
    }
}

/// The same value with the keys of every object sorted, whatever order the JSON library keeps.
fn sorted(value: serde_json::Value) -> serde_json::Value {
    use serde_json::Value;
    match value {
        Value::Object(object) => {
            let by_key: BTreeMap<String, Value> = object.into_iter().collect();
            Value::Object(by_key.into_iter().map(|(key, value)| (key, sorted(value))).collect())
        }
        Value::Array(values) => Value::Array(values.into_iter().map(sorted).collect()),
        plain => plain,
    }
}

/// Reads the manifest of an artifact and checks its version and its id, without touching the other files.
///
/// # Errors
/// Where there is none, it is larger than 1 MiB, of a newer major version, or not what its id says.
pub fn read_manifest(dir: &Path) -> Result<Manifest, ArtifactError> {
    read_manifest_text(dir).map(|(manifest, _)| manifest)
}

/// The manifest and its very bytes, for those who copy it.
pub(crate) fn read_manifest_text(dir: &Path) -> Result<(Manifest, String), ArtifactError> {
    let path = dir.join(MANIFEST_FILE);
    if !path.is_file() {
        return Err(ArtifactError::NoArtifact { dir: dir.to_owned() });
    }
    let mut bytes = Vec::new();
    // One byte more than allowed is enough to know that there are too many.
    File::open(&path)
        .and_then(|file| file.take(MAX_MANIFEST_BYTES + 1).read_to_end(&mut bytes))
        .doing("reading", &path)?;
    if MAX_MANIFEST_BYTES < bytes.len() as u64 {
        return Err(ArtifactError::ManifestTooLarge { path });
    }
    let text = String::from_utf8(bytes).map_err(|_| ArtifactError::ManifestId { path: path.clone() })?;
    parse(&text, &path).map(|manifest| (manifest, text))
}

fn parse(text: &str, path: &Path) -> Result<Manifest, ArtifactError> {
    #[derive(Deserialize)]
    struct Version {
        format: Format,
    }
    let json = |source| ArtifactError::ManifestJson { path: path.to_owned(), source };
    // The version first: what a newer one says, and how its id is made, cannot be known here.
    let Version { format } = serde_json::from_str(text).map_err(json)?;
    if !(1..=FORMAT.major).contains(&format.major) {
        return Err(ArtifactError::Version { path: path.to_owned(), found: format });
    }
    let misnamed = || ArtifactError::ManifestId { path: path.to_owned() };
    let (id, rest) =
        text.strip_prefix(HEAD).and_then(|rest| rest.split_at_checked(HASH_DIGITS)).ok_or_else(misnamed)?;
    let mut hasher = blake3::Hasher::new();
    hasher.update(HEAD.as_bytes()).update(rest.as_bytes());
    if hasher.finalize().to_hex().as_str() != id {
        return Err(misnamed());
    }
    let manifest: Manifest = match format.major {
        1 => serde_json::from_str(text).and_then(|value| serde_json::from_value(with_recipe_of_2(value))),
        _ => serde_json::from_str(text),
    }
    .map_err(json)?;
    match manifest.files.keys().find(|name| !is_file_name(name)) {
        Some(name) => Err(ArtifactError::FileName { path: path.to_owned(), name: name.clone() }),
        None => Ok(manifest),
    }
}

/// A manifest of format 1 with its recipe as format 2 has it: the one personal model there was, RP3beta, has
/// become one of several, with a table of its own, and nothing was blended.
fn with_recipe_of_2(mut manifest: serde_json::Value) -> serde_json::Value {
    let personal = manifest.pointer_mut("/recipe/personal").and_then(serde_json::Value::as_object_mut);
    if let Some(personal) = personal {
        let rp3beta: serde_json::Map<_, _> = ["alpha", "beta", "neighbours"]
            .into_iter()
            .filter_map(|key| personal.remove_entry(key))
            .collect();
        personal.insert("models".to_owned(), serde_json::json!(["rp3beta"]));
        manifest["recipe"]["rp3beta"] = rp3beta.into();
        manifest["recipe"]["blend"] = serde_json::json!({ "learn": false });
    }
    manifest
}

/// File names are plain, so that none leads out of the folder.
fn is_file_name(name: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    name.strip_suffix(".arrow")
        .is_some_and(|stem| (1..=64).contains(&stem.len()) && stem.bytes().all(is_word))
}

/// Where a listed file lies.
pub(crate) fn file_path(dir: &Path, name: &str) -> PathBuf {
    dir.join(name)
}

mod rfc3339 {
    use erbij_core::Timestamp;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(at)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Timestamp::parse(&text).map_err(D::Error::custom)
    }
}

mod currency_code {
    use erbij_core::Currency;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(currency: &Currency, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(currency.code())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Currency, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Currency::parse(&text).map_err(D::Error::custom)
    }
}
