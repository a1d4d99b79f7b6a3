//! All that one recipe trains, and the run that trains it.

use erbij_core::{Baskets, Catalogue, CustomerIdx, Histories, Progress, Timestamp, Vocab};

use crate::affinity::{Affinity, fit_affinity};
use crate::incidence::Incidence;
use crate::personal::{Personal, fit_personal};
use crate::popularity::{Popularity, fit_popularity};
use crate::recipe::CheckedRecipe;

/// What a training run reads: checked purchases and what they refer to.
#[derive(Debug)]
pub struct TrainingData {
    /// The purchases.
    pub baskets: Baskets,
    /// The customers by id.
    pub customers: Vocab<CustomerIdx>,
    /// The items.
    pub catalogue: Catalogue,
}

/// Everything a recipe trains, immutable.
#[derive(Clone, Debug)]
pub struct ModelSet {
    /// What it was trained by.
    pub recipe: CheckedRecipe,
    /// The newest instant it knows of: the end of its data.
    pub cutoff: Timestamp,
    /// The items.
    pub catalogue: Catalogue,
    /// The customers by id.
    pub customers: Vocab<CustomerIdx>,
    /// What each customer bought.
    pub histories: Histories,
    /// What sells.
    pub popularity: Popularity,
    /// What goes with an item.
    pub affinity: Affinity,
    /// What a customer wants next.
    pub personal: Personal,
}

/// Why a recipe could not be trained on these data.
#[derive(Debug, thiserror::Error)]
pub enum FitError {
    /// Nothing to learn from.
    #[error("there is no purchase to learn from")]
    NoPurchases,
}

/// Trains all models of a recipe. The cutoff is the newest purchase.
pub fn fit(
    recipe: &CheckedRecipe,
    data: TrainingData,
    progress: &dyn Progress,
) -> Result<ModelSet, FitError> {
    let TrainingData { baskets, customers, catalogue } = data;
    let (_, cutoff) = baskets.window().ok_or(FitError::NoPurchases)?;
    let baskets = recipe.history().within(baskets, cutoff);
    let popularity = fit_popularity(recipe.popularity(), &baskets, cutoff);
    let affinity = fit_affinity(recipe.affinity(), &baskets, progress);
    let histories = Histories::from_baskets(&baskets);
    drop(baskets);
    let by_customer =
        Incidence::from_histories(&histories, catalogue.len(), recipe.personal().max_history_items());
    let personal = fit_personal(recipe.personal(), &by_customer, progress);
    Ok(ModelSet {
        recipe: recipe.clone(),
        cutoff,
        catalogue,
        customers,
        histories,
        popularity,
        affinity,
        personal,
    })
}
