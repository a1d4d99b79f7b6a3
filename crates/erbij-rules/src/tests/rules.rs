//! Rules: read, checked, compiled, asked.

use erbij_core::{ItemIdx, Placement};
use expect_test::{Expect, expect};

use super::*;

const NOW: &str = "2026-06-01";

fn compiled(text: &str) -> CompiledRules {
    let book = RuleBook::read(text).and_then(|book| book.check());
    book.unwrap_or_else(|error| panic!("{text}: {error}")).compile(&shop_columns())
}

fn active<'a>(rules: &'a CompiledRules, now: &str, anchors: &[u32]) -> ActiveRules<'a> {
    let anchors: Vec<ItemIdx> = anchors.iter().map(|&item| ItemIdx::new(item)).collect();
    rules.active(Placement::Home, Timestamp::parse(now).unwrap(), &anchors)
}

/// The items that are hidden, joined.
fn hidden(active: &ActiveRules<'_>) -> String {
    (0..10)
        .filter(|&item| active.hidden_by(ItemIdx::new(item)).is_some())
        .map(|item| item.to_string())
        .collect()
}

fn hidden_with(rule: &str, anchors: &[u32]) -> String {
    hidden(&active(&compiled(&format!("[[rules]]\nname = 'r'\n{rule}")), NOW, anchors))
}

#[test]
fn a_book_without_rules_says_nothing() {
    for text in ["", "# nothing yet\n", "rules = []"] {
        let rules = compiled(text);
        assert!(rules.is_empty());
        let active = active(&rules, NOW, &[1, 2]);
        assert!(active.is_empty());
        assert_eq!(
            (hidden(&active), active.boost(ItemIdx::new(0)), active.pins().count()),
            (String::new(), 1.0, 0)
        );
    }
}

#[test]
fn what_is_hidden_is_hidden_where_and_when_it_is_said() {
    let rules = compiled(
        "[[rules]]\nname = 'boom'\nitems = \"brand == 'Boom'\"\naction = 'hide'\nplacements = ['home', 'basket']\n\
         from = 2026-01-01\nuntil = '2026-12-01T00:00:00Z'",
    );
    for (placement, now, expected) in [
        (Placement::Home, "2026-01-01", Some("boom")),
        (Placement::Basket, "2026-11-30T23:59:59Z", Some("boom")),
        (Placement::Home, "2025-12-31T23:59:59Z", None),
        (Placement::Home, "2026-12-01", None),
        (Placement::Newsletter, "2026-06-01", None),
    ] {
        let active = rules.active(placement, Timestamp::parse(now).unwrap(), &[]);
        assert_eq!(active.hidden_by(ItemIdx::new(5)), expected, "{placement} {now}");
        assert_eq!(active.hidden_by(ItemIdx::new(0)), None);
        // An item that the catalogue does not have.
        assert_eq!(active.hidden_by(ItemIdx::new(99)), None);
    }
}

#[test]
fn a_rule_with_anchors_waits_for_one_of_them() {
    let rule = "items = \"category.within('Garden')\"\nanchors = \"brand == 'Acme'\"\naction = 'hide'";
    for (anchors, expected) in [(&[][..], ""), (&[2], ""), (&[1], "567"), (&[2, 0], "567"), (&[99], "")] {
        assert_eq!(hidden_with(rule, anchors), expected, "{anchors:?}");
    }
}

