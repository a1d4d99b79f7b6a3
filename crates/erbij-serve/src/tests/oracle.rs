//! The answer put together by hand is, byte for byte, the one serde writes; only `<` is escaped besides.

use erbij_core::{ItemIdx, Placement, StrColumn};
use erbij_engine::{Engine, Language, Person, Query, Slate};
use erbij_export::{price_parts, rounded};
use proptest::prelude::*;
use uuid::Uuid;

use super::shop;
use crate::answer::{NotHeard, answer_bytes};
use crate::question::Question;
use crate::snapshot::Snapshot;
use crate::{Contribution, Ignored, LeftOutCounts, PlacementName, Price, RecommendAnswer, RecommendedItem};

/// The same answer, the slow way.
fn oracle(
    id: Uuid,
    snapshot: &Snapshot,
    question: &Question,
    not_heard: &NotHeard<'_>,
    slate: &Slate,
) -> RecommendAnswer {
    let catalogue = &snapshot.engine.models().catalogue;
    let id_of = |item: ItemIdx| catalogue.items().id(item).to_owned();
    let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let score = |score: f32| rounded(score);
    let columns = catalogue.columns();
    let item_of = |item: &erbij_engine::SlateItem| RecommendedItem {
        item_id: id_of(item.item),
        variant_id: text(columns.variant_id.get(item.item.index())),
        title: catalogue.title(item.item).to_owned(),
        url: text(columns.link.get(item.item.index())),
        image_url: text(columns.image_link.get(item.item.index())),
        price: catalogue.price(item.item).map(|price| {
            let (amount, currency) = price_parts(price);
            Price { amount, currency }
        }),
        score: score(snapshot.engine.shown_score(item)),
        source: item.source.name().to_owned(),
        reason_code: item.reason.code().to_owned(),
        reason_text: item.reason.sentence(catalogue, question.language),
        source_item: item.reason.source_item().map(id_of),
        contributions: question.explain.then(|| {
            let contributions = item.contributions.iter();
            contributions
                .map(|&(from, by)| Contribution { item_id: id_of(from), score: score(by.get()) })
                .collect()
        }),
    };
    let left_out = slate.left_out;
    RecommendAnswer {
        recommendation_id: id.to_string(),
        model_version: snapshot.artifact_id.clone(),
        placement: match question.placement {
            Placement::ItemPage => PlacementName::ItemPage,
            Placement::Basket => PlacementName::Basket,
            Placement::AfterOrder => PlacementName::AfterOrder,
            Placement::Home => PlacementName::Home,
            Placement::Newsletter => PlacementName::Newsletter,
        },
        items: slate.items.iter().map(item_of).collect(),
        fallback_used: slate.fallback_used().map(|source| source.name().to_owned()),
        unknown_items: not_heard.unknown_items.iter().map(|&id| id.to_owned()).collect(),
        ignored: not_heard.ignored.clone(),
        left_out: question.explain.then_some(LeftOutCounts {
            excluded: left_out.excluded,
            already_bought: left_out.already_bought,
            owned: left_out.owned,
            hidden: left_out.hidden,
            filtered: left_out.filtered,
            out_of_stock: left_out.out_of_stock,
            ineligible: left_out.ineligible,
        }),
        empty_reason: slate.empty_because.map(|because| because.name().to_owned()),
    }
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), Just(String::new()), Just("</script>\"\\\u{1f}\u{2028}".to_owned())]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn an_answer_by_hand_is_an_answer_by_serde(
        titles in proptest::collection::vec(any_text(), 8),
        links in proptest::collection::vec(any_text(), 8),
        prices in proptest::collection::vec(any::<i64>(), 8),
        unknown in proptest::collection::vec(any_text(), 0..3),
        questions in proptest::collection::vec(
            (0_usize..4, 0_u32..12, proptest::collection::vec(0_u32..8, 0..4), 1_usize..12, any::<bool>(), any::<bool>()),
            12,
        ),
    ) {
        let models = shop::models(|columns| {
            let ids: Vec<String> = titles.iter().enumerate().map(|(row, title)| format!("{row}{title}")).collect();
            columns.item_id = ids.iter().collect::<StrColumn>();
            columns.title = titles.iter().collect();
            columns.variant_id = links.iter().rev().collect();
            columns.link = links.iter().collect();
            columns.image_link = titles.iter().rev().collect();
            columns.category = titles.iter().map(|title| format!("All > {title}")).collect();
            columns.price_minor = prices.into();
        });
        let snapshot = Snapshot::new(1, "an artifact".to_owned(), Engine::new(models), 1, shop::NOW);
        let unknown_items: Vec<&str> = unknown.iter().map(String::as_str).collect();
        let ignored = unknown.iter().enumerate().map(|(at, id)| Ignored {
            field: "items".to_owned(), value: (0 < at).then(|| id.clone()), why: "unknown_id".to_owned(),
        });
        let not_heard = NotHeard { unknown_items, ignored: ignored.collect() };
        for (placement, customer, anchors, n, explain, is_dutch) in questions {
            let anchors: Vec<ItemIdx> = anchors.into_iter().map(ItemIdx::new).collect();
            let placement = Placement::ALL[placement];
            let language = if is_dutch { Language::Dutch } else { Language::English };
            let question = Question { events: Vec::new(), personalisation: None,
                placement, customer_id: None, visitor_id: None, items: Vec::new(), session_items: Vec::new(), owned_items: Vec::new(), n, exclude: Vec::new(), filter: None, explain, language,
            };
            let who = if customer < 11 { Person::replayed(erbij_core::CustomerIdx::new(customer)) } else { Person::Nobody };
            let query = Query { anchors: &anchors, n, explain, ..Query::new(placement, who, shop::NOW) };
            let slate = snapshot.with_scratch(|scratch| snapshot.engine.recommend(&query, scratch));
            let id = Uuid::from_u128(7);
            let by_hand = answer_bytes(id, &snapshot, &question, &not_heard, &slate);
            let by_hand = String::from_utf8(by_hand).expect("text");
            let answer = oracle(id, &snapshot, &question, &not_heard, &slate);
            let by_serde = serde_json::to_string(&answer).expect("plain data");
            prop_assert_eq!(&by_hand, &by_serde.replace('<', "\\u003c"));
            let read: RecommendAnswer = serde_json::from_str(&by_hand).expect("its own type");
            prop_assert_eq!(read, answer);
        }
    }
}
