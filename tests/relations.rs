//! Relations of a whole catalogue, in the forms that others read.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use crate::program::{erbij, failure_of, stdout_of, store};

fn write(dir: &Path, name: &str, more: &[&str]) -> String {
    let path = dir.join(name);
    let [flag, store] = store();
    let mut command = erbij(&["export", "relations", "--out", path.to_str().expect("text"), &flag, &store]);
    let told = stdout_of(command.args(more));
    assert!(told.contains(" relations of ") && told.contains(" items"), "{told}");
    std::fs::read_to_string(path).expect("written")
}

/// One row of the table.
fn rows(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect()
}

fn text<'a>(row: &'a Value, field: &str) -> &'a str {
    row[field].as_str().unwrap_or_else(|| panic!("`{field}` is no text in {row}"))
}

#[test]
fn all_forms_tell_the_same_relations_in_their_own_words() {
    let dir = tempfile::tempdir().expect("a folder");
    let table = rows(&write(dir.path(), "all.jsonl", &[]));
    let mut by_relation: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut pairs = BTreeSet::new();
    for row in &table {
        *by_relation.entry((text(row, "relation"), text(row, "said_by"))).or_default() += 1;
        assert!(pairs.insert((text(row, "item_id"), text(row, "related_item_id"))), "twice: {row}");
        assert_ne!(text(row, "item_id"), text(row, "related_item_id"));
    }
    // The simulated catalogue says some, its orders say more, and all are of kinds that were planted.
    for relation in ["accessory", "consumable", "spare_part", "substitute"] {
        assert!(0 < by_relation[&(relation, "catalogue")], "{relation}: {by_relation:?}");
    }
    assert!(by_relation.contains_key(&("accessory", "orders")), "{by_relation:?}");
    assert!(by_relation.contains_key(&("often_bought_with", "orders")), "{by_relation:?}");

    let mut csv = csv::Reader::from_reader(std::io::Cursor::new(write(dir.path(), "all", &["--as", "csv"])));
    assert_eq!(csv.records().count(), table.len());

    let feed = write(dir.path(), "feed.tsv", &[]);
    let mut lines = feed.lines();
    assert_eq!(lines.next(), Some("id\trelated_product"));
    let words = ["required_part", "accessory", "part_of_set", "substitute", "often_bought_with"];
    let mut n_told: BTreeMap<&str, usize> = BTreeMap::new();
    for line in lines {
        let (_, related) = line.split_once('\t').expect("two columns");
        let related: Vec<&str> = related.split(',').collect();
        assert!((1..=30).contains(&related.len()), "{line}");
        for related in related {
            let parts: Vec<&str> = related.split(':').collect();
            assert!(matches!(parts[..], [word, "id", _] if words.contains(&word)), "{related}");
            *n_told.entry(parts[0]).or_default() += 1;
        }
    }
    assert!(0 < n_told["required_part"] && 0 < n_told["accessory"] && 0 < n_told["substitute"], "{n_told:?}");

    // An accessory's own page says what it belongs to, as often as the table says so the other way round.
    let pages = rows(&write(dir.path(), "pages.jsonld", &[]));
    let named = |properties: &[&str]| -> BTreeSet<(String, String)> {
        let of_page = |page: &Value| -> Vec<(String, String)> {
            let others = properties.iter().filter_map(|property| page[*property].as_array()).flatten();
            others.map(|other| (text(page, "sku").to_owned(), text(other, "sku").to_owned())).collect()
        };
        pages.iter().flat_map(of_page).collect()
    };
    let in_table = |relations: &[&str]| -> BTreeSet<(String, String)> {
        let rows = table.iter().filter(|row| relations.contains(&text(row, "relation")));
        rows.map(|row| (text(row, "related_item_id").to_owned(), text(row, "item_id").to_owned())).collect()
    };
    let used_up = named(&["isConsumableFor"]);
    assert!(10 < used_up.len() && used_up == in_table(&["consumable"]), "{} lines", used_up.len());
    let belong = named(&["isAccessoryOrSparePartFor"]);
    let expected = in_table(&["accessory", "spare_part"]);
    // At most thirty on one page.
    assert!(belong.is_subset(&expected) && 10 < belong.len(), "{} of {}", belong.len(), expected.len());
}

#[test]
fn a_form_that_is_none_is_refused_before_anything_is_read() {
    let dir = tempfile::tempdir().expect("a folder");
    let out = dir.path().join("relations.xml");
    let args = ["export", "relations", "--artifact", "nowhere", "--out", out.to_str().expect("text")];
    let (code, told) = failure_of(&mut erbij(&args));
    assert_eq!(code, 1);
    assert!(
        told.contains("`.tsv`, `.jsonld`, `.jsonl`, `.csv` or `.parquet`") && told.contains("--as"),
        "{told}"
    );
}
