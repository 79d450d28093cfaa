//! The fourteen files: what they are called, what their cells are called, and what writes their rows.

mod products;
mod questions;
mod reviews;
mod styles;

use super::lines::Lines;
use super::shop::Shop;

/// One file of the set.
pub(super) struct Table {
    pub(super) name: &'static str,
    pub(super) header: &'static str,
    /// What writes the rows of a new file.
    pub(super) rows: fn() -> Box<dyn Rows>,
}

/// Writes the rows of one file. It counts along with its parents, and so must see every product, in order.
pub(super) trait Rows {
    /// Writes the rows that belong to `product`.
    fn write(&mut self, shop: &Shop, product: u64, lines: &mut Lines);
}

/// The files, in the order in which the set is described; most of the large ones come last.
pub(super) static TABLES: [Table; 14] = [
    table::<products::Products>("product.csv", "id,name,slogan,description,category,default_price"),
    table::<products::Features>("features.csv", "id,product_id,feature,value"),
    table::<styles::Styles>("styles.csv", "id,productId,name,sale_price,original_price,default_style"),
    table::<styles::Photos>("photos.csv", "id,styleId,url,thumbnail_url"),
    table::<styles::Skus>("skus.csv", "id,styleId,size,quantity"),
    table::<products::Related>("related.csv", "id,current_product_id,related_product_id"),
    table::<products::Cart>("cart.csv", "id,user_session,product_id,active"),
    table::<questions::Questions>(
        "questions.csv",
        "id,product_id,body,date_written,asker_name,asker_email,reported,helpful",
    ),
    table::<questions::Answers>(
        "answers.csv",
        "id,question_id,body,date_written,answerer_name,answerer_email,reported,helpful",
    ),
    table::<questions::AnswerPhotos>("answers_photos.csv", "id,answer_id,url"),
    table::<reviews::Reviews>(
        "reviews.csv",
        "id,product_id,rating,date,summary,body,recommend,reported,reviewer_name,reviewer_email,response,helpfulness",
    ),
    table::<reviews::ReviewPhotos>("reviews_photos.csv", "id,review_id,url"),
    table::<reviews::Characteristics>("characteristics.csv", "id,product_id,name"),
    table::<reviews::Ratings>("characteristic_reviews.csv", "id,characteristic_id,review_id,value"),
];

const fn table<R: Rows + Default + 'static>(name: &'static str, header: &'static str) -> Table {
    Table { name, header, rows: || Box::new(R::default()) }
}
