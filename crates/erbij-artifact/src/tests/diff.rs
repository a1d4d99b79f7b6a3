use expect_test::expect;

use super::support::{EMPTY, SMALL, Size, write_shop};
use crate::{Artifact, diff, open};

fn artifact(size: Size) -> Artifact {
    let root = tempfile::tempdir().expect("a place");
    let (dir, _) = write_shop(root.path(), "new", size);
    open(&dir).expect("just written")
}

#[test]
fn a_diff_says_in_words_what_changes_for_the_best_sellers() {
    let (old, new) = (artifact(Size { n_items: 10, n_related: 3, ..SMALL }), artifact(SMALL));
    let changes = diff(&old, &new, 3);
    assert_eq!(changes.best_sellers[0].item.item_id, "i0");
    assert_eq!(changes.best_sellers[0].jaccard_at_10, Some(0.5));
    expect![[r#"
        items: 10 -> 12
        customers: 5 -> 5
        purchases: 10 -> 10
        related pairs: 30 -> 72
        personal weights: 30 -> 72
        related items of the 3 best sellers: median Jaccard at 10 is 0.50
        Crème 0 (i0): gains i4, Crème 5 (i5), Crème 6 (i6)
        Crème 1 (i1): gains Crème 5 (i5), Crème 6 (i6), Crème 7 (i7)
        Crème 2 (i2): gains Crème 6 (i6), Crème 7 (i7), Crème 8 (i8)
    "#]]
    .assert_eq(&changes.to_string());
    let back = diff(&new, &old, 1);
    assert_eq!(back.best_sellers[0].lost, changes.best_sellers[0].gained);
    assert_eq!(back.best_sellers[0].gained, []);
}

#[test]
fn nothing_changes_from_an_artifact_to_itself() {
    let same = artifact(SMALL);
    let changes = diff(&same, &same, 100);
    assert_eq!(changes.best_sellers.len(), SMALL.n_items);
    assert_eq!(changes.median_jaccard_at_10, Some(1.0));
    assert!(changes.best_sellers.iter().all(|best| best.gained.is_empty() && best.lost.is_empty()));
}

#[test]
fn artifacts_that_share_nothing_can_be_compared() {
    let (none, some) = (artifact(EMPTY), artifact(SMALL));
    assert_eq!(diff(&some, &none, 5).median_jaccard_at_10, None);
    let from_nothing = diff(&none, &some, 2);
    assert_eq!(from_nothing.median_jaccard_at_10, None);
    assert!(from_nothing.to_string().ends_with("Crème 0 (i0): new\nCrème 1 (i1): new\n"));
}
