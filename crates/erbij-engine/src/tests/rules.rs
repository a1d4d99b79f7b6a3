//! The shop's word on a slate, and why an item is not on one.

use erbij_rules::CheckedRuleBook;

use super::belongings::answer;
use super::*;

fn engine_with(rules: &str) -> Engine {
    let book = CheckedRuleBook::read(rules).expect("good rules");
    Engine::new(model_set(|_| {})).with_rules(&book)
}

fn rule(more: &str) -> String {
    format!("[[rules]]\nname = 'a rule'\n{more}\n")
}

#[test]
fn rules_hide_pin_and_boost() {
    let check = |rules: &str, placement, who, anchors: &[ItemIdx], expected: &[&str]| {
        let engine = engine_with(rules);
        let slate = engine.recommend(&ask(placement, who, anchors), &mut engine.new_scratch());
        let shown: Vec<String> = slate
            .items
            .iter()
            .map(|item| format!("{} {}", TITLES[item.item.index()], item.source.name()))
            .collect();
        assert_eq!(shown, expected, "{rules}");
    };
    let machine = [ItemIdx::new(0)];
    let unknown = Person::Nobody;
    check(
        "",
        Placement::ItemPage,
        unknown,
        &machine,
        &["descaler related", "milk frother related", "filters related", "kettle popularity"],
    );
    let hide = rule("items = 'title == \"descaler\"'\naction = 'hide'");
    let without = ["milk frother related", "filters related", "kettle popularity", "toaster popularity"];
    check(&hide, Placement::ItemPage, unknown, &machine, &without);
    // What is not on the slate comes on it, what is moves up, what is sold out does neither.
    let pin = |title: &str| rule(&format!("items = 'title in [{title}]'\naction = 'pin'\nposition = 2"));
    check(
        &pin("'toaster'".replace('\'', "\"").as_str()),
        Placement::ItemPage,
        unknown,
        &machine,
        &["descaler related", "toaster pinned", "milk frother related", "filters related"],
    );
    check(
        &pin("\"sold-out cup\", \"filters\""),
        Placement::ItemPage,
        unknown,
        &machine,
        &["descaler related", "filters pinned", "milk frother related", "kettle popularity"],
    );
    let boost = rule("items = 'title == \"milk frother\"'\naction = 'boost'\nfactor = 10");
    check(
        &boost,
        Placement::ItemPage,
        unknown,
        &machine,
        &["milk frother related", "descaler related", "filters related", "kettle popularity"],
    );
    // What sells is boosted as well.
    let boost = rule("items = 'title == \"toaster\"'\naction = 'boost'\nfactor = 100");
    check(
        &boost,
        Placement::Home,
        unknown,
        &[],
        &[
            "toaster popularity",
            "espresso machine popularity",
            "descaler popularity",
            "milk frother popularity",
        ],
    );
    let same = rule("action = 'same_category'");
    let coffee = ["descaler related", "milk frother related", "filters related"];
    check(&same, Placement::ItemPage, unknown, &machine, &coffee);
    let other = rule("action = 'other_category'");
    let kitchen = ["kettle popularity", "toaster popularity", "smoke detector range"];
    check(&other, Placement::ItemPage, unknown, &machine, &kitchen);
    // A rule holds where and while it says so.
    let elsewhere = format!("{hide}placements = ['home']\n");
    check(
        &elsewhere,
        Placement::ItemPage,
        unknown,
        &machine,
        &["descaler related", "milk frother related", "filters related", "kettle popularity"],
    );
    let over = format!("{hide}until = 1970-04-11\n");
    check(
        &over,
        Placement::Home,
        customer(5),
        &[],
        &["milk frother personal", "filters personal", "kettle popularity", "toaster popularity"],
    );
}

