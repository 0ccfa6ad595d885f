//! Draws a chart as SVG that stands in the page itself.
//!
//! Promises drawings that are told apart without colour: what is not known is an outline, every part has its word in the
//! legend, and the figures stand in a table beside it. Knows no word and no figure of its own.

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::sheet::{Chart, Look, Series};

const WIDTH: u32 = 760;
/// Of a chart of columns.
const HEIGHT: u32 = 210;
/// Of one lane.
const LANE: u32 = 26;
/// Lanes on one drawing: a longer list is told by its table.
const LANES_MAX: usize = 40;
/// Above the drawing, for the legend; below it, for the axis.
const ABOVE: u32 = 26;
const BELOW: u32 = 34;
/// Marks along an axis of figures.
const MARKS_MAX: usize = 5;
/// Words along an axis of items.
const ITEMS_NAMED_MAX: usize = 16;
/// Pixels of a letter of the axis, at the most.
const LETTER: usize = 7;

const INK: RGBColor = RGBColor(0x2b, 0x32, 0x3a);
const RULE: RGBColor = RGBColor(0xd5, 0xda, 0xe0);

type Drawn = Result<(), DrawingAreaErrorKind<<SVGBackend<'static> as DrawingBackend>::ErrorType>>;

impl Look {
    const fn colour(self) -> RGBColor {
        match self {
            Self::Plain => RGBColor(0x3f, 0x6f, 0x9f),
            Self::Amber => RGBColor(0xd9, 0x92, 0x1c),
            Self::Red => RGBColor(0xb3, 0x3a, 0x32),
            Self::Quiet => RGBColor(0xb8, 0xc2, 0xcc),
            Self::Hollow => RGBColor(0x6b, 0x7a, 0x89),
        }
    }

    const fn style(self) -> ShapeStyle {
        let colour = self.colour();
        ShapeStyle {
            color: RGBAColor(colour.0, colour.1, colour.2, 1.0),
            filled: !matches!(self, Self::Hollow),
            stroke_width: 1,
        }
    }
}

/// The chart as an SVG element; none where there is nothing to draw.
pub(super) fn draw(chart: &Chart) -> Option<String> {
    let most = totals(chart).into_iter().fold(0.0, f64::max);
    if most <= 0.0 {
        return None;
    }
    let lanes = chart.items.len().min(LANES_MAX);
    let height = if chart.upright { HEIGHT } else { ABOVE + BELOW + LANE * lanes as u32 };
    let mut svg = String::new();
    let drawn =
        if chart.upright { columns(chart, most, height, &mut svg) } else { bars(chart, most, height, &mut svg) };
    match drawn {
        Ok(()) => Some(named(&svg, chart.caption)),
        Err(fault) => {
            // Into memory everything can be drawn; the table says the same.
            tracing::error!(%fault, "a chart of the report could not be drawn");
            None
        }
    }
}

/// The element with its name for who hears the page.
fn named(svg: &str, caption: &str) -> String {
    let escaped = caption.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
    svg.replacen("<svg ", &format!("<svg role=\"img\" aria-label=\"{escaped}\" "), 1)
}

fn totals(chart: &Chart) -> Vec<f64> {
    let total = |item: usize| chart.series.iter().filter_map(|series| series.values.get(item)).sum();
    (0..chart.items.len()).map(total).collect()
}

/// Columns from left to right.
fn columns(chart: &Chart, most: f64, height: u32, svg: &mut String) -> Drawn {
    let root = SVGBackend::with_string(svg, (WIDTH, height)).into_drawing_area();
    legend(chart, &root)?;
    let count = chart.items.len() as f64;
    let mut plot = ChartBuilder::on(&root)
        .margin_top(ABOVE)
        .margin_right(10)
        .x_label_area_size(BELOW)
        .y_label_area_size(52)
        .build_cartesian_2d(0.0..count, 0.0..top(most))?;
    plot.configure_mesh()
        .disable_x_mesh()
        .disable_x_axis()
        .y_labels(MARKS_MAX)
        .y_label_formatter(&|value| whole(*value))
        .y_desc(chart.unit)
        .axis_desc_style(letters())
        .label_style(letters())
        .light_line_style(TRANSPARENT)
        .bold_line_style(RULE)
        .axis_style(RULE)
        .draw()?;
    for (item, parts) in stacks(chart).into_iter().enumerate() {
        let left = item as f64;
        let rectangles = parts
            .into_iter()
            .map(|(look, from, to)| Rectangle::new([(left + 0.12, from), (left + 0.88, to)], look.style()));
        plot.draw_series(rectangles)?;
    }
    let every = chart.items.len().div_ceil(ITEMS_NAMED_MAX).max(1);
    let style = letters().pos(Pos::new(HPos::Center, VPos::Top));
    for (item, name) in chart.items.iter().enumerate().step_by(every) {
        let (x, y) = plot.backend_coord(&(item as f64 + 0.5, 0.0));
        root.draw_text(name, &style, (x, y + 6))?;
    }
    root.present()
}

