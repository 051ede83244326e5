//! Pictures of figures: bars with their spread, and lines over sizes. Plain SVG, which a page can show.

use std::fmt::Write as _;

use super::statistics::Spread;

const WIDTH: f64 = 920.0;
const LEFT: f64 = 190.0;
const RIGHT: f64 = 40.0;
const TOP: f64 = 56.0;
const BAR: f64 = 13.0;
const GAP: f64 = 12.0;
const COLOURS: [&str; 8] = [
    "#3b6ea5", "#d98032", "#4f9d69", "#a5506e", "#7a68a6", "#8c6d46", "#4aa3a2", "#777777",
];

/// Bars in groups, each as long as its median, with a whisker from quartile to quartile.
pub(crate) struct Bars {
    pub(crate) title: String,
    pub(crate) groups: Vec<Group>,
}

/// Bars that belong together; those with the same name have the same colour in every group.
pub(crate) struct Group {
    pub(crate) name: String,
    pub(crate) bars: Vec<(String, Spread)>,
}

impl Bars {
    pub(crate) fn to_svg(&self) -> String {
        let mut names: Vec<&str> = Vec::new();
        let bars = || self.groups.iter().flat_map(|group| &group.bars);
        for (name, _) in bars() {
            if !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
        let most = bars().map(|(_, spread)| spread.high).fold(1e-9, f64::max);
        let step = step(most);
        let scale = (WIDTH - LEFT - RIGHT) / (most / step).ceil() / step;
        let mut marks = String::new();
        let mut top = TOP;
        for group in &self.groups {
            text(&mut marks, (LEFT - 8.0, top + BAR), "end", &group.name);
            for (name, spread) in &group.bars {
                let colour = colour(names.iter().position(|known| known == name));
                let middle = top + BAR / 2.0;
                let [low, median, high] =
                    [spread.low, spread.median, spread.high].map(|value| LEFT + value * scale);
                draw(
                    &mut marks,
                    &format!(
                        "<rect x='{LEFT}' y='{top}' width='{:.1}' height='{BAR}' fill='{colour}'/>\
                         <path d='M{low:.1} {middle}H{high:.1}' stroke='black'/>",
                        median - LEFT
                    ),
                );
                top += BAR;
            }
            top += GAP;
        }
        let mut grid = String::new();
        let mut value = 0.0;
        while value <= most + step {
            let x = LEFT + value * scale;
            if x <= WIDTH - RIGHT + 1.0 {
                draw(
                    &mut grid,
                    &format!("<path d='M{x:.1} {TOP}V{top}' stroke='#dddddd'/>"),
                );
                text(&mut grid, (x, top + 16.0), "middle", &short(value));
            }
            value += step;
        }
        page(&self.title, &names, top + 28.0, &(grid + &marks))
    }
}

/// Lines over sizes, both axes logarithmic.
pub(crate) struct Lines {
    pub(crate) title: String,
    pub(crate) lines: Vec<(String, Vec<(f64, f64)>)>,
}

impl Lines {
    pub(crate) fn to_svg(&self) -> String {
        const HEIGHT: f64 = 380.0;
        let names: Vec<&str> = self.lines.iter().map(|(name, _)| name.as_str()).collect();
        let points = || self.lines.iter().flat_map(|(_, points)| points);
        let ends = |axis: fn(&(f64, f64)) -> f64| {
            let all = points().map(axis).filter(|value| *value > 0.0);
            let (low, high) = all.fold((f64::MAX, f64::MIN), |(low, high), value| {
                (low.min(value.log10()), high.max(value.log10()))
            });
            (low.floor(), high.ceil().max(low.floor() + 1.0))
        };
        let (left, right) = ends(|point| point.0);
        let (bottom, top) = ends(|point| point.1);
        let x = |value: f64| LEFT / 2.0 + (value.log10() - left) / (right - left) * (WIDTH - LEFT);
        let y =
            |value: f64| TOP + HEIGHT - (value.log10() - bottom) / (top - bottom) * (HEIGHT - 10.0);
        let mut marks = String::new();
        for power in powers(left, right) {
            let at = x(power);
            draw(
                &mut marks,
                &format!(
                    "<path d='M{at:.1} {TOP}V{:.1}' stroke='#dddddd'/>",
                    TOP + HEIGHT
                ),
            );
            text(
                &mut marks,
                (at, TOP + HEIGHT + 18.0),
                "middle",
                &short(power),
            );
        }
        for power in powers(bottom, top) {
            let (at, end) = (y(power), WIDTH - LEFT / 2.0);
            draw(
                &mut marks,
                &format!(
                    "<path d='M{:.1} {at:.1}H{end:.1}' stroke='#dddddd'/>",
                    LEFT / 2.0
                ),
            );
            text(
                &mut marks,
                (LEFT / 2.0 - 8.0, at + 4.0),
                "end",
                &short(power),
            );
        }
        for (index, (_, points)) in self.lines.iter().enumerate() {
            let colour = colour(Some(index));
            let mut path = String::new();
            for (place, point) in points.iter().enumerate() {
                let (at_x, at_y) = (x(point.0), y(point.1));
                let verb = if place == 0 { 'M' } else { 'L' };
                draw(&mut path, &format!("{verb}{at_x:.1} {at_y:.1}"));
                draw(
                    &mut marks,
                    &format!("<circle cx='{at_x:.1}' cy='{at_y:.1}' r='4' fill='{colour}'/>"),
                );
            }
            draw(
                &mut marks,
                &format!("<path d='{path}' fill='none' stroke='{colour}' stroke-width='2'/>"),
            );
        }
        page(&self.title, &names, TOP + HEIGHT + 30.0, &marks)
    }
}

/// A drawing with its title and the names of its colours.
fn page(title: &str, names: &[&str], height: f64, marks: &str) -> String {
    let mut svg = format!(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {height}' \
         font-family='sans-serif' font-size='12'>\n\
         <rect width='100%' height='100%' fill='white'/>\n"
    );
    draw(
        &mut svg,
        &format!("<text x='12' y='20' font-size='15'>{title}</text>\n"),
    );
    let mut left = 12.0;
    for (index, name) in names.iter().enumerate() {
        let colour = colour(Some(index));
        draw(
            &mut svg,
            &format!("<rect x='{left}' y='32' width='10' height='10' fill='{colour}'/>"),
        );
        text(&mut svg, (left + 14.0, 41.0), "start", name);
        let letters = u32::try_from(name.len()).unwrap_or(u32::MAX);
        left += 34.0 + 6.6 * f64::from(letters);
    }
    svg + marks + "</svg>\n"
}

fn draw(svg: &mut String, mark: &str) {
    // Writing to a string does not fail.
    writeln!(svg, "{mark}").ok();
}

fn text(svg: &mut String, (x, y): (f64, f64), anchor: &str, words: &str) {
    draw(
        svg,
        &format!("<text x='{x:.1}' y='{y:.1}' text-anchor='{anchor}'>{words}</text>"),
    );
}

fn colour(index: Option<usize>) -> &'static str {
    COLOURS[index.unwrap_or(COLOURS.len() - 1) % COLOURS.len()]
}