#[test]
fn a_filter_leaves_nothing_else() {
    let engine = engine_with("");
    let filter = engine.filter("category == 'Kitchen'").expect("a condition");
    let query = Query { filter: Some(&filter), ..ask(Placement::Home, customer(5), &[]) };
    expect![[r#"
        kettle: Veel gekozen door andere klanten (popularity)
        toaster: Veel gekozen door andere klanten (popularity)
        left out: 0 excluded, 2 bought, 0 out of stock, 0 ineligible, 4 filtered
    "#]]
    .assert_eq(&answer(&engine, query));
    assert!(engine.filter("categry == 'Kitchen'").is_err());
}

#[test]
fn every_step_tells_that_it_kept_an_item_out() {
    let rules = rule("items = 'title == \"toaster\"'\naction = 'hide'");
    let engine = engine_with(&rules);
    let mut scratch = engine.new_scratch();
    let mut check = |query: Query<'_>, item: u32, step: &str, sentence: &str| {
        let item = ItemIdx::new(item);
        let why_not = engine.why_not(&query, item, &mut scratch);
        assert_eq!(why_not.standing.step(), step, "{item:?}");
        assert_eq!(why_not.sentence(&engine, &query, item, Language::English), sentence);
        // The slate is as it would have been, and the scratch as it was.
        assert_eq!(why_not.slate, engine.recommend(&query, &mut scratch));
    };
    let home = || ask(Placement::Home, customer(5), &[]);
    let bought = "milk frother is in place 1: Because you bought espresso machine on 6 April 1970";
    check(home(), 3, "shown", bought);
    check(home(), 0, "already_bought", "espresso machine is left out: the customer bought it before");
    check(home(), 5, "rule", "toaster is left out: the rule `a rule` hides it");
    check(home(), 6, "out_of_stock", "sold-out cup is left out: it is out of stock");
    let alone = || Query { ranking: Ranking::Only(BlendPart::Affinity), ..home() };
    check(alone(), 7, "not_a_candidate", "no source brings smoke detector up among the first 1000");
    let short = || Query { n: 1, ..home() };
    check(short(), 4, "score", "kettle is in place 3 (source `popularity`); asked for are 1");
    let exclude = [ItemIdx::new(3)];
    let excluded = "milk frother is left out: the question is about it, or excludes it";
    check(Query { exclude: &exclude, ..home() }, 3, "excluded", excluded);
    let filter = engine.filter("category == 'Kitchen'").expect("a condition");
    let filtered = "milk frother is left out: the question filters it out";
    check(Query { filter: Some(&filter), ..home() }, 3, "filter", filtered);
}

#[test]
fn the_rules_that_pin_or_boost_are_named() {
    let rule = |name: &str, items: &str, more: &str| {
        format!("[[rules]]\nname = '{name}'\nitems = 'title in [{items}]'\n{more}\n")
    };
    let book = [
        rule("first", "\"sold-out cup\", \"toaster\", \"kettle\"", "action = 'pin'\nposition = 2"),
        rule("more", "\"milk frother\", \"toaster\"", "action = 'boost'\nfactor = 2.5"),
        rule("less", "\"milk frother\"", "action = 'boost'\nfactor = 0.5"),
        rule("never", "\"filters\"", "action = 'hide'"),
        rule("never again", "\"filters\"", "action = 'hide'"),
        rule("twice", "\"filters\"", "action = 'boost'\nfactor = 2"),
    ];
    let engine = engine_with(&book.concat());
    let mut scratch = engine.new_scratch();
    let query = ask(Placement::Home, customer(5), &[]);
    let mut check = |item: u32, rules: &[(&str, RuleDoes)], sentence: &str| {
        let item = ItemIdx::new(item);
        let why_not = engine.why_not(&query, item, &mut scratch);
        let told: Vec<_> = why_not.rules.iter().map(|on| (on.rule.as_str(), on.does)).collect();
        assert_eq!(told, rules, "{item:?}");
        assert_eq!(why_not.sentence(&engine, &query, item, Language::English), sentence);
    };
    let (pinned, boosted) = (RuleDoes::Pins { position: 2 }, |factor| RuleDoes::Boosts { factor });
    // The kettle sells better than the toaster, so of the two it has the place.
    let kettle = "kettle is in place 2: Picked for you by the shop; the rule `first` puts it in place 2";
    check(4, &[("first", pinned)], kettle);
    let toaster =
        "toaster is in place 3: Popular with other customers; the rule `more` multiplies its score by 2.5";
    check(5, &[("more", boosted(2.5))], toaster);
    let frother = "milk frother is in place 1: Because you bought espresso machine on 6 April 1970; the rule `more` \
                   multiplies its score by 2.5; the rule `less` multiplies its score by 0.5";
    check(3, &[("more", boosted(2.5)), ("less", boosted(0.5))], frother);
    let filters =
        "filters is left out: the rule `never` hides it; the rule `twice` multiplies its score by 2";
    let hides = RuleDoes::Hides;
    check(2, &[("never", hides), ("never again", hides), ("twice", boosted(2.0))], filters);
    check(6, &[], "sold-out cup is left out: it is out of stock");
}

#[test]
fn what_chance_moves_off_a_slate_is_told_apart_from_what_others_outscore() {
    let anchors = [ItemIdx::new(0)];
    let query = Query { n: 1, ..ask(Placement::ItemPage, Person::Nobody, &anchors) };
    let steps: std::collections::BTreeSet<&str> = (0..10)
        .map(|seed| {
            let text =
                format!("[placements.item_page]\nrotation_temperature = 100.0\nrotation_seed = {seed}");
            let recipe = Recipe::parse(&text).expect("valid");
            let engine = Engine::new(model_set_asked_for(&recipe, |_| {}));
            engine.why_not(&query, ItemIdx::new(1), &mut engine.new_scratch()).standing.step()
        })
        .collect();
    // The descaler scores best; another draw puts the frother before it.
    assert_eq!(steps.into_iter().collect::<Vec<_>>(), ["cap", "shown"]);
}
