//! Why an item is shown: a code for machines, a sentence for people.

use std::str::FromStr;

use erbij_core::{Catalogue, CategoryIdx, Day, ItemIdx, RelationKind};

/// A reason with its provenance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It is bought together with this item more than chance explains.
    BoughtTogether {
        /// The item of the page, of the basket, or of the last order.
        with: ItemIdx,
    },
    /// Customers of this item go on to buy it.
    AlsoBought {
        /// The item of the page or of the basket.
        with: ItemIdx,
    },
    /// It belongs to this item.
    BelongsTo {
        /// The item of the page, of the basket, or of the order.
        with: ItemIdx,
        /// In what way.
        kind: RelationKind,
    },
    /// It may be bought instead of this item.
    InsteadOf {
        /// The item of the page.
        item: ItemIdx,
    },
    /// It helps with this item.
    HelpWith {
        /// What was bought.
        with: ItemIdx,
    },
    /// It may take the place of this item, which wears out.
    TakesPlaceOf {
        /// What the customer has.
        item: ItemIdx,
        /// Since when.
        since: Day,
    },
    /// This customer bought that item, and it points here.
    BecauseYouBought {
        /// What he bought.
        item: ItemIdx,
        /// When last.
        on: Day,
    },
    /// This customer bought it before.
    BoughtBefore {
        /// When last.
        on: Day,
    },
    /// This customer buys it again and again, about so far apart.
    BoughtRegularly {
        /// The customer's own usual interval.
        every_days: u32,
    },
    /// It was bought, and by now it is used up, worn out or to be looked after.
    DueAgain {
        /// When last bought.
        bought_on: Day,
    },
    /// Visits that looked at this item went on to it.
    ViewedTogether {
        /// The item of this visit, or of the days before, that spoke most for it.
        with: ItemIdx,
    },
    /// This customer looked at it himself, in the days before.
    ViewedBefore {
        /// When last.
        on: Day,
    },
    /// This customer cares more for its category than others do.
    InterestInCategory {
        /// The category.
        category: CategoryIdx,
    },
    /// This customer cares more for its brand than others do.
    InterestInBrand {
        /// The item shown, whose brand it is.
        item: ItemIdx,
    },
    /// The catalogue says it is like this item: a category, a brand, words of the title in common.
    AlikeTo {
        /// The item of the page, or what was bought last.
        item: ItemIdx,
    },
    /// It goes with what this customer bought, and no single purchase says so.
    FitsHistory,
    /// It goes with what is looked at, or lies in the basket, and no single item says so.
    FitsVisit,
    /// It sells in this category.
    PopularInCategory {
        /// The category.
        category: CategoryIdx,
    },
    /// It sells.
    Popular,
    /// The shop has it.
    InRange,
    /// The shop put it there.
    PickedByShop,
}

/// A language reasons are said in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Language {
    /// Dutch.
    #[default]
    Dutch,
    /// English.
    English,
}

impl FromStr for Language {
    type Err = String;

    fn from_str(code: &str) -> Result<Self, String> {
        match code {
            "nl" => Ok(Self::Dutch),
            "en" => Ok(Self::English),
            _ => Err(format!("`{code}` is not a language reasons are said in: expected `nl` or `en`")),
        }
    }
}

