//! What of a question nothing listened to: a question that changes nothing without a word is a trap for whoever asks it.
//!
//! While a slate is made it is kept which parts of the question were asked about, and which brought up a candidate. What else a part can do, keeping
//! items off the slate, is asked of the models afterwards. So nothing is scored twice, and a slate that nobody asks about
//! costs six bits more.
//!
//! | part | is heard where |
//! |---|---|
//! | customer | a step of what they bought or looked at brought something up, or a candidate was kept from them |
//! | anchors | a step about them brought something up, or what they meet or do not go with was left out |
//! | session | the visit brought something up |
//! | owned | a candidate was kept off the slate for it |
//!
//! That the anchors themselves are left out is not counted: who names them asks what goes with them.

use erbij_core::{AlreadyBought, ItemIdx};

use crate::engine::Engine;
use crate::ladder::{Rung, ladder};
use crate::part::{Part, Unheard};
use crate::person::Person;
use crate::query::Query;
use crate::situation::Situation;
use crate::slate::Slate;

/// The parts of a question that a rung asks about.
pub(crate) fn parts_of(rung: Rung, query: &Situation<'_>) -> Vec<Part> {
    let has_anchors = !query.anchors.is_empty();
    let visit = || {
        let session = (!query.session.is_empty()).then_some(Part::Session);
        session.into_iter().chain(has_anchors.then_some(Part::Anchors)).collect()
    };
    match rung {
        Rung::SessionOnVisit => visit(),
        Rung::AlternativesOfAnchors | Rung::LeavesOfAnchors => vec![Part::Anchors],
        Rung::HelpWithAnchors
        | Rung::AccessoriesOfAnchors
        | Rung::DeclaredOfAnchors
        | Rung::SomeAccessoriesOfAnchors
        | Rung::ComplementsOfAnchors
        | Rung::RelatedToAnchors
        | Rung::MostRelatedToAnchors
        | Rung::AffinityWithAnchors
        | Rung::WalksFromAnchors
        | Rung::AlikeToAnchors
        | Rung::CategoriesOfAnchors => {
            // After an order that is not named, the customer's last one stands for it.
            vec![if has_anchors { Part::Anchors } else { Part::Customer }]
        }
        // Who bought nothing is asked about by their visit.
        Rung::BlendOnHistory
        | Rung::PersonalOnHistory
        | Rung::ModelOnHistory(_)
        | Rung::AlikeToLastBought
        | Rung::AffinityWithLastBought
        | Rung::CategoriesOfHistory
            if !query.has_history() =>
        {
            visit()
        }
        Rung::HelpWithRecent
        | Rung::AccessoriesOfRecent
        | Rung::ReplacementsOfOwned
        | Rung::SessionOnLooks
        | Rung::DueOfHistory
        | Rung::BlendOnHistory
        | Rung::RepeatOnHistory
        | Rung::PersonalOnHistory
        | Rung::ModelOnHistory(_)
        | Rung::AlikeToLastBought
        | Rung::AffinityWithLastBought
        | Rung::CategoriesOfHistory => vec![Part::Customer],
        Rung::Popularity | Rung::Range => Vec::new(),
    }
}

impl Engine {
    /// The parts of a query that changed nothing on its slate, and why, by part. A part that says nothing is not
    /// among them. O(things).
    pub fn unheard(&self, query: &Query<'_>, slate: &Slate) -> Vec<(Part, Unheard)> {
        let query = &self.situation(query);
        let rungs = ladder(query, self);
        let is_used = |part: Part| rungs.iter().any(|&rung| parts_of(rung, query).contains(&part));
        let heard = slate.heard;
        let why = |part: Part| match (is_used(part), heard.was_asked(part)) {
            (false, _) => Unheard::NotUsed,
            (true, false) => Unheard::SlateFull,
            (true, true) => Unheard::NothingKnown,
        };
        let mut unheard = Vec::new();
        let has_acts = query.person.past().is_some_and(|past| !past.is_empty());
        if (query.customer().is_some() || has_acts)
            && !heard.has_brought(Part::Customer)
            && !self.keeps_from_customer(query, slate)
            // Chance is drawn for each customer anew.
            && self.models().recipe.placement(query.placement).rotation_temperature() <= 0.0
        {
            let keeps = self.keeps_off_what_is_had(query);
            // Where what they have could keep something off, nothing is known of them that does.
            let why = if keeps { Unheard::NothingKnown } else { why(Part::Customer) };
            unheard.extend(query.customer().map(|_| (Part::Customer, why)));
            unheard.extend(has_acts.then_some((Part::Acts, why)));
        }
        if !query.anchors.is_empty()
            && !heard.has_brought(Part::Anchors)
            && !self.keeps_off_by_anchors(query, slate)
        {
            unheard.push((Part::Anchors, why(Part::Anchors)));
        }
        if !query.session.is_empty() && !heard.has_brought(Part::Session) {
            let why = why(Part::Session);
            let untrained = why != Unheard::NotUsed && !self.knows_visits();
            unheard.push((Part::Session, if untrained { Unheard::NotTrained } else { why }));
        }
        if !query.owned.is_empty() && !self.keeps_off_owned(query, slate) {
            let keeps = self.keeps_off_what_is_had(query);
            unheard.push((Part::Owned, if keeps { Unheard::NothingKnown } else { Unheard::NotUsed }));
        }
        unheard
    }

