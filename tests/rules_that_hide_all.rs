//! Rules that leave pages empty are told when they are checked, and before they are served.

use std::path::Path;

use serde_json::Value;

use crate::program::{erbij, failure_of, stdout_of};
use crate::small_shop::{tables, trained, write_shop};

fn rules(dir: &Path, items: &str, more: &str) -> String {
    let path = dir.join("rules.toml");
    let text = format!("[[rules]]\nname = 'slip'\nitems = '{items}'\naction = 'hide'\n{more}\n");
    std::fs::write(&path, text).expect("written");
    path.to_str().expect("text").to_owned()
}

const EVERYWHERE: &str = "rule `slip` hides everything that can be offered: every page of item_page, basket, after_order, \
                          home, newsletter is empty";

#[test]
fn training_says_so_and_publishing_refuses_unless_forced() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = |name: &str| dir.path().join(name).to_str().expect("text").to_owned();
    let (artifact, store) = (path("artifact"), path("store"));
    write_shop(dir.path());
    let tables = tables(dir.path());
    let train = |rules: &str| {
        let mut args = vec!["train", "--quiet", "--out", &artifact, "--rules", rules];
        args.extend(tables.iter().map(String::as_str));
        let output = erbij(&args).output().expect("starts");
        assert!(output.status.success());
        String::from_utf8(output.stderr).expect("text")
    };
    let told = train(&rules(dir.path(), "brand == \"nobody\"", ""));
    assert!(told.contains("rule `slip` (line 2) matches no item"), "{told}");
    let told = train(&rules(dir.path(), "true", "placements = ['home']"));
    assert!(told.contains("every page of home is empty"), "{told}");
    // One placement may be meant to be empty.
    stdout_of(&mut erbij(&["publish", &artifact, "--store", &store]));

    let told = train(&rules(dir.path(), "id != \"\"", ""));
    assert!(told.contains(EVERYWHERE), "{told}");
    let (code, told) = failure_of(&mut erbij(&["publish", &artifact, "--store", &store]));
    assert_eq!(code, 1);
    assert!(told.contains(EVERYWHERE) && told.contains("placements that rules leave empty is 5"), "{told}");
    let (_, told) = failure_of(&mut erbij(&["publish", &artifact, "--store", &store, "--dry-run"]));
    assert!(told.contains(EVERYWHERE), "{told}");
    let published = stdout_of(&mut erbij(&["publish", &artifact, "--store", &store, "--force", "--json"]));
    let published: Value = serde_json::from_str(&published).expect("JSON");
    assert_eq!(published["outcome"], "published");
    let asked = erbij(&["recommend", "--customer", "+31600000001", "--store", &store, "--now", "2025-09-01"])
        .output();
    let asked = asked.expect("starts");
    assert!(String::from_utf8_lossy(&asked.stderr).contains(EVERYWHERE));
    assert!(String::from_utf8_lossy(&asked.stdout).contains("nothing: nothing_eligible"));
}

#[test]
fn explain_names_the_rules_that_pin_boost_and_hide() {
    let dir = tempfile::tempdir().expect("a folder");
    let rule = |name: &str, item: &str, more: &str| {
        format!("[[rules]]\nname = '{name}'\nitems = 'id == \"{item}\"'\n{more}\n")
    };
    let book = [
        rule("first", "-3", "action = 'pin'\nposition = 1"),
        rule("more", "-5", "action = 'boost'\nfactor = 2.5"),
        rule("never", "-7", "action = 'hide'"),
    ];
    let rules = dir.path().join("rules.toml");
    std::fs::write(&rules, book.concat()).expect("written");
    let artifact = trained(dir.path(), &["--rules", rules.to_str().expect("text")]);
    let ask = |item: &str, more: &[&str]| {
        let item = format!("--item={item}");
        let mut args =
            vec!["explain", &item, "--language", "en", "--now", "2025-09-01", "--artifact", &artifact];
        args.extend(more);
        stdout_of(&mut erbij(&args))
    };
    for (item, line, action, figure) in [
        ("-3", "rule         first (pin, place 1)", "pin", ("position", 1.0)),
        ("-5", "rule         more (boost, times 2.5)", "boost", ("factor", 2.5)),
        ("-7", "rule         never", "hide", ("factor", 0.0)),
    ] {
        let told = ask(item, &[]);
        assert!(told.contains(line), "{told}");
        let json: Value = serde_json::from_str(&ask(item, &["--json"])).expect("JSON");
        let rule = &json["rules"][0];
        assert_eq!(rule["action"], action, "{json}");
        assert_eq!(rule[figure.0].as_f64().unwrap_or_default(), figure.1, "{json}");
    }
    assert!(ask("-3", &[]).contains("the rule `first` puts it in place 1"));
    assert!(ask("-5", &[]).contains("the rule `more` multiplies its score by 2.5"));
    let plain: Value = serde_json::from_str(&ask("-8", &["--json"])).expect("JSON");
    assert!(plain.get("rules").is_none(), "{plain}");
}
