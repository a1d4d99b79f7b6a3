//! Whatever the text, an answer or an error.

use proptest::prelude::*;

use super::*;

/// What the language is made of, to be put together at random.
const PIECES: [&str; 46] = [
    "brand",
    "price",
    "title",
    "topics",
    "adult",
    "category",
    "available_at",
    "t",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ".",
    "==",
    "!=",
    "<",
    "<=",
    "&&",
    "||",
    "!",
    "-",
    "+",
    "*",
    "/",
    "%",
    "?",
    ":",
    " in ",
    "'a'",
    "\"é",
    "r'",
    "b'x'",
    "1",
    "0x",
    "1e9",
    "5u",
    "null",
    "true",
    ".exists(t,",
    "has(",
    "size(",
    "matches('(",
    "\\u12",
];

fn try_out(source: &str, columns: &Columns) {
    match Expr::compile(source) {
        Ok(expr) => {
            expr.evaluate(columns);
        }
        Err(error) => {
            assert!(1 <= error.line && 1 <= error.column, "{source:?}");
            // None of these brings the parser itself down, which would be caught.
            assert!(!error.to_string().contains("the parser cannot read"), "{source:?}");
        }
    }
}

proptest! {
    #[test]
    fn random_letters(source in "\\PC{0,60}") {
        try_out(&source, &shop_columns());
    }

    #[test]
    fn random_bytes_as_far_as_they_are_text(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
        try_out(&String::from_utf8_lossy(&bytes), &shop_columns());
    }

    #[test]
    fn random_pieces(places in proptest::collection::vec(0..PIECES.len(), 0..24)) {
        let source: String = places.iter().map(|&place| PIECES[place]).collect();
        try_out(&source, &shop_columns());
    }

    #[test]
    fn valid_expressions_with_a_piece_out_of_place(
        source in oracle::condition(),
        at in any::<prop::sample::Index>(),
        piece in 0..PIECES.len(),
        n_out in 0_usize..4,
    ) {
        let letters: Vec<char> = source.chars().collect();
        let at = at.index(letters.len() + 1);
        let rest = letters.iter().skip(at + n_out);
        let mutated: String = letters[..at].iter().copied().chain(PIECES[piece].chars()).chain(rest.copied()).collect();
        try_out(&mutated, &shop_columns());
    }
}

/// As deep and as long as can be, on the stack of a thread that serves requests.
#[test]
fn towers() {
    let columns = shop_columns();
    let long = |piece: &str| piece.repeat(MAX_EXPR_BYTES / piece.len() - 4);
    let towers: Vec<String> =
        ["(", "[", "{", "!", "-", "f(", "has(", "\"", "'", "r'", "\\", "?", "a?", ".", "{1:", "\0", "é"]
            .into_iter()
            .map(long)
            .chain(
                ["+1", "==1", "&&a", "||!a", ".a", ".a()", "[0]", "?a:a", " in a", "-", "--1", ".size()"]
                    .map(|piece| format!("a{}", long(piece))),
            )
            .chain(
                ["&&adult", "||!adult", "&&(adult)", "!=adult"].map(|piece| format!("adult{}", long(piece))),
            )
            .chain(["\\\\w{9}", "(a|b)*", "(?:", "[a-", "(a*)*", ".{99}", "\\\\pL"].map(|piece| {
                format!("title.matches('{}')", piece.repeat((MAX_EXPR_BYTES - 30) / piece.len()))
            }))
            .collect();
    let on_a_small_stack = std::thread::Builder::new().stack_size(2 << 20);
    let tried = on_a_small_stack.spawn(move || towers.iter().for_each(|tower| try_out(tower, &columns)));
    tried.unwrap().join().unwrap();
}
