//! Tables of which half stands in another file, or several lines in one row.

use erbij_ingest::Settings;

use crate::cases::{hints, read, same, shop, without};
use crate::support::{batch, ingest, instants, orders, text, told, write};

#[test]
fn orders_stand_beside_their_lines_in_another_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    write(
        folder.path().join("lines.parquet").as_path(),
        &batch(without(shop(), &["ordered_at", "customer_id"])),
    );
    let heads = vec![
        ("id", text([Some("o1"), Some("o2"), Some("o3"), Some("o3")])),
        ("created_at", instants(["2024-05-01", "2024-05-02", "2024-05-03", "2024-05-09"].map(Some))),
        ("customer_id", text(same(Some("k1")))),
        ("version", text([Some("1"), Some("1"), Some("1"), Some("2")])),
    ];
    write(folder.path().join("heads.parquet").as_path(), &batch(heads));
    let said = format!(
        "[[tables.orders.join]]\nfile = '{}'\non = {{ order_id = 'id' }}\nonly = {{ version = 1 }}",
        path("heads.parquet")
    );
    let ingested =
        ingest(&orders(&folder.path().join("lines.parquet")), &Settings::from_toml(&said).expect("settings"))
            .expect("valid");
    let baskets = [
        "k1@2024-05-01T00:00:00Z 600: mug*2",
        "k1@2024-05-02T00:00:00Z 600: pan*2",
        "k1@2024-05-03T00:00:00Z 600: mug*2",
    ];
    assert_eq!(told(&ingested), baskets);
    assert!(hints(&ingested.report, "orders").contains("3 of 4 rows match a row"));
}

#[test]
fn lines_side_by_side_are_lines() {
    let columns = vec![
        ("receipt_id", text([Some("r1"), Some("r2")])),
        ("date", instants([Some("2024-05-01"), Some("2024-05-02")])),
        ("Item 1", text([Some("mug"), Some("pan")])),
        ("Item 2", text([Some("pan"), None])),
        ("Qty 1", text([Some("2"), Some("1")])),
        ("Qty 2", text([Some("3"), None])),
    ];
    let said = "[tables.orders]\nwide = { item_id = 'Item *', quantity = 'Qty *' }";
    let ingested = read(columns, None, said);
    assert_eq!(told(&ingested), ["-@2024-05-01T00:00:00Z 0: pan*3 mug*2", "-@2024-05-02T00:00:00Z 0: pan*1"]);
}
