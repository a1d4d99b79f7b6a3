//! What the shop sells, in columns, and whether an item may be offered at all.

mod columns;

use crate::{CategoryIdx, Currency, Idx, ItemIdx, Money, Relations, StrColumn, Timestamp, TopicIdx, Vocab};

pub use columns::{CatalogueColumns, CatalogueError, TopicColumns, VariantColumns};

/// The value of a price that is not known.
pub const NO_PRICE: i64 = i64::MIN;

/// Whether a variant can be ordered, in the words of product feeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Availability {
    /// On the shelf.
    InStock = 0,
    /// Not to be had: never recommended.
    OutOfStock = 1,
    /// Can be ordered before it is there.
    Preorder = 2,
    /// Can be ordered and comes later.
    Backorder = 3,
}

impl Availability {
    /// All, by their number.
    pub const ALL: [Self; 4] = [Self::InStock, Self::OutOfStock, Self::Preorder, Self::Backorder];

    /// The spelling of product feeds.
    pub const fn name(self) -> &'static str {
        match self {
            Self::InStock => "in_stock",
            Self::OutOfStock => "out_of_stock",
            Self::Preorder => "preorder",
            Self::Backorder => "backorder",
        }
    }
}

/// What an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum ItemKind {
    /// Something to buy.
    Product = 0,
    /// A story, a film, a manual.
    Content = 1,
    /// Delivery, repair, insurance: never recommended by itself.
    Service = 2,
}

impl ItemKind {
    /// All, by their number.
    pub const ALL: [Self; 3] = [Self::Product, Self::Content, Self::Service];

    /// The spelling in the catalogue.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Product => "product",
            Self::Content => "content",
            Self::Service => "service",
        }
    }
}

/// Why an item may not be offered, to anybody, here and now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ineligible {
    /// It stands in orders but not in the catalogue.
    NotListed,
    /// None of its variants can be ordered.
    OutOfStock,
    /// It is not to be had before a later instant.
    NotYetAvailable,
    /// Its time is over.
    Expired,
    /// It is a service, not something one adds to a basket.
    Service,
    /// It is for adults, and the placement is for all.
    AgeRestricted,
}

/// The tree of categories, made from the items' paths.
#[derive(Clone, Debug)]
pub struct Categories {
    paths: Vocab<CategoryIdx>,
    parents: Vec<Option<CategoryIdx>>,
}

impl Categories {
    /// How many nodes.
    pub fn len(&self) -> usize {
        self.parents.len()
    }

    /// Whether items have no category at all.
    pub fn is_empty(&self) -> bool {
        self.parents.is_empty()
    }

    /// The node above.
    pub fn parent(&self, category: CategoryIdx) -> Option<CategoryIdx> {
        self.parents[category.index()]
    }

    /// A node each: the one above.
    pub fn parents(&self) -> &[Option<CategoryIdx>] {
        &self.parents
    }

    /// A node and all above it, leaf first.
    pub fn ancestors(&self, category: CategoryIdx) -> impl Iterator<Item = CategoryIdx> + '_ {
        std::iter::successors(Some(category), |&node| self.parent(node))
    }

    /// The whole path, parts joined by ` > `.
    pub fn path(&self, category: CategoryIdx) -> &str {
        self.paths.id(category)
    }

    /// The last part of the path: what people call it.
    pub fn name(&self, category: CategoryIdx) -> &str {
        let path = self.path(category);
        path.rsplit(" > ").next().unwrap_or(path)
    }

    /// The node of a path.
    pub fn idx_from_path(&self, path: &str) -> Option<CategoryIdx> {
        self.paths.idx_from_id(path)
    }
}

/// The catalogue: columns checked, categories made into a tree, ids made findable.
#[derive(Clone, Debug)]
pub struct Catalogue {
    columns: CatalogueColumns,
    variants: VariantColumns,
    currency: Currency,
    items: Vocab<ItemIdx>,
    variant_ids: Vocab<VariantIdx>,
    categories: Categories,
    item_categories: Vec<Option<CategoryIdx>>,
    topics: Vocab<TopicIdx>,
    relations: Relations,
}

