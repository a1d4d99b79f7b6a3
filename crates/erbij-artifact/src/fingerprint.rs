//! One hash for all that a training run reads.

use erbij_core::{
    Catalogue, CustomerIdx, Events, HouseholdKind, Returned, Stated, StatedInterest, StrColumn, TimeZone,
    TrainingData,
};

/// The BLAKE3 hash, as 64 hex digits, of what a training run reads: purchases and returns, customers, catalogue.
///
/// It is taken over the checked columns, not over files: so the same orders give the same fingerprint however
/// they were cut into files, in whatever order these were read, and whatever they were called. O(bytes).
pub fn data_fingerprint(data: &TrainingData) -> String {
    let mut hash = ColumnHasher::new();
    catalogue(&mut hash, &data.catalogue);
    hash.text("customers.customer_id", data.customers.ids());
    let baskets = data.baskets.parts();
    hash.numbers("baskets.customer", baskets.customers.iter().map(|customer| customer.get().to_le_bytes()));
    hash.numbers("baskets.ordered_at", baskets.ordered_at.iter().map(|at| at.micros().to_le_bytes()));
    hash.numbers("baskets.amount_minor", baskets.amounts_minor.iter().map(|amount| amount.to_le_bytes()));
    hash.numbers("baskets.offset", baskets.offsets.iter().map(|&offset| (offset as u64).to_le_bytes()));
    hash.numbers("baskets.item", baskets.items.iter().map(|item| item.get().to_le_bytes()));
    hash.numbers("baskets.quantity", baskets.quantities.iter().map(|quantity| quantity.to_le_bytes()));
    hash.numbers("baskets.gift_line", baskets.gift_lines.iter().map(|&line| (line as u64).to_le_bytes()));
    returned(&mut hash, &baskets.returned);
    time_zone(&mut hash, &baskets.time_zone);
    events(&mut hash, &data.events);
    stated(&mut hash, &data.stated);
    hash.finish()
}

/// Adds nothing where nothing came back, so that such a history keeps the fingerprint it had.
fn returned(hash: &mut ColumnHasher, returned: &[Returned]) {
    if returned.is_empty() {
        return;
    }
    hash.numbers("returned.item", returned.iter().map(|returned| returned.item.get().to_le_bytes()));
    hash.numbers("returned.customer", returned.iter().map(|returned| returned.customer.get().to_le_bytes()));
    hash.numbers(
        "returned.ordered_at",
        returned.iter().map(|returned| returned.ordered_at.micros().to_le_bytes()),
    );
}

/// Adds nothing where days are those of UTC, likewise.
fn time_zone(hash: &mut ColumnHasher, time_zone: &TimeZone) {
    if *time_zone != TimeZone::UTC {
        hash.text("time_zone", &[time_zone.name()].iter().collect());
    }
}

fn events(hash: &mut ColumnHasher, events: &Events) {
    let events = events.parts();
    let indices = |name, hash: &mut ColumnHasher, column: &[u32]| {
        hash.numbers(name, column.iter().map(|index| index.to_le_bytes()));
    };
    hash.numbers("events.visitor", events.visitors.iter().map(|visitor| visitor.get().to_le_bytes()));
    indices("events.session", hash, &events.sessions);
    hash.numbers("events.customer", events.customers.iter().map(|customer| customer.get().to_le_bytes()));
    hash.numbers("events.item", events.items.iter().map(|item| item.get().to_le_bytes()));
    hash.numbers("events.kind", events.kinds.iter().map(|&kind| [kind as u8]));
    hash.numbers("events.occurred_at", events.occurred_at.iter().map(|at| at.micros().to_le_bytes()));
    indices("events.topic", hash, &events.topics);
}

fn stated(hash: &mut ColumnHasher, stated: &Stated) {
    let code = |household: &Option<HouseholdKind>| [household.map_or(0, |kind| kind as u8 + 1)];
    hash.numbers("stated.household", stated.households().iter().map(code));
    let customers = || (0..stated.n_customers() as u32).map(CustomerIdx::new);
    let interests = |customer| stated.interests(customer);
    let n_interests: Vec<_> =
        customers().map(|customer| (interests(customer).len() as u64).to_le_bytes()).collect();
    hash.numbers("stated.n_interests", n_interests.into_iter());
    let interest = |&interest: &StatedInterest| {
        let (kind, number) = match interest {
            StatedInterest::Category(category) => (0, category.get()),
            StatedInterest::Brand(item) => (1, item.get()),
            StatedInterest::Topic(topic) => (2, topic.get()),
        };
        (u64::from(number) << 8 | kind).to_le_bytes()
    };
    let interests: Vec<_> =
        customers().flat_map(|customer| interests(customer).iter().map(interest)).collect();
    hash.numbers("stated.interest", interests.into_iter());
}

