//! What columns are baskets, and what they answer.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

fn returned(item: u32, customer: u32, at: i64) -> Returned {
    Returned {
        item: ItemIdx::new(item),
        customer: CustomerIdx::new(customer),
        ordered_at: Timestamp::from_micros(at),
    }
}

fn parts() -> BasketParts {
    BasketParts {
        n_customers: 2,
        n_items: 3,
        customers: vec![CustomerIdx::new(0), CustomerIdx::new(1), CustomerIdx::GUEST],
        ordered_at: vec![Timestamp::from_micros(5), Timestamp::from_micros(1), Timestamp::from_micros(3)],
        amounts_minor: vec![0; 3],
        offsets: vec![0, 1, 3, 4],
        items: [0, 1, 2, 2].map(ItemIdx::new).to_vec(),
        quantities: vec![1.0; 4],
        gift_lines: vec![1, 3],
        returned: vec![returned(0, 1, 3), returned(2, 0, 2), returned(2, 0, 2), returned(2, 1, 1)],
        time_zone: TimeZone::UTC,
    }
}

#[test]
fn customers_and_guests_find_their_baskets() {
    let baskets = Baskets::from_parts(parts()).expect("valid");
    assert_eq!(baskets.of_customer(CustomerIdx::new(1)), 1..2);
    assert_eq!(baskets.of_guests(), 2..3);
    assert_eq!(baskets.window(), Some((Timestamp::from_micros(1), Timestamp::from_micros(5))));
}

#[test]
fn baskets_can_be_left_out_by_instant() {
    let baskets = Baskets::from_parts(parts()).expect("valid").retain(|at| Timestamp::from_micros(3) <= at);
    assert_eq!((baskets.len(), baskets.n_lines(), baskets.n_customers()), (2, 2, 2));
    assert_eq!(baskets.of_customer(CustomerIdx::new(1)), 1..1);
    assert_eq!(baskets.items(1), [ItemIdx::new(2)]);
    assert_eq!(baskets.parts().returned, [returned(0, 1, 3)]);
}

#[test]
fn an_item_finds_what_came_back_of_it() {
    let baskets = Baskets::from_parts(parts()).expect("valid");
    let of = |item| baskets.returns_of(ItemIdx::new(item));
    assert_eq!(of(0), [returned(0, 1, 3)]);
    assert_eq!(of(1), []);
    assert_eq!(of(2), [returned(2, 0, 2), returned(2, 0, 2), returned(2, 1, 1)]);
    assert_eq!(of(3), [], "an item that nobody knows");
    let orders = Baskets::from_orders(2, 3, Vec::new()).expect("valid");
    assert_eq!(orders.returns_of(ItemIdx::new(0)), []);
}

#[test]
fn baskets_can_be_chosen_by_position() {
    let baskets = Baskets::from_parts(parts()).expect("valid");
    let chosen = baskets.select(|basket| basket != 1, |returned| returned.customer != CustomerIdx::new(0));
    assert_eq!(chosen.parts().returned, [returned(0, 1, 3), returned(2, 1, 1)]);
    assert_eq!((chosen.len(), chosen.n_customers(), chosen.n_items()), (2, 2, 3));
    assert_eq!((chosen.of_customer(CustomerIdx::new(1)), chosen.of_guests()), (1..1, 1..2));
    assert_eq!(chosen.ordered_at(1), baskets.ordered_at(2));
    let gifts = |of: &Baskets, basket| of.gifts(basket).collect::<Vec<_>>();
    assert_eq!([0, 1, 2].map(|basket| gifts(&baskets, basket)), [vec![], vec![0], vec![0]]);
    assert_eq!([0, 1].map(|basket| gifts(&chosen, basket)), [vec![], vec![0]]);
    let none = baskets.select(|_| false, |_| false);
    assert!(none.is_empty() && none.parts().returned.is_empty());
}

