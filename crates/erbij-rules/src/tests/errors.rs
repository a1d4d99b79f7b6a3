//! What is wrong is said where it is, with what would be right.

use expect_test::{Expect, expect};

use super::*;

fn check(sources: &[&str], expected: &Expect) {
    let told = sources.iter().map(|source| {
        let error = Expr::compile(source).err().map_or("no error".to_owned(), |error| error.to_string());
        format!("{source}\n    {error}\n")
    });
    expected.assert_eq(&told.collect::<String>());
}

#[test]
fn syntax() {
    let sources = [
        "",
        "brand = 'Acme'",
        "adult and listed",
        "adult or listed",
        "not adult",
        "adult & listed",
        "brand == “Acme”",
        "brand == 'Acme",
        "(adult",
        "adult)",
        "adult &&",
        "adult ? listed",
        "brand like 'A%'",
        "price < 99999999999999999999",
        "title == 'C:\\d'",
        "for",
        "adult &&\n  brand 'Acme'",
        "'é' == 'é' && price price",
    ];
    check(
        &sources,
        &expect![[r#"

                line 1, column 1: found the end of the expression, expected a column, a value or `(`
            brand = 'Acme'
                line 1, column 7: found `=`, expected an operator such as `&&` or `==`, or the end of the expression; write `==` for equality
            adult and listed
                line 1, column 7: found `and`, expected an operator such as `&&` or `==`, or the end of the expression; write `&&` to require both
            adult or listed
                line 1, column 7: found `or`, expected an operator such as `&&` or `==`, or the end of the expression; write `||` to accept either
            not adult
                line 1, column 5: found `adult`, expected an operator such as `&&` or `==`, or the end of the expression; write `!(...)` to negate
            adult & listed
                line 1, column 7: found `&`, expected an operator such as `&&` or `==`, or the end of the expression; write `&&` to require both
            brand == “Acme”
                line 1, column 10: found `“`, expected a character of the language; put text in straight quotes, "..."
            brand == 'Acme
                line 1, column 10: found `'`, expected a text with a closing quote
            (adult
                line 1, column 7: found the end of the expression, expected `)`
            adult)
                line 1, column 6: found `)`, expected an operator such as `&&` or `==`, or the end of the expression
            adult &&
                line 1, column 9: found the end of the expression, expected a column, a value or `(`
            adult ? listed
                line 1, column 15: found the end of the expression, expected an operator such as `&&` or `==`, or the end of the expression
            brand like 'A%'
                line 1, column 7: found `like`, expected an operator such as `&&` or `==`, or the end of the expression; search text with `contains`, `startsWith` or `matches`
            price < 99999999999999999999
                line 1, column 9: found `99999999999999999999`, expected a number that fits in 64 bits
            title == 'C:\d'
                line 1, column 10: found `'`, expected a text without unknown escapes; write a backslash as `\\`, or the text as r"..."
            for
                line 1, column 1: found `for`, expected a column; this word is reserved
            adult &&
              brand 'Acme'
                line 2, column 9: found `'`, expected an operator such as `&&` or `==`, or the end of the expression
            'é' == 'é' && price price
                line 1, column 21: found `price`, expected an operator such as `&&` or `==`, or the end of the expression
        "#]],
    );
}

#[test]
fn names_and_types() {
    let sources = [
        "brnd == 'Acme'",
        "'é' == brand &&\n  colour == 'red'",
        "price",
        "title",
        "topics",
        "price < '5'",
        "title == 5",
        "adult < listed",
        "adult && price",
        "!price",
        "-title < 5",
        "price + title < 5",
        "title + brand == 'ab'",
        "available_at < 5",
        "available_at - 5 < 5",
        "adult ? 1 : 'a'",
        "title ? 1 : 2",
        "adult ? title : brand",
        "brand in 'Acme'",
        "brand in ['Acme', 5]",
        "price in [1 + 1]",
        "adult in [true]",
        "title in topics",
        "brand in [title]",
        "availability == 'in stock'",
        "kind in ['product', 'servce']",
        "'unheard' == availability",
    ];
    check(
        &sources,
        &expect![[r#"
            brnd == 'Acme'
                line 1, column 1: unknown column `brnd`; did you mean `brand`?
            'é' == brand &&
              colour == 'red'
                line 2, column 3: unknown column `colour`; expected one of id, title, brand, category, price, availability, kind, adult, topics, useful_life_days, pack_size, available_at, expires_at, listed, link
            price
                line 1, column 1: the whole expression is a number, expected true or false, such as `price < 50`
            title
                line 1, column 1: the whole expression is text, expected true or false, such as `price < 50`
            topics
                line 1, column 1: the whole expression is a list of topics, expected true or false, such as `price < 50`
            price < '5'
                line 1, column 7: cannot compare a number with text, expected two values of the same kind
            title == 5
                line 1, column 7: cannot compare text with a number, expected two values of the same kind
            adult < listed
                line 1, column 7: an order comparison of true and false cannot be used here; compare them with `==` and `!=`
            adult && price
                line 1, column 10: a side of `&&` is a number, expected true or false, such as `price < 50`
            !price
                line 1, column 2: the value after `!` is a number, expected true or false, such as `price < 50`
            -title < 5
                line 1, column 2: the value after `-` is text, expected a number
            price + title < 5
                line 1, column 9: a side of `+` is text, expected a number
            title + brand == 'ab'
                line 1, column 1: a side of `+` is text, expected a number
            available_at < 5
                line 1, column 14: cannot compare an instant with a number, expected two values of the same kind
            available_at - 5 < 5
                line 1, column 1: a side of `-` is an instant, expected a number
            adult ? 1 : 'a'
                line 1, column 13: the value after `:` is text, expected a value of the same kind as the one before `:`
            title ? 1 : 2
                line 1, column 1: the value before `?` is text, expected true or false, such as `price < 50`
            adult ? title : brand
                line 1, column 9: the value after `?` is text, expected a number, or true or false
            brand in 'Acme'
                line 1, column 10: the right side of `in` is text, expected a list or `topics`
            brand in ['Acme', 5]
                line 1, column 19: an element is a number, expected a text in quotes
            price in [1 + 1]
                line 1, column 11: an element is a number, expected a plain number
            adult in [true]
                line 1, column 1: the left side of `in` is true or false, expected text or a number
            title in topics
                line 1, column 1: the left side of `in` is text, expected a text in quotes
            brand in [title]
                line 1, column 11: an element is text, expected a text in quotes
            availability == 'in stock'
                line 1, column 17: `in stock` is not a value of `availability`; did you mean `in_stock`?
            kind in ['product', 'servce']
                line 1, column 21: `servce` is not a value of `kind`; did you mean `service`?
            'unheard' == availability
                line 1, column 1: `unheard` is not a value of `availability`; expected one of `in_stock`, `out_of_stock`, `preorder`, `backorder`
        "#]],
    );
}

#[test]
fn functions() {
    let sources = [
        "title.startswith('a')",
        "lower(title) == 'a'",
        "title.contains('a', 'b')",
        "title.contains(5)",
        "price.contains('a')",
        "title.matches('(')",
        "title.matches(brand)",
        "title.matches('\\\\w{200}')",
        "has(title.size)",
        "has(prce)",
        "has(5)",
        "has()",
        "size(price) == 5",
        "topics.exists(t)",
        "topics.exists('t', true)",
        "title.exists(t, true)",
        "topics.exists(t, brand == t)",
        "topics.exists(t, price < 5)",
        "topics.exists(t, u == 'a')",
        "topics.exists(t, topics.exists(u, u == t))",
        "topics.exists(t, has(t))",
        "topics.map(t, t)",
        "topics[0] == 'a'",
        "item.price < 5",
        "price == null",
        "title == b'a'",
        "{'a': 1} == {'a': 1}",
        "[1] == [1]",
        "timestamp('yesterday') < available_at",
        "timestamp(title) < available_at",
        "title.lowerAscii",
        "category.within()",
    ];
    check(
        &sources,
        &expect![[r#"
            title.startswith('a')
                line 1, column 7: unknown function `startswith`; did you mean `startsWith`?
            lower(title) == 'a'
                line 1, column 1: unknown function `lower`; did you mean `lowerAscii`?
            title.contains('a', 'b')
                line 1, column 7: `contains` takes one text: `title.contains("glass")`; found 2
            title.contains(5)
                line 1, column 16: the argument in `(...)` is a number, expected text
            price.contains('a')
                line 1, column 1: the value before `.` is a number, expected text
            title.matches('(')
                line 1, column 15: the pattern of `matches` is not valid: unclosed group
            title.matches(brand)
                line 1, column 15: a column as a pattern cannot be used here; write the pattern in quotes: `title.matches("(?i)pan")`
            title.matches('\\w{200}')
                line 1, column 15: the pattern of `matches` is not valid: it is too large; use fewer repetitions and classes
            has(title.size)
                line 1, column 5: this expression in `has` cannot be used here; `has` takes one column: `has(price)`
            has(prce)
                line 1, column 5: unknown column `prce`; did you mean `price`?
            has(5)
                line 1, column 5: this expression in `has` cannot be used here; `has` takes one column: `has(price)`
            has()
                line 1, column 1: `has` takes one column in parentheses: `has(price)`; found 0
            size(price) == 5
                line 1, column 6: the argument of `size` is a number, expected text or `topics`
            topics.exists(t)
                line 1, column 8: `exists` takes a name and a condition: `topics.exists(t, t == "bbq")`; found 1
            topics.exists('t', true)
                line 1, column 15: this argument cannot be used here; the first argument must be a name for the topic: `topics.exists(t, t == "bbq")`
            title.exists(t, true)
                line 1, column 1: the value before `.` is text, expected `topics`
            topics.exists(t, brand == t)
                line 1, column 18: `brand` cannot be used here; in `exists` and `all` you can only use the topic `t`
            topics.exists(t, price < 5)
                line 1, column 18: `price` cannot be used here; in `exists` and `all` you can only use the topic `t`
            topics.exists(t, u == 'a')
                line 1, column 18: `u` cannot be used here; in `exists` and `all` you can only use the topic `t`
            topics.exists(t, topics.exists(u, u == t))
                line 1, column 18: `topics` cannot be used here; in `exists` and `all` you can only use the topic `t`
            topics.exists(t, has(t))
                line 1, column 22: a topic in `has` cannot be used here; `has` takes one column: `has(topics)`
            topics.map(t, t)
                line 1, column 8: unknown function `map`; expected one of startsWith, endsWith, contains, within, matches, lowerAscii, upperAscii, size, has, exists, all, timestamp, in
            topics[0] == 'a'
                line 1, column 1: `[...]` cannot be used here; test with `in` or `exists`: `"bbq" in topics`
            item.price < 5
                line 1, column 1: `.price` cannot be used here; columns have no prefixes or fields; write `price`
            price == null
                line 1, column 10: null cannot be used here; test for a known value with `has(price)`
            title == b'a'
                line 1, column 10: a text of bytes cannot be used here; leave out the `b`
            {'a': 1} == {'a': 1}
                line 1, column 1: a map or a message cannot be used here; compare columns with values
            [1] == [1]
                line 1, column 1: a list cannot be used here; use a list after `in`: `brand in ["A", "B"]`
            timestamp('yesterday') < available_at
                line 1, column 11: this argument of `timestamp` cannot be used here; `yesterday` is not an instant: expected `2017-03-03` or `2017-03-03T09:30:00Z`; write `timestamp("2026-01-31")`
            timestamp(title) < available_at
                line 1, column 11: this argument of `timestamp` cannot be used here; a column is not an instant; write `timestamp("2026-01-31")`
            title.lowerAscii
                line 1, column 1: `.lowerAscii` cannot be used here; write a function with parentheses: `lowerAscii(...)`
            category.within()
                line 1, column 10: `within` takes one path: `category.within("Home > Kitchen")`; found 0
        "#]],
    );
}

#[test]
fn sizes() {
    let error = |source: &str| Expr::compile(source).err().map(|error| error.problem);
    let sum = |n_terms: usize| format!("price < {}", vec!["1"; n_terms].join(" + "));
    let ands = |n_terms: usize| vec!["adult"; n_terms].join(" && ");
    let brackets = |depth: usize| format!("{}adult{}", "(".repeat(depth), ")".repeat(depth));
    let searches = |n: usize| vec!["title.contains('a')"; n].join(" || ");
    let deep = Some(ExprProblem::TooDeep { limit: MAX_DEPTH });
    assert_eq!(error(&sum(31)), None);
    assert_eq!(error(&sum(33)), deep);
    assert_eq!(error(&ands(200)), None);
    assert_eq!(error(&brackets(30)), None);
    assert_eq!(error(&brackets(40)), deep);
    assert_eq!(error(&searches(8)), None);
    assert_eq!(error(&searches(9)), Some(ExprProblem::TooManySearches { found: 9, limit: MAX_SEARCHES }));
    let padded = |len: usize| format!("{:len$}", "adult");
    assert_eq!(error(&padded(MAX_EXPR_BYTES)), None);
    let found = MAX_EXPR_BYTES + 1;
    assert_eq!(error(&padded(found)), Some(ExprProblem::TooLong { found, limit: MAX_EXPR_BYTES }));
}
