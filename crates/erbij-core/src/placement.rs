//! Where a slate is shown, and what that place asks for.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Where a slate is shown. Each placement has one question it answers and one rule for what is owned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Placement {
    /// On a product's page: what goes with this item.
    ItemPage,
    /// At the till: what is missing from this basket.
    Basket,
    /// After an order: what belongs to what was bought, help first.
    AfterOrder,
    /// A home page: what this customer may want next.
    Home,
    /// A block in a newsletter: the same, for somebody who is not looking at anything now.
    Newsletter,
}

impl Placement {
    /// All of them, in the order of documentation.
    pub const ALL: [Self; 5] = [Self::ItemPage, Self::Basket, Self::AfterOrder, Self::Home, Self::Newsletter];

    /// The spelling in JSON, recipes and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ItemPage => "item_page",
            Self::Basket => "basket",
            Self::AfterOrder => "after_order",
            Self::Home => "home",
            Self::Newsletter => "newsletter",
        }
    }
}

impl fmt::Display for Placement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Placement {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|placement| placement.name() == name).ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join("`, `");
            format!("`{name}` is not a placement: expected one of `{names}`")
        })
    }
}

/// What a placement does with items this customer has bought before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlreadyBought {
    /// Show them: on a page about one item, what goes with it goes with it.
    Keep,
    /// Leave them out, however long ago.
    Exclude,
    /// Leave them out until they are due again: used up, worn out or to be looked after.
    WhenDue,
}

impl AlreadyBought {
    /// The spelling in JSON and recipes.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Exclude => "exclude",
            Self::WhenDue => "when_due",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back() {
        for placement in Placement::ALL {
            assert_eq!(placement.name().parse(), Ok(placement));
        }
        let error = "homepage".parse::<Placement>().expect_err("no such placement");
        assert!(error.contains("`home`"), "{error}");
    }
}