impl Reason {
    /// The code in JSON, columns and metrics.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::BoughtTogether { .. } => "bought_together",
            Self::AlsoBought { .. } => "also_bought",
            Self::BelongsTo { kind, .. } => kind.column(),
            Self::InsteadOf { .. } => "instead_of",
            Self::HelpWith { .. } => "help_with",
            Self::TakesPlaceOf { .. } => "takes_place_of",
            Self::BecauseYouBought { .. } => "because_you_bought",
            Self::BoughtBefore { .. } => "bought_before",
            Self::BoughtRegularly { .. } => "bought_regularly",
            Self::DueAgain { .. } => "due_again",
            Self::ViewedTogether { .. } => "viewed_together",
            Self::ViewedBefore { .. } => "viewed_before",
            Self::InterestInCategory { .. } => "interest_in_category",
            Self::InterestInBrand { .. } => "interest_in_brand",
            Self::AlikeTo { .. } => "alike_to",
            Self::FitsHistory => "fits_history",
            Self::FitsVisit => "fits_visit",
            Self::PopularInCategory { .. } => "popular_in_category",
            Self::Popular => "popular",
            Self::InRange => "in_range",
            Self::PickedByShop => "picked_by_shop",
        }
    }

    /// The item it points back to, where there is one.
    pub const fn source_item(&self) -> Option<ItemIdx> {
        match *self {
            Self::BoughtTogether { with } | Self::AlsoBought { with } | Self::ViewedTogether { with } => {
                Some(with)
            }
            Self::BelongsTo { with, .. } | Self::HelpWith { with } => Some(with),
            Self::InsteadOf { item }
            | Self::AlikeTo { item }
            | Self::TakesPlaceOf { item, .. }
            | Self::BecauseYouBought { item, .. } => Some(item),
            Self::BoughtBefore { .. }
            | Self::BoughtRegularly { .. }
            | Self::DueAgain { .. }
            | Self::ViewedBefore { .. }
            | Self::InterestInCategory { .. }
            | Self::InterestInBrand { .. }
            | Self::FitsHistory
            | Self::FitsVisit
            | Self::PopularInCategory { .. }
            | Self::Popular
            | Self::InRange
            | Self::PickedByShop => None,
        }
    }

    /// The sentence, without a full stop, as it stands under a product.
    pub fn sentence(&self, catalogue: &Catalogue, language: Language) -> String {
        use Language::{Dutch, English};
        match (*self, language) {
            (Self::BoughtTogether { with }, Dutch) => {
                format!("Vaak samen gekocht met {}", catalogue.title(with))
            }
            (Self::BoughtTogether { with }, English) => {
                format!("Often bought together with {}", catalogue.title(with))
            }
            (Self::AlsoBought { with }, Dutch) => {
                format!("Wie {} kocht, kocht ook dit", catalogue.title(with))
            }
            (Self::AlsoBought { with }, English) => {
                format!("Customers who bought {} also bought this", catalogue.title(with))
            }
            (Self::BelongsTo { with, kind }, language) => say_relation(kind, catalogue.title(with), language),
            (Self::InsteadOf { item }, Dutch) => format!("In plaats van {}", catalogue.title(item)),
            (Self::InsteadOf { item }, English) => format!("Instead of {}", catalogue.title(item)),
            (Self::HelpWith { with }, Dutch) => format!("Handig bij {}", catalogue.title(with)),
            (Self::HelpWith { with }, English) => format!("Helps you with {}", catalogue.title(with)),
            (Self::TakesPlaceOf { item, since }, Dutch) => {
                let (title, since) = (catalogue.title(item), say_day(since, Dutch));
                format!("U hebt {title} sinds {since}; misschien is het tijd voor een nieuwe")
            }
            (Self::TakesPlaceOf { item, since }, English) => {
                let (title, since) = (catalogue.title(item), say_day(since, English));
                format!("You have had {title} since {since}; it may be time for a new one")
            }
            (Self::BecauseYouBought { item, on }, Dutch) => {
                format!("Omdat u op {} {} kocht", say_day(on, Dutch), catalogue.title(item))
            }
            (Self::BecauseYouBought { item, on }, English) => {
                format!("Because you bought {} on {}", catalogue.title(item), say_day(on, English))
            }
            (Self::BoughtBefore { on }, Dutch) => format!("U kocht dit eerder, op {}", say_day(on, Dutch)),
            (Self::BoughtBefore { on }, English) => {
                format!("You bought this before, on {}", say_day(on, English))
            }
            (Self::BoughtRegularly { every_days }, Dutch) => {
                format!("U koopt dit ongeveer {}", say_interval(every_days, Dutch))
            }
            (Self::BoughtRegularly { every_days }, English) => {
                format!("You buy this about {}", say_interval(every_days, English))
            }
            (Self::DueAgain { bought_on }, Dutch) => {
                format!("U kocht dit op {}; misschien is het weer tijd", say_day(bought_on, Dutch))
            }
            (Self::DueAgain { bought_on }, English) => {
                format!("You bought this on {}; it may be time again", say_day(bought_on, English))
            }
            (Self::ViewedTogether { with }, Dutch) => {
                format!("Wie {} bekeek, bekeek ook dit", catalogue.title(with))
            }
            (Self::ViewedTogether { with }, English) => {
                format!("Visitors who viewed {} also viewed this", catalogue.title(with))
            }
            (Self::ViewedBefore { on }, Dutch) => format!("U bekeek dit op {}", say_day(on, Dutch)),
            (Self::ViewedBefore { on }, English) => format!("You viewed this on {}", say_day(on, English)),
            (Self::InterestInCategory { category }, Dutch) => {
                format!("Omdat u vaak kiest uit {}", catalogue.categories().name(category))
            }
            (Self::InterestInCategory { category }, English) => {
                format!("Because you often choose from {}", catalogue.categories().name(category))
            }
            (Self::InterestInBrand { item }, Dutch) => {
                format!("Omdat u vaak {} kiest", catalogue.brand(item))
            }
            (Self::InterestInBrand { item }, English) => {
                format!("Because you often choose {}", catalogue.brand(item))
            }
            (Self::AlikeTo { item }, Dutch) => format!("Lijkt op {}", catalogue.title(item)),
            (Self::AlikeTo { item }, English) => format!("Similar to {}", catalogue.title(item)),
            (Self::FitsHistory, Dutch) => "Past bij wat u eerder kocht".to_owned(),
            (Self::FitsHistory, English) => "Goes with what you bought before".to_owned(),
            (Self::FitsVisit, Dutch) => "Past bij wat u bekijkt".to_owned(),
            (Self::FitsVisit, English) => "Goes with what you are looking at".to_owned(),
            (Self::PopularInCategory { category }, Dutch) => {
                format!("Veel gekozen in {}", catalogue.categories().name(category))
            }
            (Self::PopularInCategory { category }, English) => {
                format!("Popular in {}", catalogue.categories().name(category))
            }
            (Self::Popular, Dutch) => "Veel gekozen door andere klanten".to_owned(),
            (Self::Popular, English) => "Popular with other customers".to_owned(),
            (Self::InRange, Dutch) => "Uit ons assortiment".to_owned(),
            (Self::InRange, English) => "From our range".to_owned(),
            (Self::PickedByShop, Dutch) => "Voor u uitgelicht".to_owned(),
            (Self::PickedByShop, English) => "Picked for you by the shop".to_owned(),
        }
    }
}

