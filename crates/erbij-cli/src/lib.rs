//! The program erbij.
