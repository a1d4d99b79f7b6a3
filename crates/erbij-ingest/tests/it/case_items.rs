//! Situations that shops were found in: what is right of their catalogues, and how these meet the orders.

use std::sync::Arc;

use arrow_array::{ArrayRef, Date32Array, Float64Array, Int32Array, Int64Array, TimestampMicrosecondArray};
use erbij_core::{Availability, ItemIdx};

use crate::cases::{Columns, catalogue, hints, read, shop, with, without};
use crate::support::{counts, idx, instants, text};

#[test]
fn a_parent_of_0_makes_no_group() {
    for zero in [Arc::new(Int64Array::from(vec![0, 0])) as ArrayRef, text(["0", "-1"].map(Some))] {
        let ingested = read(shop(), Some(with(catalogue(), vec![("parent_id", zero)])), "");
        assert_eq!(ingested.report.n_items, 2);
        assert!(hints(&ingested.report, "items").contains("treated as no group"));
    }
}

#[test]
fn never_and_always_are_no_dates() {
    let micros = |at: &str| erbij_core::Timestamp::parse(at).expect("an instant").micros();
    let whole = |value: i64| -> ArrayRef { Arc::new(Int64Array::from(vec![value; 2])) };
    let stamps = |at: &str| -> ArrayRef { Arc::new(TimestampMicrosecondArray::from(vec![micros(at); 2])) };
    for never in [
        stamps("9999-12-31T23:59:59Z"),
        stamps("1970-01-01"),
        whole(99_991_231),
        whole(253_402_300_799),
        whole(253_402_300_799_000),
        whole(0),
        text([Some("9999-12-31 23:59:59"); 2]),
        text([Some("0000-00-00"); 2]),
        text([Some(""); 2]),
        Arc::new(Date32Array::from(vec![2_932_896; 2])),
    ] {
        let found = format!("{never:?}");
        let ingested = read(shop(), Some(with(catalogue(), vec![("expiration_date", never)])), "");
        let now = crate::support::now();
        assert!(ingested.catalogue.eligibility(ItemIdx::new(0), now).is_ok(), "{found}");
        assert_eq!(counts(&ingested.report.tables["items"]).1, "missing_price 2", "{found}");
    }
    let past = read(shop(), Some(with(catalogue(), vec![("expiration_date", whole(20_240_131))])), "");
    assert!(past.catalogue.eligibility(ItemIdx::new(0), crate::support::now()).is_err());
}

#[test]
fn the_columns_of_ids_are_those_whose_values_meet() {
    let group = text([Some("p1"), Some("p2"), Some("p1"), Some("p2")]);
    let variants = shop()
        .into_iter()
        .map(|(name, column)| (if name == "item_id" { "variant_id" } else { name }, column));
    let columns = with(variants.collect(), vec![("product_id", group)]);
    let ingested =
        read(columns, Some(with(catalogue(), vec![("product_id", text(["p1", "p2"].map(Some)))])), "");
    assert_eq!(ingested.report.tables["orders"].columns["item_id"], "variant_id");
    assert_eq!(ingested.report.share_in_catalogue, Some(1.0));
    assert!(
        hints(&ingested.report, "orders")
            .contains("100.0 % of its values are found in `id` of the catalogue")
    );
    // A number of the line, beside the product.
    let lines: Columns = vec![
        ("order_id", text([Some("o1"), Some("o1"), Some("o2"), Some("o2")])),
        ("item_id", Arc::new(Int32Array::from(vec![1, 2, 1, 2]))),
        ("product_id", Arc::new(Int32Array::from(vec![4, 2, 3, 1]))),
        ("ordered_at", instants([Some("2024-05-01"); 4])),
    ];
    let ingested = read(lines, None, "");
    let orders = &ingested.report.tables["orders"];
    assert_eq!(
        (orders.columns["item_id"].as_str(), orders.columns["line_id"].as_str()),
        ("product_id", "item_id")
    );
}

#[test]
fn tables_that_do_not_meet_are_told() {
    let many = |of: &dyn Fn(usize) -> String| text((0..8).map(|row| Some(of(row))));
    let columns: Columns = vec![
        ("order_id", many(&|row| row.to_string())),
        ("item_id", many(&|row| (row % 4 + 1).to_string())),
        ("ordered_at", instants([Some("2024-05-01"); 8])),
    ];
    let padded = vec![("id", text((1..5).map(|id| Some(format!("{id:06}")))))];
    let ingested = read(columns.clone(), Some(padded.clone()), "");
    let told = hints(&ingested.report, "orders");
    assert!(told.contains("8 of 8 rows name items that the catalogue does not have"), "{told}");
    assert!(told.contains("`000001`") && told.contains("leading_zeros = false"), "{told}");
    let ingested =
        read(columns, Some(padded), "[tables.items.columns]\nid = { column = 'id', leading_zeros = false }");
    assert_eq!(ingested.report.share_in_catalogue, Some(1.0));
}

