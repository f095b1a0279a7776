//! A chart as a bitmap, with a font of its own, so that it is the same on every machine.

use std::sync::{Arc, OnceLock};

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};

/// `DejaVu Sans`, reduced to Latin, Greek and Cyrillic; its licence is beside it.
const FONT: &[u8] = include_bytes!("../fonts/DejaVuSans.ttf");
/// Pixels per logical pixel, as long as the bitmap stays below its limit.
const SCALE: f32 = 2.0;
/// Pixels of a bitmap at most: a chart of thousands of rows is made smaller.
const PIXELS: f32 = 40e6;

/// The drawing as a tree of shapes, with the built-in font only.
pub(super) fn tree(svg: &str) -> Tree {
    static FONTS: OnceLock<Arc<fontdb::Database>> = OnceLock::new();
    let fonts = FONTS.get_or_init(|| {
        let mut fonts = fontdb::Database::new();
        fonts.load_font_data(FONT.to_vec());
        fonts.set_sans_serif_family("DejaVu Sans");
        Arc::new(fonts)
    });
    let options = Options {
        fontdb: Arc::clone(fonts),
        font_family: "DejaVu Sans".into(),
        ..Options::default()
    };
    Tree::from_str(svg, &options).expect("charts are well-formed")
}

/// The SVG of a chart as PNG, two pixels for each logical one where it is not too large for that.
pub(super) fn png(svg: &str) -> Vec<u8> {
    let tree = tree(svg);
    let area = tree.size().width() * tree.size().height();
    let scale = SCALE.min((PIXELS / area).sqrt());
    let (width, height) = (tree.size().width() * scale, tree.size().height() * scale);
    let mut sheet =
        Pixmap::new(width.ceil() as u32, height.ceil() as u32).expect("charts have a size");
    resvg::render(
        &tree,
        Transform::from_scale(scale, scale),
        &mut sheet.as_mut(),
    );
    sheet
        .encode_png()
        .expect("a bitmap in memory can be encoded")
}
