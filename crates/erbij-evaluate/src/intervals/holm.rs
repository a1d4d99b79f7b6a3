/// P-values of several comparisons, made larger so that all together err no more often than one alone.
///
/// Holm 1979: of `m` p-values the smallest is multiplied by `m`, the next by `m − 1` and so on; none may be
/// below the one before it, nor above 1. What stays below 0.05 is significant with all comparisons taken
/// into account, whatever depends on what. In the order given. O(m log m).
///
/// # Panics
///
/// If a value is no probability.
///
/// ```
/// use erbij_evaluate::holm;
/// // .0625·4 = .25; .125·3 = .375; .1875·2 = .375; .5·1 = .5
/// assert_eq!(holm(&[0.125, 0.0625, 0.5, 0.1875]), [0.375, 0.25, 0.5, 0.375]);
/// // .25·2 = .5; .25·1 would be less, so it is .5 too.
/// assert_eq!(holm(&[0.25, 0.25]), [0.5, 0.5]);
/// ```
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    assert!(p_values.iter().all(|p| (0.0..=1.0).contains(p)), "p-values lie between 0 and 1");
    let mut rising: Vec<usize> = (0..p_values.len()).collect();
    rising.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]));
    let mut adjusted = vec![0.0; p_values.len()];
    let mut before = 0.0_f64;
    for (rank, at) in rising.into_iter().enumerate() {
        before = before.max(p_values[at] * (p_values.len() - rank) as f64).min(1.0);
        adjusted[at] = before;
    }
    adjusted
}