#[test]
fn categories_are_compared_to_a_level() {
    // Items 4 and 9 have no category.
    for (rule, anchors, expected) in [
        ("action = 'same_category'", &[0][..], "1245679"),
        ("action = 'same_category'\nlevel = 1", &[0], "45679"),
        ("action = 'same_category'\nlevel = 2", &[1], "245679"),
        ("action = 'same_category'\nlevel = 9", &[1], "023456789"),
        ("action = 'same_category'\nlevel = 1", &[0, 5], "49"),
        ("action = 'same_category'", &[], ""),
        ("action = 'same_category'", &[4], ""),
        ("action = 'same_category'", &[4, 6], "012345789"),
        ("action = 'other_category'", &[0], "038"),
        ("action = 'other_category'\nlevel = 2", &[6, 4], "56"),
        ("action = 'other_category'\nlevel = 1", &[0], "01238"),
        ("action = 'other_category'\nlevel = 1", &[0, 7], "01235678"),
        ("action = 'other_category'", &[9], ""),
        // Only what the rule is about, and only beside whom.
        ("action = 'same_category'\nitems = \"brand == 'Boom'\"", &[0], "567"),
        ("action = 'same_category'\nanchors = \"brand == 'Boom'\"", &[0], ""),
        ("action = 'same_category'\nanchors = \"brand == 'Boom'\"", &[0, 6], "012345789"),
    ] {
        assert_eq!(hidden_with(rule, anchors), expected, "{rule} {anchors:?}");
    }
}

#[test]
fn boosts_are_multiplied_and_stay_finite() {
    let rule = |name: usize, factor: &str, items: &str| {
        format!("[[rules]]\nname = '{name}'\naction = 'boost'\nfactor = {factor}\nitems = \"{items}\"\n")
    };
    let book = rule(1, "2", "brand == 'Acme'") + &rule(2, "0.5", "id == '0'") + &rule(3, "3.0", "adult");
    let rules = compiled(&book);
    let active = active(&rules, NOW, &[]);
    assert_eq!([0, 1, 5, 9, 99].map(|item| active.boost(ItemIdx::new(item))), [1.0, 2.0, 3.0, 1.0, 1.0]);
    let many = |factor: &str| (0..40).map(|name| rule(name, factor, "true")).collect::<String>();
    for factor in ["1000.0", "0.001"] {
        let rules = compiled(&many(factor));
        let boost = self::active(&rules, NOW, &[]).boost(ItemIdx::new(0));
        assert!(0.0 < boost && boost.is_finite(), "{boost}");
    }
}

#[test]
fn pins_stand_by_place_then_by_rule_then_by_popularity() {
    let rules = compiled(
        "[[rules]]\nname = 'late'\naction = 'pin'\nposition = 3\nitems = \"id == '8'\"\n\
         [[rules]]\nname = 'first'\naction = 'pin'\nposition = 1\nitems = \"brand == 'Boom'\"\n\
         [[rules]]\nname = 'second'\naction = 'pin'\nposition = 1\nitems = \"id == '0'\"\n\
         [[rules]]\nname = 'no adults'\naction = 'hide'\nitems = 'adult'\n",
    );
    let active = active(&rules, NOW, &[]);
    let pins: Vec<_> = active.pins().map(|pin| (pin.position, pin.item.get(), pin.rule)).collect();
    assert_eq!(pins, [(1, 7, "first"), (1, 0, "second"), (3, 8, "late")]);
}

#[test]
fn rules_that_do_nothing_are_named() {
    let rules = compiled(
        "[[rules]]\nname = 'misspelt'\naction = 'hide'\nitems = \"brand == 'ACME'\"\n\
         [[rules]]\nname = 'never beside'\naction = 'same_category'\nanchors = \"brand == 'ACME'\"\n\
         [[rules]]\nname = 'over'\naction = 'hide'\nitems = 'adult'\nuntil = 2026-01-01\n\
         [[rules]]\nname = 'fine'\naction = 'same_category'\n",
    );
    let names = |rules: &mut dyn Iterator<Item = RuleSummary<'_>>| {
        rules.map(|rule| format!("{} {}", rule.line, rule.name)).collect::<Vec<_>>()
    };
    assert_eq!(names(&mut rules.idle()), ["2 misspelt", "6 never beside"]);
    assert_eq!(names(&mut rules.over(Timestamp::parse(NOW).unwrap())), ["10 over"]);
    let over = rules.summaries().nth(2).unwrap();
    assert_eq!((over.n_items, over.n_anchors, over.action), (Some(2), None, Action::Hide));
}

