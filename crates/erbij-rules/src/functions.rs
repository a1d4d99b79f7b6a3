//! The functions that expressions may call, in the order of documentation.

/// A function that expressions may call.
#[derive(Clone, Copy, Debug)]
pub struct FunctionSpec {
    /// Its name.
    pub name: &'static str,
    /// How it is written.
    pub usage: &'static str,
    /// What it tells.
    pub meaning: &'static str,
}

/// All functions, in the order of documentation.
pub const FUNCTIONS: [FunctionSpec; 13] = {
    const fn spec(name: &'static str, usage: &'static str, meaning: &'static str) -> FunctionSpec {
        FunctionSpec { name, usage, meaning }
    }
    [
        spec("startsWith", "title.startsWith(\"Set\")", "the text begins so"),
        spec("endsWith", "title.endsWith(\"XL\")", "the text ends so"),
        spec("contains", "title.contains(\"glass\")", "the text holds this; capitals count"),
        spec("within", "category.within(\"Home > Kitchen\")", "the category itself or any below it"),
        spec(
            "matches",
            "title.matches(\"(?i)pan|wok\")",
            "the regular expression is found in the text; `(?i)`: capitals do not count",
        ),
        spec("lowerAscii", "title.lowerAscii().contains(\"glass\")", "the text with A to Z made small"),
        spec("upperAscii", "id.upperAscii() == \"A1\"", "the text with a to z made capital"),
        spec("size", "size(title) or topics.size()", "how many letters, or how many topics"),
        spec(
            "has",
            "has(price)",
            "whether it is known: a number, an instant, a text or list that is not empty",
        ),
        spec("exists", "topics.exists(t, t.startsWith(\"bbq\"))", "whether it holds for one topic at least"),
        spec(
            "all",
            "topics.all(t, t != \"bbq\")",
            "whether it holds for every topic; true where there is none",
        ),
        spec("timestamp", "available_at > timestamp(\"2026-01-31\")", "an instant: a date or RFC 3339"),
        spec("in", "brand in [\"A\", \"B\"] or \"bbq\" in topics", "whether it is one of them (an operator)"),
    ]
};
