//! What a visit looks at next, by the protocols of the literature: hit rate and MRR of the next look.
//!
//! `files.rs` reads the published files. One question is asked after the other, so that whoever answers can measure how long
//! an answer takes; [`AnswerTimes`] keeps that.

mod files;

use erbij_core::{ItemIdx, Score, ScoreBoard, Sessions, TopK};
use erbij_models::{SessionModel, SessionScratch, Visit};

use crate::metrics::{hit_rate_at_k, mrr_at_k};

pub use files::{
    NamedText, SessionFormat, SessionProtocol, SessionProtocolError, SessionQuestion, parse_session_protocol,
};

/// Means over all questions.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SessionFigures {
    /// The share of questions whose answer holds what came next.
    pub hit_rate: f64,
    /// The mean of one over the place at which it stands, 0 where it does not.
    pub mrr: f64,
}

/// The items in most looks of training; ties by id. O(looks + items · log items).
pub fn most_looked_at(train: &Sessions, n_items: usize, k: usize) -> Vec<ItemIdx> {
    let mut counts = vec![0_u32; n_items];
    train.columns().1.iter().for_each(|&item| counts[item as usize] += 1);
    let mut ranking: Vec<ItemIdx> = (0..n_items as u32).map(ItemIdx::new).collect();
    ranking.sort_by_key(|item| std::cmp::Reverse(counts[item.index()]));
    ranking.truncate(k);
    ranking
}

/// Answers questions by a session model; it keeps what a thread needs for that.
#[derive(Debug)]
pub struct SessionAnswers<'a> {
    model: &'a SessionModel,
    scratch: SessionScratch,
    board: ScoreBoard,
    top: TopK<ItemIdx>,
}

impl<'a> SessionAnswers<'a> {
    /// Answers of `k` items.
    pub fn new(model: &'a SessionModel, k: usize) -> Self {
        let board = ScoreBoard::new(model.n_items());
        Self { model, scratch: SessionScratch::new(model), board, top: TopK::new(k) }
    }

    /// Adds the best items for a question to `answer`, best first.
    pub fn answer(&mut self, question: &SessionQuestion, answer: &mut Vec<ItemIdx>) {
        let visit = Visit::Open(&question.visit);
        self.model.score(visit, Some(question.at), &mut self.scratch, &mut self.board);
        for (item, score) in self.board.take_unsorted() {
            if let Some(score) = Score::new(score as f32) {
                self.top.push(score, item);
            }
        }
        answer.extend(self.top.drain_sorted().map(|(_, item)| item));
    }
}

/// Asks one question after the other, on this thread. `answer` is told the place of a question among all, and gets an empty
/// list to fill with `k` items, best first.
pub fn judge_session(
    questions: &[SessionQuestion],
    k: usize,
    mut answer: impl FnMut(usize, &SessionQuestion, &mut Vec<ItemIdx>),
) -> SessionFigures {
    let (mut hits, mut reciprocal_ranks) = (0.0, 0.0);
    let mut ranking = Vec::with_capacity(k);
    for (at, question) in questions.iter().enumerate() {
        ranking.clear();
        answer(at, question, &mut ranking);
        let relevant = [question.next];
        hits += hit_rate_at_k(&ranking, &relevant, k).unwrap_or_default();
        reciprocal_ranks += mrr_at_k(&ranking, &relevant, k).unwrap_or_default();
    }
    let n = questions.len().max(1) as f64;
    SessionFigures { hit_rate: hits / n, mrr: reciprocal_ranks / n }
}

/// The least time that each answer took, of all times it was asked.
#[derive(Clone, Debug, Default)]
pub struct AnswerTimes {
    micros: Vec<f64>,
}

impl AnswerTimes {
    /// Of so many questions, none of them asked yet.
    pub fn new(n_questions: usize) -> Self {
        Self { micros: vec![f64::INFINITY; n_questions] }
    }

    /// A question was answered within so many microseconds.
    pub fn took(&mut self, question: usize, micros: f64) {
        self.micros[question] = self.micros[question].min(micros);
    }

    /// The time that a share of the answers did not exceed, a value a share; 0 where nothing was asked. O(n · log n).
    pub fn quantiles<const N: usize>(&self, shares: [f64; N]) -> [f64; N] {
        let mut micros = self.micros.clone();
        micros.sort_by(f64::total_cmp);
        shares.map(|share| {
            let rank = (share * micros.len() as f64).ceil() as usize;
            micros.get(rank.saturating_sub(1)).copied().unwrap_or_default()
        })
    }
}

#[cfg(test)]
mod tests {
    use erbij_core::Timestamp;

    use super::*;

    #[test]
    fn the_least_time_of_each_answer_counts() {
        let mut times = AnswerTimes::new(4);
        for (question, micros) in [(0, 9.0), (1, 2.0), (2, 3.0), (3, 4.0), (0, 1.0), (3, 8.0)] {
            times.took(question, micros);
        }
        assert_eq!(times.quantiles([0.0, 0.25, 0.5, 0.75, 0.99, 1.0]), [1.0, 1.0, 2.0, 3.0, 4.0, 4.0]);
        assert_eq!(AnswerTimes::new(0).quantiles([0.5]), [0.0]);
    }

    #[test]
    fn a_look_found_second_is_a_hit_and_half_a_rank() {
        let question = |next| SessionQuestion {
            visit: vec![ItemIdx::new(0)],
            at: Timestamp::from_micros(0),
            next: ItemIdx::new(next),
        };
        let questions = [question(2), question(7)];
        let figures = judge_session(&questions, 2, |_, _, answer| answer.extend([1, 2].map(ItemIdx::new)));
        assert_eq!(figures, SessionFigures { hit_rate: 0.5, mrr: 0.25 });
        assert_eq!(judge_session(&[], 2, |_, _, _| ()), SessionFigures::default());
    }
}
