use erbij_core::{Catalogue, CatalogueColumns, Currency, ItemIdx, StrColumn, VariantColumns};

use super::*;

/// A machine in two colours, its filter, its brush, a grinder, and a thing whose id no feed takes.
fn catalogue() -> Catalogue {
    let ids = ["machine", "filter", "brush", "grinder", "a:b"];
    let columns = CatalogueColumns {
        title: ["Machine", "Filter </script>", "Brush", "Grinder", "Odd"].iter().collect(),
        variant_id: ["machine-red", "", "", "", ""].iter().collect(),
        link: ["https://shop.example/m", "", "", "", ""].iter().collect(),
        ..CatalogueColumns::of_ids(ids.iter().collect::<StrColumn>())
    };
    let variants = VariantColumns {
        variant_id: ["machine-red", "machine-blue"].iter().collect(),
        item: vec![0, 0].into(),
    };
    Catalogue::new(columns, variants, Currency::EUR).expect("valid")
}

fn related(item: u32, relation: Relation, said_by: SaidBy, score: f32) -> RelatedItem {
    RelatedItem { item: ItemIdx::new(item), relation, said_by, score }
}

#[test]
fn a_feed_has_a_line_a_variant_and_words_of_merchant_center() {
    let catalogue = catalogue();
    let feed = MerchantFeed::new(&catalogue);
    let of_machine = [
        related(1, Relation::Consumable, SaidBy::Catalogue, 100.0),
        related(2, Relation::SparePart, SaidBy::Orders, 2.0),
        related(4, Relation::Accessory, SaidBy::Catalogue, 100.0),
        related(3, Relation::OftenBoughtWith, SaidBy::Orders, 1.0),
    ];
    let told = "required_part:id:filter,accessory:id:brush,often_bought_with:id:grinder";
    let (lines, n_untold) = feed.lines(ItemIdx::new(0), &of_machine);
    assert_eq!(lines.as_deref(), Some(&*format!("machine-red\t{told}\nmachine-blue\t{told}\n")));
    assert_eq!(n_untold, 1, "`a:b` is no identifier");

    // The machine is named by the variant that is shown.
    let of_grinder = [
        related(0, Relation::SameBundle, SaidBy::Catalogue, 0.0),
        related(2, Relation::Related, SaidBy::Catalogue, 0.0),
    ];
    let lines = feed.lines(ItemIdx::new(3), &of_grinder).0;
    assert_eq!(lines.as_deref(), Some("grinder\tpart_of_set:id:machine-red\n"));
    assert_eq!(feed.lines(ItemIdx::new(3), &of_grinder[1..]).0, None, "there is no word for it");

    let many = vec![related(1, Relation::Substitute, SaidBy::Orders, 1.0); 40];
    let lines = feed.lines(ItemIdx::new(2), &many).0.expect("told");
    assert_eq!(lines.matches("substitute:id:filter").count(), MAX_OF_ITEM);
}

#[test]
fn json_ld_says_an_accessory_on_the_page_of_the_accessory() {
    let catalogue = catalogue();
    let mut json_ld = JsonLd::new(&catalogue);
    json_ld.add(
        ItemIdx::new(0),
        &[
            related(1, Relation::Consumable, SaidBy::Orders, 1.0),
            related(2, Relation::SparePart, SaidBy::Orders, 1.0),
            related(3, Relation::OftenBoughtWith, SaidBy::Orders, 1.0),
        ],
    );
    json_ld.add(
        ItemIdx::new(3),
        &[
            related(1, Relation::Consumable, SaidBy::Catalogue, 100.0),
            related(0, Relation::Substitute, SaidBy::Orders, 0.5),
        ],
    );
    let lines = String::from_utf8(json_ld.lines()).expect("text");
    assert!(!lines.contains("</script"), "{lines}");
    let lines: Vec<serde_json::Value> =
        lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let machine = serde_json::json!({ "@type": "Product", "sku": "machine", "name": "Machine", "url": "https://shop.example/m" });
    let grinder = serde_json::json!({ "@type": "Product", "sku": "grinder", "name": "Grinder" });
    let skus: Vec<&str> = lines.iter().map(|line| line["sku"].as_str().expect("text")).collect();
    assert_eq!(skus, ["machine", "filter", "brush", "grinder"]);
    assert!(lines.iter().all(|line| line["@context"] == "https://schema.org" && line["@type"] == "Product"));
    assert_eq!(lines[0]["isOftenBoughtWith"], serde_json::json!([grinder]));
    assert_eq!(
        lines[1]["isConsumableFor"],
        serde_json::json!([grinder, machine]),
        "the catalogue's word first"
    );
    assert_eq!(lines[2]["isAccessoryOrSparePartFor"], serde_json::json!([machine]));
    assert_eq!(lines[3]["isSimilarTo"], serde_json::json!([machine]));
    assert_eq!(lines[3].get("isConsumableFor"), None);
}

#[test]
fn a_catalogue_of_which_nothing_is_known_has_no_lines() {
    let catalogue = catalogue();
    assert!(JsonLd::new(&catalogue).lines().is_empty());
    assert_eq!(MerchantFeed::new(&catalogue).lines(ItemIdx::new(0), &[]), (None, 0));
}
