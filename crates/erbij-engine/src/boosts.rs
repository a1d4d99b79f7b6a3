//! What boosts of the shop's rules do to scores, and to the order of a ready ranking.

use std::borrow::Cow;

use erbij_core::ItemIdx;

use crate::situation::Situation;

/// A score times a factor; below zero, where more is nearer to zero, divided by it.
pub(crate) fn boosted(score: f32, factor: f32) -> f32 {
    let boosted = if score < 0.0 { score / factor } else { score * factor };
    boosted.clamp(f32::MIN, f32::MAX)
}

/// The first of a ranking in the order that boosts give them; the ranking itself where no rule boosts.
pub(crate) fn boosted_order<'a>(
    first: &'a [ItemIdx],
    strength: impl Fn(ItemIdx) -> f32,
    query: &Situation<'_>,
) -> Cow<'a, [ItemIdx]> {
    if !query.rules.has_boosts() {
        return Cow::Borrowed(first);
    }
    let score = |item: ItemIdx| boosted(strength(item), query.rules.boost(item));
    let mut items = first.to_vec();
    items.sort_by(|&a, &b| score(b).total_cmp(&score(a)));
    Cow::Owned(items)
}
