//! Sections on their way to models, and the rules that several of them share.

use erbij_core::RowOffsets;

use crate::section_read::Section;
use crate::section_spec::SectionSpec;

/// Why sections that are each well formed are no model set.
pub(crate) type ModelFault = Box<dyn std::error::Error + Send + Sync>;

/// A section that is well formed, with its name where its values break a rule of the models.
pub(crate) type Fault = (&'static str, ModelFault);

/// Sections on their way to models: each is taken out by its spec, and once.
pub(super) struct Sections(pub(super) Vec<(SectionSpec, Section)>);

impl Sections {
    /// A section that not every version of the format has.
    pub(super) fn take_if_there(&mut self, wanted: &SectionSpec) -> Option<Section> {
        let position = self.0.iter().position(|(spec, _)| spec.file == wanted.file)?;
        Some(self.0.remove(position).1)
    }

    /// A section that every artifact has.
    pub(super) fn take(&mut self, wanted: &SectionSpec) -> Section {
        self.take_if_there(wanted).expect("`sections_of` names it, and what it names was read")
    }
}

/// Refuses a section whose rows are not as many as those of another.
pub(super) fn check_rows(file: &'static str, found: usize, expected: usize) -> Result<(), Fault> {
    if found == expected {
        return Ok(());
    }
    Err((file, format!("it has {found} rows, expected {expected}").into()))
}

/// Columns that lie beside each other in memory share one list of offsets; in the file each has its own.
pub(super) fn check_same_rows(
    file: &'static str,
    rows: &RowOffsets,
    others: &[&RowOffsets],
) -> Result<(), Fault> {
    if others.iter().all(|&other| other == rows) {
        return Ok(());
    }
    Err((file, "the lists of a row differ in length".into()))
}
