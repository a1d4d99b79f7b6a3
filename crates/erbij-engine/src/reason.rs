//! Why an item is shown: a code for machines, a sentence for people.

use std::str::FromStr;

use erbij_core::{Catalogue, CategoryIdx, Day, ItemIdx};

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
    /// It sells in this category.
    PopularInCategory {
        /// The category.
        category: CategoryIdx,
    },
    /// It sells.
    Popular,
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
            Self::BecauseYouBought { .. } => "because_you_bought",
            Self::BoughtBefore { .. } => "bought_before",
            Self::PopularInCategory { .. } => "popular_in_category",
            Self::Popular => "popular",
        }
    }

    /// The item it points back to, where there is one.
    pub const fn source_item(&self) -> Option<ItemIdx> {
        match *self {
            Self::BoughtTogether { with } | Self::AlsoBought { with } => Some(with),
            Self::BecauseYouBought { item, .. } => Some(item),
            Self::BoughtBefore { .. } | Self::PopularInCategory { .. } | Self::Popular => None,
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
            (Self::PopularInCategory { category }, Dutch) => {
                format!("Veel gekozen in {}", catalogue.categories().name(category))
            }
            (Self::PopularInCategory { category }, English) => {
                format!("Popular in {}", catalogue.categories().name(category))
            }
            (Self::Popular, Dutch) => "Veel gekozen door andere klanten".to_owned(),
            (Self::Popular, English) => "Popular with other customers".to_owned(),
        }
    }
}

fn say_day(day: Day, language: Language) -> String {
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
