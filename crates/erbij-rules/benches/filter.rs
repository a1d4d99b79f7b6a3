//! How long a filter over a million items takes, and a look-up of its answer.
//!
//! `cargo bench -p erbij-rules --bench filter`
//! `cargo bench -p erbij-rules --bench filter -- cold/regex`
//!
//! Titles are five words of a thousand, brands 5000, categories 2000 on three levels; one item in ten has topics.
//! `cold` reads, checks and evaluates an expression; `candidate` asks a set that is there, `cached` finds it in the
//! cache first; `interpreter` is what the crate `cel` takes by itself, a row at a time, on a thousandth of the rows.

use std::hint::black_box;
use std::sync::Arc;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use erbij_core::{
    Catalogue, CatalogueColumns, Currency, ItemIdx, Placement, RowOffsets, StrColumn, Timestamp,
    TopicColumns, VariantColumns,
};
use erbij_rules::{CacheLimits, Columns, Expr, FilterCache, RuleBook};

const N_ITEMS: usize = 1_000_000;
const N_ROWS: usize = N_ITEMS / 1000;

const EXPRESSIONS: [(&str, &str); 10] = [
    ("brand_and_price", "brand in ['brand 7', 'brand 77', 'brand 777'] && price < 50"),
    ("category", "category.within('Top 3 > Middle 33')"),
    ("arithmetic", "has(price) && price / pack_size < 2.5 && !adult"),
    ("topics", "topics.exists(t, t.startsWith('topic 1'))"),
    ("contains", "title.contains('word77')"),
    ("contains_any_case", "title.lowerAscii().contains('word77')"),
    ("regex_on_category", "category.within('Top 3') && title.matches('(?i)word7[0-9]\\\\b')"),
    ("regex", "title.matches('(?i)word7[0-9]\\\\b')"),
    ("regex_ascii", "title.matches('word7[0-9] ')"),
    ("regex_rare", "title.matches('(?i)espresso|descal')"),
];

/// Numbers at random, the same every time: Knuth's generator, its high bits.
struct Draw(u64);

impl Draw {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }
}

fn texts(mut text: impl FnMut() -> String) -> StrColumn {
    (0..N_ITEMS).map(|_| text()).collect()
}

fn catalogue() -> Catalogue {
    let mut draw = Draw(7);
    let title = texts(|| (0..5).map(|_| format!("word{} ", draw.below(1000))).collect());
    let brand = texts(|| format!("brand {}", draw.below(5000)));
    let category = texts(|| {
        let leaf = draw.below(2000);
        format!("Top {} > Middle {} > Leaf {leaf}", leaf % 10, leaf % 100)
    });
    let lens: Vec<usize> = (0..N_ITEMS).map(|item| if item % 10 == 0 { 3 } else { 0 }).collect();
    let n_topics: usize = lens.iter().sum();
    let topics = TopicColumns {
        names: (0..3000).map(|topic| format!("topic {topic}")).collect(),
        topics: (0..n_topics).map(|place| (place % 3 * 1000 + place * 7 % 1000) as u32).collect(),
        rows: RowOffsets::from_lens(lens),
    };
    let columns = CatalogueColumns {
        title,
        brand,
        category,
        topics,
        price_minor: (0..N_ITEMS as i64).map(|item| 100 + item * 7919 % 20_000).collect(),
        pack_size: (0..N_ITEMS).map(|item| (1 + item % 6) as f32).collect(),
        adult: (0..N_ITEMS).map(|item| u8::from(item % 50 == 0)).collect(),
        ..CatalogueColumns::of_ids((0..N_ITEMS).map(|item| format!("i{item}")).collect())
    };
    Catalogue::new(columns, VariantColumns::default(), Currency::EUR).expect("valid")
}

