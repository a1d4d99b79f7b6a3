//! The id of a slate that is made ahead of its being shown.

use erbij_core::{Catalogue, Timestamp};
use erbij_engine::Slate;
use uuid::{Builder, Uuid};

/// The id of a slate: a UUID of version 7 whose time is `now`, and whose other bits are a hash of the artifact, of what was
/// asked and of the items. So the same night gives the same ids, and another list has another id. O(items).
///
/// `asked` names whom and what the slate is for, such as its placement and its customer.
pub fn recommendation_id(
    artifact_id: &str,
    asked: &[&str],
    now: Timestamp,
    catalogue: &Catalogue,
    slate: &Slate,
) -> Uuid {
    let mut hasher = blake3::Hasher::new();
    let mut add = |text: &str| {
        // Lengths keep neighbours apart: ("ab", "c") is not ("a", "bc").
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    };
    add(artifact_id);
    add(&asked.len().to_string());
    asked.iter().for_each(|asked| add(asked));
    slate.items.iter().for_each(|item| add(catalogue.items().id(item.item)));
    let mut bits = [0; 10];
    hasher.finalize_xof().fill(&mut bits);
    let millis = u64::try_from(now.micros() / 1000).unwrap_or(0);
    Builder::from_unix_timestamp_millis(millis, &bits).into_uuid()
}

#[cfg(test)]
mod tests {
    use erbij_core::{CatalogueColumns, Currency, ItemIdx, Score, StrColumn, VariantColumns};
    use erbij_engine::{CandidateSource, Heard, LeftOut, Reason, SlateItem};

    use super::*;

    fn slate(items: &[u32]) -> Slate {
        let shown = |&item: &u32| SlateItem {
            item: ItemIdx::new(item),
            score: Score::new(1.0).expect("finite"),
            source: CandidateSource::Popularity,
            reason: Reason::Popular,
            contributions: Vec::new(),
        };
        Slate {
            items: items.iter().map(shown).collect(),
            first_choice: CandidateSource::Popularity,
            left_out: LeftOut::default(),
            empty_because: None,
            heard: Heard::default(),
        }
    }

    #[test]
    fn another_artifact_question_instant_or_list_has_another_id() {
        let columns = CatalogueColumns::of_ids(["a", "b", "c"].into_iter().collect::<StrColumn>());
        let catalogue = Catalogue::new(columns, VariantColumns::default(), Currency::EUR).expect("valid");
        let id = |artifact: &str, asked: &[&str], micros: i64, items: &[u32]| {
            recommendation_id(artifact, asked, Timestamp::from_micros(micros), &catalogue, &slate(items))
        };
        let now = 1_488_533_400_000_000;
        let first = id("x", &["home", "7"], now, &[0, 1]);
        assert_eq!(first, id("x", &["home", "7"], now, &[0, 1]));
        assert_eq!(first.get_version_num(), 7);
        assert_eq!(first.get_timestamp().expect("version 7 has one").to_unix().0, 1_488_533_400);
        for other in [
            id("y", &["home", "7"], now, &[0, 1]),
            id("x", &["home7"], now, &[0, 1]),
            id("x", &["home", "7"], now + 1_000_000, &[0, 1]),
            id("x", &["home", "7"], now, &[1, 0]),
            id("x", &["home", "7"], now, &[0]),
            id("x", &["home", "7", "a"], now, &[1]),
        ] {
            assert_ne!(first, other);
        }
        assert_eq!(id("x", &[], -5, &[]).get_version_num(), 7, "before 1970");
    }
}
