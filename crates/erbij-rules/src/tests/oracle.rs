//! Column by column the same as item by item, as the interpreter of the crate `cel` goes.

use cel::extractors::This;
use cel::{Context, Program, Value};
use erbij_core::ItemIdx;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;

type Text = Arc<String>;

const WORDS: [&str; 9] = ["", "a", "A", "ab", "ba b", "é", "aé", "x > ab", "x"];

/// Texts and numbers over few values, so that what is equal, contained or absent is common.
fn catalogue(n_items: usize, seed: u64) -> Catalogue {
    let mut state = seed;
    let mut draw = |n: usize| {
        // Knuth's generator; its high bits are good enough for this.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % n
    };
    let mut texts = |words: &[&str]| (0..n_items).map(|_| words[draw(words.len())]).collect::<StrColumn>();
    let (title, brand) = (texts(&WORDS), texts(&WORDS[..6]));
    let category = texts(&["", "x", "x > ab", "x > ab > c", "x > a", "é"]);
    let price_minor = (0..n_items).map(|_| [NO_PRICE, 0, 50, 100, 250][draw(5)]).collect();
    let lens: Vec<usize> = (0..n_items).map(|_| draw(4)).collect();
    // Rising, as many as there are: the first of all that is left out differs.
    let lists = lens.iter().flat_map(|&len| {
        let first = draw(2) as u32;
        first..first + len as u32
    });
    let topics = TopicColumns {
        topics: lists.collect(),
        rows: RowOffsets::from_lens(lens.iter().copied()),
        names: ["a", "ab", "é", "x"].iter().collect(),
    };
    let columns = CatalogueColumns {
        title,
        brand,
        category,
        price_minor,
        topics,
        adult: (0..n_items).map(|_| draw(2) as u8).collect(),
        useful_life_days: (0..n_items).map(|_| draw(3) as u32).collect(),
        available_at: (0..n_items).map(|_| [i64::MIN, 0, 1_577_836_800_000_000][draw(3)]).collect(),
        ..CatalogueColumns::of_ids((0..n_items).map(|item| item.to_string()).collect())
    };
    Catalogue::new(columns, VariantColumns::default(), Currency::EUR).unwrap()
}

fn text() -> impl Strategy<Value = String> {
    let name = select(vec!["title", "brand", "category", "id", "title.lowerAscii()", "brand.upperAscii()"]);
    prop_oneof![3 => name.prop_map(str::to_owned), 2 => literal()]
}

fn literal() -> impl Strategy<Value = String> {
    select(WORDS.to_vec()).prop_map(|word| format!("'{word}'"))
}

fn number() -> impl Strategy<Value = String> {
    let leaf =
        select(vec!["price", "price", "useful_life_days", "pack_size", "0.0", "0.5", "1.0", "2.5", "-1.0"]);
    leaf.prop_map(str::to_owned).prop_recursive(2, 6, 2, |inner| {
        prop_oneof![
            (inner.clone(), select(vec!["+", "-", "*"]), inner.clone())
                .prop_map(|(a, sign, b)| format!("({a} {sign} {b})")),
            inner.clone().prop_map(|a| format!("({a} / 2.0)")),
            inner.clone().prop_map(|a| format!("-({a})")),
            (inner.clone(), inner).prop_map(|(a, b)| format!("(adult ? {a} : {b})")),
        ]
    })
}

fn order() -> impl Strategy<Value = &'static str> {
    select(vec!["==", "!=", "<", "<=", ">", ">="])
}

fn of_text(text: impl Strategy<Value = String> + Clone + 'static) -> impl Strategy<Value = String> {
    let method = select(vec!["startsWith", "endsWith", "contains", "within"]);
    prop_oneof![
        (text.clone(), order(), text.clone()).prop_map(|(a, order, b)| format!("{a} {order} {b}")),
        (text.clone(), method, text.clone()).prop_map(|(a, method, b)| format!("{a}.{method}({b})")),
        (text.clone(), proptest::collection::vec(literal(), 0..4))
            .prop_map(|(a, list)| format!("{a} in [{}]", list.join(", "))),
        (text.clone(), select(vec!["a", "^a", "b$", "[é ]", "(?i)A.?b", ""]))
            .prop_map(|(a, pattern)| format!("{a}.matches('{pattern}')")),
        (text, order(), 0..4).prop_map(|(a, order, size)| format!("size({a}) {order} {size}")),
    ]
}

