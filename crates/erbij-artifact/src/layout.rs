//! Which column of which section holds which part of a model set: there, and back.
//!
//! Both directions stand beside each other, section by section, since a change of one is a change of the
//! other and of the table in `section_spec`.

mod accessories;
mod of_customers;
mod orientation;
mod ownership;
mod related;
mod sections;

use arrow_array::ArrayRef;
use erbij_core::{
    AlreadyBought, Catalogue, CatalogueColumns, CatalogueError, Choice, Currency, CustomerIdx, Histories,
    NO_PRICE, NeighbourOrder, Neighbours, Relations, RowOffsets, StrColumn, StrColumnBuilder, TimeZone,
    Timestamp, TopicColumns, VariantColumns, Vocab,
};
use erbij_models::{
    Affinity, Blend, BlendFeatures, BlendPart, Factors, ItemWeights, Personal, PersonalKind, PersonalScorer,
    Popularity, PopularityColumns, PrivacyFloor,
};
use erbij_recipe::{CheckedRecipe, ModelSet};

use crate::section_read::Section;
use crate::section_spec::SectionSpec;
use crate::section_spec::{
    AFFINITY, BLEND, CUSTOMERS, HISTORIES, ITEM_DETAILS, ITEM_MARKS, ITEMS, POPULARITY, POPULARITY_PEOPLE,
    RELATIONS, TOPICS, VARIANTS,
};
use crate::section_write::{
    bytes, instants, lists_of_codes, lists_of_days, lists_of_numbers, lists_of_scores, long_numbers, numbers,
    text, weights,
};
use crate::sections_of::personal_spec;
use sections::{Fault, Sections, check_rows, check_same_rows};

/// The columns of every section. No value is copied but the bitmaps of nulls.
pub(crate) fn columns_of(model_set: &ModelSet) -> Vec<(SectionSpec, Vec<ArrayRef>)> {
    let (rows, items, last_bought_on, n_orders) = model_set.histories.columns();
    let histories = vec![
        lists_of_numbers(rows, items),
        lists_of_days(rows, last_bought_on),
        lists_of_numbers(rows, n_orders),
    ];
    let popularity = model_set.popularity.columns();
    let [orders, people] = [
        [&popularity.n_orders, &popularity.n_orders_before, &popularity.n_orders_ever],
        [&popularity.n_people, &popularity.n_people_before, &popularity.n_people_ever],
    ];
    let (rows, items, scores) = model_set.affinity.neighbours().columns();
    let (cooccurrences, customers) = model_set.affinity.evidence();
    let affinity = vec![
        lists_of_numbers(rows, items),
        lists_of_scores(rows, scores),
        lists_of_numbers(rows, cooccurrences),
        lists_of_numbers(rows, customers),
    ];
    let (items, variants) = (model_set.catalogue.columns(), model_set.catalogue.variants());
    let always = [
        (ITEMS, item_columns(items)),
        (VARIANTS, vec![text(&variants.variant_id), numbers(&variants.item)]),
        (CUSTOMERS, vec![text(model_set.customers.ids())]),
        (HISTORIES, histories),
        (POPULARITY, orders.map(numbers).to_vec()),
        (POPULARITY_PEOPLE, people.map(numbers).to_vec()),
        (AFFINITY, affinity),
        (ITEM_DETAILS, item_detail_columns(items)),
        (ITEM_MARKS, vec![bytes(&items.sensitive)]),
        (TOPICS, vec![text(&items.topics.names)]),
        (RELATIONS, relation_columns(model_set.catalogue.relations())),
    ];
    let personal =
        model_set.personal.iter().map(|model| (personal_spec(model.kind), personal_columns(&model.scorer)));
    let blend = model_set.blend.iter().map(|blend| (BLEND, blend_columns(blend)));
    let accessories = accessories::columns_of(model_set.accessory.as_ref());
    let of_customers = of_customers::columns_of(model_set);
    let ownership = ownership::columns_of(model_set.ownership.as_ref());
    let orientation = orientation::columns_of(model_set.orientation.as_ref());
    let of_needs = ownership.into_iter().chain(orientation);
    let related = related::columns_of(model_set.related.as_ref());
    let complements =
        accessories::complement_columns_of(model_set.complements.as_ref(), &model_set.catalogue);
    let of_needs = of_needs.chain(complements).chain(related);
    let models = accessories.into_iter().chain(of_customers).chain(of_needs).chain(personal).chain(blend);
    always.into_iter().chain(models).collect()
}

