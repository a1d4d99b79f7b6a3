//! The path of one query: down the ladder of its placement, step by step, until the slate is full.

use erbij_core::{HistoryScorer, ItemIdx, Score, ScoreBoard, TopK};
use erbij_models::Visit;

use crate::best_sellers::CATEGORY_RANKING_ITEMS;
use crate::boosts::{boosted, boosted_order};
use crate::engine::Engine;
use crate::heard::parts_of;
use crate::ladder::{Rung, first_choice, ladder};
use crate::part::Heard;
use crate::pins::put_pins;
use crate::query::Query;
use crate::reason::Reason;
use crate::relevance::n_relevant_to;
use crate::scratch::Scratch;
use crate::situation::Situation;
use crate::slate::{CandidateSource, EmptyBecause, LeftOut, Slate, SlateItem};
use crate::step::Step;

impl Engine {
    /// Answers a query.
    ///
    /// Steps down the placement's ladder, each step filling what the one before left open, until the slate
    /// has `n` items or the ladder ends. Never an item of the query itself, never an ineligible one, never
    /// one twice. O(|history| · k) where the personal model is asked, else O(k).
    pub fn recommend(&self, query: &Query<'_>, scratch: &mut Scratch) -> Slate {
        let query = &self.situation(query);
        self.begin(query, scratch);
        let pins = self.pins(query, scratch);
        pins.iter().for_each(|pin| self.mark_beside(pin.item, scratch));
        let rungs = ladder(query, self);
        let mut slate = Slate {
            items: Vec::with_capacity(query.n.min(64)),
            first_choice: first_choice(&rungs, query),
            left_out: LeftOut::default(),
            empty_because: None,
            heard: Heard::default(),
        };
        let is_asked_by_visit = query.has_past() && !query.has_history();
        for rung in rungs {
            if query.n <= slate.items.len() {
                break;
            }
            if rung != Rung::SessionOnVisit && is_asked_by_visit {
                // They have just seen it.
                for &item in query.session {
                    scratch.mark_seen(item);
                }
            }
            let mut brought = false;
            for step in rung.steps(query, self) {
                brought |= self.take_step(&step, query, scratch, &mut slate);
            }
            slate.heard.add(&parts_of(rung, query), brought);
        }
        self.end(scratch);
        if query.is_for_people() {
            // What may go with a purchase or take its place has places, not the first ones: what the customer is most
            // likely to want stays on top. A stable sort, so the rest keeps its order.
            slate.items.sort_by_key(|shown| {
                matches!(shown.source, CandidateSource::Accessory | CandidateSource::Replacement)
            });
        }
        put_pins(&pins, query.n, &mut slate);
        self.vary_reasons(query, &mut slate);
        if slate.items.is_empty() {
            let because = if query.n == 0 { EmptyBecause::NoneAsked } else { EmptyBecause::NothingEligible };
            slate.empty_because = Some(because);
        }
        debug_assert_eq!(self.check_slate(query.query(), &slate), Ok(()), "{:?}", query.query());
        slate
    }

    /// Lets a step take places; says whether it brought up a candidate, admitted or not.
    fn take_step(
        &self,
        step: &Step,
        query: &Situation<'_>,
        scratch: &mut Scratch,
        slate: &mut Slate,
    ) -> bool {
        let at_most = match step {
            Step::Blend => {
                self.take_blended(query, scratch, slate);
                return true;
            }
            Step::Session { visit, at_most } => {
                self.score_visit(Visit::Open(visit), query, scratch);
                *at_most
            }
            Step::LookedAt { looked, at_most } => {
                self.score_looked_at(looked, query, scratch);
                *at_most
            }
            Step::Personal { kind, history } => {
                self.personal(*kind).score(history, &mut scratch.board);
                query.n
            }
            Step::Repeat { strengths } => {
                let Some(repeats) = &self.models().repeat else { return false };
                repeats.model.score(strengths, &mut scratch.board);
                query.n
            }
            Step::Help { items, at_most } => {
                for (content, score) in items.iter().flat_map(|&item| self.help_unsorted(item)) {
                    scratch.board.add(content, f64::from(score.get()));
                }
                *at_most
            }
            Step::Replacements { held, at_most } => {
                for (item, score) in held.iter().flat_map(|held| self.replacements_unsorted(held)) {
                    scratch.board.add(item, f64::from(score.get()));
                }
                *at_most
            }
            Step::Accessories { anchors, at_most } => {
                self.score_belongings(anchors, &mut scratch.board);
                *at_most
            }
            Step::Complements { anchors } => {
                self.score_complements(anchors, &mut scratch.board);
                query.n
            }
            Step::Alternatives { anchors } => {
                self.score_alternatives(anchors, &mut scratch.board);
                query.n
            }
            Step::Affinity { anchors } => {
                self.models().affinity.score(anchors, &mut scratch.board);
                query.n
            }
            Step::Declared { anchors, at_most } => {
                self.score_declared(anchors, &mut scratch.board);
                *at_most
            }
            Step::Related { anchors, at_most } => {
                self.score_related(anchors, &mut scratch.board);
                *at_most
            }
            Step::Alike { anchors } => {
                self.score_alike(anchors, &mut scratch.board);
                query.n
            }
            Step::Category { category, at_most } => {
                let ranking = self.best_sellers_of(*category);
                return self.take_first(step, ranking, *at_most, query, scratch, slate);
            }
            Step::Due { at_most } => return self.take_due(*at_most, query, scratch, slate),
            Step::Popularity => {
                return self.take_first(step, self.best_sellers(), query.n, query, scratch, slate);
            }
            Step::Range => return self.take_first(step, self.by_id(), query.n, query, scratch, slate),
        };
        self.take_best(step, at_most, query, scratch, slate)
    }

