//! What one can be interested in: categories of every level, brands, topics; and which of them an item has.

use arrow_buffer::ScalarBuffer;
use erbij_core::{
    Catalogue, CategoryIdx, FacetIdx, ItemIdx, RowOffsets, StatedInterest, StrColumn, TopicIdx, Vocab,
};

/// What kind of thing a facet is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum FacetKind {
    /// Everything of one family together: what the shares of its facets are shares of.
    All = 0,
    /// A node of the category tree, of whatever level.
    Category = 1,
    /// Who makes it.
    Brand = 2,
    /// What a story is about.
    Topic = 3,
}

impl FacetKind {
    /// All, by their number.
    pub const ALL: [Self; 4] = [Self::All, Self::Category, Self::Brand, Self::Topic];

    /// The spelling in columns and answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Category => "category",
            Self::Brand => "brand",
            Self::Topic => "topic",
        }
    }
}

/// The facets of a catalogue, and those of each item.
///
/// Facets fall into families, within which shares sum to one: the categories of one level, brands, topics.
/// They are numbered by kind, then by name; the first ones stand for whole families.
#[derive(Clone, Debug, PartialEq)]
pub struct Facets {
    kinds: ScalarBuffer<u8>,
    names: StrColumn,
    /// The facet that stands for a facet's whole family; itself for one that does.
    families: Vec<FacetIdx>,
    /// The category above.
    parents: Vec<Option<FacetIdx>>,
    rows: RowOffsets,
    /// Per item its facets, rising, the families among them, and how much of an act each gets.
    of_items: Vec<(FacetIdx, f32)>,
    n_families: usize,
    n_categories: usize,
    brands: Vocab<FacetIdx>,
}

/// Levels are told apart up to this one; deeper categories share its family.
const MAX_LEVELS: usize = 8;

impl Facets {
    /// The facets of a catalogue. O(items · facets an item).
    pub fn of_catalogue(catalogue: &Catalogue) -> Self {
        let categories = catalogue.categories();
        let all_categories = || (0..categories.len() as u32).map(CategoryIdx::new);
        let level = |category| categories.ancestors(category).count().min(MAX_LEVELS);
        let n_levels = all_categories().map(level).max().unwrap_or(0);
        let brands: std::collections::BTreeSet<&str> =
            catalogue.columns().brand.iter().filter(|brand| !brand.is_empty()).collect();
        let brands: Vocab<FacetIdx> =
            Vocab::new(brands.into_iter().collect()).expect("a set has no duplicates");
        let topics = catalogue.topic_names();
        let n_families = n_levels + 2;

        let mut names: Vec<String> = (1..=n_levels).map(|level| format!("category {level}")).collect();
        names.extend(["brand".to_owned(), "topic".to_owned()]);
        let mut kinds = vec![FacetKind::All as u8; n_families];
        let mut families: Vec<FacetIdx> = (0..n_families as u32).map(FacetIdx::new).collect();
        let mut parents = vec![None; n_families];
        let family = |number: usize| FacetIdx::new(number as u32);
        for category in all_categories() {
            names.push(categories.path(category).to_owned());
            kinds.push(FacetKind::Category as u8);
            families.push(family(level(category) - 1));
            let parent = categories.parent(category);
            parents.push(parent.map(|parent| FacetIdx::new(n_families as u32 + parent.get())));
        }
        for (kind, ids, of) in
            [(FacetKind::Brand, brands.ids(), n_levels), (FacetKind::Topic, topics.ids(), n_levels + 1)]
        {
            names.extend(ids.iter().map(str::to_owned));
            kinds.resize(names.len(), kind as u8);
            families.resize(names.len(), family(of));
            parents.resize(names.len(), None);
        }
        let mut facets = Self {
            kinds: kinds.into(),
            names: names.iter().collect(),
            families,
            parents,
            rows: RowOffsets::from_lens([]),
            of_items: Vec::new(),
            n_families,
            n_categories: categories.len(),
            brands,
        };
        facets.find_items(catalogue);
        facets
    }

    fn find_items(&mut self, catalogue: &Catalogue) {
        let mut lens = Vec::with_capacity(catalogue.len());
        let mut of_items = Vec::new();
        for item in catalogue.items().indices() {
            let first = of_items.len();
            if let Some(category) = catalogue.category(item) {
                self.push_with_family(self.of_category(category), 1.0, &mut of_items);
            }
            if let Some(brand) = self.of_brand(catalogue.brand(item)) {
                self.push_with_family(brand, 1.0, &mut of_items);
            }
            let topics = catalogue.topics(item);
            // An act with a story about three things is a third of an act with each.
            let share = 1.0 / topics.len().max(1) as f32;
            for topic in topics {
                self.push_with_family(self.of_topic(topic), share, &mut of_items);
            }
            of_items[first..].sort_by_key(|&(facet, _)| facet);
            merge_equal(&mut of_items, first);
            lens.push(of_items.len() - first);
        }
        self.rows = RowOffsets::from_lens(lens);
        self.of_items = of_items;
    }

