//! Accessories against hand-worked shops.