/// A variant's row; private, since outside this file a variant is only a way to find its item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct VariantIdx(u32);

impl Idx for VariantIdx {
    fn new(number: u32) -> Self {
        Self(number)
    }
    fn get(self) -> u32 {
        self.0
    }
}

impl Catalogue {
    /// Takes columns as a catalogue; O(bytes).
    pub fn new(
        columns: CatalogueColumns,
        variants: VariantColumns,
        currency: Currency,
    ) -> Result<Self, CatalogueError> {
        columns.check()?;
        variants.check(columns.item_id.len())?;
        let items = Vocab::new(columns.item_id.clone())
            .map_err(|source| CatalogueError::Ids { column: "item_id", source })?;
        let variant_ids = Vocab::new(variants.variant_id.clone())
            .map_err(|source| CatalogueError::Ids { column: "variant_id", source })?;
        let topics = Vocab::new(columns.topics.names.clone())
            .map_err(|source| CatalogueError::Ids { column: "topics.names", source })?;
        let (categories, item_categories) = category_tree(&columns.category);
        let relations = Relations::none(items.len());
        let parts = Self {
            columns,
            variants,
            currency,
            items,
            variant_ids,
            categories,
            item_categories,
            topics,
            relations,
        };
        Ok(parts)
    }

    /// The same catalogue, which also says what belongs to what.
    ///
    /// # Panics
    /// If there is not one row of relations an item.
    #[must_use]
    pub fn with_relations(self, relations: Relations) -> Self {
        assert_eq!(relations.n_items(), self.len(), "one row an item");
        Self { relations, ..self }
    }

    /// What the catalogue itself says belongs to what.
    pub fn relations(&self) -> &Relations {
        &self.relations
    }

    /// How many items.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The ids of the items.
    pub fn items(&self) -> &Vocab<ItemIdx> {
        &self.items
    }

    /// The item of an id, which may be the item's own or that of one of its variants.
    pub fn item_idx_from_id(&self, id: &str) -> Option<ItemIdx> {
        self.items.idx_from_id(id).or_else(|| {
            let variant = self.variant_ids.idx_from_id(id)?;
            Some(ItemIdx::new(self.variants.item[variant.index()]))
        })
    }

    /// The currency of all prices.
    pub fn currency(&self) -> Currency {
        self.currency
    }

    /// The item's name for people; its id where it has none.
    pub fn title(&self, item: ItemIdx) -> &str {
        match self.columns.title.get(item.index()) {
            "" => self.items.id(item),
            title => title,
        }
    }

    /// What it costs, where known.
    pub fn price(&self, item: ItemIdx) -> Option<Money> {
        let minor = self.columns.price_minor[item.index()];
        (minor != NO_PRICE).then_some(Money { minor, currency: self.currency })
    }

    /// Its category, where it has one.
    pub fn category(&self, item: ItemIdx) -> Option<CategoryIdx> {
        self.item_categories[item.index()]
    }

    /// An item each: its category, where it has one.
    pub fn item_categories(&self) -> &[Option<CategoryIdx>] {
        &self.item_categories
    }

    /// The tree of categories.
    pub fn categories(&self) -> &Categories {
        &self.categories
    }

    /// Who makes it; empty where nobody is named.
    pub fn brand(&self, item: ItemIdx) -> &str {
        self.columns.brand.get(item.index())
    }

    /// How long it serves, where known.
    pub fn useful_life_days(&self, item: ItemIdx) -> Option<u32> {
        Some(self.columns.useful_life_days[item.index()]).filter(|&days| 0 < days)
    }

    /// How many pieces are in a pack; 1 where not known.
    pub fn pack_size(&self, item: ItemIdx) -> f32 {
        self.columns.pack_size[item.index()]
    }

