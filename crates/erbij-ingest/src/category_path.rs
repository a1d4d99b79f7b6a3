//! A category path as a catalogue means it: without the words that shop systems write where nobody filed the item.
//!
//! `Uncategorized` is no place in a shop. Read as one, it makes everything unfiled answer one need, and whoever has met
//! that need is offered nothing of it again.

/// What stands in place of a category, in lower case: written by systems, or by people who had no better word.
const NO_CATEGORY: [&str; 45] = [
    "-",
    "--",
    "(not set)",
    "(none)",
    "all",
    "all categories",
    "all products",
    "alle producten",
    "andere",
    "autre",
    "autres",
    "default",
    "default category",
    "divers",
    "diverse",
    "diversen",
    "geen",
    "geen categorie",
    "general",
    "miscellaneous",
    "misc",
    "n/a",
    "n.a.",
    "na",
    "nan",
    "niet ingedeeld",
    "nil",
    "no category",
    "none",
    "not set",
    "null",
    "onbekend",
    "ongecategoriseerd",
    "other",
    "others",
    "overig",
    "overige",
    "root",
    "root catalog",
    "sonstiges",
    "unassigned",
    "uncategorised",
    "uncategorized",
    "undefined",
    "unknown",
];

/// The parts of a path that name a category, joined by ` > `, and whether one was left out that names none.
///
/// Such a part is left out wherever it stands: `Default Category > Coffee` is `Coffee`, and `Coffee > Other` is `Coffee`.
pub(crate) fn category_path<'a>(parts: impl Iterator<Item = &'a str>) -> (String, bool) {
    let mut left_out = false;
    let mut path = String::new();
    for part in parts.map(str::trim).filter(|part| !part.is_empty()) {
        if NO_CATEGORY.contains(&part.to_lowercase().as_str()) {
            left_out = true;
            continue;
        }
        if !path.is_empty() {
            path += " > ";
        }
        path += part;
    }
    (path, left_out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_no_category_is_left_out_wherever_it_stands() {
        for (path, expected) in [
            ("", ("", false)),
            ("Coffee > Machines", ("Coffee > Machines", false)),
            (" Coffee>Machines > ", ("Coffee > Machines", false)),
            ("Uncategorized", ("", true)),
            ("nan", ("", true)),
            ("NULL", ("", true)),
            ("N/A", ("", true)),
            ("-", ("", true)),
            ("Overig", ("", true)),
            ("Default Category > Coffee > Other", ("Coffee", true)),
            ("Other wines > Port", ("Other wines > Port", false)),
        ] {
            let (found, left_out) = category_path(path.split('>'));
            assert_eq!((found.as_str(), left_out), expected, "{path}");
        }
    }
}
