//! Every slate an artifact would give, asked and checked: what a night is worth before anybody sees it.
//!
//! Every placement, what it does with what was bought before, and every model alone is asked for every customer, every
//! page and every basket of a last order. Each answer must keep what holds of every slate
//! ([`Engine::check_slate`]); what is counted beside it is how full slates are and which source fills their places.

use erbij_core::{AlreadyBought, CustomerIdx, ItemIdx, Placement, Progress, Timestamp};
use erbij_engine::{CandidateSource, Engine, Person, Query, Ranking, Scratch, SlateFault};
use erbij_models::BlendPart;
use rayon::prelude::*;

/// Questions that one thread takes at a time.
const CHUNK: usize = 512;
/// Broken slates that are told; all are counted.
const MAX_TOLD: usize = 20;

/// How many sources places can come from.
const N_SOURCES: usize = CandidateSource::ALL.len();

/// What is asked of everybody.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditedQuestion {
    /// Where the slate would be shown.
    pub placement: Placement,
    /// Who orders it.
    pub ranking: Ranking,
    /// What is done with what was bought before.
    pub already_bought: AlreadyBought,
    /// Who or what it is asked of.
    pub asked_of: AskedOf,
}

/// Of whom or what a question is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AskedOf {
    /// Every customer.
    Customers,
    /// Every item of the catalogue, as a page that a stranger looks at.
    Pages,
    /// What every customer bought last, as a basket of theirs.
    Baskets,
    /// A stranger.
    Stranger,
}

impl AskedOf {
    /// The spelling in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Customers => "customers",
            Self::Pages => "pages",
            Self::Baskets => "baskets",
            Self::Stranger => "a stranger",
        }
    }
}

/// How one question was answered, over all it was asked of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditCounts {
    /// Slates.
    pub n_slates: u64,
    /// Slates without an item.
    pub n_empty: u64,
    /// Slates with fewer items than were asked for, empty ones included.
    pub n_short: u64,
    /// Slates that break a rule.
    pub n_broken: u64,
    /// Places filled by each source, in the order of [`CandidateSource::ALL`].
    pub places: [u64; N_SOURCES],
}

impl AuditCounts {
    /// Places that were filled.
    pub fn n_places(&self) -> u64 {
        self.places.iter().sum()
    }

    fn add(&mut self, other: &Self) {
        self.n_slates += other.n_slates;
        self.n_empty += other.n_empty;
        self.n_short += other.n_short;
        self.n_broken += other.n_broken;
        self.places.iter_mut().zip(other.places).for_each(|(sum, places)| *sum += places);
    }
}

/// A slate that breaks a rule.
#[derive(Clone, Debug, PartialEq)]
pub struct BrokenSlate {
    /// The question, by its position in [`Audit::answers`].
    pub question: usize,
    /// Whom or what it was asked of, by number; 0 for a stranger.
    pub asked_of: u32,
    /// The rule.
    pub fault: SlateFault,
}

/// What an audit found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Audit {
    /// Every question and how it was answered.
    pub answers: Vec<(AuditedQuestion, AuditCounts)>,
    /// The first broken slates, by question, then by whom it was asked of.
    pub broken: Vec<BrokenSlate>,
}

impl Audit {
    /// Slates that break a rule, over all questions.
    pub fn n_broken(&self) -> u64 {
        self.answers.iter().map(|(_, counts)| counts.n_broken).sum()
    }

    /// Slates over all questions.
    pub fn n_slates(&self) -> u64 {
        self.answers.iter().map(|(_, counts)| counts.n_slates).sum()
    }
}

/// All questions that an engine can be asked: its placements, and each model alone.
pub fn audited_questions(engine: &Engine) -> Vec<AuditedQuestion> {
    use AlreadyBought::{Exclude, Keep, WhenDue};
    let mut questions = Vec::new();
    let mut ask = |placement, ranking, asked_of| {
        for already_bought in [Exclude, Keep, WhenDue] {
            questions.push(AuditedQuestion { placement, ranking, already_bought, asked_of });
        }
    };
    for placement in [Placement::Home, Placement::Newsletter, Placement::AfterOrder] {
        ask(placement, Ranking::AsPlaced, AskedOf::Customers);
    }
    ask(Placement::Home, Ranking::AsPlaced, AskedOf::Stranger);
    for placement in [Placement::Basket, Placement::AfterOrder] {
        ask(placement, Ranking::AsPlaced, AskedOf::Baskets);
    }
    let models = engine.models();
    let alone = models.personal.iter().map(|model| BlendPart::Personal(model.kind));
    let alone = alone.chain([BlendPart::Popularity, BlendPart::Affinity, BlendPart::Repeat]);
    for part in alone {
        ask(Placement::Home, Ranking::Only(part), AskedOf::Customers);
    }
    // Of a stranger nothing was bought before.
    let of_pages = [Ranking::AsPlaced, Ranking::Accessories, Ranking::Alternatives].map(|ranking| {
        let (placement, asked_of) = (Placement::ItemPage, AskedOf::Pages);
        AuditedQuestion { placement, ranking, already_bought: Keep, asked_of }
    });
    questions.extend(of_pages);
    questions
}