fn personal_columns(scorer: &PersonalScorer) -> Vec<ArrayRef> {
    match scorer {
        PersonalScorer::ItemWeights(model) => {
            let (rows, items, weights) = model.weights().columns();
            vec![lists_of_numbers(rows, items), lists_of_scores(rows, weights)]
        }
        PersonalScorer::Factors(factors) => {
            let rows = RowOffsets::from_lens(vec![factors.n_factors(); factors.n_items()]);
            vec![lists_of_scores(&rows, factors.column())]
        }
    }
}

fn blend_columns(blend: &Blend) -> Vec<ArrayRef> {
    let of = |already_bought| weights(blend.weights(already_bought).to_vec());
    let names: StrColumn = blend.features().names().iter().collect();
    vec![text(&names), of(AlreadyBought::Exclude), of(AlreadyBought::Keep)]
}

fn item_columns(items: &CatalogueColumns) -> Vec<ArrayRef> {
    vec![
        text(&items.item_id),
        text(&items.variant_id),
        text(&items.title),
        text(&items.link),
        text(&items.image_link),
        text(&items.brand),
        text(&items.category),
        long_numbers(&items.price_minor, NO_PRICE),
        bytes(&items.availability),
        bytes(&items.kind),
        bytes(&items.adult),
        bytes(&items.listed),
        instants(&items.available_at, i64::MIN),
        instants(&items.expires_at, i64::MAX),
    ]
}

fn item_detail_columns(items: &CatalogueColumns) -> Vec<ArrayRef> {
    vec![
        numbers(&items.useful_life_days),
        weights(items.pack_size.to_vec()),
        lists_of_numbers(&items.topics.rows, &items.topics.topics),
    ]
}

fn relation_columns(relations: &Relations) -> Vec<ArrayRef> {
    let (rows, kinds, others) = relations.columns();
    vec![lists_of_codes(rows, kinds), lists_of_numbers(rows, others)]
}

/// What the manifest says of a model set.
pub(crate) struct ModelSetHead {
    pub(crate) recipe: CheckedRecipe,
    pub(crate) choices: Vec<Choice>,
    pub(crate) cutoff: Timestamp,
    pub(crate) currency: Currency,
    pub(crate) time_zone: TimeZone,
}

/// Takes sections, in the order of `sections_of` the recipe, as a model set; every rule of every model is
/// checked. The parts are built side by side: hashing the ids is most of the work.
pub(crate) fn model_set_of(
    sections: Vec<(SectionSpec, Section)>,
    head: ModelSetHead,
) -> Result<ModelSet, Fault> {
    let ModelSetHead { recipe, choices, cutoff, currency, time_zone } = head;
    let mut sections = Sections(sections);
    let listed = ListedSections {
        items: sections.take(&ITEMS),
        variants: sections.take(&VARIANTS),
        details: sections.take_if_there(&ITEM_DETAILS),
        marks: sections.take_if_there(&ITEM_MARKS),
        topics: sections.take_if_there(&TOPICS),
        relations: sections.take_if_there(&RELATIONS),
    };
    let (customers, histories) = (sections.take(&CUSTOMERS), sections.take(&HISTORIES));
    let (popularity, affinity) = (sections.take(&POPULARITY), sections.take(&AFFINITY));
    let popularity_people = sections.take_if_there(&POPULARITY_PEOPLE);
    let accessories = accessories::take(&mut sections);
    let complements = accessories::take_complements(&mut sections);
    let of_customers = of_customers::take(&mut sections);
    let ownership = ownership::take(&mut sections);
    let orientation = orientation::take(&mut sections);
    let related = related::take(&mut sections);
    let of_recipe = sections.0;
    let n_items = listed.items.n_rows;
    check_rows("popularity.arrow", popularity.n_rows, n_items)?;
    check_rows("affinity.arrow", affinity.n_rows, n_items)?;
    check_rows("histories.arrow", histories.n_rows, customers.n_rows)?;
    let ((catalogue, customers), (histories, (affinity, of_recipe))) = rayon::join(
        || rayon::join(|| catalogue_of(listed, currency), || customers_of(customers)),
        || {
            let models = || {
                rayon::join(|| affinity_of(affinity, n_items), || of_recipe_of(of_recipe, &recipe, n_items))
            };
            rayon::join(|| histories_of(histories, n_items), models)
        },
    );
    let (catalogue, customers, histories, affinity) = (catalogue?, customers?, histories?, affinity?);
    let (personal, blend) = of_recipe?;
    let popularity = popularity_of(popularity, popularity_people)?;
    let floor = PrivacyFloor::new(recipe.privacy(), &catalogue);
    let related = related.map(|sections| related::model_of(sections, n_items)).transpose()?;
    let accessory = accessories.map(|sections| accessories::model_of(sections, n_items)).transpose()?;
    let complements =
        complements.map(|section| accessories::complements_of(section, &catalogue)).transpose()?;
    let of_customers = of_customers::models_of(of_customers, &recipe, &catalogue, customers.len(), cutoff)?;
    let of_sections = |sections| ownership::model_of(sections, &recipe, n_items, customers.len());
    let ownership = ownership.map(of_sections).transpose()?;
    // Without needs there are none to look around for.
    let looks = orientation.zip(ownership.as_ref());
    let orientation = looks
        .map(|(section, ownership)| orientation::model_of(section, &recipe, ownership, customers.len()))
        .transpose()?;
    let of_customers::Models { replenishment, repeat, session, lifetime, interest, household, sent_back } =
        of_customers;
    Ok(ModelSet {
        recipe,
        choices,
        cutoff,
        time_zone,
        catalogue,
        floor,
        customers,
        histories,
        sent_back,
        popularity,
        affinity,
        related,
        accessory,
        complements,
        personal,
        replenishment,
        repeat,
        session,
        lifetime,
        interest,
        household,
        ownership,
        orientation,
        blend,
    })
}

