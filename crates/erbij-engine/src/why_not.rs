//! Why an item is, or is not, on a slate: the question a merchandiser asks first.

use erbij_core::{Ineligible, ItemIdx};
use erbij_people::Held;

use crate::engine::Engine;
use crate::kept_out::KeptOut;
use crate::on_item::{RuleDoes, RuleOnItem};
use crate::query::Query;
use crate::reason::{Language, say_day};
use crate::scratch::{Order, Scratch};
use crate::situation::Situation;
use crate::slate::{Slate, SlateItem};

/// An item that stands further down than this is as good as no candidate, and looking further would cost too much.
pub const MAX_RANK: usize = 1000;

/// Where an item stands with a slate.
#[derive(Clone, Debug, PartialEq)]
pub enum Standing {
    /// It is on the slate.
    Shown {
        /// Where, from 1.
        position: usize,
        /// As what.
        item: SlateItem,
    },
    /// Something keeps it out, however well it does.
    KeptOut(KeptOut),
    /// Its score was good enough, but the placement asks for more than scores: a least relevance, diversity, rotation.
    Capped {
        /// Where it stands by scores alone, from 1.
        rank: usize,
        /// As what.
        item: SlateItem,
    },
    /// It is a candidate, and others did better.
    Outscored {
        /// Where it stands in a longer slate, from 1.
        rank: usize,
        /// As what.
        item: SlateItem,
    },
    /// No source brings it up, or none before [`MAX_RANK`].
    NoCandidate,
}

impl Standing {
    /// The step that decided, as JSON spells it.
    pub const fn step(&self) -> &'static str {
        match self {
            Self::Shown { .. } => "shown",
            Self::KeptOut(why) => why.name(),
            Self::Capped { .. } => "cap",
            Self::Outscored { .. } => "score",
            Self::NoCandidate => "not_a_candidate",
        }
    }
}

/// What became of an item, beside the slate it was asked about.
#[derive(Clone, Debug, PartialEq)]
pub struct WhyNot {
    /// What decided.
    pub standing: Standing,
    /// The slate.
    pub slate: Slate,
    /// The rules of the shop that do something with it.
    pub rules: Vec<RuleOnItem>,
}

impl Engine {
    /// Says what became of an item on the slate of a query. It costs the slate, and twice one of [`MAX_RANK`] items.
    pub fn why_not(&self, query: &Query<'_>, item: ItemIdx, scratch: &mut Scratch) -> WhyNot {
        let slate = self.recommend(query, scratch);
        let place = |slate: &Slate| slate.items.iter().position(|shown| shown.item == item);
        let found = |slate: &Slate, at: usize| slate.items[at].clone();
        let standing = if let Some(at) = place(&slate) {
            Standing::Shown { position: at + 1, item: found(&slate, at) }
        } else if let Some(why) = self.what_keeps_out(&self.situation(query), item, scratch) {
            Standing::KeptOut(why)
        } else if slate.items.iter().any(|shown| self.bundles().are_one(shown.item, item)) {
            Standing::KeptOut(KeptOut::Bundled)
        } else {
            scratch.order = Order::ByScore;
            let by_score = self.recommend(query, scratch);
            let longer = self.recommend(&Query { n: MAX_RANK.max(query.n), ..*query }, scratch);
            scratch.order = Order::AsPlaced;
            match (place(&by_score), place(&longer)) {
                (Some(at), _) => Standing::Capped { rank: at + 1, item: found(&by_score, at) },
                (None, Some(at)) => Standing::Outscored { rank: at + 1, item: found(&longer, at) },
                (None, None) => Standing::NoCandidate,
            }
        };
        WhyNot { standing, slate, rules: self.rules_on(query, item, scratch) }
    }

    /// What keeps an item off a slate, however well it does.
    fn what_keeps_out(&self, query: &Situation<'_>, item: ItemIdx, scratch: &mut Scratch) -> Option<KeptOut> {
        self.begin(query, scratch);
        let why = self.kept_out(item, query, scratch);
        self.end(scratch);
        why
    }
}

impl WhyNot {
    /// The rule that hides the item, where that is what keeps it out.
    pub fn rule(&self) -> Option<&RuleOnItem> {
        let hides = self.standing == Standing::KeptOut(KeptOut::Rule);
        self.rules.iter().find(|rule| hides && rule.does == RuleDoes::Hides)
    }

    /// The thing the customer has that meets the item's need, where that is what keeps it out.
    pub fn held(&self, engine: &Engine, query: &Query<'_>) -> Option<Held> {
        let Standing::KeptOut(KeptOut::Owned(need)) = self.standing else { return None };
        engine.situation(query).needs_met().iter().find(|held| held.need == need).copied()
    }