/// Asks every question of everybody and checks every answer. The same on any number of threads.
/// O(questions · (customers + items) · a slate).
pub fn audit(engine: &Engine, n: usize, now: Timestamp, progress: &dyn Progress) -> Audit {
    let questions = audited_questions(engine);
    let n_asked = |question: &AuditedQuestion| match question.asked_of {
        AskedOf::Customers | AskedOf::Baskets => engine.models().customers.len(),
        AskedOf::Pages => engine.models().catalogue.len(),
        AskedOf::Stranger => 1,
    };
    let n_all: usize = questions.iter().map(n_asked).sum();
    progress.begin("asking for every slate", Some(n_all as u64), "slates");
    let mut audit = Audit::default();
    for (number, question) in questions.into_iter().enumerate() {
        let n_asked = n_asked(&question);
        let chunks: Vec<(AuditCounts, Vec<BrokenSlate>)> = (0..n_asked.div_ceil(CHUNK))
            .into_par_iter()
            .map_init(
                || engine.new_scratch(),
                |scratch, chunk| {
                    let of_chunk = chunk * CHUNK..n_asked.min((chunk + 1) * CHUNK);
                    let mut found = (AuditCounts::default(), Vec::new());
                    let n_of_chunk = of_chunk.len() as u64;
                    for asked_of in of_chunk {
                        let whom = (number, asked_of as u32);
                        ask_one(engine, &question, whom, n, now, scratch, &mut found);
                    }
                    progress.advance(n_of_chunk);
                    found
                },
            )
            .collect();
        let mut counts = AuditCounts::default();
        for (of_chunk, broken) in chunks {
            counts.add(&of_chunk);
            audit.broken.extend(broken);
        }
        audit.broken.truncate(MAX_TOLD);
        audit.answers.push((question, counts));
    }
    audit
}

/// Asks one question of one customer or page, and counts and checks the answer.
fn ask_one(
    engine: &Engine,
    question: &AuditedQuestion,
    (number, asked_of): (usize, u32),
    n: usize,
    now: Timestamp,
    scratch: &mut Scratch,
    (counts, broken): &mut (AuditCounts, Vec<BrokenSlate>),
) {
    let (customer, item) = (CustomerIdx::new(asked_of), ItemIdx::new(asked_of));
    let (person, anchors) = match question.asked_of {
        AskedOf::Customers => (Person::replayed(customer), Vec::new()),
        AskedOf::Pages => (Person::Nobody, vec![item]),
        AskedOf::Baskets => (Person::replayed(customer), last_bought(engine, customer)),
        AskedOf::Stranger => (Person::Nobody, Vec::new()),
    };
    let query = Query {
        anchors: &anchors,
        n,
        ranking: question.ranking,
        already_bought: Some(question.already_bought),
        ..Query::new(question.placement, person, now)
    };
    let slate = engine.recommend(&query, scratch);
    counts.n_slates += 1;
    counts.n_empty += u64::from(slate.items.is_empty());
    counts.n_short += u64::from(slate.items.len() < n);
    for shown in &slate.items {
        let source = CandidateSource::ALL.iter().position(|&source| source == shown.source);
        counts.places[source.expect("all are listed")] += 1;
    }
    if let Err(fault) = engine.check_slate(&query, &slate) {
        counts.n_broken += 1;
        if broken.len() < MAX_TOLD {
            broken.push(BrokenSlate { question: number, asked_of, fault });
        }
    }
}

/// What a customer bought on the last day they bought anything.
fn last_bought(engine: &Engine, customer: CustomerIdx) -> Vec<ItemIdx> {
    let purchases = || engine.models().histories.purchases(customer);
    let last = purchases().map(|bought| bought.last_bought_on).max();
    purchases().filter(|bought| Some(bought.last_bought_on) == last).map(|bought| bought.item).collect()
}
