//! The rows of reviews.csv, `reviews_photos.csv`, characteristics.csv and `characteristic_reviews.csv`.

use super::row_writer::RowWriter;
use crate::generate::csv_writer::CsvWriter;
use crate::generate::quirks::RESPONSE_CALLED_NULL;
use crate::generate::random::Random;
use crate::generate::shop::{IdCounter, RandomStream, Shop};
use crate::generate::words::links::Photo;
use crate::generate::words::people::{push_email, push_nickname};
use crate::generate::words::reviews::{push_body, push_summary, response};

/// The range of times of reviews: July 2018 to February 2021, in milliseconds since 1970.
const WRITTEN_MS: (u64, u64) = (1_530_403_200_000, 1_614_556_799_999);

#[derive(Default)]
pub(super) struct ReviewRows {
    reviews: IdCounter,
}

impl RowWriter for ReviewRows {
    fn write(&mut self, shop: &Shop, product: u64, csv: &mut CsvWriter) {
        let (first, last) = WRITTEN_MS;
        for review in self.reviews.next(shop.reviews(product)) {
            let mut random = shop.row(RandomStream::Review, review);
            let rating = draw_rating(&mut random);
            csv.row(review)
                .number(product)
                .number(rating)
                .number(random.between(first, last))
                .quoted_with(|text| push_summary(text, &mut random, rating))
                .quoted_with(|text| push_body(text, &mut random, rating))
                .boolean(random.chance(rating * rating, 25))
                .boolean(random.chance(3, 100))
                .quoted_with(|text| push_nickname(text, &mut random))
                .quoted_with(|text| push_email(text, &mut random));
            if RESPONSE_CALLED_NULL.applies_to(review, &mut random) {
                csv.quoted("null");
            } else if random.chance(1, 10) {
                csv.quoted(response(&mut random));
            } else {
                csv.null();
            }
            csv.number(random.small(30));
        }
    }
}

/// A rating from 1 to 5; high ones are more frequent.
fn draw_rating(random: &mut Random) -> u64 {
    random.pick(&[1, 1, 2, 2, 3, 3, 3, 4, 4, 4, 4, 4, 5, 5, 5, 5, 5, 5, 5, 5])
}

#[derive(Default)]
pub(super) struct ReviewPhotoRows {
    reviews: IdCounter,
    photos: IdCounter,
}

impl RowWriter for ReviewPhotoRows {
    fn write(&mut self, shop: &Shop, product: u64, csv: &mut CsvWriter) {
        for review in self.reviews.next(shop.reviews(product)) {
            for photo in self.photos.next(shop.review_photos(review)) {
                let address = Photo::draw(&mut shop.row(RandomStream::ReviewPhoto, photo));
                csv.row(photo).number(review).quoted_with(|text| address.push_url(text));
            }
        }
    }
}

#[derive(Default)]
pub(super) struct CharacteristicRows {
    characteristics: IdCounter,
}

impl RowWriter for CharacteristicRows {
    fn write(&mut self, shop: &Shop, product: u64, csv: &mut CsvWriter) {
        let names = shop.article(product).category.department.characteristics;
        for (characteristic, name) in self.characteristics.next(shop.characteristics(product)).zip(names) {
            csv.row(characteristic).number(product).quoted(name);
        }
    }
}

/// Each review of a product rates each characteristic of the product.
#[derive(Default)]
pub(super) struct CharacteristicReviewRows {
    reviews: IdCounter,
    characteristics: IdCounter,
    rows: IdCounter,
}

impl RowWriter for CharacteristicReviewRows {
    fn write(&mut self, shop: &Shop, product: u64, csv: &mut CsvWriter) {
        let count = shop.characteristics(product);
        let characteristics = self.characteristics.next(count);
        for review in self.reviews.next(shop.reviews(product)) {
            for (characteristic, rating) in characteristics.clone().zip(self.rows.next(count)) {
                let value = draw_rating(&mut shop.row(RandomStream::Rating, rating));
                csv.row(rating).number(characteristic).number(review).number(value);
            }
        }
    }
}
