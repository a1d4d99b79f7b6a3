//! The tree of categories with what each node sells, for rates that fall back from leaf to root.
//!
//! A node that sells just what one node below it sells says the same thing twice. No node lies below it here, so that
//! evidence counts once, and a tree costs by how it branches and not by how deep it is.

use erbij_core::Catalogue;

use super::timeline::Timeline;

/// Nodes of the tree, the root first and every node before those below it.
pub(super) struct Tree {
    /// An item each: its node, the root where it has no category; and its first purchases.
    items: Vec<(u32, u32)>,
    /// A node each: the one above that says something else; the root is its own.
    parents: Vec<u32>,
    /// A node each: the one right above in the catalogue, or itself where that is the root.
    branches: Vec<u32>,
    /// A node each: how many first purchases of items at or below it there are.
    n_buyers: Vec<f64>,
    /// Nodes from the root to each node, one path after the other.
    path_ends: Vec<usize>,
    path_nodes: Vec<u32>,
}

/// The node all others are below.
pub(super) const ROOT: u32 = 0;

impl Tree {
    /// The tree of a catalogue. O(items · depth).
    pub(super) fn new(catalogue: &Catalogue, timeline: &Timeline<'_>) -> Self {
        let categories = catalogue.categories();
        // A category's number is that of its node less one, since the root has none.
        let above = categories.parents().iter().map(|parent| parent.map_or(ROOT, |parent| parent.get() + 1));
        let mut parents: Vec<u32> = std::iter::once(ROOT).chain(above).collect();
        let branch = |(node, &above): (u32, &u32)| if above == ROOT { node } else { above };
        let branches = (0..).zip(&parents).map(branch).collect();
        let nodes = catalogue.item_categories().iter();
        let nodes = nodes.map(|category| category.map_or(ROOT, |category| category.get() + 1));
        let items: Vec<(u32, u32)> =
            nodes.enumerate().map(|(item, node)| (node, timeline.n_buyers_of(item as u32))).collect();
        let mut n_buyers = vec![0.0; parents.len()];
        for &(node, n_item_buyers) in &items {
            n_buyers[node as usize] += f64::from(n_item_buyers);
        }
        for node in (1..parents.len()).rev() {
            n_buyers[parents[node] as usize] += n_buyers[node];
        }
        // From the root down: what is above was passed over before.
        for node in 1..parents.len() {
            let above = parents[node] as usize;
            if above != 0 && n_buyers[above] == n_buyers[node] {
                parents[node] = parents[above];
            }
        }
        let (mut path_ends, mut path_nodes) = (Vec::new(), Vec::new());
        for node in 0..parents.len() as u32 {
            if node != ROOT {
                let above = parents[node as usize] as usize;
                let start = if above == 0 { 0 } else { path_ends[above - 1] };
                path_nodes.extend_from_within(start..path_ends[above]);
            }
            path_nodes.push(node);
            path_ends.push(path_nodes.len());
        }
        Self { items, parents, branches, n_buyers, path_ends, path_nodes }
    }

    /// How many items.
    pub(super) fn n_items(&self) -> usize {
        self.items.len()
    }

    /// Whether an item was bought at all.
    pub(super) fn is_sold(&self, item: u32) -> bool {
        0 < self.items[item as usize].1
    }

    /// How many nodes.
    pub(super) fn len(&self) -> usize {
        self.parents.len()
    }

    /// The node of an item.
    pub(super) fn node_of(&self, item: u32) -> u32 {
        self.items[item as usize].0
    }

    /// The node of an item, and its first purchases.
    #[inline]
    pub(super) fn node_and_buyers_of(&self, item: u32) -> (u32, u32) {
        self.items[item as usize]
    }

    /// The node above that sells more; the root's is the root.
    pub(super) fn parent(&self, node: u32) -> u32 {
        self.parents[node as usize]
    }

    /// The node above, but for a node right below the root, which is its own: the root holds everything.
    #[inline]
    pub(super) fn broader(&self, node: u32) -> u32 {
        let above = self.parent(node);
        if above == ROOT { node } else { above }
    }

    /// The branch a node is of: what the catalogue has right above it.
    #[inline]
    pub(super) fn branch_of_node(&self, node: u32) -> u32 {
        self.branches[node as usize]
    }

    /// The branch an item is of: what its category belongs to.
    #[inline]
    pub(super) fn branch_of(&self, item: u32) -> u32 {
        self.branch_of_node(self.node_of(item))
    }

    /// First purchases of what lies at or below a node.
    pub(super) fn n_buyers(&self, node: u32) -> f64 {
        self.n_buyers[node as usize]
    }

    /// From the root to a node, both included.
    pub(super) fn path(&self, node: u32) -> &[u32] {
        let node = node as usize;
        let start = if node == 0 { 0 } else { self.path_ends[node - 1] };
        &self.path_nodes[start..self.path_ends[node]]
    }

    /// Whether two items have the same category; items without one have none in common.
    pub(super) fn is_same_leaf(&self, a: u32, b: u32) -> bool {
        self.node_of(a) != ROOT && self.node_of(a) == self.node_of(b)
    }
}
