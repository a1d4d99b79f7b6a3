//! The seeded shop simulator.