    /// Takes the best of the board onto the slate.
    fn take_best(
        &self,
        step: &Step,
        at_most: usize,
        query: &Situation<'_>,
        scratch: &mut Scratch,
        slate: &mut Slate,
    ) -> bool {
        let n_open = at_most.min(query.n - slate.items.len());
        let mut best = TopK::new(self.n_sought(n_open, query, scratch));
        // Taken out for the loop, since what is read and what is written both belong to the scratch.
        let mut board = std::mem::replace(&mut scratch.board, ScoreBoard::new(0));
        let mut brought = false;
        for (item, sum) in board.take_unsorted() {
            // What a history speaks against is no candidate, nor is a sum that is no score.
            let boosted = boosted(sum as f32, query.rules.boost(item));
            let Some(score) = Score::new(boosted).filter(|&score| score > 0.0) else { continue };
            brought = true;
            if self.admits(item, query, scratch, &mut slate.left_out)
                && best.threshold() <= score.get()
                && step.is_backed(item, self)
            {
                best.push(score, item);
            }
        }
        let mut candidates: Vec<(Score, ItemIdx)> = best.drain_sorted().collect();
        if let (Step::Related { .. }, Some(best)) = (step, slate.best_of(step.source())) {
            // Asked for the second time, it is measured by its best, which the slate has.
            let min_relevance = self.models().recipe.placement(query.placement).min_relevance();
            candidates.truncate(n_relevant_to(best, &candidates, min_relevance));
        }
        let best_of_step = self.ordered(candidates, n_open, query, scratch);
        let mut said = self.said(step, &best_of_step, query, scratch);
        for (score, item) in best_of_step {
            let speakers = said.remove(&item).unwrap_or_default();
            let own = step.own_reason(item, self, query);
            let reason = own.unwrap_or_else(|| self.reason_for(step, item, &speakers, query));
            let contributions = if query.explain { speakers } else { Vec::new() };
            slate.items.push(SlateItem { item, score, source: step.source(), reason, contributions });
            scratch.mark_shown(item);
            self.mark_beside(item, scratch);
        }
        scratch.board = board;
        brought
    }

    /// Takes what is due again onto the slate.
    fn take_due(
        &self,
        at_most: usize,
        query: &Situation<'_>,
        scratch: &mut Scratch,
        slate: &mut Slate,
    ) -> bool {
        let end = query.n.min(slate.items.len() + at_most);
        let due = self.due_today(query);
        let brought = !due.is_empty();
        for (item, score) in due {
            if end <= slate.items.len() {
                break;
            }
            if !self.admits(item, query, scratch, &mut slate.left_out) {
                continue;
            }
            let reason = self.bought_before(query, item).expect("what is due was bought");
            let source = CandidateSource::Due;
            slate.items.push(SlateItem { item, score, source, reason, contributions: Vec::new() });
            scratch.mark_shown(item);
            self.mark_beside(item, scratch);
        }
        brought
    }

    /// Takes the first of a ready ranking onto the slate.
    fn take_first(
        &self,
        step: &Step,
        ranking: &[ItemIdx],
        at_most: usize,
        query: &Situation<'_>,
        scratch: &mut Scratch,
        slate: &mut Slate,
    ) -> bool {
        let end = query.n.min(slate.items.len() + at_most);
        let (first, rest) = ranking.split_at(ranking.len().min(CATEGORY_RANKING_ITEMS));
        let first = boosted_order(first, |item| step.strength(item, self), query);
        for &item in first.iter().chain(rest) {
            if end <= slate.items.len() {
                break;
            }
            if !self.admits(item, query, scratch, &mut slate.left_out) {
                continue;
            }
            let score = Score::new(boosted(step.strength(item, self), query.rules.boost(item)));
            let score = score.expect("boosts are bounded");
            let reason = match step {
                Step::Category { category, .. } => Reason::PopularInCategory { category: *category },
                Step::Range => Reason::InRange,
                _ => Reason::Popular,
            };
            let contributions = Vec::new();
            slate.items.push(SlateItem { item, score, source: step.source(), reason, contributions });
            scratch.mark_shown(item);
            self.mark_beside(item, scratch);
        }
        !ranking.is_empty()
    }
}
