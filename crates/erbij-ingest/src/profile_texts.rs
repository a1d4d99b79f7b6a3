//! The texts of all profiles by name, and the name that switches them off.

/// Name and text of each.
pub(crate) const PROFILES: [(&str, &str); 12] = [
    ("amazon", include_str!("../../../data/schema/profiles/amazon.toml")),
    ("ga4", include_str!("../../../data/schema/profiles/ga4.toml")),
    ("magento", include_str!("../../../data/schema/profiles/magento.toml")),
    ("odoo", include_str!("../../../data/schema/profiles/odoo.toml")),
    ("prestashop", include_str!("../../../data/schema/profiles/prestashop.toml")),
    ("sap", include_str!("../../../data/schema/profiles/sap.toml")),
    ("shopify", include_str!("../../../data/schema/profiles/shopify.toml")),
    ("shopify_tables", include_str!("../../../data/schema/profiles/shopify_tables.toml")),
    ("shopware", include_str!("../../../data/schema/profiles/shopware.toml")),
    ("square", include_str!("../../../data/schema/profiles/square.toml")),
    ("uci", include_str!("../../../data/schema/profiles/uci.toml")),
    ("woocommerce", include_str!("../../../data/schema/profiles/woocommerce.toml")),
];

/// The name that switches them off.
pub(crate) const NONE: &str = "none";

/// The names of all profiles.
pub fn profile_names() -> impl Iterator<Item = &'static str> {
    PROFILES.into_iter().map(|(name, _)| name)
}
