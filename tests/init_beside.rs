//! Files beside the orders that hold what these lack: `erbij init` joins them, writes that down, and comes to the shop's
//! figures.

use std::path::Path;

use serde_json::Value;

use crate::program::{erbij, failure_of, stdout_of};

/// Writes files of text and looks at those called `lines` and `items`; the settings, and the report of `erbij check`.
fn look(dir: &Path, files: &[(&str, &str)]) -> (String, Value) {
    let path = |name: &str| dir.join(name).to_str().expect("text").to_owned();
    for (name, text) in files {
        std::fs::write(path(name), text).expect("written");
    }
    let (orders, items, config) = (path("lines.csv"), path("items.csv"), path("erbij.toml"));
    let mut tables = vec!["--quiet", "--orders", &orders, "--config", &config];
    if files.iter().any(|(name, _)| *name == "items.csv") {
        tables.extend(["--items", &items]);
    }
    stdout_of(&mut erbij(&[&["init"][..], &tables].concat()));
    let report = stdout_of(&mut erbij(&[&["check", "--json"][..], &tables].concat()));
    let settings = std::fs::read_to_string(&config).expect("it is written");
    (settings, serde_json::from_str(&report).expect("JSON"))
}

const LINES: &str = "order_id,item_id,product_id,quantity,list_price,discount\n\
    1,1,20,1,10.00,0.20\n1,2,8,2,5.00,0.00\n2,1,20,1,10.00,0.00\n2,2,16,1,8.00,0.10\n\
    3,1,8,3,5.00,0.20\n3,2,20,1,10.00,0.10\n";

#[test]
fn orders_that_stand_beside_their_lines_are_found_and_joined() {
    let dir = tempfile::tempdir().expect("a folder");
    let orders = "order_id,customer_id,order_date\n1,7,2024-01-02\n2,8,2024-01-03\n3,7,2024-01-05\n";
    // It has dates and the key too, but not a row an order.
    let lines_of_another = "order_id,order_date\n1,2023-01-02\n1,2023-01-02\n2,2023-01-02\n";
    let files = [("lines.csv", LINES), ("orders.csv", orders), ("a_few.csv", lines_of_another)];
    let (settings, report) = look(dir.path(), &files);
    for line in [
        "[[tables.orders.join]]",
        "file = \"orders.csv\"",
        "on = \"order_id\"",
        "# a guess: it has `order_date`",
    ] {
        assert!(settings.contains(line), "{line} is not in\n{settings}");
    }
    assert_eq!((report["n_baskets"].as_u64(), report["n_customers"].as_u64()), (Some(3), Some(2)));
    // 8 and 10, 10 and 7.20, 12 and 9.
    assert_eq!(report["revenue_minor"].as_i64(), Some(5620));
}

#[test]
fn a_table_without_a_date_anywhere_is_written_down_as_far_as_it_goes() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = |name: &str| dir.path().join(name).to_str().expect("text").to_owned();
    std::fs::write(path("lines.csv"), LINES).expect("written");
    let (orders, config) = (path("lines.csv"), path("erbij.toml"));
    let (code, told) = failure_of(&mut erbij(&["init", "--quiet", "--orders", &orders, "--config", &config]));
    assert_eq!(code, 1);
    assert!(told.contains("no column was found for `ordered_at` of orders"), "{told}");
    let settings = std::fs::read_to_string(&config).expect("it is written");
    for line in ["item_id = \"product_id\"", "# ordered_at = \"…\"", "# [[tables.orders.join]]"] {
        assert!(settings.contains(line), "{line} is not in\n{settings}");
    }
}

#[test]
fn what_a_known_system_keeps_beside_is_joined() {
    let dir = tempfile::tempdir().expect("a folder");
    let lines = "VBELN,POSNR,MATNR,NETWR,WAERK,KWMENG,ABGRU,ERDAT\n\
        1,10,1001,25.00,EUR,1,,20240102\n2,10,1002,12.00,EUR,2,,20240103\n3,10,1001,25.00,EUR,1,,20240108\n";
    let heads = "VBELN,AUDAT,VBTYP,KUNNR\n1,20240102,C,501\n2,20240103,C,502\n3,20240108,H,501\n";
    let (settings, report) = look(dir.path(), &[("lines.csv", lines), ("VBAK.csv", heads)]);
    assert!(settings.contains("file = \"VBAK.csv\""), "{settings}");
    // Of the other customer nothing is left, since the third document brings back what the first sold.
    assert_eq!((report["n_baskets"].as_u64(), report["n_customers"].as_u64()), (Some(1), Some(1)));
    assert_eq!(report["revenue_minor"].as_i64(), Some(1200));
}

#[test]
fn the_rows_that_a_layout_leaves_out_are_written_down() {
    let dir = tempfile::tempdir().expect("a folder");
    let lines = "item_id,order_id,parent_item_id,sku,created_at,qty_ordered,price,customer_id\n\
        1,1,,TS-S,2024-01-02,1,10.00,5\n2,1,1,TS-S,2024-01-02,1,0.00,5\n3,2,,MUG,2024-01-03,2,4.00,6\n";
    let (settings, report) = look(dir.path(), &[("lines.csv", lines)]);
    assert!(settings.contains("only = { \"parent_item_id\" = [\"\"] }"), "{settings}");
    assert_eq!((report["n_baskets"].as_u64(), report["revenue_minor"].as_i64()), (Some(2), Some(1800)));
}

#[test]
fn a_till_that_names_its_zone_is_read_in_it() {
    let dir = tempfile::tempdir().expect("a folder");
    let row = |at: &str, item: &str, net: &str, id: &str| {
        format!(
            "01/02/24,{at},Eastern Time (US & Canada),{item},1.0,Regular,SKU-{item},{net},{id},Payment,C1\n"
        )
    };
    let lines =
        "Date,Time,Time Zone,Item,Qty,Price Point Name,SKU,Net Sales,Transaction ID,Event Type,Customer ID\n"
            .to_owned()
            + &row("22:30:00", "Mug", "$4.00", "T1")
            + &row("21:30:00", "Pan", "$9.00", "T2");
    let items = "Reference Handle,Token,Item Name,Variation Name,SKU,Categories,Price,Archived,Sellable,Current Quantity Main\n\
        #1,TOK1,Mug,Regular,SKU-Mug,Kitchen,4.00,N,Y,0\n#2,TOK2,Pan,Regular,SKU-Pan,Kitchen,9.00,N,Y,3\n";
    let (settings, report) = look(dir.path(), &[("lines.csv", &lines), ("items.csv", items)]);
    for line in [
        "timezone = \"America/New_York\"",
        "zone = \"America/New_York\"",
        "inventory_quantity = \"Current Quantity Main\"",
    ] {
        assert!(settings.contains(line), "{line} is not in\n{settings}");
    }
    assert_eq!(report["share_in_catalogue"].as_f64(), Some(1.0));
    assert!(report["window"].to_string().contains("2024-01-03T03:30:00Z"), "{}", report["window"]);
}