/// Bars from top to bottom, one a lane.
fn bars(chart: &Chart, most: f64, height: u32, svg: &mut String) -> Drawn {
    let root = SVGBackend::with_string(svg, (WIDTH, height)).into_drawing_area();
    legend(chart, &root)?;
    let count = chart.items.len().min(LANES_MAX);
    let widest = chart.items.iter().take(count).map(|name| letters_wide(name)).max().unwrap_or_default();
    let mut plot = ChartBuilder::on(&root)
        .margin_top(ABOVE)
        .margin_right(24)
        .x_label_area_size(BELOW)
        .y_label_area_size((widest * LETTER + 12).clamp(52, 220) as u32)
        .build_cartesian_2d(0.0..top(most), 0.0..count as f64)?;
    plot.configure_mesh()
        .disable_y_mesh()
        .disable_y_axis()
        .x_labels(MARKS_MAX)
        .x_label_formatter(&|value| whole(*value))
        .x_desc(chart.unit)
        .axis_desc_style(letters())
        .label_style(letters())
        .light_line_style(TRANSPARENT)
        .bold_line_style(RULE)
        .axis_style(RULE)
        .draw()?;
    for (item, parts) in stacks(chart).into_iter().take(count).enumerate() {
        let below = (count - 1 - item) as f64;
        let rectangles = parts
            .into_iter()
            .map(|(look, from, to)| Rectangle::new([(from, below + 0.22), (to, below + 0.78)], look.style()));
        plot.draw_series(rectangles)?;
    }
    let style = letters().pos(Pos::new(HPos::Right, VPos::Center));
    for (item, name) in chart.items.iter().take(count).enumerate() {
        let (x, y) = plot.backend_coord(&(0.0, (count - 1 - item) as f64 + 0.5));
        root.draw_text(name, &style, (x - 8, y))?;
    }
    root.present()
}

/// How a part looks, and from where to where it goes.
type Part = (Look, f64, f64);

/// The parts of each item, each from where the one before ends.
fn stacks(chart: &Chart) -> Vec<Vec<Part>> {
    let stack = |item: usize| {
        let mut from = 0.0;
        let parts = chart.series.iter().filter_map(|series| {
            let value = series.values.get(item).copied().filter(|value| *value > 0.0)?;
            let part = (series.look, from, from + value);
            from += value;
            Some(part)
        });
        parts.collect()
    };
    (0..chart.items.len()).map(stack).collect()
}

/// What each look means, in one line above the drawing.
fn legend(chart: &Chart, root: &DrawingArea<SVGBackend<'_>, plotters::coord::Shift>) -> Drawn {
    let used = |series: &&Series| series.values.iter().any(|value| *value > 0.0);
    let style = letters().pos(Pos::new(HPos::Left, VPos::Center));
    let mut left = 56;
    for series in chart.series.iter().filter(used) {
        root.draw(&Rectangle::new([(left, 6), (left + 11, 17)], series.look.style()))?;
        root.draw_text(series.name, &style, (left + 17, 12))?;
        left += 17 + (letters_wide(series.name) * LETTER) as i32 + 18;
    }
    Ok(())
}

/// How wide a text is, in letters: a Chinese one takes two.
fn letters_wide(text: &str) -> usize {
    text.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum()
}

fn letters() -> TextStyle<'static> {
    TextStyle::from(("sans-serif", 12).into_font()).color(&INK)
}

/// The end of an axis: a little above the largest, and never between two whole things.
fn top(most: f64) -> f64 {
    (most * 1.08).max(most + 0.1).max(1.0).ceil()
}

fn whole(value: f64) -> String {
    if (value - value.round()).abs() < 1e-9 { format!("{value:.0}") } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(upright: bool, values: &[[f64; 2]]) -> Chart {
        let of = |part: usize| values.iter().map(|pair| pair[part]).collect();
        Chart {
            caption: "A & \"B\" < C",
            unit: "min",
            upright,
            items: (0..values.len()).map(|item| format!("<{item}>")).collect(),
            series: vec![
                Series { name: "known", look: Look::Plain, values: of(0) },
                Series { name: "无数据", look: Look::Hollow, values: of(1) },
            ],
        }
    }

    #[test]
    fn nothing_to_draw_is_no_drawing() {
        assert_eq!(draw(&chart(true, &[])), None);
        assert_eq!(draw(&chart(false, &[[0.0, 0.0]])), None);
    }

    #[test]
    fn parts_stand_on_each_other_and_the_unknown_is_an_outline() {
        for upright in [true, false] {
            let svg = draw(&chart(upright, &[[3.0, 2.0], [0.0, 4.0]])).unwrap();
            assert!(svg.starts_with("<svg role=\"img\" aria-label=\"A &amp; &quot;B&quot; &lt; C\" width="), "{svg}");
            assert!(svg.trim_end().ends_with("</svg>") && svg.contains("&lt;0&gt;") && svg.contains("无数据"), "{svg}");
            let rectangles: Vec<&str> = svg.split("<rect ").skip(1).collect();
            let hollow = rectangles.iter().filter(|rect| rect.contains("fill=\"none\"")).count();
            // One each in the legend, and the parts: one known, two unknown.
            assert_eq!((rectangles.len(), hollow), (5, 3), "{svg}");
            assert!(!svg.contains("style=") && !svg.contains("href"), "{svg}");
        }
        let parts = stacks(&chart(true, &[[3.0, 2.0]]));
        assert_eq!(parts[0], [(Look::Plain, 0.0, 3.0), (Look::Hollow, 3.0, 5.0)]);
    }

    #[test]
    fn a_long_list_is_cut_and_many_columns_are_not_all_named() {
        let many = vec![[1.0, 0.0]; 100];
        let svg = draw(&chart(false, &many)).unwrap();
        assert!(svg.contains("&lt;39&gt;") && !svg.contains("&lt;40&gt;"), "{svg}");
        let svg = draw(&chart(true, &many)).unwrap();
        assert!(svg.contains("&lt;0&gt;") && svg.contains("&lt;7&gt;") && !svg.contains("&lt;1&gt;"), "{svg}");
    }
}