fn check(rules: &[&str], expected: &Expect) {
    let told = rules.iter().map(|rule| {
        let text = format!("# the shop's\n[[rules]]\n{rule}\n");
        let error = RuleBook::read(&text).and_then(|book| book.check()).err();
        format!(
            "{}\n    {}\n",
            rule.replace('\n', "; "),
            error.map_or("no error".to_owned(), |error| error.to_string())
        )
    });
    expected.assert_eq(&told.collect::<String>());
}

#[test]
fn errors_name_line_rule_and_key() {
    let rules = [
        "",
        "name = 'a'",
        "name = 'a'\naction = 'hde'",
        "name = 'a'\naction = 'hide'\nitem = 'adult'",
        "name = ' '\naction = 'hide'\nitems = 'adult'",
        "name = 'a'\naction = 'hide'",
        "name = 'a'\naction = 'hide'\nitems = 'adlt'",
        "name = 'a'\naction = 'hide'\nitems = 'adult'\nanchors = \"\"\"adult &&\n  brand = 'A'\"\"\"",
        "name = 'a'\naction = 'hide'\nitems = 'adult'\nplacements = ['homepage']",
        "name = 'a'\naction = 'hide'\nitems = 'adult'\nplacements = []",
        "name = 'a'\naction = 'hide'\nitems = 'adult'\nposition = 1",
        "name = 'a'\naction = 'pin'\nitems = 'adult'\nfactor = 2.0",
        "name = 'a'\naction = 'boost'\nitems = 'adult'\nlevel = 1\nfactor = 2.0",
        "name = 'a'\naction = 'pin'\nitems = 'adult'",
        "name = 'a'\naction = 'pin'\nitems = 'adult'\nposition = 0",
        "name = 'a'\naction = 'pin'\nitems = 'adult'\nposition = -1",
        "name = 'a'\naction = 'pin'\nposition = 1",
        "name = 'a'\naction = 'boost'\nitems = 'adult'",
        "name = 'a'\naction = 'boost'\nitems = 'adult'\nfactor = 0",
        "name = 'a'\naction = 'boost'\nitems = 'adult'\nfactor = nan",
        "name = 'a'\naction = 'boost'\nitems = 'adult'\nfactor = inf",
        "name = 'a'\naction = 'same_category'\nlevel = 0",
        "name = 'a'\naction = 'hide'\nitems = 'adult'\nfrom = 'tomorrow'",
        "name = 'a'\naction = 'hide'\nitems = 'adult'\nfrom = 07:32:00",
        "name = 'a'\naction = 'hide'\nitems = 'adult'\nuntil = 5",
        "name = 'a'\naction = 'hide'\nitems = 'adult'\nfrom = 2026-01-02\nuntil = 2026-01-02",
        "name = 'a'\naction = 'hide'\nitems = 'adult'\n[[rules]]\nname = 'a'\naction = 'hide'\nitems = 'adult'",
        "name = 'a'\naction = 'hide'\nitems = 'adult'\nuntil = 2026-01-01T10:00:00+02:00",
    ];
    check(
        &rules,
        &expect![[r#"

                line 2: missing field `name`
            name = 'a'
                line 2: missing field `action`
            name = 'a'; action = 'hde'
                line 4: unknown value `hde`; did you mean `hide`?
            name = 'a'; action = 'hide'; item = 'adult'
                line 5: unknown key `item`; did you mean `items`?
            name = ' '; action = 'hide'; items = 'adult'
                line 3: rule ` `, `name`: found no name, expected a name that says what the rule is for
            name = 'a'; action = 'hide'
                line 3: rule `a`, `items`: missing, but `action = "hide"` needs it; add `items = 'brand == "Acme"'`
            name = 'a'; action = 'hide'; items = 'adlt'
                line 5: rule `a`, `items`: line 1, column 1: unknown column `adlt`; did you mean `adult`?
            name = 'a'; action = 'hide'; items = 'adult'; anchors = """adult &&;   brand = 'A'"""
                line 6: rule `a`, `anchors`: line 2, column 9: found `=`, expected an operator such as `&&` or `==`, or the end of the expression; write `==` for equality
            name = 'a'; action = 'hide'; items = 'adult'; placements = ['homepage']
                line 6: unknown value `homepage`; did you mean `home`?
            name = 'a'; action = 'hide'; items = 'adult'; placements = []
                line 6: rule `a`, `placements`: found none, expected at least one placement; omit the key for all of them
            name = 'a'; action = 'hide'; items = 'adult'; position = 1
                line 6: rule `a`, `position`: not used by `action = "hide"`; remove it, or change the action to "pin"
            name = 'a'; action = 'pin'; items = 'adult'; factor = 2.0
                line 6: rule `a`, `factor`: not used by `action = "pin"`; remove it, or change the action to "boost"
            name = 'a'; action = 'boost'; items = 'adult'; level = 1; factor = 2.0
                line 6: rule `a`, `level`: not used by `action = "boost"`; remove it, or change the action to "same_category" or "other_category"
            name = 'a'; action = 'pin'; items = 'adult'
                line 3: rule `a`, `position`: missing, but `action = "pin"` needs it; add `position = 1`
            name = 'a'; action = 'pin'; items = 'adult'; position = 0
                line 6: rule `a`, `position`: found 0, expected a position from 1 (the first) to 100
            name = 'a'; action = 'pin'; items = 'adult'; position = -1
                line 6: invalid value: integer `-1`, expected u32
            name = 'a'; action = 'pin'; position = 1
                line 3: rule `a`, `items`: missing, but `action = "pin"` needs it; add `items = 'brand == "Acme"'`
            name = 'a'; action = 'boost'; items = 'adult'
                line 3: rule `a`, `factor`: missing, but `action = "boost"` needs it; add `factor = 1.5`
            name = 'a'; action = 'boost'; items = 'adult'; factor = 0
                line 6: rule `a`, `factor`: found 0, expected a number from 0.001 to 1000; a factor below 1 lowers items, and `action = "hide"` removes them
            name = 'a'; action = 'boost'; items = 'adult'; factor = nan
                line 6: rule `a`, `factor`: found NaN, expected a number from 0.001 to 1000; a factor below 1 lowers items, and `action = "hide"` removes them
            name = 'a'; action = 'boost'; items = 'adult'; factor = inf
                line 6: rule `a`, `factor`: found inf, expected a number from 0.001 to 1000; a factor below 1 lowers items, and `action = "hide"` removes them
            name = 'a'; action = 'same_category'; level = 0
                line 5: rule `a`, `level`: found 0, expected 1 (the first part of the path) or more; omit the key for the whole path
            name = 'a'; action = 'hide'; items = 'adult'; from = 'tomorrow'
                line 6: rule `a`, `from`: found `tomorrow`, expected a date such as 2026-01-31, or an instant such as 2026-01-31T08:00:00Z
            name = 'a'; action = 'hide'; items = 'adult'; from = 07:32:00
                line 6: rule `a`, `from`: found `07:32:00`, expected a date such as 2026-01-31, or an instant such as 2026-01-31T08:00:00Z
            name = 'a'; action = 'hide'; items = 'adult'; until = 5
                line 6: rule `a`, `until`: found `5`, expected a date such as 2026-01-31, or an instant such as 2026-01-31T08:00:00Z
            name = 'a'; action = 'hide'; items = 'adult'; from = 2026-01-02; until = 2026-01-02
                line 7: rule `a`, `until`: found 2026-01-02T00:00:00Z, expected an instant after `from`, 2026-01-02T00:00:00Z; `until` is the first instant at which the rule no longer applies
            name = 'a'; action = 'hide'; items = 'adult'; [[rules]]; name = 'a'; action = 'hide'; items = 'adult'
                line 7: rule `a`, `name`: the rule on line 3 has the same name; give each rule a unique name
            name = 'a'; action = 'hide'; items = 'adult'; until = 2026-01-01T10:00:00+02:00
                no error
        "#]],
    );
}

#[test]
fn there_are_not_too_many_rules() {
    let book = |n_rules: usize| {
        let rule = |name| format!("[[rules]]\nname = '{name}'\naction = 'same_category'\n");
        RuleBook::read(&(0..n_rules).map(rule).collect::<String>()).unwrap().check().err()
    };
    assert_eq!(book(MAX_RULES), None);
    assert_eq!(book(MAX_RULES + 1), Some(BookError::TooMany { found: MAX_RULES + 1 }));
}

#[test]
fn rules_that_leave_every_page_empty_are_found() {
    let hide = |name: &str, items: &str, more: &str| {
        format!("[[rules]]\nname = '{name}'\nitems = '{items}'\naction = 'hide'\n{more}\n")
    };
    let check = |text: &str, expected: &[&str]| {
        let now = Timestamp::parse(NOW).unwrap();
        let emptied = compiled(text).emptied(&shop(), now);
        assert_eq!(emptied.iter().map(Emptied::note).collect::<Vec<_>>(), expected, "{text}");
        Emptied::is_every_page(&emptied)
    };
    let everywhere = "every page of item_page, basket, after_order, home, newsletter is empty";
    let at_home = "placements = ['home']";
    assert!(!check("", &[]));
    assert!(!check(&hide("some", "price < 1000", ""), &[]));
    let all = format!("rule `all` hides everything that can be offered: {everywhere}");
    assert!(check(&hide("all", "id != \"\"", ""), &[&all]));
    // By itself, whatever others hide too.
    let both = hide("some", "price < 1000", "") + &hide("all", "true", "");
    assert!(check(&both, &[&all]));
    let two = hide("a", "true", "") + &hide("b", "true", "");
    let told = format!("rules `a`, `b` each hide everything that can be offered: {everywhere}");
    assert!(check(&two, &[&told]));
    let halves = hide("dear", "has(price)", "") + &hide("free", "!has(price)", "");
    let told = format!("rules `dear`, `free` hide together everything that can be offered: {everywhere}");
    assert!(check(&halves, &[&told]));
    assert!(!check(
        &hide("home", "true", at_home),
        &["rule `home` hides everything that can be offered: every page of home is empty"],
    ));
    let later = "rule `later` hides everything that can be offered from 2026-07-01T00:00:00Z on: every page of home is empty";
    assert!(!check(&hide("later", "true", &format!("{at_home}\nfrom = 2026-07-01")), &[later]));
    assert!(!check(&hide("over", "true", "until = 2026-05-01"), &[]));
    // Pages without the anchor that it waits for show what they did.
    assert!(!check(&hide("beside", "true", "anchors = 'brand == \"Acme\"'"), &[]));
    assert!(!check("[[rules]]\nname = 'same'\naction = 'same_category'\nlevel = 1", &[]));
}

#[test]
fn all_rules_that_hide_or_boost_an_item_are_named() {
    let rule =
        |name: &str, more: &str| format!("[[rules]]\nname = '{name}'\nitems = 'brand == \"Acme\"'\n{more}\n");
    let hides = "action = 'hide'";
    let boosts = |factor: f32| format!("action = 'boost'\nfactor = {factor:?}");
    let book =
        [rule("a", hides), rule("b", &boosts(2.0)), rule("c", hides), rule("d", &boosts(0.5))].concat();
    let rules = compiled(&book);
    let active = active(&rules, NOW, &[]);
    let told = |item| {
        let item = ItemIdx::new(item);
        (active.hiders(item).collect::<Vec<_>>(), active.boosts_of(item).collect::<Vec<_>>())
    };
    assert_eq!(told(0), (vec!["a", "c"], vec![("b", 2.0), ("d", 0.5)]));
    assert_eq!(told(5), (vec![], vec![]));
}
