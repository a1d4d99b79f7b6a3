//! The tables, their columns, and what other systems call those.

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

/// Positions in [`ORDERS`].
pub(crate) mod orders {
    pub(crate) const ORDER_ID: usize = 0;
    pub(crate) const ITEM_ID: usize = 1;
    pub(crate) const ORDERED_AT: usize = 2;
    pub(crate) const CUSTOMER_ID: usize = 3;
    pub(crate) const QUANTITY: usize = 4;
    pub(crate) const PRICE: usize = 5;
    pub(crate) const CURRENCY: usize = 6;
    pub(crate) const RETURNED_QUANTITY: usize = 7;
    pub(crate) const IS_CANCELLATION: usize = 8;
    pub(crate) const IS_GIFT: usize = 9;
    pub(crate) const IS_CANCELLED: usize = 10;
    pub(crate) const LINE_ID: usize = 11;
    pub(crate) const DISCOUNT: usize = 12;
}

/// Order lines: GA4, Google Retail, Segment, Amazon Personalize, Recombee, and plain shop exports.
pub(crate) static ORDERS: TableSpec = TableSpec {
    name: "orders",
    columns: &[
        required(
            "order_id",
            Kind::Id,
            &[
                "transactionid",
                "invoiceno",
                "invoiceid",
                "invoicenumber",
                "invoice",
                "ordernumber",
                "orderno",
                "basketid",
                "purchasetransactionid",
                "purchaseid",
                "receiptid",
                "amazonorderid",
                "salesorderid",
                "salesordernumber",
                "receiptno",
                "receiptnumber",
                "billid",
                "vbeln",
                "order",
                "transaction",
            ],
        ),
        required(
            "item_id",
            Kind::Id,
            &[
                "productid",
                "stockcode",
                "sku",
                "productsproductid",
                "itemsitemid",
                "productdetailsproductid",
                "productcode",
                "articleid",
                "variantid",
                "lineitemsku",
                "productsku",
                "idproduct",
                "itemcode",
                "itemsku",
                "articlenumber",
                "articleno",
                "productno",
                "productnumber",
                "materialnumber",
                "matnr",
                "item",
                "product",
            ],
        ),
        required(
            "ordered_at",
            Kind::Instant,
            &[
                "timestamp",
                "eventtime",
                "invoicedate",
                "orderdate",
                "createdat",
                "transactiontimestamp",
                "timestampmicros",
                "eventtimestamp",
                "transactiondate",
                "purchasedat",
                "purchasedate",
                "ordertime",
                "orderedon",
                "ordereddate",
                "orderpurchasetimestamp",
                "orderdatetime",
                "datecreated",
                "datecreatedgmt",
                "dateadd",
                "dateorder",
                "soldat",
                "saledate",
                "salesdate",
                "receiptdate",
                "purchaseddate",
                "paidat",
                "erdat",
                "datetime",
                "date",
                "time",
            ],
        ),
        optional(
            "customer_id",
            Kind::Id,
            &[
                "userid",
                "householdid",
                "clientid",
                "userinfouserid",
                "customerno",
                "customernumber",
                "shopperid",
                "accountid",
                "memberid",
                "householdkey",
                "idcustomer",
                "customeruniqueid",
                "partnerid",
                "buyerid",
                "loyaltyid",
                "cardno",
                "cardnumber",
                "email",
                "customeremail",
                "buyeremail",
                "kunnr",
                "customer",
                "user",
            ],
        ),
        optional(
            "quantity",
            Kind::Number,
            &[
                "qty",
                "units",
                "productsquantity",
                "itemsquantity",
                "productdetailsquantity",
                "qtyordered",
                "quantityordered",
                "orderqty",
                "orderquantity",
                "productquantity",
                "productqty",
                "lineitemquantity",
                "quantitypurchased",
                "itemquantity",
                "productuomqty",
            ],
        ),
        optional(
            "price",
            Kind::Price,
            &[
                "unitprice",
                "productsprice",
                "itemsprice",
                "priceperunit",
                "eventvalue",
                "lineitemprice",
                "priceunit",
                "pricepaid",
            ],
        ),
        optional(
            "currency",
            Kind::Text,
            &["currencycode", "currencyiso", "ordercurrency", "ordercurrencycode"],
        ),
        optional(
            "returned_quantity",
            Kind::Number,
            &["quantityreturned", "refundedquantity", "refundquantity", "qtyrefunded", "returnedqty"],
        ),
        optional("is_cancellation", Kind::Flag, &["isreturn", "isrefund"]),
        optional("is_gift", Kind::Flag, &["gift", "isagift"]),
        optional(
            "is_cancelled",
            Kind::Flag,
            &[
                "iscanceled",
                "cancelled",
                "canceled",
                "cancelledat",
                "canceledat",
                "orderstatus",
                "status",
                "orderstate",
            ],
        ),
        optional(
            "line_id",
            Kind::Id,
            &[
                "orderitemid",
                "orderlineid",
                "orderline",
                "orderlinenumber",
                "lineitemid",
                "linenumber",
                "lineno",
                "linenr",
                "orderdetailid",
                "idorderdetail",
                "ordernumberline",
                "salesorderlinenumber",
            ],
        ),
        optional("discount", Kind::Price, &[]),
    ],
    unread: &["coupon", "channel", "store_id", "recommendation_id"],
};