fn catalogue(hash: &mut ColumnHasher, catalogue: &Catalogue) {
    let items = catalogue.columns();
    hash.text("currency", &[catalogue.currency().code()].iter().collect());
    hash.text("items.item_id", &items.item_id);
    hash.text("items.variant_id", &items.variant_id);
    hash.text("items.title", &items.title);
    hash.text("items.link", &items.link);
    hash.text("items.image_link", &items.image_link);
    hash.text("items.brand", &items.brand);
    hash.text("items.category", &items.category);
    hash.numbers("items.price_minor", items.price_minor.iter().map(|price| price.to_le_bytes()));
    hash.numbers("items.availability", items.availability.iter().map(|&code| [code]));
    hash.numbers("items.kind", items.kind.iter().map(|&code| [code]));
    hash.numbers("items.adult", items.adult.iter().map(|&code| [code]));
    // A catalogue that marks nothing keeps the fingerprint it had before marks were known.
    if items.sensitive.iter().any(|&code| code != 0) {
        hash.numbers("items.sensitive", items.sensitive.iter().map(|&code| [code]));
    }
    hash.numbers("items.listed", items.listed.iter().map(|&code| [code]));
    hash.numbers("items.available_at", items.available_at.iter().map(|at| at.to_le_bytes()));
    hash.numbers("items.expires_at", items.expires_at.iter().map(|at| at.to_le_bytes()));
    hash.numbers("items.useful_life_days", items.useful_life_days.iter().map(|days| days.to_le_bytes()));
    hash.numbers("items.pack_size", items.pack_size.iter().map(|size| size.to_le_bytes()));
    hash.text("topics.topic", &items.topics.names);
    hash.numbers("items.topics_offset", items.topics.rows.buffer().iter().map(|at| at.to_le_bytes()));
    hash.numbers("items.topics", items.topics.topics.iter().map(|topic| topic.to_le_bytes()));
    let (rows, kinds, others) = catalogue.relations().columns();
    hash.numbers("relations.offset", rows.buffer().iter().map(|at| at.to_le_bytes()));
    hash.numbers("relations.kind", kinds.iter().map(|&kind| [kind]));
    hash.numbers("relations.item", others.iter().map(|item| item.to_le_bytes()));
    let variants = catalogue.variants();
    hash.text("variants.variant_id", &variants.variant_id);
    hash.numbers("variants.item", variants.item.iter().map(|item| item.to_le_bytes()));
}

/// Hashes columns one after the other. Each begins with its name and its length, so that no two sets of
/// columns run together into the same bytes.
struct ColumnHasher {
    hasher: blake3::Hasher,
    buffer: Vec<u8>,
}

impl ColumnHasher {
    /// Bytes gathered before they are hashed: hashing four at a time would take ten times as long.
    const BUFFER_BYTES: usize = 1 << 16;

    fn new() -> Self {
        Self {
            hasher: blake3::Hasher::new_derive_key("erbij 1 data fingerprint"),
            buffer: Vec::with_capacity(Self::BUFFER_BYTES),
        }
    }

    fn put(&mut self, bytes: &[u8]) {
        if Self::BUFFER_BYTES < self.buffer.len() + bytes.len() {
            self.hasher.update(&self.buffer);
            self.buffer.clear();
        }
        self.buffer.extend_from_slice(bytes);
    }

    fn begin(&mut self, name: &str, n_rows: usize) {
        self.put(&(name.len() as u64).to_le_bytes());
        self.put(name.as_bytes());
        self.put(&(n_rows as u64).to_le_bytes());
    }

    fn numbers<const N: usize>(&mut self, name: &str, values: impl ExactSizeIterator<Item = [u8; N]>) {
        self.begin(name, values.len());
        for value in values {
            self.put(&value);
        }
    }

    fn text(&mut self, name: &str, column: &StrColumn) {
        self.begin(name, column.len());
        for row in 0..column.len() {
            let bytes = column.bytes_of(row);
            self.put(&(bytes.len() as u64).to_le_bytes());
            self.put(bytes);
        }
    }

    fn finish(mut self) -> String {
        self.hasher.update(&self.buffer);
        self.hasher.finalize().to_hex().to_string()
    }
}