    /// The same where not a slate but the customer's needs are asked about.
    pub fn unheard_by_needs(&self, query: &Query<'_>) -> Vec<(Part, Unheard)> {
        let ownership = self.models().ownership.as_ref();
        let has_need = |item: &ItemIdx| ownership.is_some_and(|ownership| ownership.need_of(*item).is_some());
        let is_met = |query: &Query<'_>| !self.situation(query).needs_met().is_empty();
        let of_owned = Query { person: Person::Nobody, ..*query };
        let of_customer = Query { owned: &[], session: &[], anchors: &[], ..*query };
        let is_customer = query.person.customer().is_some();
        let says = [
            (Part::Customer, is_customer, is_met(&of_customer) || !self.looked_at(&of_customer).is_empty()),
            (Part::Anchors, !query.anchors.is_empty(), query.anchors.iter().any(has_need)),
            (Part::Session, !query.session.is_empty(), query.session.iter().any(has_need)),
            (Part::Owned, !query.owned.is_empty(), is_met(&of_owned)),
        ];
        let unheard = says.into_iter().filter(|&(_, is_said, is_heard)| is_said && !is_heard);
        unheard.map(|(part, ..)| (part, Unheard::NothingKnown)).collect()
    }

    /// Whether what somebody has or bought keeps anything off a slate of this kind at all.
    fn keeps_off_what_is_had(&self, query: &Situation<'_>) -> bool {
        query.already_bought != AlreadyBought::Keep || self.leaves_out_met(query)
    }

    /// Whether a candidate was kept off the slate for what the customer bought.
    fn keeps_from_customer(&self, query: &Situation<'_>, slate: &Slate) -> bool {
        let of_customer = Query { owned: &[], ..*query.query() };
        // What they sent back is kept off without being counted.
        query.sent_back().next().is_some()
            || query.is_somebody() && self.is_kept(query, &of_customer, query.has_history(), slate)
    }

    /// Whether a candidate was kept off the slate for what they are said to have.
    fn keeps_off_owned(&self, query: &Situation<'_>, slate: &Slate) -> bool {
        let of_owned = Query { person: Person::Nobody, ..*query.query() };
        // What a customer has decides, besides, what they are asked about at all.
        (query.is_for_people() && query.is_somebody() && !self.situation(&of_owned).needs_met().is_empty())
            || self.is_kept(query, &of_owned, true, slate)
    }

    /// Whether a candidate was left out for what somebody bought, or for the needs that a part of the query meets. Pins
    /// are looked at without being counted, so where there are rules, what could have been kept off is taken to be.
    fn is_kept(&self, query: &Situation<'_>, part: &Query<'_>, has_bought: bool, slate: &Slate) -> bool {
        let is_sure = self.rules().is_empty();
        let marks = has_bought && query.already_bought != AlreadyBought::Keep;
        let meets = self.leaves_out_met(query) && !self.situation(part).needs_met().is_empty();
        (marks && (!is_sure || 0 < slate.left_out.already_bought))
            || (meets && (!is_sure || 0 < slate.left_out.owned))
    }

    /// Whether something else than the anchors is kept off the slate for them.
    fn keeps_off_by_anchors(&self, query: &Situation<'_>, slate: &Slate) -> bool {
        self.incompatible_with(query.anchors).next().is_some()
            || (!query.at_hand().is_empty() && self.leaves_out_met(query) && 0 < slate.left_out.owned)
    }
}