    /// What it is about, rising.
    pub fn topics(&self, item: ItemIdx) -> impl ExactSizeIterator<Item = TopicIdx> + '_ {
        let TopicColumns { rows, topics, .. } = &self.columns.topics;
        topics[rows.range(item.index())].iter().map(|&topic| TopicIdx::new(topic))
    }

    /// The names of topics; that of an event may be of no item.
    pub fn topic_names(&self) -> &Vocab<TopicIdx> {
        &self.topics
    }

    /// Whether it can be ordered.
    pub fn availability(&self, item: ItemIdx) -> Availability {
        Availability::ALL[self.columns.availability[item.index()] as usize]
    }

    /// What it is.
    pub fn kind(&self, item: ItemIdx) -> ItemKind {
        ItemKind::ALL[self.columns.kind[item.index()] as usize]
    }

    /// Whether the catalogue marks it as something nobody wants to be known for.
    pub fn is_marked_sensitive(&self, item: ItemIdx) -> bool {
        self.columns.sensitive[item.index()] != 0
    }

    /// Whether it may be offered to somebody at this instant, and if not, the first reason.
    pub fn eligibility(&self, item: ItemIdx, now: Timestamp) -> Result<(), Ineligible> {
        let row = item.index();
        if self.columns.listed[row] == 0 {
            Err(Ineligible::NotListed)
        } else if self.kind(item) == ItemKind::Service {
            Err(Ineligible::Service)
        } else if self.availability(item) == Availability::OutOfStock {
            Err(Ineligible::OutOfStock)
        } else if now.micros() < self.columns.available_at[row] {
            Err(Ineligible::NotYetAvailable)
        } else if self.columns.expires_at[row] <= now.micros() {
            Err(Ineligible::Expired)
        } else if self.columns.adult[row] != 0 {
            Err(Ineligible::AgeRestricted)
        } else {
            Ok(())
        }
    }

    /// The same catalogue with everything in stock, in season and not yet expired: what an evaluation on the
    /// past assumes, since today's stock says nothing of the stock of then. What is not listed, for adults or
    /// a service stays so.
    #[must_use]
    pub fn always_available(&self) -> Self {
        let n_items = self.len();
        let columns = CatalogueColumns {
            availability: vec![Availability::InStock as u8; n_items].into(),
            available_at: vec![i64::MIN; n_items].into(),
            expires_at: vec![i64::MAX; n_items].into(),
            ..self.columns.clone()
        };
        Self { columns, ..self.clone() }
    }

    /// The same catalogue where these items are not listed, and so are never offered: what an evaluation makes of items
    /// that nobody could know at its cutoff. O(items).
    #[must_use]
    pub fn without(&self, is_unknown: impl Fn(ItemIdx) -> bool) -> Self {
        let listed = |item: ItemIdx| self.columns.listed[item.index()] & u8::from(!is_unknown(item));
        let listed = self.items.indices().map(listed).collect::<Vec<u8>>().into();
        Self { columns: CatalogueColumns { listed, ..self.columns.clone() }, ..self.clone() }
    }

    /// Whether an item is listed: one that stands in orders alone may not be.
    pub fn is_listed(&self, item: ItemIdx) -> bool {
        self.columns.listed[item.index()] != 0
    }

    /// The columns, as an artifact stores them.
    pub fn columns(&self) -> &CatalogueColumns {
        &self.columns
    }

    /// The variants, as an artifact stores them.
    pub fn variants(&self) -> &VariantColumns {
        &self.variants
    }
}

/// Every path and every head of a path becomes a node; nodes are numbered in the order of paths, so a
/// parent comes before its children.
fn category_tree(paths: &StrColumn) -> (Categories, Vec<Option<CategoryIdx>>) {
    let mut nodes = std::collections::BTreeSet::new();
    for path in paths.iter().filter(|path| !path.is_empty()) {
        let mut head = path;
        while nodes.insert(head) {
            match head.rfind(" > ") {
                Some(cut) => head = &head[..cut],
                None => break,
            }
        }
    }
    let nodes: Vocab<CategoryIdx> = Vocab::new(nodes.iter().collect()).expect("a set has no duplicates");
    let parent = |path: &str| nodes.idx_from_id(&path[..path.rfind(" > ")?]);
    let parents = nodes.ids().iter().map(parent).collect();
    let of_items = paths.iter().map(|path| nodes.idx_from_id(path)).collect();
    (Categories { paths: nodes, parents }, of_items)
}

#[cfg(test)]
mod tests;
