//! `items.parquet`: the catalogue as the shop would export it, one row a variant.

use std::path::Path;
use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, Int32Array, StringArray, TimestampMicrosecondArray};
use arrow_schema::{DataType, Field};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::catalogue::{Shop, item_id};
use crate::item::{Item, NONE, Role};
use crate::lines::major;
use crate::relations::RelationKind;
use crate::table::{column, instant, text, text_list, text_lists, write_table};
use crate::{CheckedShopParams, MICROS_PER_SEC, ShopError};

/// The stream of chance of what the catalogue tells.
const CATALOGUE_ROWS_STREAM: u64 = u64::MAX - 1;
const COLOURS: [&str; 4] = ["black", "white", "red", "blue"];

/// What the catalogue says of an item beyond what it is.
#[derive(Default)]
struct Told {
    accessory_for: Vec<String>,
    consumable_for: Vec<String>,
    spare_part_for: Vec<String>,
    similar_to: Vec<String>,
}

/// What the catalogue tells of the truth: a share of it. The relation stands with the other item, as
/// schema.org has it.
fn tell(shop: &Shop, share: f64, rng: &mut ChaCha8Rng) -> Vec<Told> {
    let mut told: Vec<Told> = (0..shop.items.len()).map(|_| Told::default()).collect();
    for main in 0..shop.items.len() as u32 {
        for (_, relation) in shop.relations_of(main) {
            if rng.random_bool(share) {
                let other = &mut told[relation.other as usize];
                match relation.kind {
                    RelationKind::Accessory => other.accessory_for.push(item_id(main)),
                    RelationKind::Consumable => other.consumable_for.push(item_id(main)),
                    RelationKind::SparePart => other.spare_part_for.push(item_id(main)),
                }
            }
        }
        let group = shop.item(main).group;
        if group != NONE && rng.random_bool(share) {
            let others = shop.groups[group as usize].iter().filter(|&&other| other != main);
            told[main as usize].similar_to.extend(others.map(|&other| item_id(other)));
        }
    }
    told
}

fn title(shop: &Shop, item: &Item, number: u32) -> String {
    let category = &shop.categories[item.category as usize];
    let (brand, subject) = (&shop.brands[item.brand as usize], category.name.to_lowercase());
    let noun = match item.role {
        Role::Main => "machine",
        Role::Accessory => "accessory",
        Role::Consumable => "supply",
        Role::SparePart => "spare part",
        Role::Refillable => "refill",
        Role::Plain => ["tool", "ware", "extra"][item.shelf as usize % 3],
        Role::Service => "service",
        Role::Content => "manual",
    };
    let pack = if 1 < item.pack_size { format!(", pack of {}", item.pack_size) } else { String::new() };
    format!("{brand} {subject} {noun} {number}{pack}")
}

/// Writes the catalogue.
pub(crate) fn write_items(path: &Path, shop: &Shop, params: &CheckedShopParams) -> Result<(), ShopError> {
    let mut rng = ChaCha8Rng::seed_from_u64(params.get().seed);
    rng.set_stream(CATALOGUE_ROWS_STREAM);
    let told = tell(shop, params.get().declared_share, &mut rng);
    let rows: Vec<(u32, &Item)> = shop.row_items.iter().map(|&item| (item, shop.item(item))).collect();
    let availability: Vec<&str> = rows
        .iter()
        .map(|_| match rng.random_range(0..100) {
            0..4 => "out_of_stock",
            4 => "preorder",
            5 => "backorder",
            _ => "in_stock",
        })
        .collect();
    let soon = (params.starts_at_secs() + (i64::from(params.get().n_days) + 30) * 86_400) * MICROS_PER_SEC;
    let available_at = availability.iter().map(|&name| (name == "preorder").then_some(soon));
    let costs = rows.iter().map(|(_, item)| {
        let share = rng.random_range(0.4..0.8);
        priced(item).map(|price| (price * share * 100.0).round() / 100.0)
    });
    let costs: Float64Array = costs.collect();
    let lists = |list: fn(&Told) -> &Vec<String>| -> ArrayRef {
        Arc::new(text_lists(rows.iter().map(|&(item, _)| list(&told[item as usize]))))
    };
    let mut columns = described(shop, &rows);
    columns.extend([
        (column("cost_of_goods_sold", DataType::Float64), Arc::new(costs) as ArrayRef),
        (text("availability"), Arc::new(StringArray::from_iter_values(&availability))),
        (
            instant("availability_date"),
            Arc::new(available_at.collect::<TimestampMicrosecondArray>().with_timezone("UTC")),
        ),
        (text_list("accessory_for"), lists(|told| &told.accessory_for)),
        (text_list("consumable_for"), lists(|told| &told.consumable_for)),
        (text_list("spare_part_for"), lists(|told| &told.spare_part_for)),
        (text_list("similar_to"), lists(|told| &told.similar_to)),
    ]);
    write_table(path, columns)
}

fn priced(item: &Item) -> Option<f64> {
    (item.role != Role::Content).then(|| major(item.price_minor as i32))
}

/// The columns that follow from the item alone.
fn described(shop: &Shop, rows: &[(u32, &Item)]) -> Vec<(Field, ArrayRef)> {
    let texts = |of: &dyn Fn(usize, u32, &Item) -> Option<String>| -> ArrayRef {
        let values = rows.iter().enumerate().map(|(row, &(number, item))| of(row, number, item));
        Arc::new(values.collect::<StringArray>())
    };
    let numbers = |of: &dyn Fn(&Item) -> Option<i32>| -> ArrayRef {
        Arc::new(rows.iter().map(|&(_, item)| of(item)).collect::<Int32Array>())
    };
    let prices: Float64Array = rows.iter().map(|&(_, item)| priced(item)).collect();
    vec![
        (text("id"), Arc::new(shop.row_ids.clone()) as ArrayRef),
        (text("item_group_id"), texts(&|_, number, item| (1 < item.n_variants).then(|| item_id(number)))),
        (
            text("color"),
            texts(&|row, _, item| {
                let colour = COLOURS[(row as u32 - item.first_row) as usize % COLOURS.len()];
                (1 < item.n_variants).then(|| colour.to_owned())
            }),
        ),
        (text("title"), texts(&|_, number, item| Some(title(shop, item, number)))),
        (text("product_type"), texts(&|_, _, item| Some(shop.category_path(item)))),
        (text("brand"), texts(&|_, _, item| Some(shop.brands[item.brand as usize].clone()))),
        (
            text("kind"),
            texts(&|_, _, item| {
                let kind = match item.role {
                    Role::Content => "content",
                    Role::Service => "service",
                    _ => "product",
                };
                Some(kind.to_owned())
            }),
        ),
        (column("price", DataType::Float64), Arc::new(prices)),
        (
            column("useful_life_days", DataType::Int32),
            numbers(&|item| (0 < item.useful_life_days).then_some(item.useful_life_days as i32)),
        ),
        (column("pack_size", DataType::Int32), numbers(&|item| Some(item.pack_size as i32))),
    ]
}
