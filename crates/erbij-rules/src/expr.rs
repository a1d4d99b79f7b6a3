//! An expression: from text to something that can be asked of a catalogue.

use std::fmt;

use crate::check::check;
use crate::evaluate::evaluate;
use crate::plan::Condition;
use crate::syntax::parse;
use crate::{Columns, ExprError, ItemSet};

/// A condition on items, checked: nothing in it can fail any more.
///
/// The language is [CEL](https://cel.dev) over the names of [`COLUMNS`](crate::COLUMNS), with these differences. Numbers
/// are of one kind, so `7 / 2` is 3.5. What the catalogue does not know is *unknown*: a comparison with it is neither
/// true nor false, `&&` and `||` are decided by the other side where that suffices, and an item is chosen only if the
/// whole is true. (CEL itself treats an error so.) Hence `price < 10` and `!(price < 10)` both leave out an item
/// without a price; `has(price)` tells which those are. Text and lists are never unknown but empty.
///
/// ```
/// use erbij_core::{Catalogue, CatalogueColumns, Currency, NO_PRICE, VariantColumns};
/// use erbij_rules::{Columns, Expr};
///
/// let columns = CatalogueColumns {
///     brand: ["Acme", "Acme", "Other"].iter().collect(),
///     price_minor: vec![1250, NO_PRICE, 900].into(),
///     ..CatalogueColumns::of_ids(["pan", "wok", "pot"].iter().collect())
/// };
/// let catalogue = Catalogue::new(columns, VariantColumns::default(), Currency::EUR).unwrap();
/// let columns = Columns::new(&catalogue);
///
/// let chosen = |text| {
///     let items = Expr::compile(text).unwrap().evaluate(&columns);
///     items.iter().map(|item| catalogue.items().id(item)).collect::<Vec<_>>()
/// };
/// assert_eq!(chosen("brand == 'Acme' && price < 50"), ["pan"]);
/// assert_eq!(chosen("!(price < 10)"), ["pan"]);
/// assert_eq!(chosen("!has(price) || price < 10"), ["wok", "pot"]);
///
/// let error = Expr::compile("brnd == 'Acme'").unwrap_err();
/// assert_eq!(error.to_string(), "line 1, column 1: unknown column `brnd`; did you mean `brand`?");
/// ```
#[derive(Clone)]
pub struct Expr {
    source: String,
    condition: Condition,
    n_slots: usize,
}

impl Expr {
    /// Reads and checks an expression. O(length) with a small factor, whatever the text: at most
    /// [`MAX_EXPR_BYTES`](crate::MAX_EXPR_BYTES) long and [`MAX_DEPTH`](crate::MAX_DEPTH) deep.
    pub fn compile(source: &str) -> Result<Self, ExprError> {
        let (tree, places) = parse(source)?;
        let (condition, n_slots) = check(&tree, &places)?;
        Ok(Self { source: source.to_owned(), condition, n_slots })
    }

    /// The items of a catalogue for which it is true.
    ///
    /// O(items), in blocks on rayon's threads; the same on any number of them. A question about a brand or a category
    /// is asked once a distinct one, and the dear ones of what the cheap ones leave open.
    pub fn evaluate(&self, columns: &Columns) -> ItemSet {
        evaluate(&self.condition, self.n_slots, columns)
    }

    /// The text it was made from.
    pub fn source(&self) -> &str {
        &self.source
    }
}

impl fmt::Debug for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Expr({:?})", self.source)
    }
}
