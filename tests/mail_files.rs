//! CSV for mail engines: what they join by leaves as it is, what people read is kept from being a formula, and that is said.

use std::collections::BTreeSet;

use crate::program::erbij;
use crate::small_shop::{N_ITEMS, customer, item, trained};

/// The columns of a table that are for people.
const TEXTS: [&str; 5] = ["title", "url", "image_url", "reason_text", "name"];

#[test]
fn ids_of_a_csv_join_back_and_texts_are_no_formulas() {
    let dir = tempfile::tempdir().expect("a folder");
    let artifact = trained(dir.path(), &[]);
    let customers: BTreeSet<String> = (0..40).map(customer).collect();
    let items: BTreeSet<String> = (0..N_ITEMS).map(item).collect();
    for (command, more) in [
        ("recommend", &["--all-customers", "--n", "3"][..]),
        ("reminders", &["--min-probability", "0", "--horizon-days", "366"]),
        ("lifetime", &[]),
        ("interests", &[]),
    ] {
        let out = dir.path().join(format!("{command}.csv"));
        let path = out.to_str().expect("text");
        let mut args = vec![command, "--out", path, "--artifact", &artifact, "--now", "2025-09-01"];
        args.extend(more);
        let output = erbij(&args).output().expect("starts");
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{command}: {told}");
        let mut reader = csv::Reader::from_path(&out).expect("written");
        let header: Vec<String> = reader.headers().expect("a header").iter().map(str::to_owned).collect();
        let (mut seen, mut n_guarded) = (BTreeSet::new(), 0);
        for record in reader.records() {
            let record = record.expect("as wide as the header");
            for (column, cell) in header.iter().zip(&record) {
                let field =
                    column.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == '_');
                let field = field.strip_prefix("rec").map_or(field, |of_item| {
                    of_item.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == '_')
                });
                match field {
                    "customer_id" => assert!(seen.insert(cell.to_owned()) || command != "recommend"),
                    "item_id" | "source_item" if !cell.is_empty() => {
                        assert!(items.contains(cell), "{command}: {cell}");
                    }
                    "price_amount" if !cell.is_empty() => {
                        assert!(cell.starts_with(|digit: char| digit.is_ascii_digit()));
                    }
                    _ if TEXTS.contains(&field) => {
                        assert!(!cell.starts_with(['=', '+', '-', '@']), "{command}, {column}: {cell}");
                        n_guarded += u32::from(cell.starts_with('\''));
                    }
                    _ => assert!(!cell.starts_with('\''), "{command}, {column}: {cell}"),
                }
            }
        }
        assert!(seen.is_subset(&customers), "{command}: {seen:?}");
        if ["recommend", "lifetime"].contains(&command) {
            assert_eq!(seen, customers, "{command}: forty customers join back");
        }
        let n_lines = told.matches("got an apostrophe").count();
        assert_eq!(
            n_lines,
            usize::from(0 < n_guarded),
            "{command}: said once, where there is something to say\n{told}"
        );
        if 1 < n_guarded {
            assert!(
                told.contains(&format!("note: {n_guarded} texts begin as a formula")),
                "{command}: {told}"
            );
        }
        assert!(command != "recommend" || 0 < n_guarded, "titles were to be guarded");
    }
}
