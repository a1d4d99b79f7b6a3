//! Recipe, checked parameters, fit and immutable models.