/// Conditions of every kind. Numbers are floats, since CEL does not add an integer to one; sizes stand alone.
pub(super) fn condition() -> impl Strategy<Value = String> {
    let topic = prop_oneof![2 => Just("t".to_owned()), 1 => literal()];
    let leaf = prop_oneof![
        4 => of_text(text().boxed()),
        2 => (number(), order(), number()).prop_map(|(a, order, b)| format!("{a} {order} {b}")),
        1 => number().prop_map(|a| format!("{a} in [0.5, 1.0]")),
        1 => literal().prop_map(|word| format!("{word} in topics")),
        1 => (select(vec!["exists", "all"]), of_text(topic.boxed())).prop_map(|(name, test)| format!("topics.{name}(t, {test})")),
        1 => (order(), 0..3).prop_map(|(order, size)| format!("topics.size() {order} {size}")),
        1 => select(vec!["adult", "true", "false", "has(price)", "available_at >= timestamp('2020-01-01')"]).prop_map(str::to_owned),
    ];
    leaf.prop_recursive(4, 12, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|a| format!("!({a})")),
            (inner.clone(), select(vec!["&&", "||", "==", "!="]), inner.clone())
                .prop_map(|(a, sign, b)| format!("({a}) {sign} ({b})")),
            (inner.clone(), inner.clone(), inner).prop_map(|(a, b, c)| format!("(({a}) ? ({b}) : ({c}))")),
        ]
    })
}

/// Whether CEL's own interpreter finds an expression true of an item. What is not known has no value there, which is
/// an error, which `&&` and `||` let pass where the other side decides.
fn is_true(program: &Program, catalogue: &Catalogue, item: ItemIdx) -> bool {
    let mut ctx = Context::default();
    let columns = catalogue.columns();
    let mut number = |name: &str, value: Option<f64>| {
        if let Some(value) = value {
            ctx.add_variable_from_value(name, value);
        }
    };
    let price = catalogue.price(item).map(|price| price.minor as f64 / 100.0);
    number("price", price);
    number("useful_life_days", catalogue.useful_life_days(item).map(f64::from));
    number("pack_size", Some(f64::from(catalogue.pack_size(item))));
    number(
        "available_at",
        Some(columns.available_at[item.index()]).filter(|&at| at != i64::MIN).map(|at| at as f64),
    );
    for (name, texts) in [
        ("id", &columns.item_id),
        ("title", &columns.title),
        ("brand", &columns.brand),
        ("category", &columns.category),
    ] {
        ctx.add_variable_from_value(name, texts.get(item.index()).to_owned());
    }
    let topics: Vec<String> =
        catalogue.topics(item).map(|topic| catalogue.topic_names().id(topic).to_owned()).collect();
    ctx.add_variable_from_value("topics", topics);
    ctx.add_variable_from_value("adult", columns.adult[item.index()] != 0);
    ctx.add_variable_from_value("price_is_known", price.is_some());
    let added = [
        ctx.add_function("lowerAscii", |This(text): This<Text>| text.to_ascii_lowercase()),
        ctx.add_function("upperAscii", |This(text): This<Text>| text.to_ascii_uppercase()),
        ctx.add_function("matches", |This(text): This<Text>, pattern: Text| {
            regex::Regex::new(&pattern).unwrap().is_match(&text)
        }),
        ctx.add_function("within", |This(text): This<Text>, path: Text| {
            *text == *path || text.starts_with(&format!("{path} > "))
        }),
    ];
    assert!(added.iter().all(Result::is_ok), "no function is there already");
    match program.execute(&ctx) {
        Ok(Value::Bool(value)) => value,
        Ok(other) => panic!("no condition: {other:?}"),
        Err(_) => false,
    }
}

fn compare(source: &str, n_items: usize, seed: u64) -> Result<(), TestCaseError> {
    let in_cel = source
        .replace("has(price)", "price_is_known")
        .replace("timestamp('2020-01-01')", "1577836800000000.0");
    let program = Program::compile(&in_cel).unwrap();
    let catalogue = catalogue(n_items, seed);
    let columns = Columns::new(&catalogue);
    let items = Expr::compile(source).unwrap().evaluate(&columns);
    // Of large catalogues some, all over.
    for item in (0..n_items as u32).step_by(1 + n_items / 150).map(ItemIdx::new) {
        let expected = is_true(&program, &catalogue, item);
        prop_assert_eq!(items.contains(item), expected, "{} of item {:?}", source, item);
    }
    let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    prop_assert_eq!(alone.install(|| Expr::compile(source).unwrap().evaluate(&columns)), items);
    Ok(())
}

proptest! {
    #[test]
    fn columns_and_rows_agree(
        source in condition(),
        n_items in prop_oneof![0_usize..130, Just(1024), Just(1025), 2000_usize..2100, Just(20_000)],
        seed: u64,
    ) {
        compare(&source, n_items, seed)?;
    }
}
