//! From a query to an explained slate.
