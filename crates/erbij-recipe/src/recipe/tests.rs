//! What a recipe may say, and what it is told where it may not.

use super::*;

#[test]
fn an_empty_recipe_is_the_default_one() {
    assert_eq!(Recipe::parse(""), Ok(Recipe::default()));
    assert!(Recipe::default().check().is_ok());
}

#[test]
fn a_recipe_survives_being_written_and_read() {
    let text =
        "name = 'spring'\n[affinity]\nmeasure = 'jaccard'\n[placements.basket]\nalready_bought = 'keep'";
    let recipe = Recipe::parse(text).expect("valid");
    let json = serde_json::to_string(&recipe).expect("plain data");
    assert_eq!(serde_json::from_str::<Recipe>(&json).expect("its own words"), recipe);
    let checked = recipe.check().expect("in range");
    assert_eq!(checked.already_bought(Placement::Basket), AlreadyBought::Keep);
    assert_eq!(checked.already_bought(Placement::Newsletter), AlreadyBought::Exclude);
    assert_eq!(checked.already_bought(Placement::ItemPage), AlreadyBought::Keep);
}

#[test]
fn what_is_out_of_range_is_refused_with_its_place() {
    let check = |text: &str, expected: &str| {
        let error = Recipe::parse(text).map_err(RecipeError::from).and_then(Recipe::check).expect_err(text);
        assert_eq!(error.to_string(), expected);
    };
    check(
        "name = '../up'",
        "`name` is `../up`, expected 1 to 64 of `a-z 0-9 _ -`, the first a letter or a digit",
    );
    check("[history]\nmax_age_days = 0", "in table `history`: `max_age_days` is 0, expected at least 1");
    check(
        "[affinity]\nshrinkage = -1.0",
        "in table `affinity`: `shrinkage` is -1, expected a number from 0 to 1000000",
    );
    check(
        "[affinity]\nshrinkage = nan",
        "in table `affinity`: `shrinkage` is NaN, expected a number from 0 to 1000000",
    );
    check("[rp3beta]\nneighbours = 0", "in table `rp3beta`: `neighbours` is 0, expected 1 to 10000");
    check("[personal]\nmodels = []", "in table `personal`: `models` is 0, expected one or more, each once");
    check("[personal]\nmodels = ['eese']", "line 2: unknown value `eese`; did you mean `ease`?");
    check("[blend]\nl2 = 0.0", "in table `blend`: `l2` is 0, expected a number above 0");
    check("[popularity]\nwindow_days = 0", "in table `popularity`: `window_days` is 0, expected 1 to 3650");
    check("[afinity]\n", "line 1: unknown key `afinity`; did you mean `affinity`?");
    check("[placements.hom]\nalready_bought = 'keep'", "line 1: unknown value `hom`; did you mean `home`?");
}

#[test]
fn what_a_placement_cannot_ask_for_is_refused_with_its_place() {
    let check = |text: &str, expected: &str| {
        let text = format!("[placements.home]\n{text}");
        let error = Recipe::parse(&text).map_err(RecipeError::from).and_then(Recipe::check).expect_err(&text);
        assert_eq!(error.to_string(), expected);
    };
    check("diversety = 'mmr'", "line 2: unknown key `diversety`; did you mean `diversity`?");
    check("diversity = 'calibrate'", "line 2: unknown value `calibrate`; did you mean `calibrated`?");
    check(
        "diversity = 'mmr'\ndiversity_strength = 1.5",
        "in table `placements.home`: `diversity_strength` is 1.5, expected a number from 0 to 1",
    );
    check(
        "diversity_strength = 0.5",
        "in table `placements.home`: `diversity_strength` is 0.5, expected nothing, since `diversity` is `none`",
    );
    check(
        "diversity = 'calibrated'\ncandidates = 0",
        "in table `placements.home`: `candidates` is 0, expected 1 to 10000",
    );
    check(
        "candidates = 50",
        "in table `placements.home`: `candidates` is 50, expected nothing, since neither `diversity` nor `rotation_temperature` chooses from them",
    );
    check(
        "min_relevance = -0.1",
        "in table `placements.home`: `min_relevance` is -0.1, expected a number from 0 to 1",
    );
    check(
        "rotation_temperature = nan",
        "in table `placements.home`: `rotation_temperature` is NaN, expected a number from 0 to 100",
    );
    check(
        "rotation_temperature = inf",
        "in table `placements.home`: `rotation_temperature` is inf, expected a number from 0 to 100",
    );
}

#[test]
fn a_placement_keeps_the_defaults_of_what_it_does_not_name() {
    let text = "[placements.item_page]\ndiversity = 'mmr'\n[placements.basket]\nmin_relevance = 0.5";
    let checked = Recipe::parse(text).expect("valid").check().expect("in range");
    assert_eq!(checked.already_bought(Placement::ItemPage), AlreadyBought::Keep);
    assert_eq!(checked.placement(Placement::ItemPage).diversity_strength(), 0.3);
    assert_eq!(checked.already_bought(Placement::Basket), AlreadyBought::Exclude);
    assert_eq!(checked.placement(Placement::Basket).min_relevance(), 0.5);
    assert_eq!(checked.placement(Placement::Home), CheckedPlacementParams::default_of(Placement::Home));
}
