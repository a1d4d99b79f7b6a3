//! A slate of a ranking that is given: what an evaluation compares with, behind the same gate.

use erbij_core::ItemIdx;

use crate::engine::Engine;
use crate::query::Query;
use crate::scratch::Scratch;
use crate::slate::LeftOut;

impl Engine {
    /// The first items of a ranking that the slate of a query may hold, [`Query::n`] at most: what is kept out of a slate
    /// of [`Engine::recommend`] is kept out of it too. Who orders the query's slate is not asked. O(items looked at).
    pub fn admitted(
        &self,
        query: &Query<'_>,
        ranking: impl IntoIterator<Item = ItemIdx>,
        scratch: &mut Scratch,
    ) -> Vec<ItemIdx> {
        let query = &self.situation(query);
        self.begin(query, scratch);
        let mut left_out = LeftOut::default();
        let mut slate = Vec::with_capacity(query.n.min(64));
        for item in ranking {
            if query.n <= slate.len() {
                break;
            }
            if self.admits(item, query, scratch, &mut left_out) {
                slate.push(item);
                scratch.mark_shown(item);
                self.mark_beside(item, scratch);
            }
        }
        self.end(scratch);
        slate
    }
}