/// The models that not every recipe has.
fn of_recipe_of(
    sections: Vec<(SectionSpec, Section)>,
    recipe: &CheckedRecipe,
    n_items: usize,
) -> Result<(Vec<Personal>, Option<Blend>), Fault> {
    let kinds = &recipe.personal().models;
    let mut sections = sections.into_iter();
    let personal = kinds.iter().zip(sections.by_ref()).map(|(&kind, (spec, section))| {
        check_rows(spec.file, section.n_rows, n_items)?;
        match kind {
            PersonalKind::Ials => factors_of(spec.file, section, recipe, n_items),
            _ => weights_of(kind, spec.file, section, n_items),
        }
    });
    let personal = personal.collect::<Result<_, Fault>>()?;
    let blend = sections.next().map(|(_, section)| blend_of(section, kinds)).transpose()?;
    Ok((personal, blend))
}

/// The sections that make a catalogue; the optional ones came with later formats.
struct ListedSections {
    items: Section,
    variants: Section,
    details: Option<Section>,
    marks: Option<Section>,
    topics: Option<Section>,
    relations: Option<Section>,
}

fn catalogue_of(sections: ListedSections, currency: Currency) -> Result<Catalogue, Fault> {
    let ListedSections { mut items, mut variants, details, marks, topics, relations } = sections;
    let n_items = items.n_rows;
    let (useful_life_days, pack_size, (topic_rows, topic_values)) = match details {
        Some(mut details) => {
            check_rows(ITEM_DETAILS.file, details.n_rows, n_items)?;
            (details.numbers(), details.weights(), details.lists())
        }
        None => {
            let no_topics = (RowOffsets::from_lens(vec![0; n_items]), Vec::new().into());
            (vec![0; n_items].into(), vec![1.0; n_items].into(), no_topics)
        }
    };
    let sensitive = match marks {
        Some(mut marks) => {
            check_rows(ITEM_MARKS.file, marks.n_rows, n_items)?;
            marks.bytes()
        }
        None => vec![0; n_items].into(),
    };
    let topic_names = topics.map_or_else(|| StrColumnBuilder::default().finish(), |mut topics| topics.text());
    // Fields are evaluated in the order written, which is that of the columns.
    let columns = CatalogueColumns {
        item_id: items.text(),
        variant_id: items.text(),
        title: items.text(),
        link: items.text(),
        image_link: items.text(),
        brand: items.text(),
        category: items.text(),
        price_minor: items.long_numbers(),
        availability: items.bytes(),
        kind: items.bytes(),
        adult: items.bytes(),
        sensitive,
        listed: items.bytes(),
        available_at: items.long_numbers(),
        expires_at: items.long_numbers(),
        useful_life_days,
        pack_size,
        topics: TopicColumns { names: topic_names, rows: topic_rows, topics: topic_values },
    };
    let variants = VariantColumns { variant_id: variants.text(), item: variants.numbers() };
    let catalogue =
        Catalogue::new(columns, variants, currency).map_err(|error| (file_at_fault(&error), error.into()))?;
    let Some(mut relations) = relations else { return Ok(catalogue) };
    check_rows(RELATIONS.file, relations.n_rows, n_items)?;
    let (rows, kinds) = relations.lists();
    let (other_rows, others) = relations.lists();
    check_same_rows(RELATIONS.file, &rows, &[&other_rows])?;
    let relations = Relations::new(rows, kinds, others).map_err(|error| (RELATIONS.file, error.into()))?;
    Ok(catalogue.with_relations(relations))
}

