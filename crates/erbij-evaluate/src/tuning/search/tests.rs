use serde_json::json;

use super::*;

fn check(text: &str) -> Search {
    SearchParams::parse(text).expect(text).check().expect(text)
}

fn refusal_of(text: &str) -> String {
    match SearchParams::parse(text) {
        Ok(params) => params.check().expect_err(text).to_string(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn what_is_no_search_says_where() {
    for (space, expected) in [
        ("", "`[space]` is empty; name what may vary, as `\"rp3beta.alpha\" = { from = 0.0, to = 2.0 }`"),
        (
            "'rp3beta.alhpa' = { from = 0.0, to = 2.0 }",
            "in `[space]`, `rp3beta.alhpa`: unknown key `alhpa`; did you mean `alpha`?",
        ),
        (
            "'rp3bta.alpha' = { from = 0.0, to = 2.0 }",
            "in `[space]`, `rp3bta.alpha`: unknown key `rp3bta`; did you mean `rp3beta`?",
        ),
        (
            "'affinity.measure' = ['cosin', 'jaccard']",
            "in `[space]`, `affinity.measure`: unknown value `cosin`; did you mean `cosine`?",
        ),
        (
            "'rp3beta.neighbours' = { from = 5, to = 10.5 }",
            "in `[space]`, `rp3beta.neighbours`: invalid type: floating point `10.5`, expected u32",
        ),
        (
            "'rp3beta.alpha' = { from = 2.0, to = 0.5 }",
            "in `[space]`, `rp3beta.alpha`: `from` is 2.0 and `to` is 0.5; `from` must be below `to`",
        ),
        (
            "'rp3beta.alpha' = { from = 0.0, to = 0.5, scale = 'log' }",
            "in `[space]`, `rp3beta.alpha`: `from` is 0.0; with `scale = \"log\"` it must be above 0",
        ),
        (
            "'rp3beta.alpha' = { from = 0.0, to = 0.5, scale = 'logg' }",
            "line 3: unknown value `logg`; did you mean `log`?",
        ),
        ("'rp3beta.alpha' = { from = 0.0, too = 0.5 }", "line 3: unknown key `too`; did you mean `to`?"),
        (
            "'rp3beta.alpha' = 1.0",
            "line 3: invalid type: floating point `1.0`, expected a range as `{ from = 0.0, to = 2.0 }` or choices as `[\"cosine\", \"jaccard\"]`",
        ),
        ("'rp3beta.alpha' = []", "in `[space]`, `rp3beta.alpha`: expected at least one choice"),
        ("'rp3beta.alpha' = [1.0, 1.0]", "in `[space]`, `rp3beta.alpha`: the choice 1.0 stands twice"),
        (
            "'rp3beta alpha' = [1.0]",
            "in `[space]`, `rp3beta alpha`: expected a key with its table, as `rp3beta.alpha`",
        ),
        ("'rp3beta.alpha' = [1.0]\n[budget]\ntrials = 0", "in `[budget]`, `trials` is 0, expected 1 to 1000"),
        (
            "'rp3beta.alpha' = [1.0]\n[budget]\nshare = nan",
            "in `[budget]`, `share` is NaN, expected a number above 0, to 1",
        ),
    ] {
        assert_eq!(refusal_of(&format!("metric = 'ndcg_at_20'\n[space]\n{space}")), expected);
    }
    let of_metric =
        |metric: &str| refusal_of(&format!("metric = '{metric}'\n[space]\n'rp3beta.alpha' = [1]"));
    assert!(of_metric("ndgc_at_20").contains("did you mean `ndcg_at_20`?"));
    assert!(of_metric("novelty_at_20").starts_with("`metric` is `novelty_at_20`, which does not say"));
}

#[test]
fn an_axis_maps_the_unit_onto_its_values_and_back() {
    let axis = |text: &str| {
        let search = check(&format!("metric = 'recall_at_5'\n[space]\n{text}"));
        search.axes().next().expect("one").clone()
    };
    for (text, unit, value) in [
        ("'rp3beta.alpha' = { from = 0.0, to = 2.0 }", 0.25, json!(0.5)),
        ("'rp3beta.alpha' = { from = 0.0, to = 2.0 }", 1.0, json!(2.0)),
        ("'rp3beta.alpha' = { from = 0.0, to = 2.0 }", 1.0 / 3.0, json!(0.6667)),
        ("'rp3beta.alpha' = { from = 0.01, to = 1.0, scale = 'log' }", 0.5, json!(0.1)),
        ("'rp3beta.neighbours' = { from = 10, to = 1000, scale = 'log' }", 0.5, json!(100)),
        ("'rp3beta.neighbours' = { from = 10, to = 20 }", 0.04, json!(10)),
        ("'rp3beta.neighbours' = { from = 10, to = 20 }", 0.06, json!(11)),
        ("'affinity.measure' = ['cosine', 'jaccard']", 0.49, json!("cosine")),
        ("'affinity.measure' = ['cosine', 'jaccard']", 0.5, json!("jaccard")),
        ("'affinity.measure' = ['cosine', 'jaccard']", 1.0, json!("jaccard")),
    ] {
        let axis = axis(text);
        assert_eq!(axis.value_at(unit), value, "{text} at {unit}");
        let back = axis.unit_of(&value).expect("its own value");
        assert_eq!(axis.value_at(back), value, "{text} at {back}");
    }
    let range = axis("'rp3beta.alpha' = { from = 1.0, to = 2.0 }");
    for (value, unit) in [(json!(0.5), Some(0.0)), (json!(7), Some(1.0)), (json!("a"), None)] {
        assert_eq!(range.unit_of(&value), unit);
    }
}

#[test]
fn a_point_is_applied_and_read_back() {
    let search = check(
        "metric = 'ndcg_at_20'
        [space]
        'affinity.measure' = ['cosine', 'shrunk_log_lift']
        'affinity.shrinkage' = { from = 0.0, to = 10.0 }
        'placements.home.min_relevance' = { from = 0.0, to = 1.0 }
        'rp3beta.neighbours' = { from = 5, to = 1000, scale = 'log' }",
    );
    let recipe = Recipe::default();
    // What the default recipe leaves unset is not there, and lies in the middle.
    let given = search.params_of(&recipe);
    assert_eq!(
        serde_json::to_value(&given).expect("plain"),
        json!({ "affinity.measure": "shrunk_log_lift", "rp3beta.neighbours": 200 })
    );
    let units = search.units_of(&given);
    assert_eq!(units[..3], [0.75, 0.5, 0.5]);
    assert!((units[3] - (200.0_f64 / 5.0).ln() / 200.0_f64.ln()).abs() < 1e-12);
    let params = search.params_at(&[0.9, 0.3, 0.25, 1.0]);
    let changed = search.apply(&params, &recipe).expect("in range");
    assert_eq!(search.params_of(changed.recipe()), params);
    assert_eq!(changed.recipe().rp3beta.neighbours, 1000);
    assert_eq!(changed.recipe().affinity.shrinkage, Some(3.0));
    assert_eq!(changed.placement(erbij_core::Placement::Home).min_relevance(), 0.25);
}

#[test]
fn a_search_survives_being_written_and_read() {
    let search = check("metric = 'ndcg_at_20'\n[space]\n'rp3beta.alpha' = { from = 0.0, to = 2.0 }");
    let json = serde_json::to_string(search.params()).expect("plain data");
    assert_eq!(&serde_json::from_str::<SearchParams>(&json).expect("its own words"), search.params());
}
