//! An artifact that cannot fill its slates does not go live, on a first night as little as on any other.

use crate::program::{erbij, failure_of, stdout_of};
use crate::small_shop::{N_ITEMS, NOW, item, write_shop};

#[test]
fn a_shop_that_sold_out_is_not_published_on_its_first_night() {
    let dir = tempfile::tempdir().expect("a folder");
    write_shop(dir.path());
    let path = |name: &str| dir.path().join(name).to_str().expect("text").to_owned();
    for (stock, refused) in [("uitverkocht", true), ("op voorraad", false)] {
        let rows: String = (0..N_ITEMS).map(|number| format!("{},{stock}\n", item(number))).collect();
        std::fs::write(path("items.csv"), format!("id,availability\n{rows}")).expect("written");
        let (orders, items, out) = (path("orders.parquet"), path("items.csv"), path(stock));
        stdout_of(&mut erbij(&[
            "train", "--quiet", "--now", NOW, "--orders", &orders, "--items", &items, "--out", &out,
        ]));
        let store = path("store");
        let publish = ["publish", out.as_str(), "--store", store.as_str()];
        if refused {
            let (code, told) = failure_of(&mut erbij(&publish));
            assert_eq!(code, 1);
            assert!(
                told.contains("cannot fill its slates: % of purchases whose item can be shown is 0"),
                "{told}"
            );
        } else {
            assert!(stdout_of(&mut erbij(&publish)).contains("generation 1 is current now"));
        }
    }
}
