//! What a customer looked at in the days before and has bought nothing of: he looks around still, as if the visit went on.

use erbij_core::ItemIdx;
use erbij_models::{Visit, VisitedItems};
use erbij_people::Looked;

use crate::engine::Engine;
use crate::query::Query;
use crate::scratch::Scratch;
use crate::situation::Situation;

/// What an item scores that the customer looked at and no visit of others tells anything of: behind all that one does.
const LOOKED_AT: f64 = 1e-6;

/// The items looked at last, as one visit: those of longest ago first, of one day by need.
pub(crate) fn visit_of(looked: &[Looked]) -> Vec<ItemIdx> {
    let mut looked: Vec<&Looked> = looked.iter().collect();
    looked.sort_by_key(|looked| looked.last_on);
    looked.into_iter().map(|looked| looked.item).collect()
}

impl Engine {
    /// What the customer of a query looked at in the days before, by need, where nothing that serves answers the need:
    /// nothing he has, whoever says so, and nothing in the basket or the order at hand. Nothing where nobody is known, or
    /// the artifact is from before looks were kept. O(needs · things).
    pub fn looked_at(&self, query: &Query<'_>) -> Vec<Looked> {
        self.situation(query).looked_at().to_vec()
    }

    /// Whether any visits were learned from: every artifact has the model, and without events it is empty.
    pub(crate) fn knows_visits(&self) -> bool {
        self.models().session.as_ref().is_some_and(|model| 0 < model.n_sessions())
    }

    /// Adds what visits like this one went on to, as far as enough people did; nothing where none was learned from.
    pub(crate) fn score_visit(&self, visit: Visit<'_>, query: &Situation<'_>, scratch: &mut Scratch) {
        let models = self.models();
        let (Some(model), Some(session)) = (&models.session, &mut scratch.session) else { return };
        model.score(visit, Some(query.now), session, &mut scratch.board);
        let floor = |item| visit.items().iter().map(|&from| models.floor.of_pair(from, item)).max();
        model.keep_backed(|item| floor(item).unwrap_or(0), session, &mut scratch.board);
    }

    /// Adds what visits went on to that looked at these, and these themselves, unless the recipe scores nothing that was
    /// looked at.
    pub(crate) fn score_looked_at(&self, looked: &[Looked], query: &Situation<'_>, scratch: &mut Scratch) {
        let Some(model) = &self.models().session else { return };
        let visit = visit_of(looked);
        self.score_visit(Visit::Past(&visit), query, scratch);
        if model.params().visited_items != VisitedItems::DropAll {
            visit.into_iter().for_each(|item| scratch.board.add(item, LOOKED_AT));
        }
    }
}