/// The file whose column breaks a rule of the catalogue.
fn file_at_fault(error: &CatalogueError) -> &'static str {
    match error {
        CatalogueError::PackSize { .. } | CatalogueError::Topics { .. } => ITEM_DETAILS.file,
        CatalogueError::Code { column: "sensitive", .. } => ITEM_MARKS.file,
        CatalogueError::Ids { column: "topics.names", .. } => TOPICS.file,
        CatalogueError::Ids { column: "variant_id", .. }
        | CatalogueError::Code { column: "variants.item", .. } => VARIANTS.file,
        _ => ITEMS.file,
    }
}

fn customers_of(mut section: Section) -> Result<Vocab<CustomerIdx>, Fault> {
    Vocab::new(section.text()).map_err(|error| (CUSTOMERS.file, error.into()))
}

fn histories_of(mut section: Section, n_items: usize) -> Result<Histories, Fault> {
    let (rows, items) = section.lists();
    let (day_rows, last_bought_on) = section.lists();
    let (order_rows, n_orders) = section.lists();
    check_same_rows(HISTORIES.file, &rows, &[&day_rows, &order_rows])?;
    Histories::new(rows, items, last_bought_on, n_orders, n_items)
        .map_err(|rule| (HISTORIES.file, rule.into()))
}

/// Before format 2.4 people were not counted apart from their orders, so these stand for them.
fn popularity_of(mut orders: Section, people: Option<Section>) -> Result<Popularity, Fault> {
    let [n_orders, n_orders_before, n_orders_ever] = [orders.numbers(), orders.numbers(), orders.numbers()];
    let [n_people, n_people_before, n_people_ever] = match people {
        Some(mut people) => {
            check_rows(POPULARITY_PEOPLE.file, people.n_rows, n_orders.len())?;
            [people.numbers(), people.numbers(), people.numbers()]
        }
        None => [n_orders.clone(), n_orders_before.clone(), n_orders_ever.clone()],
    };
    let columns = PopularityColumns {
        n_orders,
        n_orders_before,
        n_orders_ever,
        n_people,
        n_people_before,
        n_people_ever,
    };
    Popularity::new(columns).map_err(|error| (POPULARITY.file, error.into()))
}

fn affinity_of(mut section: Section, n_items: usize) -> Result<Affinity, Fault> {
    let (rows, items) = section.lists();
    let (score_rows, scores) = section.lists();
    let (cooccurrence_rows, cooccurrences) = section.lists();
    let (customer_rows, customers) = section.lists();
    check_same_rows(AFFINITY.file, &rows, &[&score_rows, &cooccurrence_rows, &customer_rows])?;
    Neighbours::new(rows, items, scores, n_items, NeighbourOrder::ByScore)
        .and_then(|neighbours| Affinity::new(neighbours, cooccurrences, customers))
        .map_err(|error| (AFFINITY.file, error.into()))
}

fn weights_of(
    kind: PersonalKind,
    file: &'static str,
    mut section: Section,
    n_items: usize,
) -> Result<Personal, Fault> {
    let (rows, items) = section.lists();
    let (weight_rows, weights) = section.lists();
    check_same_rows(file, &rows, &[&weight_rows])?;
    let weights = Neighbours::new(rows, items, weights, n_items, NeighbourOrder::ByItem)
        .map_err(|error| (file, error.into()))?;
    Ok(Personal { kind, scorer: PersonalScorer::ItemWeights(ItemWeights::new(weights)) })
}

fn factors_of(
    file: &'static str,
    mut section: Section,
    recipe: &CheckedRecipe,
    n_items: usize,
) -> Result<Personal, Fault> {
    let (rows, values) = section.lists();
    let n_factors = recipe.ials().factors();
    if !(0..n_items).all(|row| rows.range(row).len() == n_factors) {
        return Err((file, format!("an item does not have the {n_factors} factors of the recipe").into()));
    }
    let factors = Factors::new(values, n_items, recipe.ials()).map_err(|error| (file, error.into()))?;
    Ok(Personal { kind: PersonalKind::Ials, scorer: PersonalScorer::Factors(factors) })
}

fn blend_of(mut section: Section, kinds: &[PersonalKind]) -> Result<Blend, Fault> {
    let names = section.text();
    let features = BlendFeatures::from_names(names.iter())
        .filter(|features| {
            features.parts().iter().all(|part| match part {
                BlendPart::Personal(kind) => kinds.contains(kind),
                _ => true,
            })
        })
        .ok_or((BLEND.file, "its features do not match the models of the recipe".into()))?;
    let (excluding, keeping) = (section.weights().to_vec(), section.weights().to_vec());
    Blend::new(features, excluding, keeping).map_err(|rule| (BLEND.file, rule.into()))
}
