//! A small shop, and what is asked of it.

use std::sync::Arc;

use erbij_core::{
    Catalogue, CatalogueColumns, Currency, NO_PRICE, RowOffsets, StrColumn, Timestamp, TopicColumns,
    VariantColumns,
};

use super::*;

mod errors;
mod hostile;
mod meaning;
mod oracle;
mod page;
mod rules;

/// Ten items, of which little is known of some. Ids are their places.
fn shop() -> Catalogue {
    let texts = |texts: [&str; 10]| texts.iter().collect::<StrColumn>();
    let at = |text| Timestamp::parse(text).unwrap().micros();
    let columns = CatalogueColumns {
        title: texts([
            "Espresso machine",
            "Descaler",
            "Crème brûlée torch",
            "Milk frother",
            "",
            "Sparkler set",
            "Rocket XL",
            "Rocket bag",
            "How to brew",
            "Delivery",
        ]),
        brand: texts(["Acme", "Acme", "Brûlée & Co", "acme", "", "Boom", "Boom", "Boom", "", ""]),
        category: texts([
            "Home > Coffee",
            "Home > Coffee > Care",
            "Home > Kitchen",
            "Home > Coffee",
            "",
            "Garden > Fireworks",
            "Garden > Fireworks > Rockets",
            "Garden > Fireworks and more",
            "Home > Coffee",
            "",
        ]),
        price_minor: vec![49900, 1999, NO_PRICE, 2999, 0, 499, 1250, 700, NO_PRICE, 495].into(),
        availability: vec![0, 0, 0, 1, 0, 2, 3, 0, 0, 0].into(),
        kind: vec![0, 0, 0, 0, 0, 0, 0, 0, 1, 2].into(),
        adult: vec![0, 0, 0, 0, 0, 1, 1, 0, 0, 0].into(),
        listed: vec![1, 1, 1, 1, 0, 1, 1, 1, 1, 1].into(),
        useful_life_days: vec![3650, 0, 0, 1825, 0, 0, 0, 0, 0, 0].into(),
        pack_size: vec![1.0, 6.0, 1.0, 1.0, 1.0, 10.0, 0.5, 1.0, 1.0, 1.0].into(),
        available_at: {
            let mut instants = vec![i64::MIN; 10];
            instants[6] = at("2026-12-28");
            instants.into()
        },
        topics: TopicColumns {
            names: ["coffee", "care", "party", "of no item"].iter().collect(),
            rows: RowOffsets::from_lens([1, 2, 0, 1, 0, 1, 1, 1, 1, 0]),
            topics: vec![0, 0, 1, 0, 2, 2, 2, 0].into(),
        },
        ..CatalogueColumns::of_ids((0..10).map(|id| id.to_string()).collect())
    };
    Catalogue::new(columns, VariantColumns::default(), Currency::EUR).unwrap()
}

fn shop_columns() -> Arc<Columns> {
    Arc::new(Columns::new(&shop()))
}

/// The ids of the items that an expression chooses, joined.
fn chosen(source: &str, columns: &Columns) -> String {
    let expr = Expr::compile(source).unwrap_or_else(|error| panic!("{source}: {error}"));
    expr.evaluate(columns).iter().map(|item| item.get().to_string()).collect()
}