fn say_relation(kind: RelationKind, title: &str, language: Language) -> String {
    match (kind, language) {
        (RelationKind::Consumable, Language::Dutch) => format!("Nodig voor {title}"),
        (RelationKind::Consumable, Language::English) => format!("Needed for {title}"),
        (RelationKind::SparePart, Language::Dutch) => format!("Onderdeel voor {title}"),
        (RelationKind::SparePart, Language::English) => format!("Spare part for {title}"),
        (_, Language::Dutch) => format!("Hoort bij {title}"),
        (_, Language::English) => format!("Goes with {title}"),
    }
}

/// About how often, in the largest unit that does not round much away.
fn say_interval(days: u32, language: Language) -> String {
    let days = days.max(1);
    let (count, [one, many]) = match (days, language) {
        (..=5 | 9..=10, Language::Dutch) => (days, ["elke dag", "dagen"]),
        (..=5 | 9..=10, Language::English) => (days, ["every day", "days"]),
        (..=76, Language::Dutch) => ((days + 3) / 7, ["elke week", "weken"]),
        (..=76, Language::English) => ((days + 3) / 7, ["every week", "weeks"]),
        (..=548, Language::Dutch) => ((10 * days + 152) / 304, ["elke maand", "maanden"]),
        (..=548, Language::English) => ((10 * days + 152) / 304, ["every month", "months"]),
        (_, Language::Dutch) => ((days + 182) / 365, ["elk jaar", "jaar"]),
        (_, Language::English) => ((days + 182) / 365, ["every year", "years"]),
    };
    match (count, language) {
        (1, _) => one.to_owned(),
        (_, Language::Dutch) => format!("elke {count} {many}"),
        (_, Language::English) => format!("every {count} {many}"),
    }
}

pub(crate) fn say_day(day: Day, language: Language) -> String {
    const DUTCH: [&str; 12] = [
        "januari",
        "februari",
        "maart",
        "april",
        "mei",
        "juni",
        "juli",
        "augustus",
        "september",
        "oktober",
        "november",
        "december",
    ];
    const ENGLISH: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let (year, month, day) = day.civil();
    let months = match language {
        Language::Dutch => DUTCH,
        Language::English => ENGLISH,
    };
    format!("{day} {} {year}", months[month as usize - 1])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_said_in_the_unit_people_use() {
        for (days, dutch, english) in [
            (0, "elke dag", "every day"),
            (1, "elke dag", "every day"),
            (7, "elke week", "every week"),
            (10, "elke 10 dagen", "every 10 days"),
            (11, "elke 2 weken", "every 2 weeks"),
            (35, "elke 5 weken", "every 5 weeks"),
            (76, "elke 11 weken", "every 11 weeks"),
            (77, "elke 3 maanden", "every 3 months"),
            (365, "elke 12 maanden", "every 12 months"),
            (730, "elke 2 jaar", "every 2 years"),
        ] {
            assert_eq!(say_interval(days, Language::Dutch), dutch, "{days}");
            assert_eq!(say_interval(days, Language::English), english, "{days}");
        }
    }
}
