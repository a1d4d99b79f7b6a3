use erbij_core::{
    AlreadyBought, Catalogue, CatalogueColumns, Currency, Events, Placement, Silent, Stated, StrColumn,
    TrainingData, VariantColumns, Vocab,
};
use erbij_engine::Person;
use erbij_recipe::Recipe;
use erbij_train::fit;

use super::*;
use crate::testing::{ShortOrder, at, baskets};

const N_ITEMS: usize = 6;

fn engine(orders: &[ShortOrder<'_>]) -> Engine {
    let columns = CatalogueColumns::of_ids(["a", "b", "c", "d", "e", "f"].iter().collect());
    let catalogue = Catalogue::new(columns, VariantColumns::default(), Currency::EUR).expect("a catalogue");
    let ids: StrColumn = (0..6).map(|customer| customer.to_string()).collect::<Vec<_>>().iter().collect();
    let data = TrainingData {
        baskets: baskets(6, N_ITEMS, orders),
        events: Events::none(6, N_ITEMS),
        stated: Stated::none(6),
        customers: Vocab::new(ids).expect("distinct ids"),
        // Item 5 is in no catalogue.
        catalogue: catalogue.without(|item| item.get() == 5),
    };
    let recipe = Recipe::default().check().expect("a recipe");
    Engine::new(fit(&recipe, data, &Silent).expect("fitted"))
}

#[test]
fn peers_are_what_they_are_called_behind_the_gate_of_the_engine() {
    // Everybody of 1 to 4 bought item 0; items 1 and 2 go together; customer 0 bought 2 twice and 1, 5 once.
    let engine = engine(&[
        (Some(0), 1, &[2, 5]),
        (Some(0), 2, &[1, 2]),
        (Some(1), 3, &[0, 1, 2]),
        (Some(2), 3, &[0, 1, 2, 3]),
        (Some(3), 4, &[0, 3]),
        (Some(4), 4, &[0, 3]),
    ]);
    let peers = Peers::new(&engine);
    let (mut scratch, mut board) = (engine.new_scratch(), ScoreBoard::new(N_ITEMS));
    let mut slate = |peer, customer: u32, already_bought| {
        let query = Query {
            n: 3,
            already_bought: Some(already_bought),
            ..Query::new(Placement::Newsletter, Person::replayed(CustomerIdx::new(customer)), at(9))
        };
        let slate = peers.slate(peer, &engine, &query, (&mut scratch, &mut board));
        slate.into_iter().map(|item| item.get()).collect::<Vec<_>>()
    };
    // Own: 2 twice, then 1 (5 cannot be shown), then what sells: 0.
    assert_eq!(slate(Peer::GpTopFreq, 0, AlreadyBought::Keep), [2, 1, 0]);
    // What was bought is left out of everybody's slate by the same gate; what sells follows: 0, then 3.
    assert_eq!(slate(Peer::GpTopFreq, 0, AlreadyBought::Exclude), [0, 3]);
    // cos(2, 1) = 1, cos(2, 0) = 2/√12, cos(1, 0) = 2/√12, 3 is like 0 and has cos(1, 3) = 1/3 of each.
    assert_eq!(slate(Peer::ItemCosine, 0, AlreadyBought::Exclude), [0, 3]);
    // A stranger gets what sells.
    for peer in [Peer::GpTopFreq, Peer::ItemCosine] {
        let of_stranger = slate(peer, 5, AlreadyBought::Keep);
        assert_eq!((of_stranger[0], of_stranger.len()), (0, 3), "{peer:?}: {of_stranger:?}");
    }
}