    /// What became of an item, in a sentence without a full stop; the rules that pin or boost it come last.
    pub fn sentence(&self, engine: &Engine, query: &Query<'_>, item: ItemIdx, language: Language) -> String {
        let mut sentence = self.say_standing(engine, query, item, language);
        for rule in self.rules.iter().filter(|rule| rule.does != RuleDoes::Hides) {
            sentence += "; ";
            sentence += &rule.clause(language);
        }
        sentence
    }

    fn say_standing(&self, engine: &Engine, query: &Query<'_>, item: ItemIdx, language: Language) -> String {
        let catalogue = &engine.models().catalogue;
        let title = catalogue.title(item);
        match &self.standing {
            Standing::Shown { position, item } => {
                let reason = item.reason.sentence(catalogue, language);
                match language {
                    Language::Dutch => format!("{title} staat op plaats {position}: {reason}"),
                    Language::English => format!("{title} is in place {position}: {reason}"),
                }
            }
            Standing::KeptOut(why) => {
                let why = self.say_kept_out(*why, engine, query, language);
                match language {
                    Language::Dutch => format!("{title} wordt weggelaten: {why}"),
                    Language::English => format!("{title} is left out: {why}"),
                }
            }
            Standing::Capped { rank, .. } => match language {
                Language::Dutch => format!(
                    "{title} scoort goed genoeg (plaats {rank}), maar spreiding, rotatie of de ondergrens van deze plek laat iets anders voorgaan"
                ),
                Language::English => format!(
                    "{title} scores well enough (place {rank}), but diversity, rotation or the least relevance of this placement puts something else before it"
                ),
            },
            Standing::Outscored { rank, item } => {
                let source = item.source.name();
                match language {
                    Language::Dutch => {
                        format!(
                            "{title} staat op plaats {rank} (bron `{source}`); gevraagd zijn er {}",
                            query.n
                        )
                    }
                    Language::English => {
                        format!("{title} is in place {rank} (source `{source}`); asked for are {}", query.n)
                    }
                }
            }
            Standing::NoCandidate => match language {
                Language::Dutch => format!("geen van de bronnen draagt {title} aan bij de eerste {MAX_RANK}"),
                Language::English => format!("no source brings {title} up among the first {MAX_RANK}"),
            },
        }
    }

    fn say_kept_out(&self, why: KeptOut, engine: &Engine, query: &Query<'_>, language: Language) -> String {
        let catalogue = &engine.models().catalogue;
        if let Some(Held { holding, .. }) = self.held(engine, query) {
            let (title, ends_on) = (catalogue.title(holding.item), say_day(holding.ends_on, language));
            return match language {
                Language::Dutch => format!("de klant heeft al {title}, naar verwachting tot {ends_on}"),
                Language::English => format!("the customer has {title}, which should serve until {ends_on}"),
            };
        }
        if let Some(rule) = self.rule() {
            return rule.clause(language);
        }
        let (dutch, english) = match why {
            KeptOut::Excluded => {
                ("de vraag gaat erover, of sluit het uit", "the question is about it, or excludes it")
            }
            KeptOut::Incompatible => (
                "volgens de catalogus gaat het niet samen met wat gevraagd is",
                "the catalogue says it does not go with what was asked about",
            ),
            KeptOut::Rule => ("een regel verbergt het", "a rule hides it"),
            KeptOut::Filtered => ("de vraag filtert het weg", "the question filters it out"),
            KeptOut::Bundled => (
                "het zit in een bundel die hier al staat of die de klant al heeft, of is zelf die bundel",
                "it is in a bundle that is here already or that the customer has, or is that bundle itself",
            ),
            KeptOut::SentBack => ("de klant stuurde het terug", "the customer sent it back"),
            KeptOut::AlreadyBought => ("de klant kocht het al", "the customer bought it before"),
            KeptOut::Owned(_) => (
                "in het mandje ligt al iets voor hetzelfde doel",
                "the basket holds something for the same need",
            ),
            KeptOut::Ineligible(Ineligible::OutOfStock) => ("het is uitverkocht", "it is out of stock"),
            KeptOut::Ineligible(Ineligible::NotListed) => {
                ("het staat niet in de catalogus", "it is not in the catalogue")
            }
            KeptOut::Ineligible(Ineligible::NotYetAvailable) => {
                ("het is er nog niet", "it is not to be had yet")
            }
            KeptOut::Ineligible(Ineligible::Expired) => ("zijn tijd is voorbij", "its time is over"),
            KeptOut::Ineligible(Ineligible::Service) => ("het is een dienst", "it is a service"),
            KeptOut::Ineligible(Ineligible::AgeRestricted) => ("het is voor volwassenen", "it is for adults"),
        };
        match language {
            Language::Dutch => dutch.to_owned(),
            Language::English => english.to_owned(),
        }
    }
}