/// One guest's order, another's, the first one's again, with a gift: they would count as three people where whoever counts
/// looks only at the one before.
#[test]
fn orders_of_one_guest_stand_side_by_side() {
    let order = |at: i64, items: &[u32]| Order {
        customer: None,
        ordered_at: Timestamp::from_micros(at),
        amount_minor: at,
        lines: items.iter().map(|&item| (ItemIdx::new(item), 1.0)).collect(),
    };
    let apart = vec![order(1, &[0, 1]), order(2, &[1]), order(3, &[0, 1])];
    let mut parts = Baskets::from_orders(0, 2, apart).expect("valid").parts().clone();
    assert_eq!(parts.amounts_minor, [1, 3, 2]);
    assert_eq!(parts.offsets, [0, 2, 4, 5]);
    // As they were laid out at first, the last but one line being a gift.
    parts.amounts_minor = vec![1, 2, 3];
    parts.ordered_at = [1, 2, 3].map(Timestamp::from_micros).to_vec();
    parts.offsets = vec![0, 2, 3, 5];
    parts.items = [0, 1, 1, 0, 1].map(ItemIdx::new).to_vec();
    parts.quantities = vec![1.0, 2.0, 3.0, 4.0, 5.0];
    parts.gift_lines = vec![2, 3];
    let baskets = Baskets::from_parts(parts).expect("valid");
    assert_eq!([0, 1, 2].map(|basket| baskets.person(basket)), [0, 0, 1]);
    assert_eq!(baskets.parts().amounts_minor, [1, 3, 2]);
    assert_eq!(baskets.parts().quantities, [1.0, 2.0, 4.0, 5.0, 3.0]);
    assert_eq!([0, 1, 2].map(|basket| baskets.gifts(basket).collect::<Vec<_>>()), [vec![], vec![0], vec![0]]);
    // What is in its place stays there.
    let again = Baskets::from_parts(baskets.parts().clone()).expect("valid");
    assert_eq!(again.parts().amounts_minor, [1, 3, 2]);
}

#[test]
fn columns_that_break_a_rule_are_refused() {
    let check = |change: fn(&mut BasketParts), expected| {
        let mut parts = parts();
        change(&mut parts);
        assert_eq!(Baskets::from_parts(parts).err(), Some(expected));
    };
    check(|p| p.offsets.truncate(3), BasketsError::Length);
    check(|p| p.customers.swap(0, 1), BasketsError::Basket { basket: 1 });
    check(|p| p.customers[1] = CustomerIdx::new(2), BasketsError::Basket { basket: 1 });
    check(|p| p.items.swap(1, 2), BasketsError::Line { line: 2 });
    check(|p| p.items[1] = ItemIdx::new(2), BasketsError::Line { line: 2 });
    check(|p| p.items[3] = ItemIdx::new(3), BasketsError::Line { line: 3 });
    check(|p| p.quantities[0] = 0.0, BasketsError::Line { line: 0 });
    check(|p| p.quantities[0] = f32::NAN, BasketsError::Line { line: 0 });
    check(|p| p.gift_lines.swap(0, 1), BasketsError::Gift { gift: 1 });
    check(|p| p.gift_lines[1] = 1, BasketsError::Gift { gift: 1 });
    check(|p| p.gift_lines[1] = 4, BasketsError::Gift { gift: 1 });
    check(|p| p.returned.swap(0, 1), BasketsError::Returned { returned: 1 });
    check(|p| p.returned[3].customer = CustomerIdx::new(0), BasketsError::Returned { returned: 3 });
    check(|p| p.returned[1].ordered_at = Timestamp::from_micros(9), BasketsError::Returned { returned: 2 });
    check(|p| p.returned[3].customer = CustomerIdx::new(2), BasketsError::Returned { returned: 3 });
    check(|p| p.returned[3].customer = CustomerIdx::GUEST, BasketsError::Returned { returned: 3 });
    check(|p| p.returned[3].item = ItemIdx::new(3), BasketsError::Returned { returned: 3 });
}

proptest! {
    #[test]
    fn a_cut_in_time_knows_no_later_return_and_every_earlier_one(
        drawn in vec((0..5_u32, 0..4_u32, 0..20_i64), 0..40), cut in 0..21_i64,
    ) {
        let mut all: Vec<Returned> =
            drawn.into_iter().map(|(item, customer, at)| returned(item, customer, at)).collect();
        all.sort_unstable();
        let parts = BasketParts {
            n_customers: 4,
            n_items: 5,
            offsets: vec![0],
            returned: all.clone(),
            ..BasketParts::default()
        };
        let baskets = Baskets::from_parts(parts).expect("sorted");
        let before = baskets.retain(|at| at < Timestamp::from_micros(cut));
        for item in (0..5).map(ItemIdx::new) {
            let expected: Vec<Returned> = all
                .iter()
                .filter(|returned| returned.item == item && returned.ordered_at.micros() < cut)
                .copied()
                .collect();
            prop_assert_eq!(before.returns_of(item), expected);
        }
    }
}
