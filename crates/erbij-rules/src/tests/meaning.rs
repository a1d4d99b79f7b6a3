//! What expressions mean, one line each.

use super::*;

#[test]
fn expressions_choose_what_they_say() {
    let columns = shop_columns();
    for (source, expected) in [
        ("true", "0123456789"),
        ("false", ""),
        ("brand == 'Acme'", "01"),
        ("brand != 'Acme'", "23456789"),
        ("brand.lowerAscii() == 'acme'", "013"),
        ("brand.upperAscii() in ['BOOM']", "567"),
        ("brand in ['Boom', 'Brûlée & Co', 'nobody']", "2567"),
        ("brand in []", ""),
        ("brand < 'B'", "01489"),
        ("\"Boom\" == brand", "567"),
        ("category.startsWith('Garden > Fireworks')", "567"),
        ("category.within('Garden > Fireworks')", "56"),
        ("category.within('')", "49"),
        ("product_type.endsWith('Coffee')", "038"),
        ("title.contains('Rocket')", "67"),
        ("title.contains('rûl')", "2"),
        ("title.contains('')", "0123456789"),
        // A word that begins in one title and ends in the next.
        ("title.contains('machineDes')", ""),
        ("title.contains('XLRocket')", ""),
        ("title.lowerAscii().contains('rocket xl')", "6"),
        ("title.matches('(?i)^rocket|brew$')", "678"),
        ("title.matches('r.me')", "2"),
        ("category.matches('Coffee$')", "038"),
        ("brand.contains('oo')", "567"),
        ("size(title) == 18", "2"),
        ("title.size() < 9", "149"),
        ("size(brand) == 11", "2"),
        ("id == '7' || id > '8'", "79"),
        ("category.contains(brand) && brand != ''", ""),
        ("'Acme Boom'.contains(brand)", "01456789"),
        ("availability == 'in_stock'", "0124789"),
        ("availability in ['preorder', 'backorder']", "56"),
        ("kind == 'product'", "01234567"),
        ("adult", "56"),
        ("!adult && listed", "0123789"),
        ("adult == true", "56"),
        ("listed != true", "4"),
        ("pack_size in [6, 10]", "15"),
        ("pack_size > 0.4 && pack_size < 1", "6"),
        ("'coffee' in topics", "0138"),
        ("'of no item' in topics", ""),
        ("'unheard of' in topics", ""),
        ("!('coffee' in topics)", "245679"),
        ("topics.exists(t, t.startsWith('c') && t != 'coffee')", "1"),
        ("topics.all(t, t == 'coffee')", "023489"),
        ("size(topics) == 2 || topics.size() == 0", "1249"),
        ("topics.exists(brand, brand == 'party')", "567"),
        ("true ? adult : listed", "56"),
        ("(adult ? 1 : 2) == 1", "56"),
        ("  // a comment\n adult\n", "56"),
        ("r'a\\b' == 'a\\\\b'", "0123456789"),
    ] {
        assert_eq!(chosen(source, &columns), expected, "{source}");
    }
}

#[test]
fn numbers_are_of_one_kind_and_prices_are_what_is_written() {
    let columns = shop_columns();
    for (source, expected) in [
        ("price == 19.99", "1"),
        ("price <= 19.99", "145679"),
        ("price < 5", "459"),
        ("price * 2 == 25", "6"),
        ("price / 2 > 14.9 && price < 100", "3"),
        ("7 / 2 == 3.5 && 7 % 4 == 3 && 1u + 2 == 3.0 && -(2) == -2", "0123456789"),
        ("price - 0.01 == 499 - 0.01", "0"),
        ("price / pack_size < 4", "145"),
        ("useful_life_days >= 365 * 10", "0"),
        ("price in [0, 5, 7]", "47"),
    ] {
        assert_eq!(chosen(source, &columns), expected, "{source}");
    }
}

#[test]
fn what_is_not_known_is_neither_true_nor_false() {
    let columns = shop_columns();
    // Items 2 and 8 have no price.
    for (source, expected) in [
        ("has(price)", "01345679"),
        ("!has(price)", "28"),
        ("price < 1000000", "01345679"),
        ("!(price < 1000000)", ""),
        ("price != 5", "01345679"),
        ("price == price", "01345679"),
        ("price in [0]", "4"),
        ("!(price in [0])", "0135679"),
        // The other side decides where it can.
        ("price < 5 || id == '2'", "2459"),
        ("!(price < 1000000 && id == '1')", "023456789"),
        ("price < 5 ? adult : !adult", "01357"),
        ("(price < 5) == false", "01367"),
        ("0 / 0 == 0 / 0", ""),
        ("1 / 0 > 1000000", "0123456789"),
        ("has(useful_life_days)", "03"),
        ("has(available_at)", "6"),
        ("available_at > timestamp('2026-01-01')", "6"),
        ("available_at == timestamp('2026-12-28T01:00:00+01:00')", "6"),
        ("availability_date < timestamp('2026-01-01')", ""),
        ("has(expires_at) || has(expiration_date)", ""),
        ("has(brand)", "0123567"),
        ("has(category) && has(title) && has(id)", "01235678"),
        ("has(link)", ""),
        ("has(topics)", "0135678"),
        ("has(adult) && has(pack_size) && has(kind)", "0123456789"),
    ] {
        assert_eq!(chosen(source, &columns), expected, "{source}");
    }
}

#[test]
fn a_shop_without_items_has_none_to_choose() {
    let empty = CatalogueColumns::of_ids(StrColumn::from_iter::<[&str; 0]>([]));
    let catalogue = Catalogue::new(empty, VariantColumns::default(), Currency::EUR).unwrap();
    let columns = Columns::new(&catalogue);
    for source in ["true", "title.contains('a')", "brand == ''", "'a' in topics", "price < 5"] {
        assert_eq!(chosen(source, &columns), "", "{source}");
    }
}

#[test]
fn a_price_in_yen_has_no_cents() {
    let columns = CatalogueColumns {
        price_minor: vec![1200].into(),
        ..CatalogueColumns::of_ids(["a"].iter().collect())
    };
    let currency = Currency::parse("JPY").unwrap();
    let catalogue = Catalogue::new(columns, VariantColumns::default(), currency).unwrap();
    assert_eq!(chosen("price == 1200", &Columns::new(&catalogue)), "0");
}
