//! The items table.

use super::{Kind, TableSpec, optional, required};

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
pub(crate) const OTHER_ID: usize = 35;
pub(crate) const VARIANTS: usize = 36;
pub(crate) const N_COLUMNS: usize = 37;

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
        optional("other_id", Kind::Id, &[]),
        optional("variants", Kind::Text, &[]),
    ],
    unread: &["description", "cost_of_goods_sold"],
};
