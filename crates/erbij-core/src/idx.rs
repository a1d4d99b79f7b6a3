//! Dense indices: what an id becomes once it is inside.
//!
//! An id is a string at the border and a `u32` inside. Each kind of thing has its own type, so that
//! passing a customer where an item is meant does not compile.

use std::fmt;

/// What every dense index can do; lets [`crate::Vocab`] be one type for all of them.
pub trait Idx: Copy + Eq + Ord + fmt::Debug {
    /// The index with this number.
    fn new(number: u32) -> Self;
    /// Its number.
    fn get(self) -> u32;
    /// Its number as a position in a slice.
    fn index(self) -> usize {
        self.get() as usize
    }
}

macro_rules! idx {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(transparent)]
        pub struct $name(u32);

        impl Idx for $name {
            #[inline]
            fn new(number: u32) -> Self {
                Self(number)
            }
            #[inline]
            fn get(self) -> u32 {
                self.0
            }
        }

        impl $name {
            /// The index with this number.
            #[inline]
            pub const fn new(number: u32) -> Self {
                Self(number)
            }
            /// Its number.
            #[inline]
            pub const fn get(self) -> u32 {
                self.0
            }
            /// Its number as a position in a slice.
            #[inline]
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }
    };
}

idx!(
    /// An item inside. Items are numbered by how often they were bought, most first, ties by id: so a
    /// tie broken by index is a tie broken by popularity, and hot rows lie together in memory.
    ItemIdx
);
idx!(
    /// A customer inside, numbered in the order of [`crate::cmp_ids`].
    CustomerIdx
);
idx!(
    /// A category: one node of the catalogue's tree.
    CategoryIdx
);
idx!(
    /// A need: what a thing is bought for, and another one would answer as well.
    NeedIdx
);
idx!(
    /// A topic: what a story is about.
    TopicIdx
);
idx!(
    /// A facet: a category, a brand or a topic, as something to be interested in.
    FacetIdx
);
idx!(
    /// A visitor: a browser, or a customer where no browser is known.
    VisitorIdx
);
idx!(
    /// A visit that the shop itself has marked off.
    SessionIdx
);

impl CustomerIdx {
    /// Stands for every guest: an order nobody can be named for. Sorts behind all customers.
    pub const GUEST: Self = Self(u32::MAX);

    /// Whether this is a guest order's "customer".
    #[inline]
    pub const fn is_guest(self) -> bool {
        self.0 == u32::MAX
    }
}
