//! The rows of reviews.csv, `reviews_photos.csv`, characteristics.csv and `characteristic_reviews.csv`.

use super::Rows;
use crate::generate::lines::Lines;
use crate::generate::quirks::RESPONSE_CALLED_NULL;
use crate::generate::random::Random;
use crate::generate::shop::{Ids, Shop, Subject};
use crate::generate::words::links::Photo;
use crate::generate::words::people::{push_email, push_nickname};
use crate::generate::words::reviews::{push_body, push_summary, response};

/// Reviews are written from July 2018 to February 2021, in milliseconds since the epoch.
const WRITTEN_MS: (u64, u64) = (1_530_403_200_000, 1_614_556_799_999);

#[derive(Default)]
pub(super) struct Reviews {
    reviews: Ids,
}

impl Rows for Reviews {
    fn write(&mut self, shop: &Shop, product: u64, lines: &mut Lines) {
        let (first, last) = WRITTEN_MS;
        for review in self.reviews.next(shop.reviews(product)) {
            let mut random = shop.row(Subject::Review, review);
            let rating = draw_stars(&mut random);
            lines
                .row(review)
                .number(product)
                .number(rating)
                .number(random.between(first, last))
                .prose(|text| push_summary(text, &mut random, rating))
                .prose(|text| push_body(text, &mut random, rating))
                .boolean(random.chance(rating * rating, 25))
                .boolean(random.chance(3, 100))
                .prose(|text| push_nickname(text, &mut random))
                .prose(|text| push_email(text, &mut random));
            if RESPONSE_CALLED_NULL.strikes(review, &mut random) {
                lines.quoted("null");
            } else if random.chance(1, 10) {
                lines.quoted(response(&mut random));
            } else {
                lines.null();
            }
            lines.number(random.small(30));
        }
    }
}

/// One to five, more often many than few.
fn draw_stars(random: &mut Random) -> u64 {
    random.pick(&[1, 1, 2, 2, 3, 3, 3, 4, 4, 4, 4, 4, 5, 5, 5, 5, 5, 5, 5, 5])
}

#[derive(Default)]
pub(super) struct ReviewPhotos {
    reviews: Ids,
    photos: Ids,
}

impl Rows for ReviewPhotos {
    fn write(&mut self, shop: &Shop, product: u64, lines: &mut Lines) {
        for review in self.reviews.next(shop.reviews(product)) {
            for photo in self.photos.next(shop.review_photos(review)) {
                let address = Photo::draw(&mut shop.row(Subject::ReviewPhoto, photo));
                lines.row(photo).number(review).prose(|text| address.push_url(text));
            }
        }
    }
}

#[derive(Default)]
pub(super) struct Characteristics {
    characteristics: Ids,
}

impl Rows for Characteristics {
    fn write(&mut self, shop: &Shop, product: u64, lines: &mut Lines) {
        let names = shop.article(product).category.kind.characteristics;
        for (characteristic, name) in self.characteristics.next(shop.characteristics(product)).zip(names) {
            lines.row(characteristic).number(product).quoted(name);
        }
    }
}

/// Each review of a product rates each characteristic of that product.
#[derive(Default)]
pub(super) struct Ratings {
    reviews: Ids,
    characteristics: Ids,
    rows: Ids,
}

impl Rows for Ratings {
    fn write(&mut self, shop: &Shop, product: u64, lines: &mut Lines) {
        let count = shop.characteristics(product);
        let characteristics = self.characteristics.next(count);
        for review in self.reviews.next(shop.reviews(product)) {
            for (characteristic, rating) in characteristics.clone().zip(self.rows.next(count)) {
                let value = draw_stars(&mut shop.row(Subject::Rating, rating));
                lines.row(rating).number(characteristic).number(review).number(value);
            }
        }
    }
}
