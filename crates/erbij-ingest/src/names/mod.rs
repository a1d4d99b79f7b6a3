//! The tables, their columns, and what other systems call those.

pub(crate) mod customers;
pub(crate) mod events;
pub(crate) mod items;
pub(crate) mod orders;

pub(crate) use customers::CUSTOMERS;
pub(crate) use events::EVENTS;
pub(crate) use items::ITEMS;
pub(crate) use orders::ORDERS;

/// What a column holds, and with it which types will do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An id: text or a whole number.
    Id,
    /// A moment.
    Instant,
    /// A count or a share.
    Number,
    /// An amount as a number, or as product feeds write it: `12.50 EUR`.
    Price,
    /// Yes or no.
    Flag,
    /// In stock or not: a word or a number of pieces.
    Stock,
    /// Text, or a list of texts.
    Text,
    /// Text alone.
    Word,
}

/// A column as it is called here.
pub(crate) struct ColumnSpec {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) required: bool,
    /// What others call it, normalised, best first.
    pub(crate) aliases: &'static [&'static str],
}

/// A table as it is called here.
pub(crate) struct TableSpec {
    pub(crate) name: &'static str,
    pub(crate) columns: &'static [ColumnSpec],
    /// Names of the contract that may be mapped but are not read here.
    pub(crate) unread: &'static [&'static str],
}

const fn required(name: &'static str, kind: Kind, aliases: &'static [&'static str]) -> ColumnSpec {
    ColumnSpec { name, kind, required: true, aliases }
}

const fn optional(name: &'static str, kind: Kind, aliases: &'static [&'static str]) -> ColumnSpec {
    ColumnSpec { name, kind, required: false, aliases }
}

/// Lower case, without the marks that people put between words.
pub(crate) fn normalise(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '_' | '-' | ' ' | '.')).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_name_means_two_columns_of_a_table() {
        for table in [&ORDERS, &ITEMS, &CUSTOMERS, &EVENTS] {
            let mut seen = BTreeSet::new();
            for column in table.columns {
                for &alias in column.aliases {
                    assert_eq!(alias, normalise(alias), "{}", table.name);
                    assert!(seen.insert(alias.to_owned()), "{}: `{alias}` stands twice", table.name);
                }
                // The own name may stand among the aliases of none, and only once.
                assert!(seen.insert(normalise(column.name)), "{}: `{}`", table.name, column.name);
            }
        }
    }

    #[test]
    fn columns_stand_where_their_positions_say() {
        let name = |table: &TableSpec, position: usize| table.columns[position].name;
        for (position, expected) in [
            (orders::ORDER_ID, "order_id"),
            (orders::ITEM_ID, "item_id"),
            (orders::ORDERED_AT, "ordered_at"),
            (orders::CUSTOMER_ID, "customer_id"),
            (orders::QUANTITY, "quantity"),
            (orders::PRICE, "price"),
            (orders::CURRENCY, "currency"),
            (orders::RETURNED_QUANTITY, "returned_quantity"),
            (orders::IS_CANCELLATION, "is_cancellation"),
            (orders::IS_GIFT, "is_gift"),
            (orders::IS_CANCELLED, "is_cancelled"),
            (orders::LINE_ID, "line_id"),
            (orders::DISCOUNT, "discount"),
            (orders::ITEM_TITLE, "item_title"),
        ] {
            assert_eq!(name(&ORDERS, position), expected);
        }
        for (position, expected) in [
            (items::ID, "id"),
            (items::ITEM_GROUP_ID, "item_group_id"),
            (items::TITLE, "title"),
            (items::LINK, "link"),
            (items::IMAGE_LINK, "image_link"),
            (items::PRICE, "price"),
            (items::SALE_PRICE, "sale_price"),
            (items::CURRENCY, "currency"),
            (items::AVAILABILITY, "availability"),
            (items::AVAILABILITY_DATE, "availability_date"),
            (items::EXPIRATION_DATE, "expiration_date"),
            (items::INVENTORY_QUANTITY, "inventory_quantity"),
            (items::BRAND, "brand"),
            (items::KIND, "kind"),
            (items::ADULT, "adult"),
            (items::SENSITIVE, "sensitive"),
            (items::PRODUCT_TYPE, "product_type"),
            (items::USEFUL_LIFE_DAYS, "useful_life_days"),
            (items::PACK_SIZE, "pack_size"),
            (items::TOPICS, "topics"),
            (items::RELATIONS, "accessory_for"),
            (items::RELATIONS + 5, "incompatible_with"),
            (items::PUBLISHED, "published"),
            (items::STATUS, "status"),
            (items::VISIBILITY, "visibility"),
            (items::DISCONTINUED, "discontinued"),
        ] {
            assert_eq!(name(&ITEMS, position), expected);
        }
        assert_eq!(ITEMS.columns.len(), items::N_COLUMNS);
        for (position, expected) in [
            (customers::CUSTOMER_ID, "customer_id"),
            (customers::HOUSEHOLD, "household"),
            (customers::INTERESTS, "interests"),
        ] {
            assert_eq!(name(&CUSTOMERS, position), expected);
        }
        assert_eq!(CUSTOMERS.columns.len(), customers::N_COLUMNS);
        for (position, expected) in [
            (events::EVENT_NAME, "event_name"),
            (events::ITEM_ID, "item_id"),
            (events::OCCURRED_AT, "occurred_at"),
            (events::CUSTOMER_ID, "customer_id"),
            (events::VISITOR_ID, "visitor_id"),
            (events::SESSION_ID, "session_id"),
            (events::EVENT_ID, "event_id"),
            (events::TOPIC, "topic"),
        ] {
            assert_eq!(name(&EVENTS, position), expected);
        }
    }
}
