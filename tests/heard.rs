//! What is said on the command line has an effect, or is told to have none: as a note, and in JSON.

use serde_json::Value;

use crate::program::{erbij, shop, stdout_of, train};
use crate::small_shop::trained;

/// The notes of a run, and what its JSON says is ignored.
fn told(command: &[&str], artifact: &str) -> (Vec<String>, Vec<String>) {
    let more = ["--json", "--now", "2025-12-31", "--artifact", artifact];
    let output = erbij(&[command, &more].concat()).output().expect("starts");
    let errors = String::from_utf8(output.stderr).expect("text");
    assert!(output.status.success(), "{command:?}: {errors}");
    let answer: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let of = |entry: &Value| {
        let text = |key: &str| entry[key].as_str().unwrap_or_default().to_owned();
        [text("field"), text("value"), text("why")].join(" ")
    };
    let ignored = answer["ignored"].as_array().map(|entries| entries.iter().map(of).collect());
    let notes = errors.lines().filter_map(|line| line.strip_prefix("note: ")).map(str::to_owned).collect();
    (notes, ignored.unwrap_or_default())
}

#[test]
fn what_was_not_heard_is_told_by_the_flag_that_said_it() {
    let dir = tempfile::tempdir().expect("a folder");
    let artifact = trained(dir.path(), &[]);
    let known = "--customer=+31600000001";
    let cases: [(&[&str], &[&str], &[&str]); 8] = [
        (&["recommend", known], &[], &[]),
        (&["recommend", "--customer", "x"], &["`--customer x` is not known"], &["customer_id x unknown_id"]),
        (&["recommend", "--item=-1"], &[], &[]),
        (&["recommend", "--item", "x"], &["`--item x` is not known"], &["items x unknown_id"]),
        (
            &["recommend", "--basket=-1,x", "--exclude", "y", "--owned", "z"],
            &["`--basket x` is not known", "`--owned z` is not known", "`--exclude y` is not known"],
            &["items x unknown_id", "owned_items z unknown_id", "exclude y unknown_id"],
        ),
        (
            &["recommend", known, "--session=-1"],
            &["`--session` has no model: none was trained on visits"],
            &["session_items  not_trained"],
        ),
        (
            &["explain", "--item=-1", "--page", "x", "--customer", "y"],
            &["`--customer y` is not known", "`--page x` is not known"],
            &["customer_id y unknown_id", "items x unknown_id"],
        ),
        (&["needs", "--customer", "y"], &["`--customer y` is not known"], &["customer_id y unknown_id"]),
    ];
    for (command, notes, ignored) in cases {
        assert_eq!(told(command, &artifact), (strings(notes), strings(ignored)), "{command:?}");
    }
}

fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|&text| text.to_owned()).collect()
}

#[test]
fn a_visit_is_heard_where_visits_were_learned_from() {
    let dir = tempfile::tempdir().expect("a folder");
    let artifact = dir.path().join("artifact");
    let events = shop().join("events.parquet");
    train(&artifact, &["--events", events.to_str().expect("text")]);
    let artifact = artifact.to_str().expect("text");
    let popular =
        erbij(&["recommend", "--item", "x", "--json", "--artifact", artifact, "--now", "2025-12-31"])
            .output();
    let popular: Value = serde_json::from_slice(&popular.expect("starts").stdout).expect("JSON");
    let item = popular["items"][0]["item_id"].as_str().expect("text");
    let session = format!("--session={item}");
    assert_eq!(told(&["recommend", &session], artifact), (Vec::new(), Vec::new()));
}

#[test]
fn a_stranger_is_asked_by_what_they_look_at_where_no_visits_were_learned_from() {
    let dir = tempfile::tempdir().expect("a folder");
    let artifact = trained(dir.path(), &[]);
    let slate = |more: &[&str]| -> Value {
        let mut args = vec!["recommend", "--placement", "home", "--n", "3", "--json", "--now", "2025-09-01"];
        args.extend(["--artifact", &artifact]);
        args.extend(more);
        serde_json::from_str(&stdout_of(&mut erbij(&args))).expect("JSON")
    };
    let looked = slate(&["--session=-1"]);
    assert_eq!(looked.get("ignored"), None, "{looked}");
    // The first choice itself brings it up: nothing had too little to say before.
    assert_eq!(looked["fallback_used"], Value::Null, "{looked}");
    assert_eq!(looked["items"][0]["source_item"], "-1", "{looked}");
    let items = |slate: &Value| {
        slate["items"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|item| item["item_id"].clone())
            .collect::<Vec<_>>()
    };
    assert_ne!(items(&looked), items(&slate(&["--session=nope"])));
}
