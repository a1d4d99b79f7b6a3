//! What customers have said of themselves: whom they buy for, and what they care about.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Catalogue, CategoryIdx, CustomerIdx, ItemIdx, RowOffsets, TopicIdx};

/// Whom a customer buys for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HouseholdKind {
    /// One person.
    Single,
    /// Two people.
    Couple,
    /// More than two, or children.
    Family,
    /// Too little is known.
    Unknown,
}

impl HouseholdKind {
    /// Those that can be guessed, in the order of all columns and ratios.
    pub const KNOWN: [Self; 3] = [Self::Single, Self::Couple, Self::Family];

    /// The spelling in tables and answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Single => "single",
            Self::Couple => "couple",
            Self::Family => "family",
            Self::Unknown => "unknown",
        }
    }

    /// The kind that a customer has stated, in the words of the customers table, Dutch or English, or as the number
    /// of people.
    ///
    /// ```
    /// use erbij_core::HouseholdKind;
    /// assert_eq!(HouseholdKind::from_stated("Gezin"), Some(HouseholdKind::Family));
    /// assert_eq!(HouseholdKind::from_stated("2"), Some(HouseholdKind::Couple));
    /// assert_eq!(HouseholdKind::from_stated("?"), None);
    /// ```
    pub fn from_stated(text: &str) -> Option<Self> {
        match text.trim().to_lowercase().as_str() {
            "single" | "alleenstaand" | "alleen" | "eenpersoons" | "1" => Some(Self::Single),
            "couple" | "stel" | "samenwonend" | "koppel" | "2" => Some(Self::Couple),
            "family" | "gezin" | "3" | "4" | "5" | "5+" | "6" => Some(Self::Family),
            "unknown" | "onbekend" => Some(Self::Unknown),
            _ => None,
        }
    }
}

/// Something a customer has said to care about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StatedInterest {
    /// A category and all below it.
    Category(CategoryIdx),
    /// The brand of this item, the first of those that have it.
    Brand(ItemIdx),
    /// A topic.
    Topic(TopicIdx),
}

/// What can be cared about, by its name as people write it.
#[derive(Clone, Debug)]
pub struct InterestNames {
    by_name: BTreeMap<String, StatedInterest>,
}

impl InterestNames {
    /// The names of a catalogue, without regard to case: a category by its path, a brand, a topic, and a category
    /// by the last part of its path where no other name is the same. O(items · log names).
    pub fn of_catalogue(catalogue: &Catalogue) -> Self {
        let categories = catalogue.categories();
        let all_categories = || (0..categories.len() as u32).map(CategoryIdx::new);
        let mut by_name = BTreeMap::new();
        for category in all_categories() {
            by_name
                .entry(categories.path(category).to_lowercase())
                .or_insert(StatedInterest::Category(category));
        }
        for item in catalogue.items().indices().filter(|&item| !catalogue.brand(item).is_empty()) {
            by_name.entry(catalogue.brand(item).to_lowercase()).or_insert(StatedInterest::Brand(item));
        }
        for (topic, name) in (0..).map(TopicIdx::new).zip(catalogue.topic_names().ids().iter()) {
            by_name.entry(name.to_lowercase()).or_insert(StatedInterest::Topic(topic));
        }
        let mut by_last_part: BTreeMap<String, Vec<CategoryIdx>> = BTreeMap::new();
        for category in all_categories() {
            by_last_part.entry(categories.name(category).to_lowercase()).or_default().push(category);
        }
        for (name, named) in by_last_part {
            if let [category] = named[..] {
                by_name.entry(name).or_insert(StatedInterest::Category(category));
            }
        }
        Self { by_name }
    }

    /// What a name means; none where it means nothing here.
    pub fn find(&self, name: &str) -> Option<StatedInterest> {
        self.by_name.get(&name.trim().to_lowercase()).copied()
    }
}

/// What every customer has said: shape `(n_customers, n_interests)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Stated {
    households: Vec<Option<HouseholdKind>>,
    rows: RowOffsets,
    interests: Vec<StatedInterest>,
}

impl Stated {
    /// Nobody has said anything.
    pub fn none(n_customers: usize) -> Self {
        Self::new(vec![(None, Vec::new()); n_customers])
    }

    /// What each customer has said. An interest said twice counts once.
    pub fn new(of_customers: Vec<(Option<HouseholdKind>, Vec<StatedInterest>)>) -> Self {
        let mut households = Vec::with_capacity(of_customers.len());
        let (mut lens, mut interests) = (Vec::with_capacity(of_customers.len()), Vec::new());
        for (household, mut of_customer) in of_customers {
            of_customer.sort_unstable();
            of_customer.dedup();
            households.push(household.filter(|&kind| kind != HouseholdKind::Unknown));
            lens.push(of_customer.len());
            interests.extend(of_customer);
        }
        Self { households, rows: RowOffsets::from_lens(lens), interests }
    }

    /// How many customers.
    pub fn n_customers(&self) -> usize {
        self.households.len()
    }

    /// Whom each customer buys for, where he has said so.
    pub fn households(&self) -> &[Option<HouseholdKind>] {
        &self.households
    }

    /// What a customer has said to care about, in a fixed order.
    pub fn interests(&self, customer: CustomerIdx) -> &[StatedInterest] {
        &self.interests[self.rows.range(customer.index())]
    }

    /// How many customers have said anything.
    pub fn n_stated(&self) -> usize {
        let has_said = |row: usize| self.households[row].is_some() || !self.rows.range(row).is_empty();
        (0..self.n_customers()).filter(|&row| has_said(row)).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_twice_counts_once_and_unknown_is_nothing() {
        let coffee = StatedInterest::Topic(TopicIdx::new(1));
        let brand = StatedInterest::Brand(ItemIdx::new(0));
        let stated = Stated::new(vec![
            (Some(HouseholdKind::Unknown), vec![coffee, brand, coffee]),
            (Some(HouseholdKind::Couple), Vec::new()),
            (None, Vec::new()),
        ]);
        assert_eq!(stated.households(), [None, Some(HouseholdKind::Couple), None]);
        assert_eq!(stated.interests(CustomerIdx::new(0)), [brand, coffee]);
        assert_eq!((stated.n_stated(), stated.n_customers()), (2, 3));
        assert_eq!(Stated::none(2).n_stated(), 0);
    }
}
