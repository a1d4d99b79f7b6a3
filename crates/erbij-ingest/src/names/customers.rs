//! The customers table.

use super::{Kind, TableSpec, optional, required};

pub(crate) const CUSTOMER_ID: usize = 0;
pub(crate) const HOUSEHOLD: usize = 1;
pub(crate) const INTERESTS: usize = 2;
pub(crate) const N_COLUMNS: usize = 3;

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
