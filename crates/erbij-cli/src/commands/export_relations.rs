//! `erbij export relations`: how the items of a catalogue are related, for others to read.

use std::io::Write;
use std::path::Path;

use anyhow::bail;
use erbij_core::{ItemIdx, Progress, with_commas};
use erbij_engine::Engine;
use erbij_export::{JsonLd, MerchantFeed, RelatedItem, related_items};
use rayon::prelude::*;

use crate::args::{RelationsArgs, RelationsForm};
use crate::commands::known::note;
use crate::commands::open;
use crate::progress::Reporter;
use crate::replace_file::replace_file;
use crate::table_file::{Cell, ColumnKind, Columns, Row, write_table_as};
use crate::writes::TableFormat;

/// Items of one task.
const SHARE_ITEMS: usize = 1024;

const COLUMNS: Columns = &[
    ("item_id", ColumnKind::Id),
    ("title", ColumnKind::Text),
    ("relation", ColumnKind::Id),
    ("related_item_id", ColumnKind::Id),
    ("related_title", ColumnKind::Text),
    ("said_by", ColumnKind::Id),
    ("score", ColumnKind::Number),
];

/// An item, and what is related to it.
type Related = (ItemIdx, Vec<RelatedItem>);

pub(crate) fn run(args: &RelationsArgs, reporter: &Reporter, out: &mut dyn Write) -> anyhow::Result<()> {
    let form = form_of(args)?;
    let engine = Engine::new(open::artifact(args.artifact.as_deref(), &args.store)?.model_set);
    let catalogue = &engine.models().catalogue;
    reporter.begin("relating items", Some(catalogue.len() as u64), "items");
    let items: Vec<ItemIdx> = catalogue.items().indices().collect();
    let of_share = |share: &[ItemIdx]| -> Vec<Related> {
        let related = share.iter().map(|&item| (item, related_items(&engine, item))).collect();
        reporter.advance(share.len() as u64);
        related
    };
    let shares: Vec<Vec<Related>> = items.par_chunks(SHARE_ITEMS).map(of_share).collect();
    reporter.finish();
    let (mut n_relations, mut n_items) = (0_u64, 0_u64);
    for (_, related) in shares.iter().flatten() {
        n_relations += related.len() as u64;
        n_items += u64::from(!related.is_empty());
    }
    let path = &args.out;
    match form {
        RelationsForm::Merchant => write_feed(path, &MerchantFeed::new(catalogue), &shares)?,
        RelationsForm::Jsonld => {
            let mut json_ld = JsonLd::new(catalogue);
            shares.iter().flatten().for_each(|(item, related)| json_ld.add(*item, related));
            let lines = json_ld.lines();
            replace_file(path, |file| Ok(file.write_all(&lines)?))?;
        }
        RelationsForm::Csv => write_rows(path, TableFormat::Csv, &engine, &shares)?,
        RelationsForm::Jsonl => write_rows(path, TableFormat::Jsonl, &engine, &shares)?,
        RelationsForm::Parquet => write_rows(path, TableFormat::Parquet, &engine, &shares)?,
    }
    let (n_relations, n_items) = (with_commas(n_relations), with_commas(n_items));
    let n_all = with_commas(catalogue.len() as u64);
    writeln!(out, "{}: {n_relations} relations of {n_items} of {n_all} items", path.display())?;
    Ok(())
}

/// The form that is asked for, or that the file's ending says.
pub(crate) fn form_of(args: &RelationsArgs) -> anyhow::Result<RelationsForm> {
    if let Some(form) = args.form {
        return Ok(form);
    }
    let ending = args.out.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    Ok(match ending {
        "tsv" => RelationsForm::Merchant,
        "jsonld" => RelationsForm::Jsonld,
        "csv" => RelationsForm::Csv,
        "jsonl" => RelationsForm::Jsonl,
        "parquet" => RelationsForm::Parquet,
        _ => bail!(
            "`{}` has the ending `{ending}`; expected `.tsv`, `.jsonld`, `.jsonl`, `.csv` or `.parquet`; hint: or say `--as`",
            args.out.display()
        ),
    })
}

fn write_feed(path: &Path, feed: &MerchantFeed<'_>, shares: &[Vec<Related>]) -> anyhow::Result<()> {
    let mut n_untold = 0;
    replace_file(path, |file| {
        file.write_all(MerchantFeed::HEADER.as_bytes())?;
        for (item, related) in shares.iter().flatten() {
            let (lines, untold) = feed.lines(*item, related);
            n_untold += untold;
            file.write_all(lines.unwrap_or_default().as_bytes())?;
        }
        Ok(())
    })?;
    if 0 < n_untold {
        let n_untold = with_commas(n_untold as u64);
        note(&format!(
            "{n_untold} relations are left out: Merchant Center takes letters, digits, `_` and `-` in the id of a related product"
        ));
    }
    Ok(())
}

fn write_rows(
    path: &Path,
    format: TableFormat,
    engine: &Engine,
    shares: &[Vec<Related>],
) -> anyhow::Result<()> {
    let catalogue = &engine.models().catalogue;
    let text = |text: &str| Cell::Text(text.to_owned());
    let row = |item: ItemIdx, related: &RelatedItem| -> Row {
        vec![
            text(catalogue.items().id(item)),
            text(catalogue.title(item)),
            text(related.relation.name()),
            text(catalogue.items().id(related.item)),
            text(catalogue.title(related.item)),
            text(related.said_by.name()),
            Cell::Number(f64::from(related.score)),
        ]
    };
    let rows = shares.iter().map(|share| {
        share.iter().flat_map(|(item, related)| related.iter().map(|related| row(*item, related))).collect()
    });
    write_table_as(path, format, COLUMNS, rows)?;
    Ok(())
}
