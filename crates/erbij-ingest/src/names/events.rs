//! The events table.

use super::{Kind, TableSpec, optional, required};

pub(crate) const EVENT_NAME: usize = 0;
pub(crate) const ITEM_ID: usize = 1;
pub(crate) const OCCURRED_AT: usize = 2;
pub(crate) const CUSTOMER_ID: usize = 3;
pub(crate) const VISITOR_ID: usize = 4;
pub(crate) const SESSION_ID: usize = 5;
pub(crate) const EVENT_ID: usize = 6;
pub(crate) const TOPIC: usize = 7;

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
