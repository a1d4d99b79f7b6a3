//! How long after an item its accessories were bought, as a picture.

use std::fmt::Write as _;

use erbij_models::LAG_BOUNDS;

const LABEL_WIDTH: usize = 90;
const BAR_WIDTH: usize = 300;
const LINE_HEIGHT: usize = 18;
const WIDTH: usize = LABEL_WIDTH + BAR_WIDTH + 80;

/// A panel of bars an accessory, one below the other. O(accessories).
pub(crate) fn lag_svg(title: &str, accessories: &[(&str, &[u32])]) -> String {
    let labels = lag_labels();
    let panel_height = (labels.len() + 2) * LINE_HEIGHT;
    let height = 2 * LINE_HEIGHT + accessories.len().max(1) * panel_height;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" font-family=\"sans-serif\" \
         font-size=\"12\">\n<text x=\"8\" y=\"{LINE_HEIGHT}\" font-weight=\"bold\">After {}</text>\n",
        escaped(title)
    );
    let mut line = |text: String| writeln!(svg, "{text}").expect("a string takes any text");
    if accessories.is_empty() {
        line(format!("<text x=\"8\" y=\"{}\">nothing belongs to it</text>", 3 * LINE_HEIGHT));
    }
    for (at, (name, lags)) in accessories.iter().enumerate() {
        let top = 2 * LINE_HEIGHT + at * panel_height;
        line(format!("<text x=\"8\" y=\"{}\">{}</text>", top + LINE_HEIGHT, escaped(name)));
        let most = lags.iter().copied().max().unwrap_or(0).max(1) as usize;
        for (bar, (label, &count)) in labels.iter().zip(*lags).enumerate() {
            let y = top + (bar + 1) * LINE_HEIGHT;
            let width = count as usize * BAR_WIDTH / most;
            let text_y = y + LINE_HEIGHT - 4;
            line(format!(
                "<text x=\"{LABEL_WIDTH}\" y=\"{text_y}\" text-anchor=\"end\">{label}</text>\
                 <rect x=\"{}\" y=\"{}\" width=\"{width}\" height=\"{}\" fill=\"#4477aa\"/>\
                 <text x=\"{}\" y=\"{text_y}\">{count}</text>",
                LABEL_WIDTH + 6,
                y + 4,
                LINE_HEIGHT - 4,
                LABEL_WIDTH + 12 + width,
            ));
        }
    }
    svg += "</svg>\n";
    svg
}

/// What each bar of a histogram of lags stands for.
pub(crate) fn lag_labels() -> Vec<String> {
    let label = |at: usize| match at {
        0 => "same order".to_owned(),
        1 => "same day".to_owned(),
        _ if LAG_BOUNDS[at] == u32::MAX => format!("{} d or more", LAG_BOUNDS[at - 1]),
        _ => format!("{} to {} d", LAG_BOUNDS[at - 1], LAG_BOUNDS[at] - 1),
    };
    (0..LAG_BOUNDS.len()).map(label).collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_text_and_every_bar_has_its_count() {
        let lags: Vec<u32> = (0..lag_labels().len() as u32).collect();
        let svg = lag_svg("cups & <saucers>", &[("filters", &lags)]);
        assert!(svg.contains("After cups &amp; &lt;saucers&gt;") && svg.contains(">filters<"));
        assert_eq!(svg.matches("<rect").count(), lags.len());
        assert!(lag_svg("x", &[]).contains("nothing belongs to it"));
    }
}