fn filter(criterion: &mut Criterion) {
    let catalogue = catalogue();
    let columns = Arc::new(Columns::new(&catalogue));
    criterion.bench_function("columns", |bencher| bencher.iter(|| Columns::new(&catalogue)));

    let mut cold = criterion.benchmark_group("cold");
    cold.sample_size(30).throughput(Throughput::Elements(N_ITEMS as u64));
    for (name, source) in EXPRESSIONS {
        cold.bench_with_input(BenchmarkId::from_parameter(name), source, |bencher, source| {
            bencher.iter(|| Expr::compile(source).expect("valid").evaluate(&columns).len());
        });
    }
    cold.finish();
    for (name, source) in EXPRESSIONS {
        criterion.bench_function(&format!("compile/{name}"), |bencher| {
            bencher.iter(|| Expr::compile(black_box(source)).expect("valid"));
        });
    }

    let cache = FilterCache::new(Arc::clone(&columns), CacheLimits::default());
    let (_, source) = EXPRESSIONS[0];
    let items = cache.items(source).expect("valid");
    let mut item = 0;
    let mut next = move || {
        item = (item + 7919) % N_ITEMS as u32;
        ItemIdx::new(item)
    };
    criterion.bench_function("candidate", |bencher| bencher.iter(|| items.contains(next())));
    criterion
        .bench_function("cached", |bencher| bencher.iter(|| cache.items(black_box(source)).expect("valid")));

    rules(criterion, &columns);
    interpreter(criterion, &catalogue);
}

/// A query's share of a book of twenty rules, with a thousand candidates.
fn rules(criterion: &mut Criterion, columns: &Arc<Columns>) {
    let rule = |number: usize| {
        let items = format!("items = \"brand == 'brand {number}'\"");
        let action = ["hide", "boost\"\nfactor = 1.5 #\"", "other_category"][number % 3];
        format!("[[rules]]\nname = \"{number}\"\n{items}\naction = \"{action}\"\n")
    };
    let text: String = (0..20).map(rule).collect();
    let book = RuleBook::read(&text).and_then(|book| book.check()).expect("valid");
    let compiled = book.compile(columns);
    let now = Timestamp::from_micros(0);
    let anchors: Vec<ItemIdx> = (0..3).map(ItemIdx::new).collect();
    criterion.bench_function("rules/20_rules_1000_candidates", |bencher| {
        bencher.iter(|| {
            let active = compiled.active(Placement::Basket, now, &anchors);
            let candidates = (0..1000_u32).map(|place| ItemIdx::new(place * 997));
            candidates
                .filter(|&item| active.hidden_by(item).is_none())
                .map(|item| active.boost(item))
                .sum::<f32>()
        });
    });
}

fn interpreter(criterion: &mut Criterion, catalogue: &Catalogue) {
    let mut group = criterion.benchmark_group("interpreter");
    group.throughput(Throughput::Elements(N_ROWS as u64));
    for (name, source) in
        [EXPRESSIONS[0], ("category", "category.startsWith('Top 3 > Middle 33')"), EXPRESSIONS[4]]
    {
        let program = cel::Program::compile(&source.replace("< 50", "< 50.0")).expect("valid");
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                (0..N_ROWS as u32)
                    .map(ItemIdx::new)
                    .filter(|&item| is_true(&program, catalogue, item))
                    .count()
            });
        });
    }
    group.finish();
}

fn is_true(program: &cel::Program, catalogue: &Catalogue, item: ItemIdx) -> bool {
    let mut ctx = cel::Context::default();
    let category = catalogue.category(item).map_or("", |category| catalogue.categories().path(category));
    ctx.add_variable_from_value("brand", catalogue.brand(item).to_owned());
    ctx.add_variable_from_value("title", catalogue.title(item).to_owned());
    ctx.add_variable_from_value("category", category.to_owned());
    ctx.add_variable_from_value(
        "price",
        catalogue.price(item).map_or(f64::NAN, |price| price.minor as f64 / 100.0),
    );
    matches!(program.execute(&ctx), Ok(cel::Value::Bool(true)))
}

criterion_group!(benches, filter);
criterion_main!(benches);
