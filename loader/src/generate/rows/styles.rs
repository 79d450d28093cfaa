//! The rows of styles.csv, photos.csv and skus.csv.

use super::Rows;
use crate::generate::lines::Lines;
use crate::generate::quirks::{
    NO_DEFAULT_STYLE, PRICELESS_STYLE, SIZE_TWICE, SPACED_NUMBER, UNCLOSED_THUMBNAIL, UNCLOSED_URL,
};
use crate::generate::random::Random;
use crate::generate::shop::{Ids, Shop, Subject};
use crate::generate::words::catalogue::COLOURS;
use crate::generate::words::links::Photo;

/// The largest original price of the real set.
const PRICELESS: u64 = 500_000_000;

#[derive(Default)]
pub(super) struct Styles {
    styles: Ids,
}

impl Rows for Styles {
    fn write(&mut self, shop: &Shop, product: u64, lines: &mut Lines) {
        let article = shop.article(product);
        let styles = self.styles.next(shop.styles(product));
        let default = default_style(shop, product, styles.clone());
        for style in styles {
            let mut random = shop.row(Subject::Style, style);
            let dearer = if random.chance(1, 20) { random.between(1, 20) } else { 0 };
            let usual = article.price + dearer;
            let price = if PRICELESS_STYLE.strikes(style, &mut random) { PRICELESS } else { usual };
            lines.row(style).number(product).prose(|text| push_colours(text, &mut random));
            if random.chance(3, 10) {
                lines.number(price * random.between(50, 90) / 100);
            } else {
                lines.null();
            }
            lines.number(price).flag(default == Some(style));
        }
    }
}

/// The default among a product's styles: mostly the first.
fn default_style(shop: &Shop, product: u64, mut styles: std::ops::Range<u64>) -> Option<u64> {
    let mut random = shop.row(Subject::DefaultStyle, product);
    if NO_DEFAULT_STYLE.strikes(product, &mut random) {
        None
    } else if random.chance(1, 10) {
        styles.next_back()
    } else {
        styles.next()
    }
}

fn push_colours(text: &mut String, random: &mut Random) {
    let first = random.pick(COLOURS);
    text.push_str(first);
    let second = random.pick(COLOURS);
    if second != first {
        text.push_str(" & ");
        text.push_str(second);
    }
}

#[derive(Default)]
pub(super) struct Photos {
    styles: Ids,
    photos: Ids,
}

impl Rows for Photos {
    fn write(&mut self, shop: &Shop, product: u64, lines: &mut Lines) {
        for style in self.styles.next(shop.styles(product)) {
            for photo in self.photos.next(shop.photos(style)) {
                let mut random = shop.row(Subject::Photo, photo);
                let address = Photo::draw(&mut random);
                lines
                    .row(photo)
                    .number(style)
                    .prose(|text| address.push_url(text))
                    .unclosed(shop.damages(&UNCLOSED_URL, photo, &mut random))
                    .prose(|text| address.push_thumbnail_url(text))
                    .unclosed(shop.damages(&UNCLOSED_THUMBNAIL, photo, &mut random));
            }
        }
    }
}

#[derive(Default)]
pub(super) struct Skus {
    styles: Ids,
    skus: Ids,
}

impl Rows for Skus {
    fn write(&mut self, shop: &Shop, product: u64, lines: &mut Lines) {
        let article = shop.article(product);
        let sizes = article.category.kind.sizes;
        for style in self.styles.next(shop.styles(product)) {
            let in_stock = usize::try_from(shop.sizes(style, &article)).expect("a few sizes");
            let mut random = shop.row(Subject::SizeRange, style);
            let smallest = random.index(sizes.len() - in_stock + 1);
            let listed = &sizes[smallest..smallest + in_stock];
            let twice = in_stock > 0 && SIZE_TWICE.strikes(style, &mut random);
            let skus = self.skus.next(in_stock as u64 + u64::from(twice));
            // Round the list: the size that comes twice is the smallest.
            for (sku, size) in skus.zip(listed.iter().cycle()) {
                push_sku(shop, (sku, style, size), lines);
            }
        }
    }
}

fn push_sku(shop: &Shop, (sku, style, size): (u64, u64, &str), lines: &mut Lines) {
    let mut random = shop.row(Subject::Sku, sku);
    let quantity = if random.chance(1, 10) { 0 } else { random.between(1, 60) };
    lines.row(sku).number(style).quoted(size);
    if shop.damages(&SPACED_NUMBER, sku, &mut random) {
        lines.spaced_number(quantity);
    } else {
        lines.number(quantity);
    }
}
