//! Several columns as one.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, StringArray};
use arrow_cast::cast;
use arrow_schema::DataType;

use super::words::is_nothing;
use crate::names::Kind;

fn texts(parts: &[ArrayRef]) -> Result<Vec<ArrayRef>, String> {
    let texts: Result<Vec<ArrayRef>, _> = parts.iter().map(|part| cast(part, &DataType::Utf8)).collect();
    texts.map_err(|error| error.to_string())
}

fn at(part: &ArrayRef, row: usize) -> Option<&str> {
    part.is_valid(row).then(|| part.as_string::<i32>().value(row).trim())
}

/// The values of several columns as one text a row; none where one of them has none. Of a date and a time of day it is
/// the instant: what a date says of the hour is left out.
pub(crate) fn together(parts: &[ArrayRef], kind: Kind) -> Result<ArrayRef, String> {
    let parts = texts(parts)?;
    let n_rows = parts.first().map_or(0, |part| part.len());
    let row = |row: usize| {
        let values: Option<Vec<&str>> = parts.iter().map(|part| at(part, row)).collect();
        let values = values?;
        Some(match kind {
            Kind::Instant => {
                let date = values.first()?;
                let day = date.split(['T', ' ']).next().unwrap_or(date);
                std::iter::once(day).chain(values.iter().skip(1).copied()).collect::<Vec<_>>().join(" ")
            }
            Kind::Text => values.join(" > "),
            _ => values.join("/"),
        })
    };
    Ok(Arc::new((0..n_rows).map(row).collect::<StringArray>()))
}

/// Of several columns the first that holds a value in a row. A whole 0 is none, as in a variation that is no variation.
pub(crate) fn first_of(parts: &[ArrayRef]) -> Result<ArrayRef, String> {
    let parts = texts(parts)?;
    let n_rows = parts.first().map_or(0, |part| part.len());
    let holds = |text: &&str| !is_nothing(text) && *text != "0";
    let row = |row: usize| parts.iter().filter_map(|part| at(part, row)).find(holds);
    Ok(Arc::new((0..n_rows).map(row).collect::<StringArray>()))
}
