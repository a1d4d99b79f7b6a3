//! The page for the merchandiser says what there is.

use super::*;

const PAGE: &str = include_str!("../../RULES.md");

#[test]
fn every_column_function_and_action_is_on_the_page() {
    for spec in COLUMNS {
        let name =
            spec.alias.map_or(format!("`{}`", spec.name), |alias| format!("`{}`, `{alias}`", spec.name));
        let row = format!("| {name} | {} | {} |", spec.column_type().name(), spec.meaning);
        assert!(PAGE.contains(&row), "RULES.md lacks the row {row}");
    }
    for function in FUNCTIONS {
        let usage = function.usage.replace(" or ", "`, `").replace('|', "\\|");
        let row = format!("| `{usage}` | {} |", function.meaning);
        assert!(PAGE.contains(&row), "RULES.md lacks the row {row}");
    }
    for action in [Action::Hide, Action::Pin, Action::Boost, Action::SameCategory, Action::OtherCategory] {
        assert!(PAGE.contains(&format!("| `{}` |", action.name())), "RULES.md lacks {}", action.name());
    }
}

#[test]
fn the_examples_of_functions_are_valid_and_those_of_the_page_too() {
    for function in FUNCTIONS {
        for usage in function.usage.split(" or ") {
            let whole = match function.name {
                "lowerAscii" | "upperAscii" | "in" | "has" | "exists" | "all" | "timestamp" => {
                    usage.to_owned()
                }
                "size" => format!("{usage} > 0"),
                _ => usage.to_owned(),
            };
            Expr::compile(&whole).unwrap_or_else(|error| panic!("{whole}: {error}"));
        }
    }
    let examples: Vec<&str> =
        PAGE.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(2 <= examples.len());
    for example in examples {
        let book = RuleBook::read(example).and_then(|book| book.check());
        assert!(!book.unwrap_or_else(|error| panic!("{example}: {error}")).is_empty());
    }
    for line in
        PAGE.split("```cel\n").skip(1).filter_map(|rest| rest.split("```").next()).flat_map(str::lines)
    {
        Expr::compile(line).unwrap_or_else(|error| panic!("{line}: {error}"));
    }
}
