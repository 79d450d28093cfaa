//! The rows of styles.csv, photos.csv and skus.csv.

use super::row_writer::RowWriter;
use crate::generate::csv_writer::CsvWriter;
use crate::generate::quirks::{
    LARGEST_STYLE_PRICE, NO_DEFAULT_STYLE, SIZE_TWICE, SPACED_NUMBER, UNCLOSED_THUMBNAIL, UNCLOSED_URL,
};
use crate::generate::random::Random;
use crate::generate::shop::{IdCounter, RandomStream, Shop};
use crate::generate::words::catalogue::COLOURS;
use crate::generate::words::links::Photo;

/// The largest original price of the real set.
const LARGEST_PRICE: u64 = 500_000_000;

#[derive(Default)]
pub(super) struct StyleRows {
    styles: IdCounter,
}

impl RowWriter for StyleRows {
    fn write(&mut self, shop: &Shop, product: u64, csv: &mut CsvWriter) {
        let article = shop.article(product);
        let styles = self.styles.next(shop.styles(product));
        let default = default_style(shop, product, styles.clone());
        for style in styles {
            let mut random = shop.row(RandomStream::Style, style);
            let dearer = if random.chance(1, 20) { random.between(1, 20) } else { 0 };
            let usual = article.price + dearer;
            let price =
                if LARGEST_STYLE_PRICE.applies_to(style, &mut random) { LARGEST_PRICE } else { usual };
            csv.row(style).number(product).quoted_with(|text| push_colours(text, &mut random));
            if random.chance(3, 10) {
                csv.number(price * random.between(50, 90) / 100);
            } else {
                csv.null();
            }
            csv.number(price).flag(default == Some(style));
        }
    }
}

/// The default style of a product, mostly the first.
fn default_style(shop: &Shop, product: u64, mut styles: std::ops::Range<u64>) -> Option<u64> {
    let mut random = shop.row(RandomStream::DefaultStyle, product);
    if NO_DEFAULT_STYLE.applies_to(product, &mut random) {
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
pub(super) struct PhotoRows {
    styles: IdCounter,
    photos: IdCounter,
}

impl RowWriter for PhotoRows {
    fn write(&mut self, shop: &Shop, product: u64, csv: &mut CsvWriter) {
        for style in self.styles.next(shop.styles(product)) {
            for photo in self.photos.next(shop.photos(style)) {
                let mut random = shop.row(RandomStream::Photo, photo);
                let address = Photo::draw(&mut random);
                csv.row(photo)
                    .number(style)
                    .quoted_with(|text| address.push_url(text))
                    .unclosed(shop.damages(&UNCLOSED_URL, photo, &mut random))
                    .quoted_with(|text| address.push_thumbnail_url(text))
                    .unclosed(shop.damages(&UNCLOSED_THUMBNAIL, photo, &mut random));
            }
        }
    }
}

#[derive(Default)]
pub(super) struct SkuRows {
    styles: IdCounter,
    skus: IdCounter,
}

impl RowWriter for SkuRows {
    fn write(&mut self, shop: &Shop, product: u64, csv: &mut CsvWriter) {
        let article = shop.article(product);
        let sizes = article.category.department.sizes;
        for style in self.styles.next(shop.styles(product)) {
            let in_stock = usize::try_from(shop.sizes(style, &article)).expect("a few sizes");
            let mut random = shop.row(RandomStream::SizeRange, style);
            let smallest = random.index(sizes.len() - in_stock + 1);
            let listed = &sizes[smallest..smallest + in_stock];
            let twice = in_stock > 0 && SIZE_TWICE.applies_to(style, &mut random);
            let skus = self.skus.next(in_stock as u64 + u64::from(twice));
            // The list wraps around, so the duplicate size is the smallest.
            for (sku, size) in skus.zip(listed.iter().cycle()) {
                push_sku(shop, (sku, style, size), csv);
            }
        }
    }
}

fn push_sku(shop: &Shop, (sku, style, size): (u64, u64, &str), csv: &mut CsvWriter) {
    let mut random = shop.row(RandomStream::Sku, sku);
    let quantity = if random.chance(1, 10) { 0 } else { random.between(1, 60) };
    csv.row(sku).number(style).quoted(size);
    if shop.damages(&SPACED_NUMBER, sku, &mut random) {
        csv.spaced_number(quantity);
    } else {
        csv.number(quantity);
    }
}
