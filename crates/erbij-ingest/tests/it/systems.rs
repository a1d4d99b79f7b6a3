//! Tables of known systems: what they keep elsewhere is told, and what they write in their own way is understood.

use std::path::Path;

use erbij_core::{Availability, ItemIdx};
use erbij_ingest::{Ingested, Settings, Sources};

use crate::support::{check_identity, ingest};

/// Ingests tables of text, each its name and its rows; those called `orders` and `items` are the shop's.
fn read(tables: &[(&str, &str)], settings: &str) -> Result<Ingested, String> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    for (name, rows) in tables {
        std::fs::write(path(&format!("{name}.csv")), rows).expect("a file");
    }
    let items = Path::new(&path("items.csv")).exists().then(|| path("items.csv"));
    let sources = Sources { orders: path("orders.csv"), items, ..Sources::default() };
    let settings = Settings::from_toml(settings).expect("settings").within(folder.path());
    let ingested = ingest(&sources, &settings).map_err(|error| error.to_string())?;
    check_identity(&ingested.report);
    Ok(ingested)
}

fn hints(ingested: &Ingested, table: &str) -> String {
    ingested.report.tables[table].hints.join("\n")
}

const WOO_LINES: &str = "order_item_id,order_id,product_id,variation_id,customer_id,date_created,product_qty,product_net_revenue\n\
    1,10,218,318,5,2024-01-02 10:00:00,1,5.00\n\
    2,11,221,321,6,2024-01-03 10:00:00,1,7.00\n\
    3,12,218,318,6,2024-01-04 10:00:00,1,5.00\n";

#[test]
fn what_a_system_keeps_elsewhere_is_told_until_it_is_joined() {
    let ingested = read(&[("orders", WOO_LINES)], "").expect("read");
    assert_eq!(ingested.report.n_baskets, 3);
    let told = "what was cancelled or failed, and which order a refund belongs to, is in `wc_order_stats`, which is not read; \
                if you have that file, write in erbij.toml: [[tables.orders.join]] file = \"wc_order_stats.csv\", on = \"order_id\"";
    assert!(hints(&ingested, "orders").contains(told), "{}", hints(&ingested, "orders"));
    let stats = "order_id,parent_id,status\n10,0,wc-completed\n11,0,wc-cancelled\n12,0,wc-completed\n";
    let join = "[[tables.orders.join]]\nfile = 'wc_order_stats.csv'\non = 'order_id'";
    let ingested = read(&[("orders", WOO_LINES), ("wc_order_stats", stats)], join).expect("read");
    assert_eq!(ingested.report.n_baskets, 2);
    assert!(!hints(&ingested, "orders").contains("is not read"));
}

#[test]
fn a_date_that_a_system_keeps_elsewhere_is_told_with_the_join() {
    let rows = "id_order_detail,id_order,product_id,product_quantity,unit_price_tax_incl\n1,1,12,2,20.0\n";
    let Err(error) = read(&[("orders", rows)], "") else { panic!("no date") };
    let told =
        "hint: when it was ordered, by whom, and what came to nothing is in `ps_orders`, which is not read";
    assert!(error.contains(told) && error.contains("on = \"id_order\""), "{error}");
}

#[test]
fn a_parent_is_named_by_its_sku_or_by_its_id() {
    let items = "ID,Type,SKU,Name,In stock?,Visibility in catalog,Regular price,Categories,Parent\n\
        218,variable,TS,T-shirt,1,visible,,Clothes,\n\
        318,variation,SKU-1,T-shirt - S,1,visible,5.00,,TS\n\
        319,variation,SKU-2,T-shirt - M,1,visible,5.00,,TS\n\
        221,variable,,Hoodie,1,visible,,Clothes,\n\
        321,variation,SKU-3,Hoodie - S,1,visible,7.00,,id:221\n";
    let ingested = read(&[("orders", WOO_LINES), ("items", items)], "").expect("read");
    let items = ingested.catalogue.items();
    let ids: Vec<&str> = items.ids().iter().collect();
    assert_eq!(ids, ["218", "221"]);
    let columns = ingested.catalogue.columns();
    assert_eq!((columns.category.get(0), columns.category.get(1)), ("Clothes", "Clothes"));
}

#[test]
fn the_tables_of_shopify_are_joined_by_their_own_keys() {
    let lines = "id,order_id,variant_id,quantity,fulfillable_quantity,price,total_discount\n\
        71,1,v1,2,0,10.00,4.00\n72,1,v2,1,0,5.00,0.00\n73,2,v1,1,0,10.00,0.00\n";
    let orders = "id,customer_id,created_at,cancelled_at\n1,c1,2024-01-02,\n2,c2,2024-01-03,2024-01-04\n";
    let refunds = "id,order_line_id,quantity\n9,71,1\n";
    let joins = "[[tables.orders.join]]\nfile = 'head.csv'\non = { order_id = 'id' }\n\
        [[tables.orders.join]]\nfile = 'order_line_refunds.csv'\non = { id = 'order_line_id' }";
    let tables = [("orders", lines), ("head", orders), ("order_line_refunds", refunds)];
    let ingested = read(&tables, joins).expect("read");
    assert_eq!((ingested.report.n_baskets, ingested.report.revenue_minor), (1, 1300));
    let Err(error) = read(&[("orders", lines)], "") else { panic!("no date") };
    assert!(error.contains("file = \"orders.csv\", on = { order_id = \"id\" }"), "{error}");
}