/// Positions in [`ITEMS`].
pub(crate) mod items {
    pub(crate) const ID: usize = 0;
    pub(crate) const ITEM_GROUP_ID: usize = 1;
    pub(crate) const TITLE: usize = 2;
    pub(crate) const LINK: usize = 3;
    pub(crate) const IMAGE_LINK: usize = 4;
    pub(crate) const PRICE: usize = 5;
    pub(crate) const SALE_PRICE: usize = 6;
    pub(crate) const CURRENCY: usize = 7;
    pub(crate) const AVAILABILITY: usize = 8;
    pub(crate) const AVAILABILITY_DATE: usize = 9;
    pub(crate) const EXPIRATION_DATE: usize = 10;
    pub(crate) const INVENTORY_QUANTITY: usize = 11;
    pub(crate) const BRAND: usize = 12;
    pub(crate) const KIND: usize = 13;
    pub(crate) const ADULT: usize = 14;
    pub(crate) const SENSITIVE: usize = 15;
    /// The first of five: GA4 spreads a path over five columns.
    pub(crate) const PRODUCT_TYPE: usize = 16;
    pub(crate) const USEFUL_LIFE_DAYS: usize = 21;
    pub(crate) const PACK_SIZE: usize = 22;
    pub(crate) const TOPICS: usize = 23;
    /// The first of the relations, which stand in the order of their kinds.
    pub(crate) const RELATIONS: usize = 24;
    pub(crate) const PUBLISHED: usize = 31;
    pub(crate) const STATUS: usize = 32;
    pub(crate) const VISIBILITY: usize = 33;
    pub(crate) const DISCONTINUED: usize = 34;
    pub(crate) const N_COLUMNS: usize = 35;
}

/// The catalogue: Google Merchant, schema.org, Google Retail, Klaviyo, Emarsys, GA4.
pub(crate) static ITEMS: TableSpec = TableSpec {
    name: "items",
    columns: &[
        required(
            "id",
            Kind::Id,
            &[
                "itemid",
                "productid",
                "sku",
                "externalid",
                "stockcode",
                "productcode",
                "articleid",
                "variantid",
                "idproduct",
                "variantsku",
                "itemcode",
                "articlenumber",
                "productnumber",
                "productno",
                "matnr",
                "item",
                "product",
            ],
        ),
        optional(
            "item_group_id",
            Kind::Id,
            &[
                "primaryproductid",
                "inproductgroupwithid",
                "parentid",
                "parentproductid",
                "parentsku",
                "parent",
                "handle",
            ],
        ),
        optional("title", Kind::Text, &["name", "itemname", "productname", "producttitle"]),
        optional("link", Kind::Text, &["url", "uri", "offerurl", "producturl"]),
        optional("image_link", Kind::Text, &["image", "imageurl", "imagefullurl", "zoomimage", "images"]),
        optional("price", Kind::Price, &["priceinfoprice", "offerprice", "unitprice", "itemprice", "msrp"]),
        optional("sale_price", Kind::Price, &["priceinfosaleprice"]),
        optional("currency", Kind::Text, &["currencycode", "priceinfocurrencycode"]),
        optional(
            "availability",
            Kind::Stock,
            &[
                "available",
                "offeravailability",
                "instock",
                "instock?",
                "isinstock",
                "stockstatus",
                "stockavailability",
                "availabilitystatus",
            ],
        ),
        optional("availability_date", Kind::Instant, &["availabilitystarts", "availabletime"]),
        optional("expiration_date", Kind::Instant, &["expiretime", "expirationtime"]),
        optional(
            "inventory_quantity",
            Kind::Stock,
            &[
                "inventorylevel",
                "availablequantity",
                "stock",
                "stockquantity",
                "variantinventoryqty",
                "variantinventoryquantity",
                "inventoryqty",
                "inventory",
                "availablestock",
                "stocklevel",
                "qtyavailable",
                "quantityavailable",
                "onhand",
            ],
        ),
        optional("brand", Kind::Text, &["itembrand", "brands"]),
        optional("kind", Kind::Text, &["itemkind"]),
        optional("adult", Kind::Flag, &["isadult", "adultonly"]),
        optional("sensitive", Kind::Flag, &["issensitive", "sensitivecategory"]),
        optional(
            "product_type",
            Kind::Text,
            &["categorypath", "category", "categories", "itemcategory", "categoryl1"],
        ),
        optional("item_category2", Kind::Text, &["categoryl2"]),
        optional("item_category3", Kind::Text, &["categoryl3"]),
        optional("item_category4", Kind::Text, &["categoryl4"]),
        optional("item_category5", Kind::Text, &["categoryl5"]),
        optional("useful_life_days", Kind::Number, &["lifespandays", "lifetimedays"]),
        optional("pack_size", Kind::Number, &["multipack", "packquantity", "unitsperpack"]),
        optional("topics", Kind::Text, &["topic", "about", "subjects"]),
        optional("accessory_for", Kind::Text, &["isaccessoryorsparepartfor", "isaccessoryfor"]),
        optional("consumable_for", Kind::Text, &["isconsumablefor"]),
        optional("spare_part_for", Kind::Text, &["issparepartfor"]),
        optional("similar_to", Kind::Text, &["issimilarto"]),
        optional("related_to", Kind::Text, &["isrelatedto"]),
        optional("incompatible_with", Kind::Text, &["isincompatiblewith"]),
        optional("bundle_of", Kind::Text, &["bundleitems", "bundleditems", "includesobject", "hasparts"]),
        optional(
            "published",
            Kind::Flag,
            &[
                "ispublished",
                "active",
                "isactive",
                "enabled",
                "isenabled",
                "isvisible",
                "visible",
                "isonline",
            ],
        ),
        optional("status", Kind::Flag, &["productstatus", "poststatus", "itemstatus", "lifecyclestatus"]),
        optional(
            "visibility",
            Kind::Flag,
            &["visibilityincatalog", "visibilityincatalogue", "catalogvisibility"],
        ),
        optional(
            "discontinued",
            Kind::Flag,
            &[
                "isdiscontinued",
                "discontinuedat",
                "archived",
                "isarchived",
                "archivedat",
                "deleted",
                "isdeleted",
                "deletedat",
                "hidden",
                "ishidden",
                "obsolete",
            ],
        ),
    ],
    unread: &["description", "cost_of_goods_sold"],
};

