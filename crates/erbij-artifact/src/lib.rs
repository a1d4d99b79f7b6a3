//! A model set as files: write, validate, open, publish, roll back.
