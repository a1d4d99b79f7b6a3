//! Texts, one a row or any number of them.

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, ListArray, StringArray};
use arrow_cast::cast;
use arrow_schema::DataType;

use super::column::Column;

/// Texts, any number a row: those of a list, or the parts of a text between `,`, `;` and `|`.
pub(crate) enum Texts {
    None,
    Lists(ListArray),
    Parts(StringArray),
}

impl Texts {
    pub(crate) fn read(column: Column<'_>) -> Result<Self, String> {
        let Some(array) = column else { return Ok(Self::None) };
        let is_list = matches!(array.data_type(), DataType::List(_) | DataType::LargeList(_));
        let wanted = if is_list { DataType::new_list(DataType::Utf8, true) } else { DataType::Utf8 };
        let cast = cast(array, &wanted).map_err(|error| error.to_string())?;
        Ok(match is_list {
            true => Self::Lists(cast.as_list::<i32>().clone()),
            false => Self::Parts(cast.as_string::<i32>().clone()),
        })
    }

    /// The texts of a row.
    pub(crate) fn each(&self, row: usize, mut each: impl FnMut(&str)) {
        match self {
            Self::Lists(lists) if lists.is_valid(row) => {
                let list: ArrayRef = lists.value(row);
                list.as_string::<i32>().iter().flatten().for_each(each);
            }
            Self::Parts(texts) if texts.is_valid(row) => {
                texts.value(row).split([',', ';', '|']).for_each(&mut each);
            }
            _ => {}
        }
    }
}

/// A column as one text a row; lists are joined.
pub(crate) fn text(column: Column<'_>) -> Result<Option<StringArray>, String> {
    one_text(column, |parts| parts.join(" > "))
}

/// A column of which a list means its first text, such as several pictures.
pub(crate) fn first_texts(column: Column<'_>) -> Result<Option<StringArray>, String> {
    one_text(column, |texts| texts.first().map_or_else(String::new, |first| (*first).to_owned()))
}

/// A column of category paths. A list of them holds several paths, of which the deepest is taken, the first of these.
pub(crate) fn paths(column: Column<'_>) -> Result<Option<StringArray>, String> {
    let depth = |path: &str| path.matches('>').count();
    one_text(column, |paths| {
        let deepest = paths.iter().map(|path| depth(path)).max().unwrap_or(0);
        paths.iter().find(|path| depth(path) == deepest).map_or_else(String::new, |path| (*path).to_owned())
    })
}

fn one_text(column: Column<'_>, of: impl Fn(&[&str]) -> String) -> Result<Option<StringArray>, String> {
    let Some(array) = column else { return Ok(None) };
    let (DataType::List(_) | DataType::LargeList(_)) = array.data_type() else {
        let cast = cast(array, &DataType::Utf8).map_err(|error| error.to_string())?;
        return Ok(Some(cast.as_string::<i32>().clone()));
    };
    let lists = cast(array, &DataType::new_list(DataType::Utf8, true)).map_err(|error| error.to_string())?;
    let row = |list: Option<ArrayRef>| {
        let list = list?;
        let parts: Vec<&str> = list.as_string::<i32>().iter().flatten().collect();
        Some(of(&parts))
    };
    Ok(Some(lists.as_list::<i32>().iter().map(row).collect()))
}