    /// A facet, all above it, and the families they belong to.
    fn push_with_family(&self, facet: FacetIdx, share: f32, to: &mut Vec<(FacetIdx, f32)>) {
        for facet in std::iter::successors(Some(facet), |&facet| self.parent(facet)) {
            to.push((facet, share));
            to.push((self.family(facet), share));
        }
    }

    /// How many facets, families included.
    pub fn len(&self) -> usize {
        self.families.len()
    }

    /// Whether there is none; there never is, since families are facets.
    pub fn is_empty(&self) -> bool {
        self.families.is_empty()
    }

    /// What kind of thing a facet is.
    pub fn kind(&self, facet: FacetIdx) -> FacetKind {
        FacetKind::ALL[self.kinds[facet.index()] as usize]
    }

    /// Its name: a category's whole path, a brand, a topic.
    pub fn name(&self, facet: FacetIdx) -> &str {
        self.names.get(facet.index())
    }

    /// The facet that stands for its whole family.
    pub fn family(&self, facet: FacetIdx) -> FacetIdx {
        self.families[facet.index()]
    }

    /// Whether it stands for a whole family.
    pub fn is_family(&self, facet: FacetIdx) -> bool {
        facet.index() < self.n_families
    }

    /// The category above a category.
    pub fn parent(&self, facet: FacetIdx) -> Option<FacetIdx> {
        self.parents[facet.index()]
    }

    /// The facet of a category.
    pub fn of_category(&self, category: CategoryIdx) -> FacetIdx {
        FacetIdx::new((self.n_families + category.index()) as u32)
    }

    /// The facet of a brand, where an item has it.
    pub fn of_brand(&self, brand: &str) -> Option<FacetIdx> {
        let number = self.brands.idx_from_id(brand)?.index();
        Some(FacetIdx::new((self.n_families + self.n_categories + number) as u32))
    }

    /// The facet of a topic.
    pub fn of_topic(&self, topic: TopicIdx) -> FacetIdx {
        FacetIdx::new((self.n_families + self.n_categories + self.brands.len() + topic.index()) as u32)
    }

    /// The facet of what a customer has said to care about in this catalogue.
    pub fn of_stated(&self, interest: StatedInterest, catalogue: &Catalogue) -> FacetIdx {
        match interest {
            StatedInterest::Category(category) => self.of_category(category),
            StatedInterest::Topic(topic) => self.of_topic(topic),
            StatedInterest::Brand(item) => {
                self.of_brand(catalogue.brand(item)).expect("an item's brand is a facet of its catalogue")
            }
        }
    }

    /// The facets of an item, rising, families among them, and how much of an act each gets.
    pub fn of_item(&self, item: ItemIdx) -> &[(FacetIdx, f32)] {
        &self.of_items[self.rows.range(item.index())]
    }

    /// Whether an item has a facet. O(log of its facets).
    pub fn has(&self, item: ItemIdx, facet: FacetIdx) -> bool {
        self.of_item(item).binary_search_by_key(&facet, |&(facet, _)| facet).is_ok()
    }

    /// What an act with a facet itself counts for: the facet, those above it, and their families.
    pub(super) fn with_families(&self, facet: FacetIdx) -> Vec<(FacetIdx, f32)> {
        let mut all = Vec::new();
        self.push_with_family(facet, 1.0, &mut all);
        all.sort_by_key(|&(facet, _)| facet);
        merge_equal(&mut all, 0);
        all
    }

    /// The columns, as an artifact stores them: kinds by number, names.
    pub fn columns(&self) -> (&ScalarBuffer<u8>, &StrColumn) {
        (&self.kinds, &self.names)
    }
}

/// Adds up the shares of neighbours that are the same facet: the levels below the deepest share one family,
/// and so do all topics.
fn merge_equal(facets: &mut Vec<(FacetIdx, f32)>, first: usize) {
    let mut kept = first;
    for at in first..facets.len() {
        if first < kept && facets[kept - 1].0 == facets[at].0 {
            facets[kept - 1].1 += facets[at].1;
        } else {
            facets[kept] = facets[at];
            kept += 1;
        }
    }
    facets.truncate(kept);
}