/// The distance of lines behind bars: 1, 2 or 5 of some power of ten, so that there are four to ten.
fn step(most: f64) -> f64 {
    let power = 10_f64.powf(most.log10().floor());
    match most / power {
        lead if lead < 2.0 => power / 5.0,
        lead if lead < 5.0 => power / 2.0,
        _ => power,
    }
}

fn powers(low: f64, high: f64) -> Vec<f64> {
    let mut powers = Vec::new();
    let mut power = low;
    while power <= high {
        powers.push(10_f64.powf(power));
        power += 1.0;
    }
    powers
}

fn short(value: f64) -> String {
    match value {
        value if value >= 1e6 => format!("{:.0}M", value / 1e6),
        value if value >= 1e4 => format!("{:.0}k", value / 1e3),
        value if value >= 10.0 => format!("{value:.0}"),
        value => {
            let text = format!("{value:.2}");
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Bars, Group, Lines, Spread, short, step};

    #[test]
    fn lines_behind_bars_stand_at_round_figures() {
        for (most, wanted) in [(0.9, 0.1), (1.1, 0.2), (3.0, 0.5), (70.0, 10.0)] {
            assert!((step(most) - wanted).abs() < 1e-9, "{most}");
        }
        assert_eq!(
            (short(0.5), short(0.0), short(1e7)),
            ("0.5".into(), "0".into(), "10M".into())
        );
    }

    #[test]
    fn a_picture_is_well_formed_and_has_all_its_marks() {
        let spread = Spread {
            low: 0.4,
            median: 0.5,
            high: 0.6,
        };
        let group = |name: &str| Group {
            name: name.to_owned(),
            bars: vec![("1 connections".to_owned(), spread)],
        };
        let bars = Bars {
            title: "T".to_owned(),
            groups: vec![group("a"), group("b")],
        };
        let svg = bars.to_svg();
        assert_eq!(svg.matches("stroke='black'").count(), 2);
        let lines = Lines {
            title: "T".to_owned(),
            lines: vec![("a".to_owned(), vec![(1e3, 20.0), (1e7, 80.0)])],
        };
        assert_eq!(lines.to_svg().matches("<circle").count(), 2);
        for svg in [svg, lines.to_svg()] {
            assert!(svg.starts_with("<svg") && svg.ends_with("</svg>\n"));
            assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
        }
    }
}