#[test]
fn a_variant_that_comes_back_gives_its_own_price_back() {
    let orders = "order_id,item_id,ordered_at,customer_id,quantity,price\n\
        o1,s,2024-01-02,c,1,10.00\no1,m,2024-01-02,c,2,13.00\no2,m,2024-01-05,c,-1,13.00\n\
        o3,s,2024-01-06,d,1,10.00\no3,m,2024-01-06,d,1,13.00\no4,m,2024-01-07,d,-1,\n";
    let items = "id,item_group_id,title,price\ns,shirt,Shirt S,10.00\nm,shirt,Shirt M,13.00\n";
    let ingested = read(&[("orders", orders), ("items", items)], "").expect("read");
    let told = crate::support::told(&ingested);
    assert_eq!(told[0], "c@2024-01-02T00:00:00Z 2300: shirt*2");
    // Without a price that of the catalogue is what was given back.
    assert_eq!(told[1], "d@2024-01-06T00:00:00Z 1000: shirt*1");
}

#[test]
fn a_configurable_product_gathers_the_simple_ones_that_it_names() {
    let lines = "item_id,order_id,parent_item_id,sku,created_at,qty_ordered,price,customer_id\n\
        1,1,,TS-S,2024-01-02,1,10.00,5\n2,1,1,TS-S,2024-01-02,1,0.00,5\n3,2,,MUG,2024-01-03,2,4.00,6\n";
    let items = "sku,attribute_set_code,product_type,name,visibility,price,is_in_stock,categories,configurable_variations\n\
        TS-S,Default,simple,T-shirt-S,Not Visible Individually,10.00,1,Clothes,\n\
        TS-M,Default,simple,T-shirt-M,Not Visible Individually,11.00,1,Clothes,\n\
        MUG,Default,simple,Mug,\"Catalog, Search\",4.00,1,Kitchen,\n\
        TS,Default,configurable,T-shirt,\"Catalog, Search\",,1,Clothes,\"sku=TS-S,size=S|sku=TS-M,size=M\"\n";
    let ingested = read(&[("orders", lines), ("items", items)], "").expect("read");
    let ids: Vec<&str> = ingested.catalogue.items().ids().iter().collect();
    assert_eq!(ids, ["TS", "MUG"]);
    let columns = ingested.catalogue.columns();
    assert_eq!((columns.title.get(0), columns.price_minor[0]), ("T-shirt", 1100));
    assert_eq!(ingested.catalogue.availability(ItemIdx::new(0)), Availability::InStock);
}

#[test]
fn a_refund_of_analytics_takes_back_the_items_that_it_names() {
    let events = "event_name,event_timestamp,user_id,ecommerce.transaction_id,items.item_id,items.quantity,items.price\n\
        purchase,1704220802000000,u1,T1,mug,2,4.0\npurchase,1704220802000000,u1,T1,pan,1,9.0\n\
        view_item,1704220802000000,u1,,pan,,9.0\nrefund,1704320802000000,u1,T1,mug,1,4.0\n";
    let ingested = read(&[("orders", events)], "").expect("read");
    assert_eq!((ingested.report.revenue_minor, ingested.report.n_units), (1300, 2.0));
}

#[test]
fn titles_that_are_alike_and_amounts_given_back_are_told() {
    let variants: String = (0..12).map(|item| format!("i{item},Regular,5.00\n")).collect();
    let orders = "order_id,item_id,ordered_at,customer_id,quantity,price,Refunded Amount\n".to_owned()
        + &(0..6).map(|order| format!("o{order},i{order},2024-01-02,c,1,5.00,2.50\n")).collect::<String>();
    let items = format!("id,title,price\n{variants}");
    let ingested = read(&[("orders", &orders), ("items", &items)], "").expect("read");
    let of_items = hints(&ingested, "items");
    assert!(of_items.contains("12 of 12 items have the title `Regular`"), "{of_items}");
    let of_orders = hints(&ingested, "orders");
    assert!(
        of_orders.contains("`Refunded Amount` is not read, so partial refunds stay in the revenue"),
        "{of_orders}"
    );
}

/// Lines of two hundredths of which some are discounted, and a catalogue; prices are `paid` and `listed` hundredths.
fn priced(paid: impl Fn(u32) -> f64, listed: impl Fn(u32) -> f64) -> [(&'static str, String); 2] {
    let mut orders = "order_id,item_id,ordered_at,customer_id,quantity,price\n".to_owned();
    let mut items = "id,title,price\n".to_owned();
    for item in 0..30 {
        items += &format!("i{item},Item {item},{:.6}\n", listed(item));
        orders += &format!("o{item},i{item},2024-01-02,c{item},{},{:.6}\n", 1 + item % 3, paid(item));
    }
    [("orders", orders), ("items", items)]
}

#[test]
fn a_steady_ratio_between_what_is_paid_and_the_catalogue_is_told_as_a_tax() {
    let price = |item: u32| f64::from(3 + item * 7 % 40) * 0.5;
    let discounted = |item: u32| price(item) * if item.is_multiple_of(3) { 0.9 } else { 1.0 };
    let told = |tables: [(&'static str, String); 2]| {
        let tables: Vec<(&str, &str)> = tables.iter().map(|(name, rows)| (*name, rows.as_str())).collect();
        let hints = hints(&read(&tables, "").expect("read"), "orders");
        hints.lines().find(|hint| hint.contains("tax_percent")).map(str::to_owned)
    };
    let of_items = told(priced(discounted, |item| price(item) / 1.21)).expect("told");
    assert!(
        of_items.contains("[tables.items.columns] price = { column = \"…\", tax_percent = 21 }"),
        "{of_items}"
    );
    let of_orders = told(priced(|item| discounted(item) / 1.21, price)).expect("told");
    assert!(
        of_orders.contains("[tables.orders.columns] price = { column = \"…\", tax_percent = 21 }"),
        "{of_orders}"
    );
    assert_eq!(told(priced(discounted, price)), None);
    assert_eq!(told(priced(|item| price(item) * (1.0 + f64::from(item) * 0.01), price)), None);
}