#[test]
fn what_cannot_be_read_of_the_stock_is_not_in_stock() {
    let check = |name: &'static str, column: ArrayRef, expected: [Availability; 2]| {
        let found = format!("{name} {column:?}");
        let ingested = read(shop(), Some(with(catalogue(), vec![(name, column)])), "");
        let of = |id| ingested.catalogue.availability(idx(&ingested, id));
        assert_eq!([of("mug"), of("pan")], expected, "{found}");
        ingested
    };
    use Availability::{Backorder, InStock, OutOfStock};
    let both = |words: [&str; 2]| text(words.map(Some));
    check("in_stock", Arc::new(Float64Array::from(vec![0.0, 1.0])), [OutOfStock, InStock]);
    check("stock", Arc::new(Int32Array::from(vec![-2, 3])), [OutOfStock, InStock]);
    check("stock", both(["0", "12"]), [OutOfStock, InStock]);
    check("In stock?", both(["0", "1"]), [OutOfStock, InStock]);
    check("Variant Inventory Qty", both(["0", "5"]), [OutOfStock, InStock]);
    check("availability", both(["uitverkocht", "onbackorder"]), [OutOfStock, Backorder]);
    check("availability", both(["N", "draft"]), [OutOfStock, OutOfStock]);
    let ingested = check("availability", both(["wellicht", "in stock"]), [OutOfStock, InStock]);
    assert_eq!(ingested.report.tables["items"].noted["unread_stock"], 1);
    assert!(hints(&ingested.report, "items").contains("such as `wellicht`: not in stock"));
    let said = "[tables.items.columns]\navailability = { column = 'staat', yes = ['ok'], no = ['weg'] }";
    let ingested = read(shop(), Some(with(catalogue(), vec![("staat", both(["weg", "ok"]))])), said);
    assert_eq!(ingested.catalogue.availability(idx(&ingested, "mug")), OutOfStock);
}

#[test]
fn what_is_not_for_sale_any_more_is_not_shown() {
    for (name, words, expected) in [
        ("active", ["1", "0"], 1),
        ("status", ["active", "draft"], 1),
        ("Published", ["TRUE", "FALSE"], 1),
        ("visibility", ["Catalog, Search", "Not Visible Individually"], 1),
        ("discontinued", ["0", "1"], 1),
        ("deleted_at", ["", "2024-01-01 10:00:00"], 1),
        // Of words of which none is understood nothing is believed, unless somebody asked.
        ("status", ["A", "B"], 2),
    ] {
        let ingested = read(shop(), Some(with(catalogue(), vec![(name, text(words.map(Some)))])), "");
        let shown = (0..2).filter(|&item| {
            ingested.catalogue.eligibility(ItemIdx::new(item), crate::support::now()).is_ok()
        });
        assert_eq!(shown.count(), expected, "{name} {words:?}");
    }
    let said = "[tables.items.columns]\npublished = { not = 'weg' }";
    let ingested = read(shop(), Some(with(catalogue(), vec![("weg", text(["ja", "nee"].map(Some)))])), said);
    assert_eq!(ingested.catalogue.availability(idx(&ingested, "mug")), Availability::OutOfStock);
}

#[test]
fn a_sale_price_of_nothing_is_no_sale() {
    let of_items = with(
        catalogue(),
        vec![("price", text(["9.99", "€ 1.234,50"].map(Some))), ("sale_price", text([Some("0"), Some("")]))],
    );
    let ingested = read(shop(), Some(of_items), "");
    let prices = &ingested.catalogue.columns().price_minor;
    assert_eq!(
        [prices[idx(&ingested, "mug").index()], prices[idx(&ingested, "pan").index()]],
        [999, 123_450]
    );
}

#[test]
fn lines_without_a_price_cost_what_the_catalogue_says() {
    let of_items = with(catalogue(), vec![("price", text(["2.00", "5.00"].map(Some)))]);
    let ingested = read(without(shop(), &["price"]), Some(of_items), "");
    assert_eq!(ingested.report.revenue_minor, 2 * (2 * 200 + 2 * 500));
    assert!(hints(&ingested.report, "orders").contains("the catalogue's current price was used"));
}

#[test]
fn titles_of_lines_are_used_where_there_is_no_catalogue() {
    let titles = text([Some("Caf&eacute; mug"), Some("Pan"), Some("damaged"), Some("Pan")]);
    let ingested = read(with(shop(), vec![("Description", titles)]), None, "");
    let title = |id| ingested.catalogue.columns().title.get(idx(&ingested, id).index()).to_owned();
    // Of as many lines each the first in order.
    assert_eq!([title("mug"), title("pan")], ["Café mug", "Pan"]);
}

#[test]
fn texts_of_a_product_may_stand_on_its_first_row_and_addresses_be_made() {
    let of_items: Columns = vec![
        ("id", text(["mug-s", "mug-l"].map(Some))),
        ("item_group_id", text([Some("mug"); 2])),
        ("title", text([None, Some("Mug")])),
        ("handle", text([Some("the-mug"); 2])),
        ("images", text([Some("https://a.example/1.jpg, https://a.example/2.jpg"), None])),
    ];
    let said = "[tables.items.columns]\nlink = { column = 'handle', template = 'https://shop.example/{}' }\nitem_group_id = 'item_group_id'";
    let ingested = read(shop(), Some(of_items), said);
    let (columns, mug) = (ingested.catalogue.columns(), idx(&ingested, "mug").index());
    assert_eq!(
        [columns.title.get(mug), columns.link.get(mug), columns.image_link.get(mug)],
        ["Mug", "https://shop.example/the-mug", "https://a.example/1.jpg"]
    );
}