/// Positions in [`CUSTOMERS`].
pub(crate) mod customers {
    pub(crate) const CUSTOMER_ID: usize = 0;
    pub(crate) const HOUSEHOLD: usize = 1;
    pub(crate) const INTERESTS: usize = 2;
    pub(crate) const N_COLUMNS: usize = 3;
}

/// Customers.
pub(crate) static CUSTOMERS: TableSpec = TableSpec {
    name: "customers",
    columns: &[
        required(
            "customer_id",
            Kind::Id,
            &[
                "userid",
                "householdid",
                "clientid",
                "customerno",
                "customernumber",
                "shopperid",
                "accountid",
                "id",
                "customer",
                "user",
            ],
        ),
        optional("household", Kind::Text, &["householdcomp", "householdtype", "householdcomposition"]),
        optional("interests", Kind::Text, &["preferences", "statedinterests", "favouritecategories"]),
    ],
    unread: &["first_seen", "birthday", "preferred_channel"],
};

/// Positions in [`EVENTS`].
pub(crate) mod events {
    pub(crate) const EVENT_NAME: usize = 0;
    pub(crate) const ITEM_ID: usize = 1;
    pub(crate) const OCCURRED_AT: usize = 2;
    pub(crate) const CUSTOMER_ID: usize = 3;
    pub(crate) const VISITOR_ID: usize = 4;
    pub(crate) const SESSION_ID: usize = 5;
    pub(crate) const EVENT_ID: usize = 6;
    pub(crate) const TOPIC: usize = 7;
}

/// Events: GA4, Google Retail, Segment, Amazon Personalize, Recombee.
pub(crate) static EVENTS: TableSpec = TableSpec {
    name: "events",
    columns: &[
        required("event_name", Kind::Word, &["eventtype", "event", "interactiontype", "action"]),
        required(
            "item_id",
            Kind::Id,
            &[
                "itemsitemid",
                "productdetailsproductid",
                "productsproductid",
                "productid",
                "sku",
                "stockcode",
                "articleid",
                "variantid",
                "item",
                "product",
            ],
        ),
        required(
            "occurred_at",
            Kind::Instant,
            &["timestampmicros", "eventtimestamp", "eventtime", "timestamp", "createdat", "datetime", "time"],
        ),
        optional(
            "customer_id",
            Kind::Id,
            &["userid", "userinfouserid", "householdid", "accountid", "memberid", "customer", "user"],
        ),
        optional(
            "visitor_id",
            Kind::Id,
            &["clientid", "userpseudoid", "anonymousid", "deviceid", "cookieid", "visitor"],
        ),
        optional("session_id", Kind::Id, &["gasessionid", "visitid", "session"]),
        optional("event_id", Kind::Id, &["messageid", "insertid"]),
        optional("topic", Kind::Word, &["contenttopic"]),
    ],
    unread: &["recommendation_id", "value"],
};

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::schema::normalise;

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
